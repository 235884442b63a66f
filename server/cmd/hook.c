/* chartlocker hook: what /api/v1/hooks does, on a terminal. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/verbs.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct hook_command {
	struct verb_run run;             /* first */
	const char *format, *repos, *charts, *keep, *url;
	struct cmd_list kinds, headers;
	bool secret_stdin, allow_private, public_only, pause, resume;
};

/* ---- what is sent ---- */

static void put_text(struct sbuf *b, const char *key, const char *value)
{
	if (value)
		json_text(b, key, str_c(value));
}

static void put_settings(const struct hook_command *x, struct sbuf *b)
{
	put_text(b, "format", x->format);
	put_text(b, "repos", x->repos);
	put_text(b, "charts", x->charts);
	if (x->kinds.count)
		put_list_field(b, "kinds", &x->kinds);
	if (x->headers.count)
		put_list_field(b, "headers", &x->headers);
	if (x->allow_private || x->public_only)
		json_bool(b, "allow_private", x->allow_private);
	if (x->pause || x->resume)
		json_bool(b, "paused", x->pause);
}

static enum err put_secret(struct hook_command *x, struct sbuf *b, struct errinfo *e)
{
	struct str secret;
	enum err err = x->secret_stdin ? read_secret(&x->run.arena, "Secret: ", &secret, e) : OK;
	if (!err && x->secret_stdin)
		json_text(b, "secret", secret);
	return err;
}

static enum err add_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	struct hook_command *x = (struct hook_command *)run;
	json_text(b, "name", str_c(run->args[0]));
	json_text(b, "url", str_c(run->args[1]));
	put_settings(x, b);
	return put_secret(x, b, e);
}

static enum err set_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct hook_command *x = (const struct hook_command *)run;
	(void)e;
	put_text(b, "url", x->url);
	put_settings(x, b);
	return OK;
}

static enum err rotate_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	struct hook_command *x = (struct hook_command *)run;
	put_text(b, "keep", x->keep);
	return put_secret(x, b, e);
}

/* ---- what comes back ---- */

/* The secret alone on standard output, for a script. */
static void print_made(const struct verb_run *x, const struct node *root)
{
	struct str secret = field_text(root, "secret");
	if (!secret.n) {
		printf("webhook %s: made; its address is its secret, so nothing is signed\n", x->args[0]);
		return;
	}
	printf("%.*s\n", STR_ARG(secret));
	(void)fflush(stdout);
	fprintf(stderr, "webhook %s: this is its secret, shown this once\n", x->args[0]);
}

