/*
 * migrate_cmd.h - what the parts of wm-migrate share.
 */
#ifndef MIGRATE_CMD_H
#define MIGRATE_CMD_H

#include "wm.h"

#include <libpq-fe.h>

#include "delta.h"
#include "model.h"
#include "structure.h"

/* What is known about tables: their source, and the record of a database. */
struct known {
	struct arena *mem;
	struct model source;	/* an object list, where one was given */
	struct model record;	/* of the database, where connected; or the
				   last release, from a history */
	bool have_source;
	bool have_record;
	PGconn *db;		/* NULL: not connected */
};

/*
 * known_structure - columns of a table as they were before its commands, and
 * how many of the commands have run.
 *
 * out_done   0 where that is not known
 *
 * Returns false, silently, where nothing is known about the table's past.
 */
WM_MUST bool known_structure(const struct known *k, const char *table,
    struct structure *out, size_t *out_done);

/*
 * command_check - read one command, and try it on the columns that the table
 * has after the commands before it.
 *
 * Returns false once the reason has been reported.
 */
WM_MUST bool command_check(const struct known *k,
    const struct delta_table *before, const char *table, const char *text);

/*
 * suggest - what should be declared: print it, with reasons, best first.
 *
 * json    as a document, wm-suggestions/1
 * write   add the safe ones to the delta
 *
 * Returns how many were added; a failure of the server has been reported.
 */
size_t suggest(const struct known *k, struct delta *delta, bool json,
    bool write);

#endif
