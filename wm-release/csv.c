#include "csv.h"

#include "arena.h"
#include "diag.h"

void
csv_put(struct sbuf *b, const char *text, bool first)
{
	if (!first)
		sbuf_putc(b, ',');
	if (strpbrk(text, ",;\t\r\n\"") == NULL) {
		sbuf_puts(b, text);
		return;
	}
	sbuf_putc(b, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			sbuf_putc(b, '"');
		sbuf_putc(b, *text);
	}
	sbuf_putc(b, '"');
}

void
csv_end(struct sbuf *b)
{
	sbuf_putc(b, '\n');
}

/* What stands between the cells of the first row. */
static char
delimiter(const char *s)
{
	bool quoted = false;

	for (; *s != '\0' && (quoted || *s != '\n'); s++) {
		quoted = quoted != (*s == '"');
		if (!quoted && strchr(",;\t", *s) != NULL)
			return *s;
	}
	return ',';
}

/* A cell in quotes, s being behind the first; NULL: they are not closed. */
static const char *
quoted_cell(const char *s, struct sbuf *out, int *line)
{
	for (;; s++) {
		if (*s == '\0')
			return NULL;
		if (*s == '"' && s[1] != '"')
			return s + 1;
		s += *s == '"';
		*line += *s == '\n';
		/* a spreadsheet's own line ends are one character here */
		if (*s != '\r' || s[1] != '\n')
			sbuf_putc(out, *s);
	}
}

static bool
at_end(const char *s)
{
	return *s == '\0' || *s == '\n' || (*s == '\r' && s[1] == '\n');
}

/* One row; NULL once it has been reported that it cannot be read. */
static const char *
read_row(struct arena *mem, const char *s, char comma, const char *name,
    struct csv_row *row, int *line)
{
	struct loc at = { name, *line, 0 };

	row->line = *line;
	for (;; s++) {
		WM_SBUF cell = SBUF_INIT;

		at.line = *line;
		if (*s == '"') {
			s = quoted_cell(s + 1, &cell, line);
			if (s == NULL) {
				diag_error(&at, "quotes are not closed");
				return NULL;
			}
		} else
			for (; !at_end(s) && *s != comma; s++)
				sbuf_putc(&cell, *s);
		vec_push(&row->cells, sbuf_take(&cell, mem));
		if (at_end(s))
			break;
		if (*s != comma) {
			at.line = *line;
			diag_error(&at, "text stands behind the quotes of a "
			    "cell");
			return NULL;
		}
	}
	s += *s == '\r';
	*line += *s == '\n';
	return s + (*s == '\n');
}

bool
csv_read(struct arena *mem, const char *text, const char *name,
    struct vec *out)
{
	const char *s = text;
	char comma;
	int line = 1;

	if (strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	comma = delimiter(s);
	while (*s != '\0') {
		struct csv_row *row = arena_alloc(mem, sizeof(*row));

		vec_push(out, row);
		s = read_row(mem, s, comma, name, row, &line);
		if (s == NULL)
			return false;
		/* an empty line is no row */
		if (row->cells.n == 1 && *(const char *)row->cells.v[0] ==
		    '\0') {
			vec_clear(&row->cells);
			out->n--;
		}
	}
	return true;
}

void
csv_clear(struct vec *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		vec_clear(&((struct csv_row *)rows->v[i])->cells);
	vec_clear(rows);
}

const char *
csv_cell(const struct csv_row *row, size_t i)
{
	return i < row->cells.n ? row->cells.v[i] : "";
}
