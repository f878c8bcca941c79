/* What is passed on as it is, and what the parser does not know. */
#include "sql_reader.h"

#include <ctype.h>
#include <strings.h>
#include <xxhash.h>

#include "diag.h"
#include "sql_path.h"
#include "sql_session.h"
#include "undo.h"

static const char *
first_words(const struct piece *piece, struct arena *mem)
{
	char hash[17];
	size_t len = piece->len < 40 ? piece->len : 40;
	char *s;

	snprintf(hash, sizeof(hash), "%08x", (unsigned)XXH3_64bits(
	    piece->text, piece->len));
	while (len > 0 && ((unsigned char)piece->text[len] & 0xc0) == 0x80)
		len--;
	s = arena_printf(mem, "%.*s %s", (int)len, piece->text, hash);
	for (char *c = s; *c != '\0'; c++)
		if (strchr("\n\t\r|:", *c) != NULL)
			*c = ' ';
	return s;
}

/* Tell where a block, passed on as it is, drops a table of the list. */
static void
tell_dropped(struct reader *r, const struct sql_stmt *st, const char *text)
{
	const char *found = r->piece.src == NULL ? NULL :
	    memmem(r->piece.text, r->piece.len, text, strlen(text));
	WM_VEC ids = VEC_INIT;
	struct loc at = r->at;

	if (strcmp(st->tag, "DropStmt") != 0 ||
	    !ident_targets(r->mem, st, &ids))
		return;
	if (found != NULL)
		source_place(r->piece.src, r->piece.off + (size_t)(found -
		    r->piece.text), &at.line, &at.col);
	for (size_t i = 0; i < ids.n; i++) {
		struct ident id = sql_keep(r->mem, ids.v[i]);
		const struct made *m = sql_find(r->p, &id);

		if (m == NULL || m->gone ||
		    strcmp(m->o->kind->name, "table") != 0)
			continue;
		diag_warn(&at, "sql", "the DO block drops table %s, which the "
		    "list makes with all that the scripts say of it",
		    m->o->nam);
		parse_quote(r->p, &at);
		diag_hint("What the scripts say of it behind the block is "
		    "dropped with it. Write what the block does as "
		    "statements of their own.");
	}
}

/* Let what a statement of a block makes be found by its name. */
static void
register_inside(struct reader *r, struct made *m, const char *text)
{
	struct reader inner = *r;
	struct sql_stmt *st;
	struct sql_error err;
	struct ident id;
	size_t n = 0;

	inner.text = text;
	path_qualify(&inner);
	if (!sql_parse(r->mem, inner.text, &st, &n, &err))
		return;
	for (size_t i = 0; i < n; i++) {
		tell_dropped(r, &st[i], text);
		if (ident_kind(&st[i]) != NULL && !sql_is_temporary(&st[i]) &&
		    ident_of(r->mem, &st[i], &id)) {
			id = sql_keep(r->p->mem, &id);
			sql_register(r->p, m, &id);
		}
	}
}

/* Passed on as it is, with the search_path that it was written for. */
void
sql_pass_on(struct reader *r, const struct sql_stmt *st)
{
	const char *undo = st != NULL ? sql_undo(r->p->mem, r->text, st, NULL) :
	    NULL;
	const struct sql_path *path = r->p->sql.session.path;
	struct ident none = { .name = NULL };
	WM_VEC inside = VEC_INIT;
	struct made *m = sql_add(r->p, "other", first_words(&r->piece,
	    r->p->mem), &none, &r->at);

	if (m == NULL)
		return;		/* the very same once more */
	m->unread = true;
	if (st != NULL && (strcmp(st->tag, "SelectStmt") == 0 ||
	    strcmp(st->tag, "CallStmt") == 0))
		refs_of_stmts(r->p->mem, r->text, st, 1, &m->refs);
	if (st != NULL && strcmp(st->tag, "DoStmt") == 0)
		refs_inside(r->mem, r->text, st, &inside);
	for (size_t i = 0; i < inside.n; i++)
		register_inside(r, m, inside.v[i]);
	if (path != NULL) {
		r->piece.text = arena_printf(r->p->mem, "set local "
		    "search_path = %s; %s; set local search_path = %s",
		    path_text(r->mem, path), r->text, IDENT_SCHEMA);
		r->piece.len = strlen(r->piece.text);
		r->piece.src = NULL;
	}
	sql_piece(r->p, m, &r->piece);
	m->o->drop = arena_printf(r->p->mem, "%s;", undo ? undo :
	    "do 'begin end'");
}

/* Words of a kind at token i; their number, 0 where they are none. */
static size_t
kind_words(const struct reader *r, const struct sql_token *t, size_t n,
    size_t i, const char *kind)
{
	size_t count = 0;

	while (*kind != '\0') {
		size_t len = strcspn(kind, " ");

		if (i >= n || t[i].len != len ||
		    strncasecmp(r->text + t[i].off, kind, len) != 0)
			return 0;
		kind += len + (kind[len] == ' ');
		i++;
		count++;
	}
	return count;
}

