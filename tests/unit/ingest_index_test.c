/* What readers see: the index and its identity, times, and files that an import was given. */
#include <sys/stat.h>

#include "indexer/base/clock.h"
#include "ingest_fixture.h"

#define T1 INT64_C(1500000000123456789)      /* 2017-07-14T02:40:00.123456789Z */

/* ---- identity ---- */

static const struct { const char *step; bool changes; } life[] = {
	{ "publish A", true },      { "publish A", false },    { "try A", false },
	{ "prov P", true },         { "prov P", false },       { "publish U", true },
	{ "report", false },        { "reopen", false },       { "crash", false },
	{ "rebuild", false },       { "spoil", false },        { "report", true },
	{ "report", false },        { "reopen", false },       { "crash", false },
	{ "rebuild", false },       { "try A", false },        { "publish A", true },
	{ "reopen", false },        { "rm", false },           { "publish A", false },
	{ "rm", false },            { "crash", true },         { "reopen", false },
	{ "force B", true },        { "reopen", false },       { "force-prov R", true },
	{ "crash", false },         { "rebuild", false },      { "fsck-report", false },
	{ "delete", true },         { "reopen", false },       { "crash", false },
	{ "rebuild", false },       { "publish B", true },     { "rm", false },
	{ "fsck-report", true },    { "rebuild", false },      { "delete", true },
	{ "reopen", false },        { "rebuild", false },
};
#define LIFE ROWS(life)

static void rebuild(struct fixture *f)
{
	struct rebuild_report report;
	assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
	assert_int_equal(report.changed_lines, 0);
	assert_int_equal(report.repositories, 1);
}

static void live(struct fixture *f, const char *step)
{
	if (strcmp(step, "reopen") == 0)
		reopen(f);
	else if (strcmp(step, "rebuild") == 0)
		rebuild(f);
	else if (strcmp(step, "crash") == 0) {
		shut_uncleanly(f);
		open_ingest(f);
	} else
		do_steps(f, step);
}

/* Any two indexes of a life have the same identity if they are the same, else not. */
static void t_idx_identity_is_the_index(void **state)
{
	struct fixture *f = *state;
	static struct shown shown[LIFE + 1];
	f->o.yaml = f->o.overwrite = true;
	open_ingest(f);
	shown[0] = show_index(f);
	for (size_t i = 0; i < LIFE; i++) {
		live(f, life[i].step);
		shown[i + 1] = show_index(f);
		if (same_index(&shown[i], &shown[i + 1]) == life[i].changes)
			fail_msg("step %zu, %s", i, life[i].step);
	}
	for (size_t i = 0; i <= LIFE; i++)
		for (size_t k = 0; k < i; k++)
			(void)same_index(&shown[i], &shown[k]);
	for (size_t i = 0; i <= LIFE; i++)
		drop_shown(shown[i]);
}

/* ---- YAML and JSON say the same ---- */

static void read_lines(struct str text, struct sbuf *b)
{
	AUTO_ARENA struct arena a = { 0 };
	struct index_file file;
	assert_int_equal(index_read(&a, text, "index", &file, NULL), OK);
	assert_int_equal(file.skipped, 0);
	sbuf_printf(b, "%.*s\n", STR_ARG(file.generated));
	for (size_t i = 0; i < file.count; i++)
		for (size_t k = 0; k < file.charts[i].count; k++) {
			sbuf_printf(b, "%.*s ", STR_ARG(file.charts[i].name));
			index_entry_line(b, &file.charts[i].versions[k]);
			sbuf_putc(b, '\n');
		}
	assert_true(sbuf_ok(b));
}

static void check_formats_agree(struct fixture *f)
{
	AUTO_SBUF struct sbuf json = sbuf_make(MIB), yaml = sbuf_make(MIB);
	struct shown x = show_index(f);
	assert_true(x.json.n && x.yaml.n);
	read_lines(x.json, &json);
	read_lines(x.yaml, &yaml);
	assert_string_equal(json.p, yaml.p);
	drop_shown(x);
	sbuf_done(&yaml);
}

static void t_idx_yaml_is_json_as_data(void **state)
{
	struct fixture *f = *state;
	f->o.yaml = true;
	open_ingest(f);
	check_formats_agree(f);
	do_steps(f, "publish A; publish U; prov P");
	check_formats_agree(f);
	reopen(f);
	check_formats_agree(f);
	do_steps(f, "delete");
	check_formats_agree(f);
}

/* repos/main/index.yaml is what is served. */
static void t_idx_file_is_what_is_served(void **state)
{
	struct fixture *f = *state;
	f->o.index_files = true;
	for (int yaml = 0; yaml < 2; yaml++) {
		char path[PATH_BYTES], *data = NULL;
		size_t n = 0;
		f->o.yaml = yaml;
		open_ingest(f);
		do_steps(f, yaml ? "publish U" : "publish A");
		struct shown x = show_index(f);
		shut(f);
		(void)path_below(f->data, "repos/main/index.yaml", path);
		assert_int_equal(fs_read(AT_FDCWD, path, MIB, &data, &n, NULL), OK);
		assert_string_equal(data, yaml ? x.yaml.p : x.json.p);
		free(data);
		drop_shown(x);
	}
}

