/* chartlocker outdated: for a job that looks at an umbrella chart before it is merged. */
#include "server/cmd/outdated.h"

#include <stdlib.h>

#include "server/cmd/cmd.h"

static bool fails(const struct outdated *o)
{
	bool behind = false;
	for (size_t i = 0; i < o->count && o->fail_on; i++)
		behind |= o->rows[i].kind >= o->fail_on;
	return behind || o->failed;
}

static int run(const struct command *self, struct outdated *o)
{
	enum err err = outdated_read(o);
	if (!err && o->write && !o->file)
		return cmd_misused(self, "--write needs a directory: an archive is not changed");
	if (!err)
		err = outdated_ask(o);
	if (!err)
		err = outdated_show(o);
	if (!err && o->write)
		err = outdated_write(o);
	if (err)
		return cmd_failed(self, o->e);
	return fails(o) ? EXIT_FAILED : EXIT_DONE;
}

static int run_all(const struct command *self, struct outdated *o, const char *repo)
{
	bool failed = false;
	if (o->write)
		return cmd_misused(self, "--write needs a directory");
	if (outdated_all(o, repo, &failed))
		return cmd_failed(self, o->e);
	return failed ? EXIT_FAILED : EXIT_DONE;
}

/* -1: fine. */
static int take_kinds(const struct command *self, struct outdated *o, const char *fail_on,
                      const char *up_to)
{
	if (fail_on && !upgrade_kind_read(str_c(fail_on), &o->fail_on))
		return cmd_misused(self, "--fail-on: patch, minor or major is expected, not \"%s\"", fail_on);
	if (up_to && !upgrade_kind_read(str_c(up_to), &o->up_to))
		return cmd_misused(self, "--up-to: patch, minor or major is expected, not \"%s\"", up_to);
	if (up_to && !o->write)
		return cmd_misused(self, "--up-to is for --write");
	return -1;
}

int cmd_outdated(const struct command *self, int argc, char **argv)
{
	struct errinfo e = { 0 };
	struct outdated o = { .e = &e };
	const char *fail_on = NULL, *up_to = NULL, *repo = NULL;
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &o.server }, { "data", 'd', CMD_TEXT, &o.data },
		{ "repo", 'r', CMD_TEXT, &repo }, { "fail-on", 'f', CMD_TEXT, &fail_on },
		{ "write", 'w', CMD_FLAG, &o.write },
		{ "up-to", 'u', CMD_TEXT, &up_to }, { "markdown", 'm', CMD_FLAG, &o.markdown },
		{ "json", 'j', CMD_FLAG, &o.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	bool all = o.server || o.data;
	if (status < 0)
		status = cmd_arguments(self, argc, argv, all ? 0 : 1, 1, "a chart is expected: a directory, its "
		                       "Chart.yaml, or an archive; or --server or --data for all charts there");
	if (status < 0)
		status = take_kinds(self, &o, fail_on, up_to);
	if (status < 0 && repo && argv[optind])
		status = cmd_misused(self, "--repo is for all charts of a repository");
	if (status >= 0)
		return status;
	o.path = argv[optind];
	status = o.path ? run(self, &o) : run_all(self, &o, repo);
	free(o.archive);
	chart_scratch_done(&o.scratch);
	arena_done(&o.arena);
	return status;
}
