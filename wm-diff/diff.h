/*
 * diff.h - what the parts of wm-diff share: one comparison of an object list
 * with a database.
 */
#ifndef DIFF_H
#define DIFF_H

#include "wm.h"

#include <libpq-fe.h>

#include "arena.h"
#include "hazard.h"
#include "ident.h"
#include "model.h"
#include "plan.h"
#include "sbuf.h"

struct bundle;
struct history;
struct table;

/* What happens to one object. */
enum fate {
	FATE_SAME,	/* nothing, or its grants and record only */
	FATE_CREATE,
	FATE_REPLACE,	/* create or replace, in place */
	FATE_ALTER,	/* by the SQL that was worked out */
	FATE_RECREATE,	/* dropped, then created anew */
	FATE_DROP
};

/* An object's text, parsed once and on demand. */
struct parsed {
	bool done;
	bool bad;		/* the parser does not take it */
	struct sql_stmt *stmts;
	size_t n;
	struct ident *idents;	/* of each statement; cls 0: none */
	struct vec refs;	/* of struct ref *, where they are known */
	bool refs_done;
};

/* One object on its way from the record's form to the source's. */
struct change {
	const struct object *old;	/* in the record; NULL: new */
	const struct object *new;	/* in the source; NULL: gone */
	const struct object *source;	/* what the record gets, where new is
					   worded by the server: adopt.h */
	bool adopted;			/* compared by meaning */
	bool loose;			/* no record is about it */
	enum fate fate;
	const char *reason;
	const char *sql;		/* FATE_ALTER */
	const char *keep;		/* FATE_REPLACE: SQL behind it, for what
					   others set */
	struct vec alters;		/* FATE_ALTER of tables: alter.h */
	struct vec fill;		/* the same, behind its partitions:
					   where the table is made anew */
	struct vec early;		/* const char *: SQL that comes before
					   anything is dropped or altered */
	struct vec hops;		/* struct hop *: of tables; hops.h */
	struct vec uses;		/* struct use *: of its commands */
	bool born;			/* a new table, made as a version on the
					   way has it, which old is */
	bool late;			/* it goes when all else is done */
	const char *aside;		/* SQL by which it gives up its name
					   until then; NULL: it keeps that */
	bool temp;			/* neither side has it; made for the
					   way only */
	struct vec swap;		/* columns of a type: swap.h */
	bool swapping;			/* the type stands aside meanwhile: it
					   has such, or what is made of it */
	struct vec taken;		/* const char *: commands of a table
					   that a type's swap stands for */
	struct vec touched;		/* struct alter_column *: columns whose
					   users have to get out of the way */
	struct vec renames;		/* the same: those that get new names */
	struct attached *attached;	/* of a table: attached.c */
	struct inherited *inherited;	/* of a table: inherited.c */
	struct table_facts *facts;	/* of a table: facts.c */
	const char *gives_way;		/* of a partition: SQL that drops the
					   key before all get one */
	struct vec cons;		/* const char *: of the text of a table
					   that is made anew */
	struct vec runtime;		/* struct ident *: its partitions that
					   no source has, made anew with it */
	bool runtime_goes;		/* they are not: there is no place */
	struct change *root;		/* made anew, of which this is, or is to
					   be, a partition */
	struct change *joins;		/* the same, of one that stays as it is,
					   or of what attaches one */
	struct change *part_was;	/* of a table: what attaches it */
	struct change *part_is;
	struct vec above;		/* struct change *: tables whose
					   alteration reaches this one */
	struct vec left;		/* the same: that it leaves before all
					   else */
	bool settled;			/* its table's text says the same */
	bool rebuild;			/* made anew under its name */
	bool follows;			/* a table that it is like changes */
	bool reorder;			/* the order of its columns is asked */
	bool carried;			/* it goes with its root; rows stay */
	bool taken_over;		/* of an index: it becomes a key */
	bool shape;			/* the set of its columns changes */
	bool record;			/* its record has to be written */
	bool renamed;			/* old has another name */
	bool retaken;			/* ... which another, new table takes */
	bool kept;			/* of a module that is not in the
					   list */
	struct parsed was, is;		/* of old->create, new->create */
	struct vec needs;		/* of struct need *: resolved */
	struct closure_node *node;	/* in the catalog; NULL: not looked
					   up */
	size_t index;			/* in diff.all */
	bool found;			/* needs_found has run */
	bool decided;			/* before all others */
	int version;			/* obj_ver when the plan has run */
};

/* What an object needs to exist before it. */
struct need {
	struct change *on;
	bool hard;
	bool declared;
};

