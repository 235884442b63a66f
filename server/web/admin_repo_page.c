/* One repository: its settings as one form, of which only what differs becomes a change; its name;
 * its end. Its own administrator sets it, who manages the server renames and deletes it as well. */
#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/format/keyring.h"
#include "indexer/format/name.h"
#include "indexer/ingest/versions.h"
#include "server/manage/repos.h"
#include "server/route/members.h"
#include "server/web/admin_repos_page.h"

#define CHANGED "settings"               /* ?changed= */

static const struct {
	const char *title;               /* of its group */
	enum repo_setting_id id;
	const char *label;
	bool lines;                      /* a text of several */
} table[] = {
	{ "About", REPO_SETTING_description, "Description", false },
	{ "About", REPO_SETTING_maintainers, "Maintainers", true },
	{ "About", REPO_SETTING_publisher_id, "Publisher's repositoryID", false },
	{ "Who sees it", REPO_SETTING_private, "Private", false },
	{ "Upstream", REPO_SETTING_upstream, "Address", false },
	{ "Upstream", REPO_SETTING_mode, "Mode", false },
	{ "Upstream", REPO_SETTING_links, "Links lead", false },
	{ "Upstream", REPO_SETTING_refresh_minutes, "Minutes between refreshes", false },
	{ "Upstream", REPO_SETTING_paused, "Paused", false },
	{ "Upstream", REPO_SETTING_credentials, "Credentials", false },
	{ "Upstream", REPO_SETTING_allow_private, "Addresses that are not public", false },
	{ "Members", REPO_SETTING_members, "Members", true },
	{ "Members", REPO_SETTING_pins, "Pins", true },
	{ "Members", REPO_SETTING_own_names, "Names of hosted charts", true },
	{ "Members", REPO_SETTING_first_keeps, "Names stay with who had them first", false },
	{ "Members", REPO_SETTING_cooldown_days, "Days until a version appears", false },
	{ "What is taken", REPO_SETTING_take_charts, "Charts", true },
	{ "What is taken", REPO_SETTING_take_versions, "Versions", false },
	{ "What is taken", REPO_SETTING_take_last, "Newest of each chart", false },
	{ "What is taken", REPO_SETTING_take_last_per_minor, "Newest of each minor version", false },
	{ "What is taken", REPO_SETTING_take_since, "Since", false },
	{ "What is taken", REPO_SETTING_take_prereleases, "Pre-releases", false },
	{ "What is taken", REPO_SETTING_take_deprecated, "Deprecated ones", false },
	{ "What is taken", REPO_SETTING_take_signed, "Signed alone", false },
	{ "What is taken", REPO_SETTING_take_annotations, "Annotations", false },
	{ "What is taken", REPO_SETTING_take_kube, "Kubernetes", false },
	{ "What is taken", REPO_SETTING_take_closure, "Dependencies too", false },
	{ "Guards", REPO_SETTING_drop_max_percent, "Percent dropped at most", false },
	{ "Guards", REPO_SETTING_frozen_days, "Days until it is called frozen", false },
	{ "Guards", REPO_SETTING_missing_digest, "Without a digest", false },
	{ "Guards", REPO_SETTING_other_hosts, "On other hosts", false },
	{ "Guards", REPO_SETTING_unsound, "Unsound archives", false },
	{ "Publishing", REPO_SETTING_overwrite, "Overwrite", false },
	{ "Publishing", REPO_SETTING_create_on_push, "Create on push", false },
	{ "Publishing", REPO_SETTING_undelete_days, "Days to undelete", false },
	{ "Signatures", REPO_SETTING_provenance, "Provenance", false },
	{ "Signatures", REPO_SETTING_keyring, "Keyring", true },
	{ "Retention", REPO_SETTING_keep_last, "Keep newest of each chart", false },
	{ "Retention", REPO_SETTING_keep_per_minor, "Keep newest of each minor version", false },
	{ "Retention", REPO_SETTING_keep_days, "Keep for days", false },
	{ "Retention", REPO_SETTING_keep_pulled_days, "Keep for days after a download", false },
	{ "Quota", REPO_SETTING_max_versions, "Versions at most", false },
	{ "Quota", REPO_SETTING_max_bytes, "Bytes at most", false },
	{ "Index", REPO_SETTING_index_format, "Format of index.yaml", false },
	{ "Index", REPO_SETTING_known_as, "Known as", true },
};
_Static_assert(sizeof table / sizeof *table == REPO_SETTING_COUNT, "every setting has a field");

