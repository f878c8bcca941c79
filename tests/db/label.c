/*
 * label.c - a provider of security labels for the server, "wm_label", that
 * takes any label. Debian has none that works everywhere. The few declarations
 * of the server that it needs are here, so that its headers need not be.
 */
#ifndef SERVER_VERSION	/* kinds_all.t says it; linters do not */
#define SERVER_VERSION 150000
#endif
#define ABI_EXTRA 32

struct magic {
	int len;
	int version;	/* of the server, without its minor part */
	int funcmaxargs;
	int indexmaxkeys;
	int namedatalen;
	int float8byval;
#if SERVER_VERSION >= 150000
	char abi_extra[ABI_EXTRA];
#endif
};

extern void register_label_provider(const char *, void (*)(const void *,
    const char *));
const struct magic *Pg_magic_func(void);
void _PG_init(void);

const struct magic *
Pg_magic_func(void)
{
	static const struct magic m = {
		.len = sizeof(m),
		.version = SERVER_VERSION / 100,
		.funcmaxargs = 100,
		.indexmaxkeys = 32,
		.namedatalen = 64,
		.float8byval = 1,
#if SERVER_VERSION >= 150000
		.abi_extra = "PostgreSQL",
#endif
	};

	return &m;
}

static void
any_label(const void *object, const char *label)
{
	(void)object;
	(void)label;
}

void
_PG_init(void)
{
	register_label_provider("wm_label", any_label);
}
