/* Reading members. A header is made again of what it says, and compared; so it is enough to understand
 * what the writer writes.                                                                    */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"

struct bundle_reader {
	struct input input;
	struct sha256_stream *hash;
	char *buffer;
	size_t at, n;                    /* what was read and not yet taken */
	struct sbuf raw, made;           /* headers as they are, and as they should be */
	char path[CHART_MEMBER_NAME_MAX_BYTES + 1];
	size_t path_bytes;
	uint64_t left;                   /* of the member's data */
	size_t padding;                  /* behind it */
	uint64_t bytes;                  /* taken so far */
	int64_t mtime_seconds;
	size_t members;
	bool ended;
};

void bundle_reader_close(struct bundle_reader *r)
{
	if (!r)
		return;
	input_close(&r->input);
	sha256_free(r->hash);
	sbuf_done(&r->raw);
	sbuf_done(&r->made);
	free(r->buffer);
	free(r);
}

enum err bundle_reader_open(int dir, const char *name, int fd, struct bundle_reader **ret,
                            struct errinfo *e)
{
	struct bundle_reader *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "a bundle");
	r->input = (struct input){ .fd = -1 };
	r->raw = r->made = sbuf_make(MEMBER_HEADERS_MAX_BYTES);
	r->hash = sha256_new();
	r->buffer = malloc(BUNDLE_STEP_BYTES);
	enum err err = r->hash && r->buffer ? input_open(&r->input, dir, name, fd, e)
	                                    : ERR(e, NOMEM, "a bundle");
	if (err)
		bundle_reader_close(r);
	else
		*ret = r;
	return err;
}

enum err bundle_blame(struct bundle_reader *r, enum err err, struct errinfo *e)
{
	return input_blame(&r->input, err, e);
}

int64_t bundle_reader_mtime(const struct bundle_reader *r) { return r->mtime_seconds; }
uint64_t bundle_reader_bytes(const struct bundle_reader *r) { return r->bytes; }

/* ---- bytes ---- */

/* What there is in the buffer, and more if that is less than `wanted`. */
static enum err look(struct bundle_reader *r, size_t wanted, struct str *ret, struct errinfo *e)
{
	size_t more;
	if (r->n - r->at < wanted) {
		memmove(r->buffer, r->buffer + r->at, r->n - r->at);
		r->n -= r->at;
		r->at = 0;
		enum err err = input_pull(&r->input, r->buffer + r->n, BUNDLE_STEP_BYTES - r->n, &more, e);
		if (err)
			return err;
		r->n += more;
	}
	*ret = str_make(r->buffer + r->at, r->n - r->at);
	return OK;
}

static void pass(struct bundle_reader *r, size_t bytes)
{
	r->at += bytes;
	r->bytes += bytes;
}

/* ---- what is wrong, and where ---- */

static struct str current(const struct bundle_reader *r) { return str_make(r->path, r->path_bytes); }

static enum err wrong(const struct bundle_reader *r, struct str path, const char *what,
                      struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	if (path.n)
		return ERR(e, CORRUPT, "%s: %s", tar_shown(path, shown), what);
	if (r->members)
		return ERR(e, CORRUPT, "behind %s: %s", tar_shown(current(r), shown), what);
	return ERR(e, CORRUPT, "at the beginning: %s", what);
}

static const char not_whole[] = "the bundle ends here: it is not whole";

/* ---- headers ---- */

static enum err take_block(struct bundle_reader *r, struct str expected, struct errinfo *e)
{
	struct str there;
	enum err err = look(r, TAR_BLOCK_BYTES, &there, e);
	if (err)
		return err;
	if (there.n < TAR_BLOCK_BYTES)
		return wrong(r, expected, not_whole, e);
	sbuf_put(&r->raw, str_first(there, TAR_BLOCK_BYTES));
	pass(r, TAR_BLOCK_BYTES);
	return sbuf_ok(&r->raw) ? OK : ERR(e, NOMEM, "a bundle");
}

static struct tar_header last_header(const struct bundle_reader *r)
{
	struct tar_header h;
	memcpy(&h, r->raw.p + r->raw.n - sizeof h, sizeof h);
	return h;
}

/* The path in "123 path=deps/…\n"; anything at all where it is not that. */
static struct str pax_path(struct str record)
{
	(void)str_cut(&record, '=', NULL);
	return str_cut(&record, '\n', NULL);
}

