/* What is asked of annotations one by one. */
#include "indexer/base/value.h"
#include "indexer/format/chart.h"
#include "indexer/format/semver.h"

int annotation_cmp(const void *left, const void *right)
{
	const struct chart_annotation *a = left, *b = right;
	return str_cmp(a->key, b->key);
}

struct str annotation_get(const struct chart_meta *m, const char *key)
{
	for (size_t i = 0; i < m->annotation_count; i++)
		if (str_eq_c(m->annotations[i].key, key))
			return m->annotations[i].value;
	return (struct str){ NULL, 0 };
}

bool annotation_says(const struct chart_meta *m, const char *key)
{
	bool is = false;
	return value_bool(str_trim(annotation_get(m, key)), &is) && is;
}

bool chart_is_prerelease(const struct chart_meta *m)
{
	struct semver v;
	return (semver_parse(m->version, &v) && v.pre.n) ||
	       annotation_says(m, "artifacthub.io/prerelease");
}
