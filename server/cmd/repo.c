/* chartlocker repo: what /api/v1/repos does, on a terminal. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/admin.h"
#include "server/cmd/cmd.h"

#define TABLE_MAX_BYTES (16u * MIB)

struct repo_command {
	const struct command *self;
	const char *data, *description, *keyring, *confirm;
	bool private, public, json, dry_run;
	struct cmd_list set;
	char **args;                     /* after the verb */
	struct arena arena;
};

struct verb {
	const char *name;
	int min, max;                    /* arguments after it */
	const char *method, *target;     /* the first %s is the first argument */
	/* Fills the body. */
	enum err (*body)(struct repo_command *x, struct sbuf *b, struct errinfo *e);
	void (*print)(const struct repo_command *x, const struct node *answer);
};

/* ---- what is sent ---- */

static enum err put_setting(struct repo_command *x, struct sbuf *b, struct str key,
                            struct str value, struct errinfo *e)
{
	struct repo_settings s;
	repo_settings_default(&s);
	enum err err = value.n ? repo_settings_set(&x->arena, key, value, &s, e) : OK;
	json_next(b);
	sbuf_json(b, key);
	sbuf_putc(b, ':');
	if (value.n)
		sbuf_json(b, value);
	else
		sbuf_puts(b, "null");
	return err;
}

static enum err put_pair(struct repo_command *x, struct sbuf *b, const char *pair,
                         struct errinfo *e)
{
	bool found;
	struct str value = str_c(pair), key = str_cut(&value, '=', &found);
	if (!found)
		return ERR(e, INVALID, "\"%s\": KEY=VALUE is expected", pair);
	return put_setting(x, b, key, value, e);
}

static enum err put_keyring(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	enum err err = fs_read_named(x->keyring, REPO_SETTINGS_MAX_BYTES, &text, &bytes, e);
	if (err) {
		err_prefix(e, "%s", x->keyring);
		return err;
	}
	return put_setting(x, b, STR("keyring"), str_make(text, bytes), e);
}

static enum err put_options(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	enum err err = OK;
	if (x->private || x->public)
		err = put_setting(x, b, STR("private"), str_c(x->private ? "true" : "false"), e);
	if (!err && x->description)
		err = put_setting(x, b, STR("description"), str_c(x->description), e);
	if (!err && x->keyring)
		err = put_keyring(x, b, e);
	for (size_t i = 0; i < x->set.count && !err; i++)
		err = put_pair(x, b, x->set.item[i], e);
	return err;
}

static enum err create_body(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	json_text(b, "name", str_c(x->args[0]));
	return put_options(x, b, e);
}

static enum err set_body(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	enum err err = put_options(x, b, e);
	for (char **pair = x->args + 1; *pair && !err; pair++)
		err = put_pair(x, b, *pair, e);
	return err;
}

static enum err rename_body(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	(void)e;
	json_text(b, "to", str_c(x->args[1]));
	return OK;
}

static enum err delete_body(struct repo_command *x, struct sbuf *b, struct errinfo *e)
{
	(void)b;
	if (x->confirm && !strcmp(x->confirm, x->args[0]))
		return OK;
	return ERR(e, INVALID, "deleting a repository takes its name twice: chartlocker repo delete "
	           "%s --confirm %s", x->args[0], x->args[0]);
}

/* ---- what comes back ---- */

static struct str field(const struct node *map, const char *name)
{
	return node_text(node_get(map, name));
}

