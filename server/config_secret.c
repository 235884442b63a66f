/* Secrets stand in files of their own. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/secret.h"
#include "server/config.h"

/* Wiped where it is read to. */
enum err config_read_secret(struct arena *a, struct str path, struct str *ret, struct errinfo *e)
{
	char *text = NULL;
	size_t bytes = 0;
	const char *name = arena_dup(a, path);
	if (!name)
		return ERR(e, NOMEM, "settings");
	AUTO_FD int fd = -1;
	enum err err = secret_open(name, &fd, e);
	if (!err)
		err = fs_read_fd(fd, CONFIG_VALUE_MAX_BYTES, &text, &bytes, e);
	if (err)
		return err;
	struct str secret = str_make(text, bytes);
	while (secret.n && (secret.p[secret.n - 1] == '\n' || secret.p[secret.n - 1] == '\r'))
		secret.n--;
	err = arena_str(a, secret, ret) ? OK : ERR(e, NOMEM, "settings");
	secret_wipe(text, bytes);
	free(text);
	return err;
}
