/* A row for each fact that there is, those that decide whether it is the right chart first. */
#include "server/cmd/show.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/kinds.h"
#include "indexer/hub/hub.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/web/say.h"

#define CELL_MAX_BYTES (256u * KIB)
#define DATE_BYTES 10                /* of RFC 3339 */
#define LISTED_MAX 30u               /* rows of one fact */

/* Label, tab, text, newline; nothing where there is no text. */
static void put_row(struct sbuf *t, const char *label, struct str text)
{
	if (!text.n)
		return;
	put_coloured(t, COLOUR_FAINT, str_c(label));
	sbuf_putc(t, '\t');
	sbuf_put(t, text);
	sbuf_putc(t, '\n');
}

static void put_field(struct sbuf *t, const char *label, struct str text)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	put_cell(&b, text);
	put_row(t, label, sbuf_str(&b));
}

/* Elements in one row; `put` writes one. */
typedef void put_element(struct sbuf *b, const struct node *element);

static void put_joined(struct sbuf *t, const char *label, const struct node *chart, const char *key,
                       put_element *put)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	for (const struct node_item *i = field_items(chart, key); i; i = i->next) {
		sbuf_puts(&b, b.n ? ", " : "");
		put(&b, i->value);
	}
	put_row(t, label, sbuf_str(&b));
}

/* Elements in rows of their own, of which the first has the label. */
static void put_listed(struct sbuf *t, const char *label, const struct node *chart, const char *key,
                       put_element *put)
{
	size_t count = 0;
	for (const struct node_item *i = field_items(chart, key); i; i = i->next, count++) {
		AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
		if (count == LISTED_MAX)
			sbuf_puts(&b, "… (--json tells all of them)");
		else
			put(&b, i->value);
		put_row(t, label, sbuf_str(&b));
		if (count == LISTED_MAX)
			return;
		label = "";
	}
}

/* ---- elements ---- */

static void put_word(struct sbuf *b, const struct node *n) { put_cell(b, node_text(n)); }

static void put_bracketed(struct sbuf *b, struct str text)
{
	if (!text.n)
		return;
	sbuf_puts(b, b->n ? " (" : "(");
	put_cell(b, text);
	sbuf_putc(b, ')');
}

static void put_person(struct sbuf *b, const struct node *n)
{
	put_cell(b, field_text(n, "name"));
	if (!field_text(n, "email").n)
		return;
	sbuf_puts(b, " <");
	put_cell(b, field_text(n, "email"));
	sbuf_putc(b, '>');
}

static void put_link(struct sbuf *b, const struct node *n)
{
	put_cell(b, field_text(n, "url"));
	put_bracketed(b, field_text(n, "name"));
}

static void put_dependency(struct sbuf *b, const struct node *n)
{
	put_cell(b, field_text(n, "name"));
	sbuf_puts(b, field_text(n, "range").n ? " " : "");
	put_cell(b, field_text(n, "range"));
	put_bracketed(b, field_text(n, "repository"));
}

static void put_image(struct sbuf *b, const struct node *n)
{
	put_cell(b, field_text(n, "image"));
	put_bracketed(b, field_text(n, "subchart"));
}

static void put_kind(struct sbuf *b, const struct node *n)
{
	uint64_t places = field_number(n, "places");
	put_cell(b, field_text(n, "kind"));
	if (places > 1)
		sbuf_printf(b, " ×%llu", (unsigned long long)places);
	if (field_text(n, "removed_in").n)
		sbuf_printf(b, " %s(%.*s is gone since Kubernetes %.*s)%s", colour(COLOUR_WARN),
		            STR_ARG(field_text(n, "api_version")), STR_ARG(field_text(n, "removed_in")),
		            colour(COLOUR_NONE));
}

static void put_crd(struct sbuf *b, const struct node *n)
{
	put_cell(b, field_text(n, "kind"));
	put_bracketed(b, field_text(n, "group"));
}

/* ---- rows that are put together ---- */

static void put_title(struct sbuf *t, const struct node *c)
{
	static const struct { const char *key, *word; enum colour colour; } marks[] = {
		{ "yanked", "yanked", COLOUR_BAD }, { "damaged", "damaged", COLOUR_BAD },
		{ "deprecated", "deprecated", COLOUR_BAD }, { "prerelease", "pre-release", COLOUR_WARN },
		{ "provenance", "has a provenance file", COLOUR_GOOD },
	};
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	sbuf_puts(&b, colour(COLOUR_BOLD));
	put_cell(&b, field_text(c, "repo"));
	sbuf_putc(&b, '/');
	put_cell(&b, field_text(c, "name"));
	sbuf_putc(&b, ' ');
	put_cell(&b, field_text(c, "version"));
	sbuf_puts(&b, colour(COLOUR_NONE));
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (field_is_true(c, marks[i].key)) {
			sbuf_puts(&b, "  ");
			put_coloured(&b, marks[i].colour, str_c(marks[i].word));
		}
	put_row(t, "chart", sbuf_str(&b));
	put_field(t, str_eq(field_text(c, "origin"), STR("cached")) ? "cached from" : "upstream",
	          field_text(c, "upstream"));
	put_field(t, "gone there since", str_first(field_text(c, "gone_since"), DATE_BYTES));
	put_field(t, "taken back because", field_text(c, "taken_back"));
	put_field(t, "other bytes there since", str_first(field_text(c, "drift_since"), DATE_BYTES));
	put_field(t, "digest there", field_text(c, "upstream_digest"));
	put_field(t, "yanked because", field_text(c, "yank_reason"));
	put_field(t, "problem", field_text(c, "problem"));
	put_field(t, "newer", field_text(c, "newer"));
}

