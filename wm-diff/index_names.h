/*
 * index_names.h - indexes that only get another name: they need not be built
 * again.
 */
#ifndef INDEX_NAMES_H
#define INDEX_NAMES_H

#include "diff.h"

/*
 * index_names_find - pair indexes of the record that left the source with new
 * ones of the same table that are the same but for their names; to be called
 * before source and record are matched.
 *
 * heirs   gets, by the key of the new one, its struct object * in the record
 *
 * O(indexes that come and go, of one table, squared).
 */
void index_names_find(struct diff *d, struct map *heirs);

/*
 * index_names_decide - the plan of an index that got another name: c->old has
 * the old one.
 */
void index_names_decide(struct diff *d, struct change *c,
    const struct parsed *is);

#endif
