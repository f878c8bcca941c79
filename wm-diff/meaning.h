/*
 * meaning.h - what an object list and a database mean: both as the server
 * words them, so that they can be compared whatever way they came about.
 *
 * The list is built on a scratch server; that database and the one at hand are
 * dumped with pg_dump and read back with wm-parse.
 */
#ifndef MEANING_H
#define MEANING_H

#include "diff.h"

struct meaning {
	struct model source;	/* of what the list builds */
	struct model database;	/* of what is there */
	struct map by_source;	/* identity (ident_key) to struct object *, of
				   all statements of source */
	struct map by_database;	/* the same, of database */
};

/*
 * meaning_read - build, dump and read both.
 *
 * list   whose objects are built; with the tools' own, which are not compared
 *
 * Schemas wm and wm_attic are left out, and so are schemas that --ignore names
 * as a whole. Returns NULL once the failure has been reported: an object that
 * cannot be built, no server, no pg_dump.
 */
WM_MUST struct meaning *meaning_read(struct diff *d, const struct model *list);

void meaning_clear(struct meaning *m);

/*
 * meaning_find - what makes the things that an object's statements make.
 *
 * by    by_source or by_database
 * m     the list that it belongs to, for objects without an identity
 * out   struct object *, appended to, each once; in the order of statements
 *
 * Returns false where the object makes something that is not there.
 */
bool meaning_find(struct diff *d, const struct map *by, const struct model *m,
    const struct object *o, struct vec *out);

#endif
