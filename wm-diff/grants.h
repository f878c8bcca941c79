/*
 * grants.h - grants as facts: which role has which privilege on an object.
 */
#ifndef GRANTS_H
#define GRANTS_H

#include "diff.h"

/*
 * grants_steps - plan what takes a change's grants to what the source says:
 * revokes, then grants; for an object that is new in the catalog all of them.
 */
void grants_steps(struct diff *d, struct change *c);

/* grants_differ - whether there is anything to grant or revoke. */
bool grants_differ(struct diff *d, struct change *c);

/*
 * grants_roles - names of all roles that a change's grants and its SQL need,
 * appended to out, each once over all calls with the same map.
 */
void grants_roles(struct diff *d, struct change *c, struct map *seen,
    struct vec *out);

#endif
