/* As a table, as JSON, and as Markdown for a merge request. */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"
#include "server/cmd/colour.h"
#include "server/cmd/outdated.h"

#define OUTPUT_MAX_BYTES (16u * MIB)

void outdated_put_summary(struct sbuf *b, const char *what, size_t behind, size_t all,
                          const size_t kinds[UPGRADE_KINDS], size_t unknown)
{
	const char *before = ": ";
	sbuf_printf(b, "%zu of %zu %s %s out of date", behind, all, what, behind == 1 ? "is" : "are");
	for (enum upgrade_kind k = UPGRADE_MAJOR; k > UPGRADE_NONE; k--) {
		if (!kinds[k])
			continue;
		sbuf_printf(b, "%s%zu %s", before, kinds[k], upgrade_names[k]);
		before = ", ";
	}
	if (unknown)
		sbuf_printf(b, "; %zu not compared", unknown);
}

static void put_summary(struct sbuf *b, const struct outdated *o)
{
	size_t kinds[UPGRADE_KINDS] = { 0 }, unknown = 0;
	for (size_t i = 0; i < o->count; i++) {
		kinds[o->rows[i].kind]++;
		unknown += o->rows[i].unknown.n > 0;
	}
	outdated_put_summary(b, "dependencies", o->count - kinds[UPGRADE_NONE], o->count, kinds, unknown);
}

/* ---- text ---- */

static void put_row(struct sbuf *b, const struct outdated_row *r)
{
	static const enum colour colours[] = { [UPGRADE_MAJOR] = COLOUR_BAD, [UPGRADE_MINOR] = COLOUR_WARN };
	const struct str cells[] = { r->d->name, r->d->version, r->current.n ? r->current : STR("-"), r->newest };
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		put_cell(b, cells[i]);
		sbuf_putc(b, '\t');
	}
	sbuf_printf(b, "%s%s%s\t%s\t", colour(colours[r->kind]), upgrade_names[r->kind], colour(COLOUR_NONE),
	            r->admitted ? "yes" : "no");
	put_cell(b, r->d->repository);
	sbuf_putc(b, '\n');
}

/* "deprecated: redis ~3", "not compared: redis ~3: there is no …" */
static void put_note(struct sbuf *b, const char *what, const struct outdated_row *r, struct str why)
{
	sbuf_printf(b, "%s: ", what);
	put_cell(b, r->d->name);
	sbuf_putc(b, ' ');
	put_cell(b, r->d->version);
	sbuf_puts(b, why.n ? ": " : "");
	put_cell(b, why);
	sbuf_putc(b, '\n');
}

static void put_notes(struct sbuf *b, const struct outdated *o)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].deprecated)
			put_note(b, "deprecated", &o->rows[i], STR(""));
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].unknown.n)
			put_note(b, "not compared", &o->rows[i], o->rows[i].unknown);
}

static enum err show_text(const struct outdated *o, const struct outdated_row *const *rows)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES), after = sbuf_make(OUTPUT_MAX_BYTES);
	if (*rows)
		sbuf_puts(&b, "DEPENDENCY\tRANGE\tIN USE\tNEWEST\tSTEP\tADMITTED\tREPOSITORY\n");
	for (; *rows; rows++)
		put_row(&b, *rows);
	put_notes(&after, o);
	put_summary(&after, o);
	sbuf_putc(&after, '\n');
	if (!sbuf_ok(&b))
		return ERR(o->e, NOMEM, "output");
	print_table(sbuf_str(&b));
	return print_output(&after, o->e);
}

/* ---- JSON ---- */

static void put_object(struct sbuf *b, const struct outdated_row *r)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", r->d->name);
	json_text(b, "alias", r->d->alias);
	json_text(b, "range", r->d->version);
	json_text(b, "repository", r->d->repository);
	json_text(b, "current", r->current);
	json_text(b, "newest", r->newest);
	json_text(b, "kind", str_c(upgrade_names[r->kind]));
	json_bool(b, "admitted", r->admitted);
	sbuf_putc(b, '}');
}

/* `missing` empty: it is not said. */
static void put_named(struct sbuf *b, const struct outdated_row *r, struct str missing)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", r->d->name);
	json_text(b, "range", r->d->version);
	json_text(b, "repository", r->d->repository);
	if (missing.n)
		json_text(b, "missing", missing);
	sbuf_putc(b, '}');
}

