/* From a path to a row of the table. {repo?} may stand for none, one or two segments; the most
 * literal reading wins because reserved words are no repository names.                       */
#include <stdio.h>

#include "indexer/format/name.h"
#include "server/route/address.h"
#include "server/route/app.h"

#define REPO_OR_NONE "{repo?}"
#define REPO "{repo}"
#define REPO_SEGMENT "{repo~}"

static bool bind(struct call *c, struct str token, struct str value)
{
	struct { const char *name; struct str *to; } const table[] = {
		{ "{name}", &c->name }, { "{version}", &c->version }, { "{file}", &c->file },
		{ "@{event}", &c->at }, { "{id}", &c->id },
	};
	if (str_eq_c(token, "{any}"))
		return value.n > 0;
	if (str_eq_c(token, "{file}"))       /* Artifactory's properties stand behind: x.tgz;build.name=y */
		value = str_cut(&value, ';', NULL);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_eq_c(token, table[i].name)) {
			*table[i].to = value;
			if (table[i].to == &c->at)
				return str_starts(value, STR("@"));
			return table[i].to == &c->file ? chart_file_name_is_known(value) : value.n > 0;
		}
	return str_eq(token, value);
}

static bool exists(const struct call *c)
{
	struct ingest *g = c->app->ingest;
	return g && (ingest_visibility(g, c->repo) != REPO_ABSENT || ingest_renamed(g, c->repo).n);
}

/* c->repo is that name. One that was made before its first word was reserved keeps its addresses;
 * those that the word was reserved for come later in the table, and are back once it is deleted.  */
static bool repo_is_valid(const struct call *c, const struct path *path, size_t at,
                          size_t segments)
{
	for (size_t i = 0; i < segments; i++)
		if (!repo_segment_is_valid(path->segment[at + i]))
			return false;
	if (segments == 2 && repo_second_segment_is_reserved(path->segment[at + 1]))
		return false;
	return !segments || !repo_first_segment_is_reserved(path->segment[at]) ||
	       (!ingest_check_name(c->app->ingest, c->repo, NULL) && (at || exists(c)));
}

static bool bind_repo(struct call *c, const struct path *path, size_t at, size_t segments)
{
	c->repo_at = at;
	c->repo_segments = segments;
	c->repo = segments ? path->segment[at] : str_c(c->app->default_repo);
	for (size_t i = 1; i < segments && c->repo.p; i++)
		c->repo = str_c(arena_printf(&c->r->arena, "%.*s/%.*s", STR_ARG(c->repo),
		                             STR_ARG(path->segment[at + i])));
	return c->repo.p != NULL;
}

/* "team-a~stable" is the repository team-a/stable. */
static bool bind_repo_segment(struct call *c, const struct path *path, size_t at, bool any)
{
	const char *name = address_repo_of(&c->r->arena, path->segment[at]);
	if (!name)
		return false;
	c->repo_at = at;
	c->repo_segments = 1;
	c->repo_is_joined = true;
	c->repo = str_c(name);
	return any || !ingest_check_name(c->app->ingest, c->repo, NULL);
}

/* With `any`, whatever stands there is taken for a repository. */
static bool match(struct call *c, struct str pattern, const struct path *path, size_t at, bool any)
{
	if (pattern.n == 0)              /* "/" is one empty segment */
		return at == path->count || (at == 0 && path->count == 1 && !path->segment[0].n);
	struct str token = str_cut(&pattern, '/', NULL);
	bool named = str_eq_c(token, REPO);
	if (str_eq_c(token, REPO_SEGMENT) || (named && at < path->count && str_has(path->segment[at], '~')))
		return at < path->count && path->segment[at].n && match(c, pattern, path, at + 1, any) &&
		       bind_repo_segment(c, path, at, any);
	if (!named && !str_eq_c(token, REPO_OR_NONE))
		return at < path->count && bind(c, token, path->segment[at]) &&
		       match(c, pattern, path, at + 1, any);
	for (size_t n = named; n <= (any ? HTTP_SEGMENTS_MAX : 2) && at + n <= path->count; n++)
		if (match(c, pattern, path, at + n, any) && bind_repo(c, path, at, n) &&
		    (any || repo_is_valid(c, path, at, n)))
			return true;
	return false;
}

struct path path_without_slash(const struct path *path)
{
	struct path shorter = *path;
	shorter.count -= path->trailing_slash && path->count > 1;
	shorter.trailing_slash &= path->count < 2;
	return shorter;
}

/* A page has one address: what leads there from another is elsewhere.h's. */
static bool is_written_so(const struct route *row, const struct call *c)
{
	return row->dialect != DIALECT_PAGE || !c->repo_is_joined || strstr(row->pattern, REPO_SEGMENT);
}

static bool match_row(const struct route *row, struct call *c, const struct path *path, bool any)
{
	struct path shorter;
	if (row->slash && path->trailing_slash) {
		shorter = path_without_slash(path);
		path = &shorter;
	}
	return (row->may != MAY_CONTROL || c->r->control) && (!row->museum || c->app->chartmuseum) &&
	       match(c, str_from(str_c(row->pattern), 1), path, 0, any) && is_written_so(row, c);
}

static unsigned method_of_rows(enum http_method method)
{
	return method == HTTP_HEAD ? HTTP_GET : (unsigned)method;
}

/* Most rows begin with a word, and few with the path's. */
static bool begins_like(const struct route *row, const struct path *path)
{
	const char *word = row->pattern + 1;
	struct str first = path->count ? path->segment[0] : (struct str){ 0 };
	if (!*word || *word == '{' || *word == '@')
		return true;
	return first.n && *word == *first.p && !strncmp(word, first.p, first.n) &&
	       (!word[first.n] || word[first.n] == '/');
}

const struct route *route_find(const struct app *app, struct call *c, const struct path *path,
                               enum http_method method, unsigned *ret_allowed)
{
	const struct route *found = NULL;
	*ret_allowed = 0;
	for (const struct route *row = app->routes; row->pattern; row++) {
		if (!begins_like(row, path) || (found && (row->methods & ~*ret_allowed) == 0))
			continue;
		struct call trial = *c;
		if (!match_row(row, &trial, path, false))
			continue;
		*ret_allowed |= row->methods;
		if (!found && row->methods & method_of_rows(method)) {
			found = row;
			*c = trial;
		}
	}
	return found;
}

bool route_is_page(const struct call *c, const struct path *path)
{
	struct call trial = { .r = c->r, .app = c->app };
	unsigned allowed;
	const struct route *route = route_find(c->app, &trial, path, HTTP_GET, &allowed);
	return route && route->dialect == DIALECT_PAGE;
}

struct str route_misnamed_repo(const struct call *c, const struct path *path,
                               enum http_method method)
{
	for (const struct route *row = c->app->routes; row->pattern; row++) {
		struct call trial = *c;
		if (row->methods & method_of_rows(method) && match_row(row, &trial, path, true))
			return trial.repo;
	}
	return (struct str){ 0 };
}

void route_methods(unsigned methods, char ret[ROUTE_METHODS_BYTES])
{
	static const struct { enum http_method method; const char *name; } table[] = {
		{ HTTP_GET, "GET, HEAD" }, { HTTP_POST, "POST" }, { HTTP_PUT, "PUT" },
		{ HTTP_DELETE, "DELETE" }, { HTTP_PATCH, "PATCH" },
	};
	size_t n = 0;
	ret[0] = '\0';
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (methods & table[i].method)
			n += (size_t)snprintf(ret + n, ROUTE_METHODS_BYTES - n, "%s%s", n ? ", " : "",
			                      table[i].name);
}
