/*
 * Documents out of gzip, zstd and tar; bombs, damage, and what is no bundle.
 */
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "diag.h"
#include "json_in.h"
#include "sbuf.h"
#include "tap.h"

static const char doc[] = "{\"a\": 1}\n";
static char dir[] = "/tmp/wm-unpack-XXXXXX";
static char path[64];

struct member {
	const char *name;	/* NULL: no archive, the text alone */
	const char *text;
	size_t len;
	mode_t type;
};

/* Write the file; NULL as filter: not compressed. */
static void
pack(const char *filter, const struct member *m, size_t n)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	if (filter != NULL)
		archive_write_add_filter_by_name(a, filter);
	archive_write_set_bytes_in_last_block(a, 1);
	if (m->name == NULL)
		archive_write_set_format_raw(a);
	else
		archive_write_set_format_pax_restricted(a);
	if (archive_write_open_filename(a, path) != ARCHIVE_OK)
		die("could not write %s", path);
	for (size_t i = 0; i < n; i++) {
		archive_entry_clear(e);
		archive_entry_set_pathname(e, m[i].name ? m[i].name : "x");
		archive_entry_set_filetype(e, m[i].type ? m[i].type : AE_IFREG);
		archive_entry_set_size(e, (la_int64_t)m[i].len);
		if (archive_write_header(a, e) != ARCHIVE_OK ||
		    archive_write_data(a, m[i].text, m[i].len) !=
		    (la_ssize_t)m[i].len)
			die("could not write %s", path);
	}
	archive_entry_free(e);
	archive_write_free(a);
}

static void
put(const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(text, 1, len, f) != len)
		die("could not write %s", path);
	fclose(f);
}

