/* The values of a chart, out of one input: values.yaml, values.schema.json, the dependencies of
 * Chart.yaml and a subchart's values.yaml, with lines "%%" between them. No crash, and
 *   - there is always an answer, within its limits;
 *   - rows are in order, their paths unique, and what they show is the merged default;
 *   - what is copied out of a row can be read and says the same.                             */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/document/values.h"

#define PARTS 4

static const char head[] = "apiVersion: v2\nname: top\nversion: 1.0.0\n";

static void split(struct str data, struct str ret[PARTS])
{
	static const char line[] = "\n%%\n";
	for (size_t i = 0; i < PARTS; i++) {
		const char *at = i < PARTS - 1 && data.n ? memmem(data.p, data.n, line, sizeof line - 1) : NULL;
		ret[i] = at ? str_first(data, (size_t)(at - data.p)) : data;
		data = at ? str_from(data, ret[i].n + sizeof line - 1) : str_make(NULL, 0);
	}
}

static bool load(struct arena *a, struct str data, struct chart *ret)
{
	struct str part[PARTS];
	split(data, part);
	char *chart_yaml = arena_printf(a, "%s%.*s\n", head, STR_ARG(part[2]));
	struct tar_member files[] = {
		{ .name = STR("Chart.yaml"), .data = str_c(chart_yaml) },
		{ .name = STR("values.yaml"), .data = part[0] },
		{ .name = STR("charts/db/Chart.yaml"), .data = STR("name: db\nversion: 1.0.0\n") },
		{ .name = STR("charts/db/values.yaml"), .data = part[3] },
		{ .name = STR("values.schema.json"), .data = part[1] },
	};
	size_t count = sizeof files / sizeof *files - (part[1].n == 0);
	return chart_load(a, files, count, ret, NULL) == OK;
}

static void check_text(struct str s, size_t max)
{
	REQUIRE(s.n <= max && str_is_utf8(s) && !str_has(s, '\0'));
}

static void check_row(struct arena *a, const struct values_view *v, size_t index)
{
	const struct value_row *row = &v->rows[index];
	const struct node *n = NULL;
	struct str text;
	REQUIRE(values_find(v, row->path) == row && row->path.n <= VALUE_PATH_MAX_BYTES);
	REQUIRE(row->depth <= (index ? row[-1].depth + 1 : 0) && row->depth < VALUES_DEPTH_MAX);
	REQUIRE(index + row->children < v->count && row->absent == !row->value);
	for (size_t i = 1; i <= row->children; i++)
		REQUIRE(row[i].depth > row->depth);
	check_text(row->shown, VALUE_SHOWN_MAX_BYTES);
	check_text(row->comment, VALUE_COMMENT_MAX_BYTES);
	check_text(row->constraints, SCHEMA_TEXT_MAX_BYTES + VALUE_SHOWN_MAX_BYTES + 10);
	if (row->shown.n && !row->cut && !str_eq(row->shown, STR("{}")) &&
	    json_read_lenient(a, row->shown, "shown", &n, NULL) == OK)
		REQUIRE(values_same(n, row->value));
	REQUIRE(values_set_line(a, row, &text));
	check_text(text, VALUE_SET_MAX_BYTES);
	REQUIRE(values_yaml(a, v, row, &text));
	if (text.n && row->depth < 20)
		REQUIRE(yaml_read(a, text, &yaml_values, &n, NULL) == OK && n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct chart c;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf keys = sbuf_make(64 * KIB);
	struct values_view v;
	if (!load(&a, str_make(bytes, n), &c))
		return 0;
	REQUIRE(values_view(&a, &c, &v, NULL) == OK);
	REQUIRE(v.count <= VALUES_ROWS_MAX && v.problem_count <= VALUES_PROBLEMS_MAX);
	for (size_t i = 0; i < v.count && i < 2000; i++)
		check_row(&a, &v, i);
	for (size_t i = 0; i < v.problem_count; i++)
		REQUIRE(v.problems[i].n);
	values_keys(&v, &keys);
	REQUIRE(sbuf_ok(&keys) && str_is_utf8(sbuf_str(&keys)));
	return 0;
}
