/* Two hash tables over the rows that the catalog has of an upstream's index: by the hash of an entry,
 * which tells that it did not change, and by its name.                                         */
#include <stdlib.h>

#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

#define BUCKETS (1u << 14)

static size_t hash_bucket(const struct sha256 *hash)
{
	size_t n;
	memcpy(&n, hash->bytes, sizeof n);
	return n % BUCKETS;
}

static size_t name_bucket(struct str chart, struct str version)
{
	return str_hash(version, str_hash(chart, STR_HASH_START)) % BUCKETS;
}

static struct known **chart_bucket(const struct known_table *t, struct str chart)
{
	return &t->by_chart[str_hash(chart, STR_HASH_START) % BUCKETS];
}

struct known *known_of_chart(const struct known_table *t, struct str chart)
{
	return *chart_bucket(t, chart);
}

enum err known_open(struct known_table *t, struct errinfo *e)
{
	*t = (struct known_table){ .by_hash = calloc(BUCKETS, sizeof(void *)) };
	t->by_name = calloc(BUCKETS, sizeof(void *));
	t->by_chart = calloc(BUCKETS, sizeof(void *));
	t->last = &t->first;
	return t->by_hash && t->by_name && t->by_chart ? OK : ERR(e, NOMEM, "versions of an upstream");
}

void known_close(struct known_table *t)
{
	free(t->by_hash);
	free(t->by_name);
	free(t->by_chart);
	arena_done(&t->arena);
	*t = (struct known_table){ 0 };
}

struct known *known_by_hash(const struct known_table *t, struct str chart,
                            const struct sha256 *hash)
{
	struct known *k = t->by_hash[hash_bucket(hash)];
	while (k && !(sha256_eq(&k->hash, hash) && str_eq(k->chart, chart)))
		k = k->next_hash;
	return k;
}

struct known *known_by_name(const struct known_table *t, struct str chart, struct str version)
{
	struct known *k = t->by_name[name_bucket(chart, version)];
	while (k && !(str_eq(k->version, version) && str_eq(k->chart, chart)))
		k = k->next_name;
	return k;
}

struct known *known_add(struct known_table *t, struct str chart, struct str version,
                        const struct sha256 *hash)
{
	struct known *k = ARENA_NEW(&t->arena, struct known);
	if (!k || !arena_str(&t->arena, chart, &k->chart) || !arena_str(&t->arena, version, &k->version))
		return NULL;
	k->hash = *hash;
	struct known **by_hash = &t->by_hash[hash_bucket(hash)];
	struct known **by_name = &t->by_name[name_bucket(chart, version)];
	k->next_hash = *by_hash;
	k->next_name = *by_name;
	struct known **by_chart = chart_bucket(t, chart);
	k->next_of_chart = *by_chart;
	*by_hash = *by_name = *by_chart = *t->last = k;
	t->last = &k->following;
	t->count++;
	return k;
}

static void set_state(struct known *k, const struct remote_row *row)
{
	k->state = row->state;
	k->by_set = row->state == REMOTE_LEFT_OUT &&
	            (str_eq_c(row->why, selection_word(SELECTION_LAST)) ||
	             str_eq_c(row->why, selection_word(SELECTION_PER_MINOR)));
	k->by_need = str_eq_c(row->why, selection_word(SELECTION_NEEDED));
}

void known_stored(struct known_table *t, const struct remote_row *row)
{
	struct known *k = known_by_name(t, row->chart, row->version);
	if (k)
		set_state(k, row);
}

static enum err load(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct known *k = known_add(ctx, row->chart, row->version, &row->hash);
	if (!k)
		return ERR(e, NOMEM, "versions of an upstream");
	k->has_digest = row->has_digest;
	k->digest = row->digest;
	k->created_ns = row->created_ns;
	set_state(k, row);
	k->gone = row->gone_ns && row->state == REMOTE_TAKEN;
	k->held = held;
	k->was_taken = row->state == REMOTE_TAKEN;
	k->is_pinned = k->was_taken && (held || row->has_digest);
	return OK;
}

enum err known_load(struct known_table *t, struct ingest *g, struct str repo, struct str chart,
                    struct errinfo *e)
{
	return ingest_remotes(g, repo, chart, load, t, e);
}
