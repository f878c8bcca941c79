/*
 * prints.h - fingerprints of the catalog, kept beside the record: table
 * wm.prints. What differed before a transaction keeps its old print, so that
 * wm-diff --drift still sees it. They cost some 15 ms a transaction, so there
 * are none until a plan of --adopt or --drift takes them, by setting wm.drifted
 * to "": nothing is to keep an old one.
 */
#ifndef PRINTS_H
#define PRINTS_H

#include "wm.h"

struct arena;

/*
 * prints_before - statements for the begin of a transaction: they note what
 * differs already, in the setting wm.drifted; "off" where no prints are kept.
 */
const char *prints_before(void);

/*
 * prints_after - statements for its end: prints of what it has changed; the
 * table and its function are made where they are missing.
 */
const char *prints_after(struct arena *mem);

#endif
