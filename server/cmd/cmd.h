/* Commands: one file each, and a table. main finds the row and runs it.
 *
 * A command prints facts on standard output and errors on standard error, and returns the exit
 * status: 0 done, 1 failed, 2 misused; of bundle import and mirror also 3. It declares its options, and
 * cmd_options reads them:
 *
 *     bool json = false;
 *     const char *data = cmd_data();
 *     const struct cmd_option options[] = {
 *         { "data", 'd', CMD_TEXT, &data }, { "json", 'j', CMD_FLAG, &json }, { 0 },
 *     };
 *     int status = cmd_options(self, argc, argv, options);
 *     if (status >= 0)
 *         return status;
 *
 * `--help` is added to all of them from the row's text.                                      */
#pragma once

#include <getopt.h>                  /* optind: the first argument that is no option */
#include <stdint.h>

#include "indexer/base/err.h"
#include "indexer/base/sbuf.h"

enum {
	EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2,
	EXIT_CONFLICTS = 3,              /* of a bundle nothing was taken: versions are here with other bytes */
};

struct command {
	const char *name;
	int (*run)(const struct command *self, int argc, char **argv);
	const char *usage;               /* "import [--data DIR] [--repo R] PATH…" */
	const char *summary;             /* one line for the list of commands */
	const char *help;                /* what it does, options, examples; shown by --help */
};

extern const struct command commands[];          /* ends with a row without a name */
extern const char *program_commit;               /* of the source it was built from: main.c sets it */

int cmd_serve(const struct command *self, int argc, char **argv);
int cmd_chartmuseum(const struct command *self, int argc, char **argv);
int cmd_import(const struct command *self, int argc, char **argv);
int cmd_push(const struct command *self, int argc, char **argv);
int cmd_login(const struct command *self, int argc, char **argv);
int cmd_logout(const struct command *self, int argc, char **argv);
int cmd_package(const struct command *self, int argc, char **argv);
int cmd_index(const struct command *self, int argc, char **argv);
int cmd_inspect(const struct command *self, int argc, char **argv);
int cmd_search(const struct command *self, int argc, char **argv);
int cmd_show(const struct command *self, int argc, char **argv);
int cmd_compare(const struct command *self, int argc, char **argv);
int cmd_deps(const struct command *self, int argc, char **argv);
int cmd_images(const struct command *self, int argc, char **argv);
int cmd_ready(const struct command *self, int argc, char **argv);
int cmd_outside(const struct command *self, int argc, char **argv);
int cmd_snippets(const struct command *self, int argc, char **argv);
int cmd_outdated(const struct command *self, int argc, char **argv);
int cmd_backup(const struct command *self, int argc, char **argv);
int cmd_restore(const struct command *self, int argc, char **argv);
int cmd_scrub(const struct command *self, int argc, char **argv);
int cmd_fsck(const struct command *self, int argc, char **argv);
int cmd_rebuild(const struct command *self, int argc, char **argv);
int cmd_audit(const struct command *self, int argc, char **argv);
int cmd_log(const struct command *self, int argc, char **argv);
int cmd_user(const struct command *self, int argc, char **argv);
int cmd_token(const struct command *self, int argc, char **argv);
int cmd_hook(const struct command *self, int argc, char **argv);
int cmd_repo(const struct command *self, int argc, char **argv);
int cmd_upstream(const struct command *self, int argc, char **argv);
int cmd_virtual(const struct command *self, int argc, char **argv);
int cmd_promote(const struct command *self, int argc, char **argv);
int cmd_yank(const struct command *self, int argc, char **argv);
int cmd_unyank(const struct command *self, int argc, char **argv);
int cmd_delete(const struct command *self, int argc, char **argv);
int cmd_undelete(const struct command *self, int argc, char **argv);
int cmd_purge(const struct command *self, int argc, char **argv);
int cmd_retention(const struct command *self, int argc, char **argv);
int cmd_bundle(const struct command *self, int argc, char **argv);
int cmd_mirror(const struct command *self, int argc, char **argv);
int cmd_keys(const struct command *self, int argc, char **argv);
int cmd_config(const struct command *self, int argc, char **argv);
int cmd_version(const struct command *self, int argc, char **argv);
int cmd_completion(const struct command *self, int argc, char **argv);
int cmd_man(const struct command *self, int argc, char **argv);

