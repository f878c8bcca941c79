#include "sql_do.h"

#include <stdlib.h>
#include <strings.h>

#include "phrase.h"
#include "sql_do_value.h"

/* Statements that a loop may run before nobody wants to know them. */
#define MOST 10000

/* How a list of statements ends. */
enum flow {
	GO_ON,
	LEAVE,		/* RETURN */
	LEAVE_LOOP,	/* EXIT, CONTINUE */
	FAILED,		/* as the exception says that run.failed has */
	STOPPED		/* nobody knows: block.why */
};

struct run {
	struct do_reader *r;
	struct do_block *out;
	struct do_scope scope;
	const struct json *datums;
	const char *text;	/* of the DO */
	size_t body;		/* where its body begins */
	size_t guards;		/* IFs around the statement at hand */
	size_t spares;		/* blocks around it that do without what the
				   server has not */
	enum known_end failed;
	bool leaves;		/* is_rows has met a RETURN, EXIT */
	bool forgets;		/* is_rows: what is assigned is not known */
};

static enum flow list(struct run *r, const struct json *stmts);

static const char *
query(const struct json *expr)
{
	return json_str(json_get(expr, "PLpgSQL_expr"), "query");
}

/* The only member of a statement: its kind is the key. */
static const struct json *
inside(const struct json *stmt)
{
	return stmt->first;
}

static bool
is(const struct json *stmt, const char *tag)
{
	return stmt->key != NULL && strcmp(stmt->key, tag) == 0;
}

/* --- where ---------------------------------------------------------------- */

/* The byte that a line of the body begins at. */
static size_t
line_at(const struct run *r, const struct json *stmt)
{
	const char *s = r->text + r->body;

	for (long n = json_int(stmt, "lineno", 1); n > 1; n--) {
		const char *end = strchr(s, '\n');

		if (end == NULL)
			break;
		s = end + 1;
	}
	return (size_t)(s - r->text);
}

static enum flow
stop(struct run *r, const struct json *stmt, const char *why)
{
	r->out->why = why;
	r->out->where = line_at(r, stmt);
	r->out->where += strspn(r->text + r->out->where, " \t");
	return STOPPED;
}

/* --- what concerns rows only ---------------------------------------------- */

static bool
rows_text(struct run *r, const char *text, bool into)
{
	static const char *const tags[] = { "InsertStmt", "UpdateStmt",
		"DeleteStmt", "MergeStmt" };
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (text == NULL || !sql_parse(r->r->scratch, text, &st, &n, &err) ||
	    n != 1)
		return false;
	for (size_t i = 0; i < WM_LEN(tags); i++)
		if (strcmp(tags[i], st->tag) == 0)
			return true;
	return into && strcmp(st->tag, "SelectStmt") == 0;
}

static bool only_rows(struct run *r, const struct json *stmts);

static const char *variable(const struct run *r, const struct json *j);

/* A variable gets a value that only a database can say. */
static void
forget(struct run *r, const struct json *target)
{
	const struct do_value v = { .known = false };
	const char *name = variable(r, target);

	if (r->forgets && name != NULL)
		do_set(&r->scope, name, &v);
}

