/* A judgement as JSON: what the API answers, and what the command prints. */
#include "indexer/base/json.h"
#include "indexer/document/readiness.h"

static void put_known(struct sbuf *b, const char *key, struct str value)
{
	if (value.n)
		json_text(b, key, value);
}

static void put_finding(struct sbuf *b, const struct readiness_finding *f)
{
	const struct readiness_rule *rule = readiness_rule(f->code);
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "severity", str_c(readiness_severity_word(rule->severity)));
	json_text(b, "code", str_c(rule->word));
	json_text(b, "title", str_c(rule->title));
	json_text(b, "what", f->what);
	json_text(b, "where", f->where);
	put_known(b, "subchart", f->subchart);
	put_known(b, "host", f->host);
	put_known(b, "tool", f->tool);
	put_known(b, "why", f->why);
	json_text(b, "advice", str_c(rule->advice));
	sbuf_putc(b, '}');
}

static void put_outside(struct sbuf *b, const struct readiness_finding *f)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "kind", str_c(outside_kind_word(readiness_rule(f->code)->kind)));
	put_known(b, "host", f->host);
	put_known(b, "tool", f->tool);
	json_text(b, "what", f->what);
	json_text(b, "where", f->where);
	put_known(b, "subchart", f->subchart);
	sbuf_putc(b, '}');
}

void readiness_json(struct sbuf *b, const struct readiness *r)
{
	json_bool(b, "ready", !r->counts[READY_ERROR]);
	json_number(b, "errors", r->counts[READY_ERROR]);
	json_number(b, "warnings", r->counts[READY_WARNING]);
	json_number(b, "infos", r->counts[READY_INFO]);
	json_key(b, "findings");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->count; i++)
		put_finding(b, &r->findings[i]);
	sbuf_putc(b, ']');
	json_key(b, "outside");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->outside_count; i++)
		put_outside(b, &r->outside[i]);
	sbuf_putc(b, ']');
	json_bool(b, "cut", r->cut);
}
