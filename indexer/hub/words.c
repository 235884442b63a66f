/* What of a chart is compared with the words of a query, README and values apart. */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/query.h"
#include "indexer/hub/word.h"

struct maker {
	struct hub_word *list;
	size_t count, capacity;
	struct sbuf text;
	bool failed;
};

static void add_word(struct maker *m, struct str word, enum column column, bool first)
{
	struct hub_word *list = array_room(m->list, m->count, &m->capacity, sizeof *list);
	m->failed |= !list;
	if (!list)
		return;
	m->list = list;
	list[m->count++] = (struct hub_word){
		.key = word_key(word), .letters = word_letters(word), .at = (uint32_t)m->text.n,
		.n = (uint16_t)word.n, .column = (uint8_t)column, .first = first,
	};
	sbuf_put(&m->text, word);
}

static void add(struct maker *m, enum column column, struct str text)
{
	char word[SEARCH_WORD_MAX_BYTES];
	bool first = true;
	for (size_t n; m->count < SEARCH_CHART_WORDS_MAX && (n = word_next(&text, word)); first = false)
		add_word(m, str_make(word, n), column, first);
}

/* The order is that of enum column. */
static void add_all(struct maker *m, const struct hub_chart *c)
{
	const struct chart_meta *meta = &c->entry.meta;
	add(m, COLUMN_NAME, c->name);
	add(m, COLUMN_ALTERNATIVE, c->alternative);
	for (size_t i = 0; i < meta->keyword_count; i++)
		add(m, COLUMN_KEYWORDS, meta->keywords[i]);
	add(m, COLUMN_DESCRIPTION, meta->description);
	for (size_t i = 0; i < meta->maintainer_count; i++)
		add(m, COLUMN_PEOPLE, meta->maintainers[i].name);
	add(m, COLUMN_REPO, c->repo);
	for (size_t i = 0; i < c->dependency_count; i++)
		add(m, COLUMN_USES, c->dependencies[i].name);
	for (size_t i = 0; i < c->image_count; i++)
		add(m, COLUMN_IMAGES, c->images[i]);
	for (size_t i = 0; i < c->kind_count; i++)
		add(m, COLUMN_KINDS, c->kinds[i]);
}

enum err words_make(struct hub_chart *c, struct errinfo *e)
{
	struct maker m = { .text = sbuf_make(SEARCH_CHART_WORDS_MAX * SEARCH_WORD_MAX_BYTES) };
	struct str text = { 0 };
	add_all(&m, c);
	c->words = ARENA_NEW(&c->arena, struct hub_words);
	struct hub_word *list = arena_array(&c->arena, m.count, sizeof *list);
	bool ok = c->words && list && !m.failed && sbuf_ok(&m.text) &&
	          arena_str(&c->arena, sbuf_str(&m.text), &text);
	if (ok) {
		if (m.count)
			memcpy(list, m.list, m.count * sizeof *list);
		*c->words = (struct hub_words){ list, m.count, text.p };
	}
	free(m.list);
	sbuf_done(&m.text);
	return ok ? OK : ERR(e, NOMEM, "words of a chart");
}
