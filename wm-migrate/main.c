/*
 * wm-migrate - declare in Wyseman.delta what a comparison cannot see: renames,
 * drops, conversions.
 */
#include "migrate_cmd.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "conf.h"
#include "diag.h"
#include "file.h"
#include "fileset.h"
#include "history.h"
#include "opt.h"
#include "pg.h"
#include "record.h"
#include "sbuf.h"

static struct conn_opts conn;
static const char *conf_path;
static const char *path;
static const char *objects;
static const char *given;
static bool do_write;
static const char *history;
static const char *format = "text";

static const struct opt options[] = {
	OPT_CONN(&conn),
	{ 'c', "config", OPT_STR, &conf_path, "FILE",
	    "read FILE instead of ./Wyseman.conf", NULL },
	{ 'f', "file", OPT_STR, &path, "FILE",
	    "edit FILE instead of Wyseman.delta", NULL },
	{ 'o', "objects", OPT_STR, &objects, "FILE",
	    "object list to check against; - is stdin", NULL },
	{ 'g', "migrate", OPT_STR, &given, "TEXT",
	    "table and command in one text", NULL },
	{ 'w', "write", OPT_FLAG, &do_write, NULL,
	    "suggest: declare what is safe", NULL },
	{ 'H', "history", OPT_STR, &history, "FILE",
	    "suggest: compare with the last release in FILE", NULL },
	{ 0, "format", OPT_CHOICE, &format, "FORMAT",
	    "suggest: text (default), json", "text|json" },
};

static const struct opt_rule rules[] = {
	{ "history", OPT_EXCLUDES, OPT_CONN_NAMES },
};

static const struct tool tool = {
	"wm-migrate", "TABLE COMMAND...|list|pop|edit|reset\n"
	"       wm-migrate [OPTION]... list|suggest",
	"Declare migrations of tables in Wyseman.delta.",
	options, WM_LEN(options), rules, WM_LEN(rules)
};

/*
 * The words of the command line as one command: the shell has taken quotes
 * away, and words that are SQL texts get theirs back.
 */
static const char *
join_words(struct arena *mem, int n, char **words)
{
	/* which words of a command are texts, by number; -1: all the rest */
	static const struct {
		const char *verb;
		int texts[2];
		int rest;	/* from this word on, all is one text */
	} rows[] = { { "add", { 2, 0 }, 0 }, { "update", { 0, 0 }, 2 },
		{ "type", { 2, 4 }, 0 }, { "sql", { 0, 0 }, 1 },
		{ "check", { 1, 0 }, 2 } };
	bool turns = strcmp(words[0], "split") == 0 ||
	    strcmp(words[0], "merge") == 0;
	WM_SBUF b = SBUF_INIT;
	int rest = 0, texts[2] = { 0, 0 };

	for (size_t i = 0; i < WM_LEN(rows); i++)
		if (strcmp(rows[i].verb, words[0]) == 0) {
			rest = rows[i].rest;
			memcpy(texts, rows[i].texts, sizeof(texts));
		}
	/* ALTER TABLE's own words: add column c int */
	if (strcmp(words[0], "add") == 0 && n > 1 &&
	    (strcmp(words[1], "column") == 0 ||
	    strcmp(words[1], "constraint") == 0))
		texts[0] = 0;
	for (int i = 0; i < n; i++) {
		if (i > 0)
			sbuf_putc(&b, ' ');
		if (rest > 0 && i == rest) {
			WM_SBUF all = SBUF_INIT;

			if (strcmp(words[i], "=") == 0 && i + 1 < n)
				i++;
			for (int k = i; k < n; k++)
				sbuf_printf(&all, "%s%s", k > i ? " " : "",
				    words[k]);
			sbuf_puts(&b, migrate_quote(mem, sbuf_str(&all)));
			break;
		}
		/* of split and merge: the type, and what follows "=" */
		if (turns && i > 2 && (strcmp(words[i - 1], "=") == 0 ||
		    (i + 1 < n && strcmp(words[i + 1], "=") == 0))) {
			size_t len = strlen(words[i]);
			bool comma = len > 0 && words[i][len - 1] == ',';

			sbuf_puts(&b, migrate_quote(mem, arena_strndup(mem,
			    words[i], len - comma)));
			if (comma)
				sbuf_putc(&b, ',');
			continue;
		}
		sbuf_puts(&b, i > 0 && (i == texts[0] || i == texts[1]) ?
		    migrate_quote(mem, words[i]) : words[i]);
	}
	return sbuf_take(&b, mem);
}