/* Where 0 is nothing at all, which it is unasked: an empty field, and what stands in it then. */
static const char *const zero_is[REPO_SETTING_COUNT] = {
	[REPO_SETTING_keep_last] = "no rule", [REPO_SETTING_keep_per_minor] = "no rule",
	[REPO_SETTING_keep_days] = "no rule", [REPO_SETTING_keep_pulled_days] = "no rule",
	[REPO_SETTING_max_versions] = "no limit", [REPO_SETTING_max_bytes] = "no limit",
	[REPO_SETTING_take_last] = "all", [REPO_SETTING_take_last_per_minor] = "all",
	[REPO_SETTING_cooldown_days] = "none: at once",
};

static const struct { const char *title, *text; } notes[] = {
	{ "Retention", "Once a day, versions go that no rule keeps. Without one of the first three rules, all stay." },
};

/* ---- the page ---- */

static void put_words(struct setting_field *f, const char *words)
{
	struct str rest = str_c(words);
	f->field.choices = f->words;
	while (rest.n && f->field.choice_count < SETTING_WORDS_MAX)
		f->words[f->field.choice_count++].value = str_cut(&rest, ' ', NULL);
}

static struct str seen_value(const struct field *f, struct str value)
{
	return f->placeholder && str_eq_c(value, "0") ? STR("") : value;
}

static const char *note_on(const char *title)
{
	for (size_t i = 0; title && i < sizeof notes / sizeof *notes; i++)
		if (!strcmp(notes[i].title, title))
			return notes[i].text;
	return NULL;
}

/* A title stands over the first of its group that this kind of repository has. */
static enum err put_setting(struct call *c, const struct repo_settings *s, size_t at,
                            const char **title, struct setting_field *f, struct errinfo *e)
{
	const struct repo_setting_row *row = repo_setting_row(table[at].id);
	bool begins = !*title || strcmp(*title, table[at].title) != 0;
	*f = (struct setting_field){ .title = begins ? table[at].title : NULL, .field = {
		.label = table[at].label, .name = row->name, .hint = row->sentence,
		.box = !strcmp(row->type, "BOOL"), .rows = table[at].lines ? 3 : 0,
		.placeholder = zero_is[table[at].id],
	} };
	f->note = note_on(f->title);
	*title = table[at].title;
	put_words(f, row->words);
	enum err err = repo_setting_text(&c->r->arena, s, table[at].id, &f->field.value, e);
	if (!err && !arena_str(&c->r->arena, seen_value(&f->field, f->field.value), &f->field.value))
		err = ERR(e, NOMEM, "settings");
	return err;
}

/* As they are; what was typed is put over it. */
static enum err put_settings(struct call *c, struct admin_repo_view *v, struct errinfo *e)
{
	struct snapshot *now = ingest_snapshot(c->app->ingest, c->repo);
	const char *title = NULL;
	struct repo_settings seen;
	bool manages = auth_manages(c->app->auth, &c->caller);
	if (!now)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	v->charts = rope_charts(now->json);
	v->versions = rope_versions(now->json);
	enum err err = call_sees_settings(c, &c->r->arena, now->settings, &seen, e);
	for (size_t i = 0; i < REPO_SETTING_COUNT && !err; i++)
		if (repo_setting_row(table[i].id)->of & repo_kind(now->settings) &&
		    (manages || table[i].id != REPO_SETTING_known_as))
			err = put_setting(c, &seen, i, &title, &v->settings[v->setting_count++], e);
	snapshot_unref(now);
	return err;
}

