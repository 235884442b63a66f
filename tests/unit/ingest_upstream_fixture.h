/* A small language for what becomes of one version in the repository "up", which follows another
 * server. A and B are its archives (ingest_data.h), '-' is a digest that nobody promised.
 *
 *     says A, says A new         the index has it; with another description
 *     twice AB                   the index has it twice, with both digests
 *     refuses A, omits A         … and this server does not want it, a rule leaves it out
 *     ignores A                  … and its publisher wants it left out
 *     leaves                     a rule over several versions leaves it out
 *     stays                      … or would, but others depend on it
 *     gone                       the index has it no more
 *     keep A                     its archive came
 *     accept                     the other bytes are the right ones
 *     delete                     by a person
 *
 * Steps are separated by "; ". A step that begins with '!' is refused.                       */
#pragma once

#include "indexer/base/clock.h"
#include "indexer/format/index.h"
#include "indexer/format/selection.h"
#include "indexer/ingest/upstream_change.h"
#include "ingest_fixture.h"

#define UP STR("up")
#define UP_NAME STR("a")
#define UP_VERSION STR("1.0.0-1.0.0")

static inline void make_upstream(struct fixture *f)
{
	set_repo(f, "up", "{\"mode\":\"proxy\",\"upstream\":\"https://up.example\"}");
}

/* ---- steps ---- */

static inline void write_up_line(struct arena *a, const struct remote_row *remote, bool is_new,
                                 struct str *ret)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf line = sbuf_make(64 * KIB);
	struct str url = STR("charts/" FILE_NAME);
	struct index_entry entry = { .meta = { .api_version = STR("v2"), .name = UP_NAME, .version = UP_VERSION },
	                             .created_ns = remote->created_ns, .urls = &url, .url_count = 1 };
	if (is_new)
		entry.meta.description = STR("new");
	sha256_hex(&remote->digest, hex);
	if (remote->has_digest)
		entry.digest = str_c(hex);
	index_entry_line(&line, &entry);
	assert_true(sbuf_ok(&line) && arena_str(a, sbuf_str(&line), ret));
}

static inline void fill_up(struct fixture *f, struct arena *a, struct str verb, struct str what,
                           struct upstream_entry *ret)
{
	bool twice = str_eq(verb, STR("twice")), stays = str_eq(verb, STR("stays"));
	bool says = twice || stays || str_eq(verb, STR("says"));
	bool promised = what.n && what.p[0] != '-';
	*ret = (struct upstream_entry){
		.news = str_eq(verb, STR("gone")) ? UPSTREAM_GONE
		        : stays || str_eq(verb, STR("leaves")) ? UPSTREAM_JUDGED : UPSTREAM_SAYS,
		.file = STR(FILE_NAME),
	};
	struct remote_row *r = &ret->remote;
	r->chart = UP_NAME;
	r->version = UP_VERSION;
	r->urls = STR("[]");
	r->created_ns = 1700000000 * NS_PER_SECOND;
	r->state = says ? REMOTE_TAKEN : str_eq(verb, STR("refuses")) ? REMOTE_REFUSED : REMOTE_LEFT_OUT;
	r->why = says ? (struct str){ 0 } : STR("\"because\"");
	r->has_digest = promised;
	if (str_eq(verb, STR("ignores")))
		r->why = str_c(selection_word(SELECTION_IGNORED));
	if (promised)
		r->digest = material(f, what.p[0])->digest;
	ret->has_twin = twice;
	if (twice)
		ret->twin = material(f, what.p[1])->digest;
	if (ret->news == UPSTREAM_SAYS)
		write_up_line(a, r, str_ends(what, STR("new")), &ret->line);
}

