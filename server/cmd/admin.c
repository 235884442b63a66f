/* Finds the server that a command talks to, and starts one here where none runs; the client of either
 * is the same.                                                                               */
#include "server/cmd/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"
#include "server/cmd/serve_parts.h"

#define LOOK_MS 20                   /* between two looks at how far the catalog of charts is */
#define TOLD_AFTER 50u               /* looks */

struct admin {
	struct control *control;
	bool serves;                     /* `here` */
	struct serve here;
};

/* A server on the control socket alone, which says no more than what a command has to. */
static enum err serve_here(struct admin *d, const char *data, struct errinfo *e)
{
	struct config *c = &d->here.config;
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	d->serves = true;
	enum err err = serve_load(NULL, c, &problems, e);
	if (!err)
		err = config_set(c, CONFIG_ID_data, data, "--data", e);
	d->here.for_command = true;
	d->here.unopened = c->listen.count;
	c->listen.count = 0;
	c->log_level = "warn";
	c->log_access = false;
	if (problems.n)
		fprintf(stderr, "%.*s", STR_ARG(sbuf_str(&problems)));
	return err ? err : serve_open(&d->here, e);
}

static enum err check_there(const char *data, struct errinfo *e)
{
	const struct datadir_options o = { .allow_network_filesystem = true };
	struct datadir *dir = NULL;
	enum err err = datadir_open(data, &o, &dir, e);
	datadir_close(dir);
	return err;
}

static enum err open_here(struct admin *d, const char *data, bool make, struct errinfo *e)
{
	if (make && access(data, F_OK) != 0)
		fprintf(stderr, "making the data directory %s\n", data);
	enum err err = make ? OK : check_there(data, e);
	if (!err)
		err = owner_check(data, e);
	if (!err)
		err = serve_here(d, data, e);
	return err ? err : control_open(data, &d->control, e);
}

enum err admin_open(const char *data, bool make, struct admin **ret, struct errinfo *e)
{
	struct admin *d = calloc(1, sizeof *d);
	if (!d)
		return ERR(e, NOMEM, "command");
	enum err err = control_open(data, &d->control, e);
	if (err == ERR_NOT_FOUND)
		err = open_here(d, data, make, e);
	if (err)
		admin_close(d);
	else
		*ret = d;
	return err;
}

void admin_close(struct admin *d)
{
	if (!d)
		return;
	control_close(d->control);
	if (d->serves) {
		serve_close(&d->here);
		config_done(&d->here.config);
	}
	free(d);
}

void admin_catch_up(struct admin *d)
{
	static const struct timespec a_moment = { .tv_nsec = LOOK_MS * 1000000L };
	struct hub_stats s = { .behind = 1 };
	for (unsigned looks = 0; d->serves && s.behind && !s.stopped; looks++) {
		hub_stats(d->here.app.hub, &s);
		if (looks == TOLD_AFTER)
			fprintf(stderr, "reading the charts that are new\n");
		if (s.behind)
			(void)nanosleep(&a_moment, NULL);
	}
}

enum err admin_ask(struct admin *d, struct arena *a, const char *method, const char *target,
                   struct str json, struct fetch_response *ret, struct errinfo *e)
{
	return control_call(d->control, a, method, target, json,
	                    json.n ? "Content-Type: application/json" : NULL, ret, e);
}

enum err admin_call(struct admin *d, struct arena *a, const char *method, const char *target,
                    struct str json, struct str *ret, struct errinfo *e)
{
	struct fetch_response answer;
	enum err err = admin_ask(d, a, method, target, json, &answer, e);
	if (!err)
		*ret = answer.body;
	return err;
}
