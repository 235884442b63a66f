/* See json_parts.h. */
#include "server/api/json_parts.h"

void put_image(struct sbuf *b, const struct chart_image *x)
{
	json_text(b, "image", x->image);
	json_bool(b, "certain", x->certain);
	json_text(b, "source", str_c(image_source_word(x->source)));
	json_text(b, "where", x->where);
	put_known(b, "subchart", x->subchart);
	json_number(b, "places", x->places);
}

static void put_place(struct sbuf *b, const struct kind_place *at)
{
	put_known(b, "subchart", at->subchart);
	json_text(b, "file", at->file);
	json_number(b, "line", at->line);
}

void put_crd(struct sbuf *b, const struct chart_crd *x)
{
	json_text(b, "kind", x->kind);
	json_text(b, "group", x->group);
	json_text(b, "plural", x->plural);
	json_text(b, "scope", x->scope);
	list_begin(b, "versions");
	for (size_t i = 0; i < x->version_count; i++) {
		element_begin(b);
		json_text(b, "name", x->versions[i].name);
		json_bool(b, "served", x->versions[i].served);
		json_bool(b, "storage", x->versions[i].storage);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	json_bool(b, "templated", x->templated);
	put_place(b, &x->at);
}

static void put_dangers(struct sbuf *b, uint32_t dangers)
{
	list_begin(b, "dangers");
	for (unsigned i = 0; i < RBAC_DANGER_COUNT; i++)
		if (dangers >> i & 1) {
			json_next(b);
			sbuf_json(b, str_c(rbac_danger_sentence((enum rbac_danger)i)));
		}
	sbuf_putc(b, ']');
}

void put_rule(struct sbuf *b, const struct chart_rule *x)
{
	json_text(b, "role_kind", x->role_kind);
	json_text(b, "groups", x->groups);
	json_text(b, "resources", x->resources);
	json_text(b, "verbs", x->verbs);
	put_known(b, "names", x->names);
	put_known(b, "urls", x->urls);
	put_dangers(b, x->dangers);
	put_place(b, &x->at);
}

void put_binding(struct sbuf *b, const struct chart_binding *x)
{
	json_text(b, "binding_kind", x->kind);
	json_text(b, "role_kind", x->role_kind);
	json_text(b, "role", x->role);
	json_bool(b, "cluster_admin", x->cluster_admin);
	put_place(b, &x->at);
}

static void put_change(struct sbuf *b, const struct changelog_entry *x)
{
	element_begin(b);
	put_known(b, "kind", str_c(changelog_kind_word(x->kind)));
	json_text(b, "description", x->text);
	if (x->link_count)
		list_begin(b, "links");
	for (size_t i = 0; i < x->link_count; i++) {
		element_begin(b);
		json_text(b, "name", x->links[i].name);
		json_text(b, "url", x->links[i].url);
		sbuf_putc(b, '}');
	}
	sbuf_puts(b, x->link_count ? "]}" : "}");
}

void put_changes(struct sbuf *b, const char *key, const struct changelog_entry *list, size_t count)
{
	list_begin(b, key);
	for (size_t i = 0; i < count; i++)
		put_change(b, &list[i]);
	sbuf_putc(b, ']');
}

void known_digest(const struct sha256 *digest, char ret[SHA256_HEX_BYTES + 1])
{
	static const struct sha256 none;
	ret[0] = '\0';
	if (!sha256_eq(digest, &none))
		sha256_hex(digest, ret);
}

void put_digest(struct sbuf *b, const char *key, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	known_digest(digest, hex);
	json_text(b, key, str_c(hex));
}

void put_since(struct sbuf *b, const char *key, int64_t since_ns)
{
	if (since_ns)
		json_time(b, key, since_ns);
}

void put_time(struct sbuf *b, const char *key, int64_t wall_ns)
{
	if (wall_ns)
		json_time(b, key, wall_ns);
	else
		put_null(b, key);
}

void put_lines(struct sbuf *b, const char *key, struct str lines)
{
	list_begin(b, key);
	while (lines.n) {
		json_next(b);
		sbuf_json(b, str_cut(&lines, '\n', NULL));
	}
	sbuf_putc(b, ']');
}
