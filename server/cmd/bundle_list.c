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

/* Of one repository. Returns how many there were. */
static enum err put_trips(struct catalog *c, const struct repo_row *repo, bool json, struct sbuf *b, size_t *ret,
                          struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct trip_row *trips;
	enum err err = catalog_trips(c, &a, repo->id, TRIPS_MAX, &trips, ret, e);
	for (size_t i = 0; i < *ret && !err; i++) {
		if (json)
			json_next(b);
		(json ? put_trip : put_row)(b, repo->name, &trips[i]);
	}
	return err;
}

/* `only`: NULL: of all. */
static enum err put_all(struct catalog *c, const char *only, bool json, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *rows;
	size_t count = 0, trips, all = 0;
	bool found = !only;
	enum err err = catalog_repos(c, &a, &rows, &count, e);
	sbuf_puts(b, json ? "{\"trips\":[" : "REPOSITORY\tTRIP\tAS OF\tSIGNED BY\tIMPORTED\tVERSIONS\tBYTES\tSELECTION\n");
	for (size_t i = 0; i < count && !err; i++) {
		if (only && !str_eq_c(rows[i].name, only))
			continue;
		found = true;
		err = put_trips(c, &rows[i], json, b, &trips, e);
		all += trips;
	}
	if (!all && !json) {
		sbuf_reset(b);
		sbuf_puts(b, "no bundle was brought in\n");
	}
	return err || found ? err : ERR(e, REPO_NOT_FOUND, "there is no repository \"%s\"", only);
}

/* ---- what waits ---- */

struct waiting { const char *only; bool json; struct sbuf text; };

static enum err put_waiting(void *ctx, const struct bundle_waiting *one, struct errinfo *e)
{
	struct waiting *w = ctx;
	const struct bundle_head *h = one->head;
	struct sbuf *b = &w->text;
	char since[RFC3339_MAX_BYTES];
	(void)e;
	if (w->only && !str_eq_c(h->repo, w->only))
		return OK;
	if (!w->json) {
		(void)clock_format_seconds(one->at_ns, since);
		sbuf_printf(b, "trip %llu of %.*s was not brought in wholly: %llu of %llu files are here since %s; %s\n",
		            (unsigned long long)h->own.event, STR_ARG(h->repo),
		            (unsigned long long)one->files, (unsigned long long)h->files, since, one->useless
		            ? "the next import removes them" : "bring it again to go on");
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
static enum err list(const char *data, struct waiting *w, struct sbuf *b, struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(data, &r, e);
	if (!err)
		err = bundle_waiting_each(r.dir, r.catalog, clock_wall(), put_waiting, w, e);
	if (!err)
		err = put_all(r.catalog, w->only, w->json, b, e);
	reader_close(&r);
	if (err == ERR_REPO_NOT_FOUND && w->text.n)
		err = OK;
	if (err || !w->json)
		return err;
	sbuf_puts(b, "],\"waiting\":[");
	sbuf_put(b, sbuf_str(&w->text));
	sbuf_puts(b, "]}\n");
	return sbuf_ok(&w->text) ? OK : ERR(e, NOMEM, "list");
}

int cmd_bundle_list(const struct command *self, int argc, char **argv)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	const char *data = cmd_data(), *repo = NULL;
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
