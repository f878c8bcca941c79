/*
 * ident.h - what a CREATE statement makes: class, schema, name; and the names
 * that SQL refers to. Both are read off PostgreSQL's parse trees.
 */
#ifndef WM_IDENT_H
#define WM_IDENT_H

#include "wm.h"

#include "json_in.h"
#include "sql.h"
#include "vec.h"

/* Name spaces of the catalog; one object has one of them. */
enum ident_class {
	ID_RELATION = 1,	/* table, view, sequence, index, ... */
	ID_FUNCTION = 2,	/* function, procedure, aggregate */
	ID_TYPE = 4,		/* enum, domain, composite, range, base */
	ID_SCHEMA = 8,
	ID_TRIGGER = 16,
	ID_RULE = 32,
	ID_POLICY = 64,
	ID_EXTENSION = 128,
	ID_LANGUAGE = 256,
	ID_OPERATOR = 1024,	/* 512 is wm-diff's: a column */
	ID_CAST = 1 << 11,
	ID_OPCLASS = 1 << 12,
	ID_OPFAMILY = 1 << 13,
	ID_COLLATION = 1 << 14,
	ID_CONVERSION = 1 << 15,
	ID_TSPARSER = 1 << 16,
	ID_TSTEMPLATE = 1 << 17,
	ID_TSDICT = 1 << 18,
	ID_TSCONFIG = 1 << 19,
	ID_TRANSFORM = 1 << 20,
	ID_FDW = 1 << 21,
	ID_SERVER = 1 << 22,
	ID_USER_MAPPING = 1 << 23,
	ID_STATISTICS = 1 << 24,
	ID_EVENT_TRIGGER = 1 << 25,
	ID_PUBLICATION = 1 << 26,
	ID_SUBSCRIPTION = 1 << 27,
	ID_ACCESS_METHOD = 1 << 28,
	ID_ROLE = 1 << 29,
	ID_CONSTRAINT = 1 << 30
};

/* The schema of a name that is not qualified; the plan's search_path. */
#define IDENT_SCHEMA "public"

struct ident {
	enum ident_class cls;
	const char *schema;	/* of the table, for triggers, rules,
				   policies */
	const char *name;
	const char *table;	/* triggers, rules, policies, indexes */
	const char *args;	/* functions, operators, casts: input types,
				   with ","; operator classes: the method;
				   transforms: the language; user mappings: the
				   server */
	bool procedure;
	bool any_args;		/* a function or operator named without them */
};

/*
 * ident_of - identity of what a statement creates.
 *
 * Returns false where it creates nothing that has a name of its own.
 */
WM_MUST bool ident_of(struct arena *mem, const struct sql_stmt *st,
    struct ident *out);

/*
 * ident_kind - what SQL calls what a statement creates: "table", "materialized
 * view", "operator class"; a name of a struct kind. NULL where it creates
 * nothing of a known kind.
 */
const char *ident_kind(const struct sql_stmt *st);

/*
 * ident_role - a RoleSpec's name: as given, "public", "current_user"; never
 * NULL.
 */
const char *ident_role(const struct json *spec);

/*
 * ident_targets - identities of what a statement is about, where it creates
 * nothing itself: COMMENT, GRANT, ALTER, SECURITY LABEL and the like.
 *
 * out   appended to; struct ident *, in the arena
 *
 * Returns false where the statement is not about objects of known classes.
 */
WM_MUST bool ident_targets(struct arena *mem, const struct sql_stmt *st,
    struct vec *out);

/* ident_key - one text an identity, for maps and comparing. */
const char *ident_key(struct arena *mem, const struct ident *id);

/*
 * ident_text - as people and SQL write it: schema.name(args), name on table,
 * (type as type), quoted; what DROP takes behind the words of the kind.
 */
const char *ident_text(struct arena *mem, const struct ident *id);

/*
 * ident_split - schema and name of a name as sources write it: parts between
 * dots, folded to lower case unless quoted; what follows "(" is left out.
 */
void ident_split(struct arena *mem, const char *text, const char **out_schema,
    const char **out_name);

/* A name that SQL refers to. */
struct ref {
	int classes;		/* of ident_class, or'ed: what it may be */
	const char *schema;	/* IDENT_SCHEMA where it is not qualified */
	const char *name;
	bool bare;		/* the name stands without a schema */
	bool soft;		/* in a body that creating does not look into */
};

/*
 * refs_name - whether any of the references names an object.
 *
 * refs   of struct ref *
 */
bool refs_name(const struct vec *refs, const struct ident *id);

/*
 * refs_of - all names that an object's SQL refers to, bodies of SQL and
 * PL/pgSQL functions included; each once.
 *
 * text   create text; what the parser does not take has no references
 * out    appended to; struct ref *, in the arena
 */
void refs_of(struct arena *mem, const char *text, struct vec *out);

/* What the options of CREATE AGGREGATE, TYPE, TEXT SEARCH ... may name. */
#define REFS_DEFINED (ID_TYPE | ID_RELATION | ID_FUNCTION | ID_OPERATOR |    \
	ID_COLLATION | ID_OPCLASS | ID_TSPARSER | ID_TSTEMPLATE | ID_TSDICT | \
	ID_TSCONFIG)

/*
 * refs_in_constant - classes of what a constant of a type such as "regclass"
 * names; 0 where it names nothing.
 */
int refs_in_constant(const char *type);

/*
 * refs_in_argument - the same of a string that is the first of so many
 * arguments of a function.
 */
int refs_in_argument(const char *function, size_t n_args);

/*
 * refs_inside - the statements in the body of a DO block, or of a function, in
 * PL/pgSQL; those in strings that it executes apart.
 *
 * text   one statement, parsed as st
 * out    appended to; const char *, in the arena
 */
void refs_inside(struct arena *mem, const char *text,
    const struct sql_stmt *st, struct vec *out);

/* refs_of_stmts - the same, with what sql_parse made of the text at hand. */
void refs_of_stmts(struct arena *mem, const char *text,
    const struct sql_stmt *stmts, size_t n, struct vec *out);

#endif
