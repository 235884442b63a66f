/* One refresh: the index comes into an unnamed file, is read against what is known, and what it brings
 * is stored; or what went wrong is. The state of an upstream is in the catalog alone.           */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/fetch/url.h"
#include "indexer/format/name.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/oci.h"
#include "indexer/upstream/run.h"

void follow_phase(struct follow *f, enum upstream_phase phase)
{
	atomic_store(&f->done, 0);
	atomic_store(&f->total, 0);
	atomic_store(&f->phase, (int)phase);
}

/* ---- before ---- */

/* All of the settings: what none of them is about is seldom changed; and what the publisher ignores. */
static enum err digest_rules(struct run *x, struct errinfo *e)
{
	const struct publisher *p = &x->publisher;
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES + MIB);
	repo_settings_json(&b, x->settings);
	for (size_t i = 0; i < p->ignored_count; i++) {
		sbuf_json(&b, p->ignored[i].name);
		sbuf_json(&b, p->ignored[i].version);
	}
	return sbuf_ok(&b) ? sha256_of(sbuf_str(&b), &x->rules, e) : ERR(e, NOMEM, "settings");
}

static enum err take_rules(struct run *x, struct errinfo *e)
{
	enum err err = digest_rules(x, e);
	selection_ignore(x->selection, &x->publisher);
	x->reading.reads_all = x->o->dry_run || !x->row.has_rules || !sha256_eq(&x->row.rules, &x->rules);
	return err;
}

/* What is known of it, and what this reading is of. */
static enum err begin(struct run *x, struct errinfo *e)
{
	struct upstreams *u = x->f->of;
	struct str repo = str_c(x->f->repo);
	enum err err = ingest_upstream_row(u->ingest, x->arena, repo, &x->row, e);
	if (err == ERR_NOT_FOUND)
		x->row = (struct upstream_row){ .state = UPSTREAM_IS_NEVER };
	else if (err)
		return err;
	x->has_held_drop = x->row.held_for == UPSTREAM_HELD_FOR_DROP && x->row.has_body;
	x->held_drop = x->row.body;
	x->reading.ingest = u->ingest;
	x->reading.repo = repo;
	x->reading.source = x->f->source;
	x->reading.only = x->chart;
	x->reading.settings = x->settings;
	x->reading.stored = &x->f->done;
	x->peer.of = str_hash(x->settings->upstream, STR_HASH_START);
	x->reading.base = arena_dup(x->arena, x->settings->upstream);
	return x->reading.base ? reading_open(&x->reading, e) : ERR(e, NOMEM, "address");
}

/* What it is asked with. What cannot be had of that is a failure of the upstream like one to connect. */
static enum err prepare(struct run *x, struct errinfo *e)
{
	enum err err = upstream_access(x->f->of, x->arena, x->settings, &x->access, e);
	if (!err)
		err = publisher_load(x, e);
	if (!err)
		err = selection_new(x->arena, x->settings, &x->selection, e);
	if (err)
		return err;
	x->reading.selection = x->selection;
	return take_rules(x, e);
}

/* ---- the index comes ---- */

static bool progress(void *ctx, uint64_t bytes, uint64_t total)
{
	struct follow *f = ctx;
	atomic_store(&f->done, bytes);
	atomic_store(&f->total, total);
	return !follow_is_over(f);
}

/* Known by these rules, and nobody wants it whole: what is the same as before brings nothing. */
static bool may_be_unchanged(const struct run *x)
{
	return x->row.has_rules && sha256_eq(&x->row.rules, &x->rules) && !x->o->whole &&
	       !x->o->dry_run && x->row.state != UPSTREAM_IS_HELD;
}

