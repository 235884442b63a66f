/* chartlocker bundle list: the trips that were brought in, and what waits to be brought again. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/import.h"
#include "server/api/trips.h"
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
	json_next(b);
	put_trip(b, t);
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

/* ---- what waits ---- */

struct waiting { const char *repo; bool json; struct sbuf text; };

static enum err put_waiting(void *ctx, const struct bundle_waiting *one, struct errinfo *e)
{
	struct waiting *w = ctx;
	const struct bundle_head *h = one->head;
	struct sbuf *b = &w->text;
	char since[RFC3339_MAX_BYTES];
	(void)e;
	if (!str_eq_c(h->repo, w->repo))
		return OK;
	if (!w->json) {
		(void)clock_format(one->at_ns, since);
		sbuf_printf(b, "trip %llu was not brought in wholly: %llu of %llu files are here since %s; %s\n",
		            (unsigned long long)h->own.event, (unsigned long long)one->files,
		            (unsigned long long)h->files, since, one->useless
		            ? "the next import removes them" : "bring it again to go on");
		return OK;
	}
	json_next(b);
	sbuf_putc(b, '{');
	json_number(b, "trip", h->own.event);
	json_number(b, "files", h->files);
	json_number(b, "bytes", h->bytes);
	json_number(b, "files_here", one->files);
	json_number(b, "bytes_here", one->bytes);
	json_time(b, "since", one->at_ns);
	json_bool(b, "useless", one->useless);
	sbuf_putc(b, '}');
	return OK;
}

static void put_trips(const struct trip_row *trips, size_t count, bool json, struct sbuf *b)
{
	sbuf_puts(b, json ? "{\"trips\":["
	             : count ? "TRIP\tAS OF\tSIGNED BY\tIMPORTED\tVERSIONS\tBYTES\tSELECTION\n"
	                     : "no bundle was brought in\n");
	for (size_t i = 0; i < count; i++)
		(json ? put_json : put_row)(b, &trips[i]);
}

/* Of a repository that is not here yet only what waits can be told. */
static enum err list(const char *data, struct waiting *w, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader r;
	struct trip_row *trips = NULL;
	size_t count = 0;
	int64_t id = 0;
	enum err err = reader_open(data, &r, e), found = OK;
	if (!err)
		err = bundle_waiting_each(r.dir, r.catalog, clock_wall(), put_waiting, w, e);
	if (!err)
		found = find_repo(r.catalog, &a, w->repo, &id, e);
	if (!err && !found)
		err = catalog_trips(r.catalog, &a, id, TRIPS_MAX, &trips, &count, e);
	reader_close(&r);
	if (!err && !(found == ERR_REPO_NOT_FOUND && w->text.n))
		err = found;
	if (err)
		return err;
	put_trips(trips, count, w->json, b);
	if (!w->json)
		return OK;
	sbuf_puts(b, "],\"waiting\":[");
	sbuf_put(b, sbuf_str(&w->text));
	sbuf_puts(b, "]}\n");
	return sbuf_ok(&w->text) ? OK : ERR(e, NOMEM, "list");
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
	struct waiting w = { repo, json, sbuf_make(LIST_MAX_BYTES) };
	enum err err = list(data, &w, &b, &e);
	if (!err && json)
		err = print_output(&b, &e);
	if (!err && !json) {
		print_table(sbuf_str(&b));
		(void)fwrite(w.text.p, 1, w.text.n, stdout);
	}
	sbuf_done(&w.text);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}
