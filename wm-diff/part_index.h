/*
 * part_index.h - which index of a partition is part of one on all, where the
 * order of the source decides it and the plan has another one.
 */
#ifndef PART_INDEX_H
#define PART_INDEX_H

#include "diff.h"

/*
 * part_index_let_go - whether a text no longer attaches an index that stays, of
 * a partition that stays: what it was part of has to be made again.
 *
 * c   an index on all partitions, or a constraint; has both texts
 */
bool part_index_let_go(struct diff *d, struct change *c,
    const struct parsed *was, const struct parsed *is);

/*
 * part_index_behind - have indexes made again that stand behind what attaches
 * their table, and would be grabbed by an index on all that is like them. To be
 * called when the fates of all changes are known.
 */
void part_index_behind(struct diff *d);

/*
 * part_index_key_sql - SQL that makes a new partition which has a key by its
 * own text, where the table has an index like it, and that stands behind: built
 * fresh, the index takes the key in. The server has made another one by then.
 *
 * Returns NULL where the partition's own text has to be run. O(changes).
 */
const char *part_index_key_sql(struct diff *d, struct change *table);

/*
 * part_index_like_key - whether an index is what a key makes, but for its
 * settings.
 *
 * st    IndexStmt
 * key   const struct con *
 */
bool part_index_like_key(const struct sql_stmt *st, const void *key);

#endif
