/* Making, changing and removing the files of keys, one process at a time. */
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/keys_impl.h"

#define NAME_SHOWN_MAX_BYTES 128u

/* Locked until it is closed. */
static enum err open_folder(struct datadir *d, int *ret, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = fs_mkdirs(datadir_fd(d), KEYS_TRUSTED, 0700, e);
	if (!err)
		err = fs_open_dir(datadir_fd(d), KEYS_FOLDER, &fd, e);
	if (err)
		return err;
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return ERR_SYS(e, "lock %s", KEYS_FOLDER);
	*ret = fd_take(&fd);
	return OK;
}

static enum err write_public(int dir, const char *name, const struct bundle_key *key,
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_KEY_FILE_MAX_BYTES);
	key_text_put(&b, key);
	return sbuf_ok(&b) ? fs_put(dir, name, 0600, sbuf_str(&b), true, e) : ERR(e, NOMEM, "a signing key");
}

static enum err new_key(struct str name, int64_t until_ns, struct signing_key **ret,
                        struct bundle_key *ret_public, struct errinfo *e)
{
	struct signing_public public;
	struct bundle_key key = { .until_ns = until_ns };
	struct signing_key *private = NULL;
	enum err err = signing_key_new(&private, e);
	if (!err)
		err = signing_key_public(private, &public, e);
	if (!err)
		err = note_verifier_make(name, &public, &key.key, e);
	if (err) {
		signing_key_free(private);
		return err;
	}
	*ret = private;
	*ret_public = key;
	return OK;
}

/* One more than are read, and none can be read. */
static enum err check_room(size_t count, struct errinfo *e)
{
	return count < BUNDLE_KEYS_MAX ? OK : ERR(e, CONFIG, KEYS_FOLDER " holds %u keys, and no more are read:"
	                                          " `chartlocker keys distrust` makes room", BUNDLE_KEYS_MAX);
}

