/* A static page, without a script and without a request to anywhere else. */
#include "server/web/welcome.h"

#include "indexer/base/auto.h"
#include "server/web/links.h"

#define PAGE_MAX_BYTES (64u * KIB)

/* static/welcome.html, embedded at build; '~' stands for the address. */
extern const char welcome_html[];

enum err welcome_page(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(PAGE_MAX_BYTES);
	struct str rest = str_c(welcome_html);
	struct links l;
	bool more = true;
	links_of(c, &l);
	struct str address = link_helm_repo(&l, l.default_repo);
	while (more) {
		sbuf_put(&b, str_cut(&rest, '~', &more));
		if (more)
			sbuf_put(&b, address);
	}
	if (!sbuf_ok(&b) || l.failed)
		return ERR(e, NOMEM, "page");
	enum err err = respond_text(c, 200, "text/html; charset=utf-8", sbuf_str(&b), s, e);
	response_header(s, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
	                "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	return err;
}
