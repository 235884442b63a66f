/* Repositories that the settings file declares:
 *
 *     repositories:
 *       - name: team-a/stable
 *         private: true
 *         keyring_file: team-a.asc
 *
 * The keys are the settings of a repository (format/repo_setting.def), but for name, and for
 * keyring_file, which names a file with the value of keyring.                                */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/format/repo_settings.h"
#include "server/config.h"

struct reading {
	struct config *c;
	const char *file;
	struct sbuf *problems;
};

static void complain(const struct reading *r, uint32_t line, const struct errinfo *e)
{
	sbuf_printf(r->problems, "%s:%u: repositories: %s\n", r->file, line, e->detail);
}

/* ---- one setting ---- */

static enum err set_keyring(struct config *c, struct str path, struct repo_settings *s,
                            struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes = 0;
	const char *name = arena_dup(&c->arena, path);
	enum err err = name ? config_read_text(name, REPO_SETTINGS_MAX_BYTES, &text, &bytes, e)
	                    : ERR(e, NOMEM, "settings");
	return err ? err : repo_settings_set(&c->arena, STR("keyring"), str_make(text, bytes), s, e);
}

static enum err set_one(struct config *c, const struct node_item *i, struct repo_settings *s,
                        struct errinfo *e)
{
	if (i->value->kind != NODE_SCALAR)
		return ERR(e, INVALID, "%.*s: a single value is expected", STR_ARG(i->key));
	if (str_eq(i->key, STR("name")) || node_is_null(i->value))
		return OK;
	if (str_eq(i->key, STR("keyring_file")))
		return set_keyring(c, i->value->text, s, e);
	return repo_settings_set(&c->arena, i->key, i->value->text, s, e);
}

/* ---- one repository ---- */

static enum err check_name(const struct config *c, struct str name, struct errinfo *e)
{
	const struct declared_repos *d = &c->repositories;
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->list[i].name, name))
			return ERR(e, CONFIG, "\"%.*s\" stands twice", STR_ARG(name));
	return repo_name_check(name, e);
}

static enum err add(struct config *c, struct str name, const struct repo_settings *s,
                    const char *place, struct errinfo *e)
{
	struct declared_repos *d = &c->repositories;
	AUTO_SBUF struct sbuf json = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	repo_settings_json_all(&json, s);
	struct declared_repo *list = arena_room(&c->arena, d->list, d->count, &d->capacity, sizeof *list);
	struct declared_repo *repo = list ? &list[d->count] : NULL;
	if (!repo || !place || !sbuf_ok(&json) ||
	    !arena_str(&c->arena, sbuf_str(&json), &repo->settings) ||
	    !arena_str(&c->arena, name, &repo->name))
		return ERR(e, NOMEM, "settings");
	repo->place = place;
	d->list = list;
	d->count++;
	return OK;
}

static void read_repo(const struct reading *r, const struct node *map, uint32_t line)
{
	struct repo_settings s;
	struct errinfo e = { 0 };
	struct str name = node_text(node_get(map, "name"));
	size_t before = r->problems->n;
	repo_settings_default(&s);
	if (check_name(r->c, name, &e))
		complain(r, line, &e);
	for (const struct node_item *i = map->items; i; i = i->next)
		if (set_one(r->c, i, &s, &e))
			complain(r, i->line, &e);
	if (r->problems->n == before &&
	    add(r->c, name, &s, arena_printf(&r->c->arena, "%s:%u", r->file, line), &e))
		complain(r, line, &e);
}

void config_read_repos(struct config *c, const struct node *section, const char *file,
                       struct sbuf *problems)
{
	struct reading r = { c, file, problems };
	struct errinfo e = { 0 };
	if (section->kind != NODE_LIST && !node_is_null(section)) {
		(void)ERR(&e, CONFIG, "a list is expected");
		complain(&r, section->line, &e);
	}
	for (const struct node_item *i = section->items; i && !e.code; i = i->next)
		if (i->value->kind == NODE_MAP) {
			read_repo(&r, i->value, i->value->line);
		} else {
			(void)ERR(&e, CONFIG, "name: NAME is expected, and settings");
			complain(&r, i->value->line, &e);
		}
}

/* ---- remembered ---- */

enum err config_keep_repos(struct config *running, const struct declared_repos *fresh,
                           struct errinfo *e)
{
	struct declared_repos kept = { 0 };
	kept.list = arena_array(&running->arena, fresh->count + 1, sizeof *kept.list);
	if (!kept.list)
		return ERR(e, NOMEM, "settings");
	for (; kept.count < fresh->count; kept.count++)
		if (!arena_str(&running->arena, fresh->list[kept.count].name, &kept.list[kept.count].name))
			return ERR(e, NOMEM, "settings");
	running->repositories = kept;
	return OK;
}
