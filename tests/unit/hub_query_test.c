/* Queries: what was typed, the terms it becomes, and what the index of words is asked. */
#include "buffer.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/query.h"
#include "indexer/hub/word.h"

#define NOW INT64_C(1795219200)      /* 2026-11-21T00:00:00Z */

/* ---- words ---- */

struct words_row { const char *name, *text, *words; };

static const struct words_row words_rows[] = {
	{ "one", "redis", "redis" },
	{ "none", "", "" },
	{ "signs alone", " -_./:,;!?()[]{}<>#@*&^%$~`'\"|+= ", "" },
	{ "capitals", "PostgreSQL HA", "postgresql ha" },
	{ "separators", "cert-manager_v1.2/x", "cert manager v1 2 x" },
	{ "digits", "k8s 3d", "k8s 3d" },
	{ "accents", "Größe café ÅÄÖ Łódź ﬁ", "große cafe aao Łodz ﬁ" },
	{ "accents that stand alone", "cafe\xcc\x81 x", "cafe x" },
	{ "signs beyond ASCII", "a\xe2\x80\x94""b\xc2\xa0""c\xe2\x82\xac\xf0\x9f\x98\x80""d", "a b c d" },
	{ "signs of other scripts, and of trade", "Redis™ HA：集群・x［y］", "redis ha 集群 x y" },
	{ "other scripts", "Привет 世界", "Привет 世界" },
	{ "bytes that are no text", "a\xff\xfe""b\x80""c", "a b c" },
	{ "controls", "a\x01""b\tc\nd\x7f""e", "a b c d e" },
	{ "as long as a word may be", "0123456789012345678901234567890123456789012345678901234567890123",
	  "0123456789012345678901234567890123456789012345678901234567890123" },
	{ "longer", "0123456789012345678901234567890123456789012345678901234567890123xyz next",
	  "0123456789012345678901234567890123456789012345678901234567890123 next" },
};

static void t_words(void **state)
{
	const struct words_row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	char word[SEARCH_WORD_MAX_BYTES];
	struct str text = str_c(row->text);
	for (size_t n; (n = word_next(&text, word));) {
		sbuf_puts(&b, b.n ? " " : "");
		sbuf_put(&b, str_make(word, n));
	}
	sbuf_puts(&b, "");
	assert_buffer(&b, row->words);
}

static void t_keys(void **state)
{
	(void)state;
	assert_true(word_key(STR("redis")) == 0x7265646973000000u);
	assert_true(word_key(STR("postgresql")) == word_key(STR("postgres")));
	assert_true(word_key(STR("a")) < word_key(STR("aa")) && word_key(STR("aa")) < word_key(STR("b")));
	assert_int_equal(word_letters(STR("abba")), 3);
}

/* ---- terms ---- */

/* A term is [-][?][COLUMNS:]words[*], words of a phrase in quotes, or FIELD=value; `|` stands for or,
 * [] around a note. What the index of words is asked, `/` what that of phrases is. Days are since 1970.                                                     */
struct row { const char *name, *text, *terms, *expression; };

