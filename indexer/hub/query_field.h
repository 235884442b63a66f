/* The fields of a query, and what their values may be. Private to query.c. */
#pragma once

#include "indexer/hub/query.h"

struct query_field {
	const char *name;
	enum query_kind kind;
	unsigned columns;                /* of words */
	/* Sets what the value says in *t; false: it is none. Values are not empty. NULL: words. */
	bool (*read)(int64_t now_ns, struct str value, struct query_term *t);
};
/* In any case; NULL: there is none. */
const struct query_field *query_field_find(struct str name);
