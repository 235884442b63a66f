/* chartlocker token: what /api/v1/tokens does, on a terminal. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/verbs.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct token_command {
	struct verb_run run;             /* first */
	struct cmd_list roles;
	const char *user, *expires;
};

static enum err create_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct token_command *x = (const struct token_command *)run;
	(void)e;
	json_text(b, "name", str_c(run->args[0]));
	if (x->user)
		json_text(b, "user", str_c(x->user));
	if (x->expires)
		json_text(b, "expires", str_c(x->expires));
	put_list_field(b, "roles", &x->roles);
	return OK;
}

/* The token alone on standard output, for a script. */
static void print_created(const struct verb_run *x, const struct node *root)
{
	struct str expires = field_text(root, "expires");
	printf("%.*s\n", STR_ARG(field_text(root, "token")));
	(void)fflush(stdout);
	fprintf(stderr, "token %s, id %.*s, %s%.*s; it is shown this once\n", x->args[0],
	        STR_ARG(field_text(root, "id")), expires.n ? "until " : "does not expire",
	        STR_ARG(str_first(expires, 10)));
}

static void print_list(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "ID\tNAME\tUSER\tROLES\tEXPIRES\tLAST USED\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		struct str user = field_text(i->value, "user"), expires = field_text(i->value, "expires"),
		           used = field_text(i->value, "last_used");
		sbuf_printf(&b, "%.*s\t", STR_ARG(field_text(i->value, "id")));
		put_cell(&b, field_text(i->value, "name"));
		sbuf_printf(&b, "\t%.*s\t", STR_ARG(user.n ? user : STR("-")));
		put_list_cell(&b, node_get(i->value, "roles"));
		sbuf_printf(&b, "\t%.*s\t%.*s\n",
		            STR_ARG(expires.n ? str_first(expires, 10) : STR("never")),
		            STR_ARG(used.n ? str_first(used, 10) : STR("never")));
	}
	print_table(sbuf_str(&b));
}

static void print_revoked(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("token %s: revoked\n", x->args[0]);
}

static const struct verb verbs[] = {
	{ "create", 1, 1, "NAME", "POST",   "/api/v1/tokens",    "token",   create_body, print_created, NULL },
	{ "list",   0, 0, "",     "GET",    "/api/v1/tokens",    "[]roles", NULL,        print_list, NULL },
	{ "revoke", 1, 1, "ID",   "DELETE", "/api/v1/tokens/%s", "revoked", NULL,        print_revoked, NULL },
	{ .name = NULL },
};

static const char *misuse_of(const struct verb_run *run, const struct verb *v, int count)
{
	const struct token_command *x = (const struct token_command *)run;
	(void)count;
	bool options = x->roles.count || x->user || x->expires;
	if (v->body != create_body)
		return options ? "takes no --role, --user and --expires" : NULL;
	return x->roles.count ? NULL : "what may the token do? --role ROLE:REPO-GLOB[:CHART-GLOB], for "
	                               "example --role push:stable:my-chart";
}

int cmd_token(const struct command *self, int argc, char **argv)
{
	struct token_command x = { .run = { .self = self, .data = cmd_data(), .misuse = misuse_of,
	                                    .check_name = verb_segment_check } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "user", 'u', CMD_TEXT, &x.user },
		{ "role", 0, CMD_LIST, &x.roles }, { "expires", 0, CMD_TEXT, &x.expires },
		{ "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? verbs_run(verbs, &x.run, argc, argv) : status;
}
