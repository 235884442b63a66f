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
#include "indexer/document/text_lines.h"

#define DIFF_INDENT_MAX_BYTES 40u
#define NUMBER_DIGITS 3              /* of six bits: more than 2 × DIFF_LINES_MAX lines */
#define LOOKS_PER_LINE 8u            /* at lines that are others; by chance it is less than one */

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
	ret->removed = (uint32_t)text_count_lines(str_first(old, old.n - end));
	ret->added = (uint32_t)text_count_lines(str_first(new, new.n - end));
	ret->bytes = old.n + new.n - 2 * end;
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
	uint32_t skipped = (uint32_t)text_count_lines(str_first(*old, from));
	*old = str_from(str_first(*old, old->n - end + kept), from);
	*new = str_from(str_first(*new, new->n - end + kept), from);
	return skipped;
}

/* ---- lines as numbers ---- */

/* The first of the lines that are equal, where its hash says or after it. */
struct slot { uint64_t hash; const struct line *line; };

struct numbering {
	struct slot *slots;
	size_t mask, looks_left;
	uint32_t count;
};

static uint64_t hash_line(struct str s)
{
	const uint64_t odd = 0x9e3779b97f4a7c15u;
	uint64_t hash = s.n, eight;
	for (; s.n; s = str_from(s, sizeof eight)) {
		eight = 0;
		memcpy(&eight, s.p, s.n < sizeof eight ? s.n : sizeof eight);
		hash = (hash ^ eight) * odd;
		hash ^= hash >> 32;
	}
	return hash;
}

/* False: lines were made to have the same hash. */
static bool number_line(struct numbering *n, struct line *line)
{
	uint64_t hash = hash_line(line->text);
	size_t at = hash & n->mask;
	for (; n->slots[at].line; at = (at + 1) & n->mask) {
		if (n->slots[at].hash == hash && str_eq(n->slots[at].line->text, line->text)) {
			line->number = n->slots[at].line->number;
			return true;
		}
		if (!n->looks_left--)
			return false;
	}
	line->number = n->count++;
	n->slots[at] = (struct slot){ hash, line };
	return true;
}

static bool number_all(struct numbering *n, const struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!number_line(n, &lines->at[i]))
			return false;
	return true;
}

/* False: they cannot be told from each other in time. */
static enum err number_lines(struct arena *a, const struct lines *old, const struct lines *new,
                             bool *ret, struct errinfo *e)
{
	size_t count = old->count + new->count, slots = 16;
	while (slots < 2 * count)
		slots *= 2;
	struct numbering n = { .slots = arena_array(a, slots, sizeof *n.slots), .mask = slots - 1,
	                       .looks_left = LOOKS_PER_LINE * count };
	if (!n.slots)
		return ERR(e, NOMEM, "differences");
	*ret = number_all(&n, old) && number_all(&n, new);
	return OK;
}

static void write_number(const struct line *line, size_t indent_max, struct sbuf *b)
{
	char text[DIFF_INDENT_MAX_BYTES + NUMBER_DIGITS + 1];
	size_t n = 0;
	if (line->text.p[0] != '\n') {
		for (; n < line->text.n && n < indent_max && line->text.p[n] == ' '; n++)
			text[n] = ' ';
		for (int i = NUMBER_DIGITS - 1; i >= 0; i--)
			text[n++] = (char)('0' + (line->number >> (6 * i) & 63));
	}
	text[n++] = '\n';
	sbuf_put(b, str_make(text, n));
}

static void write_numbers(const struct lines *lines, size_t indent_max, struct sbuf *b)
{
	for (size_t i = 0; i < lines->count; i++)
		write_number(&lines->at[i], indent_max, b);
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

static enum err take_counts(git_patch *patch, struct diff *ret, struct errinfo *e)
{
	size_t added, removed;
	if (git_patch_line_stats(NULL, &added, &removed, patch))
		return git_failed(e);
	*ret = (struct diff){ .added = (uint32_t)added, .removed = (uint32_t)removed };
	return OK;
}

static enum err take_patch(struct arena *a, git_patch *patch, const struct lines *old,
                           const struct lines *new, struct diff *ret, struct errinfo *e)
{
	struct diff d;
	enum err err = take_counts(patch, &d, e);
	if (err)
		return err;
	d.hunk_count = git_patch_num_hunks(patch);
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

/* Without an arena the lines are counted alone, for which their indentation is of no use. */
static enum err compare_lines(struct arena *a, const struct lines *old, const struct lines *new,
                              uint32_t context, struct diff *ret, struct errinfo *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const size_t indent_max = a ? DIFF_INDENT_MAX_BYTES : 0;
	const size_t most = (indent_max + NUMBER_DIGITS + 1) * (size_t)DIFF_LINES_MAX;
	AUTO_SBUF struct sbuf x = sbuf_make(most), y = sbuf_make(most);
	git_diff_options options;
	git_patch *patch = NULL;
	write_numbers(old, indent_max, &x);
	write_numbers(new, indent_max, &y);
	if (!sbuf_ok(&x) || !sbuf_ok(&y))
		return ERR(e, NOMEM, "differences");
	pthread_once(&once, start_git);
	if (git_started < 0 || git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION))
		return git_failed(e);
	options.flags = GIT_DIFF_FORCE_TEXT | (a ? GIT_DIFF_INDENT_HEURISTIC : 0);
	options.context_lines = context;
	if (git_patch_from_buffers(&patch, x.p, x.n, NULL, y.p, y.n, NULL, &options))
		return git_failed(e);
	enum err err = a ? take_patch(a, patch, old, new, ret, e) : take_counts(patch, ret, e);
	git_patch_free(patch);
	return err;
}

/* False: there is too much of it. */
static bool is_small(struct str text, size_t *ret_lines)
{
	*ret_lines = text.n <= DIFF_TEXT_MAX_BYTES ? text_count_lines(text) : SIZE_MAX;
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

static enum err compare_texts(struct arena *a, struct str old, struct str new, uint32_t context,
                              struct diff *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct str old_part = old, new_part = new;
	struct lines olds, news;
	size_t old_count, new_count;
	bool told;
	uint32_t margin = context > DIFF_MARGIN_LINES ? context : DIFF_MARGIN_LINES;
	uint32_t skipped = trim(&old_part, &new_part, margin);
	if (str_eq(old, new) || has_nul(old) || has_nul(new) || !is_small(old_part, &old_count) ||
	    !is_small(new_part, &new_count)) {
		diff_coarsely(old, new, ret);
		return OK;
	}
	if (!take_lines(&scratch, old_part, old_count, skipped, &olds) ||
	    !take_lines(&scratch, new_part, new_count, skipped, &news))
		return ERR(e, NOMEM, "differences");
	enum err err = number_lines(&scratch, &olds, &news, &told, e);
	if (!err && !told)
		diff_coarsely(old, new, ret);
	return err || !told ? err : compare_lines(a, &olds, &news, context, ret, e);
}

enum err diff_texts(struct arena *a, struct str old, struct str new, uint32_t context,
                    struct diff *ret, struct errinfo *e)
{
	return compare_texts(a, old, new, context, ret, e);
}

enum err diff_count(struct str old, struct str new, struct diff *ret, struct errinfo *e)
{
	return compare_texts(NULL, old, new, 0, ret, e);
}
