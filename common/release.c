#include "release.h"

#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "map.h"

bool
releases_read(const struct json *v, const char *name, struct arena *mem,
    struct vec *out)
{
	struct loc at = { name, v->line, 0 };

	if (v->type != JSON_ARRAY) {
		diag_error(&at, "member \"releases\" has to be an array, not "
		    "%s", json_type_name(v->type));
		return false;
	}
	for (const struct json *e = v->first; e != NULL; e = e->next) {
		struct release *r = arena_alloc(mem, sizeof(*r));

		at.line = e->line;
		if (e->type == JSON_STRING && e->len > 0)
			r->committed = arena_strdup(mem, e->str);
		else if (e->type == JSON_NUMBER && e->next == NULL &&
		    e->len < 10 && strspn(e->str, "0123456789") == e->len)
			r->beta = strtol(e->str, NULL, 10);
		else {
			diag_error(&at, "\"releases\" has to hold times, and "
			    "behind them at most one whole number");
			return false;
		}
		vec_push(out, r);
		if (out->n > RELEASE_MAX) {
			diag_error(&at, "more than %d releases", RELEASE_MAX);
			return false;
		}
	}
	return true;
}

bool
label_ok(const char *label)
{
	size_t len = strlen(label);

	return len > 0 && len <= 64 && strspn(label, "abcdefghijklmnopqrstuvw"
	    "xyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+") == len &&
	    strspn(label, "0123456789") != len && label[0] != '-' &&
	    strcmp(label, "next") != 0 && strcmp(label, "last") != 0;
}

bool
labels_read(const struct json *v, const char *name, struct arena *mem,
    const struct vec *releases)
{
	struct loc at = { name, v->line, 0 };
	WM_MAP seen = MAP_INIT;

	if (v->type != JSON_OBJECT) {
		diag_error(&at, "member \"labels\" has to be an object, not "
		    "%s", json_type_name(v->type));
		return false;
	}
	for (const struct json *e = v->first; e != NULL; e = e->next) {
		size_t n = strspn(e->key, "0123456789") == strlen(e->key) &&
		    strlen(e->key) < 8 ? strtoul(e->key, NULL, 10) : 0;
		struct release *r;

		at.line = e->line;
		if (n < 1 || n > releases->n) {
			diag_error(&at, "label of a release \"%s\" that there "
			    "is not", e->key);
			return false;
		}
		if (e->type != JSON_STRING || !label_ok(e->str)) {
			diag_error(&at, "label of release %zu: letters, "
			    "digits and \".-_+\" may be in it, and it must "
			    "not be a number", n);
			return false;
		}
		r = releases->v[n - 1];
		r->label = arena_strdup(mem, e->str);
		if (map_put(&seen, r->label, r) != NULL) {
			diag_error(&at, "label \"%s\" is given to two "
			    "releases", e->str);
			return false;
		}
	}
	return true;
}

void
releases_write(struct json_out *out, const struct vec *releases, size_t n)
{
	json_out_open(out, "releases", '[', true);
	for (size_t i = 0; i < n && i < releases->n; i++) {
		const struct release *r = releases->v[i];

		if (r->committed != NULL)
			json_out_str(out, NULL, r->committed);
		else
			json_out_int(out, NULL, r->beta);
	}
	json_out_close(out);
}

void
labels_write(struct json_out *out, const struct vec *releases, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n && i < releases->n; i++) {
		const struct release *r = releases->v[i];
		char key[24];

		if (r->label == NULL)
			continue;
		if (!any)
			json_out_open(out, "labels", '{', false);
		any = true;
		snprintf(key, sizeof(key), "%zu", i + 1);
		json_out_str(out, key, r->label);
	}
	if (any)
		json_out_close(out);
}

int
releases_committed(const struct vec *releases)
{
	int n = 0;

	for (size_t i = 0; i < releases->n; i++)
		n += ((const struct release *)releases->v[i])->committed !=
		    NULL;
	return n;
}

int
release_find(const struct vec *releases, const char *word, const char *name)
{
	struct loc at = { name, 0, 0 };
	int last = releases_committed(releases), n = 0;

	if (strcmp(word, "next") == 0)
		return last + 1;
	if (strcmp(word, "last") == 0 && last == 0)
		diag_error(&at, "no release has been committed yet");
	else if (strcmp(word, "last") == 0)
		return last;
	else if (strspn(word, "0123456789") == strlen(word)) {
		n = strlen(word) < 8 ? (int)strtol(word, NULL, 10) : 0;
		if (n >= 1 && n <= last + 1)
			return n;
		diag_error(&at, "there is no release \"%s\"; the last is %d",
		    word, last);
	} else {
		for (size_t i = 0; i < releases->n; i++) {
			const struct release *r = releases->v[i];

			if (r->label != NULL && strcmp(r->label, word) == 0)
				return (int)i + 1;
		}
		diag_error(&at, "no release has the label \"%s\"", word);
	}
	return 0;
}
