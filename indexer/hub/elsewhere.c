/* See elsewhere.h. Which charts there are is in memory; their versions are in the indexes. */
#include "indexer/hub/elsewhere.h"

#include "indexer/base/auto.h"
#include "indexer/hub/impl.h"

const char *hub_sameness_word(enum hub_sameness s)
{
	static const char *const words[] = { [SAME_BYTES] = "same", [OTHER_BYTES] = "different",
	                                     [SAME_UNKNOWN] = "unknown" };
	return words[s];
}

static bool add(struct hub_copies *to, struct arena *a, const struct hub_chart *c)
{
	struct hub_copy *copy = &to->list[to->count];
	if (to->count == HUB_COPIES_MAX) {
		to->more++;
		return true;
	}
	*copy = (struct hub_copy){ .origin = c->origin, .sameness = SAME_UNKNOWN };
	to->count++;
	return arena_str(a, c->repo, &copy->repo) && arena_str(a, c->entry.meta.version, &copy->shown);
}

/* With the table's lock: one look for each repository. */
static bool collect(const struct hub_table *t, struct arena *a, const struct hub_viewer *v,
                    struct str repo, struct str name, struct hub_copies *to)
{
	bool ok = true;
	for (size_t at = 0; at < t->count && ok; at = charts_next_repo(t->charts, t->count, at)) {
		struct str here = t->charts[at]->repo;
		const struct hub_chart *c = str_eq(here, repo) ? NULL : table_at(t, here, name);
		if (c && hub_sees(v, here))
			ok = add(to, a, c);
	}
	return ok;
}

static enum err compare(struct hub *h, struct hub_copy *copy, struct str name, struct str version,
                        struct str digest, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions v;
	struct errinfo why = { 0 };
	enum err err = hub_versions(h, &a, copy->repo, name, &v, &why);
	if (err)                             /* the log goes on meanwhile */
		return err == ERR_NOMEM ? ERR(e, NOMEM, "versions") : OK;
	for (size_t i = 0; i < v.count && !copy->has_version; i++) {
		if (!str_eq(v.list[i].version, version))
			continue;
		struct str other = index_line_text(v.list[i].line, "digest");
		copy->has_version = true;
		if (other.n && digest.n)
			copy->sameness = str_eq(other, digest) ? SAME_BYTES : OTHER_BYTES;
	}
	hub_versions_done(&v);
	return OK;
}

enum err hub_elsewhere(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str repo,
                       struct str name, struct str version, struct str digest,
                       struct hub_copies *ret, struct errinfo *e)
{
	struct hub_copies found = { .list = arena_array(a, HUB_COPIES_MAX, sizeof *found.list) };
	if (!found.list)
		return ERR(e, NOMEM, "copies");
	(void)pthread_rwlock_rdlock(&h->table.lock);
	bool ok = collect(&h->table, a, v, repo, name, &found);
	(void)pthread_rwlock_unlock(&h->table.lock);
	enum err err = ok ? OK : ERR(e, NOMEM, "copies");
	for (size_t i = 0; i < found.count && !err; i++)
		err = compare(h, &found.list[i], name, version, digest, e);
	if (!err)
		*ret = found;
	return err;
}
