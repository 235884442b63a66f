/* Slices of the text, nothing is copied. */
#include "indexer/document/text_lines.h"

bool text_next_line(struct text_lines *lines, struct str *ret)
{
	if (!lines->rest.n)
		return false;
	struct str line = str_cut(&lines->rest, '\n', NULL);
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	lines->number++;
	*ret = line;
	return true;
}

size_t text_count_lines(struct str text)
{
	size_t n = 0;
	for (; text.n; n++)
		(void)str_cut(&text, '\n', NULL);
	return n;
}

static struct str without_comment(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '#' && (i == 0 || s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
			return str_trim(str_first(s, i));
	return s;
}

bool text_value(struct str line, struct str key, struct str *ret)
{
	if (!str_starts(line, key) || (line.n > key.n && line.p[key.n] != ' ' && line.p[key.n] != '\t'))
		return false;
	struct str value = str_trim(str_from(line, key.n));
	char quote = value.n ? value.p[0] : 0;
	if (quote == '"' || quote == '\'') {
		value = str_from(value, 1);
		*ret = str_cut(&value, quote, NULL);
	} else {
		*ret = without_comment(value);
	}
	return true;
}
