/*
 * canon.h - the canonical form of JSON, of which digests are made: members
 * sorted by the bytes of their names, no white space, numbers as they stand,
 * strings with the fewest escapes. What jq -cS prints, without its newline.
 */
#ifndef WM_CANON_H
#define WM_CANON_H

#include "wm.h"

#include "json_in.h"
#include "sbuf.h"

/* canon_string - append a string, quoted. */
void canon_string(struct sbuf *out, const char *s, size_t len);

/* canon_value - append a value; its own key is left out. */
void canon_value(struct sbuf *out, const struct json *v);

/*
 * canon_sorted - members of an object, in the order of the form.
 *
 * out   appended to: const struct json *
 */
void canon_sorted(const struct json *obj, struct vec *out);

#endif
