/* A refresh that a person waits for. The request is answered when it is over; meanwhile another thread
 * asks how far it is, and shows that on a terminal.                                            */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/thread.h"
#include "indexer/format/name.h"
#include "server/cmd/ask.h"
#include "server/cmd/upstream.h"

#define LOOK_MS 200
#define REMOTE_WAIT_SECONDS 100u     /* less than remote_call waits for an answer (FETCH_ANSWER_SECONDS) */
#define CLEAR_LINE "\r\033[K"

/* ---- how far it is ---- */

struct watching {
	const char *server, *data, *target, *name;
	atomic_bool stop;
	struct thread thread;
};

static void draw(const char *name, const struct node *root)
{
	struct str phase = field_text(root, "phase");
	const struct node *progress = node_get(root, "progress");
	uint64_t done = field_number(progress, "done"), total = field_number(progress, "total");
	fprintf(stderr, CLEAR_LINE "%s: %.*s", name, STR_ARG(phase));
	if (done)
		fprintf(stderr, ", %llu", (unsigned long long)done);
	if (done && total)
		fprintf(stderr, " of %llu", (unsigned long long)total);
}

/* What cannot be told is not worth a word: the request itself will tell. */
static void *watch(void *arg)
{
	static const struct timespec moment = { .tv_nsec = LOOK_MS * 1000000L };
	struct watching *w = arg;
	struct remote *r = NULL;
	if (remote_open(w->server, w->data, &r, NULL))
		return NULL;
	enum err err = OK;
	while (!err && !atomic_load(&w->stop)) {
		AUTO_ARENA struct arena a = { 0 };
		struct remote_answer answer;
		const struct node *root = NULL;
		err = remote_call(r, &a, "GET", w->target, STR(""), &answer, NULL);
		if (!err)
			err = answer_read(&a, answer.text, "phase", &root, NULL);
		if (!err)
			draw(w->name, root);
		(void)nanosleep(&moment, NULL);
	}
	fprintf(stderr, CLEAR_LINE);
	remote_close(r);
	return NULL;
}

static void watch_begin(struct watching *w, const struct upstream_command *x, const char *target)
{
	*w = (struct watching){ .server = x->run.server, .data = x->run.data, .target = target, .name = x->run.args[0] };
	if (isatty(STDERR_FILENO) == 1 && thread_start(&w->thread, "progress", watch, w, NULL))
		return;                      /* it goes on unwatched */
}

static void watch_stop(struct watching *w)
{
	atomic_store(&w->stop, true);
	thread_join(&w->thread);
}

/* ---- asking ---- */

static enum err ask(struct upstream_command *x, struct remote *r, const char *method,
                    const char *target, struct str body, struct str *ret_text,
                    const struct node **ret, struct errinfo *e)
{
	struct remote_answer answer = { 0 };
	enum err err = target ? remote_call(r, &x->run.arena, method, target, body, &answer, e)
	                      : ERR(e, NOMEM, "request");
	*ret_text = answer.text;
	return err ? err : answer_read(&x->run.arena, answer.text, "name", ret, e);
}

static const char *address_of(struct upstream_command *x)
{
	const char *name = upstream_joined(&x->run.arena, x->run.args[0]);
	return name ? arena_printf(&x->run.arena, "/api/v1/upstreams/%s", name) : NULL;
}

/* It went on for longer than a request may wait. */
static enum err wait_longer(struct upstream_command *x, struct remote *r, const char *address,
                            struct str *ret_text, const struct node **ret, struct errinfo *e)
{
	static const struct timespec moment = { .tv_nsec = LOOK_MS * 1000000L };
	enum err err;
	bool idle;
	do {
		AUTO_ARENA struct arena a = { 0 };       /* a mirror may take hours */
		const struct node *root = NULL;
		struct remote_answer answer;
		(void)nanosleep(&moment, NULL);
		err = remote_call(r, &a, "GET", address, STR(""), &answer, e);
		if (!err)
			err = answer_read(&a, answer.text, "phase", &root, e);
		idle = str_eq(field_text(root, "phase"), STR("idle"));
	} while (!err && !idle);
	return err ? err : ask(x, r, "GET", address, STR(""), ret_text, ret, e);
}

