/* The head of a bundle. There is one text for each head: what is read is
 * written again and compared, so nothing can be told in two ways.                             */
#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/bundle.h"
#include "indexer/format/name.h"

#define FORMAT_WORDS "chartlocker bundle "
#define INSTANCE_MAX_BYTES 64u

static void put_digest(struct sbuf *b, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	sbuf_puts(b, hex);
}

static void put_text(struct sbuf *b, const char *key, struct str value)
{
	sbuf_puts(b, key);
	if (value.n)
		sbuf_putc(b, ' ');
	sbuf_put(b, value);
	sbuf_putc(b, '\n');
}

static void put_number(struct sbuf *b, const char *key, uint64_t value)
{
	sbuf_puts(b, key);
	sbuf_putc(b, ' ');
	sbuf_u64(b, value);
	sbuf_putc(b, '\n');
}

static void put_hash(struct sbuf *b, const char *key, const struct sha256 *hash)
{
	sbuf_puts(b, key);
	sbuf_putc(b, ' ');
	put_digest(b, hash);
	sbuf_putc(b, '\n');
}

static void put_state(struct sbuf *b, const char *key, const struct bundle_state *state)
{
	sbuf_puts(b, key);
	sbuf_putc(b, ' ');
	sbuf_u64(b, state->event);
	sbuf_putc(b, ' ');
	put_digest(b, &state->leaf);
	sbuf_putc(b, '\n');
}

static void put_time(struct sbuf *b, const char *key, int64_t at_ns)
{
	char text[RFC3339_MAX_BYTES];
	size_t n = clock_format(at_ns, text);
	put_text(b, key, str_make(text, n));
}

void bundle_head_put(struct sbuf *b, const struct bundle_head *h)
{
	put_number(b, "chartlocker bundle", BUNDLE_FORMAT);
	put_text(b, "repo", h->repo);
	put_text(b, "instance", h->instance);
	put_state(b, "parent", &h->parent);
	put_state(b, "own", &h->own);
	put_hash(b, "root", &h->root);
	put_time(b, "at", h->at_ns);
	put_text(b, "filter", h->filter);
	put_number(b, "versions", h->versions);
	put_number(b, "files", h->files);
	put_number(b, "bytes", h->bytes);
	put_hash(b, "manifest", &h->manifest);
}

/* ---- reading ---- */

struct reading {
	struct str rest;
	unsigned line;                   /* of the one that was taken last */
	bool failed;
};

/* The value of the next line, which must have this key. */
static struct str take(struct reading *r, const char *key)
{
	bool whole;
	struct str value = { 0 };
	if (r->failed)
		return value;
	r->line++;
	struct str line = str_cut(&r->rest, '\n', &whole), wanted = str_c(key);
	if (whole && str_starts(line, wanted))
		value = str_from(line, wanted.n);
	else
		r->failed = true;
	return value.n && value.p[0] == ' ' ? str_from(value, 1) : value;
}

static void judge(struct reading *r, bool good)
{
	if (!good)
		r->failed = true;
}

static uint64_t take_number(struct reading *r, const char *key)
{
	uint64_t value = 0;
	struct str text = take(r, key);
	judge(r, str_to_u64(text, &value));
	return value;
}

static struct sha256 take_hash(struct reading *r, const char *key)
{
	struct sha256 hash = { 0 };
	struct str text = take(r, key);
	judge(r, sha256_parse(text, &hash));
	return hash;
}

/* Before the first event there is no leaf. */
static struct bundle_state take_state(struct reading *r, const char *key)
{
	static const struct sha256 none;
	struct bundle_state state = { 0 };
	struct str leaf = take(r, key), event = str_cut(&leaf, ' ', NULL);
	judge(r, str_to_u64(event, &state.event) && sha256_parse(leaf, &state.leaf));
	judge(r, (state.event == 0) == sha256_eq(&state.leaf, &none));
	return state;
}

