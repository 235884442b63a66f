/* CHANGELOG.md, line by line: headings begin releases and sections, everything else is an element of a
 * list, a paragraph, or passed over. An entry grows while its lines follow each other and ends at an
 * empty line or where something else begins.                                                 */
#include "indexer/document/changelog_parts.h"

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/document/text_lines.h"

struct reader {
	struct arena *a;
	struct errinfo *e;
	struct changelog out;
	size_t release_room, entry_room, entry_count;
	struct changelog_entry *entries; /* of all releases, in order */
	bool in_release;                 /* the last one is open */
	unsigned level;                  /* of its heading */
	enum changelog_kind kind;        /* of the section */
	struct str entry;                /* what grows; p NULL: nothing */
	const char *begin;               /* of the release's Markdown */
	bool in_code, in_comment;
};

/* ---- entries and releases ---- */

bool changelog_line(struct arena *a, struct str text, struct str *ret, bool *ret_cut)
{
	size_t n = 0;
	char *line = arena_alloc(a, text.n);
	if (!line)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool space = (unsigned char)text.p[i] <= ' ';
		if (!space || (n && line[n - 1] != ' '))
			line[n++] = space ? ' ' : text.p[i];
	}
	*ret = str_trim(str_make(line, n));
	if (ret->n > CHANGELOG_ENTRY_MAX_BYTES) {
		*ret_cut = true;
		*ret = str_fit(*ret, CHANGELOG_ENTRY_MAX_BYTES);
	}
	return true;
}

static enum err add_entry(struct reader *r, struct str text)
{
	if (r->entry_count == CHANGELOG_ENTRIES_MAX) {
		r->out.cut = true;
		return OK;
	}
	struct changelog_entry *entries = arena_room(r->a, r->entries, r->entry_count, &r->entry_room,
	                                             sizeof *entries);
	if (!entries)
		return ERR(r->e, NOMEM, "a changelog");
	r->entries = entries;
	struct changelog_entry entry = { .kind = r->kind };
	if (!changelog_line(r->a, text, &entry.text, &r->out.cut))
		return ERR(r->e, NOMEM, "a changelog");
	if (!entry.text.n)
		return OK;
	entries[r->entry_count++] = entry;
	r->out.releases[r->out.count - 1].entry_count++;
	return OK;
}

static enum err end_entry(struct reader *r)
{
	struct str text = r->entry;
	r->entry = (struct str){ NULL, 0 };
	return text.p ? add_entry(r, text) : OK;
}

static struct str trim_lines(struct str s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	while (s.n && (s.p[0] == '\n' || s.p[0] == '\r'))
		s = str_from(s, 1);
	return s;
}

/* `end`: where the next heading begins. */
static enum err end_release(struct reader *r, const char *end)
{
	enum err err = end_entry(r);
	if (r->in_release)
		r->out.releases[r->out.count - 1].markdown =
			trim_lines(str_make(r->begin, (size_t)(end - r->begin)));
	r->in_release = false;
	return err;
}

static enum err begin_release(struct reader *r, const struct release_heading *h, unsigned level,
                              const char *begin)
{
	if (r->out.count == CHANGELOG_RELEASES_MAX) {
		r->out.cut = true;
		return OK;
	}
	struct changelog_release *releases = arena_room(r->a, r->out.releases, r->out.count,
	                                                &r->release_room, sizeof *releases);
	if (!releases)
		return ERR(r->e, NOMEM, "a changelog");
	r->out.releases = releases;
	releases[r->out.count++] = (struct changelog_release){ .version = h->version, .date = h->date };
	r->in_release = true;
	r->level = level;
	r->kind = CHANGE_NONE;
	r->begin = begin;
	return h->title.n ? add_entry(r, h->title) : OK;
}

/* ---- lines ---- */

static size_t indent_of(struct str line)
{
	size_t n = 0;
	while (n < line.n && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

/* Four columns, where a tab goes to the fourth. */
static bool is_indented_code(struct str line)
{
	size_t n = 0;
	while (n < line.n && n < 4 && line.p[n] == ' ')
		n++;
	return n == 4 || (n < line.n && line.p[n] == '\t');
}

/* The text of "## text ##"; its level, or 0 for another line. */
static unsigned heading_level(struct str line, struct str *ret)
{
	unsigned level = 0;
	if (is_indented_code(line))
		return 0;
	line = str_from(line, indent_of(line));
	while (level < line.n && line.p[level] == '#')
		level++;
	if (level > 6 || (level < line.n && line.p[level] != ' ' && line.p[level] != '\t'))
		return 0;
	line = str_trim(str_from(line, level));
	while (line.n && line.p[line.n - 1] == '#')
		line.n--;
	*ret = str_trim(line);
	return level;
}

/* 1 for a line of '=' alone, 2 for one of '-', of three at least; 0 for another. */
static unsigned underline_level(struct str line)
{
	line = str_trim(line);
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] != line.p[0])
			return 0;
	if (line.n < 3)
		return 0;
	return line.p[0] == '=' ? 1 : line.p[0] == '-' ? 2 : 0;
}

