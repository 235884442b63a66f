/* What webhooks send of an event whose words are strangers': a JSON text, or nothing because it is too
 * long. The lines: repository, chart, version, actor, kind, address of this server, secret, headers; the
 * rest is the reason; the length of it all says the format. What a webhook may be set to is what makes
 * proper headers.                                                                             */
#include "fuzz.h"

#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/hook/impl.h"

static bool may_have(struct arena *a, const struct hook_format *f, struct str secret, struct str headers)
{
	static const struct hooks hooks = { .options.public_url = "https://x.example.org" };
	struct hook_row row = { .url = STR("https://y.example.org/hook"), .format = str_c(f->name),
	                        .repos = STR("*"), .charts = STR("*"), .kinds = STR("*"), .secret = secret,
	                        .headers = headers };
	enum err err = hook_check(&hooks, a, &row, NULL);
	REQUIRE(err == OK || err == ERR_INVALID);
	return err == OK;
}

static void try_format(struct arena *a, const struct hook_format *f, const struct hook_message *m,
                       struct str secret, struct str headers)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HOOK_BODY_MAX_BYTES);
	const struct hook_secrets secrets = { .now = secret };
	const struct node *read = NULL;
	struct hook_lines lines = { .count = 0 };
	f->body(&b, m);
	if (!sbuf_ok(&b))
		return;
	REQUIRE(json_read(a, sbuf_str(&b), "body", &read, NULL) == OK);
	enum err err = hook_sign(a, f, &secrets, m->id, m->event->at_ns, sbuf_str(&b), &lines, NULL);
	REQUIRE(err != ERR_NOMEM && lines.count <= HOOK_LINES_MAX);
	if (err || !may_have(a, f, secret, headers))
		return;
	for (size_t i = 0; i < lines.count; i++)
		REQUIRE(!strpbrk(lines.line[i], "\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf detail = sbuf_make(2 * MIB);
	struct str data = str_make(bytes, n);
	if (n && memchr(bytes, '\0', n))
		return 0;                        /* no event has it, and the reader of JSON refuses it */
	struct event ev = { .seq = n, .at_ns = (int64_t)n, .digest = STR("00ff") };
	ev.repo = str_cut(&data, '\n', NULL);
	ev.chart = str_cut(&data, '\n', NULL);
	ev.version = str_cut(&data, '\n', NULL);
	ev.actor = str_cut(&data, '\n', NULL);
	ev.kind = str_cut(&data, '\n', NULL);
	struct hook_message m = { .id = STR("evt_1"), .event = &ev };
	m.public_url = str_cut(&data, '\n', NULL);
	struct str secret = str_cut(&data, '\n', NULL), headers = str_cut(&data, '\n', NULL);
	sbuf_putc(&detail, '{');
	json_text(&detail, "reason", data);
	sbuf_putc(&detail, '}');
	ev.detail = sbuf_str(&detail);
	if (sbuf_ok(&detail))
		try_format(&a, &hook_formats[n % HOOK_FORMAT_COUNT], &m, secret, headers);
	return 0;
}
