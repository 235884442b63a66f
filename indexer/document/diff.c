/* libgit2's xdiff, which gets no text of a stranger's: the lines of both texts are numbered first,
 * equal ones alike, and what it compares are the numbers. So lines cannot be crafted that collide
 * in its hash table, and what it costs depends on their count alone. Before a number stands as much
 * indentation as the line has, by which libgit2 chooses the nicer of equally short answers.
 *
 * The only user of libgit2. Without a repository it reads no configuration; its start, once, reads
 * the certificates of the system, for which it is not used.                                  */
#include "indexer/document/diff.h"

#include <git2.h>
#include <pthread.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"

#define DIFF_INDENT_MAX_BYTES 40u
#define NUMBER_DIGITS 5              /* of four bits: more than 2 × DIFF_LINES_MAX lines */

/* Equal lines around what differs that libgit2 gets to see: as far as it moves a group of lines. */
#define DIFF_MARGIN_LINES 128u

struct line {
	struct str text;                 /* with its newline */
	uint32_t number;
};

/* Of one text, from a line on. */
struct lines {
	struct line *at;
	size_t count;
	uint32_t skipped;                /* lines before them */
};

static size_t count_lines(struct str text)
{
	size_t n = 0;
	while (text.n) {
		str_cut(&text, '\n', NULL);
		n++;
	}
	return n;
}

static struct str cut_line(struct str *rest)
{
	struct str whole = *rest;
	bool ended;
	struct str line = str_cut(rest, '\n', &ended);
	return str_first(whole, line.n + ended);
}

/* ---- the coarse answer ---- */

static bool has_nul(struct str s) { return s.n && memchr(s.p, 0, s.n); }

/* Bytes of whole lines. */
static size_t equal_beginning(struct str old, struct str new)
{
	size_t n = 0, least = old.n < new.n ? old.n : new.n;
	while (n < least && old.p[n] == new.p[n])
		n++;
	while (n && old.p[n - 1] != '\n')
		n--;
	return n;
}

static bool begins_line(struct str s, size_t from_end)
{
	return from_end == s.n || s.p[s.n - from_end - 1] == '\n';
}

static size_t equal_end(struct str old, struct str new)
{
	size_t n = 0, least = old.n < new.n ? old.n : new.n;
	while (n < least && old.p[old.n - 1 - n] == new.p[new.n - 1 - n])
		n++;
	if (begins_line(old, n) && begins_line(new, n))
		return n;
	const char *newline = n ? memchr(old.p + old.n - n, '\n', n) : NULL;
	return newline ? (size_t)(old.p + old.n - newline) - 1 : 0;
}

void diff_coarsely(struct str old, struct str new, struct diff *ret)
{
	*ret = (struct diff){ .binary = has_nul(old) || has_nul(new) };
	if (ret->binary || str_eq(old, new))
		return;
	size_t beginning = equal_beginning(old, new);
	old = str_from(old, beginning);
	new = str_from(new, beginning);
	size_t end = equal_end(old, new);
	ret->removed = (uint32_t)count_lines(str_first(old, old.n - end));
	ret->added = (uint32_t)count_lines(str_first(new, new.n - end));
	ret->cut = true;
}

/* ---- what differs ---- */

static size_t back_by_lines(struct str s, size_t at, uint32_t lines)
{
	for (; at && lines; lines--) {
		const char *newline = memrchr(s.p, '\n', at - 1);
		at = newline ? (size_t)(newline - s.p) + 1 : 0;
	}
	return at;
}

static size_t ahead_by_lines(struct str s, size_t at, uint32_t lines)
{
	for (struct str rest = str_from(s, at); rest.n && lines; lines--) {
		str_cut(&rest, '\n', NULL);
		at = s.n - rest.n;
	}
	return at;
}

/* Leaves what differs, with `margin` equal lines around it; returns how many lines came before. */
static uint32_t trim(struct str *old, struct str *new, uint32_t margin)
{
	size_t beginning = equal_beginning(*old, *new);
	size_t end = equal_end(str_from(*old, beginning), str_from(*new, beginning));
	size_t kept = ahead_by_lines(*old, old->n - end, margin) - (old->n - end);
	size_t from = back_by_lines(*old, beginning, margin);
	uint32_t skipped = (uint32_t)count_lines(str_first(*old, from));
	*old = str_from(str_first(*old, old->n - end + kept), from);
	*new = str_from(str_first(*new, new->n - end + kept), from);
	return skipped;
}

