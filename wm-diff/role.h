/*
 * role.h - roles belong to all databases of a server: one that is there
 * already is taken as it is, and gets what the source says of it.
 */
#ifndef ROLE_H
#define ROLE_H

#include "diff.h"

/*
 * role_if_missing - let a step whose text begins with CREATE ROLE (USER, GROUP)
 * make the role only where there is none of its name; options and memberships
 * that the text gives are set in either case. Other texts are left alone.
 *
 * s   of text_step; places inside of its text are given up where it changes
 */
void role_if_missing(struct diff *d, struct change *c, struct plan_step *s);

/* Who is a member of what; names as SQL has them. */
struct membership {
	const char *of;
	const char *to;
	bool admin;
};

/*
 * role_members - memberships that one option of CREATE ROLE tells: IN ROLE,
 * ROLE, ADMIN.
 *
 * role   the role, as SQL has it
 * elem   a DefElem
 * out    appended to; struct membership *, in the arena
 *
 * Returns false where the option is another one.
 */
bool role_members(struct arena *mem, const char *role, const struct json *elem,
    struct vec *out);

#endif
