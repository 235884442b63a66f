/* Repositories, and the badge of one for those who draw badges elsewhere. */
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/format/publisher.h"
#include "server/artifacthub/artifacthub.h"
#include "server/artifacthub/package.h"
#include "server/artifacthub/page.h"
#include "server/route/address.h"
#include "server/route/repo_origin.h"

/* static/favicon.svg, embedded at build. */
extern const char favicon_svg[];

/* ---- searching ---- */

/* Artifact Hub takes a regular expression. Here it is a part of the text, in any case, of which '^'
 * and '$' say that it is the beginning and the end: nobody's expression runs on this server.  */
static bool matches(struct str text, struct str wanted)
{
	bool begins = str_starts(wanted, STR("^")), ends = str_ends(wanted, STR("$"));
	wanted = str_from(wanted, begins);
	wanted = str_first(wanted, wanted.n - (ends && wanted.n));
	if (wanted.n > text.n)
		return false;
	for (size_t at = 0; at + wanted.n <= text.n; at++) {
		bool here = str_eq_nocase(str_first(str_from(text, at), wanted.n), wanted);
		if (here && (!begins || at == 0) && (!ends || at + wanted.n == text.n))
			return true;
	}
	return false;
}

static bool is_wanted(struct answer *x, struct str repo)
{
	const struct query *q = &x->call->query;
	struct str name = query_text(q, "name"), url = query_text(q, "url"), kind = query_text(q, "kind");
	AUTO_SBUF struct sbuf address = sbuf_make(2 * HTTP_URI_MAX_BYTES);
	bool is = !kind.n || str_eq(kind, STR("0"));
	is = is && (matches(repo, name) || matches(answer_repo(x, repo), name));
	if (is && url.n) {
		origin_of_repo(x->call, repo, &address);
		is = matches(sbuf_str(&address), url);
	}
	return is && call_sees(x->call, repo);
}

static void put_repository(struct answer *x, struct str repo)
{
	char digest[SHA256_HEX_BYTES + 1];
	struct sbuf *b = &x->b;
	struct snapshot *now = ingest_snapshot(x->call->app->ingest, repo);
	if (!now)
		return;
	sha256_hex(&now->identity, digest);
	json_next(b);
	sbuf_putc(b, '{');
	package_put_repo(x, repo, PACKAGE_WHOLE);
	json_bool(b, "disabled", false);
	json_bool(b, "packages_deletion_protection", false);
	json_text(b, "digest", str_c(digest));
	package_put_seconds(x, "last_tracking_ts", now->generated_ns);
	sbuf_putc(b, '}');
	snapshot_unref(now);
}

static enum err search(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	struct repo_info *all;
	size_t count, n = 0;
	struct page page;
	enum err err = answer_open(c, &x, e);
	if (!err)
		err = page_take(c, &page, e);
	if (!err)
		err = ingest_repos(c->app->ingest, &x.arena, &all, &count, e);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (is_wanted(&x, all[i].name))
			all[n++] = all[i];
	sbuf_putc(&x.b, '[');
	for (size_t i = page_from(&page, n); i < page_to(&page, n); i++)
		put_repository(&x, all[i].name);
	sbuf_puts(&x.b, "]\n");
	return page_send(&x, n, s, e);
}

enum err repositories_search(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), search, e);
}

/* ---- artifacthub-repo.yml ---- */

/* Of what is hosted here: an upstream is somebody else's, and a virtual repository nobody's. */
static enum err file(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ANSWER struct answer x;
	AUTO_SBUF struct sbuf id = sbuf_make(2 * UUID_TEXT_BYTES);
	enum err err = answer_open(c, &x, e);
	struct snapshot *now = err ? NULL : ingest_snapshot(c->app->ingest, c->repo);
	bool hosted = now && repo_kind(now->settings) == REPO_HOSTED;
	if (hosted) {
		struct str said = now->settings->publisher_id;
		id_put(&id, &x.ids, ID_REPOSITORY, c->repo, (struct str){ 0 }, (struct str){ 0 });
		publisher_write(&x.b, said.n ? said : sbuf_str(&id), now->settings->maintainers);
	}
	snapshot_unref(now);
	if (!err && !hosted)
		err = ERR(e, NOT_FOUND, "there is no such file here");
	return err ? err : answer_send(&x, "application/yaml", s, e);
}

enum err repositories_file(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), file, e);
}

/* ---- a badge ---- */

/* "team-a~stable" or "team-a/stable" is asked for; a private one and none are the same to strangers. */
static bool is_there(struct call *c)
{
	const char *name = address_repo_of(&c->r->arena, c->name);
	return name && ingest_visibility(c->app->ingest, str_c(name)) != REPO_ABSENT &&
	       call_sees(c, str_c(name));
}

enum err repositories_badge(struct call *c, struct response *s, struct errinfo *e)
{
	if (!is_there(c))
		return ERR(e, NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->name));
	AUTO_SBUF struct sbuf b = sbuf_make(16 * KIB);
	sbuf_putc(&b, '{');
	json_text(&b, "color", STR("1d5fa8"));
	json_text(&b, "label", STR("Chartlocker"));
	json_text(&b, "labelColor", STR("454c57"));
	json_text(&b, "logoSvg", str_c(favicon_svg));
	json_number(&b, "logoWidth", 18);
	json_text(&b, "message", c->name);
	json_number(&b, "schemaVersion", 1);
	json_text(&b, "style", STR("flat"));
	sbuf_puts(&b, "}\n");
	return sbuf_ok(&b) ? respond_json(c, 200, sbuf_str(&b), s, e) : ERR(e, NOMEM, "badge");
}
