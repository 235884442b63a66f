/* Of what search.db does not know yet, the archive is rendered here, which gives the same. */
#include "server/manage/bundle_images.h"

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/document/images.h"

static void put_certain(struct sbuf *lines, const struct chart_images *x)
{
	for (size_t i = 0; i < x->count; i++) {
		if (!x->images[i].certain)
			continue;
		sbuf_put(lines, x->images[i].image);
		sbuf_putc(lines, '\n');
	}
}

/* An archive that is no chart by now has none; whether it is damaged, its digest tells. */
static enum err render(int archive, struct sbuf *lines, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	struct chart_scratch scratch = { 0 };
	struct chart c;
	struct chart_images x = { 0 };
	struct errinfo why = { 0 };
	size_t bytes;
	enum err err = fs_read_fd(archive, CHART_UNPACKED_MAX_BYTES, &data, &bytes, e);
	if (err)
		return err;
	err = chart_read(&a, &scratch, str_make(data, bytes), &c, &why);
	if (!err)
		err = images_read_all(&a, &c, &x, &why);
	if (!err)
		put_certain(lines, &x);
	chart_scratch_done(&scratch);
	return err == ERR_NOMEM ? err_set(e, err, "%s", why.detail) : OK;
}

enum err bundle_put_images(struct listed *known, const struct bundle_images_of *x, struct sbuf *lines,
                           struct errinfo *e)
{
	if (listed_images(known, x->repo, x->chart, x->version, x->digest, lines))
		return OK;
	return render(x->archive, lines, e);
}
