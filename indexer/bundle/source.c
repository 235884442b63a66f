/* Reading a bundle: one file, a stream, or parts, each of which is compared with its digest as it passes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"

void source_close(struct source *s)
{
	if (s->fd >= 0 && !s->borrowed)
		(void)close(s->fd);
	s->fd = -1;
	sha256_free(s->hash);
	s->hash = NULL;
	parts_free(&s->parts);
	s->name = NULL;
}

/* ---- opening ---- */

/* Where it can be told how much there is, nothing has to be read to be passed over. */
static enum err open_stream(struct source *s, int fd, struct errinfo *e)
{
	struct stat st;
	s->fd = fd;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat");
	off_t at = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	if (at >= 0 && at <= st.st_size) {
		s->seekable = true;
		s->total = (uint64_t)(st.st_size - at);
	}
	return OK;
}

/* Says of each part what is wrong with it before it is read; a comma before all but the first. */
static void judge_part(const struct source *s, size_t i, struct sbuf *b, unsigned *count)
{
	struct stat st;
	char name[BUNDLE_FILE_NAME_BYTES];
	parts_name(s->name, i, name);
	bool there = fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	bool regular = there && S_ISREG(st.st_mode);
	if (regular && (uint64_t)st.st_size == s->parts.p[i].bytes)
		return;
	if ((*count)++ >= BUNDLE_PARTS_NAMED)
		return;
	sbuf_printf(b, "%s%s ", b->n ? ", " : "", name);
	if (regular)
		sbuf_printf(b, "has %lld of %llu bytes", (long long)st.st_size,
		            (unsigned long long)s->parts.p[i].bytes);
	else
		sbuf_puts(b, there ? "is not a regular file" : "is missing");
}

static enum err judge_parts(const struct source *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_PARTS_NAMED * 2 * BUNDLE_FILE_NAME_BYTES);
	unsigned count = 0;
	for (size_t i = 0; i < s->parts.count; i++)
		judge_part(s, i, &b, &count);
	if (!count)
		return OK;
	if (count > BUNDLE_PARTS_NAMED)
		sbuf_printf(&b, ", and %u more", count - BUNDLE_PARTS_NAMED);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "parts of a bundle");
	return ERR(e, CORRUPT, "%.*s: carry %s again", STR_ARG(sbuf_str(&b)),
	           count == 1 ? "this part" : "these parts");
}

