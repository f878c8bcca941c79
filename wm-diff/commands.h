/*
 * commands.h - what the declared commands of tables look at beside their own
 * table: it has to be there when they run.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "diff.h"

/* Something that a command names. */
struct use {
	int release;		/* of the version whose command it is */
	struct change *on;
	bool first;	/* it reads what that one's commands take away: it has
			   to run before them */
};

/*
 * commands_find - fill in the uses of all changes. What goes and is looked at
 * is marked to go late; a table that is new and changes on the way is made as
 * its first version has it; what came and went between the two releases gets a
 * change of its own, temp.
 *
 * d   hops_find has run; fates are not decided
 */
void commands_find(struct diff *d);

/* commands_use - whether commands of a table name something. */
bool commands_use(const struct change *table, const struct change *on);

/* commands_go_first - whether they have to run before something changes. */
bool commands_go_first(const struct change *table, const struct change *on);

/* commands_clear - free what commands_find has made. */
void commands_clear(struct diff *d);

#endif
