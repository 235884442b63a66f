/* What a server at some address would be as an upstream: its index is read and counted, with what its
 * publisher wants left out of it, and nothing is kept.                                         */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/fetch/url.h"
#include "indexer/upstream/impl.h"
#include "indexer/upstream/oci.h"

struct probe {
	struct upstreams *u;
	int64_t end_ns;                  /* when it has taken too long */
	struct arena *arena;             /* of the answer */
	const struct repo_settings *settings;
	struct outgoing_access access;
	struct outgoing_answer answer;
	struct fs_tmp body;
	struct reading reading;
	struct selection *selection;
	struct upstream_test test;       /* what came of it */
};

/* ---- places ---- */

enum err upstreams_test_enter(struct upstreams *u, struct errinfo *e)
{
	_Static_assert(UPSTREAM_TESTS_MAX < OUTGOING_PER_HOST_MAX, "a refresh of the same host finds a place");
	if (lane_try(u->tests, STR("")))
		return OK;
	return ERR(e, TOO_MANY, "%u tests of upstreams are under way, and there may be no more at a time; test "
	           "again when one of them is over", UPSTREAM_TESTS_MAX);
}

void upstreams_test_leave(struct upstreams *u) { lane_leave(u->tests, STR("")); }

struct pool *upstreams_testers(struct upstreams *u) { return u->testers; }

/* ---- what its publisher says ---- */

const char *publisher_file_word(enum publisher_file file)
{
	static const char *const words[] = { "absent", "valid", "invalid", "unanswered", "not asked" };
	return words[file];
}

/* A refresh does without it as well. */
static enum err hear_publisher(struct probe *p, struct errinfo *e)
{
	struct upstream_test *t = &p->test;
	struct outgoing_answer answer;
	struct errinfo why = { 0 };
	enum err err = publisher_fetch(p->u, p->arena, p->reading.base, &p->access, (struct str){ 0 },
	                               (struct str){ 0 }, &answer, &why);
	if (!err && publisher_is_absent(&answer))
		return OK;
	t->publisher_file = err || answer.status != 200 ? PUBLISHER_UNANSWERED : PUBLISHER_VALID;
	if (!err && answer.status != 200)
		err = ERR(&why, UPSTREAM, "it answered %d", answer.status);
	if (!err && (err = publisher_read(p->arena, answer.body, &t->publisher, &why)) != OK)
		t->publisher_file = PUBLISHER_INVALID;
	if (err == ERR_NOMEM || err == ERR_DRAINING) {
		*e = why;
		return err;
	}
	selection_ignore(p->selection, &t->publisher);
	return arena_str(p->arena, str_c(why.detail), &t->publisher_reason) ? OK : ERR(e, NOMEM, "answer");
}

/* ---- its index ---- */

static bool goes_on(void *ctx, uint64_t bytes, uint64_t total)
{
	(void)bytes;
	(void)total;
	return !upstreams_is_stopping(ctx);
}

static enum err download(struct probe *p, struct errinfo *e)
{
	const char *url;
	enum err err = datadir_tmp(ingest_datadir(p->u->ingest), &p->body, e);
	if (!err)
		err = url_join(p->arena, p->reading.base, "index.yaml", &url, e);
	if (err)
		return err;
	struct outgoing_request q = {
		.method = "GET", .url = url, .access = &p->access, .gzip = true,
		.max_bytes = UPSTREAM_INDEX_MAX_BYTES, .fd = p->body.fd, .seconds = UPSTREAM_TEST_SECONDS,
		.progress = goes_on, .progress_ctx = p->u,
	};
	err = outgoing_do(p->u->options.outgoing, p->arena, &q, &p->answer, e);
	if (!err && p->answer.status != 200)
		err = ERR(e, UPSTREAM, "it answered %d to index.yaml", p->answer.status);
	return err;
}

/* A registry is asked for each version, and may have thousands. */
static enum err look(void *ctx, uint64_t done, struct errinfo *e)
{
	const struct probe *p = ctx;
	(void)done;
	if (upstreams_is_stopping(p->u))
		return ERR(e, DRAINING, "the server is shutting down");
	return clock_monotonic() < p->end_ns ? OK
	       : ERR(e, UPSTREAM, "it answers, but has more versions than a test of %u seconds can read; a refresh "
	             "takes as long as it needs", UPSTREAM_TEST_SECONDS);
}

static enum err read_index(struct probe *p, struct errinfo *e)
{
	struct reading *r = &p->reading;
	bool registry = oci_is_address(p->settings->upstream);
	enum err err = upstream_access(p->u, p->arena, p->settings, &p->access, e);
	if (!err)
		err = selection_new(p->arena, p->settings, &p->selection, e);
	if (err)
		return err;
	r->settings = p->settings;
	r->selection = p->selection;
	r->reads_all = true;
	r->base = arena_dup(p->arena, p->settings->upstream);
	err = r->base ? reading_open(r, e) : ERR(e, NOMEM, "address");
	if (!err && !registry)
		err = download(p, e);
	p->test.publisher_file = registry ? PUBLISHER_NOT_ASKED : PUBLISHER_ABSENT;
	if (!err && !registry)
		err = hear_publisher(p, e);
	if (err)
		return err;
	const struct reading_source from = { .fd = p->body.fd, .look = look, .ctx = p,
	                                     .outgoing = p->u->options.outgoing, .access = &p->access };
	err = reading_pass(r, READING_COUNT, &from, e);
	if (!err && r->partial)
		return err_set(e, r->unread.code, "%s", r->unread.detail);
	return err ? err : reading_end(r, e);
}

static enum err fill(struct probe *p, struct errinfo *e)
{
	struct upstream_test *t = &p->test;
	const struct reading *r = &p->reading;
	const struct index_stream_summary *s = &r->summary;
	const struct software_clues clues = { &p->answer, s->server_info, r->first_url };
	t->software = p->answer.status ? software_of(&clues) : (struct str){ 0 };
	t->charts = s->charts;
	t->versions = s->versions;
	t->skipped = s->skipped + r->beyond + r->refused;
	t->bytes = s->bytes;
	if (r->skipped_count)
		(void)snprintf(t->first_skipped, sizeof t->first_skipped, "%.*s %.*s: %.*s",
		               STR_ARG(r->skipped[0].chart), STR_ARG(r->skipped[0].version),
		               STR_ARG(r->skipped[0].why));
	for (int i = 0; i < SELECTION_VERDICT_COUNT; i++)
		t->rules[i] = (struct upstream_rule_count){ selection_word((enum selection_verdict)i),
		                                            r->rules[i], 0, r->rules[i] };
	return arena_str(p->arena, str_c(s->generated), &t->generated) ? OK : ERR(e, NOMEM, "answer");
}

enum err upstreams_test(struct upstreams *u, struct arena *a, const struct repo_settings *s,
                        struct upstream_test *ret, struct errinfo *e)
{
	int64_t began_ns = clock_monotonic();
	struct probe *p = calloc(1, sizeof *p);
	if (!p)
		return ERR(e, NOMEM, "test");
	p->u = u;
	p->end_ns = began_ns + (int64_t)UPSTREAM_TEST_SECONDS * NS_PER_SECOND;
	p->arena = a;
	p->settings = s;
	p->body.fd = -1;
	enum err err = read_index(p, e);
	if (!err)
		err = fill(p, e);
	p->test.took_ns = clock_monotonic() - began_ns;
	reading_close(&p->reading);
	fs_tmp_close(&p->body);
	if (!err)
		*ret = p->test;
	free(p);
	return err;
}
