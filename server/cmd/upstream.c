/* chartlocker upstream: what /api/v1/upstreams does, on a terminal. */
#include "server/cmd/upstream.h"

#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/store/upstreams.h"
#include "server/cmd/setting_pair.h"

/* ---- what is sent ---- */

/* `url` is another word for the setting `upstream`. */
static enum err put_pair(struct upstream_command *x, struct sbuf *b, const char *pair,
                         struct errinfo *e)
{
	bool is_url = str_starts(str_c(pair), STR("url="));
	const char *set = is_url ? arena_printf(&x->run.arena, "upstream%s", pair + 3) : pair;
	return set ? put_setting_pair(&x->run.arena, b, set, e) : ERR(e, NOMEM, "settings");
}

static enum err put_options(struct upstream_command *x, struct sbuf *b, struct errinfo *e)
{
	const struct { const char *key, *value; } given[] = {
		{ "mode", x->mode }, { "credentials", x->credentials }, { "description", x->description },
		{ "allow_private", x->allow_private ? "true" : NULL },
		{ "private", x->private ? "true" : NULL },
	};
	enum err err = OK;
	for (size_t i = 0; i < sizeof given / sizeof *given && !err; i++)
		if (given[i].value)
			err = put_setting(&x->run.arena, b, str_c(given[i].key), str_c(given[i].value), e);
	for (size_t i = 0; i < x->set.count && !err; i++)
		err = put_pair(x, b, x->set.item[i], e);
	return err;
}

enum err upstream_put_new(struct upstream_command *x, struct str name, struct str url, struct str maintainers,
                          struct sbuf *b, struct errinfo *e)
{
	sbuf_putc(b, '{');
	json_text(b, "name", name);
	json_text(b, "url", url);
	if (maintainers.n)
		json_text(b, "maintainers", maintainers);
	enum err err = put_options(x, b, e);
	sbuf_putc(b, '}');
	return err || sbuf_ok(b) ? err : ERR(e, NOMEM, "request");
}

static enum err set_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	struct upstream_command *x = (struct upstream_command *)run;
	enum err err = put_options(x, b, e);
	for (char **pair = run->args + 1; *pair && !err; pair++)
		err = put_pair(x, b, *pair, e);
	return err;
}

static enum err pause_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)run;
	(void)e;
	json_bool(b, "paused", true);
	return OK;
}

static enum err resume_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)run;
	(void)e;
	json_bool(b, "paused", false);
	return OK;
}

static enum err accept_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)e;
	json_text(b, "chart", str_c(run->args[1]));
	json_text(b, "version", str_c(run->args[2]));
	return OK;
}

static enum err remove_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct upstream_command *x = (const struct upstream_command *)run;
	const char *name = run->args[0];
	(void)b;
	if (x->confirm && !strcmp(x->confirm, name))
		return OK;
	return ERR(e, INVALID, "removing an upstream takes its name twice: chartlocker upstream remove %s "
	           "--confirm %s", name, name);
}

/* ---- verbs ---- */

static void print_paused(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: paused; what is here is served\n", x->args[0]);
}

static void print_resumed(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: goes on\n", x->args[0]);
}

/* What is taken follows from the settings at the next refresh. */
static void print_set(const struct verb_run *x, const struct node *root)
{
	const struct node *settings = node_get(root, "settings");
	bool paused = field_is_true(settings, "paused");
	bool by_hand = str_eq(field_text(settings, "refresh_minutes"), STR("0"));
	printf("%s: changed", x->args[0]);
	if (paused || by_hand)
		printf("; %s, so what is here is as it was until: chartlocker upstream %s %s",
		       paused ? "it is paused" : "refresh_minutes is 0", paused ? "resume" : "refresh", x->args[0]);
	else
		printf("; it is refreshed now");
	printf("\n");
}

