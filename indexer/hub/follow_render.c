/* Rendering takes longer than all else that is read of a chart, so it is done when nothing else waits, a
 * little at a time: who publishes, and who searches for what was published, never waits for it. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/follow.h"

#define RENDER_NS (NS_PER_SECOND / 50)

struct next { struct str repo, name, version; };

static enum err find_next(struct hub *h, struct arena *a, struct next *ret, bool *ret_more, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = search_unrendered(h->writer, a, &ret->repo, &ret->name, &ret->version, &why);
	*ret_more = err != ERR_NOT_FOUND;
	return err && err != ERR_NOT_FOUND ? err_set(e, err, "%s", why.detail) : OK;
}

static enum err render_some(struct sync *s, bool *ret_more, struct errinfo *e)
{
	int64_t until = clock_monotonic() + RENDER_NS;
	enum err err = OK;
	*ret_more = true;
	while (!err && *ret_more && clock_monotonic() < until) {
		AUTO_ARENA struct arena a = { 0 };
		struct next n;
		err = find_next(s->h, &a, &n, ret_more, e);
		if (!err && *ret_more)
			err = sync_images(s, n.repo, n.name, n.version, e);
	}
	return err;
}

enum err follow_render(struct hub *h, bool *ret_more, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct sync s = { .h = h };
	struct next n;
	bool more = true;
	enum err err = find_next(h, &a, &n, &more, e);
	if (!err && !more)
		*ret_more = false;           /* nothing is written where there is nothing to do */
	if (err || !more)
		return err;
	err = catalog_begin(h->writer, e);
	if (err)
		return err;
	err = render_some(&s, &more, e);
	err = follow_end(h, &s, err, e);
	if (!err)
		*ret_more = more;
	return err;
}
