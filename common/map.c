#include "map.h"

#include <stdlib.h>
#include <xxhash.h>

#include "arena.h"

static struct map_slot *
find(const struct map *m, const char *key, size_t len, uint32_t hash)
{
	size_t i = hash & (m->cap - 1);

	while (m->slots[i].key != NULL) {
		struct map_slot *s = &m->slots[i];

		if (s->hash == hash && s->len == len &&
		    memcmp(s->key, key, len) == 0)
			return s;
		i = (i + 1) & (m->cap - 1);
	}
	return &m->slots[i];
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->cap = old.cap ? old.cap * 2 : 64;
	m->slots = xmalloc(m->cap * sizeof(*m->slots));
	memset(m->slots, 0, m->cap * sizeof(*m->slots));
	for (size_t i = 0; i < old.cap; i++) {
		struct map_slot *s = &old.slots[i];

		if (s->key != NULL)
			*find(m, s->key, s->len, s->hash) = *s;
	}
	free(old.slots);
}

void *
map_put(struct map *m, const char *key, const void *value)
{
	size_t len = strlen(key);
	uint32_t hash = (uint32_t)XXH3_64bits(key, len);
	struct map_slot *s;
	void *was;

	assert(len <= UINT32_MAX);
	if (m->n * 4 >= m->cap * 3)
		grow(m);
	s = find(m, key, len, hash);
	was = s->key == NULL ? NULL : s->value;
	if (s->key == NULL) {
		s->key = key;
		s->len = (uint32_t)len;
		s->hash = hash;
		m->n++;
	}
	s->value = (void *)(uintptr_t)value;
	return was;
}

void
map_del(struct map *m, const char *key)
{
	size_t len = strlen(key), i, k;
	struct map_slot *s;

	if (m->n == 0)
		return;
	s = find(m, key, len, (uint32_t)XXH3_64bits(key, len));
	if (s->key == NULL)
		return;
	/* those behind it move up, as long as that is nearer to their place */
	i = k = (size_t)(s - m->slots);
	for (;;) {
		size_t home;

		k = (k + 1) & (m->cap - 1);
		if (m->slots[k].key == NULL)
			break;
		home = m->slots[k].hash & (m->cap - 1);
		if (((k - home) & (m->cap - 1)) < ((k - i) & (m->cap - 1)))
			continue;
		m->slots[i] = m->slots[k];
		i = k;
	}
	m->slots[i].key = NULL;
	m->n--;
}

void *
map_getn(const struct map *m, const char *key, size_t len)
{
	struct map_slot *s;

	if (m->n == 0)
		return NULL;
	s = find(m, key, len, (uint32_t)XXH3_64bits(key, len));
	return s->key == NULL ? NULL : s->value;
}

void *
map_get(const struct map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

void
map_clear(struct map *m)
{
	free(m->slots);
	m->slots = NULL;
	m->n = m->cap = 0;
}
