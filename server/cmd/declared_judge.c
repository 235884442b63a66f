/* Whether all that a settings file declares can be made together, before any of it is. */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "server/cmd/declared.h"

struct judging {
	struct arena arena;
	struct known_repo *list;         /* as it would be afterwards */
	size_t count, capacity;
};

static struct known_repo *find(const struct judging *x, struct str name)
{
	for (size_t i = 0; i < x->count; i++)
		if (str_eq(x->list[i].name, name))
			return &x->list[i];
	return NULL;
}

static enum err add(struct judging *x, const struct known_repo *repo, struct errinfo *e)
{
	struct known_repo *list = arena_room(&x->arena, x->list, x->count, &x->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "repositories");
	list[x->count++] = *repo;
	x->list = list;
	return OK;
}

static enum err take(struct judging *x, const struct declared_repo *declared, struct errinfo *e)
{
	struct repo_settings s;
	repo_settings_default(&s);
	enum err err = repo_settings_merge(&x->arena, declared->settings, &s, e);
	if (err)
		return err;
	struct known_repo *is = find(x, declared->name);
	const struct known_repo next = { .name = declared->name, .members = s.members, .place = declared->place,
	                                 .kind = repo_kind(&s), .empty = true };
	if (is && is->kind != next.kind && !(is->kind == REPO_HOSTED && is->empty))
		return ERR(e, CONFIG, "%s: the repository \"%.*s\" is of the kind %s and stays so; make another one",
		           declared->place, STR_ARG(declared->name), repo_kind_word(is->kind));
	if (!is)
		return add(x, &next, e);
	*is = next;
	return OK;
}

/* All its members are known to end. */
static bool ends(const struct judging *x, const struct known_repo *repo)
{
	struct str rest = repo->kind == REPO_VIRTUAL ? repo->members : (struct str){ 0 }, word;
	while ((word = repo_setting_next_word(&rest)).n) {
		const struct known_repo *member = find(x, word);
		if (member && !member->ends)
			return false;
	}
	return true;
}

/* Members before who has them, until there are no more; who is left has itself, however far below. */
static enum err check_circles(struct judging *x, struct errinfo *e)
{
	const struct known_repo *left = NULL;
	bool more = true;
	while (more) {
		more = false;
		left = NULL;
		for (size_t i = 0; i < x->count; i++) {
			struct known_repo *repo = &x->list[i];
			if (repo->ends)
				continue;
			repo->ends = ends(x, repo);
			more |= repo->ends;
			if (!repo->ends && repo->place)
				left = repo;
		}
	}
	return left ? ERR(e, CONFIG, "%s: members: the repository \"%.*s\" would have itself as a member", left->place,
	                  STR_ARG(left->name)) : OK;
}

enum err declared_judge(const struct known_repo *known, size_t count, const struct declared_repos *d,
                        struct errinfo *e)
{
	struct judging x = { .list = NULL };
	enum err err = OK;
	for (size_t i = 0; i < count && !err; i++)
		err = add(&x, &known[i], e);
	for (size_t i = 0; i < d->count && !err; i++)
		err = take(&x, &d->list[i], e);
	if (!err)
		err = check_circles(&x, e);
	arena_done(&x.arena);
	return err;
}
