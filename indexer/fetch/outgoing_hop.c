/* One URL: what libcurl is told, with every default turned off that could lead elsewhere, and what is
 * done when the answer breaks off. A body that has a validator goes on from where it is, as often as
 * OUTGOING_RESUMES_MAX allows; one that has none begins anew, once, and uncompressed: then it may.  */
#include "indexer/fetch/outgoing_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

#define FIRST_PAUSE_NS (50 * NS_PER_MS)         /* before going on; doubled each time */
#define RECEIVE_BYTES (64L * 1024)
#define RECEIVE_MIN_BYTES 1024L          /* libcurl's */
#define WINDOW_MIN_BYTES (16 * 1024)
#define WINDOW_MAX_BYTES (4 * 1024 * 1024)
#define CONNECTIONS_KEPT 2L              /* by one handle */

/* ---- where a connection may go ---- */

/* What the kernel takes ahead of us would come in bursts with long silences between, which the other side
 * takes for the end. Two seconds' worth is enough for any round trip.                         */
static void narrow(int fd, uint64_t rate)
{
	int bytes = rate > WINDOW_MAX_BYTES / 2 ? WINDOW_MAX_BYTES : (int)rate * 2;
	if (bytes < WINDOW_MIN_BYTES)
		bytes = WINDOW_MIN_BYTES;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

static curl_socket_t open_socket(void *transfer, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = transfer;
	(void)purpose;
	if (!t->access->proxy && !outgoing_may(outgoing_classify(&address->addr), t->access)) {
		t->has_refused = true;
		return CURL_SOCKET_BAD;
	}
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd >= 0 && t->q->pace && t->q->pace->rate)
		narrow(fd, t->q->pace->rate);
	return fd;
}

/* Before it goes to sleep again: an even flow, and no sleep of more than a quarter of a second. */
static long receive_bytes(const struct transfer *t)
{
	uint64_t rate = t->q->pace ? t->q->pace->rate : 0;
	if (!rate || rate / 4 > RECEIVE_BYTES)
		return RECEIVE_BYTES;
	return rate / 4 < RECEIVE_MIN_BYTES ? RECEIVE_MIN_BYTES : (long)(rate / 4);
}

