/* chartlocker chartmuseum: ChartMuseum's command line on ChartMuseum's storage, served by this
 * program; also what the binary does under the name chartmuseum.
 *
 * The flags become settings (chartmuseum_apply.c), the charts are adopted once the data directory
 * is open (adopt.c), and the rest is chartlocker serve. The settings are left in
 * DIR/.chartlocker/chartlocker.yaml, to go on with when ChartMuseum is forgotten.            */
#include <fcntl.h>
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/base/log.h"
#include "server/cmd/adopt.h"
#include "server/cmd/chartmuseum.h"
#include "server/cmd/declared.h"
#include "server/cmd/index.h"
#include "server/cmd/output.h"
#include "server/cmd/serve.h"
#include "server/cmd/serve_parts.h"

#define SETTINGS_MAX_BYTES (64u * KIB)
#define HELP_COLUMNS 98
#define HELP_ROW_BYTES 300

extern char **environ;

struct museum {
	struct cm flags;
	struct cm_plan plan;
	struct config config;
	struct sbuf settings;            /* config, as a file */
	const char *data, *default_repo; /* of config, which serve_run takes over */
};

/* ---- help ---- */

/* Words in lines that fit a terminal. */
static void print_wrapped(struct str text)
{
	size_t column = HELP_COLUMNS;
	while (text.n) {
		struct str word = str_cut(&text, ' ', NULL);
		bool wraps = column + 1 + word.n > HELP_COLUMNS;
		printf("%s%.*s", wraps ? "\n      " : " ", STR_ARG(word));
		column = word.n + (wraps ? 6 : column + 1);
	}
	putchar('\n');
}

static void print_row(const struct cm_row *row)
{
	char text[HELP_ROW_BYTES];
	static const char *const fates[] = { [CM_NATIVE] = "becomes the setting ", [CM_MODE] = "",
	                                     [CM_IMPLIED] = "not needed: ", [CM_WARN] = "no effect: ",
	                                     [CM_REFUSE] = "refused: " };
	(void)snprintf(text, sizeof text, "%s%s", fates[row->fate],
	               row->fate == CM_NATIVE ? row->to : row->text);
	printf("  --%s", row->flag);
	print_wrapped(str_c(text));
}

static int help(const struct command *self)
{
	printf("Usage: chartlocker %s %s\n\n%s\nChartMuseum's flags:\n", self->name, self->usage,
	       self->help);
	for (int i = 0; i < CM_COUNT; i++)
		print_row(cm_row((enum cm_id)i));
	return EXIT_DONE;
}

static int version(void)
{
	puts("Chartlocker version " CHARTLOCKER_VERSION ", as ChartMuseum");
	return EXIT_DONE;
}

/* ---- settings ---- */

/* Only what ChartMuseum's flags made; every name whole, as the file may have it. */
static enum err write_settings(const struct config *c, const struct cm_plan *p, struct sbuf *to, struct errinfo *e)
{
	sbuf_puts(to, "# What chartlocker chartmuseum made of ChartMuseum's flags; each start of it writes this file again.\n"
	              "# To go on without these flags, and with what is changed here:\n"
	              "#   chartlocker serve --config FILE\n");
	if (p->credentials.user)
		sbuf_printf(to, "# The user of --basic-auth-user is an account, in the data directory:\n"
		                "#   chartlocker user list --data %s\n", c->data);
	for (size_t i = 0; i < p->repos.count; i++)
		sbuf_printf(to, "# The ID of --artifact-hub-repo-id is a setting there: chartlocker repo show %.*s --data %s\n",
		            STR_ARG(p->repos.list[i].name), c->data);
	for (int i = 0; i < CONFIG_COUNT; i++) {
		AUTO_SBUF struct sbuf value = sbuf_make(SETTINGS_MAX_BYTES);
		if (c->origin[i].source != CONFIG_FLAG)
			continue;
		config_value(c, (enum config_id)i, &value);
		sbuf_printf(to, "%s: ", config_row((enum config_id)i)->name);
		sbuf_json(to, sbuf_str(&value));
		sbuf_puts(to, "\n");
	}
	return sbuf_ok(to) ? OK : ERR(e, NOMEM, "settings");
}

