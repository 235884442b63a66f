/* A hash table with a list from the newest to the oldest use, under one lock that is held for a
 * look-up only.                                                                              */
#include "indexer/ingest/chart_cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"

#define BUCKETS 4096u
#define OPEN_FILES_MAX 128u          /* large files kept open */
#define LOOKS_MAX 4u                 /* a row and its file change one after the other: what looks */
#define LOOK_AGAIN_NS 1000000L       /* damaged may be a change in its last step */
#define VERIFY_STEP_BYTES (64u * KIB)
#define KEY_MAX_BYTES (REPO_NAME_MAX_BYTES + 1 + CHART_FILE_NAME_MAX_BYTES + 8)

struct chart_cache {
	pthread_mutex_t lock;
	struct cached_file *bucket[BUCKETS];
	struct cached_file newest, oldest;           /* the ends of the list, no files */
	size_t max_bytes, bytes;
	unsigned files, open_files;
	uint64_t changes;                            /* counts what was forgotten */
	uint64_t hits, misses, damaged;
};

enum err chart_cache_new(size_t max_bytes, struct chart_cache **ret, struct errinfo *e)
{
	struct chart_cache *k = calloc(1, sizeof *k);
	if (!k)
		return ERR(e, NOMEM, "chart cache");
	(void)pthread_mutex_init(&k->lock, NULL);
	k->max_bytes = max_bytes;
	k->newest.older = &k->oldest;
	k->oldest.newer = &k->newest;
	*ret = k;
	return OK;
}

