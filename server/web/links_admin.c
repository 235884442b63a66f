/* Addresses of pages on which something is changed: one's account, uploads, administration. */
#include "server/web/links_parts.h"

#include "server/route/address.h"

/* "/admin/users/ann/tokens#tokens" */
static struct str under(struct links *l, const char *folder, struct str name, const char *part)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, folder);
	address_segment(&b, name);
	address_segment(&b, str_c(part));
	if (part)
		sbuf_printf(&b, "#%s", part);
	return link_end(l, &b);
}

static struct str changed(struct links *l, const char *folder, struct str name, const char *what)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, folder);
	address_segment(&b, name);
	sbuf_printf(&b, "?changed=%s", what);
	return link_end(l, &b);
}

static struct str numbered(struct links *l, const char *folder, int64_t id, const char *part)
{
	struct sbuf b = link_begin(l);
	sbuf_printf(&b, "%s/%lld/%s", folder, (long long)id, part);
	return link_end(l, &b);
}

/* ---- one's own ---- */

struct str link_logout(struct links *l) { return link_asked(l, "/logout", NULL, 0); }
struct str link_account(struct links *l) { return link_asked(l, "/account", NULL, 0); }

struct str link_account_part(struct links *l, const char *part)
{
	return under(l, "/account", (struct str){ 0 }, part);
}

struct str link_account_changed(struct links *l, const char *what)
{
	return changed(l, "/account", (struct str){ 0 }, what);
}

struct str link_own_token(struct links *l, int64_t id)
{
	return numbered(l, "/account/tokens", id, "revoke");
}

/* ---- people ---- */

struct str link_user(struct links *l, struct str name, const char *part)
{
	return under(l, "/admin/users", name, part);
}

struct str link_user_changed(struct links *l, struct str name, const char *what)
{
	return changed(l, "/admin/users", name, what);
}

struct str link_token(struct links *l, int64_t id) { return numbered(l, "/admin/tokens", id, "revoke"); }

/* ---- webhooks ---- */

struct str link_hook(struct links *l, struct str name, const char *part)
{
	return under(l, "/admin/hooks", name, part);
}

struct str link_hook_changed(struct links *l, struct str name, const char *what)
{
	return changed(l, "/admin/hooks", name, what);
}

struct str link_resend(struct links *l, struct str hook, int64_t id)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/admin/hooks");
	address_segment(&b, hook);
	sbuf_printf(&b, "/deliveries/%lld/resend", (long long)id);
	return link_end(l, &b);
}

struct str link_deliveries(struct links *l, struct str hook, int64_t before)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/admin/hooks");
	address_segment(&b, hook);
	sbuf_printf(&b, "?before=%lld#deliveries", (long long)before);
	return link_end(l, &b);
}

/* ---- repositories ---- */

/* "/admin/repos/team-a~stable/rename"; `part` may be NULL. */
static struct str below(struct links *l, const char *folder, struct str repo, const char *part)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, folder);
	if (repo.n)
		address_joined(&b, repo);
	address_segment(&b, str_c(part));
	return link_end(l, &b);
}

struct str link_upload(struct links *l, struct str repo)
{
	const struct link_param param = { "repo", repo };
	return link_asked(l, "/upload", &param, 1);
}

struct str link_upload_to(struct links *l, struct str repo) { return below(l, "/upload", repo, NULL); }

struct str link_admin(struct links *l, const char *part)
{
	return below(l, "/admin", (struct str){ 0 }, part);
}

struct str link_admin_repo(struct links *l, struct str repo, const char *part)
{
	return below(l, "/admin/repos", repo, part);
}

struct str link_saved(struct links *l, struct str repo)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/admin/repos");
	address_joined(&b, repo);
	sbuf_puts(&b, "?saved");
	return link_end(l, &b);
}

struct str link_quarantine(struct links *l, struct str repo)
{
	return below(l, "/admin/quarantine", repo, NULL);
}

struct str link_admin_events(struct links *l, const struct link_param *params, size_t count)
{
	return link_asked(l, "/admin/events", params, count);
}
