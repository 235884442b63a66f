/* All tables as one, found by name: a template is full of names. */
#include "indexer/template/functions.h"

#include <pthread.h>

#define SLOTS 1024u                  /* a power of two, above twice as many as there are functions */

static const struct table { const struct tmpl_function *rows; const size_t *count; } tables[] = {
#define X(name) { tmpl_functions_##name, &tmpl_functions_##name##_count },
	TMPL_TABLES(X)
#undef X
};
static const struct tmpl_function *slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Where the name stands, or would. */
static const struct tmpl_function **slot_of(struct str name)
{
	size_t at = str_hash(name, STR_HASH_START) % SLOTS;
	while (slots[at] && !str_eq_c(name, slots[at]->name))
		at = (at + 1) % SLOTS;
	return slots + at;
}

static void fill(void)
{
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (size_t i = 0; i < *tables[t].count; i++)
			*slot_of(str_c(tables[t].rows[i].name)) = tables[t].rows + i;
}

const struct tmpl_function *tmpl_function_find(struct str name)
{
	(void)pthread_once(&once, fill);
	return *slot_of(name);
}
