/*
 * csv.h - tables as spreadsheets read and write them (RFC 4180), in UTF-8.
 */
#ifndef CSV_H
#define CSV_H

#include "wm.h"

#include "sbuf.h"
#include "vec.h"

struct arena;

/* One line of a table; the line of the file that it begins on, from 1. */
struct csv_row {
	struct vec cells;	/* of const char * */
	int line;
};

/*
 * csv_put - append a cell, in quotes where it needs them; first: of its row.
 */
void csv_put(struct sbuf *b, const char *text, bool first);

/* csv_end - end a row. */
void csv_end(struct sbuf *b);

/*
 * csv_read - all rows of a file. The delimiter is the first of ",", ";" and tab
 * that stands in the first row, outside of quotes.
 *
 * text   NUL-terminated; a byte order mark is left out
 * name   what messages call the file
 * out    of struct csv_row *, in the arena; free with csv_clear
 *
 * Returns false once it has been reported what is wrong.
 */
WM_MUST bool csv_read(struct arena *mem, const char *text, const char *name,
    struct vec *out);

void csv_clear(struct vec *rows);

/* csv_cell - a cell of a row; "" where it has fewer. */
const char *csv_cell(const struct csv_row *row, size_t i);

#endif
