/*
 * older.h - the data dictionary of the older Wyseman, in a database that it has
 * built: tables and views with the names and columns of ours.
 */
#ifndef OLDER_H
#define OLDER_H

#include "diff.h"

/*
 * older_keep - leave our dictionary out of the list where the record has the
 * older one, and that does what is asked of it: it has our tables, and
 * wm.init_dictionary(). Texts and styles are written to its tables then, and it
 * stays as it is until somebody wants ours (--own-dictionary). A bundle's
 * objects are what the release says, and not touched.
 *
 * Returns false once it has been reported that its tables have not the columns
 * of ours.
 */
WM_MUST bool older_keep(struct diff *d);

#endif
