/* Versions and constraints from arbitrary bytes: the first line is a constraint, every other one
 * a version. Beyond not crashing, the order must be one and the two version forms must agree.  */
#include "fuzz.h"

#include "indexer/format/semver.h"

#define VERSIONS_MAX 8

static size_t read_versions(struct str text, struct semver *ret)
{
	size_t count = 0;
	while (text.n && count < VERSIONS_MAX) {
		struct str line = str_cut(&text, '\n', NULL);
		struct semver strict;
		bool is_strict = semver_parse_strict(line, &strict);
		bool is_loose = semver_parse(line, &ret[count]);
		REQUIRE(is_loose || !is_strict);
		if (!is_loose)
			continue;
		REQUIRE(!is_strict || semver_cmp(&strict, &ret[count]) == 0);
		REQUIRE(str_eq(ret[count].text, line));
		count++;
	}
	return count;
}

static void check_order(const struct semver *v, size_t count)
{
	for (size_t a = 0; a < count; a++) {
		REQUIRE(semver_cmp(&v[a], &v[a]) == 0);
		for (size_t b = 0; b < count; b++) {
			int order = semver_cmp(&v[a], &v[b]), reverse = semver_cmp(&v[b], &v[a]);
			REQUIRE((order > 0) == (reverse < 0) && (order == 0) == (reverse == 0));
			for (size_t c = 0; c < count; c++)
				if (order <= 0 && semver_cmp(&v[b], &v[c]) <= 0)
					REQUIRE(semver_cmp(&v[a], &v[c]) <= 0);
		}
	}
}

/* Versions of equal precedence satisfy the same constraints. */
static void check_range(const struct semver_range *range, const struct semver *v, size_t count)
{
	for (size_t a = 0; a < count; a++)
		for (size_t b = 0; b < count; b++)
			if (semver_cmp(&v[a], &v[b]) == 0)
				REQUIRE(semver_range_has(range, &v[a]) == semver_range_has(range, &v[b]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str text = str_make(data, size), constraint = str_cut(&text, '\n', NULL);
	struct semver versions[VERSIONS_MAX];
	struct semver_range *range = NULL;
	struct errinfo e = { 0 };
	size_t count = read_versions(text, versions);
	check_order(versions, count);
	enum err err = semver_range_parse(&a, constraint, &range, &e);
	REQUIRE(err == e.code && (err == OK) == (range != NULL));
	if (!err)
		check_range(range, versions, count);
	return 0;
}
