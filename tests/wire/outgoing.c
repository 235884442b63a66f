/* Asks through the door of indexer/fetch/outgoing.h what its arguments say, for test_outgoing.py:
 *
 *     outgoing url=http://good.test:1234/x private=1 header='Accept: a/b' times=2
 *
 * Prints a JSON object for each request. OUTGOING_NAMES="good.test=93.184.216.34/127.0.0.1+::1" are the
 * only names there are: '+' stands between several addresses of a name, '/' before what the next one
 * who looks is told; "hang" tells nobody anything. A connection to an IPv4 address elsewhere gets to
 * 127.0.0.1, so that a server of the test can be at a public address.                        */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/fetch/outgoing.h"

#define REQUESTS_MAX 64
#define OUTPUT_MAX_BYTES (64u * 1024 * 1024)

/* ---- the network as the test has it ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What `name` is said to have this time; the last answer stays. */
static bool look_up(const char *name, char ret[200])
{
	static char *table;
	size_t n = strlen(name);
	if (!table)
		table = strdup(getenv("OUTGOING_NAMES") ?: "");
	for (char *row = table; row && *row; row += strcspn(row, ";"), row += *row == ';') {
		char *answers = row + n + 1, *next;
		if (strncmp(row, name, n) != 0 || row[n] != '=')
			continue;
		size_t length = strcspn(answers, ";/");
		(void)snprintf(ret, 200, "%.*s", (int)length, answers);
		next = answers + length;
		if (*next == '/')                /* "a=1/2" becomes "a=2;x" */
			memmove(answers, next + 1, strlen(next));
		return true;
	}
	return false;
}

static int (*the_real(void))(const char *, const char *, const struct addrinfo *, struct addrinfo **)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	char addresses[200];
	struct addrinfo **end = ret;
	struct in6_addr address;
	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return the_real()(name, service, hints, ret);
	(void)pthread_mutex_lock(&lock);
	bool found = look_up(name, addresses);
	(void)pthread_mutex_unlock(&lock);
	if (!found)
		return EAI_NONAME;
	while (!strcmp(addresses, "hang"))
		(void)pause();
	for (char *rest = addresses, *one; (one = strsep(&rest, "+"));) {
		int failed = the_real()(one, service, hints, end);
		if (failed)
			return failed;
		while (*end)
			end = &(*end)->ai_next;
	}
	return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t bytes)
{
	int (*real)(int, const struct sockaddr *, socklen_t);
	*(void **)&real = dlsym(RTLD_NEXT, "connect");
	struct sockaddr_in v4;
	if (address->sa_family != AF_INET)
		return real(fd, address, bytes);
	memcpy(&v4, address, sizeof v4);
	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return real(fd, (struct sockaddr *)&v4, sizeof v4);
}

/* ---- what is asked for ---- */

static struct outgoing *door;
static struct outgoing_access access_;
static struct outgoing_request request = { .method = "GET", .access = &access_, .fd = -1,
	                                       .max_bytes = 1000000, .seconds = 20 };
static const char *file, *body;
static uint64_t times = 1, at_once = 1, alternate, stop_after_ms, give_up_at;
static _Atomic uint64_t told, told_total;

static const struct { const char *name; const char **text; uint64_t *number; } options[] = {
	{ "url", &request.url, NULL }, { "method", &request.method, NULL }, { "body", &body, NULL },
	{ "etag", &request.etag, NULL }, { "modified", &request.last_modified, NULL },
	{ "max", NULL, &request.max_bytes }, { "file", &file, NULL },
	{ "origin", &access_.origin, NULL }, { "user", &access_.user, NULL },
	{ "password", &access_.password, NULL }, { "bearer", &access_.bearer, NULL },
	{ "secret", &access_.header, NULL }, { "certificate", &access_.certificate, NULL },
	{ "key", &access_.key, NULL }, { "ca", &access_.ca, NULL }, { "proxy", &access_.proxy, NULL },
	{ "times", NULL, &times }, { "at_once", NULL, &at_once },
	{ "alternate", NULL, &alternate },           /* every second request: to public addresses alone */
	{ "stop_after_ms", NULL, &stop_after_ms },
	{ "give_up_at", NULL, &give_up_at },
};

