/* The bodies, one function each. */
#include "indexer/hook/message.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/store/event_kind.h"

#define REASON_SHOWN_BYTES 300u

void hook_event_id(const struct event *ev, char ret[HOOK_ID_BYTES])
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(&ev->leaf, hex);
	(void)snprintf(ret, HOOK_ID_BYTES, "evt_%.32s", hex);
}

/* ---- what happened, in words ---- */

bool hook_is_push(struct str kind)
{
	const struct event_kind *k = event_kind_find(kind);
	return k && k->push;
}

static void put_reason(struct sbuf *b, struct str detail)
{
	AUTO_ARENA struct arena a = { .limit = HOOK_BODY_MAX_BYTES };
	const struct node *object = NULL;
	struct errinfo ignored = { 0 };
	enum err err = json_read(&a, detail, "detail", &object, &ignored);
	b->failed |= err == ERR_NOMEM;
	if (err)
		return;
	struct str reason = str_fit(node_text(node_get(object, "reason")), REASON_SHOWN_BYTES);
	sbuf_puts(b, reason.n ? ": " : "");
	sbuf_put(b, reason);
}

/* "stable/redis 1.0.0 was deleted: leaked a token" */
static void put_sentence(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	const struct event_kind *k = event_kind_find(ev->kind);
	if (str_eq(ev->kind, STR(HOOK_PING))) {
		sbuf_puts(b, "This is a test: Chartlocker reaches this address.");
		return;
	}
	sbuf_puts(b, ev->chart.n ? "" : "Repository ");
	sbuf_put(b, ev->repo);
	sbuf_puts(b, ev->chart.n ? "/" : "");
	sbuf_put(b, ev->chart);
	sbuf_puts(b, ev->version.n ? " " : "");
	sbuf_put(b, ev->version);
	sbuf_putc(b, ' ');
	sbuf_put(b, k ? str_c(k->sentence) : ev->kind);
	put_reason(b, ev->detail);
}

/* ---- addresses ---- */

/* A repository of two segments is written "a~b", where it is one segment of an address. */
static void put_segment(struct sbuf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		             (c && strchr("-._~", c));
		if (c == '/')
			sbuf_putc(b, '~');
		else if (plain)
			sbuf_putc(b, (char)c);
		else
			sbuf_printf(b, "%%%02X", c);
	}
}

bool hook_is_of_view(struct str kind)
{
	const struct event_kind *k = event_kind_find(kind);
	return k && k->of_view;
}

/* The page of what the event is about; a view has none of its charts. Nothing where nobody said what this
 * server is called.                                                                          */
static void put_link(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	if (!m->public_url.n || !ev->repo.n)
		return;
	bool chart = ev->chart.n && !hook_is_of_view(ev->kind);
	sbuf_put(b, m->public_url);
	sbuf_puts(b, chart ? "/packages/" : "/repos/");
	if (!chart) {
		sbuf_put(b, ev->repo);
		return;
	}
	put_segment(b, ev->repo);
	sbuf_putc(b, '/');
	put_segment(b, ev->chart);
	sbuf_puts(b, ev->version.n ? "/" : "");
	put_segment(b, ev->version);
}

/* ---- for machines ---- */

static void put_text(struct sbuf *b, const char *key, struct str value)
{
	if (value.n)
		json_text(b, key, value);
}

static void put_event(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	AUTO_SBUF struct sbuf link = sbuf_make(HOOK_BODY_MAX_BYTES);
	put_link(&link, m);
	if (ev->seq)
		json_number(b, "event", ev->seq);
	json_text(b, "kind", ev->kind);
	put_text(b, "repo", ev->repo);
	put_text(b, "chart", ev->chart);
	put_text(b, "version", ev->version);
	put_text(b, "digest", ev->digest);
	put_text(b, "actor", ev->actor);
	put_text(b, "url", sbuf_str(&link));
	b->failed |= !sbuf_ok(&link);
	json_key(b, "detail");
	sbuf_put(b, ev->detail);
}

