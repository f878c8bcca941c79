/*
 * utf8.h - what is UTF-8, and what is not.
 */
#ifndef WM_UTF8_H
#define WM_UTF8_H

#include "wm.h"

/*
 * utf8_char - length in bytes of the character that a text begins with; 0 where
 * it is none: cut short, overlong, half of a surrogate pair, beyond U+10FFFF.
 *
 * left   bytes that there are, at least 1
 */
size_t utf8_char(const char *s, size_t left);

/* utf8_valid - whether a text is UTF-8 throughout. */
bool utf8_valid(const char *s, size_t len);

#endif
