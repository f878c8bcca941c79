#include "model.h"

/*
 * The object types of the source language, in the order in which equal names
 * are listed. Lock names are PostgreSQL's (manual, "Explicit Locking").
 */
static const struct kind kinds[] = {
	{ "schema", 2, "schema", "schema", "usage", NULL, "" },
	{ "other", 1, NULL, NULL, NULL, NULL, "" },
	{ "sequence", 2, "sequence", "sequence", NULL, NULL, "" },
	{ "table", 1, "table", "table", "select", NULL, "" },
	{ "index", 1, "index", NULL, NULL, "ShareLock", "table" },
	{ "view", 1, "view", "table", "select", NULL, "" },
	{ "function", 1, "function", "function", "execute", NULL, "" },
	{ "trigger", 2, "trigger", NULL, NULL, "ShareRowExclusiveLock",
	    "table" },
	{ "rule", 1, "rule", NULL, NULL, "AccessExclusiveLock", "table" },
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
