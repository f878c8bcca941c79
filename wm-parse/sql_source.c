#include "sql_reader.h"

#include <stdlib.h>
#include <strings.h>

#include "check.h"
#include "diag.h"
#include "interp.h"
#include "sql_deps.h"
#include "sql_fold.h"
#include "sql_needs.h"
#include "sql_owner.h"
#include "sql_path.h"
#include "sql_session.h"

bool
sql_is(const struct parse *p, const char *name)
{
	static const char *const tcl[] = { ".wms", ".tcl", ".wmt", ".wmd",
		".wmi" };
	const char *dot = strrchr(name, '.');

	if (dot != NULL && strcasecmp(dot, ".sql") == 0)
		return true;
	for (size_t i = 0; dot != NULL && i < WM_LEN(tcl); i++)
		if (strcmp(dot, tcl[i]) == 0)
			return false;
	return p->sql.opts.plain;
}

/* --- a script --- */

/* The statement in r->text; its piece and place are known. */
static void
read_text(struct reader *r, bool ended)
{
	struct sql_error err = { .message = NULL };
	struct sql_stmt *st;
	size_t n = 0;

	r->p->sql.was = NULL;
	r->latest = NULL;
	path_qualify(r);
	sql_as_table(r);
	if (!sql_rename(r))
		return;
	if (!sql_parse(r->mem, r->text, &st, &n, &err))
		sql_unknown(r, &err, ended);
	else if (!ended) {
		diag_warn(&r->at, "sql", "the last statement does not end "
		    "with \";\"");
		parse_quote(r->p, &r->at);
		diag_hint("What a cut script lacks would count as gone.");
	}
	for (size_t i = 0; i < n; i++)
		sql_statement(r, &st[i]);
	sql_doubt(r);
}

/* One that a DO block runs. */
static void
read_inside(struct reader *r, const struct script_part *part,
    const struct do_statement *s, size_t i)
{
	struct source *src = s->as_it_is ? r->src : NULL;

	r->text = s->text;
	r->order = SQL_ORDER(part->off, i);
	r->piece = (struct piece){ .text = src ? src->text + part->off +
		s->off : s->text, .len = strlen(s->text), .src = src,
		.off = part->off + s->off };
	source_place(r->src, part->off + s->off, &r->at.line, &r->at.col);
	if (s->extension != NULL) {
		diag_warn(&r->at, "sql", "extension \"%s\" is taken as there: "
		    "the DO block would do without it", s->extension);
		parse_quote(r->p, &r->at);
		diag_hint("A list is for servers that have it, or for those "
		    "that have it not. For the latter, leave out the block.");
	}
	read_text(r, true);
	arena_reset(r->mem);
}

/* What a DO block does; false where that is not known. */
static bool
read_block(struct reader *r, const struct script_part *part)
{
	const struct do_block *b = sql_block(r, part->off);

	if (b == NULL)
		return false;
	if (b->why != NULL) {
		r->at.file = r->src->name;
		source_place(r->src, part->off + b->where, &r->at.line,
		    &r->at.col);
		diag_warn(&r->at, "sql", "the DO block is passed on as it is: "
		    "%s", b->why);
		parse_quote(r->p, &r->at);
		diag_hint("The list knows nothing of what it makes. Write "
		    "that as statements of their own, or so that it can be run "
		    "once more.");
		return false;
	}
	r->left[LEFT_ROWS] += b->rows;
	if (b->setting != NULL) {
		diag_warn(&r->at, "sql", "what the DO block makes is what it "
		    "makes where \"%s\" is not set", b->setting);
		parse_quote(r->p, &r->at);
	}
	for (size_t i = 0; i < b->run.n; i++)
		read_inside(r, part, b->run.v[i], i);
	return true;
}

