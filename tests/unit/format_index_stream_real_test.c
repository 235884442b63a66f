/* Real indexes, and one of real charts: as they come they are read as they are read whole, and so
 * is what index_write makes of them.                                                        */
#include "index_stream_fixture.h"
#include "real_charts.h"

#include "indexer/base/array.h"

#define TEXT_MAX_BYTES (64u * MIB)

struct lines { struct str *line; size_t count, capacity; };

static int compare_lines(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static void add_line(struct arena *a, struct lines *to, struct str line)
{
	to->line = arena_room(a, to->line, to->count, &to->capacity, sizeof *to->line);
	assert_non_null(to->line);
	assert_true(arena_str(a, line, &to->line[to->count++]));
}

static void sort_lines(struct lines *l) { qsort(l->line, l->count, sizeof *l->line, compare_lines); }

/* Every version of the index, and in *items the same for index_write. */
static struct lines read_whole(struct arena *a, struct str text, struct index_item **ret_items)
{
	struct index_file file;
	struct lines l = { .count = 0 };
	size_t item = 0, capacity = 0;
	assert_int_equal(index_read(a, text, "i", &file, NULL), OK);
	for (size_t i = 0; i < file.count; i++)
		for (size_t j = 0; j < file.charts[i].count; j++, item++) {
			const struct index_entry *entry = &file.charts[i].versions[j];
			AUTO_SBUF struct sbuf b = sbuf_make(INDEX_LINE_MAX_BYTES);
			index_entry_line(&b, entry);
			add_line(a, &l, sbuf_str(&b));
			*ret_items = arena_room(a, *ret_items, item, &capacity, sizeof **ret_items);
			(*ret_items)[item] = (struct index_item){ file.charts[i].name, l.line[item],
			                                          { entry->meta.version, entry->created_ns }, 0 };
		}
	assert_int_equal(file.skipped, 0);
	sort_lines(&l);
	return l;
}

static void expect_streamed(struct str text, const struct lines *wanted)
{
	static const size_t chunks[] = { 0, 61 };
	for (size_t i = 0; i < ROWS(chunks); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		static struct reading r;
		struct lines l = { .count = 0 };
		r.text = text;
		r.chunk = chunks[i];
		assert_int_equal(read_stream(&r), OK);
		assert_int_equal(r.summary.versions, wanted->count);
		assert_int_equal(r.summary.skipped, 0);
		for (struct str rest = sbuf_str(&r.entries); rest.n;)
			add_line(&a, &l, str_cut(&rest, '\n', NULL));
		sort_lines(&l);
		assert_int_equal(l.count, wanted->count);
		for (size_t j = 0; j < l.count; j++)
			assert_true(str_eq(l.line[j], wanted->line[j]));
	}
}

static void expect_written(struct index_item *items, const struct lines *wanted)
{
	for (int json = 0; json <= 1; json++) {
		AUTO_SBUF struct sbuf b = sbuf_make(TEXT_MAX_BYTES);
		assert_int_equal(index_write(&b, items, wanted->count, json, NULL, 0, NULL), OK);
		expect_streamed(sbuf_str(&b), wanted);
	}
}

static void real_indexes(void **state)
{
	(void)state;
	static const struct { const char *name; size_t versions; } rows[] = {
		{ "../indexes/incubator.yaml", 1232 }, { "../indexes/rancher.yaml", 1102 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_FREE char *text = NULL;
		struct index_item *items = NULL;
		char path[REAL_PATH_BYTES];
		size_t n;
		need_real(rows[i].name, path);
		assert_int_equal(fs_read_named(path, TEXT_MAX_BYTES, &text, &n, NULL), OK);
		struct lines wanted = read_whole(&a, str_make(text, n), &items);
		assert_int_equal(wanted.count, rows[i].versions);
		expect_streamed(str_make(text, n), &wanted);
		expect_written(items, &wanted);
	}
}

struct made { struct arena a; struct lines lines; struct index_item items[REAL_CHARTS]; };

static void add_chart(struct arena *its, const struct chart *c, const char *file, void *to)
{
	struct made *m = to;
	AUTO_SBUF struct sbuf b = sbuf_make(INDEX_LINE_MAX_BYTES);
	struct index_item *item = &m->items[m->lines.count];
	(void)its;
	index_line(&b, &c->meta, str_c(file), 0, &(struct sha256){ .bytes = { 1 } });
	add_line(&m->a, &m->lines, sbuf_str(&b));
	assert_true(arena_str(&m->a, c->meta.name, &item->name) &&
	            arena_str(&m->a, c->meta.version, &item->key.version));
	item->line = m->lines.line[m->lines.count - 1];
}

static void real_charts(void **state)
{
	(void)state;
	static struct made m;
	(void)each_real_chart(10, add_chart, &m);
	sort_lines(&m.lines);
	expect_written(m.items, &m.lines);
	arena_done(&m.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_indexes),
		cmocka_unit_test(real_charts),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
