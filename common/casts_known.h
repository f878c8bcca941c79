/*
 * casts_known.h - casts between PostgreSQL's own types, for when there is no
 * server to ask.
 */
#ifndef WM_CASTS_KNOWN_H
#define WM_CASTS_KNOWN_H

#include "wm.h"

struct cast_known {
	const char *from;	/* as in pg_type */
	const char *to;
	char context;		/* as in pg_cast: 'i' or 'a' */
	bool binary;
};

/*
 * cast_known - the cast from one type to another.
 *
 * from, to   names as in pg_type, without schema
 *
 * Returns NULL where none is known that an assignment would use.
 */
const struct cast_known *cast_known(const char *from, const char *to);

/* cast_string - whether a type is one of strings. */
bool cast_string(const char *type);

#endif
