/*
 * dialect_impl.h - what the files of dialect.h share: dialect.c has the
 * commands, dialect_object.c those that define one object, dialect_wrap.c what
 * is special about each type, def.c a definition's parts.
 */
#ifndef DIALECT_IMPL_H
#define DIALECT_IMPL_H

#include "dialect.h"

#include "macro.h"

/* The parts of a definition, as words of the command gave them. */
enum part { NAME, DEP, CREATE, DROP, GRANT, TEXT, NATIVE, PRIM, N_PARTS };

/* An object on its way from the command to the model. */
struct def {
	struct parse *p;
	const struct kind *kind;
	Tcl_Obj *part[N_PARTS];		/* owned references */
	struct mtext name;
	struct mtext create;
	struct mtext drop;
	const char *drop_what;		/* behind "if exists"; NULL: the name */
	struct vec deps;		/* of const char *, words as given */
	bool not_text;			/* holds a NUL, or half a character */
};

/* What is special about one type; a row of dialect_wrap.c. */
struct shape {
	const char *name;
	bool (*wrap)(struct def *d);	/* complete create, name, deps, drop */
	bool view;			/* takes -native and -primarykeys */
	bool returns;			/* its command's result is the name */
};

/* def.c: the parts of a definition */

/* def_fail - set the command's message; returns false. */
bool def_fail(const struct def *d, const char *fmt, ...) WM_PRINTF(2, 3);

/* def_part - a part as a string; "" where there is none. */
const char *def_part(const struct def *d, enum part which);

/* def_part_text - append a part to a text, with its place in the source. */
void def_part_text(const struct def *d, enum part which, struct mtext *out);

/*
 * def_text - Tcl's text as the model keeps it; "" where it cannot be told as
 * UTF-8, which not_text says then.
 */
const char *def_text(struct def *d, const char *s, size_t len);

/*
 * def_list - the elements of a part that is a list.
 *
 * list   NULL allowed: it has none
 *
 * Returns false with the command's message set.
 */
bool def_list(struct def *d, Tcl_Obj *list, int *n, Tcl_Obj ***elements);

/*
 * def_join - Tcl's [join LIST SEPARATOR], into a buffer.
 *
 * Returns false with the command's message set.
 */
bool def_join(struct def *d, Tcl_Obj *list, const char *separator,
    struct sbuf *out);

/* dialect_wrap.c: what is special about each type */

/* All types; the last one has no name. */
extern const struct shape shapes[];

/* def_drop - the drop text: given, extended with + or @, or the default. */
void def_drop(struct def *d);

/* dialect_object.c: from a command to the object in the model */

/* dialect_object - one of the object commands was called. */
int dialect_object(ClientData data, Tcl_Interp *interp, int objc,
    Tcl_Obj *const objv[]);

/* def_spans - say which bytes of create stand where in the source. */
void def_spans(struct def *d, struct object *o);

/* grant_add - a privilege of an object; false where it has that. */
bool grant_add(struct parse *p, struct object *o, const char *group, int level,
    const char *privilege);

/*
 * each_privilege - levels behind a group or object: call fn for each privilege.
 *
 * Returns false with the command's message set.
 */
bool each_privilege(struct def *d, Tcl_Obj **levels, int n,
    void (*fn)(struct def *, void *, int level, const char *), void *ctx);

#endif
