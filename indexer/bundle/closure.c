/* What dependencies need, from any repository of this data directory: of each the newest version that its
 * range admits, as Helm would take it today, and what that depends on in turn.
 *
 * A repository is meant by its name (@stable, alias:stable) and by addresses (format/places.h); of a virtual one
 * what it shows, from the member that it has that of. What is part of the archive needs nothing. */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"
#include "indexer/ingest/virtual.h"

#define NEED_BUCKETS 4096u

struct need {                        /* what was asked for already */
	struct need *next;
	struct source *from;
	struct str name, range, repository;
};

/* Each once, in the order in which they are asked; a virtual one before its members, with the same group: it alone
 * is asked, and says which of them has the chart.                                              */
struct meaning { struct source *source; size_t group; };
struct meant { struct arena *arena; struct meaning *list; size_t count, room; };

/* ---- which repositories ---- */

static bool is_meant(const struct meant *x, const struct source *s)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i].source == s)
			return true;
	return false;
}

/* Virtual ones may be members of each other. */
static enum err mean_within(struct making *m, struct str name, size_t group, struct meant *to, struct errinfo *e)
{
	struct source *s = making_source(m, name);
	if (!s || is_meant(to, s))
		return OK;
	struct meaning *list = arena_room(to->arena, to->list, to->count, &to->room, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "dependency");
	to->list = list;
	list[to->count++] = (struct meaning){ s, group };
	struct str one, members = s->settings.members;
	enum err err = OK;
	while (!err && (one = repo_setting_next_word(&members)).n)
		err = mean_within(m, one, group, to, e);
	return err;
}

static enum err mean(struct making *m, struct str name, struct meant *to, struct errinfo *e)
{
	return mean_within(m, name, to->count, to, e);
}

static enum err mean_known(struct making *m, const struct address *p, struct meant *to, struct errinfo *e)
{
	size_t count;
	enum err err = OK;
	const struct place *list = places_find(m->places, p, &count);
	for (size_t i = 0; i < count && !err; i++)
		err = mean(m, list[i].repo, to, e);
	return err;
}

static enum err mean_address(struct making *m, struct str text, struct str chart, struct meant *to,
                             struct errinfo *e)
{
	struct address p;
	enum err err = address_read(to->arena, text, &p, e);
	if (err)
		return err == ERR_INVALID ? OK : err;
	err = mean_known(m, &p, to, e);
	if (err || !p.oci || !chart.n)
		return err;
	/* A registry has charts, not repositories: known_as may also name the one chart. */
	const char *path = arena_printf(to->arena, "%.*s%s%.*s", STR_ARG(p.path), p.path.n ? "/" : "",
	                                STR_ARG(chart));
	if (!path)
		return ERR(e, NOMEM, "dependency");
	p.path = str_c(path);
	return mean_known(m, &p, to, e);
}

/* *ret_inside: it is part of the archive, or lies beside it. */
static enum err find_meant(struct making *m, struct arena *a, struct str repository, struct str chart,
                           struct meant *ret, bool *ret_inside, struct errinfo *e)
{
	struct str text = str_trim(repository);
	*ret = (struct meant){ .arena = a };
	*ret_inside = !text.n || str_starts(text, STR("file://"));
	if (*ret_inside)
		return OK;
	if (str_starts(text, STR("@")))
		return mean(m, str_from(text, 1), ret, e);
	if (str_starts(text, STR("alias:")))
		return mean(m, str_from(text, STR("alias:").n), ret, e);
	return mean_address(m, text, chart, ret, e);
}

static enum err read_places(struct making *m, struct errinfo *e)
{
	if (m->places)
		return OK;
	enum err err = places_new(m->arena, &m->places, e);
	for (size_t i = 0; i < m->source_count && !err; i++) {
		const struct source *s = &m->sources[i];
		err = places_add(m->places, s->row.name, s->settings.known_as, e);
		if (!err)
			err = places_add(m->places, s->row.name, s->settings.upstream, e);
	}
	if (!err)
		places_sort(m->places);
	return err;
}

