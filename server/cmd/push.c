/* chartlocker push: archives and chart directories to a server, over HTTP.
 *
 * The server's verdict is the verdict: nothing is judged here but what has to be packaged first.
 * Works with ChartMuseum too, whose answers say less: {"saved":true} is what both say of a chart they have. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/hash.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/fetch/fetch.h"
#include "indexer/fetch/url.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "server/cmd/ask.h"
#include "server/cmd/authorization.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/files.h"
#include "server/cmd/output.h"

#define LINE_MAX_BYTES (64u * KIB)

struct push {
	const struct command *self;
	const char *repo;
	struct url_server server;
	struct authorization by;
	bool force, skip_existing, skip_unchanged, dry_run, json, token_stdin;
	struct package_options options;  /* for directories */
	struct fetch *fetch;
	struct arena arena;              /* of the address and the credentials */
	bool failed;
	enum err refused;                /* the last refusal */
};

/* One archive on its way, and what became of it. */
struct parcel {
	struct arena arena;
	const char *path;
	char *tgz, *prov;
	size_t bytes, prov_bytes;
	char digest[SHA256_HEX_BYTES + 1];
	struct str name, version;        /* empty where nobody told */
	const struct node *warnings;     /* the server's; NULL: none */
	const char *outcome;
};

static void parcel_done(struct parcel *p)
{
	free(p->tgz);
	free(p->prov);
	arena_done(&p->arena);
}

/* ---- telling ---- */

static enum err print_object(const struct parcel *p, const struct errinfo *refused,
                             struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LINE_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "path", str_c(p->path));
	if (p->name.n) {
		json_text(&b, "name", p->name);
		json_text(&b, "version", p->version);
	}
	if (p->digest[0])
		json_text(&b, "digest", str_c(p->digest));
	json_text(&b, "status", str_c(p->outcome));
	if (refused->code) {
		json_text(&b, "error", str_c(refused->detail));
		json_text(&b, "code", str_c(err_code(refused->code)));
	}
	const struct node_item *first = p->warnings ? p->warnings->items : NULL;
	if (first)
		json_key(&b, "warnings");
	for (const struct node_item *i = first; i; i = i->next) {
		sbuf_putc(&b, i == first ? '[' : ',');
		sbuf_json(&b, node_text(i->value));
	}
	sbuf_puts(&b, first ? "]}\n" : "}\n");
	return print_output(&b, e);
}

static void print_line(const struct parcel *p, const struct errinfo *refused)
{
	AUTO_SBUF struct sbuf b = sbuf_make(LINE_MAX_BYTES);
	const char *why = strcmp(p->outcome, "skipped") ? "" : ": this version exists with other bytes";
	put_cell(&b, p->name.n ? p->name : str_base_name(str_c(p->path)));
	sbuf_puts(&b, p->name.n ? " " : "");
	put_cell(&b, p->version);
	if (!strcmp(p->outcome, "refused"))
		cmd_tell("%s: %s (%s)", p->path, cmd_reason(refused), err_code(refused->code));
	else
		printf("%.*s  sha256:%s  %s%s\n", STR_ARG(sbuf_str(&b)), p->digest, p->outcome, why);
	(void)fflush(stdout);
	for (const struct node_item *i = p->warnings ? p->warnings->items : NULL; i; i = i->next)
		cmd_tell("%s: warning: %.*s", p->path, STR_ARG(node_text(i->value)));
}

/* ---- sending ---- */

static const char *target(const struct push *x, struct arena *a)
{
	const struct { bool on; const char *name; } flags[] = {
		{ x->force, "force" }, { x->skip_unchanged, "skip_unchanged" }, { x->dry_run, "dry_run" } };
	const char *to = arena_printf(a, "%s/api/%s%scharts", x->server.url, x->repo, *x->repo ? "/" : "");
	for (size_t i = 0, n = 0; to && i < sizeof flags / sizeof *flags; i++)
		if (flags[i].on)
			to = arena_printf(a, "%s%c%s=true", to, n++ ? '&' : '?', flags[i].name);
	return to;
}

