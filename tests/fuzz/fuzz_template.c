/* A template and its values, out of one input with a line "%%" between them. No crash, and
 *   - it is done, or there is an error that says why, within its supply of steps, its depth and its memory;
 *   - the same again gives the same.                                                          */
#include "fuzz.h"

#include "indexer/base/limits.h"
#include "indexer/template/template.h"

#define FUEL 20000u
#define ARENA_MAX_BYTES (24u * MIB)

static enum err values(struct arena *a, struct str yaml, struct tmpl_value *ret)
{
	const struct node *n = NULL;
	struct tmpl_map *none = tmpl_map_new(a);
	enum err err = yaml_read(a, yaml, &yaml_values, &n, NULL);
	REQUIRE(none);
	*ret = tmpl_map_value(none);
	return !err && n && !tmpl_from_node(a, n, ret) ? ERR_NOMEM : OK;
}

static enum err run(struct str text, struct str yaml, struct sbuf *out, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = ARENA_MAX_BYTES };
	struct tmpl_set *set;
	struct tmpl_value dot;
	REQUIRE(tmpl_set_new(&a, &set, e) == OK);
	enum err err = tmpl_set_add(set, STR("t"), text, e);
	if (err || values(&a, yaml, &dot))
		return err;
	struct tmpl_run r = { .set = set, .a = &a, .fuel = FUEL, .forgiving = text.n % 2 };
	err = tmpl_execute(&r, STR("t"), &dot, out, e);
	REQUIRE(r.fuel <= FUEL);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO_SBUF struct sbuf out = sbuf_make(64 * KIB), again = sbuf_make(64 * KIB);
	struct str text = str_make(data, n), yaml = { NULL, 0 };
	struct errinfo e = { 0 }, second = { 0 };
	const char *line = n ? memmem(data, n, "\n%%\n", 4) : NULL;
	if (line) {
		text = str_first(text, (size_t)(line - text.p));
		yaml = str_make(line + 4, n - text.n - 4);
	}
	enum err err = run(text, yaml, &out, &e);
	REQUIRE(err == OK || err == ERR_METADATA || err == ERR_TOO_LARGE || err == ERR_NOMEM);
	REQUIRE(err == e.code && (!err || e.detail[0]));
	REQUIRE(run(text, yaml, &again, &second) == err);
	REQUIRE(str_eq(sbuf_str(&out), sbuf_str(&again)));
	return 0;
}
