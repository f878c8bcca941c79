#include "replay.h"

#include <stdlib.h>

#include "arena.h"
#include "bundle.h"
#include "child.h"
#include "diag.h"
#include "embed.h"
#include "file.h"
#include "fill.h"
#include "json_out.h"
#include "kept.h"
#include "pg.h"
#include "sbuf.h"
#include "scratch.h"

/* Differences that are shown of each pair. */
#define SHOWN ((size_t)10)

struct rel {
	struct bundle *b;
	const char *file;
	bool built;
	struct vec facts;	/* of const char *, sorted */
	struct vec rules;
	struct vec filled;	/* of struct fill_table * */
};

struct run {
	struct arena *mem;
	struct scratch *s;
	const char *name;
	const char *conf;
	struct rel *rels;
	size_t n;
	char *pairs;		/* n * n: what came of each */
};

/* --- one database --------------------------------------------------------- */

static const char *
in_scratch(const struct run *r, const char *file)
{
	return arena_printf(r->mem, "%s/%s", scratch_dir(r->s), file);
}

static void
say_child(const struct run *r, const char *tool, int rc)
{
	WM_SBUF text = SBUF_INIT;
	const char *path = in_scratch(r, "err");

	diag_note(NULL, "%s ended with status %d", tool, rc);
	if (!file_exists(path) || !file_read(path, &text) || text.len == 0)
		return;
	if (text.s[text.len - 1] == '\n')
		text.s[--text.len] = '\0';
	fprintf(stderr, "%s\n", text.s);
}