static enum err judge_answer(struct run *x, const struct outgoing_answer *answer, bool conditional,
                             struct errinfo *e)
{
	x->is_peer = !strchr(x->reading.base, '?') && peer_read(x->arena, answer, &x->peer);
	if (answer->status == 304 && conditional) {
		x->unchanged = true;
		return OK;
	}
	if (answer->status != 200)
		return ERR(e, UPSTREAM, "it answered %d to index.yaml", answer->status);
	if (!answer->bytes)
		return ERR(e, UPSTREAM, "its index.yaml is empty");
	if (x->chart.n)
		return x->is_peer ? OK : ERR(e, UPSTREAM, "it is no Chartlocker any more");
	x->unchanged = x->row.has_body && sha256_eq(&x->row.body, &answer->digest) && may_be_unchanged(x);
	return OK;
}

static enum err name_index(const struct run *x, const char **ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf query = sbuf_make(OUTGOING_URL_MAX_BYTES);
	if (!x->chart.n)
		return url_join(x->arena, x->reading.base, "index.yaml", ret, e);
	sbuf_puts(&query, "?chart=");
	url_segment_encode(&query, x->chart);
	const char *url = NULL;
	enum err err = url_join(x->arena, x->reading.base, "index.json", &url, e);
	if (err)
		return err;
	url = sbuf_ok(&query) ? arena_printf(x->arena, "%s%.*s", url, STR_ARG(sbuf_str(&query))) : NULL;
	*ret = url;
	return url ? OK : ERR(e, NOMEM, "address");
}

static enum err download(struct run *x, struct errinfo *e)
{
	const char *url;
	struct outgoing_answer *answer = &x->answer;
	bool conditional = !x->chart.n && may_be_unchanged(x);
	struct str etag = conditional ? x->row.etag : (struct str){ 0 };
	struct str modified = conditional ? x->row.last_modified : (struct str){ 0 };
	follow_phase(x->f, UPSTREAM_ASKING);
	enum err err = datadir_tmp(ingest_datadir(x->f->of->ingest), &x->body, e);
	if (!err)
		err = name_index(x, &url, e);
	if (err)
		return err;
	struct outgoing_request q = {
		.method = "GET", .url = url, .access = &x->access, .gzip = true,
		.max_bytes = UPSTREAM_INDEX_MAX_BYTES, .fd = x->body.fd,
		.etag = etag.n ? arena_dup(x->arena, etag) : NULL,
		.last_modified = modified.n ? arena_dup(x->arena, modified) : NULL,
		.progress = progress, .progress_ctx = x->f,
	};
	err = outgoing_do(x->f->of->options.outgoing, x->arena, &q, answer, e);
	if (err)
		return err;
	x->report->wire_bytes = answer->wire_bytes;
	x->reading.retry_after = answer->status == 200 ? 0 : answer->retry_after;
	return judge_answer(x, answer, q.etag || q.last_modified, e);
}

/* What the publisher says by now. Where it wants other versions left out than before, the index is read
 * as if it were new, and so is wanted whole.                                                   */
static enum err hear_publisher(struct run *x, struct errinfo *e)
{
	bool changed;
	if (x->chart.n)
		return OK;
	enum err err = publisher_ask(x, &changed, e);
	if (!err && changed)
		err = take_rules(x, e);
	if (err || !changed || !x->unchanged || sha256_eq(&x->row.rules, &x->rules))
		return err;
	x->unchanged = false;
	fs_tmp_close(&x->body);
	return download(x, e);
}

static enum err come(struct run *x, struct errinfo *e)
{
	enum err err = download(x, e);
	return err ? err : hear_publisher(x, e);
}

/* ---- … and is read ---- */

static enum err look(void *ctx, uint64_t bytes, struct errinfo *e)
{
	struct follow *f = ctx;
	if (follow_is_over(f))
		return ERR(e, DRAINING, "the server is shutting down, or it is another upstream by now");
	atomic_store(&f->done, bytes);
	return OK;
}

bool run_is_oci(const struct run *x) { return oci_is_address(x->settings->upstream); }

static enum err read_pass(struct run *x, enum reading_mode mode, struct errinfo *e)
{
	const struct reading_source from = { .fd = x->body.fd, .look = look, .ctx = x->f,
	                                     .outgoing = x->f->of->options.outgoing, .access = &x->access };
	follow_phase(x->f, mode == READING_STREAM ? UPSTREAM_STORING : UPSTREAM_READING);
	enum err err = reading_pass(&x->reading, mode, &from, e);
	return err ? err : reading_end(&x->reading, e);
}

