/* Bodies of webhooks, whole; the headers that prove them, against vectors of others; pauses. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/hook/message.h"

#define AT_NS (INT64_C(1772702364) * NS_PER_SECOND)      /* 2026-03-05T09:19:24Z */
#define DIGEST "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define URL "https://charts.example.org/base"

#define E10 "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
#define E50 E10 E10 E10 E10 E10

#define EVENT(kind_, repo_, chart_, version_, digest_, detail_) { \
	.seq = 42, .at_ns = AT_NS, .actor = { "u3", 2 }, .kind = { kind_, sizeof kind_ - 1 }, \
	.repo = { repo_, sizeof repo_ - 1 }, .chart = { chart_, sizeof chart_ - 1 }, \
	.version = { version_, sizeof version_ - 1 }, .digest = { digest_, sizeof digest_ - 1 }, \
	.detail = { detail_, sizeof detail_ - 1 } }

static const struct event
published = EVENT("publish", "podinfo", "podinfo", "6.7.0", DIGEST, "{\"size\":10}"),
in_team   = EVENT("import", "team-a/stable", "redis", "1.0.0+build.7", DIGEST, "{}"),
deleted   = EVENT("delete", "stable", "redis", "1.0.0", DIGEST,
                  "{\"reason\":\"it said \\\"no\\\" <!channel> & more\\n\"}"),
long_one  = EVENT("delete", "stable", "redis", "1.0.0", DIGEST, "{\"reason\":\"x" E50 E50 E50 "\"}"),
made      = EVENT("repo.create", "team-a/stable", "", "", "", "{}"),
unknown   = EVENT("some.day", "stable", "redis", "", "", "{}"),
promoted  = EVENT("promote", "prod", "redis", "1.0.0", "", "{}"),
ping      = { .at_ns = AT_NS, .kind = { HOOK_PING, 4 }, .detail = { "{}", 2 } };

struct body { const char *name, *format; const struct event *event; const char *url, *body; };

#define CARD(text) \
	"{\"type\":\"message\",\"attachments\":[{" \
	"\"contentType\":\"application/vnd.microsoft.card.adaptive\",\"content\":{" \
	"\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\"," \
	"\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":\"RichTextBlock\"," \
	"\"inlines\":[{\"type\":\"TextRun\",\"text\":" text "}]}]"

