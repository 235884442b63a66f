/* Who has a name in a virtual repository (T-FED-15): one row its rules, who has the name, and what is
 * said of each.                                                                              */
#include "indexer/format/ownership.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "setting_rules.h"

#define MEMBERS "members=local bitnami stable team/own"

static const struct row {
	const char *name, *rules, *chart;
	const char *have;                /* MEMBER[+hosted][+private][@SINCE], in any order */
	const char *said;                /* ">" before the one that wins */
} rows[] = {
	{ "one member has it", MEMBERS, "redis", "stable", ">stable: first member" },
	{ "nobody has it", MEMBERS, "redis", "", "" },
	{ "the first of two upstreams", MEMBERS, "redis", "bitnami stable",
	  ">bitnami: first member, stable: shadowed" },
	{ "in another order", MEMBERS, "redis", "stable bitnami", "stable: shadowed, >bitnami: first member" },
	{ "the order is the setting's", "members=stable bitnami", "redis", "bitnami stable",
	  "bitnami: shadowed, >stable: first member" },
	{ "hosted here, though it stands last", MEMBERS, "redis", "bitnami stable team/own+hosted",
	  "bitnami: shadowed, stable: shadowed, >team/own: hosted here" },
	{ "the first of two hosted ones", MEMBERS, "redis", "team/own+hosted local+hosted bitnami",
	  "team/own: shadowed, >local: hosted here, bitnami: shadowed" },

	{ "pinned to a later upstream", MEMBERS ";pins=redis=stable", "redis", "bitnami stable",
	  "bitnami: pinned to another member, >stable: pinned" },
	{ "a pin goes before what is hosted", MEMBERS ";pins=redis=stable", "redis", "local+hosted stable",
	  "local: pinned to another member, >stable: pinned" },
	{ "pinned to one that has it not", MEMBERS ";pins=redis=stable", "redis", "local+hosted bitnami",
	  "local: pinned to another member, bitnami: pinned to another member" },
	{ "another name is pinned", MEMBERS ";pins=mysql=stable kafka=stable", "redis", "bitnami stable",
	  ">bitnami: first member, stable: shadowed" },
	{ "one of several pins", MEMBERS ";pins=zoo=bitnami redis=stable a=bitnami", "redis", "bitnami stable",
	  "bitnami: pinned to another member, >stable: pinned" },
	{ "a pin is no pattern", MEMBERS ";pins=redis*=stable", "redis", "bitnami stable",
	  ">bitnami: first member, stable: shadowed" },

	{ "an upstream's below own names", MEMBERS ";own_names=acme-*", "acme-db", "bitnami stable",
	  "bitnami: held back, stable: held back" },
	{ "hosted below own names", MEMBERS ";own_names=acme-*", "acme-db", "bitnami team/own+hosted",
	  "bitnami: held back, >team/own: hosted here" },
	{ "beside own names", MEMBERS ";own_names=acme-*", "acme", "bitnami", ">bitnami: first member" },
	{ "one of several patterns", MEMBERS ";own_names=x acme-* y", "acme-db", "bitnami", "bitnami: held back" },
	{ "a pin releases what is held back", MEMBERS ";own_names=acme-*;pins=acme-db=stable", "acme-db",
	  "bitnami stable", "bitnami: pinned to another member, >stable: pinned" },
	{ "a virtual member's hosted name", "members=view;own_names=acme-*", "acme-db", "view+hosted",
	  ">view: hosted here" },

	{ "who had it first keeps it", MEMBERS, "redis", "bitnami@9 stable@5",
	  "bitnami: came later, >stable: had it first" },
	{ "whatever the order they are told in", MEMBERS, "redis", "stable@5 bitnami@9",
	  ">stable: had it first, bitnami: came later" },
	{ "the first in both ways", MEMBERS, "redis", "bitnami@5 stable@9", ">bitnami: first member, stable: shadowed" },
	{ "at once: the order decides", MEMBERS, "redis", "bitnami@5 stable@5", ">bitnami: first member, stable: shadowed" },
	{ "three of them", "members=a b c d", "redis", "a@9 b@5 c@7 d@5",
	  "a: came later, >b: had it first, c: shadowed, d: shadowed" },
	{ "hosted goes before that", MEMBERS, "redis", "bitnami@5 local+hosted@9",
	  "bitnami: shadowed, >local: hosted here" },
	{ "two hosted ones have their order", MEMBERS, "redis", "local+hosted@9 team/own+hosted@5",
	  ">local: hosted here, team/own: shadowed" },
	{ "so does a pin", MEMBERS ";pins=redis=bitnami", "redis", "bitnami@9 stable@5",
	  ">bitnami: pinned, stable: pinned to another member" },
	{ "the order alone, when it is set so", MEMBERS ";first_keeps=false", "redis", "bitnami@9 stable@5",
	  ">bitnami: first member, stable: shadowed" },
	{ "held back, though it was first", MEMBERS ";own_names=re*", "redis", "bitnami@9 stable@5",
	  "bitnami: held back, stable: held back" },

	{ "a private member is left out", MEMBERS, "redis", "local+hosted+private bitnami",
	  "local: private member, bitnami: kept for a private member" },
	{ "not so an upstream's", MEMBERS, "redis", "bitnami+private stable",
	  "bitnami: private member, >stable: first member" },
	{ "a pin says that it is right", MEMBERS ";pins=redis=bitnami", "redis", "local+hosted+private bitnami",
	  "local: private member, >bitnami: pinned" },
	{ "another hosted one has it", MEMBERS, "redis", "local+hosted+private team/own+hosted bitnami",
	  "local: private member, >team/own: hosted here, bitnami: shadowed" },
	{ "even where it is pinned", MEMBERS ";pins=redis=local", "redis", "local+hosted+private bitnami",
	  "local: private member, bitnami: pinned to another member" },
	{ "and below own names", MEMBERS ";own_names=redis", "redis", "local+hosted+private bitnami",
	  "local: private member, bitnami: held back" },
	{ "a private one in a private one", MEMBERS ";private=true", "redis", "local+hosted+private bitnami",
	  ">local: hosted here, bitnami: shadowed" },
};

