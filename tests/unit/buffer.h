/* What was put into a buffer, compared as text. */
#pragma once

#include "indexer/base/sbuf.h"
#include "table.h"

/* All of it had room. */
static inline void assert_buffer(const struct sbuf *b, const char *wanted)
{
	assert_true(sbuf_ok(b));
	assert_string_equal(b->n ? b->p : "", wanted);
}
