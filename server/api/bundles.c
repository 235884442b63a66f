/* The command has compared every byte with the signed manifest; here the signature, the manifest and what
 * the bundle says of itself are compared again, by the catalog as it is now.                  */
#include "server/api/bundles.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/import.h"
#include "server/route/viewer.h"

static enum err take(struct call *c, struct catalog *catalog, const struct sha256 *manifest,
                     struct bundle_report *ret, struct errinfo *e)
{
	struct bundle_staged *staged = NULL;
	struct ingest *g = c->app->ingest;
	const struct bundle_stage o = {
		.data = ingest_datadir(g), .catalog = catalog, .now_ns = clock_wall(),
		.force_older = query_is_on(&c->query, "force_older"),
	};
	enum err err = bundle_staged_open(&o, manifest, &staged, e);
	if (!err)
		err = bundle_take(staged, g, c->caller.actor, call_note(c), ret, e);
	bundle_staged_free(staged);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(4 * KIB);
	struct bundle_report report = { .versions = 0 };
	struct catalog *catalog = NULL;
	struct sha256 manifest;
	if (!sha256_parse(query_text(&c->query, "manifest"), &manifest))
		return ERR(e, INVALID, "manifest is no digest");
	enum err err = catalog_open_reader(ingest_datadir(c->app->ingest), &catalog, e);
	if (!err)
		err = take(c, catalog, &manifest, &report, e);
	catalog_close(catalog);
	if (err)
		return err;
	sbuf_putc(&json, '{');
	for (int i = 0; i < FATE_COUNT; i++)
		json_number(&json, bundle_fate_word((enum bundle_fate)i), report.fates[i]);
	sbuf_puts(&json, "}\n");
	return respond_buffer(JSON_TYPE, &json, s, e);
}

enum err control_bundle(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	if (atomic_load(&c->app->read_only))         /* unlike all else that is for maintenance */
		return ERR(e, READ_ONLY_MODE, "the server takes no changes at the moment (setting read_only), and"
		           " no bundle; bring it again afterwards");
	return call_work(c, c->app->maintenance, answer, e);
}
