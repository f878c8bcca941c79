/* What belongs to the columns of a folded table: sequences, constraints. */
#include "sql_fold_impl.h"

#include "sbuf.h"
#include "sql_chosen.h"

const char *
fold_nextval(struct fold *f, const char *sequence)
{
	struct ident id = { .cls = ID_RELATION, .schema = f->m->id.schema,
		.name = sequence };
	WM_SBUF b = SBUF_INIT;

	sbuf_literal(&b, ident_text(f->mem, &id));
	return arena_printf(f->mem, "nextval(%s::regclass)", sbuf_str(&b));
}

/* What a serial column is made of: a type, a default, a sequence. */
void
fold_loosen(struct fold *f, struct column *c, const char *sequence)
{
	struct loose *k;

	if (!c->serial)
		return;
	k = arena_alloc(f->mem, sizeof(*k));
	k->name = sequence != NULL ? sequence : table_object_name(f->mem,
	    f->m->id.name, c->name, "seq");
	k->column = c->name;
	k->type = c->type_text;
	vec_push(&f->loose, k);
	c->serial = false;
	c->dflt_text = fold_nextval(f, k->name);
}

void
fold_rename_loose(struct fold *f, struct loose *k, const char *name)
{
	struct column *c = table_column(f->t, k->column);

	if (c != NULL && wm_is(c->dflt_text, fold_nextval(f, k->name)))
		c->dflt_text = fold_nextval(f, name);
	k->name = name;
}

bool
fold_name_sequence(struct fold *f, struct column *c, const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = f->m->id.schema,
		.name = name };

	if (sql_option(c->identity_opts, "sequence_name") != NULL)
		return true;
	if (c->identity_opts != NULL && c->identity_opts->first != NULL)
		return false;
	c->identity_text = arena_printf(f->mem, "%s (sequence name %s)",
	    c->identity_text, ident_text(f->mem, &id));
	return true;
}

/* A column's sequence keeps its name whatever the column is called then. */
bool
fold_keep_sequence(struct fold *f, struct column *c)
{
	const char *name = table_object_name(f->mem, f->m->id.name, c->name,
	    "seq");

	fold_loosen(f, c, NULL);
	return c->identity == 0 || fold_name_sequence(f, c, name);
}

/* One that has the usual name again, for all that is said of it. */
static bool
is_usual(struct fold *f, const struct loose *k)
{
	const struct column *c = table_column(f->t, k->column);

	return c != NULL && wm_is(c->type_text, k->type) && c->not_null &&
	    wm_is(c->dflt_text, fold_nextval(f, k->name)) &&
	    wm_is(k->name, table_object_name(f->mem, f->m->id.name, c->name,
	    "seq"));
}

void
fold_tighten(struct fold *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (is_usual(f, k)) {
			table_column(f->t, k->column)->serial = true;
			table_column(f->t, k->column)->dflt_text = NULL;
		} else
			f->loose.v[n++] = k;
	}
	f->loose.n = n;
}

/* What is said of a sequence or an index goes with it. */
static void
forget_part(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (k->a == NULL || k->a->id.cls != ID_RELATION ||
		    !wm_is(k->a->id.name, name) ||
		    wm_is(name, f->m->id.name))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
}

/* Without it, the column has no default either: DROP SEQUENCE ... CASCADE. */
void
fold_drop_sequence(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->t->columns.n; i++) {
		struct column *c = f->t->columns.v[i];

		if (c->serial && wm_is(table_object_name(f->mem,
		    f->m->id.name, c->name, "seq"), name))
			fold_loosen(f, c, NULL);
	}
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];
		struct column *c = table_column(f->t, k->column);

		if (strcmp(k->name, name) != 0) {
			f->loose.v[n++] = k;
			continue;
		}
		if (c != NULL && c->dflt_text != NULL && strncmp(c->dflt_text,
		    "nextval(", 8) == 0)
			c->dflt_text = NULL;
	}
	f->loose.n = n;
	forget_part(f, name);
}

/* A sequence that is owned by a column goes with it. */
static void
forget_owned(struct fold *f, const struct kept *k)
{
	struct sql_error err;
	struct sql_stmt *st;
	WM_VEC ids = VEC_INIT;
	struct made *m;
	size_t n;

	if (k->a == NULL || strcmp(k->a->tag, "AlterSeqStmt") != 0 ||
	    !sql_parse(f->mem, k->text, &st, &n, &err) || n != 1 ||
	    !ident_targets(f->mem, st, &ids) || ids.n != 1)
		return;
	m = sql_find(f->p, ids.v[0]);
	if (m != NULL && strcmp(m->o->kind->name, "sequence") == 0)
		sql_gone(f->p, m);
}

void
fold_forget_column(struct fold *f, const char *name)
{
	size_t n = 0;

	table_forget(f->t, name);
	for (size_t i = 0; i < f->loose.n; i++) {
		struct loose *k = f->loose.v[i];

		if (strcmp(k->column, name) != 0)
			f->loose.v[n++] = k;
		else
			forget_part(f, k->name);
	}
	f->loose.n = n;
	n = 0;
	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!wm_is(k->column, name))
			f->kept.v[n++] = k;
		else
			forget_owned(f, k);
	}
	f->kept.n = n;
}

void
fold_forget_con(struct fold *f, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!wm_is(k->con, name))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
	forget_part(f, name);
}

void
fold_forget_identity(struct fold *f, const char *column)
{
	size_t n = 0;

	for (size_t i = 0; i < f->kept.n; i++) {
		struct kept *k = f->kept.v[i];

		if (!k->identity || !wm_is(k->column, column))
			f->kept.v[n++] = k;
	}
	f->kept.n = n;
}

/* A constraint that has the usual name only because it says none. */
static struct con *
find_nameless(const struct fold *f, const char *name)
{
	for (size_t i = 0; i < f->t->cons.n; i++) {
		struct con *k = f->t->cons.v[i];

		if (!k->named && wm_is(k->name, name))
			return k;
	}
	return NULL;
}

/* What has got another name than the usual one. */
bool
fold_take_chosen(struct fold *f)
{
	for (size_t i = 0; i < f->m->chosen.n; i++) {
		struct chosen *k = f->m->chosen.v[i];
		struct column *c = k->column != NULL && !k->used ?
		    table_column(f->t, k->column) : NULL;
		struct con *con = k->column == NULL && !k->used ?
		    find_nameless(f, k->usual) : NULL;

		if (c != NULL) {
			fold_loosen(f, c, k->name);
			if (c->identity != 0 && !fold_name_sequence(f, c,
			    k->name))
				return false;
			k->used = true;
		}
		if (con != NULL) {
			con->name = k->name;
			con->named = true;
			k->used = true;
		}
	}
	return true;
}
