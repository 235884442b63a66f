/* What is asked of the other server but the bytes of a bundle. Nothing that it says is believed further than it
 * can be compared: an answer names a bundle by its id, not by an address.                     */
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/inventory.h"
#include "indexer/format/name.h"
#include "indexer/store/trips.h"
#include "server/cmd/ask.h"
#include "server/cmd/bundle.h"
#include "server/cmd/control.h"
#include "server/cmd/mirror.h"
#include "server/cmd/reader.h"
#include "server/route/address.h"

#define INFO_MAX_BYTES (64u * KIB)
#define ASK_MAX 60                       /* times, while bundles are made for others */
#define ASK_PAUSE_MAX_SECONDS 30

enum err mirror_answer_error(struct mirror *x, struct arena *a, const struct outgoing_answer *answer,
                             struct errinfo *e)
{
	struct fetch_response r = { .status = answer->status, .body = answer->body,
	                            .location = outgoing_header(answer, "Location") };
	enum err err = answer_error(a, &r, e);
	if (err)
		authorization_hint(&x->by, &x->server, err);
	return err;
}

static enum err call(struct mirror *x, struct arena *a, const char *method, const char *target,
                     struct str body, uint64_t max_bytes, struct outgoing_answer *ret, struct errinfo *e)
{
	struct outgoing_request q = { .method = method, .access = &x->access, .body = body, .fd = -1,
	                              .max_bytes = max_bytes };
	q.url = arena_printf(a, "%s%s", x->server.url, target);
	if (body.n)
		q.headers[q.header_count++] = "Content-Type: text/plain";
	return q.url ? outgoing_do(x->outgoing, a, &q, ret, e) : ERR(e, NOMEM, "request");
}

/* ---- who it is ---- */

static enum err no_chartlocker(const struct mirror *x, struct errinfo *e)
{
	return ERR(e, UPSTREAM, "%s is no Chartlocker (of one name the server alone, and its repository with --repo): of "
	           "any other Helm repository use chartlocker upstream add NAME %s --mode mirror", x->server.url,
	           x->server.url);
}

enum err mirror_greet(struct mirror *x, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct outgoing_answer answer;
	const struct node *root = NULL;
	struct errinfo none;
	enum err err = call(x, &a, "GET", "/info", STR(""), INFO_MAX_BYTES, &answer, e);
	if (err)
		return err == ERR_TOO_LARGE ? no_chartlocker(x, e) : err;
	if (answer.status == 401 || answer.status == 403 || answer.status == 429 || answer.status >= 500)
		return mirror_answer_error(x, &a, &answer, e);
	if (answer.status != 200 || json_read(&a, answer.body, "info", &root, &none) ||
	    !str_eq(node_text(node_get(root, "name")), STR("chartlocker")))
		return no_chartlocker(x, e);
	return OK;
}

/* ---- repositories ---- */

static enum err add_repo(struct arena *a, const struct node *row, const char **to, struct errinfo *e)
{
	*to = arena_dup(a, node_text(node_get(row, "name")));
	return *to ? repo_old_name_check(str_c(*to), e) : ERR(e, NOMEM, "repositories");
}

enum err mirror_repos(struct mirror *x, struct arena *a, const char ***ret, size_t *ret_count,
                      struct errinfo *e)
{
	struct outgoing_answer answer;
	const struct node *root = NULL;
	size_t count = 0;
	enum err err = call(x, a, "GET", "/api/v1/repos", STR(""), CONTROL_ANSWER_MAX_BYTES, &answer, e);
	if (!err)
		err = mirror_answer_error(x, a, &answer, e);
	if (!err)
		err = json_read(a, answer.body, "repositories", &root, e);
	if (err)
		return err;
	if (!root || root->kind != NODE_LIST)
		return ERR(e, UPSTREAM, "the server's list of repositories is none");
	for (const struct node_item *i = root->items; i; i = i->next)
		count++;
	const char **list = arena_array(a, count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "repositories");
	count = 0;
	for (const struct node_item *i = root->items; i && !err; i = i->next)
		if (!str_eq(node_text(node_get(i->value, "kind")), STR("virtual")))
			err = add_repo(a, i->value, &list[count++], e);
	*ret = list;
	*ret_count = count;
	return err;
}

/* ---- a bundle ---- */

const char *mirror_query(struct mirror *x, struct arena *a, const char *repo)
{
	AUTO_SBUF struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	sbuf_puts(&b, "?repo=");
	address_encode(&b, str_c(repo));
	for (size_t i = 0; i < x->select.count; i++) {
		sbuf_puts(&b, "&select=");
		address_encode(&b, str_c(x->select.item[i]));
	}
	if (x->closure)
		sbuf_puts(&b, "&closure");
	return sbuf_ok(&b) ? arena_dup(a, sbuf_str(&b)) : NULL;
}

/* Nothing came from there yet: then there is nothing to be left out. */
static enum err read_inventory(struct mirror *x, const char *repo, struct sbuf *to, struct errinfo *e)
{
	struct inventory_made made = { 0 };
	struct errinfo why = { 0 };
	enum err err = bundle_inventory_of(x->data, repo, to, &made, NULL, &why);
	if (err && err != ERR_NOT_FOUND && err != ERR_REPO_NOT_FOUND)
		return err_set(e, err, "%s", why.detail);
	if (err || !made.trip)
		sbuf_reset(to);
	return OK;
}

/* "stable-0-57.tar": it becomes a file's name here. */
static bool is_bundle_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._~-", name.p[i]) || !name.p[i])
			return false;
	return bundle_is_file_name(name) && name.n <= BUNDLE_NAME_MAX_BYTES && name.p[0] != '.';
}