#define ONE "/api/v1/upstreams/%s"
static const struct verb verbs[] = {
	{ "list", 0, 0, "", "GET", "/api/v1/upstreams", "[]state", NULL, upstream_print_list, NULL },
	{ "show", 1, 1, "NAME", "GET", ONE, "state", NULL, upstream_print_one, NULL },
	{ "set", 1, 64, "NAME KEY=VALUE…", "PATCH", ONE, "settings", set_body, print_set, "changed" },
	{ "pause", 1, 1, "NAME", "PATCH", ONE, "settings", pause_body, print_paused, "paused" },
	{ "resume", 1, 1, "NAME", "PATCH", ONE, "settings", resume_body, print_resumed, "resumed" },
	{ "remove", 1, 1, "NAME", "DELETE", ONE "?confirm=%s", "deleted", remove_body, upstream_print_deleted,
	  "removed" },
	{ "skipped", 1, 1, "NAME", "GET", ONE "/skipped", "skipped", NULL, upstream_print_skipped, NULL },
	{ "history", 1, 1, "NAME", "GET", ONE "/runs", "runs", NULL, upstream_print_runs, NULL },
	{ "gone", 1, 1, "NAME", "GET", ONE "/gone", "gone", NULL, upstream_print_gone, NULL },
	{ "drift", 1, 1, "NAME", "GET", ONE "/drift", "drift", NULL, upstream_print_drift, NULL },
	{ "hook", 1, 1, "NAME", "POST", ONE "/hook", "secret", NULL, upstream_print_hook, NULL },
	{ .name = NULL },
};
static enum err test_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	return put_options((struct upstream_command *)run, b, e);
}

static enum err test_url_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	json_text(b, "url", str_c(run->args[0]));
	return put_options((struct upstream_command *)run, b, e);
}

static const struct verb test = {
	"test", 1, 1, "NAME|URL", "POST", ONE "/test", "rules", test_body, upstream_print_test, NULL,
};
static const struct verb test_url = {
	"test", 1, 1, "NAME|URL", "POST", "/api/v1/upstreams/test", "rules", test_url_body, upstream_print_test, NULL,
};
#define SKIPPED(kind) \
	{ "skipped", 1, 1, "NAME", "GET", ONE "/skipped?kind=" kind, "skipped", NULL, upstream_print_skipped, NULL }
static const struct verb skipped[SKIPPED_KIND_COUNT] = {
	[SKIPPED_ENTRY] = SKIPPED("skipped"), [SKIPPED_REFUSED] = SKIPPED("refused"),
	[SKIPPED_UNFETCHED] = SKIPPED("unfetched"),
};
static const struct verb accept = {
	"drift", 3, 3, "NAME --accept CHART VERSION", "POST", ONE "/drift/accept", "event", accept_body,
	upstream_print_accepted, NULL,
};

/* Verbs that are more than one request, or need what the table has not. */
static const struct more { const char *name, *takes; int args; int (*run)(struct upstream_command *x); } mores[] = {
	{ "add", "NAME URL", 2, upstream_add },
	{ "refresh", "NAME", 1, upstream_refresh },
	{ "import", "FILE", 1, upstream_import },
};

/* ---- the command ---- */

const char *upstream_joined(struct arena *a, const char *name)
{
	char *joined = arena_dup(a, str_c(name));
	char *slash = joined ? strchr(joined, '/') : NULL;
	if (slash)
		*slash = '~';
	return joined;
}

static enum err check_joined(struct str name, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	char *parted = arena_dup(&a, name);
	char *tilde = parted ? strchr(parted, '~') : NULL;
	if (tilde)
		*tilde = '/';
	return parted ? repo_old_name_check(str_c(parted), e) : ERR(e, NOMEM, "name");
}

static bool is_word(const char *words, const char *word)
{
	struct str rest = str_c(words);
	bool more = true;
	while (more)
		if (str_eq_c(str_cut(&rest, ' ', &more), word))
			return true;
	return false;
}

