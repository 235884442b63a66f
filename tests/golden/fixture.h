/* What fixture.html shows. */
#pragma once

#include "indexer/document/html.h"

struct row {
	struct str name;
	long count;
	const char *link;
};

struct view {
	struct str title, evil, link, json;
	const char *missing;
	struct html markup;
	const struct row *rows;
	size_t row_count;
	bool on;
	int number;
};