static const struct body bodies[] = {
	{ "plain", "plain", &published, URL,
	  "{\"id\":\"evt_1\",\"at\":\"2026-03-05T09:19:24Z\",\"event\":42,\"kind\":\"publish\","
	  "\"repo\":\"podinfo\",\"chart\":\"podinfo\",\"version\":\"6.7.0\",\"digest\":\"" DIGEST "\","
	  "\"actor\":\"u3\",\"url\":\"" URL "/packages/podinfo/podinfo/6.7.0\",\"detail\":{\"size\":10}}" },
	{ "plain without a name of the server", "plain", &published, "",
	  "{\"id\":\"evt_1\",\"at\":\"2026-03-05T09:19:24Z\",\"event\":42,\"kind\":\"publish\","
	  "\"repo\":\"podinfo\",\"chart\":\"podinfo\",\"version\":\"6.7.0\",\"digest\":\"" DIGEST "\","
	  "\"actor\":\"u3\",\"detail\":{\"size\":10}}" },
	{ "plain of a repository", "plain", &made, URL,
	  "{\"id\":\"evt_1\",\"at\":\"2026-03-05T09:19:24Z\",\"event\":42,\"kind\":\"repo.create\","
	  "\"repo\":\"team-a/stable\",\"actor\":\"u3\",\"url\":\"" URL "/repos/team-a/stable\","
	  "\"detail\":{}}" },
	{ "plain of a view: it has no page of the chart", "plain", &promoted, URL,
	  "{\"id\":\"evt_1\",\"at\":\"2026-03-05T09:19:24Z\",\"event\":42,\"kind\":\"promote\","
	  "\"repo\":\"prod\",\"chart\":\"redis\",\"version\":\"1.0.0\",\"actor\":\"u3\","
	  "\"url\":\"" URL "/repos/prod\",\"detail\":{}}" },
	{ "plain ping", "plain", &ping, URL,
	  "{\"id\":\"evt_1\",\"at\":\"2026-03-05T09:19:24Z\",\"kind\":\"ping\",\"detail\":{}}" },
	{ "cloudevents", "cloudevents", &in_team, URL,
	  "{\"specversion\":\"1.0\",\"id\":\"evt_1\",\"source\":\"" URL "\",\"type\":\"io.chartlocker.import\","
	  "\"subject\":\"team-a/stable/redis@1.0.0+build.7\",\"time\":\"2026-03-05T09:19:24Z\","
	  "\"datacontenttype\":\"application/json\",\"data\":{\"event\":42,\"kind\":\"import\","
	  "\"repo\":\"team-a/stable\",\"chart\":\"redis\",\"version\":\"1.0.0+build.7\","
	  "\"digest\":\"" DIGEST "\",\"actor\":\"u3\","
	  "\"url\":\"" URL "/packages/team-a~stable/redis/1.0.0%2Bbuild.7\",\"detail\":{}}}" },
	{ "cloudevents without a name of the server", "cloudevents", &ping, "",
	  "{\"specversion\":\"1.0\",\"id\":\"evt_1\",\"source\":\"urn:chartlocker\","
	  "\"type\":\"io.chartlocker.ping\",\"time\":\"2026-03-05T09:19:24Z\","
	  "\"datacontenttype\":\"application/json\",\"data\":{\"kind\":\"ping\",\"detail\":{}}}" },
	{ "quotes stay text", "cloudevents", &deleted, "",
	  "{\"specversion\":\"1.0\",\"id\":\"evt_1\",\"source\":\"urn:chartlocker\","
	  "\"type\":\"io.chartlocker.delete\",\"subject\":\"stable/redis@1.0.0\","
	  "\"time\":\"2026-03-05T09:19:24Z\",\"datacontenttype\":\"application/json\",\"data\":{\"event\":42,"
	  "\"kind\":\"delete\",\"repo\":\"stable\",\"chart\":\"redis\",\"version\":\"1.0.0\","
	  "\"digest\":\"" DIGEST "\",\"actor\":\"u3\","
	  "\"detail\":{\"reason\":\"it said \\\"no\\\" <!channel> & more\\n\"}}}" },
	{ "flux", "flux", &published, URL,
	  "{\"repository\":\"podinfo\",\"chart\":\"podinfo\",\"version\":\"6.7.0\"}" },
	{ "flux ping", "flux", &ping, URL, "{}" },
	{ "harbor", "harbor", &in_team, URL,
	  "{\"type\":\"PUSH_ARTIFACT\",\"occur_at\":1772702364,\"operator\":\"u3\",\"event_data\":{"
	  "\"resources\":[{\"digest\":\"sha256:" DIGEST "\",\"tag\":\"1.0.0_build.7\","
	  "\"resource_url\":\"charts.example.org/base/team-a/stable/redis:1.0.0_build.7\"}],"
	  "\"repository\":{\"name\":\"redis\",\"namespace\":\"team-a/stable\","
	  "\"repo_full_name\":\"team-a/stable/redis\",\"repo_type\":\"private\"}}}" },
	{ "harbor ping", "harbor", &ping, URL,
	  "{\"type\":\"PING\",\"occur_at\":1772702364,\"operator\":\"\"}" },
	{ "slack", "slack", &deleted, URL,
	  "{\"text\":\"stable/redis 1.0.0 was deleted: it said \\\"no\\\" &lt;!channel&gt; &amp; more\\n\\n"
	  "<" URL "/packages/stable/redis/1.0.0|Open>\"}" },
	{ "slack of a long reason: no letter is cut", "slack", &long_one, "",
	  "{\"text\":\"stable/redis 1.0.0 was deleted: x" E50 E50 E10 E10 E10 E10
	  "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\"}" },
	{ "slack of a repository", "slack", &made, "", "{\"text\":\"Repository team-a/stable was made\"}" },
	{ "slack of a kind to come", "slack", &unknown, "", "{\"text\":\"stable/redis some.day\"}" },
	{ "slack ping", "slack", &ping, URL,
	  "{\"text\":\"This is a test: Chartlocker reaches this address.\"}" },
	{ "teams", "teams", &published, URL,
	  CARD("\"podinfo/podinfo 6.7.0 was published\"") ",\"actions\":[{\"type\":\"Action.OpenUrl\","
	  "\"title\":\"Open\",\"url\":\"" URL "/packages/podinfo/podinfo/6.7.0\"}]}}]}" },
	{ "teams without a name of the server", "teams", &deleted, "",
	  CARD("\"stable/redis 1.0.0 was deleted: it said \\\"no\\\" <!channel> & more\\n\"") "}}]}" },
};

static void t_body(void **state)
{
	const struct body *row = *state;
	const struct hook_message m = { .id = STR("evt_1"), .event = row->event,
	                                .public_url = str_c(row->url), .is_private = true };
	AUTO_SBUF struct sbuf b = sbuf_make(HOOK_BODY_MAX_BYTES);
	const struct hook_format *f = hook_format_find(str_c(row->format));
	assert_non_null(f);
	f->body(&b, &m);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, row->body);
}

/* ---- headers ---- */

struct signing { const char *name, *format, *now, *before, *id; int64_t seconds; const char *body, *lines; };

#define FLUX_BODY "{\"repository\":\"podinfo\",\"chart\":\"podinfo\",\"version\":\"6.7.0\"}"
#define SPEC_ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define SPEC_SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define SPEC_SIGNATURE "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

/* The signatures of others: notification-controller's (clients.md §7.5), standardwebhooks.com's, and
 * GitHub's of "Hello, World!". The rest is Python's hmac.                                     */