/* Whether a statement, with all in it, changes nothing but rows. */
static bool
is_rows(struct run *r, const struct json *stmt)
{
	static const char *const harmless[] = { "PLpgSQL_stmt_raise",
		"PLpgSQL_stmt_assign", "PLpgSQL_stmt_return",
		"PLpgSQL_stmt_exit", "PLpgSQL_stmt_getdiag",
		"PLpgSQL_stmt_assert", "PLpgSQL_stmt_commit",
		"PLpgSQL_stmt_rollback", "PLpgSQL_stmt_open",
		"PLpgSQL_stmt_fetch", "PLpgSQL_stmt_close" };
	static const char *const bodies[] = { "PLpgSQL_stmt_block",
		"PLpgSQL_stmt_if", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while",
		"PLpgSQL_stmt_fori", "PLpgSQL_stmt_fors",
		"PLpgSQL_stmt_dynfors", "PLpgSQL_stmt_foreach_a",
		"PLpgSQL_stmt_forc", "PLpgSQL_stmt_case" };
	static const char *const lists[] = { "body", "then_body",
		"else_body", "else_stmts" };
	const struct json *in = inside(stmt), *more;
	struct do_value v;

	r->leaves = r->leaves || is(in, "PLpgSQL_stmt_return") ||
	    is(in, "PLpgSQL_stmt_exit");
	if (is(in, "PLpgSQL_stmt_assign"))
		forget(r, in);
	else if (json_get(in, "target") != NULL)
		forget(r, json_get(in, "target"));
	for (size_t i = 0; i < WM_LEN(harmless); i++)
		if (is(in, harmless[i]))
			return true;
	if (is(in, "PLpgSQL_stmt_execsql"))
		return rows_text(r, query(json_get(in, "sqlstmt")),
		    json_bool(in, "into"));
	if (is(in, "PLpgSQL_stmt_dynexecute")) {
		v = do_value(&r->scope, query(json_get(in, "query")));
		return v.known && rows_text(r, v.text, json_bool(in, "into"));
	}
	for (size_t i = 0; i < WM_LEN(bodies); i++) {
		if (!is(in, bodies[i]))
			continue;
		for (size_t k = 0; k < WM_LEN(lists); k++)
			if (!only_rows(r, json_get(in, lists[k])))
				return false;
		more = json_get(in, "elsif_list");
		for (const struct json *j = more ? more->first : NULL; j;
		    j = j->next)
			if (!only_rows(r, json_get2(j, "PLpgSQL_if_elsif",
			    "stmts")))
				return false;
		more = json_get(in, "case_when_list");
		for (const struct json *j = more ? more->first : NULL; j;
		    j = j->next)
			if (!only_rows(r, json_get2(j, "PLpgSQL_case_when",
			    "stmts")))
				return false;
		more = json_get2(json_get(in, "exceptions"),
		    "PLpgSQL_exception_block", "exc_list");
		for (const struct json *j = more ? more->first : NULL; j;
		    j = j->next)
			if (!only_rows(r, json_get2(j, "PLpgSQL_exception",
			    "action")))
				return false;
		return true;
	}
	return false;
}

static bool
only_rows(struct run *r, const struct json *stmts)
{
	for (const struct json *j = stmts ? stmts->first : NULL; j;
	    j = j->next)
		if (!is_rows(r, j))
			return false;
	return true;
}

/* --- statements ----------------------------------------------------------- */

/* The name of a variable by its number, or in a row of one; or NULL. */
static const char *
variable(const struct run *r, const struct json *j)
{
	const struct json *row = json_get2(j, "PLpgSQL_row", "fields");
	const struct json *d = r->datums->first;
	long n = json_int(j, "varno", -1);

	if (row != NULL)
		return row->first != NULL && row->first == row->last ?
		    json_str(row->first, "name") : NULL;
	if (json_get(j, "PLpgSQL_var") != NULL)
		return json_str(json_get(j, "PLpgSQL_var"), "refname");
	while (d != NULL && n-- > 0)
		d = d->next;
	return n < 0 ? json_str(json_get(d, "PLpgSQL_var"), "refname") : NULL;
}

/* The extension that a statement makes and a block would do without. */
static const char *
spared(const struct run *r, const struct sql_stmt *st)
{
	struct ident id;

	if (r->spares == 0 || strcmp(st->tag, "CreateExtensionStmt") != 0 ||
	    !ident_of(r->r->scratch, st, &id) ||
	    known_find(r->r->known, &id) != NULL)
		return NULL;
	return arena_strdup(r->r->mem, id.name);
}

static void
put(struct run *r, const struct json *stmt, const char *text,
    const struct sql_stmt *st)
{
	struct do_statement *s = arena_alloc(r->r->mem, sizeof(*s));
	size_t at = line_at(r, stmt);
	const char *found = strstr(r->text + at, text);

	s->text = arena_strdup(r->r->mem, text);
	s->extension = spared(r, st);
	s->as_it_is = found != NULL;
	s->off = found != NULL ? (size_t)(found - r->text) : at +
	    strspn(r->text + at, " \t");
	vec_push(&r->out->run, s);
	r->r->fn(r->r->ctx, s->text, r->out->run.n - 1);
}

/* Whether one that a guard stands before is about what is known. */
static bool
is_role(const struct sql_stmt *st)
{
	return strcmp(st->tag, "CreateRoleStmt") == 0;
}

static enum flow
run_text(struct run *r, const struct json *stmt, const char *text)
{
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	if (!sql_parse(r->r->scratch, text, &st, &n, &err))
		return stop(r, stmt, "the parser does not take what is "
		    "executed here");
	for (size_t i = 0; i < n; i++) {
		const char *one = arena_strndup(r->r->scratch, text +
		    st[i].off, st[i].len);
		enum known_end end = known_end(r->r->known, r->r->scratch,
		    &st[i]);

		if (strcmp(st[i].tag, "DoStmt") == 0 ||
		    strcmp(st[i].tag, "CallStmt") == 0)
			return stop(r, stmt, "it is not known what is called "
			    "here");
		if (rows_text(r, one, false)) {
			r->out->rows++;
			continue;
		}
		if (end == KNOWN_UNSURE && r->guards > 0)
			return stop(r, stmt, "nothing that is read here has "
			    "made what this is about");
		if (end == KNOWN_DUPLICATE || end == KNOWN_MISSING) {
			r->failed = end;
			if (r->guards > 0)
				return FAILED;
		}
		put(r, stmt, one, &st[i]);
		if (r->out->run.n > MOST)
			return stop(r, stmt, "this runs too many statements");
	}
	return GO_ON;
}

