/* Of all charts of a catalog that have dependencies: which are out of date, and how far. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/cmd/outdated.h"

#define OUTPUT_MAX_BYTES (64u * MIB)

/* What was counted on the way. */
struct told { size_t charts, behind, unknown, kinds[UPGRADE_KINDS]; };

static enum upgrade_kind kind_of(const struct node *d)
{
	enum upgrade_kind kind = UPGRADE_NONE;
	(void)upgrade_kind_read(field_text(d, "kind"), &kind);
	return kind;
}

static void put_row(struct sbuf *b, const struct node *chart, const struct node *d)
{
	static const enum colour colours[] = { [UPGRADE_MAJOR] = COLOUR_BAD, [UPGRADE_MINOR] = COLOUR_WARN };
	static const char *const cells[] = { "name", "range", "current", "newest" };
	enum upgrade_kind kind = kind_of(d);
	put_chart_name(b, chart);
	sbuf_putc(b, '\t');
	put_cell(b, field_text(chart, "version"));
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		sbuf_putc(b, '\t');
		put_cell(b, field_text(d, cells[i]).n ? field_text(d, cells[i]) : STR("-"));
	}
	sbuf_putc(b, '\t');
	put_coloured(b, colours[kind], str_c(upgrade_names[kind]));
	sbuf_printf(b, "\t%s\n", field_is_true(d, "admitted") ? "yes" : "no");
}

static void put_markdown_row(struct sbuf *b, const struct node *chart, const struct node *d)
{
	sbuf_puts(b, "| ");
	put_markdown(b, field_text(chart, "repo"));
	sbuf_putc(b, '/');
	put_markdown(b, field_text(chart, "name"));
	sbuf_putc(b, ' ');
	put_markdown(b, field_text(chart, "version"));
	sbuf_puts(b, " | ");
	put_markdown(b, field_text(d, "name"));
	sbuf_puts(b, " | ");
	put_markdown(b, field_text(d, "current"));
	sbuf_puts(b, " | **");
	put_markdown(b, field_text(d, "newest"));
	sbuf_printf(b, "** | %s | ", upgrade_names[kind_of(d)]);
	put_markdown(b, field_text(d, "range"));
	sbuf_printf(b, " %s |\n", field_is_true(d, "admitted") ? "admits it" : "does not admit it");
}

/* "not compared: main/a: redis ~3: there is no …" */
static void put_note(struct sbuf *b, const char *what, const struct node *chart, const struct node *d, bool markdown)
{
	void (*put)(struct sbuf *, struct str) = markdown ? put_markdown : put_cell;
	struct str missing = field_text(d, "missing");
	sbuf_printf(b, "%s%s: ", markdown ? "- " : "", what);
	put(b, field_text(chart, "repo"));
	sbuf_putc(b, '/');
	put(b, field_text(chart, "name"));
	sbuf_puts(b, ": ");
	put(b, field_text(d, "name"));
	sbuf_putc(b, ' ');
	put(b, field_text(d, "range"));
	sbuf_puts(b, missing.n ? ": " : "");
	put(b, missing);
	sbuf_putc(b, '\n');
}

static void put_all(struct sbuf *rows, struct sbuf *after, const struct node *list, bool markdown,
                    struct told *t)
{
	for (const struct node_item *i = list->items; i; i = i->next) {
		const struct node_item *d = field_items(i->value, "outdated");
		t->charts++;
		t->behind += d != NULL;
		for (; d; d = d->next) {
			t->kinds[kind_of(d->value)]++;
			(markdown ? put_markdown_row : put_row)(rows, i->value, d->value);
		}
		for (d = field_items(i->value, "deprecated"); d; d = d->next)
			put_note(after, "deprecated", i->value, d->value, markdown);
		for (d = field_items(i->value, "missing"); d; d = d->next, t->unknown++)
			put_note(after, "not compared", i->value, d->value, markdown);
	}
}

static void put_summary(struct sbuf *b, const struct told *t)
{
	outdated_put_summary(b, "charts with dependencies", t->behind, t->charts, t->kinds, t->unknown);
	sbuf_putc(b, '\n');
}

static enum err show(const struct outdated *o, const struct node *list, struct str text, struct told *t)
{
	AUTO_SBUF struct sbuf rows = sbuf_make(OUTPUT_MAX_BYTES), after = sbuf_make(OUTPUT_MAX_BYTES);
	put_all(&rows, &after, list, o->markdown, t);
	AUTO_SBUF struct sbuf b = sbuf_make(2 * OUTPUT_MAX_BYTES);
	if (o->json) {
		answer_print(text);
		return OK;
	}
	if (o->markdown) {
		sbuf_puts(&b, "### Dependencies\n\n");
		put_summary(&b, t);
		if (rows.n)
			sbuf_puts(&b, "\n| chart | dependency | in use | newest | step | range |\n|---|---|---|---|---|---|\n");
		sbuf_put(&b, sbuf_str(&rows));
		sbuf_puts(&b, after.n ? "\n" : "");
		sbuf_put(&b, sbuf_str(&after));
		return sbuf_ok(&rows) && sbuf_ok(&after) ? print_output(&b, o->e) : ERR(o->e, NOMEM, "output");
	}
	if (rows.n)
		sbuf_puts(&b, "CHART\tVERSION\tDEPENDENCY\tRANGE\tIN USE\tNEWEST\tSTEP\tADMITTED\n");
	sbuf_put(&b, sbuf_str(&rows));
	put_summary(&after, t);
	if (!sbuf_ok(&rows) || !sbuf_ok(&b))
		return ERR(o->e, NOMEM, "output");
	print_table(sbuf_str(&b));
	return print_output(&after, o->e);
}

static enum err ask(struct outdated *o, const char *repo, struct remote_answer *ret)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct remote *r = NULL;
	sbuf_puts(&target, "/api/v1/outdated");
	if (repo)
		sbuf_printf(&target, "?repo=%s", repo);
	enum err err = repo ? repo_old_name_check(str_c(repo), o->e) : OK;
	if (!err)
		err = remote_open(o->server, o->data, &r, o->e);
	if (!err)
		remote_catch_up(r);
	if (!err)
		err = ask_target(r, &o->arena, &target, ret, o->e);
	remote_close(r);
	return err;
}

enum err outdated_all(struct outdated *o, const char *repo, bool *ret_fails)
{
	struct told t = { 0 };
	struct remote_answer answer;
	const struct node *list = NULL;
	enum err err = ask(o, repo, &answer);
	if (!err)
		err = answer_list(&o->arena, answer.text, "outdated", &list, o->e);
	if (!err)
		err = show(o, list, answer.text, &t);
	for (enum upgrade_kind k = o->fail_on; !err && k && k < UPGRADE_KINDS; k++)
		*ret_fails |= t.kinds[k] > 0;
	return err;
}
