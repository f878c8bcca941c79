#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "live.h"
#include "plan.h"
#include "sbuf.h"

#define EVERY_MS 50

void
progress_init(struct progress *p, size_t total)
{
	p->on = isatty(STDERR_FILENO) != 0;
	p->total = total;
}

/* Bytes of s that fit into so many columns, a character a column. */
static size_t
fitting(const char *s, int columns)
{
	size_t i = 0;

	for (; s[i] != '\0' && columns > 0; columns--)
		for (i++; ((unsigned char)s[i] & 0xc0) == 0x80;)
			i++;
	return i;
}

void
progress_show(struct progress *p, size_t done, const struct plan_step *s)
{
	int64_t now;
	struct winsize ws;
	WM_SBUF b = SBUF_INIT;
	int width = 80;

	if (!p->on)
		return;
	now = live_now();
	if (p->shown && now - p->last < EVERY_MS)
		return;
	p->last = now;
	p->shown = true;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		width = ws.ws_col;
	sbuf_printf(&b, "[%4zu/%zu] %s", done, p->total,
	    plan_action_name(s->action));
	if (s->obj_typ != NULL && s->obj_nam != NULL)
		sbuf_printf(&b, " %s %s", s->obj_typ, s->obj_nam);
	fprintf(stderr, "\r%.*s\033[K", (int)fitting(sbuf_str(&b), width - 1),
	    sbuf_str(&b));
	fflush(stderr);
}

void
progress_hide(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	p->shown = false;
}
