/* chartlocker upstream import: makes the upstreams that another program's list has, or says which. */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "server/cmd/upstream.h"
#include "server/cmd/upstream_file.h"

#define NOTES_MAX_BYTES (1u * MIB)
#define OUTPUT_MAX_BYTES (16u * MIB)

enum outcome { WOULD_BE_MADE, MADE, THERE_ALREADY, REFUSED };
static const char *const outcome_words[] = { "would be made", "made", "there already", "refused" };

struct imported { struct listed_upstream *list; size_t count; struct sbuf *json, *table; bool failed; };

static void put_outcome(struct imported *i, const struct listed_upstream *u, enum outcome outcome,
                        struct str reason)
{
	json_next(i->json);
	sbuf_putc(i->json, '{');
	json_text(i->json, "name", u->name);
	json_text(i->json, "listed", u->listed);
	json_text(i->json, "url", u->url);
	json_text(i->json, "outcome", str_c(outcome_words[outcome]));
	json_text(i->json, "reason", reason);
	sbuf_putc(i->json, '}');
	put_cell(i->table, u->name);
	sbuf_printf(i->table, "\t%s\t", outcome_words[outcome]);
	put_cell(i->table, reason.n ? reason : u->url);
	sbuf_putc(i->table, '\n');
	i->failed |= outcome == REFUSED;
}

/* One that cannot be made is told, and does not keep the others from it. */
static void make_one(struct upstream_command *x, struct remote *r, const struct listed_upstream *u,
                     struct imported *i)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct remote_answer answer;
	const struct node *made = NULL;
	if (u->refused.n) {
		put_outcome(i, u, REFUSED, u->refused);
		return;
	}
	enum err err = upstream_put_new(x, u->name, u->url, u->maintainers, &b, &e);
	if (!err)
		err = remote_call(r, &a, "POST", x->yes ? "/api/v1/upstreams" : "/api/v1/upstreams?dry_run",
		                  sbuf_str(&b), &answer, &e);
	if (!err)
		err = answer_believe(&a, answer.text, "settings", !x->yes, &made, &e);
	if (err == ERR_REPO_EXISTS || err == ERR_EXISTS)
		put_outcome(i, u, THERE_ALREADY, (struct str){ 0 });
	else if (err)
		put_outcome(i, u, REFUSED, str_c(cmd_reason(&e)));
	else
		put_outcome(i, u, x->yes ? MADE : WOULD_BE_MADE, (struct str){ 0 });
}

static enum err read_list(struct upstream_command *x, struct imported *i, struct sbuf *notes,
                          struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const char *file = x->run.args[0];
	enum err err = fs_read_named(file, CONFIG_MAX_BYTES, &text, &bytes, e);
	if (err) {
		err_prefix(e, "%s", file);
		return err;
	}
	return upstream_file_read(&x->run.arena, str_make(text, bytes), file, &i->list, &i->count, notes, e);
}

static int report(const struct upstream_command *x, const struct imported *i, struct errinfo *e)
{
	sbuf_puts(i->json, "]\n");
	if (!sbuf_ok(i->json) || !sbuf_ok(i->table)) {
		(void)ERR(e, NOMEM, "report");
		return cmd_failed(x->run.self, e);
	}
	if (x->run.json)
		printf("%.*s", STR_ARG(sbuf_str(i->json)));
	else
		print_table(sbuf_str(i->table));
	if (!x->yes && i->count)
		fprintf(stderr, "nothing was made; with --yes they are\n");
	return i->failed ? EXIT_FAILED : EXIT_DONE;
}

int upstream_import(struct upstream_command *x)
{
	AUTO_SBUF struct sbuf notes = sbuf_make(NOTES_MAX_BYTES), json = sbuf_make(OUTPUT_MAX_BYTES);
	AUTO_SBUF struct sbuf table = sbuf_make(OUTPUT_MAX_BYTES);
	struct imported i = { .json = &json, .table = &table };
	struct remote *r = NULL;
	struct errinfo e = { 0 };
	sbuf_putc(&json, '[');
	enum err err = read_list(x, &i, &notes, &e);
	if (!err)
		err = remote_open_new(x->run.server, x->run.data, &r, &e);
	for (size_t n = 0; n < i.count && !err; n++)
		make_one(x, r, &i.list[n], &i);
	remote_close(r);
	fprintf(stderr, "%.*s", STR_ARG(sbuf_str(&notes)));
	return err ? cmd_failed(x->run.self, &e) : report(x, &i, &e);
}
