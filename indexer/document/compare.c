/* The sections one after the other, and what they share. */
#include "indexer/document/compare_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"
#include "indexer/document/annotations.h"
#include "indexer/document/value_same.h"
#include "indexer/format/semver.h"

const char *compare_change_word(enum compare_change c)
{
	static const char *const words[] = { "removed", "added", "changed" };
	return words[c];
}

const char *compare_step_word(enum compare_step s)
{
	static const char *const words[] = { "other", "patch", "minor", "major" };
	return words[s];
}

enum compare_step compare_step_of(struct str old, struct str new)
{
	struct semver x, y;
	return semver_parse(old, &x) && semver_parse(new, &y) ? compare_step_between(&x, &y) : STEP_OTHER;
}

enum compare_step compare_step_between(const struct semver *old, const struct semver *new)
{
	if (!semver_cmp(old, new))
		return STEP_OTHER;
	return old->major != new->major ? STEP_MAJOR : old->minor != new->minor ? STEP_MINOR : STEP_PATCH;
}

/* ---- pairs ---- */

struct things { const char **at; size_t count; };

/* Equal ones in the order they have in their list. */
static int by_order(const void *a, const void *b, void *order)
{
	const void *x = *(const void *const *)a, *y = *(const void *const *)b;
	int way = (*(compare_order *const *)order)(x, y);
	return way ? way : ((uintptr_t)x > (uintptr_t)y) - ((uintptr_t)x < (uintptr_t)y);
}

static int by_pair(const void *a, const void *b, void *order)
{
	const struct compare_pair *p = a, *q = b;
	return (*(compare_order *const *)order)(p->old ?: p->new, q->old ?: q->new);
}

static bool take_things(struct arena *a, struct compare_list list, struct things *ret)
{
	*ret = (struct things){ arena_array(a, list.count, sizeof(void *)), list.count };
	for (size_t i = 0; ret->at && i < list.count; i++)
		ret->at[i] = (const char *)list.at + i * list.bytes_each;
	return ret->at != NULL;
}

/* Pairs those that are equal and leaves the others. */
static void pair_equal(struct things *old, struct things *new, compare_order *order,
                       struct compare_pairs *to)
{
	size_t o = 0, n = 0, olds = 0, news = 0;
	qsort_r(old->at, old->count, sizeof(void *), by_order, &order);
	qsort_r(new->at, new->count, sizeof(void *), by_order, &order);
	while (o < old->count || n < new->count) {
		int way = o == old->count ? 1 : n == new->count ? -1 : order(old->at[o], new->at[n]);
		if (way < 0)
			old->at[olds++] = old->at[o++];
		else if (way > 0)
			new->at[news++] = new->at[n++];
		else
			to->pairs[to->count++] = (struct compare_pair){ old->at[o++], new->at[n++] };
	}
	old->count = olds;
	new->count = news;
}

enum err compare_pair_up(struct comparer *x, struct compare_list old, struct compare_list new,
                         compare_order *const *orders, struct compare_pairs *ret)
{
	struct compare_pairs p = { arena_array(x->a, old.count + new.count, sizeof *p.pairs), 0 };
	compare_order *first = orders[0];
	struct things olds, news;
	if (!p.pairs || !take_things(x->a, old, &olds) || !take_things(x->a, new, &news))
		return ERR(x->e, NOMEM, "comparison");
	for (; *orders; orders++)
		pair_equal(&olds, &news, *orders, &p);
	for (size_t i = 0; i < olds.count; i++)
		p.pairs[p.count++] = (struct compare_pair){ olds.at[i], NULL };
	for (size_t i = 0; i < news.count; i++)
		p.pairs[p.count++] = (struct compare_pair){ NULL, news.at[i] };
	qsort_r(p.pairs, p.count, sizeof *p.pairs, by_pair, &first);
	*ret = p;
	return OK;
}

compare_order *const compare_by_str[] = { str_order, NULL };

enum err compare_keep(struct comparer *x, const struct sbuf *b, struct str *ret)
{
	if (!sbuf_ok(b) || !arena_str(x->a, sbuf_str(b), ret))
		return ERR(x->e, NOMEM, "comparison");
	return OK;
}

bool compare_same(struct comparer *x, const struct node *one, const struct node *other)
{
	bool same = value_same(&x->same_steps, one, other);
	x->c->cut |= !x->same_steps;
	return same || !x->same_steps;
}

enum err compare_problem(struct comparer *x, const struct chart *of, struct str text)
{
	struct comparison *c = x->c;
	const char *line = arena_printf(x->a, "%.*s: %.*s", STR_ARG(of->meta.version), STR_ARG(text));
	struct str *more = arena_room(x->a, c->problems, c->problem_count, &x->problem_room, sizeof *more);
	if (!line || !more)
		return ERR(x->e, NOMEM, "comparison");
	more[c->problem_count++] = str_c(line);
	c->problems = more;
	return OK;
}

/* ---- releases ---- */

