/*
 * shell.h - texts as words of a POSIX shell, for the commands in hints.
 */
#ifndef WM_SHELL_H
#define WM_SHELL_H

struct arena;

/*
 * shell_text, shell_word - a text in single quotes; the same where a shell
 * would not leave it as it is, else as it is. In the arena.
 */
const char *shell_text(struct arena *mem, const char *text);
const char *shell_word(struct arena *mem, const char *text);

/* shell_name - an identifier as SQL has it, as a word. */
const char *shell_name(struct arena *mem, const char *name);

#endif
