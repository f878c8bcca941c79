/*
 * document.h - what a document is, an object list or a bundle, by how it
 * begins.
 */
#ifndef WM_DOCUMENT_H
#define WM_DOCUMENT_H

#include "wm.h"

/* What a document is. */
enum document {
	DOCUMENT_LIST,		/* wm-objects/1, or some other format */
	DOCUMENT_BUNDLE
};

/*
 * document_kind - look at the beginning of a document.
 *
 * in   replaced by a stream that has all of the document; the caller closes it,
 *      and then the one that it gave, which is not closed by that
 *
 * Object lists begin with "format"; a document that cannot be told is taken for
 * one, so that its reader says what is wrong.
 */
enum document document_kind(FILE **in);

#endif
