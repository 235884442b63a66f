/* The little that a part computes. */
#include "server/web/parts.h"

#include "server/route/route.h"

#define SPARK_WIDTH 64
#define SPARK_BOTTOM 16
#define SPARK_TOP 2

enum err page_number(const struct call *c, uint64_t *ret, struct errinfo *e)
{
	*ret = 1;
	return query_number(&c->query, "page", 1, PAGES_MAX, ret, e);
}

struct pager pager_of(struct links *l, struct str link, uint64_t number, size_t rows, size_t total)
{
	size_t from = number - 1 < total / rows + 1 ? (size_t)(number - 1) * rows : total;
	from = from < total ? from : total;
	size_t to = total - from > rows ? from + rows : total;
	struct pager p = { .from = from + 1, .to = to, .total = total };
	if (total && from == total) {
		p.last = link_paged(l, link, (total + rows - 1) / rows);
		return p;
	}
	if (number > 1 && total)
		p.previous = link_paged(l, link, number - 1);
	if (to < total)
		p.next = link_paged(l, link, number + 1);
	return p;
}

bool facet_rest_is_chosen(const struct facet *f)
{
	for (size_t i = f->shown; i < f->count; i++)
		if (f->values[i].chosen)
			return true;
	return false;
}

unsigned spark_x(const struct spark *s, size_t i)
{
	return s->count > 1 ? (unsigned)(1 + i * (SPARK_WIDTH - 2) / (s->count - 1)) : 1;
}

unsigned spark_y(const struct spark *s, size_t i)
{
	uint64_t most = 1;
	for (size_t k = 0; k < s->count; k++)
		if (s->values[k] > most)
			most = s->values[k];
	return (unsigned)(SPARK_BOTTOM - s->values[i] * (uint64_t)(SPARK_BOTTOM - SPARK_TOP) / most);
}