/* Bring a database to a release, as its users would: wm-diff | wm-apply. */
static bool
bring(struct run *r, const char *db, const struct rel *to, const char *what)
{
	const char *info = scratch_conninfo(r->s, db);
	const char *plan = in_scratch(r, "plan");
	const char *report = in_scratch(r, "report");
	const char *err = in_scratch(r, "err");
	/* what a release drops, it drops: these are nobody's data */
	const char *diff[] = { "wm-diff", "-c", r->conf, "-d", info,
		"--allow", "data-loss", "--allow", "rebuild", to->file, NULL };
	const char *apply[] = { "wm-apply", "-c", r->conf, "-d", info,
		"--allow", "data-loss", "--allow", "rebuild", plan, NULL };
	struct loc at = { r->name, 0, 0 };
	const char *tool = diff[0];
	int rc = child_run(r->mem, diff, plan, err);

	if (rc == 0) {
		tool = apply[0];
		rc = child_run(r->mem, apply, report, err);
	}
	if (rc == 0)
		return true;
	diag_error(&at, "%s", what);
	say_child(r, tool, rc);
	return false;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
add_facts(struct run *r, PGconn *db, const char *sql, struct vec *out)
{
	WM_PGRES *rows = pg_query(db, PG_ROWS, sql, 0, NULL);

	for (int i = 0; rows != NULL && i < PQntuples(rows); i++)
		vec_push(out, arena_strdup(r->mem, PQgetvalue(rows, i, 0)));
	return rows != NULL;
}

/*
 * What has to be equal in a database that was upgraded and one built fresh:
 * the catalog, the record, the dictionary.
 */
static bool
read_facts(struct run *r, PGconn *db, struct vec *out)
{
	static const char *const texts[] = { "table_text", "column_text",
		"value_text", "message_text", "table_style", "column_style",
		"column_native" };
	WM_SBUF sql = SBUF_INIT;

	/* the last one of these queries is planned badly with it */
	if (!pg_do(db, "set jit = off") ||
	    !add_facts(r, db, embed_catalog_sql, out) ||
	    !add_facts(r, db, "select 'record: ' || (to_jsonb(o)"
	    " - '{crt_date,mod_date}'::text[])::text from wm.objects o"
	    " where max_rel = (select max(release) from wm.releases)", out) ||
	    !add_facts(r, db, "select 'release: ' || to_jsonb(o)::text"
	    " from wm.releases o", out))
		return false;
	for (size_t i = 0; i < WM_LEN(texts); i++) {
		const char *rel = arena_printf(r->mem, "wm.%s", texts[i]);
		WM_PGRES *there = pg_query(db, PG_ROWS, "select where"
		    " to_regclass($1) is not null", 1, &rel);

		if (there == NULL)
			return false;
		if (PQntuples(there) == 0)
			continue;
		sbuf_reset(&sql);
		sbuf_printf(&sql, "select 'dictionary: %s ' || t::text from "
		    "%s t", rel, rel);
		if (!add_facts(r, db, sql.s, out))
			return false;
	}
	vec_sort(out, by_text);
	return true;
}

/* --- releases ------------------------------------------------------------- */

static const char *
fresh_name(const struct run *r, size_t i)
{
	return arena_printf(r->mem, "f%d", r->rels[i].b->release);
}

static const char *
rows_name(const struct run *r, size_t i)
{
	return arena_printf(r->mem, "r%d", r->rels[i].b->release);
}

static bool
write_bundle(struct run *r, struct rel *rel)
{
	WM_JSON_OUT out = JSON_OUT_INIT;

	rel->file = in_scratch(r, arena_printf(r->mem, "schema-%d.json",
	    rel->b->release));
	/* altered for the trial, as may be: it is no longer what was signed */
	rel->b->signature = NULL;
	if (!bundle_write(rel->b, NULL, NULL, &out))
		return false;
	sbuf_putc(&out.text, '\n');
	return file_replace(rel->file, out.text.s, out.text.len);
}

static bool
build(struct run *r, size_t i)
{
	struct rel *rel = &r->rels[i];
	const char *db = fresh_name(r, i);
	WM_PGCONN *c = NULL;

	if (!write_bundle(r, rel) || !scratch_create(r->s, db, NULL))
		return false;
	rel->built = bring(r, db, rel, arena_printf(r->mem,
	    "release %d cannot be built", rel->b->release));
	if (!rel->built)
		return true;
	c = scratch_connect(r->s, db);
	return c != NULL && read_facts(r, c, &rel->facts) &&
	    fill_rules(c, r->mem, &rel->rules);
}

/* A copy of a release, with rows. */
static bool
fill(struct run *r, size_t i)
{
	const char *db = rows_name(r, i);
	WM_VEC later = VEC_INIT;
	WM_PGCONN *c = NULL;

	for (size_t k = i + 1; k < r->n; k++)
		for (size_t u = 0; u < r->rels[k].rules.n; u++)
			vec_push(&later, r->rels[k].rules.v[u]);
	if (!scratch_create(r->s, db, fresh_name(r, i)))
		return false;
	c = scratch_connect(r->s, db);
	return c != NULL && fill_database(c, r->mem, &later,
	    &r->rels[i].filled);
}

/* --- pairs ---------------------------------------------------------------- */

static void
compare_facts(struct run *r, const struct vec *fresh, const struct vec *got,
    struct vec *out)
{
	size_t i = 0, k = 0;

	while (i < fresh->n || k < got->n) {
		int c = i == fresh->n ? 1 : k == got->n ? -1 :
		    strcmp(fresh->v[i], got->v[k]);

		if (c < 0)
			vec_push(out, arena_printf(r->mem, "only fresh: %s",
			    (const char *)fresh->v[i]));
		if (c > 0)
			vec_push(out, arena_printf(r->mem, "only upgraded: %s",
			    (const char *)got->v[k]));
		i += c <= 0;
		k += c >= 0;
	}
}

static bool
compare(struct run *r, size_t i, size_t j, char *out_result)
{
	const struct rel *from = &r->rels[i], *to = &r->rels[j];
	WM_VEC facts = VEC_INIT;
	WM_VEC differ = VEC_INIT;
	struct loc at = { r->name, 0, 0 };
	WM_PGCONN *before = scratch_connect(r->s, rows_name(r, i));
	WM_PGCONN *after = before ? scratch_connect(r->s, "u") : NULL;

	if (after == NULL || !read_facts(r, after, &facts))
		return false;
	compare_facts(r, &to->facts, &facts, &differ);
	if (!kept_compare(r->mem, from->b, to->b, before, after, &differ))
		return false;
	*out_result = differ.n == 0 ? 'o' : 'x';
	if (differ.n == 0)
		return true;
	diag_error(&at, "release %d, upgraded to %d, is not what %d is",
	    from->b->release, to->b->release, to->b->release);
	for (size_t k = 0; k < differ.n && k < SHOWN; k++)
		diag_note(NULL, "%s", (const char *)differ.v[k]);
	if (differ.n > SHOWN)
		diag_note(NULL, "and %zu more", differ.n - SHOWN);
	return true;
}

static bool
pair(struct run *r, size_t i, size_t j)
{
	const struct rel *from = &r->rels[i], *to = &r->rels[j];
	char *result = &r->pairs[i * r->n + j];

	if (!from->built || !to->built) {
		*result = '-';
		return true;
	}
	if (!scratch_create(r->s, "u", rows_name(r, i)))
		return false;
	*result = 'x';
	if (bring(r, "u", to, arena_printf(r->mem, "release %d cannot be "
	    "upgraded to %d", from->b->release, to->b->release)) &&
	    !compare(r, i, j, result))
		return false;
	return scratch_drop(r->s, "u");
}

/* --- what is told --------------------------------------------------------- */

static int
rows_of(const struct rel *rel)
{
	int rows = 0;

	for (size_t t = 0; t < rel->filled.n; t++)
		rows += ((struct fill_table *)rel->filled.v[t])->rows;
	return rows;
}

static void
releases_json(const struct run *r, struct json_out *out)
{
	json_out_open(out, "releases", '[', true);
	for (size_t i = 0; i < r->n; i++) {
		const struct rel *rel = &r->rels[i];

		json_out_open(out, NULL, '{', false);
		json_out_int(out, "release", rel->b->release);
		json_out_bool(out, "built", rel->built);
		json_out_int(out, "tables", (long)rel->filled.n);
		json_out_int(out, "rows", rows_of(rel));
		json_out_open(out, "empty", '[', false);
		for (size_t t = 0; t < rel->filled.n; t++) {
			const struct fill_table *f = rel->filled.v[t];

			if (f->rows > 0)
				continue;
			json_out_open(out, NULL, '{', false);
			json_out_str(out, "table", f->name);
			json_out_str(out, "reason", f->reason);
			json_out_close(out);
		}
		json_out_close(out);
		json_out_close(out);
	}
	json_out_close(out);
}

static void
matrix_json(const struct run *r, struct json_out *out)
{
	long equal = 0;

	json_out_open(out, "pairs", '[', true);
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = i + 1; j < r->n; j++) {
			char c = r->pairs[i * r->n + j];

			json_out_open(out, NULL, '{', false);
			json_out_int(out, "from", r->rels[i].b->release);
			json_out_int(out, "to", r->rels[j].b->release);
			json_out_str(out, "result", c == 'o' ? "equal" :
			    c == 'x' ? "failed" : "not tried");
			json_out_close(out);
			equal += c == 'o';
		}
	json_out_close(out);
	json_out_int(out, "equal", equal);
}

