/* Upstreams as tables. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/cmd/ask.h"
#include "server/cmd/upstream.h"
#include "server/web/say.h"

#define TABLE_MAX_BYTES (16u * MIB)
#define LONG_AGO_SECONDS (2 * 86400)

/* ---- cells ---- */

/* "5 s", "12 min", "3 h", "4 d": how far off a time is, or "-". */
static void put_distance(struct sbuf *b, struct str time)
{
	int64_t at;
	if (!clock_parse(time, &at)) {
		sbuf_putc(b, '-');
		return;
	}
	int64_t off = (clock_wall() - at) / NS_PER_SECOND;
	const char *ago = off >= 0 ? " ago" : "";
	off = off < 0 ? -off : off;
	long long n = off;
	sbuf_puts(b, *ago ? "" : "in ");
	if (off < 60)
		sbuf_printf(b, "%lld s%s", n, ago);
	else if (off < 3600)
		sbuf_printf(b, "%lld min%s", n / 60, ago);
	else if (off < LONG_AGO_SECONDS)
		sbuf_printf(b, "%lld h%s", n / 3600, ago);
	else
		sbuf_printf(b, "%lld d%s", n / 86400, ago);
}

static enum colour colour_of(struct str state)
{
	if (str_eq(state, STR("failing")) || str_eq(state, STR("held")))
		return COLOUR_BAD;
	return str_eq(state, STR("paused")) || str_eq(state, STR("frozen")) ||
	       str_eq(state, STR("never asked")) ? COLOUR_WARN : COLOUR_GOOD;
}

/* "redis 17.0.1" where each is a cell. */
static void put_version(struct sbuf *b, const struct node *v)
{
	put_cell(b, field_text(v, "chart"));
	sbuf_putc(b, '\t');
	put_cell(b, field_text(v, "version"));
	sbuf_putc(b, '\t');
}

static void put_since(struct sbuf *b, const struct node *v)
{
	sbuf_printf(b, "%s\t", field_is_true(v, "held") ? "yes" : "no");
	put_distance(b, field_text(v, "since"));
	sbuf_putc(b, '\n');
}

static void print_more(const struct node *root, const char *list)
{
	const struct node *listed = node_get(root, list);
	if (field_is_true(root, "more"))
		fprintf(stderr, "these are the first %llu of %llu\n", (unsigned long long)(listed ? listed->count : 0),
		        (unsigned long long)field_number(root, "total"));
}

/* ---- all of them, one of them ---- */

static void put_upstream_row(struct sbuf *b, const struct node *u)
{
	struct str state = field_text(u, "state");
	put_cell(b, field_text(u, "name"));
	sbuf_putc(b, '\t');
	put_coloured(b, colour_of(state), state);
	sbuf_putc(b, '\t');
	put_cell(b, field_text(u, "mode"));
	sbuf_printf(b, "\t%.*s\t%.*s\t", STR_ARG(field_text(u, "charts")), STR_ARG(field_text(u, "versions")));
	put_distance(b, field_text(u, "checked_at"));
	sbuf_putc(b, '\t');
	put_distance(b, field_text(u, "changed_at"));
	sbuf_putc(b, '\t');
	put_cell(b, field_text(u, "url"));
	sbuf_putc(b, '\n');
}

void upstream_print_list(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "NAME\tSTATE\tMODE\tCHARTS\tVERSIONS\tASKED\tCHANGED\tURL\n");
	for (const struct node_item *i = root->items; i; i = i->next)
		put_upstream_row(&b, i->value);
	print_table(sbuf_str(&b));
	for (const struct node_item *i = root->items; i; i = i->next)
		if (colour_of(field_text(i->value, "state")) == COLOUR_BAD)
			fprintf(stderr, "%.*s: %.*s\n", STR_ARG(field_text(i->value, "name")),
			        STR_ARG(field_text(i->value, "reason")));
}

/* How it is; then the settings that are not usual are for `repo show`. */
static const struct { const char *key, *shown; bool is_time, always; } facts[] = {
	{ "url", "url", false, true }, { "mode", "mode", false, true },
	{ "reason", "reason", false, false }, { "failing_since", "failing since", true, false },
	{ "failures", "failures in a row", false, false }, { "checked_at", "asked", true, true },
	{ "changed_at", "changed", true, false }, { "frozen_since", "frozen since", true, false },
	{ "next", "asked again", true, false },
	{ "software", "software", false, false }, { "charts", "charts", false, true },
	{ "versions", "versions", false, true }, { "in_index", "versions in its index", false, true },
	{ "skipped", "entries skipped", false, true }, { "held", "archives here", false, true },
	{ "drifted", "drifted", false, false }, { "gone", "gone there", false, false },
	{ "unpinned", "without a digest yet", false, false },
	{ "behind", "archives to come", false, false }, { "oldest_behind", "the oldest seen", true, false },
};

