/* At most API_BODY_MAX_BYTES; the rest is the JSON reader's to judge. */
#include "server/api/body.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/value.h"
#include "indexer/format/name.h"
#include "server/route/app.h"

/* Its tree may be more than the arena of the request has room for. */
struct body {
	struct sbuf text;                /* first */
	struct arena arena;
};

enum err body_begin(struct call *c, struct errinfo *e)
{
	struct body *b = calloc(1, sizeof *b);
	if (!b)
		return ERR(e, NOMEM, "body");
	b->text = sbuf_make(API_BODY_MAX_BYTES);
	c->data = b;
	c->r->body.limit = API_BODY_MAX_BYTES;
	return OK;
}

enum err body_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct sbuf *b = c->data;
	sbuf_put(b, piece);
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "body");
}

void body_end(struct call *c)
{
	struct body *b = c->data;
	if (!b)
		return;
	sbuf_done(&b->text);
	arena_done(&b->arena);
	free(b);
}

enum err body_none_begin(struct call *c, struct errinfo *e)
{
	(void)e;
	c->r->body.limit = API_BODY_MAX_BYTES;
	return OK;
}

enum err body_none_take(struct call *c, struct str piece, struct errinfo *e)
{
	(void)c;
	for (size_t i = 0; i < piece.n; i++)
		if (!strchr("{} \t\r\n", piece.p[i]) || !piece.p[i])
			return ERR(e, INVALID, "this address takes no body, or {}");
	return OK;
}

enum err body_json(struct call *c, const struct node **ret, struct errinfo *e)
{
	struct body *b = c->data;
	struct str text = b->text.n ? sbuf_str(&b->text) : STR("{}");
	if (json_parts(text) > API_BODY_PARTS_MAX)
		return ERR(e, INVALID, "the body has more than %u values", API_BODY_PARTS_MAX);
	enum err err = json_read(&b->arena, text, "body", ret, e);
	if (err)
		return err == ERR_METADATA ? e->code = ERR_INVALID : err;
	return *ret && (*ret)->kind == NODE_MAP ? OK : ERR(e, INVALID, "a JSON object is expected");
}

enum err body_only(const struct node *object, const char *words, struct errinfo *e)
{
	for (const struct node_item *i = object->items; i; i = i->next)
		if (!value_is_word(i->key, str_c(words)))
			return ERR(e, INVALID, "unknown field \"%.*s\"; there are: %s", STR_ARG(i->key), words);
	return OK;
}

enum err body_text(const struct node *body, const char *key, struct str *ret, struct errinfo *e)
{
	const struct node *field = node_get(body, key);
	if (!field)
		return OK;
	if (field->kind != NODE_SCALAR || field->plain || !field->text.n)
		return ERR(e, INVALID, "%s: a string is expected, and not an empty one", key);
	*ret = field->text;
	return OK;
}

enum err body_text_or_none(const struct node *body, const char *key, struct str *ret, struct errinfo *e)
{
	const struct node *field = node_get(body, key);
	bool none = field && field->kind == NODE_SCALAR && (field->plain ? node_is_null(field) : !field->text.n);
	return none ? OK : body_text(body, key, ret, e);
}

enum err body_bool(const struct node *body, const char *key, bool *ret, struct errinfo *e)
{
	const struct node *field = node_get(body, key);
	return !field || node_bool(field, ret) ? OK : ERR(e, INVALID, "%s: true or false is expected", key);
}

enum err body_version(struct call *c, const struct node *body, struct str *ret_chart,
                      struct str *ret_version, struct str *ret_file, struct errinfo *e)
{
	struct str chart = { 0 }, version = { 0 };
	enum err err = body_text(body, "chart", &chart, e);
	if (!err)
		err = body_text(body, "version", &version, e);
	if (err)
		return err;
	const char *file = arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(chart), STR_ARG(version));
	if (!file)
		return ERR(e, NOMEM, "request");
	if (!chart.n || !version.n || !chart_file_name_is_safe(str_c(file)))
		return ERR(e, INVALID, "the names of a chart and a version are expected");
	*ret_chart = chart;
	*ret_version = version;
	*ret_file = str_c(file);
	return OK;
}

enum err body_repo_name(const struct call *c, const struct node *body, const char *key, struct str *ret,
                        struct errinfo *e)
{
	const struct node *name = node_get(body, key);
	if (!name || name->kind != NODE_SCALAR || name->plain)
		return ERR(e, INVALID, "%s: the name of a repository is expected", key);
	*ret = name->text;
	return ingest_check_name(c->app->ingest, name->text, e);
}

enum err body_settings(struct call *c, const struct node *body, const char *without,
                       struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	sbuf_putc(&b, '{');
	for (const struct node_item *i = body->items; i; i = i->next) {
		if (str_eq_c(i->key, without))
			continue;
		if (i->value->kind != NODE_SCALAR)
			return ERR(e, INVALID, "%.*s: a single value is expected", STR_ARG(i->key));
		json_next(&b);
		sbuf_json(&b, str_eq(i->key, STR("url")) ? STR("upstream") : i->key);
		sbuf_putc(&b, ':');
		if (i->value->plain)
			sbuf_put(&b, i->value->text);
		else
			sbuf_json(&b, i->value->text);
	}
	sbuf_putc(&b, '}');
	if (!sbuf_ok(&b) || !arena_str(&c->r->arena, sbuf_str(&b), ret))
		return ERR(e, NOMEM, "settings");
	return OK;
}

enum err body_lines(struct call *c, const struct node *body, const char *key, const char *each,
                    struct str *ret, struct errinfo *e)
{
	const struct node *list = node_get(body, key);
	AUTO_SBUF struct sbuf lines = sbuf_make(API_BODY_MAX_BYTES);
	if (!list || list->kind != NODE_LIST)
		return ERR(e, INVALID, "%s: a list of texts is expected", key);
	for (const struct node_item *i = list->items; i; i = i->next) {
		struct str line = str_trim(node_text(i->value));
		if (!line.n || i->value->plain || str_has(line, '\n'))
			return ERR(e, INVALID, "%s: %s is expected", key, each);
		sbuf_puts(&lines, lines.n ? "\n" : "");
		sbuf_put(&lines, line);
	}
	return sbuf_ok(&lines) && arena_str(&c->r->arena, sbuf_str(&lines), ret) ? OK : ERR(e, NOMEM, "request");
}
