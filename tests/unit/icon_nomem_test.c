/* Every allocation of opening the directory of icons, of asking for one and of reading one fails once:
 * an error, or what is not known is asked for again; nothing leaks.                           */
#include "indexer/icon/icons.h"

#include "folder.h"
#include "table.h"
#include "tests/lib/nomem.h"

#define PNG "\x89PNG\r\n\x1a\n"

static const struct str here = STR("https://x.example/here"), new = STR("https://x.example/new");
static struct outgoing *outgoing;
static int data;

static enum err open_them(struct icons **ret, struct errinfo *e)
{
	const struct icons_options options = { .outgoing = outgoing, .data_fd = data };
	return icons_open(&options, ret, e);
}

/* The door is shut: what is asked for is given up, and so asked for again. */
static bool look_and_read(struct icons *i, struct errinfo *e)
{
	char *bytes = NULL;
	size_t n = 0;
	assert_false(icons_look(i, new, false));
	bool is_read = icons_look(i, here, false) && !icons_read(i, here, false, &bytes, &n, e);
	assert_true(!is_read || (n == strlen(PNG) && memcmp(bytes, PNG, n) == 0));
	free(bytes);
	return is_read;
}

static bool fail_one(long n)
{
	struct icons *i = NULL;
	struct errinfo e = { 0 };
	long live = nomem_live();
	nomem_arm(n);
	enum err err = open_them(&i, &e);
	bool is_read = !err && look_and_read(i, &e);
	icons_close(err ? NULL : i);         /* waits for what is asked for */
	bool failed = nomem_disarm();
	assert_true(err == OK || (failed && err == ERR_NOMEM));
	assert_true(is_read || failed);
	assert_int_equal(nomem_live(), live);
	return failed;
}

static void t_each_allocation(void **state)
{
	long n;
	(void)state;
	for (n = 0; fail_one(n); n++)
		;
	assert_in_range(n, 5, 1000);
}

/* What one start had no memory for, the next one knows. */
static void t_afterwards_it_is_there(void **state)
{
	struct icons *i;
	struct errinfo e = { 0 };
	(void)state;
	assert_int_equal(open_them(&i, &e), OK);
	assert_int_equal(icons_bytes(i), strlen(PNG));
	assert_true(look_and_read(i, &e));
	icons_close(i);
}

static void put_icon(void)
{
	struct sha256 key;
	struct errinfo e;
	char name[6 + SHA256_HEX_BYTES + 1] = "icons/";
	assert_int_equal(sha256_of(here, &key, &e), OK);
	sha256_hex(&key, name + 6);
	assert_int_equal(mkdirat(data, "icons", 0700), 0);
	int fd = openat(data, name, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, PNG, strlen(PNG)), strlen(PNG));
	(void)close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_each_allocation), cmocka_unit_test(t_afterwards_it_is_there),
	};
	char dir[FOLDER_BYTES];
	struct errinfo e = { 0 };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	make_folder(dir);
	data = open(dir, O_RDONLY | O_DIRECTORY);
	put_icon();
	if (outgoing_new(&outgoing, &e))
		return 1;
	outgoing_stop(outgoing);
	int failed = cmocka_run_group_tests_name("icon_nomem", tests, NULL, NULL);
	outgoing_free(outgoing);
	(void)close(data);
	remove_tree(dir);
	return failed;
}
