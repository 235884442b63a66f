/* Promotions are found by chart and version; whose they are is said once, so that a rename is quick. */
#include "indexer/ingest/promotions.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/format/node.h"

#define PROMOTED_BUCKETS 4096u

/* A repository; of one that was deleted, the name is empty. */
struct view { struct view *next; struct str repo; };
struct promoted { struct promoted *next; const struct view *of; struct release_row row; };

struct promotions {
	struct arena *arena;
	struct view *views;
	struct promoted *bucket[PROMOTED_BUCKETS];
};

static struct view *find_view(const struct promotions *p, struct str repo)
{
	struct view *v = p->views;
	while (v && !str_eq(v->repo, repo))
		v = v->next;
	return v;
}

static struct promoted **find(struct promotions *p, const struct view *of, const struct event *ev)
{
	uint64_t hash = str_hash(ev->version, str_hash(ev->chart, STR_HASH_START));
	struct promoted **at = &p->bucket[hash % PROMOTED_BUCKETS];
	while (*at && !((*at)->of == of && str_eq((*at)->row.chart, ev->chart) &&
	                str_eq((*at)->row.version, ev->version)))
		at = &(*at)->next;
	return at;
}

static struct view *add_view(struct promotions *p, struct str repo)
{
	struct view *v = ARENA_NEW(p->arena, struct view);
	if (!v || !arena_str(p->arena, repo, &v->repo))
		return NULL;
	v->next = p->views;
	return p->views = v;
}

static struct promoted *add(struct promotions *p, const struct view *of, const struct event *ev)
{
	struct promoted *x = ARENA_NEW(p->arena, struct promoted);
	if (!x || !arena_str(p->arena, ev->chart, &x->row.chart) ||
	    !arena_str(p->arena, ev->version, &x->row.version))
		return NULL;
	x->of = of;
	return x;
}

static enum err take_promotion(struct promotions *p, const struct event *ev, struct errinfo *e)
{
	struct view *of = find_view(p, ev->repo);
	if (!of)
		of = add_view(p, ev->repo);
	struct promoted **at = of ? find(p, of, ev) : NULL;
	if (at && !*at)
		*at = add(p, of, ev);
	if (!at || !*at)
		return ERR(e, NOMEM, "log");
	struct release_row *row = &(*at)->row;
	row->event = ev->seq;
	row->digest = (struct sha256){ 0 };
	(void)sha256_parse(ev->digest, &row->digest);
	return OK;
}

static void forget(struct promotions *p, const struct event *ev)
{
	struct view *of = find_view(p, ev->repo);
	struct promoted **at = of ? find(p, of, ev) : NULL;
	if (at && *at)
		*at = (*at)->next;
}

static void forget_all(struct promotions *p, struct str repo)
{
	struct view *v = find_view(p, repo);
	if (v)
		v->repo = (struct str){ 0 };
}

static enum err take_rename(struct promotions *p, const struct event *ev, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail = NULL;
	enum err err = json_read(&a, ev->detail, "detail", &detail, e);
	if (err)
		return err;
	struct str from = node_text(node_get(detail, "from"));
	struct view *v = from.n ? find_view(p, from) : NULL;
	return !v || arena_str(p->arena, ev->repo, &v->repo) ? OK : ERR(e, NOMEM, "log");
}

static enum err take(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct promotions *p = ctx;
	if (str_eq_c(ev->kind, "promote"))
		return take_promotion(p, ev, e);
	if (str_eq_c(ev->kind, "unpromote"))
		forget(p, ev);
	else if (str_eq_c(ev->kind, "repo.delete"))
		forget_all(p, ev->repo);
	else if (str_eq_c(ev->kind, "repo.create") && p->views)
		return take_rename(p, ev, e);
	return OK;
}

enum err promotions_read(struct catalog *c, struct arena *a, struct promotions **ret, struct errinfo *e)
{
	struct promotions *p = ARENA_NEW(a, struct promotions);
	if (!p)
		return ERR(e, NOMEM, "log");
	p->arena = a;
	*ret = p;
	return catalog_events_each(c, 0, take, p, e);
}

/* ---- of one repository ---- */

static int row_cmp(const void *left, const void *right)
{
	const struct release_row *a = left, *b = right;
	int order = str_cmp(a->chart, b->chart);
	return order ? order : str_cmp(a->version, b->version);
}

static size_t copy_rows(const struct promotions *p, const struct view *of, struct release_row *to)
{
	size_t n = 0;
	for (size_t i = 0; i < PROMOTED_BUCKETS; i++)
		for (const struct promoted *x = p->bucket[i]; x; x = x->next)
			if (x->of == of) {
				if (to)
					to[n] = x->row;
				n++;
			}
	return n;
}

/* As catalog_releases has them. */
static enum err list_rows(const struct promotions *p, struct arena *a, struct str repo,
                          struct release_row **ret, size_t *ret_count, struct errinfo *e)
{
	const struct view *of = find_view(p, repo);
	size_t count = of ? copy_rows(p, of, NULL) : 0;
	struct release_row *list = arena_array(a, count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "releases");
	if (count) {
		(void)copy_rows(p, of, list);
		qsort(list, count, sizeof *list, row_cmp);
	}
	*ret = list;
	*ret_count = count;
	return OK;
}

static bool is_same(const struct release_row *a, const struct release_row *b)
{
	return row_cmp(a, b) == 0 && sha256_eq(&a->digest, &b->digest) && a->event == b->event;
}

enum err promotions_agree(const struct promotions *p, struct catalog *c, const struct repo_row *repo,
                          bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct release_row *said, *rows;
	size_t count, row_count;
	enum err err = list_rows(p, &a, repo->name, &said, &count, e);
	if (!err)
		err = catalog_releases(c, &a, repo->id, (struct str){ 0 }, &rows, &row_count, e);
	if (err)
		return err;
	bool same = count == row_count;
	for (size_t i = 0; i < count && same; i++)
		same = is_same(&said[i], &rows[i]);
	*ret = same;
	return OK;
}

enum err promotions_remake(struct catalog *c, int64_t repo_id, struct str repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct promotions *p;
	struct release_row *rows;
	size_t count = 0;
	enum err err = promotions_read(c, &a, &p, e);
	if (!err)
		err = list_rows(p, &a, repo, &rows, &count, e);
	if (!err)
		err = catalog_releases_clear(c, repo_id, e);
	for (size_t i = 0; i < count && !err; i++)
		err = catalog_release_put(c, repo_id, &rows[i], e);
	return err;
}
