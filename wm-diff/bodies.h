/*
 * bodies.h - bodies of functions, read when all is there.
 */
#ifndef BODIES_H
#define BODIES_H

#include "diff.h"

/*
 * bodies_check - steps that ask the languages' validators about new and changed
 * functions: while objects are made nobody looks into their bodies.
 *
 * A body is read with the search_path that the function sets itself, else with
 * its own schema in front of the plan's: where it will find what it names is
 * not known before it is called.
 */
void bodies_check(struct diff *d);

#endif