/* <0, 0, >0; 0 also for what is no version. */
static int version_order(struct str one, struct str other)
{
	struct semver x, y;
	return semver_parse(one, &x) && semver_parse(other, &y) ? semver_cmp(&x, &y) : 0;
}

static bool speaks_of(const struct changelog *log, struct str version)
{
	for (size_t i = 0; i < log->count; i++)
		if (str_eq(log->releases[i].version, version))
			return true;
	return false;
}

/* Of the newer chart's annotations and the caller's, which say more than the CHANGELOG.md. */
static enum err read_notes(struct comparer *x, const struct chart *newer,
                           const struct changelog *notes, struct changelog *ret)
{
	struct chart_annotations annotations;
	size_t given = notes ? notes->count : 0;
	enum err err = annotations_read(x->a, &newer->meta, &annotations, x->e);
	if (err)
		return err;
	struct changelog_release *all = arena_array(x->a, given + 1, sizeof *all);
	if (!all)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < given; i++)
		all[i] = notes->releases[i];
	*ret = (struct changelog){ .releases = all, .count = given, .cut = notes && notes->cut };
	if (annotations.change_count && !speaks_of(ret, newer->meta.version))
		all[ret->count++] = (struct changelog_release){ .version = newer->meta.version,
			.entries = annotations.changes, .entry_count = annotations.change_count };
	return OK;
}

/* Two lists of releases, newest first, as one; of a version in both, what `notes` has. */
static enum err merge(struct comparer *x, const struct changelog *notes,
                      const struct changelog *written, struct changelog *ret)
{
	struct changelog all = { .cut = written->cut || notes->cut };
	all.releases = arena_array(x->a, written->count + notes->count, sizeof *all.releases);
	if (!all.releases)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t n = 0, w = 0; n < notes->count || w < written->count;) {
		int way = n == notes->count ? -1 : w == written->count ? 1
		        : version_order(notes->releases[n].version, written->releases[w].version);
		all.releases[all.count++] = way < 0 ? written->releases[w] : notes->releases[n];
		n += way >= 0;
		w += way <= 0;
	}
	*ret = all;
	return OK;
}

static enum err compare_releases(struct comparer *x, const struct changelog *notes)
{
	const struct chart *newer = x->c->backwards ? x->c->old : x->c->new;
	struct str from = x->c->backwards ? x->c->new->meta.version : x->c->old->meta.version;
	struct str to = newer->meta.version;
	struct changelog written, noted;
	enum err err = changelog_read(x->a, newer->changelog, &written, x->e);
	err = err ?: changelog_between(x->a, &written, from, to, &written, x->e);
	err = err ?: read_notes(x, newer, notes, &noted);
	err = err ?: changelog_between(x->a, &noted, from, to, &noted, x->e);
	return err ?: merge(x, &noted, &written, &x->c->releases);
}

static enum err read_side(struct arena *a, const struct chart *c, struct compare_side *ret,
                          struct errinfo *e)
{
	struct values_view *values = ARENA_NEW(a, struct values_view);
	struct chart_images *images = ARENA_NEW(a, struct chart_images);
	struct chart_kinds *kinds = ARENA_NEW(a, struct chart_kinds);
	enum err err = values && images && kinds ? OK : ERR(e, NOMEM, "comparison");
	err = err ?: values_view(a, c, values, e);
	err = err ?: images_read_all(a, c, images, e);
	err = err ?: kinds_read(a, c, kinds, e);
	if (!err)
		*ret = (struct compare_side){ c, values, images, kinds };
	return err;
}

enum err compare_sides(struct arena *a, const struct compare_side *old,
                       const struct compare_side *new, const struct changelog *notes,
                       struct comparison *ret, struct errinfo *e)
{
	static enum err (*const sections[])(struct comparer *) = {
		compare_metadata, compare_values, compare_schemas, compare_dependencies, compare_images,
		compare_kinds, compare_files,
	};
	struct comparison c = { .old = old->chart, .new = new->chart,
	                        .backwards = version_order(old->chart->meta.version,
	                                                   new->chart->meta.version) > 0 };
	struct comparer x = { .a = a, .c = &c, .e = e, .old = old, .new = new, .same_steps = VALUES_STEPS_MAX };
	enum err err = OK;
	for (size_t i = 0; i < sizeof sections / sizeof *sections && !err; i++)
		err = sections[i](&x);
	err = err ?: compare_releases(&x, notes);
	err = err ?: compare_summarize(&x);
	if (!err)
		*ret = c;
	return err;
}

enum err compare_charts(struct arena *a, const struct chart *old, const struct chart *new,
                        const struct changelog *notes, struct comparison *ret, struct errinfo *e)
{
	struct compare_side old_side, new_side;
	enum err err = read_side(a, old, &old_side, e);
	err = err ?: read_side(a, new, &new_side, e);
	return err ?: compare_sides(a, &old_side, &new_side, notes, ret, e);
}
