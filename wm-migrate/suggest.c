#include "suggest.h"

#include "arena.h"
#include "json_out.h"
#include "likeness.h"
#include "shell.h"
#include "sql.h"

/* Less is not worth a word. */
#define TABLE_LEAST 7

struct proposal *
suggest_add(struct suggester *s, const struct pair *p, int score,
    const char *text, const char *reason)
{
	struct proposal *new = arena_alloc(s->mem, sizeof(*new));

	new->table = p->name;
	new->reason = arena_strdup(s->mem, reason);
	new->score = score < p->limit ? score : p->limit;
	new->loc = &p->source->loc;
	if (text != NULL)
		vec_push(&new->texts, text);
	vec_push(&s->found, new);
	return new;
}

const char *
suggest_real(struct suggester *s, const struct pair *p, const char *name)
{
	const char *real = map_get(&p->real, name);

	return sql_quoted(s->mem, real != NULL ? real : name);
}

const char *
suggest_value(const struct column *c)
{
	static const char *const rows[][2] = {
		{ "int2", "0" }, { "int4", "0" }, { "int8", "0" },
		{ "numeric", "0" }, { "float4", "0" }, { "float8", "0" },
		{ "text", "''" }, { "varchar", "''" }, { "bpchar", "''" },
		{ "bool", "false" }, { "date", "current_date" },
		{ "timestamp", "now()" }, { "timestamptz", "now()" },
		{ "interval", "'0'" }, { "json", "'{}'" },
		{ "jsonb", "'{}'" }, { "uuid", "gen_random_uuid()" },
	};

	if (c->dflt_text != NULL)
		return c->dflt_text;
	if (json_get(c->type, "arrayBounds") != NULL)
		return "'{}'";
	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(type_base(c->type), rows[i][0]) == 0)
			return rows[i][1];
	return NULL;
}

static struct table *
read_table(struct suggester *s, const struct object *o)
{
	struct table *t = table_read(s->mem, o->create);

	if (t != NULL)
		table_names(s->mem, t);
	return t;
}

static void
rename_column(struct pair *p, const struct migration *m)
{
	struct column *c = table_column(p->old, m->col);
	const char *real = map_get(&p->real, m->col);

	if (c == NULL)
		return;
	map_put(&p->real, m->to, real != NULL ? real : c->name);
	for (size_t i = 0; i < p->old->cons.n; i++) {
		struct con *k = p->old->cons.v[i];

		for (size_t j = 0; j < k->cols.n; j++)
			if (strcmp(k->cols.v[j], m->col) == 0)
				k->cols.v[j] = (void *)(uintptr_t)m->to;
	}
	c->name = m->to;
}

/*
 * What is declared already, done to the old table; false where that is more
 * than is understood here: then it is for wm-diff to judge.
 */
static bool
settle(struct suggester *s, struct pair *p, const struct vec *texts,
    size_t from)
{
	for (size_t i = from; i < texts->n; i++) {
		struct migration m;
		const char *why;

		if (!migrate_parse(s->mem, texts->v[i], &m, &why))
			return false;
		switch (m.verb) {
		case MIGRATE_ADD:
		case MIGRATE_TYPE:
			map_put(&p->declared, m.col, p);
			break;
		case MIGRATE_UPDATE:
			map_put(&p->updated, m.col, p);
			break;
		case MIGRATE_DROP:
			table_forget(p->old, m.col);
			break;
		case MIGRATE_RENAME:
			rename_column(p, &m);
			break;
		case MIGRATE_TURN:
			for (size_t k = 0; k < m.n_from; k++)
				table_forget(p->old, m.from[k]);
			for (size_t k = 0; k < m.n_parts; k++)
				map_put(&p->declared, m.parts[k].col, p);
			break;
		case MIGRATE_SQL:
		case MIGRATE_ALTER:
			return false;
		default:
			break;
		}
	}
	return true;
}

static void
pair_clear(struct pair *p)
{
	table_clear(p->old);
	table_clear(p->new);
	map_clear(&p->real);
	map_clear(&p->declared);
	map_clear(&p->updated);
}

/* A table that was there before, under the name that the delta has. */
static bool
pair_read(struct suggester *s, struct pair *p, const struct object *was,
    const struct object *is, const struct delta_table *d)
{
	memset(p, 0, sizeof(*p));
	p->name = was->nam;
	p->source = is;
	p->limit = 100;
	p->certain = true;
	p->old = read_table(s, was);
	p->new = read_table(s, is);
	if (p->old == NULL || p->new == NULL || p->old->unknown != NULL ||
	    p->new->unknown != NULL)
		return false;
	p->from = ident_text(s->mem, &p->old->id);
	return d == NULL || settle(s, p, &d->texts, (size_t)was->del_idx);
}

