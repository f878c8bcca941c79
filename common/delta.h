/*
 * delta.h - Wyseman.delta: the migrations of tables that are not released.
 *
 * A JSON object: table name to array of texts.
 */
#ifndef WM_DELTA_H
#define WM_DELTA_H

#include "wm.h"

#include "model.h"
#include "sbuf.h"

/* The commands of one table, in the order in which they run. */
struct delta_table {
	const char *name;
	struct vec texts;	/* of const char * */
	int line;		/* in the file */
};

/* A whole file. Strings live in the arena; delta_clear frees the vectors. */
struct delta {
	struct arena *mem;
	struct vec tables;	/* of struct delta_table * */
};

/*
 * delta_load - read a file into an empty struct.
 *
 * path   a file that does not exist holds nothing
 *
 * Returns false once the failure has been reported, with line and column.
 */
WM_MUST bool delta_load(struct delta *d, struct arena *mem, const char *path);

void delta_clear(struct delta *d);

/* delta_find - a table's commands; made empty where create is true. */
struct delta_table *delta_find(struct delta *d, const char *table,
    bool create);

/* delta_text - what the file is to hold, but for tables without commands. */
void delta_text(const struct delta *d, struct sbuf *out);

/*
 * delta_save - replace the file by what the struct holds; tables without
 * commands are left out.
 *
 * Returns false once the failure has been reported; the file is as before.
 */
WM_MUST bool delta_save(const struct delta *d, const char *path);

/*
 * delta_read - append what a file holds to the deltas of the model's tables.
 *
 * Returns false once the failure has been reported. A table that the model
 * does not have, under this name or one that its commands give it, is warned
 * about (-Wdelta). A table that has been renamed gets "from OLD" in front of
 * the commands.
 */
WM_MUST bool delta_read(struct model *m, const char *path);

#endif
