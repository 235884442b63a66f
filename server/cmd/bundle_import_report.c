/* What an import says: a table of what became of the versions, and each one that was not simply added or
 * kept; or the same as JSON.                                                                  */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/create.h"
#include "server/cmd/bundle_import.h"

#define ITEMS_LISTED_MAX 10000u
#define REPORT_MAX_BYTES (256u * MIB)

void import_report_init(struct import_report *r, bool json, bool dry_run)
{
	*r = (struct import_report){ .json = json, .dry_run = dry_run, .text = sbuf_make(REPORT_MAX_BYTES),
	                             .items = sbuf_make(REPORT_MAX_BYTES), .missing = sbuf_make(REPORT_MAX_BYTES) };
}

void import_report_done(struct import_report *r)
{
	sbuf_done(&r->text);
	sbuf_done(&r->items);
	sbuf_done(&r->missing);
}

static void put_head(struct sbuf *b, const char *file, const struct bundle_head *h)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "file", str_c(file));
	json_text(b, "repo", h->repo);
	json_number(b, "trip", h->own.event);
	json_number(b, "parent", h->parent.event);
	json_time(b, "as_of", h->at_ns);
}

void import_report_passed(struct import_report *r, const char *file, const struct bundle_head *h,
                          const char *why)
{
	if (!r->json) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		put_cell(&b, str_c(file));
		printf("%.*s: %s\n", STR_ARG(sbuf_str(&b)), why);
		return;
	}
	if (h) {
		put_head(&r->text, file, h);
	} else {
		json_next(&r->text);
		sbuf_putc(&r->text, '{');
		json_text(&r->text, "file", str_c(file));
	}
	json_text(&r->text, "passed", str_c(why));
	sbuf_putc(&r->text, '}');
}

void import_report_missing(struct import_report *r, const struct node *list)
{
	for (const struct node_item *i = list ? list->items : NULL; i; i = i->next) {
		struct str repo = node_text(node_get(i->value, "repo")), what = node_text(node_get(i->value, "what"));
		struct str why = node_text(node_get(i->value, "why"));
		if (r->json)
			bundle_missing_put(&r->missing, repo, what, why);
		else
			fprintf(stderr, "missing: %.*s: %.*s: %.*s\n", STR_ARG(repo), STR_ARG(what), STR_ARG(why));
	}
}

/* ---- versions ---- */

static struct str reason_of(const struct bundle_version *v, const struct bundle_verdict *verdict)
{
	return verdict->fate == FATE_REFUSED ? str_c(verdict->why.detail) : v->reason;
}

/* "left deleted" */
static void put_fate(struct sbuf *b, enum bundle_fate fate)
{
	for (const char *word = bundle_fate_word(fate); *word; word++)
		sbuf_putc(b, *word == '_' ? ' ' : *word);
}

static void put_row(struct sbuf *b, const struct bundle_version *v, const struct bundle_verdict *verdict)
{
	const struct str cells[] = { v->repo, v->chart, v->version, reason_of(v, verdict) };
	put_fate(b, verdict->fate);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		sbuf_putc(b, '\t');
		put_cell(b, cells[i]);
	}
	sbuf_putc(b, '\n');
}

void import_report_item(void *ctx, const struct bundle_version *v, const struct bundle_verdict *verdict)
{
	struct import_report *r = ctx;
	char digest[SHA256_HEX_BYTES + 1];
	bool quiet = verdict->fate == FATE_KEPT || (!r->json && verdict->fate == FATE_ADDED);
	if (quiet || r->listed++ >= ITEMS_LISTED_MAX)
		return;
	if (!r->json) {
		put_row(&r->items, v, verdict);
		return;
	}
	sha256_hex(&v->digest, digest);
	json_next(&r->items);
	sbuf_putc(&r->items, '{');
	json_text(&r->items, "fate", str_c(bundle_fate_word(verdict->fate)));
	json_text(&r->items, "repo", v->repo);
	json_text(&r->items, "chart", v->chart);
	json_text(&r->items, "version", v->version);
	json_text(&r->items, "digest", str_c(digest));
	if (reason_of(v, verdict).n)
		json_text(&r->items, "reason", reason_of(v, verdict));
	sbuf_putc(&r->items, '}');
}

