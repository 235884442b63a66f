/* What was found, for people: of one chart all of it, of several a table and what is most frequent. */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/ready.h"

#define OUTPUT_MAX_BYTES (256u * MIB)

static void put_count(struct sbuf *b, const char *before, uint64_t n, const char *one, const char *many)
{
	sbuf_printf(b, "%s%llu %s", before, (unsigned long long)n, n == 1 ? one : many);
}

static enum colour colour_of(struct str severity)
{
	if (str_eq(severity, STR("error")))
		return COLOUR_BAD;
	return str_eq(severity, STR("warning")) ? COLOUR_WARN : COLOUR_FAINT;
}

/* ---- one chart ---- */

static void put_finding(struct sbuf *b, const struct node *f)
{
	struct str severity = field_text(f, "severity"), subchart = field_text(f, "subchart");
	struct str why = field_text(f, "why");
	sbuf_puts(b, "  ");
	put_coloured(b, colour_of(severity), severity);
	sbuf_puts(b, ": ");
	put_cell(b, field_text(f, "title"));
	sbuf_puts(b, "\n      ");
	put_cell(b, field_text(f, "what"));
	if (why.n) {
		sbuf_puts(b, "\n      ");
		put_cell(b, why);
	}
	sbuf_puts(b, "\n      in ");
	put_cell(b, subchart);
	sbuf_puts(b, subchart.n ? ": " : "");
	put_cell(b, field_text(f, "where"));
	sbuf_puts(b, "\n      ");
	put_coloured(b, COLOUR_FAINT, field_text(f, "advice"));
	sbuf_puts(b, "\n");
}

static void put_chart(struct sbuf *b, const struct node *chart)
{
	uint64_t errors = field_number(chart, "errors"), warnings = field_number(chart, "warnings");
	sbuf_puts(b, colour(COLOUR_BOLD));
	put_chart_name(b, chart);
	sbuf_putc(b, ' ');
	put_cell(b, field_text(chart, "version"));
	sbuf_puts(b, colour(COLOUR_NONE));
	if (field_text(chart, "unread").n) {
		sbuf_puts(b, " is not looked at: ");
		put_cell(b, field_text(chart, "unread"));
	} else if (!errors) {
		sbuf_puts(b, " works without a network");
	} else {
		put_count(b, " does not work without a network: ", errors, "error", "errors");
	}
	if (warnings)
		put_count(b, ", ", warnings, "warning", "warnings");
	sbuf_putc(b, '\n');
	for (const struct node_item *i = field_items(chart, "findings"); i; i = i->next)
		put_finding(b, i->value);
	if (field_is_true(chart, "cut"))
		sbuf_puts(b, "  There is more than is looked at.\n");
}

/* ---- several ---- */

static void put_row(struct sbuf *b, const struct node *chart)
{
	static const char *const counts[] = { "errors", "warnings", "infos" };
	struct str unread = field_text(chart, "unread");
	bool ready = field_is_true(chart, "ready");
	put_chart_name(b, chart);
	sbuf_putc(b, '\t');
	put_cell(b, field_text(chart, "version"));
	sbuf_putc(b, '\t');
	if (unread.n)
		put_coloured(b, COLOUR_FAINT, STR("not here"));
	else
		put_coloured(b, ready ? COLOUR_GOOD : COLOUR_BAD, ready ? STR("yes") : STR("no"));
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		sbuf_putc(b, '\t');
		sbuf_u64(b, field_number(chart, counts[i]));
	}
	sbuf_putc(b, '\n');
}

struct tally { size_t charts[READY_CODES], findings[READY_CODES], found, ready, all; };

static void count_chart(struct tally *t, const struct node *chart)
{
	bool seen[READY_CODES] = { false };
	t->all++;
	t->ready += field_is_true(chart, "ready");
	for (const struct node_item *i = field_items(chart, "findings"); i; i = i->next)
		for (size_t k = 0; k < READY_CODES; k++) {
			if (!str_eq_c(field_text(i->value, "code"), readiness_rule((enum readiness_code)k)->word))
				continue;
			t->findings[k]++;
			t->found++;
			t->charts[k] += !seen[k];
			seen[k] = true;
		}
}

static void put_tally(struct sbuf *b, const struct tally *t)
{
	sbuf_puts(b, "SEVERITY\tWHAT\tCHARTS\tTIMES\n");
	for (size_t k = 0; k < READY_CODES; k++) {
		const struct readiness_rule *rule = readiness_rule((enum readiness_code)k);
		if (!t->findings[k])
			continue;
		struct str severity = str_c(readiness_severity_word(rule->severity));
		put_coloured(b, colour_of(severity), severity);
		sbuf_printf(b, "\t%s\t%zu\t%zu\n", rule->word, t->charts[k], t->findings[k]);
	}
}

static enum err print_many(const struct ready *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf rows = sbuf_make(OUTPUT_MAX_BYTES), kinds = sbuf_make(MIB);
	struct tally t = { 0 };
	sbuf_puts(&rows, "CHART\tVERSION\tREADY\tERRORS\tWARNINGS\tNOTES\n");
	for (const struct node_item *i = x->charts->items; i; i = i->next) {
		put_row(&rows, i->value);
		count_chart(&t, i->value);
	}
	put_tally(&kinds, &t);
	if (!sbuf_ok(&rows) || !sbuf_ok(&kinds))
		return ERR(e, TOO_LARGE, "that are too many charts for a table: use --json");
	print_table(sbuf_str(&rows));
	printf("\n%zu of %zu charts work without a network%s\n", t.ready, t.all,
	       t.found ? "; --why tells what each finding is\n" : "");
	if (t.found)
		print_table(sbuf_str(&kinds));
	return OK;
}

enum err ready_print(const struct ready *x, bool why, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	if (x->json) {
		sbuf_put(&b, sbuf_str(&x->list));
		sbuf_putc(&b, '\n');
		return print_output(&b, e);
	}
	if (x->charts->count != 1 && !why)
		return print_many(x, e);
	for (const struct node_item *i = x->charts->items; i; i = i->next)
		put_chart(&b, i->value);
	return print_output(&b, e);
}