static enum err show(struct call *c, int status, struct admin_repo_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct repo_figures figures;
	struct page p;
	page_init(&p, c);
	enum err err = form_code(c, &v->code, e);
	if (!err)
		err = ingest_repo_figures(c->app->ingest, c->repo, &figures, e);
	if (err)
		return err;
	v->repo = c->repo;
	v->bytes = figures.stored.bytes;
	v->manages = p.manages;
	v->is_default = str_eq_c(c->repo, c->app->default_repo);
	v->to.label = "New name";
	v->to.name = "to";
	v->confirm.label = "Its name, to be sure";
	v->confirm.name = "confirm";
	v->to.required = v->confirm.required = true;
	v->head = admin_head(&p, ADMIN_REPOS, c->repo);
	html_admin_repo_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err show_now(struct call *c, struct response *s, struct errinfo *e)
{
	struct admin_repo_view v = { .saved = str_eq_c(query_text(&c->query, "changed"), CHANGED) };
	enum err err = put_settings(c, &v, e);
	return err ? err : show(c, 200, &v, s, e);
}

enum err admin_repo_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show_now, e);
}

void admin_repo_end(struct call *c)
{
	repo_change_done(c->state);
	form_end(c);
}

/* ---- settings ---- */

/* Browsers send nothing of an empty checkbox, so that a hidden field before it says that it was there. */
static const struct query_param *typed(const struct query *fields, const char *name)
{
	const struct query_param *found = NULL;
	for (size_t i = 0; i < fields->count; i++)
		if (str_eq_c(fields->params[i].name, name))
			found = &fields->params[i];
	return found;
}

/* Puts what was typed into the fields and what differs into `json`; false: something is wrong. */
static bool take_typed(struct call *c, const struct query *fields, struct admin_repo_view *v,
                       struct sbuf *json)
{
	bool right = true;
	sbuf_putc(json, '{');
	for (size_t i = 0; i < v->setting_count; i++) {
		struct field *f = &v->settings[i].field;
		const struct query_param *p = typed(fields, f->name);
		struct repo_settings scratch;
		struct errinfo e = { 0 };
		if (!p || str_eq(seen_value(f, p->value), f->value))
			continue;
		struct str was = f->value;
		f->value = seen_value(f, p->value);
		struct str sent = f->placeholder && !f->value.n ? STR("0") : f->value;
		repo_settings_default(&scratch);
		if (repo_settings_set(&c->r->arena, str_c(f->name), sent, &scratch, &e)) {
			(void)form_blame(c, &e, f);
			right = false;
		} else if (scratch.keyring.n && keyring_check(scratch.keyring, &e)) {
			(void)form_blame(c, &e, f);
			f->value = was;              /* a secret key does not stand on the page again */
			right = false;
		}
		json_text(json, f->name, sent);
	}
	sbuf_putc(json, '}');
	return right;
}

static void saved(struct call *c, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_changed(&l, link_admin_repo(&l, c->repo, NULL), CHANGED), s);
}

static int again(struct call *c, enum err why, const struct errinfo *e, struct admin_repo_view *v)
{
	struct field *fields[REPO_SETTING_COUNT + 1] = { NULL };
	for (size_t i = 0; i < v->setting_count; i++)
		fields[i] = &v->settings[i].field;
	return form_again(c, why, e, &v->problem, fields);
}

static void answer_settings(struct repo_change *x)
{
	struct call *c = x->change.ctx;
	struct admin_repo_view *v = x->own;
	struct response s = { 0 };
	struct errinfo e = x->change.error;
	enum err err = x->change.err;
	int status = err ? again(c, err, &e, v) : 0;
	if (!err)
		saved(c, &s);
	else if (status)
		err = show(c, status, v, &s, &e);
	call_finish(c, err, &s, &e);
}

static enum err show_wrong(struct call *c, struct response *s, struct errinfo *e)
{
	struct admin_repo_view *v = c->state;
	c->state = NULL;
	v->problem = STR("some fields are not right; they say why");
	c->r->err = ERR_INVALID;
	return show(c, 400, v, s, e);
}

