/*
 * sequence_options.h - how a sequence counts, of its own or of an identity
 * column.
 */
#ifndef SEQUENCE_OPTIONS_H
#define SEQUENCE_OPTIONS_H

#include "diff.h"

/* Numbers are as the text has them; NULL: the text does not say. */
struct sequence_options {
	const char *increment, *min, *max;
	const char *start, *cache;	/* never NULL */
	bool down, cycle;
};

/* sequence_options - read them off DefElems. What comes out is in the arena. */
void sequence_options(struct arena *mem, const struct json *opts,
    struct sequence_options *out);

/*
 * sequence_options_put - all of them, to the default where nothing is said: so
 * the sequence ends as a new one would be, but goes on from where it is.
 *
 * set       before each: "" of ALTER SEQUENCE, "set " of ALTER COLUMN
 * restart   it begins again
 */
void sequence_options_put(struct sbuf *b, const struct sequence_options *o,
    const char *set, bool restart);

/*
 * sequence_limits - give a sequence the limits of a type, where none are said.
 *
 * type   a TypeName; NULL: of bigint
 */
void sequence_limits(struct arena *mem, const struct json *type,
    struct sequence_options *o);

/*
 * sequence_restart - find where a sequence stands. Outside of its new limits it
 * has to begin again: on this side of them it has given out nothing that comes
 * again; on the far side what it gave out could, so that is refused.
 *
 * c      whose it is, for messages; its old or new text has the sequence
 * fq     the sequence in the database, as SQL has it
 * type   of its numbers, as texts have it; NULL: bigint
 * o      as it is to be
 *
 * Returns false once a failure has been reported.
 */
WM_MUST bool sequence_restart(struct diff *d, struct change *c, const char *fq,
    const char *type, const struct sequence_options *o, bool *out_restart);

#endif
