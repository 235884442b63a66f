/* Images. What is in both charts letter by letter goes first; then what is left of one repository is held
 * against each other, and at last what has the same name in another repository.              */
#include "indexer/document/compare_parts.h"

struct entry {
	const struct chart_image *image;
	struct image_parts parts;
	struct str name;                 /* the last segment of the repository */
};

static int by_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return str_cmp(x->image->image, y->image->image);
}

static int by_repository(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int way = str_cmp(x->parts.repository, y->parts.repository);
	return way ? way : str_cmp(x->parts.registry, y->parts.registry);
}

static int by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	return str_cmp(x->name, y->name);
}

static struct entry make_entry(const struct chart_image *image)
{
	struct entry n = { .image = image };
	if (!image_split(image->image, &n.parts))
		n.parts = (struct image_parts){ .repository = image->image };
	for (struct str rest = n.parts.repository; rest.n;)
		n.name = str_cut(&rest, '/', NULL);
	return n;
}

static enum err read_entries(struct comparer *x, const struct chart_images *found,
                             struct entry **ret, size_t *ret_count)
{
	struct entry *entries = arena_array(x->a, found->count, sizeof *entries);
	if (!entries)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < found->count; i++)
		entries[i] = make_entry(&found->images[i]);
	x->c->cut |= found->cut;
	*ret = entries;
	*ret_count = found->count;
	return OK;
}

static enum compare_step step_between(const struct entry *old, const struct entry *new)
{
	return by_repository(old, new) ? STEP_OTHER : compare_step_of(old->parts.tag, new->parts.tag);
}

static void put_row(struct comparison *c, const struct compare_pair *pair)
{
	static const enum compare_fact facts[] = {
		[STEP_OTHER] = FACT_IMAGES_OTHER, [STEP_PATCH] = FACT_IMAGES_PATCH,
		[STEP_MINOR] = FACT_IMAGES_MINOR, [STEP_MAJOR] = FACT_IMAGES_MAJOR,
	};
	const struct entry *old = pair->old, *new = pair->new;
	struct compare_image row = { .change = compare_change_of(pair) };
	row.old = old ? old->image : NULL;
	row.new = new ? new->image : NULL;
	if (row.change == COMPARE_CHANGED && !by_text(old, new)) {
		c->same_images++;
		return;
	}
	if (row.change == COMPARE_CHANGED)
		row.step = step_between(old, new);
	c->images[c->image_count++] = row;
	c->facts[row.change == COMPARE_REMOVED ? FACT_IMAGES_REMOVED
	       : row.change == COMPARE_ADDED ? FACT_IMAGES_ADDED : facts[row.step]]++;
}

enum err compare_images(struct comparer *x)
{
	static compare_order *const orders[] = { by_text, by_repository, by_name, NULL };
	struct comparison *c = x->c;
	struct entry *old, *new;
	size_t old_count, new_count;
	struct compare_pairs pairs;
	enum err err = read_entries(x, x->old->images, &old, &old_count);
	err = err ?: read_entries(x, x->new->images, &new, &new_count);
	err = err ?: compare_pair_up(x, COMPARE_LIST(old, old_count), COMPARE_LIST(new, new_count), orders,
	                             &pairs);
	if (err)
		return err;
	c->images = arena_array(x->a, pairs.count, sizeof *c->images);
	if (!c->images)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count; i++)
		put_row(c, &pairs.pairs[i]);
	return OK;
}