static enum err check_stored(const struct parcel *p, struct str digest, struct errinfo *e)
{
	if (!digest.n || str_eq_c(digest, p->digest))
		return OK;
	return ERR(e, DIGEST, "the server stored sha256:%.*s, sha256:%s was sent", STR_ARG(digest),
	           p->digest);
}

static enum err read_answer(const struct push *x, struct parcel *p,
                            const struct fetch_response *answer,
                            struct errinfo *e)
{
	const struct node *root = NULL;
	bool existing = false;
	enum err err = answer_error(&p->arena, answer, e);
	if (err)
		return err;
	err = answer_read(&p->arena, answer->body, "saved", &root, e);
	if (err)
		return err;
	if (field_is_true(root, "saved") == x->dry_run)
		return ERR(e, UPSTREAM, x->dry_run ? "the server knows no dry run, as ChartMuseum: it stored the chart"
		                                   : "the server did not store it, and does not say why");
	if (!node_bool(node_get(root, "existing"), &existing))
		existing = false;
	if (node_text(node_get(root, "name")).n) {
		p->name = node_text(node_get(root, "name"));
		p->version = node_text(node_get(root, "version"));
	}
	p->warnings = node_get(root, "warnings");
	p->outcome = existing ? "exists" : x->dry_run ? "would be published" : "published";
	if (existing && node_text(node_get(root, "stored_digest")).n)
		p->outcome = "unchanged";
	return check_stored(p, node_text(node_get(root, "digest")), e);
}

static enum err send_parcel(const struct push *x, struct parcel *p, struct errinfo *e)
{
	struct str tgz = str_make(p->tgz, p->bytes), prov = str_make(p->prov, p->prov_bytes);
	struct fetch_request q = { .method = "POST", .url = target(x, &p->arena), .header_count = 1,
	                           .response_max_bytes = PUSH_ANSWER_MAX_BYTES };
	struct fetch_response answer;
	struct sha256 digest;
	if (!q.url)
		return ERR(e, NOMEM, "address");
	enum err err = sha256_of(tgz, &digest, e);
	if (err)
		return err;
	sha256_hex(&digest, p->digest);
	if (x->by.header)
		q.headers[q.header_count++] = x->by.header;
	err = fetch_form(&p->arena, tgz, prov, &q.body, &q.headers[0], e);
	if (!err)
		err = fetch_do(x->fetch, &p->arena, &q, &answer, e);
	return err ? err : read_answer(x, p, &answer, e);
}

static bool is_skipped(const struct push *x, enum err err)
{
	return x->skip_existing && err == ERR_EXISTS;
}

/* Tells what became of it. What is wrong with one archive does not stop the others; a server that
 * does not answer would not answer the next one either.                                      */
static enum err finish(struct push *x, struct parcel *p, enum err err, struct errinfo *e)
{
	struct errinfo refused = { 0 };
	if (err == ERR_UPSTREAM)
		return err;
	if (err) {
		refused = *e;
		p->outcome = is_skipped(x, err) ? "skipped" : "refused";
	}
	if (err && !is_skipped(x, err)) {
		x->failed = true;
		x->refused = err;
	}
	if (x->json)
		return print_object(p, &refused, e);
	print_line(p, &refused);
	return OK;
}

/* ---- what is sent ---- */

static enum err push_file(struct push *x, const struct chart_path *file, struct errinfo *e)
{
	struct parcel p = { .path = file->path };
	enum err err = fs_read(AT_FDCWD, file->file, CHART_UNPACKED_MAX_BYTES, &p.tgz, &p.bytes, e);
	if (!err && file->prov)
		err = fs_read(AT_FDCWD, file->prov, PROVENANCE_MAX_BYTES, &p.prov, &p.prov_bytes, e);
	if (!err)
		err = send_parcel(x, &p, e);
	err = finish(x, &p, err, e);
	parcel_done(&p);
	return err;
}

