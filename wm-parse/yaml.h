/*
 * yaml.h - YAML files as JSON values. Scalars are typed by the core schema of
 * YAML 1.2; the parser is libyaml.
 */
#ifndef YAML_FILE_H
#define YAML_FILE_H

#include "parse.h"

/* Nesting that a document may have. */
#define YAML_DEPTH 50

/* What aliases may add to a document: values, and bytes of their texts. */
#define YAML_ALIAS_VALUES 100000
#define YAML_ALIAS_BYTES 8000000

/*
 * yaml_read - the one document of a file.
 *
 * src   the file, for messages
 * text  its bytes, valid UTF-8
 *
 * Returns a value in the run's arena, whose lines are those of the file; NULL
 * once the failure has been reported: no YAML, a key that stands twice in one
 * mapping, an alias of nothing, a limit above.
 */
WM_MUST const struct json *yaml_read(const struct parse *p,
    const struct source *src, const char *text, size_t len);

/* yaml_place - file, line and column of a value that yaml_read has made. */
struct loc yaml_place(const struct source *src, const struct json *j);

/*
 * yaml_again - a copy of a value with what it holds and its place, to stand
 * elsewhere; without key.
 */
struct json *yaml_again(struct arena *mem, const struct json *j);

#endif