/* An operator's word is for what was held, which may not be what has come now. */
static bool is_accepted(const struct run *x)
{
	return x->o->accept_drop && x->has_held_drop && sha256_eq(&x->held_drop, &x->reading.drop);
}

static bool drops_too_much(const struct run *x)
{
	const struct reading *r = &x->reading;
	uint64_t before = x->f->dropped, base = before + (x->chart.n ? x->row.taken : r->base_count);
	uint64_t share = base ? (r->dropped + before) * 100 / base : 0;
	return r->dropped && share > x->settings->drop_max_percent && !is_accepted(x);
}

static void hold_drop(struct run *x)
{
	upstream_hold(&x->row, UPSTREAM_HELD_FOR_DROP);
	x->row.has_body = !x->chart.n;
	x->row.body = x->reading.drop;
}

static const char *how_to_accept(const struct run *x)
{
	return x->o->accept_drop ? "what was accepted is another drop, or none was held. If this one is meant to"
	                         : "if it is meant to";
}

static enum err hold(struct run *x, struct errinfo *e)
{
	const struct reading *r = &x->reading;
	hold_drop(x);
	return ERR(e, BUSY, "its index lost %llu of %llu versions, more than drop_max_percent=%llu allows; "
	           "nothing was changed; %s: chartlocker upstream refresh %s --accept-drop",
	           (unsigned long long)(r->dropped + x->f->dropped),
	           (unsigned long long)(x->f->dropped + (x->chart.n ? x->row.taken : r->base_count)),
	           (unsigned long long)x->settings->drop_max_percent, how_to_accept(x), x->f->repo);
}

/* Somebody shows what was there before what was seen; an index that another replica made lacks nothing. */
static bool rolls_back(const struct run *x)
{
	bool accepted = is_accepted(x) || x->o->accept_fork || x->settings->drop_max_percent == 100;
	return !x->chart.n && !accepted && x->reading.dropped &&
	       upstream_is_older(&x->row, str_c(x->reading.summary.generated));
}

static enum err hold_older(struct run *x, struct errinfo *e)
{
	hold_drop(x);
	return ERR(e, BUSY, "its index is an older one (generated %s, before %.*s) and lacks %llu versions; "
	           "nothing was changed; %s: chartlocker upstream refresh %s --accept-drop",
	           x->reading.summary.generated, STR_ARG(x->row.generated),
	           (unsigned long long)x->reading.dropped, how_to_accept(x), x->f->repo);
}

/* What is needed by what was taken, by what is needed by that, and so on; what was stored meanwhile may
 * need other things than what it replaced.                                                     */
static enum err close_over(struct run *x, struct errinfo *e)
{
	struct reading *r = &x->reading;
	enum err err = OK;
	for (int i = 0; i < UPSTREAM_CLOSURE_PASSES_MAX && !err; i++) {
		bool wanted = false;
		struct upstream_change all = { .row = NULL };
		err = closure_mark(r, &wanted, e);
		if (err || (!wanted && !r->count))
			break;
		err = reading_store(r, &all, e);
		if (!err && wanted)
			err = read_pass(x, READING_STREAM, e);
	}
	return err;
}

static enum err read_index(struct run *x, struct errinfo *e)
{
	struct reading *r = &x->reading;
	enum err err = known_load(&r->known, r->ingest, r->repo, x->chart, e);
	if (err)
		return err;
	bool first = !r->known.count && !x->o->dry_run;
	err = read_pass(x, first ? READING_STREAM : READING_COLLECT, e);
	x->first = first;
	if (!err && x->reading.partial && x->o->dry_run)
		return err_set(e, ERR_UPSTREAM, "%s", x->reading.unread.detail);
	if (!err && x->o->dry_run) {         /* counted and measured, and forgotten */
		bool again;
		err = closure_mark(r, &again, e);
		run_fill_rules(x);
		dry_run_report(x->f, r, &x->access, x->report);
		return err;
	}
	if (err)
		return err;
	if (drops_too_much(x))
		return hold(x, e);
	if (rolls_back(x))
		return hold_older(x, e);
	if (r->overflow || r->again)
		err = read_pass(x, READING_STREAM, e);
	return err || r->partial ? err : close_over(x, e);
}

