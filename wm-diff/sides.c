#include "sides.h"

#include "bundle.h"
#include "conf.h"
#include "diag.h"
#include "document.h"
#include "history.h"
#include "json_out.h"
#include "own.h"
#include "pg.h"
#include "record.h"
#include "sign.h"
#include "unpack.h"

static bool
read_list(struct diff *d, struct model *m, FILE *in, const char *name)
{
	size_t own;

	if (!d->opts->no_dictionary && !own_objects(m))
		return false;
	own = m->objects.n;
	if (!model_read(m, in, name))
		return false;
	own_protect(m, own);
	return diag_errors() == 0;
}

/* A bundle, if it is one that may be used. */
static struct bundle *
read_bundle(struct diff *d, FILE *in, const char *name, const struct conf *c)
{
	struct bundle *b = arena_alloc(d->mem, sizeof(*b));
	struct loc at = { name, 0, 0 };

	bundle_init(b, d->mem);
	b->max_size = d->opts->max_size;
	if (bundle_read(b, in, name) && sign_accept(&at, b->digest,
	    b->signature, &d->opts->trust, c))
		return b;
	bundle_clear(b);
	return NULL;
}

/* Past versions of the tools' own objects are left out with them. */
static void
leave_out(struct bundle *b, struct model *m)
{
	size_t n = 0;

	own_remove(m);
	for (size_t i = 0; i < b->prev.n; i++) {
		const struct object *o = b->prev.v[i];

		if (strcmp(o->module, OWN_MODULE) != 0)
			b->prev.v[n++] = b->prev.v[i];
	}
	b->prev.n = n;
}

/*
 * The objects of a bundle as a model, with its first rows; they are no longer
 * the bundle's then.
 */
static void
take_model(struct diff *d, struct bundle *b, const char *name,
    struct model *m)
{
	model_clear(m);
	*m = b->objects;
	memset(&b->objects, 0, sizeof(b->objects));
	if (d->opts->no_dictionary)
		leave_out(b, m);
	if (*b->init != '\0')
		model_add_init(m, name, b->init, b->module);
}

/* The dictionary's rows: SQL in a bundle. */
static bool
take_words(const struct bundle *b, struct model *m)
{
	return b == NULL || *b->dict == '\0' ||
	    dict_read_sql(&m->dict, b->dict, b->name);
}

bool
sides_words(struct diff *d)
{
	return take_words(d->bundle, &d->src) && take_words(d->origin, &d->rec);
}

/* Sources are not read here: another program makes a list of them. */
static void
hint_source(const char *name)
{
	static const char *const ends[] = { ".sql", ".wms", ".wmt", ".wmd",
		".wmi" };
	const char *dot = name ? strrchr(name, '.') : NULL;

	for (size_t i = 0; dot != NULL && i < WM_LEN(ends); i++)
		if (strcmp(dot, ends[i]) == 0)
			diag_hint("wm-parse makes an object list of such "
			    "files: wm-parse %s >list.json", name);
}

/* A document of either kind: the model is filled, *out is set for a bundle. */
static bool
read_document(struct diff *d, const char *path, const struct conf *c,
    struct model *m, struct bundle **out, const char **out_name)
{
	FILE *given = unpack_open(d->mem, path, d->opts->max_size, out_name);
	FILE *in = given;
	bool ok;

	*out = NULL;
	if (given == NULL)
		return false;
	if (document_kind(&in) == DOCUMENT_BUNDLE) {
		*out = read_bundle(d, in, *out_name, c);
		ok = *out != NULL;
		if (ok)
			take_model(d, *out, *out_name, m);
	} else
		ok = read_list(d, m, in, *out_name);
	if (!ok)
		hint_source(*out_name);
	if (in != given)
		fclose(in);
	if (given != stdin)
		fclose(given);
	return ok;
}

bool
sides_target(struct diff *d, const char *path, const struct conf *c)
{
	struct bundle *b;

	if (!read_document(d, path, c, &d->src, &b, &d->list_name))
		return false;
	d->bundle = b;
	return true;
}

/* Objects as they are once a plan that leads to them has run. */
static void
as_built(struct diff *d, int release, bool beta)
{
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		struct object *o = d->rec.objects.v[i];

		o->built = true;
		o->del_idx = (int)o->delta.n;
		if (o->obj_ver == 0)
			o->obj_ver = 1;
		if (o->min_rel == 0)
			o->min_rel = release;
	}
	record_fingerprint(&d->rec, release, beta, &d->plan.from);
}

