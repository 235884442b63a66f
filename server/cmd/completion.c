/* chartlocker completion: what bash, zsh and fish need to complete a command line.
 *
 * Everything is made from the table of commands, so a new command or option is completed at once.
 * A word that is no option completes to file names, and to a command's own words (config check)
 * where it has some. The bash function works without the package bash-completion.             */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"
#include "server/cmd/help_text.h"

#define SCRIPT_MAX_BYTES (1u * MIB)

/* ---- bash ---- */

static const char bash_head[] =
	"# chartlocker(1) completion for bash\n"
	"_chartlocker()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal options= directories= words=\n"
	"\tCOMPREPLY=()\n"
	"\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	"\t\tset -- help";
static const char bash_commands[] =
	"\n"
	"\t\tCOMPREPLY=($(compgen -W \"$*\" -- \"$cur\"))\n"
	"\t\treturn\n"
	"\tfi\n"
	"\tcase ${COMP_WORDS[1]} in\n";
static const char bash_tail[] =
	"\tesac\n"
	"\tcase \" $directories \" in\n"
	"\t*\" $prev \"*)\n"
	"\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))\n"
	"\t\treturn ;;\n"
	"\tesac\n"
	"\tcase $cur in\n"
	"\t-*) COMPREPLY=($(compgen -W \"$options --help\" -- \"$cur\")) ;;\n"
	"\t*)\n"
	"\t\t[ \"$COMP_CWORD\" -ne 2 ] || COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	"\t\t[ ${#COMPREPLY[@]} -gt 0 ] || {\n"
	"\t\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	"\t\t} ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _chartlocker chartlocker\n";

static void put_bash_options(struct sbuf *b, const char *variable, const struct command *c,
                             bool all)
{
	struct str rest = str_c(c->help);
	struct help_line o;
	bool directory;
	sbuf_printf(b, "\t\t%s=\"", variable);
	while (help_next_option(&rest, &o)) {
		(void)help_value_is_path(o.value, &directory);
		if (!all && !directory)
			continue;
		sbuf_printf(b, " --%.*s", STR_ARG(o.name));
		if (o.letter)
			sbuf_printf(b, " -%c", o.letter);
	}
	sbuf_puts(b, "\"\n");
}

/* "check|print": the words between the bars, each with `before` and `after` around it. */
static void put_words(struct sbuf *b, struct str words, const char *before, const char *after)
{
	while (words.n) {
		struct str word = str_cut(&words, '|', NULL);
		sbuf_printf(b, "%s%.*s%s", before, STR_ARG(word), after);
	}
}

static void put_bash(struct sbuf *b)
{
	sbuf_puts(b, bash_head);
	for (const struct command *c = commands; c->name; c++)
		sbuf_printf(b, " %s", c->name);
	sbuf_puts(b, bash_commands);
	for (const struct command *c = commands; c->name; c++) {
		sbuf_printf(b, "\t%s)\n", c->name);
		put_bash_options(b, "options", c, true);
		put_bash_options(b, "directories", c, false);
		sbuf_puts(b, "\t\twords=\"");
		put_words(b, help_subcommands(c), " ", "");
		sbuf_puts(b, "\" ;;\n");
	}
	sbuf_puts(b, bash_tail);
}

/* ---- zsh ---- */

/* Inside '…', and where zsh's _arguments reads [ ] : and \ as its own. */
static void put_zsh_text(struct sbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			sbuf_puts(b, "'\\'");
		else if (strchr("[]:\\", s.p[i]))
			sbuf_putc(b, '\\');
		sbuf_putc(b, s.p[i]);
	}
}

static void put_zsh_option(struct sbuf *b, const struct help_line *o)
{
	bool directory, path = help_value_is_path(o->value, &directory);
	if (o->letter)
		sbuf_printf(b, " \\\n\t\t'(-%c)*'{-%c,--%.*s}'[", o->letter, o->letter,
		            STR_ARG(o->name));
	else
		sbuf_printf(b, " \\\n\t\t'*--%.*s[", STR_ARG(o->name));
	put_zsh_text(b, o->text);
	sbuf_putc(b, ']');
	if (o->value.n) {
		sbuf_putc(b, ':');
		put_zsh_text(b, o->value);
		sbuf_puts(b, directory ? ":_files -/" : path ? ":_files" : ": ");
	}
	sbuf_putc(b, '\'');
}

