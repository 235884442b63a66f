/* The first account of a server that others can reach: no default password, but a token that
 * whoever started it can read, and that ends with its purpose.                               */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/secret.h"
#include "server/auth/impl.h"

void setup_end(struct setup *s)
{
	if (s->active)
		(void)unlinkat(s->dir, SETUP_TOKEN_NAME, 0);
	s->active = false;
}

bool setup_is_valid(const struct setup *s)
{
	return s->active && clock_monotonic() < s->until_ns;
}

/* The one of an earlier start is gone in any case. */
static enum err write_file(int dir, const char *token, struct errinfo *e)
{
	(void)unlinkat(dir, SETUP_TOKEN_NAME, 0);
	AUTO_FD int fd = openat(dir, SETUP_TOKEN_NAME,
	                        O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ERR_SYS(e, "create " SETUP_TOKEN_NAME);
	enum err err = fs_write(fd, str_c(token), e);
	return err ? err : fs_write(fd, STR("\n"), e);
}

enum err auth_setup(struct auth *a, struct datadir *d, bool reachable,
                    char ret_token[SETUP_TOKEN_BYTES], struct errinfo *e)
{
	struct setup s = { .active = true, .dir = datadir_fd(d),
	                   .until_ns = clock_monotonic() + AUTH_SETUP_HOURS * NS_PER_HOUR };
	char token[TOKEN_BYTES + 1];
	ret_token[0] = '\0';
	if (!reachable || !a->people || a->people->managed) {
		(void)unlinkat(s.dir, SETUP_TOKEN_NAME, 0);
		return OK;
	}
	enum err err = token_new(token, e);
	if (!err)
		err = sha256_of(str_c(token), &s.digest, e);
	if (!err)
		err = write_file(s.dir, token, e);
	if (err)
		return err;
	(void)pthread_rwlock_wrlock(&a->lock);
	a->setup = s;
	(void)pthread_rwlock_unlock(&a->lock);
	memcpy(ret_token, token, sizeof token);
	secret_wipe(token, sizeof token);
	return OK;
}
