/* Which events a hook is told of, and what it may be set to. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/hook/impl.h"

struct row { const char *name, *format, *repos, *charts, *kinds, *repo, *chart, *kind; bool wanted; };

static const struct row rows[] = {
	{ "everything", "plain", "*", "*", "*", "a/b", "c", "publish", true },
	{ "everything of everywhere", "plain", "**", "**", "**", "a/b", "c", "publish", true },
	{ "of a repository, nothing that has a chart", "plain", "*", "*", "repo.*", "a", "", "repo.set", true },
	{ "of a chart, nothing without one", "plain", "*", "c*", "*", "a", "", "repo.set", false },
	{ "of a repository, nothing without one", "plain", "a*", "*", "*", "", "", "publish", false },
	{ "segments", "plain", "team-a/*", "*", "*", "team-a/x", "c", "publish", true },
	{ "one segment", "plain", "team-*", "*", "*", "team-a/x", "c", "publish", false },
	{ "a kind", "plain", "*", "*", "publish", "a", "c", "publish", true },
	{ "no beginning of one", "plain", "*", "*", "prov", "a", "c", "prov.delete", false },
	{ "one of two kinds", "plain", "*", "*", "yank\nunyank", "a", "c", "unyank", true },
	{ "neither", "plain", "*", "*", "yank\nunyank", "a", "c", "publish", false },
	{ "pushes to harbor", "harbor", "*", "*", "*", "a", "c", "publish", true },
	{ "nothing else to harbor", "harbor", "*", "*", "*", "a", "c", "delete", false },
	{ "no repositories to harbor", "harbor", "*", "*", "*", "a", "", "publish", false },
	{ "a format that is none", "x", "*", "*", "*", "a", "c", "publish", false },
};

static void t_wants(void **state)
{
	const struct row *r = *state;
	const struct hook_row hook = { .format = str_c(r->format), .repos = str_c(r->repos),
	                               .charts = str_c(r->charts), .kinds = str_c(r->kinds) };
	const struct event ev = { .repo = str_c(r->repo), .chart = str_c(r->chart), .kind = str_c(r->kind) };
	assert_int_equal(hook_wants(&hook, &ev), r->wanted);
}

struct check { const char *name, *format, *kinds, *headers, *secret, *url, *public_url, *wrong; };

#define OK_URL "https://x.example.org/"

static const struct check checks[] = {
	{ "good", "plain", "publish\nrepo.*", "X-A: b\nAuthorization: c", "12345678", OK_URL, "", NULL },
	{ "no secret", "slack", "*", "", "", OK_URL, "", NULL },
	{ "harbor", "harbor", "*", "", "12345678", OK_URL, "https://y", NULL },
	{ "harbor, nameless", "harbor", "*", "", "12345678", OK_URL, "", "format: harbor is told" },
	{ "authorization is harbor's", "harbor", "*", "authorization: x", "", OK_URL, "https://y", "headers: aut" },
	{ "ours", "plain", "*", "X-SIGNATURE: x", "", OK_URL, "", "headers: X-SIGNATURE is not yours" },
	{ "three", "plain", "*", "a:1\nb:1\nc:1", "", OK_URL, "", "headers: at most 2" },
	{ "no colon", "plain", "*", "a", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "no value", "plain", "*", "a:", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "a blank value", "plain", "*", "a: ", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "no name", "plain", "*", ": a", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "control character", "plain", "*", "a: b\rc", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "no UTF-8", "plain", "*", "a: \xff", "", OK_URL, "", "headers: \"Name: value\"" },
	{ "short secret", "plain", "*", "", "1234567", OK_URL, "", "secret: 8 to" },
	{ "secret with a space", "plain", "*", "", "12345678 ", OK_URL, "", "secret: no control" },
	{ "secret of two lines", "plain", "*", "", "1234\n5678", OK_URL, "", "secret: no control" },
	{ "no kind", "plain", "", "", "", OK_URL, "", "kinds: there is none" },
	{ "empty kind", "plain", "yank\n\nunyank", "", "", OK_URL, "", "kinds: a pattern" },
	{ "none there is", "plain", "yank\nunyanked", "", "", OK_URL, "", "kinds: \"unyanked\" is none of: publish " },
	{ "kind", "plain", "a!", "", "", OK_URL, "", "kinds: \"a!\"" },
	{ "no url", "plain", "*", "", "", "", "", "url: " },
	{ "scheme", "plain", "*", "", "", "ftp://x/", "", "url: " },
	{ "user", "plain", "*", "", "", "https://a@x.example.org/", "", "url: " },
};

static void t_check(void **state)
{
	const struct check *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct hooks h = { .options.public_url = row->public_url };
	struct hook_row hook = { .format = str_c(row->format), .repos = STR("*"), .charts = STR("*"),
	                         .kinds = str_c(row->kinds), .headers = str_c(row->headers),
	                         .secret = str_c(row->secret), .url = str_c(row->url) };
	struct errinfo e = { 0 };
	enum err err = hook_check(&h, &a, &hook, &e);
	if (!row->wrong) {
		assert_string_equal(e.detail, "");
		assert_int_equal(err, OK);
		return;
	}
	assert_int_not_equal(err, OK);
	if (strncmp(e.detail, row->wrong, strlen(row->wrong)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", e.detail, row->wrong);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("wants", t_wants, rows) + RUN_TABLE("check", t_check, checks);
}