static void
list_table(const struct known *k, const struct delta_table *t)
{
	struct structure s;
	size_t done = 0;
	bool past = known_structure(k, t->name, &s, &done);

	if (past)
		structure_clear(&s);
	for (size_t i = 0; i < t->texts.n; i++)
		printf("%s\t%s%s\n", t->name, !k->have_record ? "" :
		    past && i < done ? "applied\t" : "pending\t",
		    (const char *)t->texts.v[i]);
}

/* Commands of a table in an editor, one a line; checked before they count. */
static bool
edit(const struct known *k, struct delta *d, const char *table)
{
	struct delta_table *t = delta_find(d, table, true);
	struct delta_table new = { .name = table };
	const char *editor = getenv("VISUAL");
	char name[] = "/tmp/wm-migrate-XXXXXX";
	WM_SBUF text = SBUF_INIT;
	int fd = mkstemp(name), rc;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok = true;
	char *save = NULL;

	if (f == NULL)
		die("could not make a temporary file");
	for (size_t i = 0; i < t->texts.n; i++)
		fprintf(f, "%s\n", (const char *)t->texts.v[i]);
	if (fclose(f) != 0)
		die("could not write \"%s\"", name);
	if (editor == NULL || *editor == '\0')
		editor = getenv("EDITOR");
	rc = system(arena_printf(k->mem, "%s %s", editor && *editor ? editor :
	    "vi", name));
	if (rc != 0) {
		diag_error(NULL, "the editor failed; nothing was changed");
		unlink(name);
		return false;
	}
	ok = file_read(name, &text);
	unlink(name);
	for (char *line = ok && text.s ? strtok_r(text.s, "\n", &save) : NULL;
	    line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (line[strspn(line, " \t\r")] == '\0')
			continue;
		ok = command_check(k, &new, table, line) && ok;
		vec_push(&new.texts, arena_strdup(k->mem, line));
	}
	if (!ok) {
		vec_clear(&new.texts);
		diag_note(NULL, "nothing was changed");
		return false;
	}
	vec_clear(&t->texts);
	t->texts = new.texts;
	return true;
}

/* A command that has run cannot be taken back by forgetting it. */
static bool
still_pending(const struct known *k, const struct delta_table *t, size_t keep)
{
	struct structure s;
	size_t done = 0;

	if (known_structure(k, t->name, &s, &done))
		structure_clear(&s);
	if (keep >= done)
		return true;
	diag_refuse(NULL, "\"%s\" of table \"%s\" has run in this database",
	    (const char *)t->texts.v[keep], t->name);
	diag_hint("Declare the way back as a further command.");
	return false;
}

/* Returns whether the file has to be written. */
static bool
act(const struct known *k, struct delta *d, const char *table,
    const char *command)
{
	struct delta_table *t = delta_find(d, table, false);

	if (strcmp(command, "list") == 0) {
		if (t != NULL)
			list_table(k, t);
		return false;
	}
	if (strcmp(command, "edit") == 0)
		return edit(k, d, table);
	if (strcmp(command, "pop") == 0 || strcmp(command, "reset") == 0) {
		size_t keep;

		if (t == NULL || t->texts.n == 0) {
			diag_error(NULL, "table \"%s\" has no migrations",
			    table);
			return false;
		}
		keep = command[0] == 'p' ? t->texts.n - 1 : 0;
		if (!still_pending(k, t, keep))
			return false;
		t->texts.n = keep;
		return true;
	}
	if (!command_check(k, t, table, command))
		return false;
	vec_push(&delta_find(d, table, true)->texts,
	    arena_strdup(k->mem, command));
	return true;
}

/* A table as a release has it; no command has run since. */
static void
take_table(struct known *k, const struct object *o)
{
	struct object *t;

	if (strcmp(o->kind->name, "table") != 0)
		return;
	t = model_get(&k->record, o->key);
	if (t == NULL)
		t = model_add(&k->record, o->kind, o->nam);
	else if (t->obj_ver >= o->obj_ver)
		return;
	t->obj_ver = o->obj_ver;
	t->module = o->module;
	t->create = o->create;
}

/*
 * Tables of the last release, instead of a database's. Files of the older
 * Wyseman only have versions that are no longer in use.
 */
static bool
learn_history(struct known *k)
{
	struct history h;
	struct loc at = { history, 0, 0 };
	bool ok = file_exists(history);

	if (!ok) {
		diag_failed(&at, "there is no such file");
		return false;
	}
	history_init(&h, k->mem);
	ok = history_read(&h, history);
	if (ok && !h.manifest && history_last(&h) > 0) {
		diag_warn(&at, NULL, "the objects of release %d are not in it;"
		    " tables are compared with their last older versions",
		    history_last(&h));
		diag_hint("Add them from its bundle: wm-release "
		    "rebuild-history schema-%d.json", history_last(&h));
		for (size_t i = 0; i < h.prev.n; i++)
			take_table(k, h.prev.v[i]);
	}
	for (size_t i = 0; ok && i < h.objects.objects.n; i++)
		take_table(k, h.objects.objects.v[i]);
	history_clear(&h);
	k->have_record = ok;
	return ok;
}