/* One chart after the other is taken on the word of a moment ago. */
static bool is_to_be_verified(const struct run *x)
{
	return !x->chart.n || clock_monotonic() - x->f->verified_ns > FOLLOW_VERIFY_SECONDS * NS_PER_SECOND;
}

static enum err run_index(struct run *x, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = begin(x, e);
	if (err)
		return err;
	if (x->chart.n && x->row.state == UPSTREAM_IS_HELD)
		return ERR(e, BUSY, "%.*s", STR_ARG(x->row.reason));
	err = prepare(x, &why);
	if (!err && !run_is_oci(x))
		err = come(x, &why);
	if (!err && !x->o->dry_run && is_to_be_verified(x))
		err = chain_check(x->f, x->arena, &x->access, x->is_peer ? &x->peer : NULL,
		                  x->o->accept_fork, &x->row, &why);
	if (!err && !x->unchanged)
		err = read_index(x, &why);
	if (err != ERR_DRAINING && !x->o->dry_run)
		return run_store(x, err, &why, e);
	if (err)
		*e = why;
	return err;
}

static enum err run_and_tell(struct run *x, struct errinfo *e)
{
	const struct upstream_report *r = x->report;
	struct errinfo why = { 0 };
	x->settings = x->snapshot->settings;
	enum err err = run_index(x, &why);
	run_fill_report(x);
	enum err kept = run_keep_texts(x, e);
	if (err)
		*e = why;
	LOG(err ? LOG_WARN : x->chart.n ? LOG_DEBUG : LOG_INFO, "upstream.refreshed",
	    KV("repo", (const char *)x->f->repo), KV("state", upstream_state_word(x->row.state)),
	    KV("added", (int64_t)r->added), KV("changed", (int64_t)r->changed), KV("gone", (int64_t)r->gone),
	    KV("skipped", (int64_t)r->skipped), KV("reason", (const char *)why.detail));
	return err ? err : kept;
}

/* What one that succeeded leads to. */
static enum err go_on(struct run *x, struct errinfo *e)
{
	struct follow *f = x->f;
	struct upstream_report *r = x->report;
	enum err err = OK;
	if (upstream_wants_prov(x->settings)) {      /* as each mirror does */
		follow_phase(f, UPSTREAM_FETCHING);
		err = fetch_missing(f, x->settings, x->arena, r, e);
		if (!err && r->failed)
			err = run_store_missing(x, e);
	}
	if (err)
		return err;
	peer_heard(f, x->is_peer ? &x->peer : NULL);
	if (r->added || r->changed)
		closure_wake(f->of, str_c(f->repo));
	return OK;
}

enum err follow_refresh(struct follow *f, struct arena *a, struct str chart,
                 const struct upstream_refresh_options *o, struct upstream_report *ret,
                 struct errinfo *e)
{
	struct run *x = calloc(1, sizeof *x);
	*ret = (struct upstream_report){ 0 };
	if (!x)
		return ERR(e, NOMEM, "refresh");
	*x = (struct run){ .f = f, .arena = a, .chart = chart, .o = o, .report = ret, .body.fd = -1,
	                   .began_ns = clock_monotonic() };
	f->source = ingest_source(f->of->ingest, str_c(f->repo));
	enum err err = upstream_settings(f->of, str_c(f->repo), &x->snapshot, e);
	if (!err)
		err = run_and_tell(x, e);
	if (!err && !o->dry_run)
		err = go_on(x, e);
	follow_phase(f, UPSTREAM_IDLE);
	reading_close(&x->reading);
	fs_tmp_close(&x->body);
	snapshot_unref(x->snapshot);
	free(x);
	return err;
}
