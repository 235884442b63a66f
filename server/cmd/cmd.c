/* What all commands share: options, errors, tables. */
#include "server/cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/ascii.h"
#include "indexer/base/utf8.h"

#define OPTIONS_MAX 32
#define TABLE_COLUMNS_MAX 16
#define HELP_COLUMNS 100

/* How much of it goes on a line of so many columns: words and alternatives, and nothing in brackets is
 * broken.                                                                                      */
static struct str line_of(struct str text, size_t most)
{
	struct str rest = text;
	size_t fits = 0;
	int depth = 0;
	for (size_t column = 0; rest.n && column < most; column++) {
		uint32_t point = utf8_next(&rest);
		depth += point == '[' ? 1 : point == ']' ? -1 : 0;
		if (!rest.n || (depth == 0 && (rest.p[0] == ' ' || point == '|')))
			fits = text.n - rest.n;
	}
	return fits ? str_first(text, fits) : text;
}

static void print_usage(const struct command *self, FILE *to)
{
	struct str rest = str_c(self->usage);
	int indent = fprintf(to, "Usage: chartlocker %s ", self->name);
	for (;;) {
		struct str line = line_of(rest, HELP_COLUMNS - (size_t)indent);
		rest = str_trim(str_from(rest, line.n));
		fprintf(to, "%.*s\n", STR_ARG(line));
		if (!rest.n)
			return;
		fprintf(to, "%*s", indent, "");
	}
}

static int point_to_help(const struct command *self)
{
	print_usage(self, stderr);
	fprintf(stderr, "chartlocker %s --help tells more.\n", self->name);
	return EXIT_MISUSED;
}

/* ---- options ---- */

/* What getopt_long returns: the row's number above all letters. */
#define NUMBER_OF_ROW 256
#define HELP (NUMBER_OF_ROW - 1)

struct getopt_tables {
	char letters[2 * OPTIONS_MAX + 2];
	struct option names[OPTIONS_MAX + 2];
};

static void make_tables(const struct cmd_option *options, struct getopt_tables *ret)
{
	size_t letters = 0, n = 0;
	*ret = (struct getopt_tables){ 0 };
	for (; n < OPTIONS_MAX && options[n].name; n++) {
		bool takes = options[n].kind != CMD_FLAG;
		ret->names[n] = (struct option){ options[n].name, takes ? required_argument : no_argument,
		                                 NULL, NUMBER_OF_ROW + (int)n };
		if (!options[n].letter)
			continue;
		ret->letters[letters++] = options[n].letter;
		if (takes)
			ret->letters[letters++] = ':';
	}
	ret->letters[letters] = 'h';
	ret->names[n] = (struct option){ "help", no_argument, NULL, HELP };
}

static const struct cmd_option *find_option(const struct cmd_option *options, int found)
{
	if (found >= NUMBER_OF_ROW)
		return &options[found - NUMBER_OF_ROW];
	while (options->name && options->letter != found)
		options++;
	return options->name ? options : NULL;
}

/* NULL, or what is wrong. */
static const char *take_value(const struct cmd_option *o, const char *value)
{
	struct cmd_list *list = o->to;
	if (o->kind == CMD_FLAG)
		*(bool *)o->to = true;
	else if (o->kind != CMD_ANY && !*value)
		return "is empty";
	else if (o->kind == CMD_LIST && list->count == CMD_LIST_MAX)
		return "is repeated too often";
	else if (o->kind == CMD_LIST)
		list->item[list->count++] = value;
	else
		*(const char **)o->to = value;
	return NULL;
}

static int print_help(const struct command *self)
{
	print_usage(self, stdout);
	putchar('\n');
	for (struct str rest = str_c(self->help); rest.n;) {
		struct str line = str_cut(&rest, '\n', NULL);
		do {
			struct str part = line_of(line, HELP_COLUMNS);
			printf("%.*s\n", STR_ARG(part));
			line = str_from(line, part.n + (part.n < line.n && line.p[part.n] == ' '));
		} while (line.n);
	}
	return EXIT_DONE;
}

/* Commands that have both take one of them. */
static const char *const exclusive[][2] = {
	{ "server", "data" }, { "private", "public" }, { "json", "markdown" }, { "inventory", "parent" },
	{ "allow-private", "public-only" }, { "pause", "resume" }, { "password-stdin", "token-stdin" },
	{ "incremental", "link" },
};

static bool is_given(const struct cmd_option *options, const bool *given, const char *name)
{
	for (size_t i = 0; options[i].name; i++)
		if (given[i] && !strcmp(options[i].name, name))
			return true;
	return false;
}

static int check_together(const struct command *self, const struct cmd_option *options, const bool *given)
{
	for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
		if (is_given(options, given, exclusive[i][0]) && is_given(options, given, exclusive[i][1]))
			return cmd_misused(self, "--%s and --%s exclude each other", exclusive[i][0], exclusive[i][1]);
	return -1;
}

