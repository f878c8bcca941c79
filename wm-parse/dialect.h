/*
 * dialect.h - the commands of the source language: table, view, sequence,
 * index, function, trigger, rule, schema, other, grant, define, field,
 * module.
 */
#ifndef DIALECT_H
#define DIALECT_H

#include "parse.h"

/* dialect_commands - create the commands in the safe interpreter. */
void dialect_commands(struct parse *p);

/*
 * dialect_finish - what can only be done when all files are read: grants made
 * outside of an object, hashes.
 */
void dialect_finish(struct parse *p);

#endif
