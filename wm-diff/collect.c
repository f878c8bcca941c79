#include "alter_impl.h"

#include <stdarg.h>

#include "diag.h"

void
alter_flush(struct alter *a)
{
	struct alter_stmt *s;
	WM_SBUF b = SBUF_INIT;

	if (a->subs.n == 0)
		return;
	s = arena_alloc(a->d->mem, sizeof(*s));
	*s = a->cost;
	sbuf_printf(&b, "alter table %s", a->fq);
	for (size_t i = 0; i < a->subs.n; i++)
		sbuf_printf(&b, "%s %s", i > 0 ? "," : "",
		    (const char *)a->subs.v[i]);
	s->sql = sbuf_take(&b, a->d->mem);
	s->lock = s->lock ? s->lock : "AccessExclusiveLock";
	s->rows = a->rows;
	s->bytes = a->bytes;
	s->release = a->release;
	vec_push(&a->c->alters, s);
	a->subs.n = 0;
	memset(&a->cost, 0, sizeof(a->cost));
}

void
alter_sub(struct alter *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vec_push(&a->subs, arena_vprintf(a->d->mem, fmt, ap));
	va_end(ap);
}

static struct alter_stmt *
append(struct alter *a, const char *sql)
{
	struct alter_stmt *s = arena_alloc(a->d->mem, sizeof(*s));

	s->sql = sql;
	s->rows = a->rows;
	s->bytes = a->bytes;
	s->release = a->release;
	vec_push(&a->c->alters, s);
	return s;
}

struct alter_stmt *
alter_do(struct alter *a, const char *fmt, ...)
{
	const char *sql;
	va_list ap;

	va_start(ap, fmt);
	sql = arena_vprintf(a->d->mem, fmt, ap);
	va_end(ap);
	alter_flush(a);
	return append(a, sql);
}

void
alter_before(struct alter *a, const char *fmt, ...)
{
	struct vec *v = &a->c->alters;
	struct alter_stmt *s;
	va_list ap;

	va_start(ap, fmt);
	s = append(a, arena_vprintf(a->d->mem, fmt, ap));
	va_end(ap);
	s->lock = "AccessExclusiveLock";
	memmove(v->v + a->main + 1, v->v + a->main,
	    (v->n - a->main - 1) * sizeof(*v->v));
	v->v[a->main++] = s;
}

void
alter_refuse(struct alter *a, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(a->d->mem, fmt, ap);
	va_end(ap);
	diag_refuse(&a->c->new->loc, "table \"%s\": %s", a->c->new->nam, text);
}

void
alter_way(struct alter *a, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	if (a->d->opts->drift) {
		diag_hint("wm-diff --drift --take prints what the source has "
		    "to say to keep it%s.", a->d->opts->allow_data_loss ? "" :
		    "; --allow data-loss lets data go");
		return;
	}
	va_start(ap, fmt);
	text = arena_vprintf(a->d->mem, fmt, ap);
	va_end(ap);
	diag_hint("%s", text);
}
