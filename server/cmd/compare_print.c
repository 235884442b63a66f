/* The summary, then a table for each section with something in it, changelogs, and the lines of files. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/cmd/compare.h"

#define OUTPUT_MAX_BYTES (64u * MIB)
#define CELL_CHARACTERS 60u          /* of a value; --json tells the whole */

/* ---- pieces ---- */

static enum colour colour_of(struct str word)
{
	static const struct { const char *word; enum colour colour; } table[] = {
		{ "removed", COLOUR_BAD }, { "added", COLOUR_GOOD }, { "changed", COLOUR_WARN },
		{ "breaking", COLOUR_BAD }, { "check", COLOUR_WARN }, { "security", COLOUR_BAD },
		{ "major", COLOUR_BAD },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(word, table[i].word))
			return table[i].colour;
	return COLOUR_NONE;
}

static void put_coloured_word(struct sbuf *b, struct str word)
{
	put_coloured(b, colour_of(word), word);
}

static unsigned long long number(const struct node *x, const char *key) { return field_number(x, key); }

static void put_brief(struct sbuf *b, struct str text)
{
	struct str rest = text;
	for (size_t n = 0; rest.n; n++) {
		if (n == CELL_CHARACTERS) {
			put_cell(b, str_first(text, text.n - rest.n));
			sbuf_puts(b, "…");
			return;
		}
		(void)utf8_next(&rest);
	}
	put_cell(b, text);
}

/* What is between two sides: "1 → 2", or what one of them has. */
static void put_sides(struct sbuf *b, struct str old, struct str new)
{
	put_brief(b, old);
	sbuf_puts(b, old.n && new.n ? " → " : "");
	put_brief(b, new);
}

/* ---- rows: what, and how it was and is ---- */

typedef void put_row(struct sbuf *b, const struct node *x);

static struct str side(const struct node *x, const char *which, const char *key)
{
	return field_text(node_get(x, which), key);
}

static void put_words(struct sbuf *b, const struct node *x, const char *key)
{
	for (const struct node_item *i = field_items(x, key); i; i = i->next) {
		sbuf_puts(b, i == field_items(x, key) ? "\t" : ", ");
		put_coloured(b, COLOUR_FAINT, node_text(i->value));
	}
}

static void put_value(struct sbuf *b, const struct node *x)
{
	put_cell(b, field_text(x, "path"));
	sbuf_putc(b, '\t');
	struct str old = side(x, "old", "default"), new = side(x, "new", "default");
	if (str_eq(old, new))
		put_brief(b, new);
	else
		put_sides(b, old, new);
	put_words(b, x, "what");
}

static void put_about(struct sbuf *b, const struct node *x)
{
	if (!x)
		return;
	put_cell(b, field_text(x, "type"));
	sbuf_puts(b, field_text(x, "type").n && field_text(x, "constraints").n ? ", " : "");
	put_brief(b, field_text(x, "constraints"));
	sbuf_puts(b, field_is_true(x, "required") ? " required" : "");
}

static void put_schema(struct sbuf *b, const struct node *x)
{
	const struct node *old = node_get(x, "old"), *new = node_get(x, "new");
	put_cell(b, field_text(x, "path").n ? field_text(x, "path") : STR("the schema itself"));
	sbuf_putc(b, '\t');
	put_about(b, old);
	sbuf_puts(b, old && new ? " → " : "");
	put_about(b, new);
	put_words(b, x, "what");
}

static void put_step(struct sbuf *b, const struct node *x)
{
	if (!field_text(x, "step").n)
		return;
	sbuf_putc(b, '\t');
	put_coloured_word(b, field_text(x, "step"));
}

/* "^1.2 (1.2.7)"; without a range what is locked alone. */
static void put_locked(struct sbuf *b, const struct node *x)
{
	struct str range = field_text(x, "range"), locked = field_text(x, "locked");
	bool both = range.n && locked.n && !str_eq(locked, range);
	put_brief(b, range.n ? range : locked);
	sbuf_puts(b, both ? " (" : "");
	put_brief(b, both ? locked : STR(""));
	sbuf_puts(b, both ? ")" : "");
}

