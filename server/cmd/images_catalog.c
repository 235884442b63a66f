/* Images that a catalog tells: of a version, of what it depends on, of a repository. The server has rendered
 * them, or has a list that was pushed, so no archive is fetched.                               */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/images.h"
#include "server/route/address.h"

#define VERSIONS_AT_ONCE "10000"

/* ---- an answer ---- */

static enum image_source source_of(struct str word)
{
	for (enum image_source s = IMAGE_PUSHED; s < IMAGE_ARGUMENT; s++)
		if (str_eq_c(word, image_source_word(s)))
			return s;
	return IMAGE_ARGUMENT;
}

static size_t count_items(const struct node_item *i)
{
	size_t n = 0;
	for (; i; i = i->next)
		n++;
	return n;
}

static void read_facts(const struct node *chart, struct images_of_chart *ret)
{
	ret->found.cut = field_is_true(chart, "cut");
	ret->found.pushed = field_is_true(chart, "pushed");
	ret->found.incomplete = field_text(chart, "incomplete");
	ret->name = field_text(chart, "name");
	ret->version = field_text(chart, "version");
}

static enum err read_list(struct arena *a, const struct node *chart, struct images_of_chart *ret, struct errinfo *e)
{
	const struct node_item *first = field_items(chart, "images");
	struct chart_images *x = &ret->found;
	x->images = arena_array(a, count_items(first) + 1, sizeof *x->images);
	if (!x->images)
		return ERR(e, NOMEM, "images");
	for (const struct node_item *i = first; i; i = i->next)
		x->images[x->count++] = (struct chart_image){
			.image = field_text(i->value, "image"), .where = field_text(i->value, "where"),
			.subchart = field_text(i->value, "subchart"), .source = source_of(field_text(i->value, "source")),
			.certain = field_is_true(i->value, "certain"), .places = field_number(i->value, "places"),
		};
	read_facts(chart, ret);
	return OK;
}

static enum err get(struct images_found *x, struct remote *r, const struct asked_chart *asked,
                    struct images_of_chart *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer = { 0 };
	const struct node *root = NULL;
	put_version_target(&target, asked);
	sbuf_puts(&target, "/images?all");
	enum err err = ask_target(r, &x->arena, &target, &answer, e);
	if (!err)
		err = answer_read(&x->arena, answer.text, "charts", &root, e);
	const struct node_item *chart = err ? NULL : field_items(root, "charts");
	if (!err && !chart)
		err = ERR(e, UPSTREAM, "the server does not answer as Chartlocker does");
	return err ? err : read_list(&x->arena, chart->value, ret, e);
}

static enum err add(struct images_found *x, struct remote *r, const struct asked_chart *asked, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct images_of_chart one = { 0 };
	enum err err = get(x, r, asked, &one, e);
	struct images_of_chart *to = err ? NULL : images_found_add(x, e);
	const char *word = err ? NULL : arena_printf(&a, "%.*s/%.*s@%.*s", STR_ARG(asked->repo),
	                                             STR_ARG(one.name), STR_ARG(one.version));
	if (err || !to || !word)
		return err ? err : ERR(e, NOMEM, "images");
	*to = one;
	images_tell_incomplete(word, &one.found);
	return OK;
}

enum err images_of_asked(struct images_found *x, struct remote *r, struct asked_chart *asked, struct errinfo *e)
{
	enum err err = asked_chart_find(r, &x->arena, asked, e);
	if (!err)
		err = add(x, r, asked, e);
	if (!err)
		asked->version = x->list[x->count - 1].version;      /* the latest may be another one soon */
	return err;
}

/* One of many that cannot be read is told, and the others go on. */
static enum err try_add(struct images_found *x, struct remote *r, const struct asked_chart *asked, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = add(x, r, asked, &why);
	if (!err)
		return OK;
	if (err == ERR_NOMEM || err == ERR_UPSTREAM)
		return err_set(e, err, "%s", why.detail);
	x->failed++;
	cmd_tell("%.*s/%.*s@%.*s: %s", STR_ARG(asked->repo), STR_ARG(asked->name), STR_ARG(asked->version),
	         cmd_reason(&why));
	return OK;
}

/* ---- with dependencies ---- */

struct closure {
	struct images_found *x;
	struct remote *r;
	struct asked_chart *seen;
	size_t count, room;
	unsigned depth;
	struct errinfo *e;
};

static bool is_seen(const struct closure *c, const struct asked_chart *asked)
{
	for (size_t i = 0; i < c->count; i++)
		if (str_eq(c->seen[i].repo, asked->repo) && str_eq(c->seen[i].name, asked->name) &&
		    str_eq(c->seen[i].version, asked->version))
			return true;
	return false;
}

static enum err see(struct closure *c, const struct asked_chart *asked)
{
	struct asked_chart *list = arena_room(&c->x->arena, c->seen, c->count, &c->room, sizeof *list);
	if (!list)
		return ERR(c->e, NOMEM, "dependencies");
	c->seen = list;
	list[c->count++] = *asked;
	return OK;
}

static enum err follow(struct closure *c, const struct node *tree);

