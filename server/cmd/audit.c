/* chartlocker audit: who did what from where, and what became of it. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/store/accounts.h"
#include "server/api/audit.h"
#include "server/cmd/ask.h"
#include "server/cmd/cmd.h"
#include "server/cmd/reader.h"

#define TABLE_MAX_BYTES (1024u * MIB)
#define ROW_MAX_BYTES (1u * MIB)

struct auditing {
	const char *server, *data;
	uint64_t since, limit;
	bool json;
	struct sbuf table;
};

static struct str time_text(const struct audit_row *row, char ret[RFC3339_MAX_BYTES])
{
	return str_make(ret, clock_format_seconds(row->at_ns, ret));
}

static enum err add_row(void *ctx, const struct audit_row *row, struct errinfo *e)
{
	struct sbuf *b = &((struct auditing *)ctx)->table;
	char at[RFC3339_MAX_BYTES];
	const struct str cells[] = { time_text(row, at), row->actor, row->name, row->remote, row->action,
	                             row->object, row->verdict };
	sbuf_u64(b, (uint64_t)row->id);
	for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
		sbuf_putc(b, '\t');
		put_cell(b, cells[i].n ? cells[i] : STR("-"));
	}
	sbuf_putc(b, '\n');
	return sbuf_ok(b) ? OK : ERR(e, TOO_LARGE, "the table is too large; use --since, --limit or "
	                             "--json");
}

static enum err print_object(void *ctx, const struct audit_row *row, struct errinfo *e)
{
	(void)ctx;
	AUTO_SBUF struct sbuf b = sbuf_make(ROW_MAX_BYTES);
	audit_json(&b, row);
	sbuf_putc(&b, '\n');
	return print_output(&b, e);
}

/* ---- of a server at an address ---- */

static enum err take_row(struct auditing *x, const struct node *n, struct errinfo *e)
{
	struct audit_row row = {
		.id = (int64_t)field_number(n, "id"), .actor = field_text(n, "actor"), .name = field_text(n, "name"),
		.remote = field_text(n, "remote"), .request = field_text(n, "request"), .action = field_text(n, "action"),
		.object = field_text(n, "object"), .verdict = field_text(n, "verdict"), .event = field_number(n, "event"),
	};
	if (!clock_parse(field_text(n, "at"), &row.at_ns))
		return ERR(e, UPSTREAM, "the server does not answer as Chartlocker does: a row has no time");
	return (x->json ? print_object : add_row)(x, &row, e);
}

/* Up to AUDIT_LIMIT_MAX rows; those that follow are for the next one. */
static enum err ask_rows(struct auditing *x, struct remote *r, bool *ret_more, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct remote_answer answer;
	const struct node *root = NULL;
	uint64_t limit = x->limit < AUDIT_LIMIT_MAX ? x->limit : AUDIT_LIMIT_MAX, since = x->since;
	const char *target = arena_printf(&a, "/api/v1/audit?since=%llu&limit=%llu", (unsigned long long)since,
	                                  (unsigned long long)limit);
	enum err err = target ? remote_call(r, &a, "GET", target, STR(""), &answer, e) : ERR(e, NOMEM, "request");
	if (!err)
		err = answer_read(&a, answer.text, "audit", &root, e);
	for (const struct node_item *i = err ? NULL : field_items(root, "audit"); i && !err; i = i->next, x->limit--)
		err = x->limit ? take_row(x, i->value, e) : ERR(e, UPSTREAM, "the server sent more rows than were asked for");
	x->since = err ? since : field_number(root, "next");
	*ret_more = x->since > since && x->limit;
	return err;
}

static enum err ask(struct auditing *x, struct errinfo *e)
{
	struct remote *r = NULL;
	bool more = x->limit > 0;
	enum err err = remote_open(x->server, NULL, &r, e);
	while (!err && more)
		err = ask_rows(x, r, &more, e);
	remote_close(r);
	return err;
}

/* ---- of a data directory ---- */

static enum err read_rows(struct auditing *x, struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(x->data, &r, e);
	if (!err)
		err = catalog_audit_each(r.catalog, (int64_t)x->since, x->limit, x->json ? print_object : add_row, x, e);
	reader_close(&r);
	return err;
}

static enum err run(struct auditing *x, struct errinfo *e)
{
	x->table = sbuf_make(TABLE_MAX_BYTES);
	sbuf_puts(&x->table, "ID\tTIME\tACTOR\tNAME\tFROM\tACTION\tOBJECT\tVERDICT\n");
	enum err err = x->server ? ask(x, e) : read_rows(x, e);
	if (!err && !x->json)
		print_table(sbuf_str(&x->table));
	sbuf_done(&x->table);
	return err;
}

int cmd_audit(const struct command *self, int argc, char **argv)
{
	struct auditing x = { .data = cmd_data(), .limit = INT64_MAX };
	const char *since = "0", *limit = NULL;
	const struct cmd_option options[] = {
		{ "server", 's', CMD_TEXT, &x.server }, { "data", 'd', CMD_TEXT, &x.data }, { "since", 0, CMD_TEXT, &since },
		{ "limit", 0, CMD_TEXT, &limit }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	struct errinfo e = { 0 };
	int status = cmd_options_alone(self, argc, argv, options);
	if (status >= 0)
		return status;
	if (!str_to_u64(str_c(since), &x.since) || x.since > INT64_MAX)
		return cmd_misused(self, "--since: \"%s\" is not the id of a row", since);
	if (limit && (!str_to_u64(str_c(limit), &x.limit) || x.limit > INT64_MAX))
		return cmd_misused(self, "--limit: \"%s\" is not a number of rows", limit);
	return run(&x, &e) ? cmd_failed(self, &e) : EXIT_DONE;
}
