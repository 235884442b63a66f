/* See words.h. The order is kept in chunks of some hundred, so that a new word moves few others. */
#include "indexer/hub/words.h"

#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/hub/word.h"

#define CHUNK_MAX 256u
#define NONE UINT32_MAX

struct place { uint64_t key; uint32_t word; };

struct chunk {
	size_t count;                    /* never 0 */
	struct place list[CHUNK_MAX];
};

struct words {
	struct word *all;
	size_t count, capacity;
	uint32_t unused;                 /* the first free place; its `capacity` is the next one */
	struct chunk **chunks;
	size_t chunk_count, chunk_capacity;
};

enum err words_open(struct words **ret, struct errinfo *e)
{
	struct words *w = calloc(1, sizeof *w);
	if (!w)
		return ERR(e, NOMEM, "words");
	w->unused = NONE;
	*ret = w;
	return OK;
}

void words_close(struct words *w)
{
	for (size_t i = 0; w && i < w->count; i++)
		if (w->all[i].count) {
			free((char *)(uintptr_t)w->all[i].text.p);
			free(w->all[i].uses);
		}
	for (size_t i = 0; w && i < w->chunk_count; i++)
		free(w->chunks[i]);
	if (w) {
		free(w->chunks);
		free(w->all);
	}
	free(w);
}

const struct word *words_all(const struct words *w, size_t *ret_count)
{
	*ret_count = w->count;
	return w->all;
}

/* ---- their order ---- */

static int compare(const struct words *w, uint64_t key, struct str text, const struct place *p)
{
	if (key != p->key)
		return key < p->key ? -1 : 1;
	return str_cmp(text, w->all[p->word].text);
}

static size_t find_chunk(const struct words *w, uint64_t key, struct str text)
{
	size_t low = 0, high = w->chunk_count;       /* the last one that does not begin behind it */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (compare(w, key, text, &w->chunks[middle]->list[0]) < 0)
			high = middle;
		else
			low = middle;
	}
	return low;
}

struct word_cursor words_from(const struct words *w, struct str text)
{
	uint64_t key = word_key(text);
	struct word_cursor at = { .chunk = find_chunk(w, key, text) };
	size_t high = w->chunk_count ? w->chunks[at.chunk]->count : 0;
	while (at.at < high) {
		size_t middle = at.at + (high - at.at) / 2;
		if (compare(w, key, text, &w->chunks[at.chunk]->list[middle]) > 0)
			at.at = middle + 1;
		else
			high = middle;
	}
	return at;
}

const struct word *words_next(const struct words *w, struct word_cursor *at)
{
	while (at->chunk < w->chunk_count && at->at >= w->chunks[at->chunk]->count)
		*at = (struct word_cursor){ at->chunk + 1, 0 };
	return at->chunk < w->chunk_count ? &w->all[w->chunks[at->chunk]->list[at->at++].word] : NULL;
}

static bool add_chunk(struct words *w, size_t at)
{
	struct chunk **chunks = array_room(w->chunks, w->chunk_count, &w->chunk_capacity, sizeof *chunks);
	struct chunk *c = chunks ? malloc(sizeof *c) : NULL;
	if (chunks)
		w->chunks = chunks;
	if (!c)
		return false;
	c->count = 0;
	memmove(chunks + at + 1, chunks + at, (w->chunk_count - at) * sizeof *chunks);
	chunks[at] = c;
	w->chunk_count++;
	return true;
}

static bool split(struct words *w, struct word_cursor *at)
{
	if (!add_chunk(w, at->chunk + 1))
		return false;
	struct chunk *left = w->chunks[at->chunk], *right = w->chunks[at->chunk + 1];
	left->count = CHUNK_MAX / 2;
	right->count = CHUNK_MAX - left->count;
	memcpy(right->list, left->list + left->count, right->count * sizeof *right->list);
	if (at->at > left->count)
		*at = (struct word_cursor){ at->chunk + 1, at->at - left->count };
	return true;
}

