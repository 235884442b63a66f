/* What charts ask for outside. The bytes are a script, what templates became, a values.schema.json, a pushed
 * list of images and the address of a dependency and the icon, with a NUL between them:
 *   - a download is a part of its script, and asks a host or a tool that has settings, never both;
 *   - what is told is one line of bounded length, and a host has nothing that no host has;
 *   - a list of images replaces what was read, and nothing else;
 *   - where every host is inside, nothing asks outside.                                       */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/images_pushed.h"
#include "indexer/document/readiness_parts.h"
#include "indexer/document/render_input.h"
#include "indexer/format/node.h"
#include "indexer/template/render.h"

static bool is_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0 && s.p[i] < ' ')
			return false;
	return s.n <= READINESS_TEXT_MAX_BYTES;
}

static void check_host(struct str host, struct str tool)
{
	REQUIRE(!host.n || !tool.n);
	for (size_t i = 0; i < host.n; i++)
		REQUIRE((unsigned char)host.p[i] > ' ' && !strchr("/\"'{}$<>|;@", host.p[i]));
	for (size_t i = 0; i < tool.n; i++)
		REQUIRE(tool.p[i] >= 'a' && tool.p[i] <= 'z');
}

static void try_script(struct arena *a, struct str text)
{
	struct shell_script s = { .rest = text };
	bool any = true;
	for (size_t count = 0; any; count++) {
		size_t left = s.rest.n;
		REQUIRE(count <= text.n && shell_next_download(a, &s, &any, NULL) == OK);
		if (!any)
			break;
		REQUIRE(s.rest.n < left && s.found.text.p >= text.p && s.found.text.n);
		REQUIRE(s.found.text.p + s.found.text.n <= text.p + text.n);
		REQUIRE(s.found.host.n || s.found.tool.n);
		check_host(s.found.host, s.found.tool);
	}
}

static void try_judge(struct arena *a, const struct readiness_needs *n)
{
	AUTO_SBUF struct sbuf b = sbuf_make(64 * MIB);
	static const struct str all[] = { STR("**") };
	struct readiness r;
	const struct node *read;
	size_t sum = 0;
	REQUIRE(readiness_judge(a, n, &(struct readiness_inside){ .hosts = all, .host_count = 1 }, &r, NULL) == OK);
	REQUIRE(!r.outside_count);
	REQUIRE(readiness_judge(a, n, &(struct readiness_inside){ 0 }, &r, NULL) == OK);
	for (size_t i = 0; i < READY_SEVERITIES; i++)
		sum += r.counts[i];
	REQUIRE(sum == r.count && r.outside_count <= n->count);
	for (size_t i = 0; i < r.outside_count; i++)
		REQUIRE(r.outside[i].host.n || r.outside[i].tool.n);
	sbuf_putc(&b, '{');
	readiness_json(&b, &r);
	sbuf_putc(&b, '}');
	REQUIRE(sbuf_ok(&b) && json_read(a, sbuf_str(&b), "readiness", &read, NULL) == OK);
}

static size_t count_others(const struct readiness_needs *n)
{
	size_t count = 0;
	for (size_t i = 0; i < n->count; i++)
		count += readiness_rule(n->list[i].code)->kind != OUTSIDE_IMAGE;
	return count;
}

static void try_needs(struct arena *a, const struct chart *c, const struct rendered *x, struct str list)
{
	struct readiness_needs needs, with_list;
	struct errinfo e = { 0 };
	const struct defaults_rendered d = { *x, *x };
	REQUIRE(readiness_read_defaults(a, c, &d, 0, &needs, &e) == OK);
	REQUIRE(needs.count <= READINESS_NEEDS_MAX);
	for (size_t i = 0; i < needs.count; i++) {
		const struct readiness_finding *f = &needs.list[i];
		REQUIRE(is_line(f->what) && is_line(f->where));
		check_host(f->host, f->tool);
	}
	try_judge(a, &needs);
	if (!images_list_is_good(list))
		return;
	REQUIRE(readiness_with_list(a, &needs, list, &with_list, &e) == OK);
	REQUIRE(count_others(&needs) == count_others(&with_list));
	try_judge(a, &with_list);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str rest = str_make(bytes, n), script = str_cut(&rest, '\0', NULL), text = str_cut(&rest, '\0', NULL),
	           schema = str_cut(&rest, '\0', NULL), list = str_cut(&rest, '\0', NULL), address = rest;
	struct chart_dependency depends = { .name = STR("db"), .version = STR("~1"), .repository = address };
	struct chart c = { .meta = { .name = STR("top"), .icon = address, .dependencies = &depends,
	                             .dependency_count = 1 }, .schema = schema };
	struct rendered_file file = { .name = STR("top/templates/a.yaml"), .text = text };
	const struct rendered x = { .files = &file, .count = 1 };
	try_script(&a, script);
	try_needs(&a, &c, &x, list);
	return 0;
}
