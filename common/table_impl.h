/*
 * table_impl.h - what the files of table.h share: table_read.c reads CREATE
 * TABLE, table_alter.c ALTER TABLE.
 */
#ifndef TABLE_IMPL_H
#define TABLE_IMPL_H

#include "cutter.h"
#include "table.h"

/*
 * table_add_con - a constraint; its columns, and its text up to a byte.
 *
 * col   behind which it is written; NULL: it is the table's
 */
struct con *table_add_con(const struct cutter *k, struct table *t,
    const struct json *node, enum con_kind kind, const struct column *col,
    size_t end);

/* table_add_column - a ColumnDef whose text ends at a byte. */
void table_add_column(const struct cutter *k, struct table *t,
    const struct json *def, size_t end);

/* con_kind_of - what a tree's contype is; false where it is no constraint. */
bool con_kind_of(const char *type, enum con_kind *out);

/* table_collation - a CollateClause as text, quoted; in the arena. */
const char *table_collation(struct arena *mem, const struct json *clause);

/* table_primary - columns of the primary key are not null. */
void table_primary(struct table *t);

#endif