/* `first`: the server asks a new one by itself as well, and once is enough. */
static enum err refresh(struct upstream_command *x, struct remote *r, bool first, struct str *ret_text,
                        const struct node **ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = sbuf_make(KIB);
	struct watching w;
	const char *address = address_of(x);
	if (!address)
		return ERR(e, NOMEM, "request");
	sbuf_putc(&body, '{');
	json_bool(&body, "first", first);
	json_bool(&body, "whole", x->whole);
	json_bool(&body, "accept_drop", x->accept_drop);
	json_bool(&body, "accept_fork", x->accept_fork);
	sbuf_putc(&body, '}');
	unsigned wait = x->run.server ? REMOTE_WAIT_SECONDS : REFRESH_WAIT_MAX_SECONDS;
	watch_begin(&w, x, address);
	enum err err = ask(x, r, "POST", arena_printf(&x->run.arena, "%s/refresh?wait=%u%s", address,
	                                              wait, x->run.dry_run ? "&dry_run" : ""), sbuf_str(&body),
	                   ret_text, ret, e);
	if (!err && field_is_true(*ret, "running") && x->run.dry_run)
		err = ERR(e, UPSTREAM, "what a refresh would do was not known after %u seconds", wait);
	else if (!err && field_is_true(*ret, "running"))
		err = wait_longer(x, r, address, ret_text, ret, e);
	watch_stop(&w);
	return err;
}

/* ---- telling ---- */

/* What a dry run came to is told, whatever state the upstream is in. */
static bool succeeded(const struct node *root)
{
	if (field_is_true(root, "dry_run"))
		return field_is_true(root, "ok");
	struct str state = field_text(root, "state");
	bool bad = str_eq(state, STR("failing")) || str_eq(state, STR("held"));
	return node_get(root, "ok") ? field_is_true(root, "ok") && !field_is_true(root, "held") : !bad;
}

static int tell_failure(const struct upstream_command *x, const struct node *root)
{
	const char *name = x->run.args[0];
	struct str reason = field_text(root, "reason"), held_for = field_text(root, "held_for");
	fprintf(stderr, "chartlocker upstream: %s: %.*s%s%.*s\n", name, STR_ARG(field_text(root, "state")),
	        reason.n ? ": " : "", STR_ARG(reason));
	if (held_for.n && !memmem(reason.p, reason.n, "--accept", 8))
		fprintf(stderr, "Look at it with --dry-run; if it is right: chartlocker upstream refresh %s "
		        "--accept-%.*s\n", name, STR_ARG(held_for));
	return EXIT_FAILED;
}

static void print_report(const struct upstream_command *x, const struct node *root)
{
	static const struct { const char *key, *word; bool always; } counts[] = {
		{ "added", "new", true }, { "changed", "changed", true }, { "gone", "gone", true },
		{ "drifted", "drifted", false }, { "skipped", "skipped", false },
		{ "fetched", "fetched", false }, { "failed", "not to be had", false },
	};
	printf("%s: %.*s:", x->run.args[0], STR_ARG(field_text(root, "state")));
	const char *between = " ";
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		uint64_t n = field_number(root, counts[i].key);
		if (!n && !counts[i].always)
			continue;
		printf("%s%llu %s", between, (unsigned long long)n, counts[i].word);
		between = ", ";
	}
	printf("; %.*s bytes in %.*s ms\n", STR_ARG(field_text(root, "wire_bytes")),
	       STR_ARG(field_text(root, "took_ms")));
}

