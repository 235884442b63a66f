/* The icons that were fetched, as a directory of a bounded size: what is known after it was opened. */
#include "indexer/icon/icons.h"

#include "folder.h"
#include "indexer/base/limits.h"
#include "table.h"

#define PNG "\x89PNG\r\n\x1a\n"

static void put(int icons, const char *name, const char *bytes, time_t at)
{
	struct timespec times[2] = { { at, 0 }, { at, 0 } };
	int fd = openat(icons, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	assert_int_equal(futimens(fd, times), 0);
	(void)close(fd);
}

static void name_of(struct str url, char ret[SHA256_HEX_BYTES + 1])
{
	struct sha256 key;
	struct errinfo e;
	assert_int_equal(sha256_of(url, &key, &e), OK);
	sha256_hex(&key, ret);
}

static bool is_there(int icons, const char *name) { return faccessat(icons, name, F_OK, 0) == 0; }

static const struct row {
	const char *name;
	uint64_t max_bytes;
	size_t max_count;
	const char *left;                /* of a (the oldest), b, c: which stay */
	uint64_t bytes;
} rows[] = {
	{ "room for all", 0, 0, "abc", 24 },
	{ "as many bytes as there are", 24, 0, "abc", 24 },
	{ "a byte less", 23, 0, "bc", 16 },
	{ "room for one", 8, 0, "c", 8 },
	{ "room for none", 7, 0, "", 0 },
	{ "two at most", 0, 2, "bc", 16 },
};

static void t_oldest_go(void **state)
{
	const struct str urls[] = { STR("https://x.example/a"), STR("https://x.example/b"), STR("https://x.example/c") };
	const struct row *row = *state;
	char dir[FOLDER_BYTES], names[3][SHA256_HEX_BYTES + 1], left[4] = "";
	struct icons *i;
	struct outgoing *o;
	struct errinfo e = { 0 };
	make_folder(dir);
	int data = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(data, "icons", 0700), 0);
	int icons = openat(data, "icons", O_RDONLY | O_DIRECTORY);
	for (int n = 2; n >= 0; n--) {
		name_of(urls[n], names[n]);
		put(icons, names[n], PNG, 1000 + n);
	}
	put(icons, ".new-left-by-a-crash", PNG, 1);
	assert_int_equal(outgoing_new(&o, &e), OK);
	const struct icons_options options = { .outgoing = o, .data_fd = data, .max_bytes = row->max_bytes,
	                                       .max_count = row->max_count };
	assert_int_equal(icons_open(&options, &i, &e), OK);
	for (int n = 0, at = 0; n < 3; n++)
		if (is_there(icons, names[n]))
			left[at++] = "abc"[n];
	assert_string_equal(left, row->left);
	assert_int_equal(icons_bytes(i), row->bytes);
	assert_false(is_there(icons, ".new-left-by-a-crash"));
	for (int n = 0; n < 3; n++)
		if (strchr(row->left, "abc"[n])) {
			char *bytes;
			size_t size;
			assert_true(icons_look(i, urls[n], false));
			assert_int_equal(icons_read(i, urls[n], false, &bytes, &size, &e), OK);
			assert_int_equal(size, strlen(PNG));
			free(bytes);
		}
	assert_false(icons_look(i, STR("data:image/png;base64,AAAA"), false));
	assert_false(icons_look(i, STR("icon.png"), false));
	outgoing_stop(o);
	icons_close(i);
	outgoing_free(o);
	(void)close(icons);
	(void)close(data);
	remove_tree(dir);
}

/* DATA/icons/ may be emptied at any time. */
static void t_removed_ones_are_asked_for_again(void **state)
{
	const struct str url = STR("https://x.example/a");
	char dir[FOLDER_BYTES], name[SHA256_HEX_BYTES + 1], *bytes;
	struct icons *i;
	struct outgoing *o;
	struct errinfo e = { 0 };
	size_t size;
	(void)state;
	make_folder(dir);
	int data = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(data, "icons", 0700), 0);
	int icons = openat(data, "icons", O_RDONLY | O_DIRECTORY);
	name_of(url, name);
	put(icons, name, PNG, 1000);
	assert_int_equal(outgoing_new(&o, &e), OK);
	outgoing_stop(o);                    /* what is asked for is given up */
	const struct icons_options options = { .outgoing = o, .data_fd = data };
	assert_int_equal(icons_open(&options, &i, &e), OK);
	assert_int_equal(unlinkat(icons, name, 0), 0);
	assert_true(icons_look(i, url, false));
	assert_int_equal(icons_read(i, url, false, &bytes, &size, &e), ERR_NOT_FOUND);
	assert_int_equal(icons_bytes(i), 0);
	assert_false(icons_look(i, url, false));
	icons_close(i);
	outgoing_free(o);
	(void)close(icons);
	(void)close(data);
	remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_removed_ones_are_asked_for_again) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("icons", t_oldest_go, rows) + cmocka_run_group_tests(tests, NULL, NULL);
}
