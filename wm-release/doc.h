/*
 * doc.h - what the parts of "wm-release doc" share: one release, read into what
 * its page shows, and the writing of HTML.
 */
#ifndef DOC_H
#define DOC_H

#include "wm.h"

#include "changes.h"
#include "command.h"
#include "ident.h"
#include "sbuf.h"
#include "table.h"

/* One object, with what its texts say. */
struct doc_object {
	const struct object *o;
	const char *sch, *tab;		/* of what it makes first, folded */
	const char *anchor;		/* id and fragment, safe in both */
	struct sql_stmt *stmts;		/* NULL where the text is not SQL */
	size_t n_stmts;
	const struct ident *id;		/* of the first statement, or NULL */

	/* of tables */
	struct table *table;		/* or NULL */
	struct vec indexes;		/* struct doc_object *: on it */
	struct vec triggers;		/* triggers and rules */
	struct vec referred;		/* struct doc_ref *: foreign keys to
					   it */
};

/* A foreign key. */
struct doc_ref {
	struct doc_object *from;
	struct doc_object *to;		/* NULL: not in the release */
	const struct con *con;
	const char *sch, *tab;		/* as it names it */
};

struct doc_module {
	const char *name;
	struct vec objects;		/* struct doc_object *, by name */
};

struct doc {
	struct arena *mem;
	struct session *s;
	const struct model *model;	/* with its dictionary */
	int release;			/* 0: a list that was given */
	const char *language;		/* of the texts; NULL: there are none */
	bool diagram;
	struct vec modules;		/* struct doc_module *, in order */
	struct map by_key;		/* "type:name" to struct doc_object * */
	struct map by_name;		/* doc_name: tables and views */
	struct vec refs;		/* struct doc_ref * */
	struct map words;		/* doc_name: struct vec of rows about
					   it */
	struct sbuf *out;
};

/* A member's words. */
struct doc_words {
	const char *title;	/* or NULL */
	const char *help;
};

/*
 * doc_load - sort out the objects of doc->model, without the tools' own.
 * Returns nothing: what is not understood is shown as its SQL alone.
 */
void doc_load(struct doc *doc);

void doc_clear(struct doc *doc);

/* doc_find - a table or view by schema and name; NULL where there is none. */
struct doc_object *doc_find(const struct doc *doc, const char *sch,
    const char *tab);

/* doc_words - title and help of a table (col NULL) or of its column. */
struct doc_words doc_words(const struct doc *doc, const char *sch,
    const char *tab, const char *col);

/* doc_rows - all rows about a table, sorted; struct dict_row *. */
const struct vec *doc_rows(const struct doc *doc, const char *sch,
    const char *tab);

/* --- HTML, appended to doc->out --- */

/* doc_text - text, with everything escaped that HTML could take for its own. */
void doc_text(struct doc *doc, const char *s);

/*
 * doc_html - a piece of HTML as it is. %s in it takes an argument, escaped, and
 * %d a number; nothing else.
 */
void doc_html(struct doc *doc, const char *html, ...);

/* doc_link - a link to an object, shown as text. */
void doc_link(struct doc *doc, const struct doc_object *to, const char *text);

/* doc_sql - SQL in a fold, with a heading. */
void doc_sql(struct doc *doc, const char *heading, const char *sql);

/* --- the parts of the page --- */

/* doc_relation - the section of a table or view. */
void doc_relation(struct doc *doc, const struct doc_object *o);

/* doc_view - the columns of a view. */
void doc_view(struct doc *doc, const struct doc_object *o);

/* doc_columns - the beginning of a table of columns: what its second is. */
void doc_columns(struct doc *doc, const char *second);

/* doc_about - the cell that tells what a column means. */
void doc_about(struct doc *doc, const struct doc_object *o,
    struct doc_words w, const char *col);

/* doc_other - the section of any other object. */
void doc_other(struct doc *doc, const struct doc_object *o);

/* doc_grants - a list of privileges on one object; nothing without any. */
void doc_grants(struct doc *doc, const struct doc_object *o);

/* doc_roles - what each role may do. */
void doc_roles(struct doc *doc);

/* doc_history - the releases, and what each has changed. */
void doc_history(struct doc *doc);

/*
 * doc_diagram - tables and their foreign keys as a drawing, of one module, or
 * of all (NULL). Nothing where graphviz is not installed, or fails.
 */
void doc_diagram(struct doc *doc, const struct doc_module *m);

#endif
