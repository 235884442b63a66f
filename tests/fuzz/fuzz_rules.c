/* The rules of an upstream and of a virtual repository, in the first line as a=b;c=d, and what they are
 * asked for: a chart, its kubeVersion and an annotation, and then its versions. A verdict is one of the
 * table's, the newest stay, and at most one member wins a name.                               */
#include "fuzz.h"

#include "indexer/format/ownership.h"
#include "indexer/format/selection.h"

#define VERSIONS_MAX 64u

static bool read_rules(struct arena *a, struct str text, struct repo_settings *ret)
{
	repo_settings_default(ret);
	while (text.n) {
		struct str value = str_cut(&text, ';', NULL), name = str_cut(&value, '=', NULL);
		enum err err = repo_settings_set(a, name, value, ret, NULL);
		REQUIRE(err == OK || err == ERR_INVALID);
		if (err)
			return false;
	}
	return true;
}

static void check_trim(const struct repo_settings *s, const struct selection *x,
                       struct selection_version *v, size_t count)
{
	size_t before = 0, after = 0;
	for (size_t i = 0; i < count; i++)
		before += v[i].verdict == SELECTION_TAKEN;
	selection_trim(x, v, count);
	for (size_t i = 0; i < count; i++)
		after += v[i].verdict == SELECTION_TAKEN;
	REQUIRE(after <= before && (s->take_last || s->take_last_per_minor || after == before));
	REQUIRE(after >= (before < s->take_last ? before : s->take_last));
}

static void try_selection(struct arena *a, const struct repo_settings *s, struct str data)
{
	struct str chart = str_cut(&data, '\n', NULL), kube = str_cut(&data, '\n', NULL);
	struct str value = str_cut(&data, '\n', NULL), key = str_cut(&value, '=', NULL);
	struct selection_version list[VERSIONS_MAX];
	struct selection *x;
	size_t count = 0;
	if (selection_new(a, s, &x, NULL))
		return;
	struct chart_annotation annotation = { key, value };
	struct index_entry entry = { .created_ns = INT64_MIN };
	entry.meta.kube_version = kube;
	entry.meta.annotations = &annotation;
	entry.meta.annotation_count = 1;
	for (; data.n && count < VERSIONS_MAX; count++) {
		entry.meta.version = list[count].version = str_cut(&data, '\n', NULL);
		REQUIRE(selection_judge(x, chart, &entry, false, &list[count].verdict, NULL) == OK);
		REQUIRE(list[count].verdict < SELECTION_LAST);
		REQUIRE((list[count].verdict == SELECTION_NAME) == !selection_takes_name(x, chart));
	}
	check_trim(s, x, list, count);
}

/* The low bits of `which` say who has it and who is hosted. */
static void try_ownership(struct arena *a, const struct repo_settings *s, struct str chart, uint32_t which)
{
	struct ownership *o;
	size_t members, count = 0, wins = 0;
	if (ownership_new(a, STR("all"), s, &o, NULL))
		return;
	(void)ownership_members(o, &members);
	struct ownership_candidate *list = arena_array(a, members + 1, sizeof *list);
	REQUIRE(list);
	for (size_t i = 0; i < members; i++)
		if (which >> (2 * i % 32) & 1)
			list[count++] = (struct ownership_candidate){ .member = i, .hosted = which >> (2 * i % 32) & 2,
			                                              .private = which >> (i % 32) & 1 };
	ssize_t winner = ownership_judge(o, chart, list, count);
	REQUIRE(winner >= -1 && winner < (ssize_t)count);
	for (size_t i = 0; i < count; i++) {
		bool has_won = list[i].verdict <= OWNERSHIP_FIRST;
		REQUIRE(has_won == ((ssize_t)i == winner) && ownership_word(list[i].verdict));
		wins += has_won;
	}
	REQUIRE(wins <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str data = str_make(bytes, n);
	struct str rules = str_cut(&data, '\n', NULL), rest = data, chart = str_cut(&rest, '\n', NULL);
	struct repo_settings s;
	uint32_t which = 2166136261u;
	for (size_t i = 0; i < n; i++)
		which = (which ^ bytes[i]) * 16777619u;
	if (!read_rules(&a, rules, &s))
		return 0;
	try_selection(&a, &s, data);
	try_ownership(&a, &s, chart, which);
	return 0;
}