static void put_archive(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	struct str created = str_first(field_text(c, "created"), DATE_BYTES);
	put_cell(&b, created.n ? created : STR("date unknown"));
	sbuf_printf(&b, ", %s, sha256:", say_size(field_number(c, "bytes")).text);
	put_cell(&b, field_text(c, "digest"));
	put_row(t, "published", sbuf_str(&b));
}

static void put_kubernetes(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	struct str range = field_text(node_get(c, "kubernetes"), "range");
	if (!range.n)
		return;
	put_cell(&b, range);
	sbuf_puts(&b, " (");
	hub_kube_put(&b, range);
	sbuf_putc(&b, ')');
	put_row(t, "Kubernetes", sbuf_str(&b));
}

static void put_signature(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	const struct node *s = node_get(c, "signature");
	struct str verdict = field_text(s, "verdict");
	put_coloured(&b, str_eq(verdict, STR("good")) ? COLOUR_GOOD : COLOUR_WARN, verdict);
	if (field_text(s, "signer").n) {
		sbuf_puts(&b, ", by ");
		put_cell(&b, field_text(s, "signer"));
	}
	put_bracketed(&b, field_text(s, "fingerprint"));
	put_row(t, "signature", verdict.n ? sbuf_str(&b) : STR(""));
}

struct danger { struct str text; uint64_t count; };

/* Counted by what they say; true: there was room. */
static bool count_danger(struct danger list[RBAC_DANGER_COUNT], struct str text)
{
	size_t i = 0;
	while (i < RBAC_DANGER_COUNT && list[i].text.n && !str_eq(list[i].text, text))
		i++;
	if (i == RBAC_DANGER_COUNT)
		return false;
	list[i].text = text;
	list[i].count++;
	return true;
}

/* How many there are, and why some of them are worth a look. */
static void put_rights(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	struct danger dangers[RBAC_DANGER_COUNT] = { 0 };
	uint64_t count = 0;
	for (const struct node_item *i = field_items(c, "rights"); i; i = i->next, count++)
		for (const struct node_item *k = field_items(i->value, "dangers"); k; k = k->next)
			if (!count_danger(dangers, node_text(k->value)))
				break;
	if (!count)
		return;
	sbuf_printf(&b, "%s %s of roles", say_count(count).text, say_plural(count, "rule", "rules"));
	put_row(t, "rights", sbuf_str(&b));
	for (size_t i = 0; i < RBAC_DANGER_COUNT && dangers[i].count; i++) {
		sbuf_reset(&b);
		put_coloured(&b, COLOUR_WARN, dangers[i].text);
		if (dangers[i].count > 1)
			sbuf_printf(&b, " ×%s", say_count(dangers[i].count).text);
		put_row(t, "", sbuf_str(&b));
	}
}

static void put_use(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	uint64_t pulls = field_number(c, "recent_pulls"), users = field_number(c, "used_by"),
	         versions = field_number(c, "versions");
	sbuf_printf(&b, "%s %s in 30 days, %s %s on it, %s %s", say_count(pulls).text,
	            say_plural(pulls, "download", "downloads"), say_count(users).text,
	            say_plural(users, "chart depends", "charts depend"), say_count(versions).text,
	            say_plural(versions, "version", "versions"));
	put_row(t, "use", sbuf_str(&b));
}

static void put_places(struct sbuf *t, const struct node *c)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CELL_MAX_BYTES);
	const struct node *urls = node_get(c, "urls");
	struct str repository = field_text(urls, "repository");
	put_field(t, "page", field_text(urls, "page"));
	put_field(t, "archive", field_text(urls, "archive"));
	if (str_eq(field_text(c, "type"), STR("library")) || !repository.n)
		return;
	sbuf_puts(&b, "helm install RELEASE ");
	if (!str_starts(repository, STR("oci://"))) {            /* else it is the address of the chart */
		put_cell(&b, field_text(c, "name"));
		sbuf_puts(&b, " --repo ");
	}
	put_cell(&b, repository);
	sbuf_puts(&b, " --version ");
	put_cell(&b, field_text(c, "version"));
	put_row(t, "install", sbuf_str(&b));
}

void show_facts(struct sbuf *t, const struct node *c)
{
	put_title(t, c);
	put_field(t, "", field_text(c, "description"));
	put_field(t, "app version", field_text(c, "app_version"));
	put_field(t, "type", field_text(c, "type"));
	put_archive(t, c);
	put_signature(t, c);
	put_use(t, c);
	put_field(t, "license", field_text(c, "license"));
	put_field(t, "category", field_text(c, "category"));
	put_joined(t, "keywords", c, "keywords", put_word);
	put_joined(t, "maintainers", c, "maintainers", put_person);
	put_listed(t, "links", c, "links", put_link);
	put_kubernetes(t, c);
	put_listed(t, "depends on", c, "dependencies", put_dependency);
	put_listed(t, "images", c, "images", put_image);
	put_joined(t, "kinds", c, "kinds", put_kind);
	put_joined(t, "CRDs", c, "crds", put_crd);
	put_rights(t, c);
	put_places(t, c);
}
