/* See places.h. */
#include "indexer/format/places.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"
#include "indexer/format/repo_settings.h"

struct group { struct address address; const char *all; };       /* one address of a row of moved.def */

struct places {
	struct arena *arena;
	struct place *list;              /* by address */
	size_t count, capacity;
	struct group *groups;            /* by address */
	size_t group_count;
};

static int place_cmp(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = address_cmp(&a->address, &b->address);
	if (!order)
		order = (int)a->implied - (int)b->implied;
	return order ? order : str_cmp(a->repo, b->repo);
}

static const char *const moved[] = {
#define X(addresses) addresses,
#include "indexer/format/moved.def"
#undef X
};
#define MOVED_COUNT (sizeof moved / sizeof *moved)

static int group_cmp(const void *left, const void *right)
{
	return address_cmp(&((const struct group *)left)->address, &((const struct group *)right)->address);
}

static enum err read_moved(struct places *p, struct errinfo *e)
{
	size_t capacity = 0;
	for (size_t i = 0; i < MOVED_COUNT; i++) {
		struct str url, rest = str_c(moved[i]);
		while ((url = repo_setting_next_word(&rest)).n) {
			struct group *list = arena_room(p->arena, p->groups, p->group_count, &capacity,
			                                sizeof *list);
			if (!list)
				return ERR(e, NOMEM, "addresses of repositories");
			p->groups = list;
			list[p->group_count].all = moved[i];
			enum err err = address_read(p->arena, url, &list[p->group_count++].address, e);
			if (err)
				return err;
		}
	}
	qsort(p->groups, p->group_count, sizeof *p->groups, group_cmp);
	return OK;
}

enum err places_new(struct arena *a, struct places **ret, struct errinfo *e)
{
	struct places *p = ARENA_NEW(a, struct places);
	if (!p)
		return ERR(e, NOMEM, "addresses of repositories");
	p->arena = a;
	enum err err = read_moved(p, e);
	if (!err)
		*ret = p;
	return err;
}

/* All addresses of the row that has this one; NULL: none has. */
static const char *moved_with(const struct places *p, const struct address *address)
{
	const struct group key = { .address = *address };
	const struct group *g = bsearch(&key, p->groups, p->group_count, sizeof key, group_cmp);
	return g ? g->all : NULL;
}

/* `others`: the addresses are such a row. */
static enum err add(struct places *p, struct str repo, struct str addresses, bool others,
                    struct errinfo *e)
{
	struct str url;
	while ((url = repo_setting_next_word(&addresses)).n) {
		struct place *list = arena_room(p->arena, p->list, p->count, &p->capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "addresses of repositories");
		p->list = list;
		struct place *k = &list[p->count];
		k->implied = others;
		if (!arena_str(p->arena, repo, &k->repo))
			return ERR(e, NOMEM, "addresses of repositories");
		enum err err = address_read(p->arena, url, &k->address, e);
		if (err && err != ERR_INVALID)
			return err;
		p->count += !err;
		const char *all = err || others ? NULL : moved_with(p, &k->address);
		if (all && (err = add(p, repo, str_c(all), true, e)))
			return err;
	}
	return OK;
}

enum err places_add(struct places *p, struct str repo, struct str addresses, struct errinfo *e)
{
	return add(p, repo, addresses, false, e);
}

void places_sort(struct places *p)
{
	if (p->count)
		qsort(p->list, p->count, sizeof *p->list, place_cmp);
}

/* The first that is not before it. */
static size_t bound(const struct places *p, const struct address *address)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (address_cmp(&p->list[middle].address, address) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool places_has_host(const struct places *p, struct str host)
{
	size_t first = bound(p, &(struct address){ .host = host });
	return first < p->count && !p->list[first].address.oci && str_eq(p->list[first].address.host, host);
}

bool places_has_name(const struct places *p, struct str name)
{
	char with_port[DNS_NAME_MAX_BYTES + 2];
	if (name.n > DNS_NAME_MAX_BYTES)
		return false;
	(void)snprintf(with_port, sizeof with_port, "%.*s:", STR_ARG(name));
	size_t first = bound(p, &(struct address){ .host = str_c(with_port) });
	return places_has_host(p, name) || (first < p->count && !p->list[first].address.oci &&
	                                    str_starts(p->list[first].address.host, str_c(with_port)));
}

const struct place *places_find(const struct places *p, const struct address *address,
                                size_t *ret_count)
{
	size_t low = bound(p, address), high;
	for (high = low; high < p->count && address_cmp(&p->list[high].address, address) == 0; high++)
		continue;
	*ret_count = high - low;
	return high > low ? &p->list[low] : NULL;
}
