/* See icons.h. What is known is in memory, by the digest of the URL, and in the order in which it came;
 * the directory is read once.                                                                 */
#include "indexer/icon/icons.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/base/log.h"
#include "indexer/base/pool.h"
#include "indexer/document/icon.h"

#define BUCKETS 4096u
#define FOLDER_MODE 0700

struct known {
	struct known *next;              /* in its bucket */
	struct known *newer;
	struct sha256 key;
	uint64_t bytes;                  /* 0: there is none */
	int64_t at_ns;                   /* when that was known; wall clock */
	bool waits;                      /* it is being asked for, and is in no order */
};

struct icons {
	struct outgoing *outgoing;
	struct pool *pool;
	int data, dir;                   /* DATA, borrowed, and icons/ */
	uint64_t max_bytes;
	size_t max_count;
	pthread_mutex_t lock;
	struct known *buckets[BUCKETS];
	struct known *oldest, **newest;
	uint64_t bytes;
	size_t count, waiting;
};

struct ask {
	struct pool_job job;
	struct icons *of;
	struct known *known;
	bool private;
	char url[];
};

bool icon_is_elsewhere(struct str url)
{
	return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}

/* ---- what is known; with the lock ---- */

static struct known **bucket(struct icons *i, const struct sha256 *key)
{
	return &i->buckets[((unsigned)key->bytes[0] | (unsigned)key->bytes[1] << 8) % BUCKETS];
}

static struct known *find(struct icons *i, const struct sha256 *key)
{
	struct known *k = *bucket(i, key);
	while (k && !sha256_eq(&k->key, key))
		k = k->next;
	return k;
}

static struct known *add(struct icons *i, const struct sha256 *key)
{
	struct known *k = calloc(1, sizeof *k);
	if (!k)
		return NULL;
	struct known **b = bucket(i, key);
	k->key = *key;
	k->next = *b;
	*b = k;
	return k;
}

static void forget(struct icons *i, struct known *k)
{
	struct known **at = bucket(i, &k->key);
	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	free(k);
}

static void drop_oldest(struct icons *i)
{
	char name[SHA256_HEX_BYTES + 1];
	struct known *k = i->oldest;
	sha256_hex(&k->key, name);
	(void)unlinkat(i->dir, name, 0);
	i->oldest = k->newer;
	if (!i->oldest)
		i->newest = &i->oldest;
	i->bytes -= k->bytes;
	i->count--;
	forget(i, k);
}

static void settle(struct icons *i, struct known *k, uint64_t bytes, int64_t at_ns)
{
	k->waits = false;
	k->bytes = bytes;
	k->at_ns = at_ns;
	k->newer = NULL;
	*i->newest = k;
	i->newest = &k->newer;
	i->bytes += bytes;
	i->count++;
	while (i->bytes > i->max_bytes || i->count > i->max_count)
		drop_oldest(i);
}

/* Of what is asked for again. */
static void leave_order(struct icons *i, struct known *k)
{
	struct known **at = &i->oldest;
	while (*at != k)
		at = &(*at)->newer;
	*at = k->newer;
	if (i->newest == &k->newer)
		i->newest = at;
	i->bytes -= k->bytes;
	i->count--;
}

/* ---- asking ---- */

static enum err keep(struct icons *i, const struct sha256 *key, struct str bytes, struct errinfo *e)
{
	char name[SHA256_HEX_BYTES + 1];
	struct fs_tmp t;
	enum err err = fs_dir_again(i->data, "icons", FOLDER_MODE, i->dir, e);
	if (!err)
		err = fs_tmp_open(i->dir, &t, e);
	if (err)
		return err;
	sha256_hex(key, name);
	err = fs_write(t.fd, bytes, e);
	if (!err)
		err = fs_tmp_replace(&t, i->dir, name, e);
	fs_tmp_close(&t);
	return err;
}