static const struct row rows[] = {
	{ "nothing", "", "", "" },
	{ "blanks", " \t ", "", "" },
	{ "a word that may go on", "redis", "redis*", "(\"redis\"*)" },
	{ "a word that is over", "redis ", "redis", "(\"redis\")" },
	{ "two", "redis ha", "redis ha*", "((\"redis\") AND (\"ha\"*)) OR \"redisha\"*" },
	{ "its plural", "broker ", "broker", "((\"broker\" OR \"brokers\"))" },
	{ "its singular",
	  "message brokers",
	  "message brokers*",
	  "(((\"message\" OR \"messages\")) AND ((\"brokers\"* OR \"broker\"))) OR "
	  "\"messagebrokers\"*" },
	{ "no plurals",
	  "class redis status abc ",
	  "class redis status abc",
	  "((\"class\") AND (\"redis\") AND (\"status\") AND (\"abc\")) OR "
	  "\"classredisstatusabc\"" },
	{ "policies", "policies ", "policies", "((\"policies\" OR \"policy\"))" },
	{ "policy", "policy ", "policy", "((\"policy\" OR \"policies\"))" },
	{ "policy, perhaps the beginning of more", "policy", "policy*", "((\"policy\"* OR \"policies\"))" },
	{ "gateway", "gateway", "gateway*", "(\"gateway\"*)" },
	{ "separators in a word",
	  "cert-manager ",
	  "cert+manager",
	  "((((\"cert\" OR \"certs\") AND (\"manager\" OR \"managers\")) OR \"certmanager\"))" },
	{ "a phrase", "\"message queue\"", "\"message queue\"", " / (\"message\" + \"queue\")" },
	{ "a phrase that nobody closed",
	  "\"message queue",
	  "\"message queue\"",
	  " / (\"message\" + \"queue\")" },
	{ "a phrase of one word", "\"redis\"", "\"redis\"", "(\"redis\")" },
	{ "what FTS5 may take for several words", "redis हिन्दी", "redis हिन्दी*", "(\"redis\") / (\"हिन्दी\"*)" },
	{ "such a part of a word",
	  "a1-שָׁלוֹם b1 ",
	  "a1+שָׁלוֹם b1",
	  "(\"b1\") / (((\"a1\" AND \"שָׁלוֹם\") OR \"a1שָׁלוֹם\"))" },
	{ "an empty phrase", "\"\" \" \" redis", "redis*", "(\"redis\"*)" },
	{ "a phrase in the middle",
	  "a1\"b1 c1\"d1",
	  "a1 \"b1 c1\" d1*",
	  "(\"a1\") AND (\"d1\"*) / (\"b1\" + \"c1\")" },
	{ "without", "redis -operator", "redis -about:\"operator\"", "(\"redis\")" },
	{ "without a phrase", "-\"message queue\"", "-about:\"message queue\"", "" },
	{ "without a name of two", "-cert-manager", "-about:\"cert manager\"", "" },
	{ "a dash alone", "redis - ha", "redis ha*", "((\"redis\") AND (\"ha\"*)) OR \"redisha\"*" },
	{ "dashes", "--set x1", "-about:\"set\" x1*", "(\"x1\"*)" },
	{ "either", "drupal or joomla", "drupal | joomla*", "((\"drupal\" OR \"drupals\") OR \"joomla\"*)" },
	{ "either, in capitals, of three",
	  "x1 OR y1 Or z1",
	  "x1 | y1 | z1*",
	  "(\"x1\" OR \"y1\" OR \"z1\"*)" },
	{ "either, and another", "x1 or y1 z1", "x1 | y1 z1*", "(\"x1\" OR \"y1\") AND (\"z1\"*)" },
	{ "or before anything", "or redis", "redis*", "(\"redis\"*)" },
	{ "or behind everything", "redis or", "redis", "(\"redis\")" },
	{ "or twice", "x1 or or y1", "x1 | y1*", "(\"x1\" OR \"y1\"*)" },
	{ "or of a word and a field", "x1 or is:signed", "x1 flag=0 [is:signed]", "(\"x1\")" },
	{ "or of a field and a mistake: one note", "repo:a or x1:y1 ", "repo=a x1+y1 [x1:y1]",
	  "(((\"x1\" AND \"y1\") OR \"x1y1\"))" },
	{ "or of fields", "repo:a or repo:b", "repo=a | repo=b", "" },
	{ "either phrase", "\"x1 y1\" or \"z1\"", "\"x1 y1\" | \"z1\"", " / (\"x1\" + \"y1\" OR \"z1\")" },
	{ "words of every chart",
	  "grafana helm chart",
	  "grafana ?helm ?chart*",
	  "(((\"grafana\" OR \"grafanas\"))) OR \"grafanahelmchart\"*" },
	{ "such words alone",
	  "helm chart",
	  "helm chart*",
	  "(((\"helm\" OR \"helms\")) AND (\"chart\"*)) OR \"helmchart\"*" },
	{ "name", "name:grafana ", "name:grafana", "" },
	{ "name that may go on", "name:graf", "name:graf*", "" },
	{ "keyword", "keyword:\"message queue\"", "keyword:\"message queue\"", "" },
	{ "maintainer", "maintainer:bitnami", "maintainer:\"bitnami\"", "" },
	{ "image", "image:bitnami/redis:7", "image:\"bitnami redis 7\"", "" },
	{ "depends", "depends:common", "depends:\"common\"", "" },
	{ "repositories", "repo:team-a/stable -repo:\"x y\"", "repo=team-a/stable -repo=x y", "" },
	{ "in capitals", "REPO:Stable Is:Signed", "repo=Stable flag=0", "" },
	{ "license, category", "license:MIT category:database", "license=MIT category=database", "" },
	{ "type", "type:library", "flag=3", "" },
	{ "another type",
	  "type:signed",
	  "type+signed* [type:signed]",
	  "((((\"type\" OR \"types\") AND \"signed\"*) OR \"typesigned\"*))" },
	{ "app", "app:v1.2", "app=1.2", "" },
	{ "kube", "kube:1.31 kube:v1.5.2", "kube=31 kube=5", "" },
	{ "flags",
	  "is:deprecated is:prerelease is:library is:application -has:schema has:crds has:readme " "has:changelog",
	  "flag=1 flag=2 flag=3 flag=4 -flag=5 flag=6 flag=7 flag=8",
	  "" },
	{ "since a day", "updated:>2026-01-01", "updated=20455..", "" },
	{ "from a day", "updated:>=2026-01-01", "updated=20454..", "" },
	{ "before a day", "updated:<2026-01-01", "updated=..20454", "" },
	{ "until a day", "updated:<=2026-01-01", "updated=..20455", "" },
	{ "on a day",
	  "updated:2026-01-01 updated:=2026-01-02",
	  "updated=20454..20455 updated=20455..20456",
	  "" },
	{ "an age",
	  "updated:30d updated:>6m updated:<1y",
	  "updated=20748.. updated=20598.. updated=..20413",
	  "" },
	{ "an age beyond time", "updated:36500y", "updated=-15722..", "" },
	{ "the last day", "updated:2262-04-11 updated:>2262-04-11", "updated=106751.. updated=..", "" },
	{ "words alone with a field", "helm is:signed", "helm flag=0", "((\"helm\" OR \"helms\"))" },
	{ "a broken day",
	  "updated:>soon redis",
	  "updated+soon redis* [updated:>soon]",
	  "(((((\"updated\" OR \"updateds\") AND (\"soon\" OR \"soons\")) OR "
	  "\"updatedsoon\")) AND (\"redis\"*)) OR \"updatedsoonredis\"*" },
	{ "a broken minor",
	  "kube:1.99 kube:2.1 kube:x",
	  "kube+1+99 kube+2+1 kube+x* [kube:1.99] [kube:2.1] [kube:x]",
	  "(((((\"kube\" OR \"kubes\") AND \"1\" AND \"99\") OR \"kube199\")) AND "
	  "((((\"kube\" OR \"kubes\") AND \"2\" AND \"1\") OR \"kube21\")) AND ((((\"kube\" "
	  "OR \"kubes\") AND \"x\"*) OR \"kubex\"*))) OR \"kube199kube21kubex\"*" },
	{ "a broken flag",
	  "is:shiny has:legs",
	  "is+shiny has+legs* [is:shiny] [has:legs]",
	  "((((\"is\" AND (\"shiny\" OR \"shinies\")) OR \"isshiny\")) AND (((\"has\" AND "
	  "(\"legs\"* OR \"leg\")) OR \"haslegs\"*))) OR \"isshinyhaslegs\"*" },
	{ "no value",
	  "repo: x1",
	  "repo x1* [repo:]",
	  "(((\"repo\" OR \"repos\")) AND (\"x1\"*)) OR \"repox1\"*" },
	{ "an unknown field",
	  "chart:redis http://a.b/c",
	  "chart+redis http+a+b+c* [chart:redis] [http://a.b/c]",
	  "(((((\"chart\" OR \"charts\") AND \"redis\") OR \"chartredis\")) AND "
	  "((((\"http\" OR \"https\") AND \"a\" AND \"b\" AND \"c\"*) OR \"httpabc\"*))) OR "
	  "\"chartredishttpabc\"*" },
	{ "a field of nothing", ":x1", "x1*", "(\"x1\"*)" },
	{ "a quote in a field", "repo:\"x1", "repo=x1", "" },
	{ "syntax of FTS5",
	  "NEAR(redis postgres, 5) AND (x1 OR NOT y1*) ^z1 {name}:q1 + -r1",
	  "near+redis postgres 5 ?and x1 | not y1 z1 name+q1 -about:\"r1\" [{name}:q1]",
	  "((((\"near\" OR \"nears\") AND \"redis\") OR \"nearredis\")) AND ((\"postgres\" "
	  "OR \"postgre\")) AND (\"5\") AND (\"x1\" OR \"not\") AND (\"y1\") AND (\"z1\") AND "
	  "((((\"name\" OR \"names\") AND \"q1\") OR \"nameq1\"))" },
	{ "quotes", "\"\"\" redis\" x1", "\"redis\" x1*", "(\"redis\") AND (\"x1\"*)" },
	{ "too many words",
	  "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9",
	  "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 [b8 b9]",
	  "((\"a1\") AND (\"a2\") AND (\"a3\") AND (\"a4\") AND (\"a5\") AND (\"a6\") AND (\"a7\") "
	  "AND (\"a8\") AND (\"a9\") AND (\"b1\") AND (\"b2\") AND (\"b3\") AND (\"b4\") AND "
	  "(\"b5\") AND (\"b6\") AND (\"b7\")) OR \"a1a2a3a4a5a6a7a8a9b1b2b3b4b5b6b7\"" },
	{ "too many in one",
	  "a1-a2-a3-a4-a5-a6-a7-a8-a9-b1-b2-b3-b4-b5-b6-b7-b8",
	  "a1+a2+a3+a4+a5+a6+a7+a8+a9+b1+b2+b3+b4+b5+b6+b7* "
	  "[a1-a2-a3-a4-a5-a6-a7-a8-a9-b1-b2-b3-b4-b5-b6-b7-b8]",
	  "(((\"a1\" AND \"a2\" AND \"a3\" AND \"a4\" AND \"a5\" AND \"a6\" AND \"a7\" AND \"a8\" "
	  "AND \"a9\" AND \"b1\" AND \"b2\" AND \"b3\" AND \"b4\" AND \"b5\" AND \"b6\" AND \"b7\"*) "
	  "OR \"a1a2a3a4a5a6a7a8a9b1b2b3b4b5b6b7\"*))" },
	{ "too many fields",
	  "is:signed is:signed is:signed is:signed is:signed is:signed is:signed is:signed is:signed "
	  "is:signed is:signed is:signed is:signed is:signed is:signed is:signed x1",
	  "flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 flag=0 "
	  "flag=0 flag=0 flag=0 flag=0 [x1]",
	  "" },
	{ "as many as there may be",
	  "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 ",
	  "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7",
	  "((\"a1\") AND (\"a2\") AND (\"a3\") AND (\"a4\") AND (\"a5\") AND (\"a6\") AND (\"a7\") "
	  "AND (\"a8\") AND (\"a9\") AND (\"b1\") AND (\"b2\") AND (\"b3\") AND (\"b4\") AND "
	  "(\"b5\") AND (\"b6\") AND (\"b7\")) OR \"a1a2a3a4a5a6a7a8a9b1b2b3b4b5b6b7\"" },
	{ "bytes that are no text",
	  "a\xff""b1 repo:\xff",
	  "a+b1 repo=\xff""",
	  "(((\"a\" AND \"b1\") OR \"ab1\"))" },
	{ "controls",
	  "x1\x01\x02y1\x7fz1",
	  "x1 y1 z1*",
	  "((\"x1\") AND (\"y1\") AND (\"z1\"*)) OR \"x1y1z1\"*" },
	{ "name and words", "name:grafana loki", "name:grafana loki*", "(\"loki\"*)" },
};

