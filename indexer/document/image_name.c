/* The grammar of image references (distribution's reference package), which has no port without a
 * host and no upper case but in host and tag.                                                */
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/document/images.h"

/* Only characters of [0-9A-Za-z] and `others`. */
static bool consists_of(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_alnum(s.p[i]) && !(s.p[i] && strchr(others, s.p[i])))
			return false;
	return s.n > 0;
}

static bool is_component(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_lower_or_digit(s.p[i]) && (!s.p[i] || !strchr("._-", s.p[i]) || i == 0 || i == s.n - 1))
			return false;
	return s.n > 0;
}

static bool is_path(struct str s)
{
	bool more = true;
	while (more)
		if (!is_component(str_cut(&s, '/', &more)))
			return false;
	return true;
}

static bool is_host(struct str s)
{
	bool has_port, is_known = str_has(s, '.') || str_has(s, ':') || str_eq_c(s, "localhost");
	struct str name = str_cut(&s, ':', &has_port);
	uint64_t port;
	return is_known && consists_of(name, ".-") && ascii_is_alnum(name.p[0]) && ascii_is_alnum(name.p[name.n - 1]) &&
	       (!has_port || str_to_u64(s, &port));
}

static bool is_digest(struct str s)
{
	struct str algorithm = str_cut(&s, ':', NULL);
	return consists_of(algorithm, "+._-") && s.n >= 32 && consists_of(s, "");
}

static bool is_tag(struct str s)
{
	return consists_of(s, "_.-") && s.n <= IMAGE_TAG_MAX_BYTES && !str_starts(s, STR(".")) &&
	       !str_starts(s, STR("-"));
}

/* What is behind the last `sep` goes to *ret; of a tag no '/' may follow. */
static bool cut_end(struct str *s, char sep, struct str *ret)
{
	const char *at = s->n ? memrchr(s->p, sep, s->n) : NULL;
	if (!at || memchr(at, '/', s->n - (size_t)(at - s->p)))
		return false;
	*ret = str_from(*s, (size_t)(at - s->p) + 1);
	*s = str_first(*s, (size_t)(at - s->p));
	return true;
}

bool image_split(struct str image, struct image_parts *ret)
{
	struct image_parts parts = { .registry = STR("") };
	if (image.n > IMAGE_MAX_BYTES)
		return false;
	if (cut_end(&image, '@', &parts.digest) && !is_digest(parts.digest))
		return false;
	if (cut_end(&image, ':', &parts.tag) && !is_tag(parts.tag))
		return false;
	struct str rest = image, first = str_cut(&rest, '/', NULL);
	if (rest.n && is_host(first)) {
		parts.registry = first;
		image = rest;
	}
	if (!is_path(image))
		return false;
	parts.repository = image;
	*ret = parts;
	return true;
}

bool image_split_normal(struct str image, struct sbuf *b, struct image_parts *ret)
{
	struct image_parts parts;
	if (!image_split(image, &parts))
		return false;
	if (!parts.registry.n || str_eq(parts.registry, STR("index.docker.io")))
		parts.registry = STR("docker.io");
	if (str_eq(parts.registry, STR("docker.io")) && !str_has(parts.repository, '/')) {
		sbuf_reset(b);
		sbuf_puts(b, "library/");
		sbuf_put(b, parts.repository);
		parts.repository = sbuf_str(b);
	}
	if (!parts.tag.n && !parts.digest.n)
		parts.tag = STR("latest");
	*ret = parts;
	return sbuf_ok(b);
}
