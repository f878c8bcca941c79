/*
 * grant.h - the grants that objects declare.
 */
#ifndef WM_GRANT_H
#define WM_GRANT_H

#include "wm.h"

#include "ident.h"
#include "model.h"

struct arena;

struct grant {
	const char *role;	/* as SQL writes it; "public" */
	const char *name;	/* the role's own name; NULL: public */
	const char *privilege;
};

/*
 * grant_parse - read TYPE:NAME|GROUP|LEVEL|privilege.
 *
 * Returns false, silently, where it is not of that form.
 */
WM_MUST bool grant_parse(struct arena *mem, const char *text,
    struct grant *out);

/* grant_list - those of an object that can be read; struct grant *. */
void grant_list(struct arena *mem, const struct vec *grants, struct vec *out);

/*
 * grant_target - what GRANT ... ON calls the object.
 *
 * id   what its text makes first; NULL: not known
 */
const char *grant_target(struct arena *mem, const struct object *o,
    const struct ident *id);

#endif
