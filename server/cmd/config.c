/* chartlocker config: the settings as `serve` would take them, and where each one came from. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/cmd.h"
#include "server/cmd/config_files.h"
#include "server/cmd/declared.h"
#include "server/cmd/declared_people.h"
#include "server/cmd/serve.h"
#include "server/config.h"

#define OUTPUT_MAX_BYTES (4u * MIB)

static void put_row(struct sbuf *b, const struct config *c, enum config_id id)
{
	AUTO_SBUF struct sbuf value = sbuf_make(OUTPUT_MAX_BYTES);
	config_value(c, id, &value);
	put_cell(b, str_c(config_row(id)->name));
	sbuf_putc(b, '\t');
	put_cell(b, value.n ? sbuf_str(&value) : STR("\"\""));
	sbuf_putc(b, '\t');
	put_cell(b, str_c(c->origin[id].place));
	sbuf_putc(b, '\n');
}

static void put_object(struct sbuf *b, const struct config *c, enum config_id id)
{
	AUTO_SBUF struct sbuf value = sbuf_make(OUTPUT_MAX_BYTES);
	const struct config_row *row = config_row(id);
	config_value(c, id, &value);
	sbuf_putc(b, '{');
	json_text(b, "name", str_c(row->name));
	json_text(b, "value", sbuf_str(&value));
	json_text(b, "from", str_c(c->origin[id].place));
	json_text(b, "default", str_c(row->def));
	json_text(b, "type", str_c(row->type));
	json_bool(b, "reload", row->reload);
	json_text(b, "sentence", str_c(row->sentence));
	sbuf_puts(b, "}\n");
}

/* ---- sections ---- */

/* "upstreams.prometheus  mode=proxy, upstream=https://…  chartlocker.yaml:12" */
static void put_section_row(struct sbuf *b, const char *section, struct str name,
                            const struct sbuf *value, const char *place)
{
	sbuf_printf(b, "%s.", section);
	put_cell(b, name);
	sbuf_putc(b, '\t');
	put_cell(b, value->n ? sbuf_str(value) : STR("\"\""));
	sbuf_printf(b, "\t%s\n", place);
}

/* Keys are long and no pleasure to read. */
static enum err put_settings(struct sbuf *b, struct str json, bool as_json, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_settings s;
	const struct node *root = NULL;
	AUTO_SBUF struct sbuf text = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	repo_settings_default(&s);
	enum err err = repo_settings_merge(&a, json, &s, e);
	if (err)
		return err;
	repo_settings_json(as_json ? b : &text, &s);
	if (!as_json)
		err = json_read(&a, sbuf_str(&text), "settings", &root, e);
	for (const struct node_item *i = root ? root->items : NULL; i; i = i->next) {
		struct str value = node_text(i->value);
		bool long_one = str_eq(i->key, STR("keyring"));
		sbuf_printf(b, "%s%.*s=", i == root->items ? "" : ", ", STR_ARG(i->key));
		if (long_one)
			sbuf_printf(b, "%zu bytes", value.n);
		else
			sbuf_put(b, value);
	}
	return err;
}

static enum err put_repo(struct sbuf *b, const struct declared_repo *repo, bool json,
                         struct errinfo *e)
{
	AUTO_SBUF struct sbuf value = sbuf_make(OUTPUT_MAX_BYTES);
	enum err err = put_settings(&value, repo->settings, json, e);
	if (err)
		return err;
	if (!json) {
		put_section_row(b, repo->section, repo->name, &value, repo->place);
		return OK;
	}
	sbuf_putc(b, '{');
	json_text(b, "section", str_c(repo->section));
	json_text(b, "name", repo->name);
	json_text(b, "from", str_c(repo->place));
	json_key(b, "settings");
	sbuf_put(b, sbuf_str(&value));
	sbuf_puts(b, "}\n");
	return OK;
}

/* Where secrets come from, never what they are. */
static void put_credential(struct sbuf *b, const struct declared_credential *d, bool json)
{
	AUTO_SBUF struct sbuf value = sbuf_make(OUTPUT_MAX_BYTES);
	if (!json) {
		config_put_credential(&value, d);
		put_section_row(b, "credentials", d->name, &value, d->place);
		return;
	}
	sbuf_putc(b, '{');
	json_text(b, "section", STR("credentials"));
	json_text(b, "name", d->name);
	json_text(b, "from", str_c(d->place));
	config_put_credential_json(b, d);
	sbuf_puts(b, "}\n");
}

static enum err put_sections(struct sbuf *b, const struct config *c, bool json, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < c->credentials.count; i++)
		put_credential(b, &c->credentials.list[i], json);
	for (size_t i = 0; i < c->repositories.count && !err; i++)
		err = put_repo(b, &c->repositories.list[i], json, e);
	return err;
}

