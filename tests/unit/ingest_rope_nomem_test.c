/* Every allocation of the rope fails once: NOMEM, nothing leaks, the base stays as it was. */
#include "table.h"
#include "indexer/ingest/rope_impl.h"

#include "tests/lib/index_lines.h"
#include "tests/lib/nomem.h"

#define LINES 120u

static struct index_item items[LINES];
static const enum rope_format formats[] = { ROPE_JSON, ROPE_YAML };

static int setup(void **state)
{
	(void)state;
	char name[16], version[16];
	for (unsigned i = 0; i < LINES; i++) {
		(void)snprintf(name, sizeof name, "chart-%02u", i % 20);
		(void)snprintf(version, sizeof version, "1.%u.0", i / 20);
		items[i] = item_new(name, version, (int64_t)i, 2500, i);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LINES; i++)
		item_free(&items[i]);
	return 0;
}

static uint64_t digest(const struct rope *r)
{
	unsigned count;
	uint64_t sum = rope_versions(r);
	const struct iovec *iov = rope_iov(r, &count);
	for (unsigned i = 0; i < count; i++)
		for (size_t k = 0; k < iov[i].iov_len; k++)
			sum = sum * 31 + ((const unsigned char *)iov[i].iov_base)[k];
	return sum;
}

/* The work whose allocations fail, one after the other; *ret is set on success. */
typedef enum err work(struct rope *base, enum rope_format f, struct rope **ret, struct errinfo *e);

static enum err make_empty(struct rope *base, enum rope_format f, struct rope **ret,
                           struct errinfo *e)
{
	(void)base;
	return rope_empty(f, 1, ret, e);
}

static enum err build(struct rope *base, enum rope_format f, struct rope **ret, struct errinfo *e)
{
	(void)base;
	struct index_item copy[LINES];
	memcpy(copy, items, sizeof copy);
	return rope_build(f, copy, LINES, 1, ret, e);
}

/* Changes all over the base: replaced, removed and new lines, and a whole chart that goes. */
static enum err edit(struct rope *base, enum rope_format f, struct rope **ret, struct errinfo *e)
{
	(void)f;
	struct rope_edit *x;
	enum err rc = rope_edit_new(base, &x, e);
	if (rc)
		return rc;
	for (unsigned i = 0; !rc && i < LINES; i += 3) {
		struct index_item item = items[i];
		item.key.created_ns += i % 2;
		bool removes = i % 20 == 7 || i % 9 == 0;
		rc = removes ? rope_remove(x, item.name, &item.key, e) : rope_put(x, &item, e);
	}
	if (!rc)
		return rope_commit(x, 2, ret, e);
	rope_edit_free(x);
	return rc;
}

static enum err compress(struct rope *base, enum rope_format f, struct rope **ret,
                         struct errinfo *e)
{
	struct str gzip;
	enum err rc = build(base, f, ret, e);
	if (!rc)
		rc = rope_gzip(*ret, &gzip, e);
	if (rc)
		rope_unref(*ret);
	return rc;
}

static enum err look(struct rope *base, enum rope_format f, struct rope **ret, struct errinfo *e)
{
	(void)f;
	struct arena a = { 0 };
	struct str *names;
	struct rope_version *versions;
	size_t count;
	enum err rc = rope_names(&a, base, &names, &count, e);
	if (!rc)
		rc = rope_chart(&a, base, STR("chart-03"), &versions, &count, e);
	arena_done(&a);
	*ret = NULL;
	return rc;
}

/* More leaves than there may be, so that some are joined. */
static enum err join(struct rope *base, enum rope_format f, struct rope **ret, struct errinfo *e)
{
	(void)base;
	char name[16];
	struct builder b = builder_make(f, 0);
	enum err rc = OK;
	b.target = 1;
	for (unsigned i = 0; !rc && i < INDEX_LEAVES_MAX + 3; i++) {
		(void)snprintf(name, sizeof name, "c%06u", i / 2);
		struct line line = { .name = str_c(name), .text = STR("{}"), .ends_piece = true };
		line.key = (struct index_key){ STR("1"), i };
		rc = builder_line(&b, line, e);
		if (!rc)
			rc = builder_flush(&b, e);
	}
	if (!rc)
		rc = builder_finish(&b, 1, ret, e);
	if (!rc)
		assert_int_equal((*ret)->leaf_count, INDEX_LEAVES_MAX);
	builder_done(&b);
	return rc;
}

static void fail_each(work *run, struct rope *base, enum rope_format f)
{
	uint64_t before = digest(base);
	for (long n = 0; n <= nomem_places(); n++) {
		struct rope *r = NULL;
		struct errinfo e = { 0 };
		long live = nomem_live();
		nomem_arm_place(n);
		enum err rc = run(base, f, &r, &e);
		assert_int_equal(nomem_disarm(), n > 0);
		if (n == 0) {
			assert_int_equal(rc, OK);
			rope_unref(r);
		} else {
			assert_int_equal(rc, ERR_NOMEM);
			assert_int_equal(e.code, ERR_NOMEM);
			assert_true(e.detail[0]);
		}
		assert_int_equal(nomem_live(), live);
		assert_true(digest(base) == before);
	}
	assert_true(nomem_places() > 0);
}

static void t_every_allocation(void **state)
{
	(void)state;
	static const struct { work *run; bool on_lines; } rows[] = {
		{ make_empty, false }, { build, false }, { edit, true }, { edit, false }, { compress, false },
		{ look, true }, { join, false },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t k = 0; k < 2; k++) {
			struct rope *base;
			work *start = rows[i].on_lines ? build : make_empty;
			assert_int_equal(start(NULL, formats[k], &base, NULL), OK);
			fail_each(rows[i].run, base, formats[k]);
			rope_unref(base);
		}
}

/* After a failed rope_gzip the next one succeeds with the same bytes. */
static void t_gzip_again(void **state)
{
	(void)state;
	struct rope *r, *other;
	struct str gzip, wanted;
	assert_int_equal(build(NULL, ROPE_JSON, &other, NULL), OK);
	assert_int_equal(rope_gzip(other, &wanted, NULL), OK);
	for (long n = 0, failed = 1; failed; n++) {
		assert_int_equal(build(NULL, ROPE_JSON, &r, NULL), OK);
		nomem_arm(n);
		enum err rc = rope_gzip(r, &gzip, NULL);
		failed = nomem_disarm();
		assert_int_equal(rc, failed ? ERR_NOMEM : OK);
		assert_int_equal(rope_gzip_is_ready(r), !failed);
		assert_int_equal(rope_gzip(r, &gzip, NULL), OK);
		assert_int_equal(gzip.n, wanted.n);
		assert_memory_equal(gzip.p, wanted.p, wanted.n);
		rope_unref(r);
	}
	rope_unref(other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_every_allocation),
		cmocka_unit_test(t_gzip_again),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
