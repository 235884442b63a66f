/* The little that a part computes. */
#include "server/web/parts.h"

#define SPARK_WIDTH 64
#define SPARK_BOTTOM 16
#define SPARK_TOP 2

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
