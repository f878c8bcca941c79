#include "model.h"

#include <stdlib.h>
#include <xxhash.h>

#include "arena.h"
#include "diag.h"

void
model_init(struct model *m, struct arena *mem)
{
	memset(m, 0, sizeof(*m));
	m->mem = mem;
	m->dict.mem = mem;
}

/* What lives in an arena may be read by other lists' objects, or be theirs. */
static void
free_own(struct vec *v)
{
	if (v->cap > 0)
		vec_clear(v);
}

void
model_clear(struct model *m)
{
	for (size_t i = 0; i < m->objects.n; i++) {
		struct object *o = m->objects.v[i];

		free_own(&o->deps);
		free_own(&o->grants);
		free_own(&o->col_data);
		free_own(&o->delta);
	}
	vec_clear(&m->objects);
	map_clear(&m->by_key);
	map_clear(&m->by_name);
	dict_clear(&m->dict);
	vec_clear(&m->init);
}

static void
put_name(struct model *m, struct object *o)
{
	struct named *n = arena_alloc(m->mem, sizeof(*n));

	n->obj = o;
	n->next = map_put(&m->by_name, o->nam, n);
}

bool
model_put(struct model *m, struct object *o)
{
	if (map_get(&m->by_key, o->key) != NULL)
		return false;
	o->index = m->objects.n;
	map_put(&m->by_key, o->key, o);
	if (m->named)
		put_name(m, o);
	vec_push(&m->objects, o);
	return true;
}

void
object_borrow(struct object *to, const struct object *from)
{
	size_t index = to->index;

	*to = *from;
	to->index = index;
	vec_borrow(&to->deps, &from->deps);
	vec_borrow(&to->grants, &from->grants);
	vec_borrow(&to->col_data, &from->col_data);
	vec_borrow(&to->delta, &from->delta);
}

struct object *
model_copy(struct model *m, const struct object *from)
{
	struct object *o = arena_alloc(m->mem, sizeof(*o));

	object_borrow(o, from);
	return model_put(m, o) ? o : NULL;
}

struct object *
model_add(struct model *m, const struct kind *kind, const char *nam)
{
	struct object *o = arena_alloc(m->mem, sizeof(*o));

	o->kind = kind;
	o->key = arena_printf(m->mem, "%s:%s", kind->name, nam);
	o->nam = o->key + strlen(kind->name) + 1;
	return model_put(m, o) ? o : NULL;
}

void
model_remove(struct model *m, struct object *o)
{
	struct named *first = map_get(&m->by_name, o->nam), **link;

	if (m->named) {
		for (link = &first; (*link)->obj != o;)
			link = &(*link)->next;
		*link = (*link)->next;
		map_del(&m->by_name, o->nam);
		if (first != NULL)
			map_put(&m->by_name, first->obj->nam, first);
	}
	map_del(&m->by_key, o->key);
	o->index = SIZE_MAX;
}

void
model_restore(struct model *m, struct object *o)
{
	assert(o->index == SIZE_MAX);
	/* where it stands, model_sweep tells */
	o->index = 0;
	map_put(&m->by_key, o->key, o);
	if (m->named)
		put_name(m, o);
}

void
model_sweep(struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->objects.n; i++) {
		struct object *o = m->objects.v[i];

		if (o->index == SIZE_MAX) {
			vec_clear(&o->deps);
			vec_clear(&o->delta);
			continue;
		}
		o->index = n;
		m->objects.v[n++] = o;
	}
	m->objects.n = n;
}

struct object *
model_get(const struct model *m, const char *key)
{
	return map_get(&m->by_key, key);
}

const struct named *
model_named(struct model *m, const char *name)
{
	/* few lists are asked */
	for (size_t i = 0; !m->named && i < m->objects.n; i++) {
		struct object *o = m->objects.v[i];

		if (o->index != SIZE_MAX)	/* not removed */
			put_name(m, o);
	}
	m->named = true;
	return map_get(&m->by_name, name);
}

void
model_add_init(struct model *m, const char *file, const char *sql,
    const char *module)
{
	struct init_sql *t = arena_alloc(m->mem, sizeof(*t));

	t->file = arena_strdup(m->mem, file);
	t->sql = arena_strdup(m->mem, sql);
	t->module = arena_strdup(m->mem, module);
	vec_push(&m->init, t);
}

static void
hash_text(XXH3_state_t *st, const char *s)
{
	/* with its NUL, so that no two lists run together */
	XXH3_128bits_update(st, s, strlen(s) + 1);
}

static void
hash_list(XXH3_state_t *st, const struct vec *v)
{
	uint64_t n = v->n;
	unsigned char le[8];

	for (size_t i = 0; i < sizeof(le); i++)
		le[i] = (unsigned char)(n >> (8 * i));
	XXH3_128bits_update(st, le, sizeof(le));
	for (size_t i = 0; i < v->n; i++)
		hash_text(st, v->v[i]);
}

void
object_hash(struct object *o)
{
	XXH3_state_t *st = XXH3_createState();
	XXH128_canonical_t c;

	if (st == NULL)
		die("out of memory");
	XXH3_128bits_reset(st);
	hash_list(st, &o->deps);
	hash_list(st, &o->grants);
	hash_list(st, &o->col_data);
	hash_text(st, o->create);
	hash_text(st, o->drop);
	hash_text(st, o->module);
	XXH128_canonicalFromHash(&c, XXH3_128bits_digest(st));
	XXH3_freeState(st);
	for (size_t i = 0; i < sizeof(c.digest); i++)
		snprintf(o->hash + 2 * i, 3, "%02x", c.digest[i]);
}

struct loc
object_place(const struct object *o, size_t off, bool *out_exact)
{
	struct loc at = o->loc;

	*out_exact = false;
	for (size_t i = 0; i < o->n_spans; i++) {
		const struct span *s = &o->spans[i];

		if (off < s->off || off > s->off + s->len)
			continue;
		if (off == s->off + s->len && i + 1 < o->n_spans &&
		    o->spans[i + 1].off == off)
			continue;	/* the next one begins here */
		at.line = s->line;
		at.col = s->col;
		for (size_t k = s->off; k < off; k++) {
			if (o->create[k] == '\n') {
				at.line++;
				at.col = 1;
			} else if (((unsigned char)o->create[k] & 0xc0) !=
			    0x80)
				at.col++;
		}
		*out_exact = true;
		break;
	}
	return at;
}
