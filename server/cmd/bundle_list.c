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

/* What is told, of one repository or of all that came so. */
struct listing {
	const char *repo;                /* NULL: all */
	bool json;
	size_t count;
	struct sbuf trips, waiting;
};

static void put_time(struct sbuf *b, int64_t at_ns)
{
	char text[RFC3339_MAX_BYTES];
	sbuf_put(b, str_make(text, clock_format_seconds(at_ns, text)));
}

static void put_row(struct sbuf *b, struct str repo, const struct trip_row *t)
{
	put_cell(b, repo);
	sbuf_printf(b, "\t%llu\t", (unsigned long long)t->event);
	put_time(b, t->at_ns);
	sbuf_putc(b, '\t');
	put_cell(b, t->signers);
	sbuf_putc(b, '\t');
	put_time(b, t->imported_ns);
	sbuf_printf(b, "\t%llu\t%llu\t", (unsigned long long)t->versions, (unsigned long long)t->bytes);
	put_cell(b, t->filter.n ? t->filter : STR("everything"));
	sbuf_putc(b, '\n');
}

static enum err put_trips(struct listing *l, struct catalog *c, const struct repo_row *repo, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct trip_row *trips;
	size_t count;
	enum err err = catalog_trips(c, &a, repo->id, TRIPS_MAX, &trips, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		l->count++;
		if (!l->json) {
			put_row(&l->trips, repo->name, &trips[i]);
			continue;
		}
		json_next(&l->trips);
		put_trip(&l->trips, repo->name, &trips[i]);
	}
	return err;
}

/* ---- what waits ---- */

static enum err put_waiting(void *ctx, const struct bundle_waiting *one, struct errinfo *e)
{
	struct listing *l = ctx;
	const struct bundle_head *h = one->head;
	struct sbuf *b = &l->waiting;
	(void)e;
	if (l->repo && !str_eq_c(h->repo, l->repo))
		return OK;
	if (!l->json) {
		sbuf_printf(b, "trip %llu of %.*s was not brought in wholly: %llu of %llu files are here since ",
		            (unsigned long long)h->own.event, STR_ARG(h->repo), (unsigned long long)one->files,
		            (unsigned long long)h->files);
		put_time(b, one->at_ns);
		sbuf_printf(b, "; %s\n", one->useless ? "the next import removes them" : "bring it again to go on");
		return OK;
	}
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "repo", h->repo);
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

/* Of a repository that is not here yet only what waits can be told. */
static enum err list(const char *data, struct listing *l, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader r;
	struct repo_row *rows = NULL;
	size_t count = 0;
	bool found = !l->repo;
	enum err err = reader_open(data, &r, e);
	if (!err)
		err = bundle_waiting_each(r.dir, r.catalog, clock_wall(), put_waiting, l, e);
	if (!err)
		err = catalog_repos(r.catalog, &a, &rows, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		if (l->repo && !str_eq_c(rows[i].name, l->repo))
			continue;
		found = true;
		err = put_trips(l, r.catalog, &rows[i], e);
	}
	reader_close(&r);
	if (!err && !found && !l->waiting.n)
		err = ERR(e, REPO_NOT_FOUND, "there is no repository \"%s\"", l->repo);
	return err;
}

static enum err print(const struct listing *l, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	if (!sbuf_ok(&l->trips) || !sbuf_ok(&l->waiting))
		return ERR(e, NOMEM, "list");
	if (l->json) {
		sbuf_puts(&b, "{\"trips\":[");
		sbuf_put(&b, sbuf_str(&l->trips));
		sbuf_puts(&b, "],\"waiting\":[");
		sbuf_put(&b, sbuf_str(&l->waiting));
		sbuf_puts(&b, "]}\n");
		return print_output(&b, e);
	}
	sbuf_puts(&b, "REPOSITORY\tTRIP\tAS OF\tSIGNED BY\tIMPORTED\tVERSIONS\tBYTES\tSELECTION\n");
	sbuf_put(&b, sbuf_str(&l->trips));
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "list");
	if (l->count)
		print_table(sbuf_str(&b));
	else
		printf("no bundle was brought in%s%s\n", l->repo ? "to " : "", l->repo ? l->repo : "");
	return print_output(&l->waiting, e);
}

int cmd_bundle_list(const struct command *self, int argc, char **argv)
{
	struct listing l = { .trips = sbuf_make(LIST_MAX_BYTES), .waiting = sbuf_make(LIST_MAX_BYTES) };
	const char *data = cmd_data();
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &data }, { "repo", 'r', CMD_TEXT, &l.repo }, { "json", 'j', CMD_FLAG, &l.json },
		{ 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	if (status >= 0)
		return status;
	enum err err = list(data, &l, &e);
	if (!err)
		err = print(&l, &e);
	sbuf_done(&l.trips);
	sbuf_done(&l.waiting);
	return err ? cmd_failed(self, &e) : EXIT_DONE;
}
