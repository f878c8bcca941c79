/*
 * version.h - versions of objects, as records of bundles and histories hold
 * them.
 */
#ifndef WM_VERSION_H
#define WM_VERSION_H

#include "wm.h"

#include "codec.h"
#include "json_out.h"
#include "model.h"

struct arena;

/*
 * version_read - a record without its texts: obj_typ, obj_nam, obj_ver, module,
 * min_rel, max_rel, deps, grants, col_data, delta.
 *
 * o      zeroed; its strings go into the arena; version_clear frees its vectors
 *        whatever is returned
 * name   what messages call the document
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool version_read(struct arena *mem, const struct json *rec,
    const char *name, struct object *o);

/*
 * version_texts - create and drop of a record, decoded; the object's hash.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool version_texts(struct arena *mem, const struct json *rec,
    const char *name, struct codec *codec, struct object *o);

/* version_write - a record; into an array. */
void version_write(struct json_out *out, const struct object *o,
    struct codec *codec);

/* version_clear - free the vectors. */
void version_clear(struct object *o);

/* versions_clear - the same for each of a vector, and the vector. */
void versions_clear(struct vec *v);

/*
 * version_cmp - the order of past versions: type, name, both bytewise, then
 * version.
 */
int version_cmp(const void *a, const void *b);

/*
 * version_needs - the object of a list that a declared dependency names.
 *
 * Returns NULL once it has been reported that there is none, or more than one.
 */
WM_MUST const struct object *version_needs(struct model *m,
    const struct object *o, const char *dep);

/*
 * object_rank - the rank of its kind, or that of an extension where a block of
 * PL/pgSQL makes one; INT_MAX where it makes nothing of its own: then it is
 * about all that is there, and revokes, for example, what functions grant. It
 * comes last.
 */
int object_rank(const struct object *o);

/*
 * versions_in_order - put a list's objects into the order in which a release
 * holds them: dependencies first; of what is ready, by object_rank, then depth
 * of the declared dependencies, name, bytewise, and type. It depends on the set
 * of objects alone.
 *
 * Returns false once it has been reported that a dependency is unknown,
 * ambiguous or part of a circle.
 */
WM_MUST bool versions_in_order(struct model *m);

#endif
