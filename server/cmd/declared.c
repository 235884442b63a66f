/* The repositories of the settings file: made and set at a start and by SIGHUP, compared for config check.
 * One whose name leads to another one since it was renamed is passed by: to make it again would take
 * the old name's readers away from their charts.                                             */
#include "server/cmd/declared.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "server/cmd/reader.h"

/* ---- applying ---- */

static enum err apply_one(struct ingest *g, const struct declared_repo *repo, struct errinfo *e)
{
	bool there = ingest_has_repo(g, repo->name);
	struct audit_note note = { .name = STR("settings"),
	                           .action = there ? STR("repo.set") : STR("repo.create") };
	struct change c;
	change_init(&c, there ? CHANGE_REPO_SET : CHANGE_REPO);
	c.repo = repo->name;
	c.create_repo = !there;
	c.settings = repo->settings;
	c.actor = STR("config");
	c.note = &note;
	enum err err = ingest_apply(g, &c);
	if (err) {
		*e = c.error;
		err_prefix(e, "%s", repo->place);
	} else if (!there || !c.result.existing) {
		LOG(LOG_INFO, there ? "repository.set" : "repository.made", KV("repo", repo->name),
		    KV("place", repo->place));
	}
	change_done(&c);
	return err;
}

static enum err misnamed(const struct declared_repo *repo, struct errinfo *e)
{
	err_prefix(e, "%s", repo->place);
	return e->code = ERR_CONFIG;
}

static enum err judge(struct ingest *g, const struct declared_repos *d, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list = NULL;
	size_t count = 0, n = 0;
	for (size_t i = 0; i < d->count; i++)
		if (ingest_check_name(g, d->list[i].name, e))
			return misnamed(&d->list[i], e);
	enum err err = ingest_repos(g, &a, &list, &count, e);
	struct known_repo *known = err ? NULL : arena_array(&a, count + 1, sizeof *known);
	if (!err && !known)
		err = ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = ingest_snapshot(g, list[i].name);
		struct known_repo is = { .name = list[i].name, .kind = list[i].kind, .empty = !list[i].versions };
		if (s && !arena_str(&a, s->settings->members, &is.members))
			err = ERR(e, NOMEM, "repositories");
		snapshot_unref(s);
		known[n++] = is;
	}
	return err ? err : declared_judge(known, n, d, e);
}

enum err declared_apply(struct ingest *g, const struct declared_repos *d, struct errinfo *e)
{
	enum err err = d->count ? judge(g, d, e) : OK;
	for (size_t i = 0; i < d->count && !err; i++) {
		const struct declared_repo *repo = &d->list[i];
		struct str now = ingest_renamed(g, repo->name);
		if (now.n && !ingest_has_repo(g, repo->name))
			LOG(LOG_WARN, "repository.renamed", KV("repo", repo->name), KV("to", now),
			    KV("place", repo->place));
		else
			err = apply_one(g, repo, e);
	}
	return err;
}

static bool declares(const struct declared_repos *d, struct str name)
{
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->list[i].name, name))
			return true;
	return false;
}

void declared_no_more(const struct declared_repos *was, const struct declared_repos *is)
{
	for (size_t i = 0; i < was->count; i++)
		if (!declares(is, was->list[i].name))
			LOG(LOG_WARN, "repository.declared_no_more", KV("repo", was->list[i].name),
			    KV("detail", "it is left as it is; chartlocker repo delete removes it"));
}

/* ---- comparing ---- */

struct comparison {
	struct arena arena;
	struct repo_row *rows;
	struct alias_row *aliases;
	size_t row_count, alias_count;
	bool json;
	struct sbuf *to;
};

static const struct repo_row *find_row(const struct comparison *x, struct str name)
{
	for (size_t i = 0; i < x->row_count; i++)
		if (str_eq(x->rows[i].name, name))
			return &x->rows[i];
	return NULL;
}

/* "+ make R", "~ change R: private: false → true", "! R is called S now". */
static void put(struct comparison *x, const char *sign, const char *verb, struct str repo)
{
	if (!x->json) {
		sbuf_printf(x->to, "%s %s %.*s", sign, verb, STR_ARG(repo));
		return;
	}
	json_next(x->to);
	sbuf_putc(x->to, '{');
	json_text(x->to, "do", str_c(verb));
	json_text(x->to, "repo", repo);
}

static void put_end(const struct comparison *x) { sbuf_puts(x->to, x->json ? "}" : "\n"); }

/* Keys are long and no pleasure to read. */
static const char *shown(struct comparison *x, enum repo_setting_id id, struct str value)
{
	if (id == REPO_SETTING_keyring && value.n && !x->json)
		return arena_printf(&x->arena, "%zu bytes", value.n) ?: "";
	return value.n || x->json ? arena_dup(&x->arena, value) ?: "" : "\"\"";
}

