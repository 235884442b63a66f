/* Finds the server that a command talks to, and starts one here where none runs; the client of either
 * is the same.                                                                               */
#include "server/cmd/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"
#include "server/cmd/serve_parts.h"

#define LOOK_MS 20                   /* between two looks at how far the catalog of charts is */
#define TOLD_AFTER 50u               /* looks */
#define PASSING_LOOKS_MAX 100u       /* at who begins or ends */
#define PASSING_LOOK_MS 100

struct admin {
	char *data;
	bool make;
	struct control *control;
	bool serves;                     /* `here` */
	struct serve here;
};

/* A server on the control socket alone, which says no more than what a command has to. */
static enum err serve_here(struct admin *d, struct errinfo *e)
{
	struct config *c = &d->here.config;
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	d->serves = true;
	enum err err = serve_load(NULL, c, &problems, e);
	if (!err)
		err = config_set(c, CONFIG_ID_data, d->data, "--data", e);
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

static enum err open_here(struct admin *d, struct errinfo *e)
{
	if (d->make && access(d->data, F_OK) != 0)
		fprintf(stderr, "making the data directory %s\n", d->data);
	enum err err = d->make ? OK : check_there(d->data, e);
	if (!err)
		err = owner_check(d->data, e);
	if (!err)
		err = serve_here(d, e);
	return err ? err : control_open(d->data, &d->control, e);
}

/* Who has the directory is about to listen, or to end: another command, or a server that is started. */
static bool is_passing(enum err err)
{
	return err == ERR_LOCKED || err == ERR_BUSY || err == ERR_DRAINING || err == ERR_UPSTREAM;
}

static enum err reach_server(struct admin *d, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct fetch_response answer = { 0 };
	enum err err = control_open(d->data, &d->control, e);
	if (err)
		return err;
	err = control_call(d->control, &a, "GET", "/readyz", STR(""), NULL, &answer, e);
	bool is_there = err == ERR_UPSTREAM && answer.status;        /* whatever it says */
	return is_passing(err) && !is_there ? err : OK;
}

static void leave(struct admin *d)
{
	control_close(d->control);
	if (d->serves) {
		serve_close(&d->here);
		config_done(&d->here.config);
	}
	d->control = NULL;
	d->serves = false;
	d->here = (struct serve){ 0 };
}

static enum err open_any(struct admin *d, struct errinfo *e)
{
	static const struct timespec a_moment = { .tv_nsec = PASSING_LOOK_MS * 1000000L };
	enum err err = ERR_LOCKED;
	for (unsigned looks = 0; is_passing(err) && looks < PASSING_LOOKS_MAX; looks++) {
		if (looks)
			(void)nanosleep(&a_moment, NULL);
		leave(d);
		err = reach_server(d, e);
		if (err == ERR_NOT_FOUND)
			err = open_here(d, e);
	}
	return err;
}

enum err admin_open(const char *data, bool make, struct admin **ret, struct errinfo *e)
{
	struct admin *d = calloc(1, sizeof *d);
	if (!d || !(d->data = strdup(data))) {
		free(d);
		return ERR(e, NOMEM, "command");
	}
	d->make = make;
	enum err err = open_any(d, e);
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
	leave(d);
	free(d->data);
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

/* Another command's server ends with it: what only reads is asked of the next one. */
enum err admin_ask(struct admin *d, struct arena *a, const char *method, const char *target,
                   struct str json, struct fetch_response *ret, struct errinfo *e)
{
	const char *type = json.n ? "Content-Type: application/json" : NULL;
	*ret = (struct fetch_response){ 0 };
	enum err err = control_call(d->control, a, method, target, json, type, ret, e);
	bool is_gone = err == ERR_UPSTREAM && !ret->status && !d->serves;
	if (!is_gone || strcmp(method, "GET") != 0)
		return err;
	err = open_any(d, e);
	return err ? err : control_call(d->control, a, method, target, json, type, ret, e);
}
