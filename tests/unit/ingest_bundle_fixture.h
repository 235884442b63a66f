/* Bundles that are staged by hand. One is told as a list of what it has of the fixture's materials:
 *
 *     A  A+P        live, with its provenance file
 *     A!  A-  A~    yanked, deleted, purged
 *     A?            its file is not staged
 *     dep:U         of the repository "dep", which comes along
 */
#pragma once

#include "indexer/ingest/bundle_change.h"
#include "indexer/store/incoming.h"
#include "ingest_fixture.h"

#define ITEMS_MAX 8
#define LINE_BYTES 400

struct bundle {
	struct bundle_version items[ITEMS_MAX];
	char lines[ITEMS_MAX][LINE_BYTES];
	size_t count, fail_at;           /* fail_at: the item that cannot be read; 0: none */
	struct bundle_repo repos[2];
	struct bundle_change change;
};

static inline void stage(struct fixture *f, int dir, const struct material *m)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(&m->digest, hex);
	if (faccessat(dir, hex, F_OK, 0) == 0)
		return;
	AUTO_FD int fd = openat(dir, hex, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);
	assert_true(fd >= 0);
	assert_ok(f, fs_write(fd, m->bytes, &f->e));
}

static inline void name_item(struct bundle_version *i, char letter)
{
	static const struct { char letter; const char *chart, *version, *file; } names[] = {
		{ 'A', "a", "1.0.0-1.0.0", FILE_NAME }, { 'B', "a", "1.0.0-1.0.0", FILE_NAME },
		{ 'T', "a-1.0.0", "1.0.0", FILE_NAME }, { 'U', "u", "1.0.0", "u-1.0.0.tgz" },
	};
	for (size_t k = 0; k < ROWS(names); k++)
		if (names[k].letter == letter) {
			i->chart = str_c(names[k].chart);
			i->version = str_c(names[k].version);
			i->file = str_c(names[k].file);
			return;
		}
	fail_msg("there is no %c", letter);
}

static inline void add_item(struct fixture *f, struct bundle *x, int dir, struct str word)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct bundle_version *i = &x->items[x->count];
	bool along = str_starts(word, STR("dep:"));
	word = along ? str_from(word, 4) : word;
	const struct material *m = material(f, word.p[0]);
	*i = (struct bundle_version){
		.repo = along ? STR("dep") : STR("main"), .digest = m->digest, .bytes = m->bytes.n,
		.state = str_has(word, '!') ? BUNDLE_YANKED : str_has(word, '-') ? BUNDLE_DELETED :
		         str_has(word, '~') ? BUNDLE_PURGED : BUNDLE_LIVE,
		.created_ns = INT64_C(1700000000000000000),
	};
	i->reason = i->state == BUNDLE_LIVE ? (struct str){ 0 } : STR("because");
	name_item(i, word.p[0]);
	if (!bundle_version_is_gone(i) && !str_has(word, '?'))
		stage(f, dir, m);
	if (str_has(word, '+')) {
		const struct material *prov = material(f, word.p[2]);
		i->has_prov = true;
		i->prov_digest = prov->digest;
		stage(f, dir, prov);
	}
	sha256_hex(&m->digest, hex);
	int n = snprintf(x->lines[x->count], LINE_BYTES,
	                 "{\"apiVersion\":\"v1\",\"created\":\"2023-11-14T22:13:20Z\",\"digest\":\"%s\",\"name\":"
	                 "\"%.*s\",\"urls\":[\"charts/%.*s\"],\"version\":\"%.*s\"}", hex, STR_ARG(i->chart),
	                 STR_ARG(i->file), STR_ARG(i->version));
	i->line = str_make(x->lines[x->count++], (size_t)n);
}

static inline enum err each_item(void *ctx, bundle_visit_version *visit, void *visit_ctx, struct errinfo *e)
{
	const struct bundle *x = ctx;
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++)
		err = x->fail_at == i + 1 ? ERR(e, IO, "the medium is gone") : visit(visit_ctx, &x->items[i], e);
	return err;
}

static inline void make_bundle(struct fixture *f, const char *items, struct bundle *x)
{
	static const struct sha256 manifest = { { 7 } };
	struct str rest = str_c(items);
	*x = (struct bundle){ .change = { .each = each_item, .repos = x->repos, .ctx = x } };
	assert_ok(f, incoming_open(ingest_datadir(f->g), &manifest, true, &x->change.staged, &f->e));
	while (rest.n)
		add_item(f, x, x->change.staged, str_cut(&rest, ' ', NULL));
	x->change.items = x->count;
	x->repos[0] = (struct bundle_repo){ .name = STR("main") };
	x->repos[1] = (struct bundle_repo){ .name = STR("dep"),
	                                    .settings = STR("{\"known_as\":\"https://dep.example.org\"}") };
	x->change.repo_count = strstr(items, "dep:") ? 2 : 1;
	for (size_t i = 0; i < x->change.repo_count; i++)
		x->repos[i].trip = (struct trip_row){ .bundle = STR("main"), .event = 57, .instance = STR("there"),
		                                      .manifest = manifest, .versions = x->count };
}

static inline void end_bundle(struct bundle *x)
{
	bundle_change_done(&x->change);
	(void)close(x->change.staged);
}

static inline enum err import_bundle(struct fixture *f, struct bundle *x)
{
	struct change c;
	change_init(&c, CHANGE_BUNDLE);
	c.repo = STR("main");
	c.actor = STR("tester");
	c.create_repo = true;
	c.bundle = &x->change;
	return apply_change(f, &c);
}

/* " added 2 kept 1": what became of the items. */
static inline void tell_fates(const struct bundle *x, struct sbuf *b)
{
	for (int i = 0; i < FATE_COUNT; i++)
		if (x->change.fates[i])
			sbuf_printf(b, " %s %u", bundle_fate_word((enum bundle_fate)i), (unsigned)x->change.fates[i]);
}
