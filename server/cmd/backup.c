/* chartlocker backup and chartlocker restore. Both read and write by themselves: a server that runs
 * on the data directory is not asked, only told afterwards, for its metrics.                 */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "indexer/backup/backup.h"
#include "indexer/backup/noted.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"

#define BACKGROUND_NICE 19           /* who serves goes first */

struct job {
	const struct command *self;
	bool json;
	struct sbuf problems;            /* JSON objects */
	struct progress *progress;
};

static void tell_problem(void *ctx, struct str repo, struct str file, const char *text)
{
	struct job *j = ctx;
	if (!j->json)
		progress_say(j->progress, "damaged: %.*s%s%.*s: %s", STR_ARG(repo),
		             repo.n && file.n ? "/" : "", STR_ARG(file), text);
	json_next(&j->problems);
	sbuf_putc(&j->problems, '{');
	json_text(&j->problems, "repo", repo);
	json_text(&j->problems, "file", file);
	json_text(&j->problems, "text", str_c(text));
	sbuf_putc(&j->problems, '}');
}

static void show_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	progress_add(((struct job *)ctx)->progress, files, bytes);
}

static void put_report(struct sbuf *b, const struct job *j, const char *place,
                       const struct backup_report *r)
{
	char root[SHA256_HEX_BYTES + 1], catalog[SHA256_HEX_BYTES + 1], created[RFC3339_MAX_BYTES];
	sha256_hex(&r->root, root);
	sha256_hex(&r->catalog, catalog);
	size_t n = clock_format(r->created_ns, created);
	sbuf_putc(b, '{');
	json_text(b, "directory", str_c(place));
	json_text(b, "created", str_make(created, n));
	json_number(b, "events", r->events);
	json_text(b, "root", str_c(root));
	json_text(b, "catalog", str_c(catalog));
	json_number(b, "repositories", r->repositories);
	json_number(b, "versions", r->versions);
	json_number(b, "files", r->files);
	json_number(b, "bytes", r->bytes);
	json_number(b, "linked", r->linked);
	json_number(b, "copied", r->copied);
	json_number(b, "kept", r->kept);
	json_key(b, "problems");
	sbuf_putc(b, '[');
	sbuf_put(b, sbuf_str(&j->problems));
	sbuf_puts(b, "]}\n");
}

static enum err print_json(const struct job *j, const char *place, const struct backup_report *r,
                           struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * MAINTAIN_REPORT_MAX_BYTES);
	if (!sbuf_ok(&j->problems))
		return ERR(e, NOMEM, "report");
	put_report(&b, j, place, r);
	return print_output(&b, e);
}

static void print_text(const char *what, const char *place, const struct backup_report *r)
{
	char root[SHA256_HEX_BYTES + 1], catalog[SHA256_HEX_BYTES + 1];
	sha256_hex(&r->root, root);
	sha256_hex(&r->catalog, catalog);
	printf("%s %s: repositories %llu, versions %llu, files %llu, bytes %llu, events %llu\n", what,
	       place, (unsigned long long)r->repositories, (unsigned long long)r->versions,
	       (unsigned long long)r->files, (unsigned long long)r->bytes,
	       (unsigned long long)r->events);
	printf("files linked: %llu, copied: %llu, there already: %llu\n", (unsigned long long)r->linked,
	       (unsigned long long)r->copied, (unsigned long long)r->kept);
	printf("root of the log: %s\ncatalog.db of the backup: %s\n", root, catalog);
	if (r->problems)
		printf("damaged: %llu\n", (unsigned long long)r->problems);
}

/* For the next server; one that runs is told. */
static void note(const char *data, const struct backup_report *r)
{
	struct errinfo e = { 0 };
	const struct backup_noted n = { clock_wall(), r->events };
	if (backup_note(data, &n, &e))
		cmd_tell("the backup is complete, but the metrics of a server that starts later will not say so: %s",
		         cmd_reason(&e));
}

/* A server that cannot be told has no metric; the backup is as good. */
static void tell_server(const char *data, const struct backup_report *r)
{
	AUTO_ARENA struct arena a = { 0 };
	struct control *k;
	struct fetch_response answer;
	if (control_open(data, &k, NULL))
		return;
	const char *target = arena_printf(&a, "/control/backed-up?events=%llu",
	                                  (unsigned long long)r->events);
	if (target)
		(void)!control_post(k, &a, target, &answer, NULL);
	control_close(k);
}

/* Restored by root, it is root's, and only the directory that was there may tell whose server it is for. */
static void tell_owner(const char *data, const char *who)
{
	if (geteuid() == 0)
		cmd_tell("what root restored only root can serve; for another user: chown -R %s %s",
		         *who ? who + (*who == '#') : "USER", data);
}

typedef enum err work(const struct backup_options *o, struct backup_report *ret,
                      struct errinfo *e);

static int run(struct job *j, work *make, const char *what, struct backup_options *o)
{
	struct backup_report r;
	struct errinfo e = { 0 };
	char owner[OWNER_NAME_BYTES] = "";
	j->problems = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	j->progress = progress_new("copying", 0, 0);
	o->problem = tell_problem;
	o->progress = show_progress;
	o->ctx = j;
	(void)owner_name(o->to, owner);
	enum err err = make(o, &r, &e);
	progress_done(j->progress);
	if (!err && make == backup_make) {
		note(o->from, &r);
		tell_server(o->from, &r);
	}
	if (!err && j->json)
		err = print_json(j, o->to, &r, &e);
	else if (!err)
		print_text(what, o->to, &r);
	if (!err && make == backup_restore)
		tell_owner(o->to, owner);
	sbuf_done(&j->problems);
	if (err)
		return cmd_failed(j->self, &e);
	return r.problems ? EXIT_FAILED : EXIT_DONE;
}

int cmd_backup(const struct command *self, int argc, char **argv)
{
	struct job j = { .self = self };
	struct backup_options o = { .from = cmd_data() };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &o.from }, { "incremental", 'i', CMD_FLAG, &o.incremental },
		{ "link", 'l', CMD_TEXT, &o.link }, { "json", 'j', CMD_FLAG, &j.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "the directory for the backup is expected");
	if (status >= 0)
		return status;
	o.to = argv[optind];
	(void)setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE);
	return run(&j, backup_make, "backed up to", &o);
}

int cmd_restore(const struct command *self, int argc, char **argv)
{
	struct job j = { .self = self };
	struct backup_options o = { .to = cmd_data() };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &o.to }, { "allow-damaged", 0, CMD_FLAG, &o.allow_damaged },
		{ "json", 'j', CMD_FLAG, &j.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status < 0)
		status = cmd_arguments(self, argc, argv, 1, 1, "the directory of the backup is expected");
	if (status >= 0)
		return status;
	o.from = argv[optind];
	return run(&j, backup_restore, "restored to", &o);
}