static void
read_statement(struct reader *r, const struct script_part *part)
{
	r->at.file = r->src->name;
	source_place(r->src, part->off, &r->at.line, &r->at.col);
	if (read_block(r, part))
		return;
	source_place(r->src, part->off, &r->at.line, &r->at.col);
	r->text = arena_strndup(r->mem, r->src->text + part->off, part->len);
	r->order = SQL_ORDER(part->off, 0);
	r->piece = (struct piece){ .text = r->src->text + part->off,
		.len = part->len, .src = r->src, .off = part->off };
	read_text(r, part->ended);
	arena_reset(r->mem);
}

/* A word at the beginning of a text: what follows it, or NULL. */
static const char *
behind(const char *s, const char *word)
{
	s += strspn(s, " \t");
	if (strncasecmp(s, word, strlen(word)) != 0)
		return NULL;
	s += strlen(word);
	if (word[strlen(word) - 1] != ':' && *s != ' ' && *s != '\t')
		return NULL;
	return s + strspn(s, " \t");
}

static void
require(struct reader *r, const char *file)
{
	const struct sql_session own = r->p->sql.session;
	size_t len = strlen(file);

	if (len > 1 && (*file == '\'' || *file == '"') &&
	    file[len - 1] == *file)
		file = arena_strndup(r->p->mem, file + 1, len - 2);
	/* which is a script of its own */
	session_begin(r->p);
	interp_require(r->p, file, false, &r->at);
	r->p->sql.session = own;
}

static const char dump_head[] = "PostgreSQL database dump";
static const char dump_end[] = "PostgreSQL database dump complete";

static void
read_comment(struct reader *r, const struct script_part *part, bool meta)
{
	const char *s = arena_strndup(r->mem, r->src->text + part->off,
	    part->len), *rest;
	size_t len = strlen(s);

	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		len--;
	s = arena_strndup(r->mem, s, len);
	r->at.file = r->src->name;
	source_place(r->src, part->off, &r->at.line, &r->at.col);
	if (meta)
		sql_psql(r, s);
	else if (strcmp(s + strspn(s, " \t"), dump_head) == 0)
		r->in_dump = true;
	else if (strcmp(s + strspn(s, " \t"), dump_end) == 0)
		r->in_dump = false;
	else if ((rest = behind(s, "module")) != NULL && *rest != '\0' &&
	    strpbrk(rest, " \t") == NULL)
		r->p->module = arena_strdup(r->p->mem, rest);
	else if ((rest = behind(s, SQL_RENAMED)) != NULL && *rest != '\0')
		r->p->sql.renamed = arena_strdup(r->p->mem, rest);
	else if ((rest = behind(s, "require:")) != NULL && *rest != '\0')
		require(r, rest);
	arena_reset(r->mem);
}

/* What was left out, in one line a file. */
static void
tell(const struct reader *r)
{
	static const struct {
		const char *one, *many;
		const char *note;
	} words[N_LEFT] = {
		[LEFT_META] = { "psql command", "psql commands", "" },
		[LEFT_COPY] = { "COPY", "COPYs", "" },
		[LEFT_LINES] = { "line of data", "lines of data", "" },
		[LEFT_ROWS] = { "statement about rows",
		    "statements about rows", "" },
		[LEFT_OWNER] = { "owner", "owners", " (--owner keeps them)" },
		[LEFT_ROLE] = { "statement about roles",
		    "statements about roles", " (--roles keeps them)" },
		[LEFT_CLUSTER] = { "statement about databases",
		    "statements about databases", "" },
		[LEFT_TEMP] = { "temporary object", "temporary objects", "" },
		[LEFT_OWN] = { "object", "objects",
		    " of schema wm (the tools' own record)" },
	};
	struct loc at = { r->src->name, 0, 0 };
	WM_SBUF b = SBUF_INIT;

	for (size_t i = 0; i < N_LEFT; i++)
		if (r->left[i] > 0 && words[i].one != NULL)
			sbuf_printf(&b, "%s%zu %s%s", b.len > 0 ? ", " : "",
			    r->left[i], r->left[i] == 1 ? words[i].one :
			    words[i].many, words[i].note);
	if (b.len > 0)
		diag_note(&at, "left out: %s", sbuf_str(&b));
}

