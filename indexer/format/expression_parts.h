/* Private to expressions: what their text is read as, before a program is made of it. */
#pragma once

#include "indexer/format/expression.h"

#define REPEAT_FOREVER UINT32_MAX

struct set { uint64_t bits[4]; };    /* of bytes */

enum part_kind { PART_EMPTY, PART_SET, PART_BEGIN, PART_END, PART_THEN, PART_OR, PART_REPEAT };
struct part {
	enum part_kind kind;
	struct set set;
	const struct part *left, *right;
	uint32_t least, most;            /* REPEAT: of left */
};

/* In the arena. INVALID, or NOMEM. */
NODISCARD enum err expression_read(struct arena *a, struct str text, const struct part **ret);
