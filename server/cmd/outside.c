/* chartlocker outside: which hosts outside the charts of a catalog still name, and who uses them. Packages that
 * are asked of whichever host pip, apt and the like are set up for stand apart, by the tool.   */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/ready.h"

#define CHARTS_AT_ONCE 10000
#define LIST_MAX_BYTES (256u * MIB)
#define USERS_SHOWN 3u

struct use { struct str kind, host, tool, what, where; const struct node *chart; };
struct host { const struct use *uses; size_t count, charts; };   /* of one kind, and host or tool, by chart */

struct outside {
	struct ready ready;
	struct cmd_list kinds;
	struct use *uses;
	struct host *hosts;
	size_t use_count, use_room, host_count, host_room;
};

/* ---- what is wanted ---- */

static int by_host(const struct use *a, const struct use *b)
{
	int order = str_cmp(a->kind, b->kind);
	if (!order)
		order = str_cmp(a->tool, b->tool);
	return order ? order : str_cmp(a->host, b->host);
}

static int by_use(const void *left, const void *right)
{
	const struct use *a = left, *b = right;
	int order = by_host(a, b);
	if (!order)
		order = str_cmp(field_text(a->chart, "repo"), field_text(b->chart, "repo"));
	if (!order)
		order = str_cmp(field_text(a->chart, "name"), field_text(b->chart, "name"));
	if (!order)
		order = str_cmp(field_text(a->chart, "version"), field_text(b->chart, "version"));
	return order ? order : str_cmp(a->what, b->what);
}

/* Kinds as they are in the table, then those with the most charts. */
static int by_count(const void *left, const void *right)
{
	const struct host *a = left, *b = right;
	int order = str_cmp(a->uses->kind, b->uses->kind);
	if (!order && a->charts != b->charts)
		order = a->charts > b->charts ? -1 : 1;
	return order ? order : by_host(a->uses, b->uses);
}

static enum err take_chart(struct outside *x, const struct node *chart, struct errinfo *e)
{
	for (const struct node_item *i = field_items(chart, "outside"); i; i = i->next) {
		const struct use use = { .kind = field_text(i->value, "kind"), .host = field_text(i->value, "host"),
		                         .tool = field_text(i->value, "tool"), .what = field_text(i->value, "what"),
		                         .where = field_text(i->value, "where"), .chart = chart };
		if (!cmd_list_admits(&x->kinds, use.kind))
			continue;
		struct use *list = arena_room(&x->ready.arena, x->uses, x->use_count, &x->use_room, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "hosts");
		x->uses = list;
		list[x->use_count++] = use;
	}
	return OK;
}

static enum err gather(struct outside *x, struct errinfo *e)
{
	enum err err = OK;
	for (const struct node_item *i = x->ready.charts->items; i && !err; i = i->next)
		err = take_chart(x, i->value, e);
	if (x->use_count)
		qsort(x->uses, x->use_count, sizeof *x->uses, by_use);
	for (size_t i = 0; i < x->use_count && !err; i++) {
		struct host *last = x->host_count ? &x->hosts[x->host_count - 1] : NULL;
		if (!last || by_host(last->uses, &x->uses[i])) {
			struct host *list = arena_room(&x->ready.arena, x->hosts, x->host_count, &x->host_room, sizeof *list);
			if (!list)
				return ERR(e, NOMEM, "hosts");
			x->hosts = list;
			last = &list[x->host_count++];
			last->uses = &x->uses[i];
		}
		last->charts += !last->count || x->uses[i - 1].chart != x->uses[i].chart;
		last->count++;
	}
	if (x->host_count)
		qsort(x->hosts, x->host_count, sizeof *x->hosts, by_count);
	return err;
}

/* ---- output ---- */

static bool same_name(const struct node *a, const struct node *b)
{
	return str_eq(field_text(a, "repo"), field_text(b, "repo")) &&
	       str_eq(field_text(a, "name"), field_text(b, "name"));
}

/* Of several versions the name once. */
static void put_users(struct sbuf *b, const struct host *h)
{
	size_t names = 0;
	for (size_t i = 0; i < h->count; i++) {
		if ((i && same_name(h->uses[i].chart, h->uses[i - 1].chart)) || names++ >= USERS_SHOWN)
			continue;
		sbuf_puts(b, names > 1 ? ", " : "");
		put_chart_name(b, h->uses[i].chart);
	}
	if (names > USERS_SHOWN)
		sbuf_printf(b, " and %zu more", names - USERS_SHOWN);
}

