/* The rope against the plainest model: whatever the edits were, the text is that of the sorted
 * lines, and text and gzip bytes are those of a rope built from the same lines at once.       */
#include "table.h"

#include "indexer/base/auto.h"
#include "tests/lib/rope_check.h"

static void t_whole_texts(void **state)
{
	(void)state;
	static const struct { const char *name, *version, *line; } rows[] = {
		{ "redis", "1.0.0", "{1}" }, { "alpine", "0.9.0", "{2}" },
		{ "alpine", "0.10.0", "{3}" }, { "Zoo \"1\"", "1.0.0", "{4}" },
	};
	static const char *const wanted[] = {
		"{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44Z\",\"entries\":{}}\n",
		"{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44Z\",\"entries\":{\n"
		"\"redis\":[\n{1}\n]\n}}\n",
		"{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44Z\",\"entries\":{\n"
		"\"alpine\":[\n{2}\n],\n\"redis\":[\n{1}\n]\n}}\n",
		"{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44Z\",\"entries\":{\n"
		"\"alpine\":[\n{3},\n{2}\n],\n\"redis\":[\n{1}\n]\n}}\n",
		"{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44Z\",\"entries\":{\n"
		"\"Zoo \\\"1\\\"\":[\n{4}\n],\n\"alpine\":[\n{3},\n{2}\n],\n"
		"\"redis\":[\n{1}\n]\n}}\n",
	};
	struct rope *r = empty(ROPE_JSON);
	for (size_t i = 0; i < ROWS(wanted); i++) {
		struct str text = rope_text(r);
		assert_string_equal(text.p, wanted[i]);
		check_gzip(r, text);
		drop(text);
		if (i == ROWS(rows))
			break;
		struct rope_edit *x = edit(r);
		struct index_key key = { str_c(rows[i].version), T0 };
		struct index_item item = { str_c(rows[i].name), str_c(rows[i].line), key, 0 };
		assert_int_equal(rope_put(x, &item, NULL), OK);
		commit(x, &r);
	}
	rope_unref(r);
}

static void t_empty_yaml(void **state)
{
	(void)state;
	struct rope *r = empty(ROPE_YAML);
	struct str text = rope_text(r);
	assert_string_equal(text.p, "apiVersion: \"v1\"\ngenerated: \"2026-03-05T09:12:44Z\"\n"
	                            "entries: {}\n");
	check_gzip(r, text);
	drop(text);
	rope_unref(r);
}

static void take_step(struct rope_edit *x, struct str step)
{
	struct str created = str_from(step, 1);
	struct index_item item = { .name = STR("c"), .line = STR("{}") };
	item.key.version = str_cut(&created, '@', NULL);
	item.key.created_ns = created.n ? created.p[0] - '0' : 9;
	if (step.p[0] == '+')
		assert_int_equal(rope_put(x, &item, NULL), OK);
	else
		assert_int_equal(rope_remove(x, item.name, &item.key, NULL), OK);
}

/* Steps of one edit: +version@created or -version, all of chart c; the result in order. */
static void t_edits(void **state)
{
	(void)state;
	static const struct { const char *before, *edit, *after; } rows[] = {
		{ "", "+1.0.0@1", "1.0.0@1" },
		{ "", "-1.0.0", "" },
		{ "", "+1.0.0@1 -1.0.0", "" },
		{ "+1.0.0@1", "-1.0.0", "" },
		{ "+1.0.0@1", "-1.0.0 +1.0.0@2", "1.0.0@2" },
		{ "+1.0.0@1", "+1.0.0@3 +1.0.0@2", "1.0.0@2" },
		{ "+1.0.0@1", "-1.0.1", "1.0.0@1" },
		{ "+1.0.0@1 +1.0.0+b@2 +1.0.0+c@3", "", "1.0.0+c@3 1.0.0+b@2 1.0.0@1" },
		{ "+1.0.0@1 +1.0.0+b@2 +1.0.0+c@3", "+1.0.0@4", "1.0.0@4 1.0.0+c@3 1.0.0+b@2" },
		{ "+1.0.0@1 +1.0.0+b@2 +1.0.0+c@3", "-1.0.0", "1.0.0+c@3 1.0.0+b@2" },
		{ "+1.0.0@1 +1.0.0+b@2 +1.0.0+c@3", "-1.0.0+c", "1.0.0+b@2 1.0.0@1" },
		{ "+1.0.0@1 +1.0.0+b@2 +1.0.0+c@3", "+1.0.0+c@0", "1.0.0+b@2 1.0.0@1 1.0.0+c@0" },
		{ "+1.0.0@1 +2.0.0@1", "+1.5.0@1 +3.0.0@1", "3.0.0@1 2.0.0@1 1.5.0@1 1.0.0@1" },
		{ "+nonsense@1 +1.0.0@1", "+0.1.0@1 +nonsense@2", "1.0.0@1 0.1.0@1 nonsense@2" },
		{ "+1.0.0@1 +2.0.0@1", "-1.0.0 -2.0.0 +3.0.0@1", "3.0.0@1" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct rope *r = empty(ROPE_JSON);
		for (int phase = 0; phase < 2; phase++) {
			struct rope_edit *x = edit(r);
			struct str todo = str_c(phase ? rows[i].edit : rows[i].before);
			while (todo.n)
				take_step(x, str_cut(&todo, ' ', NULL));
			commit(x, &r);
		}
		AUTO_ARENA struct arena a = { 0 };
		struct rope_version *v;
		size_t count;
		char got[256] = "";
		assert_int_equal(rope_chart(&a, r, STR("c"), &v, &count, NULL), OK);
		assert_int_equal(rope_charts(r), count > 0);
		for (size_t k = 0, n = 0; k < count; k++)
			n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s@%d", k ? " " : "",
			                      STR_ARG(v[k].version), (int)v[k].created_ns);
		assert_string_equal(got, rows[i].after);
		rope_unref(r);
	}
}

