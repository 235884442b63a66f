/* Repositories that the settings file declares, in a section for each kind:
 *
 *     repositories:
 *       - name: team-a/stable
 *         private: true
 *         keyring_file: team-a.asc
 *     upstreams:
 *       - name: prometheus
 *         url: https://prometheus-community.github.io/helm-charts
 *         mode: proxy
 *         take_charts: [prometheus*, "!prometheus-old"]
 *     virtual:
 *       - name: all
 *         members: [main, prometheus]
 *
 * The keys are the settings of a repository (format/repo_setting.def), but for name, for url, which is
 * the setting upstream, and for keyring_file, which names a file with the value of keyring. Settings
 * that are lists may be YAML lists.                                                            */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/format/armor.h"
#include "indexer/format/keyring.h"
#include "indexer/format/name.h"
#include "indexer/format/repo_settings.h"
#include "indexer/format/repo_settings_judge.h"
#include "server/config.h"
#include "server/config_section.h"
#include "server/manage/upstream_place.h"

#define SECTION_REPOSITORIES "repositories"
#define SECTION_UPSTREAMS "upstreams"
#define SECTION_VIRTUAL "virtual"

static const struct section {
	const char *name;
	unsigned kinds;                  /* enum repo_kind, or-ed: what may be declared there */
	const char *lacks;               /* what is missing of one that is none of them */
} repositories = {
	SECTION_REPOSITORIES, REPO_HOSTED,
	"one that follows another server is declared in " SECTION_UPSTREAMS ", one with members in "
	SECTION_VIRTUAL
}, upstreams = {
	SECTION_UPSTREAMS, REPO_UPSTREAM, "url is missing: the address of the repository that it follows"
}, virtual = {
	SECTION_VIRTUAL, REPO_VIRTUAL, "members is missing: the repositories that it shows"
};

struct reading {
	struct config *c;
	const struct section *section;
	struct config_section told;
};

/* ---- one setting ---- */

static enum err set_keyring(struct config *c, struct str path, struct repo_settings *s,
                            struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes = 0;
	const char *name = arena_dup(&c->arena, path);
	if (str_has(path, '\n'))
		return ERR(e, CONFIG, "keyring_file: the path of a file is expected, not what stands in it");
	enum err err = name ? config_read_text(name, REPO_SETTINGS_MAX_BYTES, &text, &bytes, e)
	                    : ERR(e, NOMEM, "settings");
	struct str keys = str_make(text, bytes);
	if (!err && !bytes)
		return ERR(e, CONFIG, "%s is empty; without keyring_file there is no keyring", name);
	if (!err)
		err = armor_keyring(&c->arena, keys, &keys, e);
	if (!err)
		err = keyring_check(keys, e);
	if (err == ERR_INVALID)
		err_prefix(e, "%s", name);
	return err ? err : repo_settings_set(&c->arena, STR("keyring"), keys, s, e);
}

/* Settings that are lists, and what stands between the items of their text. */
static const struct list { const char *name; char between; } lists[] = {
	{ "known_as", ' ' }, { "maintainers", '\n' }, { "members", ' ' }, { "own_names", ' ' },
	{ "pins", ' ' }, { "take_annotations", ' ' }, { "take_charts", ' ' },
};

static const struct list *find_list(struct str name)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (str_eq_c(name, lists[i].name))
			return &lists[i];
	return NULL;
}

static bool splits(struct str item, char between)
{
	return str_has(item, '\n') || (between == ' ' && (str_has(item, ' ') || str_has(item, '\t')));
}

static enum err set_list(struct config *c, const struct node_item *of, struct repo_settings *s,
                         struct errinfo *e)
{
	const struct list *list = find_list(of->key);
	AUTO_SBUF struct sbuf text = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	if (!list)
		return ERR(e, INVALID, "%.*s: a single value is expected", STR_ARG(of->key));
	for (const struct node_item *i = of->value->items; i; i = i->next) {
		struct str item = config_text(i->value);
		if (!item.n || splits(item, list->between))
			return ERR(e, INVALID, "%s: one text without %s is expected for each item", list->name,
			           list->between == ' ' ? "spaces" : "lines");
		if (text.n)
			sbuf_putc(&text, list->between);
		sbuf_put(&text, item);
	}
	return sbuf_ok(&text) ? repo_settings_set(&c->arena, of->key, sbuf_str(&text), s, e)
	                      : ERR(e, NOMEM, "settings");
}