static void
print_filled(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct rel *rel = &r->rels[i];

		printf("release %d: ", rel->b->release);
		if (!rel->built) {
			printf("not built\n");
			continue;
		}
		printf("%zu tables, %d rows\n", rel->filled.n, rows_of(rel));
		for (size_t t = 0; t < rel->filled.n; t++) {
			const struct fill_table *f = rel->filled.v[t];

			if (f->rows == 0)
				printf("  not filled: %s: %s\n", f->name,
				    f->reason ? f->reason : "unknown why");
		}
	}
}

static void
print_matrix(const struct run *r)
{
	size_t equal = 0, all = 0;

	printf("\nfrom\\to");
	for (size_t j = 1; j < r->n; j++)
		printf(" %5d", r->rels[j].b->release);
	putchar('\n');
	for (size_t i = 0; i + 1 < r->n; i++) {
		printf("%7d", r->rels[i].b->release);
		for (size_t j = 1; j < r->n; j++) {
			char c = j > i ? r->pairs[i * r->n + j] : ' ';

			printf(" %5s", c == 'o' ? "equal" : c == 'x' ?
			    "FAIL" : c == '-' ? "-" : "");
			equal += c == 'o';
			all += j > i;
		}
		putchar('\n');
	}
	printf("%zu of %zu pairs equal\n", equal, all);
}

static bool
run_all(struct run *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (!build(r, i))
			return false;
	for (size_t i = 0; i < r->n; i++)
		if (r->rels[i].built && !fill(r, i))
			return false;
	for (size_t i = 0; i < r->n; i++)
		for (size_t j = i + 1; j < r->n; j++)
			if (!pair(r, i, j))
				return false;
	return true;
}

static bool
write_conf(struct run *r)
{
	/* the folder's own may ask for signatures, or name a database */
	r->conf = in_scratch(r, "Wyseman.conf");
	return file_replace(r->conf, "{}\n", 3);
}

bool
replay(struct arena *mem, const struct vec *bundles, const char *name,
    const char *dbname, struct json_out *json)
{
	struct scratch_use use = { .tool = "wm-release",
		.option = "--dbname", .dbname = dbname };
	WM_CLEANUP(scratch_stopp) struct scratch *s = scratch_start(mem,
	    &use);
	struct run r = { .mem = mem, .s = s, .name = name, .n = bundles->n };
	bool ok;

	if (s == NULL)
		return false;
	r.rels = arena_alloc(mem, r.n * sizeof(*r.rels) + 1);
	r.pairs = arena_alloc(mem, r.n * r.n + 1);
	for (size_t i = 0; i < r.n; i++)
		r.rels[i].b = bundles->v[i];
	ok = write_conf(&r) && run_all(&r);
	if (ok && json != NULL) {
		releases_json(&r, json);
		matrix_json(&r, json);
	} else if (ok) {
		print_filled(&r);
		if (r.n > 1)
			print_matrix(&r);
	}
	for (size_t i = 0; i < r.n; i++) {
		vec_clear(&r.rels[i].facts);
		fill_rules_clear(&r.rels[i].rules);
		vec_clear(&r.rels[i].filled);
	}
	return ok;
}