static void put_zsh_command(struct sbuf *b, const struct command *c)
{
	struct str rest = str_c(c->help), words = help_subcommands(c);
	struct help_line o;
	sbuf_printf(b, "%s)\n\t_arguments '--help[say what the command does]'", c->name);
	while (help_next_option(&rest, &o))
		put_zsh_option(b, &o);
	if (words.n) {
		sbuf_puts(b, " \\\n\t\t'1:what:(");
		put_words(b, words, " ", "");
		sbuf_puts(b, ")'");
	}
	sbuf_puts(b, " \\\n\t\t'*: :_files' ;;\n");
}

static void put_zsh(struct sbuf *b)
{
	sbuf_puts(b, "#compdef chartlocker\n# chartlocker(1) completion for zsh\n"
	             "local -a commands=(\n\t'help:say what there is'\n");
	for (const struct command *c = commands; c->name; c++) {
		sbuf_printf(b, "\t'%s:", c->name);
		put_zsh_text(b, str_c(c->summary));
		sbuf_puts(b, "'\n");
	}
	sbuf_puts(b, ")\nif (( CURRENT == 2 )); then\n\t_describe command commands\n\treturn\nfi\n"
	             "shift words\n(( CURRENT-- ))\ncase $words[1] in\n");
	for (const struct command *c = commands; c->name; c++)
		put_zsh_command(b, c);
	sbuf_puts(b, "esac\n");
}

/* ---- fish ---- */

static void put_fish_text(struct sbuf *b, struct str s)
{
	sbuf_putc(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'' || s.p[i] == '\\')
			sbuf_putc(b, '\\');
		sbuf_putc(b, s.p[i]);
	}
	sbuf_putc(b, '\'');
}

static void put_fish_command(struct sbuf *b, const struct command *c)
{
	struct str rest = str_c(c->help), words = help_subcommands(c);
	struct help_line o;
	sbuf_printf(b, "complete -c chartlocker -n __fish_use_subcommand -f -a %s -d ", c->name);
	put_fish_text(b, str_c(c->summary));
	sbuf_putc(b, '\n');
	while (help_next_option(&rest, &o)) {
		bool directory, path = help_value_is_path(o.value, &directory);
		sbuf_printf(b, "complete -c chartlocker -n '__fish_seen_subcommand_from %s' -l %.*s",
		            c->name, STR_ARG(o.name));
		if (o.letter)
			sbuf_printf(b, " -s %c", o.letter);
		sbuf_puts(b, !o.value.n ? "" : directory ? " -x -a '(__fish_complete_directories)'"
		                        : path ? " -r -F" : " -x");
		sbuf_puts(b, " -d ");
		put_fish_text(b, o.text);
		sbuf_putc(b, '\n');
	}
	if (!words.n)
		return;
	sbuf_printf(b, "complete -c chartlocker -n '__fish_seen_subcommand_from %s' -a '", c->name);
	put_words(b, words, "", " ");
	sbuf_puts(b, "'\n");
}

static void put_fish(struct sbuf *b)
{
	sbuf_puts(b, "# chartlocker(1) completion for fish\n"
	             "complete -c chartlocker -l help -s h -d 'say what there is'\n");
	for (const struct command *c = commands; c->name; c++)
		put_fish_command(b, c);
}

/* ---- the command ---- */

int cmd_completion(const struct command *self, int argc, char **argv)
{
	static const struct { const char *name; void (*put)(struct sbuf *b); } shells[] = {
		{ "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(SCRIPT_MAX_BYTES);
	struct errinfo e = { 0 };
	int status = cmd_options(self, argc, argv, (const struct cmd_option[]){ { 0 } });
	if (status >= 0)
		return status;
	const char *wanted = optind + 1 == argc ? argv[optind] : "";
	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(wanted, shells[i].name) == 0) {
			shells[i].put(&b);
			return print_output(&b, &e) ? cmd_failed(self, &e) : EXIT_DONE;
		}
	return cmd_misused(self, "say bash, zsh or fish");
}
