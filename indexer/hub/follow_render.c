/* Rendering takes longer than all else that is read of a chart, so it is done when nothing else waits, a
 * little at a time: who publishes, and who searches for what was published, never waits for it. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/follow.h"

#define RENDER_NS (NS_PER_SECOND / 50)

static enum err render_some(struct sync *s, bool *ret_more, struct errinfo *e)
{
	int64_t until = clock_monotonic() + RENDER_NS;
	enum err err = OK;
	*ret_more = true;
	while (!err && *ret_more && clock_monotonic() < until) {
		AUTO_ARENA struct arena a = { 0 };
		struct str repo, name, version;
		struct errinfo why = { 0 };
		err = search_unrendered(s->h->writer, &a, &repo, &name, &version, &why);
		*ret_more = err != ERR_NOT_FOUND;
		if (err == ERR_NOT_FOUND)
			err = OK;
		else if (err)
			err = err_set(e, err, "%s", why.detail);
		else
			err = sync_images(s, repo, name, version, e);
	}
	return err;
}

enum err follow_render(struct hub *h, bool *ret_more, struct errinfo *e)
{
	struct sync s = { .h = h };
	bool more = true;
	enum err err = catalog_begin(h->writer, e);
	if (err)
		return err;
	err = render_some(&s, &more, e);
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	else
		err = follow_arrive(h, &s, 0, e);
	sync_done(&s);
	if (!err)
		*ret_more = more;
	return err;
}
