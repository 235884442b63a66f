/* The values that there are, each with the number of charts that have it. */
#include "indexer/hub/facet_parts.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/ascii.h"
#include "indexer/base/hash.h"

const char *const hub_facet_names[FACET_COUNT] = {
	[FACET_REPO] = "repo", [FACET_CATEGORY] = "category", [FACET_KEYWORD] = "keyword",
	[FACET_LICENSE] = "license", [FACET_TYPE] = "type", [FACET_MAINTAINER] = "maintainer",
	[FACET_KUBE] = "kube", [FACET_SIGNED] = "signed", [FACET_SCHEMA] = "schema",
	[FACET_CRDS] = "crds", [FACET_DEPRECATED] = "deprecated", [FACET_PRERELEASE] = "prerelease",
	[FACET_ORIGIN] = "origin",
};

enum err facets_open(struct facets **ret, struct errinfo *e)
{
	struct facets *f = calloc(1, sizeof *f);
	if (!f || !random_bytes(&f->seed, sizeof f->seed)) {
		free(f);
		return ERR(e, NOMEM, "facets");
	}
	f->unused = FACET_NONE;
	*ret = f;
	return OK;
}

void facets_close(struct facets *f)
{
	for (size_t i = 0; f && i < f->count; i++)
		free(f->values[i].text);
	if (f) {
		free(f->values);
		free(f->buckets);
	}
	free(f);
}

/* ---- values by their text ---- */

static uint32_t *bucket_of(const struct facets *f, enum hub_facet facet, struct str text)
{
	return &f->buckets[str_hash(text, STR_HASH_START ^ f->seed ^ facet) & (f->bucket_count - 1)];
}

uint32_t facets_find(const struct facets *f, enum hub_facet facet, struct str text)
{
	uint32_t at = f->bucket_count ? *bucket_of(f, facet, text) : FACET_NONE;
	while (at != FACET_NONE && (f->values[at].facet != facet || !str_eq(facet_text(&f->values[at]), text)))
		at = f->values[at].next;
	return at;
}

static bool grow(struct facets *f)
{
	size_t count = f->bucket_count ? 2 * f->bucket_count : 1024;
	uint32_t *buckets = reallocarray(NULL, count, sizeof *buckets);
	if (!buckets)
		return false;
	free(f->buckets);
	f->buckets = buckets;
	f->bucket_count = count;
	memset(buckets, 0xff, count * sizeof *buckets);
	for (size_t i = 0; i < f->count; i++) {
		struct facet_value *v = &f->values[i];
		if (!v->refs)
			continue;
		uint32_t *at = bucket_of(f, v->facet, facet_text(v));
		v->next = *at;
		*at = (uint32_t)i;
	}
	return true;
}

static uint32_t take_unused(struct facets *f)
{
	uint32_t at = f->unused;
	if (at != FACET_NONE) {
		f->unused = f->values[at].next;
		return at;
	}
	struct facet_value *values = array_room(f->values, f->count, &f->capacity, sizeof *values);
	if (!values || f->count >= FACET_INDEX_MASK)
		return FACET_NONE;
	f->values = values;
	return (uint32_t)f->count++;
}

static uint32_t add_value(struct facets *f, enum hub_facet facet, struct str text)
{
	char *copy = malloc(text.n + 1);
	uint32_t at = copy && (f->count < f->bucket_count || grow(f)) ? take_unused(f) : FACET_NONE;
	if (at == FACET_NONE) {
		free(copy);
		return FACET_NONE;
	}
	if (text.n)
		memcpy(copy, text.p, text.n);
	uint32_t *bucket = bucket_of(f, facet, text);
	f->values[at] = (struct facet_value){ .text = copy, .bytes = text.n, .facet = facet, .next = *bucket };
	*bucket = at;
	return at;
}

static void drop_value(struct facets *f, uint32_t at)
{
	struct facet_value *v = &f->values[at];
	uint32_t *link = bucket_of(f, v->facet, facet_text(v));
	while (*link != at)
		link = &f->values[*link].next;
	*link = v->next;
	free(v->text);
	*v = (struct facet_value){ .next = f->unused };
	f->unused = at;
}