static void put_day(struct sbuf *b, int64_t ns)
{
	if (ns != INT64_MIN && ns != INT64_MAX)
		sbuf_printf(b, "%lld", (long long)(ns / NS_PER_DAY));
}

static void put_words(struct sbuf *b, const struct query_term *t)
{
	static const struct { unsigned columns; const char *name; } names[] = {
		{ COLUMNS_ANY, "" }, { COLUMNS_NAME, "name:" }, { COLUMNS_ABOUT, "about:" },
		{ COLUMN_BIT(COLUMN_KEYWORDS), "keyword:" }, { COLUMN_BIT(COLUMN_PEOPLE), "maintainer:" },
		{ COLUMN_BIT(COLUMN_IMAGES), "image:" }, { COLUMN_BIT(COLUMN_USES), "depends:" },
	};
	for (size_t i = 0; i < ROWS(names); i++)
		if (names[i].columns == t->columns)
			sbuf_puts(b, names[i].name);
	sbuf_puts(b, t->phrase ? "\"" : "");
	for (size_t i = 0; i < t->word_count; i++) {
		sbuf_puts(b, !i ? "" : t->phrase ? " " : "+");
		sbuf_put(b, t->words[i]);
	}
	sbuf_puts(b, t->phrase ? "\"" : t->prefix ? "*" : "");
}