/* A list of this chart alone, as the API has one of all charts. */
static enum err show_json(const struct outdated *o, const struct outdated_row *const *rows)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_puts(&b, "[{");
	json_text(&b, "name", o->chart.meta.name);
	json_text(&b, "version", o->chart.meta.version);
	json_number(&b, "dependencies", o->count);
	json_key(&b, "outdated");
	sbuf_putc(&b, '[');
	for (; *rows; rows++)
		put_object(&b, *rows);
	sbuf_putc(&b, ']');
	json_key(&b, "missing");
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].unknown.n)
			put_named(&b, &o->rows[i], o->rows[i].unknown);
	sbuf_putc(&b, ']');
	json_key(&b, "deprecated");
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].deprecated)
			put_named(&b, &o->rows[i], STR(""));
	sbuf_puts(&b, "]}]\n");
	return print_output(&b, o->e);
}

/* ---- Markdown ---- */

void put_markdown(struct sbuf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c >= 0 && c < ' ')
			c = ' ';
		if (c == '<' || c == '&')
			sbuf_puts(b, c == '<' ? "&lt;" : "&amp;");
		else if (c && strchr("\\`*_{}[]()#+!|~>@", c))
			sbuf_printf(b, "\\%c", c);
		else
			sbuf_putc(b, c);
	}
}

static void put_markdown_row(struct sbuf *b, const struct outdated_row *r)
{
	sbuf_puts(b, "| ");
	put_markdown(b, r->d->name);
	if (r->d->alias.n) {
		sbuf_puts(b, " as ");
		put_markdown(b, r->d->alias);
	}
	sbuf_puts(b, " | ");
	put_markdown(b, r->current.n ? r->current : STR("-"));
	sbuf_puts(b, " | **");
	put_markdown(b, r->newest);
	sbuf_printf(b, "** | %s | ", upgrade_names[r->kind]);
	put_markdown(b, r->d->version);
	sbuf_printf(b, " %s | ", r->admitted ? "admits it" : "does not admit it");
	put_markdown(b, r->d->repository);
	sbuf_puts(b, " |\n");
}

/* *before: what stands in front of the first. */
static void put_markdown_note(struct sbuf *b, const char **before, const struct outdated_row *r, struct str why)
{
	sbuf_printf(b, "%s- ", *before);
	*before = "";
	put_markdown(b, r->d->name);
	sbuf_puts(b, why.n ? ": " : "");
	put_markdown(b, why);
	sbuf_putc(b, '\n');
}

static enum err show_markdown(const struct outdated *o, const struct outdated_row *const *rows)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_puts(&b, "### Dependencies of ");
	put_markdown(&b, o->chart.meta.name);
	sbuf_putc(&b, ' ');
	put_markdown(&b, o->chart.meta.version);
	sbuf_puts(&b, "\n\n");
	put_summary(&b, o);
	sbuf_puts(&b, ".\n");
	if (*rows)
		sbuf_puts(&b, "\n| dependency | in use | newest | step | range | repository |\n"
		          "|---|---|---|---|---|---|\n");
	for (; *rows; rows++)
		put_markdown_row(&b, *rows);
	const char *before = "\nDeprecated:\n\n";
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].deprecated)
			put_markdown_note(&b, &before, &o->rows[i], STR(""));
	before = "\nNot compared:\n\n";
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].unknown.n)
			put_markdown_note(&b, &before, &o->rows[i], o->rows[i].unknown);
	return print_output(&b, o->e);
}

/* ---- which ---- */

static int by_step(const void *left, const void *right)
{
	const struct outdated_row *a = *(const struct outdated_row *const *)left;
	const struct outdated_row *b = *(const struct outdated_row *const *)right;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	return (a > b) - (a < b);
}

static enum err sorted(struct outdated *o, const struct outdated_row ***ret)
{
	size_t n = 0;
	const struct outdated_row **list = arena_array(&o->arena, o->count + 1, sizeof *list);
	if (!list)
		return ERR(o->e, NOMEM, "dependencies");
	for (size_t i = 0; i < o->count; i++)
		if (o->rows[i].kind)
			list[n++] = &o->rows[i];
	if (n)
		qsort(list, n, sizeof *list, by_step);
	*ret = list;
	return OK;
}

enum err outdated_show(struct outdated *o)
{
	const struct outdated_row **rows;
	enum err err = sorted(o, &rows);
	if (err)
		return err;
	return o->json ? show_json(o, rows) : o->markdown ? show_markdown(o, rows) : show_text(o, rows);
}