static void put_dependency(struct sbuf *b, const struct node *x)
{
	const struct node *old = node_get(x, "old"), *new = node_get(x, "new");
	put_cell(b, field_text(x, "name"));
	sbuf_putc(b, '\t');
	put_locked(b, old);
	sbuf_puts(b, old && new ? " → " : "");
	put_locked(b, new);
	put_step(b, x);
	put_words(b, x, "what");
}

static void put_image(struct sbuf *b, const struct node *x)
{
	put_sides(b, side(x, "old", "image"), side(x, "new", "image"));
	put_step(b, x);
}

static void put_crd(struct sbuf *b, const struct node *x)
{
	put_cell(b, field_text(x, "kind"));
	sbuf_putc(b, '.');
	put_cell(b, field_text(x, "group"));
	sbuf_putc(b, '\t');
	put_sides(b, field_text(x, "old"), field_text(x, "new"));
}

static void put_right(struct sbuf *b, const struct node *x)
{
	struct str verbs = field_text(x, "verbs"), resources = field_text(x, "resources");
	put_cell(b, field_text(x, "role_kind"));
	sbuf_putc(b, '\t');
	if (field_text(x, "binding_kind").n)
		put_brief(b, field_text(x, "role"));
	else if (verbs.n) {
		put_brief(b, verbs);
		sbuf_puts(b, " on ");
		put_brief(b, resources.n ? resources : field_text(x, "urls"));
	} else
		sbuf_puts(b, "what its template puts together");
	put_words(b, x, "dangers");
}

static void put_kind(struct sbuf *b, const struct node *x)
{
	put_cell(b, field_text(x, "kind"));
	sbuf_putc(b, ' ');
	put_cell(b, field_text(x, "api_version"));
	sbuf_printf(b, "\t%llu → %llu", number(x, "old"), number(x, "new"));
}

static void put_field(struct sbuf *b, const struct node *x)
{
	put_cell(b, field_text(x, "name"));
	sbuf_putc(b, '\t');
	put_sides(b, field_text(x, "old"), field_text(x, "new"));
}

static void put_file(struct sbuf *b, const struct node *x)
{
	put_cell(b, field_text(x, "name"));
	if (field_is_true(x, "binary"))
		sbuf_puts(b, "\tno text");
	else
		sbuf_printf(b, "\t%s+%llu −%llu", field_is_true(x, "approximate") ? "about " : "", number(x, "added"),
		            number(x, "removed"));
}

/* ---- sections ---- */

static const struct { const char *key, *title; put_row *put; } sections[] = {
	{ "values", "Values", put_value }, { "schema", "Schema of the values", put_schema },
	{ "dependencies", "Dependencies", put_dependency }, { "images", "Images", put_image },
	{ "crds", "Custom resources", put_crd }, { "rights", "Rights in the cluster", put_right },
	{ "kinds", "Kinds of resources (places in templates)", put_kind },
	{ "metadata", "Chart.yaml", put_field }, { "files", "Files", put_file },
};

static void print_title(const char *title)
{
	printf("\n%s%s%s\n", colour(COLOUR_BOLD), title, colour(COLOUR_NONE));
}

static enum err print_section(const struct node *section, const char *title, put_row *put,
                              struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	const struct node_item *changes = field_items(section, "changes");
	if (!changes)
		return OK;
	print_title(title);
	for (const struct node_item *i = changes; i; i = i->next) {
		sbuf_puts(&b, "  ");
		put_coloured_word(&b, field_text(i->value, "change"));
		sbuf_putc(&b, '\t');
		put(&b, i->value);
		sbuf_putc(&b, '\n');
	}
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "output");
	print_table(sbuf_str(&b));
	if (number(section, "more"))
		printf("  %llu more are not shown\n", number(section, "more"));
	return OK;
}

static void put_release(struct sbuf *b, const struct node *release)
{
	sbuf_puts(b, "  ");
	put_cell(b, field_text(release, "version"));
	sbuf_putc(b, ' ');
	put_coloured(b, COLOUR_FAINT, field_text(release, "date"));
	sbuf_putc(b, '\n');
	for (const struct node_item *i = field_items(release, "changes"); i; i = i->next) {
		struct str kind = field_text(i->value, "kind");
		sbuf_puts(b, "    - ");
		put_coloured_word(b, kind);
		sbuf_puts(b, kind.n ? ": " : "");
		put_cell(b, field_text(i->value, "description"));
		sbuf_putc(b, '\n');
	}
}

