/* chartlocker bundle create: what the options ask for, what is told meanwhile, and the report. The data
 * directory is read beside its server.                                                        */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/base/value.h"
#include "indexer/bundle/inventory.h"
#include "indexer/bundle/keys.h"
#include "server/cmd/bundle.h"
#include "server/cmd/output.h"
#include "server/cmd/reader.h"
#include "server/manage/bundle_images.h"

#define OUTPUT_MAX_BYTES (256u * MIB)
#define DIR_MODE 0755

struct job {
	const struct command *self;
	const char *repo, *parent, *inventory, *split, *to;
	struct cmd_list select, set, from;
	bool closure, no_images, json;
	struct bundle_create create;
	struct arena arena;
	struct wishes wishes;
	struct sbuf settings, missing;   /* JSON */
	char *inventory_text;
	struct progress *progress;
	struct listed *known;
};

/* ---- what it tells meanwhile ---- */

static void tell_missing(void *ctx, struct str repo, struct str what, const char *why)
{
	struct job *j = ctx;
	if (!j->json)
		progress_say(j->progress, "missing: %.*s: %.*s: %s", STR_ARG(repo), STR_ARG(what), why);
	bundle_missing_put(&j->missing, repo, what, str_c(why));
}

static void begin_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	struct job *j = ctx;
	progress_done(j->progress);
	j->progress = progress_new("writing", files, bytes);
}

static void show_progress(void *ctx, uint64_t files, uint64_t bytes)
{
	progress_add(((struct job *)ctx)->progress, files, bytes);
}

/* What the catalog has not rendered is rendered here, which takes the longest of all. */
static enum err put_images(void *ctx, const struct bundle_images_of *x, struct sbuf *lines, struct errinfo *e)
{
	struct job *j = ctx;
	if (!x->done)                        /* once more when a file went meanwhile */
		progress_done(j->progress);
	if (!x->done || !j->progress)
		j->progress = progress_new("images", x->of, 0);
	enum err err = bundle_put_images(j->known, x, lines, e);
	progress_add(j->progress, 1, 0);
	return err;
}

/* ---- what was asked for ---- */

static enum err read_size(const char *text, uint64_t *ret, struct errinfo *e)
{
	if (!value_bytes_si(str_c(text), ret) || !*ret)
		return ERR(e, INVALID, "--split %s: a number of bytes is expected, such as 4G", text);
	return OK;
}

/* Each as a text, which the settings take. */
static enum err read_settings(struct job *j, struct errinfo *e)
{
	sbuf_putc(&j->settings, '{');
	for (size_t i = 0; i < j->set.count; i++) {
		bool has_value;
		struct str value = str_c(j->set.item[i]), name = str_cut(&value, '=', &has_value);
		if (!has_value)
			return ERR(e, INVALID, "--set %s: KEY=VALUE is expected", j->set.item[i]);
		if (str_eq(name, STR("take_closure"))) {
			bool closure;
			if (!value_bool(value, &closure))
				return ERR(e, INVALID, "--set %s: true or false is expected", j->set.item[i]);
			j->closure |= closure;
			continue;
		}
		json_next(&j->settings);
		sbuf_json(&j->settings, name);
		sbuf_putc(&j->settings, ':');
		sbuf_json(&j->settings, value);
	}
	sbuf_putc(&j->settings, '}');
	if (!sbuf_ok(&j->settings))
		return ERR(e, NOMEM, "settings");
	if (j->set.count)
		j->create.selection.settings = sbuf_str(&j->settings);
	return OK;
}

static enum err read_wishes(struct job *j, struct errinfo *e)
{
	enum err err = OK;
	j->wishes.arena = &j->arena;
	for (size_t i = 0; i < j->select.count && !err; i++)
		err = wishes_add_text(&j->wishes, str_c(j->select.item[i]), e);
	for (size_t i = 0; i < j->from.count && !err; i++)
		err = wishes_add_from(&j->wishes, j->from.item[i], e);
	if (!err && j->from.count && !j->wishes.count)
		err = ERR(e, INVALID, "%s: nothing is wanted there%s", j->from.item[0],
		          strcmp(j->from.item[0], "-") ? "; a list comes from standard input: --from - <FILE" : "");
	j->create.selection.wishes = j->wishes.list;
	j->create.selection.wish_count = j->wishes.count;
	return err;
}

/* One that nobody here vouches for may leave out too much; the import would say so. */
static enum err judge_inventory(struct job *j, struct str text, struct errinfo *e)
{
	const struct datadir_options how = { .allow_network_filesystem = true };
	AUTO_ARENA struct arena a = { 0 };
	struct inventory v;
	struct datadir *d = NULL;
	struct bundle_key *keys;
	size_t count;
	struct errinfo why = { 0 };
	enum err err = inventory_read(&a, text, &v, e);
	if (err) {
		err_prefix(e, "%s", j->inventory);
		return err_recode(err, ERR_CORRUPT, ERR_INVALID, e);     /* nothing here is */
	}
	err = v.signatures.n ? datadir_open(j->create.data, &how, &d, e) : OK;
	if (err)
		return err;
	if (!v.signatures.n)
		fprintf(stderr, "warning: %s is not signed\n", j->inventory);
	else if (keys_verify(d, &a, v.signed_text, v.signatures, clock_wall(), &keys, &count, &why))
		fprintf(stderr, "warning: %s: %s\n", j->inventory,
		        str_starts(str_c(why.detail), STR(BUNDLE_SIGNATURES)) ? "its signature is damaged"
		                                                              : cmd_reason(&why));
	datadir_close(d);
	return OK;
}

