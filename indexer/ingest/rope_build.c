/* Lines in order become leaves, leaves a snapshot.
 *
 * A leaf ends only behind a line that ends a piece (or with the index), and it is cut at the
 * first such line past the target. Leaves come to be by the history of edits; the text and the
 * pieces do not.                                                                             */
#include "indexer/ingest/rope_impl.h"

#include <stdlib.h>

#include "indexer/base/array.h"

#define STEP_LEAVES 8u               /* about as many are made of lines at a time */

struct builder builder_make(enum rope_format f, uint64_t total_bytes)
{
	uint64_t target = total_bytes / LEAF_TARGET_COUNT;
	return (struct builder){
		.format = f,
		.target = target > LEAF_TARGET_MIN_BYTES ? target : LEAF_TARGET_MIN_BYTES,
		.scratch = sbuf_make(LEAF_MAX_BYTES),
	};
}

void builder_done(struct builder *b)
{
	for (size_t i = 0; i < b->leaf_count; i++)
		leaf_unref(b->leaves[i]);
	free(b->leaves);
	free(b->run);
	sbuf_done(&b->scratch);
}

enum err builder_line(struct builder *b, struct line line, struct errinfo *e)
{
	struct line *run = array_room(b->run, b->run_count, &b->run_capacity, sizeof *run);
	if (!run)
		return ERR(e, NOMEM, "index lines");
	b->run = run;
	run[b->run_count++] = line;
	return OK;
}

/* Takes the leaf over, also on error. */
static enum err add_leaf(struct builder *b, struct leaf *l, struct errinfo *e)
{
	struct leaf **leaves = array_room(b->leaves, b->leaf_count, &b->leaf_capacity,
	                                  sizeof(struct leaf *));
	if (!leaves) {
		leaf_unref(l);
		return ERR(e, NOMEM, "index leaves");
	}
	b->leaves = leaves;
	leaves[b->leaf_count++] = l;
	return OK;
}

/* The name of the chart in front of leaf `i`; false at the beginning of the index. */
static bool name_before(const struct builder *b, size_t i, struct str *ret)
{
	if (i == 0)
		return false;
	const struct leaf *l = b->leaves[i - 1];
	*ret = leaf_name(l, l->count - 1);
	return true;
}

bool builder_may_share(const struct builder *b, const struct leaf *l)
{
	struct str name;
	bool any = name_before(b, b->leaf_count, &name);
	return b->run_count == 0 && leaf_may_follow(l, any ? &name : NULL);
}

enum err builder_share(struct builder *b, struct leaf *l, struct errinfo *e)
{
	return add_leaf(b, leaf_ref(l), e);
}

static enum err make_leaf(struct builder *b, size_t at, struct line *lines, size_t count,
                          struct leaf **ret, struct errinfo *e)
{
	struct str name;
	bool any = name_before(b, at, &name);
	return leaf_new(b->format, any ? &name : NULL, lines, count, &b->scratch, ret, e);
}

enum err builder_flush(struct builder *b, struct errinfo *e)
{
	uint64_t rest = 0, size = 0;
	for (size_t i = 0; i < b->run_count; i++)
		rest += b->run[i].text.n;
	bool split = rest > 2 * b->target;
	for (size_t i = 0, first = 0; i < b->run_count; i++) {
		size += b->run[i].text.n;
		rest -= b->run[i].text.n;
		bool full = split && b->run[i].ends_piece && size >= b->target && rest >= b->target;
		if (!full && i + 1 < b->run_count)
			continue;
		struct leaf *leaf;
		enum err rc = make_leaf(b, b->leaf_count, b->run + first, i + 1 - first, &leaf, e);
		if (!rc)
			rc = add_leaf(b, leaf, e);
		if (rc)
			return rc;
		first = i + 1;
		size = 0;
	}
	b->run_count = 0;
	return OK;
}

static enum err add_lines(struct builder *b, const struct leaf *l, struct errinfo *e)
{
	enum err rc = OK;
	for (uint32_t i = 0; !rc && i < l->count; i++)
		rc = builder_line(b, leaf_line(l, i), e);
	return rc;
}

