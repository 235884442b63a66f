/* Each is compressed when it is first asked for, and stays in memory. */
#include "server/web/assets.h"

#include <pthread.h>

#include "indexer/format/gzip.h"
#include "server/route/conditional.h"
#include "server/web/links.h"

/* static/NAME, as build/gen/static.c has it. */
extern const char site_css[], site_js[], favicon_svg[];

static struct asset {
	const char *name, *type, *text;
	char *packed;
	size_t packed_bytes;             /* 0: there was no memory; it goes out as it is */
} assets[] = {
	{ "site.css", "text/css; charset=utf-8", site_css, NULL, 0 },
	{ "site.js", "text/javascript; charset=utf-8", site_js, NULL, 0 },
	{ "favicon.svg", "image/svg+xml", favicon_svg, NULL, 0 },
};

static pthread_once_t packing = PTHREAD_ONCE_INIT;

static void pack_all(void)
{
	for (size_t i = 0; i < sizeof assets / sizeof *assets; i++) {
		struct asset *a = &assets[i];
		if (gzip_pack(str_c(a->text), GZIP_SMALLEST, &a->packed, &a->packed_bytes, NULL))
			a->packed_bytes = 0;
	}
}

static enum err send_asset(struct call *c, const struct asset *a, struct response *s,
                           struct errinfo *e)
{
	bool packed = a->packed_bytes && http_accepts_gzip(request_header(c->r, "Accept-Encoding"));
	const char *etag = arena_printf(&c->r->arena, "\"%s%s\"", assets_version, packed ? "-gzip" : "");
	if (!etag)
		return ERR(e, NOMEM, "answer");
	struct entity entity = { .etag = str_c(etag),
	                         .bytes = packed ? a->packed_bytes : strlen(a->text) };
	struct verdict v;
	evaluate_request(c->r, &entity, &v);
	*s = (struct response){ .status = v.status, .content_type = a->type };
	if (v.status == 200) {
		s->payload = HTTP_BYTES;
		s->bytes = str_make(packed ? a->packed : a->text, entity.bytes);
	} else if (v.status == 304) {
		s->payload = HTTP_LENGTH;
		s->length = entity.bytes;
	}
	if (packed)
		response_header(s, "Content-Encoding", "gzip");
	response_header(s, "Vary", "Accept-Encoding");
	response_header(s, "ETag", etag);
	return OK;
}

static const struct asset *find(struct str name)
{
	(void)pthread_once(&packing, pack_all);
	for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
		if (str_eq_c(name, assets[i].name))
			return &assets[i];
	return NULL;
}

/* A page that was made before an upgrade asks for what there was then. */
static enum err lead_on(struct call *c, const struct asset *a, struct response *s,
                        struct errinfo *e)
{
	struct links l;
	links_of(c, &l);
	const char *location = arena_dup(&c->r->arena, link_asset(&l, a->name));
	if (!location || l.failed)
		return ERR(e, NOMEM, "answer");
	*s = (struct response){ .status = 302 };
	response_header(s, "Location", location);
	return OK;
}

enum err assets_get(struct call *c, struct response *s, struct errinfo *e)
{
	const struct asset *a = find(c->name);
	if (!a)
		return ERR(e, NOT_FOUND, "not found");
	return str_eq_c(c->version, assets_version) ? send_asset(c, a, s, e) : lead_on(c, a, s, e);
}

enum err assets_favicon(struct call *c, struct response *s, struct errinfo *e)
{
	return send_asset(c, find(STR("favicon.svg")), s, e);
}