static void expect_index_file(struct fixture *f, const char *beginning, bool has_info)
{
	char path[PATH_BYTES], *data = NULL;
	size_t n = 0;
	(void)path_below(f->data, "repos/main/index.yaml", path);
	assert_int_equal(fs_read(AT_FDCWD, path, MIB, &data, &n, NULL), OK);
	assert_true(str_starts(str_make(data, n), str_c(beginning)));
	assert_int_equal(strstr(data, "serverInfo") != NULL, has_info);
	free(data);
}

/* Who comes as_served writes it as the last server did, and a server that writes it otherwise at once. */
static void t_idx_file_is_as_the_last_server_writes_it(void **state)
{
	struct fixture *f = *state;
	struct ingest_options command = f->o, server = f->o;
	command.as_served = server.index_files = server.yaml = true;
	server.server_info = "{\"contextPath\":\"/helm\"}";
	for (int i = 0; i < 2; i++) {
		f->o = i ? command : server;
		open_ingest(f);
		do_steps(f, i ? "publish U" : "publish A");
		shut(f);
		expect_index_file(f, "apiVersion", true);
	}
	f->o = server;
	f->o.yaml = false;
	f->o.server_info = NULL;
	open_ingest(f);
	shut(f);
	expect_index_file(f, "{", false);
	server.index_files = false;
	for (int i = 0; i < 2; i++) {
		f->o = i ? command : server;
		open_ingest(f);
		do_steps(f, i ? "yank" : "");
		shut(f);
		expect_index_file(f, "{", false);
	}
}

/* ---- imports ---- */

struct source {
	const char *name;
	mode_t mode;
	bool stranger, elsewhere, linked;
	enum change_link how;
};

static const struct source sources[] = {
	{ "nobody can change it", 0444, false, false, true, LINK_IF_FROZEN },
	{ "for the group alone", 0440, false, false, true, LINK_IF_FROZEN },
	{ "its owner can change it", 0644, false, false, false, LINK_IF_FROZEN },
	{ "its group can change it", 0464, false, false, false, LINK_IF_FROZEN },
	{ "others can change it", 0446, false, false, false, LINK_IF_FROZEN },
	{ "somebody else's", 0444, true, false, false, LINK_IF_FROZEN },
	{ "on another filesystem", 0444, false, true, false, LINK_IF_FROZEN },
	{ "never, though nobody can change it", 0444, false, false, false, LINK_NEVER },
	{ "always, though its owner can change it", 0644, false, false, true, LINK_ALWAYS },
	{ "always, but on another filesystem", 0644, false, true, false, LINK_ALWAYS },
};

/* A folder that is on another filesystem than the test's own. */
static const char *another_filesystem(const struct fixture *f)
{
	struct stat here, there;
	assert_int_equal(stat(f->root, &here), 0);
	return stat("/dev/shm", &there) == 0 && there.st_dev != here.st_dev ? "/dev/shm" : "/var/tmp";
}

