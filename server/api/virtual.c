/* Who has a name that several members of a virtual repository have, written by a worker: there may be many. */
#include "server/api/virtual.h"

#include "indexer/base/auto.h"
#include "server/api/json_parts.h"
#include "server/route/conflict.h"

#define CONFLICTS_MAX_BYTES (64u * MIB)

static void put_claim(struct sbuf *b, const struct virtual_claim *claim, bool wins)
{
	element_begin(b);
	json_text(b, "member", claim->member);
	json_text(b, "repo", claim->repo);
	json_text(b, "kind", str_c(repo_kind_word(claim->kind)));
	json_text(b, "verdict", str_c(ownership_word(claim->verdict)));
	json_bool(b, "wins", wins);
	json_number(b, "versions", claim->versions);
	sbuf_putc(b, '}');
}

static void put_conflict(const struct call *c, struct sbuf *b, const struct virtual_conflict *x)
{
	const struct virtual_claim *winner = call_sees_winner(c, x);
	element_begin(b);
	json_text(b, "chart", x->chart);
	if (x->file.n)
		json_text(b, "file", x->file);
	put_text_or_null(b, "winner", winner ? winner->member : (struct str){ 0 });
	list_begin(b, "members");
	for (size_t i = 0; i < x->count; i++)
		if (call_sees(c, x->claims[i].repo))
			put_claim(b, &x->claims[i], x->winner == (ssize_t)i);
	sbuf_puts(b, "]}");
}

enum err virtual_put_waiting(const struct call *c, struct sbuf *b, struct str repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct virtual_waiting x;
	enum err err = call_waiting(c, &a, repo, &x, e);
	if (err)
		return err;
	object_begin(b, "waiting");
	json_number(b, "versions", x.versions);
	json_number(b, "unpinned", x.unpinned);
	if (x.versions) {
		object_begin(b, "next");
		json_text(b, "repo", x.repo);
		json_text(b, "chart", x.chart);
		json_text(b, "version", x.version);
		json_time(b, "at", x.next_ns);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, '}');
	return OK;
}

enum err virtual_put_warnings(const struct call *c, struct sbuf *b, struct str repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *list;
	size_t count;
	enum err err = call_view_warnings(c, &a, repo, &list, &count, e);
	if (err)
		return err;
	json_texts(b, "warnings", list, count);
	return OK;
}

static enum err report(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CONFLICTS_MAX_BYTES);
	struct virtual_report *r;
	enum err err = ingest_conflicts(c->app->ingest, c->repo, &r, e);
	if (err)
		return err;
	sbuf_putc(&b, '{');
	json_text(&b, "repo", c->repo);
	list_begin(&b, "conflicts");
	for (size_t i = 0; i < r->count; i++)
		if (call_sees_conflict(c, &r->list[i]))
			put_conflict(c, &b, &r->list[i]);
	virtual_report_unref(r);
	sbuf_putc(&b, ']');
	err = virtual_put_warnings(c, &b, c->repo, e);
	sbuf_puts(&b, "}\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err virtual_conflicts(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), report, e);
}
