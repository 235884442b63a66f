/* The versions of a repository, a page at a time, read by a worker. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/versions.h"
#include "server/api/json_parts.h"
#include "server/api/versions.h"
#include "server/route/address.h"

#define PAGE_MAX_BYTES (16u * MIB)
#define PAGE_FULL_BYTES (8u * MIB)   /* a page that has as much ends, whatever ?limit says */
#define PAGE_USUAL 100u
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

static void put_pulls(struct sbuf *b, const struct pull_count *pulls)
{
	char text[RFC3339_MAX_BYTES];
	json_number(b, "pulls", pulls->count);
	if (!pulls->last_day)
		return;
	(void)clock_format(pulls->last_day * NS_PER_DAY, text);
	json_text(b, "last_pull", str_make(text, DATE_BYTES));
}

/* "NAME <EMAIL>" → {"email":"EMAIL","name":"NAME"}, as the index has those of charts. */
static void put_maintainer(struct sbuf *b, struct str line)
{
	bool found;
	struct str name = str_trim(str_cut(&line, '<', &found));
	element_begin(b);
	if (found)
		json_text(b, "email", str_trim(str_cut(&line, '>', NULL)));
	if (name.n)
		json_text(b, "name", name);
	sbuf_putc(b, '}');
}

/* The repository's, for charts that name none; nothing where it names none either. */
static void put_usual(struct sbuf *b, struct str lines)
{
	while (lines.n) {
		struct str line = str_trim(str_cut(&lines, '\n', NULL));
		if (line.n && !b->n)
			sbuf_putc(b, '[');
		if (line.n)
			put_maintainer(b, line);
	}
	if (b->n)
		sbuf_putc(b, ']');
}

struct page { struct sbuf b, usual; };

/* Of what was purged nobody knows who made it. */
static void put_maintainers(struct page *p, struct str line)
{
	struct str own = index_line_value(line, "maintainers");
	if (!own.n && !(line.n && p->usual.n))
		return;
	json_key(&p->b, "maintainers");
	sbuf_put(&p->b, own.n ? own : sbuf_str(&p->usual));
	json_text(&p->b, "maintainers_from", own.n ? STR("chart") : STR("repository"));
}

static enum err put_version(void *ctx, const struct version_row *row,
                            const struct pull_count *pulls, bool *ret_full, struct errinfo *e)
{
	struct page *p = ctx;
	struct sbuf *b = &p->b;
	element_begin(b);
	json_text(b, "chart", row->chart);
	json_text(b, "version", row->version);
	json_text(b, "file", row->file);
	json_text(b, "state", str_c(word_of(version_standing(row))));
	put_digest(b, "digest", &row->digest);
	json_number(b, "bytes", row->bytes);
	put_time(b, "created", row->created_ns);
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
	put_maintainers(p, row->line);
	put_pulls(b, pulls);
	sbuf_putc(b, '}');
	*ret_full = b->n >= PAGE_FULL_BYTES;
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "versions");
}

/* ---- the page ---- */

static enum err usual_maintainers(struct call *c, struct sbuf *b, struct errinfo *e)
{
	struct snapshot *now = ingest_snapshot(c->app->ingest, c->repo);
	if (now)                         /* else the list says that there is no such repository */
		put_usual(b, now->settings->maintainers);
	snapshot_unref(now);
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "versions");
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	const struct versions_query *query = c->state;
	int64_t next = 0;
	struct page p = { sbuf_make(PAGE_MAX_BYTES), sbuf_make(PAGE_MAX_BYTES) };
	enum err err = usual_maintainers(c, &p.usual, e);
	sbuf_puts(&p.b, "{\"versions\":[");
	if (!err)
		err = ingest_versions(c->app->ingest, query, put_version, &p, &next, e);
	sbuf_putc(&p.b, ']');
	if (!err && next) {
		json_number(&p.b, "next", (uint64_t)next);
		err = address_next_number(c, (uint64_t)next, e);
	}
	sbuf_puts(&p.b, "}\n");
	if (!err)
		err = respond_buffer(JSON_TYPE, &p.b, s, e);
	sbuf_done(&p.usual);
	sbuf_done(&p.b);
	return err;
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
