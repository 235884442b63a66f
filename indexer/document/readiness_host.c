/* Which host an address asks, if that is one that a closed network may not have. */
#include <ctype.h>

#include "indexer/base/auto.h"
#include "indexer/document/readiness_parts.h"
#include "indexer/format/address.h"

static const char *const schemes[] = {
	"https://", "http://", "oci://", "git://", "ssh://", "ftp://", "git+https://", "git+ssh://",
};

/* Of the cluster and of the machine; what RFC 2606 and 6761 keep for examples. */
static const char *const near[] = { ".svc", ".local", ".default", ".localhost", NULL };
static const char *const examples[] = {
	".example", ".invalid", ".test", "example.com", "example.org", "example.net", NULL,
};

static bool ends_with_one(struct str name, const char *const *list)
{
	for (; *list; list++)
		if (str_ends(name, str_c(*list)))
			return true;
	return false;
}

static bool is_number(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return false;
	return true;
}

/* Also of a name that has other letters than ASCII's. A placeholder is none, nor an IPv6 address. */
static bool is_name(struct str host)
{
	for (size_t i = 0; i < host.n; i++) {
		unsigned char c = (unsigned char)host.p[i];
		if (c < 0x80 && !isalnum(c) && !strchr("-._:", c))
			return false;
	}
	return !memchr(host.p, '\0', host.n);
}

static bool is_near(struct str host)
{
	if (!host.n || !is_name(host))
		return true;
	struct str name = str_cut(&host, ':', NULL);
	return ends_with_one(name, near) || !str_has(name, '.') || is_number(name) || memmem(name.p, name.n, ".svc.", 5);
}

/* "git@host:path"; what stands before "@" may also be a password with a scheme before it. */
static struct str host_of_ssh(struct str text)
{
	bool has_user, has_path;
	(void)str_cut(&text, '@', &has_user);
	struct str host = str_cut(&text, ':', &has_path);
	return has_user && has_path && !str_has(host, '/') ? host : STR("");
}

enum err named_host(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	struct address address = { 0 };
	size_t scheme = 0;
	*ret = STR("");
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !scheme; i++)
		scheme = str_starts(text, str_c(schemes[i])) ? strlen(schemes[i]) : 0;
	bool usual = scheme && (str_starts(text, STR("http")) || str_starts(text, STR("oci")));
	struct str rest = usual ? text : scheme ? str_from(text, scheme) : host_of_ssh(text);
	enum err err = rest.n ? address_read(&scratch, rest, &address, NULL) : OK;
	if (err == ERR_NOMEM || (!err && !is_near(address.host) && !arena_str(a, address.host, ret)))
		return ERR(e, NOMEM, "address");
	return OK;
}

enum err outside_host(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	enum err err = named_host(a, text, ret, e);
	struct str host = *ret;
	if (!err && ends_with_one(str_cut(&host, ':', NULL), examples))
		*ret = STR("");
	return err;
}
