/* See bundle_inventory.h. */
#include "server/api/bundle_inventory.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/bundle/inventory.h"

#define ANSWER_MAX_BYTES (4u * KIB)

struct summing { struct str repo; struct sha256 sum; uint64_t trip; };

static enum err sum(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct summing *x = ctx;
	return inventory_sum_outside(c, x->repo, &x->sum, &x->trip, e);
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	char hex[SHA256_HEX_BYTES + 1];
	struct summing x = { .repo = c->repo };
	enum err err = ingest_read(c->app->ingest, sum, &x, e);
	if (err)
		return err;
	sha256_hex(&x.sum, hex);
	sbuf_putc(&b, '{');
	json_text(&b, "repo", c->repo);
	json_number(&b, "trip", x.trip);
	json_text(&b, "sha256", str_c(hex));
	sbuf_puts(&b, "}\n");
	return respond_buffer(JSON_TYPE, &b, s, e);
}

enum err bundle_inventory_show(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show, e);
}