/* --- tables ------------------------------------------------------------- */

/* A table that is only on one side. */
struct lone {
	const struct object *o;
	struct table *t;
	bool taken;
};

/* How like two lone tables are. */
struct match {
	struct lone *was, *is;
	int score, common, lead;
	const char *why;
};

static bool
is_table(const struct object *o)
{
	return strcmp(o->kind->name, "table") == 0;
}

/* The name that a table has after what is declared for it. */
static const char *
declared_name(struct suggester *s, const struct object *o,
    const struct delta_table *d)
{
	const char *name = o->nam, *why;

	for (size_t i = (size_t)o->del_idx; d && i < d->texts.n; i++) {
		struct migration m;

		if (migrate_parse(s->mem, d->texts.v[i], &m, &why))
			name = migrate_table_name(s->mem, name, &m);
	}
	return name;
}

static void
add_lone(struct suggester *s, const struct object *o, struct vec *out)
{
	struct lone *l = arena_alloc(s->mem, sizeof(*l));

	l->o = o;
	l->t = read_table(s, o);
	if (l->t != NULL)
		vec_push(out, l);
}

static int
by_match(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	return y->score - x->score;
}

static const char *
schema_of(const struct lone *l)
{
	return l->t->id.schema ? l->t->id.schema : IDENT_SCHEMA;
}

/* The table goes on under another name, or in another schema. */
static void
heir_of_table(struct suggester *s, struct delta *delta, const struct match *m)
{
	struct pair p;
	struct proposal *x = NULL;
	bool moved = strcmp(schema_of(m->was), schema_of(m->is)) != 0;
	bool named = strcmp(m->was->t->id.name, m->is->t->id.name) != 0;
	const char *move = arena_printf(s->mem, "move to %s",
	    sql_quoted(s->mem, schema_of(m->is)));
	const char *rename = arena_printf(s->mem, "rename table to %s",
	    sql_quoted(s->mem, m->is->t->id.name));

	if (pair_read(s, &p, m->was->o, m->is->o,
	    delta_find(delta, m->was->o->nam, false))) {
		x = suggest_add(s, &p, m->score, moved ? move : rename,
		    m->why);
		if (moved && named)
			vec_push(&x->texts, rename);
		x->safe = m->common >= (moved && named ? 100 : 80) && m->lead >=
		    3 &&
		    m->was->t->columns.n > 1 && (!named || likeness_names(
		    m->was->t->id.name, m->is->t->id.name) >= 3);
		p.certain = x->safe;
		p.limit = m->score - 1;
		suggest_columns(s, &p);
	}
	pair_clear(&p);
}

static void
compare_lone(struct suggester *s, struct delta *delta, const struct vec *gone,
    const struct vec *new)
{
	WM_VEC all = VEC_INIT;

	for (size_t i = 0; i < gone->n; i++)
		for (size_t k = 0; k < new->n; k++) {
			struct match *m = arena_alloc(s->mem, sizeof(*m));
			WM_SBUF why = SBUF_INIT;

			m->was = gone->v[i];
			m->is = new->v[k];
			m->score = likeness_tables(m->was->t, m->is->t, &why,
			    &m->common);
			m->why = sbuf_take(&why, s->mem);
			vec_push(&all, m);
		}
	vec_sort(&all, by_match);
	for (size_t i = 0; i < all.n; i++) {
		struct match *m = all.v[i];

		if (m->score < TABLE_LEAST || m->was->taken || m->is->taken)
			continue;
		m->was->taken = m->is->taken = true;
		m->lead = m->score;
		for (size_t k = 0; k < all.n; k++) {
			const struct match *o = all.v[k];

			if (o != m && (o->was == m->was || o->is == m->is) &&
			    m->score - o->score < m->lead)
				m->lead = m->score - o->score;
		}
		heir_of_table(s, delta, m);
	}
}