/* ---- a bundle ---- */

static void put_signers(struct sbuf *b, const struct bundle_staged *s, bool json)
{
	size_t count;
	const struct bundle_key *keys = bundle_staged_signers(s, &count);
	for (size_t i = 0; i < count; i++) {
		if (json) {
			json_next(b);
			sbuf_json(b, keys[i].key.name);
		} else {
			sbuf_puts(b, i ? ", " : "");
			put_cell(b, keys[i].key.name);
		}
	}
}

static void print_text(struct import_report *r, const char *file, const struct bundle_staged *s,
                       const struct bundle_report *of)
{
	const struct bundle_head *h = bundle_staged_head(s);
	char at[RFC3339_MAX_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	bool first = true;
	put_cell(&b, str_c(file));
	sbuf_printf(&b, ": trip %llu of %.*s, as of %.*s, signed by ", (unsigned long long)h->own.event,
	            STR_ARG(h->repo), (int)clock_format_seconds(h->at_ns, at), at);
	put_signers(&b, s, false);
	sbuf_puts(&b, of->fates[FATE_REFUSED] ? "\nnothing was taken: " : r->dry_run ? "\nit would be: " : "\n");
	for (int i = 0; i < FATE_COUNT; i++) {
		if (!of->fates[i] && i != FATE_ADDED && i != FATE_KEPT)
			continue;
		sbuf_printf(&b, "%s%llu ", first ? "" : ", ", (unsigned long long)of->fates[i]);
		put_fate(&b, (enum bundle_fate)i);
		first = false;
	}
	printf("%.*s\n", STR_ARG(sbuf_str(&b)));
	if (sbuf_ok(&r->items))
		print_table(sbuf_str(&r->items));
	if (r->listed > ITEMS_LISTED_MAX)
		printf("and %llu more\n", (unsigned long long)(r->listed - ITEMS_LISTED_MAX));
}

static void put_json(struct import_report *r, const char *file, const struct bundle_staged *s,
                     const struct bundle_report *of)
{
	struct sbuf *b = &r->text;
	put_head(b, file, bundle_staged_head(s));
	json_key(b, "signed_by");
	sbuf_putc(b, '[');
	put_signers(b, s, true);
	sbuf_putc(b, ']');
	json_bool(b, "dry_run", r->dry_run);
	json_bool(b, "taken_in", !r->dry_run && !of->fates[FATE_REFUSED]);
	for (int i = 0; i < FATE_COUNT; i++)
		json_number(b, bundle_fate_word((enum bundle_fate)i), of->fates[i]);
	json_key(b, "versions");
	sbuf_putc(b, '[');
	sbuf_put(b, sbuf_str(&r->items));
	sbuf_puts(b, "]}");
}

void import_report_bundle(struct import_report *r, const char *file, const struct bundle_staged *s,
                          const struct bundle_report *of)
{
	if (r->json)
		put_json(r, file, s, of);
	else
		print_text(r, file, s, of);
	sbuf_reset(&r->items);
	r->listed = 0;
}

enum err import_report_end(struct import_report *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPORT_MAX_BYTES);
	if (!r->json)
		return OK;
	sbuf_puts(&b, "{\"bundles\":[");
	sbuf_put(&b, sbuf_str(&r->text));
	if (r->tells_missing) {
		sbuf_puts(&b, "],\"missing\":[");
		sbuf_put(&b, sbuf_str(&r->missing));
	}
	sbuf_puts(&b, "]}\n");
	return sbuf_ok(&r->text) && sbuf_ok(&r->items) && sbuf_ok(&r->missing) ? print_output(&b, e) : ERR(e, NOMEM, "report");
}
