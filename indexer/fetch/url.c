/* libcurl's URL parser does the work of RFC 3986; the query is Helm's own idea. */
#include "indexer/fetch/url.h"

#include <curl/curl.h>

static void free_text(char **text) { curl_free(*text); }
static void free_url(CURLU **url) { curl_url_cleanup(*url); }
#define AUTO_TEXT __attribute__((cleanup(free_text)))
#define AUTO_URL  __attribute__((cleanup(free_url)))

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

enum err url_join(struct arena *a, const char *base, const char *ref, const char **ret,
                  struct errinfo *e)
{
	AUTO_URL CURLU *url = curl_url();
	AUTO_TEXT char *text = NULL;
	bool absolute = strstr(ref, "://") != NULL;
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