/* ---- lines ---- */

static void put_line(struct sbuf *b, const struct node *line)
{
	const struct node_item *sign = line->kind == NODE_LIST ? line->items : NULL;
	if (!sign || !sign->next)
		return;
	struct str word = node_text(sign->value);
	sbuf_puts(b, colour(str_eq(word, STR("+")) ? COLOUR_GOOD : str_eq(word, STR("-")) ? COLOUR_BAD :
	                    COLOUR_NONE));
	put_cell(b, word);
	put_cell(b, node_text(sign->next->value));
	sbuf_puts(b, colour(COLOUR_NONE));
	sbuf_putc(b, '\n');
}

/* As `diff -u` has them. */
static void put_diff(struct sbuf *b, const struct node *file)
{
	struct str name = field_text(file, "name");
	if (!field_items(file, "diff"))
		return;
	sbuf_printf(b, "\n%s--- a/", colour(COLOUR_BOLD));
	put_cell(b, name);
	sbuf_puts(b, "\n+++ b/");
	put_cell(b, name);
	sbuf_printf(b, "%s\n", colour(COLOUR_NONE));
	for (const struct node_item *i = field_items(file, "diff"); i; i = i->next) {
		const struct node *h = i->value;
		sbuf_printf(b, "@@ -%llu,%llu +%llu,%llu @@\n", number(h, "old_from"), number(h, "old_count"),
		            number(h, "new_from"), number(h, "new_count"));
		for (const struct node_item *k = field_items(h, "lines"); k; k = k->next)
			put_line(b, k->value);
	}
}

/* ---- all of it ---- */

static enum err print_summary(const struct node *c, struct errinfo *e)
{
	AUTO_SBUF struct sbuf head = sbuf_make(OUTPUT_MAX_BYTES), table = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_puts(&head, colour(COLOUR_BOLD));
	put_cell(&head, field_text(c, "repo"));
	sbuf_puts(&head, field_text(c, "repo").n ? "/" : "");
	put_cell(&head, field_text(c, "name"));
	sbuf_putc(&head, ' ');
	put_sides(&head, field_text(c, "from"), field_text(c, "to"));
	sbuf_printf(&head, "%s\n", colour(COLOUR_NONE));
	if (field_is_true(c, "backwards"))
		sbuf_puts(&head, "The first one is the newer: this is what going back undoes.\n");
	for (const struct node_item *i = field_items(c, "problems"); i; i = i->next) {
		sbuf_puts(&head, "not compared: ");
		put_cell(&head, node_text(i->value));
		sbuf_putc(&head, '\n');
	}
	for (const struct node_item *i = field_items(c, "summary"); i; i = i->next) {
		put_coloured_word(&table, field_text(i->value, "severity"));
		sbuf_putc(&table, '\t');
		put_cell(&table, field_text(i->value, "text"));
		sbuf_putc(&table, '\n');
	}
	enum err err = sbuf_ok(&table) ? print_output(&head, e) : ERR(e, NOMEM, "output");
	if (!err)
		print_table(sbuf_str(&table));
	return err;
}

enum err compare_print(const struct node *c, struct errinfo *e)
{
	AUTO_SBUF struct sbuf after = sbuf_make(OUTPUT_MAX_BYTES);
	enum err err = print_summary(c, e);
	for (size_t i = 0; !err && i < sizeof sections / sizeof *sections; i++)
		err = print_section(node_get(c, sections[i].key), sections[i].title, sections[i].put, e);
	if (!err && field_items(c, "changelog"))
		print_title("Changelog");
	for (const struct node_item *i = field_items(c, "changelog"); i; i = i->next)
		put_release(&after, i->value);
	for (const struct node_item *i = field_items(node_get(c, "files"), "changes"); i; i = i->next)
		put_diff(&after, i->value);
	if (field_is_true(c, "cut"))
		sbuf_puts(&after, "\nThere is more than is compared here.\n");
	return err ? err : print_output(&after, e);
}
