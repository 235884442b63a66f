/* Rows of a few places, as remembered.c has them. The id itself is nowhere but in the cookie. */
#include "server/auth/sessions.h"

#include <pthread.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/base/secret.h"

#define PLACES 16u
#define ROWS (SESSIONS_MAX / PLACES)
#define IDLE_NS ((int64_t)SESSION_HOURS * 3600 * NS_PER_SECOND)
#define AGE_NS ((int64_t)SESSION_DAYS_MAX * 24 * 3600 * NS_PER_SECOND)

struct place {
	struct sha256 key;
	struct session_who who;
	int64_t began_ns, used_ns;
	uint64_t use;                    /* the greater the later; 0: free */
};

struct sessions {
	pthread_mutex_t lock;
	uint64_t uses;
	unsigned char secret[SHA256_BYTES];
	struct place places[SESSIONS_MAX];           /* ROWS times PLACES */
};

enum err sessions_new(struct sessions **ret, struct errinfo *e)
{
	struct sessions *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "sessions");
	if (!random_bytes(s->secret, sizeof s->secret)) {
		free(s);
		return ERR(e, IO, "no random bytes");
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return OK;
}

void sessions_free(struct sessions *s)
{
	if (!s)
		return;
	secret_wipe(s->secret, sizeof s->secret);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

static struct place *row_of(struct sessions *s, const struct sha256 *key)
{
	size_t hash;
	memcpy(&hash, key->bytes, sizeof hash);
	return s->places + hash % ROWS * PLACES;
}

static struct place *find(struct sessions *s, const struct sha256 *key)
{
	struct place *row = row_of(s, key);
	for (size_t i = 0; i < PLACES; i++)
		if (row[i].use && sha256_eq(&row[i].key, key))
			return &row[i];
	return NULL;
}

static bool is_over(const struct place *x, int64_t now_ns)
{
	return now_ns - x->used_ns >= IDLE_NS || now_ns - x->began_ns >= AGE_NS;
}

static bool is_same(const struct session_who *a, const struct session_who *b)
{
	return a->account == b->account && a->token == b->token && a->setup == b->setup;
}

/* Of one person no more than fit with a new one. */
static void make_room(struct sessions *s, const struct session_who *who)
{
	struct place *all = s->places, *oldest = NULL;
	size_t count = 0;
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		if (!all[i].use || !is_same(&all[i].who, who))
			continue;
		count++;
		if (!oldest || all[i].use < oldest->use)
			oldest = &all[i];
	}
	if (count >= SESSIONS_PER_PERSON_MAX)
		*oldest = (struct place){ 0 };
}

static enum err draw(char ret_id[SESSION_ID_CHARS + 1], struct sha256 *ret_key, struct errinfo *e)
{
	struct sha256 id;
	if (!random_bytes(&id, sizeof id))
		return ERR(e, IO, "no random bytes");
	sha256_hex(&id, ret_id);
	secret_wipe(&id, sizeof id);
	return sha256_of(str_make(ret_id, SESSION_ID_CHARS), ret_key, e);
}

enum err sessions_begin(struct sessions *s, const struct session_who *who, int64_t now_ns,
                        char ret_id[SESSION_ID_CHARS + 1], struct errinfo *e)
{
	struct sha256 key;
	enum err err = draw(ret_id, &key, e);
	if (err)
		return err;
	(void)pthread_mutex_lock(&s->lock);
	make_room(s, who);
	struct place *row = row_of(s, &key), *x = row;
	for (size_t i = 0; i < PLACES; i++)
		if (row[i].use < x->use)
			x = &row[i];             /* a free one was never used */
	*x = (struct place){ key, *who, now_ns, now_ns, ++s->uses };
	(void)pthread_mutex_unlock(&s->lock);
	return OK;
}

bool sessions_find(struct sessions *s, struct str id, int64_t now_ns, struct session_who *ret)
{
	struct sha256 key;
	if (id.n != SESSION_ID_CHARS || sha256_of(id, &key, NULL))
		return false;
	(void)pthread_mutex_lock(&s->lock);
	struct place *x = find(s, &key);
	if (x && is_over(x, now_ns)) {
		*x = (struct place){ 0 };
		x = NULL;
	}
	if (x) {
		x->used_ns = now_ns;
		x->use = ++s->uses;
		*ret = x->who;
	}
	(void)pthread_mutex_unlock(&s->lock);
	return x != NULL;
}

void sessions_end(struct sessions *s, struct str id)
{
	struct sha256 key;
	if (id.n != SESSION_ID_CHARS || sha256_of(id, &key, NULL))
		return;
	(void)pthread_mutex_lock(&s->lock);
	struct place *x = find(s, &key);
	if (x)
		*x = (struct place){ 0 };
	(void)pthread_mutex_unlock(&s->lock);
}

void sessions_sweep(struct sessions *s, bool (*keep)(const struct session_who *who, const void *ctx),
                    const void *ctx)
{
	struct place *all = s->places;
	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (all[i].use && !keep(&all[i].who, ctx))
			all[i] = (struct place){ 0 };
	(void)pthread_mutex_unlock(&s->lock);
}

enum err sessions_seal(const struct sessions *s, struct str text, char ret[SHA256_HEX_BYTES + 1],
                       struct errinfo *e)
{
	struct sha256 code;
	enum err err = hmac_sha256(str_make(s->secret, sizeof s->secret), text, &code, e);
	if (!err)
		sha256_hex(&code, ret);
	return err;
}
