/* Rendering takes longer than all else that is read of a chart, so it is done when nothing else waits, a
 * little at a time: who publishes, and who searches for what was published, never waits for it. Repositories
 * take turns of equal time, so that none waits for all versions of another, whatever these take.  */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/follow.h"

#define RENDER_NS (NS_PER_SECOND / 50)

#define AFTER "\x01"                 /* no name has it: behind a name and before all longer ones */

struct next { struct str repo, name, version; };

static enum err find_from(struct hub *h, struct arena *a, struct str from, struct next *ret, struct errinfo *e)
{
	return search_unrendered(h->writer, a, from, &ret->repo, &ret->name, &ret->version, e);
}

/* Of the repository whose turn it is, else of the one that follows it, else of the first one. */
static enum err find_next(struct hub *h, struct arena *a, struct next *ret, bool *ret_more, struct errinfo *e)
{
	struct errinfo why = { 0 };
	char from[REPO_NAME_MAX_BYTES + 2];
	(void)snprintf(from, sizeof from, "%s%s", h->turn, h->turn_ns <= 0 ? AFTER : "");
	enum err err = find_from(h, a, str_c(from), ret, &why);
	if (err == ERR_NOT_FOUND && h->turn[0])
		err = find_from(h, a, STR(""), ret, &why);
	*ret_more = err != ERR_NOT_FOUND;
	if (err)
		return *ret_more ? err_set(e, err, "%s", why.detail) : OK;
	if (h->turn_ns <= 0 || !str_eq_c(ret->repo, h->turn)) {
		(void)snprintf(h->turn, sizeof h->turn, "%.*s", STR_ARG(str_first(ret->repo, REPO_NAME_MAX_BYTES)));
		h->turn_ns = HUB_RENDER_TURN_MS * NS_PER_MS;
	}
	return OK;
}

static enum err render_some(struct sync *s, bool *ret_more, struct errinfo *e)
{
	int64_t now = clock_monotonic(), until = now + RENDER_NS;
	enum err err = OK;
	*ret_more = true;
	while (!err && *ret_more && now < until) {
		AUTO_ARENA struct arena a = { 0 };
		struct next n;
		int64_t begin = now;
		err = find_next(s->h, &a, &n, ret_more, e);
		if (!err && *ret_more)
			err = sync_images(s, n.repo, n.name, n.version, RENDER_NS, e);
		now = clock_monotonic();
		s->h->turn_ns -= now - begin;
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
