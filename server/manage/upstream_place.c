/* See upstream_place.h. */
#include "server/manage/upstream_place.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "indexer/base/auto.h"
#include "indexer/upstream/oci.h"

static enum err judge(const char *host, const struct sockaddr *address, bool allow_private,
                      struct errinfo *e)
{
	switch (outgoing_classify(address)) {
	case ADDRESS_PUBLIC:
		return OK;
	case ADDRESS_PRIVATE:
		return allow_private ? OK :
		       ERR(e, ADDRESS, "%s is not a public address; if it is meant, say --allow-private "
		           "(the setting allow_private)", host);
	default:
		return ERR(e, ADDRESS, "%s is an address that nothing is ever asked of: link-local, multicast "
		           "or reserved", host);
	}
}

/* The host of a URL in the door's own form: "[::1]" as "::1". */
static const char *host_of(struct arena *a, const char *url)
{
	const char *from = strstr(url, "://");
	from = from ? from + strlen("://") : url;
	bool bracket = *from == '[';
	from += bracket;
	return arena_dup(a, str_make(from, strcspn(from, bracket ? "]" : ":/?")));
}

static enum err read_address(struct arena *a, struct str address, const char **ret_url, struct errinfo *e)
{
	const char *text = arena_dup(a, address);
	if (!text)
		return ERR(e, NOMEM, "address");
	return oci_is_address(address) ? oci_registry(a, text, ret_url, e) : outgoing_url(a, text, ret_url, e);
}

enum err address_place_check(struct str address, bool allow_private, bool resolve, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct addrinfo hints = { .ai_flags = resolve ? 0 : AI_NUMERICHOST,
	                                .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	const char *url;
	enum err err = read_address(&a, address, &url, e);
	if (err)
		return err;
	const char *host = host_of(&a, url);
	if (!host)
		return ERR(e, NOMEM, "address");
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return OK;                   /* a request will tell */
	for (const struct addrinfo *i = found; i && !err; i = i->ai_next)
		err = judge(host, i->ai_addr, allow_private, e);
	freeaddrinfo(found);
	return err;
}

/* "0x7f.1" is 127.0.0.1 to who asks, and something else to who reads. */
static enum err check_form(struct str address, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *url, *text = arena_dup(&a, address);
	enum err err = text ? read_address(&a, address, &url, e) : ERR(e, NOMEM, "address");
	if (err)
		return err;
	const char *typed = host_of(&a, text), *host = host_of(&a, url);
	if (!typed || !host)
		return ERR(e, NOMEM, "address");
	return strcmp(typed, host) == 0 ? OK
	       : ERR(e, ADDRESS, "\"%s\" is another form of the address \"%s\"; write that", typed, host);
}

/* What a browser shows is pasted: index.yaml would be asked for below index.yaml. */
static enum err check_is_repository(struct str address, struct errinfo *e)
{
	static const struct str index = STR("/index.yaml");
	while (str_ends(address, STR("/")))
		address.n--;
	if (!str_ends(address, index))
		return OK;
	address.n -= index.n;
	return ERR(e, ADDRESS, "the address of the repository is expected, not that of its index; write: %.*s",
	           STR_ARG(address));
}

enum err upstream_place_check(const struct repo_settings *s, bool resolve, struct errinfo *e)
{
	enum err err = s->upstream.n ? address_place_check(s->upstream, s->allow_private, resolve, e) : OK;
	if (!err && s->upstream.n)
		err = check_form(s->upstream, e);
	if (!err && s->upstream.n)
		err = check_is_repository(s->upstream, e);
	if (err)
		err_prefix(e, "upstream");
	return err;
}
