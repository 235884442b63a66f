/* Charts, from wherever they are, judged: those of a catalog by its server, the others here. */
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/glob.h"
#include "server/cmd/bundle.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/inspect.h"
#include "server/cmd/ready.h"
#include "server/route/address.h"

#define PAGE_CHARTS 50u

void ready_done(struct ready *x)
{
	remote_close(x->remote);
	sbuf_done(&x->list);
	arena_done(&x->arena);
}

static bool asks(const struct ready *x) { return x->server || x->data; }

/* "usb/" is no name of a chart. */
static bool is_here(const struct ready *x, const char *word)
{
	return asked_is_here(word, asks(x)) || bundle_is_path(word) || str_ends(str_c(word), STR("/"));
}

int ready_check(struct ready *x, char **words, size_t count, bool all)
{
	struct errinfo e = { 0 };
	if (!count && !x->repos.count && !all)
		return cmd_misused(x->self, "a chart or a bundle is expected, or --repo R");
	for (size_t i = 0; i < x->inside.count; i++)
		if (glob_check(str_c(x->inside.item[i]), &e) || str_has(str_c(x->inside.item[i]), ','))
			return cmd_misused(x->self, "--inside: a host is expected, such as registry.inner or *.inner, not \"%s\"",
			                   x->inside.item[i]);
	for (size_t i = 0; i < count; i++) {
		struct asked_chart ignored;
		if (!is_here(x, words[i]) && asked_chart_read(words[i], &ignored, &e))
			return cmd_misused(x->self, "%s", cmd_reason(&e));
	}
	return -1;
}

static enum err reach(struct ready *x, struct errinfo *e)
{
	return x->remote ? OK : remote_open(x->server, x->data, &x->remote, e);
}

static void put_inside(struct sbuf *b, const struct ready *x)
{
	for (size_t i = 0; i < x->inside.count; i++) {
		sbuf_puts(b, i ? "," : "");
		address_encode(b, str_c(x->inside.item[i]));
	}
}

/* ---- of this machine ---- */

static void put_wanted(struct sbuf *b, const struct chart *c, const struct chart_dependency *d)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", d->name);
	json_text(b, "range", d->version);
	json_text(b, "repository", d->repository);
	json_text(b, "locked_repository", inspect_dependency(c, d).locked_repository);
	sbuf_putc(b, '}');
}

enum err ready_ask_sources(struct ready *x, struct arena *a, const struct chart *c,
                           struct readiness_source **ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	struct remote_answer answer = { 0 };
	const struct node *list = NULL;
	size_t count = 0;
	*ret = NULL;
	if (!asks(x) || !c->meta.dependency_count)
		return OK;
	struct readiness_source *sources = arena_array(a, c->meta.dependency_count, sizeof *sources);
	sbuf_puts(&b, "{\"dependencies\":[");
	for (size_t i = 0; i < c->meta.dependency_count; i++)
		put_wanted(&b, c, &c->meta.dependencies[i]);
	sbuf_puts(&b, "]}");
	if (!sources || !sbuf_ok(&b))
		return ERR(e, NOMEM, "dependencies");
	enum err err = reach(x, e);
	if (!err)
		err = remote_call(x->remote, a, "POST", "/api/v1/dependencies", sbuf_str(&b), &answer, e);
	if (!err)
		err = answer_list(a, answer.text, "name", &list, e);
	const struct node_item *i = err ? NULL : list->items;
	for (; i && count < c->meta.dependency_count; i = i->next)
		sources[count++] = (struct readiness_source){ .repo = field_text(i->value, "repo"),
		                                              .version = field_text(i->value, "resolved"),
		                                              .why = field_text(i->value, "missing"),
		                                              .deprecated = field_is_true(i->value, "deprecated") };
	*ret = sources;
	return err;
}

enum err ready_add(struct ready *x, const struct chart *c, const char *path, uint64_t bytes,
                   const struct readiness_source *sources, const struct str *images, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str hosts[CMD_LIST_MAX];
	struct readiness_inside in = { .sources = sources, .hosts = hosts, .host_count = x->inside.count };
	struct readiness_needs needs;
	struct readiness found;
	for (size_t i = 0; i < x->inside.count; i++)
		hosts[i] = str_c(x->inside.item[i]);
	enum err err = readiness_read(&a, c, bytes, &needs, e);
	if (!err && images)
		err = readiness_with_list(&a, &needs, *images, &needs, e);
	if (!err)
		err = readiness_judge(&a, &needs, &in, &found, e);
	if (err)
		return err;
	json_next(&x->list);
	sbuf_putc(&x->list, '{');
	json_text(&x->list, "path", str_c(path));
	json_text(&x->list, "name", c->meta.name);
	json_text(&x->list, "version", c->meta.version);
	readiness_json(&x->list, &found);
	sbuf_putc(&x->list, '}');
	return OK;
}