/* What comes out; false where it fails, which has been reported. */
static bool
unpack(long long max, struct sbuf *out, char *name, size_t name_size)
{
	struct arena *mem = arena_new();
	const char *called = NULL;
	FILE *f = unpack_open(mem, path, max, &called);
	char buf[1000];
	size_t n;
	bool good = f != NULL;

	sbuf_reset(out);
	while (f != NULL && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		sbuf_putn(out, buf, n);
	if (f != NULL) {
		good = !ferror(f);
		fclose(f);
	}
	snprintf(name, name_size, "%s", called ? called : "");
	arena_free(mem);
	return good;
}

static void
gives(const char *wanted_name, const char *what)
{
	WM_SBUF out = SBUF_INIT;
	char name[100];
	bool good = unpack(UNPACK_MAX, &out, name, sizeof(name));

	ok(good && strcmp(sbuf_str(&out), doc) == 0 &&
	    strcmp(name + strlen(path), wanted_name) == 0, "%s", what);
}

static void
fails(long long max, const char *what)
{
	WM_SBUF out = SBUF_INIT;
	char name[100];
	int before = diag_errors();
	bool good = unpack(max, &out, name, sizeof(name));

	ok(!good && diag_errors() == before + 1, "%s: one message", what);
	ok((long long)out.len <= max, "%s: no more than the limit", what);
}

static void
test_forms(void)
{
	static const char *const filters[] = { NULL, "gzip", "zstd" };
	static const struct member files[] = {
		{ "notes", "schema\n", 7, 0 },
		{ "r/schema-3.json.sig", "x", 1, 0 },
		{ "r/schema-2.json", NULL, 0, AE_IFDIR },
		{ "r/schema-3.json", doc, sizeof(doc) - 1, 0 },
		{ "sql", "select 1;\n", 10, 0 } };
	static const struct member alone = { NULL, doc, sizeof(doc) - 1, 0 };

	for (size_t i = 0; i < WM_LEN(filters); i++) {
		const char *f = filters[i] ? filters[i] : "plain";
		char what[64];

		pack(filters[i], &alone, 1);
		snprintf(what, sizeof(what), "%s text", f);
		gives("", what);
		pack(filters[i], files, WM_LEN(files));
		snprintf(what, sizeof(what), "%s archive", f);
		gives(":r/schema-3.json", what);
	}
	put("\n {\"a\": 1}", 10);
	{
		WM_SBUF out = SBUF_INIT;
		char name[100];

		ok(unpack(3, &out, name, sizeof(name)) && out.len == 10,
		    "text that is not packed has no limit");
	}
}

static void
test_wrong(void)
{
	static char zeros[4 * 1024 * 1024];
	struct member bomb[] = { { "big", zeros, sizeof(zeros), 0 },
		{ "schema-1.json", doc, sizeof(doc) - 1, 0 },
		{ "schema-2.json", doc, sizeof(doc) - 1, 0 } };
	struct member one = { NULL, zeros, sizeof(zeros), 0 };
	struct member twice = { NULL, NULL, 0, 0 };
	WM_SBUF inner = SBUF_INIT;
	char buf[4096];
	size_t n;
	FILE *f;

	pack("gzip", &one, 1);
	fails(1 << 20, "more than the limit, gzip");
	pack("zstd", &one, 1);
	fails(1 << 20, "more than the limit, zstd");
	pack("zstd", bomb, 2);
	fails(1 << 20, "another member is more than the limit");
	pack("gzip", bomb + 1, 2);
	fails(1 << 20, "two bundles");
	pack("gzip", bomb, 1);
	fails(8 << 20, "no bundle");

	one.len = 100;
	pack("gzip", &one, 1);
	f = fopen(path, "r");
	while (f != NULL && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		sbuf_putn(&inner, buf, n);
	if (f != NULL)
		fclose(f);
	twice.text = inner.s;
	twice.len = inner.len;
	pack("zstd", &twice, 1);
	fails(1 << 20, "compressed twice");
}

/* Every cut and every changed byte: what was packed, or one message. */
static void
test_damage(const char *filter)
{
	static const struct member files[] = {
		{ "schema-3.json", doc, sizeof(doc) - 1, 0 },
		{ "notes", "a\n", 2, 0 } };
	WM_SBUF all = SBUF_INIT;
	WM_SBUF out = SBUF_INIT;
	char buf[4096], name[100];
	size_t n, silent = 0, got = 0;
	FILE *f;

	pack(filter, files, WM_LEN(files));
	f = fopen(path, "r");
	while (f != NULL && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		sbuf_putn(&all, buf, n);
	if (f != NULL)
		fclose(f);
	for (size_t i = 0; i < all.len * 2; i++) {
		int before = diag_errors();
		bool good;

		if (i < all.len)
			put(all.s, i);
		else {
			all.s[i - all.len] ^= 0x41;
			put(all.s, all.len);
			all.s[i - all.len] ^= 0x41;
		}
		good = unpack(1 << 20, &out, name, sizeof(name));
		if (good != (diag_errors() == before))
			silent++;
		got += good;
	}
	ok(silent == 0, "%s, damaged: a failure is always said, once", filter);
	/* libarchive does not compare gzip's checksum; a bundle has its own */
	if (strcmp(filter, "zstd") == 0)
		ok(got < all.len / 2, "zstd, damaged: most of it is found");
}

/* json_read has nothing to add to what was said. */
static void
test_json(void)
{
	static char text[1 << 20];
	static const struct member one = { NULL, text, sizeof(text), 0 };
	struct arena *mem = arena_new();
	const char *name;
	int before = diag_errors();
	FILE *f;

	memset(text, ' ', sizeof(text));
	pack("gzip", &one, 1);
	f = unpack_open(mem, path, 1000, &name);
	ok(f != NULL && !json_read(f, name, NULL, 0, NULL) &&
	    diag_errors() == before + 1, "a failing stream: one message");
	if (f != NULL)
		fclose(f);
	arena_free(mem);
}

int
main(void)
{
	if (mkdtemp(dir) == NULL)
		die("could not make a directory");
	snprintf(path, sizeof(path), "%s/x", dir);
	diag_tool("unit");
	/* messages are counted here, not read */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	test_forms();
	test_wrong();
	test_json();
	test_damage("gzip");
	test_damage("zstd");
	unlink(path);
	rmdir(dir);
	return tap_done();
}
