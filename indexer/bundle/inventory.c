/* See inventory.h. */
#include "indexer/bundle/inventory.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/create.h"
#include "indexer/ingest/bundle_change.h"
#include "indexer/store/trips.h"

#define FIRST_LINE "chartlocker inventory 1"
#define REPOSITORY "repository "
#define DELETED "deleted "
#define TRIPS_MAX 100000u

/* ---- writing ---- */

struct digests { struct sha256 *list; size_t count, capacity; };

static enum err note(struct digests *d, const struct sha256 *digest, struct errinfo *e)
{
	struct sha256 *list = array_room(d->list, d->count, &d->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "inventory");
	d->list = list;
	d->list[d->count++] = *digest;
	return OK;
}

struct noting { struct catalog *catalog; struct digests there, deleted; };

static enum err note_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct noting *x = ctx;
	bool deleted;
	enum err err = bundle_stays_deleted(x->catalog, row, &deleted, e);
	if (!err && deleted)
		return note(&x->deleted, &row->digest, e);
	if (err || row->state != VERSION_LIVE || row->absent)
		return err;
	err = note(&x->there, &row->digest, e);
	return err || !row->has_prov ? err : note(&x->there, &row->prov_digest, e);
}

static int digest_cmp(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct sha256));
}

static void put_hash(struct sbuf *b, const char *word, const struct sha256 *hash)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(hash, hex);
	sbuf_printf(b, "%s%s\n", word, hex);
}

static size_t put_digests(struct sbuf *to, const char *word, struct str repo, const struct digests *d)
{
	size_t count = 0;
	if (d->count)
		qsort(d->list, d->count, sizeof *d->list, digest_cmp);
	sbuf_printf(to, "%s%.*s\n", word, STR_ARG(repo));
	for (size_t i = 0; i < d->count; i++)
		if (!i || !sha256_eq(&d->list[i], &d->list[i - 1])) {
			put_hash(to, "", &d->list[i]);
			count++;
		}
	return count;
}

static enum err put_files(struct catalog *c, const struct repo_row *row, bool deleted, struct sbuf *to,
                          size_t *count, struct errinfo *e)
{
	struct noting x = { .catalog = c };
	enum err err = catalog_versions_each(c, row->id, note_row, &x, e);
	*count += put_digests(to, REPOSITORY, row->name, &x.there);
	if (deleted && x.deleted.count)
		(void)put_digests(to, DELETED, row->name, &x.deleted);
	free(x.there.list);
	free(x.deleted.list);
	return err;
}

/* Whether a bundle of `repo` brought something into it. */
static enum err came_with(struct catalog *c, const struct repo_row *row, struct str repo, bool *ret,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct trip_row *trips;
	size_t count = 0;
	enum err err = catalog_trips(c, &a, row->id, TRIPS_MAX, &trips, &count, e);
	*ret = false;
	for (size_t i = 0; i < count && !err; i++)
		*ret |= str_eq(trips[i].bundle, repo);
	return err;
}

static void put_head(struct sbuf *to, struct str repo, const struct trip_row *trip)
{
	sbuf_printf(to, FIRST_LINE "\nrepo %.*s\ninstance %.*s\ntrip %llu\n", STR_ARG(repo),
	            STR_ARG(trip->instance), (unsigned long long)trip->event);
	put_hash(to, "leaf ", &trip->leaf);
	put_hash(to, "root ", &trip->root);
	sbuf_printf(to, "filter%s%.*s\n", trip->filter.n ? " " : "", STR_ARG(trip->filter));
}

