/* md4c is linear in nearly everything. What it is not linear in is counted here, before it sees
 * the text, and the text ends where that is too much:
 *
 *   - for each "]" and each address it may look at the whole paragraph before it, several times;
 *     a paragraph ends at an empty line at the latest;
 *   - for each empty line it looks at all the lists that are open.
 *
 * Wide rows and long addresses that many links share cost nothing before they are called back, and are
 * counted there (struct budget).                                                             */
#include "indexer/base/ascii.h"
#include "indexer/base/utf8.h"
#include "indexer/document/entity.h"
#include "indexer/document/markdown_parts.h"

#define FRONT_MATTER_MAX_BYTES (64u * KIB)

bool markdown_put(struct sbuf *b, struct str s)
{
	struct str fits = str_fit(s, b->limit - b->n);
	sbuf_put(b, fits);
	return fits.n == s.n;
}

void markdown_put_words(struct sbuf *b, MD_TEXTTYPE type, struct str s)
{
	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
		s = STR(" ");
	if (type == MD_TEXT_ENTITY && b->limit - b->n >= ENTITY_MAX_BYTES && s.n <= ENTITY_MAX_BYTES)
		entity_put(b, s);
	else if (type != MD_TEXT_HTML)
		(void)markdown_put(b, s);
}

static bool is_space(char c) { return c == ' ' || c == '\t'; }

/* Up to \n, \r\n or \r. */
static struct str take_line(struct str *s)
{
	size_t n = 0;
	while (n < s->n && s->p[n] != '\n' && s->p[n] != '\r')
		n++;
	struct str line = str_first(*s, n);
	n += n + 1 < s->n && s->p[n] == '\r' && s->p[n + 1] == '\n';
	*s = str_from(*s, n + 1);
	return line;
}

static bool is_key_letter(char c)
{
	return ascii_is_letter(c) || c == '_' || c == '-';
}

static bool is_key(struct str line)
{
	size_t n = 0;
	while (n < line.n && is_key_letter(line.p[n]))
		n++;
	return n && n < line.n && line.p[n] == ':';
}

/* "---", lines of YAML of which the first is a key, "---". */
static struct str skip_front_matter(struct str s)
{
	struct str rest = s;
	if (!str_eq_c(str_trim(take_line(&rest)), "---") || !is_key(rest))
		return s;
	while (rest.n && (size_t)(rest.p - s.p) < FRONT_MATTER_MAX_BYTES) {
		struct str line = str_trim(take_line(&rest));
		if (str_eq_c(line, "---") || str_eq_c(line, "..."))
			return rest;
	}
	return s;
}

static void put_clean(struct sbuf *b, struct str line)
{
	struct str run = line;
	while (line.n) {
		struct str at = line;
		uint32_t c = (unsigned char)line.p[0] < 0x80 ? (unsigned char)line.p[0] : utf8_next(&line);
		if (line.p == at.p)
			line = str_make(line.p + 1, line.n - 1);
		if (c != UTF8_REPLACEMENT && c != 0x7f && (c >= 0x20 || c == '\t'))
			continue;
		sbuf_put(b, str_first(run, run.n - at.n));
		if (c == UTF8_REPLACEMENT)
			sbuf_puts(b, "\xef\xbf\xbd");
		run = line;
	}
	sbuf_put(b, run);
}

/* "- |", as a list of YAML has it in code: GitHub, too, takes it for an element of a list. */
static bool is_element(struct str line)
{
	size_t n = 0;
	while (n < line.n && strchr(" \t>", line.p[n]))
		n++;
	return n + 1 < line.n && line.p[n] == '-' && is_space(line.p[n + 1]);
}

/* GitHub takes "|-|:-|" under a table's head, md4c takes no less than "|---|:--|". */
static bool is_short_underline(struct str line, struct str above)
{
	if (!str_has(above, '|') || is_element(line))
		return false;
	bool bar = false, dash = false, shorter = false;
	for (size_t i = 0, n = 0; i < line.n; i++) {
		if (!line.p[i] || !strchr(" \t>|:-", line.p[i]))
			return false;
		bar |= line.p[i] == '|';
		dash |= line.p[i] == '-';
		n = line.p[i] == '-' ? n + 1 : 0;
		shorter |= n && n < 3 && (i + 1 == line.n || line.p[i + 1] != '-');
	}
	return bar && dash && shorter;
}

static void put_underline(struct sbuf *b, struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		bool first = line.p[i] == '-' && (!i || line.p[i - 1] != '-');
		if (first)
			sbuf_puts(b, "--");
		sbuf_putc(b, line.p[i]);
	}
}

static bool is_blank(struct str line) { return !str_trim(line).n; }

static size_t number_bytes(struct str s)
{
	size_t n = 0;
	while (n < s.n && n < 9 && ascii_is_digit(s.p[n]))
		n++;
	return n && n < s.n && (s.p[n] == '.' || s.p[n] == ')') ? n + 1 : 0;
}

/* Of the mark of a quote or an item that s begins with. */
static size_t mark_bytes(struct str s)
{
	if (s.p[0] == '>')
		return 1;
	size_t n = strchr("-+*", s.p[0]) ? 1 : number_bytes(s);
	return n && (n == s.n || is_space(s.p[n])) ? n : 0;
}

/* How many quotes and lists could be open after this line. */
static size_t nesting(struct str line)
{
	size_t marks = 0, columns = 0, n;
	while (line.n) {
		if (is_space(line.p[0])) {
			columns += line.p[0] == '\t' ? 4 : 1;
			line = str_from(line, 1);
		} else if ((n = mark_bytes(line))) {
			marks++;
			line = str_from(line, n);
		} else {
			break;
		}
	}
	return marks ? marks + columns / 2 : 0;
}

/* What md4c may do for the line that begins `before` bytes after the beginning of its paragraph. */
static size_t work(struct str line, size_t before)
{
	size_t work = 0;
	for (size_t i = 0; i < line.n; i++) {
		char last = i ? line.p[i - 1] : ' ', c = line.p[i];
		if (c == ']' || c == '@' || (c == '/' && last == '/') || (c == '.' && last == 'w'))
			work += before + i;
	}
	return work;
}

static struct str first_lines(struct str s, size_t bytes)
{
	if (s.n <= bytes)
		return s;
	while (bytes && s.p[bytes - 1] != '\n')
		bytes--;
	return str_first(s, bytes);
}

void markdown_text(struct str text, struct sbuf *to, bool *ret_cut)
{
	struct str rest = skip_front_matter(str_without_mark(text));
	struct str shown = first_lines(rest, MARKDOWN_MAX_BYTES), above = STR("");
	size_t paragraph = 0, done = 0;
	bool cut = shown.n < rest.n;
	while (shown.n) {
		struct str line = take_line(&shown);
		size_t begin = to->n;
		if (is_short_underline(line, above))
			put_underline(to, line);
		else
			put_clean(to, line);
		sbuf_putc(to, '\n');
		if (!sbuf_ok(to))
			return;
		above = line;
		line = str_make(to->p + begin, to->n - begin - 1);
		done += work(line, begin - paragraph);
		paragraph = is_blank(line) ? to->n : paragraph;
		if (done > MARKDOWN_WORK_MAX || nesting(line) > MARKDOWN_MARKS_MAX) {
			to->n = begin;
			cut = true;
			break;
		}
	}
	char *behind = sbuf_reserve(to, MARKDOWN_PARSER_READS_BYTES);
	if (behind)
		memset(behind, 0, MARKDOWN_PARSER_READS_BYTES);
	*ret_cut = cut;
}
