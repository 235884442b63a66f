/* chartlocker user: what /api/v1/users does, on a terminal. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/verbs.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct user_command {
	struct verb_run run;             /* first */
	struct cmd_list roles;
	bool password_stdin;
};

/* ---- what is sent ---- */

static enum err put_password(struct user_command *x, struct sbuf *b, struct errinfo *e)
{
	struct str password;
	enum err err = read_secret(&x->run.arena, "Password: ", &password, e);
	if (!err)
		json_text(b, "password", password);
	return err;
}

static enum err add_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	struct user_command *x = (struct user_command *)run;
	json_text(b, "name", str_c(run->args[0]));
	put_list_field(b, "roles", &x->roles);
	return x->password_stdin ? put_password(x, b, e) : OK;
}

static enum err set_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	const struct user_command *x = (const struct user_command *)run;
	(void)e;
	put_list_field(b, "roles", &x->roles);
	return OK;
}

static enum err passwd_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	return put_password((struct user_command *)run, b, e);
}

static enum err disable_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)run, (void)e;
	json_bool(b, "disabled", true);
	return OK;
}

static enum err enable_body(struct verb_run *run, struct sbuf *b, struct errinfo *e)
{
	(void)run, (void)e;
	json_bool(b, "disabled", false);
	return OK;
}

/* ---- what comes back ---- */

static const char *state_of(const struct node *user)
{
	if (field_is_true(user, "disabled"))
		return "disabled";
	return field_is_true(user, "has_password") ? "active" : "no password";
}

static void put_user(struct sbuf *b, const struct node *user)
{
	put_cell(b, field_text(user, "name"));
	sbuf_printf(b, "\t%s\t", state_of(user));
	put_list_cell(b, node_get(user, "roles"));
	sbuf_printf(b, "\t%.*s\n", STR_ARG(str_first(field_text(user, "created"), 10)));
}

static void print_users(const struct node_item *items, const struct node *one)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	sbuf_puts(&b, "USER\tSTATE\tROLES\tSINCE\n");
	if (one)
		put_user(&b, one);
	for (; items; items = items->next)
		put_user(&b, items->value);
	print_table(sbuf_str(&b));
}

static void print_list(const struct verb_run *x, const struct node *root)
{
	(void)x;
	print_users(root->items, NULL);
}

static void print_one(const struct verb_run *x, const struct node *root)
{
	(void)x;
	print_users(NULL, root);
}

static void print_removed(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: removed, with all tokens\n", x->args[0]);
}

static const struct verb verbs[] = {
	{ "add",     1, 1, "NAME", "POST",   "/api/v1/users",             "has_password",   add_body,     print_one, NULL },
	{ "list",    0, 0, "",     "GET",    "/api/v1/users",             "[]has_password", NULL,         print_list, NULL },
	{ "show",    1, 1, "NAME", "GET",    "/api/v1/users/%s",          "has_password",   NULL,         print_one, NULL },
	{ "set",     1, 1, "NAME", "PATCH",  "/api/v1/users/%s",          "has_password",   set_body,     print_one, NULL },
	{ "passwd",  1, 1, "NAME", "POST",   "/api/v1/users/%s/password", "has_password",   passwd_body,  print_one, NULL },
	{ "disable", 1, 1, "NAME", "PATCH",  "/api/v1/users/%s",          "has_password",   disable_body, print_one, NULL },
	{ "enable",  1, 1, "NAME", "PATCH",  "/api/v1/users/%s",          "has_password",   enable_body,  print_one, NULL },
	{ "remove",  1, 1, "NAME", "DELETE", "/api/v1/users/%s",          "removed",        NULL,         print_removed, NULL },
	{ .name = NULL },
};

static const char *misuse_of(const struct verb_run *run, const struct verb *v, int count)
{
	const struct user_command *x = (const struct user_command *)run;
	bool roles = v->body == add_body || v->body == set_body;
	(void)count;
	if (x->roles.count && !roles)
		return "takes no --role";
	if (x->password_stdin && v->body != add_body && v->body != passwd_body)
		return "takes no password";
	if (v->body == passwd_body && !x->password_stdin)
		return "the new password is expected on standard input: --password-stdin";
	if (!roles || x->roles.count)
		return NULL;
	return v->body == set_body ? "the new roles are expected, all of them: --role ROLE:REPO-GLOB…"
	       : "what may the user do? --role ROLE:REPO-GLOB, for example --role pull:* --role "
	         "push:team-a/*";
}

int cmd_user(const struct command *self, int argc, char **argv)
{
	struct user_command x = { .run = { .self = self, .data = cmd_data(), .misuse = misuse_of,
	                                   .check_name = verb_segment_check } };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.run.server }, { "data", 'd', CMD_TEXT, &x.run.data },
		{ "role", 0, CMD_LIST, &x.roles },
		{ "password-stdin", 0, CMD_FLAG, &x.password_stdin },
		{ "json", 'j', CMD_FLAG, &x.run.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	return status < 0 ? verbs_run(verbs, &x.run, argc, argv) : status;
}
