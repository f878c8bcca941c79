/*
 * structure.h - the columns that a table has at a point of its migrations,
 * without a server.
 */
#ifndef WM_STRUCTURE_H
#define WM_STRUCTURE_H

#include "wm.h"

#include "migrate.h"
#include "vec.h"

struct arena;

/* Names of columns, in order. Strings live in the arena it was made with. */
struct structure {
	struct arena *mem;
	struct vec columns;	/* of const char * */
	struct vec coming;	/* the same, of the text that the migrations
				   lead to: an update makes what is missing */
	bool open;		/* a free statement ran: all may have changed */
};

/*
 * structure_of - columns of a CREATE TABLE text.
 *
 * Returns false, silently, where the text is not understood.
 */
WM_MUST bool structure_of(struct structure *s, struct arena *mem,
    const char *create);

void structure_clear(struct structure *s);

/*
 * structure_leads_to - note the columns of the CREATE TABLE text that the
 * migrations lead to; a text that is not understood has none.
 */
void structure_leads_to(struct structure *s, const char *create);

/*
 * structure_apply - do to the columns what a migration does.
 *
 * out_error   why it cannot be done, in the arena
 *
 * Returns false, silently, where it names a column that is not there, or adds
 * one that is.
 */
WM_MUST bool structure_apply(struct structure *s, const struct migration *m,
    const char **out_error);

#endif
