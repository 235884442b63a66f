/* URLs that the door takes. libcurl's parser reads them, the one that connects; what it lets pass and
 * another program would read in another way is refused.                                      */
#include "indexer/fetch/outgoing_impl.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <strings.h>

#include "indexer/base/limits.h"

#define HTTP_PORT 80u
#define HTTPS_PORT 443u
#define SYSTEM_PORTS 1024u               /* below it live other protocols, but for those two */

static enum err refuse(CURLUcode rc, struct errinfo *e)
{
	if (rc == CURLUE_OUT_OF_MEMORY)
		return ERR(e, NOMEM, "URL");
	if (rc == CURLUE_USER_NOT_ALLOWED)
		return ERR(e, ADDRESS, "a URL with a user in it");
	return ERR(e, ADDRESS, "not a URL: %s", curl_url_strerror(rc));
}

/* Before the parser, which is lenient: "https:/h" is a URL to it. */
static enum err check_text(const char *text, struct errinfo *e)
{
	size_t scheme = !strncasecmp(text, "https://", 8) ? 8 : !strncasecmp(text, "http://", 7) ? 7 : 0;
	if (strlen(text) > OUTGOING_URL_MAX_BYTES)
		return ERR(e, ADDRESS, "a URL of more than %u bytes", OUTGOING_URL_MAX_BYTES);
	if (!scheme || text[scheme] == '/')
		return ERR(e, ADDRESS, "a URL that begins with http:// or https:// is expected");
	if (str_has_controls(str_c(text)) || strchr(text, '\\'))
		return ERR(e, ADDRESS, "a URL with a character that it cannot have");
	return OK;
}

/* Whether a resolver could take it for a number that it is not written as. */
static bool is_odd_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;
	struct in_addr v4;
	bool is_number = !last[strspn(last, "0123456789")] || !strncmp(last, "0x", 2);
	return is_number && inet_pton(AF_INET, host, &v4) != 1;
}

/* In lower case and without the dot at its end; false for what no server has as its name. */
static bool clean_host(char *host)
{
	struct in6_addr v6;
	size_t n = strlen(host);
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (host[0] == '[' && host[n - 1] == ']') {
		memmove(host, host + 1, n);
		host[n - 2] = '\0';
		return inet_pton(AF_INET6, host, &v6) == 1;
	}
	if (n > 1 && host[n - 1] == '.')
		host[n - 1] = '\0';
	return host[0] && host[0] != '.' && !strstr(host, "..") && host[strlen(host) - 1] != '.' &&
	       !host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] && !is_odd_number(host);
}

static enum err read_host(CURLU *url, struct arena *a, const char **ret, struct errinfo *e)
{
	AUTO_TEXT char *host = NULL, *zone = NULL;
	CURLUcode rc = curl_url_get(url, CURLUPART_HOST, &host, 0);
	if (rc)
		return refuse(rc, e);
	rc = curl_url_get(url, CURLUPART_ZONEID, &zone, 0);
	if (rc == CURLUE_OUT_OF_MEMORY)
		return refuse(rc, e);
	if (!rc || !clean_host(host))
		return ERR(e, ADDRESS, "a URL with a host that cannot be one; names beyond ASCII are written "
		           "with xn--");
	const char *name = arena_dup(a, str_c(host));
	if (!name)
		return ERR(e, NOMEM, "URL");
	*ret = name;
	return OK;
}

static enum err read_port(CURLU *url, unsigned usual, unsigned *ret, struct errinfo *e)
{
	AUTO_TEXT char *port = NULL;
	uint64_t number = usual;
	CURLUcode rc = curl_url_get(url, CURLUPART_PORT, &port, 0);
	if (rc && rc != CURLUE_NO_PORT)
		return refuse(rc, e);
	if (port && (!str_to_u64(str_c(port), &number) || number > UINT16_MAX ||
	             (number < SYSTEM_PORTS && number != HTTP_PORT && number != HTTPS_PORT)))
		return ERR(e, ADDRESS, "a URL with port %s, where no web server is", port);
	*ret = (unsigned)number;
	return OK;
}

