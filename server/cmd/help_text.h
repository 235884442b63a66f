/* What a command's row says, taken apart: completions and manual pages are made of it, so that
 * they tell what --help tells.
 *
 *     struct str rest = str_c(command->help);
 *     struct help_line line;
 *     while (help_next(&rest, &line))
 *         ...
 *
 * An option's line is "  -d, --data DIR    sentence" or "      --json    sentence"; lines indented
 * deeper than an option go on with its sentence. Everything borrows from the row.            */
#pragma once

#include "indexer/base/str.h"
#include "server/cmd/cmd.h"

enum help_kind {
	HELP_BLANK = 1,
	HELP_TEXT,                       /* a line of a paragraph */
	HELP_OPTION,
	HELP_MORE,                       /* the sentence of the option above goes on */
	HELP_LITERAL,                    /* an example, to be shown as it is */
};

struct help_line {
	enum help_kind kind;
	char letter;                     /* of an option; 0: it has none */
	struct str name, value;          /* "data", "DIR"; an empty value: it takes none */
	struct str text;
};

bool help_next(struct str *rest, struct help_line *ret);
/* The options alone; --help, which every command has, is not among them. */
bool help_next_option(struct str *rest, struct help_line *ret);
/* The words that may come first after the command, "check|print" in its usage; empty: none. */
struct str help_subcommands(const struct command *command);
/* Whether a value ("FILE", "DIR") names something on the disk, and whether that is a directory. */
bool help_value_is_path(struct str value, bool *ret_directory);