static void put_term(struct sbuf *b, const struct query_term *t)
{
	static const char *const names[] = { "", "repo=", "license=", "category=", "app=" };
	sbuf_puts(b, t->negated ? "-" : t->optional ? "?" : "");
	if (t->kind == QUERY_WORDS) {
		put_words(b, t);
	} else if (t->kind == QUERY_KUBE) {
		sbuf_printf(b, "kube=%u", t->number);
	} else if (t->kind == QUERY_FLAG) {
		sbuf_printf(b, "flag=%u", t->flag);
	} else if (t->kind == QUERY_UPDATED) {
		sbuf_puts(b, "updated=");
		put_day(b, t->from_ns);
		sbuf_puts(b, "..");
		put_day(b, t->until_ns);
	} else {
		sbuf_puts(b, names[t->kind]);
		sbuf_put(b, t->value);
	}
	sbuf_puts(b, t->or_next ? " |" : "");
}

static void put_query(struct sbuf *b, const struct query *q)
{
	for (size_t i = 0; i < q->count; i++) {
		sbuf_puts(b, b->n ? " " : "");
		put_term(b, &q->terms[i]);
	}
	for (size_t i = 0; i < q->note_count; i++)
		sbuf_printf(b, "%s[%.*s]", b->n ? " " : "", STR_ARG(q->notes[i]));
}