static void set_places(struct transfer *t)
{
	SET(t, CURLOPT_URL, t->at.url);
	SET(t, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	SET(t, CURLOPT_PROTOCOLS_STR, t->at.is_secure ? "https" : "http");
	SET(t, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	SET(t, CURLOPT_FOLLOWLOCATION, 0L);
	SET(t, CURLOPT_MAXREDIRS, 0L);
	SET(t, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(t, CURLOPT_OPENSOCKETDATA, t);
	SET(t, CURLOPT_PROXY, t->access->proxy ? t->access->proxy : "");
	SET(t, CURLOPT_NOPROXY, "");
	SET(t, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	SET(t, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(t, CURLOPT_UNRESTRICTED_AUTH, 0L);
}

static void set_trust(struct transfer *t)
{
	SET(t, CURLOPT_SSL_VERIFYPEER, 1L);
	SET(t, CURLOPT_SSL_VERIFYHOST, 2L);
	SET(t, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (t->access->ca) {
		SET(t, CURLOPT_CAINFO, t->access->ca);
		SET(t, CURLOPT_CAPATH, NULL);
	}
}

static void set_limits(struct transfer *t, int64_t left_ns)
{
	SET(t, CURLOPT_NOSIGNAL, 1L);
	SET(t, CURLOPT_QUICK_EXIT, 1L);       /* a resolver that hangs is not waited for */
	SET(t, CURLOPT_CONNECTTIMEOUT, (long)OUTGOING_CONNECT_SECONDS);
	SET(t, CURLOPT_TIMEOUT_MS, (long)(left_ns / NS_PER_MS) + 1);
	SET(t, CURLOPT_LOW_SPEED_TIME, (long)OUTGOING_STALL_SECONDS);
	SET(t, CURLOPT_LOW_SPEED_LIMIT, (long)OUTGOING_STALL_BYTES);
	SET(t, CURLOPT_MAXLIFETIME_CONN, (long)OUTGOING_IDLE_SECONDS);
	SET(t, CURLOPT_MAXCONNECTS, CONNECTIONS_KEPT);
	/* Only how fast it is; libcurl 7.88 takes none as long as it has one, which a failed lookup leaves. */
	(void)curl_easy_setopt(t->curl, CURLOPT_BUFFERSIZE, receive_bytes(t));
	SET(t, CURLOPT_NOPROGRESS, 0L);
	SET(t, CURLOPT_XFERINFOFUNCTION, arrive_progress);
	SET(t, CURLOPT_XFERINFODATA, t);
	SET(t, CURLOPT_HEADERFUNCTION, arrive_header);
	SET(t, CURLOPT_HEADERDATA, t);
	SET(t, CURLOPT_WRITEFUNCTION, arrive_bytes);
	SET(t, CURLOPT_WRITEDATA, t);
	SET(t, CURLOPT_ERRORBUFFER, t->words);
}

static void set_method(struct transfer *t)
{
	const struct outgoing_request *q = t->q;
	SET(t, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(t, CURLOPT_USERAGENT, "chartlocker/" CHARTLOCKER_VERSION);
	SET(t, CURLOPT_HTTP_CONTENT_DECODING, 0L);       /* libcurl's does not look for the end */
	if (!strcmp(q->method, "HEAD"))
		SET(t, CURLOPT_NOBODY, 1L);
	if (!strcmp(q->method, "DELETE"))
		SET(t, CURLOPT_CUSTOMREQUEST, q->method);
	if (strcmp(q->method, "POST") != 0)
		return;
	SET(t, CURLOPT_POST, 1L);
	SET(t, CURLOPT_POSTFIELDS, q->body.n ? q->body.p : "");
	SET(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
}

/* ---- what a request takes along ---- */

static void add_value(struct transfer *t, struct header_lines *l, const char *name, const char *value)
{
	if (value)
		header_lines_add(l, arena_printf(t->a, "%s: %s", name, value));
}

/* What a caller says to one server may be a secret from the others. */
static bool is_for_anybody(const char *line)
{
	return !strncasecmp(line, "Accept", 6) || !strncasecmp(line, "Via:", 4);
}

static void add_credentials(struct transfer *t, struct header_lines *l)
{
	const struct outgoing_access *access = t->access;
	if (!t->allowed || strcmp(t->allowed, t->at.origin) != 0)
		return;
	if (access->bearer)
		header_lines_add(l, arena_printf(t->a, "Authorization: Bearer %s", access->bearer));
	if (access->header)
		header_lines_add(l, access->header);
	if (access->user && !access->bearer) {
		SET(t, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		SET(t, CURLOPT_USERNAME, access->user);
		SET(t, CURLOPT_PASSWORD, access->password ? access->password : "");
	}
	SET(t, CURLOPT_SSLCERT, access->certificate);
	SET(t, CURLOPT_SSLKEY, access->key);
}

static void add_headers(struct transfer *t, struct header_lines *l)
{
	bool is_at_home = !strcmp(t->at.origin, t->start.origin);
	header_lines_add(l, "Expect:");
	if (t->q->gzip)
		header_lines_add(l, t->is_begun_anew ? "Accept-Encoding: identity" : "Accept-Encoding: gzip");
	for (size_t i = 0; i < t->q->header_count; i++)
		if (is_at_home || is_for_anybody(t->q->headers[i]))
			header_lines_add(l, t->q->headers[i]);
	if (t->from) {
		header_lines_add(l, arena_printf(t->a, "Range: bytes=%" PRIu64 "-", t->from));
		add_value(t, l, "If-Range", t->validator);
	} else {
		add_value(t, l, "If-None-Match", t->q->etag);
		add_value(t, l, "If-Modified-Since", t->q->last_modified);
	}
	add_credentials(t, l);
}

/* ---- one try, and the next ---- */

/* The connection's fault, not the answer's. */
static bool is_break(CURLcode rc)
{
	static const CURLcode breaks[] = {
		CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_OPERATION_TIMEDOUT,
		CURLE_GOT_NOTHING, CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_SSL_CONNECT_ERROR,
	};
	for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++)
		if (rc == breaks[i])
			return true;
	return false;
}

/* A server that leaves the connection open behind a part of which it did not say how long it is. */
static bool is_whole(const struct transfer *t)
{
	return t->is_in_body && t->from && t->bytes == t->total;
}

/* libcurl lets a connection end within the header, and has not read of how much a part is, nor where a
 * gzip stream ends. */
static bool is_cut_short(struct transfer *t)
{
	bool is_open = t->is_unpacked && !t->is_skipped && !unpacker_is_whole(t->unpacker);
	if (is_open)
		(void)snprintf(t->words, sizeof t->words, "gzip: the body is cut off");
	return is_open || !t->is_in_body || (t->from && t->bytes != t->total);
}

static CURLcode try_once(struct transfer *t, int64_t left_ns)
{
	struct header_lines l = { .failed = false };
	curl_easy_reset(t->curl);
	t->is_unset = false;
	t->words[0] = '\0';
	t->now = (struct head){ 0 };
	t->head_bytes = t->packed = 0;
	t->is_in_body = t->is_skipped = t->is_stalled = t->is_cut = false;
	t->has_refused = false;
	set_places(t);
	set_trust(t);
	set_limits(t, left_ns);
	set_method(t);
	add_headers(t, &l);
	SET(t, CURLOPT_HTTPHEADER, l.list);
	CURLcode rc = l.failed || t->is_unset ? CURLE_OUT_OF_MEMORY : curl_easy_perform(t->curl);
	curl_slist_free_all(l.list);
	curl_off_t came = 0;
	if (curl_easy_getinfo(t->curl, CURLINFO_SIZE_DOWNLOAD_T, &came) == CURLE_OK)
		t->wire_bytes += (uint64_t)came;
	if (t->is_cut)
		return CURLE_OK;
	if (rc == CURLE_OK)
		return is_cut_short(t) ? CURLE_PARTIAL_FILE : CURLE_OK;
	if (t->is_stalled)
		rc = CURLE_OPERATION_TIMEDOUT;
	return is_break(rc) && is_whole(t) ? CURLE_OK : rc;
}

/* What libcurl has no memory for behind that is a header line above its limit: it says the same. */
static bool was_answered(const struct transfer *t)
{
	curl_off_t us = 0;
	return curl_easy_getinfo(t->curl, CURLINFO_STARTTRANSFER_TIME_T, &us) == CURLE_OK && us > 0;
}

/* None of the addresses that were tried was connected to, and this is why. */
static bool is_refused(const struct transfer *t, CURLcode rc)
{
	return rc == CURLE_COULDNT_CONNECT && t->has_refused;
}

/* "Could not resolve host: H", "Failed to connect to H port 443": libcurl names it in some. */
static bool names(const char *words, const char *host)
{
	for (const char *at = words; (at = strstr(at, host)) != NULL; at++)
		if ((at == words || strchr(" '", at[-1])) && strchr(" ':", at[strlen(host)]))
			return true;
	return false;
}

static enum err explain(const struct transfer *t, CURLcode rc, struct errinfo *e)
{
	/* curl's own words of these name the file. */
	bool is_ours = rc == CURLE_SSL_CACERT_BADFILE || rc == CURLE_SSL_CERTPROBLEM;
	const char *words = t->words[0] && !is_ours && !t->is_stalled ? t->words : curl_easy_strerror(rc);
	if (rc == CURLE_OUT_OF_MEMORY && !t->is_in_body && was_answered(t))
		return ERR(e, TOO_LARGE, "%s: a header that is too long", t->at.host);
	if (rc == CURLE_OUT_OF_MEMORY)
		return ERR(e, NOMEM, "libcurl");
	if (is_refused(t, rc))
		return ERR(e, ADDRESS, "%s: address not allowed", t->at.host);
	bool is_named = names(words, t->at.host);
	return ERR(e, UPSTREAM, "%s%s%s", is_named ? "" : t->at.host, is_named ? "" : ": ", words);
}

/* From where the next try asks; false where there is no use in it. */
static bool may_go_on(struct transfer *t, CURLcode rc, struct errinfo *e)
{
	bool has_begun = t->kept.status == 200 && !strcmp(t->q->method, "GET");
	if (!has_begun || !is_break(rc) || is_refused(t, rc))
		return false;
	if (t->validator && !t->is_unpacked) {
		t->from = t->bytes;
		return true;
	}
	if (t->is_begun_anew)
		return false;
	t->is_begun_anew = true;
	t->err = arrive_anew(t, e);
	return !t->err;
}

enum err hop_do(struct transfer *t, struct errinfo *e)
{
	int64_t pause = FIRST_PAUSE_NS;
	t->kept = (struct head){ 0 };
	t->is_begun_anew = false;
	t->err = arrive_first(t, e);
	for (unsigned tries = 0; !t->err; tries++, pause *= 2) {
		int64_t left = t->deadline - clock_monotonic();
		if (left <= 0)
			return ERR(e, UPSTREAM, "%s: too slow", t->at.host);
		CURLcode rc = try_once(t, left);
		if (t->err || rc == CURLE_OK || t->is_skipped)
			return t->err;
		if (tries == OUTGOING_RESUMES_MAX || t->deadline - clock_monotonic() <= pause || !may_go_on(t, rc, e))
			return t->err ? t->err : explain(t, rc, e);
		if (!outgoing_pause(t->o, clock_monotonic() + pause))
			return ERR(e, DRAINING, "the server is shutting down");
	}
	return t->err;
}
