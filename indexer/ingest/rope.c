/* Snapshots: leaves in order between a head and a tail, and the ways to look into them. */
#include "indexer/ingest/rope_impl.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/clock.h"

#define LINE_MAX_BYTES (LEAF_MAX_BYTES / 16u)

_Static_assert(INDEX_LEAVES_MAX + 2 <= HTTP_RESPONSE_PIECES_MAX, "head, leaves, tail");

static void frame(struct rope *r, const char *info)
{
	index_around(r->format == ROPE_JSON, r->leaf_count == 0, r->generated_ns, info, r->head, r->tail);
}

static void add_text(struct rope *r, struct str text)
{
	if (!text.n)
		return;
	r->iov[r->iov_count++] = (struct iovec){ (void *)(uintptr_t)text.p, text.n };
	r->bytes += text.n;
}

enum err rope_new(enum rope_format f, int64_t generated_ns, struct leaf **leaves, size_t count,
                  struct rope **ret, struct errinfo *e)
{
	size_t pointers = sizeof(struct rope) + count * sizeof(struct leaf *);
	struct rope *r = malloc(pointers + (count + 2) * sizeof(struct iovec));
	if (!r)
		return ERR(e, NOMEM, "index snapshot");
	*r = (struct rope){ .format = f, .leaf_count = (uint32_t)count, .generated_ns = generated_ns };
	if (pthread_mutex_init(&r->gzip_lock, NULL)) {
		free(r);
		return ERR(e, NOMEM, "index lock");
	}
	atomic_init(&r->refs, 1);
	atomic_init(&r->gzip, NULL);
	r->iov = (struct iovec *)((char *)r + pointers);
	frame(r, NULL);
	add_text(r, str_c(r->head));
	for (size_t i = 0; i < count; i++) {
		r->leaves[i] = leaves[i];
		r->versions += leaves[i]->count;
		r->charts += leaves[i]->chart_count;
		add_text(r, leaves[i]->text);
	}
	add_text(r, str_c(r->tail));
	*ret = r;
	return OK;
}

void rope_tell_server(struct rope *r, const char *json)
{
	r->bytes -= r->iov[0].iov_len;
	frame(r, json);
	r->iov[0].iov_len = strlen(r->head);
	r->bytes += r->iov[0].iov_len;
}

enum err rope_empty(enum rope_format f, int64_t generated_ns, struct rope **ret, struct errinfo *e)
{
	return rope_new(f, generated_ns, NULL, 0, ret, e);
}

struct rope *rope_ref(struct rope *r)
{
	atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void rope_unref(struct rope *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (uint32_t i = 0; i < r->leaf_count; i++)
		leaf_unref(r->leaves[i]);
	free(atomic_load_explicit(&r->gzip, memory_order_acquire));
	(void)pthread_mutex_destroy(&r->gzip_lock);
	free(r);
}

uint64_t rope_bytes(const struct rope *r) { return r->bytes; }
uint64_t rope_versions(const struct rope *r) { return r->versions; }
uint64_t rope_charts(const struct rope *r) { return r->charts; }

const struct iovec *rope_iov(const struct rope *r, unsigned *ret_count)
{
	*ret_count = r->iov_count;
	return r->iov;
}

/* Is the precedence of `a` above (or, with or_equal, the same as) that of `b`? Of two versions with
 * the same precedence the later created comes first, so unequal times answer the question.   */
static bool precedes(struct str a, struct str b, bool or_equal)
{
	struct index_key x = { a, or_equal }, y = { b, !or_equal };
	return index_key_cmp(&x, &y) < 0;
}

static bool is_before(const struct leaf *l, uint32_t at, enum seek what, struct str name,
                      const struct index_key *key)
{
	int order = str_cmp(leaf_name(l, at), name);
	if (order || what == SEEK_CHART)
		return order < 0;
	struct index_key here = { leaf_version(l, at), l->entries[at].created_ns };
	if (what == SEEK_KEY)
		return index_key_cmp(&here, key) < 0;
	return precedes(here.version, key->version, what == SEEK_BEHIND);
}

struct place rope_seek(const struct rope *r, enum seek what, struct str name,
                       const struct index_key *key)
{
	if (r->leaf_count == 0)
		return (struct place){ 0, 0 };
	uint32_t low = 0, high = r->leaf_count - 1;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct leaf *l = r->leaves[middle];
		if (is_before(l, l->count - 1, what, name, key))
			low = middle + 1;
		else
			high = middle;
	}
	struct place p = { .leaf = low };
	const struct leaf *l = r->leaves[low];
	for (low = 0, high = l->count; low < high;) {
		uint32_t middle = low + (high - low) / 2;
		if (is_before(l, middle, what, name, key))
			low = middle + 1;
		else
			high = middle;
	}
	p.at = low;
	return p;
}

