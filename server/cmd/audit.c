/* chartlocker audit: who did what from where, and what became of it. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/store/accounts.h"
#include "server/api/audit.h"
#include "server/cmd/cmd.h"
#include "server/cmd/reader.h"

#define TABLE_MAX_BYTES (1024u * MIB)
#define ROW_MAX_BYTES (1u * MIB)

struct auditing {
	const char *data;
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

static enum err show(struct auditing *x, struct catalog *c, struct errinfo *e)
{
	if (x->json)
		return catalog_audit_each(c, (int64_t)x->since, x->limit, print_object, x, e);
	x->table = sbuf_make(TABLE_MAX_BYTES);
	sbuf_puts(&x->table, "ID\tTIME\tACTOR\tNAME\tFROM\tACTION\tOBJECT\tVERDICT\n");
	enum err err = catalog_audit_each(c, (int64_t)x->since, x->limit, add_row, x, e);
	if (!err)
		print_table(sbuf_str(&x->table));
	sbuf_done(&x->table);
	return err;
}

static enum err run(struct auditing *x, struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(x->data, &r, e);
	if (!err)
		err = show(x, r.catalog, e);
	reader_close(&r);
	return err;
}

int cmd_audit(const struct command *self, int argc, char **argv)
{
	struct auditing x = { .data = cmd_data(), .limit = INT64_MAX };
	const char *since = "0", *limit = NULL;
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &x.data }, { "since", 0, CMD_TEXT, &since },
		{ "limit", 0, CMD_TEXT, &limit }, { "json", 'j', CMD_FLAG, &x.json }, { 0 },
	};
	struct errinfo e = { 0 };
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	if (!str_to_u64(str_c(since), &x.since) || x.since > INT64_MAX)
		return cmd_misused(self, "--since: \"%s\" is not the id of a row", since);
	if (limit && (!str_to_u64(str_c(limit), &x.limit) || x.limit > INT64_MAX))
		return cmd_misused(self, "--limit: \"%s\" is not a number of rows", limit);
	status = cmd_no_arguments(self, argc, argv);
	if (status >= 0)
		return status;
	return run(&x, &e) ? cmd_failed(self, &e) : EXIT_DONE;
}