static enum err take_pax(struct bundle_reader *r, struct str expected, struct errinfo *e)
{
	struct tar_header h = last_header(r);
	uint64_t bytes;
	enum err err = OK;
	if (!tar_number(TAR_FIELD(&h, size), &bytes) || !bytes ||
	    bytes > MEMBER_PAX_BLOCKS_MAX * TAR_BLOCK_BYTES)
		return wrong(r, expected, "its header is damaged", e);
	for (uint64_t at = 0; at < bytes && !err; at += TAR_BLOCK_BYTES)
		err = take_block(r, expected, e);
	return err ? err : take_block(r, expected, e);
}

static const char *type_fault(char type)
{
	switch (type) {
	case '0':           return NULL;
	case '1': case '2': return "links are not accepted in a bundle";
	case '5':           return "directories are not accepted in a bundle";
	default:            return "this kind of entry is not accepted in a bundle";
	}
}

/* The name that the headers in r->raw give. False: it is too long. */
static bool take_path(struct bundle_reader *r, const struct tar_header *h)
{
	struct str path = str_make(h->name, strnlen(h->name, sizeof h->name));
	struct str prefix = str_make(h->prefix, strnlen(h->prefix, sizeof h->prefix));
	if (r->raw.n > TAR_BLOCK_BYTES) {
		path = pax_path(str_from(sbuf_str(&r->raw), TAR_BLOCK_BYTES));
		prefix = STR("");
	}
	if (path.n + prefix.n + 1 > CHART_MEMBER_NAME_MAX_BYTES)
		return false;
	size_t n = 0;
	if (prefix.n) {
		memcpy(r->path, prefix.p, prefix.n);
		r->path[prefix.n] = '/';
		n = prefix.n + 1;
	}
	if (path.n)
		memcpy(r->path + n, path.p, path.n);
	r->path_bytes = n + path.n;
	return true;
}

/* Of the header's own numbers; the time is everywhere that of the first one. */
static bool make_header(struct bundle_reader *r, const struct tar_header *h)
{
	uint64_t bytes, mtime;
	if (!tar_number(TAR_FIELD(h, size), &bytes) || !tar_number(TAR_FIELD(h, mtime), &mtime) ||
	    mtime > INT64_MAX)
		return false;
	if (!r->members)
		r->mtime_seconds = (int64_t)mtime;
	sbuf_reset(&r->made);
	tar_header_put(&r->made, current(r), bytes, r->mtime_seconds);
	r->left = bytes;
	r->padding = TAR_PADDING_BYTES(bytes);
	return true;
}

static enum err judge_header(struct bundle_reader *r, struct str expected, struct errinfo *e)
{
	struct errinfo fault;
	char shown[TAR_SHOWN_MAX_BYTES];
	uint64_t sum;
	struct tar_header h = last_header(r);
	if (!tar_number(TAR_FIELD(&h, checksum), &sum) || sum != tar_checksum(&h))
		return wrong(r, expected, r->members ? "its header is damaged"
		                                     : "its header is damaged, or this is no bundle", e);
	if (!take_path(r, &h))
		return wrong(r, expected, "its name is too long", e);
	if (tar_name_check(current(r), &fault) != OK)
		return ERR(e, CORRUPT, "%.*s%s%s", STR_ARG(expected), expected.n ? ": in its place there is " : "",
		           fault.detail);
	if (type_fault(h.type))
		return wrong(r, current(r), type_fault(h.type), e);
	if (!make_header(r, &h))
		return wrong(r, current(r), "its header is damaged", e);
	r->members++;
	if (!sbuf_ok(&r->made))
		return ERR(e, NOMEM, "a bundle");
	if (expected.n && !str_eq(current(r), expected))
		return ERR(e, CORRUPT, "%s: it stands where %.*s should be", tar_shown(current(r), shown),
		           STR_ARG(expected));
	if (!str_eq(sbuf_str(&r->raw), sbuf_str(&r->made)))
		return wrong(r, current(r), "its header is damaged", e);
	return r->members <= BUNDLE_MEMBERS_MAX ? OK : wrong(r, current(r), "too many files", e);
}

/* ---- the end ---- */

static enum err judge_end(struct bundle_reader *r, struct str expected, struct errinfo *e)
{
	struct str rest;
	if (expected.n)
		return wrong(r, expected, "it is missing: the bundle ends before it", e);
	enum err err = take_block(r, expected, e);
	if (err)
		return err;
	if (!tar_is_zero(sbuf_str(&r->raw)))
		return wrong(r, expected, "the end of the bundle is damaged", e);
	err = look(r, 1, &rest, e);
	if (!err && rest.n)
		return wrong(r, expected, "something follows the end of the bundle", e);
	r->ended = !err;
	return err;
}