static void plain_body(struct sbuf *b, const struct hook_message *m)
{
	sbuf_putc(b, '{');
	json_text(b, "id", m->id);
	json_time(b, "at", m->event->at_ns);
	put_event(b, m);
	sbuf_putc(b, '}');
}

static void put_subject(struct sbuf *b, const struct event *ev)
{
	AUTO_SBUF struct sbuf subject = sbuf_make(HOOK_BODY_MAX_BYTES);
	sbuf_put(&subject, ev->repo);
	sbuf_puts(&subject, ev->chart.n ? "/" : "");
	sbuf_put(&subject, ev->chart);
	sbuf_puts(&subject, ev->version.n ? "@" : "");
	sbuf_put(&subject, ev->version);
	put_text(b, "subject", sbuf_str(&subject));
	b->failed |= !sbuf_ok(&subject);
}

static void cloudevents_body(struct sbuf *b, const struct hook_message *m)
{
	AUTO_SBUF struct sbuf type = sbuf_make(HOOK_BODY_MAX_BYTES);
	sbuf_puts(&type, "io.chartlocker.");
	sbuf_put(&type, m->event->kind);
	b->failed |= !sbuf_ok(&type);
	sbuf_puts(b, "{\"specversion\":\"1.0\"");
	json_text(b, "id", m->id);
	json_text(b, "source", m->public_url.n ? m->public_url : STR("urn:chartlocker"));
	json_text(b, "type", sbuf_str(&type));
	put_subject(b, m->event);
	json_time(b, "time", m->event->at_ns);
	sbuf_puts(b, ",\"datacontenttype\":\"application/json\",\"data\":{");
	put_event(b, m);
	sbuf_puts(b, "}}");
}

static void flux_body(struct sbuf *b, const struct hook_message *m)
{
	sbuf_putc(b, '{');
	put_text(b, "repository", m->event->repo);
	put_text(b, "chart", m->event->chart);
	put_text(b, "version", m->event->version);
	sbuf_putc(b, '}');
}

/* "charts.example.org/stable/redis:1.0.0"; a tag has '_' where a version has '+'. */
static void put_resource(struct sbuf *b, const struct hook_message *m, struct str tag)
{
	struct str rest = m->public_url, full = { 0 };
	AUTO_SBUF struct sbuf url = sbuf_make(HOOK_BODY_MAX_BYTES);
	(void)str_cut(&rest, '/', NULL);
	full = str_from(rest, 1);
	sbuf_printf(&url, "%.*s/%.*s/%.*s:%.*s", STR_ARG(full), STR_ARG(m->event->repo),
	            STR_ARG(m->event->chart), STR_ARG(tag));
	json_text(b, "resource_url", sbuf_str(&url));
	b->failed |= !sbuf_ok(&url);
}

static void put_resources(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	AUTO_SBUF struct sbuf digest = sbuf_make(HOOK_BODY_MAX_BYTES), tag = sbuf_make(HOOK_BODY_MAX_BYTES);
	sbuf_puts(&digest, "sha256:");
	sbuf_put(&digest, ev->digest);
	for (size_t i = 0; i < ev->version.n; i++)
		sbuf_putc(&tag, ev->version.p[i] == '+' ? '_' : ev->version.p[i]);
	b->failed |= !sbuf_ok(&digest) || !sbuf_ok(&tag);
	json_key(b, "resources");
	sbuf_puts(b, "[{");
	if (ev->digest.n)
		json_text(b, "digest", sbuf_str(&digest));
	json_text(b, "tag", sbuf_str(&tag));
	put_resource(b, m, sbuf_str(&tag));
	sbuf_puts(b, "}]");
}

static void put_harbor_repository(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	AUTO_SBUF struct sbuf full = sbuf_make(HOOK_BODY_MAX_BYTES);
	sbuf_printf(&full, "%.*s/%.*s", STR_ARG(ev->repo), STR_ARG(ev->chart));
	json_key(b, "repository");
	sbuf_putc(b, '{');
	json_text(b, "name", ev->chart);
	json_text(b, "namespace", ev->repo);
	json_text(b, "repo_full_name", sbuf_str(&full));
	json_text(b, "repo_type", m->is_private ? STR("private") : STR("public"));
	sbuf_putc(b, '}');
	b->failed |= !sbuf_ok(&full);
}

