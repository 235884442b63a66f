/* Changes: collected, put in order, merged into the leaves they touch.
 *
 * A commit looks at every leaf once and rewrites those that a change falls into. A leaf is also
 * rewritten when the chart in front of it is another one now, and taken together with the leaf
 * before it when that lost its last line, which was the end of a piece.                      */
#include "indexer/ingest/rope_impl.h"

#include <stdlib.h>

#include "indexer/base/array.h"

struct change {
	struct line line;
	size_t number;                      /* the last change of a version counts */
	bool removes;
};

struct rope_edit {
	struct rope *base;
	struct arena arena;                 /* the texts */
	struct sbuf scratch;
	struct change *changes;
	size_t count, capacity;
	uint64_t bytes;                     /* of the lines put */
};

/* What happens at one place of the base: its line goes, or a line comes in front of it. */
struct step {
	struct place place;
	const struct line *line;            /* NULL: remove */
};

enum err rope_edit_new(struct rope *base, struct rope_edit **ret, struct errinfo *e)
{
	struct rope_edit *x = calloc(1, sizeof *x);
	if (!x)
		return ERR(e, NOMEM, "index edit");
	x->base = rope_ref(base);
	x->scratch = sbuf_make(LEAF_MAX_BYTES);
	*ret = x;
	return OK;
}

void rope_edit_free(struct rope_edit *x)
{
	if (!x)
		return;
	rope_unref(x->base);
	arena_done(&x->arena);
	sbuf_done(&x->scratch);
	free(x->changes);
	free(x);
}

/* `text` is the line as the rope has it; NULL: the version goes. */
static enum err add(struct rope_edit *x, const struct index_item *item, const struct str *text, struct errinfo *e)
{
	struct change *changes = array_room(x->changes, x->count, &x->capacity, sizeof *changes);
	if (!changes)
		return ERR(e, NOMEM, "index change");
	x->changes = changes;
	struct change c = { .number = x->count, .removes = !text };
	c.line.key.created_ns = item->key.created_ns;
	c.line.member = item->member;
	if (!arena_str(&x->arena, item->name, &c.line.name) ||
	    !arena_str(&x->arena, item->key.version, &c.line.key.version) ||
	    !arena_str(&x->arena, text ? *text : STR(""), &c.line.text))
		return ERR(e, NOMEM, "index change");
	c.line.ends_piece = text && line_ends_piece(*text);
	x->changes[x->count++] = c;
	x->bytes += c.line.text.n;
	return OK;
}

enum err rope_put(struct rope_edit *x, const struct index_item *item, struct errinfo *e)
{
	struct str text;
	enum err rc = rope_item_check(item, e);
	if (!rc)
		rc = rope_line_text(x->base->format, item->line, &x->scratch, &text, e);
	return rc ? rc : add(x, item, &text, e);
}

enum err rope_remove(struct rope_edit *x, struct str name, const struct index_key *key,
                     struct errinfo *e)
{
	return add(x, &(struct index_item){ .name = name, .key = *key }, NULL, e);
}

static int change_cmp(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order = str_cmp(x->line.name, y->line.name);
	if (!order)
		order = str_cmp(x->line.key.version, y->line.key.version);
	return order ? order : (x->number > y->number) - (x->number < y->number);
}

static bool is_same_version(const struct line *x, const struct line *y)
{
	return str_eq(x->name, y->name) && str_eq(x->key.version, y->key.version);
}

/* Leaves the last change of every version. */
static void settle(struct rope_edit *x)
{
	size_t kept = 0;
	if (x->count > 1)
		qsort(x->changes, x->count, sizeof *x->changes, change_cmp);
	for (size_t i = 0; i < x->count; i++) {
		const struct change *c = &x->changes[i];
		if (i + 1 == x->count || !is_same_version(&c->line, &c[1].line))
			x->changes[kept++] = *c;
	}
	x->count = kept;
}

static int step_cmp(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	if (x->place.leaf != y->place.leaf)
		return x->place.leaf < y->place.leaf ? -1 : 1;
	if (x->place.at != y->place.at)
		return x->place.at < y->place.at ? -1 : 1;
	if (!x->line || !y->line)
		return !y->line - !x->line;
	int order = str_cmp(x->line->name, y->line->name);
	return order ? order : index_key_cmp(&x->line->key, &y->line->key);
}

/* At most two steps per change: the old line goes, the new one comes, perhaps elsewhere. */
static size_t make_steps(const struct rope_edit *x, struct step *steps)
{
	size_t n = 0;
	for (size_t i = 0; i < x->count; i++) {
		const struct line *l = &x->changes[i].line;
		struct place p;
		if (rope_find(x->base, l->name, l->key.version, &p))
			steps[n++] = (struct step){ p, NULL };
		if (x->changes[i].removes)
			continue;
		p = rope_seek(x->base, SEEK_KEY, l->name, &l->key);
		steps[n++] = (struct step){ p, l };
	}
	if (n > 1)
		qsort(steps, n, sizeof *steps, step_cmp);
	return n;
}

/* The lines of a leaf (NULL: none) with the steps that fall into it. */
static enum err merge(struct builder *b, const struct leaf *leaf, const struct step *s,
                      size_t count, struct errinfo *e)
{
	const struct step *end = s + count;
	uint32_t lines = leaf ? leaf->count : 0;
	enum err rc = OK;
	for (uint32_t at = 0; !rc && at <= lines; at++) {
		bool stays = at < lines;
		for (; !rc && s < end && s->place.at == at; s++) {
			if (s->line)
				rc = builder_line(b, *s->line, e);
			else
				stays = false;
		}
		if (!rc && stays)
			rc = builder_line(b, leaf_line(leaf, at), e);
	}
	return rc;
}

static enum err one_leaf(struct builder *b, struct leaf *leaf, const struct step *s, size_t count,
                         struct errinfo *e)
{
	if (count == 0 && builder_may_share(b, leaf))
		return builder_share(b, leaf, e);
	enum err rc = merge(b, leaf, s, count, e);
	if (!rc && b->run_count && b->run[b->run_count - 1].ends_piece)
		rc = builder_flush(b, e);
	return rc;
}

static enum err apply(struct builder *b, const struct rope *base, const struct step *s,
                      size_t count, struct errinfo *e)
{
	const struct step *end = s + count;
	enum err rc = OK;
	if (base->leaf_count == 0)
		return merge(b, NULL, s, count, e);
	for (uint32_t i = 0; !rc && i < base->leaf_count; i++) {
		size_t here = 0;
		while (s + here < end && s[here].place.leaf == i)
			here++;
		rc = one_leaf(b, base->leaves[i], s, here, e);
		s += here;
	}
	return rc;
}

enum err rope_commit(struct rope_edit *x, int64_t generated_ns, struct rope **ret,
                     struct errinfo *e)
{
	struct builder b = builder_make(x->base->format, x->base->bytes + x->bytes);
	enum err rc;
	settle(x);
	struct step *steps = calloc(2 * x->count + 1, sizeof *steps);
	if (!steps) {
		rc = ERR(e, NOMEM, "index changes");
		goto out;
	}
	rc = apply(&b, x->base, steps, make_steps(x, steps), e);
	if (!rc)
		rc = builder_finish(&b, generated_ns, ret, e);
out:
	free(steps);
	builder_done(&b);
	rope_edit_free(x);
	return rc;
}