static bool put_in_order(struct words *w, struct word_cursor at, uint32_t word)
{
	if (!w->chunk_count ? !add_chunk(w, 0)
	                    : w->chunks[at.chunk]->count == CHUNK_MAX && !split(w, &at))
		return false;
	struct chunk *c = w->chunks[at.chunk];
	memmove(c->list + at.at + 1, c->list + at.at, (c->count - at.at) * sizeof *c->list);
	c->list[at.at] = (struct place){ w->all[word].key, word };
	c->count++;
	return true;
}

static void take_out_of_order(struct words *w, struct word_cursor at)
{
	struct chunk *c = w->chunks[at.chunk];
	c->count--;
	memmove(c->list + at.at, c->list + at.at + 1, (c->count - at.at) * sizeof *c->list);
	if (c->count)
		return;
	free(c);
	w->chunk_count--;
	memmove(w->chunks + at.chunk, w->chunks + at.chunk + 1,
	        (w->chunk_count - at.chunk) * sizeof *w->chunks);
}

/* ---- one word ---- */

static uint32_t take_unused(struct words *w)
{
	uint32_t at = w->unused;
	if (at != NONE) {
		w->unused = w->all[at].capacity;
		return at;
	}
	struct word *all = array_room(w->all, w->count, &w->capacity, sizeof *all);
	if (!all || w->count >= NONE)
		return NONE;
	w->all = all;
	return (uint32_t)w->count++;
}

static void give_back(struct words *w, uint32_t at)
{
	free((char *)(uintptr_t)w->all[at].text.p);
	free(w->all[at].uses);
	w->all[at] = (struct word){ .capacity = w->unused };
	w->unused = at;
}

/* Its place, where it has no use yet when it is new. */
static uint32_t find_or_add(struct words *w, struct str text)
{
	struct word_cursor at = words_from(w, text), next = at;
	const struct word *there = words_next(w, &next);
	if (there && str_eq(there->text, text))
		return (uint32_t)(there - w->all);
	char *copy = malloc(text.n);
	uint32_t place = copy ? take_unused(w) : NONE;
	if (place == NONE) {
		free(copy);
		return NONE;
	}
	memcpy(copy, text.p, text.n);
	w->all[place] = (struct word){ .text = str_make(copy, text.n), .key = word_key(text),
	                               .letters = word_letters(text) };
	if (put_in_order(w, at, place))
		return place;
	give_back(w, place);
	return NONE;
}

static void drop_unused(struct words *w, uint32_t place)
{
	if (w->all[place].count)
		return;
	take_out_of_order(w, words_from(w, w->all[place].text));
	give_back(w, place);
}

static bool add_use(struct word *word, uint32_t use)
{
	if (word->count && word->uses[word->count - 1] == use)
		return true;                     /* said twice */
	if (word->count == word->capacity) {
		uint32_t capacity = word->capacity ? 2 * word->capacity : 2;
		uint32_t *uses = reallocarray(word->uses, capacity, sizeof *uses);
		if (!uses)
			return false;
		word->uses = uses;
		word->capacity = capacity;
	}
	word->uses[word->count++] = use;
	word->named += word_column_is_named(word_use_column(use));
	return true;
}

static void remove_use(struct word *word, uint32_t use)
{
	for (uint32_t i = word->count; i-- > 0;)
		if (word->uses[i] == use) {
			word->uses[i] = word->uses[--word->count];
			word->named -= word_column_is_named(word_use_column(use));
			return;
		}
}

/* ---- the words of a chart ---- */

struct putting {
	struct words *words;
	uint32_t id;
	struct hub_word *list;
	size_t count, capacity;
	bool failed;
};

static void add_word(struct putting *p, struct str text, enum column column, bool first)
{
	struct hub_word *list = array_room(p->list, p->count, &p->capacity, sizeof *list);
	uint32_t place = list ? find_or_add(p->words, text) : NONE;
	if (list)
		p->list = list;
	p->failed |= place == NONE;
	if (place == NONE)
		return;
	if (!add_use(&p->words->all[place], p->id << WORD_COLUMN_BITS | column)) {
		p->failed = true;
		drop_unused(p->words, place);
		return;
	}
	list[p->count++] = (struct hub_word){ place, (uint8_t)column, first };
}