static enum err write_place(CURLU *url, struct arena *a, struct place *p, unsigned port, unsigned usual,
                            struct errinfo *e)
{
	AUTO_TEXT char *path = NULL, *query = NULL;
	CURLUcode rc = curl_url_get(url, CURLUPART_PATH, &path, 0);
	if (!rc)
		rc = curl_url_get(url, CURLUPART_QUERY, &query, 0);
	if (rc && rc != CURLUE_NO_QUERY)
		return refuse(rc, e);
	bool is_v6 = strchr(p->host, ':') != NULL;
	const char *number = port == usual ? "" : arena_printf(a, ":%u", port);
	if (number)
		p->origin = arena_printf(a, "%s://%s%s%s%s", p->is_secure ? "https" : "http",
		                         is_v6 ? "[" : "", p->host, is_v6 ? "]" : "", number);
	if (number && p->origin)
		p->url = arena_printf(a, "%s%s%s%s", p->origin, path, query ? "?" : "", query ? query : "");
	return p->url ? OK : ERR(e, NOMEM, "URL");
}

static enum err read_url(CURLU *url, struct arena *a, struct place *ret, struct errinfo *e)
{
	AUTO_TEXT char *scheme = NULL;
	struct place p = { 0 };
	unsigned port;
	CURLUcode rc = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
	if (rc)
		return refuse(rc, e);
	p.is_secure = !strcmp(scheme, "https");
	unsigned usual = p.is_secure ? HTTPS_PORT : HTTP_PORT;
	enum err err = read_host(url, a, &p.host, e);
	if (!err)
		err = read_port(url, usual, &port, e);
	if (!err)
		err = write_place(url, a, &p, port, usual, e);
	if (!err)
		*ret = p;
	return err;
}

enum err place_read(struct arena *a, const char *text, struct place *ret, struct errinfo *e)
{
	AUTO_URL CURLU *url = curl_url();
	enum err err = url ? check_text(text, e) : ERR(e, NOMEM, "URL");
	if (err)
		return err;
	CURLUcode rc = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_URLENCODE);
	return rc ? refuse(rc, e) : read_url(url, a, ret, e);
}

/* The URL that `location` is, as seen from another one; not yet looked at. */
static enum err resolve(struct arena *a, const char *from, const char *location, const char **ret,
                        struct errinfo *e)
{
	AUTO_URL CURLU *url = curl_url();
	AUTO_TEXT char *text = NULL;
	CURLUcode rc = url ? curl_url_set(url, CURLUPART_URL, from, 0) : CURLUE_OUT_OF_MEMORY;
	if (!rc)
		rc = curl_url_set(url, CURLUPART_URL, location, CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME);
	if (!rc)
		rc = curl_url_get(url, CURLUPART_URL, &text, 0);
	if (rc)
		return refuse(rc, e);
	*ret = arena_dup(a, str_c(text));
	return *ret ? OK : ERR(e, NOMEM, "URL");
}

enum err place_follow(struct arena *a, const struct place *from, struct str location,
                      struct place *ret, struct errinfo *e)
{
	struct place to;
	const char *text = arena_dup(a, location), *resolved;
	if (!text)
		return ERR(e, NOMEM, "URL");
	enum err err = location.n > OUTGOING_URL_MAX_BYTES
	             ? ERR(e, ADDRESS, "a URL of more than %u bytes", OUTGOING_URL_MAX_BYTES)
	             : resolve(a, from->url, text, &resolved, e);
	if (!err)
		err = place_read(a, resolved, &to, e);
	if (!err && from->is_secure && !to.is_secure)
		err = ERR(e, ADDRESS, "from https to http");
	if (err == ERR_ADDRESS)
		err_prefix(e, "%s redirects to a place that may not be asked", from->host);
	if (!err)
		*ret = to;
	return err;
}

enum err outgoing_url(struct arena *a, const char *text, const char **ret, struct errinfo *e)
{
	struct place p;
	enum err err = place_read(a, text, &p, e);
	if (!err)
		*ret = p.url;
	return err;
}

enum err outgoing_origin(struct arena *a, const char *url, const char **ret, struct errinfo *e)
{
	struct place p;
	enum err err = place_read(a, url, &p, e);
	if (!err)
		*ret = p.origin;
	return err;
}