static void print_would(const struct upstream_command *x, const struct node *root)
{
	uint64_t gone = field_number(root, "gone"), left_out = field_number(root, "left_out");
	printf("%s: %.*s; a refresh would drop %llu versions that its index has no more\n", x->run.args[0],
	       STR_ARG(field_text(root, "state")), (unsigned long long)gone);
	if (left_out)
		printf("%llu versions that are taken now would be left out by the rules\n",
		       (unsigned long long)left_out);
	upstream_print_rules(root, true);
}

static int tell(const struct upstream_command *x, struct str text, const struct node *root)
{
	bool report = node_get(root, "wire_bytes");
	if (x->run.json)
		answer_print(text);
	if (!succeeded(root))
		return tell_failure(x, root);
	if (x->run.json)
		return EXIT_DONE;
	if (field_is_true(root, "dry_run"))
		print_would(x, root);
	else if (report)
		print_report(x, root);
	else
		upstream_print_state(root);
	return EXIT_DONE;
}

int upstream_refresh(struct upstream_command *x)
{
	struct remote *r = NULL;
	struct errinfo e = { 0 };
	struct str text;
	const struct node *root;
	enum err err = repo_old_name_check(str_c(x->run.args[0]), &e);
	if (!err)
		err = remote_open(x->run.server, x->run.data, &r, &e);
	if (!err)
		err = refresh(x, r, false, &text, &root, &e);
	int status = err ? cmd_failed(x->run.self, &e) : tell(x, text, root);
	remote_close(r);
	return status;
}

/* ---- a new one ---- */

static enum err make(struct upstream_command *x, struct remote *r, struct str *ret_text,
                     const struct node **ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	enum err err = upstream_put_new(x, str_c(x->run.args[0]), str_c(x->run.args[1]), STR(""), &b, e);
	return err ? err : ask(x, r, "POST", x->run.dry_run ? "/api/v1/upstreams?dry_run" : "/api/v1/upstreams",
	                       sbuf_str(&b), ret_text, ret, e);
}

/* It is there whatever the first refresh came to: it is tried again. */
static enum err refresh_first(struct upstream_command *x, struct remote *r, struct str *ret_text,
                              const struct node **ret, struct errinfo *e)
{
	enum err err = refresh(x, r, true, ret_text, ret, e);
	return err ? err : ask(x, r, "GET", address_of(x), STR(""), ret_text, ret, e);
}

static int tell_made(const struct upstream_command *x, struct str text, const struct node *root)
{
	const char *name = x->run.args[0];
	if (x->run.json)
		answer_print(text);
	else if (x->run.dry_run)
		printf("%s: would be made\n", name);
	else if (x->no_refresh)
		printf("%s: made\n", name);
	else if (succeeded(root))
		upstream_print_state(root);
	uint64_t missing = succeeded(root) ? field_number(root, "behind") : 0;       /* of a mirror */
	struct str reason = field_text(root, "reason");
	if (missing)
		fprintf(stderr, "chartlocker upstream: %s: %.*s\n", name,
		        STR_ARG(reason.n ? reason : STR("its archives are still to come")));
	if (x->no_refresh || x->run.dry_run || succeeded(root))
		return missing ? EXIT_FAILED : EXIT_DONE;
	fprintf(stderr, "%s was made, and is tried again by itself\n", name);
	return tell_failure(x, root);
}

int upstream_add(struct upstream_command *x)
{
	struct remote *r = NULL;
	struct errinfo e = { 0 };
	struct str text;
	const struct node *root;
	enum err err = repo_old_name_check(str_c(x->run.args[0]), &e);
	if (!err)
		err = remote_open_new(x->run.server, x->run.data, &r, &e);
	if (!err)
		err = make(x, r, &text, &root, &e);
	if (!err && !x->no_refresh && !x->run.dry_run)
		err = refresh_first(x, r, &text, &root, &e);
	int status = err ? cmd_failed(x->run.self, &e) : tell_made(x, text, root);
	remote_close(r);
	return status;
}