static bool
origin_history(struct diff *d)
{
	struct history *h = arena_alloc(d->mem, sizeof(*h));
	struct bundle *b = arena_alloc(d->mem, sizeof(*b));
	struct loc at = { d->opts->history, 0, 0 };
	bool ok;
	int n;

	history_init(h, d->mem);
	bundle_init(b, d->mem);
	d->origin = b;
	d->history = h;
	ok = history_read(h, d->opts->history);
	n = releases_committed(&h->releases);
	if (ok && n == 0)
		record_none(&d->plan.from);
	else if (ok)
		ok = history_bundle(h, n, b);
	if (!ok || n == 0) {
		if (ok && d->bundle == NULL)
			diag_note(&at, "no release is committed; this is the "
			    "plan for an empty database");
		return ok;
	}
	take_model(d, b, d->opts->history, &d->rec);
	as_built(d, b->release, false);
	return true;
}

bool
sides_origin(struct diff *d, const struct conf *c)
{
	struct bundle *b;
	const char *name;

	if (d->opts->history != NULL)
		return origin_history(d);
	if (!read_document(d, d->opts->from, c, &d->rec, &b, &name))
		return false;
	d->origin = b;
	if (b != NULL)
		as_built(d, b->release, b->publish == NULL);
	else
		as_built(d, 1, true);
	return true;
}

/* When the origin's releases were committed, against what the bundle says. */
static bool
same_history(struct diff *d)
{
	const struct bundle *b = d->bundle;
	WM_JSON_OUT out = JSON_OUT_INIT;
	struct loc at = { d->list_name, 0, 0 };
	const char *arg;

	json_out_open(&out, NULL, '[', false);
	for (size_t i = 0; i < b->releases.n; i++) {
		const struct release *r = b->releases.v[i];

		json_out_open(&out, NULL, '{', false);
		json_out_int(&out, "r", (long)i + 1);
		json_out_str(&out, "t", r->committed);
		json_out_close(&out);
	}
	json_out_close(&out);
	arg = sbuf_str(&out.text);
	WM_PGRES *r = pg_query(d->db, PG_ROWS, "select w.release, w.committed,"
	    " x.t from wm.releases w join pg_catalog.jsonb_to_recordset("
	    "$1::jsonb) as x(r int, t timestamptz(3)) on x.r = w.release"
	    " where w.committed <> x.t order by 1 limit 1", 1, &arg);
	if (r == NULL)
		return false;
	if (PQntuples(r) == 0)
		return true;
	diag_refuse(&at, "release %s of the database was committed at %s, that "
	    "of the bundle at %s: their histories differ",
	    PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1), PQgetvalue(r, 0, 2));
	return false;
}

bool
sides_agree(struct diff *d)
{
	const struct plan_state *from = &d->plan.from;
	const struct bundle *b = d->bundle;
	struct loc at = { d->list_name, 0, 0 };

	if (b == NULL || from->release == 0)
		return true;
	if (from->release > b->release && !d->opts->downgrade) {
		diag_refuse(&at, "the bundle is of release %d, the database is "
		    "at release %d already", b->release, from->release);
		diag_hint("--downgrade plans the way back.");
		return false;
	}
	if (from->beta && !d->opts->from_beta && b->publish != NULL) {
		diag_refuse(&at, "the database is at a working state of "
		    "release %d, and not at a release", from->release);
		diag_hint("--from-beta takes it to release %d all the same.",
		    b->release);
		return false;
	}
	return d->db == NULL || same_history(d);
}

bool
sides_record(struct diff *d)
{
	if (d->plan.from.release == 0) {
		diag_refuse(NULL, "the database has no record to compare it "
		    "with");
		diag_hint("wm-diff --adopt takes over what it has.");
		return false;
	}
	d->list_name = "the record";
	for (size_t i = 0; i < d->rec.objects.n; i++) {
		const struct object *copy = model_copy(&d->src,
		    d->rec.objects.v[i]);

		assert(copy != NULL);
	}
	return true;
}

void
sides_clear(struct diff *d)
{
	if (d->bundle != NULL)
		bundle_clear((struct bundle *)(uintptr_t)d->bundle);
	if (d->origin != NULL)
		bundle_clear(d->origin);
	model_clear(&d->src);
	model_clear(&d->rec);
	if (d->history != NULL)
		history_clear(d->history);
}
