#include "stamp.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "arena.h"
#include "diag.h"

/* years 1 to 9999, so that times sort as texts */
#define SECONDS_MAX 253402300799

static const char *
text(struct arena *mem, time_t t)
{
	struct tm tm;
	char buf[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		die("could not write a time");
	return arena_strdup(mem, buf);
}

static bool
seconds(const char *s, time_t *out)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 ||
	    n > SECONDS_MAX)
		return false;
	*out = (time_t)n;
	return true;
}

const char *
stamp_text(struct arena *mem, const char *given)
{
	const char *env = getenv("SOURCE_DATE_EPOCH");
	const char *again, *end;
	time_t t = time(NULL);
	struct tm tm = { .tm_isdst = 0 };

	if (given == NULL && env != NULL && *env != '\0') {
		if (!seconds(env, &t))
			usage_die("SOURCE_DATE_EPOCH is no number of seconds: "
			    "\"%s\"", env);
		return text(mem, t);
	}
	if (given == NULL || seconds(given, &t))
		return text(mem, t);
	end = strptime(given, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end != NULL && *end == '\0') {
		/* the 31st of June comes out as another day */
		again = text(mem, timegm(&tm));
		if (strcmp(again, given) == 0)
			return again;
	}
	usage_die("--timestamp takes a time in UTC such as "
	    "2026-11-21T20:46:00Z, or seconds since 1970, not \"%s\"", given);
}