static enum flow
run_sql(struct run *r, const struct json *in)
{
	const char *text = query(json_get(in, "sqlstmt"));
	const char *name = variable(r, json_get(in, "target"));
	struct do_value v;

	if (text == NULL)
		return stop(r, in, "it is not known what this does");
	if (!json_bool(in, "into"))
		return run_text(r, in, text);
	v = do_query(&r->scope, text);
	if (name != NULL)
		do_set(&r->scope, name, &v);
	r->out->rows++;
	return rows_text(r, text, true) ? GO_ON : stop(r, in, "it is not "
	    "known what this does");
}

static enum flow
run_dynamic(struct run *r, const struct json *in)
{
	struct do_value v = do_value(&r->scope, query(json_get(in, "query")));

	if (!v.known || v.list || v.text == NULL || json_bool(in, "into") ||
	    json_get(in, "params") != NULL)
		return stop(r, in, "what is executed here, only a database "
		    "can say");
	return run_text(r, in, v.text);
}

static enum flow
run_if(struct run *r, const struct json *in)
{
	const struct json *elsif = json_get(in, "elsif_list");
	const struct json *next = elsif ? elsif->first : NULL;
	const struct json *cond = json_get(in, "cond");
	const struct json *body = json_get(in, "then_body");
	enum flow flow;

	for (;;) {
		struct do_value v = do_value(&r->scope, query(cond));
		const struct json *more = next == NULL ? NULL : json_get(next,
		    "PLpgSQL_if_elsif");

		if (!v.known || v.list)
			return stop(r, in, "whether this holds, only a "
			    "database can say");
		if (do_is(&v, true))
			break;
		if (more == NULL) {
			body = json_get(in, "else_body");
			break;
		}
		cond = json_get(more, "cond");
		body = json_get(more, "stmts");
		next = next->next;
	}
	r->guards++;
	flow = list(r, body);
	r->guards--;
	return flow;
}

/* IF there is no role of that name: the tools see to that for themselves. */
static bool
makes_roles(struct run *r, const struct json *in)
{
	const struct json *body = json_get(in, "then_body");

	if (!is(in, "PLpgSQL_stmt_if") || body == NULL ||
	    json_get(in, "elsif_list") != NULL ||
	    json_get(in, "else_body") != NULL)
		return false;
	for (const struct json *j = body->first; j; j = j->next) {
		const struct json *k = inside(j);
		const char *text = query(json_get(k, "sqlstmt"));
		struct sql_error err;
		struct sql_stmt *st;
		struct do_value v;
		size_t n;

		if (is(k, "PLpgSQL_stmt_dynexecute")) {
			v = do_value(&r->scope, query(json_get(k, "query")));
			text = v.known ? v.text : NULL;
		}
		if (text == NULL || !sql_parse(r->r->scratch, text, &st, &n,
		    &err) || n != 1 || !is_role(&st[0]))
			return false;
	}
	return true;
}

static enum flow
run_items(struct run *r, const struct json *in, const char *name,
    const struct do_value *items)
{
	if (name == NULL || !items->known || !items->list)
		return stop(r, in, "what this loop runs over, only a database "
		    "can say");
	for (size_t i = 0; i < items->items.n; i++) {
		struct do_value v = { .known = true,
			.text = items->items.v[i] };
		enum flow flow;

		do_set(&r->scope, name, &v);
		flow = list(r, json_get(in, "body"));
		if (flow == LEAVE_LOOP)
			return stop(r, in, "it is not known how often this "
			    "loop runs");
		if (flow != GO_ON)
			return flow;
	}
	return GO_ON;
}

