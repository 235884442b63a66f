/* A table of short rows; a key says which row, and there the place is looked for. */
#include "server/auth/remembered.h"

#include <pthread.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/base/secret.h"

#define PLACES 8u
#define FROM_MAX_BYTES 64u           /* an address is shorter */
#define ROWS (AUTH_REMEMBERED_MAX / PLACES)

struct place {
	struct sha256 key;
	int64_t account;                 /* 0: free */
	uint64_t generation, used;
};

struct remembered {
	pthread_mutex_t lock;
	uint64_t uses;
	unsigned char secret[SHA256_BYTES];
	struct place rows[ROWS][PLACES];
};

enum err remembered_new(struct remembered **ret, struct errinfo *e)
{
	struct remembered *m = calloc(1, sizeof *m);
	if (!m)
		return ERR(e, NOMEM, "remembered credentials");
	if (!random_bytes(m->secret, sizeof m->secret)) {
		free(m);
		return ERR(e, IO, "no random bytes");
	}
	(void)pthread_mutex_init(&m->lock, NULL);
	*ret = m;
	return OK;
}

void remembered_free(struct remembered *m)
{
	if (!m)
		return;
	secret_wipe(m->secret, sizeof m->secret);
	(void)pthread_mutex_destroy(&m->lock);
	free(m);
}

/* The address ends in no byte of a header's, so that no two pairs make one text. */
enum err remembered_key(const struct remembered *m, struct str header, struct str from,
                        struct sha256 *ret, struct errinfo *e)
{
	char text[SHA256_BYTES + HTTP_HEADER_LINE_MAX_BYTES + 1 + FROM_MAX_BYTES];
	size_t n = SHA256_BYTES;
	if (header.n > HTTP_HEADER_LINE_MAX_BYTES)
		return ERR(e, HEADERS, "Authorization is too long");
	from = str_first(from, FROM_MAX_BYTES);
	memcpy(text, m->secret, n);
	memcpy(text + n, header.p, header.n);
	n += header.n;
	text[n++] = '\n';
	memcpy(text + n, from.p, from.n);
	n += from.n;
	enum err err = sha256_of(str_make(text, n), ret, e);
	secret_wipe(text, n);
	return err;
}

static struct place *row_of(struct remembered *m, const struct sha256 *key)
{
	size_t hash;
	memcpy(&hash, key->bytes, sizeof hash);
	return m->rows[hash % ROWS];
}

static struct place *find(struct place *row, const struct sha256 *key)
{
	for (size_t i = 0; i < PLACES; i++)
		if (row[i].account && sha256_eq(&row[i].key, key))
			return &row[i];
	return NULL;
}

bool remembered_find(struct remembered *m, const struct sha256 *key, int64_t *ret_account,
                     uint64_t *ret_generation)
{
	(void)pthread_mutex_lock(&m->lock);
	struct place *x = find(row_of(m, key), key);
	if (x) {
		x->used = ++m->uses;
		*ret_account = x->account;
		*ret_generation = x->generation;
	}
	(void)pthread_mutex_unlock(&m->lock);
	return x != NULL;
}

void remembered_put(struct remembered *m, const struct sha256 *key, int64_t account,
                    uint64_t generation)
{
	(void)pthread_mutex_lock(&m->lock);
	struct place *row = row_of(m, key), *x = find(row, key);
	for (size_t i = 0; !find(row, key) && i < PLACES; i++)
		if (!x || row[i].used < x->used)
			x = &row[i];             /* a free one was never used */
	*x = (struct place){ *key, account, generation, ++m->uses };
	(void)pthread_mutex_unlock(&m->lock);
}
