/* See filter.h. */
#include "server/web/filter.h"

struct filter filter_of(const struct call *c)
{
	struct filter f = { .text = str_trim(query_text(&c->query, "q")) };
	for (struct str rest = f.text; rest.n && f.count < FILTER_WORDS_MAX; rest = str_trim(rest))
		f.words[f.count++] = str_cut(&rest, ' ', NULL);
	return f;
}

static bool is_in(struct str word, const struct str *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_has_nocase(texts[i], word))
			return true;
	return false;
}

bool filter_takes(const struct filter *f, const struct str *texts, size_t count)
{
	for (size_t i = 0; i < f->count; i++)
		if (!is_in(f->words[i], texts, count))
			return false;
	return true;
}