static enum flow
run_numbers(struct run *r, const struct json *in)
{
	struct do_value from = do_value(&r->scope, query(json_get(in,
	    "lower")));
	struct do_value to = do_value(&r->scope, query(json_get(in, "upper")));
	struct do_value items = { .known = from.known && to.known &&
		from.text != NULL && to.text != NULL && !json_bool(in,
		"reverse") && json_get(in, "step") == NULL, .list = true };
	WM_VEC all = VEC_INIT;

	if (items.known)
		for (long i = strtol(from.text, NULL, 10), n = strtol(to.text,
		    NULL, 10); i <= n && all.n <= MOST; i++)
			vec_push(&all, arena_printf(r->r->scratch, "%ld", i));
	items.items = all;
	return run_items(r, in, variable(r, json_get(in, "var")), &items);
}

/* The exception handler that takes an error whose name begins so, or NULL. */
static const struct json *
handler(const struct json *block, const char *begin)
{
	const struct json *exc = json_get2(json_get(block, "exceptions"),
	    "PLpgSQL_exception_block", "exc_list");

	for (const struct json *j = exc ? exc->first : NULL; j; j = j->next) {
		const struct json *x = json_get(j, "PLpgSQL_exception");
		const struct json *conds = json_get(x, "conditions");

		for (const struct json *c = conds ? conds->first : NULL; c;
		    c = c->next) {
			const char *name = json_str(json_get(c,
			    "PLpgSQL_condition"), "condname");

			if (name != NULL && (strcmp(name, "others") == 0 ||
			    strncmp(name, begin, strlen(begin)) == 0))
				return x;
		}
	}
	return NULL;
}

/* Whether it takes that the server has no such extension. */
static bool
takes_lack(const struct json *block)
{
	/* the latter where the server is older than 15 */
	return handler(block, "feature_not_supported") != NULL ||
	    handler(block, "undefined_file") != NULL;
}

static enum flow
run_block(struct run *r, const struct json *in)
{
	bool guarded = json_get(in, "exceptions") != NULL;
	bool spare = takes_lack(in);
	size_t before = r->out->run.n;
	const struct json *x;
	enum flow flow;

	r->guards += guarded;
	r->spares += spare;
	flow = list(r, json_get(in, "body"));
	r->spares -= spare;
	r->guards -= guarded;
	if (flow != FAILED || !guarded)
		return flow;
	x = handler(in, r->failed == KNOWN_DUPLICATE ? "duplicate_" :
	    "undefined_");
	if (x == NULL)
		return flow;
	/* what has been run by then is taken back */
	if (r->out->run.n > before)
		return stop(r, in, "part of this fails, and takes back what "
		    "stands before");
	return list(r, json_get(x, "action"));
}

static enum flow
run_assign(struct run *r, const struct json *in)
{
	const char *name = variable(r, in), *text = query(json_get(in,
	    "expr"));
	const char *value = text ? strstr(text, ":=") : NULL;
	struct do_value v;

	if (value == NULL && text != NULL)
		value = strchr(text, '=');
	if (value == NULL || name == NULL)
		return stop(r, in, "it is not known what this does");
	v = do_value(&r->scope, value + (*value == ':' ? 2 : 1));
	do_set(&r->scope, name, &v);
	return GO_ON;
}

/* Levels of RAISE: an exception is more than a word (source: elog.h). */
static bool
raises(const struct json *in)
{
	return json_int(in, "elog_level", 0) >= 21;
}

static enum flow
statement(struct run *r, const struct json *in)
{
	struct do_value v;

	if (is(in, "PLpgSQL_stmt_block"))
		return run_block(r, in);
	if (is(in, "PLpgSQL_stmt_if"))
		return run_if(r, in);
	if (is(in, "PLpgSQL_stmt_execsql"))
		return run_sql(r, in);
	if (is(in, "PLpgSQL_stmt_dynexecute"))
		return run_dynamic(r, in);
	if (is(in, "PLpgSQL_stmt_assign"))
		return run_assign(r, in);
	if (is(in, "PLpgSQL_stmt_return"))
		return LEAVE;
	if (is(in, "PLpgSQL_stmt_exit"))
		return LEAVE_LOOP;
	if (is(in, "PLpgSQL_stmt_raise"))
		return raises(in) ? stop(r, in, "this ends in an error") :
		    GO_ON;
	if (is(in, "PLpgSQL_stmt_foreach_a")) {
		v = do_value(&r->scope, query(json_get(in, "expr")));
		return run_items(r, in, variable(r, in), &v);
	}
	if (is(in, "PLpgSQL_stmt_fors")) {
		v = do_query(&r->scope, query(json_get(in, "query")));
		return run_items(r, in, variable(r, json_get(in, "var")), &v);
	}
	if (is(in, "PLpgSQL_stmt_fori"))
		return run_numbers(r, in);
	if (is(in, "PLpgSQL_stmt_perform"))
		return stop(r, in, "it is not known what is called here");
	return stop(r, in, "it is not known what this does");
}

