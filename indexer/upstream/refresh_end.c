/* What became of a refresh: the upstream's row, what is remembered of the run, the report. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/limits.h"
#include "indexer/upstream/run.h"

static void tell_software(struct run *x)
{
	const struct software_clues clues = { &x->answer, x->reading.summary.server_info,
	                                      x->reading.first_url };
	struct str software = run_is_oci(x) ? STR("oci") : software_of(&clues);
	if (software.n || (!x->unchanged && *x->reading.first_url))
		x->row.software = software;
}

/* What one chart changes of what is known of the whole. */
static void add_chart(struct run *x)
{
	const struct reading *r = &x->reading;
	struct upstream_row *row = &x->row;
	uint64_t known = 0, taken = 0;
	for (const struct known *k = r->known.first; k; k = k->following) {
		known += !k->fresh && !k->gone;
		taken += !k->fresh && !k->gone && k->was_taken;
	}
	row->versions += r->summary.versions - (known < row->versions ? known : row->versions);
	row->taken += r->taken - (taken < row->taken ? taken : row->taken);
	x->f->dropped += r->dropped;
}

/* As late as it asks for, if that is not later than any other one would be tried. */
static int64_t next_try(const struct run *x)
{
	const struct repo_settings *s = x->settings;
	int64_t backoff = upstream_backoff_ns(x->row.failures, s->refresh_minutes);
	uint64_t most = UPSTREAM_BACKOFF_MAX_MINUTES * 60;
	int64_t asked = (int64_t)(x->reading.retry_after < most ? x->reading.retry_after : most) * NS_PER_SECOND;
	return s->refresh_minutes && !s->paused
	       ? x->row.checked_ns + (asked > backoff ? asked : backoff) : 0;
}

/* What was read stays. Of one that nothing was known of, it is known by these rules from now on. */
static void keep_part(struct run *x)
{
	struct upstream_row *row = &x->row;
	row->taken = x->reading.taken > row->taken ? x->reading.taken : row->taken;
	row->versions = x->reading.summary.versions > row->versions ? x->reading.summary.versions
	                                                            : row->versions;
	row->changed_ns = x->reading.added || x->reading.changed ? row->checked_ns : row->changed_ns;
	if (x->first) {
		row->has_rules = true;
		row->rules = x->rules;
	}
	tell_software(x);
}

/* What an operator is waited for stays told while the upstream fails as well. */
static void finish_failed(struct run *x, const struct errinfo *e)
{
	struct upstream_row *row = &x->row;
	/* It is to be looked at again; and what was wanted whole still is. */
	if ((x->answer.status == 200 || x->o->whole) && row->state != UPSTREAM_IS_HELD) {
		row->has_body = false;
		row->etag = row->last_modified = (struct str){ 0 };
	}
	row->state = row->state == UPSTREAM_IS_HELD ? UPSTREAM_IS_HELD : UPSTREAM_IS_FAILING;
	if (row->state != UPSTREAM_IS_HELD || !row->reason.n)
		row->reason = str_c(arena_dup(x->arena, str_c(err_public_text(e))));
	row->failing_ns = row->failing_ns ? row->failing_ns : row->checked_ns;
	row->failures++;
	row->next_ns = next_try(x);
	if (x->reading.partial)
		keep_part(x);
}

/* What was told once need not be told again. */
static void look_frozen(struct run *x, int64_t fresh_before_ns)
{
	x->froze = upstream_frozen_since(&x->row, x->settings) &&
	           !upstream_stood_still(&x->row, x->settings, fresh_before_ns);
}

static void finish_well(struct run *x)
{
	struct upstream_row *row = &x->row;
	int64_t now = row->checked_ns;
	bool news = x->reading.added || x->reading.changed || x->reading.gone;
	row->state = news ? UPSTREAM_IS_FRESH : UPSTREAM_IS_UNCHANGED;
	row->held_for = UPSTREAM_HELD_FOR_NOTHING;
	row->reason = (struct str){ 0 };
	row->fresh_ns = now;
	row->changed_ns = news ? now : row->changed_ns;
	row->failing_ns = 0;
	row->failures = 0;
	if (x->chart.n) {                            /* the whole is asked for when it would have been */
		add_chart(x);
		return;
	}
	row->next_ns = !x->settings->refresh_minutes || x->settings->paused ? 0
	               : now + upstream_interval_ns(x->settings->refresh_minutes);
	row->has_rules = true;
	row->rules = x->rules;
	if (x->answer.status == 200) {
		row->has_body = true;
		row->body = x->answer.digest;
		row->etag = x->answer.etag;
		row->last_modified = x->answer.last_modified;
	}
	x->f->dropped = 0;
	tell_software(x);
	if (x->unchanged)
		return;
	row->versions = x->reading.summary.versions;
	row->taken = x->reading.taken;
	row->skipped = x->reading.summary.skipped + x->reading.beyond + x->reading.refused;
	row->generated = str_c(x->reading.summary.generated);
}

