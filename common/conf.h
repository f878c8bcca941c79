/*
 * conf.h - Wyseman.conf: defaults for all tools, and names for lists of files.
 *
 * JSON: dbname, host, port, user, dir, module, trust, require-signature,
 * ignore, and targets: name to array of files or globs, relative to dir, which
 * is relative to the file's folder. Arrays beside these members are targets,
 * too.
 */
#ifndef WM_CONF_H
#define WM_CONF_H

#include "wm.h"

#include "opt.h"
#include "vec.h"

struct arena;
struct json;

struct conf {
	struct arena *mem;
	const char *path;
	const char *dir;		/* where files are looked for */
	const char *module;
	struct conn_opts conn;
	const char *const *trust;	/* paths of public keys */
	size_t n_trust;
	bool require_signature;
	const char *const *ignore;	/* patterns of objects to leave alone */
	size_t n_ignore;
	const struct json *doc;		/* NULL: there is no configuration */
};

/*
 * conf_read - read a configuration.
 *
 * path   NULL: ./Wyseman.conf where there is one
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool conf_read(struct conf *c, struct arena *mem, const char *path);

/* conf_conn - fill in what the command line left open. */
void conf_conn(const struct conf *c, struct conn_opts *conn);

/*
 * conf_files - the files an operand stands for: itself where such a file
 * exists or no target has the name, else the target's files, globs expanded
 * in the order of their names.
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool conf_files(const struct conf *c, const char *operand,
    struct vec *out);

#endif
