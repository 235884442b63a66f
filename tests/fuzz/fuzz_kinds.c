/* What templates, crds/ and values say. The bytes are a template, a file of crds/ and a values.yaml
 * with a NUL between them, and a subchart has the same:
 *   - a template without its actions is no longer, and has as many lines;
 *   - every place is a line of its file, as YAML counts them;
 *   - images are references, in order, each once.                                            */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"
#include "indexer/document/template_text.h"

static size_t count_lines(struct str s, const char *ends)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] && strchr(ends, s.p[i]);
	return n;
}

static void try_plain(struct arena *a, struct str text)
{
	struct str plain;
	REQUIRE(template_plain(a, text, &plain, NULL) == OK);
	REQUIRE(plain.n <= text.n && count_lines(plain, "\n") == count_lines(text, "\n"));
}

static void check_place(const struct chart *c, struct kind_place at)
{
	const struct tar_member *file = &c->members.members[str_starts(at.file, STR("crds/"))];
	REQUIRE(str_eq(at.file, file->name));
	/* To YAML carriage returns end a line, too, and what ends in these bytes: U+0085, U+2028, U+2029. */
	REQUIRE(at.line >= 1 && at.line <= count_lines(file->data, "\n\r\x85\xa8\xa9") + 1);
	REQUIRE(str_eq(at.subchart, STR("sub")) || !at.subchart.n);
}

static void try_kinds(struct arena *a, const struct chart *c)
{
	struct chart_kinds k;
	REQUIRE(kinds_read(a, c, &k, NULL) == OK);
	for (size_t i = 0; i < k.kind_count; i++) {
		const struct chart_kind *x = &k.kinds[i];
		check_place(c, x->at);
		REQUIRE(x->kind.n);
		REQUIRE(!x->removed_in.n || kind_removed_in(x->api_version, x->kind));
	}
	for (size_t i = 0; i < k.rule_count; i++)
		check_place(c, k.rules[i].at);
	for (size_t i = 0; i < k.binding_count; i++) {
		check_place(c, k.bindings[i].at);
		REQUIRE(k.bindings[i].role.n && !template_has_hole(k.bindings[i].role));
	}
	for (size_t i = 0; i < k.crd_count; i++) {
		check_place(c, k.crds[i].at);
		REQUIRE(k.crds[i].kind.n || k.crds[i].plural.n);
	}
}

static void try_images(struct arena *a, const struct chart *c)
{
	struct chart_images x;
	struct image_parts parts;
	REQUIRE(images_read(a, c, &x, NULL) == OK);
	for (size_t i = 0; i < x.count; i++) {
		REQUIRE(image_split(x.images[i].image, &parts) && parts.repository.n);
		REQUIRE(x.images[i].places && x.images[i].where.n);
		REQUIRE(i == 0 || str_cmp(x.images[i - 1].image, x.images[i].image) < 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str rest = str_make(bytes, n), template = str_cut(&rest, '\0', NULL),
	           crds = str_cut(&rest, '\0', NULL), values = rest;
	struct tar_member files[] = { { STR("templates/a.yaml"), template }, { STR("crds/a.yaml"), crds } };
	struct chart sub = { .meta = { .name = STR("sub"), .app_version = STR("7") },
	                     .members = { files, 2 }, .values = values };
	struct chart c = { .meta = { .name = STR("top") }, .members = { files, 2 }, .values = values,
	                   .subcharts = &sub, .subchart_count = 1 };
	try_plain(&a, template);
	try_kinds(&a, &c);
	try_images(&a, &c);
	return 0;
}
