/* libcurl's URL parser does the work of RFC 3986; the query is Helm's own idea. */
#include "indexer/fetch/url.h"

#include <ctype.h>
#include <strings.h>

#include "indexer/fetch/curl.h"
#include "indexer/fetch/outgoing.h"

/* The base as a folder: one slash at the end of its path. */
static CURLUcode make_folder(CURLU *url, struct arena *a)
{
	AUTO_TEXT char *path = NULL;
	CURLUcode rc = curl_url_get(url, CURLUPART_PATH, &path, 0);
	if (rc || str_ends(str_c(path), STR("/")))
		return rc;
	const char *folder = arena_printf(a, "%s/", path);
	return folder ? curl_url_set(url, CURLUPART_PATH, folder, 0) : CURLUE_OUT_OF_MEMORY;
}

static CURLUcode resolve(CURLU *url, struct arena *a, const char *base, const char *ref)
{
	AUTO_TEXT char *query = NULL;
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, base, 0);
	if (!rc && curl_url_get(url, CURLUPART_QUERY, &query, 0) == CURLUE_OUT_OF_MEMORY)
		return CURLUE_OUT_OF_MEMORY;
	if (!rc)
		rc = make_folder(url, a);
	if (!rc)
		rc = curl_url_set(url, CURLUPART_URL, ref, 0);
	return rc ? rc : curl_url_set(url, CURLUPART_QUERY, query, 0);
}

static bool is_http(const char *url)
{
	return str_starts(str_c(url), STR("http://")) || str_starts(str_c(url), STR("https://"));
}

/* A path and a query may have another address in them. */
static bool has_scheme(const char *ref)
{
	size_t n = strspn(ref, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return n && !strncmp(ref + n, "://", 3);
}

enum err url_join(struct arena *a, const char *base, const char *ref, const char **ret,
                  struct errinfo *e)
{
	AUTO_URL CURLU *url = curl_url();
	AUTO_TEXT char *text = NULL;
	bool absolute = has_scheme(ref);
	if (!url)
		return ERR(e, NOMEM, "URL");
	CURLUcode rc = absolute ? curl_url_set(url, CURLUPART_URL, ref, 0) : resolve(url, a, base, ref);
	if (!rc)
		rc = curl_url_get(url, CURLUPART_URL, &text, 0);
	if (rc == CURLUE_OUT_OF_MEMORY)
		return ERR(e, NOMEM, "URL");
	if (rc || !is_http(text))
		return ERR(e, INVALID, "%s is not an address of http or https", absolute ? ref : base);
	const char *copy = arena_dup(a, str_c(absolute ? ref : text));
	if (!copy)
		return ERR(e, NOMEM, "URL");
	*ret = copy;
	return OK;
}

struct str url_host(struct str url)
{
	const char *at = url.n ? memmem(url.p, url.n, "://", 3) : NULL;
	struct str rest = at ? str_from(url, (size_t)(at - url.p) + 3) : (struct str){ 0 };
	struct str host = str_cut(&rest, '/', NULL);
	bool has_brackets = host.n && host.p[0] == '[';
	host = str_from(host, has_brackets);
	return str_cut(&host, has_brackets ? ']' : ':', NULL);
}

/* ---- servers ---- */

#define ADDRESS "an address like https://charts.example.org is expected"

/* NULL where there is none. */
static CURLUcode part(CURLU *url, CURLUPart which, struct arena *a, const char **ret)
{
	AUTO_TEXT char *text = NULL;
	CURLUcode rc = curl_url_get(url, which, &text, CURLU_URLDECODE);
	*ret = NULL;
	if (rc == CURLUE_NO_USER || rc == CURLUE_NO_PASSWORD)
		return CURLUE_OK;
	if (!rc && !(*ret = arena_dup(a, str_c(text))))
		rc = CURLUE_OUT_OF_MEMORY;
	return rc;
}

static CURLUcode lower_host(CURLU *url)
{
	AUTO_TEXT char *host = NULL;
	CURLUcode rc = curl_url_get(url, CURLUPART_HOST, &host, 0);
	if (rc)
		return rc;
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return curl_url_set(url, CURLUPART_HOST, host, 0);
}

/* Everything but user, query and fragment. */
static CURLUcode write_server(CURLU *url, struct arena *a, const char **ret)
{
	static const CURLUPart others[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
		                                CURLUPART_FRAGMENT };
	AUTO_TEXT char *text = NULL;
	CURLUcode rc = CURLUE_OK;
	for (size_t i = 0; !rc && i < sizeof others / sizeof *others; i++)
		rc = curl_url_set(url, others[i], NULL, 0);
	if (!rc)
		rc = curl_url_get(url, CURLUPART_URL, &text, CURLU_NO_DEFAULT_PORT);
	if (rc)
		return rc;
	struct str s = str_c(text);
	while (str_ends(s, STR("/")))
		s.n--;
	*ret = arena_dup(a, s);
	return *ret ? CURLUE_OK : CURLUE_OUT_OF_MEMORY;
}

static CURLUcode read_server(struct arena *a, const char *text, struct url_server *ret)
{
	AUTO_URL CURLU *url = curl_url();
	if (!url)
		return CURLUE_OUT_OF_MEMORY;
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, 0);
	if (!rc)
		rc = part(url, CURLUPART_USER, a, &ret->user);
	if (!rc)
		rc = part(url, CURLUPART_PASSWORD, a, &ret->password);
	if (!rc)
		rc = lower_host(url);
	if (!rc)
		rc = write_server(url, a, &ret->url);
	if (!rc)
		ret->exposed = str_starts(str_c(text), STR("http://")) &&
		               outgoing_host_place(url_host(str_c(ret->url))) != HOST_HERE;
	return rc;
}

enum err url_server_read(struct arena *a, const char *text, struct url_server *ret,
                         struct errinfo *e)
{
	struct url_server server;
	if (!is_http(text) || strchr("/:", strstr(text, "//")[2]))
		return ERR(e, INVALID, ADDRESS);
	if (strpbrk(text, "?#\\"))
		return ERR(e, INVALID, "the server's address has no place for '?', '#' or '\\'");
	CURLUcode rc = read_server(a, text, &server);
	if (rc == CURLUE_OUT_OF_MEMORY)
		return ERR(e, NOMEM, "URL");
	if (rc)
		return ERR(e, INVALID, ADDRESS);
	*ret = server;
	return OK;
}

/* Dots and slashes that only the server would see as such. */
static bool is_ambiguous(const char *url)
{
	for (const char *c = url; *c; c++)
		if (*c == '\\' || (*c == '%' && (!strncasecmp(c, "%2e", 3) || !strncasecmp(c, "%2f", 3) ||
		                                 !strncasecmp(c, "%5c", 3))))
			return true;
	return false;
}

bool url_is_below(struct arena *a, const char *url, const char *server)
{
	struct url_server u;
	size_t n = strlen(server);
	if (!is_http(url) || is_ambiguous(url) || read_server(a, url, &u) || u.user)
		return false;
	return !strncmp(u.url, server, n) && (!u.url[n] || u.url[n] == '/');
}
