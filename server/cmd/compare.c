/* chartlocker compare: what changed between two versions, before an upgrade or in a job. */
#include "server/cmd/compare.h"

#include <stdio.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/api/compare.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/cmd/remote.h"
#include "server/route/address.h"

struct compare {
	const char *server, *data, *fail_on;
	bool json, diff, local;
	bool reached;                    /* there is a catalog, which was asked */
	struct arena arena;
	struct asked_chart chart;
	const char *from, *to;           /* versions, or paths */
	struct sbuf found;               /* JSON */
};

static enum err ask(struct compare *c, struct remote *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer;
	put_chart_target(&target, &c->chart);
	sbuf_puts(&target, "/compare");
	address_segment(&target, str_c(c->from));
	sbuf_puts(&target, "...");
	address_encode(&target, str_c(c->to));
	sbuf_puts(&target, c->diff ? "?diff" : "");
	enum err err = ask_target(r, &c->arena, &target, &answer, e);
	if (!err)
		sbuf_put(&c->found, answer.text);
	return err;
}

static enum err find(struct compare *c, struct errinfo *e)
{
	struct remote *r = NULL;
	if (c->local)
		return compare_here(c->from, c->to, c->diff, &c->found, e);
	enum err err = remote_open(c->server, c->data, &r, e);
	c->reached = !err;
	if (!err)
		err = asked_chart_find(r, &c->arena, &c->chart, e);
	if (!err)
		err = ask(c, r, e);
	remote_close(r);
	return err;
}

/* Whether something in the summary is at least so severe. */
static bool fails(const struct compare *c, const struct node *found)
{
	for (const struct node_item *i = field_items(found, "summary"); c->fail_on && i; i = i->next) {
		struct str severity = field_text(i->value, "severity");
		if (str_eq(severity, STR("breaking")) || str_eq_c(severity, c->fail_on))
			return true;
	}
	return false;
}

static int run(const struct command *self, struct compare *c)
{
	struct errinfo e = { 0 };
	const struct node *found = NULL;
	c->found = sbuf_make(COMPARE_ANSWER_MAX_BYTES);
	enum err err = find(c, &e);
	if (!err)
		err = answer_read(&c->arena, sbuf_str(&c->found), "summary", &found, &e);
	if (!err && c->json)
		answer_print(sbuf_str(&c->found));
	else if (!err)
		err = compare_print(found, &e);
	int status = err ? cmd_failed(self, &e) : fails(c, found) ? EXIT_FAILED : EXIT_DONE;
	if (err && c->reached)
		asked_chart_hint(&c->chart, &e);
	sbuf_done(&c->found);
	return status;
}

/* By their letters, also where one is not there; or because both are. */
static bool are_paths(const char *from, const char *to)
{
	return asked_is_path(from) || asked_is_path(to) || (!access(from, F_OK) && !access(to, F_OK));
}

/* Two paths, or the chart with one or two versions. -1: fine. */
static int take_arguments(const struct command *self, struct compare *c, char **words, int count)
{
	struct errinfo e = { 0 };
	c->local = count == 2 && !c->server && !c->data && are_paths(words[0], words[1]);
	c->from = words[!c->local];
	c->to = c->local ? words[1] : count == 3 ? words[2] : "latest";
	struct str fail_on = str_c(c->fail_on);
	if (c->fail_on && !str_eq(fail_on, STR("breaking")) && !str_eq(fail_on, STR("check")))
		return cmd_misused(self, "--fail-on: breaking or check is expected, not \"%s\"", c->fail_on);
	if (!c->local && asked_chart_read(words[0], &c->chart, &e))
		return cmd_misused(self, "%s", cmd_reason(&e));
	if (!c->local && c->chart.version.n)
		return cmd_misused(self, "the versions follow the name: %.*s/%.*s FROM TO",
		                   STR_ARG(c->chart.repo), STR_ARG(c->chart.name));
	return -1;
}

int cmd_compare(const struct command *self, int argc, char **argv)
{
	struct compare c = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &c.server }, { "data", 'd', CMD_TEXT, &c.data },
		{ "diff", 'u', CMD_FLAG, &c.diff }, { "fail-on", 'f', CMD_TEXT, &c.fail_on },
		{ "json", 'j', CMD_FLAG, &c.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 2, 3, "REPO/NAME and one or two versions are expected, or two "
		                       "archives or chart directories");
	if (status < 0)
		status = take_arguments(self, &c, argv + optind, argc - optind);
	if (status >= 0)
		return status;
	status = run(self, &c);
	arena_done(&c.arena);
	return status;
}