static enum err read_offer(struct arena *a, const char *repo, struct str text, struct mirror_offer *ret,
                           struct errinfo *e)
{
	const struct node *root = NULL;
	struct mirror_offer o = { .text = answer_text(text) };
	enum err err = answer_read(a, text, "state", &root, e);
	if (err)
		return err;
	o.is_current = str_eq(field_text(root, "state"), STR("current"));
	o.file = arena_dup(a, field_text(root, "file"));
	o.bytes = field_number(root, "bytes");
	o.versions = field_number(root, "versions");
	o.deleted = field_number(root, "deleted");
	o.missing = node_get(root, "missing");
	o.head.repo = str_c(repo);
	o.head.own.event = field_number(root, "trip");
	o.head.parent.event = field_number(root, "parent");
	if (!o.file)
		return ERR(e, NOMEM, "answer");
	if (!sha256_parse(field_text(root, "id"), &o.id) || !is_bundle_name(str_c(o.file)) || !o.bytes ||
	    !str_eq_c(field_text(root, "repo"), repo) || !clock_parse(field_text(root, "as_of"), &o.head.at_ns))
		return ERR(e, UPSTREAM, "the server's answer about a bundle of \"%s\" cannot be understood", repo);
	*ret = o;
	return OK;
}

/* As often as it has to, while the other side makes bundles for others. */
static enum err ask(struct mirror *x, struct arena *a, const char *target, struct str inventory,
                    struct outgoing_answer *ret, struct errinfo *e)
{
	for (unsigned tries = 1;; tries++) {
		enum err err = mirror_wait_open(x, e);
		if (!err)
			err = call(x, a, "POST", target, inventory, CONTROL_ANSWER_MAX_BYTES, ret, e);
		if (!err && ret->status == 404 && !str_has_nocase(ret->body, STR("repository_not_found")))
			return ERR(e, UPSTREAM, "%s is a Chartlocker that makes no bundles: an older version",
			           x->server.url);
		if (!err)
			err = mirror_answer_error(x, a, ret, e);
		if (err != ERR_BUSY || tries == ASK_MAX)
			return err;
		uint64_t pause = ret->retry_after ? ret->retry_after : 1;
		err = mirror_pause(x, pause < ASK_PAUSE_MAX_SECONDS ? pause : ASK_PAUSE_MAX_SECONDS, e);
		if (err)
			return err;
	}
}

static bool last_trip(struct mirror *x, const char *repo, struct bundle_head *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader reader = { 0 };
	struct trip_row trip = { 0 };
	struct errinfo none;
	enum err err = reader_open(x->data, &reader, &none);
	if (!err)
		err = catalog_trip_last(reader.catalog, &a, str_c(repo), &trip, &none);
	reader_close(&reader);
	*ret = (struct bundle_head){ .repo = str_c(repo), .own = { .event = trip.event },
	                             .parent = { .event = trip.parent }, .at_ns = trip.at_ns };
	return !err;
}

/* Asked by its digest alone, for an inventory may be long. What a selection brought, and what came along for others,
 * is judged by the whole, and so is everything where the other side does not know that question. */
static bool is_all_here(struct mirror *x, const char *repo, struct str inventory, struct mirror_offer *ret)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf target = sbuf_make(HTTP_URI_MAX_BYTES);
	struct outgoing_answer answer;
	const struct node *root = NULL;
	struct sha256 here, there;
	struct errinfo none;
	if (x->closure || x->select.count || !inventory_sum(inventory, &here))
		return false;
	sbuf_puts(&target, "/api/v1/repos/");
	address_encode(&target, str_c(repo));
	sbuf_puts(&target, "/inventory");
	const char *text = sbuf_ok(&target) ? arena_dup(&a, sbuf_str(&target)) : NULL;
	if (!text || call(x, &a, "GET", text, STR(""), INFO_MAX_BYTES, &answer, &none) || answer.status != 200 ||
	    answer_read(&a, answer.body, "sha256", &root, &none) ||
	    !sha256_parse(field_text(root, "sha256"), &there) || !sha256_eq(&here, &there))
		return false;
	*ret = (struct mirror_offer){ .is_current = true };
	return last_trip(x, repo, &ret->head);
}

enum err mirror_ask(struct mirror *x, struct arena *a, const char *repo, struct mirror_offer *ret,
                    struct errinfo *e)
{
	AUTO_SBUF struct sbuf inventory = sbuf_make(BUNDLE_INVENTORY_MAX_BYTES);
	struct outgoing_answer answer = { 0 };
	const char *query = mirror_query(x, a, repo);
	const char *target = query ? arena_printf(a, "/api/v1/bundles%s%s", query, x->dry_run ? "&dry_run" : "")
	                           : NULL;
	enum err err = target ? read_inventory(x, repo, &inventory, e)
	                      : ERR(e, INVALID, "the selection is too long for one request");
	if (!err)
		err = mirror_wait_open(x, e);
	if (!err && is_all_here(x, repo, sbuf_str(&inventory), ret))
		return OK;
	if (!err)
		err = ask(x, a, target, sbuf_str(&inventory), &answer, e);
	return err ? err : read_offer(a, repo, answer.body, ret, e);
}

const char *mirror_bundle_url(struct mirror *x, struct arena *a, const struct sha256 *id)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(id, hex);
	return arena_printf(a, "%s/api/v1/bundles/%s", x->server.url, hex);
}

void mirror_thank(struct mirror *x, const struct sha256 *id)
{
	AUTO_ARENA struct arena a = { 0 };
	struct outgoing_answer answer;
	struct errinfo none;
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(id, hex);
	const char *target = arena_printf(&a, "/api/v1/bundles/%s", hex);
	if (target)
		(void)!call(x, &a, "DELETE", target, STR(""), INFO_MAX_BYTES, &answer, &none);
}
