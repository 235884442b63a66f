/* See members.h. Who manages the server sets them, so he sees them all. */
#include "server/route/members.h"

#include "indexer/base/auto.h"
#include "indexer/format/keyring.h"
#include "indexer/format/node.h"
#include "indexer/format/ownership.h"
#include "indexer/ingest/lookup.h"

static struct str called_now(const struct call *c, struct str member)
{
	struct ingest *g = c->app->ingest;
	struct str now = ingest_visibility(g, member) == REPO_ABSENT ? ingest_renamed(g, member) : member;
	return now.n ? now : member;
}

bool call_sees_member(const struct call *c, struct str member)
{
	return auth_manages(c->app->auth, &c->caller) || call_sees(c, called_now(c, member));
}

static bool sees_word(const struct call *c, struct str word)
{
	bool pin;
	struct str rest = word;
	(void)str_cut(&rest, '=', &pin);
	return call_sees_member(c, pin ? rest : word);
}

static bool sees_all(const struct call *c, struct str words)
{
	struct str one;
	while ((one = repo_setting_next_word(&words)).n)
		if (!sees_word(c, one))
			return false;
	return true;
}

/* REPOSITORY or CHART=REPOSITORY, with spaces between them. */
static enum err seen_words(const struct call *c, struct arena *a, struct str words, struct str *ret,
                           struct errinfo *e)
{
	struct str one, rest = words;
	size_t n = 0;
	*ret = words;
	if (sees_all(c, words))
		return OK;
	char *seen = arena_alloc(a, words.n);
	if (!seen)
		return ERR(e, NOMEM, "names of repositories");
	while ((one = repo_setting_next_word(&rest)).n) {
		if (!sees_word(c, one))
			continue;
		if (n)
			seen[n++] = ' ';
		memcpy(seen + n, one.p, one.n);
		n += one.n;
	}
	*ret = str_make(seen, n);
	return OK;
}

enum err call_sees_settings(const struct call *c, struct arena *a, const struct repo_settings *s,
                            struct repo_settings *ret, struct errinfo *e)
{
	*ret = *s;
	enum err err = seen_words(c, a, s->members, &ret->members, e);
	return err ? err : seen_words(c, a, s->pins, &ret->pins, e);
}

bool call_sees_pin(const struct call *c, struct str repo, struct str chart)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, called_now(c, repo));
	struct str one, rest = s ? s->settings->pins : (struct str){ 0 };
	bool seen = true;
	while (seen && (one = repo_setting_next_word(&rest)).n) {
		struct str member = one;
		seen = !str_eq(str_cut(&member, '=', NULL), chart) || call_sees_member(c, member);
	}
	snapshot_unref(s);
	return seen;
}

/* ---- events ---- */

/* "repo.create" and "repo.set" have settings, "upstream.shadowed" the virtual repository. A keyring that was stored
 * before there were rules for it may be a secret key, which nobody is shown.                  */
bool call_sees_named(const struct call *c, const struct event *ev, bool *ret_named)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo ignored = { 0 };
	const struct node *detail = NULL;
	*ret_named = str_starts(ev->kind, STR("repo.")) || str_eq(ev->kind, STR("upstream.shadowed"));
	if (!*ret_named)
		return true;
	if (json_read(&a, ev->detail, "detail", &detail, &ignored))
		return false;
	const struct node *settings = node_get(detail, "settings");
	struct str members = node_text(node_get(settings, "members"));
	struct str pins = node_text(node_get(settings, "pins")), in = node_text(node_get(detail, "in"));
	*ret_named = members.n || pins.n || in.n;
	if (!keyring_may_be_shown(node_text(node_get(settings, "keyring"))))
		return false;
	if (str_eq_c(node_text(node_get(detail, "why")), ownership_word(OWNERSHIP_ELSEWHERE)) &&
	    !call_sees_pin(c, in, ev->chart))
		return false;
	return sees_all(c, members) && sees_all(c, pins) && sees_all(c, in);
}

enum err call_trips(const struct call *c, struct arena *a, struct str repo, uint64_t limit,
                    struct trip_row **ret, size_t *ret_count, struct errinfo *e)
{
	enum err err = ingest_trips(c->app->ingest, a, repo, limit, ret, ret_count, e);
	for (size_t i = 0; !err && i < *ret_count; i++) {
		struct trip_row *t = &(*ret)[i];
		if (str_eq(t->bundle, repo) || call_sees_there(c, t->bundle))
			continue;
		t->bundle = t->filter = (struct str){ 0 };
		t->parent = 0;
	}
	return err;
}