static void finish_row(struct run *x, enum err err, const struct errinfo *e)
{
	int64_t fresh_before_ns = x->row.fresh_ns;
	x->row.checked_ns = clock_wall();
	if (err) {
		finish_failed(x, e);
		return;
	}
	finish_well(x);
	look_frozen(x, fresh_before_ns);
}

static struct upstream_run_row run_row(const struct run *x, struct str reason)
{
	const struct reading *r = &x->reading;
	return (struct upstream_run_row){
		.at_ns = x->row.checked_ns, .state = x->row.state, .held_for = x->row.held_for,
		.reason = reason,
		.took_ms = (uint64_t)((clock_monotonic() - x->began_ns) / NS_PER_MS), .added = r->added,
		.changed = r->changed, .gone = r->gone, .skipped = x->row.skipped,
		.bytes = x->report->wire_bytes,
	};
}

/* What the event says: canonical JSON. */
static struct str tell_frozen(const struct run *x, struct sbuf *b)
{
	char since[RFC3339_MAX_BYTES];
	size_t n = clock_format(upstream_frozen_since(&x->row, x->settings), since);
	sbuf_printf(b, "{\"days\":%llu,\"since\":\"%.*s\"}", (unsigned long long)x->settings->frozen_days,
	            (int)n, since);
	LOG(LOG_WARN, "upstream.frozen", KV("repo", (const char *)x->f->repo), KV("since", str_make(since, n)));
	return sbuf_str(b);
}

/* First what was collected, then how it ended: a crash between the two makes the next one read again. */
enum err run_store(struct run *x, enum err outcome, struct errinfo *why, struct errinfo *e)
{
	struct reading *r = &x->reading;
	struct upstream_change all = { .row = NULL };
	follow_phase(x->f, UPSTREAM_STORING);
	if (!outcome)
		outcome = reading_store(r, &all, why);
	if (!outcome && r->partial) {
		*why = x->reading.unread;
		outcome = ERR_UPSTREAM;
	}
	finish_row(x, outcome, why);
	struct upstream_run_row run = run_row(x, outcome ? str_c(err_public_text(why)) : (struct str){ 0 });
	struct upstream_change end = { .row = &x->row, .run = x->chart.n && !outcome ? NULL : &run };
	if (!outcome && !x->unchanged && !x->chart.n) {
		end.skipped = r->skipped;
		end.skipped_count = r->skipped_count;
		end.has_skipped = true;
	}
	AUTO_SBUF struct sbuf frozen = sbuf_make(KIB);
	if (x->froze)
		end.frozen = tell_frozen(x, &frozen);
	r->count = 0;
	enum err err = reading_store(r, &end, e);
	if (!err && outcome)
		*e = *why;
	return err ? err : outcome;
}

enum err run_store_missing(struct run *x, struct errinfo *e)
{
	struct upstream_row *row = &x->report->row;      /* its texts last as long as the report's */
	row->reason = x->row.reason = x->report->missing;
	struct upstream_run_row run = run_row(x, row->reason);
	struct upstream_change end = { .row = &x->row, .run = x->chart.n ? NULL : &run };
	return reading_store(&x->reading, &end, e);
}

void run_fill_rules(struct run *x)
{
	for (int i = 0; i < SELECTION_VERDICT_COUNT; i++)
		x->report->rules[i] = (struct upstream_rule_count){
			selection_word((enum selection_verdict)i), x->reading.rules[i], 0, 0 };
}

void run_fill_report(struct run *x)
{
	const struct reading *r = &x->reading;
	struct upstream_report *report = x->report;
	report->row = x->row;
	report->added = r->added;
	report->changed = r->changed;
	report->gone = x->o->dry_run ? r->dropped : r->gone;
	report->drifted = r->drifted;
	report->skipped = x->row.skipped;
	report->took_ns = clock_monotonic() - x->began_ns;
	if (!x->o->dry_run)                  /* which has filled them itself, with bytes */
		run_fill_rules(x);
}

enum err run_keep_texts(struct run *x, struct errinfo *e)
{
	struct upstream_row *row = &x->report->row;
	return arena_str(x->arena, row->reason, &row->reason) &&
	       arena_str(x->arena, row->generated, &row->generated) ? OK : ERR(e, NOMEM, "report");
}
