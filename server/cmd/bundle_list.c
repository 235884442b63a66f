/* chartlocker bundle list: the trips that were brought in. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/store/trips.h"
#include "server/cmd/bundle.h"
#include "server/cmd/reader.h"

#define TRIPS_MAX 100000u
#define LIST_MAX_BYTES (256u * MIB)

static void put_time(struct sbuf *b, int64_t at_ns)
{
	char text[RFC3339_MAX_BYTES];
	sbuf_put(b, str_make(text, clock_format(at_ns, text)));
}

static void put_row(struct sbuf *b, const struct trip_row *t)
{
	sbuf_printf(b, "%llu\t", (unsigned long long)t->event);
	put_time(b, t->at_ns);
	sbuf_putc(b, '\t');
	put_cell(b, t->signers);
	sbuf_putc(b, '\t');
	put_time(b, t->imported_ns);
	sbuf_printf(b, "\t%llu\t%llu\t", (unsigned long long)t->versions, (unsigned long long)t->bytes);
	put_cell(b, t->filter.n ? t->filter : STR("everything"));
	sbuf_putc(b, '\n');
}

static void put_json(struct sbuf *b, const struct trip_row *t)
{
	char at[RFC3339_MAX_BYTES], imported[RFC3339_MAX_BYTES];
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "bundle", t->bundle);
	json_number(b, "trip", t->event);
	json_number(b, "parent", t->parent);
	json_text(b, "as_of", str_make(at, clock_format(t->at_ns, at)));
	json_text(b, "signed_by", t->signers);
	json_text(b, "imported", str_make(imported, clock_format(t->imported_ns, imported)));
	json_text(b, "filter", t->filter);
	json_text(b, "instance", t->instance);
	json_number(b, "versions", t->versions);
	json_number(b, "bytes", t->bytes);
	sbuf_putc(b, '}');
}

static enum err find_repo(struct catalog *c, struct arena *a, const char *name, int64_t *ret,
                          struct errinfo *e)
{
	struct repo_row *rows;
	size_t count;
	enum err err = catalog_repos(c, a, &rows, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		if (str_eq_c(rows[i].name, name)) {
			*ret = rows[i].id;
			return OK;
		}
	return err ? err : ERR(e, REPO_NOT_FOUND, "there is no repository \"%s\"", name);
}

static enum err list(const char *data, const char *repo, bool json, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader r;
	struct trip_row *trips;
	size_t count = 0;
	int64_t id = 0;
	enum err err = reader_open(data, &r, e);
	if (!err)
		err = find_repo(r.catalog, &a, repo, &id, e);
	if (!err)
		err = catalog_trips(r.catalog, &a, id, TRIPS_MAX, &trips, &count, e);
	reader_close(&r);
	if (!err && !json)
		sbuf_puts(b, count ? "TRIP\tAS OF\tSIGNED BY\tIMPORTED\tVERSIONS\tBYTES\tSELECTION\n"
		                   : "no bundle was brought in\n");
	if (!err && json)
		sbuf_puts(b, "{\"trips\":[");
	for (size_t i = 0; i < count && !err; i++)
		(json ? put_json : put_row)(b, &trips[i]);
	if (!err && json)
		sbuf_puts(b, "]}\n");
	return err;
}

int cmd_bundle_list(const struct command *self, int argc, char **argv)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	const char *data = cmd_data(), *repo = cmd_default_repository();
	bool json = false;
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_PATH, &data }, { "repo", 'r', CMD_PATH, &repo }, { "json", 'j', CMD_FLAG, &json },
		{ 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_no_arguments(self, argc, argv);
	if (status >= 0)
		return status;
	enum err err = list(data, repo, json, &b, &e);
	if (err)
		return cmd_failed(self, &e);
	if (json)
		return print_output(&b, &e) ? cmd_failed(self, &e) : EXIT_DONE;
	print_table(sbuf_str(&b));
	return EXIT_DONE;
}
