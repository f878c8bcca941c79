#include "report.h"

#include "json_out.h"

static const char *const status_names[] = {
	[REPORT_UNCHANGED] = "unchanged",
	[REPORT_APPLIED] = "applied",
	[REPORT_DRY_RUN] = "dry-run",
};

void
report_clear(struct report *r)
{
	vec_clear(&r->warnings);
}

/* How many steps there were of each action, in the order of the actions. */
static void
put_actions(struct json_out *out, const struct plan *p)
{
	long count[PLAN_RECORD + 1] = { 0 };

	for (size_t i = 0; i < p->steps.n; i++)
		count[((const struct plan_step *)p->steps.v[i])->action]++;
	json_out_open(out, "actions", '{', false);
	for (size_t a = 0; a < WM_LEN(count); a++)
		if (count[a] > 0)
			json_out_int(out,
			    plan_action_name((enum plan_action)a), count[a]);
	json_out_close(out);
}

static void
put_timing(struct json_out *out, const struct report *r, const struct plan *p)
{
	json_out_open(out, "timing", '[', true);
	for (size_t i = 0; i < p->steps.n; i++) {
		const struct plan_step *s = p->steps.v[i];

		json_out_open(out, NULL, '{', false);
		json_out_str(out, "action", plan_action_name(s->action));
		if (s->obj_typ != NULL)
			json_out_str(out, "obj_typ", s->obj_typ);
		if (s->obj_nam != NULL)
			json_out_str(out, "obj_nam", s->obj_nam);
		json_out_double(out, "ms", r->step_ms[i], 3);
		json_out_close(out);
	}
	json_out_close(out);
}

void
report_write(const struct report *r, const struct plan *p, FILE *f)
{
	WM_JSON_OUT out = JSON_OUT_INIT;

	json_out_open(&out, NULL, '{', true);
	json_out_str(&out, "format", "wm-report/1");
	json_out_str(&out, "status", status_names[r->status]);
	json_out_str(&out, "database", r->database);
	if (r->server != NULL)
		json_out_str(&out, "server", r->server);
	plan_state_write(&out, "from", &p->from);
	plan_state_write(&out, "to", &p->to);
	json_out_int(&out, "steps", (long)p->steps.n);
	put_actions(&out, p);
	json_out_int(&out, "checks", (long)p->checks.n);
	json_out_int(&out, "rows_read", (long)r->rows_read);
	json_out_int(&out, "transactions", (long)r->batches);
	json_out_int(&out, "retries", r->retries);
	json_out_double(&out, "seconds", (double)r->ms / 1000, 3);
	json_out_open(&out, "warnings", '[', true);
	for (size_t i = 0; i < r->warnings.n; i++)
		json_out_str(&out, NULL, r->warnings.v[i]);
	json_out_close(&out);
	if (r->step_ms != NULL)
		put_timing(&out, r, p);
	json_out_close(&out);
	json_out_flush(&out, f);
}
