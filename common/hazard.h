/*
 * hazard.h - what a step of a plan can cost, and --allow, --deny, --safe-below.
 */
#ifndef WM_HAZARD_H
#define WM_HAZARD_H

#include "wm.h"

#include "opt.h"
#include "plan.h"
#include "sbuf.h"

/* The words of a command line. Zero-initialise; hazard_clear frees. */
struct hazard_opts {
	struct vec allow;	/* of const char * */
	struct vec deny;
	long long safe_below;	/* bytes; smaller tables are no hazard */
};

#define OPT_HAZARDS(h)                                                       \
	{ 0, "allow", OPT_LIST, &(h)->allow, "HAZARD", NULL, NULL },         \
	{ 0, "deny", OPT_LIST, &(h)->deny, "HAZARD",                         \
	    "data-loss, rebuild, rewrite, scan, lock, all", NULL },          \
	{ 0, "safe-below", OPT_SIZE, &(h)->safe_below, "SIZE",               \
	    "of --deny: for smaller tables it is none", NULL }
#define OPT_HAZARD_RULE { "safe-below", OPT_NEEDS, "deny" }

/* hazard_words - end the process (usage) where a word is none of a hazard. */
void hazard_words(const struct hazard_opts *o);

/* hazard_allowed - whether --allow names it, or all. */
bool hazard_allowed(const struct hazard_opts *o, const char *word);

/*
 * hazard_screen - refuse, through diag_refuse, every step with a hazard that
 * is denied. A hazard's own name beats "all"; --allow beats --deny.
 */
void hazard_screen(const struct hazard_opts *o, const struct plan *p);

/* hazard_text - " [scans 1 GB, AccessExclusiveLock on x]", or "". */
void hazard_text(const struct plan_step *s, struct sbuf *out);

/* hazard_size - bytes as people write them: "8192 bytes", "15 MB". */
const char *hazard_size(long long bytes, char *buf, size_t size);

void hazard_clear(struct hazard_opts *o);

#endif
