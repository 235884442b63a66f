/* No name twice, on any file system.
 *
 * The names are sorted without regard to case and with '/' before every other character: equal
 * ones become neighbours, and what lies below a name comes directly after it.                 */
#include <stdlib.h>

#include "indexer/format/tar_judge.h"

static int fold(char c)
{
	if (c == '/')
		return 0;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

static int compare(const void *left, const void *right)
{
	struct str a = (*(const struct tar_entry *const *)left)->member.name;
	struct str b = (*(const struct tar_entry *const *)right)->member.name;
	size_t n = a.n < b.n ? a.n : b.n;
	for (size_t i = 0; i < n; i++)
		if (a.p[i] != b.p[i] && fold(a.p[i]) != fold(b.p[i]))
			return fold(a.p[i]) - fold(b.p[i]);
	return (a.n > b.n) - (a.n < b.n);
}

static enum err judge_neighbours(const struct tar_entry *a, const struct tar_entry *b,
                                 struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES], other[TAR_SHOWN_MAX_BYTES];
	struct str before = a->member.name, after = b->member.name;
	if (after.n < before.n || !str_eq_nocase(before, str_first(after, before.n)))
		return OK;
	if (after.n == before.n && str_eq(before, after))
		return ERR(e, ARCHIVE, "%s: duplicate entry", tar_shown(after, shown));
	if (after.n == before.n)
		return ERR(e, ARCHIVE, "%s: duplicate entry, only the case differs from %.200s",
		           tar_shown(after, shown), tar_shown(before, other));
	if (after.p[before.n] == '/' && !a->directory)
		return ERR(e, ARCHIVE, "%s: is a file, but other members lie below it",
		           tar_shown(before, shown));
	return OK;
}

enum err tar_unique(struct arena *a, const struct tar_entries *entries, struct errinfo *e)
{
	const struct tar_entry **sorted = arena_array(a, entries->count, sizeof(void *));
	if (!sorted)
		return ERR(e, NOMEM, "the list of %zu members", entries->count);
	for (size_t i = 0; i < entries->count; i++)
		sorted[i] = &entries->p[i];
	qsort(sorted, entries->count, sizeof(void *), compare);
	enum err err = OK;
	for (size_t i = 1; i < entries->count && !err; i++)
		err = judge_neighbours(sorted[i - 1], sorted[i], e);
	return err;
}
