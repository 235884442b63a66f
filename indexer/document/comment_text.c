/* What of a comment is documentation. There is no standard for it, so this is a set of habits, read
 * from a thousand charts: "##" introduces what is said and "#" what is commented out; a sentence
 * belongs to the key below it, unless a commented-out key stands between; examples below a
 * sentence belong to it.                                                                    */
#include "indexer/document/comment_text.h"

#include "indexer/base/ascii.h"

/* What a line is. */
enum kind {
	BLANK,                           /* nothing, a ruler, or what no reader needs */
	PROSE,
	CODE,                            /* YAML that is commented out, or an example */
	START,                           /* helm-docs: "-- text"; what stands above it does not count */
	DEFAULT,                         /* helm-docs: "@default -- text" */
	TAG,                             /* any other "@word" */
};

struct line {
	struct str text;                 /* behind '#' and one space */
	unsigned hashes;
	enum kind kind;
};

static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

static struct str trim_end(struct str s)
{
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static struct str take_word(struct str *s)
{
	*s = str_trim(*s);
	struct str word = str_cut(s, ' ', NULL);
	*s = str_trim(*s);
	return word;
}

/* ---- lines that are commented out ---- */

static bool is_key(struct str s)
{
	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !strchr("_./-\"'$<>", s.p[i]))
			return false;
	return true;
}

/* "Note:", "ref:", "Example:", but not "limits:", "API_KEY:" or "nodeSelector:". */
static bool introduces(struct str key)
{
	static const char *const words[] = { "ref", "refs", "see", "note", "notes", "nb", "example",
	                                     "examples", "default", "defaults", "e.g.", "eg", "i.e.",
	                                     "warning", "todo", "tip", "important", "http", "https" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(key, str_c(words[i])))
			return true;
	return key.n > 1 && is_upper(key.p[0]) && is_lower(key.p[1]);
}

static bool is_pair(struct str s)
{
	bool found;
	struct str key = str_cut(&s, ':', &found);
	if (!found || !is_key(key) || (s.n && s.p[0] != ' ') || introduces(key))
		return false;
	s = str_trim(s);
	return !s.n || strchr("\"'[{|<>&*!", s.p[0]) || !str_has(s, ' ') || memmem(s.p, s.n, " #", 2);
}

static bool is_code(struct str s)
{
	s = str_trim(s);
	if (!str_starts(s, STR("- ")))
		return is_pair(s);
	s = str_trim(str_from(s, 2));
	return is_pair(s) || !str_has(s, ' ') || strchr("\"'[{", s.p[0]);
}

/* ---- what a line is ---- */

/* helm create's own sentences, and what speaks to programs. */
static bool is_boilerplate(struct str s)
{
	static const char *const beginnings[] = {
		"Default values for ", "This is a YAML-formatted file", "Declare variables to be passed into",
		"Declare name/value pairs to be passed into", "yaml-language-server:", "yamllint ",
		"yamllint:", "vim:", "-*-", "noqa", "nosec", "renovate:", "checkov:", "prettier-ignore",
	};
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (str_starts(s, str_c(beginnings[i])))
			return true;
	return false;
}

static bool is_ruler(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("-=#*~_+. ", s.p[i]))
			return false;
	return s.n > 2;
}

/* "-- text", or "path -- text" of this very value. */
static bool is_start(struct str s, struct str path)
{
	if (!str_starts(s, STR("-- ")) && !str_eq(s, STR("--"))) {
		struct str word = take_word(&s);
		return path.n && str_eq(word, path) && str_starts(s, STR("-- "));
	}
	return true;
}

static enum kind kind_of(struct str s, struct str path)
{
	struct comment_param other;
	if (is_start(s, path))
		return START;
	if (!s.n || is_ruler(s) || is_boilerplate(s))
		return BLANK;
	if (s.p[0] == '@')
		return str_starts(s, STR("@default -- ")) ? DEFAULT : TAG;
	if (comment_text_param(s, &other))
		return TAG;
	return is_code(s) ? CODE : PROSE;
}

static struct line read_line(struct str raw, struct str path)
{
	struct line l = { .text = str_trim(raw) };
	while (l.text.n && l.text.p[0] == '#') {
		l.text = str_from(l.text, 1);
		l.hashes++;
	}
	if (l.text.n && l.text.p[0] == ' ')
		l.text = str_from(l.text, 1);
	if (str_ends(l.text, STR("##")))
		while (l.text.n && l.text.p[l.text.n - 1] == '#')
			l.text.n--;
	l.text = trim_end(l.text);
	l.kind = kind_of(str_trim(l.text), path);
	return l;
}

/* ---- tags that hold several lines ---- */

/* What stands between "@schema" and "@schema", or start and end of a description of a section. */
static void blank_regions(struct line *lines, size_t count)
{
	bool in_schema = false, in_description = false;
	for (size_t i = 0; i < count; i++) {
		struct str s = str_trim(lines[i].text);
		if (lines[i].kind == TAG && (str_eq(s, STR("@schema")) || str_eq(s, STR("@schema.root"))))
			in_schema = !in_schema;
		else if (lines[i].kind == TAG && str_starts(s, STR("@descriptionStart")))
			in_description = true;
		else if (lines[i].kind == TAG && str_starts(s, STR("@descriptionEnd")))
			in_description = false;
		else if (in_schema || in_description)
			lines[i].kind = BLANK;
	}
}

