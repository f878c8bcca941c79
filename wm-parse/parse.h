/*
 * parse.h - what the parts of wm-parse share: one run over source files.
 */
#ifndef PARSE_H
#define PARSE_H

#include "wm.h"

#include <tcl.h>

#include "arena.h"
#include "model.h"
#include "sbuf.h"

/* A source file that has been read. */
struct source {
	const char *name;	/* for messages and records */
	const char *path;	/* resolved, for comparing */
	const char *dir;	/* folder of path */
	const char *dir_name;	/* folder of name, as the user would write it */
	const char *text;	/* in Tcl's own encoding, newlines only */
	size_t len;
	size_t *lines;		/* where each line begins */
	size_t n_lines;
	bool open;		/* being evaluated now */
};

/* Place in the file that is being evaluated: the outermost command. */
struct place {
	const struct source *src;
	size_t start;		/* of the command, in src->text */
	size_t len;
};

/* How plain SQL is read. */
struct sql_options {
	bool plain;		/* files of any name are SQL */
	bool owners;		/* keep who owns what */
	bool roles;		/* keep roles and memberships */
	const char *path;	/* the search_path that scripts begin with;
				   NULL: "public" */
	bool pass;		/* what the parser does not know is passed on */
};

/* Schemas in the order in which bare names are looked for. */
struct sql_path {
	size_t n;
	const char **v;
};

/* What settings have made of the session that reads a script. */
struct sql_session {
	const struct sql_path *path;	/* NULL: what every plan has */
	const struct sql_path *lasting;	/* when the transaction has ended */
	const char *tablespace;		/* or NULL */
	const char *access_method;	/* of tables; NULL: the usual one */
	const char *role;		/* SET ROLE; NULL: none */
	const char *user;		/* SET SESSION AUTHORIZATION; the
					   same */
};

/* All that scripts have brought so far. */
struct sql_state {
	struct sql_options opts;
	struct vec made;	/* of struct made * */
	struct vec attached;	/* of struct attached * */
	struct map about;	/* of struct vec *: the same by name ... */
	struct vec abouts;	/* those */
	size_t n_about;		/* ... as many as are there */
	struct map by_name;	/* "class|schema|table|name": struct made * */
	struct map by_key;	/* an object's: struct made * */
	struct sql_session session;	/* of the script that is being read */
	size_t depth;		/* of scripts that read others */
	struct vec homes;	/* of struct home *: where extensions are */
	const char *renamed;	/* by a comment; for the next statement */
	const char *was;	/* then-name of the statement's table, where a
				   later statement gives it another; or NULL */
	struct vec doubts;	/* of struct doubt *: sql_rename.c */
	struct known *known;	/* where blocks have asked: sql_ahead.c */
	size_t n_gone;		/* objects that scripts dropped again */
};

struct parse {
	struct arena *mem;
	struct model model;
	struct check *check;
	const char *module;	/* that is in force */
	Tcl_Interp *master;
	Tcl_Interp *interp;	/* the safe one */
	bool master_ready;	/* its library has been loaded */
	bool stopped;		/* a limit was reached */
	long long deadline_ms;	/* of the clock; 0: no limit */
	int packages;		/* depth of package loading */

	struct vec sources;	/* of struct source *, in the order begun */
	struct map by_path;
	struct vec dirs;	/* of struct source *: one a folder, as met */
	const struct source *latest;	/* begun last, ended or not */
	struct place place;

	struct vec macro_names;	/* in the order of a Tcl array */
	bool macros_changed;

	struct vec late_grants;	/* of struct late_grant * */

	struct map text_sets;	/* tables and languages that have had texts */
	struct map style_sets;	/* tables that have had styles: struct loc * */
	struct vec listed;	/* styles of style.c that lists gave */
	struct sql_state sql;
};

/* A `grant` command; its objects are looked up when all files are read. */
struct late_grant {
	const char *object;
	const char *type;	/* NULL: whatever has the name */
	const char *group;
	int level;
	const char *privilege;
	struct loc at;
};

/*
 * parse_here - the place of the command that is being evaluated.
 */
struct loc parse_here(const struct parse *p);

/*
 * parse_quote - show a place's line of source, as diag_quote does; nothing
 * where no such file has been read.
 */
void parse_quote(const struct parse *p, const struct loc *at);

/*
 * parse_module - the module that is in force; where none was named yet, the
 * file's name without folder and extension.
 */
const char *parse_module(const struct parse *p, const char *file);

/*
 * source_place - line and column, both from 1, of a byte of a file's text.
 * O(log lines).
 */
void source_place(const struct source *src, size_t off, int *out_line,
    int *out_col);

/*
 * tcl_utf8 - a string of Tcl's as plain UTF-8 in an arena. Tcl 8.6 keeps
 * characters beyond U+FFFF as surrogate pairs, and NUL as two bytes.
 *
 * Returns NULL where the text holds a NUL or half a surrogate pair.
 */
const char *tcl_utf8(struct arena *mem, const char *s, size_t len);

#endif
