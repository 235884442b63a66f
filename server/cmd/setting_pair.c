/* What is wrong with a setting is told before anything is sent. */
#include "server/cmd/setting_pair.h"

#include "indexer/base/json.h"
#include "indexer/format/repo_settings.h"

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