/* Empty: there is none. */
static enum err fetch(struct ask *q, struct arena *a, struct str *ret, struct errinfo *e)
{
	struct outgoing_access access = { .allow_private = q->private };
	struct outgoing_request request = {
		.method = "GET", .url = q->url, .access = &access, .gzip = true, .fd = -1,
		.max_bytes = ICON_MAX_BYTES, .seconds = ICONS_SECONDS,
	};
	struct outgoing_answer answer;
	enum err err = outgoing_do(q->of->outgoing, a, &request, &answer, e);
	if (err)
		return err;
	if (answer.status != 200)
		return ERR(e, UPSTREAM, "it answered %d", answer.status);
	if (!icon_type(answer.body))
		return ERR(e, UPSTREAM, "it is no image");
	*ret = answer.body;
	return OK;
}

static void run(struct pool_job *job)
{
	struct ask *q = (struct ask *)job;
	struct icons *i = q->of;
	AUTO_ARENA struct arena a = { 0 };
	struct str bytes = { 0 };
	struct errinfo e = { 0 }, of_disk = { 0 };
	enum err err = fetch(q, &a, &bytes, &e);
	bool gives_up = err == ERR_DRAINING || err == ERR_NOMEM;
	if (err && !gives_up)
		LOG(LOG_DEBUG, "icon", KV("url", (const char *)q->url), KV("reason", (const char *)e.detail));
	if (!gives_up && keep(i, &q->known->key, bytes, &of_disk)) {
		LOG(LOG_WARN, "icon", KV("reason", (const char *)of_disk.detail));
		bytes.n = 0;                     /* a day later again */
	}
	(void)pthread_mutex_lock(&i->lock);
	i->waiting--;
	if (gives_up)
		forget(i, q->known);
	else
		settle(i, q->known, bytes.n, clock_wall());
	(void)pthread_mutex_unlock(&i->lock);
	free(q);
}

static struct ask *ask_new(struct icons *i, struct known *k, struct str url, bool private)
{
	struct ask *q = calloc(1, sizeof *q + url.n + 1);
	if (!q)
		return NULL;
	memcpy(q->url, url.p, url.n);
	q->job.run = run;
	q->of = i;
	q->known = k;
	q->private = private;
	return q;
}

/* With the lock. What cannot be asked for now is when it is looked for next. */
static void ask(struct icons *i, struct known *k, const struct sha256 *key, struct str url,
                bool private)
{
	bool is_new = !k;
	if (i->waiting >= ICONS_WAITING_MAX || (!k && !(k = add(i, key))))
		return;
	struct ask *q = ask_new(i, k, url, private);
	if (!q) {
		if (is_new)
			forget(i, k);
		return;
	}
	if (!is_new)
		leave_order(i, k);
	k->waits = true;
	i->waiting++;
	pool_give(i->pool, &q->job);
}

static bool name_key(struct str url, bool private, struct sha256 *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTGOING_URL_MAX_BYTES + 16);
	struct errinfo ignored;
	sbuf_puts(&b, private ? "private " : "");
	sbuf_put(&b, url);
	return sbuf_ok(&b) && !sha256_of(sbuf_str(&b), ret, &ignored);
}

static bool look(struct icons *i, struct str url, bool private, struct sha256 *ret_key)
{
	if (!icon_is_elsewhere(url) || url.n > OUTGOING_URL_MAX_BYTES || !name_key(url, private, ret_key))
		return false;
	(void)pthread_mutex_lock(&i->lock);
	struct known *k = find(i, ret_key);
	bool is = k && !k->waits && k->bytes;
	bool old = k && !k->waits && !k->bytes &&
	           clock_wall() - k->at_ns > ICONS_NONE_SECONDS * NS_PER_SECOND;
	if (!k || old)
		ask(i, k, ret_key, url, private);
	(void)pthread_mutex_unlock(&i->lock);
	return is;
}

bool icons_look(struct icons *i, struct str url, bool private)
{
	struct sha256 key;
	return look(i, url, private, &key);
}

