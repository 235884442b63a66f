/* The catalog of charts of a server: under which addresses it is known, and what it may fetch. */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/upstream/upstream.h"
#include "server/cmd/serve_parts.h"

/* Copies: listeners go before the catalog does. */
static bool know_as(struct serve *s, struct hub_options *o, const char *address, const char *path)
{
	char *copy;
	if (o->address_count == HUB_ADDRESSES_MAX)
		return true;
	if (asprintf(&copy, "%s%s", address, path) < 0)
		return false;
	s->addresses[o->address_count++] = copy;
	return true;
}

/* A listener answers below base_path and without it. */
static bool know_listener(struct serve *s, struct hub_options *o, const char *address)
{
	const char *path = s->config.base_path;
	return know_as(s, o, address, "") && (!*path || know_as(s, o, address, path));
}

/* For hub_options. */
static enum err fetch_for_hub(void *serve, struct str repo, struct str file, char **ret,
                              size_t *ret_bytes, struct errinfo *e)
{
	struct upstreams *u = ((struct serve *)serve)->app.upstreams;
	return u ? upstreams_read(u, repo, file, ret, ret_bytes, e)
	         : ERR(e, ABSENT, "%.*s is not kept here", STR_ARG(file));
}

enum err serve_hub_open(struct serve *s, struct ingest *g, struct errinfo *e)
{
	struct hub_options o = { .ingest = g, .addresses = (const char *const *)s->addresses,
	                         .default_repo = s->app.default_repo, .fetch = fetch_for_hub,
	                         .fetch_ctx = s };
	struct hub *h;
	bool ok = !*s->config.public_url || know_as(s, &o, s->config.public_url, "");
	for (size_t i = 0; ok && http_address(s->app.http, i); i++)
		ok = know_listener(s, &o, http_address(s->app.http, i));
	for (size_t i = 0; ok && i < s->unopened; i++)
		ok = know_listener(s, &o, http_plain_address(s->config.listen.item[i]));
	enum err err = ok ? hub_open(&o, &h, e) : ERR(e, NOMEM, "addresses");
	if (!err)
		s->app.hub = h;              /* before the first request that changes something */
	return err;
}

void serve_hub_close(struct serve *s)
{
	hub_close(s->app.hub);
	for (size_t i = 0; i < HUB_ADDRESSES_MAX; i++)
		free(s->addresses[i]);
}
