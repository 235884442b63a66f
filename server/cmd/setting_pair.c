/* What is wrong with a setting is told before anything is sent. */
#include "server/cmd/setting_pair.h"

#include "indexer/base/json.h"
#include "indexer/format/repo_settings.h"
#include "server/cmd/ask.h"

enum err put_setting(struct arena *a, struct sbuf *b, struct str key, struct str value,
                     struct errinfo *e)
{
	struct repo_settings s;
	repo_settings_default(&s);
	enum err err = value.n ? repo_settings_set(a, key, value, &s, e) : OK;
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

void put_repo_settings(struct sbuf *b, const struct node *repo)
{
	const struct node *settings = node_get(repo, "settings");
	for (const struct node_item *i = settings ? settings->items : NULL; i; i = i->next) {
		struct str value = node_text(i->value);
		sbuf_printf(b, "%.*s\t", STR_ARG(i->key));
		if (str_eq(i->key, STR("keyring")) && value.n)
			sbuf_printf(b, "%zu bytes", value.n);
		else
			put_cell(b, value);
		sbuf_putc(b, '\n');
	}
}
