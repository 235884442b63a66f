/* What the tests of values share: the values of a chart that is made of a few files. */
#pragma once

#include "format_chart.h"
#include "indexer/document/values.h"

/* Files up to the first without a name. In the arena of format_chart.h. */
static inline void view_files(const struct file *files, struct values_view *ret)
{
	static struct chart c;
	expect("chart", load_files(files, &c), NULL);
	assert_int_equal(values_view(&arena, &c, ret, &error), OK);
}