/* An option that has no meaning with this verb is a mistake about what the command does. */
static const char *misused_option(const struct upstream_command *x, const char *verb)
{
	const struct { bool given; const char *option, *verbs; } options[] = {
		{ x->mode, "--mode", "add import" }, { x->allow_private, "--allow-private", "add import test" },
		{ x->credentials, "--credentials", "add test" }, { x->set.count, "--set", "add set test" },
		{ x->no_refresh, "--no-refresh", "add" }, { x->whole, "--whole", "refresh" },
		{ x->accept_drop, "--accept-drop", "refresh" }, { x->accept_fork, "--accept-fork", "refresh" },
		{ x->accept, "--accept", "drift" }, { x->confirm, "--confirm", "remove" }, { x->yes, "--yes", "import" },
		{ x->run.dry_run, "--dry-run", "add refresh set pause resume remove" },
		{ x->private, "--private", "add" }, { x->description, "--description", "add" },
		{ x->kind, "--kind", "skipped" },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (options[i].given && !is_word(options[i].verbs, verb))
			return options[i].option;
	return NULL;
}

static int run_more(struct upstream_command *x, const struct more *m, int argc, char **argv)
{
	optind++;
	const char *takes = arena_printf(&x->run.arena, "%s takes %s", m->name, m->takes);
	int status = cmd_arguments(x->run.self, argc, argv, m->args, m->args, takes ? takes : m->takes);
	x->run.args = argv + optind;
	if (status < 0)
		status = m->run(x);
	arena_done(&x->run.arena);
	return status;
}

static int misused(const struct upstream_command *x)
{
	return cmd_misused(x->run.self, "one of these is expected: add, list, show, set, refresh, pause, resume, "
	                   "remove, test, skipped, history, gone, drift, hook, import");
}

static const struct more *find_more(const char *name)
{
	for (size_t i = 0; i < sizeof mores / sizeof *mores; i++)
		if (!strcmp(name, mores[i].name))
			return &mores[i];
	return NULL;
}

static int run(struct upstream_command *x, int argc, char **argv)
{
	const char *verb = argv[optind] ? argv[optind] : "";
	const char *wrong = misused_option(x, verb);
	const struct more *more = find_more(verb);
	AUTO_ARENA struct arena a = { 0 };
	bool tests = !strcmp(verb, "test"), known = tests || more;
	for (const struct verb *v = verbs; v->name; v++)
		known |= !strcmp(verb, v->name);
	if (!known)
		return misused(x);
	if (wrong)
		return cmd_misused(x->run.self, "%s: takes no %s", verb, wrong);
	enum skipped_kind kind;
	if (x->kind && !skipped_kind_read(str_c(x->kind), &kind))
		return cmd_misused(x->run.self, "--kind: one of skipped, refused, unfetched is expected");
	if (more)
		return run_more(x, more, argc, argv);
	if (argv[optind + 1])
		x->run.about = upstream_joined(&a, argv[optind + 1]);
	bool is_url = tests && argv[optind + 1] && strstr(argv[optind + 1], "://");
	if (is_url)
		x->run.check_name = NULL;
	if (!x->accept && !tests && !x->kind)
		return verbs_run(verbs, &x->run, argc, argv);
	optind++;
	return verb_run_one(x->accept ? &accept : x->kind ? &skipped[kind] : is_url ? &test_url : &test, &x->run, argc,
	                    argv);
}

int cmd_upstream(const struct command *self, int argc, char **argv)
{
	struct upstream_command x = { .run = { .self = self, .data = cmd_data(), .check_name = check_joined } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "mode", 'm', CMD_TEXT, &x.mode },
		{ "allow-private", 0, CMD_FLAG, &x.allow_private }, { "private", 0, CMD_FLAG, &x.private },
		{ "description", 0, CMD_ANY, &x.description }, { "kind", 'k', CMD_TEXT, &x.kind },
		{ "credentials", 0, CMD_TEXT, &x.credentials }, { "set", 0, CMD_LIST, &x.set },
		{ "no-refresh", 0, CMD_FLAG, &x.no_refresh }, { "whole", 0, CMD_FLAG, &x.whole },
		{ "accept-drop", 0, CMD_FLAG, &x.accept_drop },
		{ "accept-fork", 0, CMD_FLAG, &x.accept_fork }, { "accept", 0, CMD_FLAG, &x.accept },
		{ "confirm", 0, CMD_TEXT, &x.confirm }, { "yes", 'y', CMD_FLAG, &x.yes },
		{ "dry-run", 'n', CMD_FLAG, &x.run.dry_run }, { "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? run(&x, argc, argv) : status;
}