/* Somebody removed its file: it is asked for again. */
static void note_gone(struct icons *i, const struct sha256 *key)
{
	(void)pthread_mutex_lock(&i->lock);
	struct known *k = find(i, key);
	if (k && !k->waits) {
		leave_order(i, k);
		forget(i, k);
	}
	(void)pthread_mutex_unlock(&i->lock);
}

enum err icons_read(struct icons *i, struct str url, bool private, char **ret, size_t *ret_bytes,
                    struct errinfo *e)
{
	struct sha256 key;
	char name[SHA256_HEX_BYTES + 1];
	if (!look(i, url, private, &key))
		return ERR(e, NOT_FOUND, "the chart's icon is not here");
	sha256_hex(&key, name);
	enum err err = fs_read(i->dir, name, ICON_MAX_BYTES, ret, ret_bytes, e);
	if (err == ERR_NOT_FOUND)
		note_gone(i, &key);
	return err;
}

uint64_t icons_bytes(struct icons *i)
{
	(void)pthread_mutex_lock(&i->lock);
	uint64_t bytes = i->bytes;
	(void)pthread_mutex_unlock(&i->lock);
	return bytes;
}

/* ---- opening ---- */

struct found { struct sha256 key; uint64_t bytes; int64_t at_ns; };

static int found_cmp(const void *left, const void *right)
{
	const struct found *a = left, *b = right;
	return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

/* What has another name was left by a crash. */
static bool look_at(struct icons *i, const char *name, struct found *ret)
{
	struct stat st;
	if (fstatat(i->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return false;
	if (!sha256_parse(str_c(name), &ret->key) || st.st_size > ICON_MAX_BYTES) {
		(void)unlinkat(i->dir, name, 0);
		return false;
	}
	ret->bytes = (uint64_t)st.st_size;
	ret->at_ns = st.st_mtim.tv_sec * NS_PER_SECOND + st.st_mtim.tv_nsec;
	return true;
}

static enum err load(struct icons *i, struct errinfo *e)
{
	int fd = dup(i->dir);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	size_t count = 0, room = 0;
	struct found *list = NULL;
	if (!d)
		return ERR_SYS(e, "icons");
	for (struct dirent *entry; (entry = readdir(d));) {
		struct found *more = array_room(list, count, &room, sizeof *list);
		if (!more)
			break;                       /* the rest is asked for again */
		list = more;
		count += look_at(i, entry->d_name, &list[count]);
	}
	(void)closedir(d);
	if (count)
		qsort(list, count, sizeof *list, found_cmp);
	for (size_t n = 0; n < count; n++) {
		struct known *k = add(i, &list[n].key);
		if (k)
			settle(i, k, list[n].bytes, list[n].at_ns);
	}
	free(list);
	return OK;
}

enum err icons_open(const struct icons_options *o, struct icons **ret, struct errinfo *e)
{
	struct icons *i = calloc(1, sizeof *i);
	if (!i)
		return ERR(e, NOMEM, "icons");
	i->outgoing = o->outgoing;
	i->max_bytes = o->max_bytes ?: ICONS_MAX_BYTES;
	i->max_count = o->max_count ?: ICONS_MAX;
	i->newest = &i->oldest;
	i->data = o->data_fd;
	i->dir = -1;
	(void)pthread_mutex_init(&i->lock, NULL);
	enum err err = fs_mkdirs(o->data_fd, "icons", FOLDER_MODE, e);
	if (!err)
		err = fs_open_dir(o->data_fd, "icons", &i->dir, e);
	if (!err)
		err = load(i, e);
	if (!err)
		err = pool_new(ICONS_THREADS, "icons", &i->pool, e);
	if (err)
		icons_close(i);
	else
		*ret = i;
	return err;
}

void icons_close(struct icons *i)
{
	if (!i)
		return;
	pool_free(i->pool);
	for (size_t b = 0; b < BUCKETS; b++)
		for (struct known *k = i->buckets[b], *next; k; k = next) {
			next = k->next;
			free(k);
		}
	if (i->dir >= 0)
		(void)close(i->dir);
	(void)pthread_mutex_destroy(&i->lock);
	free(i);
}
