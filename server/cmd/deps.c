/* chartlocker deps: what a chart depends on, as a tree; or, in reverse, who depends on it. */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/cmd/remote.h"

#define TABLE_MAX_BYTES (64u * MIB)
#define USERS_AT_ONCE 1000u

struct deps {
	const char *server, *data;
	bool json, reverse, all;
	bool reached;                    /* there is a catalog, which was asked */
	struct arena arena;
	struct asked_chart chart;
	struct sbuf table;
};

/* ---- cells ---- */

/* What of a dependency is said in words; parted by commas. */
struct notes { struct sbuf *b; bool any; };

static void note(struct notes *n, enum colour c, const char *before, struct str text)
{
	if (!text.n)
		return;
	sbuf_puts(n->b, n->any ? ", " : "");
	sbuf_puts(n->b, colour(c));
	sbuf_puts(n->b, before);
	put_cell(n->b, text);
	sbuf_puts(n->b, colour(COLOUR_NONE));
	n->any = true;
}

static void note_list(struct notes *n, const char *before, const struct node *list)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * KIB);
	for (const struct node_item *i = list ? list->items : NULL; i; i = i->next) {
		sbuf_puts(&b, b.n ? ", " : "");
		sbuf_put(&b, node_text(i->value));
	}
	note(n, COLOUR_NONE, before, sbuf_str(&b));
}

static void note_newest(struct notes *n, const struct node *d)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4u * KIB);
	struct str kind = field_text(d, "kind");
	sbuf_printf(&b, "%.*s (%.*s)", STR_ARG(field_text(d, "newest")), STR_ARG(kind));
	if (kind.n)
		note(n, COLOUR_WARN, "newest ", sbuf_str(&b));
}

static void put_notes(struct sbuf *b, const struct node *d)
{
	struct notes n = { b, false };
	note(&n, COLOUR_BAD, "missing: ", field_text(d, "missing"));
	note_list(&n, "one is in ", node_get(d, "elsewhere"));
	note(&n, COLOUR_NONE, "locked ", field_text(d, "locked"));
	note(&n, COLOUR_NONE, "in the archive ", field_text(d, "vendored"));
	note_newest(&n, d);
	note(&n, COLOUR_WARN, "", field_is_true(d, "deprecated") ? STR("deprecated") : STR(""));
	note(&n, COLOUR_FAINT, "as ", field_text(d, "alias"));
	note(&n, COLOUR_FAINT, "if ", field_text(d, "condition"));
	note_list(&n, "tags ", node_get(d, "tags"));
	note(&n, COLOUR_WARN, "", field_is_true(d, "cycle") ? STR("a cycle: it stands above") : STR(""));
	note(&n, COLOUR_FAINT, "", field_is_true(d, "cut") ? STR("more follows") : STR(""));
}

/* ---- the tree ---- */

static void put_rows(struct sbuf *b, const struct node *list, char *stem, size_t n, size_t room)
{
	for (const struct node_item *i = list ? list->items : NULL; i; i = i->next) {
		const struct node *d = i->value;
		struct str resolved = field_text(d, "resolved"), range = field_text(d, "range");
		const char *branch = i->next ? "├─ " : "└─ ", *below = i->next ? "│  " : "   ";
		sbuf_put(b, str_make(stem, n));
		sbuf_puts(b, branch);
		put_coloured(b, COLOUR_BOLD, field_text(d, "name"));
		sbuf_putc(b, '\t');
		put_coloured(b, COLOUR_FAINT, range.n ? range : STR("-"));
		sbuf_puts(b, resolved.n ? "\t→ " : "\t  ");
		put_coloured(b, resolved.n ? COLOUR_GOOD : COLOUR_FAINT, resolved.n ? resolved : STR("-"));
		sbuf_putc(b, '\t');
		put_cell(b, field_text(d, "repo").n ? field_text(d, "repo") : STR("-"));
		sbuf_putc(b, '\t');
		put_notes(b, d);
		sbuf_putc(b, '\n');
		if (n + strlen(below) >= room)
			continue;
		memcpy(stem + n, below, strlen(below));
		put_rows(b, node_get(d, "dependencies"), stem, n + strlen(below), room);
	}
}

static void put_versions(struct sbuf *b, const struct node *list, const char *between)
{
	for (const struct node_item *i = list ? list->items : NULL; i; i = i->next) {
		sbuf_puts(b, i == list->items ? "" : between);
		put_chart_name(b, i->value);
		sbuf_putc(b, ' ');
		put_cell(b, field_text(i->value, "version"));
	}
}

static void put_conflict(struct sbuf *b, const struct node *k)
{
	const struct node *ranges = node_get(k, "ranges");
	struct str common = field_text(k, "common");
	sbuf_printf(b, "%sconflict%s: ", colour(COLOUR_WARN), colour(COLOUR_NONE));
	put_chart_name(b, k);
	for (const struct node_item *i = ranges ? ranges->items : NULL; i; i = i->next) {
		const struct node *by = node_get(i->value, "by");
		sbuf_puts(b, i == ranges->items ? ": " : "; ");
		put_cell(b, field_text(by, "name"));
		sbuf_puts(b, " wants ");
		put_cell(b, field_text(i->value, "range"));
		sbuf_puts(b, ", which is ");
		put_cell(b, field_text(i->value, "resolved"));
	}
	sbuf_puts(b, common.n ? "; all of them admit " : "; no version fits all of them");
	put_cell(b, common);
	sbuf_putc(b, '\n');
}

