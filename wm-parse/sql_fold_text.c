/* What is left of a folded table, as statements. */
#include "sql_fold_impl.h"

#include "phrase.h"
#include "sbuf.h"
#include "sql_owner.h"

/* Of keys that are alike, a CREATE TABLE would make only one. */
static bool
is_second_key(const struct fold *f, const struct con *k)
{
	bool before = true;

	for (size_t i = 0; i < f->t->cons.n && k->kind == CON_UNIQUE; i++) {
		const struct con *o = f->t->cons.v[i];

		if (o == k)
			before = false;
		else if (vec_same_strings(&o->cols, &k->cols) &&
		    (o->kind == CON_PRIMARY || (o->kind == CON_UNIQUE &&
		    before)))
			return true;
	}
	return false;
}

/* Whether a constraint stands in the CREATE TABLE itself. */
static bool
is_inside(const struct fold *f, const struct con *k)
{
	return k->kind != CON_FOREIGN && !k->not_valid && !k->only &&
	    !is_second_key(f, k);
}

/* A comment at the end of what is put would swallow what follows. */
static void
put_end(struct sbuf *b, const char *end)
{
	const char *s = sbuf_str(b), *line = strrchr(s, '\n');

	sbuf_puts(b, strstr(line ? line : s, "--") != NULL ? "\n" : "");
	sbuf_puts(b, end);
}

/* The first statement with what is left between its parentheses. */
const char *
fold_text(struct fold *f, const char *text)
{
	WM_SBUF b = SBUF_INIT;
	struct phrase w;
	size_t open = 0, close, n = 0;
	int depth = 0;

	if (!phrase_scan(f->mem, text, &w))
		return NULL;
	while (open < w.n && !phrase_is(&w, open, "("))
		open++;
	for (close = open; close < w.n; close++) {
		depth += phrase_is(&w, close, "(") -
		    phrase_is(&w, close, ")");
		if (depth == 0)
			break;
	}
	if (close == w.n)
		return NULL;
	sbuf_printf(&b, "%s (", phrase_slice(&w, 0, open));
	for (size_t i = 0; i < f->t->columns.n; i++) {
		put_end(&b, n++ > 0 ? ",\n\t" : "\n\t");
		sbuf_puts(&b, column_text(f->mem, f->t->columns.v[i]));
	}
	for (size_t i = 0; i < f->t->cons.n; i++) {
		const struct con *k = f->t->cons.v[i];

		if (!is_inside(f, k))
			continue;
		put_end(&b, n++ > 0 ? ",\n\t" : "\n\t");
		sbuf_printf(&b, "constraint %s %s", sql_quoted(f->mem,
		    k->name), con_text(f->mem, k));
	}
	put_end(&b, "\n)");
	if (close + 1 < w.n)
		sbuf_printf(&b, " %s", phrase_slice(&w, close + 1, w.n));
	return sbuf_take(&b, f->p->mem);
}

static void
attach(struct fold *f, const char *text)
{
	struct parse *p = f->p;
	struct attached *a = arena_alloc(p->mem, sizeof(*a));
	struct sql_error err;
	struct sql_stmt *st;
	const char *name;
	size_t n;

	a->id = f->m->id;
	a->owner = f->m;
	a->tag = "AlterTableStmt";
	a->at = f->m->o->loc;
	a->piece.text = arena_strdup(p->mem, text);
	a->piece.len = strlen(text);
	vec_push(&p->sql.attached, a);
	if (!sql_parse(f->mem, text, &st, &n, &err) || n != 1)
		return;
	refs_of_stmts(p->mem, text, st, 1, &a->refs);
	owner_keys(p->mem, st->node, &a->keys);
	name = json_str(json_get2(sql_alter_cmd(st), "def", "Constraint"),
	    "conname");
	a->constraint = name ? arena_strdup(p->mem, name) : NULL;
}

