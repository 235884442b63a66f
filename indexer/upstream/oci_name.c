/* Addresses of charts in registries, by the grammar of the distribution specification. Pure. */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/limits.h"
#include "indexer/format/semver.h"

#define SCHEME "oci://"
#define DOCKER_NAME "docker.io"                  /* nothing answers there */
#define DOCKER_HOST "registry-1.docker.io"

static bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
static bool is_tag_first(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

bool oci_is_address(struct str address)
{
	return address.n >= sizeof SCHEME - 1 &&
	       str_eq_nocase(str_first(address, sizeof SCHEME - 1), STR(SCHEME));
}

/* ---- names ---- */

/* How many bytes stand between two words of a segment: ".", "_", "__" or any number of "-". */
static size_t separator(struct str s)
{
	size_t n = 0;
	while (n < s.n && s.p[n] == '-')
		n++;
	if (n || !s.n)
		return n;
	if (s.p[0] == '.')
		return 1;
	return s.p[0] != '_' ? 0 : s.n > 1 && s.p[1] == '_' ? 2 : 1;
}

static bool is_segment(struct str s)
{
	for (;;) {
		size_t word = 0, between;
		while (word < s.n && is_lower(s.p[word]))
			word++;
		if (!word)
			return false;
		s = str_from(s, word);
		if (!s.n)
			return true;
		between = separator(s);
		if (!between)
			return false;
		s = str_from(s, between);
	}
}

static bool is_name(struct str name)
{
	bool more = true;
	if (name.n > OCI_NAME_MAX_BYTES)
		return false;
	while (more)
		if (!is_segment(str_cut(&name, '/', &more)))
			return false;
	return true;
}

static bool is_tag(struct str tag)
{
	if (!tag.n || tag.n > OCI_TAG_MAX_BYTES || !is_tag_first(tag.p[0]))
		return false;
	for (size_t i = 1; i < tag.n; i++)
		if (!is_tag_first(tag.p[i]) && tag.p[i] != '.' && tag.p[i] != '-')
			return false;
	return true;
}

bool oci_digest_read(struct str text, struct sha256 *ret)
{
	return str_starts(text, STR("sha256:")) && sha256_parse(str_from(text, 7), ret);
}

static char *swapped(struct arena *a, struct str s, char from, char to)
{
	char *copy = arena_dup(a, s);
	for (size_t i = 0; copy && i < s.n; i++)
		if (copy[i] == from)
			copy[i] = to;
	return copy;
}

enum err oci_tag(struct arena *a, struct str version, const char **ret, struct errinfo *e)
{
	const char *tag = swapped(a, version, '+', '_');
	if (!tag)
		return ERR(e, NOMEM, "tag");
	if (!is_tag(str_c(tag)) || strlen(tag) != version.n)
		return ERR(e, INVALID, "\"%.*s\" cannot be a tag", STR_ARG(str_first(version, 80)));
	*ret = tag;
	return OK;
}

bool oci_tag_version(struct arena *a, struct str tag, struct str *ret)
{
	struct semver version;
	const char *text = is_tag(tag) ? swapped(a, tag, '_', '+') : "";
	*ret = str_c(text);
	return text && semver_parse_strict(*ret, &version);
}

/* ---- addresses ---- */

static enum err refuse(struct errinfo *e, const char *why)
{
	return ERR(e, INVALID, "%s; oci://HOST[:PORT]/NAME[:TAG][@sha256:DIGEST] is expected", why);
}

/* In the one form that the door has for it. */
static enum err read_host(struct arena *a, struct str text, const char **ret, struct errinfo *e)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]";
	const char *url = arena_printf(a, "https://%.*s", STR_ARG(text)), *origin;
	if (!url)
		return ERR(e, NOMEM, "address");
	if (!text.n || url[8 + strspn(url + 8, allowed)])
		return refuse(e, "an address of a registry without a host, or with an odd one");
	enum err err = outgoing_origin(a, url, &origin, e);
	if (err)
		return err;
	*ret = strcmp(origin + 8, DOCKER_NAME) == 0 ? DOCKER_HOST : origin + 8;
	return OK;
}

static enum err read_digest(struct str *rest, struct oci_ref *ref, struct errinfo *e)
{
	struct str name = str_cut(rest, '@', &ref->has_digest);
	if (ref->has_digest && !oci_digest_read(*rest, &ref->digest))
		return refuse(e, "a digest that is not of SHA-256");
	*rest = name;
	return OK;
}

static enum err read_name(struct arena *a, struct str rest, struct oci_ref *ref, struct errinfo *e)
{
	bool has_tag;
	struct str name = str_cut(&rest, ':', &has_tag);
	if (!has_tag && str_ends(name, STR("/")))
		name.n--;
	if (!is_name(name))
		return refuse(e, "a name that no repository of a registry has");
	if (has_tag && !is_tag(rest))
		return refuse(e, "an improper tag");
	ref->name = arena_dup(a, name);
	ref->tag = has_tag ? arena_dup(a, rest) : NULL;
	if (!ref->name || (has_tag && !ref->tag))
		return ERR(e, NOMEM, "address");
	const char *slash = strrchr(ref->name, '/');
	ref->chart = slash ? slash + 1 : ref->name;
	return OK;
}

enum err oci_ref_read(struct arena *a, const char *text, struct oci_ref *ret, struct errinfo *e)
{
	struct oci_ref ref = { 0 };
	struct str rest = str_c(text);
	if (!oci_is_address(rest))
		return refuse(e, "not an address of a registry");
	rest = str_from(rest, sizeof SCHEME - 1);
	enum err err = read_host(a, str_cut(&rest, '/', NULL), &ref.host, e);
	if (!err)
		err = read_digest(&rest, &ref, e);
	if (!err)
		err = read_name(a, rest, &ref, e);
	if (!err)
		*ret = ref;
	return err;
}

enum err oci_registry(struct arena *a, const char *address, const char **ret, struct errinfo *e)
{
	struct oci_ref ref;
	enum err err = oci_ref_read(a, address, &ref, e);
	if (err)
		return err;
	const char *origin = arena_printf(a, "https://%s", ref.host);
	if (!origin)
		return ERR(e, NOMEM, "address");
	*ret = origin;
	return OK;
}
