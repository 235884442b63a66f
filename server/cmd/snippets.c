/* chartlocker snippets: every repository of a catalog as the settings of those who shall use it here instead
 * of where it was: Helm, Flux, Argo CD. Which addresses one replaces stands beside it as a comment. */
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/url.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/route/address.h"
#include "server/web/install.h"

#define OUTPUT_MAX_BYTES (16u * MIB)

struct place { struct str name, alias, url, replaces; bool private; };     /* replaces: with spaces between */

struct snippets {
	const char *server, *data, *format, *url, *namespace;
	struct cmd_list repos;
	struct arena arena;
	struct place *list;
	size_t count, room;
	bool json;
};

/* ---- repositories ---- */

static enum err check_wanted(const struct snippets *x, struct errinfo *e)
{
	for (size_t i = 0; i < x->repos.count; i++) {
		bool found = false;
		for (size_t k = 0; k < x->count; k++)
			found |= str_eq_c(x->list[k].name, x->repos.item[i]);
		if (!found)
			return ERR(e, REPO_NOT_FOUND, "there is no repository \"%s\"", x->repos.item[i]);
	}
	return x->count ? OK : ERR(e, NOT_FOUND, "there are no repositories");
}

static bool is_taken(const struct snippets *x, struct str alias)
{
	for (size_t i = 0; i + 1 < x->count; i++)
		if (str_eq(x->list[i].alias, alias))
			return true;
	return false;
}

/* Two of them may be called the same: "team-a/stable" and "team-a-stable". */
static enum err make_alias(struct snippets *x, const struct node *repo, struct place *p, struct errinfo *e)
{
	struct str plain;
	if (!install_alias_of(&x->arena, p->name, field_is_true(repo, "default"), &plain))
		return ERR(e, NOMEM, "repositories");
	p->alias = plain;
	for (unsigned same = 2; is_taken(x, p->alias); same++) {
		const char *text = arena_printf(&x->arena, "%.*s-%u", STR_ARG(plain), same);
		if (!text)
			return ERR(e, NOMEM, "repositories");
		p->alias = str_c(text);
	}
	return OK;
}

static enum err make_url(struct snippets *x, const struct node *repo, struct place *p, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	struct str base = str_c(x->url);
	while (str_ends(base, STR("/")))
		base.n--;
	sbuf_put(&b, base);
	address_helm(&b, p->name, field_is_true(repo, "default") ? p->name : STR(""));
	return sbuf_ok(&b) && arena_str(&x->arena, sbuf_str(&b), &p->url) ? OK : ERR(e, NOMEM, "repositories");
}

static enum err take_repo(struct snippets *x, const struct node *repo, struct errinfo *e)
{
	const struct node *settings = node_get(repo, "settings");
	struct str upstream = field_text(settings, "upstream"), known_as = field_text(settings, "known_as");
	struct place *list = arena_room(&x->arena, x->list, x->count, &x->room, sizeof *list);
	const char *replaces = arena_printf(&x->arena, "%.*s %.*s", STR_ARG(upstream), STR_ARG(known_as));
	if (!list || !replaces)
		return ERR(e, NOMEM, "repositories");
	x->list = list;
	struct place *p = &list[x->count++];
	*p = (struct place){ .name = field_text(repo, "name"), .replaces = str_c(replaces),
	                     .private = field_is_true(repo, "private") };
	enum err err = make_alias(x, repo, p, e);
	return err ? err : make_url(x, repo, p, e);
}

static enum err read_repos(struct snippets *x, struct errinfo *e)
{
	struct remote *r = NULL;
	struct remote_answer answer;
	const struct node *list = NULL;
	enum err err = remote_open(x->server, x->data, &r, e);
	if (!err)
		err = remote_call(r, &x->arena, "GET", "/api/v1/repos", STR(""), &answer, e);
	remote_close(r);
	if (!err)
		err = answer_list(&x->arena, answer.text, "name", &list, e);
	for (const struct node_item *i = err ? NULL : list->items; i && !err; i = i->next)
		if (cmd_list_admits(&x->repos, field_text(i->value, "name")))
			err = take_repo(x, i->value, e);
	return err ? err : check_wanted(x, e);
}

/* ---- formats ---- */

static void put_replaced(struct sbuf *b, const struct place *p)
{
	struct str rest = p->replaces, one;
	while ((one = repo_setting_next_word(&rest)).n) {
		sbuf_puts(b, "# instead of ");
		put_cell(b, one);
		sbuf_putc(b, '\n');
	}
	if (p->private)
		sbuf_puts(b, "# private: it wants a user and a password, or a token as the password\n");
}

static void put_helm_head(struct sbuf *b, const struct snippets *x)
{
	(void)x;
	sbuf_puts(b, "# helm --repository-config FILE, or $HELM_REPOSITORY_CONFIG; then: helm repo update\n"
	             "apiVersion: \"\"\ngenerated: \"0001-01-01T00:00:00Z\"\nrepositories:\n");
}

