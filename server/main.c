/* Chartlocker: finds the command and runs it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "gen/commit.h"
#include "indexer/base/value.h"
#include "indexer/hub/nearest.h"
#include "server/cmd/arguments.h"
#include "server/cmd/bundle_help.h"
#include "server/cmd/cmd.h"
#include "server/cmd/service.h"
#include "server/config.h"

#define USAGE "Usage: chartlocker COMMAND [OPTION…]\n"

const struct command commands[] = {
#include "server/cmd/commands.def"
	{ .name = NULL },
};

/* A database or a log must never become descriptor 0, 1 or 2 (trust.md §1.7). */
static void keep_standard_descriptors(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2 && fcntl(fd, F_SETFD, 0) == 0);
	if (fd > 2)
		(void)close(fd);
}

static int usage(FILE *to)
{
	fprintf(to, "Chartlocker " CHARTLOCKER_VERSION ": a Helm chart repository and catalog.\n\n"
	            USAGE "\nCommands:\n");
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-11s %s\n", c->name, c->summary);
	fprintf(to, "\nchartlocker COMMAND --help tells the options of a command and shows examples.\n"
	            "To start with: chartlocker serve\n");
	return to == stdout ? EXIT_DONE : EXIT_MISUSED;
}

static const struct command *find_command(const char *name)
{
	const struct command *c = commands;
	while (c->name && strcmp(c->name, name) != 0)
		c++;
	return c->name ? c : NULL;
}

static int unknown(const char *name)
{
	struct nearest near = nearest_of(str_c(name), false);
	for (const struct command *c = commands; c->name; c++)
		if (nearest_is(&near, str_c(c->name)))
			nearest_offer(&near, str_c(c->name), str_c(c->name), 0);
	fprintf(stderr, "chartlocker: there is no command \"%s\"", name);
	if (near.best.n)
		fprintf(stderr, "; did you mean \"%.*s\"?", STR_ARG(near.best));
	fprintf(stderr, "\n" USAGE "chartlocker help lists the commands.\n");
	return EXIT_MISUSED;
}

/* What did not reach its reader was not done. Who closes a pipe early (head) knows it already. */
static int finish(int status)
{
	struct stat st;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (fstat(STDOUT_FILENO, &st) != 0 || !S_ISFIFO(st.st_mode))
		fprintf(stderr, "chartlocker: standard output could not be written\n");
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

/* getopt names the program by the first argument. */
static int run(const struct command *c, int argc, char **argv)
{
	char name[32];
	(void)snprintf(name, sizeof name, "chartlocker %s", c->name);
	argv[0] = name;
	return finish(c->run(c, argc, argv));
}

/* Under ChartMuseum's name it is ChartMuseum, as busybox is what it is called. */
static bool is_chartmuseum(const char *program)
{
	const char *slash = strrchr(program, '/');
	return strcmp(slash ? slash + 1 : program, "chartmuseum") == 0;
}

int main(int argc, char **argv)
{
	bool is_seen = false;                /* the setting core_dumps, as far as it is known */
	(void)value_bool(str_c(getenv("CHARTLOCKER_CORE_DUMPS")), &is_seen);
	if (!is_seen)
		service_keep_memory_private();
	argv = arguments_take(argc, argv);
	program_commit = CHARTLOCKER_COMMIT;
	keep_standard_descriptors();
	(void)umask(0027);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (argc > 0 && is_chartmuseum(argv[0]))
		return run(find_command("chartmuseum"), argc, argv);
	if (argc < 2)
		return usage(stderr);
	if (argc > 2 && !strcmp(argv[1], "help")) {      /* "help bundle create": bundle create --help */
		memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof *argv);
		argv[argc - 1] = (char *)"--help";
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return finish(usage(stdout));
	if (!strcmp(argv[1], "--version"))
		argv[1] = (char *)"version";
	const struct command *c = find_command(argv[1]);
	if (!c)
		return unknown(argv[1]);
	return run(c, argc - 1, argv + 1);
}
