/* See answer.h. */
#include "server/artifacthub/answer.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "server/route/address.h"
#include "server/route/packed.h"
#include "server/route/repo_origin.h"

static enum err take_address(struct answer *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	address_of(x->call, &b);
	return sbuf_ok(&b) && arena_str(&x->arena, sbuf_str(&b), &x->address) ? OK : ERR(e, NOMEM, "answer");
}

enum err answer_open(struct call *c, struct answer *ret, struct errinfo *e)
{
	*ret = (struct answer){ .call = c, .hub = call_hub(c), .viewer = call_viewer(c),
	                        .b = sbuf_make(HUB_ANSWER_MAX_BYTES) };
	enum err err = ids_open(c->app, &ret->ids, e);
	return err ? err : take_address(ret, e);
}

enum err answer_send(struct answer *x, const char *type, struct response *s, struct errinfo *e)
{
	return respond_packed(x->call, 200, type, &x->b, s, e);
}

void answer_done(struct answer *x)
{
	arena_done(&x->arena);
	sbuf_done(&x->b);
}

struct str answer_repo(struct answer *x, struct str repo)
{
	return str_c(address_segment_of(&x->arena, repo));
}

void answer_repo_url(struct answer *x, struct str repo)
{
	AUTO_SBUF struct sbuf url = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	origin_of_repo(x->call, repo, &url);
	sbuf_json(&x->b, sbuf_str(&url));
	x->b.failed |= url.failed;
}

void answer_put_repo(struct answer *x, const char *key, struct str repo)
{
	json_key(&x->b, key);
	sbuf_putc(&x->b, '{');
	json_text(&x->b, "name", answer_repo(x, repo));
	json_key(&x->b, "url");
	answer_repo_url(x, repo);
	sbuf_putc(&x->b, '}');
}

void answer_url(struct answer *x, struct str repo, struct str url)
{
	AUTO_SBUF struct sbuf whole = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	if (!index_url_is_absolute(url)) {
		address_of_repo(x->call, repo, &whole);
		sbuf_putc(&whole, '/');
	}
	sbuf_put(&whole, url);
	sbuf_json(&x->b, sbuf_str(&whole));
	x->b.failed |= whole.failed;
}
