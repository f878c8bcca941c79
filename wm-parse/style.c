#include "style.h"

#include <ctype.h>

#include "columns.h"
#include "diag.h"
#include "jsonb.h"

/* A style that a list gave: it needs a column that exists. */
struct listed {
	struct dict_row *row;
	const char *list;
};

static bool
same_table(void *ctx, const struct dict_row *row)
{
	const struct style *s = ctx;

	return !row->kind->text && strcmp(row->val[DICT_SCH], s->sch) == 0 &&
	    strcmp(row->val[DICT_TAB], s->tab) == 0;
}

void
style_begin(const struct style *s, const struct loc *at)
{
	struct parse *p = s->p;
	const char *key = arena_printf(p->mem, "%s.%s", s->sch, s->tab);
	struct loc *here = arena_alloc(p->mem, sizeof(*here));
	const struct loc *before;

	*here = *at;
	before = map_put(&p->style_sets, key, here);
	if (before == NULL)
		return;
	diag_warn(at, "style", "styles of \"%s\" replace those given before",
	    key);
	diag_note(before, "these are given up");
	for (size_t i = 0; i < p->listed.n; i++) {
		struct listed *l = p->listed.v[i];

		if (l->row != NULL && same_table((void *)(uintptr_t)s, l->row))
			l->row = NULL;
	}
	dict_forget(&p->model.dict, same_table, (void *)(uintptr_t)s);
}

static struct dict_row *
put(const struct style *s, const char *col, const char *name,
    const char *json, const struct loc *at)
{
	const struct dict_kind *k = &dict_kinds[col ? DICT_COLUMN_STYLE :
	    DICT_TABLE_STYLE];
	const char *val[DICT_COLS] = { NULL };
	struct dict_row *row;

	val[DICT_SCH] = s->sch;
	val[DICT_TAB] = s->tab;
	if (col != NULL)
		val[DICT_COL] = col;
	else	/* what a table's own rows are for does not fit its views */
		val[dict_at(k, "inherit")] = strcmp(name, "actions") == 0 ||
		    strcmp(name, "reports") == 0 ? "false" : "true";
	val[dict_at(k, "name")] = name;
	val[dict_at(k, "value")] = json;
	row = dict_put(&s->p->model.dict, k, val, NULL);
	row->module = s->module;
	row->loc = *at;
	return row;
}

void
style_put(const struct style *s, const char *col, const char *name,
    const struct json *value, const struct loc *at)
{
	WM_SBUF b = SBUF_INIT;
	const char *why = jsonb_put(&b, value);

	if (why != NULL) {
		diag_error(at, "style \"%s\" of \"%s.%s\" cannot be kept: %s",
		    name, s->sch, s->tab, why);
		parse_quote(s->p, at);
		return;
	}
	put(s, col, name, sbuf_str(&b), at);
}

bool
style_has(const struct style *s, const char *col, const char *name)
{
	const struct dict_kind *k = &dict_kinds[DICT_COLUMN_STYLE];
	const struct vec *rows = &s->p->model.dict.rows;

	/* those of one table stand together, at the end */
	for (size_t i = rows->n; i-- > 0;) {
		const struct dict_row *row = rows->v[i];

		if (!same_table((void *)(uintptr_t)s, row))
			return false;
		if (row->kind == k && strcmp(row->val[DICT_COL], col) == 0 &&
		    strcmp(row->val[dict_at(k, "name")], name) == 0)
			return true;
	}
	return false;
}

void
style_places(const struct style *s, const char *name, const struct vec *cols,
    const struct loc *at)
{
	int place = 0;

	for (size_t i = 0; i < cols->n; i++) {
		const char *col = cols->v[i];
		bool counts = *col != '!';
		struct listed *l;

		place += counts;
		col += !counts;
		if (*col == '\0' || style_has(s, col, name))
			continue;
		l = arena_alloc(s->p->mem, sizeof(*l));
		l->list = name;
		l->row = put(s, col, name, arena_printf(s->p->mem, "%d",
		    counts ? place : 0), at);
		vec_push(&s->p->listed, l);
	}
}

static bool
is_gone(void *ctx, const struct dict_row *row)
{
	return map_get(ctx, row->key) != NULL;
}

static bool
same_list(const struct listed *a, const struct listed *b)
{
	return strcmp(a->list, b->list) == 0 &&
	    strcmp(a->row->val[DICT_SCH], b->row->val[DICT_SCH]) == 0 &&
	    strcmp(a->row->val[DICT_TAB], b->row->val[DICT_TAB]) == 0;
}

/* One warning for all of a list, which begins at *i. */
static void
warn_gone(const struct vec *gone, size_t *i)
{
	const struct listed *first = gone->v[*i];
	const struct dict_row *row = first->row;
	WM_SBUF names = SBUF_INIT;
	size_t n = 0;

	for (; *i < gone->n && same_list(first, gone->v[*i]); n++, ++*i)
		sbuf_printf(&names, "%s\"%s\"", n > 0 ? ", " : "",
		    ((struct listed *)gone->v[*i])->row->val[DICT_COL]);
	diag_warn(&row->loc, "style", "%s list of \"%s.%s\" names column%s it "
	    "does not have: %s", first->list, row->val[DICT_SCH],
	    row->val[DICT_TAB], n > 1 ? "s" : "", sbuf_str(&names));
}

void
style_finish(struct parse *p)
{
	struct columns *known;
	WM_MAP keys = MAP_INIT;
	WM_VEC gone = VEC_INIT;

	if (p->listed.n == 0)
		return;
	known = columns_new(&p->model);
	for (size_t i = 0; i < p->listed.n; i++) {
		const struct listed *l = p->listed.v[i];
		const struct dict_row *row = l->row;

		if (row == NULL || columns_has(known, row->val[DICT_SCH],
		    row->val[DICT_TAB], row->val[DICT_COL]) != COLUMN_NO)
			continue;
		map_put(&keys, row->key, row);
		vec_push(&gone, l);
	}
	for (size_t i = 0; i < gone.n;)
		warn_gone(&gone, &i);
	dict_forget(&p->model.dict, is_gone, &keys);
	columns_free(known);
}

struct json *
json_new(struct arena *mem, enum json_type type, const char *s)
{
	struct json *j = arena_alloc(mem, sizeof(*j));

	j->type = type;
	j->str = s;
	j->len = s != NULL ? strlen(s) : 0;
	return j;
}

void
json_push(struct json *list, const char *key, struct json *value)
{
	value->key = key;
	if (list->last != NULL)
		list->last->next = value;
	else
		list->first = value;
	list->last = value;
}

bool
style_is_yaml(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl != NULL ? nl : end;

		while (stop > text && isspace((unsigned char)stop[-1]))
			stop--;
		if (stop > text && *text != '#')
			return stop - text == 3 &&
			    memcmp(text, "---", 3) == 0;
		if (nl == NULL)
			break;
		text = nl + 1;
	}
	return false;
}
