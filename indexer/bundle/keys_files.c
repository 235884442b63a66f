/* Reading all keys of a data directory. Whose a private key is, its file does not say: that is found by
 * comparing it with the public ones, so a rotation may be cut short anywhere.                 */
#include <errno.h>
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/keys_impl.h"

#define OTHERS_MAY_WRITE 022u

struct listing {
	struct arena *a;
	struct key_files *files;
	int dir;
	const char *folder;              /* for messages */
	bool trusted;
	bool has_current;                /* there is a bundle.key: */
	struct signing_public current;
};

static enum err check_mode(const struct stat *st, const char *folder, const char *name,
                           const char *should, struct errinfo *e)
{
	if (!(st->st_mode & OTHERS_MAY_WRITE))
		return OK;
	return ERR(e, CONFIG, "%s%s%s has mode %04o, so others than its owner may change which keys count;"
	           " chmod it to %s, and look at what is in it", folder, *name ? "/" : "", name,
	           (unsigned)st->st_mode & 07777u, should);
}

/* *ret is -1 where it is not there. */
static enum err open_folder(struct datadir *d, const char *folder, int *ret, struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = -1;
	enum err err = fs_open_dir(datadir_fd(d), folder, &fd, e);
	*ret = -1;
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat %s", folder);
	err = check_mode(&st, folder, "", "0700", e);
	if (!err)
		*ret = fd_take(&fd);
	return err;
}

static enum err read_public(struct listing *l, const char *name, struct bundle_key *ret,
                            struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = -1;
	AUTO_FREE char *text = NULL;
	size_t n;
	enum err err = fs_open_regular(l->dir, name, &fd, &st, e);
	if (!err)
		err = check_mode(&st, l->folder, name, "0600", e);
	if (!err)
		err = fs_read_fd(fd, BUNDLE_KEY_FILE_MAX_BYTES, &text, &n, e);
	if (!err)
		err = key_text_parse(l->a, str_make(text, n), ret, e);
	if (err == ERR_INVALID || err == ERR_TOO_LARGE)
		return ERR(e, CONFIG, "%s/%s is no public key for bundles", l->folder, name);
	return err;
}

/* NOT_FOUND leaves *ret as it is. */
static enum err public_of(int dir, const char *name, struct signing_public *ret, struct errinfo *e)
{
	struct signing_key *key = NULL;
	enum err err = signing_key_load(dir, name, &key, e);
	if (!err)
		err = signing_key_public(key, ret, e);
	signing_key_free(key);
	return err;
}

static bool same_key(const struct signing_public *a, const struct signing_public *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static enum err find_private(struct listing *l, struct bundle_key *key, struct errinfo *e)
{
	char name[KEY_FILE_NAME_BYTES];
	struct signing_public public = { 0 };
	key->is_current = l->has_current && same_key(&l->current, &key->key.key);
	key->has_private = key->is_current;
	if (key->is_current)
		return OK;
	key_other_name(&key->key, ".key", name);
	enum err err = public_of(l->dir, name, &public, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	key->has_private = same_key(&public, &key->key.key);
	return key->has_private ? OK : ERR(e, CONFIG, "%s/%s is not the key that its name says",
	                                   l->folder, name);
}

/* While a rotation is cut short, a key of ours has two files. That of the current key is bundle.pub;
 * that of another one says until when it counts.                                             */
static bool merge(struct listing *l, const struct bundle_key *key, const char *name)
{
	for (size_t i = 0; i < l->files->count; i++) {
		struct key_file *f = &l->files->p[i];
		if (f->key.trusted || !same_key(&f->key.key.key, &key->key.key))
			continue;
		bool is_general = strcmp(name, KEYS_PUBLIC) == 0;
		if (key->is_current == is_general)
			f->key = *key;
		return true;
	}
	return false;
}

static enum err add(struct listing *l, const char *name, struct errinfo *e)
{
	struct key_files *files = l->files;
	struct bundle_key key;
	enum err err = read_public(l, name, &key, e);
	key.trusted = l->trusted;
	if (!err && !l->trusted)
		err = find_private(l, &key, e);
	if (err || (!l->trusted && merge(l, &key, name)))
		return err;
	if (files->count == BUNDLE_KEYS_MAX)
		return ERR(e, CONFIG, "%s holds more than %u keys", KEYS_FOLDER, BUNDLE_KEYS_MAX);
	struct key_file *p = arena_room(l->a, files->p, files->count, &files->capacity, sizeof *p);
	const char *copy = p ? arena_dup(l->a, str_c(name)) : NULL;
	if (!copy)
		return ERR(e, NOMEM, "signing keys");
	files->p = p;
	files->p[files->count++] = (struct key_file){ key, copy };
	return OK;
}

static enum err visit(void *ctx, const char *name, struct errinfo *e)
{
	struct listing *l = ctx;
	struct str file = str_c(name);
	bool wanted = str_ends(file, STR(".pub")) && (l->trusted || str_starts(file, STR("bundle.")));
	return wanted ? add(l, name, e) : OK;
}

static enum err read_folder(struct datadir *d, struct listing *l, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	enum err err = open_folder(d, l->folder, &dir, e);
	if (err || dir < 0)
		return err;
	l->dir = dir;
	if (!l->trusted) {
		err = public_of(dir, KEYS_PRIVATE, &l->current, e);
		l->has_current = !err;
		err = err == ERR_NOT_FOUND ? OK : err;
	}
	return err ? err : datadir_each_file(dir, visit, l, e);
}

enum err key_files_read(struct datadir *d, struct arena *a, struct key_files *ret, struct errinfo *e)
{
	struct key_files files = { 0 };
	struct listing l = { .a = a, .files = &files, .folder = KEYS_FOLDER };
	bool found = false;
	enum err err = read_folder(d, &l, e);
	for (size_t i = 0; i < files.count; i++)
		found = found || files.p[i].key.is_current;
	if (!err && l.has_current && !found)
		return ERR(e, CONFIG, KEYS_FOLDER "/" KEYS_PUBLIC " is not that of " KEYS_FOLDER "/" KEYS_PRIVATE
		           ": bring the right one back, or move both away and make the next ones with"
		           " `chartlocker keys generate`");
	l.trusted = true;
	l.folder = KEYS_TRUSTED;
	if (!err)
		err = read_folder(d, &l, e);
	if (!err)
		*ret = files;
	return err;
}
