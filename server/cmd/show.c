/* chartlocker show: what a catalog knows of a chart, or a file of it as `helm show` prints it. */
#include "server/cmd/show.h"

#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"

#define TABLE_MAX_BYTES (64u * MIB)

struct show {
	const char *server, *data, *version, *part;
	bool json, reached;              /* reached: there is a catalog, which was asked */
	struct arena arena;
	struct asked_chart chart;
};

static bool is_part(const char *word)
{
	static const char *const parts[] = { "readme", "values", "chart", "crds", "all" };
	for (size_t i = 0; word && i < sizeof parts / sizeof *parts; i++)
		if (!strcmp(word, parts[i]))
			return true;
	return false;
}

/* Under its name, so that a terminal shows what it is about. */
static enum err print_facts(struct show *s, struct str text, struct errinfo *e)
{
	AUTO_SBUF struct sbuf table = sbuf_make(TABLE_MAX_BYTES);
	const struct node *chart = NULL;
	enum err err = answer_read(&s->arena, text, "name", &chart, e);
	if (err)
		return err;
	if (s->json) {
		answer_print(text);
		return OK;
	}
	show_facts(&table, chart);
	if (!sbuf_ok(&table))
		return ERR(e, NOMEM, "output");
	print_table(sbuf_str(&table));
	return OK;
}

static enum err ask(struct show *s, struct remote *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer;
	put_version_target(&target, &s->chart);
	if (s->part)
		sbuf_printf(&target, "/show/%s", s->part);
	enum err err = ask_target(r, &s->arena, &target, &answer, e);
	if (err)
		return err;
	if (!s->part)
		return print_facts(s, answer.text, e);
	print_plain(answer.text);
	return OK;
}

static enum err run(struct show *s, struct errinfo *e)
{
	struct remote *r = NULL;
	enum err err = remote_open(s->server, s->data, &r, e);
	s->reached = !err;
	if (!err && !s->part)
		remote_catch_up(r);              /* who uses it is asked of all charts */
	if (!err)
		err = asked_chart_find(r, &s->arena, &s->chart, e);
	if (!err)
		err = ask(s, r, e);
	remote_close(r);
	return err;
}

/* -1: fine. */
static int take_arguments(const struct command *self, struct show *s, char **words, int count)
{
	struct errinfo e = { 0 };
	bool first = count > 1 && is_part(words[0]) && !is_part(words[1]);
	s->part = count > 1 ? words[!first] : NULL;
	if (s->part && !is_part(s->part))
		return cmd_misused(self, "readme, values, chart, crds or all is expected, not \"%s\"", s->part);
	if (s->part && s->json)
		return cmd_misused(self, "--json tells what is known of the chart; %s is printed as it is", s->part);
	if (asked_chart_read(words[first], &s->chart, &e))
		return cmd_misused(self, "%s", cmd_reason(&e));
	if (s->version && s->chart.version.n)
		return cmd_misused(self, "the version is given twice, with '@' and with --version");
	if (s->version)
		s->chart.version = str_c(s->version);
	return -1;
}

int cmd_show(const struct command *self, int argc, char **argv)
{
	struct show s = { 0 };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &s.server }, { "data", 'd', CMD_TEXT, &s.data },
		{ "version", 0, CMD_TEXT, &s.version }, { "json", 'j', CMD_FLAG, &s.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 2, "REPO/NAME is expected, maybe with @VERSION, and maybe "
		                       "readme, values, chart, crds or all");
	if (status < 0)
		status = take_arguments(self, &s, argv + optind, argc - optind);
	if (status >= 0)
		return status;
	bool failed = run(&s, &e);
	status = failed ? cmd_failed(self, &e) : EXIT_DONE;
	if (failed && s.reached)
		asked_chart_hint(&s.chart, &e);
	arena_done(&s.arena);
	return status;
}
