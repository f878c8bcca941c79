#include "casts_known.h"

/* Source: pg_cast of PostgreSQL 15; those of castcontext 'e' are left out. */
static const struct cast_known known[] = {
	{ "bit", "varbit", 'i', true },
	{ "bool", "bpchar", 'a', false },
	{ "bool", "text", 'a', false },
	{ "bool", "varchar", 'a', false },
	{ "bpchar", "text", 'i', false },
	{ "bpchar", "varchar", 'i', false },
	{ "cidr", "bpchar", 'a', false },
	{ "cidr", "inet", 'i', true },
	{ "cidr", "text", 'a', false },
	{ "cidr", "varchar", 'a', false },
	{ "date", "timestamp", 'i', false },
	{ "date", "timestamptz", 'i', false },
	{ "float4", "float8", 'i', false },
	{ "float4", "int2", 'a', false },
	{ "float4", "int4", 'a', false },
	{ "float4", "int8", 'a', false },
	{ "float4", "numeric", 'a', false },
	{ "float8", "float4", 'a', false },
	{ "float8", "int2", 'a', false },
	{ "float8", "int4", 'a', false },
	{ "float8", "int8", 'a', false },
	{ "float8", "numeric", 'a', false },
	{ "inet", "bpchar", 'a', false },
	{ "inet", "cidr", 'a', false },
	{ "inet", "text", 'a', false },
	{ "inet", "varchar", 'a', false },
	{ "int2", "float4", 'i', false },
	{ "int2", "float8", 'i', false },
	{ "int2", "int4", 'i', false },
	{ "int2", "int8", 'i', false },
	{ "int2", "numeric", 'i', false },
	{ "int4", "float4", 'i', false },
	{ "int4", "float8", 'i', false },
	{ "int4", "int2", 'a', false },
	{ "int4", "int8", 'i', false },
	{ "int4", "money", 'a', false },
	{ "int4", "numeric", 'i', false },
	{ "int8", "float4", 'i', false },
	{ "int8", "float8", 'i', false },
	{ "int8", "int2", 'a', false },
	{ "int8", "int4", 'a', false },
	{ "int8", "money", 'a', false },
	{ "int8", "numeric", 'i', false },
	{ "interval", "time", 'a', false },
	{ "json", "jsonb", 'a', false },
	{ "jsonb", "json", 'a', false },
	{ "money", "numeric", 'a', false },
	{ "name", "bpchar", 'a', false },
	{ "name", "text", 'i', false },
	{ "name", "varchar", 'a', false },
	{ "numeric", "float4", 'i', false },
	{ "numeric", "float8", 'i', false },
	{ "numeric", "int2", 'a', false },
	{ "numeric", "int4", 'a', false },
	{ "numeric", "int8", 'a', false },
	{ "numeric", "money", 'a', false },
	{ "text", "bpchar", 'i', true },
	{ "text", "varchar", 'i', true },
	{ "time", "interval", 'i', false },
	{ "time", "timetz", 'i', false },
	{ "timestamp", "date", 'a', false },
	{ "timestamp", "time", 'a', false },
	{ "timestamp", "timestamptz", 'i', false },
	{ "timestamptz", "date", 'a', false },
	{ "timestamptz", "time", 'a', false },
	{ "timestamptz", "timestamp", 'a', false },
	{ "timestamptz", "timetz", 'a', false },
	{ "timetz", "time", 'a', false },
	{ "varbit", "bit", 'i', true },
	{ "varchar", "bpchar", 'i', true },
	{ "varchar", "text", 'i', true },
	{ "xml", "bpchar", 'a', true },
	{ "xml", "text", 'a', true },
	{ "xml", "varchar", 'a', true },
};

static const char *const strings[] = { "text", "varchar", "bpchar", "name" };

const struct cast_known *
cast_known(const char *from, const char *to)
{
	for (size_t i = 0; i < WM_LEN(known); i++)
		if (strcmp(known[i].from, from) == 0 &&
		    strcmp(known[i].to, to) == 0)
			return &known[i];
	return NULL;
}

bool
cast_string(const char *type)
{
	for (size_t i = 0; i < WM_LEN(strings); i++)
		if (strcmp(strings[i], type) == 0)
			return true;
	return false;
}
