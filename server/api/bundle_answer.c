/* Who may have bundles made, and what is told of one. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/api/bundle_make_impl.h"
#include "server/api/json_parts.h"
#include "server/auth/slowed.h"
#include "server/route/address.h"
#include "server/route/permit.h"

/* ---- who ---- */

enum err bundles_permit(struct call *c, struct errinfo *e)
{
	enum caller_kind kind = c->caller.kind;
	bool nobody = kind == CALLER_ANONYMOUS || kind == CALLER_LOCAL || kind == CALLER_OPEN;
	bool foreign = request_has_header(c->r, "Origin") || request_has_header(c->r, "Sec-Fetch-Site");
	if (nobody && (c->app->closed || auth_has_people(c->app->auth)))
		return ERR(e, UNAUTHORIZED, "bundles are for users and tokens: sign in");
	if (!(c->r->method & (HTTP_GET | HTTP_HEAD)) && foreign && !call_is_own_page(c))
		return ERR(e, DENIED, "another site's page may not have bundles made");
	return OK;
}

enum err make_owner(const struct call *c, struct arena *a, struct str *ret, struct errinfo *e)
{
	enum caller_kind kind = c->caller.kind;
	char room[INET6_ADDRSTRLEN];
	struct str owner = c->caller.actor;
	const char *user = c->caller.account_id ? arena_printf(a, "u%lld", (long long)c->caller.account_id) : NULL;
	if (c->caller.account_id && !user)
		return ERR(e, NOMEM, "request");
	if (user)
		owner = str_c(user);
	else if (kind == CALLER_ANONYMOUS || kind == CALLER_LOCAL || kind == CALLER_OPEN)
		owner = slowed_network(c->r->remote, room);
	return arena_str(a, owner, ret) ? OK : ERR(e, NOMEM, "request");
}

void bundle_whose(struct str about, struct str *ret_actor, struct str *ret_owner)
{
	struct str line = str_cut(&about, '\n', NULL);
	bool two;
	*ret_actor = str_cut(&line, ' ', &two);
	*ret_owner = two ? line : *ret_actor;
}

/* ---- what is told ---- */

static void put_texts(struct sbuf *b, const struct bundle_created *r)
{
	char id[SHA256_HEX_BYTES + 1];
	sha256_hex(&r->seal, id);
	json_text(b, "id", str_c(id));
	json_text(b, "repo", r->head.repo);
	json_text(b, "file", str_c(r->file));
	json_text(b, "filter", r->head.filter);
	json_time(b, "as_of", r->head.at_ns);
	json_time(b, "made", clock_wall());
	json_texts(b, "repositories", r->repos, r->repo_count);
}

void make_put_about(struct sbuf *b, const struct make *x, const struct bundle_created *r)
{
	sbuf_put(b, x->actor);
	sbuf_putc(b, ' ');
	sbuf_put(b, x->owner);
	sbuf_puts(b, "\n{");
	put_texts(b, r);
	json_number(b, "trip", r->head.own.event);
	json_number(b, "parent", r->head.parent.event);
	json_number(b, "versions", r->head.versions);
	json_number(b, "added", r->added);
	json_number(b, "yanked", r->yanked);
	json_number(b, "deleted", r->deleted);
	json_number(b, "files", r->head.files);
	json_number(b, "bytes", r->total_bytes);
	list_begin(b, "missing");        /* at the end: bundle_seen_about */
	sbuf_put(b, sbuf_str(&x->missing));
	sbuf_puts(b, "]}");
}

enum err bundle_told(struct bundle_seer *x, struct arena *a, struct str about, struct errinfo *e)
{
	uint64_t trip = 0;
	(void)str_cut(&about, '\n', NULL);
	enum err err = json_read(a, about, "bundle", &x->told, e);
	if (!err && !str_to_u64(node_text(node_get(x->told, "trip")), &trip))
		err = ERR(e, INVALID, "bundle: \"trip\" is no event");
	x->after = trip + 1;
	return err;
}

bool bundle_sees(const struct bundle_seer *x, struct str repo)
{
	struct fate fate = x->lineage ? lineage_follow(x->lineage, repo, x->after) : (struct fate){ .name = repo };
	return !fate.deleted && str_eq(fate.name, repo) && call_sees(x->call, repo);
}

/* It ends with what is missing: make_put_about. */
enum err bundle_seen_about(const struct bundle_seer *x, struct arena *a, struct str *about, struct errinfo *e)
{
	static const char mark[] = ",\"missing\":[";
	AUTO_SBUF struct sbuf b = sbuf_make(2 * BUNDLE_ABOUT_MAX_BYTES);
	const struct node *missing = node_get(x->told, "missing");
	const char *list = memmem(about->p, about->n, mark, sizeof mark - 1);
	if (!list || !missing || !missing->items)
		return OK;
	sbuf_put(&b, str_make(about->p, (size_t)(list - about->p)));
	list_begin(&b, "missing");
	for (const struct node_item *i = missing->items; i; i = i->next)
		if (bundle_sees(x, node_text(node_get(i->value, "repo"))))
			bundle_missing_put(&b, node_text(node_get(i->value, "repo")), node_text(node_get(i->value, "what")),
			                   node_text(node_get(i->value, "why")));
	sbuf_puts(&b, "]}");
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), about) ? OK : ERR(e, NOMEM, "bundle");
}

void bundle_put_about(struct sbuf *b, struct str about, const char *state)
{
	(void)str_cut(&about, '\n', NULL);
	sbuf_put(b, str_first(about, about.n ? about.n - 1 : 0));
	json_text(b, "state", str_c(state));
	sbuf_putc(b, '}');
}

/* NULL: out of memory. */
static const char *location_of(struct call *c, const struct sha256 *id)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct str base = address_base(c);
	sha256_hex(id, hex);
	return arena_printf(&c->r->arena, "%.*s/api/v1/bundles/%s", STR_ARG(base), hex);
}

static enum err fill_answer(struct call *c, int status, struct str about, const char *state,
                            const struct sha256 *id, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf json = sbuf_make(2 * BUNDLE_ABOUT_MAX_BYTES);
	bundle_put_about(&json, about, state);
	sbuf_putc(&json, '\n');
	enum err err = respond_buffer(JSON_TYPE, &json, s, e);
	const char *location = id ? location_of(c, id) : "";
	if (!err && !location)
		err = ERR(e, NOMEM, "answer");
	if (!err && id)
		response_header(s, "Location", location);
	if (!err && status == 202)
		response_header(s, "Retry-After", "1");
	s->status = status;
	return err;
}

enum err make_reply(struct make *x, int status, struct str about, const char *state,
                    const struct sha256 *id, struct errinfo *e)
{
	struct response s = { 0 };
	struct call *c = x->call;
	enum err err = fill_answer(c, status, about, state, id, &s, e);
	if (err)
		return err;
	x->call = NULL;
	call_reply(c, &s);
	return OK;
}

void make_note_missing(void *ctx, struct str repo, struct str what, const char *why)
{
	struct make *x = ctx;
	if (x->missing.n >= BUNDLE_ABOUT_MAX_BYTES / 2)
		return;
	bundle_missing_put(&x->missing, repo, what, str_c(why));
}