/* ---- helpers for commands (cmd.c) ---- */

enum cmd_kind {
	CMD_FLAG = 1,                    /* to: bool, which becomes true */
	CMD_TEXT,                        /* to: const char *; not empty: what an unset variable of a script
	                                    leaves would become the root directory, or the default repository */
	CMD_ANY,                         /* the same, maybe empty */
	CMD_LIST,                        /* to: struct cmd_list, to which every value is added; not empty */
};

#define CMD_LIST_MAX 64
struct cmd_list { const char *item[CMD_LIST_MAX]; size_t count; };
/* Whether one of them is that text; of none: always. */
bool cmd_list_admits(const struct cmd_list *list, struct str text);

struct cmd_option {
	const char *name;                /* "data" for --data */
	char letter;                     /* 'd' for -d as well; 0: none. s d r n j y: as other commands have them */
	enum cmd_kind kind;
	void *to;                        /* stays as it is where the option is not given */
};

/* -1 when all is well, with the arguments from optind on. Otherwise the exit status: --help was
 * asked for and printed, or what is wrong was told, such as --server with --data. The table ends with a row
 * without a name.                                                                            */
int cmd_options(const struct command *self, int argc, char **argv,
                const struct cmd_option *options);
/* The same of a command that takes options alone. */
int cmd_options_alone(const struct command *self, int argc, char **argv, const struct cmd_option *options);
/* The data directory when no flag names one: CHARTLOCKER_DATA, else "data". */
const char *cmd_data(void);
/* The same for the repository: CHARTLOCKER_DEFAULT_REPOSITORY, else "main". */
const char *cmd_default_repository(void);
int cmd_misused(const struct command *self, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* -1 when there are `min` to `max` arguments and none is empty; else what cmd_misused returns,
 * saying `what`.                                                                             */
int cmd_arguments(const struct command *self, int argc, char **argv, int min, int max,
                  const char *what);
int cmd_no_arguments(const struct command *self, int argc, char **argv);     /* likewise */
/* "chartlocker import: <reason>" and, where there is one, what to do next. Returns the exit
 * status.                                                                                    */
int cmd_failed(const struct command *self, const struct errinfo *e);
const char *cmd_reason(const struct errinfo *e);         /* the detail, or the code's sentence */

/* Progress on standard error: a bar with count, bytes, rate and time left on a terminal, else a
 * plain line every few seconds. Any thread; draws at most ten times a second.                */
struct progress;
struct progress *progress_new(const char *what, uint64_t items,
                              uint64_t bytes);   /* NULL is fine below */
void progress_add(struct progress *p, uint64_t items, uint64_t bytes);
/* A line on standard error, in the place of the bar, which comes back below it. Control characters, of the
 * name of a file for one, become '?'.                                                         */
void progress_say(struct progress *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
void progress_done(struct progress *p);          /* ends the line, frees */

/* The line that is drawn, for `columns` of a terminal, 0: a plain one; returns its length, which is less than
 * `columns` where they are enough for all that it tells. What is 0 in the state is not known, and left out. */
#define PROGRESS_LINE_BYTES 256
struct progress_state { uint64_t items, bytes, items_done, bytes_done; double seconds; };
size_t progress_line(const char *what, const struct progress_state *p, size_t columns,
                     char to[PROGRESS_LINE_BYTES]);

/* One cell of a table: what could steer a terminal or end the cell becomes a space (utf8_steers). */
void put_cell(struct sbuf *b, struct str text);
/* A text of somebody else's on standard output: byte for byte into files and pipes, on a terminal without what
 * would steer it.                                                                            */
void print_plain(struct str text);
/* A line on standard error with a text of somebody else's: control characters become '?'. */
#define cmd_tell(...) progress_say(NULL, __VA_ARGS__)
/* The same of what the buffer holds, where colours stay; NOMEM when it failed. */
NODISCARD enum err print_output(const struct sbuf *b, struct errinfo *e);
/* A table with aligned columns: cells separated by tabs, rows by newlines. A cell may have colours; one that is
 * longer than TABLE_CELL_COLUMNS moves the rest of its own row alone.                        */
#define TABLE_CELL_COLUMNS 80u
void print_table(struct str rows);
