/* Reading and replacing credentials.json. */
#include "server/cmd/credentials.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"
#include "indexer/fetch/url.h"
#include "indexer/format/node.h"
#include "server/cmd/output.h"

#define FILE_NAME "credentials.json"
#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define OTHERS 0077

/* ---- where ---- */

static enum err folder(struct arena *a, const char **ret, struct errinfo *e)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (config && *config == '/')
		*ret = arena_printf(a, "%s/chartlocker", config);
	else if (home && *home == '/')
		*ret = arena_printf(a, "%s/.config/chartlocker", home);
	else
		return ERR(e, CONFIG, "there is no home directory to keep credentials in; set HOME or "
		           "XDG_CONFIG_HOME");
	return *ret ? OK : ERR(e, NOMEM, "path");
}

enum err credentials_path(struct arena *a, const char **ret, struct errinfo *e)
{
	const char *at;
	enum err err = folder(a, &at, e);
	if (!err && !(*ret = arena_printf(a, "%s/" FILE_NAME, at)))
		err = ERR(e, NOMEM, "path");
	return err;
}

/* ---- reading ---- */

static const char *text_of(struct arena *a, const struct node *map, const char *key)
{
	return arena_dup(a, node_text(node_get(map, key)));
}

static enum err read_one(struct arena *a, const struct node *map, struct credential *ret,
                         struct errinfo *e)
{
	*ret = (struct credential){ .url = text_of(a, map, "url"), .user = text_of(a, map, "user"),
	                            .token = text_of(a, map, "token"),
	                            .expires = text_of(a, map, "expires") };
	if (!ret->url || !ret->user || !ret->token || !ret->expires)
		return ERR(e, NOMEM, "credentials");
	if (!str_to_u64(node_text(node_get(map, "id")), &ret->id))
		ret->id = 0;
	if (!node_bool(node_get(map, "made"), &ret->made))
		ret->made = false;
	if (!*ret->url || !token_is_well_formed(str_c(ret->token)))
		return ERR(e, CONFIG, "an entry without an address or a token; remove the file, and sign in "
		           "again");
	return OK;
}

static enum err read_all(struct arena *a, struct str text, struct credentials *ret,
                         struct errinfo *e)
{
	const struct node *root = NULL;
	struct credentials all = { 0 };
	if (json_read(a, text, FILE_NAME, &root, NULL))
		root = NULL;
	const struct node *servers = node_get(root, "servers");
	if (!servers || servers->kind != NODE_LIST)
		return ERR(e, CONFIG, "this is not what login writes; remove the file, and sign in again");
	all.list = arena_array(a, servers->count + 1u, sizeof *all.list);
	if (!all.list)
		return ERR(e, NOMEM, "credentials");
	enum err err = OK;
	for (const struct node_item *i = servers->items; i && !err; i = i->next)
		err = read_one(a, i->value, &all.list[all.count++], e);
	if (!err)
		*ret = all;
	return err;
}

static enum err read_in(struct arena *a, int dir, const char *path, struct credentials *ret,
                        struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = -1;
	AUTO_FREE char *text = NULL;
	size_t bytes = 0;
	enum err err = fs_open_regular(dir, FILE_NAME, &fd, &st, e);
	if (!err && st.st_mode & OTHERS)
		return ERR(e, CONFIG, "%s: others may read your tokens (mode %04o); type: chmod 600 %s", path,
		           (unsigned)st.st_mode & 07777, path);
	if (!err)
		err = fs_read_fd(fd, CREDENTIALS_MAX_BYTES, &text, &bytes, e);
	if (!err)
		err = read_all(a, str_make(text, bytes), ret, e);
	secret_wipe(text, bytes);
	if (err && err != ERR_NOT_FOUND)
		err_prefix(e, "%s", path);
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err credentials_read(struct arena *a, struct credentials *ret, struct errinfo *e)
{
	const char *at, *path;
	AUTO_FD int dir = -1;
	*ret = (struct credentials){ 0 };
	enum err err = folder(a, &at, e);
	if (!err)
		err = credentials_path(a, &path, e);
	if (!err)
		err = fs_open_dir(AT_FDCWD, at, &dir, e);
	if (err == ERR_CONFIG || err == ERR_NOT_FOUND)
		return OK;
	return err ? err : read_in(a, dir, path, ret, e);
}

const struct credential *credentials_at(const struct credentials *all, const char *url)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->list[i].url, url))
			return &all->list[i];
	return NULL;
}

const struct credential *credentials_for(const struct credentials *all, struct arena *a,
                                         const char *url)
{
	const struct credential *best = NULL;
	for (size_t i = 0; i < all->count; i++)
		if (url_is_below(a, url, all->list[i].url) &&
		    (!best || strlen(all->list[i].url) > strlen(best->url)))
			best = &all->list[i];
	return best;
}

/* ---- replacing ---- */

static void put_one(struct sbuf *b, const struct credential *c)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "url", str_c(c->url));
	json_text(b, "user", str_c(c->user));
	json_text(b, "token", str_c(c->token));
	json_text(b, "expires", str_c(c->expires));
	json_number(b, "id", c->id);
	json_bool(b, "made", c->made);
	sbuf_putc(b, '}');
}

/* All but what stands under `url`, and `c`, which may be NULL. */
static enum err write_all(int dir, const struct credentials *all, const char *url,
                          const struct credential *c, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CREDENTIALS_MAX_BYTES);
	sbuf_puts(&b, "{\"servers\":[");
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].url, url) != 0)
			put_one(&b, &all->list[i]);
	if (c)
		put_one(&b, c);
	sbuf_puts(&b, "]}\n");
	enum err err = sbuf_ok(&b) ? output_replace(dir, FILE_NAME, FILE_MODE, sbuf_str(&b), e)
	                           : ERR(e, TOO_LARGE, "there are too many servers in it");
	secret_wipe(b.p, b.n);
	return err;
}

static enum err replace(struct arena *a, const char *url, const struct credential *c,
                        struct errinfo *e)
{
	const char *at = NULL, *path = NULL;
	struct credentials all = { 0 };
	AUTO_FD int dir = -1;
	enum err err = folder(a, &at, e);
	if (!err)
		err = credentials_path(a, &path, e);
	if (!err)
		err = fs_mkdirs(AT_FDCWD, at, FOLDER_MODE, e);
	if (!err)
		err = fs_open_dir(AT_FDCWD, at, &dir, e);
	if (!err && flock(dir, LOCK_EX) != 0)
		err = ERR_SYS(e, "lock %s", at);
	if (!err)
		err = read_in(a, dir, path, &all, e);
	return err ? err : write_all(dir, &all, url, c, e);
}

enum err credentials_put(struct arena *a, const struct credential *c, struct errinfo *e)
{
	return replace(a, c->url, c, e);
}

enum err credentials_drop(struct arena *a, const char *url, struct errinfo *e)
{
	return replace(a, url, NULL, e);
}
