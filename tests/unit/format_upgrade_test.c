/* What there is to bring a dependency up to, and how its range is then written. */
#include "indexer/format/upgrade.h"

#include "indexer/base/auto.h"
#include "table.h"

#define VERSIONS_MAX 16
#define TOLD_BYTES 200

/* ---- the step ---- */

/* A version with * is called a pre-release, whatever its number is. */
static const struct step { const char *versions, *current, *range, *told; } steps[] = {
	{ "1.0.0", "1.0.0", "^1", "none 1.0.0 admitted" },
	{ "1.0.1 1.0.0", "1.0.0", "^1", "patch 1.0.1 admitted, patch 1.0.1" },
	{ "1.1.0 1.0.0", "1.0.0", "~1.0.0", "minor 1.1.0, minor 1.1.0" },
	{ "2.0.0 1.1.0 1.0.1 1.0.0", "1.0.0", "^1",
	  "major 2.0.0, patch 1.0.1, minor 1.1.0, major 2.0.0" },
	{ "2.0.0 1.0.1 1.0.0", "1.0.0", "", "major 2.0.0, patch 1.0.1, major 2.0.0" },
	{ "2.0.0 1.1.0", "1.0.0", "*", "major 2.0.0 admitted, minor 1.1.0, major 2.0.0" },
	{ "0.3.0 0.2.0", "0.2.0", "^0.2.0", "minor 0.3.0, minor 0.3.0" },
	{ "1.0.0", "2.0.0", "*", "none 1.0.0 admitted" },
	{ "1.2.0 1.1.0", "v1.1", "", "minor 1.2.0, minor 1.2.0" },
	/* build metadata is no step */
	{ "1.0.0+up2 1.0.0+up1", "1.0.0+up1", "1.0.0+up1", "none 1.0.0+up2 admitted" },
	/* pre-releases */
	{ "2.0.0-rc.1 1.0.0", "1.0.0", "^1", "none 1.0.0 admitted" },
	{ "2.0.0-rc.2 2.0.0-rc.1 1.0.0", "2.0.0-rc.1", ">=1-0", "patch 2.0.0-rc.2 admitted, patch 2.0.0-rc.2" },
	{ "3.0.0-a 2.0.0 2.0.0-rc.1", "2.0.0-rc.1", "*", "patch 2.0.0 admitted, patch 2.0.0" },
	{ "1.0.0-b 1.0.0-a", "1.0.0-a", "*", "patch 1.0.0-b, patch 1.0.0-b" },
	{ "1.0.0-b 1.0.0-a", "0.9.0", "*", "major 1.0.0-b, major 1.0.0-b" },
	{ "2.0.0* 1.1.0 1.0.0", "1.0.0", "*", "minor 1.1.0 admitted, minor 1.1.0" },
	{ "2.0.0* 1.0.0", "1.0.0", "^2", "none 1.0.0" },
	{ "2.1.0* 2.0.0* 1.0.0", "2.0.0", "*", "minor 2.1.0 admitted, minor 2.1.0" },
	{ "2.1.0* 2.0.0 1.0.0*", "1.0.0", "*", "major 2.0.0 admitted, major 2.0.0" },
	{ "3.0.0* 2.0.0 1.0.0", "2.0.0", "*", "none 2.0.0 admitted" },
	{ "2.0.0* 1.0.0*", "1.0.0", "*", "major 2.0.0 admitted, major 2.0.0" },
	{ "2.0.0-rc.1 1.1.0* 1.0.0", "1.0.0", "*", "none 1.0.0 admitted" },
	/* what cannot be told */
	{ "", "1.0.0", "*", "none -" },
	{ "1.0.0", "", "*", "none 1.0.0 admitted" },
	{ "1.0.0", "latest", "*", "none 1.0.0 admitted" },
	{ "x 1.1.0 ? 1.0.0", "1.0.0", "*", "minor 1.1.0 admitted, minor 1.1.0" },
};

static size_t read_versions(const char *text, struct semver ret[VERSIONS_MAX], bool ret_prerelease[VERSIONS_MAX])
{
	size_t n = 0;
	struct str rest = str_c(text);
	for (; rest.n; n++) {
		struct str one = str_cut(&rest, ' ', NULL);
		ret_prerelease[n] = str_ends(one, STR("*"));
		if (!semver_parse(str_first(one, one.n - ret_prerelease[n]), &ret[n]))
			ret[n] = (struct semver){ 0 };
	}
	return n;
}

static void tell(const struct upgrade *u, char ret[TOLD_BYTES])
{
	size_t n = (size_t)snprintf(ret, TOLD_BYTES, "%s %.*s%s", upgrade_names[u->kind],
	                            STR_ARG(u->newest ? u->newest->text : STR("-")),
	                            u->admitted ? " admitted" : "");
	const struct semver *last = NULL;
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS; last = u->to[k++])
		if (u->to[k] && u->to[k] != last)
			n += (size_t)snprintf(ret + n, TOLD_BYTES - n, ", %s %.*s", upgrade_names[k],
			                      STR_ARG(u->to[k]->text));
}

