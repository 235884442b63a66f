/* chartlocker log: the events, and whether they are still what was written. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"
#include "server/cmd/reader.h"

#define TABLE_MAX_BYTES (1024u * MIB)
#define EVENT_MAX_BYTES (4u * MIB)
#define SHORT_DIGEST_BYTES 12

struct logging {
	const char *data;
	uint64_t since, until;           /* until 0: the last one */
	bool verify, json;
	struct sbuf table;
};

static void put_column(struct sbuf *b, struct str text)
{
	sbuf_putc(b, '\t');
	put_cell(b, text.n ? text : STR("-"));
}

static enum err add_row(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct sbuf *b = &((struct logging *)ctx)->table;
	char at[RFC3339_MAX_BYTES];
	size_t n = clock_format_seconds(ev->at_ns, at);
	sbuf_u64(b, ev->seq);
	put_column(b, str_make(at, n));
	put_column(b, ev->actor);
	put_column(b, ev->kind);
	put_column(b, ev->repo);
	put_column(b, ev->chart);
	put_column(b, ev->version);
	put_column(b, str_first(ev->digest, SHORT_DIGEST_BYTES));
	sbuf_putc(b, '\n');
	return sbuf_ok(b) ? OK : ERR(e, TOO_LARGE, "the table is too large; use --since or --json");
}

static enum err print_object(void *ctx, const struct event *ev, struct errinfo *e)
{
	(void)ctx;
	AUTO_SBUF struct sbuf b = sbuf_make(EVENT_MAX_BYTES);
	event_canonical(&b, ev);
	sbuf_putc(&b, '\n');
	return print_output(&b, e);
}

static enum err each(struct logging *l, struct catalog *c, catalog_visit_event *visit,
                     struct errinfo *e)
{
	return catalog_events_between(c, l->since, l->until ?: UINT64_MAX, visit, l, e);
}

static enum err show(struct logging *l, struct catalog *c, struct errinfo *e)
{
	if (l->json)
		return each(l, c, print_object, e);
	l->table = sbuf_make(TABLE_MAX_BYTES);
	sbuf_puts(&l->table, "SEQ\tTIME\tACTOR\tKIND\tREPOSITORY\tCHART\tVERSION\tDIGEST\n");
	enum err err = each(l, c, add_row, e);
	if (!err)
		print_table(sbuf_str(&l->table));
	sbuf_done(&l->table);
	return err;
}

/* Of a part of the log, with the root before it: both can be compared with checkpoints. */
static void print_part(const struct log_range *r, const char *root, bool json)
{
	char before[SHA256_HEX_BYTES + 1];
	sha256_hex(&r->before, before);
	printf(json ? "{\"events\":%llu,\"since\":%llu,\"before\":\"%s\",\"until\":%llu,\"root\":\"%s\"}\n"
	            : "%llu events, all as they were written; root of the first %llu %s,"
	              " of the first %llu %s\n",
	       (unsigned long long)(r->until - r->since), (unsigned long long)r->since, before,
	       (unsigned long long)r->until, root);
}

static enum err verify(const struct logging *l, struct catalog *c, struct errinfo *e)
{
	struct log_range r;
	char root[SHA256_HEX_BYTES + 1];
	enum err err = catalog_log_verify_range(c, l->since, l->until, &r, e);
	if (err)
		return err;
	sha256_hex(&r.root, root);
	if (l->since)
		print_part(&r, root, l->json);
	else
		printf(l->json ? "{\"events\":%llu,\"root\":\"%s\"}\n"
		               : "%llu events, all as they were written; root %s\n",
		       (unsigned long long)r.until, root);
	return OK;
}

static enum err run(struct logging *l, struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(l->data, &r, e);
	if (!err)
		err = l->verify ? verify(l, r.catalog, e) : show(l, r.catalog, e);
	reader_close(&r);
	return err;
}

int cmd_log(const struct command *self, int argc, char **argv)
{
	struct logging l = { .data = cmd_data() };
	const char *since = "0", *until = "0";
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &l.data }, { "since", 0, CMD_TEXT, &since },
		{ "until", 'u', CMD_TEXT, &until },
		{ "verify", 0, CMD_FLAG, &l.verify }, { "json", 'j', CMD_FLAG, &l.json }, { 0 },
	};
	struct errinfo e = { 0 };
	int status = cmd_options_alone(self, argc, argv, options);
	if (status >= 0)
		return status;
	if (!str_to_u64(str_c(since), &l.since))
		return cmd_misused(self, "--since: \"%s\" is not the number of an event", since);
	if (!str_to_u64(str_c(until), &l.until))
		return cmd_misused(self, "--until: \"%s\" is not the number of an event", until);
	return run(&l, &e) ? cmd_failed(self, &e) : EXIT_DONE;
}
