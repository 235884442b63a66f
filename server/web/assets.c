/* See assets.h. */
#include "server/web/assets.h"

#include "server/route/conditional.h"
#include "server/web/links.h"
#include "server/web/site.h"

static enum err send_asset(struct call *c, struct asset *a, struct response *s, struct errinfo *e)
{
	struct str gzip = { 0 };
	if (http_accepts_gzip(request_header(c->r, "Accept-Encoding")))
		gzip = site_packed(c->app->site, a);
	bool packed = gzip.n > 0;
	const char *etag = arena_printf(&c->r->arena, "\"%s%s\"", c->app->site->version,
	                                packed ? "-gzip" : "");
	if (!etag)
		return ERR(e, NOMEM, "answer");
	struct str bytes = packed ? gzip : a->bytes;
	struct entity entity = { .etag = str_c(etag), .bytes = bytes.n };
	struct verdict v;
	evaluate_request(c->r, &entity, &v);
	*s = (struct response){ .status = v.status, .content_type = a->type };
	if (v.status == 200) {
		s->payload = HTTP_BYTES;
		s->bytes = bytes;
	} else if (v.status == 304) {
		s->payload = HTTP_LENGTH;
		s->length = bytes.n;
	}
	if (packed)
		response_header(s, "Content-Encoding", "gzip");
	if (str_starts(str_c(a->type), STR("image/")))
		response_header(s, "Content-Security-Policy", PICTURE_POLICY);
	response_header(s, "Vary", "Accept-Encoding");
	response_header(s, "ETag", etag);
	return OK;
}

/* A page that was made before an upgrade asks for what there was then. */
static enum err lead_on(struct call *c, const struct asset *a, struct response *s,
                        struct errinfo *e)
{
	struct links l;
	links_of(c, &l);
	return link_redirect(&l, link_asset(&l, a->name), s, e);
}

enum err assets_get(struct call *c, struct response *s, struct errinfo *e)
{
	struct asset *a = site_asset(c->app->site, c->name);
	if (!a)
		return ERR(e, NOT_FOUND, "not found");
	return str_eq_c(c->version, c->app->site->version) ? send_asset(c, a, s, e)
	                                                   : lead_on(c, a, s, e);
}

enum err assets_favicon(struct call *c, struct response *s, struct errinfo *e)
{
	return send_asset(c, site_asset(c->app->site, STR("favicon.svg")), s, e);
}
