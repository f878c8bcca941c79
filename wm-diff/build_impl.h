/*
 * build_impl.h - what the files of build.h share: build.c has the whole plan,
 * build_drop.c what is dropped, build_order.c in which order things are made,
 * build_make.c how one of them is.
 */
#ifndef BUILD_IMPL_H
#define BUILD_IMPL_H

#include "build.h"
#include "closure.h"
#include "order.h"

/*
 * Something to drop or to make: a change of ours, or a foreign object. A table
 * that passes releases is altered in stages, each an item of its own.
 */
struct item {
	struct change *change;
	struct closure_node *node;
	size_t stage;
	bool first, last;	/* of the change's items */
	bool drop;		/* what commands looked at goes */
	bool fill;		/* the rows of a table that is made anew */
};

/* build_items.c */

/*
 * build_step - append a step about an object, with its place and reason.
 *
 * sql   lives as long as the plan
 */
struct plan_step *build_step(struct diff *d, struct change *c,
    enum plan_action action, const char *sql);

/* build_is_dropped - whether what is there goes, to come back or not. */
bool build_is_dropped(const struct change *c);

/* build_is_made - whether anything is done to have it as the source has it. */
bool build_is_made(const struct change *c);

/*
 * item_add - one more, the last of items.
 *
 * by_id   gets what the catalog has of it: numbers of items, from 1
 * c, n    either may be NULL
 */
struct item *item_add(struct diff *d, struct vec *items, struct map *by_id,
    struct change *c, struct closure_node *n);

/* item_known - what else the catalog has of an item, to find its number. */
void item_known(struct map *by_id, const struct closure_node *n, size_t number);

/*
 * item_edges - what the catalog says of the order of items.
 *
 * drop   they are dropped: what needs others goes first
 */
void item_edges(struct graph *g, const struct vec *items,
    const struct map *by_id, bool drop);

/* build_drop.c */

/*
 * build_drops - steps that drop, what others need last; but not what commands
 * look at. Returns false once a failure has been reported.
 */
WM_MUST bool build_drops(struct diff *d);

/*
 * build_drop_late - steps that drop what commands looked at. A table of the way
 * only is no data of anybody. Returns as build_drops.
 */
WM_MUST bool build_drop_late(struct diff *d, const struct item *it);

/* build_order.c */

/*
 * build_makes - steps that make, in the order of dependencies; else as the
 * source has it.
 *
 * recorded   of struct change *: whose record has to be written still; those
 *            that are made are appended, and written in between
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool build_makes(struct diff *d, struct vec *recorded);

/* build_make.c */

/* build_early - foreign keys that hold up what other tables are to lose. */
void build_early(struct diff *d);

/*
 * build_make - steps that make, replace or alter one.
 *
 * Returns false once a failure of the server has been reported.
 */
WM_MUST bool build_make(struct diff *d, const struct item *it);

#endif
