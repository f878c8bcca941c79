#include "to_wms.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "diag.h"
#include "file.h"
#include "opt.h"

/* One word of a command, quoted as Tcl needs it. */
static void
put_word(struct sbuf *b, const char *s)
{
	const char *argv[] = { s };
	char *word = Tcl_Merge(1, argv);

	sbuf_putc(b, ' ');
	sbuf_puts(b, word);
	Tcl_Free(word);
}

static void
put_list(struct sbuf *b, const char *name, const struct vec *v)
{
	char *list;

	if (v->n == 0)
		return;
	list = Tcl_Merge((int)v->n, (const char *const *)v->v);
	sbuf_printf(b, " -%s", name);
	put_word(b, list);
	Tcl_Free(list);
}

/* Whether the language's commands would change the text. */
static bool
plain_text(const char *s)
{
	size_t len = strlen(s);

	if (strncasecmp(s, "create ", 7) != 0 || len == 0 ||
	    s[len - 1] != ';' || strstr(s, "eval(") || strstr(s, "expr(") ||
	    strstr(s, "subst("))
		return false;
	for (const char *c = s; (c = strpbrk(c, "\n;,")) != NULL;) {
		c++;
		c += strspn(c, " \t");
		if (c[0] == '-' && c[1] == '-')
			return false;
	}
	return true;
}

static bool
plain_name(const char *s)
{
	for (; *s != '\0'; s++)
		if (!isalnum((unsigned char)*s) && strchr("_.", *s) == NULL)
			return false;
	return true;
}

/* Deps are split at blanks, and "type:name" is all that a colon may be. */
static bool
plain_deps(const struct vec *deps)
{
	for (size_t i = 0; i < deps->n; i++)
		if (strpbrk(deps->v[i], " {}\\\"") != NULL)
			return false;
	return true;
}

/* Whether "TYPE NAME {DEPS} {CREATE}" is read as just this object. */
static bool
short_form(const struct object *o)
{
	static const char *const types[] = { "table", "view", "sequence",
		"schema" };
	bool fits = false;

	for (size_t i = 0; i < WM_LEN(types); i++)
		fits = fits || strcmp(o->kind->name, types[i]) == 0;
	return fits && o->grants.n == 0 && o->col_data.n == 0 &&
	    o->delta.n == 0 && plain_text(o->create) && plain_name(o->nam) &&
	    plain_deps(&o->deps);
}

/* What the language makes of an object without a drop text. */
static bool
default_drop(struct parse *p, const struct object *o)
{
	return strcmp(o->drop, arena_printf(p->mem, "drop %s if exists %s;",
	    o->kind->name, o->nam)) == 0;
}

static void
put_object(struct parse *p, const struct object *o, struct sbuf *b)
{
	if (short_form(o)) {
		char *deps = Tcl_Merge((int)o->deps.n,
		    (const char *const *)o->deps.v);

		sbuf_puts(b, o->kind->name);
		put_word(b, o->nam);
		put_word(b, deps);
		Tcl_Free(deps);
		put_word(b, o->create);
		if (!default_drop(p, o))
			put_word(b, o->drop);
	} else {
		sbuf_puts(b, "object");
		put_word(b, o->kind->name);
		put_word(b, o->nam);
		put_list(b, "dep", &o->deps);
		put_list(b, "grant", &o->grants);
		put_list(b, "column", &o->col_data);
		put_list(b, "delta", &o->delta);
		sbuf_puts(b, " -create");
		put_word(b, o->create);
		sbuf_puts(b, " -drop");
		put_word(b, o->drop);
	}
	sbuf_puts(b, "\n\n");
}

static void
put_module(struct parse *p, const char *module, struct sbuf *b)
{
	sbuf_puts(b, "module");
	put_word(b, module);
	sbuf_puts(b, "\n\n");
	for (size_t i = 0; i < p->model.objects.n; i++) {
		const struct object *o = p->model.objects.v[i];

		if (strcmp(o->module, module) == 0)
			put_object(p, o, b);
	}
}

/* A file name that a module's name can be. */
static const char *
file_of(struct parse *p, const char *dir, const char *module)
{
	char *name = arena_strdup(p->mem, module);

	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	return arena_printf(p->mem, "%s/%s%s.wms", dir, *name == '.' ? "_" :
	    "", name);
}

bool
to_wms_write(struct parse *p, const char *dir)
{
	WM_VEC modules = VEC_INIT;
	WM_MAP seen = MAP_INIT;
	WM_SBUF b = SBUF_INIT;
	bool out = strcmp(dir, "-") == 0;

	for (size_t i = 0; i < p->model.objects.n; i++) {
		const struct object *o = p->model.objects.v[i];

		if (map_put(&seen, o->module, o) == NULL)
			vec_push(&modules, o->module);
	}
	if (!out && mkdir(dir, 0777) != 0 && errno != EEXIST) {
		diag_failed(NULL, "could not make folder \"%s\": %s", dir,
		    strerror(errno));
		return false;
	}
	for (size_t i = 0; i < modules.n; i++) {
		const char *path = file_of(p, dir, modules.v[i]);

		if (!out)
			sbuf_reset(&b);
		put_module(p, modules.v[i], &b);
		if (!out && !file_replace(path, sbuf_str(&b), b.len))
			return false;
	}
	if (out)
		tool_write(stdout, sbuf_str(&b), b.len);
	return true;
}