static enum err next(struct bundle_reader *r, struct str expected, struct bundle_member *ret,
                     struct errinfo *e)
{
	enum err err = r->left || r->padding ? bundle_skip(r, e) : OK;
	sbuf_reset(&r->raw);
	if (!err)
		err = take_block(r, expected, e);
	if (!err && tar_is_zero(sbuf_str(&r->raw)))
		return judge_end(r, expected, e);
	if (!err && last_header(r).type == 'x')
		err = take_pax(r, expected, e);
	if (!err)
		err = judge_header(r, expected, e);
	if (err)
		return err;
	*ret = (struct bundle_member){ current(r), r->left };
	return OK;
}

enum err bundle_next(struct bundle_reader *r, struct str expected, struct bundle_member *ret,
                     bool *ret_end, struct errinfo *e)
{
	enum err err = r->ended && !expected.n ? OK : bundle_blame(r, next(r, expected, ret, e), e);
	if (!err && ret_end)
		*ret_end = r->ended;
	return err;
}

/* ---- data ---- */

/* Hands the data over in steps; NULL: to nobody. */
typedef enum err step(void *ctx, struct str data, struct errinfo *e);

static enum err take_padding(struct bundle_reader *r, struct errinfo *e)
{
	struct str there = { 0 };
	enum err err = r->padding ? look(r, r->padding, &there, e) : OK;
	if (err)
		return err;
	if (there.n < r->padding)
		return wrong(r, current(r), not_whole, e);
	if (!tar_is_zero(str_first(there, r->padding)))
		return wrong(r, current(r), "the bytes that fill its last block are damaged", e);
	pass(r, r->padding);
	r->padding = 0;
	return OK;
}

static enum err take_data(struct bundle_reader *r, step *each, void *ctx, struct errinfo *e)
{
	enum err err = OK;
	while (r->left && !err) {
		struct str there;
		err = look(r, 1, &there, e);
		if (!err && !there.n)
			err = wrong(r, current(r), not_whole, e);
		if (err)
			break;
		struct str now = there.n > r->left ? str_first(there, (size_t)r->left) : there;
		err = each ? each(ctx, now, e) : OK;
		pass(r, now.n);
		r->left -= now.n;
	}
	return err ? err : take_padding(r, e);
}

static enum err add_to_memory(void *ctx, struct str data, struct errinfo *e)
{
	struct sbuf *b = ctx;
	sbuf_put(b, data);
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "a member of a bundle");
}

enum err bundle_read(struct bundle_reader *r, size_t limit, struct sbuf *to, struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	if (r->left > limit)
		return ERR(e, TOO_LARGE, "%s: %llu bytes; %zu are accepted", tar_shown(current(r), shown),
		           (unsigned long long)r->left, limit);
	return bundle_blame(r, take_data(r, add_to_memory, to, e), e);
}

struct copying { struct sha256_stream *hash; int fd; };

static enum err add_to_file(void *ctx, struct str data, struct errinfo *e)
{
	const struct copying *c = ctx;
	if (!sha256_add(c->hash, data))
		return ERR(e, NOMEM, "SHA-256");
	return c->fd < 0 ? OK : fs_write(c->fd, data, e);
}

enum err bundle_read_into(struct bundle_reader *r, int fd, struct sha256 *ret, struct errinfo *e)
{
	struct copying c = { r->hash, fd };
	struct sha256 got;
	enum err err = take_data(r, add_to_file, &c, e);
	if (!sha256_end(r->hash, &got) && !err)
		err = ERR(e, NOMEM, "SHA-256");
	if (!err)
		*ret = got;
	return bundle_blame(r, err, e);
}

/* Without reading what is not in the buffer. */
static enum err leap(struct bundle_reader *r, uint64_t bytes, struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	uint64_t here = r->n - r->at;
	if (bytes > here) {
		enum err err = input_skip(&r->input, bytes - here, e);
		if (err == ERR_CORRUPT)
			err_prefix(e, "%s", tar_shown(current(r), shown));
		if (err)
			return err;
		r->at = r->n = 0;
	} else {
		r->at += (size_t)bytes;
	}
	r->bytes += bytes;
	r->left = 0;
	r->padding = 0;
	return OK;
}

enum err bundle_skip(struct bundle_reader *r, struct errinfo *e)
{
	if (r->input.seekable)
		return leap(r, r->left + r->padding, e);
	return bundle_blame(r, take_data(r, NULL, NULL, e), e);
}

enum err bundle_leap(struct bundle_reader *r, uint64_t bytes, struct str path, struct errinfo *e)
{
	if (path.n >= sizeof r->path)
		return ERR(e, BUG, "a member's path");
	if (path.n)
		memcpy(r->path, path.p, path.n);
	r->path_bytes = path.n;
	return leap(r, bytes, e);
}

bool bundle_reader_file(const struct bundle_reader *r, size_t index, struct bundle_file *ret)
{
	return input_file(&r->input, index, ret);
}
