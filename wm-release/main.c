/*
 * wm-release - publish releases: close them, make any of them again, tell what
 * they changed.
 */
#include "command.h"

#include "diag.h"
#include "sbuf.h"

static const struct command *const commands[] = {
	&command_commit,
	&command_stage,
	&command_build,
	&command_log,
	&command_show,
	&command_diff,
	&command_doc,
	&command_verify,
	&command_pack,
	&command_keygen,
	&command_sign,
	&command_rebuild,
	&command_text,
};

/* The list of commands is part of what the tool says about itself. */
static const char *
about(struct arena *mem)
{
	WM_SBUF b = SBUF_INIT;

	sbuf_puts(&b, "Publish releases of a schema, and make any of them "
	    "again.\n");
	for (size_t i = 0; i < WM_LEN(commands); i++)
		sbuf_printf(&b, "\n  %-16s %s", commands[i]->name,
		    commands[i]->tool.about);
	sbuf_puts(&b, "\n\nEach has options: wm-release COMMAND --help");
	return sbuf_take(&b, mem);
}

int
main(int argc, char **argv)
{
	WM_CLEANUP(arena_freep) struct arena *mem = arena_new();
	const struct command *c = NULL;
	int first;

	for (size_t i = 0; argc > 1 && i < WM_LEN(commands); i++)
		if (strcmp(commands[i]->name, argv[1]) == 0)
			c = commands[i];
	if (c == NULL) {
		struct tool tool = { .name = "wm-release",
			.synopsis = "COMMAND [ARG]...", .about = about(mem) };

		first = tool_init(&tool, argc, argv);
		if (first >= argc)
			usage_die("no command named");
		usage_die("there is no command \"%s\"", argv[first]);
	}
	first = tool_init(&c->tool, argc - 1, argv + 1) + 1;
	c->run(mem, argc - first, argv + first);
	return tool_exit();
}
