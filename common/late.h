/*
 * late.h - shared libraries that are loaded by the first call into them.
 *
 * Linking with libpq and libarchive brings thirty libraries into a program:
 * ten megabytes and ten milliseconds before main. Most commands of wm-release
 * need none of them. So for programs that the Makefile lists (late_PROGRAM) the
 * functions of such a library are defined in common/late/LIBRARY.c, one row
 * each; the compiler holds each row against the library's own header, and the
 * linker names a function that has none. Who calls them sees no difference.
 *
 * The program says in a note which libraries it may load, so that who packs it
 * can depend on them (https://systemd.io/ELF_DLOPEN_METADATA).
 */
#ifndef WM_LATE_H
#define WM_LATE_H

#include "wm.h"

struct late {
	const char *soname;
	void *handle;		/* NULL: not yet loaded */
};

/*
 * late_find - a function of a library, which is loaded where it is not. One
 * that cannot be loaded, or has no such function, ends the process (exit 3).
 */
void *late_find(struct late *lib, const char *name);

/* NOLINTBEGIN(bugprone-macro-parentheses): lists of parameters, names */
/*
 * LATE - a function of the library that "library" is defined as, that returns
 * something; LATE_DO one that does not.
 */
#define LATE(ret, name, params, args)                                        \
	ret name params                                                      \
	{                                                                    \
		static ret(*fn) params;                                      \
									     \
		if (fn == NULL)                                              \
			*(void **)&fn = late_find(&library, #name);          \
		return fn args;                                              \
	}
#define LATE_DO(name, params, args)                                          \
	void name params                                                     \
	{                                                                    \
		static void(*fn) params;                                     \
									     \
		if (fn == NULL)                                              \
			*(void **)&fn = late_find(&library, #name);          \
		fn args;                                                     \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

/* LATE_LIBRARY - define "library", and say so in the program's note. */
#define LATE_LIBRARY(name, why)                                              \
	static struct late library = { name, NULL };                         \
	static const struct {                                                \
		uint32_t owner_len, len, type;                               \
		char owner[4];                                               \
		_Alignas(4) char json[sizeof(LATE_NOTE(name, why))];         \
	} note __attribute__((used, aligned(4),                              \
	    section(".note.dlopen"))) = { 4,                                 \
		sizeof(LATE_NOTE(name, why)), 0x407c0c0a, "FDO",             \
		LATE_NOTE(name, why) }
#define LATE_NOTE(name, why)                                                 \
	"[{\"description\":\"" why "\",\"priority\":\"required\","           \
	"\"soname\":[\"" name "\"]}]"

#endif