static enum err put_last_trip(struct catalog *c, struct arena *a, struct str repo, struct sbuf *to,
                              uint64_t *ret_trip, struct errinfo *e)
{
	struct trip_row trip = { .instance = STR("-") };
	enum err err = catalog_trip_last(c, a, repo, &trip, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	put_head(to, repo, &trip);
	*ret_trip = trip.event;
	return OK;
}

enum err inventory_make(struct catalog *c, struct str repo, struct sbuf *to, struct inventory_made *ret,
                        struct errinfo *e)
{
	struct inventory_made made = { 0 };
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row own, *rows;
	struct sha256 hash;
	size_t count = 0;
	enum err err = catalog_repo(c, &a, repo, &own, e);
	if (!err)
		err = catalog_repos(c, &a, &rows, &count, e);
	if (!err)
		err = put_last_trip(c, &a, repo, to, &made.trip, e);
	if (!err)
		err = put_files(c, &own, true, to, &made.files, e);
	for (size_t i = 0; i < count && !err; i++) {
		bool came = false;
		if (rows[i].id != own.id)
			err = came_with(c, &rows[i], repo, &came, e);
		if (!err && came)
			err = put_files(c, &rows[i], true, to, &made.files, e);
	}
	if (!err)
		err = sbuf_ok(to) ? sha256_of(sbuf_str(to), &hash, e) : ERR(e, NOMEM, "inventory");
	if (err)
		return err;
	put_hash(to, "sha256 ", &hash);
	if (!sbuf_ok(to))
		return ERR(e, NOMEM, "inventory");
	*ret = made;
	return OK;
}

enum err inventory_sum_outside(struct catalog *c, struct str repo, struct sha256 *ret, uint64_t *ret_trip,
                               struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(INVENTORY_MAX_BYTES);
	struct repo_row own;
	struct event last;
	struct trip_row trip = { 0 };
	size_t files = 0;
	enum err err = catalog_repo(c, &a, repo, &own, e);
	if (!err)
		err = catalog_last_told(c, &a, repo, &last, e);
	if (!err)
		err = bundle_instance(c, &a, &trip.instance, e);
	if (!err)
		err = catalog_root(c, last.seq, &trip.root, e);
	if (err)
		return err;
	trip.event = last.seq;
	trip.leaf = last.leaf;
	put_head(&text, repo, &trip);
	err = put_files(c, &own, false, &text, &files, e);
	if (!err)
		err = sbuf_ok(&text) ? sha256_of(sbuf_str(&text), ret, e) : ERR(e, NOMEM, "inventory");
	*ret_trip = last.seq;
	return err;
}

/* ---- reading ---- */

static enum err no_inventory(struct errinfo *e, const char *why)
{
	return ERR(e, CORRUPT, "this is no whole inventory (%s): have it made again with chartlocker bundle "
	           "inventory", why);
}

/* "key value"; "key" alone where the value is empty. */
static bool line_of(struct str *text, const char *key, struct str *ret)
{
	bool ended, has_value;
	struct str line = str_cut(text, '\n', &ended), word = str_cut(&line, ' ', &has_value);
	*ret = line;
	return ended && str_eq_c(word, key);
}

static enum err read_head(struct str *text, struct inventory *v, struct errinfo *e)
{
	struct str trip, leaf, root;
	if (!line_of(text, "repo", &v->repo) || !line_of(text, "instance", &v->instance) ||
	    !line_of(text, "trip", &trip) || !str_to_u64(trip, &v->trip.event) ||
	    !line_of(text, "leaf", &leaf) || !sha256_parse(leaf, &v->trip.leaf) ||
	    !line_of(text, "root", &root) || !sha256_parse(root, &v->root) ||
	    !line_of(text, "filter", &v->filter))
		return no_inventory(e, "its head");
	return OK;
}

static enum err read_repos(struct arena *a, struct str text, struct inventory *v, struct errinfo *e)
{
	const struct str here = STR(REPOSITORY), deleted = STR(DELETED);
	struct sha256 *next = arena_array(a, text.n / SHA256_HEX_BYTES + 1, sizeof *next);
	struct inventory_repo *r = NULL;
	size_t room = 0;
	if (!next)
		return ERR(e, NOMEM, "inventory");
	while (text.n) {
		struct str line = str_cut(&text, '\n', NULL);
		bool gone = str_starts(line, deleted);
		if (gone || str_starts(line, here)) {
			r = arena_room(a, v->repos, v->repo_count, &room, sizeof *r);
			if (!r)
				return ERR(e, NOMEM, "inventory");
			v->repos = r;
			r += v->repo_count++;
			*r = (struct inventory_repo){ .name = str_from(line, gone ? deleted.n : here.n),
			                              .deleted = gone, .digests = next };
		} else if (r && sha256_parse(line, next)) {
			next++;
			r->count++;
		} else {
			return no_inventory(e, "a line that is no digest");
		}
	}
	for (size_t i = 0; i < v->repo_count; i++)
		qsort(v->repos[i].digests, v->repos[i].count, sizeof *next, digest_cmp);
	return OK;
}

char *inventory_signed_text(struct arena *a, struct str text)
{
	const char *before = text.n > 1 ? memrchr(text.p, '\n', text.n - 1) : NULL;
	struct str last = before ? str_from(text, (size_t)(before + 1 - text.p)) : text;
	return arena_printf(a, FIRST_LINE "\n%.*s", STR_ARG(last));
}

/* Where the last line of the text begins; the signatures, if there are any, are behind an empty one. */
static bool find_sum(struct str whole, struct inventory *v, struct str *ret_summed, struct str *ret_sum)
{
	const char *gap = memmem(whole.p, whole.n, "\n\n", 2);
	struct str text = gap ? str_make(whole.p, (size_t)(gap + 1 - whole.p)) : whole;
	struct str last = str_make(text.p, text.n ? text.n - 1 : 0);
	const char *before = last.n ? memrchr(last.p, '\n', last.n) : NULL;
	if (!before || !str_ends(text, STR("\n")))
		return false;
	v->signatures = gap ? str_from(whole, text.n + 1) : (struct str){ 0 };
	*ret_summed = str_make(text.p, (size_t)(before + 1 - text.p));
	*ret_sum = str_make(before + 1, (size_t)(last.p + last.n - before - 1));
	return str_starts(*ret_sum, STR("sha256 "));
}

bool inventory_sum(struct str text, struct sha256 *ret)
{
	struct inventory none = { 0 };
	struct str summed, sum;
	return find_sum(text, &none, &summed, &sum) && sha256_parse(str_from(sum, STR("sha256 ").n), ret);
}

/* "chartlocker inventory 2" */
static bool is_newer(struct str text)
{
	const struct str begin = STR("chartlocker inventory ");
	uint64_t format;
	if (!str_starts(text, begin) || !str_has(text, '\n'))
		return false;
	struct str rest = str_from(text, begin.n), number = str_cut(&rest, '\n', NULL);
	return str_to_u64(number, &format) && format > 1;
}

enum err inventory_read(struct arena *a, struct str text, struct inventory *ret, struct errinfo *e)
{
	struct inventory v = { 0 };
	struct str rest, sum;
	struct sha256 said, is;
	if (is_newer(text))
		return ERR(e, NEWER, "this inventory was written by a newer version of chartlocker");
	if (!str_starts(text, STR(FIRST_LINE "\n")))
		return no_inventory(e, "its first line");
	if (!find_sum(text, &v, &rest, &sum) || !sha256_parse(str_from(sum, STR("sha256 ").n), &said))
		return no_inventory(e, "its end is missing");
	enum err err = sha256_of(rest, &is, e);
	if (err)
		return err;
	if (!sha256_eq(&said, &is))
		return no_inventory(e, "it does not have the digest that its last line says");
	v.signed_text = str_c(inventory_signed_text(a, str_make(text.p, rest.n + sum.n + 1)));
	err = v.signed_text.p ? OK : ERR(e, NOMEM, "inventory");
	rest = str_from(rest, STR(FIRST_LINE "\n").n);
	if (!err)
		err = read_head(&rest, &v, e);
	if (!err)
		err = read_repos(a, rest, &v, e);
	if (!err)
		*ret = v;
	return err;
}

const struct inventory_repo *inventory_of(const struct inventory *v, struct str repo, bool deleted)
{
	for (size_t i = 0; i < v->repo_count; i++)
		if (v->repos[i].deleted == deleted && str_eq(v->repos[i].name, repo))
			return &v->repos[i];
	return NULL;
}

bool inventory_has(const struct inventory_repo *r, const struct sha256 *digest)
{
	return r && bsearch(digest, r->digests, r->count, sizeof *r->digests, digest_cmp);
}
