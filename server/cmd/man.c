/* chartlocker man: the manual pages, in mdoc(7), made from the tables of commands and settings.
 *
 *     chartlocker man | man -l -
 *
 * Texts of the tables go through put_roff: roff reads a backslash and a leading dot or quote as
 * its own. What is not ASCII becomes an escape, so that no reader has to guess an encoding.    */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "server/cmd/cmd.h"
#include "server/cmd/help_text.h"
#include "server/config.h"

#define PAGE_MAX_BYTES (1u * MIB)

static void put_roff(struct sbuf *b, struct str s)
{
	if (s.n && (s.p[0] == '.' || s.p[0] == '\''))
		sbuf_puts(b, "\\&");
	while (s.n) {
		uint32_t point = utf8_next(&s);
		if (point == '\\')
			sbuf_puts(b, "\\e");
		else if (point == '-')
			sbuf_puts(b, "\\-");
		else if (point < 0x80)
			sbuf_putc(b, (char)point);
		else
			sbuf_printf(b, "\\[u%04X]", point);
	}
}

static void put_line(struct sbuf *b, const char *macro, struct str text)
{
	sbuf_puts(b, macro);
	put_roff(b, text);
	sbuf_putc(b, '\n');
}

#define FILL_COLUMNS 72

/* Running text: a new line for each sentence, and for a word that would make it too long. */
static void put_text(struct sbuf *b, struct str text)
{
	size_t column = 0;
	while (text.n) {
		struct str word = str_cut(&text, ' ', NULL);
		size_t begin = b->n;
		if (column)
			sbuf_putc(b, column + word.n > FILL_COLUMNS ? '\n' : ' ');
		column = column + word.n > FILL_COLUMNS ? 0 : column;
		put_roff(b, word);
		column += b->n - begin;
		if (text.n && str_ends(word, STR("."))) {
			sbuf_putc(b, '\n');
			column = 0;
		}
	}
	sbuf_putc(b, '\n');
}

/* An argument of a macro: in quotes, which are doubled inside. Never empty. */
static void put_argument(struct sbuf *b, struct str text)
{
	sbuf_puts(b, " \"");
	while (text.n) {
		bool quoted = false;
		put_roff(b, str_cut(&text, '"', &quoted));
		sbuf_puts(b, quoted ? "\"\"" : "");
	}
	sbuf_putc(b, '"');
}

/* CHARTLOCKER_RELEASED is "2026-11-21"; mdoc wants "November 21, 2026". */
static void put_head(struct sbuf *b, const char *title, int section)
{
	char month[32] = "";
	struct tm day = { 0 };
	if (strptime(CHARTLOCKER_RELEASED, "%Y-%m-%d", &day))
		(void)strftime(month, sizeof month, "%B", &day);
	sbuf_printf(b, ".Dd %s %d, %d\n.Dt %s %d\n.Os\n", month,
	            day.tm_mday, day.tm_year + 1900, title, section);
}

/* ---- chartlocker(1) ---- */

/* What is open while the lines of a help go by. */
enum block { NONE, OPTIONS, EXAMPLE };

static enum block turn_to(struct sbuf *b, enum block from, enum block to)
{
	static const char *const begins[] = { "", ".Bl -tag -width Ds\n",
	                                      ".Bd -literal -offset indent\n" };
	static const char *const ends[] = { "", ".El\n", ".Ed\n" };
	if (from == to)
		return to;
	sbuf_puts(b, ends[from]);
	sbuf_puts(b, begins[to]);
	return to;
}

static void put_option(struct sbuf *b, const struct help_line *o)
{
	sbuf_puts(b, ".It");
	if (o->letter)
		sbuf_printf(b, " Fl %c ,", o->letter);
	sbuf_puts(b, " Fl Fl ");
	put_roff(b, o->name);
	if (o->value.n) {
		sbuf_puts(b, " Ar");
		put_argument(b, o->value);
	}
	sbuf_putc(b, '\n');
	put_text(b, o->text);
}

static void put_help(struct sbuf *b, const char *help)
{
	struct str rest = str_c(help);
	struct help_line line;
	enum block open = NONE;
	bool paragraph = true;
	while (help_next(&rest, &line)) {
		bool text = line.kind == HELP_TEXT;
		if (line.kind == HELP_OPTION)
			open = turn_to(b, open, OPTIONS);
		else if (line.kind == HELP_LITERAL)
			open = turn_to(b, open, EXAMPLE);
		else if (line.kind == HELP_BLANK || text)
			open = turn_to(b, open, NONE);
		if (line.kind == HELP_OPTION)
			put_option(b, &line);
		else if (line.kind == HELP_LITERAL)
			put_line(b, "", line.text);
		else if (line.kind != HELP_BLANK) {
			sbuf_puts(b, text && paragraph ? ".Pp\n" : "");
			put_text(b, line.text);
		}
		paragraph = !text;
	}
	(void)turn_to(b, open, NONE);
}

