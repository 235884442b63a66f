/* One page of rows, read by a worker. */
#include "server/api/audit.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/store/accounts.h"

#define ANSWER_MAX_BYTES (16u * MIB)

struct page {
	uint64_t since, limit, next;
	struct sbuf json;
};

void audit_json(struct sbuf *b, const struct audit_row *row)
{
	sbuf_putc(b, '{');
	json_number(b, "id", (uint64_t)row->id);
	json_time(b, "at", row->at_ns);
	json_text(b, "actor", row->actor);
	json_text(b, "name", row->name);
	json_text(b, "remote", row->remote);
	json_text(b, "request", row->request);
	json_text(b, "action", row->action);
	json_text(b, "object", row->object);
	json_text(b, "verdict", row->verdict);
	json_number(b, "event", row->event);
	sbuf_putc(b, '}');
}

static enum err put_row(void *ctx, const struct audit_row *row, struct errinfo *e)
{
	struct page *p = ctx;
	json_next(&p->json);
	audit_json(&p->json, row);
	p->next = (uint64_t)row->id;
	return sbuf_ok(&p->json) ? OK : ERR(e, NOMEM, "audit log");
}

static enum err read_rows(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct page *p = ctx;
	return catalog_audit_each(c, (int64_t)p->since, p->limit, put_row, p, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	struct page *p = c->state;
	p->json = sbuf_make(ANSWER_MAX_BYTES);
	sbuf_puts(&p->json, "{\"audit\":[");
	enum err err = ingest_read(c->app->ingest, read_rows, p, e);
	sbuf_putc(&p->json, ']');
	json_number(&p->json, "next", p->next);
	sbuf_puts(&p->json, "}\n");
	if (!err)
		err = respond_buffer(JSON_TYPE, &p->json, s, e);
	sbuf_done(&p->json);
	return err;
}

enum err audit_get(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct page *p = ARENA_NEW(&c->r->arena, struct page);
	if (!p)
		return ERR(e, NOMEM, "request");
	*p = (struct page){ .limit = AUDIT_LIMIT };
	enum err err = query_number(&c->query, "since", 0, INT64_MAX, &p->since, e);
	if (!err)
		err = query_number(&c->query, "limit", 1, AUDIT_LIMIT_MAX, &p->limit, e);
	if (err)
		return err;
	p->next = p->since;
	c->state = p;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}
