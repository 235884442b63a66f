/* See elsewhere.h. The segments are put right one thing after the other, and the address that they make
 * must be one of a page.                                                                     */
#include "server/route/elsewhere.h"

#include "indexer/base/auto.h"
#include "server/route/address.h"
#include "server/route/app.h"
#include "server/route/member_page.h"
#include "server/route/outside.h"

static bool is_tab(struct str word)
{
	static const char *const tabs[] = {
		"values", "templates", "dependencies", "changelog", "changelog.md", "file",
	};
	return str_is_one_of(word, tabs, sizeof tabs / sizeof *tabs);
}

static bool is_below_joined(struct str word)
{
	static const char *const first[] = { "packages", "feed", "badge" };
	return str_is_one_of(word, first, sizeof first / sizeof *first);
}

/* Room for another segment, or one less, from `at` on. */
static bool move(struct path *p, size_t at, int by)
{
	if (by > 0 && p->count == HTTP_SEGMENTS_MAX)
		return false;
	memmove(&p->segment[at + (by > 0)], &p->segment[at + (by < 0)],
	        (p->count - at - (by < 0)) * sizeof *p->segment);
	p->count = by > 0 ? p->count + 1 : p->count - 1;
	return true;
}

static struct str joined(struct call *c, const struct path *p, char between)
{
	return str_c(arena_printf(&c->r->arena, "%.*s%c%.*s", STR_ARG(p->segment[1]), between,
	                          STR_ARG(p->segment[2])));
}

static bool join_repo(struct call *c, struct path *p)
{
	if (p->count < 3 || !is_below_joined(p->segment[0]) || str_has(p->segment[1], '~') ||
	    str_has(p->segment[2], '~') || call_sees_there(c, p->segment[1]) ||
	    !call_sees_there(c, joined(c, p, '/')))
		return false;
	p->segment[1] = joined(c, p, '~');
	return move(p, 2, -1);
}

static bool split_repo(struct call *c, struct path *p)
{
	bool two;
	struct path to = *p;
	if (p->count != 2 || !str_eq(p->segment[0], STR("repos")) || !move(&to, 1, 1))
		return false;
	to.segment[2] = p->segment[1];
	to.segment[1] = str_cut(&to.segment[2], '~', &two);
	if (!two || !call_sees_there(c, joined(c, &to, '/')))
		return false;
	*p = to;
	return true;
}

/* The address of a repository, as pages print it, is Helm's; who opens it is led to the page. */
static bool repo_page(struct call *c, struct path *p)
{
	struct path to = *p;
	bool listed = str_eq(p->segment[0], STR("packages"));
	if (!request_is_browser(c->r) || (!listed && !move(&to, 0, 1)) || to.count < 2 || to.count > 3u - listed)
		return false;
	to.segment[0] = STR("repos");
	if (!split_repo(c, &to) && !call_sees_there(c, to.count == 3 ? joined(c, &to, '/') : to.segment[1]))
		return false;
	*p = to;
	return true;
}

static bool add_version(struct path *p)
{
	if (p->count != 4 || !str_eq(p->segment[0], STR("packages")) || !is_tab(p->segment[3]) ||
	    !move(p, 3, 1))
		return false;
	p->segment[3] = STR("latest");
	return true;
}

/* Of others the address is known to be right. */
static bool may_be_another(const struct call *c)
{
	const struct route *route = c->route;
	return (c->r->method & (HTTP_GET | HTTP_HEAD)) && c->app->ingest && !c->shadowed.n &&
	       (!route || (route->dialect == DIALECT_PAGE &&
	                   (is_tab(c->version) || (c->repo_is_joined && !call_sees_there(c, c->repo)) ||
	                    str_starts(str_c(route->pattern), STR("/packages/{repo~}/")))));
}

static const char *write_address(struct call *c, const struct path *path)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4 * HTTP_URI_MAX_BYTES);
	sbuf_put(&b, address_base(c));
	for (size_t i = 0; i < path->count; i++)
		address_segment(&b, path->segment[i]);
	sbuf_puts(&b, c->r->query.n ? "?" : "");
	sbuf_put(&b, c->r->query);
	return sbuf_ok(&b) ? arena_dup(&c->r->arena, sbuf_str(&b)) : NULL;
}

enum err elsewhere_check(struct call *c, const char **ret_to, struct errinfo *e)
{
	struct path path, to;
	if (!may_be_another(c) ||
	    http_path_parse(&c->r->arena, outside_path(c->app, c->r->path), &path, NULL))
		return OK;
	to = path_without_slash(&path);
	bool other = to.count != path.count;
	other |= join_repo(c, &to) || split_repo(c, &to) || repo_page(c, &to);
	other |= add_version(&to);
	other |= member_page(c, &to);
	const char *address = other && route_is_page(c, &to) ? write_address(c, &to) : NULL;
	if (!address)
		return OK;
	*ret_to = address;
	return ERR(e, MOVED, "this page is at %s", address);
}
