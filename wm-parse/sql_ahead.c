/*
 * A script is looked through before it is read: what its later statements
 * rename or move, and what its DO blocks do.
 */
#include "sql_rename.h"

#include <strings.h>

#include "sql_do.h"
#include "sql_path.h"

/* An index of which a constraint is made gets its name. */
static bool
index_renaming(struct arena *mem, const struct sql_stmt *st,
    struct renaming *out)
{
	const struct json *cmd = sql_alter_cmd(st);
	const struct json *con = json_get2(cmd, "def", "Constraint");
	const char *index = json_str(con, "indexname");
	const char *name = json_str(con, "conname");
	const char *schema = json_str(json_get(st->node, "relation"),
	    "schemaname");

	if (index == NULL || name == NULL || strcmp(index, name) == 0)
		return false;
	out->from = (struct ident){ .cls = ID_RELATION,
		.schema = schema ? arena_strdup(mem, schema) : IDENT_SCHEMA,
		.name = arena_strdup(mem, index) };
	out->schema = out->from.schema;
	out->name = arena_strdup(mem, name);
	out->stays = true;
	return true;
}

/* ALTER TYPE ... RENAME VALUE. */
static bool
value_renaming(struct arena *mem, const struct sql_stmt *st,
    struct renaming *out)
{
	WM_VEC ids = VEC_INIT;

	if (strcmp(st->tag, "AlterEnumStmt") != 0 ||
	    json_str(st->node, "oldVal") == NULL ||
	    !ident_targets(mem, st, &ids) || ids.n != 1)
		return false;
	out->from = sql_keep(mem, ids.v[0]);
	out->schema = out->from.schema;
	out->name = out->from.name;
	out->value = arena_strdup(mem, json_str(st->node, "oldVal"));
	out->to_value = arena_strdup(mem, json_str(st->node, "newVal"));
	return true;
}

/* What a statement renames; false where it is none of that kind. */
static bool
read_renaming(struct arena *mem, const struct sql_stmt *st,
    struct renaming *out)
{
	static const char *const kinds[] = { "OBJECT_TABLE", "OBJECT_VIEW",
		"OBJECT_MATVIEW", "OBJECT_INDEX", "OBJECT_SEQUENCE",
		"OBJECT_FOREIGN_TABLE", "OBJECT_TYPE", "OBJECT_DOMAIN",
		"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_AGGREGATE",
		"OBJECT_ROUTINE", "OBJECT_COLLATION", "OBJECT_CONVERSION",
		"OBJECT_TSDICTIONARY", "OBJECT_TSCONFIGURATION",
		"OBJECT_STATISTIC_EXT", "OBJECT_PUBLICATION",
		"OBJECT_SUBSCRIPTION", "OBJECT_EVENT_TRIGGER",
		"OBJECT_FOREIGN_SERVER", "OBJECT_FDW", "OBJECT_LANGUAGE",
		"OBJECT_OPERATOR", "OBJECT_OPCLASS", "OBJECT_OPFAMILY",
		"OBJECT_TSPARSER", "OBJECT_TSTEMPLATE", "OBJECT_SCHEMA" };
	static const struct {
		const char *type;
		enum ident_class cls;
	} parts[] = { { "OBJECT_TRIGGER", ID_TRIGGER },
		{ "OBJECT_RULE", ID_RULE }, { "OBJECT_POLICY", ID_POLICY } };
	bool rename = strcmp(st->tag, "RenameStmt") == 0;
	const char *type = json_str(st->node, rename ? "renameType" :
	    "objectType");
	const char *to = json_str(st->node, rename ? "newname" : "newschema");
	WM_VEC ids = VEC_INIT;
	const struct json *rel = json_get(st->node, "relation");
	size_t i = 0;

	if ((!rename && strcmp(st->tag, "AlterObjectSchemaStmt") != 0) ||
	    type == NULL || to == NULL)
		return false;
	for (; i < WM_LEN(parts); i++) {
		const char *schema = json_str(rel, "schemaname");
		struct ident id = { .cls = parts[i].cls,
			.schema = schema ? schema : IDENT_SCHEMA,
			.name = json_str(st->node, "subname"),
			.table = json_str(rel, "relname") };

		if (strcmp(parts[i].type, type) != 0)
			continue;
		out->from = sql_keep(mem, &id);
		out->name = arena_strdup(mem, to);
		return id.name != NULL && id.table != NULL;
	}
	for (i = 0; i < WM_LEN(kinds) && strcmp(kinds[i], type) != 0;)
		i++;
	if (i == WM_LEN(kinds))
		return false;
	if (!ident_targets(mem, st, &ids) || ids.n != 1)
		return false;
	out->from = sql_keep(mem, ids.v[0]);
	if (out->from.cls == ID_RELATION)
		out->from.table = NULL;
	out->schema = rename ? out->from.schema : arena_strdup(mem, to);
	out->name = rename ? arena_strdup(mem, to) : out->from.name;
	return true;
}

