#include "ident.h"
#include "model.h"

/* Dropped by its own words; no default privilege, no lock on others. */
#define WHOLE(name, grant_on, names)                                         \
	{ name, sizeof(name) - 1, name, grant_on, NULL, NULL, "", names }

/*
 * The object types. The first nine are those of the source language, in the
 * order in which equal names are listed; the others come from plain SQL, are
 * named by SQL's own words, and never abbreviated. Lock names are PostgreSQL's
 * (manual, "Explicit Locking").
 */
static const struct kind kinds[] = {
	{ "schema", 2, "schema", "schema", "usage", NULL, "", ID_SCHEMA },
	{ "other", 1, NULL, NULL, NULL, NULL, "", 0 },
	{ "sequence", 2, "sequence", "sequence", NULL, NULL, "", ID_RELATION },
	{ "table", 1, "table", "table", "select", NULL, "", ID_RELATION },
	{ "index", 1, "index", NULL, NULL, "ShareLock", "table", 0 },
	{ "view", 1, "view", "table", "select", NULL, "", ID_RELATION },
	{ "function", 1, "function", "function", "execute", NULL, "",
	    ID_FUNCTION },
	{ "trigger", 2, "trigger", NULL, NULL, "ShareRowExclusiveLock",
	    "table", 0 },
	{ "rule", 1, "rule", NULL, NULL, "AccessExclusiveLock", "table", 0 },
	WHOLE("extension", NULL, 0), WHOLE("role", NULL, 0),
	WHOLE("language", "language", 0), WHOLE("access method", NULL, 0),
	WHOLE("type", "type", ID_TYPE), WHOLE("domain", "domain", ID_TYPE),
	WHOLE("collation", NULL, 0), WHOLE("conversion", NULL, 0),
	WHOLE("procedure", "procedure", ID_FUNCTION),
	WHOLE("aggregate", "function", ID_FUNCTION),
	WHOLE("operator", NULL, 0), WHOLE("operator class", NULL, 0),
	WHOLE("operator family", NULL, 0), WHOLE("cast", NULL, 0),
	WHOLE("transform", NULL, 0), WHOLE("text search parser", NULL, 0),
	WHOLE("text search template", NULL, 0),
	WHOLE("text search dictionary", NULL, 0),
	WHOLE("text search configuration", NULL, 0),
	WHOLE("foreign data wrapper", "foreign data wrapper", 0),
	WHOLE("server", "foreign server", 0), WHOLE("user mapping", NULL, 0),
	WHOLE("foreign table", "table", ID_RELATION),
	WHOLE("materialized view", "table", ID_RELATION),
	WHOLE("statistics", NULL, 0), WHOLE("event trigger", NULL, 0),
	WHOLE("publication", NULL, 0), WHOLE("subscription", NULL, 0),
	{ "policy", sizeof("policy") - 1, "policy", NULL, NULL,
	    "AccessExclusiveLock", "table", 0 },
	{ "constraint", sizeof("constraint") - 1, NULL, NULL, NULL,
	    "ShareRowExclusiveLock", "table", 0 },
	{ "partition", sizeof("partition") - 1, NULL, NULL, NULL,
	    "ShareUpdateExclusiveLock", "table", 0 },
	{ "default privileges", sizeof("default privileges") - 1, NULL, NULL,
	    NULL, NULL, "", 0 },
	{ "grant", sizeof("grant") - 1, NULL, NULL, NULL, NULL, "", 0 },
	{ "comment", sizeof("comment") - 1, NULL, NULL, NULL, NULL, "", 0 },
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
