/* What is wrong with a setting is told before anything is sent. */
#include "server/cmd/setting_pair.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/keyring.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/ask.h"
#include "server/web/say.h"

enum err put_setting(struct arena *a, struct sbuf *b, struct str key, struct str value,
                     struct errinfo *e)
{
	struct repo_settings s;
	repo_settings_default(&s);
	enum err err = value.n && str_eq(key, STR("keyring")) ? keyring_check(value, e) : OK;
	if (!err && value.n)
		err = repo_settings_set(a, key, value, &s, e);
	json_next(b);
	sbuf_json(b, key);
	sbuf_putc(b, ':');
	if (value.n)
		sbuf_json(b, value);
	else
		sbuf_puts(b, "null");
	return err;
}

enum err put_setting_pair(struct arena *a, struct sbuf *b, const char *pair, struct errinfo *e)
{
	bool found;
	struct str value = str_c(pair), key = str_cut(&value, '=', &found);
	if (!found)
		return ERR(e, INVALID, "\"%s\": KEY=VALUE is expected", pair);
	return put_setting(a, b, key, value, e);
}

enum err put_setting_pairs(struct arena *a, struct sbuf *b, const struct cmd_list *set, char **pairs,
                           struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < set->count && !err; i++)
		err = put_setting_pair(a, b, set->item[i], e);
	for (; *pairs && !err; pairs++)
		err = put_setting_pair(a, b, *pairs, e);
	return err;
}

void put_repo_facts(struct sbuf *b, const struct node *repo)
{
	static const char *const keys[] = { "name", "kind", "charts", "versions" };
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		sbuf_printf(b, "%s\t%.*s\n", keys[i], STR_ARG(field_text(repo, keys[i])));
}

static bool is_default(struct str key, struct str value)
{
	static const struct { const char *name, *value; } usual[] = {
#define X(name, type, of, value, ...) { #name, value },
#include "indexer/format/repo_setting.def"
#undef X
	};
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (str_eq_c(key, usual[i].name))
			return str_eq_c(value, usual[i].value);
	return false;
}

static void put_settings(struct sbuf *b, const struct node *repo, bool all)
{
	const struct node *settings = node_get(repo, "settings");
	for (const struct node_item *i = settings ? settings->items : NULL; i; i = i->next) {
		struct str value = node_text(i->value);
		if (!all && is_default(i->key, value))
			continue;
		sbuf_printf(b, "%.*s\t", STR_ARG(i->key));
		if (str_eq(i->key, STR("keyring")) && value.n)
			sbuf_printf(b, "%zu bytes", value.n);
		else
			put_cell(b, value);
		sbuf_putc(b, '\n');
	}
}

void put_repo_settings(struct sbuf *b, const struct node *repo) { put_settings(b, repo, true); }

void print_repo_changed(const struct verb_run *x, const struct node *repo)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	uint64_t charts = field_number(repo, "charts"), versions = field_number(repo, "versions");
	printf("%.*s: %s; %.*s, %llu %s, %llu %s\n", STR_ARG(field_text(repo, "name")), x->verb->would,
	       STR_ARG(field_text(repo, "kind")), (unsigned long long)charts, say_plural(charts, "chart", "charts"),
	       (unsigned long long)versions, say_plural(versions, "version", "versions"));
	put_settings(&b, repo, false);
	print_table(sbuf_str(&b));
}