static void
compare_all(struct suggester *s, struct delta *delta)
{
	const struct model *src = &s->k->source, *rec = &s->k->record;
	WM_VEC gone = VEC_INIT;
	WM_VEC new = VEC_INIT;
	WM_MAP known = MAP_INIT;

	for (size_t i = 0; i < rec->objects.n; i++) {
		const struct object *was = rec->objects.v[i], *is;
		const struct delta_table *d = delta_find(delta, was->nam,
		    false);
		struct pair p;

		if (!is_table(was))
			continue;
		is = model_get(src, arena_printf(s->mem, "table:%s",
		    declared_name(s, was, d)));
		if (is == NULL) {
			/* only modules that are there can lose something */
			for (size_t k = 0; k < src->objects.n; k++)
				if (strcmp(((struct object *)
				    src->objects.v[k])->module, was->module)
				    == 0) {
					add_lone(s, was, &gone);
					break;
				}
			continue;
		}
		map_put(&known, is->key, is);
		if (strcmp(was->create, is->create) == 0)
			continue;
		if (pair_read(s, &p, was, is, d))
			suggest_columns(s, &p);
		pair_clear(&p);
	}
	for (size_t i = 0; i < src->objects.n; i++) {
		const struct object *o = src->objects.v[i];

		if (is_table(o) && map_get(&known, o->key) == NULL)
			add_lone(s, o, &new);
	}
	compare_lone(s, delta, &gone, &new);
	for (size_t i = 0; i < gone.n; i++)
		table_clear(((struct lone *)gone.v[i])->t);
	for (size_t i = 0; i < new.n; i++)
		table_clear(((struct lone *)new.v[i])->t);
}

/* --- output ------------------------------------------------------------- */

static int
by_score(const void *a, const void *b)
{
	const struct proposal *x = a, *y = b;

	return y->score - x->score;
}

/*
 * Words that a shell leaves as they are, texts in single quotes apart, which it
 * takes off; wm-migrate puts them back. Texts with quotes inside do not live
 * through that.
 */
static bool
plain_words(const char *text)
{
	bool quoted = false;

	if (strstr(text, "''") != NULL)
		return false;
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			quoted = !quoted;
		else if (!quoted && strchr("\"$`\\!()<>|&;*?[]{}~#", *text))
			return false;
	}
	return true;
}

/* The command as one types it. */
static void
print_command(const struct proposal *p, const char *text)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	bool dollar = strpbrk(text, "\"$`\\!") != NULL ||
	    strpbrk(p->table, "\"$`\\!") != NULL;

	if (plain_words(text) && plain_words(p->table)) {
		printf("wm-migrate %s %s", p->table, text);
		return;
	}
	if (!dollar) {
		printf("wm-migrate -g \"%s %s\"", p->table, text);
		return;
	}
	printf("wm-migrate -g %s", shell_text(mem, arena_printf(mem, "%s %s",
	    p->table, text)));
}

static void
print_text(const struct suggester *s)
{
	for (size_t i = 0; i < s->found.n; i++) {
		const struct proposal *p = s->found.v[i];

		if (p->texts.n == 0)
			printf("# table %s: %s\n", p->table, p->reason);
		for (size_t k = 0; k < p->texts.n; k++) {
			print_command(p, p->texts.v[k]);
			printf("    # %s%s\n", p->safe ? "safe: " : "",
			    p->reason);
		}
	}
}

static void
print_json(const struct suggester *s)
{
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "format", "wm-suggestions/1");
	json_out_open(&out, "suggestions", '[', true);
	for (size_t i = 0; i < s->found.n; i++) {
		const struct proposal *p = s->found.v[i];

		json_out_open(&out, NULL, '{', false);
		json_out_str(&out, "table", p->table);
		json_out_strings(&out, "commands", &p->texts);
		json_out_int(&out, "score", p->score);
		json_out_bool(&out, "safe", p->safe);
		json_out_str(&out, "reason", p->reason);
		if (p->loc->file != NULL) {
			json_out_str(&out, "file", p->loc->file);
			json_out_int(&out, "line", p->loc->line);
		}
		json_out_close(&out);
	}
	json_out_close(&out);
	json_out_close(&out);
	json_out_flush(&out, stdout);
}

size_t
suggest(const struct known *k, struct delta *delta, bool json, bool write)
{
	struct suggester s = { .k = k, .mem = k->mem,
		.look = { .mem = k->mem, .db = k->db } };
	size_t added = 0;

	look_begin(&s.look);
	compare_all(&s, delta);
	vec_sort(&s.found, by_score);
	if (!s.look.lost && json)
		print_json(&s);
	else if (!s.look.lost)
		print_text(&s);
	for (size_t i = 0; i < s.found.n; i++) {
		struct proposal *p = s.found.v[i];

		for (size_t n = 0; write && p->safe && n < p->texts.n; n++) {
			vec_push(&delta_find(delta, p->table, true)->texts,
			    p->texts.v[n]);
			added++;
		}
		vec_clear(&p->texts);
	}
	vec_clear(&s.found);
	return s.look.lost ? 0 : added;
}
