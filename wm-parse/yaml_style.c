/*
 * yaml_style.c - styles in YAML files.
 */
#include "diag.h"
#include "style.h"
#include "yaml.h"

/* Keys that may be shortened; the first one that fits is meant. */
static const char *const table_keys[] = { "focus", "fields", "display", "sort",
	"subviews", "actions", NULL };
static const char *const field_keys[] = { "column", "title", "help",
	"subframe", "onvalue", "offvalue", "special", "background", "justify",
	"initial", "template", "optional", "state", "write", "depend",
	"display", "inside", "input", "sort", "hint", NULL };
static const char *const table_order[] = { "focus", "fields", NULL };
static const char *const field_order[] = { "column", "input", "size",
	"subframe", NULL };
static const char *const size_order[] = { "x", "y", NULL };
static const char *const subframe_order[] = { "x", "y", "xspan", "yspan",
	NULL };

struct file {
	struct parse *p;
	const struct source *src;
	const char *module;
};

static void
complain(const struct file *f, const struct json *j, const char *fmt, ...)
    WM_PRINTF(3, 4);

static void
complain(const struct file *f, const struct json *j, const char *fmt, ...)
{
	struct loc at = yaml_place(f->src, j);
	va_list ap;
	char text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_error(&at, "%s", text);
	parse_quote(f->p, &at);
}

static const char *
full_key(const char *key, const char *const *known)
{
	for (; *known != NULL; known++)
		if (*key != '\0' && strncmp(*known, key, strlen(key)) == 0)
			return *known;
	return key;
}

/* Append a member, unless one of that name is there. */
static bool
add_member(const struct file *f, struct json *to, const char *key,
    const struct json *value)
{
	for (const struct json *j = to->first; j != NULL; j = j->next) {
		if (strcmp(j->key, key) != 0)
			continue;
		complain(f, value, "\"%s\" is given twice", key);
		return false;
	}
	json_push(to, key, yaml_again(f->p->mem, value));
	return true;
}

/*
 * A mapping with its keys written out; of a list, the values in front are
 * named by their order, and a mapping at its end has the rest. Anything else
 * is given back as it is.
 *
 * Returns NULL once it has been reported what is wrong.
 */
static const struct json *
formal(const struct file *f, const struct json *j, const char *const *order,
    const char *const *known)
{
	struct json *to;
	const struct json *e = j->first;
	bool ok = true;

	if (j->type != JSON_ARRAY && j->type != JSON_OBJECT)
		return j;
	to = yaml_again(f->p->mem, j);
	to->type = JSON_OBJECT;
	to->first = to->last = NULL;
	if (j->type == JSON_ARRAY) {
		for (; e != NULL && (e->next != NULL ||
		    e->type != JSON_OBJECT); e = e->next) {
			if (*order == NULL) {
				complain(f, e, "more values than have a "
				    "meaning by their order");
				return NULL;
			}
			ok = add_member(f, to, *order++, e) && ok;
		}
		e = e != NULL ? e->first : NULL;
	}
	for (; e != NULL; e = e->next)
		ok = add_member(f, to, full_key(e->key, known), e) && ok;
	return ok ? to : NULL;
}

/* The styles of one column. */
static void
field(const struct file *f, const struct style *s, const struct json *rec)
{
	struct loc at = yaml_place(f->src, rec);
	const struct json *members = formal(f, rec, field_order, field_keys);
	const struct json *col;

	if (members == NULL)
		return;
	col = json_get(members, "column");
	if (members->type != JSON_OBJECT) {
		complain(f, rec, "a field has to be a list or a mapping");
		return;
	}
	if (col == NULL || (col->type != JSON_STRING &&
	    col->type != JSON_NUMBER) || col->len == 0) {
		complain(f, rec, "a field names no column");
		return;
	}
	for (const struct json *j = members->first; j != NULL; j = j->next) {
		const struct json *value = j;

		if (j == col)
			continue;
		if (strcmp(j->key, "subframe") == 0)
			value = formal(f, j, subframe_order, subframe_order);
		else if (strcmp(j->key, "size") == 0)
			value = formal(f, j, size_order, size_order);
		if (value != NULL)
			style_put(s, col->str, j->key, value, &at);
	}
}

static void
fields(const struct file *f, const struct style *s, const struct json *list)
{
	if (list->type == JSON_NULL)
		return;
	if (list->type != JSON_ARRAY) {
		complain(f, list, "\"fields\" has to be a list, not %s",
		    json_type_name(list->type));
		return;
	}
	for (const struct json *j = list->first; j != NULL; j = j->next)
		field(f, s, j);
}

/* display and sort: their columns have places. */
static void
places(const struct file *f, const struct style *s, const struct json *list)
{
	struct loc at = yaml_place(f->src, list);
	WM_VEC cols = VEC_INIT;

	if (list->type == JSON_NULL)
		return;
	if (list->type != JSON_ARRAY) {
		complain(f, list, "\"%s\" has to be a list of columns, "
		    "not %s", list->key, json_type_name(list->type));
		return;
	}
	for (const struct json *j = list->first; j != NULL; j = j->next) {
		if (j->type != JSON_STRING && j->type != JSON_NUMBER) {
			complain(f, j, "\"%s\" has to be a list of columns",
			    list->key);
			return;
		}
		vec_push(&cols, j->str);
	}
	style_places(s, list->key, &cols, &at);
}

static void
table(const struct file *f, const struct json *j)
{
	const char *dot = strchr(j->key, '.');
	struct style s = { f->p, "public", j->key, f->module };
	struct loc at = yaml_place(f->src, j);
	const struct json *members = formal(f, j, table_order, table_keys);

	if (dot != NULL) {
		s.sch = arena_strndup(f->p->mem, j->key,
		    (size_t)(dot - j->key));
		s.tab = dot + 1;
	}
	if (*s.sch == '\0' || *s.tab == '\0' || strchr(s.tab, '.') != NULL) {
		complain(f, j, "\"%s\" is no name of a table", j->key);
		return;
	}
	if (members == NULL)
		return;
	if (members->type != JSON_OBJECT && members->type != JSON_NULL) {
		complain(f, j, "styles of \"%s\" have to be a mapping",
		    j->key);
		return;
	}
	style_begin(&s, &at);
	for (const struct json *m = members->first; m != NULL; m = m->next)
		if (strcmp(m->key, "fields") == 0)
			fields(f, &s, m);
	for (const struct json *m = members->first; m != NULL; m = m->next) {
		at = yaml_place(f->src, m);
		if (strcmp(m->key, "fields") != 0)
			style_put(&s, NULL, m->key, m, &at);
	}
	for (const struct json *m = members->first; m != NULL; m = m->next)
		if (strcmp(m->key, "display") == 0 ||
		    strcmp(m->key, "sort") == 0)
			places(f, &s, m);
}

void
style_yaml(struct parse *p, const struct source *src, const char *text,
    size_t len)
{
	struct file f = { p, src, parse_module(p, src->name) };
	const struct json *root = yaml_read(p, src, text, len);

	if (root == NULL || root->type == JSON_NULL)
		return;
	if (root->type != JSON_OBJECT) {
		complain(&f, root, "the file has to be a mapping of tables");
		return;
	}
	for (const struct json *j = root->first; j != NULL; j = j->next)
		table(&f, j);
}