static bool
next_statement(struct script *s, struct script_part *part)
{
	size_t lines;

	for (;;) {
		script_next(s, part);
		if (part->kind == SCRIPT_END || part->kind == SCRIPT_OPEN)
			return false;
		if (part->kind != SCRIPT_STATEMENT)
			continue;
		if (strncasecmp(s->text + part->off, "copy", 4) != 0)
			return true;
		if (memmem(s->text + part->off, part->len, "stdin", 5) ||
		    memmem(s->text + part->off, part->len, "STDIN", 5))
			if (!script_skip_data(s, &lines))
				return false;
	}
}

/* A look at a script from the path that it begins with. */
static struct reader
look(const struct reader *r, struct arena *mem)
{
	struct reader ahead = *r;

	ahead.mem = mem;
	ahead.marks = (struct vec)VEC_INIT;
	return ahead;
}

/* Whether a text may add columns or drop them: a quick look. */
static bool
may_change_columns(const char *text)
{
	static const char *const verbs[] = { "add", "drop" };
	static const char *const others[] = { "constraint", "primary",
		"unique", "foreign", "check", "exclude", "generated", "not",
		"default", "identity", "expression", "table", "view",
		"function", "index", "trigger", "type", "schema", "sequence" };

	for (size_t v = 0; v < WM_LEN(verbs); v++)
		for (const char *s = text; (s = strcasestr(s, verbs[v])) !=
		    NULL;) {
			size_t i = 0;

			s += strlen(verbs[v]);
			if (*s != ' ' && *s != '\t' && *s != '\n')
				continue;
			s += strspn(s, " \t\n");
			while (i < WM_LEN(others) && strncasecmp(s, others[i],
			    strlen(others[i])) != 0)
				i++;
			if (i == WM_LEN(others))
				return true;
		}
	return false;
}

static bool
renames_sequence(const struct sql_stmt *st)
{
	const char *type = json_str(st->node, "renameType");

	return type != NULL && strcmp(type, "OBJECT_SEQUENCE") == 0;
}

/* What a DROP says, and where. */
struct dropped {
	struct ident id;
	size_t off;
};

static void
read_drop(struct arena *mem, const struct sql_stmt *st, size_t off,
    struct vec *out)
{
	WM_VEC ids = VEC_INIT;

