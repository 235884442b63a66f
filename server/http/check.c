/* The head of a request, judged once more: libmicrohttpd 0.9.75 lets pass what lets two programs
 * disagree about where a request ends or where it goes (trust.md §2.7).
 *
 * What a handler cannot see stays hidden from here as well: bare LF as a line end, and everything
 * behind a NUL. The table KNOWN_LIMITS in tests/wire/test_framing.py asserts that list.       */
#include "server/http/internal.h"

#include "server/http/message.h"

/* Headers that may stand once, and X-Request-Id, of which the first is taken. */
enum known {
	K_HOST, K_CONTENT_LENGTH, K_TRANSFER_ENCODING, K_EXPECT, K_CONTENT_ENCODING, K_CONTENT_TYPE,
	K_CONTENT_RANGE, K_AUTHORIZATION, K_RANGE, K_IF_RANGE, K_IF_MODIFIED_SINCE, K_ORIGIN,
	K_REQUEST_ID, K_COUNT
};

static const struct str known_names[K_COUNT] = {
	[K_HOST] = STR("Host"),
	[K_CONTENT_LENGTH] = STR("Content-Length"),
	[K_TRANSFER_ENCODING] = STR("Transfer-Encoding"),
	[K_EXPECT] = STR("Expect"),
	[K_CONTENT_ENCODING] = STR("Content-Encoding"),
	[K_CONTENT_TYPE] = STR("Content-Type"),
	[K_CONTENT_RANGE] = STR("Content-Range"),
	[K_AUTHORIZATION] = STR("Authorization"),
	[K_RANGE] = STR("Range"),
	[K_IF_RANGE] = STR("If-Range"),
	[K_IF_MODIFIED_SINCE] = STR("If-Modified-Since"),
	[K_ORIGIN] = STR("Origin"),
	[K_REQUEST_ID] = STR("X-Request-Id"),
};

static const struct { const char *name; enum http_method method; } methods[] = {
	{ "GET", HTTP_GET },       { "HEAD", HTTP_HEAD },     { "POST", HTTP_POST },
	{ "PUT", HTTP_PUT },       { "DELETE", HTTP_DELETE }, { "PATCH", HTTP_PATCH },
	{ "OPTIONS", HTTP_OPTIONS },
};

struct head {
	struct str value[K_COUNT];
	bool seen[K_COUNT];
	size_t count, bytes;
	enum err code;
	struct errinfo *e;
};

static bool value_is_clean(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f)
			return false;
	return true;
}

static enum err take_known(struct head *h, struct str name, struct str value)
{
	for (int i = 0; i < K_COUNT; i++) {
		if (name.n != known_names[i].n || !str_eq_nocase(name, known_names[i]))
			continue;
		if (h->seen[i] && i != K_REQUEST_ID)
			return ERR(h->e, INVALID, "the header %s stands twice", known_names[i].p);
		if (!h->seen[i])
			h->value[i] = value;
		h->seen[i] = true;
		break;
	}
	return OK;
}

/* A folded line is appended to the header's *name* (sic), which moves it behind its value in the
 * connection's memory; otherwise both stand as they came. So that "Content-Length: 5", continued
 * on the next line, does not vanish, the order of the two is checked.                        */
static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t n,
                                   const char *value, size_t value_n)
{
	struct head *h = cls;
	(void)kind;
	h->bytes += n + value_n + 4;
	if (++h->count > HTTP_HEADERS_MAX)
		h->code = ERR(h->e, HEADERS, "there are more than %u headers", HTTP_HEADERS_MAX);
	else if (n + value_n > HTTP_HEADER_LINE_MAX_BYTES || h->bytes > HTTP_HEADERS_MAX_BYTES)
		h->code = ERR(h->e, HEADERS, "a header may have %u bytes and all together %u",
		              HTTP_HEADER_LINE_MAX_BYTES, HTTP_HEADERS_MAX_BYTES);
	else if (!http_is_token(str_make(name, n)))
		h->code = ERR(h->e, INVALID, "\"%.*s\" is not the name of a header",
		              (int)(n < 64 ? n : 64), name);
	else if (value < name)
		h->code = ERR(h->e, INVALID, "a header line is continued on the next one");
	else if (!value_is_clean(value, value_n))
		h->code = ERR(h->e, INVALID, "the header %s contains a control character", name);
	else
		h->code = take_known(h, str_make(name, n), str_make(value, value_n));
	return h->code ? MHD_NO : MHD_YES;
}

/* libmicrohttpd keeps every header, parameter and cookie in the connection's memory, from which
 * the array of an answer in pieces must be taken as well: it aborts when that does not fit.   */
static enum err check_entries(const struct http_connection *c, struct errinfo *e)
{
	if (MHD_get_connection_values_n(c->mhd, MHD_GET_ARGUMENT_KIND, NULL, NULL) >
	    (int)HTTP_QUERY_PARAMS_MAX)
		return ERR(e, INVALID, "the address has more than %u parameters", HTTP_QUERY_PARAMS_MAX);
	if (MHD_get_connection_values_n(c->mhd, MHD_COOKIE_KIND, NULL, NULL) > (int)HTTP_HEADERS_MAX)
		return ERR(e, HEADERS, "there are more than %u cookies", HTTP_HEADERS_MAX);
	return OK;
}

