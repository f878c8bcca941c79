#include "fault.h"

#ifdef WM_FAULTS

#include <signal.h>
#include <stdlib.h>

static const char *const kind_names[] = { "alloc", "read", "write", "query" };

static struct {
	bool loaded;
	bool onward;	/* every later event fails too */
	int sig;	/* sent instead of failing, or 0 */
	int kind;
	long at;
	long seen;
} plan = { .kind = -1 };

static void
load(void)
{
	const char *s = getenv("WM_FAULT");
	size_t len;

	plan.loaded = true;
	plan.kind = -1;
	if (s == NULL || strchr(s, ':') == NULL)
		return;
	len = (size_t)(strchr(s, ':') - s);
	for (size_t i = 0; i < WM_LEN(kind_names); i++)
		if (strlen(kind_names[i]) == len &&
		    strncmp(kind_names[i], s, len) == 0)
			plan.kind = (int)i;
	if (len == 4 && strncmp(s, "stop", 4) == 0) {
		plan.kind = FAULT_WRITE;
		plan.sig = SIGKILL;
	}
	if (len == 4 && (strncmp(s, "kill", 4) == 0 ||
	    strncmp(s, "term", 4) == 0)) {
		plan.kind = FAULT_QUERY;
		plan.sig = s[0] == 'k' ? SIGKILL : SIGTERM;
	}
	plan.at = strtol(s + len + 1, NULL, 10);
	plan.onward = s[strlen(s) - 1] == '+';
}

bool
fault_planned(void)
{
	if (!plan.loaded)
		load();
	return plan.kind >= 0;
}

bool
fault(enum fault_kind kind)
{
	bool hit;

	if (!fault_planned() || (int)kind != plan.kind)
		return false;
	plan.seen++;
	hit = plan.onward ? plan.seen >= plan.at : plan.seen == plan.at;
	if (hit && plan.sig != 0) {
		raise(plan.sig);
		return false;
	}
	return hit;
}

#else
typedef int wm_fault_unused;	/* a translation unit is never empty */
#endif