static void put_setting(struct comparison *x, struct str repo, enum repo_setting_id id,
                        struct str before, struct str after)
{
	const char *name = repo_setting_row(id)->name;
	const char *from = shown(x, id, before), *to = shown(x, id, after);
	put(x, "~", "change", repo);
	if (x->json) {
		json_text(x->to, "setting", str_c(name));
		json_text(x->to, "from", str_c(from));
		json_text(x->to, "to", str_c(to));
	} else {
		sbuf_printf(x->to, ": %s: %s → %s", name, from, to);
	}
	put_end(x);
}

static enum err compare_settings(struct comparison *x, const struct declared_repo *repo,
                                 const struct repo_row *row, struct errinfo *e)
{
	struct repo_settings is, wanted;
	repo_settings_default(&is);
	repo_settings_default(&wanted);
	enum err err = row->settings.n ? repo_settings_merge(&x->arena, row->settings, &is, e) : OK;
	if (!err)
		err = repo_settings_merge(&x->arena, repo->settings, &wanted, e);
	for (int i = 0; i < REPO_SETTING_COUNT && !err; i++) {
		enum repo_setting_id id = (enum repo_setting_id)i;
		struct str before, after;
		err = repo_setting_text(&x->arena, &is, id, &before, e);
		if (!err)
			err = repo_setting_text(&x->arena, &wanted, id, &after, e);
		if (!err && !str_eq(before, after))
			put_setting(x, repo->name, id, before, after);
	}
	return err;
}

static const struct repo_row *renamed_to(const struct comparison *x, struct str name)
{
	for (size_t i = 0; i < x->alias_count; i++)
		if (str_eq(x->aliases[i].name, name))
			return find_row(x, x->aliases[i].repo);
	return NULL;
}

static enum err compare_one(struct comparison *x, const struct declared_repo *repo,
                            struct errinfo *e)
{
	const struct repo_row *row = find_row(x, repo->name);
	const struct repo_row *now = row ? NULL : renamed_to(x, repo->name);
	if (row)
		return compare_settings(x, repo, row, e);
	if (!now && repo_name_check(repo->name, e))
		return misnamed(repo, e);
	put(x, now ? "!" : "+", now ? "leave" : "make", repo->name);
	if (now && x->json)
		json_text(x->to, "renamed", now->name);
	else if (now)
		sbuf_printf(x->to, ": it is called %.*s now", STR_ARG(now->name));
	put_end(x);
	return OK;
}

static enum err see_version(void *ctx, const struct version_row *row, struct errinfo *e)
{
	(void)e;
	*(bool *)ctx &= row->yanked || row->state != VERSION_LIVE;
	return OK;
}

static enum err judge_rows(struct comparison *x, struct catalog *c, const struct declared_repos *d,
                           struct errinfo *e)
{
	struct known_repo *known = arena_array(&x->arena, x->row_count + 1, sizeof *known);
	enum err err = known ? OK : ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < x->row_count && !err; i++) {
		struct repo_settings s;
		const struct repo_row *row = &x->rows[i];
		repo_settings_default(&s);
		err = row->settings.n ? repo_settings_merge(&x->arena, row->settings, &s, e) : OK;
		known[i] = (struct known_repo){ .name = row->name, .members = s.members, .kind = repo_kind(&s),
		                                .empty = true };
		if (!err && known[i].kind == REPO_HOSTED && declares(d, row->name))
			err = catalog_versions_each(c, row->id, see_version, &known[i].empty, e);
	}
	return err ? err : declared_judge(known, x->row_count, d, e);
}

static enum err read_rows(const char *data, struct comparison *x, const struct declared_repos *d,
                          struct errinfo *e)
{
	struct reader r;
	enum err err = reader_open(data, &r, e);
	bool none = err == ERR_NOT_FOUND;        /* everything would be made */
	if (!err)
		err = catalog_repos(r.catalog, &x->arena, &x->rows, &x->row_count, e);
	if (!err)
		err = catalog_aliases(r.catalog, &x->arena, &x->aliases, &x->alias_count, e);
	if (!err)
		err = judge_rows(x, r.catalog, d, e);
	reader_close(&r);
	return none ? OK : err;
}

enum err declared_compare(const char *data, const struct declared_repos *d, bool json,
                          struct sbuf *to, struct errinfo *e)
{
	struct comparison x = { .json = json, .to = to };
	enum err err = d->count ? read_rows(data, &x, d, e) : OK;
	sbuf_puts(to, json ? "[" : "");
	for (size_t i = 0; i < d->count && !err; i++)
		err = compare_one(&x, &d->list[i], e);
	sbuf_puts(to, json ? "]" : "");
	arena_done(&x.arena);
	if (err)
		return err;
	return sbuf_ok(to) ? OK : ERR(e, NOMEM, "differences");
}
