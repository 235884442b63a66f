/* Where versions come from. A chart on this machine (file://) is looked at here in any case: no server
 * knows it.                                                                                  */
#include <stdio.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver.h"
#include "server/cmd/ask.h"
#include "server/cmd/chart_dir.h"
#include "server/cmd/cmd.h"
#include "server/cmd/dependency.h"
#include "server/cmd/outdated.h"

static bool is_file(const struct outdated_row *r) { return str_starts(r->d->repository, STR("file://")); }

static enum err no_memory(struct outdated *o) { return ERR(o->e, NOMEM, "dependencies"); }

/* ---- comparing here ---- */

static const struct semver *admitted(const struct semver_range *range, const struct semver *versions, size_t count)
{
	for (size_t i = 0; i < count && range; i++)
		if (versions[i].text.n && semver_range_has(range, &versions[i]))
			return &versions[i];
	return NULL;
}

/* `from` is in `place`. */
static enum err compare(struct outdated *o, struct outdated_row *r, struct str place,
                        const struct upgrade_offer *from)
{
	struct semver_range *range = NULL;
	struct upgrade u;
	if (semver_range_parse(&o->arena, r->d->version, &range, NULL))
		range = NULL;
	const struct semver *meant = admitted(range, from->versions, from->count);
	r->meant = meant ? meant->text : STR("");
	r->current = r->locked.n ? r->locked : r->vendored.n ? r->vendored : r->meant;
	upgrade_find(from, r->current, range, &u);
	if (!u.newest) {
		r->unknown = STR("there is no version of it");
		return OK;
	}
	r->newest = u.newest->text;
	r->kind = u.kind;
	r->admitted = u.admitted;
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS; k++)
		if (u.to[k])
			r->step[k] = u.to[k]->text;
	if (meant)
		return OK;
	r->unknown = str_c(upgrade_unmet(&o->arena, r->d->name, place, r->d->version, range, from->versions,
	                                 from->count));
	return r->unknown.n ? OK : no_memory(o);
}

/* ---- beside this chart ---- */

static enum err ask_file(struct outdated *o, struct outdated_row *r)
{
	struct chart beside;
	struct semver v;
	struct errinfo why = { 0 };
	struct str place = str_from(r->d->repository, sizeof "file://" - 1);
	const char *path = !o->directory ? "" : str_starts(place, STR("/")) ? arena_dup(&o->arena, place) :
	                   arena_printf(&o->arena, "%s/%.*s", o->directory, STR_ARG(place));
	if (!path)
		return no_memory(o);
	if (!*path || !chart_dir_is(path))
		r->unknown = STR("it is a directory that is not here");
	else if (chart_dir_load(&o->arena, path, &beside, &why) || !semver_parse(beside.meta.version, &v))
		r->unknown = STR("the chart in its directory cannot be read");
	if (r->unknown.n)
		return OK;
	r->deprecated = beside.meta.deprecated;
	return compare(o, r, r->d->repository, &(struct upgrade_offer){ .versions = &v, .count = 1 });
}

/* ---- the repositories that the chart names ---- */

static const struct { const char *prefix, *why; } not_asked[] = {
	{ "oci://", "an OCI registry is not asked; a server that has the chart can be (--server)" },
	{ "@", "the lock does not say which repository that is" },
	{ "alias:", "the lock does not say which repository that is" },
	{ "", "its repository is no address of http or https" },
};

/* What a name stood for is in the lock alone. */
static struct str address_of(const struct outdated_row *r)
{
	struct str written = r->d->repository;
	bool named = str_starts(written, STR("@")) || str_starts(written, STR("alias:"));
	return named && r->locked_repository.n ? r->locked_repository : written;
}

static enum err compare_index(struct outdated *o, struct outdated_row *r, const struct index_chart *c)
{
	struct semver *versions = arena_array(&o->arena, c->count + 1, sizeof *versions);
	bool *prerelease = arena_array(&o->arena, c->count + 1, sizeof *prerelease);
	if (!versions || !prerelease)
		return no_memory(o);
	for (size_t i = 0; i < c->count; i++) {
		if (!semver_parse(c->versions[i].meta.version, &versions[i]))
			versions[i] = (struct semver){ 0 };
		prerelease[i] = chart_is_prerelease(&c->versions[i].meta);
	}
	enum err err = compare(o, r, address_of(r), &(struct upgrade_offer){ versions, prerelease, c->count });
	for (size_t i = 0; i < c->count && !err; i++) {
		const struct chart_meta *m = &c->versions[i].meta;
		r->deprecated |= m->deprecated && (str_eq(m->version, r->meant) || str_eq(m->version, r->newest));
	}
	return err;
}

