/*
 * psql's own commands in a script. What they do to the objects is done here as
 * well, or is an error: a list that lacks something would count it as gone.
 */
#include "sql_reader.h"

#include <strings.h>

#include "diag.h"
#include "interp.h"

/* One argument of a command, without its quotes; "" where there is none. */
static const char *
argument(struct reader *r, const char **s)
{
	WM_SBUF b = SBUF_INIT;
	const char *t = *s + strspn(*s, " \t");

	while (*t != '\0' && *t != ' ' && *t != '\t') {
		char quote = *t == '\'' || *t == '"' ? *t : '\0';

		if (quote == '\0') {
			sbuf_putc(&b, *t++);
			continue;
		}
		for (t++; *t != '\0' && (*t != quote || t[1] == quote); t++) {
			t += *t == quote;
			sbuf_putc(&b, *t);
		}
		t += *t == quote;
	}
	*s = t;
	return sbuf_take(&b, r->mem);
}

static void
include(struct reader *r, const char *args, bool here)
{
	const char *file = argument(r, &args);

	if (*file == '\0' || *file == '|' || *file == '`' || *file == ':') {
		diag_error(&r->at, *file == '\0' ? "no file is named" :
		    "what file this reads is not known");
		parse_quote(r->p, &r->at);
		diag_hint("Name the file: variables and programs are psql's "
		    "own.");
		return;
	}
	interp_require(r->p, arena_strdup(r->p->mem, file), here, &r->at);
}

static void
on_include(struct reader *r, const char *args)
{
	include(r, args, true);
}

static void
on_include_relative(struct reader *r, const char *args)
{
	include(r, args, false);
}

static void
on_condition(struct reader *r, const char *args)
{
	(void)args;
	diag_warn(&r->at, "sql", "psql's conditions are not looked at: all "
	    "branches are read");
	parse_quote(r->p, &r->at);
}

/* \copy t from stdin: its data stand in the script. */
static void
on_copy(struct reader *r, const char *args)
{
	const char *text = arena_printf(r->mem, "copy %s", args);
	struct sql_stmt *st;
	struct sql_error err;
	size_t n;

	/* "pstdin" and what else only psql knows have no data here */
	if (sql_parse(r->mem, text, &st, &n, &err) && n == 1 &&
	    strcmp(st->tag, "CopyStmt") == 0)
		sql_copy(r, st);
	else
		r->left[LEFT_META]++;
}

/* The database that \connect goes to; NULL: the same. */
static const char *
database(struct reader *r, const char *args)
{
	const char *name = argument(r, &args), *is;

	if (strncmp(name, "-reuse-previous", 15) == 0)
		name = argument(r, &args);
	is = strstr(name, "dbname=");
	if (is != NULL) {
		is += strlen("dbname=");
		name = argument(r, &is);
	}
	return *name == '\0' || strcmp(name, "-") == 0 ? NULL : name;
}

static void
on_connect(struct reader *r, const char *args)
{
	struct parse *p = r->p;
	const char *name = database(r, args);
	bool other = name != NULL && r->database != NULL &&
	    strcmp(name, r->database) != 0;
	size_t i;

	r->left[LEFT_META]++;
	if (name == NULL)
		return;
	for (i = r->first_made; i < p->sql.made.n; i++) {
		const struct made *m = p->sql.made.v[i];

		if (!m->gone && m->id.cls != ID_ROLE)
			break;
	}
	if (i < p->sql.made.n && (other || r->database == NULL)) {
		diag_error(&r->at, "the script goes on in database \"%s\": "
		    "its objects are not those of one database", name);
		parse_quote(p, &r->at);
		diag_hint("Take one database at a time: pg_dump -s %s.", name);
	}
	r->database = arena_strdup(p->mem, name);
}

static void
on_gexec(struct reader *r, const char *args)
{
	(void)args;
	diag_error(&r->at, "what \\gexec runs is not known: a query writes "
	    "it");
	parse_quote(r->p, &r->at);
	diag_hint("Write the statements out that it makes; or let psql run "
	    "the script, and take pg_dump -s of the database.");
}

static void
on_quit(struct reader *r, const char *args)
{
	(void)args;
	r->left[LEFT_META]++;
	r->in_dump = false;
	if (r->script.text[r->script.at + strspn(r->script.text +
	    r->script.at, " \t\r\n")] != '\0')
		diag_note(&r->at, "psql ends here: what follows is not read");
	r->script.at = r->script.len;
}

static const struct {
	const char *name;
	void (*fn)(struct reader *r, const char *args);
} commands[] = {
	{ "i", on_include }, { "include", on_include },
	{ "ir", on_include_relative },
	{ "include_relative", on_include_relative }, { "if", on_condition },
	{ "elif", on_condition }, { "copy", on_copy }, { "c", on_connect },
	{ "connect", on_connect }, { "gexec", on_gexec }, { "q", on_quit },
	{ "quit", on_quit },
};

void
sql_psql(struct reader *r, const char *text)
{
	size_t len;

	text += *text == '\\';
	len = strcspn(text, " \t");
	for (size_t i = 0; i < WM_LEN(commands); i++)
		if (strlen(commands[i].name) == len &&
		    strncmp(commands[i].name, text, len) == 0) {
			commands[i].fn(r, text + len);
			return;
		}
	r->left[LEFT_META]++;
}
