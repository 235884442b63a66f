/* See packed.h. The ETag is of the text, and says how it is packed, as RFC 9110 wants it. */
#include "server/route/packed.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/hash.h"
#include "indexer/format/gzip.h"
#include "server/route/conditional.h"
#include "server/route/texts.h"

#define PACKED_MIN_BYTES 512u        /* below that it costs more than it gains */
#define LONG_BYTES MIB               /* from here on memory is counted while it goes out */

static const char *name_of(struct call *c, struct str text, bool gzip, struct errinfo *e)
{
	struct sha256 digest;
	char hex[SHA256_HEX_BYTES + 1];
	if (sha256_of(text, &digest, e))
		return NULL;
	sha256_hex(&digest, hex);
	const char *etag = arena_printf(&c->r->arena, "\"%.32s%s\"", hex, gzip ? "-gzip" : "");
	if (!etag)
		(void)ERR(e, NOMEM, "answer");
	return etag;
}

/* The text, packed in its place. */
static enum err pack(struct sbuf *text, struct errinfo *e)
{
	char *bytes;
	size_t n;
	enum err err = gzip_pack(sbuf_str(text), GZIP_QUICK, &bytes, &n, e);
	if (err)
		return err;
	char *fitting = realloc(bytes, n + 1);           /* of a buffer, whose end is a NUL */
	if (!fitting) {
		free(bytes);
		return ERR(e, NOMEM, "answer");
	}
	sbuf_done(text);
	*text = (struct sbuf){ .p = fitting, .n = n, .capacity = n + 1, .limit = n };
	return OK;
}

static enum err give(struct call *c, struct sbuf *text, struct response *s, struct errinfo *e)
{
	struct text *held;
	if (text->n < LONG_BYTES) {
		size_t n = text->n;
		char *bytes = sbuf_take(text);
		s->bytes = str_make(bytes, n);
		s->release = free;
		s->release_ctx = bytes;
		return OK;
	}
	enum err err = texts_hold(c->app->texts, text, NULL, (struct str){ 0 }, &held, e);
	if (err)
		return err;
	s->bytes = held->bytes;
	s->release = text_unref;
	s->release_ctx = held;
	return OK;
}

enum err respond_packed(struct call *c, int status, const char *type, struct sbuf *text,
                        struct response *s, struct errinfo *e)
{
	if (!sbuf_ok(text))
		return ERR(e, NOMEM, "answer");
	bool gzip = text->n >= PACKED_MIN_BYTES &&
	            http_accepts_gzip(request_header(c->r, "Accept-Encoding"));
	const char *etag = name_of(c, sbuf_str(text), gzip, e);
	struct verdict v = { .status = status };
	enum err err = !etag ? e->code : gzip ? pack(text, e) : OK;
	if (err)
		return err;
	struct entity entity = { .etag = str_c(etag), .bytes = text->n };
	struct response answer = { .content_type = type, .length = text->n };
	if (status == 200)
		evaluate_request(c->r, &entity, &v);
	answer.status = v.status;
	answer.payload = v.status == status ? HTTP_BYTES : v.status == 304 ? HTTP_LENGTH : HTTP_NO_BODY;
	if (answer.payload == HTTP_BYTES && (err = give(c, text, &answer, e)) != OK)
		return err;
	if (status == 200)
		response_header(&answer, "ETag", etag);
	response_header(&answer, "Vary", "Accept-Encoding");
	if (gzip)
		response_header(&answer, "Content-Encoding", "gzip");
	*s = answer;
	return OK;
}