static void put_command(struct sbuf *b, const struct command *c)
{
	sbuf_printf(b, ".Ss chartlocker %s\n", c->name);
	sbuf_printf(b, ".Bd -literal\nchartlocker %s ", c->name);
	put_line(b, "", str_c(c->usage));
	sbuf_puts(b, ".Ed\n");
	put_help(b, c->help);
}

static void put_program(struct sbuf *b)
{
	put_head(b, "CHARTLOCKER", 1);
	sbuf_puts(b, ".Sh NAME\n.Nm chartlocker\n.Nd Helm chart repository and catalog\n"
	             ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n"
	             ".Sh DESCRIPTION\n.Nm\n"
	             "keeps packaged Helm charts in a data directory and serves them over HTTP.\n"
	             "It makes the index at every change, so that every Helm sees a chart at once.\n"
	             "The commands:\n.Bl -tag -width Ds\n");
	for (const struct command *c = commands; c->name; c++) {
		sbuf_printf(b, ".It Cm %s\n", c->name);
		put_line(b, "", str_c(c->summary));
	}
	sbuf_puts(b, ".El\n.Sh COMMANDS\nEvery command has\n.Fl Fl help .\n");
	for (const struct command *c = commands; c->name; c++)
		put_command(b, c);
	sbuf_puts(b, ".Sh ENVIRONMENT\nEvery setting has a variable: see\n.Xr chartlocker-config 5 .\n"
	             ".Sh FILES\n.Bl -tag -width Ds\n.It Pa /etc/chartlocker.yaml\n"
	             "the settings of the packaged service\n"
	             ".It Pa /var/lib/chartlocker\nits data directory\n.El\n"
	             ".Sh EXIT STATUS\n0 when a command did what was asked, 1 when that failed, 2 when"
	             " it was misused;\nof bundle import and mirror also 3, when versions are here with other bytes.\n"
	             ".Sh SEE ALSO\n.Xr curl 1 ,\n.Xr chartlocker-config 5\n");
}

/* ---- chartlocker-config(5) ---- */

static void put_setting(struct sbuf *b, const struct config_row *row)
{
	put_line(b, ".It Ic ", str_c(row->name));
	put_text(b, str_c(row->sentence));
	if (row->def[0]) {
		sbuf_puts(b, "The default is\n.Ql");
		put_argument(b, str_c(row->def));
		sbuf_puts(b, " .\n");
	}
	if (row->reload)
		sbuf_puts(b, "Applied on SIGHUP.\n");
}

static void put_settings(struct sbuf *b)
{
	put_head(b, "CHARTLOCKER-CONFIG", 5);
	sbuf_puts(b, ".Sh NAME\n.Nm chartlocker-config\n.Nd settings of chartlocker\n"
	             ".Sh DESCRIPTION\nThe YAML file that\n.Ql chartlocker serve \\-\\-config\n"
	             "reads; the dots in a name are levels of it:\n"
	             ".Bd -literal -offset indent\nupload:\n  max_bytes: 50m\n.Ed\n.Pp\n"
	             "A variable of the environment is stronger than the file, a flag stronger than\n"
	             "both.\nThe variable of this setting is\n.Ev CHARTLOCKER_UPLOAD_MAX_BYTES ;\n"
	             ".Ev CHARTLOCKER_UPLOAD_MAX_BYTES_FILE\nnames a file that holds the value.\n"
	             "A name or value that cannot be is refused at the start.\n.Pp\nThe settings:\n"
	             ".Bl -tag -width Ds\n");
	for (int i = 0; i < CONFIG_COUNT; i++)
		put_setting(b, config_row((enum config_id)i));
	sbuf_puts(b, ".El\n.Sh SEE ALSO\n.Xr chartlocker 1\n");
}

/* ---- the command ---- */

int cmd_man(const struct command *self, int argc, char **argv)
{
	AUTO_SBUF struct sbuf b = sbuf_make(PAGE_MAX_BYTES);
	struct errinfo e = { 0 };
	int status = cmd_options(self, argc, argv, (const struct cmd_option[]){ { 0 } });
	if (status >= 0)
		return status;
	const char *wanted = optind < argc ? argv[optind] : "chartlocker";
	bool settings = strcmp(wanted, "chartlocker-config") == 0;
	if (optind + 1 < argc || (!settings && strcmp(wanted, "chartlocker") != 0))
		return cmd_misused(self, "the pages are chartlocker and chartlocker-config");
	(settings ? put_settings : put_program)(&b);
	return print_output(&b, &e) ? cmd_failed(self, &e) : EXIT_DONE;
}
