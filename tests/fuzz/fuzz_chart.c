/* Chart.yaml → struct chart → index line. The bytes are Chart.yaml, requirements.yaml,
 * values.yaml and Chart.lock with a NUL between them. Whatever loads must come out as one line
 * that is JSON and YAML alike, and the Chart.yaml written from it must load as the same chart. */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/format/package.h"

#define LINE_MAX_BYTES (16u << 20)

static const char *const names[] = { "Chart.yaml", "requirements.yaml", "values.yaml",
	                             "Chart.lock" };
#define NAMES (sizeof names / sizeof *names)

static enum err load(struct arena *a, struct str text, struct chart *ret)
{
	struct tar_member files[NAMES];
	struct errinfo e = { 0 };
	size_t count = 0;
	bool more = true;
	for (; more && count < NAMES; count++)
		files[count] = (struct tar_member){ str_c(names[count]), str_cut(&text, '\0', &more) };
	enum err err = chart_load(a, files, count, ret, &e);
	REQUIRE(err == e.code);
	REQUIRE(err == OK || e.detail[0]);
	return err;
}

static void put_line(struct sbuf *b, const struct chart_meta *m)
{
	struct sha256 digest = { { 0 } };
	index_line(b, m, STR("x-1.0.0.tgz"), 0, &digest);
	REQUIRE(sbuf_ok(b));
	REQUIRE(!str_has(sbuf_str(b), '\n'));
}

static void check_value(const struct node *map, const char *key, struct str wanted)
{
	struct str found = node_text(node_get(map, key));
	REQUIRE(str_eq(found, wanted));
}

static void check_line(struct arena *a, struct str line, const struct chart_meta *m)
{
	const struct node *json, *yaml;
	struct yaml_options strict = yaml_strict;
	strict.scalar_max_bytes = LINE_MAX_BYTES;
	REQUIRE(json_read(a, line, "line", &json, NULL) == OK);
	REQUIRE(yaml_read(a, line, &strict, &yaml, NULL) == OK);
	REQUIRE(json->kind == NODE_MAP && yaml->kind == NODE_MAP && json->count == yaml->count);
	for (int i = 0; i < 2; i++) {
		check_value(i ? json : yaml, "name", m->name);
		check_value(i ? json : yaml, "version", m->version);
		check_value(i ? json : yaml, "description", m->description);
	}
}

/* Chart.yaml written anew, where it is not larger than one may be. */
static void check_round_trip(struct arena *a, struct str line, const struct chart_meta *m)
{
	AUTO_SBUF struct sbuf text = sbuf_make(LINE_MAX_BYTES), again = sbuf_make(LINE_MAX_BYTES);
	struct chart c;
	package_chart_yaml(&text, m);
	REQUIRE(sbuf_ok(&text));
	const struct tar_member file = { STR("Chart.yaml"), sbuf_str(&text) };
	if (text.n > CHART_YAML_MAX_BYTES)
		return;
	REQUIRE(chart_load(a, &file, 1, &c, NULL) == OK);
	put_line(&again, &c.meta);
	REQUIRE(str_eq(sbuf_str(&again), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf line = sbuf_make(LINE_MAX_BYTES);
	struct chart c;
	if (load(&a, str_make(data, size), &c) != OK)
		return 0;
	put_line(&line, &c.meta);
	check_line(&a, sbuf_str(&line), &c.meta);
	check_round_trip(&a, sbuf_str(&line), &c.meta);
	return 0;
}