static enum err add_path(struct ready *x, const char *path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart_scratch scratch = { 0 };
	struct readiness_source *sources = NULL;
	struct chart c;
	size_t bytes;
	enum err err = chart_path_load(&a, &scratch, path, &bytes, &c, e);
	if (!err)
		err = ready_ask_sources(x, &a, &c, &sources, e);
	if (!err)
		err = ready_add(x, &c, path, bytes, sources, NULL, e);
	chart_scratch_done(&scratch);
	return err;
}

/* ---- of a catalog ---- */

/* One object. */
static enum err put_one(struct ready *x, struct str text, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *chart = NULL;
	enum err err = answer_read(&a, text, "ready", &chart, e);
	if (err)
		return err;
	json_next(&x->list);
	sbuf_put(&x->list, answer_text(text));
	return OK;
}

static enum err add_asked(struct ready *x, const char *word, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer = { 0 };
	struct asked_chart asked;
	enum err err = asked_chart_read(word, &asked, e);
	if (!err)
		err = reach(x, e);
	if (err)
		return err;
	err = asked_chart_find(x->remote, &x->arena, &asked, e);
	put_version_target(&target, &asked);
	sbuf_puts(&target, "/readiness?inside=");
	put_inside(&target, x);
	if (!err)
		err = ask_target(x->remote, &x->arena, &target, &answer, e);
	if (err)
		asked_chart_hint(&asked, e);
	return err ? err : put_one(x, answer.text, e);
}

static enum err add_page(void *ready, const struct node *list, struct str text, struct errinfo *e)
{
	(void)e;
	put_elements(&((struct ready *)ready)->list, list, text);
	return OK;
}

static enum err add_repo(struct ready *x, struct str repo, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	sbuf_puts(&target, "/api/v1/repos");
	address_helm(&target, repo, STR(""));
	sbuf_printf(&target, "/readiness?limit=%u&inside=", PAGE_CHARTS);
	put_inside(&target, x);
	return ask_pages(x->remote, NULL, &target, "version", add_page, x, e);
}

static enum err add_every_repo(struct ready *x, struct errinfo *e)
{
	struct remote_answer answer = { 0 };
	const struct node *list = NULL;
	enum err err = remote_call(x->remote, &x->arena, "GET", "/api/v1/repos", STR(""), &answer, e);
	if (!err)
		err = answer_list(&x->arena, answer.text, "name", &list, e);
	for (const struct node_item *i = err ? NULL : list->items; i && !err; i = i->next)
		err = add_repo(x, field_text(i->value, "name"), e);
	return err;
}

static enum err add_repos(struct ready *x, bool all, struct errinfo *e)
{
	if (!x->repos.count && !all)
		return OK;
	enum err err = reach(x, e);
	if (err)
		return err;
	remote_catch_up(x->remote);
	if (!x->repos.count)
		return add_every_repo(x, e);
	for (size_t i = 0; i < x->repos.count && !err; i++)
		err = add_repo(x, str_c(x->repos.item[i]), e);
	return err;
}

enum err ready_collect(struct ready *x, char **words, size_t count, struct errinfo *e)
{
	enum err err = OK;
	sbuf_putc(&x->list, '[');
	for (size_t i = 0; i < count && !err; i++) {
		bool here = is_here(x, words[i]);
		if (here && bundle_is_place(words[i]))
			err = ready_add_bundle(x, words[i], e);
		else
			err = here ? add_path(x, words[i], e) : add_asked(x, words[i], e);
	}
	if (!err)
		err = add_repos(x, !count, e);
	sbuf_putc(&x->list, ']');
	if (!err && !sbuf_ok(&x->list))
		err = ERR(e, TOO_LARGE, "that are too many charts at once: name fewer");
	return err ? err : json_read_answer(&x->arena, sbuf_str(&x->list), &x->charts, e);
}