/* ---- lines as numbers ---- */

struct hashed { uint64_t hash; struct line *line; };

static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static int by_text(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;
	int way = by_hash(a, b);
	return way ? way : str_cmp(x->line->text, y->line->text);
}

static void hash_lines(const struct lines *lines, struct hashed *to)
{
	for (size_t i = 0; i < lines->count; i++)
		to[i] = (struct hashed){ str_hash(lines->at[i].text, STR_HASH_START), &lines->at[i] };
}

/* False: lines that differ have the same hash, so equal ones may not stand together. */
static bool give_numbers(const struct hashed *sorted, size_t count)
{
	bool together = true;
	for (size_t i = 1; i < count; i++) {
		bool same_hash = sorted[i - 1].hash == sorted[i].hash;
		bool same = same_hash && str_eq(sorted[i - 1].line->text, sorted[i].line->text);
		sorted[i].line->number = sorted[i - 1].line->number + !same;
		together &= same == same_hash;
	}
	return together;
}

static bool number_lines(struct arena *a, const struct lines *old, const struct lines *new)
{
	size_t count = old->count + new->count;
	struct hashed *sorted = arena_array(a, count, sizeof *sorted);
	if (!sorted)
		return false;
	hash_lines(old, sorted);
	hash_lines(new, sorted + old->count);
	qsort(sorted, count, sizeof *sorted, by_hash);
	if (!give_numbers(sorted, count)) {
		qsort(sorted, count, sizeof *sorted, by_text);
		(void)give_numbers(sorted, count);
	}
	return true;
}

static void write_number(const struct line *line, struct sbuf *b)
{
	char text[DIFF_INDENT_MAX_BYTES + NUMBER_DIGITS + 1];
	size_t n = 0;
	if (line->text.p[0] != '\n') {
		for (; n < line->text.n && n < DIFF_INDENT_MAX_BYTES && line->text.p[n] == ' '; n++)
			text[n] = ' ';
		for (int i = NUMBER_DIGITS - 1; i >= 0; i--)
			text[n++] = (char)('0' + (line->number >> (4 * i) & 15));
	}
	text[n++] = '\n';
	sbuf_put(b, str_make(text, n));
}

static void write_numbers(const struct lines *lines, struct sbuf *b)
{
	for (size_t i = 0; i < lines->count; i++)
		write_number(&lines->at[i], b);
}

/* ---- the answer ---- */

static enum err git_failed(struct errinfo *e)
{
	const git_error *last = git_error_last();
	if (last && last->klass == GIT_ERROR_NOMEMORY)
		return ERR(e, NOMEM, "differences");
	return ERR(e, BUG, "libgit2: %s", last ? last->message : "no reason given");
}

static struct diff_line take_line(const git_diff_line *from, const struct lines *old,
                                  const struct lines *new)
{
	struct diff_line to = { .kind = from->new_lineno < 0 ? DIFF_OLD
	                              : from->old_lineno < 0 ? DIFF_NEW : DIFF_SAME };
	if (to.kind != DIFF_NEW)
		to.old_line = (uint32_t)from->old_lineno + old->skipped;
	if (to.kind != DIFF_OLD)
		to.new_line = (uint32_t)from->new_lineno + new->skipped;
	to.text = to.kind == DIFF_NEW ? new->at[from->new_lineno - 1].text
	                              : old->at[from->old_lineno - 1].text;
	to.unended = to.text.p[to.text.n - 1] != '\n';
	to.text.n -= !to.unended;
	return to;
}