static size_t read_candidates(const struct ownership *o, const char *text, struct ownership_candidate *ret)
{
	size_t count = 0, members;
	const struct str *names = ownership_members(o, &members);
	struct str rest = str_c(text);
	for (; rest.n; count++) {
		struct str since = str_cut(&rest, ' ', NULL), flags = str_cut(&since, '@', NULL);
		struct str name = str_cut(&flags, '+', NULL);
		size_t at = 0;
		while (at < members && !str_eq(names[at], name))
			at++;
		assert_true(at < members);
		ret[count] = (struct ownership_candidate){ .member = at, .hosted = str_starts(flags, STR("hosted")),
		                                           .private = str_ends(flags, STR("private")) };
		assert_true(!since.n || str_to_u64(since, &ret[count].since));
	}
	return count;
}

static void t_judge(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf said = sbuf_make(KIB);
	struct ownership_candidate have[8];
	struct repo_settings s;
	struct ownership *o;
	struct errinfo e = { 0 };
	size_t members;
	set_rules(&a, row->rules, &s);
	if (ownership_new(&a, STR("all"), &s, &o, &e))
		fail_msg("%s", e.detail);
	size_t count = read_candidates(o, row->have, have);
	ssize_t winner = ownership_judge(o, str_c(row->chart), have, count);
	for (size_t i = 0; i < count; i++)
		sbuf_printf(&said, "%s%s%.*s: %s", i ? ", " : "", (ssize_t)i == winner ? ">" : "",
		            STR_ARG(ownership_members(o, &members)[have[i].member]), ownership_word(have[i].verdict));
	assert_true(sbuf_ok(&said));
	if (!str_eq_c(sbuf_str(&said), row->said))
		fail_msg("%.*s, not %s", STR_ARG(sbuf_str(&said)), row->said);
}

static const struct { const char *rules, *why; } refused[] = {
	{ "members=a all", "members: \"all\" is the repository itself" },
	{ "members=a b a", "members: \"a\" stands there twice" },
	{ "members=a ../b", "members: " },
	{ "members=a;pins=redis", "pins: \"redis\": NAME=REPOSITORY is expected" },
	{ "members=a;pins==a", "pins: \"=a\": NAME=REPOSITORY is expected" },
	{ "members=a;pins=redis=", "pins: \"redis=\": NAME=REPOSITORY is expected" },
	{ "members=a;pins=redis=b", "pins: \"redis=b\": \"b\" is no member" },
	{ "members=a b;pins=x=a redis=a y=b redis=b", "pins: \"redis\" is pinned twice" },
	{ "members=a b;pins=redis=a redis=a", "pins: \"redis\" is pinned twice" },
	{ "members=a;own_names=x [a]", "own_names: \"[a]\": no name has the character at 1" },
	{ "members=a;own_names=!x", "own_names: \"!x\": no name" },
};

static void t_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct repo_settings s;
		struct ownership *o;
		struct errinfo e = { 0 };
		set_rules(&a, refused[i].rules, &s);
		if (ownership_new(&a, STR("all"), &s, &o, &e) != ERR_INVALID || !strstr(e.detail, refused[i].why))
			fail_msg("%s: %s", refused[i].rules, e.detail);
	}
}

static void t_most_members(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf text = sbuf_make(KIB);
		struct repo_settings s;
		struct ownership *o;
		struct errinfo e = { 0 };
		size_t count;
		repo_settings_default(&s);
		for (unsigned i = 0; i < VIRTUAL_MEMBERS_MAX + more; i++)
			sbuf_printf(&text, "m%u ", i);
		assert_int_equal(repo_settings_set(&a, STR("members"), sbuf_str(&text), &s, &e), OK);
		assert_int_equal(ownership_new(&a, STR("all"), &s, &o, &e), more ? ERR_INVALID : OK);
		if (more) {
			assert_string_equal(e.detail, "members: at most 64 are allowed");
			continue;
		}
		(void)ownership_members(o, &count);
		assert_int_equal(count, VIRTUAL_MEMBERS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_refused), cmocka_unit_test(t_most_members) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("ownership", t_judge, rows);
}