static void t_steps(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(steps); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct semver versions[VERSIONS_MAX];
		bool called[VERSIONS_MAX];
		struct semver_range *range = NULL;
		struct upgrade u;
		char told[TOLD_BYTES];
		if (*steps[i].range)
			assert_int_equal(semver_range_parse(&a, str_c(steps[i].range), &range, NULL), OK);
		size_t count = read_versions(steps[i].versions, versions, called);
		upgrade_find(&(struct upgrade_offer){ versions, strchr(steps[i].versions, '*') ? called : NULL, count },
		             str_c(steps[i].current), range, &u);
		tell(&u, told);
		if (strcmp(told, steps[i].told) != 0)
			fail_msg("%s of %s: %s, not %s", steps[i].current, steps[i].versions, told, steps[i].told);
	}
}

/* ---- the range ---- */

static const struct { const char *range, *version, *followed; } ranges[] = {
	{ "1.2.3", "2.3.4", "2.3.4" },
	{ "v1.2.3", "2.3.4", "v2.3.4" },
	{ "1.2.3", "v2.3.4", "2.3.4" },
	{ "=1.2.3", "2.3.4", "=2.3.4" },
	{ "= 1.2.3", "2.3.4", "= 2.3.4" },
	{ " 1.2.3 ", "2.3.4", " 2.3.4" },
	{ "^1.2.0", "2.0.0", "^2.0.0" },
	{ "^1.2.0", "2.3.4", "^2.3.4" },
	{ "^1.2", "2.3.4", "^2.3" },
	{ "^1", "2.3.4", "^2" },
	{ "^v1", "2.3.4", "^v2" },
	{ "~1.2.3", "2.3.4", "~2.3.4" },
	{ "~> 1.2", "2.3.4", "~> 2.3" },
	{ "~1", "2.3.4", "~2" },
	{ "1.2.x", "2.0.7", "2.0.x" },
	{ "1.2.X", "2.0.7", "2.0.X" },
	{ "1.x", "2.3.4", "2.x" },
	{ "1.x.x", "2.3.4", "2.x.x" },
	{ "1.2.*", "2.3.4", "2.3.*" },
	{ "1", "2.3.4", "2" },
	{ "1.2", "2.3.4", "2.3" },
	{ ">=1.2.3", "2.3.4", ">=2.3.4" },
	{ ">=1.2.3 <2.0.0", "2.3.4", ">=2.3.4 <3.0.0" },
	{ ">= 1.2, < 2", "2.3.4", ">= 2.3, < 3" },
	{ ">=1.2.0,<1.3.0", "2.3.4", ">=2.3.4,<2.4.0" },
	{ ">=0.2 <0.3", "0.4.1", ">=0.4 <0.5" },
	{ "^1.2.3, !=1.4.0", "2.3.4", "^2.3.4, !=1.4.0" },
	/* pre-releases and build metadata */
	{ "^1.2.3-0", "2.3.4", "^2.3.4-0" },
	{ ">=1.2.3-0", "2.3.4-rc.1", ">=2.3.4-0" },
	{ "1.2.3-rc.1", "2.0.0", "2.0.0" },
	{ "1.2.3", "2.0.0-rc.1", "2.0.0-rc.1" },
	{ "1.0.0+up1", "2.0.0+up5", "2.0.0+up5" },
	{ "1.0.0", "2.0.0+up5", "2.0.0" },
	{ "1.0.0+up1", "2.0.0", "2.0.0" },
	/* no way to say it so */
	{ "*", "2.3.4", NULL },
	{ "x", "2.3.4", NULL },
	{ "", "2.3.4", NULL },
	{ "^1 || ^2", "3.0.0", NULL },
	{ "1.0.0 - 2.0.0", "3.0.0", NULL },
	{ ">1.2.3", "2.3.4", NULL },
	{ "<2.0.0", "2.3.4", NULL },
	{ "<=1.9", "2.3.4", NULL },
	{ ">=1.0.0 <1.5.0", "2.3.4", NULL },
	{ ">=1.0.0 <=2.0.0", "2.3.4", NULL },
	{ "!=1.0.0", "2.3.4", "!=1.0.0" },
	{ "latest", "2.3.4", NULL },
	{ "1.2.3.4", "2.3.4", NULL },
	{ "1.x", "2.0.0-rc.1", NULL },
	{ "18446744073709551615.0.0", "2.3.4", "2.3.4" },
	{ "99999999999999999999.0.0", "2.3.4", NULL },
};

static void t_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ranges); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct semver v;
		struct str followed = STR("(none)"), wanted = str_c(ranges[i].followed ?: "(none)");
		assert_true(semver_parse(str_c(ranges[i].version), &v));
		bool is = semver_range_follow(&a, str_c(ranges[i].range), &v, &followed);
		if (is != (ranges[i].followed != NULL) || !str_eq(followed, wanted))
			fail_msg("%s for %s: %.*s, not %.*s", ranges[i].range, ranges[i].version,
			         STR_ARG(followed), STR_ARG(wanted));
	}
}

static void t_kinds(void **state)
{
	(void)state;
	enum upgrade_kind kind = UPGRADE_NONE;
	assert_false(upgrade_kind_read(STR("none"), &kind));
	assert_false(upgrade_kind_read(STR(""), &kind));
	assert_true(upgrade_kind_read(STR("minor"), &kind));
	assert_int_equal(kind, UPGRADE_MINOR);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_steps), cmocka_unit_test(t_ranges), cmocka_unit_test(t_kinds),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("upgrades", tests, NULL, NULL);
}
