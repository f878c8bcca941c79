#include "grant.h"

#include <ctype.h>

#include "arena.h"
#include "sbuf.h"

bool
grant_parse(struct arena *mem, const char *text, struct grant *out)
{
	const char *bar[3];
	size_t len = strlen(text);
	WM_SBUF name = SBUF_INIT;
	WM_SBUF role = SBUF_INIT;

	/* from the end: a name may have a bar in it */
	for (int i = 2; i >= 0; i--) {
		bar[i] = memrchr(text, '|', len);
		if (bar[i] == NULL)
			return false;
		len = (size_t)(bar[i] - text);
	}
	out->privilege = bar[2] + 1;
	out->role = "public";
	out->name = NULL;
	sbuf_putn(&name, bar[0] + 1, (size_t)(bar[1] - bar[0] - 1));
	if (strcmp(sbuf_str(&name), "public") == 0)
		return true;
	sbuf_putc(&name, '_');
	sbuf_putn(&name, bar[1] + 1, (size_t)(bar[2] - bar[1] - 1));
	/* as PostgreSQL would fold it, quoted where it has to be */
	for (size_t i = 0; i < name.len; i++)
		name.s[i] = (char)tolower((unsigned char)name.s[i]);
	sbuf_ident(&role, name.s);
	out->role = sbuf_take(&role, mem);
	out->name = sbuf_take(&name, mem);
	return true;
}

void
grant_list(struct arena *mem, const struct vec *grants, struct vec *out)
{
	for (size_t i = 0; i < grants->n; i++) {
		struct grant *g = arena_alloc(mem, sizeof(*g));

		if (grant_parse(mem, grants->v[i], g))
			vec_push(out, g);
	}
}

const char *
grant_target(struct arena *mem, const struct object *o, const struct ident *id)
{
	/* a function's recorded name need not be a signature */
	if (strcmp(o->kind->name, "function") == 0 && id != NULL &&
	    id->cls == ID_FUNCTION && strchr(id->args, '?') == NULL)
		return arena_printf(mem, "%s %s", id->procedure ?
		    "procedure" : "function", ident_text(mem, id));
	return arena_printf(mem, "%s %s", o->kind->grant_on, o->nam);
}
