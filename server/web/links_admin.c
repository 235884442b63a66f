/* Addresses of pages on which something is changed: one's account, uploads, administration. */
#include "server/web/links_parts.h"

#include "server/route/address.h"

/* "/admin/repos/team-a~stable/rename#rename"; `part` and `place` may be NULL. */
static struct str below(struct links *l, const char *folder, struct str name, const char *part,
                        const char *place)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, folder);
	address_joined(&b, name);
	address_segment(&b, str_c(part));
	if (place)
		sbuf_printf(&b, "#%s", place);
	return link_end(l, &b);
}

static struct str revoking(struct links *l, const char *folder, int64_t id)
{
	struct sbuf b = link_begin(l);
	sbuf_printf(&b, "%s/%lld/revoke", folder, (long long)id);
	return link_end(l, &b);
}

struct str link_changed(struct links *l, struct str link, const char *what)
{
	struct sbuf b = sbuf_make(HTTP_URI_MAX_BYTES);
	sbuf_put(&b, link);
	sbuf_printf(&b, "?changed=%s", what);
	return link_end(l, &b);
}

/* ---- one's own ---- */

struct str link_logout(struct links *l) { return link_asked(l, "/logout", NULL, 0); }
struct str link_account(struct links *l) { return link_asked(l, "/account", NULL, 0); }

struct str link_account_part(struct links *l, const char *part)
{
	return below(l, "/account", (struct str){ 0 }, part, part);
}

struct str link_own_token(struct links *l, int64_t id)
{
	return revoking(l, "/account/tokens", id);
}

/* ---- people ---- */

struct str link_user(struct links *l, struct str name, const char *part)
{
	return below(l, "/admin/users", name, part, part);
}

struct str link_token(struct links *l, int64_t id) { return revoking(l, "/admin/tokens", id); }

/* ---- webhooks ---- */

struct str link_hook(struct links *l, struct str name, const char *part)
{
	return below(l, "/admin/hooks", name, part, part);
}

struct str link_resend(struct links *l, struct str hook, int64_t id)
{
	struct sbuf b = link_begin(l);
	sbuf_puts(&b, "/admin/hooks");
	address_segment(&b, hook);
	sbuf_printf(&b, "/deliveries/%lld/resend#deliveries", (long long)id);
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

struct str link_upload(struct links *l, struct str repo)
{
	const struct link_param param = { "repo", repo };
	return link_asked(l, "/upload", &param, 1);
}

struct str link_upload_to(struct links *l, struct str repo)
{
	return below(l, "/upload", repo, NULL, NULL);
}

struct str link_admin(struct links *l, const char *part)
{
	return below(l, "/admin", (struct str){ 0 }, part, NULL);
}

struct str link_admin_repo(struct links *l, struct str repo, const char *part)
{
	return below(l, "/admin/repos", repo, part, part);
}

struct str link_upstream_form(struct links *l, struct str repo, const char *part)
{
	return below(l, "/admin/repos", repo, part, NULL);
}

struct str link_quarantine(struct links *l, struct str repo)
{
	return below(l, "/admin/quarantine", repo, NULL, "kept");
}

struct str link_admin_events(struct links *l, const struct link_param *params, size_t count)
{
	return link_asked(l, "/admin/events", params, count);
}
