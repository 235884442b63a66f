/* See serve_shadow.h. An upstream's own address is none of them, because the server itself asks there. */
#include "server/cmd/serve_shadow.h"

#include "indexer/format/places.h"
#include "server/route/shadow.h"

static enum err read_places(void *app, struct arena *a, struct places *p, struct errinfo *e)
{
	struct ingest *g = ((struct app *)app)->ingest;
	struct repo_info *repos = NULL;
	size_t count = 0;
	enum err err = ingest_repos(g, a, &repos, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = ingest_snapshot(g, repos[i].name);
		if (s)
			err = places_add(p, repos[i].name, s->settings->known_as, e);
		snapshot_unref(s);
	}
	return err;
}

enum err serve_shadow_open(struct serve *s, struct errinfo *e)
{
	struct shadow_options o = { .read = read_places, .ctx = &s->app, .own = s->config.public_url };
	return s->config.shadow_hosts ? shadow_new(&o, &s->app.shadow, e) : OK;
}
