/*
 * model.h - schema objects, as the documents hold them.
 */
#ifndef WM_MODEL_H
#define WM_MODEL_H

#include "wm.h"

#include "dict.h"
#include "json_in.h"
#include "map.h"
#include "vec.h"

struct arena;
struct json_out;

/*
 * What is true of an object type; a row of the table in kind.c. Loops over
 * types exist once; whatever varies by type is a column here.
 */
struct kind {
	const char *name;	/* "table": the type in documents and record */
	size_t abbrev;		/* shortest prefix that declared deps may use */
	const char *drop;	/* words of the default drop, or NULL */
	const char *grant_on;	/* words of GRANT ... ON, or NULL */
	const char *grant_dflt;	/* privilege that a bare group gets, or NULL */
	const char *create_lock;	/* lock that creating takes, and ... */
	const char *create_locks;	/* on what: "table", "itself" or "" */
	int names;	/* enum ident_class of what SQL means by its name, where
			   that is read off the object's name; else 0 */
	int rank;	/* of what dependencies leave open, the lower is made
			   first: extensions bring types, operator classes are
			   defaults, and no text says so; object_rank */
};

/* kind_find - row for a type's name; NULL where it is none. */
const struct kind *kind_find(const char *name);

/* kinds_all - the table and its number of rows. */
const struct kind *kinds_all(size_t *n);

/*
 * Where the text of an object stands in its source file: len bytes of it
 * from offset off stand there verbatim, from line and col on (comments that
 * were cut count as there; a newline in the text is one in the file).
 */
struct span {
	size_t off;
	size_t len;
	int line;
	int col;
};

struct object {
	const struct kind *kind;
	const char *nam;
	const char *module;
	const char *create;	/* the text, as the record keeps it */
	const char *drop;
	struct vec deps;	/* of char *, as declared, sorted */
	struct vec grants;	/* TYPE:NAME|GROUP|LEVEL|privilege */
	struct vec col_data;
	struct vec delta;
	struct loc loc;
	struct span *spans;
	size_t n_spans;
	const char *key;	/* "type:name" */
	char hash[33];		/* XXH3-128, hexadecimal, of what defines it */
	bool built;		/* of records; here, it takes no room */
	size_t index;		/* place in the list */

	/* of objects that a record, a bundle or a history holds */
	int obj_ver;
	int min_rel;
	int max_rel;		/* of bundles and histories */
	int del_idx;
};

/* SQL that gives a new database its first rows: a text of a .wmi program. */
struct init_sql {
	const char *file;	/* that printed it; NULL: unknown */
	const char *sql;
	const char *module;	/* NULL: unknown */
};

/*
 * A list of objects. The model, its objects and their texts live in its
 * arena; vectors inside are freed by model_clear.
 */
struct model {
	struct arena *mem;
	const char *module;
	struct vec objects;	/* of struct object * */
	struct map by_key;	/* "type:name" */
	bool named;		/* by_name is there: model_named was asked */
	struct map by_name;	/* name alone: struct named * */
	const struct model *like;	/* NULL, or a list that lives longer:
				   what is equal there shares its texts */
	struct dict dict;	/* text and style */
	struct vec init;	/* of struct init_sql *, in order */
};

/* All objects that have one name. */
struct named {
	struct object *obj;
	struct named *next;
};

/* model_init - an empty list whose data go into the arena. */
void model_init(struct model *m, struct arena *mem);

/*
 * model_clear - free what is not in the arena. Objects are left as they are,
 * but for lists that have grown since they were read.
 */
void model_clear(struct model *m);

/*
 * model_put - add an object that is complete but for its index, such as one of
 * another list.
 *
 * Returns false, silently, where the list has an object of that key.
 */
WM_MUST bool model_put(struct model *m, struct object *o);

/*
 * model_add - a new object; its vectors are empty, its key is set.
 *
 * nam   copied
 *
 * Returns NULL, silently, where the list has an object of that key.
 */
struct object *model_add(struct model *m, const struct kind *kind,
    const char *nam);

/*
 * object_borrow - the same object for another list, where it may last shorter;
 * texts and lists of strings are shared: from must live as long as to, and keep
 * them. Nothing of it has to be freed, and model_clear frees nothing of it.
 */
void object_borrow(struct object *to, const struct object *from);

/*
 * model_copy - add a borrowed copy of another list's object.
 *
 * Returns NULL, silently, where the list has an object of that key.
 */
struct object *model_copy(struct model *m, const struct object *from);

/*
 * model_remove - forget an object's names; it stands among the objects until
 * model_sweep. O(1), but for others of its name.
 */
void model_remove(struct model *m, struct object *o);

/*
 * model_restore - take model_remove back, before model_sweep has been called.
 */
void model_restore(struct model *m, struct object *o);

/* model_sweep - take out what model_remove has left. O(objects). */
void model_sweep(struct model *m);

/* model_get - object by "type:name", NULL where there is none. */
struct object *model_get(const struct model *m, const char *key);

/*
 * model_named - all objects of a name, the last one first; NULL where there is
 * none.
 */
const struct named *model_named(struct model *m, const char *name);

/* model_add_init - one more init text; all copied. */
void model_add_init(struct model *m, const char *file, const char *sql,
    const char *module);

/*
 * object_hash - set hash from what defines the object: deps, grants, col_data,
 * create, drop, module.
 */
void object_hash(struct object *o);

/*
 * object_place - source place of a byte of its create text.
 *
 * Returns the object's own place where the text there was not written
 * verbatim; *out_exact tells which.
 */
struct loc object_place(const struct object *o, size_t off, bool *out_exact);

/*
 * model_read - read a document wm-objects/1 into an empty model.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool model_read(struct model *m, FILE *in, const char *name);

/* model_write - write the document wm-objects/1. */
void model_write(const struct model *m, struct json_out *out);

/*
 * object_from_json - one record of "objects" into the model.
 *
 * Where the list is like another one, an object that is equal there has that
 * one's texts; only what was declared for it (delta), and its place, are its
 * own.
 *
 * Returns NULL once the failure has been reported.
 */
WM_MUST struct object *object_from_json(struct model *m,
    const struct json *rec, const char *name);

/*
 * spans_write, spans_read - the member "map": [off, len, line, col, ...].
 */
void spans_write(struct json_out *out, const struct span *s, size_t n);
WM_MUST bool spans_read(const struct json *rec, const char *name,
    struct arena *mem, struct span **out_spans, size_t *out_n);

#endif