static void t_query(void **state)
{
	const struct row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf terms = sbuf_make(16 * KIB);
	AUTO_SBUF struct sbuf expression = sbuf_make(16 * KIB), phrases = sbuf_make(16 * KIB);
	struct query q;
	assert_int_equal(query_read(&a, str_c(row->text), NOW * NS_PER_SECOND, &q, NULL), OK);
	put_query(&terms, &q);
	query_expression(&q, false, &expression);
	query_expression(&q, true, &phrases);
	sbuf_puts(&expression, phrases.n ? " / " : "");
	sbuf_put(&expression, sbuf_str(&phrases));
	assert_buffer(&terms, row->terms);
	assert_buffer(&expression, row->expression);
}

static void t_names(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct query q;
	assert_int_equal(query_read(&a, STR("Cert-Manager helm is:signed -x name:y"), 0, &q, NULL), OK);
	assert_true(str_eq_c(q.joined, "certmanagerhelmy") && str_eq_c(q.core, "certmanagery"));
	assert_int_equal(query_read(&a, STR("cert or manager"), 0, &q, NULL), OK);
	assert_true(!q.joined.n && !q.core.n);
}

static void t_long_text(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct query q;
	char text[2 * SEARCH_TEXT_MAX_BYTES];
	memset(text, 'x', sizeof text);
	assert_int_equal(query_read(&a, str_make(text, sizeof text), 0, &q, NULL), OK);
	assert_true(q.count == 1 && q.terms[0].words[0].n == SEARCH_WORD_MAX_BYTES && !q.note_count);
	assert_int_equal(q.terms[0].typed.n, SEARCH_TEXT_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_keys), cmocka_unit_test(t_names), cmocka_unit_test(t_long_text),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("words", t_words, words_rows);
	return failed + RUN_TABLE("query", t_query, rows);
}
