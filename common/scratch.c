#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "pg.h"
#include "sbuf.h"
#include "vec.h"

/* Databases that are made on the user's server begin so. */
#define PREFIX "wm_scratch_"

struct scratch {
	struct arena *mem;
	const char *bin;	/* folder of initdb and postgres; NULL: none */
	const char *dir;
	const struct scratch_use *use;
	const char *prefix;	/* of the names of databases */
	pid_t keeper;
	int leash;		/* closed: the keeper cleans up */
	PGconn *admin;
};

/* --- the keeper: a process that cleans up --------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

static void
remove_dir(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* PostgreSQL refuses to run as root. */
static bool
become_other(void)
{
	static const char *const users[] = { "postgres", "nobody" };

	if (geteuid() != 0)
		return true;
	for (size_t i = 0; i < WM_LEN(users); i++) {
		/* cppcheck-suppress getpwnamCalled ; there is one thread */
		const struct passwd *pw = getpwnam(users[i]);

		if (pw != NULL)
			return setgroups(0, NULL) == 0 &&
			    setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0;
	}
	return false;
}

static pid_t
spawn(const char *const *argv, const char *log)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		int null = open("/dev/null", O_RDONLY);

		/* what is ignored here would be there as well */
		for (int sig = 1; sig < NSIG; sig++)
			signal(sig, SIG_DFL);
		dup2(null, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

static bool
run(const char *const *argv, const char *log)
{
	pid_t pid = spawn(argv, log);
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Who owns what is made there. */
static const char *
user_of(const struct scratch *s)
{
	return s->use->user != NULL ? s->use->user : "postgres";
}

static pid_t
start_server(const struct scratch *s)
{
	struct arena *mem = s->mem;
	const char *data = arena_printf(mem, "%s/data", s->dir);
	const char *log = arena_printf(mem, "%s/log", s->dir);
	const char *locale[] = { "--locale=C.UTF-8", "--locale=C" };
	const char *init[] = { arena_printf(mem, "%s/initdb", s->bin), "-D",
		data, "-U", user_of(s), "-A", "trust", "-E", "UTF8",
		"--no-sync", NULL, NULL };
	const char *server[] = { arena_printf(mem, "%s/postgres", s->bin),
		"-D", data, "-k", s->dir, "-c", "listen_addresses=", "-F", "-c",
		"full_page_writes=off", "-c", "synchronous_commit=off", "-c",
		"autovacuum=off", "-c", "max_locks_per_transaction=1024", "-c",
		"wal_level=logical", "-c", "lc_messages=C", "-c",
		"unix_socket_permissions=0700", NULL };
	bool ok = false;

	for (size_t i = 0; !ok && i < WM_LEN(locale); i++) {
		remove_dir(data);
		init[10] = locale[i];
		ok = run(init, log);
	}
	return ok ? spawn(server, log) : -1;
}

/* Drop what was made on the user's server. */
static void
drop_all(const struct scratch *s)
{
	struct conn_opts c = { .dbname = s->use->dbname };
	WM_PGCONN *db = pg_maintenance(&c, s->use->tool);
	WM_PGRES *r = NULL;

	if (db == NULL)
		return;
	r = pg_query(db, PG_ROWS, "select format('drop database if exists %I',"
	    " datname) from pg_database where starts_with(datname, $1)", 1,
	    &s->prefix);
	for (int i = 0; r != NULL && i < PQntuples(r); i++) {
		/* a child may not have noticed yet that it is over */
		for (int try = 0; try < 50; try++) {
			WM_PGRES *d = PQexec(db, PQgetvalue(r, i, 0));

			if (PQresultStatus(d) == PGRES_COMMAND_OK)
				break;
			usleep(100000);
		}
	}
}

/* A folder with a name that is short enough for a socket; or NULL. */
static const char *
make_dir(struct arena *mem)
{
	const char *tmp[] = { getenv("TMPDIR"), "/tmp" };

	for (size_t i = 0; i < WM_LEN(tmp); i++) {
		char *dir;

		if (tmp[i] == NULL || tmp[i][0] != '/' || strlen(tmp[i]) > 70)
			continue;
		dir = arena_printf(mem, "%s/wm-scratch-XXXXXX", tmp[i]);
		if (mkdtemp(dir) != NULL)
			return dir;
	}
	return NULL;
}

/*
 * What the keeper does: start the server, tell its folder, wait for the end of
 * the leash, clean up.
 */
static void
keep(struct scratch *s, int leash, int tell)
{
	const char *dir;
	pid_t server = -1;
	char c;

	setsid();
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD && sig != SIGKILL && sig != SIGSTOP)
			signal(sig, SIG_IGN);
	if (s->use->dbname == NULL && !become_other())
		_exit(1);
	dir = make_dir(s->mem);
	if (dir == NULL)
		_exit(1);
	s->dir = dir;
	if (chdir(dir) != 0)
		_exit(1);
	if (s->use->dbname == NULL)
		server = start_server(s);
	dprintf(tell, "%s%s\n", s->use->dbname || server > 0 ? "" : "!", dir);
	close(tell);
	while (read(leash, &c, 1) < 0 && errno == EINTR)
		continue;
	if (s->use->dbname != NULL)
		drop_all(s);
	/* at once: nothing of it is kept; it may be too young to listen */
	while (server > 0 && waitpid(server, NULL, WNOHANG) == 0) {
		kill(server, SIGQUIT);
		usleep(20000);
	}
	(void)!chdir("/");
	remove_dir(dir);
	_exit(0);
}

/* --- starting ------------------------------------------------------------- */

static bool
has(const char *dir, const char *program)
{
	WM_SBUF path = SBUF_INIT;

	sbuf_printf(&path, "%s/%s", dir, program);
	return access(path.s, X_OK) == 0;
}

static const char *
ask_pg_config(struct arena *mem)
{
	FILE *p = popen("pg_config --bindir 2>/dev/null", "re");
	char line[1024];
	const char *dir = NULL;

	if (p == NULL)
		return NULL;
	if (fgets(line, sizeof(line), p) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		dir = arena_strdup(mem, line);
	}
	pclose(p);
	return dir;
}

/* The newest of those that distributions have side by side. */
static const char *
newest(struct arena *mem, const char *program)
{
	static const char *const places[] = { "/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin", "/usr/local/pgsql/bin" };
	const char *best = NULL;
	long best_version = -1;

	for (size_t i = 0; i < WM_LEN(places); i++) {
		glob_t g;

		if (glob(places[i], 0, NULL, &g) != 0)
			continue;
		for (size_t k = 0; k < g.gl_pathc; k++) {
			const char *digit = strpbrk(g.gl_pathv[k],
			    "0123456789");
			long version = digit ? strtol(digit, NULL, 10) : 0;

			if (version > best_version &&
			    has(g.gl_pathv[k], program)) {
				best_version = version;
				best = arena_strdup(mem, g.gl_pathv[k]);
			}
		}
		globfree(&g);
	}
	return best;
}

/* The folder that a program is in; NULL: there is none. */
static const char *
find_folder(struct arena *mem, const char *program)
{
	const char *dir = ask_pg_config(mem), *path = getenv("PATH");

	if (dir != NULL && has(dir, program))
		return dir;
	while (path != NULL && *path != '\0') {
		size_t len = strcspn(path, ":");

		dir = arena_strndup(mem, path, len);
		/* distributions put links to some programs there, not to all */
		if (dir[0] == '/' && has(dir, program))
			return dir;
		path += len + (path[len] == ':');
	}
	return newest(mem, program);
}

const char *
scratch_program(struct arena *mem, const char *name)
{
	const char *dir = find_folder(mem, name);

	return dir ? arena_printf(mem, "%s/%s", dir, name) : name;
}

static const char *
find_server(struct arena *mem, const char *option)
{
	const char *dir = find_folder(mem, "initdb");

	if (dir == NULL || !has(dir, "postgres")) {
		diag_failed(NULL, "there is no PostgreSQL server to try it "
		    "on: initdb and postgres were not found");
		diag_hint("Install one, or name a server with %s.", option);
		return NULL;
	}
	return dir;
}

const char *
scratch_conninfo(const struct scratch *s, const char *name)
{
	static const char *const without[] = { "dbname", NULL };
	WM_SBUF b = SBUF_INIT;
	PQconninfoOption *opts;
	char *err = NULL;

	if (s->use->dbname == NULL) {
		sbuf_printf(&b, "host='%s' port=5432 user='%s' "
		    "dbname='%s%s' sslmode=disable", s->dir, user_of(s),
		    s->prefix, name);
		return sbuf_take(&b, s->mem);
	}
	opts = strchr(s->use->dbname, '=') || strstr(s->use->dbname, "://") ?
	    PQconninfoParse(s->use->dbname, &err) : NULL;
	PQfreemem(err);
	pg_conninfo_put(&b, opts, without);
	PQconninfoFree(opts);
	sbuf_printf(&b, "dbname='%s%s'", s->prefix, name);
	return sbuf_take(&b, s->mem);
}

PGconn *
scratch_connect(const struct scratch *s, const char *name)
{
	struct conn_opts c = { .dbname = scratch_conninfo(s, name) };

	return pg_connect(&c, s->use->tool, NULL);
}

/* Wait until the server of our own answers. */
static bool
wait_for_server(const struct scratch *s)
{
	const char *info = arena_printf(s->mem, "host='%s' port=5432 "
	    "user='%s' dbname=postgres", s->dir, user_of(s));
	WM_SBUF path = SBUF_INIT;

	for (int i = 0; i < 3000; i++) {
		if (PQping(info) == PQPING_OK)
			return true;
		usleep(20000);
		sbuf_reset(&path);
		sbuf_printf(&path, "%s/data/postmaster.pid", s->dir);
		/* it was started before its folder was told */
		if (i > 500 && access(path.s, F_OK) != 0)
			break;
	}
	return false;
}

static void
say_log(const struct scratch *s)
{
	WM_SBUF log = SBUF_INIT;
	WM_SBUF path = SBUF_INIT;
	FILE *f;
	int c;

	diag_failed(NULL, "the scratch server could not be started");
	sbuf_reset(&path);
	sbuf_printf(&path, "%s/log", s->dir);
	f = fopen(path.s, "re");
	while (f != NULL && (c = getc(f)) != EOF)
		sbuf_putc(&log, (char)c);
	if (f != NULL)
		fclose(f);
	if (log.len > 0)
		diag_note(NULL, "its log ends: %s", log.s + (log.len > 600 ?
		    log.len - 600 : 0));
}

/* Parameters of the environment are for the user's server. */
static void
forget_environment(struct arena *mem)
{
	extern char **environ;
	WM_VEC names = VEC_INIT;

	for (char **e = environ; *e != NULL; e++)
		if (strncmp(*e, "PG", 2) == 0)
			vec_push(&names, arena_strndup(mem, *e,
			    strcspn(*e, "=")));
	for (size_t i = 0; i < names.n; i++)
		unsetenv(names.v[i]);
}

struct scratch *
scratch_start(struct arena *mem, const struct scratch_use *use)
{
	struct scratch *s = arena_alloc(mem, sizeof(*s));
	const char *dbname = use->dbname;
	struct conn_opts c = { .dbname = dbname };
	int leash[2], tell[2];
	WM_SBUF dir = SBUF_INIT;
	bool failed;
	char ch;

	s->mem = mem;
	s->use = use;
	s->leash = -1;
	s->prefix = dbname ? arena_printf(mem, PREFIX "%ld_", (long)getpid()) :
	    "";
	if (dbname == NULL && (s->bin = find_server(mem,
	    use->option)) == NULL)
		return NULL;
	if (dbname == NULL)
		forget_environment(mem);
	if (pipe2(leash, O_CLOEXEC) != 0 || pipe2(tell, O_CLOEXEC) != 0)
		die("could not make a pipe: %s", strerror(errno));
	fflush(NULL);
	s->keeper = fork();
	if (s->keeper < 0)
		die("could not make a process: %s", strerror(errno));
	if (s->keeper == 0) {
		close(leash[1]);
		close(tell[0]);
		keep(s, leash[0], tell[1]);
	}
	close(leash[0]);
	close(tell[1]);
	s->leash = leash[1];
	while (read(tell[0], &ch, 1) == 1 && ch != '\n')
		sbuf_putc(&dir, ch);
	close(tell[0]);
	if (dir.len == 0) {
		diag_failed(NULL, "could not make a folder for a scratch "
		    "server%s", geteuid() == 0 ? " (PostgreSQL does not run as "
		    "root; there has to be a user postgres or nobody)" : "");
		scratch_stop(s);
		return NULL;
	}
	s->dir = sbuf_take(&dir, mem);
	failed = s->dir[0] == '!';
	s->dir += failed;
	if (dbname == NULL && (failed || !wait_for_server(s))) {
		say_log(s);
		scratch_stop(s);
		return NULL;
	}
	if (dbname == NULL)
		c.dbname = arena_printf(mem, "host='%s' port=5432 "
		    "user='%s' dbname=postgres", s->dir, user_of(s));
	s->admin = dbname ? pg_maintenance(&c, s->use->tool) :
	    pg_connect(&c, s->use->tool, NULL);
	if (s->admin == NULL) {
		scratch_stop(s);
		return NULL;
	}
	return s;
}

void
scratch_stop(struct scratch *s)
{
	if (s == NULL || s->leash < 0)
		return;
	pg_finishp(&s->admin);
	s->admin = NULL;
	close(s->leash);
	s->leash = -1;
	waitpid(s->keeper, NULL, 0);
}

void
scratch_stopp(struct scratch **s)
{
	scratch_stop(*s);
}

const char *
scratch_dir(const struct scratch *s)
{
	return s->dir;
}

bool
scratch_create(struct scratch *s, const char *name, const char *from)
{
	WM_SBUF sql = SBUF_INIT;

	if (from == NULL)
		sbuf_printf(&sql, "create database \"%s%s\" template template0"
		    " encoding 'UTF8'", s->prefix, name);
	else
		sbuf_printf(&sql, "create database \"%s%s\" template "
		    "\"%s%s\"", s->prefix, name, s->prefix, from);
	return pg_do(s->admin, sql.s);
}

bool
scratch_drop(struct scratch *s, const char *name)
{
	WM_SBUF sql = SBUF_INIT;

	sbuf_printf(&sql, "drop database if exists \"%s%s\"", s->prefix, name);
	return pg_do(s->admin, sql.s);
}
