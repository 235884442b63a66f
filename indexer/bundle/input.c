/* Reading a bundle: one file, a stream, or parts, each of which is compared with its digest as it passes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"

void input_close(struct input *in)
{
	if (in->fd >= 0 && !in->borrowed)
		(void)close(in->fd);
	in->fd = -1;
	sha256_free(in->hash);
	in->hash = NULL;
	parts_free(&in->parts);
	in->name = NULL;
}

/* ---- opening ---- */

/* Where it can be told how much there is, nothing has to be read to be passed over. */
static enum err open_stream(struct input *in, int fd, struct errinfo *e)
{
	struct stat st;
	in->fd = fd;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat");
	off_t at = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	if (at >= 0 && at <= st.st_size) {
		in->seekable = true;
		in->total = (uint64_t)(st.st_size - at);
	}
	return OK;
}

/* Says of each part what is wrong with it before it is read; a comma before all but the first. */
static void judge_part(const struct input *in, size_t i, struct sbuf *b, unsigned *count)
{
	struct stat st;
	char name[BUNDLE_FILE_NAME_BYTES];
	parts_name(in->name, i, name);
	bool there = fstatat(in->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	bool regular = there && S_ISREG(st.st_mode);
	if (regular && (uint64_t)st.st_size == in->parts.p[i].bytes)
		return;
	if ((*count)++ >= BUNDLE_PARTS_NAMED)
		return;
	sbuf_printf(b, "%s%s ", b->n ? ", " : "", name);
	if (regular)
		sbuf_printf(b, "has %lld of %llu bytes", (long long)st.st_size,
		            (unsigned long long)in->parts.p[i].bytes);
	else
		sbuf_puts(b, there ? "is not a regular file" : "is missing");
}

static enum err judge_parts(const struct input *in, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_PARTS_NAMED * 2 * BUNDLE_FILE_NAME_BYTES);
	unsigned count = 0;
	for (size_t i = 0; i < in->parts.count; i++)
		judge_part(in, i, &b, &count);
	if (!count)
		return OK;
	if (count > BUNDLE_PARTS_NAMED)
		sbuf_printf(&b, ", and %u more", count - BUNDLE_PARTS_NAMED);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "parts of a bundle");
	return ERR(e, CORRUPT, "%.*s", STR_ARG(sbuf_str(&b)));
}