static enum err check_version_and_uri(const struct http_connection *c, const char *version,
                                      struct errinfo *e)
{
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return ERR(e, INVALID, "only HTTP 1.0 and 1.1 are spoken here");
	if (c->uri_bytes > HTTP_URI_MAX_BYTES)
		return ERR(e, URI_TOO_LONG, "an address may have %u bytes", HTTP_URI_MAX_BYTES);
	if (c->uri_is_bad)
		return ERR(e, INVALID, "the address contains a character that must be percent-encoded");
	if (!c->request.path.n || c->request.path.p[0] != '/')
		return ERR(e, INVALID, "the request target must be a path that begins with \"/\"");
	return OK;
}

static enum err check_method(struct request *r, const char *name, struct errinfo *e)
{
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (strcmp(name, methods[i].name) == 0) {
			r->method = methods[i].method;
			return OK;
		}
		if (strcasecmp(name, methods[i].name) == 0)
			return ERR(e, METHOD, "methods are written in capital letters");
	}
	if (!strcasecmp(name, "TRACE") || !strcasecmp(name, "CONNECT"))
		return ERR(e, METHOD, "only " HTTP_ALLOW " are taken here");
	return ERR(e, NOT_IMPLEMENTED, "only " HTTP_ALLOW " are taken here");
}

/* Where the body ends: Content-Length or chunked, never both, nothing else. */
static enum err check_framing(struct request *r, const struct head *h, const char *version,
                              struct errinfo *e)
{
	uint64_t length = 0;
	bool chunked = h->seen[K_TRANSFER_ENCODING];
	if (chunked && h->seen[K_CONTENT_LENGTH])
		return ERR(e, INVALID, "Content-Length and Transfer-Encoding exclude each other");
	if (chunked && strcmp(version, "HTTP/1.1") != 0)
		return ERR(e, INVALID, "Transfer-Encoding does not exist in HTTP/1.0");
	if (chunked && !str_eq_nocase(h->value[K_TRANSFER_ENCODING], STR("chunked")))
		return ERR(e, NOT_IMPLEMENTED, "the only transfer coding is chunked");
	if (h->seen[K_CONTENT_LENGTH] && !str_to_u64(h->value[K_CONTENT_LENGTH], &length))
		return ERR(e, INVALID, "Content-Length is not a number of bytes");
	if (length > INT64_MAX)
		return ERR(e, TOO_LARGE, "Content-Length is too large");
	r->content_length = h->seen[K_CONTENT_LENGTH] ? (int64_t)length : -1;
	r->has_body = chunked || length > 0;
	return OK;
}

static enum err check_host(const struct head *h, const char *version, struct errinfo *e)
{
	if (!h->seen[K_HOST] && strcmp(version, "HTTP/1.1") == 0)
		return ERR(e, INVALID, "the header Host is missing");
	if (h->seen[K_HOST] && !http_host_is_valid(h->value[K_HOST]))
		return ERR(e, INVALID, "the header Host is not a host with an optional port");
	return OK;
}

static enum err check_body_headers(const struct request *r, const struct head *h,
                                   struct errinfo *e)
{
	if (h->seen[K_EXPECT] && !str_eq_nocase(h->value[K_EXPECT], STR("100-continue")))
		return ERR(e, EXPECTATION, "the only expectation understood is 100-continue");
	if (r->has_body && h->seen[K_CONTENT_ENCODING] &&
	    !str_eq_nocase(h->value[K_CONTENT_ENCODING], STR("identity")))
		return ERR(e, MEDIA_TYPE, "a body must not have a Content-Encoding");
	return OK;
}

static void hex16(uint64_t v, char *to)
{
	for (int i = 15; i >= 0; i--, v >>= 4)
		to[i] = "0123456789abcdef"[v & 15];
}

/* splitmix64's finaliser: neighbours in the counter get unrelated ids, without a system call. */
static uint64_t scatter(uint64_t v)
{
	v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
	return v ^ (v >> 31);
}

static void identify(struct http_connection *c, struct str wanted)
{
	struct http_server *s = c->listener->server;
	char *id = c->request.id;
	uint64_t n = atomic_fetch_add_explicit(&s->requests, 1, memory_order_relaxed);
	if (wanted.n && wanted.n <= HTTP_REQUEST_ID_MAX_BYTES && http_is_token(wanted)) {
		memcpy(id, wanted.p, wanted.n);
		id[wanted.n] = '\0';
		return;
	}
	hex16(scatter(s->id_seed[0] + n * UINT64_C(0x9e3779b97f4a7c15)), id);
	hex16(scatter(s->id_seed[1] + n * UINT64_C(0x9e3779b97f4a7c15)), id + 16);
	id[32] = '\0';
}

enum err http_check_head(struct http_connection *c, const char *method, const char *version,
                         struct errinfo *e)
{
	struct request *r = &c->request;
	struct head h = { .e = e };
	(void)MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, take_header, &h);
	identify(c, h.value[K_REQUEST_ID]);
	r->host = h.value[K_HOST];
	/* In this order: what makes the end of the request uncertain comes first. */
	enum err code = h.code;
	if (!code)
		code = check_framing(r, &h, version, e);
	if (!code)
		code = check_version_and_uri(c, version, e);
	if (!code)
		code = check_entries(c, e);
	if (!code)
		code = check_method(r, method, e);
	if (!code)
		code = check_host(&h, version, e);
	if (!code)
		code = check_body_headers(r, &h, e);
	if (!code && c->listener->tls)
		code = tls_client(c->listener->server->tls, c->mhd, &r->arena, &r->client_subject, e);
	if (!code)
		http_believe_proxy(c);
	return code;
}
