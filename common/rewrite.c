#include "rewrite.h"

#include "arena.h"
#include "sbuf.h"

bool
rewrite_scan(struct arena *mem, const char *text, struct rewrite *out)
{
	if (!phrase_scan(mem, text, &out->p))
		return false;
	rewrite_reset(out);
	return true;
}

void
rewrite_reset(struct rewrite *w)
{
	w->at = arena_alloc(w->p.mem, (w->p.n + 1) * sizeof(*w->at));
	w->any = false;
}

void
rewrite_put(struct rewrite *w, size_t i, size_t n, const char *words)
{
	w->at[i].with = words;
	w->at[i].span = n;
	w->any = true;
}

void
rewrite_before(struct rewrite *w, size_t i, const char *words)
{
	w->at[i].before = words;
	w->any = true;
}

void
rewrite_after(struct rewrite *w, size_t i, const char *words)
{
	w->at[i].after = words;
	w->any = true;
}

const char *
rewrite_text(const struct rewrite *w)
{
	const struct phrase *p = &w->p;
	WM_SBUF b = SBUF_INIT;
	size_t from = 0;

	if (!w->any)
		return p->text;
	for (size_t i = 0, n; i < p->n; i += n) {
		const struct rewrite_token *at = &w->at[i];

		n = at->with != NULL ? at->span : 1;
		sbuf_putn(&b, p->text + from, p->t[i].off - from);
		if (at->before != NULL)
			sbuf_puts(&b, at->before);
		if (at->with != NULL)
			sbuf_puts(&b, at->with);
		else
			sbuf_putn(&b, p->text + p->t[i].off, p->t[i].len);
		if (at->after != NULL)
			sbuf_puts(&b, at->after);
		from = phrase_end(p, i + n - 1);
	}
	sbuf_puts(&b, p->text + from);
	return sbuf_take(&b, p->mem);
}