static void print_list(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "NAME\tFORMAT\tURL\tREPOSITORIES\tCHARTS\tSTATE\tWAITING\tDEAD\tLAST SUCCESS\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		static const char *const cells[] = { "name", "format", "url", "repos", "charts", "state",
		                                     "waiting", "dead" };
		for (size_t k = 0; k < sizeof cells / sizeof *cells; k++) {
			put_cell(&b, field_text(i->value, cells[k]));
			sbuf_putc(&b, '\t');
		}
		put_time_cell(&b, field_text(i->value, "last_success"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

static void print_hook(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	for (const struct node_item *i = root->items; i; i = i->next) {
		put_cell(&b, i->key);
		sbuf_putc(&b, '\t');
		if (i->value && i->value->kind == NODE_LIST)
			put_list_cell(&b, i->value);
		else
			put_cell(&b, node_is_null(i->value) ? STR("-") : node_text(i->value));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

static void print_deliveries(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "ID\tEVENT\tWHAT\tREPOSITORY\tCHART\tSTATE\tTRIES\tLAST\tNEXT\tSTATUS\tERROR\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		const struct node *d = i->value;
		struct str status = field_text(d, "status"), error = field_text(d, "error"),
		           version = field_text(d, "version");
		sbuf_printf(&b, "%.*s\t%.*s\t", STR_ARG(field_text(d, "id")), STR_ARG(field_text(d, "event")));
		put_cell(&b, field_text(d, "kind"));
		sbuf_putc(&b, '\t');
		put_cell(&b, field_text(d, "repo"));
		sbuf_putc(&b, '\t');
		put_cell(&b, field_text(d, "chart"));
		sbuf_puts(&b, version.n ? " " : "");
		put_cell(&b, version);
		sbuf_printf(&b, "\t%.*s\t%.*s\t", STR_ARG(field_text(d, "state")), STR_ARG(field_text(d, "attempts")));
		put_time_cell(&b, field_text(d, "tried"));
		sbuf_putc(&b, '\t');
		put_time_cell(&b, field_text(d, "next"));
		sbuf_printf(&b, "\t%.*s\t", STR_ARG(status.n ? status : STR("-")));
		put_cell(&b, error.n ? error : STR("-"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
	if (root->count == HOOK_DELIVERIES_LIMIT_MAX)
		fprintf(stderr, "these are the newest; there may be more\n");
}

static void print_set(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("webhook %s: changed\n", x->args[0]);
}

static void print_removed(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("webhook %s: removed\n", x->args[0]);
}

static void print_resent(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("delivery %s: is sent again\n", x->args[0]);
}

/* Of a test; other answers say nothing, or a number. */
static bool is_good(const struct verb_run *x, const struct node *root)
{
	bool yes;
	(void)x;
	return !node_bool(node_get(root, "delivered"), &yes) || yes;
}

/* What answered is a stranger: its text goes on a terminal as a cell does. */
static void print_test(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	struct str answer = field_text(root, "answer");
	sbuf_printf(&b, "webhook %s: ", x->args[0]);
	if (is_good(x, root))
		sbuf_printf(&b, "delivered, answered with status %.*s after %.*s ms",
		            STR_ARG(field_text(root, "status")), STR_ARG(field_text(root, "took_ms")));
	else
		sbuf_puts(&b, "not delivered: ");
	put_cell(&b, field_text(root, "error"));
	sbuf_puts(&b, answer.n ? "\n" : "");
	put_cell(&b, answer);
	printf("%.*s\n", STR_ARG(sbuf_str(&b)));
}

/* ---- verbs ---- */

#define HOOK "/api/v1/hooks/%s"

static const struct verb verbs[] = {
	{ "add",        2, 2, "NAME URL", "POST", "/api/v1/hooks",                "secret",     add_body,    print_made, NULL },
	{ "list",       0, 0, "",     "GET",    "/api/v1/hooks",                "[]format",   NULL,        print_list, NULL },
	{ "show",       1, 1, "NAME", "GET",    HOOK,                           "format",     NULL,        print_hook, NULL },
	{ "set",        1, 1, "NAME", "PATCH",  HOOK,                           "format",     set_body,    print_set, NULL },
	{ "test",       1, 1, "NAME", "POST",   HOOK "/test",                   "delivered",  NULL,        print_test, NULL },
	{ "rotate",     1, 1, "NAME", "POST",   HOOK "/rotate",                 "secret",     rotate_body, print_made, NULL },
	{ "deliveries", 1, 1, "NAME", "GET",    HOOK "/deliveries?limit=500",   "[]attempts", NULL,        print_deliveries, NULL },
	{ "resend",     1, 1, "ID",   "POST",   "/api/v1/deliveries/%s/resend", "waiting",    NULL,        print_resent, NULL },
	{ "remove",     1, 1, "NAME", "DELETE", HOOK,                           "removed",    NULL,        print_removed, NULL },
	{ .name = NULL },
};

static bool has_settings(const struct hook_command *x)
{
	return x->format || x->repos || x->charts || x->kinds.count || x->headers.count ||
	       x->allow_private || x->public_only || x->pause || x->resume;
}

static const char *misuse_of(const struct verb_run *run, const struct verb *v, int count)
{
	const struct hook_command *x = (const struct hook_command *)run;
	(void)count;
	if (v->body != add_body && v->body != set_body && has_settings(x))
		return "takes no settings";
	if (v->body == set_body && !has_settings(x) && !x->url)
		return "what is to be changed?";
	if (x->url && v->body != set_body)
		return "takes no --url";
	if (x->keep && v->body != rotate_body)
		return "takes no --keep";
	if (x->secret_stdin && v->body != add_body && v->body != rotate_body)
		return "takes no --secret-stdin; rotate sets another secret";
	return NULL;
}

int cmd_hook(const struct command *self, int argc, char **argv)
{
	struct hook_command x = { .run = { .self = self, .data = cmd_data(), .misuse = misuse_of,
	                                   .check_name = verb_segment_check,
	                                   .good = is_good } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "format", 'f', CMD_TEXT, &x.format },
		{ "repo", 'r', CMD_TEXT, &x.repos }, { "chart", 'c', CMD_TEXT, &x.charts },
		{ "kind", 'k', CMD_LIST, &x.kinds }, { "header", 'H', CMD_LIST, &x.headers },
		{ "url", 'u', CMD_TEXT, &x.url },
		{ "secret-stdin", 0, CMD_FLAG, &x.secret_stdin },
		{ "allow-private", 0, CMD_FLAG, &x.allow_private },
		{ "public-only", 0, CMD_FLAG, &x.public_only },
		{ "pause", 0, CMD_FLAG, &x.pause }, { "resume", 0, CMD_FLAG, &x.resume },
		{ "keep", 0, CMD_TEXT, &x.keep }, { "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? verbs_run(verbs, &x.run, argc, argv) : status;
}