static int64_t take_time(struct reading *r, const char *key)
{
	int64_t at_ns = 0;
	struct str text = take(r, key);
	judge(r, clock_parse(text, &at_ns));
	return at_ns;
}

static bool instance_is_good(struct str instance)
{
	for (size_t i = 0; i < instance.n; i++) {
		char c = instance.p[i];
		if (!(ascii_is_lower_or_digit(c) || c == '-'))
			return false;
	}
	return instance.n && instance.n <= INSTANCE_MAX_BYTES;
}

static bool filter_is_good(struct str filter)
{
	return filter.n <= BUNDLE_FILTER_MAX_BYTES && !str_has_controls(filter) && str_is_utf8(filter);
}

static bool follows(const struct bundle_state *parent, const struct bundle_state *own)
{
	return parent->event < own->event ||
	       (parent->event == own->event && sha256_eq(&parent->leaf, &own->leaf));
}

/* Line by line as bundle_head_put writes them. */
static struct bundle_head take_head(struct reading *r)
{
	struct bundle_head h = { 0 };
	judge(r, take_number(r, "chartlocker bundle") == BUNDLE_FORMAT);
	h.repo = take(r, "repo");
	judge(r, repo_old_name_check(h.repo, NULL) == OK);
	h.instance = take(r, "instance");
	judge(r, instance_is_good(h.instance));
	h.parent = take_state(r, "parent");
	h.own = take_state(r, "own");
	judge(r, follows(&h.parent, &h.own));
	h.root = take_hash(r, "root");
	h.at_ns = take_time(r, "at");
	h.filter = take(r, "filter");
	judge(r, filter_is_good(h.filter));
	h.versions = take_number(r, "versions");
	h.files = take_number(r, "files");
	h.bytes = take_number(r, "bytes");
	h.manifest = take_hash(r, "manifest");
	return h;
}

/* The line in which the texts begin to differ. */
static unsigned first_difference(struct str a, struct str b)
{
	unsigned line = 1;
	for (size_t i = 0; i < a.n && i < b.n && a.p[i] == b.p[i]; i++)
		line += a.p[i] == '\n';
	return line;
}

static enum err check_format(struct str text, struct errinfo *e)
{
	uint64_t format;
	struct str line = str_cut(&text, '\n', NULL);
	if (!str_starts(line, STR(FORMAT_WORDS)) ||
	    !str_to_u64(str_from(line, sizeof FORMAT_WORDS - 1), &format))
		return ERR(e, CORRUPT, BUNDLE_HEAD ":1: this is not the head of a bundle");
	if (format != BUNDLE_FORMAT)
		return ERR(e, NEWER, "the bundle has format %llu, and this program knows %d: it needs a newer one",
		           (unsigned long long)format, BUNDLE_FORMAT);
	return OK;
}

enum err bundle_head_parse(struct str text, struct bundle_head *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf again = sbuf_make(2 * BUNDLE_HEAD_MAX_BYTES);
	struct reading r = { .rest = text };
	if (text.n > BUNDLE_HEAD_MAX_BYTES)
		return ERR(e, CORRUPT, BUNDLE_HEAD ": more than %u bytes", BUNDLE_HEAD_MAX_BYTES);
	enum err err = check_format(text, e);
	if (err)
		return err;
	struct bundle_head h = take_head(&r);
	if (r.failed)
		return ERR(e, CORRUPT, BUNDLE_HEAD ":%u: not what stands there in the head of a bundle", r.line);
	bundle_head_put(&again, &h);
	if (!sbuf_ok(&again))
		return ERR(e, NOMEM, "the head of a bundle");
	if (!str_eq(text, sbuf_str(&again)))
		return ERR(e, CORRUPT, BUNDLE_HEAD ":%u: not written as it should be",
		           first_difference(text, sbuf_str(&again)));
	*ret = h;
	return OK;
}