static void put_row(struct sbuf *b, const struct host *h)
{
	if (!h->uses->tool.n) {
		put_cell(b, h->uses->kind);
		sbuf_putc(b, '\t');
	}
	put_cell(b, h->uses->tool.n ? h->uses->tool : h->uses->host);
	sbuf_printf(b, "\t%zu\t%zu\t", h->charts, h->count);
	put_users(b, h);
	sbuf_putc(b, '\n');
}

static void put_tables(struct sbuf *hosts, struct sbuf *tools, const struct outside *x)
{
	for (size_t i = 0; i < x->host_count; i++) {
		struct sbuf *b = x->hosts[i].uses->tool.n ? tools : hosts;
		if (!b->n)
			sbuf_puts(b, b == tools ? "TOOL\tCHARTS\tTIMES\tUSED BY\n" : "KIND\tHOST\tCHARTS\tTIMES\tUSED BY\n");
		put_row(b, &x->hosts[i]);
	}
}

static enum err print_tables(const struct outside *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf hosts = sbuf_make(LIST_MAX_BYTES), tools = sbuf_make(LIST_MAX_BYTES);
	put_tables(&hosts, &tools, x);
	if (!sbuf_ok(&hosts) || !sbuf_ok(&tools))
		return ERR(e, TOO_LARGE, "the list is too long; use --json");
	if (hosts.n)
		print_table(sbuf_str(&hosts));
	if (tools.n) {
		printf("%sPackages, of whichever host the tool is set up for:\n\n", hosts.n ? "\n" : "");
		print_table(sbuf_str(&tools));
	}
	return OK;
}

static void put_use(struct sbuf *b, const struct use *u)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repo", field_text(u->chart, "repo"));
	json_text(b, "chart", field_text(u->chart, "name"));
	json_text(b, "version", field_text(u->chart, "version"));
	json_text(b, "what", u->what);
	json_text(b, "where", u->where);
	sbuf_putc(b, '}');
}

static void put_json(struct sbuf *b, const struct outside *x)
{
	sbuf_putc(b, '[');
	for (size_t i = 0; i < x->host_count; i++) {
		const struct host *h = &x->hosts[i];
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "kind", h->uses->kind);
		json_text(b, h->uses->tool.n ? "tool" : "host", h->uses->tool.n ? h->uses->tool : h->uses->host);
		json_number(b, "charts", h->charts);
		json_number(b, "times", h->count);
		json_key(b, "used_by");
		sbuf_putc(b, '[');
		for (size_t k = 0; k < h->count; k++)
			put_use(b, &h->uses[k]);
		sbuf_puts(b, "]}");
	}
	sbuf_puts(b, "]\n");
}

static enum err print(const struct outside *x, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	if (!x->ready.json && x->host_count)
		return print_tables(x, e);
	if (x->ready.json)
		put_json(&b, x);
	else
		sbuf_printf(&b, "Nothing asks outside: %u %s.\n", x->ready.charts->count,
		            x->ready.charts->count == 1 ? "chart" : "charts");
	return print_output(&b, e);
}

/* ---- the command ---- */

static enum err run(struct outside *x, char **words, size_t count, struct errinfo *e)
{
	enum err err = ready_collect(&x->ready, words, count, e);
	if (!err)
		err = gather(x, e);
	return err ? err : print(x, e);
}

int cmd_outside(const struct command *self, int argc, char **argv)
{
	struct outside x = { .ready = { .self = self, .list = sbuf_make(LIST_MAX_BYTES) } };
	struct errinfo e = { 0 };
	enum outside_kind ignored;
	const struct cmd_option options[] = { READY_OPTIONS(&x.ready), { "kind", 'k', CMD_LIST, &x.kinds }, { 0 } };
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 0, CHARTS_AT_ONCE, "archives, chart directories, REPO/NAME or "
		                       "bundles are expected");
	for (size_t i = 0; status < 0 && i < x.kinds.count; i++)
		if (!outside_kind_of_word(str_c(x.kinds.item[i]), &ignored))
			status = cmd_misused(self, "--kind: dependency, schema, image, icon or download is expected, not \"%s\"",
			                     x.kinds.item[i]);
	size_t count = (size_t)(argc - optind);
	if (status < 0)
		status = ready_check(&x.ready, argv + optind, count, true);
	if (status < 0) {
		enum err err = run(&x, argv + optind, count, &e);
		status = err ? cmd_failed(self, &e) : x.host_count ? EXIT_FAILED : EXIT_DONE;
	}
	ready_done(&x.ready);
	return status;
}
