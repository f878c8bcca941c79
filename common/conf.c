#include "conf.h"

#include <glob.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "file.h"
#include "json_in.h"
#include "sbuf.h"

static const char dflt[] = "Wyseman.conf";

static const char *
in_dir(const struct conf *c, const char *file)
{
	if (file[0] == '/' || strcmp(c->dir, ".") == 0)
		return file;
	return arena_printf(c->mem, "%s/%s", c->dir, file);
}

/* A member that is a string or a number, as text. */
static bool
text_member(const struct conf *c, const struct json *doc, const char *key,
    const char **out)
{
	const struct json *j = json_get(doc, key);
	struct loc at = { c->path, j ? j->line : 0, 0 };

	if (j == NULL || j->type == JSON_NULL)
		return true;
	if (j->type != JSON_STRING && j->type != JSON_NUMBER) {
		diag_error(&at, "\"%s\" has to be a string, not %s", key,
		    json_type_name(j->type));
		return false;
	}
	*out = j->str;
	return true;
}

/* Members that are arrays, and no targets. */
static bool
is_list(const char *key)
{
	return strcmp(key, "trust") == 0 || strcmp(key, "ignore") == 0;
}

static bool
is_target(const struct conf *c, const struct json *j)
{
	struct loc at = { c->path, j->line, 0 };
	bool ok = j->type == JSON_ARRAY;

	for (const struct json *f = j->first; ok && f != NULL; f = f->next)
		ok = f->type == JSON_STRING;
	if (!ok)
		diag_error(&at, "target \"%s\" has to be an array of file "
		    "names", j->key);
	return ok;
}

/* Targets are members of "targets", or, as the older tool has it, arrays. */
static bool
read_targets(struct conf *c, const struct json *doc)
{
	const struct json *t = json_get(doc, "targets");
	struct loc at = { c->path, t ? t->line : 0, 0 };

	if (t != NULL && t->type != JSON_OBJECT) {
		diag_error(&at, "\"targets\" has to be an object, name to "
		    "array of files");
		return false;
	}
	for (const struct json *j = t ? t->first : NULL; j; j = j->next)
		if (!is_target(c, j))
			return false;
	for (const struct json *j = doc->first; j != NULL; j = j->next)
		if (j->type == JSON_ARRAY && !is_list(j->key) &&
		    !is_target(c, j))
			return false;
	c->doc = doc;
	return true;
}

/* A member that is a string or an array of them; what is said of others. */
static bool
list_member(struct conf *c, const struct json *doc, const char *key,
    const char *what, bool paths, const char *const **out, size_t *out_n)
{
	const struct json *t = json_get(doc, key);
	const struct json *list = t;
	struct loc at = { c->path, 0, 0 };
	const char **v;
	size_t n = 0;

	if (t == NULL || t->type == JSON_NULL)
		return true;
	if (t->type == JSON_ARRAY)
		list = t->first;
	for (const struct json *j = list; j; j = j == t ? NULL : j->next) {
		if (j->type != JSON_STRING) {
			at.line = j->line;
			diag_error(&at, "\"%s\" has to be %s", key, what);
			return false;
		}
		n++;
	}
	v = arena_alloc(c->mem, n * sizeof(*v) + 1);
	*out = v;
	*out_n = n;
	for (const struct json *j = list; j; j = j == t ? NULL : j->next)
		*v++ = paths ? in_dir(c, j->str) : j->str;
	return true;
}

/* "trust", "ignore": lists; "require-signature": a boolean. */
static bool
read_lists(struct conf *c, const struct json *doc)
{
	const struct json *r = json_get(doc, "require-signature");
	struct loc at = { c->path, r ? r->line : 0, 0 };

	if (r != NULL && r->type != JSON_BOOL) {
		diag_error(&at, "\"require-signature\" has to be true or "
		    "false, not %s", json_type_name(r->type));
		return false;
	}
	c->require_signature = r != NULL && r->boolean;
	return list_member(c, doc, "trust", "the path of a key, or an array "
	    "of them", true, &c->trust, &c->n_trust) &&
	    list_member(c, doc, "ignore", "a pattern of names, or an array of "
	    "them", false, &c->ignore, &c->n_ignore);
}

