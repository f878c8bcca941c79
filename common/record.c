#include "record.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "pg.h"
#include "sbuf.h"

/* Separators of the fingerprint's text: of fields, elements, rows. */
#define FIELD "\x1f"
#define ELEMENT "\x1e"
#define ROW "\x1d"

/* The text that state_text builds below, built by the server. */
#define STATE_SQL(columns) \
    "with n as (select release, committed is null as beta" \
    "    from wm.releases order by release desc limit 1)" \
    " select " columns "encode(sha256(convert_to(" \
    "    n.release || e'\\x1f' || n.beta::int || e'\\x1d' || coalesce((select" \
    "      string_agg(concat_ws(e'\\x1f', obj_typ, obj_nam, obj_ver, module," \
    "        array_to_string(deps, e'\\x1e')," \
    "        array_to_string(grants, e'\\x1e')," \
    "        array_to_string(col_data, e'\\x1e')," \
    "        array_to_string(delta, e'\\x1e'), del_idx," \
    "        coalesce(built, false)::int, crt_sql, drp_sql) || e'\\x1d', ''" \
    "        order by obj_typ collate \"C\", obj_nam collate \"C\")" \
    "      from wm.objects where max_rel = n.release and obj_ver > 0), '')," \
    "    'UTF8')), 'hex') as state from n"

static const char objects_sql[] =
    "select obj_typ, obj_nam, obj_ver, min_rel, module, deps, grants,"
    "    col_data, delta, del_idx, coalesce(built, false) as built, crt_sql,"
    "    drp_sql"
    "  from wm.objects"
    "  where max_rel = (select max(release) from wm.releases) and obj_ver > 0"
    "  order by obj_typ collate \"C\", obj_nam collate \"C\"";

static void
put(EVP_MD_CTX *md, const char *s)
{
	EVP_DigestUpdate(md, s, strlen(s));
}

static void
put_list(EVP_MD_CTX *md, const struct vec *v)
{
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0)
			put(md, ELEMENT);
		put(md, v->v[i]);
	}
	put(md, FIELD);
}

static int
by_key(const void *a, const void *b)
{
	const struct object *x = a, *y = b;
	int c = strcmp(x->kind->name, y->kind->name);

	return c != 0 ? c : strcmp(x->nam, y->nam);
}

void
record_fingerprint(const struct model *m, int release, bool beta,
    struct plan_state *out_state)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char sum[32];
	char head[64];
	WM_VEC sorted = VEC_INIT;

	if (md == NULL || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		die("could not start SHA-256");
	snprintf(head, sizeof(head), "%d" FIELD "%d" ROW, release, beta);
	put(md, head);
	for (size_t i = 0; i < m->objects.n; i++)
		vec_push(&sorted, m->objects.v[i]);
	vec_sort(&sorted, by_key);
	for (size_t i = 0; i < sorted.n; i++) {
		const struct object *o = sorted.v[i];

		put(md, o->kind->name);
		put(md, FIELD);
		put(md, o->nam);
		snprintf(head, sizeof(head), FIELD "%d" FIELD, o->obj_ver);
		put(md, head);
		put(md, o->module);
		put(md, FIELD);
		put_list(md, &o->deps);
		put_list(md, &o->grants);
		put_list(md, &o->col_data);
		put_list(md, &o->delta);
		snprintf(head, sizeof(head), "%d" FIELD "%d" FIELD,
		    o->del_idx, o->built);
		put(md, head);
		put(md, o->create);
		put(md, FIELD);
		put(md, o->drop);
		put(md, ROW);
	}
	if (!EVP_DigestFinal_ex(md, sum, NULL))
		die("could not compute SHA-256");
	EVP_MD_CTX_free(md);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(out_state->state + 2 * i, 3, "%02x", sum[i]);
	out_state->release = release;
	out_state->beta = beta;
}

void
record_none(struct plan_state *out_state)
{
	memset(out_state, 0, sizeof(*out_state));
	memset(out_state->state, '0', 64);
}

/* Somebody else's record. */
static void
refuse_read(const PGresult *r, int i)
{
	const char *me = pg_col(r, i, "me"), *nam = pg_col(r, i, "nam");
	WM_SBUF name = SBUF_INIT;
	WM_SBUF usage = SBUF_INIT;

	if (pg_col(r, i, "use")[0] == 't')
		diag_refuse(NULL, "role \"%s\" may not read the record: it "
		    "lacks SELECT on table \"wm.%s\", which belongs to "
		    "\"%s\"", me, nam, pg_col(r, i, "owner"));
	else
		diag_refuse(NULL, "role \"%s\" may not read the record: it "
		    "lacks USAGE on schema \"wm\", which belongs to \"%s\"",
		    me, pg_col(r, i, "schema_owner"));
	sbuf_ident(&name, me);
	if (pg_col(r, i, "use")[0] != 't')
		sbuf_printf(&usage, "grant usage on schema wm to %s; ",
		    sbuf_str(&name));
	diag_hint("Run it as that one, or let it read: %sgrant select on "
	    "wm.releases, wm.objects to %s;", sbuf_str(&usage),
	    sbuf_str(&name));
}