static enum err submit(struct call *c, struct admin_repo_view *v, struct str json, struct errinfo *e)
{
	struct repo_change *x;
	enum err err = repo_change_new(c, CHANGE_REPO_SET, answer_settings, &x, e);
	if (err)
		return err;
	x->own = v;
	if (!arena_str(&c->r->arena, json, &x->change.settings))
		return ERR(e, NOMEM, "settings");
	err = repo_change_submit(x, &x->change.error);
	return err ? admin_refuse(x, err) : OK;
}

enum err admin_repo_post(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct admin_repo_view *v = ARENA_NEW(&c->r->arena, struct admin_repo_view);
	struct query fields;
	enum err err = v ? form_read_signed(c, &fields, e) : ERR(e, NOMEM, "page");
	if (!err)
		err = put_settings(c, v, e);
	if (err)
		return err;
	if (!take_typed(c, &fields, v, &json)) {
		c->state = v;
		err = call_work(c, ingest_pool(c->app->ingest), show_wrong, e);
		if (err)
			c->state = NULL;     /* the job is not there; else it is the job's */
		return err;
	}
	if (!sbuf_ok(&json))
		return ERR(e, NOMEM, "settings");
	if (json.n > STR("{}").n)
		return submit(c, v, sbuf_str(&json), e);
	saved(c, s);
	return OK;
}

/* ---- name and end ---- */

/* The field of a form that has one: what was typed, and why not. */
static enum err show_again(struct call *c, enum change_kind kind, struct str value, enum err why,
                           struct response *s, struct errinfo *e)
{
	struct admin_repo_view v = { 0 };
	struct field *f = kind == CHANGE_REPO_RENAME ? &v.to : &v.confirm;
	struct str wrong = { 0 };
	int status = form_again(c, why, e, &wrong, NULL);
	enum err err = status ? put_settings(c, &v, e) : why;
	f->value = value;
	f->wrong = wrong.p;
	return err ? err : show(c, status, &v, s, e);
}

static void answer_one(struct repo_change *x)
{
	struct call *c = x->change.ctx;
	const struct str *value = x->own;
	struct response s = { 0 };
	struct errinfo e = x->change.error;
	enum err err = x->change.err;
	struct links l;
	links_of(c, &l);
	if (err)
		err = show_again(c, x->change.kind, *value, err, &s, &e);
	else
		form_go_on(c, x->change.kind == CHANGE_REPO_RENAME ? link_admin_repo(&l, x->change.to, NULL)
		                                                   : link_admin(&l, "repos"), &s);
	call_finish(c, err, &s, &e);
}

/* `wrong`: what is known to be wrong before it is tried; then it is only told. */
static enum err one_field(struct call *c, enum change_kind kind, struct str value, const char *wrong,
                          struct errinfo *e)
{
	struct repo_change *x;
	struct str *own = ARENA_NEW(&c->r->arena, struct str);
	enum err err = own ? repo_change_new(c, kind, answer_one, &x, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*own = value;
	x->own = own;
	if (wrong)
		return admin_refuse(x, ERR(&x->change.error, INVALID, "%s", wrong));
	x->change.to = value;
	return repo_change_submit(x, e);
}

enum err admin_rename_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct query fields;
	struct errinfo wrong = { 0 };
	enum err err = form_read_signed(c, &fields, e);
	if (err)
		return err;
	struct str to = str_trim(query_text(&fields, "to"));
	return one_field(c, CHANGE_REPO_RENAME, to, ingest_check_name(c->app->ingest, to, &wrong) ? wrong.detail : NULL, e);
}

enum err admin_delete_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct query fields;
	enum err err = form_read_signed(c, &fields, e);
	if (err)
		return err;
	struct str typed_name = str_trim(query_text(&fields, "confirm"));
	return one_field(c, CHANGE_REPO_DELETE, typed_name,
	                 str_eq(typed_name, c->repo) ? NULL : "this is not the name of the repository", e);
}