static void print_list(const struct repo_command *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "NAME\tACCESS\tCHARTS\tVERSIONS\tDESCRIPTION\n");
	for (const struct node_item *i = root->items; i; i = i->next) {
		bool private = str_eq(field(i->value, "private"), STR("true"));
		sbuf_printf(&b, "%.*s\t%s\t%.*s\t%.*s\t", STR_ARG(field(i->value, "name")),
		            private ? "private" : "public", STR_ARG(field(i->value, "charts")),
		            STR_ARG(field(i->value, "versions")));
		put_cell(&b, field(node_get(i->value, "settings"), "description"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

/* Keys are long and no pleasure to read. */
static void put_value(struct sbuf *b, struct str name, struct str value)
{
	if (str_eq(name, STR("keyring")) && value.n)
		sbuf_printf(b, "%zu bytes", value.n);
	else
		put_cell(b, value);
}

static void print_one(const struct repo_command *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	const struct node *settings = node_get(root, "settings");
	(void)x;
	sbuf_printf(&b, "name\t%.*s\ncharts\t%.*s\nversions\t%.*s\n", STR_ARG(field(root, "name")),
	            STR_ARG(field(root, "charts")), STR_ARG(field(root, "versions")));
	for (const struct node_item *i = settings ? settings->items : NULL; i; i = i->next) {
		sbuf_printf(&b, "%.*s\t", STR_ARG(i->key));
		put_value(&b, i->key, node_text(i->value));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

static void print_deleted(const struct repo_command *x, const struct node *root)
{
	(void)root;
	printf("%s: deleted%s\n", x->args[0],
	       x->dry_run ? " (dry run)" : "; its charts are in quarantine/");
}

static const struct verb verbs[] = {
	{ "create", 1, 1,  "POST",   "/api/v1/repos",            create_body, print_one },
	{ "list",   0, 0,  "GET",    "/api/v1/repos",            NULL,        print_list },
	{ "show",   1, 1,  "GET",    "/api/v1/repos/%s",         NULL,        print_one },
	{ "set",    1, 64, "PATCH",  "/api/v1/repos/%s",         set_body,    print_one },
	{ "rename", 2, 2,  "POST",   "/api/v1/repos/%s/rename",  rename_body, print_one },
	{ "delete", 1, 1,  "DELETE", "/api/v1/repos/%s?confirm=%s", delete_body, print_deleted },
};

/* ---- one verb ---- */

static const char *target_of(struct repo_command *x, const struct verb *v)
{
	struct str rest = str_c(v->target);
	AUTO_SBUF struct sbuf b = sbuf_make(4u * KIB);
	bool more = true;
	while (more) {
		sbuf_put(&b, str_cut(&rest, '%', &more));
		if (more) {
			sbuf_puts(&b, x->args[0]);
			rest = str_from(rest, 1);
			more = rest.n > 0;
		}
	}
	if (x->dry_run)
		sbuf_puts(&b, strchr(v->target, '?') ? "&dry_run" : "?dry_run");
	return sbuf_ok(&b) ? arena_dup(&x->arena, sbuf_str(&b)) : NULL;
}

static enum err send(struct repo_command *x, const struct verb *v, struct str *ret,
                     struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct admin *d = NULL;
	const char *target = target_of(x, v);
	enum err err = target ? OK : ERR(e, NOMEM, "request");
	if (!err && v->min)
		err = repo_old_name_check(str_c(x->args[0]), e);
	if (!err && v->body) {
		sbuf_putc(&b, '{');
		err = v->body(x, &b, e);
		sbuf_putc(&b, '}');
	}
	if (!err)
		err = admin_open(x->data, &d, e);
	if (!err)
		err = admin_call(d, &x->arena, v->method, target, sbuf_str(&b), ret, e);
	admin_close(d);
	return err;
}

static int run(struct repo_command *x, const struct verb *v)
{
	struct errinfo e = { 0 };
	struct str answer = { 0 };
	const struct node *root = NULL;
	enum err err = send(x, v, &answer, &e);
	if (!err)
		err = json_read(&x->arena, answer, "answer", &root, &e);
	if (err)
		return cmd_failed(x->self, &e);
	if (x->json)
		printf("%.*s", STR_ARG(answer));
	else
		v->print(x, root);
	return EXIT_DONE;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; name && i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

int cmd_repo(const struct command *self, int argc, char **argv)
{
	struct repo_command x = { .self = self, .data = cmd_data() };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_PATH, &x.data }, { "private", 0, CMD_FLAG, &x.private },
		{ "public", 0, CMD_FLAG, &x.public }, { "description", 0, CMD_TEXT, &x.description },
		{ "keyring", 0, CMD_PATH, &x.keyring }, { "set", 0, CMD_LIST, &x.set },
		{ "confirm", 0, CMD_TEXT, &x.confirm }, { "dry-run", 'n', CMD_FLAG, &x.dry_run },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	const struct verb *v = find_verb(argv[optind]);
	int count = argc - optind - 1;
	if (!v)
		return cmd_misused(self, "create, list, show, set, rename or delete is expected");
	if (count < v->min || count > v->max)
		return cmd_misused(self, "%s takes %s", v->name, v->max == 0 ? "no name" : v->max == 2 ?
		                   "two names" : "the name of a repository");
	if (x.private && x.public)
		return cmd_misused(self, "--private and --public exclude each other");
	x.args = argv + optind + 1;
	status = run(&x, v);
	arena_done(&x.arena);
	return status;
}
