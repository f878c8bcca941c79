#include "migrate.h"

#include <ctype.h>

#include "arena.h"
#include "sbuf.h"
#include "sql.h"

/* Cut the next word: a quoted text, or up to white space. */
static const char *
next_word(struct arena *mem, const char **p, bool *out_quoted)
{
	WM_SBUF b = SBUF_INIT;
	const char *s = *p;

	while (isspace((unsigned char)*s))
		s++;
	*out_quoted = *s == '\'';
	if (*s == '\0')
		return NULL;
	if (*s == '\'') {
		for (s++; *s != '\0'; s++) {
			if (*s == '\'' && s[1] != '\'')
				break;
			if (*s == '\'')
				s++;
			sbuf_putc(&b, *s);
		}
		if (*s == '\'')
			s++;
	} else if (*s == '"') {
		/* an SQL identifier, taken without its quotes */
		for (s++; *s != '\0' && (*s != '"' || s[1] == '"'); s++) {
			if (*s == '"')
				s++;
			sbuf_putc(&b, *s);
		}
		if (*s == '"')
			s++;
	} else
		while (*s != '\0' && !isspace((unsigned char)*s))
			sbuf_putc(&b, (char)tolower((unsigned char)*s++));
	*p = s;
	return sbuf_take(&b, mem);
}

