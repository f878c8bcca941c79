#include "words_impl.h"

#include "diag.h"
#include "hops.h"
#include "migrate.h"
#include "table.h"

/* A table or view that leaves its name, or whose columns do. */
struct gone {
	struct change *c;
	const char *sch, *tab;		/* the new name; NULL: it is dropped */
	struct table *old, *new;	/* columns, where these may differ */
	struct vec renames;		/* of struct migration * */
};

/* What words_compare knows while it is at work. */
struct compare {
	struct diff *d;
	struct words *w;
	struct map languages;	/* that the list has rows of */
	bool style;		/* it has rows of style */
	struct map modules;	/* that it has objects of */
	struct map relations;	/* "len:schema table" to const char *module */
	struct map schemas;	/* the same of schemas */
	struct map gone;	/* to struct gone *, by what the database has */
	struct vec gone_list;
};

struct words_group *
words_group(struct diff *d, const struct dict_kind *k, const char *language,
    const char *sch, const char *tab)
{
	struct words *w = d->words;
	WM_SBUF b = SBUF_INIT;
	struct words_group *g;

	sbuf_puts(&b, k->name);
	dict_key_put(&b, language);
	dict_key_put(&b, sch);
	dict_key_put(&b, tab);
	g = map_get(&w->groups, b.s);
	if (g != NULL)
		return g;
	g = arena_alloc(d->mem, sizeof(*g));
	g->kind = k;
	g->language = arena_strdup(d->mem, language);
	g->sch = arena_strdup(d->mem, sch);
	g->tab = arena_strdup(d->mem, tab);
	map_put(&w->groups, sbuf_take(&b, d->mem), g);
	vec_push(&w->list, g);
	return g;
}

int
words_group_cmp(const void *pa, const void *pb)
{
	const struct words_group *a = pa, *b = pb;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = strcmp(a->language, b->language);
	if (c == 0)
		c = strcmp(a->sch, b->sch);
	return c != 0 ? c : strcmp(a->tab, b->tab);
}

/* Whether --language lets a row in. */
static bool
wanted(const struct diff *d, const struct dict_row *r)
{
	const char *all = d->opts->languages, *lang = dict_language(r);
	size_t len;

	if (lang == NULL || all == NULL)
		return true;
	for (const char *s = all; *s != '\0'; s += len + (s[len] == ',')) {
		len = strcspn(s, ",");
		if (strlen(lang) == len && strncmp(s, lang, len) == 0)
			return true;
	}
	return false;
}

/* Groups of the list's rows. */
static void
group_list(struct compare *m)
{
	struct diff *d = m->d;
	WM_VEC rows = VEC_INIT;

	for (size_t i = 0; i < d->src.dict.rows.n; i++)
		if (wanted(d, d->src.dict.rows.v[i]))
			vec_push(&rows, d->src.dict.rows.v[i]);
	vec_sort(&rows, dict_row_cmp);
	for (size_t i = 0; i < rows.n; i++) {
		const struct dict_row *r = rows.v[i];
		const char *lang = dict_language(r);

		vec_push(&words_group(d, r->kind, lang ? lang : "",
		    r->val[DICT_SCH], r->val[DICT_TAB])->rows, r);
		if (lang == NULL)
			m->style = true;
		else
			map_put(&m->languages, lang, d);
	}
	for (size_t i = 0; i < m->w->list.n; i++) {
		struct words_group *g = m->w->list.v[i];

		words_digest(&g->rows, g->is);
	}
}

/* A misspelt --language would silently do nothing. */
static void
check_languages(const struct compare *m)
{
	const char *all = m->d->opts->languages;
	size_t len;

	for (const char *s = all; s != NULL && *s != '\0';
	    s += len + (s[len] == ',')) {
		len = strcspn(s, ",");
		if (map_getn(&m->languages, s, len) == NULL)
			diag_warn(NULL, NULL, "the list has no text in "
			    "language \"%.*s\"", (int)len, s);
	}
}

/* Names of the objects in one model, with their modules. */
static void
know_names(struct compare *m, const struct model *from)
{
	struct arena *mem = m->d->mem;

	for (size_t i = 0; i < from->objects.n; i++) {
		const struct object *o = from->objects.v[i];
		const char *sch, *tab;

		if (strcmp(o->kind->name, "schema") == 0) {
			ident_split(mem, o->nam, &sch, &tab);
			map_put(&m->schemas, tab, o->module);
		} else if (strcmp(o->kind->name, "table") == 0 ||
		    strcmp(o->kind->name, "view") == 0) {
			ident_split(mem, o->nam, &sch, &tab);
			map_put(&m->relations, dict_name_key(mem, sch, tab),
			    o->module);
		}
	}
}

static void
know_modules(struct compare *m)
{
	const struct model *src = &m->d->src;

	/* the source's word counts more */
	know_names(m, &m->d->rec);
	know_names(m, src);
	for (size_t i = 0; i < src->objects.n; i++) {
		const struct object *o = src->objects.v[i];

		/* the tool's own objects are not the list's */
		if (strcmp(o->module, "wyseman") != 0)
			map_put(&m->modules, o->module, m);
	}
}