static bool take(const char *argument)
{
	struct str rest = str_c(argument), name = str_cut(&rest, '=', NULL);
	uint64_t number = 0;
	bool is_number = str_to_u64(rest, &number);
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		if (!str_eq_c(name, options[i].name))
			continue;
		if (options[i].text)
			*options[i].text = rest.p;
		else if (is_number)
			*options[i].number = number;
		return options[i].text || is_number;
	}
	if (str_eq(name, STR("header")) && request.header_count < OUTGOING_HEADERS_MAX)
		request.headers[request.header_count++] = rest.p;
	else if (str_eq(name, STR("private")))
		access_.allow_private = number;
	else if (str_eq(name, STR("gzip")))
		request.gzip = number;
	else if (str_eq(name, STR("seconds")))
		request.seconds = (unsigned)number;
	else
		return false;
	return true;
}

static bool on_progress(void *ctx, uint64_t bytes, uint64_t total)
{
	(void)ctx;
	told = bytes;
	told_total = total;
	return !give_up_at || bytes < give_up_at;
}

/* ---- what came of it ---- */

static void put_text(struct sbuf *b, const char *name, struct str value)
{
	sbuf_printf(b, ", \"%s\": ", name);
	sbuf_json(b, value);
}

static void put_number(struct sbuf *b, const char *name, uint64_t value)
{
	sbuf_printf(b, ", \"%s\": %" PRIu64, name, value);
}

static void put_answer(struct sbuf *b, const struct outgoing_answer *answer)
{
	char digest[SHA256_HEX_BYTES + 1];
	sha256_hex(&answer->digest, digest);
	put_number(b, "status", (uint64_t)answer->status);
	put_number(b, "bytes", answer->bytes);
	put_number(b, "retry_after", answer->retry_after);
	put_number(b, "same_origin", answer->same_origin);
	put_text(b, "body", answer->body);
	put_text(b, "digest", str_c(digest));
	put_text(b, "etag", answer->etag);
	put_text(b, "last_modified", answer->last_modified);
	put_text(b, "content_type", answer->content_type);
	put_text(b, "server", answer->server);
	put_text(b, "link", answer->link);
	put_text(b, "www_authenticate", answer->www_authenticate);
	put_text(b, "url", answer->url);
	sbuf_puts(b, ", \"headers\": [");
	for (size_t i = 0; i < answer->header_count; i++) {
		sbuf_puts(b, i ? ", [" : "[");
		sbuf_json(b, answer->headers[i].name);
		sbuf_puts(b, ", ");
		sbuf_json(b, answer->headers[i].value);
		sbuf_puts(b, "]");
	}
	sbuf_puts(b, "]");
}

static void ask(const struct outgoing_request *q)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	struct outgoing_answer answer = { 0 };
	struct errinfo e = { 0 };
	int64_t began = clock_monotonic();
	enum err err = outgoing_do(door, &a, q, &answer, &e);
	sbuf_puts(&b, "{\"error\": ");
	sbuf_json(&b, str_c(err ? err_code(err) : ""));
	put_text(&b, "detail", str_c(e.detail));
	put_number(&b, "ms", (uint64_t)((clock_monotonic() - began) / NS_PER_MS));
	put_number(&b, "told", told);
	put_number(&b, "told_total", told_total);
	if (!err)
		put_answer(&b, &answer);
	sbuf_puts(&b, "}\n");
	(void)pthread_mutex_lock(&lock);
	(void)fwrite(b.p, 1, b.n, stdout);
	(void)fflush(stdout);
	(void)pthread_mutex_unlock(&lock);
}

static void *ask_all(void *nothing)
{
	struct outgoing_access public = access_;
	struct outgoing_request other = request;
	public.allow_private = false;
	other.access = &public;
	for (uint64_t i = 0; i < times; i++)
		ask(alternate && i % 2 ? &other : &request);
	return nothing;
}

int main(int argc, char **argv)
{
	pthread_t threads[REQUESTS_MAX];
	for (int i = 1; i < argc; i++)
		if (!take(argv[i])) {
			fprintf(stderr, "what is %s?\n", argv[i]);
			return 2;
		}
	(void)signal(SIGPIPE, SIG_IGN);
	request.body = str_c(body);
	request.progress = on_progress;
	if (file)
		request.fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (outgoing_new(&door, NULL) || at_once > REQUESTS_MAX || (file && request.fd < 0))
		return 2;
	for (uint64_t i = 0; i < at_once; i++)
		if (pthread_create(&threads[i], NULL, ask_all, NULL))
			return 2;
	if (stop_after_ms) {
		struct timespec pause = { (time_t)(stop_after_ms / 1000),
			                      (long)(stop_after_ms % 1000) * (long)NS_PER_MS };
		(void)nanosleep(&pause, NULL);
		outgoing_stop(door);
	}
	for (uint64_t i = 0; i < at_once; i++)
		(void)pthread_join(threads[i], NULL);
	outgoing_free(door);
	return 0;
}
