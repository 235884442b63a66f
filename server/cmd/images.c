/* chartlocker images: the container images of charts, in the form that those who carry them want. */
#include "server/cmd/images.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_rewrite.h"
#include "server/cmd/cmd.h"

#define CHARTS_AT_ONCE 1000

struct images {
	const char *server, *data, *format, *rewrite;
	bool all, why, json;
	struct images_export export;
	struct arena arena;
	struct images_source *sources;
	struct images_of_chart *found;
	size_t count;
};

/* ---- charts ---- */

static bool is_here(const struct images *x, const char *word)
{
	return asked_is_here(word, x->server || x->data);
}

static enum err read_asked(struct images *x, struct remote **r, struct images_source *s,
                           struct images_of_chart *ret, struct errinfo *e)
{
	enum err err = OK;
	if (!*r)
		err = remote_open(x->server, x->data ? x->data : cmd_data(), r, e);
	bool reached = !err;
	if (!err)
		err = images_of_asked(s, *r, ret, e);
	if (err && reached)
		asked_chart_hint(&s->asked, e);
	return err;
}

/* What was not seen is told, too. */
static void tell_incomplete(const char *word, const struct chart_images *found)
{
	struct str why = found->incomplete;
	if (why.n)
		fprintf(stderr, "%s: not all of it could be rendered, images may be missing: %.*s\n", word, STR_ARG(why));
	if (found->cut)
		fprintf(stderr, "%s: there are more images than are looked for\n", word);
}

static enum err read_all(struct images *x, char **words, struct errinfo *e)
{
	struct remote *r = NULL;
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		struct images_source *s = &x->sources[i];
		err = is_here(x, words[i]) ? images_of_path(s, words[i], &x->found[i], e) :
		      read_asked(x, &r, s, &x->found[i], e);
		if (!err)
			tell_incomplete(words[i], &x->found[i].found);
	}
	remote_close(r);
	return err;
}

/* ---- output ---- */

static enum err print(struct images *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	enum err err;
	if (x->why)
		return images_print_why(x->found, x->count, x->all, e);
	if (x->rewrite && !x->format)
		err = images_rewrite(&x->arena, &x->sources[0].chart, &x->found[0].found, str_c(x->rewrite), &b, e);
	else
		err = images_export(&x->arena, x->found, x->count, &x->export, &b, e);
	return err ? err : print_output(&b, e);
}

static int run(const struct command *self, struct images *x, char **words)
{
	struct errinfo e = { 0 };
	enum err err = read_all(x, words, &e);
	if (!err && x->rewrite && !x->format && !x->sources[0].has_chart)
		err = ERR(&e, INVALID, "--rewrite is for a chart, not for what is rendered");
	if (!err)
		err = print(x, &e);
	for (size_t i = 0; i < x->count; i++)
		images_source_done(&x->sources[i]);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}

/* ---- arguments ---- */

static int take_options(const struct command *self, struct images *x)
{
	if (x->server && x->data)
		return cmd_misused(self, "--server and --data exclude each other");
	if (x->json && x->format)
		return cmd_misused(self, "--json and --format exclude each other");
	if (x->json)
		x->format = "json";
	if (x->format && !images_format_of_word(str_c(x->format), &x->export.format))
		return cmd_misused(self, "--format: list, skopeo, hauler, zarf, oc-mirror, crane or json is expected, "
		                   "not \"%s\"", x->format);
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
	if (x->rewrite && !x->format && x->count > 1)
		return cmd_misused(self, "--rewrite is for one chart at a time");
	for (size_t i = 0; i < x->count; i++)
		if (!is_here(x, words[i]) && asked_chart_read(words[i], &x->sources[i].asked, &e))
			return cmd_misused(self, "%s", cmd_reason(&e));
	return -1;
}

int cmd_images(const struct command *self, int argc, char **argv)
{
	struct images x = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_PATH, &x.server }, { "data", 'd', CMD_PATH, &x.data },
		{ "all", 'a', CMD_FLAG, &x.all }, { "format", 'f', CMD_TEXT, &x.format },
		{ "rewrite", 'r', CMD_TEXT, &x.rewrite }, { "why", 'w', CMD_FLAG, &x.why },
		{ "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, CHARTS_AT_ONCE, "an archive, a chart directory or REPO/NAME "
		                       "is expected, or - for what helm template prints");
	if (status < 0)
		status = take_options(self, &x);
	if (status >= 0)
		return status;
	x.count = (size_t)(argc - optind);
	x.sources = arena_array(&x.arena, x.count, sizeof *x.sources);
	x.found = arena_array(&x.arena, x.count, sizeof *x.found);
	if (!x.sources || !x.found)
		status = cmd_failed(self, &(struct errinfo){ .code = ERR_NOMEM });
	if (status < 0)
		status = take_arguments(self, &x, argv + optind);
	if (status < 0)
		status = run(self, &x, argv + optind);
	arena_done(&x.arena);
	return status;
}