static void put_helm(struct sbuf *b, const struct snippets *x, const struct place *p)
{
	(void)x;
	put_replaced(b, p);
	sbuf_puts(b, "- name: ");
	sbuf_json(b, p->alias);
	sbuf_puts(b, "\n  url: ");
	sbuf_json(b, p->url);
	sbuf_putc(b, '\n');
}

static void put_meta(struct sbuf *b, const struct snippets *x, const struct place *p, const char *usual)
{
	sbuf_puts(b, "metadata:\n  name: ");
	sbuf_json(b, p->alias);
	sbuf_puts(b, "\n  namespace: ");
	sbuf_json(b, str_c(x->namespace ? x->namespace : usual));
	sbuf_putc(b, '\n');
}

static void put_flux(struct sbuf *b, const struct snippets *x, const struct place *p)
{
	sbuf_puts(b, "---\n");
	put_replaced(b, p);
	sbuf_puts(b, "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\n");
	put_meta(b, x, p, "flux-system");
	sbuf_puts(b, "spec:\n  interval: 10m\n  url: ");
	sbuf_json(b, p->url);
	sbuf_putc(b, '\n');
	if (p->private)
		sbuf_printf(b, "  secretRef:\n    name: \"%.*s\"\n", STR_ARG(p->alias));
}

static void put_argocd(struct sbuf *b, const struct snippets *x, const struct place *p)
{
	sbuf_puts(b, "---\n");
	put_replaced(b, p);
	sbuf_puts(b, "# of an Application: spec.source.repoURL: ");
	put_cell(b, p->url);
	sbuf_puts(b, "\napiVersion: v1\nkind: Secret\n");
	put_meta(b, x, p, "argocd");
	sbuf_puts(b, "  labels:\n    argocd.argoproj.io/secret-type: repository\n"
	             "stringData:\n  type: helm\n  name: ");
	sbuf_json(b, p->alias);
	sbuf_puts(b, "\n  url: ");
	sbuf_json(b, p->url);
	sbuf_putc(b, '\n');
}

static const struct form {
	const char *word;
	void (*head)(struct sbuf *b, const struct snippets *x);
	void (*put)(struct sbuf *b, const struct snippets *x, const struct place *p);
} forms[] = {
	{ "helm", put_helm_head, put_helm }, { "flux", NULL, put_flux }, { "argocd", NULL, put_argocd },
};

static const struct form *find_form(const char *word)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (!strcmp(forms[i].word, word))
			return &forms[i];
	return NULL;
}

static void put_json(struct sbuf *b, const struct place *p)
{
	struct str rest = p->replaces, one;
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repo", p->name);
	json_text(b, "name", p->alias);
	json_text(b, "url", p->url);
	json_bool(b, "private", p->private);
	json_key(b, "instead_of");
	sbuf_putc(b, '[');
	while ((one = repo_setting_next_word(&rest)).n) {
		json_next(b);
		sbuf_json(b, one);
	}
	sbuf_puts(b, "]}");
}

static enum err print_json(const struct snippets *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < x->count; i++)
		put_json(&b, &x->list[i]);
	sbuf_puts(&b, "]\n");
	return print_output(&b, e);
}

static enum err print(const struct snippets *x, const struct form *f, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	if (x->json)
		return print_json(x, e);
	if (f->head)
		f->head(&b, x);
	for (size_t i = 0; i < x->count; i++)
		f->put(&b, x, &x->list[i]);
	return print_output(&b, e);
}

/* ---- the command ---- */

static bool is_address(struct str url)
{
	bool http = str_starts(url, STR("http://")) || str_starts(url, STR("https://"));
	for (size_t i = 0; i < url.n; i++)
		http &= url.p[i] > ' ' && url.p[i] != '"';
	return http;
}

/* That of --server is whose it is, without a user and a password in it: what is printed goes to others. */
static enum err take_url(struct snippets *x, struct errinfo *e)
{
	struct url_server server;
	if (x->url || !x->server)
		return OK;
	enum err err = url_server_read(&x->arena, x->server, &server, e);
	if (err)
		err_prefix(e, "--server");
	else
		x->url = server.url;
	return err;
}

int cmd_snippets(const struct command *self, int argc, char **argv)
{
	struct snippets x = { .format = "helm" };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.server }, { "data", 'd', CMD_TEXT, &x.data },
		{ "format", 'f', CMD_TEXT, &x.format }, { "url", 'u', CMD_TEXT, &x.url }, { "repo", 'r', CMD_LIST, &x.repos },
		{ "namespace", 0, CMD_TEXT, &x.namespace }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	const struct form *form = find_form(x.format);
	if (status < 0 && !form)
		status = cmd_misused(self, "--format: helm, flux or argocd is expected, not \"%s\"", x.format);
	if (status < 0 && take_url(&x, &e))
		status = cmd_failed(self, &e);
	if (status < 0 && (!x.url || !is_address(str_c(x.url))))
		status = cmd_misused(self, "say what the server is called inside: --url https://charts.inner");
	if (status < 0) {
		enum err err = read_repos(&x, &e);
		if (!err)
			err = print(&x, form, &e);
		status = err ? cmd_failed(self, &e) : EXIT_DONE;
	}
	arena_done(&x.arena);
	return status;
}
