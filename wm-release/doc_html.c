/* Writing HTML: nothing that comes from a source gets there unescaped. */
#include "doc.h"

#include <stdarg.h>

static void
put_escaped(struct sbuf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			sbuf_puts(b, "&amp;");
			break;
		case '<':
			sbuf_puts(b, "&lt;");
			break;
		case '>':
			sbuf_puts(b, "&gt;");
			break;
		case '"':
			sbuf_puts(b, "&quot;");
			break;
		case '\'':
			sbuf_puts(b, "&#39;");
			break;
		default:
			/* HTML has no other control characters */
			if ((unsigned char)*s < ' ' &&
			    strchr("\t\n\r", *s) == NULL)
				sbuf_puts(b, "\xef\xbf\xbd");
			else
				sbuf_putc(b, *s);
		}
	}
}

void
doc_text(struct doc *doc, const char *s)
{
	if (s != NULL)
		put_escaped(doc->out, s);
}

void
doc_html(struct doc *doc, const char *html, ...)
{
	va_list ap;

	va_start(ap, html);
	for (; *html != '\0'; html++) {
		if (html[0] == '%' && html[1] == 's') {
			const char *s = va_arg(ap, const char *);

			doc_text(doc, s);
			html++;
		} else if (html[0] == '%' && html[1] == 'd') {
			sbuf_printf(doc->out, "%d", va_arg(ap, int));
			html++;
		} else
			sbuf_putc(doc->out, *html);
	}
	va_end(ap);
}

void
doc_link(struct doc *doc, const struct doc_object *to, const char *text)
{
	doc_html(doc, "<a href=\"#%s\">%s</a>", to->anchor, text);
}

void
doc_sql(struct doc *doc, const char *heading, const char *sql)
{
	doc_html(doc, "<details class=\"sql\"><summary>%s</summary>"
	    "<pre>%s</pre></details>\n", heading, sql);
}
