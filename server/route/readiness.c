/* See readiness.h. */
#include "server/route/readiness.h"

#include "indexer/base/auto.h"
#include "indexer/document/chart_list.h"
#include "indexer/format/address.h"
#include "indexer/format/glob.h"
#include "indexer/format/lock.h"
#include "indexer/hub/graph.h"
#include "indexer/hub/readings.h"
#include "server/route/address.h"
#include "server/route/viewer.h"

/* ---- hosts ---- */

static enum err read_hosts(struct arena *a, struct str own, struct str inside, struct readiness_inside *ret,
                           struct errinfo *e)
{
	struct address address = { 0 };
	struct str *hosts = arena_array(a, READINESS_HOSTS_MAX + 1, sizeof *hosts);
	enum err err = hosts ? address_read(a, own, &address, NULL) : ERR_NOMEM;
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "readiness");
	if (!err)
		hosts[ret->host_count++] = address.host;
	for (err = OK; inside.n && !err;) {
		struct str one = str_trim(str_cut(&inside, ',', NULL));
		if (ret->host_count > READINESS_HOSTS_MAX)
			return ERR(e, INVALID, "inside: at most %u hosts", READINESS_HOSTS_MAX);
		err = glob_check(one, e);
		hosts[ret->host_count++] = one;
	}
	ret->hosts = hosts;
	return err;
}

/* ---- dependencies ---- */

static struct graph_wanted wanted_of(const struct chart *c, size_t position)
{
	const struct chart_dependency *d = &c->meta.dependencies[position];
	const struct chart_lock_entry *locked = chart_locked(c, position, d->name);
	return (struct graph_wanted){ .name = d->name, .range = d->version, .repository = d->repository,
	                              .alias = d->alias, .locked = locked ? locked->version : STR(""),
	                              .locked_repository = locked ? locked->repository : STR("") };
}

static enum err find_sources(struct arena *a, struct hub *h, const struct graph_ask *ask,
                             struct str repo, const struct chart *c, struct readiness_inside *ret,
                             struct errinfo *e)
{
	size_t count = c->meta.dependency_count;
	struct graph_wanted *wanted = arena_array(a, count + 1, sizeof *wanted);
	struct readiness_source *list = arena_array(a, count + 1, sizeof *list);
	struct graph_version v = { 0 };
	if (!wanted || !list)
		return ERR(e, NOMEM, "readiness");
	for (size_t i = 0; i < count; i++)
		wanted[i] = wanted_of(c, i);
	enum err err = count ? hub_dependencies_of(h, a, ask, repo, wanted, count, &v, e) : OK;
	for (size_t i = 0; !err && i < count && i < v.edge_count; i++) {
		const struct graph_edge *x = &v.edges[i];
		list[i] = (struct readiness_source){ .repo = x->repo, .version = x->missing.n ? STR("") : x->resolved,
		                                     .why = x->missing, .deprecated = x->deprecated };
	}
	ret->sources = list;
	return err;
}

enum err call_readiness(struct call *c, struct arena *a, struct hub *h, struct contents *of,
                        struct str inside, struct readiness *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf own = sbuf_make(HTTP_URI_MAX_BYTES);
	struct hub_viewer viewer = call_viewer(c);
	struct readiness_inside in = { 0 };
	struct readiness_needs needs = { 0 };
	address_of(c, &own);
	const struct graph_ask ask = { .viewer = &viewer, .own = sbuf_str(&own) };
	enum err err = read_hosts(a, ask.own, inside, &in, e);
	if (!err)
		err = contents_needs(h, a, of, &needs, e);
	if (!err)
		err = find_sources(a, h, &ask, of->repo, &of->chart, &in, e);
	return err ? err : readiness_judge(a, &needs, &in, ret, e);
}
