/* The versions of a repository, a page at a time, read by a worker. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/ingest/versions.h"
#include "server/api/versions.h"

#define PAGE_MAX_BYTES (16u * MIB)
#define PAGE_USUAL 100u
#define SECONDS_PER_DAY INT64_C(86400)
#define DATE_BYTES 10                /* of RFC 3339 */

static const struct { const char *word; enum version_standing standing; } words[] = {
	{ "live", STANDING_LIVE }, { "yanked", STANDING_YANKED }, { "deleted", STANDING_DELETED },
	{ "damaged", STANDING_DAMAGED }, { "purged", STANDING_PURGED },
};
#define WORDS (sizeof words / sizeof *words)
#define STANDING_GONE (STANDING_DELETED | STANDING_PURGED)

/* ---- one version ---- */

static const char *word_of(enum version_standing standing)
{
	size_t i = 0;
	while (i < WORDS - 1 && words[i].standing != standing)
		i++;
	return words[i].word;
}

static void put_time(struct sbuf *b, const char *key, int64_t ns, size_t bytes)
{
	char text[RFC3339_MAX_BYTES];
	size_t n = clock_format(ns, text);
	json_text(b, key, str_make(text, bytes && bytes < n ? bytes : n));
}

static void put_pulls(struct sbuf *b, const struct pull_count *pulls)
{
	json_number(b, "pulls", pulls->count);
	if (pulls->last_day)
		put_time(b, "last_pull", pulls->last_day * SECONDS_PER_DAY * NS_PER_SECOND, DATE_BYTES);
}

static enum err put_version(void *ctx, const struct version_row *row,
                            const struct pull_count *pulls, struct errinfo *e)
{
	struct sbuf *b = ctx;
	char digest[SHA256_HEX_BYTES + 1];
	sha256_hex(&row->digest, digest);
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "chart", row->chart);
	json_text(b, "version", row->version);
	json_text(b, "file", row->file);
	json_text(b, "state", str_c(word_of(version_standing(row))));
	json_text(b, "digest", str_c(digest));
	json_number(b, "bytes", row->bytes);
	put_time(b, "created", row->created_ns, 0);
	json_number(b, "event", row->event);
	if (row->deleted_event)
		json_number(b, "deleted_event", row->deleted_event);
	if (row->yanked)
		json_text(b, "yank_reason", row->yank_reason);
	json_bool(b, "provenance", row->has_prov);
	if (row->signature.n) {
		json_key(b, "signature");
		sbuf_put(b, row->signature);
	}
	put_pulls(b, pulls);
	sbuf_putc(b, '}');
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "versions");
}

/* ---- the page ---- */

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	const struct versions_query *query = c->state;
	int64_t next = 0;
	AUTO_SBUF struct sbuf b = sbuf_make(PAGE_MAX_BYTES);
	sbuf_puts(&b, "{\"versions\":[");
	enum err err = ingest_versions(c->app->ingest, query, put_version, &b, &next, e);
	sbuf_putc(&b, ']');
	if (next)
		json_number(&b, "next", (uint64_t)next);
	sbuf_puts(&b, "}\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

static enum err take_states(const struct call *c, unsigned *ret, struct errinfo *e)
{
	struct str rest = query_text(&c->query, "state");
	*ret = rest.n ? 0 : STANDING_ALL & ~STANDING_GONE;
	while (rest.n) {
		struct str word = str_cut(&rest, ',', NULL);
		size_t i = 0;
		while (i < WORDS && !str_eq_c(word, words[i].word))
			i++;
		if (i == WORDS)
			return ERR(e, INVALID, "state: live, yanked, deleted, damaged or purged is expected, not "
			           "\"%.*s\"", STR_ARG(word));
		*ret |= words[i].standing;
	}
	if ((*ret & STANDING_GONE) && !call_may(c, ROLE_DELETE, c->repo, (struct str){ 0 }))
		return ERR(e, DENIED, "what was deleted is shown to who may delete");
	return OK;
}

enum err versions_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	uint64_t limit = PAGE_USUAL, after = 0;
	struct versions_query *q = ARENA_NEW(&c->r->arena, struct versions_query);
	if (!q)
		return ERR(e, NOMEM, "request");
	*q = (struct versions_query){ .repo = c->repo, .chart = query_text(&c->query, "chart") };
	enum err err = query_number(&c->query, "limit", 1, VERSIONS_PAGE_MAX, &limit, e);
	if (!err)
		err = query_number(&c->query, "after", 0, INT64_MAX, &after, e);
	if (!err)
		err = take_states(c, &q->standings, e);
	if (err)
		return err;
	q->limit = (unsigned)limit;
	q->after = (int64_t)after;
	c->state = q;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}