static enum err set_one(const struct reading *r, const struct node_item *i, struct repo_settings *s,
                        struct errinfo *e)
{
	struct str key = i->key;
	if (i->value->kind == NODE_LIST)
		return set_list(r->c, i, s, e);
	if (i->value->kind != NODE_SCALAR)
		return ERR(e, INVALID, "%.*s: a single value is expected", STR_ARG(key));
	if (str_eq(key, STR("name")) || node_is_null(i->value))
		return OK;
	if (str_eq(key, STR("keyring_file")))
		return set_keyring(r->c, i->value->text, s, e);
	if (str_eq(key, STR("url")) && r->section->kinds == REPO_UPSTREAM)
		key = STR("upstream");
	return repo_settings_set(&r->c->arena, key, i->value->text, s, e);
}

/* ---- one repository ---- */

static enum err check_name(const struct config *c, struct str name, struct errinfo *e)
{
	const struct declared_repos *d = &c->repositories;
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->list[i].name, name))
			return ERR(e, CONFIG, "\"%.*s\" stands twice", STR_ARG(name));
	return repo_old_name_check(name, e);     /* declared.h asks the log about old names */
}

static enum err check_whole(const struct section *section, struct str name,
                            const struct repo_settings *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	if (!(repo_kind(s) & section->kinds))
		return ERR(e, CONFIG, "%s", section->lacks);
	enum err err = repo_settings_judge(&a, name, NULL, s, e);
	return err ? err : upstream_place_check(s, false, e);
}

static enum err add(const struct reading *r, struct str name, const struct repo_settings *s,
                    const char *place, struct errinfo *e)
{
	struct config *c = r->c;
	struct declared_repos *d = &c->repositories;
	AUTO_SBUF struct sbuf json = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	repo_settings_json_all(&json, s);
	struct declared_repo *list = arena_room(&c->arena, d->list, d->count, &d->capacity, sizeof *list);
	struct declared_repo *repo = list ? &list[d->count] : NULL;
	if (!repo || !place || !sbuf_ok(&json) ||
	    !arena_str(&c->arena, sbuf_str(&json), &repo->settings) ||
	    !arena_str(&c->arena, name, &repo->name))
		return ERR(e, NOMEM, "settings");
	repo->section = r->section->name;
	repo->place = place;
	d->list = list;
	d->count++;
	return OK;
}

static void read_repo(void *ctx, const struct node *map)
{
	const struct reading *r = ctx;
	struct repo_settings s;
	struct errinfo e = { 0 };
	struct str name = config_text(node_get(map, "name"));
	size_t before = r->told.problems->n;
	repo_settings_default(&s);
	if (check_name(r->c, name, &e))
		config_complain(&r->told, map->line, &e);
	for (const struct node_item *i = map->items; i; i = i->next)
		if (set_one(r, i, &s, &e))
			config_complain(&r->told, i->line, &e);
	if (r->told.problems->n == before &&
	    (check_whole(r->section, name, &s, &e) ||
	     add(r, name, &s, arena_printf(&r->c->arena, "%s:%u", r->told.file, map->line), &e)))
		config_complain(&r->told, map->line, &e);
}

/* ---- sections ---- */

static void read_section(struct config *c, const struct section *of, const struct node *section,
                         const char *file, struct sbuf *problems)
{
	struct reading r = { c, of, { of->name, file, problems } };
	config_each(&r.told, section, "name: NAME is expected, and settings", read_repo, &r);
}

void config_read_repos(struct config *c, const struct node *section, const char *file,
                       struct sbuf *problems)
{
	read_section(c, &repositories, section, file, problems);
}

void config_read_upstreams(struct config *c, const struct node *section, const char *file,
                           struct sbuf *problems)
{
	read_section(c, &upstreams, section, file, problems);
}

void config_read_virtual(struct config *c, const struct node *section, const char *file,
                         struct sbuf *problems)
{
	read_section(c, &virtual, section, file, problems);
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
