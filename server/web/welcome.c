/* A static page, without a script and without a request to anywhere else. */
#include "server/web/welcome.h"

#include "indexer/base/auto.h"

#define PAGE_MAX_BYTES (64u * KIB)

/* static/welcome.html, embedded at build; '~' stands for the address. */
extern const char welcome_html[];

/* A listener on all addresses has none of its own: then the name the reader came by. */
static struct str address(const struct request *r)
{
	struct str host = request_header(r, "Host");
	if (!str_starts(r->listen, STR("0.0.0.0:")) && !str_starts(r->listen, STR("[::]:")))
		return r->listen;
	return host.n ? host : r->listen;
}

enum err welcome_page(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(PAGE_MAX_BYTES);
	struct str rest = str_c(welcome_html);
	bool more = true;
	while (more) {
		sbuf_put(&b, str_cut(&rest, '~', &more));
		if (more)
			sbuf_printf(&b, "http://%.*s", STR_ARG(address(c->r)));
	}
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "page");
	enum err err = respond_text(c, 200, "text/html; charset=utf-8", sbuf_str(&b), s, e);
	response_header(s, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
	                "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	response_header(s, "Referrer-Policy", "no-referrer");
	return err;
}
