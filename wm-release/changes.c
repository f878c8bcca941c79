#include "changes.h"

#include "diag.h"
#include "own.h"
#include "version.h"

/* All versions of one object. */
struct life {
	struct vec versions;	/* of const struct object *, by version */
};

static void
add_version(struct session *s, struct map *lives, struct vec *order,
    const struct object *o)
{
	struct life *l = map_get(lives, o->key);

	if (l == NULL) {
		l = arena_alloc(s->mem, sizeof(*l));
		map_put(lives, o->key, l);
		vec_push(order, l);
	}
	vec_push(&l->versions, o);
}

static int
life_cmp(const void *a, const void *b)
{
	const struct life *x = a, *y = b;

	return version_cmp(x->versions.v[0], y->versions.v[0]);
}

/* Versions of the objects, those that are only staged included. */
static void
collect(struct session *s, struct map *lives, struct vec *order)
{
	const struct history *h = &s->hist;

	for (size_t i = 0; i < h->prev.n; i++)
		add_version(s, lives, order, h->prev.v[i]);
	for (size_t i = 0; i < h->objects.objects.n; i++)
		add_version(s, lives, order, h->objects.objects.v[i]);
	for (size_t i = 0; h->staged && i < h->work.objects.n; i++) {
		const struct object *o = h->work.objects.v[i];
		const struct object *old = model_get(&h->objects, o->key);

		if (old == NULL || old->obj_ver != o->obj_ver)
			add_version(s, lives, order, o);
	}
	for (size_t i = 0; i < order->n; i++) {
		struct life *l = order->v[i];

		vec_sort(&l->versions, version_cmp);
	}
	vec_sort(order, life_cmp);
}

/* Whether a version is in a release. */
static bool
lasts(const struct history *h, const struct object *o, int release)
{
	const struct object *now;

	if (release < o->min_rel)
		return false;
	if (release <= o->max_rel)
		return true;
	/* the one that is worked on has what it does not replace */
	if (release != history_last(h) + 1 ||
	    model_get(&h->objects, o->key) != o)
		return false;
	now = model_get(&h->work, o->key);
	return !h->staged || (now != NULL && now->obj_ver == o->obj_ver);
}

static struct change *
change_of(struct session *s, const struct life *l, int from, int to)
{
	const struct object *old = NULL, *new = NULL;
	struct change *c;

	for (size_t i = 0; i < l->versions.n; i++) {
		const struct object *o = l->versions.v[i];

		if (lasts(&s->hist, o, from))
			old = o;
		if (lasts(&s->hist, o, to))
			new = o;
	}
	if (old == new)
		return NULL;
	c = arena_alloc(s->mem, sizeof(*c));
	c->old = old;
	c->new = new;
	for (size_t i = 0; c->new != NULL && i < l->versions.n; i++) {
		const struct object *o = l->versions.v[i];

		for (size_t k = 0; o->min_rel > from && o->min_rel <= to &&
		    k < o->delta.n; k++)
			vec_push(&c->delta, o->delta.v[k]);
	}
	return c;
}

void
lives_open(struct lives *all, struct session *s)
{
	WM_MAP by_key = MAP_INIT;

	memset(all, 0, sizeof(*all));
	all->s = s;
	collect(s, &by_key, &all->list);
}

void
lives_clear(struct lives *all)
{
	for (size_t i = 0; i < all->list.n; i++)
		vec_clear(&((struct life *)all->list.v[i])->versions);
	vec_clear(&all->list);
}

void
changes_between(const struct lives *all, int from, int to,
    struct changes *out)
{
	for (size_t i = 0; i < all->list.n; i++) {
		const struct life *l = all->list.v[i];
		struct change *c = change_of(all->s, l, from, to);

		if (c == NULL)
			continue;
		vec_push(&out->list, c);
		out->added += c->old == NULL;
		out->dropped += c->new == NULL;
		out->changed += c->old != NULL && c->new != NULL;
	}
}

void
changes_clear(struct changes *c)
{
	for (size_t i = 0; i < c->list.n; i++)
		vec_clear(&((struct change *)c->list.v[i])->delta);
	vec_clear(&c->list);
}

void
changes_text(const struct changes *c, struct sbuf *out)
{
	static const char marks[] = "+~-";
	size_t own[sizeof(marks)] = { 0 };

	for (size_t i = 0; i < c->list.n; i++) {
		const struct change *k = c->list.v[i];
		const struct object *o = k->new != NULL ? k->new : k->old;
		int mark = k->old == NULL ? 0 : k->new == NULL ? 2 : 1;

		/* nobody here wrote those: they are counted */
		if (strcmp(o->module, OWN_MODULE) == 0) {
			own[mark]++;
			continue;
		}
		sbuf_printf(out, "  %c %s %s\n", marks[mark], o->kind->name,
		    o->nam);
		for (size_t j = 0; j < k->delta.n; j++)
			sbuf_printf(out, "      %s\n",
			    (const char *)k->delta.v[j]);
	}
	for (size_t i = 0; marks[i] != '\0'; i++)
		if (own[i] > 0)
			sbuf_printf(out, "  %c %zu of the tools' own "
			    "(module " OWN_MODULE ")\n", marks[i], own[i]);
}

static void
put_keys(const struct changes *c, struct json_out *out, const char *key,
    bool old, bool new)
{
	json_out_open(out, key, '[', false);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct change *k = c->list.v[i];

		if ((k->old != NULL) == old && (k->new != NULL) == new)
			json_out_str(out, NULL, new ? k->new->key :
			    k->old->key);
	}
	json_out_close(out);
}

void
changes_json(const struct changes *c, struct json_out *out)
{
	put_keys(c, out, "added", false, true);
	put_keys(c, out, "changed", true, true);
	put_keys(c, out, "dropped", true, false);
	json_out_open(out, "migrations", '{', false);
	for (size_t i = 0; i < c->list.n; i++) {
		const struct change *k = c->list.v[i];

		if (k->delta.n > 0)
			json_out_strings(out, k->new->nam, &k->delta);
	}
	json_out_close(out);
}

int
changes_last(const struct history *h)
{
	return history_last(h) + h->staged;
}

static const struct release *
find(const struct history *h, int release)
{
	return (size_t)release <= h->releases.n ?
	    h->releases.v[release - 1] : NULL;
}

void
release_line(const struct history *h, int release, struct sbuf *out)
{
	const struct release *r = find(h, release);

	sbuf_printf(out, "release %d", release);
	if (r != NULL && r->label != NULL)
		sbuf_printf(out, " (%s)", r->label);
	if (r != NULL && r->committed != NULL)
		sbuf_printf(out, ", %s", r->committed);
	else
		sbuf_printf(out, ", beta %ld", r != NULL ? r->beta : 0);
}

void
release_json(const struct history *h, int release, struct json_out *out)
{
	const struct release *r = find(h, release);

	json_out_int(out, "release", release);
	json_out_str(out, "label", r != NULL ? r->label : NULL);
	json_out_str(out, "committed", r != NULL ? r->committed : NULL);
	if (r == NULL || r->committed == NULL)
		json_out_int(out, "beta", r != NULL ? r->beta : 0);
}