/* Makes one leaf of `at` and the next one. */
static enum err join(struct builder *b, size_t at, struct errinfo *e)
{
	struct leaf **pair = b->leaves + at, *both;
	enum err rc = add_lines(b, pair[0], e);
	if (!rc)
		rc = add_lines(b, pair[1], e);
	if (!rc)
		rc = make_leaf(b, at, b->run, b->run_count, &both, e);
	if (rc)
		return rc;
	b->run_count = 0;
	leaf_unref(pair[0]);
	leaf_unref(pair[1]);
	pair[0] = both;
	b->leaf_count--;
	memmove(pair + 1, pair + 2, (b->leaf_count - at - 1) * sizeof *pair);
	return OK;
}

static size_t smallest_pair(const struct builder *b)
{
	size_t best = 0, best_bytes = SIZE_MAX;
	for (size_t i = 0; i + 1 < b->leaf_count; i++) {
		size_t bytes = b->leaves[i]->text.n + b->leaves[i + 1]->text.n;
		if (bytes < best_bytes) {
			best = i;
			best_bytes = bytes;
		}
	}
	return best;
}

/* Splitting makes a leaf per target's worth of new text, so a join is as rare. */
enum err builder_finish(struct builder *b, int64_t generated_ns, struct rope **ret,
                        struct errinfo *e)
{
	enum err rc = builder_flush(b, e);
	while (!rc && b->leaf_count > INDEX_LEAVES_MAX)
		rc = join(b, smallest_pair(b), e);
	if (!rc)
		rc = rope_new(b->format, generated_ns, b->leaves, b->leaf_count, ret, e);
	if (!rc)
		b->leaf_count = 0;
	return rc;
}

/* What comes from the catalog is mostly in order already. */
static void sort_items(struct index_item *items, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (index_order_cmp(&items[i - 1], &items[i]) > 0) {
			qsort(items, count, sizeof *items, index_order_cmp);
			return;
		}
}

/* Block YAML must live until the leaves are made: `a` keeps it. */
static enum err add_item(struct builder *b, const struct index_item *item, struct arena *a,
                         struct errinfo *e)
{
	struct line line = { .name = item->name, .key = item->key, .member = item->member };
	enum err rc = rope_item_check(item, e);
	if (!rc)
		rc = rope_line_text(b->format, item->line, &b->scratch, &line.text, e);
	if (rc)
		return rc;
	if (b->format != ROPE_JSON && !arena_str(a, line.text, &line.text))
		return ERR(e, NOMEM, "index lines");
	line.ends_piece = line_ends_piece(line.text);
	return builder_line(b, line, e);
}

enum err rope_build_saying(enum rope_format f, struct index_item *items, size_t count,
                           int64_t generated_ns, rope_rest *say, void *ctx, struct rope **ret,
                           struct errinfo *e)
{
	uint64_t total = 0, waiting = 0;
	for (size_t i = 0; i < count; i++)
		total += items[i].line.n;
	sort_items(items, count);
	struct arena a = { 0 };
	struct builder b = builder_make(f, total);
	enum err rc = OK;
	for (size_t i = 0; !rc && i < count; i++) {
		rc = add_item(&b, &items[i], &a, e);
		waiting += items[i].line.n;
		if (rc || waiting < STEP_LEAVES * b.target || !b.run[b.run_count - 1].ends_piece)
			continue;
		rc = builder_flush(&b, e);
		arena_done(&a);
		waiting = 0;
		if (say)
			say(ctx, &items[i + 1], count - i - 1);
	}
	if (!rc)
		rc = builder_finish(&b, generated_ns, ret, e);
	builder_done(&b);
	arena_done(&a);
	return rc;
}

enum err rope_build(enum rope_format f, struct index_item *items, size_t count,
                    int64_t generated_ns, struct rope **ret, struct errinfo *e)
{
	return rope_build_saying(f, items, count, generated_ns, NULL, NULL, ret, e);
}