static enum err push_directory(struct push *x, const char *path, struct errinfo *e)
{
	struct parcel p = { .path = path };
	struct package made = { 0 };
	enum err err = chart_dir_package(&p.arena, path, &x->options, &made, e);
	if (!err) {
		p.tgz = made.tgz;
		p.bytes = made.bytes;
		p.name = made.chart.meta.name;
		p.version = made.chart.meta.version;
		err = send_parcel(x, &p, e);
	}
	err = finish(x, &p, err, e);
	parcel_done(&p);
	return err;
}

static enum err push_path(struct push *x, const char *path, struct errinfo *e)
{
	struct chart_paths paths = { 0 };
	if (chart_dir_is(path))
		return push_directory(x, path, e);
	enum err err = chart_paths_add(&paths, path, e);
	if (!err && !paths.count && !paths.unreadable)
		err = ERR(e, NOT_FOUND, "%s: there is neither a Chart.yaml nor a .tgz in it%s", path,
		          chart_paths_links(&paths));
	for (size_t i = 0; !err && i < paths.count; i++)
		err = push_file(x, &paths.list[i], e);
	x->failed |= paths.unreadable > 0;
	chart_paths_done(&paths);
	return err;
}

/* helm repo add takes the repository's address, push the server's. */
static void hint(const struct push *x)
{
	const char *host = strstr(x->server.url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	struct errinfo e = { 0 };
	bool hidden = x->refused == ERR_NOT_FOUND || x->refused == ERR_REPO_NOT_FOUND;
	if (hidden && path && !*x->repo && !repo_old_name_check(str_c(path + 1), &e))
		fprintf(stderr, "If %s is a repository: chartlocker push --repo %s … %.*s\n", path + 1, path + 1,
		        (int)(path - x->server.url), x->server.url);
	else
		authorization_hint(&x->by, &x->server, x->refused);
}

static int run(struct push *x, char **paths, int count)
{
	struct errinfo e = { 0 };
	enum err err = source_date(&x->options.mtime_seconds, &e);
	if (!err)
		err = authorization_find(&x->arena, &x->server, x->token_stdin, &x->by, &e);
	if (!err)
		err = fetch_new(&x->fetch, &e);
	for (int i = 0; !err && i < count; i++)
		err = push_path(x, paths[i], &e);
	fetch_free(x->fetch);
	if (err)
		return cmd_failed(x->self, &e);
	if (x->failed)
		hint(x);
	return x->failed ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the command ---- */

/* -1: fine. */
static int check(struct push *x, int argc, char **argv)
{
	struct errinfo e = { 0 };
	int status = cmd_arguments(x->self, argc, argv, 2, INT_MAX, "charts are expected, and behind them the "
	                           "server's address");
	if (status >= 0)
		return status;
	if (*x->repo && repo_old_name_check(str_c(x->repo), &e))
		return cmd_misused(x->self, "--repo: %s", e.detail);
	if (url_server_read(&x->arena, argv[argc - 1], &x->server, &e))
		return cmd_misused(x->self, "%s", cmd_reason(&e));
	return -1;
}

int cmd_push(const struct command *self, int argc, char **argv)
{
	struct push x = { .self = self, .repo = "" };
	const struct cmd_option options[] = {
		{ "repo", 'r', CMD_TEXT, &x.repo }, { "force", 'f', CMD_FLAG, &x.force },
		{ "skip-existing", 0, CMD_FLAG, &x.skip_existing },
		{ "skip-unchanged", 0, CMD_FLAG, &x.skip_unchanged },
		{ "dry-run", 'n', CMD_FLAG, &x.dry_run }, { "json", 'j', CMD_FLAG, &x.json },
		{ "token-stdin", 0, CMD_FLAG, &x.token_stdin }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = check(&x, argc, argv);
	if (status < 0)
		status = run(&x, argv + optind, argc - optind - 1);
	arena_done(&x.arena);
	return status;
}
