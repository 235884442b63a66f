/* chartlocker fsck and chartlocker rebuild: by the running server, or here when there is none. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/store/search.h"
#include "server/api/maintain.h"
#include "server/cmd/ask.h"
#include "server/cmd/audited.h"
#include "server/cmd/cmd.h"
#include "server/cmd/control.h"
#include "server/cmd/local.h"

struct maintain {
	const struct command *self;
	const char *data;
	bool rebuild, repair, json;
};

static enum err by_server(struct control *k, const struct maintain *m, struct arena *a,
                          struct str *ret, struct errinfo *e)
{
	const char *target = m->rebuild ? "/control/rebuild"
	                   : m->repair ? "/control/fsck?repair" : "/control/fsck";
	struct fetch_response answer;
	enum err err = control_post(k, a, target, &answer, e);
	if (!err)
		*ret = answer.body;
	return err;
}

static void show_progress(void *progress, uint64_t files, uint64_t bytes)
{
	progress_add(progress, files, bytes);
}

static uint64_t count_versions(struct ingest *g, struct arena *a)
{
	struct repo_info *repos;
	size_t count;
	uint64_t versions = 0;
	if (ingest_repos(g, a, &repos, &count, NULL))
		return 0;
	for (size_t i = 0; i < count; i++)
		versions += repos[i].versions;
	return versions;
}

/* Then nobody changes anything meanwhile, and there is no lock to take. */
static bool is_read_only(const char *path)
{
	struct statvfs fs;
	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

static enum err here(const struct maintain *m, struct arena *a, struct str *ret, struct errinfo *e)
{
	struct ingest *g;
	AUTO_SBUF struct sbuf json = sbuf_make(MAINTAIN_REPORT_MAX_BYTES);
	const struct ingest_options how = { .reads = !m->rebuild && !m->repair && is_read_only(m->data) };
	enum err err = local_open(m->data, how, &g, e);
	if (err)
		return err;
	if (m->rebuild) {
		err = maintain_rebuild(g, &json, e);
		if (!err)                    /* the next start makes it again */
			err = search_remove(ingest_datadir(g), e);
	} else {
		struct progress *p = progress_new("checking", count_versions(g, a), 0);
		err = maintain_fsck(g, m->repair, show_progress, p, &json, e);
		progress_done(p);
	}
	if (m->rebuild || m->repair)
		audited(g, m->self->name, m->rebuild ? "/control/rebuild" : "/control/fsck", err);
	ingest_close(g);
	if (!err && !arena_str(a, sbuf_str(&json), ret))
		err = ERR(e, NOMEM, "report");
	return err;
}

static enum err report(const struct maintain *m, struct arena *a, struct str *ret,
                       struct errinfo *e)
{
	struct control *k;
	enum err err = control_open(m->data, &k, e);
	if (err == ERR_NOT_FOUND)
		return here(m, a, ret, e);
	if (err)
		return err;
	err = by_server(k, m, a, ret, e);
	control_close(k);
	return err;
}

/* The name of a file may be anything. */
static void print_problem(const struct node *p)
{
	AUTO_SBUF struct sbuf line = sbuf_make(MIB), shown = sbuf_make(MIB);
	struct str repo = field_text(p, "repo");
	sbuf_printf(&line, "%.*s: %.*s%s%.*s: %.*s%s", STR_ARG(field_text(p, "kind")), STR_ARG(repo), repo.n ? "/" : "",
	            STR_ARG(field_text(p, "file")), STR_ARG(field_text(p, "text")),
	            field_is_true(p, "repaired") ? " (repaired)" : "");
	put_cell(&shown, sbuf_str(&line));
	printf("%.*s\n", STR_ARG(sbuf_str(&shown)));
}

static void print_fsck(const struct node *root)
{
	for (const struct node_item *i = field_items(root, "problems"); i; i = i->next)
		print_problem(i->value);
	printf("checked: repositories %.*s, versions %.*s, files %.*s, bytes %.*s, events %.*s\n",
	       STR_ARG(field_text(root, "repositories")), STR_ARG(field_text(root, "versions")),
	       STR_ARG(field_text(root, "files")), STR_ARG(field_text(root, "bytes")),
	       STR_ARG(field_text(root, "events")));
	if (!field_number(root, "problem_count"))
		printf("all is well\n");
	else
		printf("problems: %.*s, repaired: %.*s\n", STR_ARG(field_text(root, "problem_count")),
		       STR_ARG(field_text(root, "repaired")));
	printf("root of the log: %.*s\n", STR_ARG(field_text(root, "root")));
}

static void print_rebuild(const struct node *root)
{
	printf("rebuilt: repositories %.*s, versions %.*s; changed index lines %.*s, "
	       "damaged versions %.*s\n",
	       STR_ARG(field_text(root, "repositories")), STR_ARG(field_text(root, "versions")),
	       STR_ARG(field_text(root, "changed_lines")), STR_ARG(field_text(root, "damaged")));
}

static bool is_well(const struct maintain *m, const struct node *root)
{
	return m->rebuild ? !field_number(root, "damaged")
	                  : field_number(root, "problem_count") == field_number(root, "repaired");
}

static int run(const struct maintain *m)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct str text;
	const struct node *root = NULL;
	if (report(m, &a, &text, &e) ||
	    answer_read(&a, text, m->rebuild ? "damaged" : "problem_count", &root, &e))
		return cmd_failed(m->self, &e);
	if (m->json)
		answer_print(text);
	else
		(m->rebuild ? print_rebuild : print_fsck)(root);
	return is_well(m, root) ? EXIT_DONE : EXIT_FAILED;
}

static int parse_and_run(struct maintain *m, int argc, char **argv,
                         const struct cmd_option *options)
{
	int status = cmd_options_alone(m->self, argc, argv, options);
	return status < 0 ? run(m) : status;
}

int cmd_fsck(const struct command *self, int argc, char **argv)
{
	struct maintain m = { .self = self, .data = cmd_data() };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &m.data }, { "repair", 0, CMD_FLAG, &m.repair },
		{ "json", 'j', CMD_FLAG, &m.json }, { 0 },
	};
	return parse_and_run(&m, argc, argv, options);
}

int cmd_rebuild(const struct command *self, int argc, char **argv)
{
	struct maintain m = { .self = self, .data = cmd_data(), .rebuild = true };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &m.data }, { "json", 'j', CMD_FLAG, &m.json }, { 0 },
	};
	return parse_and_run(&m, argc, argv, options);
}
