/* Ends of names, in the order of the log: a name is followed through those that come after an event. */
#include "indexer/ingest/lineage.h"

#include "indexer/format/node.h"

static bool is_end(struct str kind, enum ending *ret)
{
	static const char *const kinds[] = {
		[RENAMED] = "repo.rename", [DELETED] = "repo.delete", [PURGED] = "repo.purge",
	};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (str_eq_c(kind, kinds[i])) {
			*ret = (enum ending)i;
			return true;
		}
	return false;
}

static enum err note_end(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct lineage *l = ctx;
	enum ending how;
	const struct node *detail = NULL;
	if (!is_end(ev->kind, &how))
		return OK;
	enum err err = json_read(&l->arena, ev->detail, "detail", &detail, e);
	if (err)
		return err;
	struct name_end *end = ARENA_NEW(&l->arena, struct name_end);
	if (!end || !arena_str(&l->arena, ev->repo, &end->repo))
		return ERR(e, NOMEM, "log");
	end->seq = ev->seq;
	end->how = how;
	end->to = node_text(node_get(detail, "to"));
	*l->last = end;
	l->last = &end->next;
	return OK;
}

enum err lineage_read(struct catalog *c, struct lineage *ret, struct errinfo *e)
{
	*ret = (struct lineage){ .last = NULL };
	ret->last = &ret->first;
	return catalog_ends_each(c, note_end, ret, e);
}

void lineage_done(struct lineage *l) { arena_done(&l->arena); }

struct fate lineage_follow(const struct lineage *l, struct str name, uint64_t event)
{
	struct fate f = { .name = name };
	for (const struct name_end *end = l->first; end && !f.purged; end = end->next) {
		if (end->seq < event || !str_eq(end->repo, f.name))
			continue;
		if (end->how == RENAMED && !f.deleted)
			f.name = end->to;
		f.purged = f.deleted && end->how == PURGED;
		f.deleted |= end->how == DELETED;
	}
	return f;
}

/* What the name `repo` began with, before `until`; NULL: with the log. */
static const struct name_end *beginning(const struct lineage *l, struct str repo, uint64_t until)
{
	const struct name_end *found = NULL;
	for (const struct name_end *end = l->first; end && end->seq < until; end = end->next)
		if ((end->how == RENAMED && str_eq(end->to, repo)) ||
		    (end->how != PURGED && str_eq(end->repo, repo)))
			found = end;
	return found;
}

bool lineage_name_at(const struct lineage *l, struct str now, uint64_t event, struct str *ret_name,
                     uint64_t *ret_from)
{
	uint64_t until = UINT64_MAX;
	for (;;) {
		const struct name_end *end = beginning(l, now, until);
		*ret_name = now;
		*ret_from = end ? end->seq + 1 : 1;
		if (event >= *ret_from)
			return true;
		if (!end || end->how != RENAMED || !str_eq(end->to, now))
			return false;
		now = end->repo;
		until = end->seq;
	}
}

bool lineage_ends_purged(const struct name_end *end)
{
	bool purged = end->how == PURGED;
	for (const struct name_end *later = end->next; later && purged; later = later->next)
		purged = !str_eq(later->repo, end->repo);
	return purged;
}
