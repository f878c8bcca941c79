/*
 * wm-release pack: a release as one archive.
 */
#include "command.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "bundle.h"
#include "diag.h"
#include "fault.h"
#include "notes.h"
#include "sbuf.h"
#include "script.h"
#include "unpack.h"

static const char *output;
static const char *format;
static long long max_size = UNPACK_MAX;

static const struct opt options[] = {
	OPT_OUTPUT(&output),
	{ 'f', "format", OPT_CHOICE, &format, "FORMAT",
	    "tar.zst or tar.gz (by the name of the output)",
	    "tar.zst|tar.gz" },
	{ 0, "max-size", OPT_SIZE, &max_size, "SIZE",
	    "what a packed file may unpack to (1GB)", NULL },
};

/* One file of the archive. */
struct part {
	const char *name;
	const char *text;
	size_t len;
};

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* The format that was asked for, or that the output's name has. */
static const char *
choose_format(void)
{
	if (format != NULL)
		return format;
	if (output == NULL || ends_in(output, ".tar.zst"))
		return "tar.zst";
	if (ends_in(output, ".tar.gz") || ends_in(output, ".tgz"))
		return "tar.gz";
	usage_die("the format of \"%s\" is not known: name it .tar.zst or "
	    ".tar.gz, or give --format", output);
}

/* Seconds of the time at which the release was published; 0: not yet. */
static time_t
published(const struct bundle *b)
{
	struct tm tm = { .tm_mday = 1 };
	const char *end = NULL;

	if (b->publish != NULL) {
		end = strptime(b->publish, "%Y-%m-%dT%H:%M:%S", &tm);
		if (end == NULL)
			end = strptime(b->publish, "%Y-%m-%d %H:%M:%S", &tm);
	}
	return end == NULL ? 0 : timegm(&tm);
}

static la_ssize_t
on_write(struct archive *a, void *ctx, const void *buf, size_t len)
{
	(void)a;
	sbuf_putn(ctx, buf, len);
	return (la_ssize_t)len;
}

static void
need(struct archive *a, int rc)
{
	if (rc != ARCHIVE_OK)
		die("could not make the archive: %s", archive_error_string(a));
}

/*
 * Equal releases give equal bytes: the time is that of the release, files
 * belong to nobody, stand in one order, and nothing tells where they were made.
 */
static void
write_archive(const struct bundle *b, const struct part *parts, size_t n,
    const char *how, struct sbuf *out)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	if (a == NULL || e == NULL)
		die("out of memory");
	need(a, archive_write_set_format_ustar(a));
	if (strcmp(how, "tar.gz") == 0) {
		need(a, archive_write_add_filter_gzip(a));
		need(a, archive_write_set_filter_option(a, "gzip",
		    "compression-level", "9"));
		need(a, archive_write_set_filter_option(a, "gzip", "timestamp",
		    NULL));
	} else {
		need(a, archive_write_add_filter_zstd(a));
		need(a, archive_write_set_filter_option(a, "zstd",
		    "compression-level", "19"));
	}
	need(a, archive_write_set_bytes_in_last_block(a, 1));
	need(a, archive_write_open2(a, out, NULL, on_write, NULL, NULL));
	for (size_t i = 0; i < n; i++) {
		archive_entry_clear(e);
		archive_entry_set_pathname(e, parts[i].name);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_uid(e, 0);
		archive_entry_set_gid(e, 0);
		archive_entry_set_mtime(e, published(b), 0);
		archive_entry_set_size(e, (la_int64_t)parts[i].len);
		need(a, archive_write_header(a, e));
		if (parts[i].len > 0 && archive_write_data(a, parts[i].text,
		    parts[i].len) != (la_ssize_t)parts[i].len)
			need(a, ARCHIVE_FATAL);
	}
	need(a, archive_write_close(a));
	archive_entry_free(e);
	archive_write_free(a);
}

static bool
pack_bundle(struct bundle *b, const char *how)
{
	WM_JSON_OUT json = JSON_OUT_INIT;
	WM_SBUF notes = SBUF_INIT;
	WM_SBUF manifest = SBUF_INIT;
	WM_SBUF sql = SBUF_INIT;
	WM_SBUF sig = SBUF_INIT;
	WM_SBUF all = SBUF_INIT;
	struct arena *mem = b->mem;
	const char *base = arena_printf(mem, "%s-%d",
	    b->module ? b->module : "release", b->release);
	struct part parts[5];
	size_t n = 0;

	if (!bundle_write(b, NULL, NULL, &json) || !script_write(mem, b, &sql))
		return false;
	sbuf_putc(&json.text, '\n');
	notes_manifest(b, &manifest);
	notes_changes(b, &notes);
	if (b->signature != NULL)
		sbuf_printf(&sig, "%s\n", b->signature);
	/* in the order of their names */
	parts[n++] = (struct part){ arena_printf(mem, "%s/MANIFEST", base),
		sbuf_str(&manifest), manifest.len };
	parts[n++] = (struct part){ arena_printf(mem, "%s/NOTES", base),
		sbuf_str(&notes), notes.len };
	parts[n++] = (struct part){ arena_printf(mem, "%s/schema-%d.json",
	    base, b->release), json.text.s, json.text.len };
	if (b->signature != NULL)
		parts[n++] = (struct part){ arena_printf(mem,
		    "%s/schema-%d.json.sig", base, b->release), sbuf_str(&sig),
		    sig.len };
	parts[n++] = (struct part){ arena_printf(mem, "%s/schema-%d.sql", base,
	    b->release), sbuf_str(&sql), sql.len };
	write_archive(b, parts, n, how, &all);
	return put_document(output, all.s, all.len);
}

static void
pack(struct arena *mem, int argc, char **argv)
{
	const char *how = choose_format(), *name;
	struct bundle b;
	FILE *in;

	if (argc > 1)
		usage_die("pack takes one bundle");
	in = unpack_open(mem, argc > 0 ? argv[0] : "-", max_size, &name);
	if (in == NULL)
		return;
	bundle_init(&b, mem);
	b.max_size = max_size;
	if (bundle_read(&b, in, name)) {
		const char *was = b.digest;
		struct loc at = { name, 0, 0 };

		if (!pack_bundle(&b, how))
			diag_note(&at, "it was not packed");
		else if (was != NULL && strcmp(was, b.digest) != 0)
			diag_error(&at, "its digest changes when it is "
			    "written again");
	}
	if (in != stdin)
		fclose(in);
	bundle_clear(&b);
}

const struct command command_pack = {
	"pack",
	{ .name = "wm-release pack", .synopsis = "[FILE]",
	    .about = "Pack a bundle, its SQL and notes into one archive.",
	    .opts = options, .n_opts = WM_LEN(options) },
	pack
};
