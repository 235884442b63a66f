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

struct line {
	struct str text;                 /* with its newline */
	uint64_t hash;
	uint32_t number;
};

struct lines {
	struct line *at;
	size_t count;
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

static struct str last_line(struct str text)
{
	size_t from = text.n - 1;
	while (from && text.p[from - 1] != '\n')
		from--;
	return str_from(text, from);
}

/* ---- the coarse answer ---- */

static bool has_nul(struct str s) { return s.n && memchr(s.p, 0, s.n); }

static size_t equal_beginning(struct str old, struct str new)
{
	size_t n = 0, least = old.n < new.n ? old.n : new.n;
	while (n < least && old.p[n] == new.p[n])
		n++;
	while (n && old.p[n - 1] != '\n')
		n--;
	return n;
}

void diff_coarsely(struct str old, struct str new, struct diff *ret)
{
	*ret = (struct diff){ .binary = has_nul(old) || has_nul(new) };
	if (ret->binary || str_eq(old, new))
		return;
	size_t n = equal_beginning(old, new);
	old = str_from(old, n);
	new = str_from(new, n);
	while (old.n && new.n && str_eq(last_line(old), last_line(new))) {
		size_t equal = last_line(old).n;
		old.n -= equal;
		new.n -= equal;
	}
	ret->removed = (uint32_t)count_lines(old);
	ret->added = (uint32_t)count_lines(new);
	ret->cut = true;
}

/* ---- lines as numbers ---- */

static int by_text(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return str_cmp(x->text, y->text);
}

static void split(struct str text, struct line *to)
{
	while (text.n) {
		struct str line = cut_line(&text);
		*to++ = (struct line){ .text = line, .hash = str_hash(line, STR_HASH_START) };
	}
}

static bool number_lines(struct arena *a, struct line *lines, size_t count)
{
	struct line **sorted = arena_array(a, count, sizeof(void *));
	if (!sorted)
		return false;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &lines[i];
	qsort(sorted, count, sizeof *sorted, by_text);
	for (size_t i = 1; i < count; i++)
		sorted[i]->number = sorted[i - 1]->number + (by_text(&sorted[i - 1], &sorted[i]) != 0);
	return true;
}

static void write_number(const struct line *line, struct sbuf *b)
{
	if (line->text.p[0] != '\n') {
		for (size_t i = 0; i < line->text.n && i < DIFF_INDENT_MAX_BYTES && line->text.p[i] == ' '; i++)
			sbuf_putc(b, ' ');
		for (int i = NUMBER_DIGITS - 1; i >= 0; i--)
			sbuf_putc(b, (char)('0' + (line->number >> (4 * i) & 15)));
	}
	sbuf_putc(b, '\n');
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
		to.old_line = (uint32_t)from->old_lineno;
	if (to.kind != DIFF_OLD)
		to.new_line = (uint32_t)from->new_lineno;
	to.text = to.kind == DIFF_NEW ? new->at[to.new_line - 1].text : old->at[to.old_line - 1].text;
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
	ret->old_from = (uint32_t)hunk->old_start;
	ret->new_from = (uint32_t)hunk->new_start;
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

static bool is_small(struct str text, size_t lines)
{
	return text.n <= DIFF_TEXT_MAX_BYTES && lines <= DIFF_LINES_MAX;
}

enum err diff_texts(struct arena *a, struct str old, struct str new, uint32_t context,
                    struct diff *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	size_t old_count = count_lines(old), new_count = count_lines(new), both = old_count + new_count;
	if (str_eq(old, new) || has_nul(old) || has_nul(new) || !is_small(old, old_count) ||
	    !is_small(new, new_count)) {
		diff_coarsely(old, new, ret);
		return OK;
	}
	struct line *lines = arena_array(&scratch, both, sizeof *lines);
	if (!lines)
		return ERR(e, NOMEM, "differences");
	split(old, lines);
	split(new, lines + old_count);
	if (!number_lines(&scratch, lines, both))
		return ERR(e, NOMEM, "differences");
	return compare_lines(a, &(struct lines){ lines, old_count },
	                     &(struct lines){ lines + old_count, new_count }, context, ret, e);
}
