/* See comparing.h. */
#include "indexer/hub/comparing.h"

#include "indexer/document/annotations.h"
#include "indexer/format/semver.h"
#include "indexer/hub/readings.h"

#define CHANGES "artifacthub.io/changes"

struct span { struct semver after, to; bool from_the_first; };

/* False: one of them is no version, or they are the same. */
static bool span_of(struct str one, struct str other, struct span *ret)
{
	struct semver x = { 0 }, y;
	if (!semver_parse(other, &y) || (one.n && !semver_parse(one, &x)))
		return false;
	bool ascending = !one.n || semver_cmp(&x, &y) < 0;
	*ret = ascending ? (struct span){ x, y, !one.n } : (struct span){ y, x, false };
	return !one.n || semver_cmp(&x, &y) != 0;
}

static bool is_within(const struct span *s, struct str version)
{
	struct semver v;
	return semver_parse(version, &v) && (s->from_the_first || semver_cmp(&s->after, &v) < 0) &&
	       semver_cmp(&v, &s->to) <= 0;
}

/* A line that cannot be read, or an annotation that is none, says nothing. */
static enum err read_note(struct arena *a, const struct rope_version *v, struct changelog *to,
                          struct errinfo *e)
{
	struct index_entry entry;
	struct errinfo ignored = { 0 };
	struct changelog_entry *entries = NULL;
	struct str problem;
	size_t count = 0;
	enum err err = index_entry_read(a, v->line, &entry, &ignored);
	if (err)
		return err == ERR_NOMEM ? err_set(e, err, "%s", ignored.detail) : OK;
	err = changelog_of_annotation(a, annotation_get(&entry.meta, CHANGES), &entries, &count, &problem, e);
	if (!err && count)
		to->releases[to->count++] = (struct changelog_release){ .version = v->version,
		                                                        .entries = entries, .entry_count = count };
	return err;
}

enum err hub_notes(struct arena *a, const struct hub_versions *v, struct str one, struct str other,
                   struct changelog *ret, struct errinfo *e)
{
	struct changelog log = { .releases = arena_array(a, RELEASES_SHOWN_MAX, sizeof *log.releases) };
	struct span span;
	enum err err = log.releases ? OK : ERR(e, NOMEM, "changelog");
	bool is_span = span_of(one, other, &span);
	for (size_t i = 0, looked = 0; is_span && !err && !log.cut && i < v->count; i++) {
		const struct rope_version *x = &v->list[i];
		if (!is_within(&span, x->version) || !memmem(x->line.p, x->line.n, CHANGES, sizeof CHANGES - 1))
			continue;
		log.cut = looked++ == RELEASES_SHOWN_MAX;
		if (!log.cut)
			err = read_note(a, x, &log, e);
	}
	if (!err)
		*ret = log;
	return err;
}

enum err hub_compare(struct hub *h, struct arena *a, const struct hub_versions *v,
                     struct contents *old, struct contents *new, struct comparison *ret,
                     struct errinfo *e)
{
	struct changelog notes;
	enum err err = hub_notes(a, v, old->version, new->version, &notes, e);
	return err ? err : contents_compare(h, a, old, new, &notes, ret, e);
}