/* The text of "- text" or "1. text", however deep. */
static bool is_element(struct str line, struct str *ret)
{
	size_t n = 0;
	line = str_trim(line);
	while (n < line.n && n < 9 && ascii_is_digit(line.p[n]))
		n++;
	if (n >= line.n || !line.p[n] || !strchr(n ? ".)" : "-*+", line.p[n]))
		return false;
	*ret = str_trim(str_from(line, n + 1));
	return ret->n && (ret->p[-1] == ' ' || ret->p[-1] == '\t');
}

/* "**Added**" or "Added:" in a line of its own. */
static bool is_section_line(struct str line, enum changelog_kind *ret)
{
	struct str text = str_trim(line);
	bool is_bold = str_starts(text, STR("**")) &&
	               (str_ends(text, STR("**")) || str_ends(text, STR("**:")));
	bool is_word = str_ends(text, STR(":")) && !str_has(text, ' ');
	return (is_bold || is_word) && text.n <= CHANGELOG_DATE_MAX_BYTES && changelog_section(text, ret);
}

/* What is shown as written only: tables, HTML, quotes, images, definitions of links, rules, and elements
 * without text.                                                                              */
static bool is_other(struct str line)
{
	struct str text = str_trim(line);
	if (!text.n || strchr("|<>!", text.p[0]) || (text.n == 1 && strchr("-*+", text.p[0])))
		return true;
	if (text.p[0] == '[' && memmem(text.p, text.n, "]: ", 3))
		return true;
	return underline_level(line) || str_eq_c(text, "***") || str_eq_c(text, "___");
}

static bool is_fence(struct str line)
{
	struct str text = str_trim(line), rest = str_from(text, 3);
	if (str_starts(text, STR("~~~")))
		return true;
	return str_starts(text, STR("```")) && !str_has(rest, '`');
}

/* From a line that begins with "<!--" to one that has "-->", both whole; a fence inside is none, and the other
 * way round.                                                                                   */
static bool is_hidden(struct reader *r, struct str line)
{
	bool hidden = r->in_comment || (!r->in_code && str_starts(str_trim(line), STR("<!--")));
	r->in_comment = hidden && !memmem(line.p, line.n, "-->", 3);
	return hidden;
}

static enum err read_line(struct reader *r, struct str line)
{
	struct str text;
	if (is_hidden(r, line))
		return end_entry(r);
	bool fence = is_fence(line);
	if (fence || r->in_code) {
		r->in_code = r->in_code != fence;
		return end_entry(r);
	}
	if (!r->in_release)
		return OK;
	enum changelog_kind kind = r->kind;
	bool element = is_element(line, &text);
	if (element || is_other(line) || is_section_line(line, &kind)) {
		enum err err = end_entry(r);
		r->kind = kind;
		if (element)
			r->entry = text;
		return err;
	}
	if (r->entry.p)
		r->entry.n = (size_t)(line.p + line.n - r->entry.p);
	else if (indent_of(line) < 2 && !is_indented_code(line))
		r->entry = line;
	return OK;
}

static enum err read_heading(struct reader *r, struct str text, unsigned level, struct str line,
                             const char *behind)
{
	struct release_heading h;
	enum changelog_kind kind = CHANGE_NONE;
	enum err err = end_entry(r);
	bool is_release = changelog_heading(text, &h), is_section = changelog_section(text, &kind);
	if (is_release || (level <= r->level && !is_section))
		err = err ? err : end_release(r, line.p);
	if (!err && is_release)
		err = begin_release(r, &h, level, behind);
	else if (r->in_release)
		r->kind = kind;
	return err;
}

static enum err read_lines(struct reader *r, struct str text)
{
	struct text_lines lines = { text, 0 };
	const char *end = text.p + text.n;
	struct str line, next, heading;
	enum err err = OK;
	while (!err && text_next_line(&lines, &line)) {
		struct text_lines ahead = lines;
		bool as_written = r->in_code || r->in_comment;
		unsigned level = as_written ? 0 : heading_level(line, &heading);
		if (!level && !as_written && !is_other(line) && !is_element(line, &heading) &&
		    text_next_line(&ahead, &next) && (level = underline_level(next)) != 0) {
			heading = str_trim(line);
			lines = ahead;
		}
		const char *behind = lines.rest.n ? lines.rest.p : end;
		err = level ? read_heading(r, heading, level, line, behind) : read_line(r, line);
	}
	return err ? err : end_release(r, end);
}

enum err changelog_read(struct arena *a, struct str text, struct changelog *ret, struct errinfo *e)
{
	struct reader r = { .a = a, .e = e };
	enum err err = text.n ? read_lines(&r, str_without_mark(text)) : OK;
	if (err)
		return err;
	for (size_t i = 0, at = 0; i < r.out.count; at += r.out.releases[i++].entry_count)
		r.out.releases[i].entries = r.entries ? r.entries + at : NULL;
	*ret = r.out;
	return OK;
}