static void put_moment(struct sbuf *b, struct str time)
{
	put_time_cell(b, time);
	sbuf_puts(b, " (");
	put_distance(b, time);
	sbuf_putc(b, ')');
}

static bool is_nothing(struct str value) { return !value.n || str_eq(value, STR("0")); }

static void put_fact(struct sbuf *b, const struct node *root, size_t i)
{
	struct str value = field_text(root, facts[i].key);
	if (!facts[i].always && is_nothing(value))
		return;
	sbuf_printf(b, "%s\t", facts[i].shown);
	if (facts[i].is_time && value.n)
		put_moment(b, value);
	else
		put_cell(b, value.n ? value : STR("-"));
	sbuf_putc(b, '\n');
}

void upstream_print_one(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	struct str state = field_text(root, "state"), phase = field_text(root, "phase");
	(void)x;
	sbuf_puts(&b, "name\t");
	put_cell(&b, field_text(root, "name"));
	sbuf_puts(&b, "\nstate\t");
	put_coloured(&b, colour_of(state), state);
	sbuf_putc(&b, '\n');
	if (phase.n && !str_eq(phase, STR("idle"))) {
		sbuf_puts(&b, "now\t");
		put_cell(&b, phase);
		sbuf_putc(&b, '\n');
	}
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		put_fact(&b, root, i);
	print_table(sbuf_str(&b));
}

void upstream_print_state(const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	struct str skipped = field_text(root, "skipped"), reason = field_text(root, "reason");
	put_cell(&b, field_text(root, "name"));
	sbuf_puts(&b, ": ");
	if (reason.n) {                      /* all is well without one */
		put_cell(&b, field_text(root, "state"));
		sbuf_puts(&b, ": ");
		put_cell(&b, reason);
		sbuf_puts(&b, "; ");
	}
	uint64_t charts = field_number(root, "charts"), versions = field_number(root, "versions");
	printf("%.*s%llu %s, %llu %s", STR_ARG(sbuf_str(&b)), (unsigned long long)charts,
	       say_plural(charts, "chart", "charts"), (unsigned long long)versions,
	       say_plural(versions, "version", "versions"));
	if (!is_nothing(skipped))
		printf(", %.*s skipped (chartlocker upstream skipped %.*s)", STR_ARG(skipped),
		       STR_ARG(field_text(root, "name")));
	putchar('\n');
}

/* ---- lists of one ---- */

void upstream_print_skipped(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "KIND\tCHART\tVERSION\tLINE\tWHY\n");
	for (const struct node_item *i = field_items(root, "skipped"); i; i = i->next) {
		put_cell(&b, field_text(i->value, "kind"));
		sbuf_putc(&b, '\t');
		struct str line = field_text(i->value, "line");
		put_version(&b, i->value);
		sbuf_printf(&b, "%.*s\t", STR_ARG(is_nothing(line) ? STR("-") : line));
		put_cell(&b, field_text(i->value, "why"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

void upstream_print_runs(const struct verb_run *x, const struct node *root)
{
	static const char *const numbers[] = { "added", "changed", "gone", "skipped", "bytes", "took_ms" };
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "WHEN\tSTATE\tADDED\tCHANGED\tGONE\tSKIPPED\tBYTES\tMS\tREASON\n");
	for (const struct node_item *i = field_items(root, "runs"); i; i = i->next) {
		struct str state = field_text(i->value, "state");
		put_distance(&b, field_text(i->value, "at"));
		sbuf_putc(&b, '\t');
		put_coloured(&b, colour_of(state), state);
		for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
			sbuf_printf(&b, "\t%.*s", STR_ARG(field_text(i->value, numbers[n])));
		sbuf_putc(&b, '\t');
		put_cell(&b, field_text(i->value, "reason"));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
}

void upstream_print_drift(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "CHART\tVERSION\tDIGEST HERE\tDIGEST THERE\tKEPT\tSINCE\n");
	for (const struct node_item *i = field_items(root, "drift"); i; i = i->next) {
		put_version(&b, i->value);
		sbuf_printf(&b, "%.*s\t%.*s\t", STR_ARG(field_text(i->value, "digest")),
		            STR_ARG(field_text(i->value, "upstream_digest")));
		put_since(&b, i->value);
	}
	print_table(sbuf_str(&b));
	print_more(root, "drift");
}

void upstream_print_gone(const struct verb_run *x, const struct node *root)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	(void)x;
	sbuf_puts(&b, "CHART\tVERSION\tKEPT\tSINCE\n");
	for (const struct node_item *i = field_items(root, "gone"); i; i = i->next) {
		put_version(&b, i->value);
		put_since(&b, i->value);
	}
	print_table(sbuf_str(&b));
	print_more(root, "gone");
}

void upstream_print_rules(const struct node *root, bool sized)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TABLE_MAX_BYTES);
	struct str unknown = field_text(root, "sizes_unknown");
	sbuf_printf(&b, "RULE\tVERSIONS%s\n", sized ? "\tBYTES\tSIZE UNKNOWN" : "");
	for (const struct node_item *i = field_items(root, "rules"); i; i = i->next) {
		put_cell(&b, field_text(i->value, "rule"));
		sbuf_printf(&b, "\t%.*s", STR_ARG(field_text(i->value, "versions")));
		if (sized)
			sbuf_printf(&b, "\t%.*s\t%.*s", STR_ARG(field_text(i->value, "bytes")),
			            STR_ARG(field_text(i->value, "sizes_unknown")));
		sbuf_putc(&b, '\n');
	}
	print_table(sbuf_str(&b));
	if (!is_nothing(unknown))
		printf("nobody says how large %.*s of the versions are that are taken\n", STR_ARG(unknown));
}

