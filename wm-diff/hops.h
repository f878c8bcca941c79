/*
 * hops.h - the versions that an object passes between the release that a
 * database is at and the one that it is taken to.
 *
 * Only tables have more than one step to make: their declared migrations were
 * written for the structure of one release, and have to find it. All other
 * objects go straight from the first version to the last.
 */
#ifndef HOPS_H
#define HOPS_H

#include "diff.h"

struct migration;

/* One version on the way. */
struct hop {
	const struct object *o;
	int release;		/* that brought it; 0: the list's */
	size_t done;		/* of its commands, so many have run already */
	bool arrived;		/* the table is there, its commands have run */
	bool made;		/* the table is made as it says: what is left of
				   its commands is those that write rows */
	bool writes;		/* a command of it reads or writes rows */
	bool foreign;		/* ... and may look at other tables for it */
	bool settle;		/* the table has to be as this version says,
				   before what comes next */
};

/*
 * hops_index - sort the versions that the target's history holds by object; on
 * the way back, those of the database's record. To be called before
 * hops_origin; does nothing where the target is a list.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool hops_index(struct diff *d);

/* hops_index_version - one more version, of a table; others are passed over. */
void hops_index_version(struct diff *d, const struct object *o);

/*
 * hops_origin - the recorded object that a new table was under another name.
 *
 * o   of the target, of a name that the record does not have
 *
 * Returns NULL where it is new.
 */
const struct object *hops_origin(struct diff *d, const struct object *o);

/* hops_fills - whether a command can fill a table that is new. */
bool hops_fills(const struct migration *m);

/* hops_find - fill in the hops of every table that changes. */
void hops_find(struct diff *d);

/*
 * hops_settle - note the releases whose commands look at other tables, and say
 * where tables have to stand still for commands; all hops are known.
 */
void hops_settle(struct diff *d);

/*
 * hops_handed_on - tables of a list that begin as others of the record, by the
 * first of their commands, though these names are taken again by new ones.
 *
 * heirs   gets the record's objects, by the keys of the source's
 * given   gets the source's, by the keys of the record's
 */
void hops_handed_on(struct diff *d, struct map *heirs, struct map *given);

/*
 * hops_versions - versions of a name that are still to come, the oldest first,
 * and before them those of the names it had then.
 *
 * key     "table:NAME"
 * until   a release: of several lives that a name had, the last before it;
 *         INT_MAX: the last
 * out     of const struct object *, appended to
 */
void hops_versions(struct diff *d, const char *key, int until,
    struct vec *out);

/*
 * hops_continue - whether a recorded table is the one that the target has under
 * its name: false where it was given up on the way, and the name taken again.
 */
bool hops_continue(struct diff *d, const struct object *old);

/*
 * hops_had - whether an object of the target was there in a release already,
 * in whatever version, and ever since.
 */
bool hops_had(const struct diff *d, const struct object *o, int release);

/* hops_add - give a change the versions from the i-th on as its hops. */
void hops_add(struct diff *d, struct change *c, const struct vec *versions,
    size_t i);

/*
 * hops_add_back - a hop that undoes a version.
 *
 * o         what it leads to, with the commands that do it
 * release   the negative number of the release that is undone
 */
void hops_add_back(struct diff *d, struct change *c, const struct object *o,
    int release);

/* hops_clear - free what hops_find has made. */
void hops_clear(struct diff *d);

/* hops_stage - how many releases of d->stages are not behind a release. */
size_t hops_stage(const struct diff *d, int release);

#endif