/*
 * Whether a group without rows in the list is the list's all the same: its
 * table is in a module that the list has, or, where nobody knows the table, its
 * schema is.
 */
static bool
governed(const struct compare *m, const struct words_group *g)
{
	const char *module;

	if (g->kind->text ? map_get(&m->languages, g->language) == NULL :
	    !m->style)
		return false;
	if (g->rows.n > 0)
		return true;
	module = map_get(&m->relations, dict_name_key(m->d->mem, g->sch,
	    g->tab));
	if (module == NULL)
		module = map_get(&m->schemas, g->sch);
	return module != NULL && map_get(&m->modules, module) != NULL;
}

static struct gone *
add_gone(struct compare *m, struct change *c)
{
	struct arena *mem = m->d->mem;
	struct gone *g = arena_alloc(mem, sizeof(*g));
	const char *sch, *tab;

	g->c = c;
	ident_split(mem, c->old->nam, &sch, &tab);
	if (c->new != NULL)
		ident_split(mem, c->new->nam, &g->sch, &g->tab);
	map_put(&m->gone, dict_name_key(mem, sch, tab), g);
	vec_push(&m->gone_list, g);
	return g;
}

/* The migrations that rename columns and have not run yet. */
static void
pending_renames(struct compare *m, struct gone *g)
{
	for (size_t k = 0; k < g->c->hops.n; k++) {
		const struct hop *h = g->c->hops.v[k];

		for (size_t i = h->done; i < h->o->delta.n; i++) {
			struct migration *r = arena_alloc(m->d->mem,
			    sizeof(*r));
			const char *why;

			if (migrate_parse(m->d->mem, h->o->delta.v[i], r,
			    &why) && r->verb == MIGRATE_RENAME)
				vec_push(&g->renames, r);
		}
	}
}

/* Tables and views that leave the schema, or come to have other columns. */
static void
find_gone(struct compare *m)
{
	for (size_t i = 0; i < m->d->all.n; i++) {
		struct change *c = m->d->all.v[i];
		const char *typ = change_object(c)->kind->name;
		bool table = strcmp(typ, "table") == 0;
		struct gone *g;

		if (c->old == NULL || c->kept ||
		    (!table && strcmp(typ, "view") != 0))
			continue;
		if (c->new == NULL) {
			add_gone(m, c);
			continue;
		}
		if (!table || (strcmp(c->old->create, c->new->create) == 0 &&
		    !c->renamed))
			continue;
		g = add_gone(m, c);
		pending_renames(m, g);
		g->old = change_table(m->d, c, true);
		g->new = change_table(m->d, c, false);
	}
}

static struct gone *
gone_of(const struct compare *m, const char *sch, const char *tab)
{
	return m->gone.n == 0 ? NULL :
	    map_get(&m->gone, dict_name_key(m->d->mem, sch, tab));
}

static void
add_op(struct compare *m, const struct dict_row *old,
    const struct dict_row *new)
{
	struct words_op *op = arena_alloc(m->d->mem, sizeof(*op));

	op->old = old;
	op->new = new;
	vec_push(&m->w->ops, op);
}

/*
 * A row that the list says nothing of, about something that is renamed or
 * dropped: as it shall be.
 *
 * val   gets the values
 *
 * Returns false where it goes.
 */
static bool
follow(const struct gone *g, const struct dict_row *r, const char **val)
{
	bool has_col = strcmp(r->kind->cols[DICT_COL].json, "col") == 0;
	const char *col;

	memcpy(val, r->val, sizeof(r->val));
	if (g->tab == NULL)
		return false;
	val[DICT_SCH] = g->sch;
	val[DICT_TAB] = g->tab;
	if (!has_col)
		return true;
	col = r->val[DICT_COL];
	for (size_t i = 0; i < g->renames.n; i++) {
		const struct migration *m = g->renames.v[i];

		if (strcmp(m->col, col) == 0)
			col = m->to;
	}
	val[DICT_COL] = col;
	/* what was no column before is not looked after */
	return g->old == NULL || g->new == NULL ||
	    table_column(g->old, r->val[DICT_COL]) == NULL ||
	    table_column(g->new, col) != NULL;
}

/* A row of the database that the list has not. */
static void
compare_old(struct compare *m, struct words_group *g,
    const struct dict_row *r)
{
	const struct gone *gone = gone_of(m, g->sch, g->tab);
	const char *val[DICT_COLS];
	bool was;

	if (governed(m, g)) {
		if (!m->d->opts->no_prune || (gone != NULL &&
		    !follow(gone, r, val)))
			add_op(m, r, NULL);
		return;
	}
	assert(gone != NULL);	/* else its rows are not fetched */
	if (!follow(gone, r, val))
		add_op(m, r, NULL);
	else {
		const struct dict_row *to = dict_put(&m->w->moved, r->kind,
		    val, &was);

		if (strcmp(to->key, r->key) != 0)
			add_op(m, r, NULL);
	}
}

