/* chartlocker images: the container images of charts, in the form that those who carry them want. */
#include "server/cmd/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_rewrite.h"
#include "indexer/format/name.h"
#include "server/cmd/cmd.h"

#define CHARTS_AT_ONCE 1000

struct images {
	const char *server, *data, *format, *rewrite, *repo;
	bool all, why, json, closure;
	struct images_export export;
	struct arena arena;
	struct images_found found;
	struct images_source *sources;   /* one of each word */
	struct asked_chart *asked;
	size_t count;
	struct remote *remote;
};

/* The values that point a chart elsewhere: the chart itself is needed. */
static bool wants_values(const struct images *x) { return x->rewrite && !x->format; }

/* Where each was found. */
static bool tells_places(const struct images *x)
{
	return x->why || (x->format && x->export.format == IMAGES_JSON);
}

/* ---- what was found ---- */

struct images_of_chart *images_found_add(struct images_found *x, struct errinfo *e)
{
	struct images_of_chart *list = arena_room(&x->arena, x->list, x->count, &x->room, sizeof *list);
	if (!list) {
		(void)ERR(e, NOMEM, "images");
		return NULL;
	}
	x->list = list;
	list[x->count] = (struct images_of_chart){ .found.count = 0 };
	return &list[x->count++];
}

void images_tell_incomplete(const char *word, const struct chart_images *found)
{
	struct str why = found->incomplete;
	if (why.n)
		cmd_tell("%s: not all of it could be rendered, images may be missing: %.*s", word, STR_ARG(why));
	if (found->cut)
		cmd_tell("%s: there are more images than are looked for", word);
}

/* ---- charts ---- */

static bool is_here(const struct images *x, const char *word)
{
	return asked_is_here(word, x->server || x->data) || str_ends(str_c(word), STR(".tar"));
}

/* "stable/" */
static bool is_repo(const char *word) { return str_ends(str_c(word), STR("/")); }

static enum err open_remote(struct images *x, struct errinfo *e)
{
	return x->remote ? OK : remote_open(x->server, x->data, &x->remote, e);
}

static enum err read_repo(struct images *x, struct str repo, struct errinfo *e)
{
	enum err err = open_remote(x, e);
	return err ? err : images_of_repo(&x->found, x->remote, repo, tells_places(x), e);
}

static enum err read_asked(struct images *x, size_t i, struct errinfo *e)
{
	struct asked_chart *asked = &x->asked[i];
	enum err err = open_remote(x, e);
	if (err)
		return err;
	err = x->closure ? images_of_closure(&x->found, x->remote, asked, e)
	                 : images_of_asked(&x->found, x->remote, asked, e);
	if (!err && wants_values(x))
		err = images_fetch_chart(&x->sources[i], x->remote, asked, e);
	if (err)
		asked_chart_hint(asked, e);
	return err;
}

static enum err read_here(struct images *x, size_t i, const char *word, struct errinfo *e)
{
	if (strcmp(word, "-") != 0 && images_is_bundle(word))
		return images_of_bundle(&x->found, word, e);
	struct images_of_chart *to = images_found_add(&x->found, e);
	enum err err = to ? images_of_path(&x->sources[i], word, to, e) : ERR_NOMEM;
	if (!err)
		images_tell_incomplete(word, &to->found);
	return err;
}

static enum err read_all(struct images *x, char **words, struct errinfo *e)
{
	enum err err = x->repo ? read_repo(x, str_c(x->repo), e) : OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		if (is_here(x, words[i]))
			err = read_here(x, i, words[i], e);
		else if (is_repo(words[i]))
			err = read_repo(x, str_first(str_c(words[i]), strlen(words[i]) - 1), e);
		else
			err = read_asked(x, i, e);
	}
	remote_close(x->remote);
	return err;
}

/* ---- output ---- */

static enum err print(struct images *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	enum err err;
	if (x->why)
		return images_print_why(x->found.list, x->found.count, x->all, e);
	if (wants_values(x))
		err = images_rewrite(&x->arena, &x->sources[0].chart, &x->found.list[0].found, str_c(x->rewrite), &b, e);
	else
		err = images_export(&x->arena, x->found.list, x->found.count, &x->export, &b, e);
	return err ? err : print_output(&b, e);
}

/* Who carries images wants to know that an operator, or a feature that is off, may ask for others. */
static void tell_possible(const struct images *x)
{
	size_t count = 0;
	for (size_t i = 0; i < x->found.count; i++)
		for (size_t k = 0; k < x->found.list[i].found.count; k++)
			count += !x->found.list[i].found.images[k].certain;
	if (count && !x->all && !x->json)
		fprintf(stderr, "%zu more %s only possible: --all tells them, --all --why where\n", count,
		        count == 1 ? "is" : "are");
}