/* Whether the database has a record; 1, 0, or -1 after a failure. */
static int
has_record(PGconn *db)
{
	WM_PGRES *r = pg_query(db, PG_ROWS,
	    "select relname as nam, current_user as me,"
	    "    pg_catalog.has_schema_privilege('wm', 'usage') as use,"
	    "    pg_catalog.has_table_privilege(oid, 'select') as read,"
	    "    pg_catalog.pg_get_userbyid(relowner) as owner,"
	    "    (select pg_catalog.pg_get_userbyid(nspowner)"
	    "      from pg_catalog.pg_namespace where nspname = 'wm')"
	    "      as schema_owner"
	    "  from pg_catalog.pg_class"
	    "  where relname in ('objects', 'releases') and relnamespace ="
	    "    (select oid from pg_catalog.pg_namespace"
	    "      where nspname = 'wm') order by relname", 0, NULL);

	if (r == NULL)
		return -1;
	if (PQntuples(r) == 1) {
		bool objects = strcmp(pg_col(r, 0, "nam"), "objects") == 0;

		diag_error(NULL, "the record is damaged: there is a table "
		    "\"%s\", but no table \"%s\"", objects ? "wm.objects" :
		    "wm.releases", objects ? "wm.releases" : "wm.objects");
		return -1;
	}
	for (int i = 0; i < PQntuples(r); i++)
		if (pg_col(r, i, "use")[0] != 't' ||
		    pg_col(r, i, "read")[0] != 't') {
			refuse_read(r, i);
			return -1;
		}
	return PQntuples(r) > 0;
}

const char *
record_state_sql(void)
{
	return STATE_SQL("");
}

bool
record_state(PGconn *db, struct plan_state *out_state)
{
	int has = has_record(db);

	if (has < 0)
		return false;
	record_none(out_state);
	if (has == 0)
		return true;
	WM_PGRES *r = pg_query(db, PG_ROWS,
	    STATE_SQL("n.release, n.beta, "), 0, NULL);
	if (r == NULL)
		return false;
	if (PQntuples(r) == 1) {
		out_state->release = (int)strtol(PQgetvalue(r, 0, 0), NULL, 10);
		out_state->beta = PQgetvalue(r, 0, 1)[0] == 't';
		snprintf(out_state->state, sizeof(out_state->state), "%s",
		    PQgetvalue(r, 0, 2));
	}
	return true;
}

static bool
load_rows(const PGresult *r, struct model *m)
{
	int typ = PQfnumber(r, "obj_typ"), nam = PQfnumber(r, "obj_nam");
	int ver = PQfnumber(r, "obj_ver"), min = PQfnumber(r, "min_rel");
	int module = PQfnumber(r, "module"), deps = PQfnumber(r, "deps");
	int grants = PQfnumber(r, "grants"), col = PQfnumber(r, "col_data");
	int delta = PQfnumber(r, "delta"), idx = PQfnumber(r, "del_idx");
	int built = PQfnumber(r, "built"), crt = PQfnumber(r, "crt_sql");
	int drp = PQfnumber(r, "drp_sql");

	for (int i = 0; i < PQntuples(r); i++) {
		const struct kind *k = kind_find(PQgetvalue(r, i, typ));
		struct object *o;

		if (k == NULL) {
			diag_error(NULL, "the record holds an object of "
			    "unknown type \"%s\"", PQgetvalue(r, i, typ));
			return false;
		}
		o = model_add(m, k, PQgetvalue(r, i, nam));
		if (o == NULL) {
			diag_error(NULL, "the record holds object \"%s:%s\" "
			    "twice", k->name, PQgetvalue(r, i, nam));
			return false;
		}
		o->obj_ver = (int)strtol(PQgetvalue(r, i, ver), NULL, 10);
		o->min_rel = (int)strtol(PQgetvalue(r, i, min), NULL, 10);
		o->del_idx = (int)strtol(PQgetvalue(r, i, idx), NULL, 10);
		o->built = PQgetvalue(r, i, built)[0] == 't';
		o->module = arena_strdup(m->mem, PQgetvalue(r, i, module));
		o->create = arena_strdup(m->mem, PQgetvalue(r, i, crt));
		o->drop = arena_strdup(m->mem, PQgetvalue(r, i, drp));
		pg_array(m->mem, PQgetvalue(r, i, deps), &o->deps);
		pg_array(m->mem, PQgetvalue(r, i, grants), &o->grants);
		pg_array(m->mem, PQgetvalue(r, i, col), &o->col_data);
		pg_array(m->mem, PQgetvalue(r, i, delta), &o->delta);
		object_hash(o);
	}
	return true;
}

bool
record_read(PGconn *db, struct model *m, struct plan_state *out_state)
{
	int has = has_record(db);

	if (has < 0)
		return false;
	record_none(out_state);
	if (has == 0)
		return true;
	WM_PGRES *head = pg_query(db, PG_ROWS, "select release, committed is "
	    "null from wm.releases order by release desc limit 1", 0, NULL);
	if (head == NULL)
		return false;
	if (PQntuples(head) == 0)
		return true;
	WM_PGRES *r = pg_query(db, PG_ROWS, objects_sql, 0, NULL);
	if (r == NULL || !load_rows(r, m))
		return false;
	record_fingerprint(m, (int)strtol(PQgetvalue(head, 0, 0), NULL, 10),
	    PQgetvalue(head, 0, 1)[0] == 't', out_state);
	return true;
}
