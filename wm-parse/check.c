#include "check.h"

#include <pthread.h>
#include <stdlib.h>

#include "arena.h"
#include "diag.h"
#include "fault.h"
#include "parse.h"
#include "sql.h"
#include "sqlcheck.h"

/* Something in an object's SQL that the parser did not take. */
struct complaint {
	const struct object *o;
	const char *text;	/* the create or drop text */
	const char *message;
	const char *where;	/* ends the message */
	size_t off;		/* in text, or SIZE_MAX */
};

struct check {
	enum sql_level level;
	const struct parse *parse;
	pthread_t thread;
	bool threaded;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct vec queue;	/* of const struct object *; under the lock */
	bool closed;		/* under the lock */

	/* the worker's, until it has ended */
	struct arena *mem;	/* complaints */
	struct arena *scratch;
	struct vec complaints;
};

static void
complain(struct check *c, const struct object *o, const char *text,
    const char *message, size_t off, const char *where)
{
	struct complaint *k = arena_alloc(c->mem, sizeof(*k));

	k->o = o;
	k->text = text;
	k->message = message;
	k->where = where;
	k->off = off;
	vec_push(&c->complaints, k);
}

static void
check_object(struct check *c, const struct object *o)
{
	WM_VEC faults = VEC_INIT;
	size_t own;

	if (sqlcheck(c->mem, c->scratch, o->create, true, &faults) == 0 &&
	    faults.n == 0)
		complain(c, o, o->create, "no SQL statement", 0, "");
	own = faults.n;
	sqlcheck(c->mem, c->scratch, o->drop, false, &faults);
	for (size_t i = 0; i < faults.n; i++) {
		const struct sql_fault *f = faults.v[i];

		complain(c, o, i < own ? o->create : o->drop, f->message,
		    f->off, i < own ? f->where : " in the drop text");
	}
	arena_reset(c->scratch);
}

static void *
work(void *arg)
{
	struct check *c = arg;

	for (size_t i = 0;; i++) {
		const struct object *o = NULL;

		pthread_mutex_lock(&c->lock);
		while (i >= c->queue.n && !c->closed)
			pthread_cond_wait(&c->more, &c->lock);
		if (i < c->queue.n)
			o = c->queue.v[i];
		pthread_mutex_unlock(&c->lock);
		if (o == NULL)
			return NULL;
		check_object(c, o);
	}
}

struct check *
check_start(enum sql_level level, const struct parse *p)
{
	struct check *c = xmalloc(sizeof(*c));

	memset(c, 0, sizeof(*c));
	c->level = level;
	c->parse = p;
	c->mem = arena_new();
	c->scratch = arena_new();
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->more, NULL);
	/* failures on order are counted, so all has to happen in one order */
	c->threaded = level != SQL_OFF && !fault_planned() &&
	    pthread_create(&c->thread, NULL, work, c) == 0;
	return c;
}

void
check_add(struct check *c, const struct object *o)
{
	if (c->level == SQL_OFF)
		return;
	if (!c->threaded) {
		check_object(c, o);
		return;
	}
	pthread_mutex_lock(&c->lock);
	vec_push(&c->queue, o);
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->lock);
}

static void
report(const struct check *c, const struct complaint *k)
{
	struct loc at = k->o->loc;
	bool exact = false;
	int line, col;

	if (k->off != SIZE_MAX && k->text == k->o->create)
		at = object_place(k->o, k->off, &exact);
	if (c->level == SQL_WARN)
		diag_warn(&at, "sql", "%s%s", k->message, k->where);
	else
		diag_error(&at, "%s%s", k->message, k->where);
	if (exact || k->off == SIZE_MAX)
		parse_quote(c->parse, &at);
	else {
		byte_to_line_col(k->text, k->off, &line, &col);
		diag_quote(0, diag_line(k->text, line), col);
	}
	if (!exact)
		diag_note(&k->o->loc, "in the SQL of %s \"%s\"",
		    k->o->kind->name, k->o->nam);
}

void
check_finish(struct check *c)
{
	if (c->threaded) {
		pthread_mutex_lock(&c->lock);
		c->closed = true;
		pthread_cond_signal(&c->more);
		pthread_mutex_unlock(&c->lock);
		pthread_join(c->thread, NULL);
	}
	for (size_t i = 0; i < c->complaints.n; i++)
		report(c, c->complaints.v[i]);
	pthread_cond_destroy(&c->more);
	pthread_mutex_destroy(&c->lock);
	vec_clear(&c->queue);
	vec_clear(&c->complaints);
	arena_free(c->scratch);
	arena_free(c->mem);
	free(c);
}