static enum err read_inventory(struct job *j, struct errinfo *e)
{
	size_t bytes;
	if (!j->inventory)
		return OK;
	enum err err = fs_read_named(j->inventory, INVENTORY_MAX_BYTES, &j->inventory_text, &bytes, e);
	if (err) {
		err_prefix(e, "%s", j->inventory);
		return err;
	}
	j->create.inventory = str_make(j->inventory_text, bytes);
	return judge_inventory(j, j->create.inventory, e);
}

static bool is_stream(const struct job *j) { return j->to && strcmp(j->to, "-") == 0; }

/* Before the first byte: a stick is slow. What cannot be asked is found out. */
static enum err check_room(void *ctx, const struct bundle_created *r, struct errinfo *e)
{
	const struct job *j = ctx;
	uint64_t free_bytes;
	if (j->create.dir < 0 || fs_free_bytes(j->create.dir, &free_bytes, NULL))
		return OK;
	return r->total_bytes <= free_bytes ? OK
	       : ERR(e, DISK_FULL, "%s: %s needs %llu bytes, and %llu are free", j->to, r->file,
	             (unsigned long long)r->total_bytes, (unsigned long long)free_bytes);
}

static enum err open_place(struct job *j, struct errinfo *e)
{
	j->create.dir = -1;
	j->create.fd = STDOUT_FILENO;
	if (j->create.dry_run || is_stream(j))
		return OK;
	struct stat st;
	if (str_ends(str_c(j->to), STR(".tar")) && (stat(j->to, &st) != 0 || !S_ISDIR(st.st_mode)))
		return ERR(e, INVALID, "-o %s: a directory is expected: the bundle is named by its trip", j->to);
	(void)umask(0022);               /* what is carried is not part of a data directory */
	enum err err = datadir_outside(j->to, e);
	if (!err)
		err = fs_mkdirs(AT_FDCWD, j->to, DIR_MODE, e);
	return err ? err : fs_open_dir(AT_FDCWD, j->to, &j->create.dir, e);
}

/* What can be wrong with the command line alone. */
static enum err read_options(struct job *j, struct errinfo *e)
{
	enum err err = j->split ? read_size(j->split, &j->create.part_bytes, e) : OK;
	if (!err && j->parent && !str_to_u64(str_c(j->parent), &j->create.parent))
		err = ERR(e, INVALID, "--parent %s: the number of an event is expected", j->parent);
	j->create.has_parent = j->parent;
	return err ? err : read_settings(j, e);
}

static enum err read_job(struct job *j, struct errinfo *e)
{
	enum err err = read_wishes(j, e);
	if (!err)
		err = read_inventory(j, e);
	j->create.selection.closure = j->closure;
	j->create.repo = str_c(j->repo);
	j->create.only_news = !is_stream(j);     /* whoever reads a stream waits for one */
	j->create.missing = tell_missing;
	j->create.sealed = check_room;
	j->create.images = j->no_images ? NULL : put_images;
	j->known = j->no_images ? NULL : listed_open(j->create.data);
	j->create.total = begin_progress;
	j->create.progress = show_progress;
	j->create.ctx = j;
	return err ? err : open_place(j, e);
}

/* ---- the report ---- */

