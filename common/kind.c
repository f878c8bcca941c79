#include "ident.h"
#include "model.h"

/* Dropped by its own words; no default privilege, no lock on others. */
#define WHOLE(name, grant_on, names, rank)                                   \
	{ name, sizeof(name) - 1, name, grant_on, NULL, NULL, "", names, rank }

/* Ranks: what comes before what, all else being equal. */
enum { SPACE, MODULE, TYPE, CODE, DATA, USER, LAST };

/*
 * The object types. The first nine are those of the source language, in the
 * order in which equal names are listed; the others come from plain SQL, are
 * named by SQL's own words, and never abbreviated. Lock names are PostgreSQL's
 * (manual, "Explicit Locking").
 */
static const struct kind kinds[] = {
	{ "schema", 2, "schema", "schema", "usage", NULL, "", ID_SCHEMA,
	    SPACE },
	{ "other", 1, NULL, NULL, NULL, NULL, "", 0, TYPE },
	{ "sequence", 2, "sequence", "sequence", NULL, NULL, "", ID_RELATION,
	    DATA },
	{ "table", 1, "table", "table", "select", NULL, "", ID_RELATION, DATA },
	{ "index", 1, "index", NULL, NULL, "ShareLock", "table", 0, USER },
	{ "view", 1, "view", "table", "select", NULL, "", ID_RELATION, USER },
	{ "function", 1, "function", "function", "execute", NULL, "",
	    ID_FUNCTION, CODE },
	{ "trigger", 2, "trigger", NULL, NULL, "ShareRowExclusiveLock",
	    "table", 0, USER },
	{ "rule", 1, "rule", NULL, NULL, "AccessExclusiveLock", "table", 0,
	    USER },
	WHOLE("extension", NULL, 0, MODULE),
	WHOLE("role", NULL, 0, MODULE),
	WHOLE("language", "language", 0, MODULE),
	WHOLE("access method", NULL, 0, CODE),
	WHOLE("type", "type", ID_TYPE, TYPE),
	WHOLE("domain", "domain", ID_TYPE, TYPE),
	WHOLE("collation", NULL, 0, TYPE),
	WHOLE("conversion", NULL, 0, CODE),
	WHOLE("procedure", "procedure", ID_FUNCTION, CODE),
	WHOLE("aggregate", "function", ID_FUNCTION, CODE),
	WHOLE("operator", NULL, 0, CODE),
	WHOLE("operator class", NULL, 0, CODE),
	WHOLE("operator family", NULL, 0, CODE),
	WHOLE("cast", NULL, 0, CODE),
	WHOLE("transform", NULL, 0, CODE),
	WHOLE("text search parser", NULL, 0, CODE),
	WHOLE("text search template", NULL, 0, CODE),
	WHOLE("text search dictionary", NULL, 0, CODE),
	WHOLE("text search configuration", NULL, 0, CODE),
	WHOLE("foreign data wrapper", "foreign data wrapper", 0, CODE),
	WHOLE("server", "foreign server", 0, CODE),
	WHOLE("user mapping", NULL, 0, CODE),
	WHOLE("foreign table", "table", ID_RELATION, DATA),
	WHOLE("materialized view", "table", ID_RELATION, USER),
	WHOLE("statistics", NULL, 0, USER),
	WHOLE("event trigger", NULL, 0, LAST),
	WHOLE("publication", NULL, 0, USER),
	WHOLE("subscription", NULL, 0, USER),
	{ "policy", sizeof("policy") - 1, "policy", NULL, NULL,
	    "AccessExclusiveLock", "table", 0, USER },
	{ "constraint", sizeof("constraint") - 1, NULL, NULL, NULL,
	    "ShareRowExclusiveLock", "table", 0, USER },
	{ "partition", sizeof("partition") - 1, NULL, NULL, NULL,
	    "ShareUpdateExclusiveLock", "table", 0, USER },
	{ "default privileges", sizeof("default privileges") - 1, NULL, NULL,
	    NULL, NULL, "", 0, LAST },
	{ "grant", sizeof("grant") - 1, NULL, NULL, NULL, NULL, "", 0, USER },
	{ "comment", sizeof("comment") - 1, NULL, NULL, NULL, NULL, "", 0,
	    USER },
};

const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; i < WM_LEN(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

const struct kind *
kinds_all(size_t *n)
{
	*n = WM_LEN(kinds);
	return kinds;
}