static inline void fill_up_change(struct fixture *f, struct arena *a, struct str step, struct change *c,
                                  struct upstream_change *u, struct upstream_entry *entry)
{
	struct str verb = str_cut(&step, ' ', NULL);
	change_init(c, str_eq(verb, STR("keep")) ? CHANGE_KEEP : str_eq(verb, STR("accept")) ? CHANGE_ACCEPT
	            : str_eq(verb, STR("delete")) ? CHANGE_DELETE : CHANGE_UPSTREAM);
	c->repo = UP;
	c->actor = STR("tester");
	c->file = STR(FILE_NAME);
	if (c->kind == CHANGE_KEEP)
		c->tgz = tmp_of(f, material(f, step.p[0])->bytes);
	if (c->kind != CHANGE_UPSTREAM)
		return;
	fill_up(f, a, verb, step, entry);
	*u = (struct upstream_change){ .entries = entry, .count = 1 };
	c->upstream = u;
}

static inline enum err up_step(struct fixture *f, struct str step)
{
	AUTO_ARENA struct arena a = { 0 };
	struct change c;
	struct upstream_change u;
	struct upstream_entry entry;
	fill_up_change(f, &a, step, &c, &u, &entry);
	return apply_change(f, &c);
}

static inline void up_steps(struct fixture *f, const char *steps)
{
	each_step(f, steps, up_step);
}

/* ---- what has become of it ---- */

static inline void tell_up_row(struct fixture *f, const struct version_row *row, struct sbuf *b)
{
	sbuf_printf(b, "%s %c%s", row->state == VERSION_DELETED ? "deleted" : row->absent ? "absent" : "here",
	            letter_of(f, &row->digest), row->yanked ? " yanked" : "");
}

static inline void tell_up_remote(struct fixture *f, const struct remote_row *row, struct sbuf *b)
{
	static const char *const states[] = { "taken", "left out", "refused" };
	sbuf_printf(b, ", %s%s", states[row->state], row->gone_ns ? " gone" : "");
	if (row->has_drift)
		sbuf_printf(b, " drift %c", letter_of(f, &row->drift));
}

static inline void tell_up_rows(struct fixture *f, struct sbuf *b)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader *reader = NULL;
	struct version_row row;
	struct remote_row remote;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	int64_t id = repository_find(f->g, UP)->id;
	if (catalog_version(reader->catalog, &a, id, UP_NAME, UP_VERSION, &row, &f->e) == OK)
		tell_up_row(f, &row, b);
	else
		sbuf_putc(b, '-');
	if (catalog_remote(reader->catalog, &a, id, UP_NAME, UP_VERSION, &remote, &f->e) == OK)
		tell_up_remote(f, &remote, b);
	reader_give(f->g, reader);
}

/* "shown A new": with that digest and description; '-' without one. */
static inline void tell_up_index(struct fixture *f, struct sbuf *b)
{
	struct snapshot *s = ingest_snapshot(f->g, UP);
	assert_non_null(s);
	struct str text = rope_text(s->json);
	char shown = '-';
	for (size_t i = 0; i < MATERIAL_COUNT; i++) {
		char hex[SHA256_HEX_BYTES + 1];
		sha256_hex(&f->material[i].digest, hex);
		if (memmem(text.p, text.n, hex, SHA256_HEX_BYTES))
			shown = f->material[i].letter;
	}
	if (rope_versions(s->json))
		sbuf_printf(b, ", shown %c%s", shown,
		            memmem(text.p, text.n, "\"description\":\"new\"", 19) ? " new" : "");
	drop(text);
	snapshot_unref(s);
}

/* "A: here A, taken, shown A": the file, the row, what is known of the upstream, the index. */
static inline void tell_up(struct fixture *f, char ret[STORY_BYTES])
{
	char path[PATH_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	sbuf_printf(&b, "%c: ", letter_at(f, path_below(f->data, "repos/up/charts/" FILE_NAME, path)));
	tell_up_rows(f, &b);
	tell_up_index(f, &b);
	if (put_away_of(f))
		sbuf_printf(&b, ", quarantine %u", put_away_of(f));
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, STORY_BYTES, "%s", b.p);
}