static void put_findings(struct sbuf *b, const struct node *root)
{
	const struct node *cycles = node_get(root, "cycles"), *conflicts = node_get(root, "conflicts");
	for (const struct node_item *i = cycles ? cycles->items : NULL; i; i = i->next) {
		sbuf_printf(b, "%scycle%s of %llu: ", colour(COLOUR_WARN), colour(COLOUR_NONE),
		            (unsigned long long)field_number(i->value, "length"));
		put_versions(b, node_get(i->value, "charts"), " → ");
		sbuf_putc(b, '\n');
	}
	for (const struct node_item *i = conflicts ? conflicts->items : NULL; i; i = i->next)
		put_conflict(b, i->value);
	if (field_is_true(root, "cut"))
		sbuf_puts(b, "There is more than is shown.\n");
}

static void put_heading(struct sbuf *b, const struct node *root)
{
	put_chart_name(b, root);
	sbuf_putc(b, ' ');
	put_cell(b, field_text(root, "version"));
}

static enum err show_tree(struct deps *d, struct remote *r, struct errinfo *e)
{
	char stem[(GRAPH_DEPTH_MAX + 1) * sizeof "│  "];
	const struct node *root = NULL;
	struct remote_answer answer;
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES), findings = sbuf_make(TABLE_MAX_BYTES),
	                      heading = sbuf_make(MIB);
	put_version_target(&target, &d->chart);
	sbuf_puts(&target, "/dependencies");
	enum err err = ask_target(r, &d->arena, &target, &answer, e);
	if (err)
		return err;
	err = answer_read(&d->arena, answer.text, "dependencies", &root, e);
	if (err)
		return err;
	if (d->json) {
		answer_print(answer.text);
		return OK;
	}
	put_heading(&heading, root);
	printf("%s%.*s%s\n", colour(COLOUR_BOLD), STR_ARG(sbuf_str(&heading)), colour(COLOUR_NONE));
	put_rows(&d->table, node_get(root, "dependencies"), stem, 0, sizeof stem);
	put_findings(&findings, root);
	if (!sbuf_ok(&d->table))
		return ERR(e, TOO_LARGE, "the tree is too large; use --json");
	print_table(sbuf_str(&d->table));
	return print_output(&findings, e);
}

/* ---- who depends on it ---- */

static void put_user(struct sbuf *b, const struct node *u)
{
	bool accepts = field_is_true(u, "accepts"), newest = field_is_true(u, "accepts_newest");
	put_chart_name(b, u);
	sbuf_putc(b, '\t');
	put_cell(b, field_text(u, "version"));
	sbuf_putc(b, '\t');
	put_cell(b, field_text(u, "range").n ? field_text(u, "range") : STR("-"));
	sbuf_putc(b, '\t');
	put_coloured(b, accepts ? COLOUR_GOOD : COLOUR_FAINT, accepts ? STR("yes") : STR("no"));
	sbuf_putc(b, '\t');
	put_coloured(b, newest ? COLOUR_GOOD : COLOUR_WARN, newest ? STR("yes") : STR("no"));
	sbuf_putc(b, '\n');
}

static enum err add_users(void *deps, const struct node *list, struct str text, struct errinfo *e)
{
	struct deps *d = deps;
	(void)e;
	if (d->json)
		put_elements(&d->table, list, text);
	for (const struct node_item *i = d->json ? NULL : list->items; i; i = i->next)
		put_user(&d->table, i->value);
	return OK;
}

static enum err show_users(struct deps *d, struct remote *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	put_version_target(&target, &d->chart);
	sbuf_printf(&target, "/used-by?limit=%u%s", USERS_AT_ONCE, d->all ? "&versions=all" : "");
	sbuf_puts(&d->table, d->json ? "[" : "CHART\tVERSION\tRANGE\tADMITS IT\tADMITS NEWEST\n");
	enum err err = ask_pages(r, NULL, &target, "name", add_users, d, e);
	if (err)
		return err;
	sbuf_puts(&d->table, d->json ? "]\n" : "");
	if (!sbuf_ok(&d->table))
		return ERR(e, TOO_LARGE, "the list is too long");
	if (d->json)
		return print_output(&d->table, e);
	print_table(sbuf_str(&d->table));
	return OK;
}

/* ---- the command ---- */

static enum err run(struct deps *d, struct errinfo *e)
{
	struct remote *r = NULL;
	d->table = sbuf_make(TABLE_MAX_BYTES);
	enum err err = remote_open(d->server, d->data, &r, e);
	d->reached = !err;
	if (!err && d->reverse)
		remote_catch_up(r);
	if (!err)
		err = asked_chart_find(r, &d->arena, &d->chart, e);
	if (!err)
		err = d->reverse ? show_users(d, r, e) : show_tree(d, r, e);
	remote_close(r);
	sbuf_done(&d->table);
	return err;
}

int cmd_deps(const struct command *self, int argc, char **argv)
{
	struct deps d = { 0 };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &d.server }, { "data", 'd', CMD_TEXT, &d.data },
		{ "reverse", 0, CMD_FLAG, &d.reverse }, { "all-versions", 'a', CMD_FLAG, &d.all },
		{ "json", 'j', CMD_FLAG, &d.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "REPO/NAME is expected, maybe with @VERSION");
	if (status >= 0)
		return status;
	if (d.all && !d.reverse)
		return cmd_misused(self, "--all-versions is for --reverse");
	if (asked_chart_read(argv[optind], &d.chart, &e))
		return cmd_misused(self, "%s", cmd_reason(&e));
	bool failed = run(&d, &e);
	status = failed ? cmd_failed(self, &e) : EXIT_DONE;
	if (failed && d.reached)
		asked_chart_hint(&d.chart, &e);
	arena_done(&d.arena);
	return status;
}