/* The private key comes last: until it is there, nothing was made. */
enum err keys_generate(struct datadir *d, struct str name, int64_t until_ns, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	struct signing_key *private = NULL;
	struct bundle_key key, *keys;
	size_t count = 0;
	enum err err = open_folder(d, &dir, e);
	if (!err && faccessat(dir, KEYS_PRIVATE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR(e, EXISTS, KEYS_FOLDER "/" KEYS_PRIVATE " is there already: `chartlocker keys rotate`"
		           " makes the next one");
	if (!err)
		err = keys_list(d, &a, &keys, &count, e);
	if (!err)
		err = check_room(count, e);
	if (!err)
		err = new_key(name, until_ns, &private, &key, e);
	if (!err)
		err = write_public(dir, KEYS_PUBLIC, &key, e);
	if (!err)
		err = signing_key_save(private, dir, KEYS_PRIVATE, e);
	signing_key_free(private);
	return err;
}

/* ---- rotating ---- */

static enum err find_current(struct datadir *d, struct arena *a, struct bundle_key *ret,
                             struct errinfo *e)
{
	struct bundle_key *keys;
	size_t count;
	enum err err = keys_list(d, a, &keys, &count, e);
	if (err)
		return err;
	if (!count || !keys[0].is_current)
		return ERR(e, NOT_FOUND, "there is no key yet: `chartlocker keys generate` makes one");
	*ret = keys[0];
	return check_room(count, e);
}

/* Under the names of one that is not current any more. */
static enum err keep_old(int dir, const struct bundle_key *old, struct errinfo *e)
{
	char name[KEY_FILE_NAME_BYTES], private[KEY_FILE_NAME_BYTES];
	key_other_name(&old->key, ".pub", name);
	key_other_name(&old->key, ".key", private);
	enum err err = write_public(dir, name, old, e);
	if (!err && linkat(dir, KEYS_PRIVATE, dir, private, 0) != 0 && errno != EEXIST)
		err = ERR_SYS(e, "link %s", private);
	return err;
}

/* The rename of the private key is what makes it the current one; that of the public one follows, and
 * until then it is found by its hash.                                                        */
static enum err make_current(int dir, const struct signing_key *private, const struct bundle_key *key,
                             struct errinfo *e)
{
	char public_file[KEY_FILE_NAME_BYTES], private_file[KEY_FILE_NAME_BYTES];
	key_other_name(&key->key, ".pub", public_file);
	key_other_name(&key->key, ".key", private_file);
	enum err err = write_public(dir, public_file, key, e);
	if (!err)
		err = signing_key_save(private, dir, private_file, e);
	if (!err && renameat(dir, private_file, dir, KEYS_PRIVATE) != 0)
		err = ERR_SYS(e, "rename to %s", KEYS_PRIVATE);
	if (!err && renameat(dir, public_file, dir, KEYS_PUBLIC) != 0)
		err = ERR_SYS(e, "rename to %s", KEYS_PUBLIC);
	return err ? err : fs_sync(dir, e);
}

enum err keys_rotate(struct datadir *d, struct str name, int64_t until_ns, int64_t old_until_ns,
                     struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	struct signing_key *private = NULL;
	struct bundle_key old, key;
	enum err err = open_folder(d, &dir, e);
	if (!err)
		err = find_current(d, &a, &old, e);
	if (!err)
		err = new_key(name.n ? name : old.key.name, until_ns, &private, &key, e);
	if (err)
		return err;
	if (old_until_ns && (!old.until_ns || old_until_ns < old.until_ns))
		old.until_ns = old_until_ns;
	err = keep_old(dir, &old, e);
	if (!err)
		err = make_current(dir, private, &key, e);
	signing_key_free(private);
	return err;
}

/* ---- trusting ---- */

static bool is_plain(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '.';
}

/* "stable.example.org+c74f20a3.pub": of names that no file can have, as much as it can. */
static void trusted_name(const struct bundle_key *key, char ret[KEY_FILE_NAME_BYTES])
{
	char shown[NAME_SHOWN_MAX_BYTES + 1], hash[KEY_HASH_HEX_BYTES + 1];
	struct str name = str_first(key->key.name, NAME_SHOWN_MAX_BYTES);
	for (size_t i = 0; i < name.n; i++)
		shown[i] = is_plain(name.p[i]) && (i || name.p[i] != '.') ? name.p[i] : '_';
	shown[name.n] = '\0';
	key_hash_hex(key->key.hash, hash);
	(void)snprintf(ret, KEY_FILE_NAME_BYTES, "%s+%s.pub", shown, hash);
}

static bool has_text(struct str text, struct str part)
{
	return text.n >= part.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

static bool same_key(const struct note_verifier *a, const struct note_verifier *b)
{
	return str_eq(a->name, b->name) && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

/* Four bytes of a hash are soon made to be equal. */
static enum err check_others(struct datadir *d, struct arena *a, const struct bundle_key *key,
                             const char *name, struct errinfo *e)
{
	struct key_files files;
	enum err err = key_files_read(d, a, &files, e);
	if (err)
		return err;
	for (size_t i = 0; i < files.count; i++)
		if (files.p[i].key.trusted && strcmp(files.p[i].name, name) == 0)
			return same_key(&files.p[i].key.key, &key->key) ? OK
			       : ERR(e, EXISTS, KEYS_TRUSTED "/%s is another key: distrust it first", name);
	return check_room(files.count, e);
}

enum err keys_trust(struct datadir *d, struct arena *a, struct str text, struct bundle_key *ret,
                    struct errinfo *e)
{
	AUTO_FD int dir = -1, trusted = -1;
	char name[KEY_FILE_NAME_BYTES];
	struct bundle_key key;
	if (has_text(text, STR("PRIVATE KEY-----")))
		return ERR(e, CONFIG, "this is a private key: it stays where bundles are made, and what is carried"
		           " here is the " KEYS_PUBLIC " beside it; if it left that place, rotate it");
	enum err err = key_text_parse(a, text, &key, e);
	if (!err)
		err = open_folder(d, &dir, e);
	if (err)
		return err;
	key.trusted = true;
	trusted_name(&key, name);
	err = check_others(d, a, &key, name, e);
	if (!err)
		err = fs_open_dir(datadir_fd(d), KEYS_TRUSTED, &trusted, e);
	if (!err)
		err = write_public(trusted, name, &key, e);
	if (!err)
		*ret = key;
	return err;
}

static bool is_meant(const struct bundle_key *key, struct str said)
{
	char hash[KEY_HASH_HEX_BYTES + 1];
	struct str name = str_cut(&said, '+', NULL);
	key_hash_hex(key->key.hash, hash);
	return key->trusted && str_eq(key->key.name, name) && (!said.n || str_eq_c(said, hash));
}

enum err keys_distrust(struct datadir *d, struct str key, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1, trusted = -1;
	const struct key_file *found = NULL;
	struct key_files files = { 0 };
	enum err err = open_folder(d, &dir, e);
	if (!err)
		err = key_files_read(d, &a, &files, e);
	for (size_t i = 0; i < files.count && !err; i++) {
		if (!is_meant(&files.p[i].key, key))
			continue;
		if (found)
			return ERR(e, INVALID, "several keys have the name %.*s: say name+hash", STR_ARG(key));
		found = &files.p[i];
	}
	if (!err && !found)
		return ERR(e, NOT_FOUND, "no trusted key is called %.*s", STR_ARG(key));
	if (!err)
		err = fs_open_dir(datadir_fd(d), KEYS_TRUSTED, &trusted, e);
	if (!err && unlinkat(trusted, found->name, 0) != 0)
		err = ERR_SYS(e, "remove %s", found->name);
	return err ? err : fs_sync(trusted, e);
}

/* ---- the authority for other hosts ---- */

enum err keys_make_authority(struct datadir *d, const struct authority_wish *w, struct authority_facts *ret,
                             struct errinfo *e)
{
	AUTO_FD int dir = -1;
	struct authority *a = NULL;
	enum err err = open_folder(d, &dir, e);
	if (!err && faccessat(dir, KEYS_AUTHORITY ".key", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR(e, EXISTS, KEYS_AUTHORITY_KEY " is there already: make the next one in another directory,"
		           " have it trusted, then put both of its files here");
	if (!err)
		err = authority_new(w, &a, e);
	if (!err)
		err = authority_save(a, dir, KEYS_AUTHORITY ".crt", KEYS_AUTHORITY ".key", e);
	if (!err)
		err = authority_facts(a, ret, e);
	authority_free(a);
	return err;
}

enum err keys_authority(struct datadir *d, struct authority_facts *ret, struct errinfo *e)
{
	struct authority *a = NULL;
	enum err err = authority_load(datadir_fd(d), KEYS_AUTHORITY_CERT, KEYS_AUTHORITY_KEY,
	                              AUTHORITY_OWNER, &a, e);
	if (!err)
		err = authority_facts(a, ret, e);
	authority_free(a);
	return err;
}
