#include "shell.h"

#include <ctype.h>

#include "arena.h"
#include "sbuf.h"

const char *
shell_text(struct arena *mem, const char *text)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_putc(&b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			sbuf_puts(&b, "'\\'");
		sbuf_putc(&b, *text);
	}
	sbuf_putc(&b, '\'');
	return sbuf_take(&b, mem);
}

const char *
shell_word(struct arena *mem, const char *text)
{
	bool plain = *text != '\0';

	for (const char *p = text; plain && *p != '\0'; p++)
		plain = isalnum((unsigned char)*p) ||
		    (unsigned char)*p >= 0x80 ||
		    strchr("_-+=.,:/@%", *p) != NULL;
	return plain ? text : shell_text(mem, text);
}

const char *
shell_name(struct arena *mem, const char *name)
{
	return shell_word(mem, sql_quoted(mem, name));
}
