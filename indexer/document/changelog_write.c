/* The annotation's entries, a choice of releases, and Artifact Hub's Markdown. */
#include "indexer/document/changelog_parts.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/annotation_yaml.h"
#include "indexer/format/semver.h"

static const char *const words[] = {
#define X(name, word) word,
	CHANGE_KINDS(X)
#undef X
};
#define KIND_COUNT (sizeof words / sizeof *words)

const char *changelog_kind_word(enum changelog_kind k)
{
	return words[k];
}

/* In any case; false: it is none. */
static bool kind_of(struct str word, enum changelog_kind *ret)
{
	for (size_t i = 1; i < KIND_COUNT; i++)
		if (str_eq_nocase(word, str_c(words[i]))) {
			*ret = (enum changelog_kind)i;
			return true;
		}
	return false;
}

/* ---- the annotation ---- */

struct notes {
	struct arena *a;
	struct str problem;              /* the first */
	bool failed;                     /* out of memory */
};

static void complain(struct notes *n, size_t number, const char *what)
{
	if (n->problem.n)
		return;
	char *text = arena_printf(n->a, "entry %zu %s", number, what);
	n->failed |= !text;
	n->problem = str_c(text);
}

/* A scalar as one line, empty for everything else. */
static struct str line_of(struct notes *n, const struct node *node)
{
	struct str text = STR("");
	bool cut = false;
	if (node_is_null(node))
		return text;
	n->failed |= !changelog_line(n->a, node_text(node), &text, &cut);
	return text;
}

static void read_links(struct notes *n, const struct node *list, size_t number,
                       struct changelog_entry *entry)
{
	if (node_is_null(list))
		return;
	if (list->kind != NODE_LIST) {
		complain(n, number, "has links that are no list");
		return;
	}
	entry->links = arena_array(n->a, list->count, sizeof *entry->links);
	n->failed |= !entry->links;
	for (const struct node_item *i = list->items; i && !n->failed; i = i->next) {
		struct changelog_link link = { line_of(n, node_get(i->value, "name")),
		                            line_of(n, node_get(i->value, "url")) };
		if (!link.name.n || !link.url.n)
			complain(n, number, "has a link without name or url");
		else if (entry->link_count < CHANGELOG_LINKS_MAX)
			entry->links[entry->link_count++] = link;
	}
}

/* False: it has no text. */
static bool read_entry(struct notes *n, const struct node *node, size_t number,
                       struct changelog_entry *ret)
{
	bool is_map = node->kind == NODE_MAP;
	struct str kind = is_map ? line_of(n, node_get(node, "kind")) : STR("");
	*ret = (struct changelog_entry){ .kind = CHANGE_NONE };
	ret->text = line_of(n, is_map ? node_get(node, "description") : node);
	if (!ret->text.n) {
		complain(n, number, is_map ? "has no description" : "is no text");
		return false;
	}
	if (kind.n && !kind_of(kind, &ret->kind))
		complain(n, number, "has an unknown kind");
	if (is_map)
		read_links(n, node_get(node, "links"), number, ret);
	return true;
}

enum err changelog_of_annotation(struct arena *a, struct str text, struct changelog_entry **ret,
                                 size_t *ret_count, struct str *ret_problem, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct notes n = { .a = a, .problem = STR("") };
	const struct node *list = NULL;
	size_t count = 0, number = 0;
	enum err err = annotation_yaml(&scratch, text, &list, NULL);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "changes");
	bool is_list = !err && list && list->kind == NODE_LIST;
	if (!is_list)
		n.problem = err ? STR("is no YAML") : STR("is no list");
	struct changelog_entry *entries = arena_array(a, is_list ? list->count : 0, sizeof *entries);
	n.failed = !entries;
	for (const struct node_item *i = is_list ? list->items : NULL; i && !n.failed; i = i->next)
		count += read_entry(&n, i->value, ++number, &entries[count]);
	if (n.failed)
		return ERR(e, NOMEM, "changes");
	*ret = entries;
	*ret_count = count;
	*ret_problem = n.problem;
	return OK;
}

/* ---- between two versions ---- */

struct numbered { struct semver version; const struct changelog_release *release; };

static int newest_first(const void *left, const void *right)
{
	const struct numbered *a = left, *b = right;
	int order = semver_cmp(&b->version, &a->version);
	return order ? order : (a->release > b->release) - (a->release < b->release);
}

enum err changelog_between(struct arena *a, const struct changelog *log, struct str from,
                           struct str to, struct changelog *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct changelog chosen = { .cut = log->cut };
	struct semver low, high;
	bool both = semver_parse(from, &low) && semver_parse(to, &high);
	struct numbered *found = arena_array(&scratch, log->count, sizeof *found);
	if (!found)
		return ERR(e, NOMEM, "a changelog");
	for (size_t i = 0; i < log->count && both; i++) {
		struct numbered *n = &found[chosen.count];
		n->release = &log->releases[i];
		if (semver_parse(n->release->version, &n->version) && semver_cmp(&n->version, &low) > 0 &&
		    semver_cmp(&n->version, &high) <= 0)
			chosen.count++;
	}
	if (chosen.count)
		qsort(found, chosen.count, sizeof *found, newest_first);
	chosen.releases = arena_array(a, chosen.count, sizeof *chosen.releases);
	if (!chosen.releases)
		return ERR(e, NOMEM, "a changelog");
	for (size_t i = 0; i < chosen.count; i++)
		chosen.releases[i] = *found[i].release;
	*ret = chosen;
	return OK;
}

/* ---- Artifact Hub's Markdown ---- */

static void put_entries(struct sbuf *b, const struct changelog_release *r, enum changelog_kind kind)
{
	sbuf_putc(b, '\n');
	for (size_t i = 0; i < r->entry_count; i++)
		if (r->entries[i].kind == kind)
			sbuf_printf(b, "- %.*s\n", STR_ARG(r->entries[i].text));
}

static bool has_plain_entries(const struct changelog_release *r)
{
	for (size_t i = 0; i < r->entry_count; i++)
		if (r->entries[i].kind == CHANGE_NONE)
			return true;
	return false;
}

static void put_release(struct sbuf *b, const struct changelog_release *r)
{
	bool seen[KIND_COUNT] = { false };
	sbuf_printf(b, "\n## %.*s%s%.*s\n", STR_ARG(r->version), r->date.n ? " - " : "",
	            STR_ARG(r->date));
	if (has_plain_entries(r))
		put_entries(b, r, CHANGE_NONE);
	for (size_t i = 0; i < r->entry_count; i++) {
		enum changelog_kind kind = r->entries[i].kind;
		if (kind != CHANGE_NONE && !seen[kind]) {
			sbuf_printf(b, "\n### %c%s\n", words[kind][0] - 'a' + 'A', words[kind] + 1);
			put_entries(b, r, kind);
		}
		seen[kind] = true;
	}
}

void changelog_markdown(struct sbuf *b, const struct changelog *log)
{
	bool begun = false;
	for (size_t i = 0; i < log->count; i++) {
		if (!log->releases[i].entry_count)
			continue;
		sbuf_puts(b, begun ? "" : "\n# Changelog\n");
		begun = true;
		put_release(b, &log->releases[i]);
	}
	if (begun && log->cut)
		sbuf_puts(b, "\nThere is more, which is left out here.\n");
}