void cached_file_unref(struct cached_file *f)
{
	if (!f || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (f->fd >= 0)
		(void)close(f->fd);
	free(f->bytes);
	free(f);
}

/* Empty when there can be no such file. */
static struct str make_key(char to[KEY_MAX_BYTES], struct str repo, struct str file)
{
	if (!repo.n || repo.n + 1 + file.n > KEY_MAX_BYTES)
		return STR("");
	memcpy(to, repo.p, repo.n);
	to[repo.n] = '/';
	if (file.n)
		memcpy(to + repo.n + 1, file.p, file.n);
	return str_make(to, repo.n + 1 + file.n);
}

static struct cached_file **find(struct chart_cache *k, struct str key, uint64_t hash)
{
	struct cached_file **at = &k->bucket[hash % BUCKETS];
	while (*at && ((*at)->hash != hash || !str_eq((*at)->key, key)))
		at = &(*at)->next;
	return at;
}

static void unlist(struct cached_file *f)
{
	f->newer->older = f->older;
	f->older->newer = f->newer;
}

static void list_newest(struct chart_cache *k, struct cached_file *f)
{
	f->newer = &k->newest;
	f->older = k->newest.older;
	f->older->newer = f;
	k->newest.older = f;
}

/* Takes an entry out; the cache's reference is given back. */
static void drop(struct chart_cache *k, struct cached_file **at)
{
	struct cached_file *f = *at;
	assert(f);                       /* what is in the list is in its bucket */
	*at = f->next;
	unlist(f);
	k->bytes -= f->bytes ? (size_t)f->size : 0;
	k->open_files -= f->fd >= 0;
	k->files--;
	cached_file_unref(f);
}

static void make_room(struct chart_cache *k)
{
	while (k->files && (k->bytes > k->max_bytes || k->open_files > OPEN_FILES_MAX)) {
		struct cached_file *f = k->oldest.newer;
		drop(k, find(k, f->key, f->hash));
	}
}

void chart_cache_free(struct chart_cache *k)
{
	if (!k)
		return;
	k->max_bytes = 0;
	while (k->files)
		drop(k, find(k, k->oldest.newer->key, k->oldest.newer->hash));
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

static bool is_untouched(const struct cached_file *f)
{
	struct stat st;
	return f->fd < 0 || (fstat(f->fd, &st) == 0 && st.st_size == f->st.st_size &&
	                     st.st_mtim.tv_sec == f->st.st_mtim.tv_sec && st.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec);
}

struct cached_file *chart_cache_get(struct chart_cache *k, struct str repo, struct str file)
{
	char buffer[KEY_MAX_BYTES];
	struct str key = make_key(buffer, repo, file);
	uint64_t hash = str_hash(key, STR_HASH_START);
	(void)pthread_mutex_lock(&k->lock);
	struct cached_file **at = find(k, key, hash), *f = *at;
	if (f && !is_untouched(f)) {
		drop(k, at);
		f = NULL;
	}
	if (f) {
		(void)__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
		unlist(f);
		list_newest(k, f);
	}
	k->hits += f != NULL;
	k->misses += f == NULL;
	(void)pthread_mutex_unlock(&k->lock);
	return f;
}

static void forget_repo(struct chart_cache *k, struct str prefix)
{
	(void)pthread_mutex_lock(&k->lock);
	for (struct cached_file *f = k->oldest.newer, *next; f != &k->newest; f = next) {
		next = f->newer;
		if (str_starts(f->key, prefix))
			drop(k, find(k, f->key, f->hash));
	}
	k->changes++;
	(void)pthread_mutex_unlock(&k->lock);
}

void chart_cache_forget(struct chart_cache *k, struct str repo, struct str file)
{
	char buffer[KEY_MAX_BYTES];
	struct str key = make_key(buffer, repo, file);
	if (!file.n) {
		forget_repo(k, key);
		return;
	}
	(void)pthread_mutex_lock(&k->lock);
	struct cached_file **at = find(k, key, str_hash(key, STR_HASH_START));
	if (*at)
		drop(k, at);
	k->changes++;
	(void)pthread_mutex_unlock(&k->lock);
}

static enum err verify_large(int fd, const struct sha256 *wanted, struct errinfo *e)
{
	struct sha256 digest;
	uint64_t at = 0;
	ssize_t n = 0;
	char buffer[VERIFY_STEP_BYTES];
	struct sha256_stream *s = sha256_new();
	bool fine = s != NULL;
	while (fine && (n = pread(fd, buffer, sizeof buffer, (off_t)at)) > 0) {
		fine = sha256_add(s, str_make(buffer, (size_t)n));
		at += (uint64_t)n;
	}
	fine = fine && sha256_end(s, &digest);
	sha256_free(s);
	if (n < 0)
		return ERR_SYS(e, "read");
	if (!fine)
		return ERR(e, NOMEM, "hash");
	return sha256_eq(&digest, wanted) ? OK : ERR(e, DAMAGED, "the stored bytes have changed");
}

static enum err verify_small(struct cached_file *f, int fd, const struct sha256 *wanted, struct errinfo *e)
{
	struct sha256 digest;
	size_t bytes;
	enum err err = fs_read_fd(fd, CACHED_CHART_MAX_BYTES, &f->bytes, &bytes, e);
	if (!err)
		err = sha256_of(str_make(f->bytes, bytes), &digest, e);
	if (err)
		return err;
	f->size = bytes;
	return sha256_eq(&digest, wanted) ? OK : ERR(e, DAMAGED, "the stored bytes have changed");
}

static enum err fill(struct cached_file *f, struct stored_file *stored, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	enum err err;
	f->st = stored->st;
	f->size = stored->bytes;
	sha256_hex(&stored->digest, hex);
	f->etag[0] = '"';
	memcpy(f->etag + 1, hex, SHA256_HEX_BYTES);
	memcpy(f->etag + 1 + SHA256_HEX_BYTES, "\"", 2);
	if (stored->bytes <= CACHED_CHART_MAX_BYTES)
		return verify_small(f, stored->fd, &stored->digest, e);
	err = verify_large(stored->fd, &stored->digest, e);
	if (!err)
		f->fd = fd_take(&stored->fd);
	return err;
}

/* Keeps f unless something was forgotten since `changes` was read: it might have been this. */
static void keep(struct chart_cache *k, struct cached_file *f, uint64_t changes)
{
	(void)pthread_mutex_lock(&k->lock);
	struct cached_file **at = find(k, f->key, f->hash);
	if (!*at && k->changes == changes) {
		*at = f;
		list_newest(k, f);
		(void)__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
		k->bytes += f->bytes ? (size_t)f->size : 0;
		k->open_files += f->fd >= 0;
		k->files++;
		make_room(k);
	}
	(void)pthread_mutex_unlock(&k->lock);
}

static struct cached_file *new_file(struct str key)
{
	struct cached_file *f = calloc(1, sizeof *f + key.n);
	if (!f)
		return NULL;
	f->refs = 1;
	f->fd = -1;
	f->hash = str_hash(key, STR_HASH_START);
	memcpy((char *)(f + 1), key.p, key.n);
	f->key = str_make(f + 1, key.n);
	return f;
}

static enum err look(struct chart_cache *k, struct ingest *g, struct str repo, struct str file,
                     struct cached_file **ret, struct errinfo *e)
{
	char buffer[KEY_MAX_BYTES];
	struct stored_file stored = { .fd = -1 };
	struct cached_file *f = new_file(make_key(buffer, repo, file));
	if (!f)
		return ERR(e, NOMEM, "chart cache");
	(void)pthread_mutex_lock(&k->lock);
	uint64_t changes = k->changes;
	(void)pthread_mutex_unlock(&k->lock);
	enum err err = ingest_file(g, repo, file, &stored, e);
	if (!err)
		err = fill(f, &stored, e);
	auto_close(&stored.fd);
	if (err) {
		cached_file_unref(f);
		return err;
	}
	keep(k, f, changes);
	*ret = f;
	return OK;
}

enum err chart_cache_load(struct chart_cache *k, struct ingest *g, struct str repo, struct str file,
                          struct cached_file **ret, struct errinfo *e)
{
	enum err err = look(k, g, repo, file, ret, e);
	for (unsigned n = 1; err == ERR_DAMAGED && n < LOOKS_MAX; n++) {
		const struct timespec pause = { .tv_nsec = (LOOK_AGAIN_NS << n) };
		(void)nanosleep(&pause, NULL);
		err = look(k, g, repo, file, ret, e);
	}
	(void)__atomic_add_fetch(&k->damaged, err == ERR_DAMAGED, __ATOMIC_RELAXED);
	return err;
}

void chart_cache_stats(struct chart_cache *k, struct chart_cache_stats *ret)
{
	(void)pthread_mutex_lock(&k->lock);
	*ret = (struct chart_cache_stats){ k->hits, k->misses, k->bytes, k->files,
	                                   __atomic_load_n(&k->damaged, __ATOMIC_RELAXED) };
	(void)pthread_mutex_unlock(&k->lock);
}