static const char *const chart_names[] = {
	"alpine", "alpine-2", "Capital", "cert-manager", "grafana", "kube-state", "loki", "minio",
	"a\"quote", "\xc3\xbcml\xc3\xa4ut", "redis", "redis-cluster", "x", "yet-another", "zoo",
};

static void random_version(uint64_t *seed, char ret[32])
{
	static const struct { const char *before, *after; } forms[] = {
		{ "", "" }, { "v", "" }, { "", "-rc.1" }, { "", "+build" },
	};
	uint64_t x = test_random(seed), form = x % 16 < 13 ? 0 : x % 16 - 12;
	(void)snprintf(ret, 32, "%s%u.%u.%u%s", forms[form].before, (unsigned)(x >> 8 & 3),
	               (unsigned)(x >> 16) % 10, (unsigned)(x >> 24) % 4, forms[form].after);
}

static void random_change(struct rope_edit *x, struct model *m, uint64_t *seed,
                          unsigned remove_of_16)
{
	char version[32];
	uint64_t dice = test_random(seed);
	const char *name = chart_names[(dice >> 8) % ROWS(chart_names)];
	random_version(seed, version);
	if (dice % 16 >= remove_of_16) {
		size_t pad = dice >> 32 & 63 ? (dice >> 40) % 3000 : 50000;
		int64_t created_ns = T0 + (int64_t)(dice >> 16 & 3);
		put_new(x, m, name, version, created_ns, pad, test_random(seed));
		return;
	}
	struct index_key key = { str_c(version), 0 };
	struct str chart = str_c(name);
	if (m->count && dice >> 20 & 7) {
		key = m->items[(dice >> 24) % m->count].key;
		chart = m->items[(dice >> 24) % m->count].name;
	}
	assert_int_equal(rope_remove(x, chart, &key, NULL), OK);
	model_remove(m, chart, key.version);
}

/* Grows, stays, shrinks to nothing and grows again; mostly single changes. Rendering the model
 * as YAML is slow, so that is not done after every one.                                      */
static void model_run(enum rope_format f, uint64_t seed, unsigned check_every)
{
	static const struct { unsigned rounds, batch, remove_of_16; } phases[] = {
		{ 8, 60, 1 }, { 100, 1, 2 }, { 150, 2, 8 }, { 10, 60, 12 }, { 50, 1, 8 },
		{ 8, 120, 16 }, { 40, 5, 1 },
	};
	struct model m = { 0 };
	struct rope *r = empty(f);
	for (size_t p = 0; p < ROWS(phases); p++)
		for (unsigned round = 0; round < phases[p].rounds; round++) {
			struct rope_edit *x = edit(r);
			for (unsigned i = 0; i < phases[p].batch; i++)
				random_change(x, &m, &seed, phases[p].remove_of_16);
			commit(x, &r);
			check_leaves(r);
			if (round % check_every == 0)
				check_text(r, &m, f);
			if (round % 20 == 0) {
				check_lookups(r, &m);
				check_against_built(r, &m, f);
			}
		}
	rope_unref(r);
	model_free(&m);
}

