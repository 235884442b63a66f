/* Lines of a file: each whole, none longer than may be, and no more is held than that. */
#include "bundle_fixture.h"

#include "indexer/bundle/lines.h"

#define LIMIT 100000u

static int file_of(const struct fixture *f, const char *each, size_t count, const char *last)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_TEST_MAX_BYTES);
	int fd = openat(f->dir, "lines", O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	for (size_t i = 0; i < count; i++)
		sbuf_puts(&b, each);
	sbuf_puts(&b, last);
	assert_true(sbuf_ok(&b));
	assert_int_equal(fs_write(fd, sbuf_str(&b), NULL), OK);
	return fd;
}

/* `each` so often, then `last`: how many lines there are, and how many bytes the first has. */
static const struct row {
	const char *name, *each; size_t count; const char *last; enum err err; size_t lines, first;
} rows[] = {
	{ "none", "", 0, "", OK, 0, 0 },
	{ "an empty one", "", 0, "\n", OK, 1, 0 },
	{ "three", "abc\n", 3, "", OK, 3, 3 },
	{ "many", "0123456789\n", 100000, "", OK, 100000, 10 },
	{ "cut short", "abc\n", 2, "x", ERR_CORRUPT, 2, 3 },
	{ "nothing but a beginning", "", 0, "x", ERR_CORRUPT, 0, 0 },
	{ "as long as may be", "x", LIMIT - 1, "\nab\n", OK, 2, LIMIT - 1 },
	{ "one longer", "x", LIMIT, "\nab\n", ERR_CORRUPT, 0, 0 },
	{ "without an end", "x", 12u * MIB, "", ERR_CORRUPT, 0, 0 },
};

static void t_lines(void **state)
{
	const struct row *row = *state;
	struct fixture *f;
	struct lines l;
	struct str line;
	size_t count = 0, first = 0;
	bool end = false;
	assert_int_equal(set_up((void **)&f), 0);
	AUTO_FD int fd = file_of(f, row->each, row->count, row->last);
	assert_ok(f, lines_of(fd, "x", LIMIT, &l, &f->e));
	enum err err = OK;
	while (!(err = lines_next(&l, &line, &end, &f->e)) && !end)
		first = count++ ? first : line.n;
	assert_int_equal(err, row->err);
	assert_int_equal(count, row->lines);
	assert_int_equal(first, row->first);
	assert_true(l.room <= 4 * LIMIT);
	lines_close(&l);
	tear_down((void **)&f);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("lines", t_lines, rows);
}