/* What the CREATE TABLE cannot say, or what may have to wait. */
static void
attach_rest(struct fold *f)
{
	for (size_t i = 0; i < f->t->columns.n; i++) {
		const struct column *c = f->t->columns.v[i];

		if (c->storage != NULL)
			attach(f, arena_printf(f->mem, "alter table only %s "
			    "alter column %s set storage %s", f->name,
			    sql_quoted(f->mem, c->name), c->storage));
		if (c->statistics != NULL)
			attach(f, arena_printf(f->mem, "alter table only %s "
			    "alter column %s set statistics %s", f->name,
			    sql_quoted(f->mem, c->name), c->statistics));
	}
	for (size_t i = 0; i < f->t->cons.n; i++) {
		const struct con *k = f->t->cons.v[i];

		if (!is_inside(f, k))
			attach(f, arena_printf(f->mem, "alter table %s%s add "
			    "constraint %s %s", k->only ? "only " : "",
			    f->name, sql_quoted(f->mem, k->name),
			    con_text(f->mem, k)));
	}
}

/* A statement that is kept, behind all that has been attached. */
static void
move(struct fold *f, const struct kept *k)
{
	struct parse *p = f->p;
	struct attached *a;

	if (k->a == NULL) {
		attach(f, k->text);
		return;
	}
	a = arena_alloc(p->mem, sizeof(*a));
	*a = *k->a;
	k->a->tag = NULL;
	k->a->refs = k->a->keys = k->a->parts = (struct vec)VEC_INIT;
	if (strlen(k->text) != a->piece.len || memcmp(k->text, a->piece.text,
	    a->piece.len) != 0) {
		a->piece.text = arena_strdup(p->mem, k->text);
		a->piece.len = strlen(k->text);
		a->piece.src = NULL;
	}
	if (k->con != NULL)
		a->id.name = arena_strdup(p->mem, k->con);
	vec_push(&p->sql.attached, a);
}

/* The sequences that are objects now. */
static void
put_sequences(struct fold *f)
{
	struct parse *p = f->p;

	for (size_t i = 0; i < f->loose.n; i++) {
		const struct loose *k = f->loose.v[i];
		struct ident id = { .cls = ID_RELATION,
			.schema = f->m->id.schema,
			.name = arena_strdup(p->mem, k->name) };
		const char *name = ident_text(p->mem, &id);
		struct piece piece = { .src = NULL };
		struct made *m = sql_add(p, "sequence", name, &id,
		    &f->m->o->loc);

		if (m == NULL)
			continue;
		m->o->drop = arena_printf(p->mem, "drop sequence if exists "
		    "%s;", name);
		piece.text = arena_printf(p->mem, "create sequence %s as %s",
		    name, k->type);
		piece.len = strlen(piece.text);
		sql_piece(p, m, &piece);
		m->of_schema = f->m->id.schema;
		m->of_table = f->m->id.name;
		attach(f, arena_printf(f->mem, "alter sequence %s owned by "
		    "%s.%s", name, f->name, sql_quoted(f->mem, k->column)));
	}
}

void
fold_replace(struct fold *f, const struct vec *said, const char *create)
{
	struct piece *piece = f->m->pieces.v[0];
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	piece->text = create;
	piece->len = strlen(create);
	piece->src = NULL;
	vec_clear(&f->m->refs);
	for (size_t i = 0; i < f->m->keys.n; i++)
		vec_clear(&((struct foreign_key *)f->m->keys.v[i])->cols);
	vec_clear(&f->m->keys);
	if (sql_parse(f->mem, create, &st, &n, &err))
		refs_of_stmts(f->p->mem, create, st, n, &f->m->refs);
	put_sequences(f);
	attach_rest(f);
	for (size_t i = 0; i < f->indexes.n; i++)
		sql_gone(f->p, f->indexes.v[i]);
	for (size_t i = 0; i < f->kept.n; i++)
		move(f, f->kept.v[i]);
	for (size_t i = 0; i < said->n; i++)
		((struct attached *)said->v[i])->tag = NULL;
}
