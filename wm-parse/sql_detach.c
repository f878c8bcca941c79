#include "sql_detach.h"

#include "phrase.h"
#include "table.h"

/* The partition that a command detaches. */
static struct ident
partition_of(const struct json *cmd)
{
	const struct json *rv = json_get2(json_get(cmd, "def"),
	    "PartitionCmd", "name");
	const char *schema = json_str(rv, "schemaname");

	return (struct ident){ .cls = ID_RELATION,
		.schema = schema ? schema : IDENT_SCHEMA,
		.name = json_str(rv, "relname") };
}

/* CONCURRENTLY cannot run in a transaction, nor has it to. */
static void
cut_concurrently(struct parse *p, struct attached *a)
{
	struct phrase w;
	size_t at;

	if (!phrase_scan(p->mem, arena_strndup(p->mem, a->piece.text,
	    a->piece.len), &w))
		return;
	at = phrase_find(&w, 0, "concurrently");
	if (at == w.n)
		return;
	a->piece.text = phrase_slice(&w, 0, at);
	a->piece.len = strlen(a->piece.text);
	a->piece.src = NULL;
}

void
detach_take(struct parse *p, struct attached *a, const struct json *cmd)
{
	const struct ident id = partition_of(cmd);

	for (size_t i = 0; id.name != NULL && i < p->sql.attached.n; i++) {
		struct attached *b = p->sql.attached.v[i];

		if (b->tag == NULL || b->parent == NULL ||
		    strcmp(b->parent, a->id.name) != 0 ||
		    strcmp(b->parent_schema, a->id.schema) != 0 ||
		    strcmp(b->id.name, id.name) != 0 ||
		    strcmp(b->id.schema, id.schema) != 0)
			continue;
		a->tag = b->tag = NULL;
		return;
	}
	cut_concurrently(p, a);
}

const char *
detach_undo(const struct parse *p, const struct sql_stmt *st)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const struct json *cmd = sql_alter_cmd(st), *rv;
	const char *sub = json_str(cmd, "subtype"), *schema, *back = NULL;
	struct ident id;
	const struct piece *create;
	struct made *m = NULL;
	struct table *t = NULL;

	if (sub == NULL || strcmp(sub, "AT_DetachPartition") != 0)
		return NULL;
	id = partition_of(cmd);
	m = sql_bare(p, ID_RELATION, id.schema, id.name);
	if (m != NULL && m->pieces.n > 0) {
		create = m->pieces.v[0];
		t = table_read(mem, arena_strndup(mem, create->text,
		    create->len));
	}
	rv = json_get(st->node, "relation");
	schema = json_str(rv, "schemaname");
	if (t != NULL && t->bound_text != NULL)
		back = arena_printf(p->mem, "alter table if exists %s.%s "
		    "attach partition %s %s", sql_quoted(p->mem, schema ?
		    schema : IDENT_SCHEMA), sql_quoted(p->mem, json_str(rv,
		    "relname")), ident_text(p->mem, &m->id), t->bound_text);
	table_clear(t);
	return back;
}