static void make_source(const struct fixture *f, const struct source *s, char path[PATH_BYTES])
{
	const struct timespec times[2] = { { 1, 2 }, { T1 / NS_PER_SECOND, T1 % NS_PER_SECOND } };
	(void)snprintf(path, PATH_BYTES, "%s/source.tgz", f->root);
	if (s->elsewhere)
		(void)snprintf(path, PATH_BYTES, "%s/chartlocker-test-%ld.tgz", another_filesystem(f), (long)getpid());
	write_at(path, material(f, 'A')->bytes);
	assert_int_equal(chmod(path, s->mode), 0);
	if (s->stranger)
		assert_int_equal(chown(path, 1, 1), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static enum err import_as(struct fixture *f, const char *path, int64_t created_ns,
                          enum change_link how)
{
	struct change c;
	change_init(&c, CHANGE_PUBLISH);
	c.repo = STR("main");
	c.bulk = c.link_source = true;
	c.created_ns = created_ns;
	c.link = how;
	c.tgz.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(c.tgz.fd >= 0);
	return apply_change(f, &c);
}

static enum err import(struct fixture *f, const char *path, int64_t created_ns)
{
	return import_as(f, path, created_ns, LINK_IF_FROZEN);
}

static void check_created(struct fixture *f, const char *wanted)
{
	struct shown x = show_index(f);
	assert_non_null(strstr(x.json.p, wanted));
	drop_shown(x);
}

static void t_fs_import(void **state)
{
	const struct source *s = *state;
	char path[PATH_BYTES], stored[PATH_BYTES];
	struct stat before, after, kept;
	if (s->stranger && geteuid() != 0)
		return;                          /* only root can give files away */
	struct fixture *f = fixture_new();
	open_ingest(f);
	make_source(f, s, path);
	assert_int_equal(stat(path, &before), 0);
	assert_ok(f, import_as(f, path, 0, s->how));
	assert_ok(f, import_as(f, path, 0, s->how));
	expect_story(f, "A, live A, shown A");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(lstat(chart_path(f, false, stored), &kept), 0);
	assert_int_equal(kept.st_ino == after.st_ino && kept.st_dev == after.st_dev, s->linked);
	assert_int_equal(kept.st_mode & 07777, s->linked ? s->mode : 0440);
	assert_int_equal(after.st_nlink, s->linked ? 2 : 1);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_memory_equal(&after.st_mtim, &before.st_mtim, sizeof after.st_mtim);
	assert_int_equal(letter_at(f, path), 'A');
	check_created(f, "\"created\":\"2017-07-14T02:40:00.123456789Z\"");
	assert_int_equal(unlink(path), 0);
	reopen(f);
	check_created(f, "\"created\":\"2017-07-14T02:40:00.123456789Z\"");
	assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

/* Deleting here leaves the file that was imported alone, and refusing as well. */
static void t_fs_import_gives_back(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	make_source(f, &sources[0], path);
	assert_ok(f, import(f, path, 0));
	do_steps(f, "delete");
	assert_int_equal(letter_at(f, path), 'A');
	assert_int_equal(unlink(path), 0);
	do_steps(f, "publish U");
	make_source(f, &(struct source){ .mode = 0444 }, path);
	assert_int_equal(unlink(path), 0);
	write_at(path, STR("no archive"));
	assert_int_equal(chmod(path, 0444), 0);
	assert_err(f, ARCHIVE, import(f, path, 0));
	assert_int_equal(letter_at(f, path), '?');
}

static void t_time_created_is_kept(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	make_source(f, &sources[0], path);
	assert_ok(f, import(f, path, T1 + NS_PER_SECOND));
	check_created(f, "\"created\":\"2017-07-14T02:40:01.123456789Z\"");
	/* Also when the same bytes come again with another time, and heal a missing file. */
	assert_ok(f, import(f, path, T1));
	do_steps(f, "rm");
	assert_ok(f, import(f, path, T1));
	check_created(f, "\"created\":\"2017-07-14T02:40:01.123456789Z\"");
	rebuild(f);
	check_created(f, "\"created\":\"2017-07-14T02:40:01.123456789Z\"");
	/* A deleted version that comes back is new. */
	do_steps(f, "delete");
	assert_ok(f, import(f, path, T1));
	check_created(f, "\"created\":\"2017-07-14T02:40:00.123456789Z\"");
	assert_int_equal(fsck_problems(f), 0);
}

/* ---- what readers are told ---- */

/* Every index says it, also after changes, and fsck and rebuild agree. */
static void t_idx_server_info(void **state)
{
	struct fixture *f = *state;
	f->o.server_info = "{\"contextPath\":\"/helm\"}";
	f->o.yaml = true;
	open_ingest(f);
	for (int i = 0; i < 3; i++) {
		struct shown x = show_index(f);
		assert_non_null(strstr(x.json.p, "Z\",\"serverInfo\":{\"contextPath\":\"/helm\"},\"entries\":{"));
		assert_non_null(strstr(x.yaml.p, "Z\"\nserverInfo: {\"contextPath\":\"/helm\"}\nentries:"));
		drop_shown(x);
		do_steps(f, i ? "rebuild" : "publish A");
	}
	assert_int_equal(fsck_problems(f), 0);
	shut(f);
	open_ingest(f);
	assert_int_equal(fsck_problems(f), 0);
}

static void t_idx_repositories_by_name(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "z", "b/c", "main", "a" };
	static const char *const sorted[] = { "a", "b/c", "main", "z" };
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list;
	size_t n;
	open_ingest(f);
	for (size_t i = 0; i < 4; i++)
		publish_into(f, names[i]);
	for (int again = 0; again < 2; again++) {
		assert_ok(f, ingest_repos(f->g, &a, &list, &n, &f->e));
		assert_int_equal(n, 4);
		for (size_t i = 0; i < n; i++) {
			assert_true(str_eq_c(list[i].name, sorted[i]));
			assert_int_equal(list[i].charts, 1);
			assert_int_equal(list[i].versions, 1);
			struct snapshot *s = ingest_snapshot(f->g, list[i].name);
			assert_int_equal(list[i].bytes, rope_bytes(s->json));
			snapshot_unref(s);
		}
		reopen(f);
	}
	assert_false(ingest_has_repo(f->g, STR("b")));
	assert_null(ingest_snapshot(f->g, STR("nowhere")));
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_idx_identity_is_the_index),
		TEST(t_idx_yaml_is_json_as_data),
		TEST(t_idx_file_is_what_is_served),
		TEST(t_idx_file_is_as_the_last_server_writes_it),
		TEST(t_idx_repositories_by_name),
		TEST(t_idx_server_info),
		TEST(t_fs_import_gives_back),
		TEST(t_time_created_is_kept),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_fs_import", t_fs_import, sources);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
