/*
 * child.h - the other wm programs, run from here.
 */
#ifndef CHILD_H
#define CHILD_H

#include "wm.h"

struct arena;

/*
 * child_run - run a program to its end.
 *
 * argv  the first is its name: it is looked for beside the program that runs,
 *       then in PATH; the last is NULL
 * out   file for its standard output
 * err   file for its messages
 *
 * Returns its exit code; that of a program which cannot be run, or was killed,
 * is WM_EXIT_SYSTEM, and that has been reported.
 */
int child_run(struct arena *mem, const char *const *argv, const char *out,
    const char *err);

#endif