/* pg_dump writes a line at its end; a dump without it was cut. */
static void
check_whole(const struct reader *r)
{
	struct loc at = { r->src->name, (int)r->src->n_lines, 0 };

	if (!r->in_dump)
		return;
	diag_error(&at, "the dump was cut: it does not end with \"-- %s\"",
	    dump_end);
	diag_hint("What it lacks would count as gone. If nothing is missing, "
	    "delete its first comment.");
}

static void
read_open(struct reader *r, const struct script_part *part)
{
	struct loc at = { r->src->name, 0, 0 };

	source_place(r->src, part->open, &at.line, &at.col);
	diag_error(&at, "the %s that begins here has no end", part->what);
	parse_quote(r->p, &at);
}

static void
read_broken(struct reader *r)
{
	r->at.file = r->src->name;
	source_place(r->src, r->script.at, &r->at.line, &r->at.col);
	diag_error(&r->at, "a psql command stands inside of a statement");
	parse_quote(r->p, &r->at);
}

void
sql_read(struct parse *p, struct source *src)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct reader r = { .p = p, .src = src, .mem = mem,
		.script = { src->text, src->len, 0 },
		.first_made = p->sql.made.n };
	struct script_part part;

	src->open = true;
	if (p->sql.depth++ == 0)
		session_begin(p);
	sql_ahead(&r);
	for (;;) {
		script_next(&r.script, &part);
		if (part.kind == SCRIPT_STATEMENT) {
			if (!part.ended && r.script.at < src->len)
				read_broken(&r);
			else
				read_statement(&r, &part);
		} else if (part.kind == SCRIPT_OPEN)
			read_open(&r, &part);
		else if (part.kind != SCRIPT_END)
			read_comment(&r, &part, part.kind == SCRIPT_META);
		if (part.kind == SCRIPT_OPEN || part.kind == SCRIPT_END)
			break;
	}
	if (part.kind == SCRIPT_END) {
		check_whole(&r);
		sql_open_transaction(&r);
	}
	p->sql.renamed = NULL;
	p->sql.depth--;
	src->open = false;
	sql_ahead_clear(&r);
	vec_clear(&r.lost);
	vec_clear(&r.marks);
	sql_own(&r);
	tell(&r);
}

/* --- at the end --- */

static void
put_text(struct parse *p, struct made *m)
{
	struct object *o = m->o;
	WM_SBUF b = SBUF_INIT;

	o->spans = arena_alloc(p->mem, m->pieces.n * sizeof(*o->spans));
	for (int late = 0; late < 2; late++)
		for (size_t i = 0; i < m->pieces.n; i++) {
			const struct piece *k = m->pieces.v[i];
			struct span *s = &o->spans[o->n_spans];
			const char *last;

			if (k->late != (late == 1))
				continue;
			if (b.len > 0)
				sbuf_putc(&b, '\n');
			if (k->src != NULL) {
				s->off = b.len;
				s->len = k->len;
				source_place(k->src, k->off, &s->line,
				    &s->col);
				o->n_spans++;
			}
			sbuf_putn(&b, k->text, k->len);
			last = memrchr(k->text, '\n', k->len);
			last = last != NULL ? last : k->text;
			/* a comment at the end would swallow the ';' */
			sbuf_puts(&b, memmem(last, (size_t)(k->text + k->len -
			    last), "--", 2) != NULL ? "\n;" : ";");
		}
	o->create = sbuf_take(&b, p->mem);
}

/*
 * Types alone may mean two procedures: one that has them all as input, and one
 * of whose parameters some are OUT. Where a mode is said, it is the first.
 */
static void
say_mode(struct parse *p, struct made *m)
{
	struct ident id = m->id;

	if (strcmp(m->o->kind->name, "procedure") != 0 || id.args == NULL ||
	    *id.args == '\0' || sql_bare(p, ID_FUNCTION, id.schema, id.name)
	    ->next == NULL)
		return;
	id.args = arena_printf(p->mem, "in %s", id.args);
	m->o->drop = arena_printf(p->mem, "drop procedure if exists %s;",
	    ident_text(p->mem, &id));
}