/* An address that nothing here is known by is taken for the own repository's: nobody here knows under which
 * names this server is reached.                                                               */
enum err closure_is_elsewhere(struct making *m, struct str repository, bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct meant meant = { 0 };
	bool inside;
	enum err err = repository.n ? read_places(m, e) : OK;
	if (!err)
		err = find_meant(m, &a, repository, (struct str){ 0 }, &meant, &inside, e);
	if (!err)
		*ret = meant.count && !is_meant(&meant, m->own);
	return err;
}

/* ---- which version ---- */

static bool is_shown(const struct virtual_shown *shown, struct str version)
{
	bool is = !shown;
	for (size_t i = 0; !is && i < shown->count; i++)
		is = str_eq(shown->versions[i], version);
	return is;
}

/* The newest one, of those that are shown (NULL: all); those whose archive is not here only where there is no
 * other.                                                                                       */
static struct item *pick(const struct source *s, struct str chart, const struct semver_range *range,
                         const struct virtual_shown *shown)
{
	struct item *absent = NULL;
	for (size_t k = 0; k < s->count; k++) {
		struct item *i = s->items[k];
		if (i->deleted || i->yanked || !str_eq(item_chart(i), chart) ||
		    !semver_range_admits(range, item_version(i)) || !is_shown(shown, item_version(i)))
			continue;
		if (!i->absent && !i->damaged)
			return i;
		absent = absent ? absent : i;
	}
	return absent;
}

/* Of what two sources have; `other` may be NULL. */
static bool is_better(const struct item *i, const struct item *other)
{
	if (!other || (other->absent || other->damaged) != (i->absent || i->damaged))
		return !other || other->absent || other->damaged;
	return index_key_cmp(&(struct index_key){ item_version(i), i->created_ns },
	                     &(struct index_key){ item_version(other), other->created_ns }) < 0;
}

struct asking { struct str by, name, range, repository; };

static void tell(struct making *m, const struct source *from, const struct asking *q, const char *why)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *text = arena_printf(&a, "%.*s%s%.*s%s%.*s%s%.*s", STR_ARG(q->by),
	                                q->by.n ? " needs " : "", STR_ARG(q->name), q->range.n ? " " : "",
	                                STR_ARG(q->range), q->repository.n ? " of " : "",
	                                STR_ARG(q->repository));
	making_missing(m, from->row.name, text ? str_c(text) : q->name, why);
}

/* *ret stays NULL where there is none. */
static enum err find_item(struct making *m, struct source *s, const struct asking *q,
                          const struct semver_range *range, struct item **ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct virtual_shown shown;
	bool is_virtual = s->kind == REPO_VIRTUAL;
	enum err err = is_virtual && !m->virtual ? virtual_stored_open(m->catalog, m->at, &m->virtual, e) : OK;
	if (!err && is_virtual)
		err = virtual_stored_chart(m->virtual, &a, s->row.name, q->name, &shown, e);
	if (!err && is_virtual)
		s = shown.count ? making_source(m, shown.repo) : NULL;
	if (err || !s)
		return err;
	err = s->is_own ? OK : source_read_chart(m, s, q->name, e);
	if (!err)
		*ret = pick(s, q->name, range, is_virtual ? &shown : NULL);
	return err;
}

static enum err take_from(struct making *m, const struct meant *meant, struct source *from,
                          const struct asking *q, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct semver_range *range = NULL;
	struct errinfo improper = { 0 };
	enum err err = semver_range_parse(&a, q->range.n ? q->range : STR("*"), &range, &improper);
	if (err) {
		tell(m, from, q, improper.detail);
		return err == ERR_NOMEM ? err_set(e, err, "%s", improper.detail) : OK;
	}
	struct item *best = NULL;
	for (size_t i = 0; i < meant->count && !err; i++) {
		struct item *found = NULL;
		if (meant->list[i].group == i)
			err = find_item(m, meant->list[i].source, q, range, &found, e);
		best = found && is_better(found, best) ? found : best;
	}
	if (err || best)
		return err || best->rule != BUNDLE_RULE_NONE ? err
		       : making_take(m, best, rule_of_dependencies(m), e);
	tell(m, from, q, meant->count ? "no version here fits" : "no repository here is known by this address: follow "
	     "it (upstream add), or set known_as of one");
	return OK;
}

