/* Reads the help of a command: see the header for its shape. */
#include "server/cmd/help_text.h"

#include <ctype.h>

#define TEXT_COLUMN 8                    /* deeper than this: the sentence of an option goes on */

static struct str without_indent(struct str line)
{
	while (line.n && line.p[0] == ' ')
		line = str_from(line, 1);
	return line;
}

/* "-d, --data DIR   sentence", without its indent. */
static void read_option(struct str line, struct help_line *ret)
{
	ret->kind = HELP_OPTION;
	if (line.p[1] != '-') {
		ret->letter = line.p[1];
		(void)str_cut(&line, ' ', NULL);
	}
	struct str head = line;
	for (size_t i = 0; i + 1 < line.n; i++)
		if (line.p[i] == ' ' && line.p[i + 1] == ' ') {
			head = str_first(line, i);
			break;
		}
	ret->text = str_trim(str_from(line, head.n));
	ret->name = str_cut(&head, ' ', NULL);
	ret->name = str_from(ret->name, ret->name.n < 2 ? ret->name.n : 2);
	ret->value = head;
}

bool help_next(struct str *rest, struct help_line *ret)
{
	if (!rest->n)
		return false;
	struct str line = str_cut(rest, '\n', NULL), text = without_indent(line);
	size_t indent = line.n - text.n;
	*ret = (struct help_line){ .text = text };
	if (!text.n)
		ret->kind = HELP_BLANK;
	else if (!indent)
		ret->kind = HELP_TEXT;
	else if (text.n > 2 && text.p[0] == '-')
		read_option(text, ret);
	else if (indent > TEXT_COLUMN)
		ret->kind = HELP_MORE;
	else
		ret->kind = HELP_LITERAL;
	return true;
}

bool help_next_option(struct str *rest, struct help_line *ret)
{
	while (help_next(rest, ret))
		if (ret->kind == HELP_OPTION)
			return true;
	return false;
}

struct str help_subcommands(const struct command *command)
{
	struct str rest = str_c(command->usage), word = str_cut(&rest, ' ', NULL);
	for (size_t i = 0; i < word.n; i++)
		if (!islower((unsigned char)word.p[i]) && word.p[i] != '|' && word.p[i] != '-')
			return (struct str){ 0 };
	return word;
}

bool help_value_is_path(struct str value, bool *ret_directory)
{
	*ret_directory = str_eq_c(value, "DIR") || str_eq_c(value, "DEST");
	return *ret_directory || str_eq_c(value, "FILE") || str_eq_c(value, "F") ||
	       str_eq_c(value, "PREVIOUS");
}
