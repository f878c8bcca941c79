/* A definition: the parts that a command was given, and what went wrong. */
#include "dialect_impl.h"

bool
def_fail(const struct def *d, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	Tcl_SetObjResult(d->p->interp, Tcl_NewStringObj(text, -1));
	return false;
}

const char *
def_part(const struct def *d, enum part which)
{
	return d->part[which] ? Tcl_GetString(d->part[which]) : "";
}

void
def_part_text(const struct def *d, enum part which, struct mtext *out)
{
	int len;
	const char *s;

	if (d->part[which] == NULL)
		return;
	s = Tcl_GetStringFromObj(d->part[which], &len);
	mtext_source(out, s, (size_t)len, 0);
}

const char *
def_text(struct def *d, const char *s, size_t len)
{
	const char *plain = tcl_utf8(d->p->mem, s, len);

	d->not_text = d->not_text || plain == NULL;
	return plain != NULL ? plain : "";
}

bool
def_list(struct def *d, Tcl_Obj *list, int *n, Tcl_Obj ***elements)
{
	*n = 0;
	return list == NULL || Tcl_ListObjGetElements(d->p->interp, list, n,
	    elements) == TCL_OK;
}

bool
def_join(struct def *d, Tcl_Obj *list, const char *separator, struct sbuf *out)
{
	Tcl_Obj **v;
	int n;

	if (Tcl_ListObjGetElements(d->p->interp, list, &n, &v) != TCL_OK)
		return false;
	for (int i = 0; i < n; i++) {
		if (i > 0)
			sbuf_puts(out, separator);
		sbuf_puts(out, Tcl_GetString(v[i]));
	}
	return true;
}