/* What is in charts/ was rendered with the chart. */
static enum err take_dependency(struct closure *c, const struct node *d)
{
	struct asked_chart asked = { .repo = field_text(d, "repo"), .name = field_text(d, "name"),
	                             .version = field_text(d, "resolved") };
	if (field_text(d, "vendored").n)
		return OK;
	if (!asked.repo.n || !asked.version.n) {
		struct str why = field_text(d, "missing");
		cmd_tell("%.*s %.*s is not here%s%.*s", STR_ARG(asked.name), STR_ARG(field_text(d, "range")),
		         why.n ? ": " : "", STR_ARG(why));
		c->x->failed++;
		return OK;
	}
	enum err err = OK;
	if (!is_seen(c, &asked)) {
		err = see(c, &asked);
		if (!err)
			err = try_add(c->x, c->r, &asked, c->e);
	}
	return err || field_is_true(d, "cycle") ? err : follow(c, d);
}

static enum err follow(struct closure *c, const struct node *tree)
{
	enum err err = OK;
	if (c->depth++ < GRAPH_DEPTH_MAX)
		for (const struct node_item *i = field_items(tree, "dependencies"); i && !err; i = i->next)
			err = take_dependency(c, i->value);
	c->depth--;
	return err;
}

enum err images_of_closure(struct images_found *x, struct remote *r, struct asked_chart *asked, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct closure c = { .x = x, .r = r, .e = e };
	struct remote_answer answer = { 0 };
	const struct node *root = NULL;
	enum err err = images_of_asked(x, r, asked, e);
	put_version_target(&target, asked);
	sbuf_puts(&target, "/dependencies");
	if (!err)
		err = ask_target(r, &x->arena, &target, &answer, e);
	if (!err)
		err = answer_read(&x->arena, answer.text, "dependencies", &root, e);
	const struct asked_chart own = { .repo = field_text(root, "repo"), .name = field_text(root, "name"),
	                                 .version = field_text(root, "version") };
	if (!err)
		err = see(&c, &own);             /* a cycle leads back to it */
	if (!err && field_is_true(root, "cut")) {
		cmd_tell("%.*s/%.*s@%.*s: it has more dependencies, or deeper ones, than are followed",
		         STR_ARG(own.repo), STR_ARG(own.name), STR_ARG(own.version));
		x->failed++;
	}
	return err ? err : follow(&c, root);
}

/* ---- a repository ---- */

static enum err read_known(struct arena *a, const struct node *chart, struct images_of_chart *ret, struct errinfo *e)
{
	const struct node_item *lists[] = { field_items(chart, "possible"), field_items(chart, "certain") };
	struct chart_images *x = &ret->found;
	x->images = arena_array(a, count_items(lists[0]) + count_items(lists[1]) + 1, sizeof *x->images);
	if (!x->images)
		return ERR(e, NOMEM, "images");
	for (size_t certain = 0; certain < 2; certain++)
		for (const struct node_item *i = lists[certain]; i; i = i->next)
			x->images[x->count++] = (struct chart_image){ .image = node_text(i->value), .certain = certain,
			                                              .source = IMAGE_RENDERED, .places = 1 };
	read_facts(chart, ret);
	return OK;
}

static enum err add_known(struct images_found *x, struct str repo, const struct node *chart, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str why = field_text(chart, "unread");
	const char *word = arena_printf(&a, "%.*s/%.*s@%.*s", STR_ARG(repo), STR_ARG(field_text(chart, "name")),
	                                STR_ARG(field_text(chart, "version")));
	if (!word)
		return ERR(e, NOMEM, "images");
	if (why.n) {
		x->failed++;
		cmd_tell("%s: %.*s", word, STR_ARG(why));
		return OK;
	}
	struct images_of_chart *to = images_found_add(x, e);
	enum err err = to ? read_known(&x->arena, chart, to, e) : ERR_NOMEM;
	if (!err)
		images_tell_incomplete(word, &to->found);
	return err;
}

struct listing { struct images_found *x; struct remote *r; struct str repo; bool places; };

static enum err add_page(void *listing, const struct node *page, struct str text, struct errinfo *e)
{
	const struct listing *l = listing;
	enum err err = OK;
	(void)text;
	for (const struct node_item *i = page->items; i && !err; i = i->next) {
		struct str repo = field_text(i->value, "repo");
		const struct asked_chart one = { .repo = repo.n ? repo : l->repo, .name = field_text(i->value, "name"),
		                                 .version = field_text(i->value, "version") };
		err = l->places ? try_add(l->x, l->r, &one, e) : add_known(l->x, one.repo, i->value, e);
	}
	return err;
}

enum err images_of_repo(struct images_found *x, struct remote *r, struct str repo, bool places, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct listing l = { x, r, repo, places };
	sbuf_puts(&target, "/api/v1/repos");
	address_helm(&target, repo, STR(""));
	sbuf_puts(&target, "/images?limit=" VERSIONS_AT_ONCE);
	return ask_pages(r, &x->arena, &target, "name", add_page, &l, e);
}
