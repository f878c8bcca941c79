/*
 * macro.h - macros of the source language, on texts that know their source.
 */
#ifndef MACRO_H
#define MACRO_H

#include "parse.h"

/* A piece of text that stands verbatim in the argument it came from. */
struct piece {
	size_t off;	/* in the text */
	size_t len;
	size_t src;	/* in the argument */
};

/*
 * A text with the pieces of it that are source. A value; zero-initialise,
 * give back with mtext_clear.
 */
struct mtext {
	struct sbuf s;
	struct piece *pieces;
	size_t n;
	size_t cap;
};

#define MTEXT_INIT { SBUF_INIT, NULL, 0, 0 }
#define WM_MTEXT WM_CLEANUP(mtext_clear) struct mtext

void mtext_clear(struct mtext *t);

/* mtext_source - append text that stands in the argument at src. */
void mtext_source(struct mtext *t, const char *s, size_t len, size_t src);

/* mtext_made - append text that is no source. */
void mtext_made(struct mtext *t, const char *s, size_t len);

/* mtext_append - append bytes [from, to) of another text, with its pieces. */
void mtext_append(struct mtext *t, const struct mtext *from, size_t start,
    size_t end);

/* mtext_trim - cut white space at both ends, as Tcl's string trim does. */
void mtext_trim(struct parse *p, struct mtext *t);

/* macro_define - remember a macro; the body is trimmed. */
void macro_define(struct parse *p, Tcl_Obj *name, Tcl_Obj *body);

/*
 * macro_substitute - replace all macros, then eval(), expr(), subst().
 *
 * t   changed in place
 *
 * Returns TCL_OK, or TCL_ERROR with a message in the interpreter.
 */
WM_MUST int macro_substitute(struct parse *p, struct mtext *t);

#endif
