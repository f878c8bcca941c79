/*
 * plan.h - the document wm-plan/1: what wm-diff decides and wm-apply runs.
 */
#ifndef WM_PLAN_H
#define WM_PLAN_H

#include "wm.h"

#include "model.h"

struct arena;
struct json_out;

/*
 * SQLSTATE with which a step says that the database is not as it was when the
 * plan was made: a refusal, as when its state is another.
 */
#define WM_MOVED_STATE "WM004"

enum plan_action {
	PLAN_CREATE,
	PLAN_REPLACE,
	PLAN_ALTER,
	PLAN_DROP,
	PLAN_REBUILD,
	PLAN_GRANT,
	PLAN_REVOKE,
	PLAN_DATA,
	PLAN_CHECK,	/* has to run without an error; changes nothing */
	PLAN_RECORD	/* bookkeeping in schema wm; ends a batch */
};

struct plan_step {
	enum plan_action action;
	const char *obj_typ;	/* "view"; also "role"; NULL for record steps */
	const char *obj_nam;
	const char *module;
	const char *sql;	/* one or more statements */
	size_t *split;		/* byte offsets at which the 2nd, 3rd ...
				   begin */
	size_t n_split;
	bool simple;		/* not understood by the parser: send it
				   whole */
	struct loc loc;
	struct span *spans;	/* places of sql in the source file */
	size_t n_spans;

	const char *reason;	/* for people: why this step; NULL allowed */
	const char *lock;	/* strongest lock on what exists, or NULL */
	const char *lock_on;	/* the relation it is taken on, or NULL */
	bool scan;		/* reads a whole table */
	bool rewrite;		/* writes a whole table anew */
	bool loss;		/* can lose data */
	long long rows;		/* of the table it scans or rewrites, about */
	long long bytes;
	int locks;		/* entries it takes in the server's lock
				   table */
};

/* A state of a database, as its record tells. */
struct plan_state {
	int release;		/* working release; 0: nothing of ours is
				   there */
	bool beta;		/* that release is not committed yet */
	char state[65];		/* SHA-256 over the record, hexadecimal */
};

struct plan_need {
	const char *what;	/* "owner", "create", "createrole",
				   "superuser", "role" */
	const char *name;	/* object, schema, database or role it is
				   about */
	const char *sql;	/* query that returns true where it is met */
	const char *reason;	/* what cannot be done without it */
};

/* A query that finds rows which would break the change. */
struct plan_check {
	const char *obj_typ;
	const char *obj_nam;
	const char *message;	/* what the rows break */
	const char *sql;	/* returns the keys of bad rows */
	const char *hint;	/* the way out, or NULL */
	struct loc loc;
};

/* Strings live in the arena; plan_clear frees the vectors. */
struct plan {
	struct arena *mem;
	const char *search_path;
	const char *state_sql;	/* query of the state, for scripts; not read */
	struct plan_state from;
	struct plan_state to;
	struct vec checks;	/* of struct plan_check * */
	struct vec needs;	/* of struct plan_need * */
	struct vec steps;	/* of struct plan_step * */
};

void plan_init(struct plan *p, struct arena *mem);
void plan_clear(struct plan *p);

/* plan_add - append a step with its action, object and SQL (not copied). */
struct plan_step *plan_add(struct plan *p, enum plan_action action,
    const char *obj_typ, const char *obj_nam, const char *sql);

/* plan_action_name - "create", "replace", ... as the document has it. */
const char *plan_action_name(enum plan_action a);

/* plan_empty - whether the plan has no step at all. */
bool plan_empty(const struct plan *p);

/* plan_state_write - a state as a member of a document. */
void plan_state_write(struct json_out *out, const char *key,
    const struct plan_state *s);

/* plan_write - write the document. */
void plan_write(const struct plan *p, struct json_out *out);

/*
 * plan_read - read a document into an empty plan; everything is checked.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool plan_read(struct plan *p, FILE *in, const char *name);

#endif
