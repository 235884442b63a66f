/* The images of versions: rendered when nobody waits, and told to who searches. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/document/images_pushed.h"
#include "indexer/hub/sync_parts.h"
#include "indexer/ingest/versions.h"

/* Empty: the log goes on meanwhile. */
static enum err row_of(struct work *w, struct str version, struct version_row *ret)
{
	struct errinfo why = { 0 };
	enum err err = ingest_version(w->s->h->ingest, &w->arena, w->repo, w->name, version, ret, &why);
	if (!err)
		return OK;
	*ret = (struct version_row){ .id = 0 };
	return err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND ? OK : err_set(w->e, err, "%s", why.detail);
}

/* What was rendered, if it was, and who pushed a list is believed. */
static enum err images_of(struct work *w, const struct version_row *row, struct extract_from *from)
{
	struct chart_images *x = ARENA_NEW(&w->arena, struct chart_images);
	struct sha256 ignored;
	struct str kept;
	struct errinfo why = { 0 };
	if (!x)
		return ERR(w->e, NOMEM, "images");
	enum err err = search_images(w->s->h->writer, &w->arena, w->repo, w->name, row->version, &ignored, &kept, &why);
	bool known = !err;
	if (err && err != ERR_NOT_FOUND)
		return err_set(w->e, err, "%s", why.detail);
	err = known ? images_kept(&w->arena, kept, x, w->e) : OK;
	if (!err && !known && row->has_images && w->contents)
		err = images_read(&w->arena, &w->contents->chart, x, w->e);
	if (!err && row->has_images)
		err = images_with_list(&w->arena, x, row->images, x, w->e);
	if (err || (!known && !row->has_images))
		return err;
	images_sort_by_use(x);
	from->images = x;
	return OK;
}

enum err sync_describe(struct work *w, struct str version, struct extract_from *from)
{
	struct version_row row;
	enum err err = row_of(w, version, &row);
	if (err)
		return err;
	from->signature = row.id ? version_verdict(&w->arena, &row) : STR("");
	row.version = version;
	return images_of(w, &row, from);
}

/* ---- rendering ---- */

static enum err put_images(struct work *w, const struct rope_version *version)
{
	AUTO_SBUF struct sbuf b = sbuf_make(IMAGES_EXPORT_MAX_BYTES);
	struct chart_images x = { 0 };
	enum err err = sync_read_archive(w, version);
	if (!err && w->contents)
		err = images_read_all(&w->arena, &w->contents->chart, &x, w->e);
	images_keep(&b, &x);
	if (!err && !sbuf_ok(&b))
		err = ERR(w->e, NOMEM, "images");
	return err ? err : search_images_put(w->s->h->writer, w->repo, w->name, version->version, sbuf_str(&b), w->e);
}

/* Which version that is, is not judged here: it is put again as it is. */
static enum err put_if_shown(struct work *w, const struct rope_version *version)
{
	struct search_chart row;
	struct sha256 source;
	enum err err = version == &w->list[w->shown] ? sync_source_of(w, version, &source) : ERR_NOT_FOUND;
	if (!err)
		err = search_chart(w->s->h->writer, &w->arena, w->repo, w->name, &row, w->e);
	if (!err && sha256_eq(&row.digest, &source))
		return sync_put_chart(w);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err render_version(struct work *w, struct str version)
{
	const struct rope_version *now = sync_find(w, version);
	if (!now)
		return search_version_remove(w->s->h->writer, w->repo, w->name, version, w->e);
	enum err err = put_images(w, now);
	return err ? err : put_if_shown(w, now);
}

/* The next one of the same chart; empty: there is none. */
static enum err next_version(struct work *w, struct arena *a, struct str *ret)
{
	struct errinfo why = { 0 };
	struct str repo, name;
	enum err err = search_unrendered(w->s->h->writer, a, w->repo, &repo, &name, ret, &why);
	if (err && err != ERR_NOT_FOUND)
		return err_set(w->e, err, "%s", why.detail);
	if (err || !str_eq(repo, w->repo) || !str_eq(name, w->name))
		*ret = STR("");
	return OK;
}

/* Opening a chart takes as long as it has versions, so that is not done for each of them. */
enum err sync_images(struct sync *s, struct str repo, struct str chart, struct str version, int64_t ns,
                     struct errinfo *e)
{
	struct work w = { .s = s, .repo = repo, .name = chart, .e = e };
	uint64_t unread = s->unread;     /* it was counted when the rest was read */
	enum err err = sync_open(&w);
	for (int64_t until = clock_monotonic() + ns; !err && version.n;) {
		err = render_version(&w, version);
		version = STR("");
		if (!err && clock_monotonic() < until)
			err = next_version(&w, &w.arena, &version);
	}
	s->unread = unread;
	sync_close(&w);
	return err;
}