	if (strcmp(st->tag, "DropStmt") != 0 || !ident_targets(mem, st, &ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		struct dropped *d = arena_alloc(mem, sizeof(*d));

		d->id = sql_keep(mem, ids.v[i]);
		d->off = off;
		vec_push(out, d);
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct renaming *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

/*
 * What gets the name of something that the script has dropped by then: it has
 * that name from the beginning, so the other one is called differently.
 */
static void
make_room(struct arena *mem, const struct vec *drops, struct vec *out)
{
	size_t n = out->n;

	for (size_t d = 0; d < drops->n; d++) {
		const struct dropped *drop = drops->v[d];

		for (size_t i = 0; i < n; i++) {
			const struct renaming *k = out->v[i];
			struct ident id = k->from;
			struct renaming *room;

			id.schema = k->schema;
			id.name = k->name;
			if (k->of_columns || k->off < drop->off ||
			    !rename_same(&id, &drop->id))
				continue;
			room = arena_alloc(mem, sizeof(*room));
			room->from = drop->id;
			room->schema = drop->id.schema;
			room->name = arena_printf(mem, "%s, dropped at %zu",
			    drop->id.name, drop->off);
			room->off = drop->off;
			room->stays = true;
			vec_push(out, room);
			break;
		}
	}
	if (out->n > n)
		vec_sort(out, by_place);
}

/* --- the script ----------------------------------------------------------- */

/* A DO block, and where it stands. */
struct block {
	size_t off;
	struct do_block is;
};

/* The look that is taken. */
struct ahead {
	struct reader *r;
	struct reader look;
	struct known *known;
	struct vec drops;	/* of struct dropped * */
	struct vec *out;	/* of struct renaming * */
	size_t off;		/* of the statement, or block, at hand */
	bool likes, stars;
};

/* Whether a statement may be one that sql_renames looks for: a quick look. */
static bool
may_matter(const struct ahead *a, const char *text)
{
	return strncasecmp(text, "create", 6) == 0 ||
	    strncasecmp(text, "alter", 5) == 0 ||
	    strncasecmp(text, "drop", 4) == 0 ||
	    strncasecmp(text, "select", 6) == 0 ||
	    strncasecmp(text, "with", 4) == 0 || a->look.has_path;
}

static bool
may_rename(const struct ahead *a, const char *text)
{
	return a->likes || strcasestr(text, "rename") != NULL ||
	    strcasestr(text, "schema") != NULL ||
	    strcasestr(text, "index") != NULL ||
	    (a->stars && may_change_columns(text));
}

static void
look_at(struct ahead *a, const char *text, size_t order)
{
	struct arena *mem = a->r->p->mem, *scratch = a->look.mem;
	const struct known_thing *t;
	struct renaming *k;
	struct sql_error err;
	struct sql_stmt *st;
	size_t n;

	a->look.text = text;
	if (a->look.has_path)
		path_ahead(&a->look);
	text = a->look.text;
	if (!may_matter(a, text) || !sql_parse(scratch, text, &st, &n, &err) ||
	    n != 1)
		return;
	read_drop(mem, st, order, &a->drops);
	k = arena_alloc(scratch, sizeof(*k));
	if (ident_kind(st) == NULL && may_rename(a, text) &&
	    (read_renaming(mem, st, k) || value_renaming(mem, st, k) ||
	    index_renaming(mem, st, k) || rename_column_read(mem, st, k))) {
		t = known_find(a->known, &k->from);
		k->off = order;
		k->part = k->value != NULL || (!k->of_columns && (t == NULL ||
		    t->script != a->known->script));
		if (!k->part || k->value != NULL || renames_sequence(st)) {
			struct renaming *keep = arena_alloc(mem,
			    sizeof(*keep));

			*keep = *k;
			vec_push(a->out, keep);
		}
	}
	known_statement(a->known, scratch, text, st);
}

/* A statement of a block: do_statement_fn. */
static void
look_inside(void *ctx, const char *text, size_t i)
{
	struct ahead *a = ctx;

	look_at(a, text, SQL_ORDER(a->off, i));
}

static void
look_at_block(struct ahead *a, const char *text)
{
	WM_CLEANUP(arena_freep) struct arena *scratch = arena_new();
	struct do_reader reader = { .mem = a->r->p->mem, .scratch = scratch,
		.known = a->known, .fn = look_inside, .ctx = a };
	struct block *b = arena_alloc(a->r->p->mem, sizeof(*b));

	b->off = a->off;
	do_read(&reader, text, &b->is);
	vec_push(&a->r->blocks, b);
}

const struct do_block *
sql_block(const struct reader *r, size_t off)
{
	size_t lo = 0, hi = r->blocks.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct block *b = r->blocks.v[mid];

		if (b->off == off)
			return &b->is;
		if (b->off < off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* What earlier scripts have left is only asked by blocks. */
static struct known *
known_for(struct reader *r, struct known *own, bool blocks)
{
	struct parse *p = r->p;

	if (p->sql.known != NULL || !blocks) {
		own->mem = p->mem;
		if (p->sql.known == NULL)
			return own;
		p->sql.known->script++;
		return p->sql.known;
	}
	p->sql.known = arena_alloc(p->mem, sizeof(*p->sql.known));
	p->sql.known->mem = p->mem;
	known_read(p->sql.known, p);
	p->sql.known->script++;
	return p->sql.known;
}

void
sql_ahead(struct reader *r)
{
	struct script s = { r->src->text, r->src->len, 0 };
	const struct sql_session first = r->p->sql.session;
	struct known own = { .mem = NULL };
	struct ahead a = { .r = r, .look = look(r, r->mem),
		.out = &r->renames, .likes = rename_has_like(s.text),
		.stars = strchr(s.text, '*') != NULL &&
		    may_change_columns(s.text) };
	bool blocks = do_has_blocks(s.text);
	struct script_part part;

	if (!blocks && r->p->sql.known == NULL && !a.stars && !a.likes &&
	    strcasestr(s.text, "rename") == NULL &&
	    strcasestr(s.text, "using index") == NULL &&
	    strcasestr(s.text, "set schema") == NULL)
		return;
	a.known = known_for(r, &own, blocks);
	a.look.has_path = r->has_path = first.path != NULL ||
	    strcasestr(s.text, "search_path") != NULL ||
	    strcasestr(s.text, "set schema") != NULL;
	while (next_statement(&s, &part)) {
		const char *text = s.text + part.off;

		a.off = part.off;
		if (!do_is_block(text) && !may_matter(&a, text))
			continue;
		text = arena_strndup(r->mem, text, part.len);
		if (do_is_block(text))
			look_at_block(&a, text);
		else
			look_at(&a, text, SQL_ORDER(part.off, 0));
		arena_reset(r->mem);
	}
	r->p->sql.session = first;
	vec_clear(&a.look.marks);
	make_room(r->p->mem, &a.drops, a.out);
	vec_clear(&a.drops);
	known_clear(&own);
}

void
sql_ahead_clear(struct reader *r)
{
	for (size_t i = 0; i < r->blocks.n; i++)
		vec_clear(&((struct block *)r->blocks.v[i])->is.run);
	for (size_t i = 0; i < r->lists.n; i++)
		vec_clear(r->lists.v[i]);
	map_clear(&r->words);
	vec_clear(&r->lists);
	vec_clear(&r->blocks);
	vec_clear(&r->renames);
}
