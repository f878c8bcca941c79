/*
 * kinds_impl.h - what the parts that change an object in place share: its two
 * texts, and the statements that lead from one to the other.
 *
 * Each kind of object is a row in decide_kinds.c, which names one of the
 * functions below. It appends to the alteration; false: it cannot be done in
 * place, and what it has appended is thrown away.
 */
#ifndef KINDS_IMPL_H
#define KINDS_IMPL_H

#include "diff.h"
#include "phrase.h"

/* One object's two texts; settings are left out of them. */
struct kind_pair {
	struct diff *d;
	struct change *c;
	const struct parsed *was, *is;
	struct sbuf sql;	/* the alteration so far */
	struct vec early;	/* const char *: what comes before any drop */
	const char *fq;		/* as SQL writes it */
};

typedef bool kind_fn(struct kind_pair *p);

/* kind_emit - one more statement. */
void kind_emit(struct kind_pair *p, const char *fmt, ...) WM_PRINTF(2, 3);

/* kind_early - a statement before all that the plan drops or makes. */
void kind_early(struct kind_pair *p, const char *fmt, ...) WM_PRINTF(2, 3);

/* kind_name - a list of Strings as a name with dots, quoted, in the arena. */
const char *kind_name(struct kind_pair *p, const struct json *names);

/* kind_text - the create text that one of the sides is of. */
const char *kind_text(const struct kind_pair *p, bool old);

/* kind_single - whether both texts are one statement, settings apart. */
bool kind_single(const struct kind_pair *p);

/*
 * kind_members_equal - whether two nodes are the same but for some members.
 *
 * except   names, ended by NULL
 */
bool kind_members_equal(const struct json *a, const struct json *b,
    const char *const *except);

/* kinds_types.c */
kind_fn kind_domain, kind_enum, kind_composite;

/* kinds_options.c: what has settings or options */
kind_fn kind_policy, kind_extension, kind_dictionary, kind_operator, kind_role;
kind_fn kind_subscription, kind_index;

/* kinds_foreign.c: foreign data wrapper, server, user mapping, table */
kind_fn kind_options, kind_foreign_table;

/* kinds_members.c: what has members: tables, operators, mappings */
kind_fn kind_publication, kind_family, kind_configuration;

#endif
