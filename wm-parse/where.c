#include "where.h"

#include "ident.h"

void
where_start(struct where *w, const struct parse *p)
{
	w->p = p;
	w->cursor = w->end = NULL;
	if (p->place.src != NULL) {
		w->cursor = p->place.src->text + p->place.start;
		w->end = w->cursor + p->place.len;
	}
}

const char *
where_enter(struct where *w, Tcl_Obj *element)
{
	const char *from = w->cursor, *hit, *s;
	int len;

	s = Tcl_GetStringFromObj(element, &len);
	if (from == NULL || len == 0)
		return NULL;
	for (; (hit = memmem(from, (size_t)(w->end - from), s, (size_t)len)) !=
	    NULL; from = hit + 1) {
		/* the word itself, not a part of a longer one */
		if (hit > from && strchr(" \t\n{\"", hit[-1]) != NULL &&
		    (hit + len == w->end ||
		    strchr(" \t\n}\";", hit[len]) != NULL)) {
			w->cursor = hit;
			return hit + len;
		}
	}
	return NULL;
}

struct loc
where_here(const struct where *w)
{
	const struct source *src = w->p->place.src;
	struct loc at = { src->name, 0, 0 };

	source_place(src, (size_t)(w->cursor - src->text), &at.line, &at.col);
	return at;
}

void
where_leave(struct where *w, const char *end)
{
	w->cursor = end;
}

bool
where_table(struct parse *p, const char *table, const char **out_sch,
    const char **out_tab)
{
	const char *name = tcl_utf8(p->mem, table, strlen(table)), *dot;

	dot = name != NULL ? strchr(name, '.') : NULL;
	*out_sch = dot == NULL ? IDENT_SCHEMA :
	    arena_strndup(p->mem, name, (size_t)(dot - name));
	*out_tab = dot == NULL ? name : dot + 1;
	if (name != NULL && **out_sch != '\0' && **out_tab != '\0' &&
	    strchr(*out_tab, '.') == NULL)
		return true;
	Tcl_SetObjResult(p->interp, Tcl_ObjPrintf(
	    "\"%s\" is no name of a table", table));
	return false;
}