/* The kind named at token i: the one of most words. */
static const struct kind *
kind_at(const struct reader *r, const struct sql_token *t, size_t n, size_t i,
    size_t *out_words)
{
	size_t n_kinds;
	const struct kind *k = kinds_all(&n_kinds), *best = NULL;

	*out_words = 0;
	for (size_t j = 0; j < n_kinds; j++) {
		size_t words = k[j].drop == NULL ? 0 : kind_words(r, t, n, i,
		    k[j].drop);

		if (words > *out_words) {
			*out_words = words;
			best = &k[j];
		}
	}
	return best;
}

/*
 * What a statement makes or changes, by its first words: CREATE or ALTER, a
 * kind, a name.
 */
static const struct kind *
guess(struct reader *r, const char **out_name, bool *out_alter)
{
	static const char *const skipped[] = { "or", "replace", "unlogged",
		"unique", "constraint", "trusted", "recursive", "only", "if",
		"not", "exists", "temp", "temporary" };
	const struct kind *kind = NULL;
	struct sql_token *t;
	size_t n, i, words, from, to;

	if (!sql_scan(r->mem, r->text, &t, &n) || n < 3)
		return NULL;
	*out_alter = sql_token_is(r->text, &t[0], "alter");
	if (!*out_alter && !sql_token_is(r->text, &t[0], "create"))
		return NULL;
	for (i = 1; i < n; i++) {
		bool skip = false;

		if (kind == NULL) {
			kind = kind_at(r, t, n, i, &words);
			if (kind != NULL) {
				i += words - 1;
				continue;
			}
		}
		for (size_t k = 0; k < WM_LEN(skipped); k++)
			skip = skip || sql_token_is(r->text, &t[i], skipped[k]);
		if (!skip)
			break;
	}
	if (kind == NULL || i >= n)
		return NULL;
	from = t[i].off;
	to = from + t[i].len;
	while (i + 2 < n && r->text[t[i + 1].off] == '.' &&
	    t[i + 1].len == 1) {
		i += 2;
		to = t[i].off + t[i].len;
	}
	*out_name = arena_strndup(r->mem, r->text + from, to - from);
	return kind;
}

/* :name, :'name', :"name" where an expression or a name may begin. */
static bool
is_variable(const char *text, size_t off)
{
	const char *s = text + off;

	return s[0] == ':' && (s[1] == '\'' || s[1] == '"' || s[1] == '_' ||
	    isalpha((unsigned char)s[1])) &&
	    (off == 0 || strchr(" \t\n(,=.", s[-1]) != NULL);
}

void
sql_unknown(struct reader *r, const struct sql_error *err, bool ended)
{
	const char *text, *schema, *name;
	const struct kind *k;
	struct ident id = { .cls = 0 };
	struct loc at = r->at;
	struct made *m;
	bool alter = false;

	if (err->off != SIZE_MAX && r->piece.src != NULL)
		source_place(r->src, r->piece.off + err->off, &at.line,
		    &at.col);
	if (err->off != SIZE_MAX && is_variable(r->text, err->off)) {
		diag_error(&at, "psql's variables are not known here");
		parse_quote(r->p, &at);
		diag_hint("Write the value in its place.");
		return;
	}
	/* what ends too early is no new syntax */
	if (!r->p->sql.opts.pass || !ended || (err->off != SIZE_MAX &&
	    err->off >= r->piece.len)) {
		diag_error(&at, "%s", err->message);
		parse_quote(r->p, &at);
		return;
	}
	diag_warn(&at, "sql", "%s", err->message);
	parse_quote(r->p, &at);
	diag_note(&r->at, "the statement is passed on as it is");
	k = guess(r, &text, &alter);
	if (k == NULL) {
		sql_pass_on(r, NULL);
		return;
	}
	ident_split(r->p->mem, text, &schema, &name);
	id.cls = (enum ident_class)k->names;
	id.schema = id.cls == ID_SCHEMA ? NULL : schema;
	id.name = name;
	m = id.cls != 0 ? sql_find(r->p, &id) : NULL;
	if (alter && m != NULL && !m->foreign) {
		m->unread = true;
		sql_piece(r->p, m, &r->piece);
		return;
	}
	text = id.cls == ID_FUNCTION ? arena_strdup(r->p->mem, text) :
	    ident_text(r->p->mem, &id);
	m = alter ? NULL : sql_add(r->p, k->name, text, &id, &r->at);
	if (m == NULL) {
		sql_pass_on(r, NULL);
		return;
	}
	m->unread = true;
	sql_piece(r->p, m, &r->piece);
	m->o->drop = arena_printf(r->p->mem, "drop %s if exists %s;", k->drop,
	    text);
}