static bool is_license(const struct comment_block *block, const struct line *lines)
{
	static const char *const words[] = { "Copyright", "SPDX-License-Identifier", "Licensed under" };
	for (size_t i = 0; block->first_line == 1 && i < block->count; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++)
			if (str_has_nocase(lines[i].text, str_c(words[j])))
				return true;
	return false;
}

/* ---- what of a block counts ---- */

/* What is deeper than the code above it belongs to it. */
static void extend_code(struct line *lines, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (lines[i].kind == PROSE && lines[i - 1].kind == CODE &&
		    str_starts(lines[i].text, STR("  ")))
			lines[i].kind = CODE;
}

/* Another key of the same map, commented out. A dot or a slash is in names of annotations, which are
 * examples.                                                                                 */
static bool is_sibling(const struct line *l, struct str own_key)
{
	struct str s = l->text, key = str_cut(&s, ':', NULL);
	return l->kind == CODE && key.n && key.p[0] != ' ' && !str_starts(l->text, STR("- ")) &&
	       !str_eq(key, own_key) && !str_has(key, '.') && !str_has(key, '/');
}

/* Whether the sentence before a line says that an example follows. */
static bool is_example(const struct line *lines, size_t index)
{
	while (index && lines[index - 1].kind == BLANK)
		index--;
	if (!index || lines[index - 1].kind != PROSE)
		return false;
	struct str s = lines[index - 1].text;
	return str_ends(s, STR(":")) || str_has_nocase(s, STR("example")) ||
	       str_has_nocase(s, STR("e.g"));
}

/* The first line that counts; count: none. What stands above a sibling is about that. */
static size_t find_start(const struct comment_block *block, const struct line *lines, size_t count)
{
	for (size_t i = count; i > 0; i--)
		if (lines[i - 1].kind == START)
			return i - 1;
	size_t first = is_license(block, lines) ? count : 0;
	for (size_t i = 0; i < count && !block->is_below; i++) {
		bool begins = lines[i].kind == CODE && (!i || lines[i - 1].kind != CODE);
		if (!begins || !is_sibling(&lines[i], block->key) || is_example(lines, i))
			continue;
		while (i + 1 < count && lines[i + 1].kind == CODE)
			i++;
		first = first > i + 1 ? first : i + 1;
	}
	while (first < count && lines[first].kind != PROSE && lines[first].kind != DEFAULT)
		first++;
	return first;
}

/* ---- text ---- */

/* "-- (string) text", "path -- text" */
static struct str after_start(struct str s, struct str *type)
{
	if (!str_starts(s, STR("--")))
		(void)take_word(&s);
	s = str_trim(str_from(s, 2));
	const char *end = s.n && s.p[0] == '(' ? memchr(s.p, ')', s.n) : NULL;
	if (end) {
		*type = str_make(s.p + 1, (size_t)(end - s.p) - 1);
		s = str_trim(str_from(s, type->n + 2));
	}
	return s;
}

static void put_line(struct str text, struct sbuf *b)
{
	sbuf_put(b, text);
	sbuf_putc(b, '\n');
}

static void put(struct sbuf *b, const struct line *l, struct str *type)
{
	struct str s = str_trim(l->text);
	switch (l->kind) {
	case START:
		put_line(after_start(s, type), b);
		break;
	case DEFAULT:
		sbuf_puts(b, "Default: ");
		put_line(str_from(s, sizeof "@default -- " - 1), b);
		break;
	case PROSE: case CODE:
		put_line(l->text, b);
		break;
	case BLANK:
		if (b->n > 1 && memcmp(b->p + b->n - 2, "\n\n", 2) != 0)
			sbuf_putc(b, '\n');
		break;
	case TAG:
		break;
	}
}

void comment_text_put(const struct comment_block *block, struct sbuf *b, struct str *type)
{
	struct line lines[COMMENT_LINES_MAX];
	size_t count = block->count;
	for (size_t i = 0; i < count; i++)
		lines[i] = read_line(block->lines[i], block->path);
	blank_regions(lines, count);
	extend_code(lines, count);
	while (count && (lines[count - 1].kind == BLANK || lines[count - 1].kind == TAG))
		count--;
	for (size_t i = find_start(block, lines, count); i < count; i++)
		put(b, &lines[i], type);
}

/* ---- what names its value ---- */

/* "[string]", "[array, nullable]", "[default: x]" */
static struct str modifier_type(struct str s)
{
	static const char *const types[] = { "string", "number", "integer", "boolean", "array",
	                                     "object" };
	while (s.n) {
		struct str one = str_trim(str_cut(&s, ',', NULL));
		if (str_is_one_of(one, types, sizeof types / sizeof *types))
			return one;
	}
	return STR("");
}

bool comment_text_param(struct str line, struct comment_param *ret)
{
	struct str s = str_trim(line);
	while (s.n && s.p[0] == '#')
		s = str_from(s, 1);
	struct str word = take_word(&s);
	if (word.n && word.p[0] != '@') {
		*ret = (struct comment_param){ .path = word, .text = str_from(s, 3) };
		return is_key(word) && str_starts(s, STR("-- "));
	}
	if (!str_eq(word, STR("@param")) && !str_eq(word, STR("@extra")))
		return false;
	*ret = (struct comment_param){ .path = take_word(&s), .tagged = true };
	const char *end = s.n && s.p[0] == '[' ? memchr(s.p, ']', s.n) : NULL;
	if (end) {
		struct str modifiers = str_make(s.p + 1, (size_t)(end - s.p) - 1);
		ret->type = modifier_type(modifiers);
		s = str_trim(str_from(s, modifiers.n + 2));
	}
	ret->text = s;
	return ret->path.n;
}