static void put_rules(struct sbuf *b, const struct bundle_created *r)
{
	json_key(b, "rules");
	sbuf_putc(b, '[');
	for (size_t i = 0; i < r->rule_count; i++) {
		json_next(b);
		sbuf_putc(b, '{');
		json_text(b, "rule", r->rules[i].rule);
		json_number(b, "versions", r->rules[i].versions);
		json_number(b, "bytes", r->rules[i].bytes);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_json(struct sbuf *b, const struct job *j, const struct bundle_created *r)
{
	bool made = !r->is_left_out;
	sbuf_putc(b, '{');
	json_text(b, "repo", r->head.repo);
	if (made)
		json_text(b, "file", str_c(r->file));
	json_number(b, "trip", made ? r->head.own.event : r->head.parent.event);
	json_number(b, "parent", r->head.parent.event);
	json_text(b, "filter", r->head.filter);
	json_bool(b, "dry_run", j->create.dry_run);
	json_number(b, "parts", made ? r->parts : 0);
	json_number(b, "bytes", made ? r->total_bytes : 0);
	json_number(b, "versions", r->head.versions);
	json_number(b, "added", r->added);
	json_number(b, "yanked", r->yanked);
	json_number(b, "deleted", r->deleted);
	json_texts(b, "repositories", r->repos, r->repo_count);
	put_rules(b, r);
	json_key(b, "missing");
	sbuf_putc(b, '[');
	sbuf_put(b, sbuf_str(&j->missing));
	sbuf_puts(b, "]}\n");
}

static void print_rules(const struct bundle_created *r)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_puts(&b, "RULE\tVERSIONS\tBYTES\n");
	for (size_t i = 0; i < r->rule_count; i++) {
		bool is_wish = i + 2 < r->rule_count;
		if (!is_wish && !r->rules[i].versions)
			continue;
		put_cell(&b, r->rules[i].rule);
		sbuf_printf(&b, "\t%llu\t%llu\n", (unsigned long long)r->rules[i].versions,
		            (unsigned long long)r->rules[i].bytes);
	}
	if (sbuf_ok(&b))
		print_table(sbuf_str(&b));
}

static void print_text(const struct job *j, const struct bundle_created *r, FILE *to)
{
	const struct bundle_head *h = &r->head;
	if (r->is_left_out) {
		fprintf(to, "nothing new in %s since trip %llu: no bundle is made\n", j->repo,
		        (unsigned long long)h->parent.event);
		return;
	}
	if (j->create.dry_run || is_stream(j))
		fprintf(to, "%s%s", j->create.dry_run ? "would be made: " : "", r->file);
	else
		fprintf(to, "%s%s%s", j->to, str_ends(str_c(j->to), STR("/")) ? "" : "/", r->file);
	fprintf(to, ": trip %llu, ", (unsigned long long)h->own.event);
	if (h->parent.event)
		fprintf(to, "after trip %llu, ", (unsigned long long)h->parent.event);
	fprintf(to, "versions %llu (yanked %llu, deleted %llu), bytes %llu",
	        (unsigned long long)h->versions, (unsigned long long)r->yanked,
	        (unsigned long long)r->deleted, (unsigned long long)r->total_bytes);
	if (r->parts > 1)
		fprintf(to, ", parts %llu", (unsigned long long)r->parts);
	if (r->missing)
		fprintf(to, ", missing %llu", (unsigned long long)r->missing);
	fputc('\n', to);
}

static enum err report(const struct job *j, const struct bundle_created *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	bool beside = is_stream(j) && !j->create.dry_run;       /* standard output is the bundle */
	if (!j->json) {
		print_text(j, r, beside ? stderr : stdout);
		if (j->create.dry_run && !r->is_left_out)
			print_rules(r);
		return OK;
	}
	if (!sbuf_ok(&j->missing))
		return ERR(e, NOMEM, "report");
	put_json(&b, j, r);
	if (!beside)
		return print_output(&b, e);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "report");
	fputs(b.p, stderr);
	return OK;
}

static int run(struct job *j)
{
	struct bundle_created r = { 0 };
	struct errinfo e = { 0 };
	enum err err = read_job(j, &e);
	if (!err)
		err = bundle_create(&j->arena, &j->create, &r, &e);
	progress_done(j->progress);
	listed_close(j->known);
	if (!err)
		err = report(j, &r, &e);
	if (j->create.dir >= 0)
		(void)close(j->create.dir);
	return err ? cmd_failed(j->self, &e) : EXIT_DONE;
}

int cmd_bundle_create(const struct command *self, int argc, char **argv)
{
	struct job j = { .self = self, .create = { .data = cmd_data(), .dir = -1 },
	                 .settings = sbuf_make(MIB), .missing = sbuf_make(OUTPUT_MAX_BYTES) };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &j.create.data }, { "repo", 'r', CMD_TEXT, &j.repo },
		{ "select", 0, CMD_LIST, &j.select }, { "set", 0, CMD_LIST, &j.set },
		{ "from", 'f', CMD_LIST, &j.from }, { "closure", 0, CMD_FLAG, &j.closure },
		{ "inventory", 0, CMD_TEXT, &j.inventory }, { "parent", 0, CMD_TEXT, &j.parent },
		{ "split", 0, CMD_TEXT, &j.split }, { "no-images", 0, CMD_FLAG, &j.no_images },
		{ "dry-run", 'n', CMD_FLAG, &j.create.dry_run }, { "json", 'j', CMD_FLAG, &j.json },
		{ "output", 'o', CMD_TEXT, &j.to }, { 0 },
	};
	int status = cmd_options_alone(self, argc, argv, options);
	if (status < 0 && !j.repo)
		status = cmd_misused(self, "say which repository: --repo R");
	if (status < 0 && !j.to && !j.create.dry_run)
		status = cmd_misused(self, "say where it goes: -o DIR/ or -o -");
	if (status < 0 && is_stream(&j) && !j.create.dry_run && isatty(STDOUT_FILENO))
		status = cmd_misused(self, "a bundle is nothing for a terminal: -o DIR/, or a pipe");
	if (status < 0 && is_stream(&j) && j.split)
		status = cmd_misused(self, "a stream has no parts: --split needs -o DIR/");
	if (status < 0 && read_options(&j, &e))
		status = cmd_misused(self, "%s", e.detail);
	if (status < 0)
		status = run(&j);
	sbuf_done(&j.settings);
	sbuf_done(&j.missing);
	free(j.inventory_text);
	arena_done(&j.arena);
	return status;
}