static int run(const struct command *self, struct images *x, char **words)
{
	struct errinfo e = { 0 };
	enum err err = read_all(x, words, &e);
	if (!err && wants_values(x) && !x->sources[0].has_chart)
		err = ERR(&e, INVALID, "--rewrite is for a chart, not for what is rendered");
	if (!err)
		err = print(x, &e);
	if (!err)
		tell_possible(x);
	for (size_t i = 0; i < x->count; i++)
		images_source_done(&x->sources[i]);
	return err ? cmd_failed(self, &e) : x->found.failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- arguments ---- */

static int take_options(const struct command *self, struct images *x)
{
	if (x->json && x->format)
		return cmd_misused(self, "--json and --format exclude each other");
	if (x->json)
		x->format = "json";
	if (x->format && !images_format_of_word(str_c(x->format), &x->export.format))
		return cmd_misused(self, "--format: not \"%s\", but one of these is expected:%s", x->format,
		                  images_format_words);
	if (x->why && (x->format || x->rewrite))
		return cmd_misused(self, "--why has a form of its own");
	if (x->rewrite && !image_registry_is_good(str_c(x->rewrite)))
		return cmd_misused(self, "--rewrite: a registry is expected (registry.inner:5000), not \"%s\"", x->rewrite);
	if (x->rewrite && x->format && x->export.format != IMAGES_CRANE)
		return cmd_misused(self, "--rewrite prints values; of the formats only crane says a registry");
	x->export.all = x->all;
	x->export.registry = str_c(x->rewrite);
	return -1;
}

static int take_arguments(const struct command *self, struct images *x, char **words)
{
	struct errinfo e = { 0 };
	if (wants_values(x) && (x->count != 1 || x->repo || x->closure))
		return cmd_misused(self, "--rewrite is for one chart at a time");
	for (size_t i = 0; i < x->count; i++) {
		bool here = is_here(x, words[i]), whole = !here && is_repo(words[i]);
		if (x->closure && (here || whole))
			return cmd_misused(self, "--closure is for charts of a catalog, not for %s", words[i]);
		if (whole && repo_old_name_check(str_first(str_c(words[i]), strlen(words[i]) - 1), &e))
			return cmd_misused(self, "%s", cmd_reason(&e));
		if (!here && !whole && asked_chart_read(words[i], &x->asked[i], &e))
			return cmd_misused(self, "%s", cmd_reason(&e));
	}
	return -1;
}

int cmd_images(const struct command *self, int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "add"))
		return cmd_images_add(self, argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "remove"))
		return cmd_images_remove(self, argc - 1, argv + 1);
	struct images x = { 0 };
	bool dry_run = false;
	const struct cmd_option options[] = {
		{ "dry-run", 'n', CMD_FLAG, &dry_run },
		{ "server", 's', CMD_TEXT, &x.server }, { "data", 'd', CMD_TEXT, &x.data },
		{ "all", 'a', CMD_FLAG, &x.all }, { "format", 'f', CMD_TEXT, &x.format },
		{ "rewrite", 0, CMD_TEXT, &x.rewrite }, { "why", 'w', CMD_FLAG, &x.why },
		{ "closure", 'c', CMD_FLAG, &x.closure }, { "repo", 'r', CMD_TEXT, &x.repo },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	const char *first = argv[optind] ? argv[optind] : "";
	if (status < 0 && (dry_run || !strcmp(first, "add") || !strcmp(first, "remove")))
		status = cmd_misused(self, "add and remove, which --dry-run is for, come first");
	if (status < 0)
		status = cmd_arguments(self, argc, argv, x.repo ? 0 : 1, CHARTS_AT_ONCE, "an archive, a chart directory or "
		                       "REPO/NAME is expected, or - for what helm template prints");
	if (status < 0)
		status = take_options(self, &x);
	if (status >= 0)
		return status;
	x.count = (size_t)(argc - optind);
	x.sources = arena_array(&x.arena, x.count + 1, sizeof *x.sources);
	x.asked = arena_array(&x.arena, x.count + 1, sizeof *x.asked);
	if (!x.sources || !x.asked)
		status = cmd_failed(self, &(struct errinfo){ .code = ERR_NOMEM });
	if (status < 0)
		status = take_arguments(self, &x, argv + optind);
	if (status < 0)
		status = run(self, &x, argv + optind);
	arena_done(&x.found.arena);
	arena_done(&x.arena);
	return status;
}