/* Rows that went along, to places that they leave or that were free. */
static void
settle_moved(struct compare *m)
{
	WM_MAP left = MAP_INIT;

	for (size_t i = 0; i < m->w->ops.n; i++) {
		const struct words_op *op = m->w->ops.v[i];

		if (op->new == NULL)
			map_put(&left, op->old->key, op);
	}
	for (size_t i = 0; i < m->w->moved.rows.n; i++) {
		const struct dict_row *r = m->w->moved.rows.v[i];

		if (dict_get(&m->w->was, r->key) == NULL ||
		    map_get(&left, r->key) != NULL)
			add_op(m, NULL, r);
	}
}

/* Which groups' rows have to be looked at. */
static void
choose(struct compare *m, struct vec *out)
{
	for (size_t i = 0; i < m->w->list.n; i++) {
		struct words_group *g = m->w->list.v[i];

		if (g->was[0] == '\0')
			continue;
		g->fetch = governed(m, g) ? strcmp(g->was, g->is) != 0 :
		    gone_of(m, g->sch, g->tab) != NULL;
		if (g->fetch)
			vec_push(out, g);
	}
}

static void
compare_rows(struct compare *m)
{
	struct words *w = m->w;

	for (size_t i = 0; i < w->was.rows.n; i++) {
		const struct dict_row *r = w->was.rows.v[i], *is;
		const char *lang = dict_language(r);
		struct words_group *g = words_group(m->d, r->kind,
		    lang ? lang : "", r->val[DICT_SCH], r->val[DICT_TAB]);

		is = g->rows.n > 0 ? dict_get(&m->d->src.dict, r->key) : NULL;
		if (is == NULL)
			compare_old(m, g, r);
		else if (!dict_row_equal(r, is))
			add_op(m, r, is);
	}
	for (size_t i = 0; i < w->list.n; i++) {
		const struct words_group *g = w->list.v[i];

		if (g->was[0] != '\0' && !g->fetch)
			continue;
		for (size_t k = 0; k < g->rows.n; k++) {
			const struct dict_row *r = g->rows.v[k];

			if (g->was[0] == '\0' || dict_get(&w->was, r->key) ==
			    NULL)
				add_op(m, NULL, r);
		}
	}
}

static int
op_rank(const struct words_op *op)
{
	return op->new == NULL ? 0 : op->old != NULL ? 1 : 2;
}

/* What goes, what changes, what comes; each by table, language, key. */
static int
op_cmp(const void *pa, const void *pb)
{
	const struct words_op *a = pa, *b = pb;
	const struct dict_row *x = a->new ? a->new : a->old;
	const struct dict_row *y = b->new ? b->new : b->old;
	int c = op_rank(a) - op_rank(b);

	if (c == 0 && x->kind != y->kind)
		c = x->kind < y->kind ? -1 : 1;
	if (c == 0 && x->kind->text)
		c = strcmp(dict_language(x), dict_language(y));
	return c != 0 ? c : dict_row_cmp(x, y);
}

static bool
run(struct compare *m)
{
	struct diff *d = m->d;
	WM_VEC look = VEC_INIT;
	bool known;

	if (d->opts->no_dictionary)
		return true;
	find_gone(m);
	if (d->src.dict.rows.n == 0 && m->gone.n == 0) {
		check_languages(m);
		return true;
	}
	known = words_known(d);
	/* the server computes its digests while we compute ours */
	if (known && !words_ask(d))
		return false;
	group_list(m);
	check_languages(m);
	know_modules(m);
	if (known && !words_look(d))
		return false;
	m->w->guard = known && d->db != NULL;
	choose(m, &look);
	if (look.n > 0 && !words_fetch(d, &look))
		return false;
	compare_rows(m);
	settle_moved(m);
	vec_sort(&m->w->ops, op_cmp);
	return true;
}

bool
words_compare(struct diff *d)
{
	struct compare m = { .d = d };
	bool ok;

	d->words = m.w = arena_alloc(d->mem, sizeof(*d->words));
	m.w->was.mem = m.w->moved.mem = d->mem;
	ok = run(&m);
	for (size_t i = 0; i < m.gone_list.n; i++) {
		struct gone *g = m.gone_list.v[i];

		if (g->old != NULL)
			table_clear(g->old);
		if (g->new != NULL)
			table_clear(g->new);
		vec_clear(&g->renames);
	}
	vec_clear(&m.gone_list);
	map_clear(&m.gone);
	map_clear(&m.languages);
	map_clear(&m.modules);
	map_clear(&m.relations);
	map_clear(&m.schemas);
	return ok;
}

bool
words_any(const struct diff *d)
{
	return d->words != NULL && d->words->ops.n > 0;
}

void
words_clear(struct diff *d)
{
	struct words *w = d->words;

	if (w == NULL)
		return;
	for (size_t i = 0; i < w->list.n; i++)
		vec_clear(&((struct words_group *)w->list.v[i])->rows);
	vec_clear(&w->list);
	map_clear(&w->groups);
	dict_clear(&w->was);
	dict_clear(&w->moved);
	vec_clear(&w->ops);
}
