/*
 * doc - one release as a page for people: a single HTML file that needs nothing
 * else.
 */
#include "doc.h"

#include "diag.h"
#include "embed.h"
#include "next.h"

static struct where where;
static const char *release_word;
static const char *language;
static const char *output;
static bool no_diagram;

static const struct opt options[] = {
	OPT_WHERE(&where),
	{ 'r', "release", OPT_STR, &release_word, "RELEASE",
	    "number or label, \"last\", \"next\" (what is staged)", NULL },
	{ 'l', "language", OPT_STR, &language, "LANG",
	    "of the texts (eng, else the first there is)", NULL },
	{ 0, "no-diagram", OPT_FLAG, &no_diagram, NULL,
	    "leave the drawings of tables out", NULL },
	OPT_OUTPUT(&output),
};

static const char *
page_name(const struct doc *doc)
{
	return doc->s->hist.module != NULL ? doc->s->hist.module :
	    doc->model->module != NULL ? doc->model->module : "schema";
}

static const char *
page_state(struct doc *doc)
{
	WM_SBUF b = SBUF_INIT;

	if (doc->release == 0)
		return "working state";
	release_line(&doc->s->hist, doc->release, &b);
	return sbuf_take(&b, doc->mem);
}

static void
head(struct doc *doc)
{
	doc_html(doc, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta http-equiv=\""
	    "Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
	    "base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, "
	    "initial-scale=1\">\n<meta name=\"color-scheme\" content=\""
	    "light dark\">\n<title>%s, %s</title>\n<style>\n",
	    page_name(doc), page_state(doc));
	sbuf_puts(doc->out, embed_doc_css);
	doc_html(doc, "</style>\n</head>\n<body>\n");
}

static bool
is_kind(const struct doc_object *d, const char *kind)
{
	return strcmp(d->o->kind->name, kind) == 0;
}

/* Sections of a module, in this order; what is in none is "other". */
static const struct {
	const char *heading;
	const char *kinds[3];
} sections[] = {
	{ "Tables", { "table" } },
	{ "Views", { "view" } },
	{ "Functions", { "function" } },
	{ "Triggers and rules", { "trigger", "rule" } },
	{ "Indexes", { "index" } },
	{ "Sequences", { "sequence" } },
	{ "Schemas and others", { "schema", "other" } },
};

static bool
in_section(const struct doc_object *d, size_t section)
{
	for (size_t i = 0; i < WM_LEN(sections[0].kinds); i++)
		if (sections[section].kinds[i] != NULL &&
		    is_kind(d, sections[section].kinds[i]))
			return true;
	return false;
}

static int
count(const struct doc_module *m, size_t section)
{
	int n = 0;

	for (size_t i = 0; i < m->objects.n; i++)
		n += in_section(m->objects.v[i], section);
	return n;
}

/* Histories of the older Wyseman do not tell what a release has changed. */
static bool
has_history(const struct doc *doc)
{
	const struct history *h = &doc->s->hist;

	return changes_last(h) > 0 && (h->manifest || history_last(h) == 0);
}

static void
nav(struct doc *doc)
{
	doc_html(doc, "<nav id=\"nav\"><a href=\"#top\">Overview</a>\n");
	for (size_t i = 0; i < doc->modules.n; i++) {
		const struct doc_module *m = doc->modules.v[i];

		doc_html(doc, "<details><summary>%s</summary>\n"
		    "<a class=\"all\" href=\"#module-%d\">Module</a>\n",
		    m->name, (int)i);
		for (size_t k = 0; k < m->objects.n; k++) {
			const struct doc_object *d = m->objects.v[k];

			if (is_kind(d, "table") || is_kind(d, "view"))
				doc_html(doc, "<a class=\"%s\" href=\"#%s\">"
				    "%s</a>\n", d->o->kind->name, d->anchor,
				    d->o->nam);
		}
		doc_html(doc, "</details>\n");
	}
	doc_html(doc, "<a href=\"#roles\">Roles</a>\n");
	if (has_history(doc))
		doc_html(doc, "<a href=\"#releases\">Releases</a>\n");
	doc_html(doc, "</nav>\n");
}

static void
top(struct doc *doc)
{
	doc_html(doc, "<header><div><h1>%s</h1><p>%s</p></div>\n"
	    "<div class=\"tools\"><input id=\"q\" type=\"search\" "
	    "placeholder=\"Search\" aria-label=\"Search\" autocomplete=\"off\" "
	    "spellcheck=\"false\"><button id=\"theme\" type=\"button\" "
	    "title=\"Light or dark\">\xe2\x97\x90</button>"
	    "<button id=\"menu\" type=\"button\" title=\"Contents\" "
	    "aria-controls=\"nav\">\xe2\x98\xb0</button></div>\n"
	    "<div id=\"hits\" hidden></div></header>\n", page_name(doc),
	    page_state(doc));
}