static enum err print_all(const struct config *c, bool json, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	sbuf_puts(&b, json ? "" : "NAME\tVALUE\tFROM\n");
	for (int i = 0; i < CONFIG_COUNT; i++)
		(json ? put_object : put_row)(&b, c, (enum config_id)i);
	enum err err = put_sections(&b, c, json, e);
	if (err)
		return err;
	if (json)
		return print_output(&b, e);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "settings");
	print_table(sbuf_str(&b));
	return OK;
}

static void put_people(struct sbuf *b, const struct sbuf *told, bool json)
{
	struct str lines = sbuf_str(told);
	if (!json)
		sbuf_put(b, lines);
	if (!json || !lines.n)
		return;
	json_key(b, "people");
	sbuf_putc(b, '[');
	while (lines.n) {
		json_next(b);
		sbuf_json(b, str_cut(&lines, '\n', NULL));
	}
	sbuf_putc(b, ']');
}

static enum err put_differences(struct sbuf *b, struct config *c, const char *data, bool json,
                                struct errinfo *e)
{
	AUTO_SBUF struct sbuf told = sbuf_make(OUTPUT_MAX_BYTES);
	if (json)
		json_key(b, "repositories");
	enum err err = declared_compare(data, &c->repositories, json, b, e);
	if (!err)
		err = declared_people_compare(data, &c->people, &told, e);
	put_people(b, &told, json);
	return err;
}

/* The data directory that the settings name, if it is there; not the default one, which would be
 * whatever the folder is that the command is typed in.                                       */
static const char *named_data(const struct config *c)
{
	bool named = c->origin[CONFIG_ID_data].source != CONFIG_DEFAULT;
	return named && access(c->data, F_OK) == 0 ? c->data : NULL;
}

/* With the differences to what the data directory has. One that was not asked for may be somebody
 * else's: settings are valid also for who cannot read it.                                    */
static enum err print_verdict(struct config *c, const char *asked, bool json, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	AUTO_SBUF struct sbuf differences = sbuf_make(OUTPUT_MAX_BYTES);
	const char *data = asked ?: named_data(c);
	enum err err = data ? put_differences(&differences, c, data, json, e) : OK;
	if (err && !asked && err != ERR_CONFIG) {
		fprintf(stderr, "what would change in %s cannot be told: %s\n", data, cmd_reason(e));
		sbuf_reset(&differences);
		err = OK;
	}
	sbuf_puts(&b, json ? "{\"valid\":true" : "");
	if (json && differences.n)
		sbuf_putc(&b, ',');
	sbuf_put(&b, sbuf_str(&differences));
	sbuf_puts(&b, json ? "}\n" : "the settings are valid\n");
	return err ? err : print_output(&b, e);
}

static enum err run(bool print, const char *file, const char *data, bool json, struct errinfo *e)
{
	AUTO_SBUF struct sbuf problems = sbuf_make(CONFIG_PROBLEMS_MAX_BYTES);
	struct config c = { 0 };
	enum err err = serve_load(file, &c, &problems, e);
	if (!err && data && strcmp(c.data, data) != 0)
		err = config_set(&c, CONFIG_ID_data, data, "--data", e);
	if (!err || problems.n)
		err = config_check(&c, &problems, e);
	if (!err)
		err = declared_judge(NULL, 0, &c.repositories, e);
	if (!err && !print)
		err = config_files_check(&c, data ?: named_data(&c), &problems, e);
	if (problems.n) {
		fprintf(stderr, "%.*s", STR_ARG(sbuf_str(&problems)));
		err = ERR(e, CONFIG, "the settings are not valid");
	}
	if (!err && print)
		err = print_all(&c, json, e);
	else if (!err)
		err = print_verdict(&c, data, json, e);
	config_people_wipe(&c.people);
	config_done(&c);
	return err;
}

int cmd_config(const struct command *self, int argc, char **argv)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *file = NULL, *data = NULL;
	bool json = false;
	const struct cmd_option options[] = {
		{ "config", 'c', CMD_TEXT, &file }, { "data", 'd', CMD_TEXT, &data },
		{ "json", 'j', CMD_FLAG, &json }, { 0 },
	};
	struct errinfo e = { 0 };
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	const char *what = optind + 1 == argc ? argv[optind] : "";
	bool print = strcmp(what, "print") == 0;
	if (!print && strcmp(what, "check") != 0)
		return cmd_misused(self, "one of these is expected: check, print");
	const char *kept = data && !file ? arena_printf(&a, "%s/" CONFIG_KEPT_NAME, data) : NULL;
	if (kept && access(kept, F_OK) == 0)
		file = kept;
	return run(print, file, data, json, &e) ? cmd_failed(self, &e) : EXIT_DONE;
}
