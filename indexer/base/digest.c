/* Reading a stored file to its end, without keeping it. */
#include "indexer/base/digest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/fs.h"
#include "indexer/base/limits.h"

#define READ_STEP_BYTES (64u * KIB)

struct reading { int fd; struct sha256_stream *hash; digest_pace *pace; void *ctx; };

static enum err read_all(const struct reading *r, struct errinfo *why)
{
	char buffer[READ_STEP_BYTES];
	off_t at = 0;
	ssize_t n = 0;
	do {
		if (r->pace && !r->pace(r->ctx, (uint64_t)n))
			return ERR(why, DRAINING, "ended");
		do
			n = pread(r->fd, buffer, sizeof buffer, at);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return ERR(why, DAMAGED, "the file cannot be read: %s", strerror(errno));
		if (!sha256_add(r->hash, str_make(buffer, (size_t)n)))
			return ERR(why, NOMEM, "hash");
		at += n;
	} while (n > 0);
	return OK;
}

static enum err hash_all(int fd, digest_pace *pace, void *ctx, struct sha256 *ret,
                         struct errinfo *why)
{
	const struct reading r = { fd, sha256_new(), pace, ctx };
	enum err err = r.hash ? read_all(&r, why) : ERR(why, NOMEM, "hash");
	if (!err && !sha256_end(r.hash, ret))
		err = ERR(why, NOMEM, "hash");
	sha256_free(r.hash);
	return err;
}

enum err digest_of(int fd, struct sha256 *ret, struct errinfo *why)
{
	return hash_all(fd, NULL, NULL, ret, why);
}

enum err digest_judge(const struct sha256 *have, const struct sha256 *want, struct errinfo *why)
{
	char hex[SHA256_HEX_BYTES + 1];
	if (sha256_eq(have, want))
		return OK;
	sha256_hex(have, hex);
	return ERR(why, DAMAGED, "the file has sha256:%s", hex);
}

enum err digest_check(int fd, const struct sha256 *want, digest_pace *pace, void *ctx,
                      struct errinfo *why)
{
	struct sha256 have;
	enum err err = hash_all(fd, pace, ctx, &have, why);
	return err ? err : digest_judge(&have, want, why);
}

enum err digest_open(int dir, const char *name, int *ret_fd, struct stat *ret_stat,
                     struct errinfo *why)
{
	if (dir < 0)
		return ERR(why, DAMAGED, "the file is missing");
	enum err err = fs_open_regular(dir, name, ret_fd, ret_stat, why);
	if (err == ERR_NOT_FOUND)
		return ERR(why, DAMAGED, "the file is missing");
	if (err && err != ERR_NOMEM && err != ERR_NO_FILES)
		return err_set(why, ERR_DAMAGED, "the file cannot be opened");
	return err;
}
