/*
 * interp.h - the safe Tcl interpreter, and files evaluated in it.
 */
#ifndef INTERP_H
#define INTERP_H

#include "parse.h"

/*
 * interp_open - make the interpreters.
 *
 * time_limit_ms   for all files together; 0: none
 */
void interp_open(struct parse *p, int time_limit_ms);

void interp_close(struct parse *p);

/*
 * interp_file - read a file and evaluate it, command by command; all that is
 * wrong with it is reported. A file that was read before is skipped.
 *
 * name   as the user named it
 *
 * Returns whether the file could be read.
 */
bool interp_file(struct parse *p, const char *name);

/*
 * interp_require - read a file that another one asks for, once, looked for as
 * the source language's require does; what is wrong is reported.
 *
 * here   whether it is looked for in the working directory first
 * at     of the request
 */
void interp_require(struct parse *p, const char *file, bool here,
    const struct loc *at);

#endif
