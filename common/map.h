/*
 * map.h - string to pointer, hashed with XXH3.
 */
#ifndef WM_MAP_H
#define WM_MAP_H

#include "wm.h"

/* Lists of thousands of objects have several maps: it is kept small. */
struct map_slot {
	const char *key;
	void *value;
	uint32_t len;
	uint32_t hash;
};

/*
 * A value; zero-initialise (MAP_INIT), give back with map_clear. Keys are not
 * copied: they must live as long as the map.
 */
struct map {
	struct map_slot *slots;
	size_t n;
	size_t cap;
};

#define MAP_INIT { NULL, 0, 0 }
#define WM_MAP WM_CLEANUP(map_clear) struct map

/*
 * map_put - set a key's value.
 *
 * Returns the value it had, which is then replaced; NULL where it had none.
 */
void *map_put(struct map *m, const char *key, const void *value);

/* map_del - forget a key, where there is one. */
void map_del(struct map *m, const char *key);

/* map_get - a key's value, NULL where there is none. O(1). */
void *map_get(const struct map *m, const char *key);

/* map_getn - the same for a key that is not terminated. */
void *map_getn(const struct map *m, const char *key, size_t len);

void map_clear(struct map *m);

#endif