static void print_lines(const struct sbuf *lines)
{
	struct str rest = sbuf_str(lines);
	while (rest.n) {
		struct str line = str_cut(&rest, '\n', NULL);
		fprintf(stderr, "chartlocker chartmuseum: %.*s\n", STR_ARG(line));
	}
}

static enum err settle(struct museum *m, struct errinfo *e)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	AUTO_SBUF struct sbuf notes = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	enum err err = serve_load(NULL, &m->config, &problems, e);
	if (!err)
		err = cm_apply(&m->flags, &m->config, &m->plan, &notes, e);
	if (!err)
		err = config_check(&m->config, &problems, e);
	print_lines(&notes);
	print_lines(&problems);
	return err ? err : write_settings(&m->config, &m->plan, &m->settings, e);
}

/* ---- before anybody is served ---- */

/* Whoever goes on with chartlocker serve finds the settings; nothing depends on the file. */
static void keep_settings(const struct museum *m)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	const char *path = arena_printf(&a, "%s/" CONFIG_KEPT_NAME, m->data);
	enum err err = path ? output_write(path, sbuf_str(&m->settings), &e) : ERR(&e, NOMEM, "path");
	if (err)
		LOG(LOG_WARN, "chartmuseum.settings_not_kept", KV("detail", cmd_reason(&e)));
	else
		LOG(LOG_INFO, "chartmuseum.settings_kept", KV("file", path));
}

static enum err before_serving(void *museum, struct ingest *g, struct errinfo *e)
{
	const struct museum *m = museum;
	struct adopt_report r;
	struct adoption a = {
		.directory = m->plan.directory, .default_repo = m->default_repo, .depth = m->plan.depth,
		.dynamic = m->plan.depth_dynamic, .link = m->flags.link, .times = m->plan.statefiles,
	};
	keep_settings(m);
	enum err err = m->plan.credentials.user ? cm_put_account(g, &m->plan.credentials, e) : OK;
	if (!err)
		err = adopt(&a, g, &r, e);
	if (!err)
		err = declared_apply(g, &m->plan.repos, e);
	if (!err)
		LOG(LOG_INFO, "adopt.done", KV("adopted", (int64_t)r.adopted),
		    KV("known", (int64_t)r.known), KV("passed_by", (int64_t)(r.refused + r.odd)));
	return err;
}

/* ---- the command ---- */

static int serve(const struct command *self, struct museum *m)
{
	struct errinfo e = { 0 };
	struct serve_mode mode = {
		.loaded = before_serving, .ctx = m,
		.not_reloaded = "ChartMuseum's flags, variables and file are read at the start alone: restart it",
	};
	enum err err = fs_mkdirs(AT_FDCWD, m->plan.directory, 0777, &e);
	if (err)
		return cmd_failed(self, &e);
	m->data = m->config.data;
	m->default_repo = m->config.default_repository;
	return serve_run(self, &m->config, &mode);
}

static int run(const struct command *self, struct museum *m)
{
	struct errinfo e = { 0 };
	char server_info[ROPE_SERVER_INFO_MAX_BYTES];
	if (settle(m, &e))
		return cmd_failed(self, &e);
	if (m->flags.print_config)
		return print_output(&m->settings, &e) ? cmd_failed(self, &e) : EXIT_DONE;
	serve_server_info(&m->config, server_info);
	if (m->plan.gen_index)
		return index_print(self, m->plan.directory, server_info,
		                   cm_is_true(&m->flags, CM_ID_JSON_INDEX));
	return serve(self, m);
}

int cmd_chartmuseum(const struct command *self, int argc, char **argv)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	struct museum m = { .settings = sbuf_make(SETTINGS_MAX_BYTES) };
	struct errinfo e = { 0 };
	int status;
	enum err err = cm_read(&m.flags, argc, argv, environ, &problems, &e);
	print_lines(&problems);
	if (err)
		status = err == ERR_CONFIG ? cmd_misused(self, "%s", e.detail) : cmd_failed(self, &e);
	else if (m.flags.help)
		status = help(self);
	else
		status = m.flags.version ? version() : run(self, &m);
	config_done(&m.config);
	sbuf_done(&m.settings);
	cm_done(&m.flags);
	return status;
}
