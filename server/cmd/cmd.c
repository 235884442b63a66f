/* What all commands share: options, errors, tables. */
#include "server/cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/format/utf8.h"

#define OPTIONS_MAX 32
#define TABLE_COLUMNS_MAX 16

static void print_usage(const struct command *self, FILE *to)
{
	fprintf(to, "Usage: chartlocker %s %s\n", self->name, self->usage);
}

int cmd_option(const struct command *self, int argc, char **argv, const char *brief,
               const struct option *options)
{
	struct option all[OPTIONS_MAX] = { { "help", no_argument, NULL, CMD_HELP } };
	char letters[64];
	size_t n = 1;
	for (; options && options[n - 1].name && n < OPTIONS_MAX - 1; n++)
		all[n] = options[n - 1];
	(void)snprintf(letters, sizeof letters, "%sh", brief);
	int option = getopt_long(argc, argv, letters, all, NULL);
	if (option == 'h' || option == CMD_HELP) {
		print_usage(self, stdout);
		printf("\n%s", self->help);
		return CMD_HELP;
	}
	bool is_path = option == 'c' || option == 'd' || option == 'm';
	if (is_path && !*optarg)
		fprintf(stderr, "%s: a file or directory is named by an empty text\n", argv[0]);
	else if (option != '?')
		return option;
	print_usage(self, stderr);
	fprintf(stderr, "chartlocker %s --help tells more.\n", self->name);
	return CMD_MISUSED;
}

const char *cmd_data(void)
{
	const char *data = getenv("CHARTLOCKER_DATA");
	return data && *data ? data : "data";
}

int cmd_arguments(const struct command *self, int argc, char **argv, const char *what)
{
	if (optind == argc)
		return cmd_misused(self, "%s", what);
	for (int i = optind; i < argc; i++)
		if (!*argv[i])
			return cmd_misused(self, "argument %d is empty", i - optind + 1);
	return -1;
}

int cmd_misused(const struct command *self, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "chartlocker %s: ", self->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	print_usage(self, stderr);
	return EXIT_MISUSED;
}

int cmd_failed(const struct command *self, const struct errinfo *e)
{
	static const struct { enum err code; const char *hint; } hints[] = {
		{ ERR_LOCKED, "Stop the other process, or let it do the work: commands find a running server by themselves." },
		{ ERR_NEWER, "Use the newer chartlocker for this directory; nothing was changed." },
		{ ERR_DISK_FULL, "Free some space and run the command again; what was stored is complete." },
		{ ERR_READ_ONLY, "Check the permissions, and whether the filesystem is mounted read-only." },
		{ ERR_CORRUPT, "Look at it with: chartlocker fsck" },
		{ ERR_NO_FILES, "Raise the limit of open files: ulimit -n" },
	};
	fprintf(stderr, "chartlocker %s: %s\n", self->name, e->detail[0] ? e->detail : err_sentence(e->code));
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].code == e->code)
			fprintf(stderr, "%s\n", hints[i].hint);
	return err_exit_status(e->code);
}

void put_cell(struct sbuf *b, struct str text)
{
	while (text.n) {
		struct str rest = text;
		uint32_t point = utf8_next(&rest);
		bool shown = point >= 0x20 && (point < 0x7f || point > 0x9f);
		sbuf_put(b, shown ? str_first(text, text.n - rest.n) : STR(" "));
		text = rest;
	}
}

/* Columns on a terminal: bytes that do not begin a UTF-8 character take none. */
static size_t columns(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

void print_table(struct str rows)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };
	for (struct str rest = rows; rest.n;) {
		struct str row = str_cut(&rest, '\n', NULL);
		for (size_t i = 0; row.n && i < TABLE_COLUMNS_MAX; i++) {
			size_t n = columns(str_cut(&row, '\t', NULL));
			widths[i] = n > widths[i] ? n : widths[i];
		}
	}
	while (rows.n) {
		struct str row = str_cut(&rows, '\n', NULL);
		for (size_t i = 0; row.n && i < TABLE_COLUMNS_MAX; i++) {
			struct str cell = str_cut(&row, '\t', NULL);
			int pad = row.n ? (int)(widths[i] - columns(cell)) + 2 : 0;
			printf("%.*s%*s", STR_ARG(cell), pad, "");
		}
		putchar('\n');
	}
}