/* ---- dependencies ---- */

static enum err is_new(struct making *m, struct source *from, const struct chart_dependency *d, bool *ret,
                       struct errinfo *e)
{
	uint64_t hash = str_hash(d->repository, str_hash(d->version, str_hash(d->name, STR_HASH_START)));
	struct need **first = &m->needs[hash % NEED_BUCKETS];
	*ret = false;
	for (const struct need *n = *first; n; n = n->next)
		if (n->from == from && str_eq(n->name, d->name) && str_eq(n->range, d->version) &&
		    str_eq(n->repository, d->repository))
			return OK;
	struct need *n = ARENA_NEW(m->arena, struct need);
	if (!n || !arena_str(m->arena, d->name, &n->name) || !arena_str(m->arena, d->version, &n->range) ||
	    !arena_str(m->arena, d->repository, &n->repository))
		return ERR(e, NOMEM, "dependencies");
	n->from = from;
	n->next = *first;
	*first = n;
	*ret = true;
	return OK;
}

static enum err need(struct making *m, struct item *by, const struct chart_dependency *d,
                     struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct meant meant;
	bool new, inside;
	enum err err = is_new(m, by->source, d, &new, e);
	if (err || !new)
		return err;
	err = find_meant(m, &a, d->repository, d->name, &meant, &inside, e);
	if (err || inside)
		return err;
	const struct asking q = { item_file(by), d->name, d->version, d->repository };
	return take_from(m, &meant, by->source, &q, e);
}

static enum err need_all(struct making *m, struct item *by, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	struct index_entry entry;
	enum err err = item_row(m, by, &a, &row, e);
	if (err || !index_line_value(row.line, "dependencies").n)
		return err;
	err = index_entry_read(&a, row.line, &entry, e);
	for (size_t i = 0; !err && i < entry.meta.dependency_count; i++)
		err = need(m, by, &entry.meta.dependencies[i], e);
	return err;
}

/* What people want of other repositories. */
static enum err take_wishes(struct making *m, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < m->wish_count && !err; i++) {
		const struct bundle_wish *w = m->wishes[i].asked;
		AUTO_ARENA struct arena a = { 0 };
		struct meant meant;
		bool inside;
		if (!m->wishes[i].elsewhere)
			continue;
		const struct asking q = { { 0 }, w->pattern, w->range, w->repository };
		err = find_meant(m, &a, w->repository, w->pattern, &meant, &inside, e);
		if (err)
			break;
		if (meant.count && !m->o->selection.closure)
			tell(m, meant.list[0].source, &q, "it is in another repository: take it along with --closure");
		else
			err = take_from(m, &meant, m->own, &q, e);
	}
	return err;
}

static enum err take_all(struct making *m, struct errinfo *e)
{
	enum err err = take_wishes(m, e);
	if (err || !m->o->selection.closure)
		return err;
	m->needs = arena_array(m->arena, NEED_BUCKETS, sizeof(struct need *));
	if (!m->needs)
		return ERR(e, NOMEM, "dependencies");
	err = read_places(m, e);
	for (size_t i = 0; i < m->taken_count && !err; i++)      /* the list grows meanwhile */
		err = need_all(m, m->taken[i], e);
	return err;
}

enum err closure_take(struct making *m, struct errinfo *e)
{
	enum err err = take_all(m, e);
	virtual_stored_close(m->virtual);
	m->virtual = NULL;
	return err;
}