static bool
learn(struct known *k, bool need_source, bool connect)
{
	struct plan_state state;
	const char *name;
	FILE *f;

	if (objects == NULL && need_source)
		objects = "-";
	if (objects != NULL) {
		f = file_open(objects, &name);
		if (f == NULL || !model_read(&k->source, f, name))
			return false;
		if (f != stdin)
			fclose(f);
		k->have_source = true;
	}
	if (history != NULL)
		return learn_history(k);
	if (!connect)
		return true;
	k->db = pg_connect(&conn, "wm-migrate", NULL);
	if (k->db == NULL || !record_read(k->db, &k->record, &state))
		return false;
	k->have_record = true;
	return true;
}

/* What is to be done: a command, and of which table; NULL: of all. */
struct request {
	const char *table;
	const char *command;
};

/* The command line's words; wrong ones end the process. */
static struct request
read_words(struct arena *mem, int argc, char **argv)
{
	struct request r = { .command = argv[0] };

	if (given != NULL) {
		size_t len = strcspn(given, " \t");

		if (argc > 0)
			usage_die("--migrate has the command: \"%s\" is too "
			    "much", argv[0]);
		r.table = arena_strndup(mem, given, len);
		r.command = given + len + strspn(given + len, " \t");
		if (*r.command == '\0')
			usage_die("-g takes a table and a command");
	} else if (argc == 0)
		usage_die("no table and no command named");
	else if (argc > 1) {
		r.table = argv[0];
		r.command = argc == 2 ? argv[1] : join_words(mem, argc - 1,
		    argv + 1);
	} else if (strcmp(argv[0], "suggest") != 0 &&
	    strcmp(argv[0], "list") != 0)
		usage_die("no command for table \"%s\"", argv[0]);
	return r;
}

/* Options that mean nothing to a command are wrong with it. */
static void
check_options(const struct request *r)
{
	static const char *const without_list[] = { "list", "pop", "reset" };
	const char *name = opt_given("history|write|format");

	if (name != NULL && (r->table || strcmp(r->command, "suggest") != 0))
		usage_die("--%s belongs to suggest", name);
	for (size_t i = 0; i < WM_LEN(without_list); i++)
		if (objects != NULL && strcmp(r->command, without_list[i]) == 0)
			usage_die("%s looks at no object list: --objects is "
			    "for what is declared", r->command);
}

/* Returns whether the file has to be written. */
static bool
run(struct known *k, struct delta *d, const struct request *r)
{
	if (r->table != NULL)
		return act(k, d, r->table, r->command);
	if (strcmp(r->command, "suggest") == 0)
		return suggest(k, d, strcmp(format, "json") == 0,
		    do_write) > 0;
	for (size_t i = 0; i < d->tables.n; i++)
		list_table(k, d->tables.v[i]);
	return false;
}

static void
forget(struct known *k)
{
	model_clear(&k->source);
	model_clear(&k->record);
	pg_finishp(&k->db);
}

int
main(int argc, char **argv)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	struct known k = { .mem = mem };
	struct delta d;
	struct conf conf;
	int first = tool_init(&tool, argc, argv);
	struct request r = read_words(mem, argc - first, argv + first);
	bool suggests, connected, ok;
	int end;

	check_options(&r);
	suggests = r.table == NULL && strcmp(r.command, "suggest") == 0;
	if (!conf_read(&conf, mem, conf_path))
		return tool_exit();
	/* a server is asked only where one was named here, or is needed */
	connected = opt_given(OPT_CONN_NAMES) != NULL ||
	    (suggests && history == NULL);
	conf_conn(&conf, &conn);
	if (path == NULL)
		path = strcmp(conf.dir, ".") == 0 ? "Wyseman.delta" :
		    arena_printf(mem, "%s/Wyseman.delta", conf.dir);
	model_init(&k.source, mem);
	model_init(&k.record, mem);
	if (!learn(&k, suggests, connected)) {
		forget(&k);
		end = tool_exit();
		return end == WM_EXIT_OK ? WM_EXIT_SYSTEM : end;
	}
	ok = file_lock(path) && fileset_recover(mem, path);
	if (ok && delta_load(&d, mem, path)) {
		if (run(&k, &d, &r) && diag_errors() == 0)
			ok = delta_save(&d, path);
		delta_clear(&d);
	}
	forget(&k);
	end = tool_exit();
	return ok ? end : WM_EXIT_SYSTEM;
}
