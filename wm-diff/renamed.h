/*
 * renamed.h - what others have made, of tables that get new names.
 */
#ifndef RENAMED_H
#define RENAMED_H

#include "diff.h"

/*
 * renamed_views - views that are not ours and come back behind the change name
 * tables as they were when they were read: have them name the tables as they
 * are then.
 */
void renamed_views(struct diff *d);

#endif