/* A receiver takes what is no PUSH_ARTIFACT and does nothing, which is what a test wants. */
static void harbor_body(struct sbuf *b, const struct hook_message *m)
{
	const struct event *ev = m->event;
	sbuf_putc(b, '{');
	json_text(b, "type", ev->chart.n ? STR("PUSH_ARTIFACT") : STR("PING"));
	json_number(b, "occur_at", (uint64_t)(ev->at_ns / NS_PER_SECOND));
	json_text(b, "operator", ev->actor);
	if (ev->chart.n) {
		json_key(b, "event_data");
		sbuf_putc(b, '{');
		put_resources(b, m);
		put_harbor_repository(b, m);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, '}');
}

/* ---- for people ---- */

/* Slack reads & < > as its own. */
static void put_for_slack(struct sbuf *b, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.p[i]) {
		case '&': sbuf_puts(b, "&amp;"); break;
		case '<': sbuf_puts(b, "&lt;"); break;
		case '>': sbuf_puts(b, "&gt;"); break;
		default: sbuf_putc(b, text.p[i]);
		}
}

static void slack_body(struct sbuf *b, const struct hook_message *m)
{
	AUTO_SBUF struct sbuf sentence = sbuf_make(HOOK_BODY_MAX_BYTES), link = sbuf_make(HOOK_BODY_MAX_BYTES),
	                      text = sbuf_make(HOOK_BODY_MAX_BYTES);
	put_sentence(&sentence, m);
	put_link(&link, m);
	put_for_slack(&text, sbuf_str(&sentence));
	if (link.n)
		sbuf_printf(&text, "\n<%.*s|Open>", STR_ARG(sbuf_str(&link)));
	sbuf_putc(b, '{');
	json_text(b, "text", sbuf_str(&text));
	sbuf_putc(b, '}');
	b->failed |= !sbuf_ok(&sentence) || !sbuf_ok(&link) || !sbuf_ok(&text);
}

/* A RichTextBlock, because a TextBlock takes what is in it for Markdown. */
static void teams_body(struct sbuf *b, const struct hook_message *m)
{
	AUTO_SBUF struct sbuf text = sbuf_make(HOOK_BODY_MAX_BYTES), link = sbuf_make(HOOK_BODY_MAX_BYTES);
	put_sentence(&text, m);
	put_link(&link, m);
	sbuf_puts(b, "{\"type\":\"message\",\"attachments\":[{"
	          "\"contentType\":\"application/vnd.microsoft.card.adaptive\",\"content\":{"
	          "\"$schema\":\"http://adaptivecards.io/schemas/adaptive-card.json\","
	          "\"type\":\"AdaptiveCard\",\"version\":\"1.4\",\"body\":[{\"type\":\"RichTextBlock\","
	          "\"inlines\":[{\"type\":\"TextRun\"");
	json_text(b, "text", sbuf_str(&text));
	sbuf_puts(b, "}]}]");
	if (link.n) {
		sbuf_puts(b, ",\"actions\":[{\"type\":\"Action.OpenUrl\",\"title\":\"Open\"");
		json_text(b, "url", sbuf_str(&link));
		sbuf_puts(b, "}]");
	}
	sbuf_puts(b, "}}]}");
	b->failed |= !sbuf_ok(&text) || !sbuf_ok(&link);
}

/* ---- the table ---- */

const struct hook_format hook_formats[HOOK_FORMAT_COUNT] = {
#define X(make, word, type, how, pushes, place, hidden) \
	{ word, type, make##_body, how, pushes, place, hidden },
#include "indexer/hook/format.def"
#undef X
};

const char hook_format_words[] =
#define X(make, word, ...) " " word
#include "indexer/hook/format.def"
#undef X
;

const struct hook_format *hook_format_find(struct str name)
{
	for (size_t i = 0; i < HOOK_FORMAT_COUNT; i++)
		if (str_eq_c(name, hook_formats[i].name))
			return &hook_formats[i];
	return NULL;
}
