/*
 * releases.h - earlier releases out of one bundle.
 */
#ifndef RELEASES_H
#define RELEASES_H

#include "bundle.h"

/*
 * release_of_bundle - what a bundle knows of a release before its own: all
 * objects, in no order. Of boot, init and dict it has only its own: boot is
 * that, the others are empty.
 *
 * release   from 1 to the bundle's
 * out       initialised; shares texts with b, which has to live longer
 */
void release_of_bundle(const struct bundle *b, int release,
    struct bundle *out);

#endif