/* Steps over the end of a leaf; false behind the last line. */
static bool is_line(const struct rope *r, struct place *p)
{
	if (p->leaf < r->leaf_count && p->at == r->leaves[p->leaf]->count) {
		p->leaf++;
		p->at = 0;
	}
	return p->leaf < r->leaf_count;
}

/* Versions of one precedence (1.0.0, v1.0, 1.0.0+x) stand together, in the order of their times. An upstream may
 * have 20,000 of them, so none is read to find where they end.                                 */
bool rope_find(const struct rope *r, struct str name, struct str version, struct place *ret)
{
	struct index_key key = { version, 0 };
	struct place p = rope_seek(r, SEEK_PRECEDENCE, name, &key), end = rope_seek(r, SEEK_BEHIND, name, &key);
	for (; is_line(r, &p) && (p.leaf < end.leaf || (p.leaf == end.leaf && p.at < end.at)); p.at++)
		if (str_eq(leaf_version(r->leaves[p.leaf], p.at), version)) {
			*ret = p;
			return true;
		}
	return false;
}

/* Steps over the lines of one chart; false behind its last one. */
static bool is_of_chart(const struct rope *r, struct place *p, struct str name)
{
	return is_line(r, p) && str_eq(leaf_name(r->leaves[p->leaf], p->at), name);
}

static struct rope_version version_at(const struct rope *r, struct place p)
{
	const struct leaf *l = r->leaves[p.leaf];
	const struct entry *x = &l->entries[p.at];
	return (struct rope_version){ leaf_version(l, p.at), leaf_text(l, p.at), x->created_ns, x->member };
}

bool rope_has_chart(const struct rope *r, struct str name)
{
	struct place first = rope_seek(r, SEEK_CHART, name, NULL);
	return is_of_chart(r, &first, name);
}

bool rope_version(const struct rope *r, struct str name, struct str version, struct rope_version *ret)
{
	struct place p;
	bool found = rope_find(r, name, version, &p);
	if (found)
		*ret = version_at(r, p);
	return found;
}

enum err rope_chart(struct arena *a, const struct rope *r, struct str name,
                    struct rope_version **ret, size_t *ret_count, struct errinfo *e)
{
	struct place first = rope_seek(r, SEEK_CHART, name, NULL), p = first;
	size_t count = 0;
	for (; is_of_chart(r, &p, name); p.at++)
		count++;
	struct rope_version *versions = arena_array(a, count, sizeof *versions);
	if (!versions)
		return ERR(e, NOMEM, "%zu versions", count);
	p = first;
	for (size_t i = 0; is_of_chart(r, &p, name); i++, p.at++)
		versions[i] = version_at(r, p);
	*ret = versions;
	*ret_count = count;
	return OK;
}

enum err rope_names(struct arena *a, const struct rope *r, struct str **ret, size_t *ret_count,
                    struct errinfo *e)
{
	struct str *names = arena_array(a, r->charts, sizeof *names);
	size_t count = 0;
	if (!names)
		return ERR(e, NOMEM, "%llu chart names", (unsigned long long)r->charts);
	struct place p = { 0, 0 };
	for (; is_line(r, &p); p.at++) {
		struct str name = leaf_name(r->leaves[p.leaf], p.at);
		if (count == 0 || !str_eq(names[count - 1], name))
			names[count++] = name;
	}
	*ret = names;
	*ret_count = count;
	return OK;
}

enum err rope_line_text(enum rope_format f, struct str json, struct sbuf *scratch, struct str *ret,
                        struct errinfo *e)
{
	*ret = json;
	if (f == ROPE_JSON)
		return OK;
	sbuf_reset(scratch);
	enum err rc = index_line_to_yaml(json, scratch, e);
	if (rc)
		return rc;
	if (!str_ends(sbuf_str(scratch), STR("\n")))
		sbuf_putc(scratch, '\n');
	if (!sbuf_ok(scratch))
		return ERR(e, NOMEM, "index line");
	*ret = sbuf_str(scratch);
	return OK;
}

enum err rope_item_check(const struct index_item *item, struct errinfo *e)
{
	struct str name = str_first(item->name, 64);
	size_t version_n = item->key.version.n;
	if (item->name.n <= UINT16_MAX && version_n <= UINT16_MAX && item->line.n <= LINE_MAX_BYTES)
		return OK;
	return ERR(e, TOO_LARGE, "index line of %.*s: name %zu, version %zu, line %zu bytes",
	           STR_ARG(name), item->name.n, version_n, item->line.n);
}