static void
overview(struct doc *doc)
{
	doc_html(doc, "<section id=\"top\"><h2>Overview</h2>\n<table "
	    "class=\"counts\"><thead><tr><th>Module</th>");
	for (size_t i = 0; i < WM_LEN(sections); i++)
		doc_html(doc, "<th>%s</th>", sections[i].heading);
	doc_html(doc, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < doc->modules.n; i++) {
		const struct doc_module *m = doc->modules.v[i];

		doc_html(doc, "<tr><th scope=\"row\"><a href=\"#module-%d\">%s"
		    "</a></th>", (int)i, m->name);
		for (size_t k = 0; k < WM_LEN(sections); k++)
			doc_html(doc, "<td data-of=\"%s\">%d</td>",
			    sections[k].heading, count(m, k));
		doc_html(doc, "</tr>\n");
	}
	doc_html(doc, "</tbody></table>\n");
	if (doc->modules.n > 1)
		doc_diagram(doc, NULL);
	doc_html(doc, "</section>\n");
}

static void
module(struct doc *doc, size_t number)
{
	const struct doc_module *m = doc->modules.v[number];

	doc_html(doc, "<section class=\"module\" id=\"module-%d\" data-find="
	    "\"%s\"><h2>Module %s</h2>\n", (int)number, m->name, m->name);
	doc_diagram(doc, m);
	for (size_t i = 0; i < WM_LEN(sections); i++) {
		if (count(m, i) == 0)
			continue;
		doc_html(doc, "<h2 class=\"group\">%s <span class=\"dim\">%s"
		    "</span></h2>\n", sections[i].heading, m->name);
		for (size_t k = 0; k < m->objects.n; k++) {
			const struct doc_object *d = m->objects.v[k];

			if (!in_section(d, i))
				continue;
			if (is_kind(d, "table") || is_kind(d, "view"))
				doc_relation(doc, d);
			else
				doc_other(doc, d);
		}
	}
	doc_html(doc, "</section>\n");
}

static void
page(struct doc *doc)
{
	head(doc);
	top(doc);
	nav(doc);
	doc_html(doc, "<main>\n");
	overview(doc);
	for (size_t i = 0; i < doc->modules.n; i++)
		module(doc, i);
	doc_html(doc, "<section id=\"roles\"><h2>Roles</h2>\n");
	doc_roles(doc);
	doc_html(doc, "</section>\n");
	if (has_history(doc)) {
		doc_html(doc, "<section id=\"releases\"><h2>Releases</h2>\n");
		doc_history(doc);
		doc_html(doc, "</section>\n");
	}
	doc_html(doc, "</main>\n<script>\n");
	sbuf_puts(doc->out, embed_doc_js);
	doc_html(doc, "</script>\n</body>\n</html>\n");
}

static bool
known_language(const struct model *m, const char *path)
{
	struct loc at = { path, 0, 0 };

	for (size_t i = 0; language != NULL && i < m->dict.rows.n; i++) {
		const char *l = dict_language(m->dict.rows.v[i]);

		if (l != NULL && strcmp(l, language) == 0)
			return true;
	}
	if (language != NULL)
		diag_error(&at, "it has no texts in language \"%s\"",
		    language);
	return language == NULL;
}

static void
write_page(struct session *s, const struct model *m, int release,
    const char *path)
{
	WM_SBUF out = SBUF_INIT;
	struct doc doc = { .mem = s->mem, .s = s, .model = m, .out = &out,
		.release = release, .language = language,
		.diagram = !no_diagram };

	if (!known_language(m, path))
		return;
	doc_load(&doc);
	page(&doc);
	doc_clear(&doc);
	if (!put_document(output, sbuf_str(&out), out.len))
		return;	/* reported; tool_exit tells */
}

static void
of_release(struct session *s)
{
	int n = release_word != NULL ? release_find(&s->hist.releases,
	    release_word, s->hist.path) : changes_last(&s->hist);
	struct loc at = { s->hist.path, 0, 0 };
	struct bundle b;

	if (release_word == NULL && n == 0) {
		diag_error(&at, "there is no release yet");
		diag_hint("Name an object list to describe what is worked "
		    "on: wm-parse ... | wm-release doc -");
	}
	if (n == 0)
		return;
	bundle_init(&b, s->mem);
	if (history_bundle(&s->hist, n, &b) && (*b.dict == '\0' ||
	    dict_read_sql(&b.objects.dict, b.dict, s->hist.path)))
		write_page(s, &b.objects, n, s->hist.path);
	bundle_clear(&b);
}

static void
run(struct arena *mem, int argc, char **argv)
{
	struct session s;
	struct model list;

	if (argc > 1)
		usage_die("doc takes one object list at most");
	if (argc == 1 && release_word != NULL)
		usage_die("an object list and --release exclude each other");
	model_init(&list, mem);
	if (session_open(&s, mem, &where, false)) {
		if (argc == 0)
			of_release(&s);
		else if (next_read(&s, &list, argv[0]))
			write_page(&s, &list, 0, argv[0]);
	}
	model_clear(&list);
	session_clear(&s);
}

const struct command command_doc = {
	"doc",
	{ .name = "wm-release doc", .synopsis = "[LIST]",
	    .about = "Describe a release, or an object list, in one HTML "
	    "page.",
	    .opts = options, .n_opts = WM_LEN(options) },
	run
};