static enum err no_list(const struct source *s, const char *list, struct errinfo *e)
{
	struct stat st;
	char part[BUNDLE_FILE_NAME_BYTES];
	for (size_t i = 0; i < BUNDLE_PARTS_MAX; i++) {
		parts_name(s->name, i, part);
		if (fstatat(s->dir, part, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return ERR(e, CORRUPT, "%s is missing: carry this file again", list);
	}
	return ERR(e, NOT_FOUND, "%s does not exist", s->name);
}

static enum err open_parts(struct source *s, struct errinfo *e)
{
	char list[BUNDLE_FILE_NAME_BYTES];
	AUTO_FREE char *text = NULL;
	size_t n;
	parts_list_name(s->name, list);
	enum err err = fs_read(s->dir, list, BUNDLE_PARTS_LIST_MAX_BYTES, &text, &n, e);
	if (err == ERR_NOT_FOUND)
		return no_list(s, list, e);
	if (!err)
		err = parts_parse(str_make(text, n), s->name, &s->parts, e);
	if (!err)
		err = judge_parts(s, e);
	if (err)
		return err;
	s->hash = sha256_new();
	for (size_t i = 0; i < s->parts.count; i++)
		s->total += s->parts.p[i].bytes;
	return s->hash ? OK : ERR(e, NOMEM, "SHA-256");
}

enum err source_open(struct source *s, int dir, const char *name, int fd, struct errinfo *e)
{
	struct stat st;
	*s = (struct source){ .dir = dir, .fd = -1, .borrowed = dir < 0 };
	if (dir < 0)
		return open_stream(s, fd, e);
	struct str file = str_c(name);
	if (str_ends(file, STR(".parts")))
		file = str_first(file, file.n - STR(".parts").n);
	if (!file.n || file.n > BUNDLE_NAME_MAX_BYTES || str_has(file, '/'))
		return ERR(e, INVALID, "\"%.200s\" is no name of a bundle", name);
	memcpy(s->name_room, file.p, file.n);
	s->name = s->name_room;
	enum err err = fs_open_regular(dir, s->name, &s->fd, &st, e);
	if (err)
		return err == ERR_NOT_FOUND ? open_parts(s, e) : err;
	s->seekable = true;
	s->total = (uint64_t)st.st_size;
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

static enum err open_part(struct source *s, struct errinfo *e)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	parts_name(s->name, s->part, name);
	s->left = s->parts.p[s->part].bytes;
	return fs_open_regular(s->dir, name, &s->fd, NULL, e);
}

/* All of it was hashed, unless it is torn: then its members alone prove it. */
static enum err end_part(struct source *s, struct errinfo *e)
{
	struct sha256 got;
	if (!sha256_end(s->hash, &got))
		return ERR(e, NOMEM, "SHA-256");
	if (!s->torn && !sha256_eq(&got, &s->parts.p[s->part].digest)) {
		s->part_is_bad = true;
		return ERR(e, CORRUPT, "its digest is another");
	}
	if (!s->torn && s->unproven == s->part)
		s->unproven++;
	(void)close(s->fd);
	s->fd = -1;
	s->torn = false;
	s->part++;
	return OK;
}

/* Media that cannot be read are as bad as wrong bytes. */
static enum err read_part(struct source *s, char *to, size_t bytes, size_t *ret, struct errinfo *e)
{
	size_t n = 0;
	enum err err = s->fd < 0 ? open_part(s, e) : OK;
	if (!err)
		err = read_some(s->fd, to, bytes < s->left ? bytes : (size_t)s->left, &n, e);
	if (err || !n) {
		s->part_is_bad = true;
		return err == ERR_IO || !err ? ERR(e, CORRUPT, "it cannot be read to its end") : err;
	}
	if (!sha256_add(s->hash, str_make(to, n)))
		return ERR(e, NOMEM, "SHA-256");
	s->left -= n;
	*ret = n;
	return s->left ? OK : end_part(s, e);
}

enum err source_pull(struct source *s, char *to, size_t bytes, size_t *ret, struct errinfo *e)
{
	size_t got = 0, n = 0;
	while (got < bytes) {
		if (s->parts.count && s->part == s->parts.count)
			break;
		enum err err = s->parts.count ? read_part(s, to + got, bytes - got, &n, e)
		                              : read_some(s->fd, to + got, bytes - got, &n, e);
		if (err && s->name && !s->parts.count)
			err_prefix(e, "%s", s->name);
		if (err)
			return err;
		if (!n)
			break;
		got += n;
	}
	s->fetched += got;
	*ret = got;
	return OK;
}

static enum err skip_in_part(struct source *s, uint64_t *bytes, struct errinfo *e)
{
	enum err err = s->fd < 0 ? open_part(s, e) : OK;
	uint64_t now = *bytes < s->left ? *bytes : s->left;
	if (!err && lseek(s->fd, (off_t)now, SEEK_CUR) < 0)
		err = ERR_SYS(e, "seek");
	if (err)
		return err;
	s->torn = true;
	s->left -= now;
	*bytes -= now;
	return s->left ? OK : end_part(s, e);
}

static enum err skip_in_parts(struct source *s, uint64_t bytes, struct errinfo *e)
{
	enum err err = OK;
	while (bytes && !err)
		err = skip_in_part(s, &bytes, e);
	s->unproven = s->part;
	return err;
}

enum err source_skip(struct source *s, uint64_t bytes, struct errinfo *e)
{
	if (bytes > s->total - s->fetched)
		return ERR(e, CORRUPT, "the bundle ends here: it is not whole");
	s->fetched += bytes;
	if (s->parts.count)
		return skip_in_parts(s, bytes, e);
	return lseek(s->fd, (off_t)bytes, SEEK_CUR) < 0 ? ERR_SYS(e, "seek") : OK;
}

static bool look_at(const struct source *s, size_t index, struct stat *ret)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	if (!s->parts.count)
		return index == 0 && s->seekable && fstat(s->fd, ret) == 0;
	if (index >= s->parts.count)
		return false;
	parts_name(s->name, index, name);
	return fstatat(s->dir, name, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

bool source_file(const struct source *s, size_t index, struct bundle_file *ret)
{
	struct stat st;
	if (!look_at(s, index, &st))
		return false;
	*ret = (struct bundle_file){ (uint64_t)st.st_size, st.st_mtim, st.st_ctim };
	return true;
}

/* ---- which part is to blame ---- */

/* From its beginning, whatever was read of it. */
static bool is_good(struct source *s, size_t part, char *buffer)
{
	struct sha256 ignored;
	size_t n;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	s->part = part;
	s->torn = s->part_is_bad = false;
	if (!sha256_end(s->hash, &ignored))
		return false;
	while (s->part == part && !s->part_is_bad)
		if (read_part(s, buffer, BUNDLE_STEP_BYTES, &n, NULL) != OK)
			break;
	return s->part != part;
}

enum err source_blame(struct source *s, enum err err, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_PARTS_NAMED * 2 * BUNDLE_FILE_NAME_BYTES);
	AUTO_FREE char *buffer = NULL;
	char name[BUNDLE_FILE_NAME_BYTES], detail[ERR_DETAIL_MAX_BYTES];
	unsigned count = 0;
	if (!s->parts.count || err != ERR_CORRUPT || s->blamed || !e)
		return err;
	buffer = malloc(BUNDLE_STEP_BYTES);
	s->blamed = true;
	for (size_t i = s->unproven; buffer && i < s->parts.count; i++) {
		parts_name(s->name, i, name);
		if (!is_good(s, i, buffer) && count++ < BUNDLE_PARTS_NAMED)
			sbuf_printf(&b, "%s%s", b.n ? ", " : "", name);
	}
	if (!count)
		return err;
	if (count > BUNDLE_PARTS_NAMED)
		sbuf_printf(&b, " and %u more", count - BUNDLE_PARTS_NAMED);
	memcpy(detail, e->detail, sizeof detail);
	return ERR_SURE(err_set(e, err, "%.*s: damaged: carry %s again (%s)", STR_ARG(sbuf_str(&b)),
	                        count == 1 ? "this part" : "these parts", detail));
}