static enum err take_hunk(struct arena *a, git_patch *patch, size_t at, const struct lines *old,
                          const struct lines *new, struct diff_hunk *ret, struct errinfo *e)
{
	const git_diff_hunk *hunk;
	const git_diff_line *line;
	if (git_patch_get_hunk(&hunk, &ret->count, patch, at))
		return git_failed(e);
	ret->old_from = (uint32_t)hunk->old_start + old->skipped;
	ret->new_from = (uint32_t)hunk->new_start + new->skipped;
	ret->old_count = (uint32_t)hunk->old_lines;
	ret->new_count = (uint32_t)hunk->new_lines;
	ret->lines = arena_array(a, ret->count, sizeof *ret->lines);
	if (!ret->lines)
		return ERR(e, NOMEM, "differences");
	for (size_t i = 0; i < ret->count; i++) {
		if (git_patch_get_line_in_hunk(&line, patch, at, i))
			return git_failed(e);
		ret->lines[i] = take_line(line, old, new);
	}
	return OK;
}

static enum err take_patch(struct arena *a, git_patch *patch, const struct lines *old,
                           const struct lines *new, struct diff *ret, struct errinfo *e)
{
	struct diff d = { .hunk_count = git_patch_num_hunks(patch) };
	size_t added, removed;
	enum err err = OK;
	if (git_patch_line_stats(NULL, &added, &removed, patch))
		return git_failed(e);
	d.added = (uint32_t)added;
	d.removed = (uint32_t)removed;
	d.hunks = arena_array(a, d.hunk_count, sizeof *d.hunks);
	if (!d.hunks)
		return ERR(e, NOMEM, "differences");
	for (size_t i = 0; i < d.hunk_count && !err; i++)
		err = take_hunk(a, patch, i, old, new, &d.hunks[i], e);
	if (!err)
		*ret = d;
	return err;
}

static int git_started;
static void start_git(void) { git_started = git_libgit2_init(); }

static enum err compare_lines(struct arena *a, const struct lines *old, const struct lines *new,
                              uint32_t context, struct diff *ret, struct errinfo *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const size_t most = (DIFF_INDENT_MAX_BYTES + NUMBER_DIGITS + 1) * (size_t)DIFF_LINES_MAX;
	AUTO_SBUF struct sbuf x = sbuf_make(most), y = sbuf_make(most);
	git_diff_options options;
	git_patch *patch = NULL;
	write_numbers(old, &x);
	write_numbers(new, &y);
	if (!sbuf_ok(&x) || !sbuf_ok(&y))
		return ERR(e, NOMEM, "differences");
	pthread_once(&once, start_git);
	if (git_started < 0 || git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION))
		return git_failed(e);
	options.flags = GIT_DIFF_FORCE_TEXT | GIT_DIFF_INDENT_HEURISTIC;
	options.context_lines = context;
	if (git_patch_from_buffers(&patch, x.p, x.n, NULL, y.p, y.n, NULL, &options))
		return git_failed(e);
	enum err err = take_patch(a, patch, old, new, ret, e);
	git_patch_free(patch);
	return err;
}

/* False: there is too much of it. */
static bool is_small(struct str text, size_t *ret_lines)
{
	*ret_lines = text.n <= DIFF_TEXT_MAX_BYTES ? count_lines(text) : SIZE_MAX;
	return *ret_lines <= DIFF_LINES_MAX;
}

static bool take_lines(struct arena *a, struct str text, size_t count, uint32_t skipped,
                       struct lines *ret)
{
	*ret = (struct lines){ arena_array(a, count, sizeof *ret->at), count, skipped };
	for (size_t i = 0; ret->at && i < count; i++)
		ret->at[i].text = cut_line(&text);
	return ret->at != NULL;
}

enum err diff_texts(struct arena *a, struct str old, struct str new, uint32_t context,
                    struct diff *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct str old_part = old, new_part = new;
	struct lines olds, news;
	size_t old_count, new_count;
	uint32_t margin = context > DIFF_MARGIN_LINES ? context : DIFF_MARGIN_LINES;
	uint32_t skipped = trim(&old_part, &new_part, margin);
	if (str_eq(old, new) || has_nul(old) || has_nul(new) || !is_small(old_part, &old_count) ||
	    !is_small(new_part, &new_count)) {
		diff_coarsely(old, new, ret);
		return OK;
	}
	if (!take_lines(&scratch, old_part, old_count, skipped, &olds) ||
	    !take_lines(&scratch, new_part, new_count, skipped, &news) ||
	    !number_lines(&scratch, &olds, &news))
		return ERR(e, NOMEM, "differences");
	return compare_lines(a, &olds, &news, context, ret, e);
}
