/* Asks a registry through indexer/upstream/oci.h what its arguments say, for test_oci.py:
 *
 *     oci pull address=oci://127.0.0.1:5000/charts/demo:1.0.0 private=1 file=x.tgz provenance=1
 *     oci versions address=…
 *     oci index address=… known=DIGEST,DIGEST
 *
 * Prints one JSON object. Every name that ends in .test is 127.0.0.1.                          */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/upstream/oci.h"

#define OUTPUT_MAX_BYTES (64u * 1024 * 1024)

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	bool is_ours = name && str_ends(str_c(name), STR(".test"));
	return real(is_ours ? "127.0.0.1" : name, service, hints, ret);
}

/* ---- what is asked for ---- */

static struct outgoing_access access_;
static struct oci_options options = { .access = &access_ };
static const char *address, *file, *version, *known;
static uint64_t private, plain, provenance, max_bytes = CHART_UNPACKED_MAX_BYTES, times = 1;

static const struct { const char *name; const char **text; uint64_t *number; } arguments[] = {
	{ "address", &address, NULL }, { "file", &file, NULL }, { "version", &version, NULL },
	{ "known", &known, NULL }, { "origin", &access_.origin, NULL }, { "user", &access_.user, NULL },
	{ "password", &access_.password, NULL }, { "bearer", &access_.bearer, NULL },
	{ "header", &access_.header, NULL }, { "ca", &access_.ca, NULL },
	{ "token_origin", &access_.token_origin, NULL }, { "private", NULL, &private },
	{ "plain", NULL, &plain }, { "provenance", NULL, &provenance }, { "max", NULL, &max_bytes },
	{ "times", NULL, &times },
};

static bool take(const char *argument)
{
	struct str rest = str_c(argument), name = str_cut(&rest, '=', NULL);
	for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
		if (!str_eq_c(name, arguments[i].name))
			continue;
		if (arguments[i].text)
			*arguments[i].text = rest.p;
		return arguments[i].text || str_to_u64(rest, arguments[i].number);
	}
	return false;
}

/* ---- what comes of it ---- */

static void put_digest(struct sbuf *b, const char *key, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	json_text(b, key, str_c(hex));
}

static enum err pull(struct oci *o, struct arena *a, struct sbuf *b, struct errinfo *e)
{
	struct oci_chart chart;
	AUTO_FD int fd = file ? open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
	enum err err = oci_pull(o, a, &(struct oci_pull){ .version = str_c(version), .fd = fd,
	                        .max_bytes = max_bytes, .provenance = provenance }, &chart, e);
	if (err)
		return err;
	put_digest(b, "manifest", &chart.manifest);
	put_digest(b, "digest", &chart.digest);
	json_number(b, "bytes", chart.bytes);
	json_text(b, "created", chart.created);
	json_bool(b, "has_provenance", chart.has_provenance);
	json_text(b, "provenance", chart.provenance);
	return OK;
}

static enum err versions(struct oci *o, struct arena *a, struct sbuf *b, struct errinfo *e)
{
	struct str *list;
	size_t count;
	enum err err = oci_versions(o, a, &list, &count, e);
	if (!err)
		json_texts(b, "versions", list, count);
	return err;
}

static bool is_known(void *ctx, struct str chart, const struct sha256 *hash)
{
	char hex[SHA256_HEX_BYTES + 1];
	(void)ctx, (void)chart;
	sha256_hex(hash, hex);
	return known && strstr(known, hex);
}

static enum err on_entry(void *ctx, struct str chart, const struct index_entry *entry,
                         const struct sha256 *hash, struct errinfo *e)
{
	struct sbuf *b = ctx;
	(void)e;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "chart", chart);
	put_digest(b, "hash", hash);
	json_key(b, "entry");
	index_entry_line(b, entry);
	sbuf_putc(b, '}');
	if (known && str_eq_c(str_c(known), "stop"))
		return ERR(e, METADATA, "the handler has enough");
	return OK;
}

static enum err on_skipped(void *ctx, struct str chart, struct str which, uint32_t line,
                           const char *why, struct errinfo *e)
{
	struct sbuf *b = ctx;
	(void)chart, (void)line, (void)e;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "skipped", which);
	json_text(b, "why", str_c(why));
	sbuf_putc(b, '}');
	return OK;
}

static enum err read_index(struct oci *o, struct arena *a, struct sbuf *b, struct errinfo *e)
{
	struct index_stream_summary s;
	struct index_stream_handler handler = { b, is_known, on_entry, on_skipped, NULL };
	(void)a;
	json_key(b, "told");
	sbuf_putc(b, '[');
	enum err err = oci_index_read(o, &handler, &s, e);
	sbuf_putc(b, ']');
	if (err)
		return err;
	json_number(b, "charts", s.charts);
	json_number(b, "known_and_new", s.versions);
	json_number(b, "skipped", s.skipped);
	return OK;
}

static const struct {
	const char *name;
	enum err (*run)(struct oci *o, struct arena *a, struct sbuf *b, struct errinfo *e);
} commands[] = { { "pull", pull }, { "versions", versions }, { "index", read_index } };

static enum err run(const char *command, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct oci *o = NULL;
	enum err err = outgoing_new(&options.outgoing, e);
	if (!err)
		err = oci_open(&options, address, &o, e);
	for (size_t i = 0; i < sizeof commands / sizeof *commands && !err; i++)
		for (uint64_t n = 0; n < times && !err && !strcmp(command, commands[i].name); n++)
			err = commands[i].run(o, &a, b, e);
	json_number(b, "retry_after", o ? oci_retry_after(o) : 0);
	oci_close(o);
	outgoing_free(options.outgoing);
	return err;
}

int main(int argc, char **argv)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	struct errinfo e = { 0 };
	for (int i = 2; i < argc; i++)
		if (!take(argv[i]))
			return fprintf(stderr, "what is %s?\n", argv[i]) < 0 ? 3 : 2;
	access_.allow_private = private;
	options.plain_http = plain;
	sbuf_putc(&b, '{');
	enum err err = argc > 1 && address ? run(argv[1], &b, &e) : ERR(&e, INVALID, "no address");
	json_text(&b, "error", str_c(err ? err_code(err) : ""));
	json_text(&b, "detail", str_c(err ? e.detail : ""));
	sbuf_puts(&b, "}\n");
	return sbuf_ok(&b) && fputs(b.p, stdout) >= 0 ? 0 : 1;
}