int cmd_options(const struct command *self, int argc, char **argv,
                const struct cmd_option *options)
{
	struct getopt_tables tables;
	bool given[OPTIONS_MAX] = { false };
	int found;
	make_tables(options, &tables);
	while ((found = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (found == 'h' || found == HELP)
			return print_help(self);
		const struct cmd_option *o = find_option(options, found);
		const char *wrong = o ? take_value(o, optarg) : NULL;
		if (wrong)
			fprintf(stderr, "%s: --%s %s\n", argv[0], o->name, wrong);
		if (!o || wrong)
			return point_to_help(self);
		given[o - options] = true;
	}
	return check_together(self, options, given);
}

bool cmd_list_admits(const struct cmd_list *list, struct str text)
{
	bool any = !list->count;
	for (size_t i = 0; i < list->count; i++)
		any |= str_eq_c(text, list->item[i]);
	return any;
}

/* ---- arguments and errors ---- */

static const char *from_environment(const char *variable, const char *otherwise)
{
	const char *value = getenv(variable);
	return value && *value ? value : otherwise;
}

const char *cmd_data(void) { return from_environment("CHARTLOCKER_DATA", "data"); }

const char *cmd_default_repository(void)
{
	return from_environment("CHARTLOCKER_DEFAULT_REPOSITORY", "main");
}

int cmd_arguments(const struct command *self, int argc, char **argv, int min, int max,
                  const char *what)
{
	int count = argc - optind;
	for (int i = optind; i < argc; i++)
		if (!*argv[i])
			return cmd_misused(self, "argument %d is empty", i - optind + 1);
	return count < min || count > max ? cmd_misused(self, "%s", what) : -1;
}

int cmd_no_arguments(const struct command *self, int argc, char **argv)
{
	return optind < argc ? cmd_misused(self, "unexpected argument \"%s\"", argv[optind]) : -1;
}

int cmd_options_alone(const struct command *self, int argc, char **argv, const struct cmd_option *options)
{
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? cmd_no_arguments(self, argc, argv) : status;
}

int cmd_misused(const struct command *self, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "chartlocker %s: ", self->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return point_to_help(self);
}

const char *cmd_reason(const struct errinfo *e)
{
	return e->detail[0] ? e->detail : err_sentence(e->code);
}

int cmd_failed(const struct command *self, const struct errinfo *e)
{
	static const struct { enum err code; const char *hint; } hints[] = {
		{ ERR_LOCKED, "Stop the other process, or let it do the work: commands find a running server by the "
		              "control.sock in its data directory. Where that was removed, a restart of the server "
		              "brings it back." },
		{ ERR_NEWER, "Use the newer chartlocker for this directory; nothing was changed." },
		{ ERR_DISK_FULL, "Free some space and run the command again; nothing that was stored is "
		                 "lost." },
		{ ERR_READ_ONLY, "Check the permissions, whether the filesystem is mounted read-only, and the "
		                 "setting read_only." },
		{ ERR_NO_FILES, "Raise the limit of open files: ulimit -n" },
	};
	struct str reason = str_c(cmd_reason(e)), name = str_c(self->name);
	bool again = str_starts(reason, name) && str_starts(str_from(reason, name.n), STR(": "));
	fprintf(stderr, "chartlocker %s: %.*s\n", self->name, STR_ARG(again ? str_from(reason, name.n + 2) : reason));
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].code == e->code)
			fprintf(stderr, "%s\n", hints[i].hint);
	return err_exit_status(e->code);
}

/* ---- output ---- */

void put_cell(struct sbuf *b, struct str text)
{
	while (text.n) {
		struct str one;
		bool shown = utf8_next_shown(&text, &one);
		sbuf_put(b, shown ? one : STR(" "));
	}
}

/* A colour, as colour() has them, at the beginning; 0: there is none. */
static size_t colour_bytes(struct str s)
{
	size_t n = 2;
	if (!str_starts(s, STR("\033[")))
		return 0;
	while (n < s.n && n < 4 && ascii_is_digit(s.p[n]))
		n++;
	return n < s.n && s.p[n] == 'm' ? n + 1 : 0;
}

static void print_shown(struct str text, bool colours)
{
	static int terminal = -1;
	terminal = terminal < 0 ? isatty(STDOUT_FILENO) == 1 : terminal;
	if (!terminal && text.n)
		(void)fwrite(text.p, 1, text.n, stdout);
	while (terminal && text.n) {
		size_t n = colours ? colour_bytes(text) : 0;
		struct str one = str_first(text, n), rest = str_from(text, n);
		bool shown = n || utf8_next_shown(&rest, &one) || *one.p == '\n' || *one.p == '\t';
		bool ends = *one.p == '\r' && rest.n && *rest.p == '\n';
		if (!ends)
			(void)fwrite(shown ? one.p : " ", 1, shown ? one.n : 1, stdout);
		text = rest;
	}
}

void print_plain(struct str text) { print_shown(text, false); }

enum err print_output(const struct sbuf *b, struct errinfo *e)
{
	if (!sbuf_ok(b))
		return ERR(e, NOMEM, "output");
	print_shown(sbuf_str(b), true);
	return OK;
}

/* Columns on a terminal: colours, and bytes that do not begin a UTF-8 character, take none. */
static size_t columns(struct str s)
{
	size_t n = 0;
	bool colour = false;
	for (size_t i = 0; i < s.n; i++) {
		bool begins = s.p[i] == '\033';
		n += !colour && !begins && ((unsigned char)s.p[i] & 0xc0) != 0x80;
		colour = begins || (colour && s.p[i] != 'm');
	}
	return n;
}

void print_table(struct str rows)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };
	for (struct str rest = rows; rest.n;) {
		struct str row = str_cut(&rest, '\n', NULL);
		for (size_t i = 0; row.n && i < TABLE_COLUMNS_MAX; i++) {
			size_t n = columns(str_cut(&row, '\t', NULL));
			widths[i] = n > widths[i] && n <= TABLE_CELL_COLUMNS ? n : widths[i];
		}
	}
	while (rows.n) {
		struct str row = str_cut(&rows, '\n', NULL);
		for (size_t i = 0; row.n && i < TABLE_COLUMNS_MAX; i++) {
			struct str cell = str_cut(&row, '\t', NULL);
			size_t n = columns(cell), pad = n < widths[i] ? widths[i] - n : 0;
			print_shown(cell, true);
			printf("%*s", row.n ? (int)pad + 2 : 0, "");
		}
		putchar('\n');
	}
}
