/* libcurl's easy interface with every default that could surprise turned off. */
#include "indexer/fetch/fetch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/curl.h"

#define STALL_BYTES_PER_SECOND 1L
#define BOUNDARY_RANDOM_BYTES 16
#define AUTHORITIES "SSL_CERT_FILE"          /* as Helm has it */

struct fetch {
	CURL *curl;
	bool is_unset;                   /* an option of it could not be set */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void start(void) { (void)curl_global_init(CURL_GLOBAL_DEFAULT); }

enum err fetch_new(struct fetch **ret, struct errinfo *e)
{
	(void)pthread_once(&once, start);
	struct fetch *f = calloc(1, sizeof *f);
	if (f)
		f->curl = curl_easy_init();
	if (!f || !f->curl) {
		free(f);
		return ERR(e, NOMEM, "libcurl");
	}
	*ret = f;
	return OK;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	curl_easy_cleanup(f->curl);
	free(f);
}

/* What is too long is not begun: the body is all right then, unlike without memory. */
static size_t receive(char *data, size_t size, size_t count, void *to)
{
	struct sbuf *body = to;
	struct str piece = str_make(data, size * count);
	if (piece.n > body->limit - body->n)
		return 0;
	sbuf_put(body, piece);
	return sbuf_ok(body) ? piece.n : 0;
}

static void set_safely(struct fetch *f)
{
	const char *authorities = getenv(AUTHORITIES);
	SET(f, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(f, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(f, CURLOPT_FOLLOWLOCATION, 0L);
	SET(f, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(f, CURLOPT_NOSIGNAL, 1L);
	SET(f, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(f, CURLOPT_CONNECTTIMEOUT, (long)FETCH_CONNECT_SECONDS);
	SET(f, CURLOPT_LOW_SPEED_TIME, (long)FETCH_STALL_SECONDS);
	SET(f, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_SECOND);
	SET(f, CURLOPT_USERAGENT, "chartlocker/" CHARTLOCKER_VERSION);
	if (authorities && *authorities) {
		SET(f, CURLOPT_CAINFO, authorities);
		SET(f, CURLOPT_CAPATH, NULL);
	}
}

static void set_request(struct fetch *f, const struct fetch_request *q, struct curl_slist *headers)
{
	SET(f, CURLOPT_URL, q->url);
	SET(f, CURLOPT_UNIX_SOCKET_PATH, q->unix_socket);
	SET(f, CURLOPT_CUSTOMREQUEST, q->method);
	SET(f, CURLOPT_HTTPHEADER, headers);
	SET(f, CURLOPT_TIMEOUT, (long)q->timeout_seconds);
	if (q->unix_socket) {                /* our own server, which may be at something long */
		SET(f, CURLOPT_PROXY, "");
		SET(f, CURLOPT_LOW_SPEED_TIME, 0L);
	}
	if (!q->body.p)
		return;
	SET(f, CURLOPT_POSTFIELDS, q->body.p);
	SET(f, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
}

static enum err collect(CURL *c, const struct sbuf *body, struct arena *a, struct fetch_response *ret,
                        struct errinfo *e)
{
	long status = 0;
	char *location = NULL;
	struct curl_header *link = NULL;
	(void)curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &location);
	if (curl_easy_header(c, "Link", 0, CURLH_HEADER, -1, &link) != CURLHE_OK)
		link = NULL;
	*ret = (struct fetch_response){ .status = (int)status };
	if (!arena_str(a, sbuf_str(body), &ret->body) ||
	    !arena_str(a, str_c(link ? link->value : NULL), &ret->link) ||
	    !arena_str(a, str_c(location), &ret->location))
		return ERR(e, NOMEM, "answer");
	return OK;
}

/* For messages: without a user and password. */
static const char *shown(const char *url)
{
	const char *host = strstr(url, "://"), *at = NULL;
	for (const char *c = host ? host + 3 : ""; *c && !strchr("/?#", *c); c++)
		if (*c == '@')
			at = c;
	return at ? at + 1 : url;
}

enum err fetch_do(struct fetch *f, struct arena *a, const struct fetch_request *q,
                  struct fetch_response *ret, struct errinfo *e)
{
	char why[CURL_ERROR_SIZE] = "";
	AUTO_SBUF struct sbuf body = sbuf_make(q->response_max_bytes);
	struct header_lines headers = { .failed = false };
	enum err err;
	header_lines_add(&headers, "Expect:");
	for (size_t i = 0; i < q->header_count; i++)
		header_lines_add(&headers, q->headers[i]);
	curl_easy_reset(f->curl);
	f->is_unset = false;
	set_safely(f);
	set_request(f, q, headers.list);
	SET(f, CURLOPT_ERRORBUFFER, why);
	SET(f, CURLOPT_WRITEFUNCTION, receive);
	SET(f, CURLOPT_WRITEDATA, &body);
	bool is_ready = !headers.failed && !f->is_unset;
	CURLcode rc = is_ready ? curl_easy_perform(f->curl) : CURLE_OUT_OF_MEMORY;
	if (!is_ready || !sbuf_ok(&body))
		err = ERR(e, NOMEM, "libcurl");
	else if (rc == CURLE_WRITE_ERROR)
		err = ERR(e, TOO_LARGE, "%s: the answer is longer than %llu bytes", shown(q->url),
		          (unsigned long long)q->response_max_bytes);
	else if (rc != CURLE_OK)
		err = ERR(e, UPSTREAM, "%s: %s%s", shown(q->url), why[0] ? why : curl_easy_strerror(rc),
		          rc == CURLE_PEER_FAILED_VERIFICATION ? "; an authority of your own: " AUTHORITIES "=FILE" : "");
	else
		err = collect(f->curl, &body, a, ret, e);
	curl_slist_free_all(headers.list);
	return err;
}

static void put_part(struct sbuf *b, const char *boundary, const char *name, const char *filename,
                     struct str data)
{
	sbuf_printf(b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
	            "Content-Type: application/octet-stream\r\n\r\n", boundary, name, filename);
	sbuf_put(b, data);
	sbuf_puts(b, "\r\n");
}

enum err fetch_form(struct arena *a, struct str tgz, struct str prov, struct str *ret_body,
                    const char **ret_header, struct errinfo *e)
{
	unsigned char seed[BOUNDARY_RANDOM_BYTES];
	char boundary[2 * BOUNDARY_RANDOM_BYTES + 1];
	AUTO_SBUF struct sbuf b = sbuf_make(2 * CHART_UNPACKED_MAX_BYTES);
	if (!random_bytes(seed, sizeof seed))
		return ERR_SYS(e, "getrandom");
	for (size_t i = 0; i < sizeof seed; i++)
		(void)snprintf(boundary + 2 * i, 3, "%02x", seed[i]);
	put_part(&b, boundary, "chart", "chart.tgz", tgz);
	if (prov.p)
		put_part(&b, boundary, "prov", "chart.tgz.prov", prov);
	sbuf_printf(&b, "--%s--\r\n", boundary);
	*ret_header = arena_printf(a, "Content-Type: multipart/form-data; boundary=%s", boundary);
	if (!sbuf_ok(&b) || !*ret_header || !arena_str(a, sbuf_str(&b), ret_body))
		return ERR(e, NOMEM, "form");
	return OK;
}