static void t_model_json(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= (getenv("LONG") ? 9 : 1); seed++)
		model_run(ROPE_JSON, seed, 1);
}

static void t_model_yaml(void **state) { (void)state; model_run(ROPE_YAML, 3, 10); }

/* Every line ends a piece, so nearly every border of a leaf is one between charts. Compressed
 * after every change, or a piece that was kept by mistake would not show.                     */
static void t_leaf_borders(void **state)
{
	(void)state;
	struct model m = { 0 };
	struct rope *r = empty(ROPE_JSON);
	uint64_t seed = 7;
	char name[16];
	for (unsigned round = 0; round < 200; round++) {
		uint64_t dice = test_random(&seed);
		struct rope_edit *x = edit(r);
		(void)snprintf(name, sizeof name, "c%02u", (unsigned)(dice >> 8) % 12);
		struct index_key key = { dice & 1 ? STR("1.0.0") : STR("2.0.0"), T0 };
		if (dice >> 32 & 1) {
			put_new(x, &m, name, key.version.p, T0, 41000, test_random(&seed));
		} else {
			assert_int_equal(rope_remove(x, str_c(name), &key, NULL), OK);
			model_remove(&m, str_c(name), key.version);
		}
		commit(x, &r);
		check_text(r, &m, ROPE_JSON);
		check_leaves(r);
		check_lookups(r, &m);
		struct str text = rope_text(r);
		check_gzip(r, text);
		drop(text);
	}
	check_against_built(r, &m, ROPE_JSON);
	rope_unref(r);
	model_free(&m);
}

/* Over the borders of leaves, with other charts and versions around; as many as a chart of an upstream may have. */
static void t_one_precedence(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	struct rope *r = empty(ROPE_JSON);
	struct rope_edit *x = edit(r);
	struct rope_version found;
	char version[32];
	const struct index_item around[] = {
		{ STR("b"), STR("{}"), { STR("1.0.0+b0"), 0 }, 0 }, { STR("c"), STR("{}"), { STR("1.0.1"), 0 }, 0 },
		{ STR("c"), STR("{}"), { STR("1.0.0-rc"), 0 }, 0 }, { STR("d"), STR("{}"), { STR("1.0.0+d"), 0 }, 0 },
	};
	for (size_t i = 0; i < ROWS(around); i++)
		assert_int_equal(rope_put(x, &around[i], NULL), OK);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(version, sizeof version, "1.0.0+b%d", i);
		const struct index_item item = { STR("c"), STR("{}"), { str_c(version), i % 7 }, 0 };
		assert_int_equal(rope_put(x, &item, NULL), OK);
	}
	commit(x, &r);
	for (int i = 0; i < 2 * MANY; i += 10) {
		(void)snprintf(version, sizeof version, "1.0.0+b%d", i);
		assert_true(rope_version(r, STR("c"), str_c(version), &found) == (i < MANY));
		assert_false(i && rope_version(r, STR("b"), str_c(version), &found));
		assert_false(rope_version(r, STR("d"), str_c(version), &found));
	}
	assert_true(rope_version(r, STR("c"), STR("1.0.1"), &found) && rope_version(r, STR("c"), STR("1.0.0-rc"), &found));
	rope_unref(r);
}

static void t_too_long(void **state)
{
	(void)state;
	struct rope *r = empty(ROPE_JSON);
	struct rope_edit *x = edit(r);
	struct errinfo e;
	char *text = calloc(1, 1u << 17);
	assert_non_null(text);
	struct index_item name = { str_make(text, 1u << 16), STR("{}"), { STR("1"), 0 }, 0 };
	struct index_item version = { STR("n"), STR("{}"), { str_make(text, 1u << 16), 0 }, 0 };
	struct index_item line = { STR("n"), str_make(text, 1u << 27), { STR("1"), 0 }, 0 };
	assert_int_equal(rope_put(x, &name, &e), ERR_TOO_LARGE);
	assert_int_equal(rope_put(x, &version, &e), ERR_TOO_LARGE);
	assert_int_equal(rope_put(x, &line, &e), ERR_TOO_LARGE);
	commit(x, &r);
	assert_int_equal(rope_versions(r), 0);
	free(text);
	rope_unref(r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_whole_texts),
		cmocka_unit_test(t_empty_yaml),
		cmocka_unit_test(t_edits),
		cmocka_unit_test(t_model_json),
		cmocka_unit_test(t_model_yaml),
		cmocka_unit_test(t_leaf_borders),
		cmocka_unit_test(t_one_precedence),
		cmocka_unit_test(t_too_long),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
