/* A chart whose images are asked for: of this machine, or fetched from a catalog. */
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/images_pushed.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/images.h"
#include "server/route/address.h"

void images_source_done(struct images_source *s)
{
	chart_scratch_done(&s->scratch);
	arena_done(&s->arena);
}

static enum err read_images(struct images_source *s, struct images_of_chart *ret, struct errinfo *e)
{
	ret->name = s->chart.meta.name;
	ret->version = s->chart.meta.version;
	s->has_chart = true;
	return images_read_all(&s->arena, &s->chart, &ret->found, e);
}

/* ---- of this machine ---- */

enum err images_input(struct sbuf *to, struct errinfo *e)
{
	ssize_t n = 0;
	char *at;
	while ((at = sbuf_reserve(to, 64u * KIB)) && (n = read(STDIN_FILENO, at, 64u * KIB)) > 0)
		to->n += (size_t)n;
	if (n < 0)
		return ERR_SYS(e, "it");
	return sbuf_ok(to) ? OK : ERR(e, TOO_LARGE, "it has more than %u MiB", CHART_UNPACKED_MAX_BYTES / MIB);
}

static enum err read_input(struct images_source *s, struct images_of_chart *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CHART_UNPACKED_MAX_BYTES);
	enum err err = images_input(&b, e);
	if (!err)
		err = images_read_many(&s->arena, sbuf_str(&b), &ret->found, e);
	if (!err)
		err = images_text_check(sbuf_str(&b), &ret->found, e);
	if (err)
		err_prefix(e, "standard input");
	return err;
}

enum err images_of_path(struct images_source *s, const char *path, struct images_of_chart *ret,
                        struct errinfo *e)
{
	size_t bytes;
	if (str_eq_c(STR("-"), path))
		return read_input(s, ret, e);
	enum err err = chart_path_load(&s->arena, &s->scratch, path, &bytes, &s->chart, e);
	return err ? err : read_images(s, ret, e);
}

/* ---- of a catalog ---- */

/* "/team-a/stable/charts/x-1.0.0.tgz": an archive is called by the name and the version that the answer has. */
static enum err put_archive_target(struct sbuf *b, const struct node *version, struct errinfo *e)
{
	AUTO_SBUF struct sbuf file = sbuf_make(HTTP_URI_MAX_BYTES);
	struct str repo = field_text(version, "repo");
	sbuf_printf(&file, "%.*s-%.*s.tgz", STR_ARG(field_text(version, "name")), STR_ARG(field_text(version, "version")));
	if (!repo.n || !sbuf_ok(&file))
		return ERR(e, UPSTREAM, "the server does not say where the archive is");
	while (repo.n)
		address_segment(b, str_cut(&repo, '/', NULL));
	sbuf_puts(b, "/charts");
	address_segment(b, sbuf_str(&file));
	return OK;
}

enum err images_fetch_chart(struct images_source *s, struct remote *r, const struct asked_chart *asked,
                            struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote_answer answer;
	const struct node *version = NULL;
	put_version_target(&target, asked);
	enum err err = ask_target(r, &s->arena, &target, &answer, e);
	if (!err)
		err = answer_read(&s->arena, answer.text, "urls", &version, e);
	sbuf_reset(&target);
	if (!err)
		err = put_archive_target(&target, version, e);
	if (!err)
		err = ask_target(r, &s->arena, &target, &answer, e);
	if (!err)
		err = chart_read(&s->arena, &s->scratch, answer.text, &s->chart, e);
	s->has_chart = !err;
	return err;
}