/* ---- what was done ---- */

void upstream_print_accepted(const struct verb_run *x, const struct node *root)
{
	printf("%s: %.*s %.*s has the digest %.*s from now on\n", x->args[0],
	       STR_ARG(field_text(root, "chart")), STR_ARG(field_text(root, "version")),
	       STR_ARG(field_text(root, "digest")));
}

void upstream_print_hook(const struct verb_run *x, const struct node *root)
{
	(void)x;
	printf("address\t%.*s  (below the address of this server)\nsecret\t%.*s  (told this once; the one "
	       "before means nothing any more)\n", STR_ARG(field_text(root, "path")),
	       STR_ARG(field_text(root, "secret")));
}

/* What a refresh would hear of its publisher. */
static void print_publisher(const struct node *root)
{
	const struct node *p = node_get(root, "publisher");
	struct str file = field_text(root, "publisher_file"), reason = field_text(root, "publisher_reason");
	const char *between = "";
	if (str_eq(file, STR("not asked")))
		return;
	printf("publisher: ");
	if (str_eq(file, STR("absent")))
		printf("there is no artifacthub-repo.yml");
	else if (str_eq(file, STR("invalid")))
		printf("%.*s; a refresh passes that by", STR_ARG(reason));
	else if (str_eq(file, STR("unanswered")))
		printf("no answer to artifacthub-repo.yml: %.*s", STR_ARG(reason));
	else if (!field_items(p, "ids"))
		printf("no repositoryID"), between = ", ";
	for (const struct node_item *i = field_items(p, "ids"); i; i = i->next, between = ", ")
		printf("%srepositoryID %.*s", between, STR_ARG(node_text(i->value)));
	if (str_eq(file, STR("valid")))
		printf("%s%llu ignored", between, (unsigned long long)field_number(p, "ignored"));
	putchar('\n');
}

void upstream_print_test(const struct verb_run *x, const struct node *root)
{
	struct str software = field_text(root, "software"), first = field_text(root, "first_skipped");
	uint64_t charts = field_number(root, "charts"), versions = field_number(root, "versions");
	printf("%s: %llu %s, %llu %s, %.*s bytes in %.*s ms%s%.*s\n", x->args[0],
	       (unsigned long long)charts, say_plural(charts, "chart", "charts"), (unsigned long long)versions,
	       say_plural(versions, "version", "versions"), STR_ARG(field_text(root, "bytes")),
	       STR_ARG(field_text(root, "took_ms")),
	       software.n ? ", by " : "", STR_ARG(software));
	if (!is_nothing(field_text(root, "skipped")))
		printf("%.*s cannot be taken%s%.*s\n", STR_ARG(field_text(root, "skipped")),
		       first.n ? ", one of them: " : "", STR_ARG(first));
	print_publisher(root);
	upstream_print_rules(root, false);
}

void upstream_print_deleted(const struct verb_run *x, const struct node *root)
{
	(void)root;
	printf("%s: removed; what was kept of it is in quarantine/\n", x->args[0]);
}
