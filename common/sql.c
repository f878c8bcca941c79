#include "sql.h"

#include <ctype.h>
#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "arena.h"
#include "diag.h"
#include "json_tree.h"
#include "known.h"
#include "plpgsql.h"
#include "sbuf.h"

/* Trees nest about twice as deep as expressions do. */
#define TREE_DEPTH 20000

/*
 * pg_query_parse walks its trees by recursion without a limit, and a chain of
 * operators ("a+a+a...") makes a tree as deep as it is long: up to 150 bytes of
 * stack for every two of the text, measured with libpg_query 15-4.0. Texts too
 * long for a thread's usual stack are parsed on one of their own. It is as
 * large as could be needed, and memory is taken only as it is used.
 */
#define SHORT_TEXT ((size_t)16 * 1024)
#define STACK_PER_BYTE 128
#define STACK_MIN ((size_t)1024 * 1024)

#ifdef __SANITIZE_ADDRESS__
/*
 * pg_query_parse_plpgsql does not free what its parser wrote to standard error,
 * an empty text, where a body is wrong (libpg_query 15-4.0). For people who use
 * the library there is nothing to free.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:pg_query_raw_parse\n";
}

const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

size_t
char_to_byte(const char *s, size_t n)
{
	size_t i = 0;

	while (s[i] != '\0' && n > 0) {
		for (i++; ((unsigned char)s[i] & 0xc0) == 0x80;)
			i++;
		n--;
	}
	return i;
}

void
byte_to_line_col(const char *s, size_t off, int *out_line, int *out_col)
{
	*out_line = 1;
	*out_col = 1;
	for (size_t i = 0; i < off && s[i] != '\0'; i++) {
		if (s[i] == '\n') {
			++*out_line;
			*out_col = 1;
		} else if (((unsigned char)s[i] & 0xc0) != 0x80)
			++*out_col;
	}
}

static void
take_error(struct arena *mem, const PgQueryError *e, const char *text,
    struct sql_error *out)
{
	out->message = arena_strdup(mem, e->message);
	out->off = e->cursorpos > 0 ?
	    char_to_byte(text, (size_t)e->cursorpos - 1) : SIZE_MAX;
	out->line = 0;
}

/* Skip white space and comments, which the parser counts to a statement. */
static size_t
skip_blank(const char *s, size_t i, size_t end)
{
	while (i < end) {
		if (strchr(" \t\r\n\f\v", s[i]) != NULL)
			i++;
		else if (s[i] == '-' && i + 1 < end && s[i + 1] == '-')
			while (i < end && s[i] != '\n')
				i++;
		else if (s[i] == '/' && i + 1 < end && s[i + 1] == '*') {
			int depth = 1;

			for (i += 2; i < end && depth > 0; i++) {
				if (s[i] == '/' && s[i + 1] == '*') {
					depth++;
					i++;
				} else if (s[i] == '*' && s[i + 1] == '/') {
					depth--;
					i++;
				}
			}
		} else
			break;
	}
	return i;
}

static void
trim(const char *text, struct sql_stmt *st, size_t off, size_t len)
{
	size_t end = off + len;

	st->off = skip_blank(text, off, end);
	while (end > st->off && strchr(" \t\r\n\f\v", text[end - 1]) != NULL)
		end--;
	st->len = end - st->off;
}

bool
sql_split(struct arena *mem, const char *text, struct sql_stmt **out_stmts,
    size_t *out_n, struct sql_error *err)
{
	PgQuerySplitResult r = pg_query_split_with_parser(text);
	bool ok = r.error == NULL;

	if (ok) {
		*out_n = (size_t)r.n_stmts;
		*out_stmts = arena_alloc(mem, *out_n * sizeof(**out_stmts));
		for (size_t i = 0; i < *out_n; i++)
			trim(text, &(*out_stmts)[i],
			    (size_t)r.stmts[i]->stmt_location,
			    (size_t)r.stmts[i]->stmt_len);
	} else
		take_error(mem, r.error, text, err);
	pg_query_free_split_result(r);
	return ok;
}

struct parse_call {
	const char *text;
	PgQueryParseResult r;
};