struct diff_options {
	const char *from;		/* a file instead of a database */
	const char *history;		/* Wyseman.hist, the same */
	struct vec trust;		/* paths of public keys */
	long long max_size;		/* of what comes out of an archive */
	bool adopt, drift, take;	/* compare by meaning: adopt.h */
	bool prune;			/* --drift: drop what is in no record */
	const char *scratch;		/* server to try things on */
	struct vec ignore;		/* patterns: ignore.h */
	bool from_beta;
	bool downgrade;
	bool keep_dropped;		/* in schema wm_attic */
	bool no_prune;
	bool no_body_check;
	bool no_dictionary;
	bool own_dictionary;	/* in place of the older Wyseman's */
	bool init;		/* run init texts again */
	const char *languages;	/* "eng,fin"; NULL: all */
	bool column_order;
	struct hazard_opts hazards;
	bool allow_data_loss;
	bool allow_rebuild;
	const char *format;
	bool exit_code;
};

/* Threads at most that read texts. */
#define AHEAD_MAX 4

struct diff {
	struct arena *mem;
	struct arena *ahead[AHEAD_MAX];	/* what ahead_parse has read */
	const struct diff_options *opts;
	PGconn *db;		/* NULL: the origin is a file */
	bool elsewhere;		/* the database is not there yet: db is
				   another one of its server */
	struct vec ignore;	/* patterns of what is left alone: ignore.h */
	bool taken;		/* --take has something to print */
	struct adopt *adopt;	/* NULL: nothing is compared by meaning */
	const struct bundle *bundle;	/* the target; NULL: a list */
	struct bundle *origin;	/* where the origin is one */
	struct history *history;	/* that it was taken from, or NULL */
	const char *list_name;	/* of the target, for messages */
	struct model src;	/* dictionary first, then the list */
	struct model rec;	/* the database's record */
	struct plan plan;

	struct map temps;	/* key to struct change *: commands.c */
	struct map versions;	/* key to struct versions *: hops.c */
	struct vec version_lists;	/* the same, all */
	struct vec stages;	/* of intptr_t: releases; hops.h */
	bool back;		/* the target is older than the origin */
	struct vec past;	/* of struct object *: versions to undo */
	struct vec back_steps;	/* of struct object *: what undoes them */
	struct vec kept;	/* of struct kept *: attic.h */
	bool kept_any;		/* the plan keeps something */
	const char *kept_last;	/* what the attic has; NULL: no matter */

	struct vec all;		/* of struct change *; source order, then kept,
				   then gone */
	struct map by_key;	/* "type:name" to struct change * */
	struct map by_name;	/* to struct bare *; of those that stay */
	struct map by_ident;	/* class|schema|name: struct bare * */
	struct vec swapped;	/* of struct change *: types that are there
				   anew, and whose old ones have to go */
	struct map by_word[2];	/* new, old; bare name: struct bare * */
	size_t n_words[2];	/* ... of so many of all: change_find */
	struct map handed;	/* "schema|name" of sequences: sequences.h */
	struct map casts;	/* "type>type" to struct known_cast * */
	struct map by_catalog;	/* full identity to struct change * */
	struct map by_part;	/* the same, of what texts make beside it */
	struct map owners;	/* names of roles: settings.c */
	bool owners_ready;
	bool catalog_ready;
	bool idents_ready;
	struct vec nodes;	/* of struct closure_node *, all */
	struct vec foreign;	/* of struct closure_node *: not ours */
	struct words *words;	/* the dictionary: words.h; NULL: not yet */
};

/* All objects that go by one name. */
struct bare {
	struct change *change;
	struct bare *next;
};

/* change_source - the object as the source has it, for the record. */
const struct object *change_source(const struct change *c);

/* change_object - the object, whichever side has it; new first. */
const struct object *change_object(const struct change *c);

/* change_ident - identity of what the text makes first; NULL where none. */
const struct ident *change_ident(struct diff *d, struct change *c, bool old);

/*
 * change_find - the first object, on one side, that makes what goes by a name.
 *
 * kind     as in "table": of objects of this kind alone; NULL: of any
 * cls      enum ident_class of what is made; 0: any
 * schema   NULL: IDENT_SCHEMA
 * name     NULL: nobody's
 *
 * Returns NULL where none does. Texts of objects that go by another name are
 * not read, but for those of kind "other". O(1), but for these.
 */
struct change *change_find(struct diff *d, const char *kind, int cls,
    const char *schema, const char *name, bool old);

/* parsed_fill - parse an object's create text, once. */
void parsed_fill(struct arena *mem, const struct object *o, struct parsed *p);

/* change_parse - parse one side's text; false where it is no SQL. */
bool change_parse(struct diff *d, struct change *c, bool old,
    struct parsed **out);

/*
 * change_table - one side's text as a table's; NULL where it is none, or no
 * SQL. Free with table_clear.
 */
struct table *change_table(struct diff *d, struct change *c, bool old);

#endif
