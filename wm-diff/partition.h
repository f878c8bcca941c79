/*
 * partition.h - partitions that are detached, and the indexes on all partitions
 * that go with the plan.
 *
 * An index that goes takes those that are attached to it along, unless their
 * partition has been detached before; one that PostgreSQL has made for the
 * partition is to go with it, one that the source attaches is not.
 */
#ifndef PARTITION_H
#define PARTITION_H

#include "diff.h"
#include "order.h"

struct json;

/*
 * partition_same_index - whether two indexes are the same, but for their names
 * and tables.
 *
 * a, b   of struct sql_stmt, IndexStmt
 */
bool partition_same_index(const struct json *a, const struct json *b);

/*
 * partition_attaches - whether the source has attached an index of a partition
 * to one on all partitions; both have a record.
 */
bool partition_attaches(const struct change *all, const struct change *index);

/*
 * partition_outlives - whether an index stays when the one that it is attached
 * to goes: the source has attached it, and its partition is detached first.
 *
 * index   of a partition; has a record
 * all     on all partitions; has a record
 *
 * O(changes).
 */
bool partition_outlives(const struct diff *d, const struct change *index,
    const struct change *all);

/*
 * partition_pull - have indexes on all partitions made again where one that is
 * part of them goes, which PostgreSQL does not let go alone; unless its table
 * goes as well, or is detached before.
 *
 * asked   by the index of a change: those that need not be looked at again
 *
 * One that is part of an index that no source has is refused. Returns false
 * once a failure of the server has been reported.
 */
WM_MUST bool partition_pull(struct diff *d, const bool *asked);

/*
 * partition_edges - put the drops of indexes and the detaching of partitions in
 * order.
 *
 * at   by the index of a change, the number of its drop in the graph, plus 1;
 *      0: it is not dropped
 *
 * O(partitions * indexes), of what goes.
 */
void partition_edges(struct diff *d, struct graph *g, const size_t *at);

/*
 * partition_drop_sql - SQL that drops a table: one that is part of another that
 * stays, and that foreign keys reach through that one, is detached before,
 * which the server asks for; it looks for rows that refer to it.
 *
 * c     has a record
 * out   stays as it is where the table's own drop text does
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool partition_drop_sql(struct diff *d, struct change *c,
    const char **out);

/*
 * partition_index_sql - SQL that makes a new index of a partition, where the
 * table has an index like it: the server has then made one already, which gets
 * the name; built fresh, the table's index, which the source has behind it,
 * would have taken it over.
 *
 * out   stays as it is where its own text has to be run
 *
 * Returns false once a failure of the server has been reported. O(changes).
 */
WM_MUST bool partition_index_sql(struct diff *d, struct change *index,
    const char **out);

/*
 * partition_whole_sql - SQL that makes an index on all partitions, where some
 * of these have indexes like it, which stand behind it in the source: it takes
 * in those before it only, as built fresh.
 *
 * Returns NULL where its own text has to be run. O(changes) if the table is
 * partitioned, else O(1).
 */
const char *partition_whole_sql(struct diff *d, struct change *index);

#endif
