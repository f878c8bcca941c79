/*
 * own.h - the tools' own objects, which are part of every build and release:
 * the data dictionary, module "wyseman", schema "wm".
 */
#ifndef WM_OWN_H
#define WM_OWN_H

#include "wm.h"

#include "model.h"

#define OWN_MODULE "wyseman"

/*
 * own_objects - add them to a list.
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool own_objects(struct model *m);

/* own_remove - take them out of a list again, whatever brought them there. */
void own_remove(struct model *m);

/*
 * own_protect - report objects of a list, from number first on, that say they
 * are of that module or schema: a source cannot change them.
 */
void own_protect(const struct model *m, size_t first);

#endif