static const struct signing signings[] = {
	{ "T-HOOK-03 flux", "flux", "token", "", "evt_1", 1, FLUX_BODY,
	  "Content-Type: application/json\nwebhook-id: evt_1\nwebhook-timestamp: 1\n"
	  "webhook-signature: v1,PDI5rjUSzEXTdudE+rWnTCX0WI+mcHBlIYocFU4y9qE=\n"
	  "X-Hub-Signature-256: sha256=a70517a2754d5d9ba50b4cb97dddd22765444bb0585d5c771e5ca8b73d21b1da\n"
	  "X-Signature: sha256=a70517a2754d5d9ba50b4cb97dddd22765444bb0585d5c771e5ca8b73d21b1da\n" },
	{ "T-HOOK-03 standard webhooks", "plain", SPEC_SECRET, "", SPEC_ID, 1614265330,
	  "{\"test\": 2432232314}",
	  "Content-Type: application/json\nwebhook-id: " SPEC_ID "\nwebhook-timestamp: 1614265330\n"
	  "webhook-signature: " SPEC_SIGNATURE "\n"
	  "X-Hub-Signature-256: sha256=80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c\n" },
	{ "T-HOOK-03 github", "cloudevents", "It's a Secret to Everybody", "", "evt_1", 1, "Hello, World!",
	  "Content-Type: application/cloudevents+json\nwebhook-id: evt_1\nwebhook-timestamp: 1\n"
	  "webhook-signature: v1,j5GSRh6MOB55aefZlo7uc7jnEwoa9qaViwcOclMpZjE=\n"
	  "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\n" },
	{ "both secrets sign", "harbor", "new secret", SPEC_SECRET, SPEC_ID, 1614265330,
	  "{\"test\": 2432232314}",
	  "Content-Type: application/json\nwebhook-id: " SPEC_ID "\nwebhook-timestamp: 1614265330\n"
	  "webhook-signature: v1,siJxX6wnDvQIm6HKb0faQrHczo4sOWSlXmUlJFUOcqQ= " SPEC_SIGNATURE "\n"
	  "X-Hub-Signature-256: sha256=2051644d156b1a77eedd319f08de91d106e7f5e16002796023b36274cfaeebfb\n"
	  "Authorization: new secret\n" },
	{ "no secret", "slack", "", "", "evt_1", 1772702364, "{}",
	  "Content-Type: application/json\nwebhook-id: evt_1\nwebhook-timestamp: 1772702364\n" },
};

static void t_sign(void **state)
{
	const struct signing *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf lines = sbuf_make(HOOK_BODY_MAX_BYTES);
	struct hook_lines l;
	struct errinfo e = { 0 };
	const struct hook_secrets secrets = { str_c(row->now), str_c(row->before) };
	assert_int_equal(OK, hook_sign(&a, hook_format_find(str_c(row->format)), &secrets, str_c(row->id),
	                               row->seconds * NS_PER_SECOND + 999, str_c(row->body), &l, &e));
	for (size_t i = 0; i < l.count; i++)
		sbuf_printf(&lines, "%s\n", l.line[i]);
	assert_string_equal(lines.p, row->lines);
}

/* ---- the rest ---- */

struct pause { const char *name; uint64_t failures; uint32_t chance; int64_t seconds; };

static const struct pause pauses[] = {
	{ "first", 1, UINT32_MAX / 2, 5 },
	{ "second", 2, UINT32_MAX / 2, 15 },
	{ "fifth", 5, UINT32_MAX / 2, 405 },
	{ "eighth", 8, UINT32_MAX / 2, 10935 },
	{ "half a day at most", 10, UINT32_MAX / 2, 43200 },
	{ "however many", UINT64_MAX, UINT32_MAX / 2, 43200 },
	{ "a tenth less", 10, 0, 38880 },
	{ "a tenth more", 10, UINT32_MAX, 47520 },
	{ "a success is no failure", 0, UINT32_MAX / 2, 5 },
};

static void t_pause(void **state)
{
	const struct pause *row = *state;
	int64_t ns = hook_pause_ns(row->failures, row->chance);
	assert_int_equal((ns + NS_PER_SECOND / 2) / NS_PER_SECOND, row->seconds);
}

struct push { const char *name; bool push; };

static const struct push pushes[] = {
	{ "publish", true }, { "import", true }, { "overwrite", true }, { "undelete", true },
	{ "unyank", true }, { "promote", true }, { "release", true }, { "delete", false }, { "yank", false },
	{ "repo.create", false }, { "drift", false }, { "", false }, { "some.day", false },
};

static void t_push(void **state)
{
	const struct push *row = *state;
	assert_int_equal(hook_is_push(str_c(row->name)), row->push);
}

static void t_id(void **state)
{
	struct event ev = published;
	char id[HOOK_ID_BYTES];
	(void)state;
	for (unsigned i = 0; i < SHA256_BYTES; i++)
		ev.leaf.bytes[i] = (unsigned char)i;
	hook_event_id(&ev, id);
	assert_string_equal(id, "evt_000102030405060708090a0b0c0d0e0f");
	assert_null(hook_format_find(STR("discord")));
	assert_null(hook_format_find(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_id) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("body", t_body, bodies) + RUN_TABLE("sign", t_sign, signings) +
	       RUN_TABLE("pause", t_pause, pauses) + RUN_TABLE("push", t_push, pushes) +
	       cmocka_run_group_tests(tests, NULL, NULL);
}
