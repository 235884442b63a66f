/* Addresses of others, by line: a base and what an index says relative to it, a header of cookies and
 * parameters; the rest is a list of repositories that another program kept, and a form.
 *   - the door's own form of a URL is its own form, has no user and one of two schemes;
 *   - what is below a server names no user;
 *   - names and fields are within their limits, and a list tells of each entry a name or why not. */
#include "fuzz.h"

#include <strings.h>

#include "indexer/base/limits.h"
#include "indexer/fetch/outgoing.h"
#include "indexer/fetch/url.h"
#include "server/cmd/upstream_file.h"
#include "server/http/message.h"

static bool is_http(const char *url)
{
	return !strncmp(url, "http://", 7) || !strncmp(url, "https://", 8);
}

static bool has_user(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	return memchr(host, '@', strcspn(host, "/?#"));
}

static void try_url(struct arena *a, const char *text)
{
	const char *url, *again;
	struct url_server server;
	if (outgoing_url(a, text, &url, NULL) == OK) {
		REQUIRE(is_http(url) && outgoing_url(a, url, &again, NULL) == OK && !strcmp(url, again));
		REQUIRE(!has_user(url));
	}
	if (url_server_read(a, text, &server, NULL))
		return;
	REQUIRE(is_http(server.url) && !has_user(server.url));
}

static void try_join(struct arena *a, const char *base, const char *ref)
{
	const char *url;
	if (url_join(a, base, ref, &url, NULL) != OK)
		return;
	REQUIRE(is_http(url) || !strncasecmp(url, "http", 4));
	struct url_server server;
	if (url_server_read(a, base, &server, NULL) == OK && url_is_below(a, url, server.url))
		REQUIRE(!has_user(url));
}

static void try_header(struct str header)
{
	bool quoted;
	struct str rest = header, name, value = http_cookie(header, "chartlocker");
	REQUIRE(!str_has(value, ';'));
	while (http_param_next(&rest, &name, &value, &quoted))
		REQUIRE(http_is_token(name) && value.n < header.n);
}

static void try_list(struct arena *a, struct str text)
{
	AUTO_SBUF struct sbuf notes = sbuf_make(MIB);
	struct listed_upstream *list;
	struct query fields;
	size_t count;
	if (upstream_file_read(a, text, "list", &list, &count, &notes, NULL) == OK)
		for (size_t i = 0; i < count; i++)
			REQUIRE(list[i].name.n || list[i].refused.n);
	if (http_form_parse(a, text, &fields, NULL) == OK)
		for (size_t i = 0; i < fields.count; i++)
			REQUIRE(str_is_utf8(fields.params[i].name) && str_is_utf8(fields.params[i].value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str rest = str_make(bytes, n);
	const char *base = arena_dup(&a, str_cut(&rest, '\n', NULL)), *ref = arena_dup(&a, str_cut(&rest, '\n', NULL));
	struct str header = str_cut(&rest, '\n', NULL);
	if (strlen(base) > OUTGOING_URL_MAX_BYTES || strlen(ref) > OUTGOING_URL_MAX_BYTES)
		return 0;
	try_url(&a, base);
	try_url(&a, ref);
	try_join(&a, base, ref);
	try_header(header);
	try_list(&a, rest);
	return 0;
}