/* Nobody is asked twice. */
static const struct outdated_row *unanswered_before(const struct outdated *o, const struct outdated_row *r)
{
	for (const struct outdated_row *x = o->rows; x < r; x++)
		if (x->unanswered && str_eq(address_of(x), address_of(r)))
			return x;
	return NULL;
}

/* What one repository does not answer is told, and the others are asked. */
static enum err ask_repository(struct outdated *o, struct dependency_update *u, struct outdated_row *r)
{
	const struct index_file *index;
	struct errinfo why = { 0 };
	struct str address = address_of(r);
	const struct outdated_row *before = unanswered_before(o, r);
	if (before) {
		r->unanswered = true;
		r->unknown = before->unknown;
		return OK;
	}
	if (!r->d->repository.n) {
		r->unknown = STR("it names no repository");
		return OK;
	}
	for (size_t i = 0; !str_starts(address, STR("http://")) && !str_starts(address, STR("https://")); i++)
		if (str_starts(address, str_c(not_asked[i].prefix))) {
			r->unknown = str_c(not_asked[i].why);
			return OK;
		}
	u->e = &why;
	if (dependency_read_index(u, address, &index)) {
		const char *text = arena_dup(&o->arena, str_c(cmd_reason(&why)));
		o->failed = r->unanswered = true;
		r->unknown = str_c(text);
		return text && why.code != ERR_NOMEM ? OK : no_memory(o);
	}
	for (size_t i = 0; i < index->count; i++)
		if (str_eq(index->charts[i].name, r->d->name))
			return compare_index(o, r, &index->charts[i]);
	const char *text = arena_printf(&o->arena, "%.*s has no such chart", STR_ARG(address));
	r->unknown = str_c(text);
	return text ? OK : no_memory(o);
}

static enum err ask_repositories(struct outdated *o)
{
	struct dependency_update u = { .arena = &o->arena, .path = o->path };
	enum err err = OK;
	for (size_t i = 0; i < o->count && !err; i++)
		err = is_file(&o->rows[i]) ? ask_file(o, &o->rows[i]) : ask_repository(o, &u, &o->rows[i]);
	fetch_free(u.fetch);
	return err;
}

/* ---- a server ---- */

static void put_wanted(struct sbuf *b, const struct outdated_row *r)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", r->d->name);
	json_text(b, "range", r->d->version);
	json_text(b, "repository", r->d->repository);
	json_text(b, "locked", r->locked);
	json_text(b, "locked_repository", r->locked_repository);
	json_text(b, "vendored", r->vendored);
	sbuf_putc(b, '}');
}

static void take_answer(struct outdated_row *r, const struct node *n)
{
	const struct node *steps = node_get(n, "steps");
	r->current = field_text(n, "current");
	r->newest = field_text(n, "newest");
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS; k++)
		r->step[k] = field_text(steps, upgrade_names[k]);
	if (!upgrade_kind_read(field_text(n, "kind"), &r->kind))
		r->kind = UPGRADE_NONE;
	r->admitted = field_is_true(n, "admitted");
	r->deprecated = field_is_true(n, "deprecated");
	r->unknown = field_text(n, "missing").n || r->newest.n ? field_text(n, "missing")
	                                                       : STR("it is part of the archive");
}

static enum err take_answers(struct outdated *o, struct str text)
{
	const struct node *list = NULL;
	enum err err = answer_list(&o->arena, text, "newest", &list, o->e);
	if (!err && list->count != o->count)
		err = ERR(o->e, UPSTREAM, "the server does not answer as Chartlocker does");
	size_t at = 0;
	for (const struct node_item *i = err ? NULL : list->items; i && !err; i = i->next, at++) {
		if (is_file(&o->rows[at]))
			err = ask_file(o, &o->rows[at]);
		else
			take_answer(&o->rows[at], i->value);
	}
	return err;
}

static enum err ask_server(struct outdated *o)
{
	AUTO_SBUF struct sbuf b = sbuf_make(API_BODY_MAX_BYTES);
	struct remote *r = NULL;
	struct remote_answer answer;
	sbuf_puts(&b, "{\"dependencies\":[");
	for (size_t i = 0; i < o->count; i++)
		put_wanted(&b, &o->rows[i]);
	sbuf_puts(&b, "]}");
	if (!sbuf_ok(&b))
		return ERR(o->e, TOO_LARGE, "the dependencies are more than the %u bytes of a request",
		           API_BODY_MAX_BYTES);
	enum err err = remote_open(o->server, o->data, &r, o->e);
	if (!err)
		err = remote_call(r, &o->arena, "POST", "/api/v1/dependencies", sbuf_str(&b), &answer, o->e);
	if (!err)
		err = take_answers(o, answer.text);
	remote_close(r);
	return err;
}

enum err outdated_ask(struct outdated *o)
{
	return o->server || o->data ? ask_server(o) : ask_repositories(o);
}
