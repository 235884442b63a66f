/* See serve_shadow.h. An upstream's own address is none of them, because the server itself asks there. */
#include "server/cmd/serve_shadow.h"

#include <fcntl.h>

#include "indexer/base/authority.h"
#include "indexer/bundle/keys.h"
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

/* One that somebody names has to be there; the other one may be made beside a running server. */
void serve_shadow_certificates(const struct config *c, struct app *app, int dir, struct http_shadow *ret)
{
	bool given = *c->shadow_ca_cert != '\0';
	if (!c->shadow_hosts)
		return;
	*ret = (struct http_shadow){
		.answers_for = shadow_answers_for, .ctx = app, .dir = given ? AT_FDCWD : dir,
		.cert = given ? c->shadow_ca_cert : KEYS_AUTHORITY_CERT,
		.key = given ? c->shadow_ca_key : KEYS_AUTHORITY_KEY,
		.refused_mode = given ? AUTHORITY_GROUP : AUTHORITY_OWNER, .may_be_absent = !given,
	};
}
