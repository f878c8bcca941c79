/*
 * changes.h - what differs between two releases of a history.
 */
#ifndef CHANGES_H
#define CHANGES_H

#include "wm.h"

#include "command.h"
#include "json_out.h"
#include "sbuf.h"

/* One object that is other in a later release than in an earlier one. */
struct change {
	const struct object *old;	/* NULL: added */
	const struct object *new;	/* NULL: dropped */
	struct vec delta;		/* of const char *: migrations of all
					   versions in between */
};

/* Zero-initialise; give back with changes_clear. */
struct changes {
	struct vec list;	/* of struct change *; by type and name */
	size_t added, changed, dropped;
};

/* Every object that a history knows, with all its versions. */
struct lives {
	struct session *s;
	struct vec list;	/* of struct life * */
};

/* lives_open, lives_clear - look through a history, once for all questions. */
void lives_open(struct lives *all, struct session *s);
void lives_clear(struct lives *all);

/*
 * changes_between - from one release to a later one; 0 is before the first.
 *
 * out   empty; its changes live in the session's arena
 */
void changes_between(const struct lives *all, int from, int to,
    struct changes *out);

void changes_clear(struct changes *c);

/* changes_text - a line for each object, two blanks in front. */
void changes_text(const struct changes *c, struct sbuf *out);

/* changes_json - members added, changed, dropped, migrations. */
void changes_json(const struct changes *c, struct json_out *out);

/*
 * changes_last - the number of the last release there is something to say of:
 * the one that is worked on where it has been staged, else the last committed.
 */
int changes_last(const struct history *h);

/*
 * release_line - "release 3 (1.2.0), 2026-11-21T20:46:00Z".
 */
void release_line(const struct history *h, int release, struct sbuf *out);

/* release_json - the same as members release, label, committed, beta. */
void release_json(const struct history *h, int release, struct json_out *out);

#endif