static const char *
rest_of(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* The rest of a command as SQL: quoted as a whole, or as it stands. */
static const char *
rest_sql(struct arena *mem, const char *p)
{
	const char *s = rest_of(p), *end = s, *word;
	bool quoted;

	if (*s != '\'')
		return *s == '\0' ? NULL : arena_strdup(mem, s);
	word = next_word(mem, &end, &quoted);
	/* 'x' || y is an expression, not a quoted one */
	return *rest_of(end) == '\0' ? word : arena_strdup(mem, s);
}

static bool
one_statement(struct arena *mem, const char *sql, struct sql_stmt **out,
    const char **out_error)
{
	struct sql_error err;
	size_t n;

	if (!sql_parse(mem, sql, out, &n, &err)) {
		*out_error = arena_printf(mem, "%s", err.message);
		return false;
	}
	if (n != 1) {
		*out_error = n == 0 ? "nothing stands there" :
		    "a second statement stands behind the \";\"";
		return false;
	}
	return true;
}

/*
 * A statement of ALTER TABLE with one command. Returns its tree: AlterTableCmd,
 * or RenameStmt.
 */
static const struct json *
one_command(struct arena *mem, const char *sql, const char **out_error)
{
	struct sql_stmt *st;
	const struct json *cmds;

	if (!one_statement(mem, sql, &st, out_error))
		return NULL;
	if (strcmp(st->tag, "RenameStmt") == 0)
		return st->node;
	cmds = json_get(st->node, "cmds");
	if (strcmp(st->tag, "AlterTableStmt") != 0 || cmds == NULL ||
	    cmds->first == NULL || cmds->first->next != NULL) {
		*out_error = "it has to be one command";
		return NULL;
	}
	return json_get(cmds->first, "AlterTableCmd");
}

static bool
is_expression(struct arena *mem, const char *expr, const char **out_error)
{
	static const char *const others[] = { "sortClause", "limitCount",
		"limitOffset", "lockingClause", "larg" };
	struct sql_stmt *st;
	const struct json *lists, *items;

	if (!one_statement(mem, arena_printf(mem, "values ((%s\n))", expr),
	    &st, out_error))
		return false;
	lists = json_get(st->node, "valuesLists");
	items = lists && lists->first ? json_get2(lists->first, "List",
	    "items") : NULL;
	for (size_t i = 0; i < WM_LEN(others); i++)
		if (json_get(st->node, others[i]) != NULL)
			items = NULL;
	if (items == NULL || lists->first->next != NULL ||
	    items->first == NULL || items->first->next != NULL) {
		*out_error = "it has to be one expression";
		return false;
	}
	return true;
}

static bool
fail(const char **out_error, const char *why)
{
	*out_error = why;
	return false;
}

static bool
parse_add(struct arena *mem, const char *p, struct migration *m,
    const char **out_error)
{
	static const char front[] = "alter table t add ";
	const char *start = p, *col, *init, *sub;
	const struct json *cmd, *def;
	bool quoted;

	col = next_word(mem, &p, &quoted);
	if (col != NULL && strcmp(col, "column") == 0)
		col = next_word(mem, &p, &quoted);
	if (col == NULL)
		return fail(out_error, "a column is missing");
	if (*rest_of(p) == '\'') {
		m->col = col;
		m->type = next_word(mem, &p, &quoted);
		init = rest_of(p);
		m->init = *init != '\0' ? arena_strdup(mem, init) : NULL;
		if (m->init != NULL &&
		    !is_expression(mem, m->init, out_error))
			return false;
		cmd = one_command(mem, arena_printf(mem, "%sx %s", front,
		    m->type), out_error);
		return cmd != NULL;
	}
	start = arena_printf(mem, "%s%s", front, rest_of(start));
	cmd = one_command(mem, start, out_error);
	if (cmd == NULL)
		return false;
	sub = json_str(cmd, "subtype");
	def = json_get2(cmd, "def", "ColumnDef");
	if (sub != NULL && strcmp(sub, "AT_AddColumn") == 0 && def != NULL &&
	    json_get(def, "typeName") != NULL) {
		m->col = json_str(def, "colname");
		m->type = start + json_int(json_get(def, "typeName"),
		    "location", 0);
		return true;
	}
	m->verb = MIGRATE_ALTER;
	m->expr = start + strlen("alter table t ");
	return true;
}

/* Drop, rename, alter in ALTER TABLE's own words; false: they are not. */
static bool
parse_alter(struct arena *mem, const char *text, struct migration *m,
    const char **out_error)
{
	const struct json *cmd = one_command(mem, arena_printf(mem,
	    "alter table t %s", text), out_error);
	const char *sub = json_str(cmd, "subtype");
	const char *what = json_str(cmd, "renameType");

	if (cmd == NULL)
		return false;
	*out_error = NULL;
	m->verb = MIGRATE_ALTER;
	m->expr = rest_of(text);
	if (sub != NULL && strcmp(sub, "AT_DropColumn") == 0) {
		m->verb = MIGRATE_DROP;
		m->col = json_str(cmd, "name");
	} else if (what != NULL && strcmp(what, "OBJECT_COLUMN") == 0) {
		m->verb = MIGRATE_RENAME;
		m->col = json_str(cmd, "subname");
		m->to = json_str(cmd, "newname");
	} else if (what != NULL && strcmp(what, "OBJECT_TABCONSTRAINT") != 0)
		return fail(out_error, "a table cannot be renamed by a "
		    "migration");
	return true;
}

/* One word that SQL would want quoted, and nothing behind it. */
static const char *
only_word(struct arena *mem, const char *p)
{
	bool quoted;
	const char *w = next_word(mem, &p, &quoted);

	return w != NULL && strpbrk(w, ",;()") == NULL &&
	    *rest_of(p) == '\0' ? w : NULL;
}

static bool
parse_type(struct arena *mem, const char *p, struct migration *m,
    const char **out_error)
{
	const struct json *cmd;
	const char *w;
	bool quoted;

	m->verb = MIGRATE_TYPE;
	m->col = next_word(mem, &p, &quoted);
	m->type = next_word(mem, &p, &quoted);
	w = next_word(mem, &p, &quoted);
	if (m->type == NULL || (w != NULL && strcmp(w, "using") != 0))
		return fail(out_error,
		    "type takes COL 'NEWTYPE' [using 'EXPR']");
	m->expr = w != NULL ? rest_sql(mem, p) : NULL;
	if (w != NULL && m->expr == NULL)
		return fail(out_error, "nothing stands behind using");
	if (m->expr != NULL && !is_expression(mem, m->expr, out_error))
		return false;
	cmd = one_command(mem, arena_printf(mem, "alter table t alter x type "
	    "%s", m->type), out_error);
	if (cmd == NULL)
		return false;
	if (json_get(json_get2(cmd, "def", "ColumnDef"), "raw_default"))
		return fail(out_error, "using stands behind the type's "
		    "quotes");
	return true;
}

static bool
parse_statement(struct arena *mem, struct migration *m, const char *what,
    const char **out_error)
{
	struct sql_stmt *st;

	if (m->expr == NULL)
		return fail(out_error, what);
	if (!one_statement(mem, m->expr, &st, out_error))
		return false;
	if (strcmp(st->tag, "TransactionStmt") == 0)
		return fail(out_error, "the plan is one transaction");
	if (m->verb == MIGRATE_CHECK && strcmp(st->tag, "SelectStmt") != 0)
		return fail(out_error, "a check is a query");
	return true;
}

/* A comma behind the last word, or standing by itself. */
static bool
skip_comma(const char **p)
{
	const char *s = rest_of(*p);

	if (*s != ',')
		return false;
	*p = s + 1;
	return true;
}

/* A column's name, up to white space, a comma or '='. */
static const char *
next_name(struct arena *mem, const char **p)
{
	const char *s = rest_of(*p);
	bool quoted;
	size_t len;

	if (*s == '"') {
		*p = s;
		return next_word(mem, p, &quoted);
	}
	len = strcspn(s, " \t\r\n,='");
	*p = s + len;
	if (len == 0)
		return NULL;
	s = arena_strndup(mem, s, len);
	for (char *c = (char *)(uintptr_t)s; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return s;
}

/* split COL into A 'TYPE' = 'EXPR', ...; merge A, B into COL 'TYPE' = ... */
static bool
parse_turn(struct arena *mem, const char *p, struct migration *m,
    const char **out_error)
{
	const size_t max = 100;
	const char *w;
	bool quoted;

	m->from = arena_alloc(mem, max * sizeof(*m->from));
	m->parts = arena_alloc(mem, max * sizeof(*m->parts));
	do {
		w = next_name(mem, &p);
		if (w == NULL || m->n_from == max)
			return fail(out_error, "a column is missing");
		m->from[m->n_from++] = w;
	} while (skip_comma(&p));
	w = next_name(mem, &p);
	if (w == NULL || strcmp(w, "into") != 0)
		return fail(out_error, "\"into\" is missing");
	do {
		struct migrate_part *part = &m->parts[m->n_parts];

		part->col = next_name(mem, &p);
		if (part->col == NULL || *rest_of(p) != '\'' ||
		    ++m->n_parts == max)
			return fail(out_error, "a new column takes COL 'TYPE' "
			    "= 'EXPR'");
		part->type = next_word(mem, &p, &quoted);
		if (*rest_of(p) != '=')
			return fail(out_error, "a new column takes COL 'TYPE' "
			    "= 'EXPR'");
		p = rest_of(p) + 1;
		if (*rest_of(p) != '\'')
			return fail(out_error, "the expression has to stand "
			    "in quotes");
		part->expr = next_word(mem, &p, &quoted);
		if (!is_expression(mem, part->expr, out_error) ||
		    one_command(mem, arena_printf(mem, "alter table t add "
		    "x %s", part->type), out_error) == NULL)
			return false;
	} while (skip_comma(&p));
	return *rest_of(p) == '\0' ? true :
	    fail(out_error, "something stands behind the last column");
}

/* rename table to NEW, rename to NEW, move to SCHEMA */
static bool
moves_table(struct arena *mem, const char *verb, const char *p,
    struct migration *m)
{
	bool quoted, move = strcmp(verb, "move") == 0;
	const char *w;

	if (!move && strcmp(verb, "rename") != 0)
		return false;
	w = next_word(mem, &p, &quoted);
	if (!move && w != NULL && strcmp(w, "table") == 0)
		w = next_word(mem, &p, &quoted);
	else if (!move && (w == NULL || strcmp(w, "to") != 0))
		return false;
	if (w == NULL || strcmp(w, "to") != 0)
		return false;
	m->to = next_word(mem, &p, &quoted);
	m->verb = move ? MIGRATE_MOVE : MIGRATE_RENAME_TABLE;
	return m->to != NULL && *rest_of(p) == '\0';
}

const char *
migrate_quote(struct arena *mem, const char *text)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_putc(&b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			sbuf_putc(&b, '\'');
		sbuf_putc(&b, *text);
	}
	sbuf_putc(&b, '\'');
	return sbuf_take(&b, mem);
}

const char *
migrate_table_name(struct arena *mem, const char *name,
    const struct migration *m)
{
	const char *dot = strchr(name, '.');

	if (m->verb == MIGRATE_MOVE)
		return arena_printf(mem, "%s.%s", m->to, dot ? dot + 1 : name);
	if (m->verb == MIGRATE_RENAME_TABLE)
		return dot == NULL ? m->to : arena_printf(mem, "%.*s%s",
		    (int)(dot + 1 - name), name, m->to);
	return name;
}

bool
migrate_parse(struct arena *mem, const char *text, struct migration *out,
    const char **out_error)
{
	const char *p = text, *verb, *start = rest_of(text);
	bool quoted;

	memset(out, 0, sizeof(*out));
	out->text = text;
	*out_error = NULL;
	verb = next_word(mem, &p, &quoted);
	if (verb == NULL)
		return fail(out_error, "the command is empty");
	if (strcmp(verb, "add") == 0) {
		out->verb = MIGRATE_ADD;
		return parse_add(mem, p, out, out_error);
	}
	if (strcmp(verb, "from") == 0) {
		out->verb = MIGRATE_FROM;
		out->to = arena_strdup(mem, rest_of(p));
		return *out->to != '\0' ? true :
		    fail(out_error, "a table is missing");
	}
	if (moves_table(mem, verb, p, out))
		return true;
	if (strcmp(verb, "drop") == 0 || strcmp(verb, "rename") == 0 ||
	    strcmp(verb, "alter") == 0) {
		if (parse_alter(mem, start, out, out_error))
			return true;
		if (verb[0] == 'a')
			return false;
	}
	if (strcmp(verb, "drop") == 0) {
		out->verb = MIGRATE_DROP;
		out->col = only_word(mem, p);
		return out->col != NULL;
	}
	if (strcmp(verb, "rename") == 0) {
		bool word;

		out->verb = MIGRATE_RENAME;
		out->col = next_word(mem, &p, &quoted);
		out->to = next_word(mem, &p, &word);
		if (out->to != NULL && !word && strcmp(out->to, "to") == 0 &&
		    *rest_of(p) != '\0')
			out->to = next_word(mem, &p, &quoted);
		if (out->to == NULL || *rest_of(p) != '\0')
			return fail(out_error, "rename takes OLD [to] NEW");
		return true;
	}
	if (strcmp(verb, "update") == 0) {
		out->verb = MIGRATE_UPDATE;
		out->col = next_word(mem, &p, &quoted);
		if (*rest_of(p) == '=')
			p = rest_of(p) + 1;
		out->expr = rest_sql(mem, p);
		if (out->expr == NULL)
			return fail(out_error, "update takes COL 'EXPR'");
		return is_expression(mem, out->expr, out_error);
	}
	if (strcmp(verb, "type") == 0)
		return parse_type(mem, p, out, out_error);
	if (strcmp(verb, "split") == 0 || strcmp(verb, "merge") == 0) {
		out->verb = MIGRATE_TURN;
		if (!parse_turn(mem, p, out, out_error))
			return false;
		if (strcmp(verb, "split") == 0 ? out->n_from != 1 :
		    out->n_parts != 1)
			return fail(out_error, "split takes one column, merge "
			    "makes one");
		return true;
	}
	if (strcmp(verb, "sql") == 0) {
		out->verb = MIGRATE_SQL;
		out->expr = rest_sql(mem, p);
		return parse_statement(mem, out, "sql takes a statement",
		    out_error);
	}
	if (strcmp(verb, "check") == 0) {
		out->verb = MIGRATE_CHECK;
		out->to = next_word(mem, &p, &quoted);
		out->expr = rest_sql(mem, p);
		return parse_statement(mem, out,
		    "check takes 'MESSAGE' 'QUERY'", out_error);
	}
	return *out_error != NULL ? false : fail(out_error, arena_printf(mem,
	    "unknown command \"%s\"", verb));
}

void
migrate_names(struct arena *mem, const struct vec *delta, struct vec *out)
{
	const char *name = NULL, *why;

	for (size_t i = 0; i < delta->n; i++) {
		struct migration m;

		if (!migrate_parse(mem, delta->v[i], &m, &why))
			continue;
		if (m.verb == MIGRATE_FROM)
			name = m.to;
		else if (name != NULL)
			name = migrate_table_name(mem, name, &m);
		if (name != NULL)
			vec_push(out, name);
	}
}