static size_t add_words(struct putting *p, enum column column, struct str text)
{
	char word[SEARCH_WORD_MAX_BYTES];
	size_t count = 0;
	for (size_t n; p->count < SEARCH_CHART_WORDS_MAX && (n = word_next(&text, word)); count++)
		add_word(p, str_make(word, n), column, !count);
	return count;
}

/* What follows, without what separates it. */
static void add_joined(struct putting *p, enum column column, struct str text)
{
	char joined[SEARCH_WORD_MAX_BYTES], word[SEARCH_WORD_MAX_BYTES];
	size_t bytes = 0;
	for (size_t n; (n = word_next(&text, word)); bytes += n) {
		n = n < sizeof joined - bytes ? n : sizeof joined - bytes;
		memcpy(joined + bytes, word, n);
	}
	if (bytes)
		add_word(p, str_make(joined, bytes), column, true);
}

static void add_name(struct putting *p, struct str name)
{
	char word[SEARCH_WORD_MAX_BYTES];
	size_t words = add_words(p, COLUMN_NAME, name);
	add_joined(p, COLUMN_JOINED, name);
	for (size_t i = 2; i < words && word_next(&name, word); i++)     /* the last one is there */
		add_joined(p, COLUMN_PART, name);
}

static void add_item(struct putting *p, enum column column, struct str text)
{
	if (add_words(p, column, text) > 1)
		add_joined(p, column, text);
}

static void add_all(struct putting *p, const struct hub_chart *c)
{
	const struct chart_meta *meta = &c->entry.meta;
	add_name(p, c->name);
	add_item(p, COLUMN_ALTERNATIVE, c->alternative);
	for (size_t i = 0; i < meta->keyword_count; i++)
		add_item(p, COLUMN_KEYWORDS, meta->keywords[i]);
	(void)add_words(p, COLUMN_DESCRIPTION, meta->description);
	for (size_t i = 0; i < meta->maintainer_count; i++)
		(void)add_words(p, COLUMN_PEOPLE, meta->maintainers[i].name);
	for (size_t i = 0; i < c->person_count; i++)
		(void)add_words(p, COLUMN_PEOPLE, c->people[i]);
	(void)add_words(p, COLUMN_REPO, c->repo);
	for (size_t i = 0; i < c->dependency_count; i++)
		(void)add_words(p, COLUMN_USES, c->dependencies[i].name);
	for (size_t i = 0; i < c->image_count; i++)
		(void)add_words(p, COLUMN_IMAGES, c->images[i]);
	for (size_t i = 0; i < c->kind_count; i++)
		(void)add_words(p, COLUMN_KINDS, c->kinds[i]);
}

static void remove_all(struct words *w, uint32_t id, const struct hub_word *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		remove_use(&w->all[list[i].word], id << WORD_COLUMN_BITS | list[i].column);
	for (size_t i = 0; i < count; i++)
		if (w->all[list[i].word].text.p)         /* not given back yet */
			drop_unused(w, list[i].word);
}

enum err words_put(struct words *w, struct hub_chart *c, struct errinfo *e)
{
	struct putting p = { .words = w, .id = (uint32_t)c->id };
	if (c->id < 0 || c->id >= WORD_CHARTS_MAX)
		return ERR(e, BUG, "a chart has the number %lld", (long long)c->id);
	add_all(&p, c);
	c->words = p.failed ? NULL : malloc(sizeof *c->words + p.count * sizeof *p.list);
	if (c->words) {
		c->words->count = p.count;
		if (p.count)
			memcpy(c->words->list, p.list, p.count * sizeof *p.list);
	} else {
		remove_all(w, p.id, p.list, p.count);
	}
	free(p.list);
	return c->words ? OK : ERR(e, NOMEM, "words of a chart");
}

void words_remove(struct words *w, const struct hub_chart *c)
{
	remove_all(w, (uint32_t)c->id, c->words->list, c->words->count);
}