static void *
parse_call(void *arg)
{
	struct parse_call *c = arg;

	c->r = pg_query_parse(c->text);
	return NULL;
}

static PgQueryParseResult
parse(const char *text)
{
	struct parse_call c = { .text = text };
	size_t len = strlen(text), size = STACK_MIN + len * STACK_PER_BYTE;
	pthread_attr_t attr;
	pthread_t thread;
	void *stack;

	if (len <= SHORT_TEXT) {
		parse_call(&c);
		return c.r;
	}
	size = size / STACK_MIN * STACK_MIN;
	stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE |
	    /* cppcheck-suppress invalidFunctionArg ; -1: there is no file */
	    MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		die("out of memory (%zu bytes wanted)", size);
	pthread_attr_init(&attr);
	if (pthread_attr_setstack(&attr, stack, size) != 0 ||
	    pthread_create(&thread, &attr, parse_call, &c) != 0)
		die("could not start a thread");
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
	munmap(stack, size);
	return c.r;
}

static bool
too_deep(const char *tree)
{
	size_t depth = 0;
	bool in_string = false;

	if (strlen(tree) <= TREE_DEPTH)
		return false;
	for (const char *s = tree; *s != '\0' && depth <= TREE_DEPTH; s++) {
		if (in_string && *s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			in_string = !in_string;
		else if (!in_string && (*s == '{' || *s == '['))
			depth++;
		else if (!in_string && (*s == '}' || *s == ']'))
			depth--;
	}
	return depth > TREE_DEPTH;
}

/*
 * libpg_query writes integers below zero as if they were 0: "-5" comes as an
 * empty node. Their digits are read off the text; else two texts that differ
 * in such a number only would be equal.
 */
static void
mend_integers(struct arena *mem, const char *text, struct json *j)
{
	const struct json *ival = json_get(j, "ival");	/* of a constant */
	long loc = json_int(j, "location", -1);
	struct json *num;
	size_t digits;

	for (struct json *k = j->first; k != NULL; k = k->next)
		mend_integers(mem, text, k);
	if (ival == NULL)
		ival = json_get2(j, "arg", "Integer");	/* of an option */
	if (ival == NULL || ival->type != JSON_OBJECT || ival->first != NULL ||
	    loc < 0)
		return;
	text += loc;
	text += strcspn(text, "-0123456789;");
	if (*text != '-')
		return;
	text += strspn(text, "- \t\r\n\f\v(");
	digits = strspn(text, "0123456789");
	if (digits == 0)
		return;
	num = arena_alloc(mem, sizeof(*num));
	num->type = JSON_NUMBER;
	num->key = "ival";
	num->str = arena_printf(mem, "-%.*s", (int)digits, text);
	num->len = digits + 1;
	/* the tree is this function's caller's own */
	((struct json *)(uintptr_t)ival)->first = num;
	((struct json *)(uintptr_t)ival)->last = num;
}

/* Whether a number below zero may stand in the text. */
static bool
has_negative(const char *text)
{
	while ((text = strchr(text, '-')) != NULL) {
		text++;
		if (isdigit((unsigned char)text[strspn(text, " \t\r\n\f\v(")]))
			return true;
	}
	return false;
}

static struct json *
tree_of(struct arena *mem, const char *text)
{
	size_t len = strlen(text);
	struct json *tree = json_tree(mem, text, len, TREE_DEPTH);

	return tree != NULL ? tree : json_parse(mem, text, len, "parse tree",
	    TREE_DEPTH);
}

bool
sql_parse(struct arena *mem, const char *text, struct sql_stmt **out_stmts,
    size_t *out_n, struct sql_error *err)
{
	PgQueryParseResult r = parse(text);
	const struct json *list;
	struct json *tree;
	size_t n = 0;

	if (r.error != NULL) {
		take_error(mem, r.error, text, err);
		pg_query_free_parse_result(r);
		return false;
	}
	if (too_deep(r.parse_tree)) {
		pg_query_free_parse_result(r);
		*err = (struct sql_error){ "nested too deeply", SIZE_MAX, 0 };
		return false;
	}
	tree = tree_of(mem, r.parse_tree);
	pg_query_free_parse_result(r);
	if (tree != NULL && has_negative(text))
		mend_integers(mem, text, tree);
	list = json_get(tree, "stmts");
	for (const struct json *j = list ? list->first : NULL; j; j = j->next)
		n++;
	*out_stmts = arena_alloc(mem, n * sizeof(**out_stmts));
	*out_n = n;
	n = 0;
	for (const struct json *j = list ? list->first : NULL; j; j = j->next) {
		const struct json *stmt = json_get(j, "stmt");
		struct sql_stmt *st = &(*out_stmts)[n++];
		size_t off = (size_t)json_int(j, "stmt_location", 0);
		size_t len = (size_t)json_int(j, "stmt_len", 0);

		trim(text, st, off, len > 0 ? len : strlen(text) - off);
		st->node = stmt ? stmt->first : NULL;
		st->tag = st->node ? st->node->key : "";
	}
	return true;
}

bool
sql_token_is(const char *text, const struct sql_token *t, const char *word)
{
	return t->len == strlen(word) &&
	    strncasecmp(text + t->off, word, t->len) == 0;
}

size_t
sql_token_at(const struct sql_token *tokens, size_t n, size_t off)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (tokens[mid].off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The same of a word that may be quoted, or a string. */
static bool
name_is(const char *text, const struct sql_token *t, const char *word)
{
	size_t quote = t->kind == PG_QUERY__TOKEN__SCONST ||
	    text[t->off] == '"';

	return t->len == strlen(word) + 2 * quote &&
	    strncasecmp(text + t->off + quote, word, t->len - 2 * quote) == 0;
}

/*
 * Whether a function in PL/pgSQL has no AS with its body: the grammar takes it,
 * and pg_query_parse_plpgsql ends the process (libpg_query 15-4.0).
 */
static bool
lacks_body(struct arena *mem, const char *text)
{
	bool create = false, plpgsql = false, body = false;
	struct sql_token *t;
	size_t n;

	if (!sql_scan(mem, text, &t, &n))
		return false;
	for (size_t i = 0, first = 0; i <= n; i++) {
		if (i == n || text[t[i].off] == ';') {
			if (create && plpgsql && !body)
				return true;
			create = plpgsql = body = false;
			first = i + 1;
		} else if (i == first)
			create = t[i].kind == PG_QUERY__TOKEN__CREATE;
		else if (t[i - 1].kind == PG_QUERY__TOKEN__LANGUAGE)
			plpgsql = plpgsql || name_is(text, &t[i], "plpgsql");
		else if (t[i - 1].kind == PG_QUERY__TOKEN__AS)
			body = body || t[i].kind == PG_QUERY__TOKEN__SCONST ||
			    t[i].kind == PG_QUERY__TOKEN__USCONST;
	}
	return false;
}

/* What is said of types and fields of variables takes a catalog. */
static bool
needs_catalog(const char *message)
{
	static const char *const words[] = { "is not a known variable",
		"is not a scalar variable",
		"must be of type cursor or refcursor" };

	for (size_t i = 0; i < WM_LEN(words); i++)
		if (strstr(message, words[i]) != NULL)
			return true;
	return false;
}

/*
 * out_whole   whether all of it was read; what needs a catalog ends the reading
 */
static bool
check_plpgsql(struct arena *mem, const char *stmt,
    const struct json **out_tree, struct sql_error *err, bool *out_whole)
{
	PgQueryPlpgsqlParseResult r = pg_query_parse_plpgsql(stmt);
	bool ok = r.error == NULL;

	*out_whole = ok;
	if (ok) {
		if (out_tree != NULL)
			*out_tree = tree_of(mem, r.plpgsql_funcs);
	} else {
		const char *near;

		take_error(mem, r.error, stmt, err);
		near = r.error->context ?
		    strstr(r.error->context, "near line ") : NULL;
		if (near != NULL)
			err->line = (int)strtol(near + 10, NULL, 10);
		ok = needs_catalog(err->message);
	}
	pg_query_free_plpgsql_parse_result(r);
	return ok;
}

bool
sql_check_plpgsql(struct arena *mem, const char *stmt,
    const struct json **out_tree, struct sql_error *err)
{
	const char *plain;
	bool whole, ok;

	if (out_tree != NULL)
		*out_tree = NULL;
	if (lacks_body(mem, stmt)) {
		*err = (struct sql_error){ "no function body specified",
			SIZE_MAX, 0 };
		return false;
	}
	ok = check_plpgsql(mem, stmt, out_tree, err, &whole);
	plain = whole ? NULL : plpgsql_plain(mem, stmt);
	return plain != NULL ? check_plpgsql(mem, plain, out_tree, err,
	    &whole) : ok;
}

bool
sql_is_reserved(const char *name)
{
	struct arena *mem;
	struct sql_token *t;
	size_t n;
	bool yes;

	mem = arena_new();
	yes = !sql_scan(mem, name, &t, &n) || n != 1 ||
	    (t[0].keyword != PG_QUERY__KEYWORD_KIND__NO_KEYWORD &&
	    t[0].keyword != PG_QUERY__KEYWORD_KIND__UNRESERVED_KEYWORD);
	arena_free(mem);
	return yes;
}

bool
sql_scan(struct arena *mem, const char *text, struct sql_token **out_tokens,
    size_t *out_n)
{
	PgQueryScanResult r = pg_query_scan(text);
	PgQuery__ScanResult *s;

	if (r.error != NULL) {
		pg_query_free_scan_result(r);
		return false;
	}
	s = pg_query__scan_result__unpack(NULL, r.pbuf.len,
	    (const void *)r.pbuf.data);
	pg_query_free_scan_result(r);
	if (s == NULL)
		die("out of memory");
	*out_tokens = arena_alloc(mem, s->n_tokens * sizeof(**out_tokens));
	*out_n = 0;
	for (size_t i = 0; i < s->n_tokens; i++) {
		const PgQuery__ScanToken *in = s->tokens[i];
		struct sql_token *t = &(*out_tokens)[*out_n];

		if (in->token == PG_QUERY__TOKEN__SQL_COMMENT ||
		    in->token == PG_QUERY__TOKEN__C_COMMENT)
			continue;
		t->off = (size_t)in->start;
		t->len = (size_t)(in->end - in->start);
		t->kind = in->token;
		t->keyword = in->keyword_kind;
		++*out_n;
	}
	pg_query__scan_result__free_unpacked(s, NULL);
	return true;
}

const char *
sql_string(const struct json *j)
{
	if (j == NULL)
		return NULL;
	if (j->type == JSON_ARRAY)
		return j->first != NULL && j->first->next == NULL ?
		    sql_string(j->first) : NULL;
	if (json_get(j, "List") != NULL)
		return sql_string(json_get2(j, "List", "items"));
	return json_str(json_get(j, "String"), "sval");
}

bool
sql_has_with(const struct json *tree, const char *name)
{
	const char *s = json_str(tree, "ctename");

	if (s != NULL && strcmp(s, name) == 0)
		return true;
	for (const struct json *j = tree->first; j != NULL; j = j->next)
		if (sql_has_with(j, name))
			return true;
	return false;
}

const struct json *
sql_option(const struct json *list, const char *name)
{
	for (const struct json *j = list ? list->first : NULL; j;
	    j = j->next) {
		const struct json *e = json_get(j, "DefElem");
		const char *s = json_str(e, "defname");

		if (s != NULL && strcmp(s, name) == 0)
			return e;
	}
	return NULL;
}

const struct json *
sql_defelem(const struct json *list, const char *name)
{
	return json_get(sql_option(list, name), "arg");
}

const struct json *
sql_alter_cmd(const struct sql_stmt *st)
{
	const struct json *cmds = json_get(st->node, "cmds");

	return cmds && cmds->first && !cmds->first->next ?
	    json_get(cmds->first, "AlterTableCmd") : NULL;
}

void
sql_function_body(const struct json *node, const char **out_lang,
    const char **out_body)
{
	const struct json *opts = json_get(node, "options");

	if (opts == NULL)
		opts = json_get(node, "args");	/* of a DoStmt */
	*out_lang = sql_string(sql_defelem(opts, "language"));
	*out_body = sql_string(sql_defelem(opts, "as"));
}

const char *
sql_type_text(struct arena *mem, const struct json *type)
{
	WM_SBUF b = SBUF_INIT;
	const struct json *names = json_get(type, "names");
	const struct json *bounds = json_get(type, "arrayBounds");

	if (names == NULL || json_bool(type, "pct_type"))
		return NULL;
	for (const struct json *j = names->first; j != NULL; j = j->next) {
		const char *s = sql_string(j);

		if (s == NULL)
			return NULL;
		if (b.len > 0)
			sbuf_putc(&b, '.');
		sbuf_ident(&b, s);
	}
	for (const struct json *j = bounds ? bounds->first : NULL; j != NULL;
	    j = j->next)
		sbuf_puts(&b, "[]");
	return sbuf_take(&b, mem);
}

static bool
is_place(const char *key)
{
	return strcmp(key, "location") == 0 ||
	    strcmp(key, "stmt_location") == 0 || strcmp(key, "stmt_len") == 0;
}

static bool trees_equal(const struct json *a, const struct json *b,
    bool bare);

/* A list of names, without the schema of what every path finds first. */
static const struct json *
bare_names(const struct json *names, bool bare)
{
	const struct json *j = names->first;

	if (j != NULL && j->next != NULL && sql_string(j) != NULL &&
	    (strcmp(sql_string(j), "pg_catalog") == 0 || (bare &&
	    strcmp(sql_string(j), "public") == 0)))
		j = j->next;
	return j;
}

static bool
names_equal(const struct json *a, const struct json *b, bool bare)
{
	const struct json *x = a ? bare_names(a, bare) : NULL;
	const struct json *y = b ? bare_names(b, bare) : NULL;

	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!trees_equal(x, y, false))
			return false;
	return x == y;
}

bool
sql_names_equal(const struct json *a, const struct json *b)
{
	/* the plan's search_path finds what is in public */
	return names_equal(a, b, true);
}

/* Whether a member or element says no more than a bare name does. */
static bool
is_public(const struct json *j, bool first)
{
	const char *s;

	if (j->key != NULL)
		return j->type == JSON_STRING && strcmp(j->key,
		    "schemaname") == 0 && strcmp(j->str, "public") == 0;
	s = first && j->next != NULL ? sql_string(j) : NULL;
	return s != NULL && strcmp(s, "public") == 0 &&
	    sql_string(j->next) != NULL;
}

static const struct json *
next_part(const struct json *j, bool bare, bool first)
{
	while (j != NULL && ((j->key != NULL && is_place(j->key)) ||
	    (bare && is_public(j, first)))) {
		first = false;
		j = j->next;
	}
	return j;
}

/* A call of a function whose bare name would be one of the server's own. */
static bool
is_shadowed(const struct json *names)
{
	const struct json *j = names->first;

	return names->key != NULL && strcmp(names->key, "funcname") == 0 &&
	    j != NULL && is_public(j, true) &&
	    function_known(sql_string(j->next));
}

static bool
trees_equal(const struct json *a, const struct json *b, bool bare)
{
	bool first = true;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->type != b->type)
		return false;
	bare = bare && !is_shadowed(a) && !is_shadowed(b);
	switch (a->type) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return a->boolean == b->boolean;
	case JSON_NUMBER:
	case JSON_STRING:
		return a->len == b->len && memcmp(a->str, b->str, a->len) == 0;
	default:
		break;
	}
	a = a->first;
	b = b->first;
	for (;; first = false) {
		a = next_part(a, bare, first);
		b = next_part(b, bare, first);
		if (a == NULL || b == NULL)
			return a == b;
		if ((a->key == NULL) != (b->key == NULL) ||
		    (a->key != NULL && strcmp(a->key, b->key) != 0))
			return false;
		if (a->key != NULL && strcmp(a->key, "names") == 0 ?
		    !names_equal(a, b, bare) : !trees_equal(a, b, bare))
			return false;
		a = a->next;
		b = b->next;
	}
}

bool
sql_equal(const struct json *a, const struct json *b)
{
	return trees_equal(a, b, false);
}

bool
sql_alike(const struct json *a, const struct json *b)
{
	return trees_equal(a, b, true);
}