bool
conf_read(struct conf *c, struct arena *mem, const char *path)
{
	WM_SBUF text = SBUF_INIT;
	const struct json *doc;
	struct loc at = { NULL, 0, 0 };
	const char *slash, *dir = NULL;
	static const char *const known[] = { "dbname", "host", "port", "user",
		"dir", "module", "targets", "trust", "require-signature",
		"ignore" };

	memset(c, 0, sizeof(*c));
	c->mem = mem;
	c->dir = ".";
	if (path == NULL && !file_exists(dflt))
		return true;
	c->path = at.file = path ? path : dflt;
	if (!file_read(c->path, &text))
		return false;
	if (path == NULL && strstr(sbuf_str(&text), "module.exports")) {
		diag_warn(&at, "conf", "is JavaScript, as the older Wyseman "
		    "has it, and is not read");
		diag_hint("Write it as JSON: dbname, host, port, user, dir, "
		    "module, targets.");
		return true;
	}
	doc = json_parse(mem, sbuf_str(&text), text.len, c->path, JSON_DEPTH);
	if (doc == NULL)
		return false;
	if (doc->type != JSON_OBJECT) {
		diag_error(&at, "has to be a JSON object");
		return false;
	}
	for (const struct json *j = doc->first; j != NULL; j = j->next) {
		bool found = false;

		for (size_t i = 0; i < WM_LEN(known); i++)
			found = found || strcmp(known[i], j->key) == 0;
		at.line = j->line;
		if (!found && j->type != JSON_ARRAY)
			diag_warn(&at, "conf", "unknown member \"%s\"",
			    j->key);
	}
	if (!text_member(c, doc, "dbname", &c->conn.dbname) ||
	    !text_member(c, doc, "host", &c->conn.host) ||
	    !text_member(c, doc, "port", &c->conn.port) ||
	    !text_member(c, doc, "user", &c->conn.user) ||
	    !text_member(c, doc, "module", &c->module) ||
	    !text_member(c, doc, "dir", &dir) || !read_targets(c, doc))
		return false;
	slash = strrchr(c->path, '/');
	if (slash != NULL)
		c->dir = arena_strndup(mem, c->path,
		    (size_t)(slash - c->path));
	if (dir != NULL && strcmp(dir, ".") != 0)
		c->dir = in_dir(c, dir);
	return read_lists(c, doc);
}

/* The environment comes before the configuration, as it does in psql. */
void
conf_conn(const struct conf *c, struct conn_opts *conn)
{
	if (conn->dbname == NULL && getenv("PGDATABASE") == NULL &&
	    getenv("PGSERVICE") == NULL)
		conn->dbname = c->conn.dbname;
	if (conn->dbname != NULL && conn->dbname != c->conn.dbname &&
	    (strchr(conn->dbname, '=') || strstr(conn->dbname, "://")))
		return;		/* it says all */
	if (conn->host == NULL && getenv("PGHOST") == NULL)
		conn->host = c->conn.host;
	if (conn->port == NULL && getenv("PGPORT") == NULL)
		conn->port = c->conn.port;
	if (conn->user == NULL && getenv("PGUSER") == NULL)
		conn->user = c->conn.user;
}

static bool
expand(const struct conf *c, const char *target, const char *pattern,
    struct vec *out)
{
	struct loc at = { c->path, 0, 0 };
	glob_t g;
	int rc = glob(in_dir(c, pattern), GLOB_NOMAGIC, NULL, &g);

	if (rc == GLOB_NOMATCH) {
		diag_error(&at, "target \"%s\": no file matches \"%s\"",
		    target, pattern);
		return false;
	}
	if (rc != 0) {
		diag_error(&at, "target \"%s\": could not expand \"%s\"",
		    target, pattern);
		return false;
	}
	for (size_t i = 0; i < g.gl_pathc; i++)
		vec_push(out, arena_strdup(c->mem, g.gl_pathv[i]));
	globfree(&g);
	return true;
}

bool
conf_files(const struct conf *c, const char *operand, struct vec *out)
{
	const struct json *t = json_get2(c->doc, "targets", operand);

	if (t == NULL && !is_list(operand))
		t = json_get(c->doc, operand);
	if (t == NULL || t->type != JSON_ARRAY || file_exists(operand)) {
		vec_push(out, operand);
		return true;
	}
	for (const struct json *f = t->first; f != NULL; f = f->next)
		if (!expand(c, operand, f->str, out))
			return false;
	if (t->first == NULL) {
		struct loc at = { c->path, t->line, 0 };

		diag_error(&at, "target \"%s\" names no files", operand);
	}
	return t->first != NULL;
}
