/* Tables and their foreign keys as a drawing, which graphviz makes. */
#include "doc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A drawing may be shown at so many percent of its size; it is in points. */
#define SHRINK 85

/* A quoted name of the drawing's language. */
static void
put_quoted(struct sbuf *b, const char *s)
{
	sbuf_putc(b, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			sbuf_putc(b, '\\');
		sbuf_putc(b, (unsigned char)*s < ' ' ? ' ' : *s);
	}
	sbuf_putc(b, '"');
}

/* Text in a label, which is like HTML. */
static void
put_label(struct doc *doc, struct sbuf *b, const char *s)
{
	struct doc to = { .mem = doc->mem, .out = b };

	/* an empty cell is not allowed there */
	doc_text(&to, *s != '\0' ? s : " ");
}

static bool
is_key(const struct table *t, const char *col)
{
	for (size_t i = 0; i < t->cons.n; i++) {
		const struct con *k = t->cons.v[i];

		if (k->kind != CON_PRIMARY && k->kind != CON_FOREIGN)
			continue;
		for (size_t c = 0; c < k->cols.n; c++)
			if (strcmp(k->cols.v[c], col) == 0)
				return true;
	}
	return false;
}

/*
 * One table: its name, and where there is room its key columns. The colours
 * only tell the style sheet which is which.
 */
static void
put_table(struct doc *doc, struct sbuf *b, const struct doc_object *d,
    bool columns, bool ours)
{
	put_quoted(b, d->o->nam);
	sbuf_printf(b, " [id=\"er-%s-%s\", URL=\"#%s\", label=<"
	    "<table border=\"0\" cellborder=\"1\" cellspacing=\"0\" "
	    "cellpadding=\"4\"><tr><td bgcolor=\"%s\"><b>",
	    columns ? "m" : "a", d->anchor, d->anchor,
	    ours ? "#abcdef" : "#fedcba");
	put_label(doc, b, d->o->nam);
	sbuf_puts(b, "</b></td></tr>");
	for (size_t i = 0; columns && ours && i < d->table->columns.n; i++) {
		const struct column *c = d->table->columns.v[i];

		if (!is_key(d->table, c->name))
			continue;
		sbuf_printf(b, "<tr><td align=\"left\" port=\"c%zu\">", i);
		put_label(doc, b, c->name);
		sbuf_puts(b, "</td></tr>");
	}
	sbuf_puts(b, "</table>>];\n");
}

static bool
in_module(const struct doc_object *d, const struct doc_module *m)
{
	return m == NULL || strcmp(d->o->module, m->name) == 0;
}

static size_t
column_number(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns.n; i++)
		if (strcmp(((struct column *)t->columns.v[i])->name,
		    name) == 0)
			return i;
	return SIZE_MAX;
}

static void
put_edges(struct doc *doc, struct sbuf *b, const struct doc_module *m)
{
	for (size_t i = 0; i < doc->refs.n; i++) {
		const struct doc_ref *r = doc->refs.v[i];
		size_t c;

		if (r->to == NULL || r->to->table == NULL ||
		    !in_module(r->from, m))
			continue;
		put_quoted(b, r->from->o->nam);
		c = r->con->cols.n > 0 ? column_number(r->from->table,
		    r->con->cols.v[0]) : SIZE_MAX;
		if (m != NULL && c != SIZE_MAX)
			sbuf_printf(b, ":c%zu", c);
		sbuf_puts(b, " -> ");
		put_quoted(b, r->to->o->nam);
		sbuf_printf(b, " [id=\"er-%s-e%zu\"];\n", m != NULL ? "m" :
		    "a", i);
	}
}

/* Tables of one module and those they refer to; or all, by module. */
static size_t
put_graph(struct doc *doc, struct sbuf *b, const struct doc_module *m)
{
	WM_MAP done = MAP_INIT;
	size_t n = 0;

	sbuf_printf(b, "strict digraph er {\ngraph [id=\"er-%s-%zu\", "
	    "rankdir=LR, bgcolor=transparent, nodesep=0.2, ranksep=0.6, "
	    "pad=0.1];\n"
	    "node [shape=none, margin=0, fontname=\"Helvetica\", "
	    "fontsize=11];\nedge [arrowsize=0.7, color=\"#808080\"];\n",
	    m != NULL ? "m" : "a", m != NULL ? m->objects.n : 0);
	for (size_t i = 0; i < doc->modules.n; i++) {
		const struct doc_module *o = doc->modules.v[i];

		for (size_t k = 0; (m == NULL || m == o) &&
		    k < o->objects.n; k++) {
			const struct doc_object *d = o->objects.v[k];

			if (d->table == NULL)
				continue;
			put_table(doc, b, d, m != NULL, true);
			map_put(&done, d->o->key, d);
			n++;
		}
	}
	for (size_t i = 0; m != NULL && i < doc->refs.n; i++) {
		const struct doc_ref *r = doc->refs.v[i];

		if (in_module(r->from, m) && r->to != NULL &&
		    r->to->table != NULL &&
		    map_put(&done, r->to->o->key, r) == NULL)
			put_table(doc, b, r->to, true, false);
	}
	put_edges(doc, b, m);
	sbuf_puts(b, "}\n");
	return n;
}

/* Run dot from one file to another; without a word where it is not there. */
static bool
run_dot(FILE *in, FILE *out)
{
	static char name[] = "dot", form[] = "-Tsvg";
	char *const argv[] = { name, form, NULL };
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int status, rc;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, fileno(in), STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&fa, fileno(out), STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&fa, STDERR_FILENO, "/dev/null",
	    O_WRONLY, 0);
	rc = posix_spawnp(&pid, name, &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	if (rc != 0)
		return false;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
draw(const struct sbuf *graph, struct sbuf *svg)
{
	FILE *in = tmpfile(), *out = tmpfile();
	char buf[8192];
	size_t n;
	bool ok = in != NULL && out != NULL;

	ok = ok && fwrite(graph->s, 1, graph->len, in) == graph->len &&
	    fflush(in) == 0;
	if (ok)
		rewind(in);
	ok = ok && run_dot(in, out);
	if (ok)
		rewind(out);
	while (ok && (n = fread(buf, 1, sizeof(buf), out)) > 0)
		sbuf_putn(svg, buf, n);
	if (in != NULL)
		fclose(in);
	if (out != NULL)
		fclose(out);
	return ok;
}

void
doc_diagram(struct doc *doc, const struct doc_module *m)
{
	WM_SBUF graph = SBUF_INIT;
	WM_SBUF svg = SBUF_INIT;
	const char *begin, *width;

	if (!doc->diagram || put_graph(doc, &graph, m) == 0 ||
	    !draw(&graph, &svg))
		return;
	/* what stands before is for files of their own */
	begin = strstr(sbuf_str(&svg), "<svg");
	if (begin == NULL)
		return;
	width = strstr(begin, "width=\"");
	doc_html(doc, "<div class=\"er\" role=\"img\" aria-label=\"Tables and "
	    "their foreign keys\" tabindex=\"0\">");
	/* it shrinks to what there is, but not until it cannot be read */
	if (width != NULL)
		sbuf_printf(doc->out, "<svg style=\"min-width:%ldpx\"",
		    strtol(width + 7, NULL, 10) * SHRINK / 100);
	sbuf_puts(doc->out, begin + (width != NULL ? 4 : 0));
	doc_html(doc, "</div>\n");
}
