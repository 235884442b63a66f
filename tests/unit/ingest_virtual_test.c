/* Virtual repositories: what they show of their members, one relation per line; the same after a restart,
 * to the byte, and the same made anew (T-FED-15: a name of ours is nobody else's).
 * Long because it is one table of relations. */
#include "ingest_virtual_fixture.h"

#define TWO "make stable; make up {\"upstream\":\"https://up.example\"}; "
#define ALL "make all {\"members\":\"stable up\"}; "
#define UPS "make a {\"upstream\":\"https://a.example\"}; make b {\"upstream\":\"https://b.example\"}; "
#define LOADED "loaded a; loaded b; "
#define COPIED UPS "copy a redis 1.0.0; copy b redis 1.0.0; "

static const struct { const char *name, *steps, *repo, *wanted; } rows[] = {
	{ "members, in whatever order things come", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0 2.0.0",
	  "all", "app 1.0.0 stable, redis 2.0.0 up, redis 1.0.0 up" },
	{ "made when they have charts already", TWO "push stable app 1.0.0; offer up redis 1.0.0; " ALL,
	  "all", "app 1.0.0 stable, redis 1.0.0 up" },
	{ "a hosted name shadows the upstream's", TWO ALL "offer up app 9.0.0; push stable app 1.0.0",
	  "all", "app 1.0.0 stable" },
	{ "whatever the order of the members", TWO "make all {\"members\":\"up stable\"}; offer up app 9.0.0; "
	  "push stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "also while all of it is yanked", TWO ALL "offer up app 9.0.0; push stable app 1.0.0; "
	  "yank stable app 1.0.0", "all", "" },
	{ "also while it is damaged", TWO ALL "offer up app 9.0.0; push stable app 1.0.0; "
	  "rm stable app 1.0.0; report stable app 1.0.0", "all", "" },
	{ "or deleted", TWO ALL "offer up app 9.0.0; push stable app 1.0.0; unlist stable app 1.0.0", "all", "" },
	{ "and the upstream's comes later", TWO ALL "push stable app 1.0.0; unlist stable app 1.0.0; "
	  "offer up app 9.0.0", "all", "" },
	{ "below another one", TWO "make inner {\"members\":\"stable\"}; make all {\"members\":\"up inner\"}; "
	  "offer up app 9.0.0; push stable app 1.0.0; unlist stable app 1.0.0", "all", "" },
	{ "yanked, below another one", TWO "make inner {\"members\":\"stable\"}; "
	  "make all {\"members\":\"up inner\"}; offer up app 9.0.0; push stable app 1.0.0; yank stable app 1.0.0",
	  "all", "" },
	{ "unless that one does not take the name", TWO "make inner {\"members\":\"stable\",\"take_charts\":\"!app\"}; "
	  "make all {\"members\":\"up inner\"}; offer up app 9.0.0; push stable app 1.0.0; "
	  "unlist stable app 1.0.0", "all", "app 9.0.0 up" },
	{ "until somebody pins it", TWO ALL "offer up app 9.0.0; push stable app 1.0.0; unlist stable app 1.0.0; "
	  "set all {\"pins\":\"app=up\"}", "all", "app 9.0.0 up" },
	{ "it comes back", TWO ALL "offer up app 9.0.0; push stable app 1.0.0; unlist stable app 1.0.0; "
	  "push stable app 1.1.0", "all", "app 1.1.0 stable" },
	{ "a pin goes before that", TWO "make all {\"members\":\"stable up\",\"pins\":\"app=up\"}; "
	  "offer up app 9.0.0; push stable app 1.0.0", "all", "app 9.0.0 up" },
	{ "a new name below ours is held back", TWO "make all {\"members\":\"stable up\",\"own_names\":\"app-*\"}; "
	  "offer up app-x 1.0.0; offer up other 1.0.0", "all", "other 1.0.0 up" },
	{ "a name stays with who had it first", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0", "all", "redis 1.0.0 b" },
	{ "and takes what that one has next", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0; offer b redis 1.1.0; loses b redis 1.0.0", "all", "redis 1.1.0 b" },
	{ "of first indexes the order decides, in whatever order they come", UPS
	  "make all {\"members\":\"a b\"}; offer b redis 1.0.0; loaded b; offer a redis 9.0.0; loaded a",
	  "all", "redis 9.0.0 a" },
	{ "or was set to", UPS "make all {\"members\":\"a b\"}; offer b redis 1.0.0; offer a redis 9.0.0; " LOADED
	  "set all {\"members\":\"b a\"}", "all", "redis 1.0.0 b" },
	{ "the order alone, if it is said so", UPS "make all {\"members\":\"a b\",\"first_keeps\":false}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0", "all", "redis 9.0.0 a" },
	{ "an operator's word: a pin", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0; set all {\"pins\":\"redis=a\"}", "all", "redis 9.0.0 a" },
	{ "a member that joins in front takes nothing over", UPS "make all {\"members\":\"b\"}; "
	  "offer b redis 1.0.0; offer a redis 9.0.0 ; offer a db 1.0.0; " LOADED "set all {\"members\":\"a b\"}",
	  "all", "db 1.0.0 a, redis 1.0.0 b" },
	{ "other settings change nothing in that", UPS "make all {\"members\":\"b\"}; offer b redis 1.0.0; "
	  "offer a redis 9.0.0; " LOADED "set all {\"members\":\"a b\"}; set all {\"description\":\"x\"}",
	  "all", "redis 1.0.0 b" },
	{ "one that left and joins again does", UPS "make all {\"members\":\"b\"}; offer b redis 1.0.0; "
	  "offer a redis 9.0.0; " LOADED "set all {\"members\":\"a\"}; set all {\"members\":\"b a\"}",
	  "all", "redis 9.0.0 a" },
	{ "a renamed member had it as well", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0; rename b c; set all {\"members\":\"a c\"}", "all", "redis 1.0.0 c" },
	{ "and joined when it had its old name", UPS "make all {\"members\":\"b\"}; offer b redis 1.0.0; "
	  "offer a redis 9.0.0; " LOADED "set all {\"members\":\"a b\"}; rename b c; set all {\"members\":\"a c\"}; "
	  "rename all every; rename every all", "all", "redis 1.0.0 c" },
	{ "who comes back had it first", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0; loses b redis 1.0.0; offer b redis 1.0.0", "all", "redis 1.0.0 b" },
	{ "the next one has it meanwhile", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0; loses b redis 1.0.0", "all", "redis 9.0.0 a" },
	{ "below another one", UPS "make inner {\"members\":\"b\"}; make all {\"members\":\"a inner\"}; " LOADED
	  "offer b redis 1.0.0; offer a redis 9.0.0", "all", "redis 1.0.0 b" },
	{ "made anew from the log", UPS "make all {\"members\":\"a b\"}; " LOADED "offer b redis 1.0.0; "
	  "offer a redis 9.0.0; loses b redis 1.0.0; offer b redis 1.0.0; rebuild a; rebuild b; rebuild all",
	  "all", "redis 1.0.0 b" },
	{ "yanked goes, and comes back", TWO ALL "push stable app 1.0.0; push stable app 1.1.0; "
	  "yank stable app 1.1.0", "all", "app 1.0.0 stable" },
	{ "unyanked", TWO ALL "push stable app 1.0.0; yank stable app 1.0.0; unyank stable app 1.0.0",
	  "all", "app 1.0.0 stable" },
	{ "overwritten", TWO ALL "set stable {\"overwrite\":true}; push stable app 1.0.0; "
	  "other stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "gone upstream", TWO ALL "offer up redis 1.0.0 2.0.0; loses up redis 2.0.0", "all", "redis 1.0.0 up" },

	{ "a private member is not in a public one", TWO ALL "push stable app 1.0.0; "
	  "set stable {\"private\":true}", "all", "" },
	{ "nor does an upstream get its names", TWO ALL "push stable app 1.0.0; offer up app 9.0.0; "
	  "offer up db 1.0.0; set stable {\"private\":true}", "all", "db 1.0.0 up" },
	{ "that come when it is private", TWO ALL "set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0", "all", "" },
	{ "while all of it is yanked, too", TWO ALL "set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0; yank stable app 1.0.0", "all", "" },
	{ "or deleted", TWO ALL "set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0; unlist stable app 1.0.0", "all", "" },
	{ "unless it is pinned", TWO "make all {\"members\":\"stable up\",\"pins\":\"app=up\"}; "
	  "set stable {\"private\":true}; offer up app 9.0.0; push stable app 1.0.0", "all", "app 9.0.0 up" },
	{ "nor those below another one", TWO "make inner {\"members\":\"stable\"}; "
	  "make all {\"members\":\"up inner\"}; set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0", "all", "" },
	{ "nor below a private one", TWO "make inner {\"members\":\"stable\",\"private\":true}; "
	  "make all {\"members\":\"up inner\"}; set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0", "all", "" },
	{ "also when it is deleted", TWO "make inner {\"members\":\"stable\"}; "
	  "make all {\"members\":\"up inner\"}; set stable {\"private\":true}; offer up app 9.0.0; "
	  "push stable app 1.0.0; unlist stable app 1.0.0", "all", "" },
	{ "it goes before one that hides it", TWO "set stable {\"private\":true}; "
	  "make inner {\"members\":\"stable\"}; make all {\"members\":\"inner stable up\",\"private\":true}; "
	  "offer up app 9.0.0; push stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "it may be in a private one", TWO ALL "push stable app 1.0.0; set stable {\"private\":true}; "
	  "set all {\"private\":true}", "all", "app 1.0.0 stable" },
	{ "and leaves it when that is published", TWO ALL "push stable app 1.0.0; set stable {\"private\":true}; "
	  "set all {\"private\":true}; set all {\"private\":false}", "all", "" },
	{ "nor through a public one of it", TWO "set stable {\"private\":true}; push stable app 1.0.0; "
	  "make inner {\"members\":\"stable\",\"private\":true}; make all {\"members\":\"inner\"}", "all", "" },

	{ "rules: of what cannot be read", TWO "make all {\"members\":\"up\",\"take_prereleases\":false}; "
	  "blur up app 1.1.0; offer up app 1.0.0; blur up db 1.0.0", "all", "app 1.0.0 up" },
	{ "rules: charts", TWO "make all {\"members\":\"stable\",\"take_charts\":\"app* !app-old\"}; "
	  "push stable app 1.0.0; push stable app-old 1.0.0; push stable db 1.0.0", "all", "app 1.0.0 stable" },
	{ "rules: releases", TWO "make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	  "push stable app 1.0.0; push stable app 1.1.0-rc.1", "all", "app 1.0.0 stable" },
	{ "rules: a range", TWO "make all {\"members\":\"stable\",\"take_versions\":\">=2.0.0-rc\"}; "
	  "push stable app 1.0.0; push stable app 2.0.0-rc.1; push stable app 2.0.0",
	  "all", "app 2.0.0 stable, app 2.0.0-rc.1 stable" },
	{ "rules: the newest", TWO "make all {\"members\":\"stable\",\"take_last\":1}; push stable app 1.0.0; "
	  "push stable app 1.1.0", "all", "app 1.1.0 stable" },
	{ "the next newest, when that goes", TWO "make all {\"members\":\"stable\",\"take_last\":1}; "
	  "push stable app 1.0.0; push stable app 1.1.0; unlist stable app 1.1.0", "all", "app 1.0.0 stable" },
	{ "rules: signed", TWO "make all {\"members\":\"stable\",\"take_signed\":true}; push stable app 1.0.0; "
	  "push stable app 1.1.0; prov stable app 1.1.0", "all", "" },      /* nobody verifies it */
	{ "rules that are set later", TWO ALL "push stable app 1.0.0; push stable app 2.0.0; "
	  "set all {\"take_versions\":\"<2\"}", "all", "app 1.0.0 stable" },
	{ "rules that are lifted", TWO "make all {\"members\":\"stable\",\"take_versions\":\"<2\"}; "
	  "push stable app 2.0.0; set all {\"take_versions\":\"\"}", "all", "app 2.0.0 stable" },

	{ "a file is the hosted chart's", TWO "make all {\"members\":\"up stable\"}; offer up kafka 3-1.0.0 3.0.0; "
	  "push stable kafka-3 1.0.0", "all", "kafka 3.0.0 up, kafka-3 1.0.0 stable" },
	{ "when the upstream's comes later, too", TWO ALL "push stable kafka-3 1.0.0; offer up kafka 3-1.0.0",
	  "all", "kafka-3 1.0.0 stable" },
	{ "when it is made with both", TWO "push stable kafka-3 1.0.0; offer up kafka 3-1.0.0; " ALL,
	  "all", "kafka-3 1.0.0 stable" },
	{ "until it goes", TWO ALL "push stable kafka-3 1.0.0; offer up kafka 3-1.0.0; unlist stable kafka-3 1.0.0",
	  "all", "kafka 3-1.0.0 up" },
	{ "a hosted name is cut short as well", TWO "make all {\"members\":\"up stable\"}; offer up kafka-3 1.0.0; "
	  "push stable kafka 3-1.0.0", "all", "kafka 3-1.0.0 stable" },
	{ "of two upstreams it is the first member's", UPS "make all {\"members\":\"a b\"}; offer b kafka 3-1.0.0; "
	  "offer a kafka-3 1.0.0", "all", "kafka-3 1.0.0 a" },
	{ "of two hosted ones, whichever comes first", "make a; make b; make all {\"members\":\"a b\"}; "
	  "push b kafka 3-1.0.0; push a kafka-3 1.0.0", "all", "kafka-3 1.0.0 a" },
	{ "and whichever goes", "make a; make b; make all {\"members\":\"a b\"}; push b kafka 3-1.0.0; "
	  "push a kafka-3 1.0.0; unlist a kafka-3 1.0.0", "all", "kafka 3-1.0.0 b" },
	{ "below another one", TWO "make inner {\"members\":\"up stable\"}; make all {\"members\":\"inner\"}; "
	  "offer up kafka 3-1.0.0; push stable kafka-3 1.0.0", "all", "kafka-3 1.0.0 stable" },
	{ "promoted or not", TWO "make all {\"members\":\"up stable\",\"take_charts\":\"kafka\"}; "
	  "offer up kafka 3-1.0.0; push stable kafka-3 1.0.0; promote all kafka-3 1.0.0", "all", "kafka-3 1.0.0 stable" },

	{ "promoted by hand", TWO "make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	  "push stable app 1.0.0-rc.1; push stable app 1.0.0-rc.2; promote all app 1.0.0-rc.1",
	  "all", "app 1.0.0-rc.1 stable" },
	{ "and back", TWO "make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	  "push stable app 1.0.0-rc.1; promote all app 1.0.0-rc.1; undo all app 1.0.0-rc.1", "all", "" },
	{ "of a name that is not taken", TWO "make all {\"members\":\"stable\",\"take_charts\":\"db\"}; "
	  "push stable app 1.0.0; promote all app 1.0.0", "all", "app 1.0.0 stable" },
	{ "other bytes are not promoted", TWO "set stable {\"overwrite\":true}; "
	  "make all {\"members\":\"stable\",\"take_prereleases\":false}; push stable app 1.0.0-rc.1; "
	  "promote all app 1.0.0-rc.1; other stable app 1.0.0-rc.1", "all", "" },
	{ "only what the member has", TWO ALL "push stable app 1.0.0; !promote all app 1.1.0; "
	  "!promote all db 1.0.0; !undo all app 1.0.0; !promote stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "not past a hosted name", TWO ALL "push stable app 1.0.0; offer up app 9.0.0; "
	  "!promote all app 9.0.0", "all", "app 1.0.0 stable" },

	{ "cooling down", TWO "make all {\"members\":\"stable up\",\"cooldown_days\":3}; push stable app 1.0.0; "
	  "offer up redis 1.0.0; release all", "all", "" },
	{ "by hand before that", TWO "make all {\"members\":\"stable up\",\"cooldown_days\":3}; "
	  "push stable app 1.0.0; offer up redis 1.0.0; promote all redis 1.0.0", "all", "redis 1.0.0 up" },

	{ "through two levels", TWO "make inner {\"members\":\"stable up\"}; make all {\"members\":\"inner\"}; "
	  "push stable app 1.0.0; offer up redis 1.0.0", "all", "app 1.0.0 stable, redis 1.0.0 up" },
	{ "through two levels that are made the other way round", TWO "make all {\"members\":\"inner\"}; "
	  "make inner {\"members\":\"stable up\"}; push stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "hosted below goes before an upstream", TWO "make inner {\"members\":\"stable\"}; "
	  "make all {\"members\":\"up inner\"}; offer up app 9.0.0; push stable app 1.0.0",
	  "all", "app 1.0.0 stable" },
	{ "two ways to one", TWO "make a {\"members\":\"stable\"}; make b {\"members\":\"stable\"}; "
	  "make all {\"members\":\"a b\"}; push stable app 1.0.0", "all", "app 1.0.0 stable" },
	{ "a view of a view", TWO "make dev {\"members\":\"stable\",\"take_versions\":\">=1\"}; "
	  "make prod {\"members\":\"dev\",\"take_prereleases\":false}; push stable app 0.9.0; "
	  "push stable app 1.0.0; push stable app 1.1.0-rc.1", "prod", "app 1.0.0 stable" },
	{ "no circles", TWO "!make all {\"members\":\"all\"}; make a {\"members\":\"b\"}; "
	  "!make b {\"members\":\"a\"}; make b {\"members\":\"stable\"}; !set b {\"members\":\"stable a\"}; "
	  "make c {\"members\":\"a d\"}; make x {\"members\":\"c\"}; !rename x d; push stable app 1.0.0", "c", "app 1.0.0 stable" },

	{ "a member that comes later", "make all {\"members\":\"stable\"}; make stable; push stable app 1.0.0",
	  "all", "app 1.0.0 stable" },
	{ "a renamed member", TWO ALL "push stable app 1.0.0; rename stable prod; push prod app 1.1.0",
	  "all", "app 1.1.0 prod, app 1.0.0 prod" },
	{ "and nothing that was refused has its name", TWO ALL "push stable app 1.0.0; rename stable prod; "
	  "!make stable {\"members\":\"stable\"}; make c", "all", "app 1.0.0 prod" },
	{ "whose name another one takes", TWO ALL "push stable app 1.0.0; rename stable prod; make stable; "
	  "push stable app 2.0.0", "all", "app 2.0.0 stable" },
	{ "a deleted member", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0; remove stable",
	  "all", "redis 1.0.0 up" },
	{ "renamed itself", TWO ALL "push stable app 1.0.0; rename all every; push stable app 1.1.0",
	  "every", "app 1.1.0 stable, app 1.0.0 stable" },
	{ "it takes nothing itself", TWO ALL "!push all app 1.0.0; !yank all app 1.0.0", "all", "" },
	{ "settings that are none", TWO "!make all {\"members\":\"stable\",\"take_versions\":\"x y\"}; "
	  "!make all {\"members\":\"stable\",\"pins\":\"app=up\"}; !make b {\"members\":\"B!\"}; " ALL
	  "!set all {\"take_since\":\"soon\"}", "all", "" },
	{ "as block YAML", TWO "make all {\"members\":\"stable up\",\"index_format\":\"yaml\"}; "
	  "push stable app 1.0.0; offer up redis 1.0.0; yank stable app 1.0.0; unyank stable app 1.0.0",
	  "all", "app 1.0.0 stable, redis 1.0.0 up" },
	{ "as block YAML from now on", TWO ALL "push stable app 1.0.0; set all {\"index_format\":\"yaml\"}; "
	  "push stable app 1.1.0", "all", "app 1.1.0 stable, app 1.0.0 stable" },
	{ "made anew", TWO "make all {\"members\":\"stable up\",\"take_prereleases\":false}; "
	  "push stable app 1.0.0-rc.1; offer up redis 1.0.0; promote all app 1.0.0-rc.1; rebuild stable; "
	  "rebuild up; rebuild all", "all", "app 1.0.0-rc.1 stable, redis 1.0.0 up" },
};

static struct fixture *started(const char *steps)
{
	struct fixture *f = fixture_new();
	open_ingest(f);
	virtual_steps(f, steps);
	return f;
}

static void what_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char story[VIRTUAL_STORY];
		struct fixture *f = started(rows[i].steps);
		tell_virtual(f, rows[i].repo, story);
		if (strcmp(story, rows[i].wanted) != 0)
			fail_msg("%s: \"%s\"", rows[i].name, story);
		expect_same_after_restart(f, rows[i].repo);
		expect_virtual(f, rows[i].repo, rows[i].wanted);
		fixture_free(f);
	}
}

/* ---- what moves it ---- */

static const struct { const char *name, *before, *step; bool moves; } moves[] = {
	{ "a chart that it shows", TWO ALL "push stable app 1.0.0", "push stable app 1.1.0", true },
	{ "one that its rules leave out", TWO "make all {\"members\":\"stable\",\"take_charts\":\"app\"}; "
	  "push stable app 1.0.0", "push stable db 1.0.0", false },
	{ "a pre-release where none is taken", TWO "make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	  "push stable app 1.0.0", "push stable app 1.1.0-rc.1", false },
	{ "one that is shadowed", TWO ALL "push stable app 1.0.0", "offer up app 2.0.0", false },
	{ "one that cools down", TWO "make all {\"members\":\"stable\",\"cooldown_days\":1}",
	  "push stable app 1.0.0", false },
	{ "another repository", TWO ALL "make other; push stable app 1.0.0", "push other db 1.0.0", false },
	{ "what a member is described as", TWO ALL "push stable app 1.0.0",
	  "set stable {\"description\":\"ours\"}", false },
	{ "its own settings", TWO ALL "push stable app 1.0.0", "set all {\"description\":\"all\"}", true },
	{ "a promotion", TWO ALL "push stable app 1.0.0", "promote all app 1.0.0", true },
	{ "a version that is damaged", TWO ALL "push stable app 1.0.0; rm stable app 1.0.0",
	  "report stable app 1.0.0", true },
	{ "the same made anew", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0", "rebuild stable", false },
	{ "itself made anew", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0", "rebuild all", false },
};

static void what_moves_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(moves); i++) {
		struct fixture *f = started(moves[i].before);
		struct virtual_face was = face_of(f, "all");
		virtual_steps(f, moves[i].step);
		struct virtual_face is = face_of(f, "all");
		if (is_same_face(&was, &is) == moves[i].moves)
			fail_msg("%s: %s", moves[i].name, moves[i].moves ? "it is as it was" : "it moved");
		if (sha256_eq(&was.identity, &is.identity) == moves[i].moves)
			fail_msg("%s: the identity", moves[i].name);
		expect_same_after_restart(f, "all");
		drop_face(&was);
		drop_face(&is);
		fixture_free(f);
	}
}

/* ---- files ---- */

static const struct { const char *name, *steps, *file; enum err err; const char *member; } files[] = {
	{ "a hosted one", TWO ALL "push stable app 1.0.0", "app-1.0.0.tgz", OK, "stable" },
	{ "its provenance file", TWO ALL "push stable app 1.0.0", "app-1.0.0.tgz.prov", OK, "stable" },
	{ "hyphens in name and version", TWO ALL "push stable my-app-x 1.0.0-rc.1", "my-app-x-1.0.0-rc.1.tgz",
	  OK, "stable" },
	{ "a shadowed one", TWO ALL "push stable app 1.0.0; offer up app 9.0.0", "app-9.0.0.tgz",
	  ERR_NOT_FOUND, NULL },
	{ "one that was yanked", TWO ALL "push stable app 1.0.0; yank stable app 1.0.0", "app-1.0.0.tgz",
	  ERR_NOT_FOUND, NULL },
	{ "one that its rules leave out", TWO "make all {\"members\":\"stable\",\"take_charts\":\"db\"}; "
	  "push stable app 1.0.0", "app-1.0.0.tgz", ERR_NOT_FOUND, NULL },
	{ "of a private member", TWO "push stable app 1.0.0; set stable {\"private\":true}; " ALL,
	  "app-1.0.0.tgz", ERR_NOT_FOUND, NULL },
	{ "of a member's member", TWO "make inner {\"members\":\"up stable\"}; "
	  "make all {\"members\":\"inner\"}; push stable app 1.0.0", "app-1.0.0.tgz", OK, "stable" },
	{ "of one that was renamed", TWO ALL "push stable app 1.0.0; rename stable prod", "app-1.0.0.tgz",
	  OK, "prod" },
	{ "two charts make its name", TWO "make all {\"members\":\"up stable\"}; offer up kafka 3-1.0.0; "
	  "push stable kafka-3 1.0.0", "kafka-3-1.0.0.tgz", OK, "stable" },
	{ "whose entry another member copied", COPIED "make all {\"members\":\"a b\",\"pins\":\"redis=b\"}",
	  "redis-1.0.0.tgz", OK, "b" },
	{ "which stands before it, and came later", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "copy b redis 1.0.0; copy a redis 1.0.0", "redis-1.0.0.tgz", OK, "b" },
	{ "and leaves it to who is left", UPS "make all {\"members\":\"a b\"}; " LOADED
	  "copy b redis 1.0.0; copy a redis 1.0.0; loses b redis 1.0.0", "redis-1.0.0.tgz", OK, "a" },
	{ "pinned later", COPIED "make all {\"members\":\"a b\"}; set all {\"pins\":\"redis=b\"}",
	  "redis-1.0.0.tgz", OK, "b" },
	{ "below another one", COPIED "make inner {\"members\":\"a b\",\"pins\":\"redis=b\"}; "
	  "make all {\"members\":\"a inner\",\"pins\":\"redis=inner\"}", "redis-1.0.0.tgz", OK, "b" },
	{ "never there", TWO ALL "push stable app 1.0.0", "app-1.0.1.tgz", ERR_NOT_FOUND, NULL },
	{ "no name of a file", TWO ALL, "app", ERR_NOT_FOUND, NULL },
	{ "no name of a chart", TWO ALL, "-.tgz", ERR_NOT_FOUND, NULL },
	{ "of a repository that is not virtual", "make all; push all app 1.0.0", "app-1.0.0.tgz", OK, "all" },
	{ "of none", "make other", "app-1.0.0.tgz", ERR_REPO_NOT_FOUND, NULL },
};

static void whose_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(files); i++) {
		struct str member = { 0 };
		struct fixture *f = started(files[i].steps);
		enum err err = ingest_virtual_file(f->g, STR("all"), str_c(files[i].file), &member, &f->e);
		if (err != files[i].err || (!err && !str_eq_c(member, files[i].member)))
			fail_msg("%s: %s, %.*s", files[i].name, err_code(err), STR_ARG(member));
		fixture_free(f);
	}
}

/* ---- the report ---- */

static const struct { const char *name, *steps, *wanted; } reports[] = {
	{ "none", TWO ALL "push stable app 1.0.0; offer up redis 1.0.0", "" },
	{ "a hosted name and an upstream's", TWO ALL "push stable app 1.0.0; offer up app 9.0.0 9.1.0",
	  "app: stable hosted here 1 *, up shadowed 2; " },
	{ "two upstreams", TWO "make v {\"upstream\":\"https://v.example\"}; "
	  "make all {\"members\":\"v up\"}; offer up app 1.0.0; offer v app 2.0.0",
	  "app: v first member 1 *, up shadowed 1; " },
	{ "one that came later", UPS "make all {\"members\":\"a b\"}; " LOADED "offer b redis 1.0.0; "
	  "offer a redis 9.0.0 9.1.0", "redis: a came later 2, b had it first 1 *; " },
	{ "a pin", TWO "make all {\"members\":\"stable up\",\"pins\":\"app=up\"}; push stable app 1.0.0; "
	  "offer up app 9.0.0", "app: stable pinned to another member 1, up pinned 1 *; " },
	{ "held back", TWO "make all {\"members\":\"stable up\",\"own_names\":\"app*\"}; offer up app-x 1.0.0",
	  "app-x: up held back 1; " },
	{ "private", TWO ALL "push stable app 1.0.0; set stable {\"private\":true}; offer up app 2.0.0",
	  "app: stable private member 1, up kept for a private member 1; " },
	{ "private, below another one", TWO "make inner {\"members\":\"stable\"}; make all {\"members\":\"inner up\"}; "
	  "push stable app 1.0.0; set stable {\"private\":true}; offer up app 2.0.0",
	  "app: inner private member 0, up kept for a private member 1; " },
	{ "a file of two charts", TWO "make all {\"members\":\"up stable\"}; push stable kafka-3 1.0.0; "
	  "offer up kafka 3-1.0.0 3-2.0.0", "kafka kafka-3-1.0.0.tgz: up shadowed 1, stable hosted here 1 *; " },
	{ "all of it is deleted", TWO ALL "push stable app 1.0.0; unlist stable app 1.0.0; offer up app 2.0.0",
	  "app: stable hosted here 0 *, up shadowed 1; " },
	{ "deleted and private, below another one", TWO "make inner {\"members\":\"stable\"}; make all {\"members\":\"inner up\"}; "
	  "set stable {\"private\":true}; push stable app 1.0.0; unlist stable app 1.0.0; offer up app 2.0.0",
	  "app: inner private member 0, up kept for a private member 1; " },
	{ "all of it is yanked", TWO ALL "push stable app 1.0.0; yank stable app 1.0.0; offer up app 2.0.0",
	  "app: stable hosted here 0 *, up shadowed 1; " },
};

static void expect_report(struct fixture *f, const char *name, const char *wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(VIRTUAL_STORY);
	struct virtual_report *r;
	assert_ok(f, ingest_conflicts(f->g, STR("all"), &r, &f->e));
	sbuf_puts(&b, "");
	for (size_t k = 0; k < r->count; k++) {
		const struct virtual_conflict *x = &r->list[k];
		sbuf_printf(&b, "%.*s%s%.*s:", STR_ARG(x->chart), x->file.n ? " " : "", STR_ARG(x->file));
		for (size_t j = 0; j < x->count; j++)
			sbuf_printf(&b, "%s %.*s %s %d%s", j ? "," : "", STR_ARG(x->claims[j].member),
			            ownership_word(x->claims[j].verdict), (int)x->claims[j].versions,
			            x->winner == (ssize_t)j ? " *" : "");
		sbuf_puts(&b, "; ");
	}
	virtual_report_unref(r);
	if (!str_eq_c(sbuf_str(&b), wanted))
		fail_msg("%s: %.*s", name, STR_ARG(sbuf_str(&b)));
}

static void who_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(reports); i++) {
		struct fixture *f = started(reports[i].steps);
		expect_report(f, reports[i].name, reports[i].wanted);
		fixture_free(f);
	}
}

/* It is kept until one of its repositories changes, whether the index of `all` does or not. */
static const struct { const char *step, *wanted; } changes[] = {
	{ "push stable app 1.0.0", "" },
	{ "offer up app 2.0.0", "app: stable hosted here 1 *, up shadowed 1; " },
	{ "yank stable app 1.0.0", "app: stable hosted here 0 *, up shadowed 1; " },
	{ "set all {\"pins\":\"app=up\"}", "app: stable pinned to another member 0, up pinned 1 *; " },
	{ "set all {\"pins\":\"app=stable\"}", "app: up pinned to another member 1; " },
	{ "unlist stable app 1.0.0", "app: up pinned to another member 1; " },
	{ "set all {\"pins\":\"\"}", "app: stable hosted here 0 *, up shadowed 1; " },
	{ "push stable app 1.1.0", "app: stable hosted here 1 *, up shadowed 1; " },
	{ "set stable {\"private\":true}", "app: stable private member 1, up kept for a private member 1; " },
	{ "set stable {\"private\":false}", "app: stable hosted here 1 *, up shadowed 1; " },
	{ "rename stable old", "app: stable hosted here 1 *, up shadowed 1; " },
	{ "make stable", "" },
	{ "push other app 1.0.0", "" },
};

static void a_report_is_kept(void **state)
{
	struct fixture *f = started(TWO ALL "make other");
	struct virtual_report *first, *again;
	(void)state;
	for (size_t i = 0; i < ROWS(changes); i++) {
		virtual_steps(f, changes[i].step);
		expect_report(f, changes[i].step, changes[i].wanted);
		expect_report(f, changes[i].step, changes[i].wanted);
	}
	assert_ok(f, ingest_conflicts(f->g, STR("all"), &first, &f->e));
	virtual_steps(f, "push other app 2.0.0");
	assert_ok(f, ingest_conflicts(f->g, STR("all"), &again, &f->e));
	assert_ptr_equal(first, again);
	virtual_report_unref(first);
	virtual_report_unref(again);
	fixture_free(f);
}

/* ---- what the log says of a name that another one has ---- */

static const struct { const char *name, *before, *step, *kinds, *detail; } told[] = {
	{ "it is hosted", TWO ALL "push stable app 1.0.0", "offer up app 2.0.0 2.1.0",
	  " +upstream.add +upstream.shadowed +upstream.add", "{\"in\":\"all\",\"why\":\"shadowed\"}" },
	{ "it came later", UPS "make all {\"members\":\"a b\"}; " LOADED "offer b redis 1.0.0", "offer a redis 2.0.0",
	  " +upstream.add +upstream.shadowed", "{\"in\":\"all\",\"why\":\"came later\"}" },
	{ "it stands behind", UPS "make all {\"members\":\"b a\"}; offer b redis 1.0.0", "offer a redis 2.0.0",
	  " +upstream.add +upstream.shadowed", "{\"in\":\"all\",\"why\":\"shadowed\"}" },
	{ "it is below names of ours", TWO "make all {\"members\":\"up\",\"own_names\":\"acme-*\"}",
	  "offer up acme-x 1.0.0", " +upstream.add +upstream.shadowed", "{\"in\":\"all\",\"why\":\"held back\"}" },
	{ "it is pinned", UPS "make all {\"members\":\"a b\",\"pins\":\"redis=b\"}", "offer a redis 2.0.0",
	  " +upstream.add +upstream.shadowed", "{\"in\":\"all\",\"why\":\"pinned to another member\"}" },
	{ "in a private one", TWO "make all {\"members\":\"stable up\",\"private\":true}; push stable app 1.0.0",
	  "offer up app 2.0.0", " +upstream.add +upstream.shadowed", "{\"why\":\"shadowed\"}" },
	{ "it wins", UPS "make all {\"members\":\"a b\"}; offer b redis 1.0.0", "offer a redis 2.0.0",
	  " +upstream.add", NULL },
	{ "it had it before", TWO ALL "push stable app 1.0.0; offer up app 2.0.0", "offer up app 2.1.0",
	  " +upstream.add", NULL },
	{ "another version in the same index", TWO ALL "offer up redis 1.0.0", "offer up redis 1.1.0",
	  " +upstream.add", NULL },
};

static enum err take_detail(void *ctx, const struct event *ev, struct errinfo *e)
{
	(void)e;
	if (str_eq_c(ev->kind, "upstream.shadowed"))
		(void)snprintf(ctx, KIB, "%.*s", STR_ARG(ev->detail));
	return OK;
}

static void what_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(told); i++) {
		AUTO_SBUF struct sbuf kinds = sbuf_make(KIB);
		char detail[KIB] = "";
		struct fixture *f = started(told[i].before);
		uint64_t before = tell_events(f, 0, NULL);
		virtual_steps(f, told[i].step);
		(void)tell_events(f, before, &kinds);
		assert_ok(f, catalog_events_each(f->g->catalog, before, take_detail, detail, &f->e));
		if (!str_eq_c(sbuf_str(&kinds), told[i].kinds) ||
		    strcmp(detail, told[i].detail ? told[i].detail : "") != 0)
			fail_msg("%s:%.*s %s", told[i].name, STR_ARG(sbuf_str(&kinds)), detail);
		expect_same_after_restart(f, "all");
		fixture_free(f);
	}
}

/* ---- cool-downs ---- */

/* As if the server had seen it so many days before the last event of `all`, but for a moment. */
static void see_earlier(struct fixture *f, const char *chart, const char *version, int days)
{
	AUTO_ARENA struct arena a = { 0 };
	struct remote_row row;
	int64_t id = repository_find(f->g, STR("up"))->id;
	assert_ok(f, catalog_begin(f->g->catalog, &f->e));
	assert_ok(f, catalog_remote(f->g->catalog, &a, id, str_c(chart), str_c(version), &row, &f->e));
	row.seen_ns = repository_find(f->g, STR("all"))->clock_ns + 1 - days * NS_PER_DAY;
	assert_ok(f, catalog_remote_put(f->g->catalog, id, &row, &f->e));
	assert_ok(f, catalog_commit(f->g->catalog, &f->e));
}

static size_t due(struct fixture *f, int64_t in_ns)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *list;
	size_t count;
	assert_ok(f, ingest_due_releases(f->g, &a, clock_wall() + in_ns, &list, &count, &f->e));
	return count;
}

static void t_cooldown_ends_with_an_event(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf kinds = sbuf_make(KIB);
	struct fixture *f = started("make up {\"upstream\":\"https://up.example\"}; offer up redis 1.0.0 2.0.0; "
	                            "make all {\"members\":\"up\",\"cooldown_days\":3}; "
	                            "make every {\"members\":\"all\"}; offer up app 1.0.0");
	expect_virtual(f, "all", "");
	assert_int_equal(due(f, 0), 0);
	assert_int_equal(due(f, 4 * NS_PER_DAY), 1);
	see_earlier(f, "redis", "1.0.0", 3);
	see_earlier(f, "app", "1.0.0", 2);
	reopen(f);                           /* time passes meanwhile; the index does not move by itself */
	expect_virtual(f, "all", "");
	assert_int_equal(due(f, 0), 1);
	uint64_t before = tell_events(f, 0, NULL);
	run_sql(f->data, "CREATE TRIGGER full BEFORE INSERT ON meta BEGIN SELECT RAISE(FAIL, 'full'); END", SQLITE_OK);
	virtual_steps(f, "!release all");
	run_sql(f->data, "DROP TRIGGER full", SQLITE_OK);
	assert_int_equal(due(f, 0), 1);      /* what could not be written is asked for again */
	virtual_steps(f, "release all; release all");
	(void)tell_events(f, before, &kinds);
	assert_true(str_eq(sbuf_str(&kinds), STR(" +release")));
	expect_virtual(f, "all", "redis 1.0.0 up");
	expect_virtual(f, "every", "redis 1.0.0 up");
	assert_int_equal(due(f, 0), 0);
	assert_int_equal(due(f, NS_PER_DAY + NS_PER_SECOND), 1);
	expect_same_after_restart(f, "all");
	expect_same_after_restart(f, "every");
	assert_int_equal(due(f, 0), 0);
	virtual_steps(f, "set all {\"cooldown_days\":1}");
	expect_virtual(f, "all", "app 1.0.0 up, redis 1.0.0 up");
	expect_same_after_restart(f, "all");
	fixture_free(f);
}

/* ---- with others ---- */

static void count_done(struct change *c) { atomic_fetch_add((atomic_int *)c->ctx, 1); }

/* What is committed together is shown together: a hundred publishes at once. */
static void t_a_batch(void **state)
{
	(void)state;
	enum { CHARTS = 100 };
	AUTO_ARENA struct arena a = { 0 };
	struct fixture *f = started(TWO ALL);
	struct change *list = arena_array(&a, CHARTS, sizeof *list);
	atomic_int done = 0;
	for (int i = 0; i < CHARTS; i++) {
		const char *version = arena_printf(&a, "1.%d.0", i);
		struct str tgz = make_chart(i % 2 ? "app" : "db", version, 6);
		change_init(&list[i], CHANGE_PUBLISH);
		list[i].repo = STR("stable");
		list[i].tgz = tmp_of(f, tgz);
		list[i].done = count_done;
		list[i].ctx = &done;
		drop(tgz);
	}
	for (int i = 0; i < CHARTS; i++)
		ingest_submit(f->g, &list[i]);
	while (atomic_load(&done) < CHARTS)
		(void)usleep(1000);
	for (int i = 0; i < CHARTS; i++) {
		assert_int_equal(list[i].err, OK);
		change_done(&list[i]);
	}
	struct virtual_face face = face_of(f, "all"), member = face_of(f, "stable");
	assert_true(str_eq(face.json, member.json));
	drop_face(&face);
	drop_face(&member);
	expect_same_after_restart(f, "all");
	fixture_free(f);
}

static void t_promotions_are_made_anew_from_the_log(void **state)
{
	(void)state;
	struct fixture *f = started(TWO "make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	                            "push stable app 1.0.0-a; push stable app 1.0.0-b; promote all app 1.0.0-a; "
	                            "promote all app 1.0.0-b; undo all app 1.0.0-b; rename all prod; "
	                            "promote prod app 1.0.0-b");
	expect_virtual(f, "prod", "app 1.0.0-b stable, app 1.0.0-a stable");
	assert_ok(f, catalog_begin(f->g->catalog, &f->e));
	assert_ok(f, catalog_releases_clear(f->g->catalog, repository_find(f->g, STR("prod"))->id, &f->e));
	assert_ok(f, catalog_commit(f->g->catalog, &f->e));
	virtual_steps(f, "rebuild prod");
	expect_virtual(f, "prod", "app 1.0.0-b stable, app 1.0.0-a stable");
	expect_same_after_restart(f, "prod");
	fixture_free(f);
}

static void t_no_index_file_and_no_past(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	struct snapshot *s = NULL;
	struct fixture *f = fixture_new();
	f->o.index_files = true;
	open_ingest(f);
	virtual_steps(f, "make stable; make all {\"members\":\"stable\"}; push stable app 1.0.0");
	assert_ok(f, flush_now(f->g, &f->e));
	assert_int_equal(access(path_below(f->data, "repos/stable/index.yaml", path), F_OK), 0);
	assert_int_not_equal(access(path_below(f->data, "repos/all/index.yaml", path), F_OK), 0);
	assert_int_equal(ingest_view(f->g, STR("all"), 3, &s, &f->e), ERR_NOT_FOUND);
	assert_int_equal(ingest_view_file(f->g, STR("all"), 3, STR("app-1.0.0.tgz"), &f->e), ERR_NOT_FOUND);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown),
		cmocka_unit_test(what_moves_it),
		cmocka_unit_test(whose_file),
		cmocka_unit_test(who_wins),
		cmocka_unit_test(a_report_is_kept),
		cmocka_unit_test(what_is_told),
		cmocka_unit_test(t_cooldown_ends_with_an_event),
		cmocka_unit_test(t_a_batch),
		cmocka_unit_test(t_promotions_are_made_anew_from_the_log),
		cmocka_unit_test(t_no_index_file_and_no_past),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