static enum err no_list(const struct input *in, const char *list, struct errinfo *e)
{
	struct stat st;
	char part[BUNDLE_FILE_NAME_BYTES];
	for (size_t i = 0; i < BUNDLE_PARTS_MAX; i++) {
		parts_name(in->name, i, part);
		if (fstatat(in->dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return ERR(e, CORRUPT, "%s is missing", list);
	}
	return ERR(e, NOT_FOUND, "%s does not exist", in->name);
}

static enum err open_parts(struct input *in, struct errinfo *e)
{
	char list[BUNDLE_FILE_NAME_BYTES];
	AUTO_FREE char *text = NULL;
	size_t n;
	parts_list_name(in->name, list);
	enum err err = fs_read(in->dir, list, BUNDLE_PARTS_LIST_MAX_BYTES, &text, &n, e);
	if (err == ERR_NOT_FOUND)
		return no_list(in, list, e);
	if (!err)
		err = parts_parse(str_make(text, n), in->name, &in->parts, e);
	if (!err)
		err = judge_parts(in, e);
	if (err)
		return err;
	in->hash = sha256_new();
	for (size_t i = 0; i < in->parts.count; i++)
		in->total += in->parts.p[i].bytes;
	return in->hash ? OK : ERR(e, NOMEM, "SHA-256");
}

enum err input_open(struct input *in, int dir, const char *name, int fd, struct errinfo *e)
{
	struct stat st;
	*in = (struct input){ .dir = dir, .fd = -1, .borrowed = dir < 0 };
	if (dir < 0)
		return open_stream(in, fd, e);
	struct str file = str_c(name);
	if (str_ends(file, STR(".parts")))
		file = str_first(file, file.n - STR(".parts").n);
	if (!file.n || file.n > BUNDLE_NAME_MAX_BYTES || str_has(file, '/'))
		return ERR(e, INVALID, "\"%.200s\" is no name of a bundle", name);
	memcpy(in->name_room, file.p, file.n);
	in->name = in->name_room;
	enum err err = fs_open_regular(dir, in->name, &in->fd, &st, e);
	if (err)
		return err == ERR_NOT_FOUND ? open_parts(in, e) : err;
	in->seekable = true;
	in->total = (uint64_t)st.st_size;
	return OK;
}

/* ---- reading ---- */

static enum err read_some(int fd, char *to, size_t bytes, size_t *ret, struct errinfo *e)
{
	ssize_t n;
	do
		n = read(fd, to, bytes);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ERR_SYS(e, "read");
	*ret = (size_t)n;
	return OK;
}

static enum err open_part(struct input *in, struct errinfo *e)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	parts_name(in->name, in->part, name);
	in->left = in->parts.p[in->part].bytes;
	return fs_open_regular(in->dir, name, &in->fd, NULL, e);
}

/* All of it was hashed, unless it is torn: then its members alone prove it. */
static enum err end_part(struct input *in, struct errinfo *e)
{
	struct sha256 got;
	if (!sha256_end(in->hash, &got))
		return ERR(e, NOMEM, "SHA-256");
	if (!in->torn && !sha256_eq(&got, &in->parts.p[in->part].digest)) {
		in->part_is_bad = true;
		return ERR(e, CORRUPT, "its digest is another");
	}
	if (!in->torn && in->unproven == in->part)
		in->unproven++;
	(void)close(in->fd);
	in->fd = -1;
	in->torn = false;
	in->part++;
	return OK;
}

/* Media that cannot be read are as bad as wrong bytes. */
static enum err read_part(struct input *in, char *to, size_t bytes, size_t *ret, struct errinfo *e)
{
	size_t n = 0;
	enum err err = in->fd < 0 ? open_part(in, e) : OK;
	if (!err)
		err = read_some(in->fd, to, bytes < in->left ? bytes : (size_t)in->left, &n, e);
	if (err || !n) {
		in->part_is_bad = true;
		return err == ERR_IO || !err ? ERR(e, CORRUPT, "it cannot be read to its end") : err;
	}
	if (!sha256_add(in->hash, str_make(to, n)))
		return ERR(e, NOMEM, "SHA-256");
	in->left -= n;
	*ret = n;
	return in->left ? OK : end_part(in, e);
}

enum err input_pull(struct input *in, char *to, size_t bytes, size_t *ret, struct errinfo *e)
{
	size_t got = 0, n = 0;
	while (got < bytes) {
		if (in->parts.count && in->part == in->parts.count)
			break;
		enum err err = in->parts.count ? read_part(in, to + got, bytes - got, &n, e)
		                              : read_some(in->fd, to + got, bytes - got, &n, e);
		if (err && in->name && !in->parts.count)
			err_prefix(e, "%s", in->name);
		if (err)
			return err;
		if (!n)
			break;
		got += n;
	}
	in->fetched += got;
	*ret = got;
	return OK;
}

static enum err skip_in_part(struct input *in, uint64_t *bytes, struct errinfo *e)
{
	enum err err = in->fd < 0 ? open_part(in, e) : OK;
	uint64_t now = *bytes < in->left ? *bytes : in->left;
	if (!err && lseek(in->fd, (off_t)now, SEEK_CUR) < 0)
		err = ERR_SYS(e, "seek");
	if (err)
		return err;
	in->torn = true;
	in->left -= now;
	*bytes -= now;
	return in->left ? OK : end_part(in, e);
}

static enum err skip_in_parts(struct input *in, uint64_t bytes, struct errinfo *e)
{
	enum err err = OK;
	while (bytes && !err)
		err = skip_in_part(in, &bytes, e);
	in->unproven = in->part;
	return err;
}

enum err input_skip(struct input *in, uint64_t bytes, struct errinfo *e)
{
	if (bytes > in->total - in->fetched)
		return ERR(e, CORRUPT, "the bundle ends here: it is not whole");
	in->fetched += bytes;
	if (in->parts.count)
		return skip_in_parts(in, bytes, e);
	return lseek(in->fd, (off_t)bytes, SEEK_CUR) < 0 ? ERR_SYS(e, "seek") : OK;
}

static bool look_at(const struct input *in, size_t index, struct stat *ret)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	if (!in->parts.count)
		return index == 0 && in->seekable && fstat(in->fd, ret) == 0;
	if (index >= in->parts.count)
		return false;
	parts_name(in->name, index, name);
	return fstatat(in->dir, name, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

bool input_file(const struct input *in, size_t index, struct bundle_file *ret)
{
	struct stat st;
	if (!look_at(in, index, &st))
		return false;
	*ret = (struct bundle_file){ (uint64_t)st.st_size, st.st_mtim, st.st_ctim };
	return true;
}

/* ---- which part is to blame ---- */

/* From its beginning, whatever was read of it. */
static bool is_good(struct input *in, size_t part, char *buffer)
{
	struct sha256 ignored;
	size_t n;
	if (in->fd >= 0)
		(void)close(in->fd);
	in->fd = -1;
	in->part = part;
	in->torn = in->part_is_bad = false;
	if (!sha256_end(in->hash, &ignored))
		return false;
	while (in->part == part && !in->part_is_bad)
		if (read_part(in, buffer, BUNDLE_STEP_BYTES, &n, NULL) != OK)
			break;
	return in->part != part;
}

enum err input_blame(struct input *in, enum err err, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_PARTS_NAMED * 2 * BUNDLE_FILE_NAME_BYTES);
	AUTO_FREE char *buffer = NULL;
	char name[BUNDLE_FILE_NAME_BYTES], detail[ERR_DETAIL_MAX_BYTES];
	unsigned count = 0;
	if (!in->parts.count || err != ERR_CORRUPT || in->blamed || !e)
		return err;
	buffer = malloc(BUNDLE_STEP_BYTES);
	in->blamed = true;
	for (size_t i = in->unproven; buffer && i < in->parts.count; i++) {
		parts_name(in->name, i, name);
		if (!is_good(in, i, buffer) && count++ < BUNDLE_PARTS_NAMED)
			sbuf_printf(&b, "%s%s", b.n ? ", " : "", name);
	}
	if (!count)
		return err;
	if (count > BUNDLE_PARTS_NAMED)
		sbuf_printf(&b, " and %u more", count - BUNDLE_PARTS_NAMED);
	memcpy(detail, e->detail, sizeof detail);
	return ERR_SURE(err_set(e, err, "%.*s: damaged (%s)", STR_ARG(sbuf_str(&b)), detail));
}
