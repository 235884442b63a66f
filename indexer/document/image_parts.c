/* What values and rendered objects have in common: the keys by which an image is written in parts, the first
 * that has a text counting, and how the parts go together.                                     */
#include "indexer/document/images_parts.h"

#include "indexer/base/limits.h"

const char *const image_name_keys[] = { "repository", "repo", "name", NULL };
const char *const image_tag_keys[] = { "tag", "version", NULL };
const char *const image_digest_keys[] = { "digest", "sha", "sha256", NULL };

bool image_key_ends(struct str key, struct str ending)
{
	return key.n >= ending.n && str_eq_nocase(str_from(key, key.n - ending.n), ending);
}

bool image_is_key(struct str key)
{
	return image_key_ends(key, STR("image")) || image_key_ends(key, STR("images"));
}

bool image_put(struct sbuf *b, const struct image_parts *p)
{
	if (p->registry.n + p->repository.n + p->tag.n + p->digest.n > IMAGE_MAX_BYTES)
		return false;
	sbuf_put(b, p->registry);
	sbuf_puts(b, p->registry.n && !str_ends(p->registry, STR("/")) ? "/" : "");
	sbuf_put(b, p->repository);
	if (p->tag.n)
		sbuf_printf(b, ":%.*s", STR_ARG(p->tag));
	if (p->digest.n)
		sbuf_printf(b, "@%s%.*s", str_has(p->digest, ':') ? "" : "sha256:", STR_ARG(p->digest));
	return true;
}

bool image_is_pinned(struct str text)
{
	struct image_parts p;
	return image_split(text, &p) && (p.tag.n || p.digest.n);
}