/* What takes statements back stands in front of what drops the object. */
static void
put_drop(struct parse *p, struct made *m)
{
	WM_SBUF b = SBUF_INIT;

	say_mode(p, m);
	for (size_t i = 0; i < m->partners.n; i++) {
		const struct ident *id = m->partners.v[i];

		if (sql_find(p, id) == NULL)
			m->o->drop = arena_printf(p->mem, "%s drop operator if "
			    "exists %s;", m->o->drop, ident_text(p->mem, id));
	}
	if (m->undos.n == 0) {
		if (m->o->drop == NULL)
			m->o->drop = "do 'begin end';";
		return;
	}
	for (size_t i = m->undos.n; i-- > 0;)
		sbuf_printf(&b, "%s%s;", b.len > 0 ? "\n" : "",
		    (const char *)m->undos.v[i]);
	if (m->o->drop != NULL)
		sbuf_printf(&b, "\n%s", m->o->drop);
	m->o->drop = sbuf_take(&b, p->mem);
}

/* Schemas and what others are made of without saying so come first. */
static int
rank(const struct object *o)
{
	static const char *const kinds[] = { "role", "schema", "extension" };

	for (size_t i = 0; i < WM_LEN(kinds); i++)
		if (strcmp(kinds[i], o->kind->name) == 0)
			return (int)i;
	return (int)WM_LEN(kinds);
}

static int
by_rank(const void *a, const void *b)
{
	return rank(a) - rank(b);
}

/* Whether the text has more in it than what the parser has taken already. */
static bool
unseen(const struct made *m)
{
	bool made_up = false;

	for (size_t i = 0; i < m->pieces.n && !made_up; i++)
		made_up = ((struct piece *)m->pieces.v[i])->src == NULL;
	return made_up || m->body;
}

void
sql_finish(struct parse *p)
{
	if (p->sql.made.n == 0 && p->sql.attached.n == 0)
		return;
	owner_resolve(p);
	fold_tables(p);
	sql_doubts(p);
	model_sweep(&p->model);
	deps_find(p);
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (m->gone || m->foreign)
			continue;
		put_text(p, m);
		put_drop(p, m);
	}
	vec_sort(&p->model.objects, by_rank);
	for (size_t i = 0; i < p->model.objects.n; i++)
		((struct object *)p->model.objects.v[i])->index = i;
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		if (!m->gone && !m->foreign && !m->unread && unseen(m))
			check_add(p->check, m->o);
	}
}

static void
clear_keys(struct vec *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		vec_clear(&((struct foreign_key *)keys->v[i])->cols);
	vec_clear(keys);
}

void
sql_clear(struct parse *p)
{
	for (size_t i = 0; i < p->sql.made.n; i++) {
		struct made *m = p->sql.made.v[i];

		vec_clear(&m->pieces);
		vec_clear(&m->undos);
		vec_clear(&m->partners);
		vec_clear(&m->refs);
		clear_keys(&m->keys);
		needs_clear(m);
		vec_clear(&m->children);
		vec_clear(&m->parents);
		vec_clear(&m->heirs);
		vec_clear(&m->waiting);
		vec_clear(&m->indexes);
		vec_clear(&m->cols);
		vec_clear(&m->reads);
		vec_clear(&m->chosen);
	}
	for (size_t i = 0; i < p->sql.attached.n; i++) {
		struct attached *a = p->sql.attached.v[i];

		vec_clear(&a->refs);
		vec_clear(&a->parts);
		clear_keys(&a->keys);
	}
	for (size_t i = 0; i < p->sql.abouts.n; i++)
		vec_clear(p->sql.abouts.v[i]);
	vec_clear(&p->sql.abouts);
	map_clear(&p->sql.about);
	vec_clear(&p->sql.doubts);
	vec_clear(&p->sql.homes);
	vec_clear(&p->sql.made);
	vec_clear(&p->sql.attached);
	map_clear(&p->sql.by_name);
	map_clear(&p->sql.by_key);
	if (p->sql.known != NULL)
		known_clear(p->sql.known);
}