/* ---- the values of a chart ---- */

struct putting {
	struct facets *facets;
	struct hub_chart *chart;
	size_t capacity;
	bool failed;
};

/* Once, however often the chart says it. */
static void put(struct putting *p, enum hub_facet facet, struct str text)
{
	struct hub_chart *c = p->chart;
	uint32_t at = facets_find(p->facets, facet, text);
	uint32_t number = (uint32_t)facet << FACET_SHIFT | at;
	for (size_t i = 0; at != FACET_NONE && i < c->facet_count; i++)
		if (c->facets[i] == number)
			return;
	uint32_t *list = array_room(c->facets, c->facet_count, &p->capacity, sizeof *list);
	if (list)
		c->facets = list;
	if (list && at == FACET_NONE)
		at = add_value(p->facets, facet, text);
	p->failed |= !list || at == FACET_NONE;
	if (p->failed)
		return;
	p->facets->values[at].refs++;
	list[c->facet_count++] = (uint32_t)facet << FACET_SHIFT | at;
}

static void put_known(struct putting *p, enum hub_facet facet, struct str text)
{
	if (text.n)
		put(p, facet, text);
}

static void put_bool(struct putting *p, enum hub_facet facet, bool value)
{
	put(p, facet, value ? STR("true") : STR("false"));
}

struct str facet_folded(enum hub_facet facet, struct str text, char room[FACET_TEXT_MAX_BYTES])
{
	struct str s = str_trim(str_first(text, FACET_TEXT_MAX_BYTES));
	if (facet != FACET_KEYWORD)
		return s;
	for (size_t i = 0; i < s.n; i++)
		room[i] = ascii_lower(s.p[i]);
	return str_make(room, s.n);
}

static void put_lists(struct putting *p)
{
	char room[FACET_TEXT_MAX_BYTES];
	const struct chart_meta *m = &p->chart->entry.meta;
	for (size_t i = 0; i < m->keyword_count; i++)
		put_known(p, FACET_KEYWORD, facet_folded(FACET_KEYWORD, m->keywords[i], room));
	for (size_t i = 0; i < m->maintainer_count; i++)
		put_known(p, FACET_MAINTAINER, facet_folded(FACET_MAINTAINER, m->maintainers[i].name, room));
	for (size_t i = 0; i < p->chart->person_count; i++)
		put_known(p, FACET_MAINTAINER, facet_folded(FACET_MAINTAINER, p->chart->people[i], room));
}

enum err facets_put(struct facets *f, struct hub_chart *c, struct errinfo *e)
{
	struct putting p = { .facets = f, .chart = c };
	put(&p, FACET_REPO, c->repo);
	put_known(&p, FACET_CATEGORY, str_first(c->category, FACET_TEXT_MAX_BYTES));
	put_known(&p, FACET_LICENSE, str_first(c->license, FACET_TEXT_MAX_BYTES));
	put(&p, FACET_TYPE, c->library ? STR("library") : STR("application"));
	put(&p, FACET_KUBE, str_make(&c->kube, sizeof c->kube));
	put_bool(&p, FACET_SIGNED, verdict_is_signed(c->signature));
	put_bool(&p, FACET_SCHEMA, c->has_schema);
	put_bool(&p, FACET_CRDS, c->has_crds);
	put_bool(&p, FACET_DEPRECATED, c->entry.meta.deprecated);
	put_bool(&p, FACET_PRERELEASE, c->prerelease);
	put(&p, FACET_ORIGIN, str_c(hub_origin_word(c->origin)));
	put_lists(&p);
	if (!p.failed)
		return OK;
	facets_remove(f, c);
	return ERR(e, NOMEM, "facets");
}

void facets_remove(struct facets *f, const struct hub_chart *c)
{
	for (size_t i = 0; i < c->facet_count; i++) {
		uint32_t at = c->facets[i] & FACET_INDEX_MASK;
		if (--f->values[at].refs == 0)
			drop_value(f, at);
	}
}
