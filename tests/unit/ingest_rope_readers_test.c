/* Readers of a rope beside a writer: what each of them holds stays whole. */
#include "table.h"

#include <zlib.h>

#include "tests/lib/rope_check.h"

struct share {
	pthread_mutex_t lock;
	struct rope *current;
	atomic_bool stop;
	atomic_uint bad, reads;
};

static struct rope *share_get(struct share *s)
{
	(void)pthread_mutex_lock(&s->lock);
	struct rope *r = rope_ref(s->current);
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}

/* Assertions belong to the main thread: readers only count. */
static void *reader(void *arg)
{
	struct share *s = arg;
	uint64_t last = 0;
	while (!atomic_load(&s->stop)) {
		struct rope *r = share_get(s);
		unsigned count;
		uint64_t bytes = 0;
		uLong crc = 0;
		struct str gzip;
		const struct iovec *iov = rope_iov(r, &count);
		for (unsigned i = 0; i < count; i++) {
			bytes += iov[i].iov_len;
			crc = crc32_z(crc, iov[i].iov_base, iov[i].iov_len);
		}
		bool ok = bytes == rope_bytes(r) && rope_versions(r) >= last;
		ok = ok && !rope_gzip(r, &gzip, NULL);
		for (unsigned i = 0; ok && i < 4; i++)
			ok = (unsigned char)gzip.p[gzip.n - 8 + i] == (crc >> 8 * i & 0xff);
		last = rope_versions(r);
		atomic_fetch_add(&s->bad, !ok);
		atomic_fetch_add(&s->reads, 1);
		rope_unref(r);
	}
	return NULL;
}

static void t_readers_while_writing(void **state)
{
	(void)state;
	struct model m = { 0 };
	struct share s = { .lock = PTHREAD_MUTEX_INITIALIZER, .current = empty(ROPE_JSON) };
	pthread_t threads[3];
	fill_model(&m, 20, 20, 900);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader, &s), 0);
	for (size_t i = 0; i < m.count || atomic_load(&s.reads) < 100; i++) {
		struct rope *old = s.current, *next;
		struct rope_edit *x = edit(old);
		assert_int_equal(rope_put(x, &m.items[i * 7 % m.count], NULL), OK);
		assert_int_equal(rope_commit(x, T0, &next, NULL), OK);
		(void)pthread_mutex_lock(&s.lock);
		s.current = next;
		(void)pthread_mutex_unlock(&s.lock);
		rope_unref(old);
	}
	atomic_store(&s.stop, true);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&s.bad), 0);
	check_text(s.current, &m, ROPE_JSON);
	rope_unref(s.current);
	model_free(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(t_readers_while_writing) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
