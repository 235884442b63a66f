/* See views.h. Whose a chart of a virtual index is tells its line, which is the member's own. */
#include "indexer/hub/views.h"

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/hub/impl.h"

struct member { struct str repo; struct snapshot *held; };
struct view {
	struct str name;
	struct snapshot *held;
	struct member *members;          /* virtual ones as well, whose members follow somewhere behind them */
	size_t member_count, capacity;
};
struct views { struct view list[SEARCH_VIEWS_MAX]; size_t count; };

static enum repo_kind kind_of(const struct snapshot *s) { return repo_kind(s->settings); }

static bool has_member(const struct view *v, struct str repo)
{
	for (size_t i = 0; i < v->member_count; i++)
		if (str_eq(v->members[i].repo, repo))
			return true;
	return false;
}

static enum err add_member(struct hub *h, struct arena *a, struct view *v, struct str word, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(h->ingest, word);
	struct str repo = s ? word : ingest_renamed(h->ingest, word);
	if (!s && repo.n)
		s = ingest_snapshot(h->ingest, repo);
	if (!s || has_member(v, repo)) {
		snapshot_unref(s);
		return OK;
	}
	struct member *list = arena_room(a, v->members, v->member_count, &v->capacity, sizeof *list);
	v->members = list ? list : v->members;
	if (!list || !arena_str(a, repo, &list[v->member_count].repo)) {
		snapshot_unref(s);
		return ERR(e, NOMEM, "search");
	}
	list[v->member_count++].held = s;
	return OK;
}

/* However far below: each once. */
static enum err add_members(struct hub *h, struct arena *a, struct view *v, struct errinfo *e)
{
	const struct snapshot *s = v->held;
	enum err err = OK;
	for (size_t i = 0; !err && s; i++) {
		struct str rest = kind_of(s) == REPO_VIRTUAL ? s->settings->members : STR(""), word;
		while (!err && (word = repo_setting_next_word(&rest)).n)
			err = add_member(h, a, v, word, e);
		s = i < v->member_count ? v->members[i].held : NULL;
	}
	return err;
}

/* As addresses and people write it: "Team-A~all" is team-a/all. */
static bool plain_name(struct arena *a, struct str asked, struct str *ret)
{
	char *name = arena_dup(a, str_trim(asked));
	for (char *c = name; c && *c; c++)
		*c = *c == '~' ? '/' : ascii_lower(*c);
	*ret = str_c(name);
	return name;
}

static enum err add_view(struct hub *h, struct arena *a, const struct hub_viewer *viewer, struct str asked,
                         struct views *v, struct errinfo *e)
{
	struct str name;
	if (!asked.n || asked.n > REPO_NAME_MAX_BYTES || v->count == SEARCH_VIEWS_MAX || views_have(v, asked))
		return OK;
	if (!plain_name(a, asked, &name))
		return ERR(e, NOMEM, "search");
	struct snapshot *s = hub_sees(viewer, name) ? ingest_snapshot(h->ingest, name) : NULL;
	if (!s || kind_of(s) != REPO_VIRTUAL) {
		snapshot_unref(s);
		return OK;
	}
	struct view *view = &v->list[v->count++];
	*view = (struct view){ .name = name, .held = s };
	return add_members(h, a, view, e);
}

enum err views_open(struct hub *h, struct arena *a, const struct hub_viewer *viewer,
                    const struct hub_filter *filters, size_t filter_count, const struct query *q,
                    struct views **ret, struct errinfo *e)
{
	struct views *v = ARENA_NEW(a, struct views);
	enum err err = v ? OK : ERR(e, NOMEM, "search");
	if (err)
		return err;
	*v = (struct views){ .count = 0 };
	for (size_t i = 0; i < filter_count && !err; i++)
		if (filters[i].facet == FACET_REPO)
			err = add_view(h, a, viewer, filters[i].value, v, e);
	for (size_t i = 0; i < q->count && !err; i++)
		if (q->terms[i].kind == QUERY_REPO)
			err = add_view(h, a, viewer, q->terms[i].value, v, e);
	if (err)
		views_close(v);
	else
		*ret = v;
	return err;
}

void views_close(struct views *v)
{
	for (size_t i = 0; v && i < v->count; i++) {
		for (size_t k = 0; k < v->list[i].member_count; k++)
			snapshot_unref(v->list[i].members[k].held);
		snapshot_unref(v->list[i].held);
	}
}

/* ---- while searching ---- */

static const struct view *find(const struct views *v, struct str repo)
{
	for (size_t i = 0; v && i < v->count; i++)
		if (repo_name_means(v->list[i].name, str_trim(repo)))
			return &v->list[i];
	return NULL;
}

bool views_have(const struct views *v, struct str repo) { return find(v, repo); }

/* Of the chart's versions that the view shows, one: as a rule the one that stands in the catalog is. */
static bool shown_line(const struct view *v, const struct hub_chart *c, struct rope_version *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct rope_version *list;
	size_t count;
	if (rope_version(v->held->json, c->name, c->entry.meta.version, ret))
		return true;
	if (!rope_has_chart(v->held->json, c->name) ||
	    rope_chart(&a, v->held->json, c->name, &list, &count, NULL) || !count)
		return false;
	*ret = list[0];
	return true;
}

/* A name is one member's as a whole; of several that have the same line, a hosted one's. */
static bool is_of(const struct view *v, const struct hub_chart *c, const struct rope_version *shown)
{
	static const enum repo_kind order[] = { REPO_HOSTED, REPO_UPSTREAM };
	struct rope_version own;
	for (size_t k = 0; k < sizeof order / sizeof *order; k++)
		for (size_t i = 0; i < v->member_count; i++) {
			const struct snapshot *s = v->members[i].held;
			if (kind_of(s) == order[k] && rope_version(s->json, c->name, shown->version, &own) &&
			    str_eq(own.line, shown->line))
				return str_eq(v->members[i].repo, c->repo);
		}
	return false;
}

bool views_show(const struct views *v, struct str repo, const struct hub_chart *c)
{
	const struct view *view = find(v, repo);
	struct rope_version shown;
	return view && has_member(view, c->repo) && shown_line(view, c, &shown) && is_of(view, c, &shown);
}