/* What rows decide, and what makes roles, is decided elsewhere. */
static bool
passes(struct run *r, const struct json *stmt)
{
	const struct json *in = inside(stmt);
	struct do_value v = do_value(&r->scope, query(json_get(in, "cond")));

	if (is(in, "PLpgSQL_stmt_assign") || is(in, "PLpgSQL_stmt_return") ||
	    is(in, "PLpgSQL_stmt_exit") || (is(in, "PLpgSQL_stmt_raise") &&
	    raises(in)) || is(in, "PLpgSQL_stmt_execsql") ||
	    is(in, "PLpgSQL_stmt_block"))
		return false;
	if (is(in, "PLpgSQL_stmt_if") && v.known)
		return false;
	r->leaves = false;
	if (!is_rows(r, stmt) || r->leaves)
		return false;
	r->forgets = true;
	r->forgets = !is_rows(r, stmt);
	return true;
}

static enum flow
list(struct run *r, const struct json *stmts)
{
	enum flow flow = GO_ON;

	for (const struct json *j = stmts ? stmts->first : NULL; j &&
	    flow == GO_ON; j = j->next) {
		const struct json *in = inside(j);
		struct do_value v;

		if (in == NULL)
			continue;
		if (is(in, "PLpgSQL_stmt_if") && makes_roles(r, in)) {
			v = do_value(&r->scope, query(json_get(in, "cond")));
			if (!v.known)
				flow = list(r, json_get(in, "then_body"));
			else
				flow = statement(r, in);
		} else if (passes(r, j))
			r->out->rows++;
		else
			flow = statement(r, in);
	}
	return flow;
}

/* --- a block -------------------------------------------------------------- */

bool
do_is_block(const char *text)
{
	return strncasecmp(text, "do", 2) == 0 &&
	    strchr(" \t\n$'/-", text[2]) != NULL && text[2] != '\0';
}

bool
do_has_blocks(const char *script)
{
	for (const char *s = script; (s = strcasestr(s, "do")) != NULL;
	    s += 2) {
		const char *at = s + 2 + strspn(s + 2, " \t\n");

		if (*at == '$' || *at == '\'' || strncasecmp(at, "language",
		    8) == 0 || strncmp(at, "--", 2) == 0 ||
		    strncmp(at, "/*", 2) == 0)
			return true;
	}
	return false;
}

/* The byte behind the quote that the body begins with. */
static size_t
body_at(struct arena *mem, const char *text)
{
	struct phrase w;

	for (size_t i = 0; phrase_scan(mem, text, &w) && i < w.n; i++) {
		const char *s = text + w.t[i].off, *tag;

		if (*s == '\'')
			return w.t[i].off + 1;
		tag = *s == '$' ? strchr(s + 1, '$') : NULL;
		if (tag != NULL)
			return (size_t)(tag + 1 - text);
	}
	return 0;
}

static void
defaults(struct run *r)
{
	for (const struct json *j = r->datums->first; j; j = j->next) {
		const struct json *d = json_get(j, "PLpgSQL_var");
		const char *name = json_str(d, "refname");
		const char *text = query(json_get(d, "default_val"));
		struct do_value v = { .known = text == NULL };

		if (name == NULL)
			continue;
		if (text != NULL)
			v = do_value(&r->scope, text);
		do_set(&r->scope, name, &v);
	}
}

void
do_read(struct do_reader *reader, const char *text, struct do_block *out)
{
	struct run r = { .r = reader, .out = out, .text = text,
		.scope = { .mem = reader->scratch, .known = reader->known } };
	const struct json *tree, *fn, *block;
	struct sql_error err;
	enum flow flow = GO_ON;

	out->why = "it is in another language, or cannot be read";
	if (!sql_check_plpgsql(reader->scratch, text, &tree, &err) ||
	    tree == NULL)
		return;
	if (tree->type == JSON_ARRAY)
		tree = tree->first;
	fn = json_get(tree, "PLpgSQL_function");
	block = json_get2(fn, "action", "PLpgSQL_stmt_block");
	r.datums = json_get(fn, "datums");
	if (block == NULL || r.datums == NULL)
		return;
	out->why = NULL;
	r.body = body_at(reader->scratch, text);
	defaults(&r);
	if (only_rows(&r, json_get(block, "body")))
		out->rows++;
	else
		flow = run_block(&r, block);
	if (flow == FAILED)
		(void)stop(&r, block, "it fails");
	if (out->why == NULL)
		out->setting = arena_strdup(reader->mem, r.scope.setting);
	map_clear(&r.scope.vars);
}
