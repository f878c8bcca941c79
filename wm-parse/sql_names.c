/* Objects by their names: what statements make, and what they refer to. */
#include "sql_reader.h"

#include "sbuf.h"

/* Lengths in front: names may have any character in them. */
static void
put_key(struct sbuf *b, int cls, const char *schema, const char *table,
    const char *name)
{
	sbuf_printf(b, "%d %zu %zu %s%s%s", cls, strlen(schema),
	    strlen(table), schema, table, name);
}

static void
name_key(struct sbuf *b, const struct ident *id)
{
	bool on = id->cls == ID_TRIGGER || id->cls == ID_RULE ||
	    id->cls == ID_POLICY || id->cls == ID_CONSTRAINT;

	put_key(b, (int)id->cls, id->schema ? id->schema : "",
	    on && id->table ? id->table : "", id->name);
}

void
sql_register(struct parse *p, struct made *m, const struct ident *id)
{
	WM_SBUF key = SBUF_INIT;
	struct made *first, *link;

	name_key(&key, id);
	first = map_get(&p->sql.by_name, sbuf_str(&key));
	for (link = first; link != NULL; link = link->next)
		if (link == m)
			return;
	/* a part of an object, such as a sequence, gives way to an object */
	if (first == NULL || (m->id.name != NULL && first->id.name != NULL &&
	    (first->gone || strcmp(id->name, m->id.name) == 0) &&
	    strcmp(id->name, first->id.name) != 0))
		map_put(&p->sql.by_name, sbuf_take(&key, p->mem), m);
	else if (m->next == NULL && m->id.name != NULL &&
	    strcmp(id->name, m->id.name) == 0) {
		/* overloads: one list each, in the order of the source */
		for (link = first; link->next != NULL;)
			link = link->next;
		link->next = m;
	}
}

void
sql_unregister(struct parse *p, const struct ident *id)
{
	WM_SBUF key = SBUF_INIT;
	const struct made *m;

	name_key(&key, id);
	m = map_get(&p->sql.by_name, sbuf_str(&key));
	/* others may follow one that is called so itself */
	if (m != NULL && m->id.name != NULL && strcmp(m->id.name, id->name) !=
	    0)
		map_put(&p->sql.by_name, sbuf_take(&key, p->mem), NULL);
}

void
sql_stand_for(struct parse *p, struct made *m, const struct ident *id)
{
	WM_SBUF key = SBUF_INIT;

	sql_register(p, m, id);
	name_key(&key, id);
	map_put(&p->sql.by_name, sbuf_take(&key, p->mem), m);
}

struct made *
sql_bare(const struct parse *p, int cls, const char *schema, const char *name)
{
	WM_SBUF b = SBUF_INIT;
	struct made *m;

	put_key(&b, cls, schema, "", name);
	for (m = map_get(&p->sql.by_name, sbuf_str(&b)); m != NULL && m->gone;)
		m = m->next;
	return m;
}

/* Whether two lists of types are the same, schemas apart. */
static bool
types_alike(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		size_t la = strcspn(a, ","), lb = strcspn(b, ",");
		const char *da = memrchr(a, '.', la), *db = memrchr(b, '.', lb);
		const char *sa = da ? da + 1 : a, *sb = db ? db + 1 : b;
		size_t na = la - (size_t)(sa - a), nb = lb - (size_t)(sb - b);

		if (na != nb || memcmp(sa, sb, na) != 0)
			return false;
		a += la + (a[la] == ',');
		b += lb + (b[lb] == ',');
	}
	return *a == *b;
}

struct made *
sql_find_at(const struct parse *p, const struct ident *id, size_t at)
{
	WM_SBUF key = SBUF_INIT;
	struct made *m, *alike = NULL;
	size_t n = 0;

	name_key(&key, id);
	m = map_get(&p->sql.by_name, sbuf_str(&key));
	for (; m != NULL; m = m->next) {
		if (m->gone && m->gone_at <= at)
			continue;
		/* a part of an object has another class or name */
		if (m->id.args == NULL || id->args == NULL ||
		    m->id.cls != id->cls || strcmp(m->id.args, id->args) == 0)
			return m;
		if (types_alike(m->id.args, id->args) || id->any_args) {
			alike = m;
			n++;
		}
	}
	return n == 1 || (n > 0 && !id->any_args) ? alike : NULL;
}

struct made *
sql_find(const struct parse *p, const struct ident *id)
{
	return sql_find_at(p, id, SIZE_MAX);
}

/*
 * "pg_catalog.int4" as "int4", and without the quotes that key words have: what
 * pg_catalog has needs neither.
 */
static const char *
short_types(struct arena *mem, const char *s)
{
	WM_SBUF b = SBUF_INIT;

	while (s != NULL && *s != '\0') {
		size_t len = strcspn(s, ",");
		bool own = strncmp(s, "pg_catalog.", 11) == 0;
		const char *end = s + len, *close;

		s += own ? 11 : 0;
		close = *s == '"' ? memchr(s + 1, '"', (size_t)(end - s - 1)) :
		    NULL;
		if (own && close != NULL && strncmp(s, "\"char\"", 6) != 0) {
			sbuf_putn(&b, s + 1, (size_t)(close - s - 1));
			s = close + 1;
		}
		sbuf_putn(&b, s, (size_t)(end - s));
		s = end;
		if (*s == ',')
			sbuf_putc(&b, *s++);
	}
	return sbuf_take(&b, mem);
}

/* A copy that outlives the statement, with short types. */
struct ident
sql_keep(struct arena *mem, const struct ident *id)
{
	struct ident k = *id;
	bool typed = k.cls == ID_CAST || k.cls == ID_TRANSFORM;

	k.schema = arena_strdup(mem, id->schema);
	k.name = typed ? short_types(mem, id->name) :
	    arena_strdup(mem, id->name);
	k.table = arena_strdup(mem, id->table);
	k.args = id->args ? short_types(mem, id->args) : NULL;
	return k;
}

struct ident
sql_ident(struct parse *p, const struct ident *id)
{
	return sql_keep(p->mem, id);
}

struct made *
sql_add(struct parse *p, const char *kind, const char *name,
    const struct ident *id, const struct loc *at)
{
	const struct kind *k = kind_find(kind);
	struct object *o;
	struct made *m;

	assert(k != NULL);
	o = model_add(&p->model, k, name);
	if (o == NULL)
		return NULL;
	o->module = p->module;
	o->loc = *at;
	m = arena_alloc(p->mem, sizeof(*m));
	m->o = o;
	m->id = *id;
	m->path = p->sql.session.path;
	m->place = p->sql.made.n;
	vec_push(&p->sql.made, m);
	map_put(&p->sql.by_key, o->key, m);
	if (id->name != NULL)
		sql_register(p, m, id);
	return m;
}

void
sql_piece(struct parse *p, struct made *m, const struct piece *piece)
{
	struct piece *copy = arena_alloc(p->mem, sizeof(*copy));

	*copy = *piece;
	vec_push(&m->pieces, copy);
}

void
sql_register_part(struct reader *r, struct made *m, const char *name)
{
	struct ident id = { .cls = ID_RELATION, .schema = m->id.schema,
		.name = arena_strdup(r->p->mem, name) };

	if (name != NULL && sql_bare(r->p, ID_RELATION, id.schema, id.name) ==
	    NULL)
		sql_register(r->p, m, &id);
}

