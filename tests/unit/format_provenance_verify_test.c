/* Provenance: what a good signature proves about an archive, and what it does not; and that what
 * helm package --sign writes proves what it should.                                          */
#include "signed_fixture.h"

#include <time.h>

#include "indexer/format/provenance.h"

#define HELM "build/clients/helm-3.22.0"

/* SHA-256 of "archive\n" */
#define DIGEST "371e16ce98051a3ea7af3eaef8b87d69033154fb5bb33da349d611f0fae061d6"
#define CHART "apiVersion: v2\nname: demo\nversion: 1.0.0\ndescription: A demo\nappVersion: 1.10\n"
#define FILES "...\nfiles:\n  demo-1.0.0.tgz: sha256:" DIGEST "\n"

#define OLD "apiVersion: v1\nname: demo\nversion: 1.0.0\n"
#define REQUIREMENTS "dependencies:\n- name: x\n  version: ~1\n  repository: \"\"\n"

struct row { const char *name, *body, *verdict; };

static const struct row rows[] = {
	{ "as helm writes it", CHART "\n" FILES, "good" },
	{ "other order, other quotes", "description: \"A demo\"\nversion: '1.0.0'\nname: demo\n"
	  "apiVersion: v2\nappVersion: \"1.1\"\n" FILES, "good" },
	{ "fields without a value", CHART "icon: \"\"\nkeywords: []\nhome: null\n" FILES, "good" },
	{ "fields nobody knows", CHART "x-internal: 1\n" FILES, "good" },
	{ "two files", CHART "...\nfiles:\n  other-1.0.0.tgz: sha256:00\n"
	  "  demo-1.0.0.tgz: sha256:" DIGEST "\n", "good" },
	{ "another file", CHART "...\nfiles:\n  demo-1.0.1.tgz: sha256:" DIGEST "\n", "other_file" },
	{ "a path", CHART "...\nfiles:\n  ./demo-1.0.0.tgz: sha256:" DIGEST "\n", "other_file" },
	{ "no file", CHART "...\nfiles: {}\n", "other_file" },
	{ "another digest", CHART "...\nfiles:\n  demo-1.0.0.tgz: sha256:1" DIGEST "\n", "other_bytes" },
	{ "no digest", CHART "...\nfiles:\n  demo-1.0.0.tgz: \"\"\n", "other_bytes" },
	{ "a digest by another name", CHART "...\nfiles:\n  demo-1.0.0.tgz: md5:" DIGEST "\n",
	  "other_bytes" },
	{ "a list for a digest", CHART "...\nfiles:\n  demo-1.0.0.tgz: [sha256:" DIGEST "]\n",
	  "other_bytes" },
	{ "another name", "apiVersion: v2\nname: dem0\nversion: 1.0.0\ndescription: A demo\n"
	  "appVersion: 1.10\n" FILES, "other_metadata" },
	{ "another version", "apiVersion: v2\nname: demo\nversion: 1.0.1\ndescription: A demo\n"
	  "appVersion: 1.10\n" FILES, "other_metadata" },
	{ "a description less", "apiVersion: v2\nname: demo\nversion: 1.0.0\nappVersion: 1.10\n" FILES,
	  "other_metadata" },
	{ "a dependency more", CHART "dependencies: [{name: x, version: 1.0.0}]\n" FILES,
	  "other_metadata" },
	{ "deprecated", CHART "deprecated: true\n" FILES, "other_metadata" },
	{ "a field twice", CHART "name: evil\n" FILES, "unreadable" },
	{ "the file twice", CHART FILES "  demo-1.0.0.tgz: sha256:00\n", "unreadable" },
	{ "files for metadata", FILES, "other_metadata" },
	{ "metadata alone", CHART, "unreadable" },
	{ "files without the dots", CHART "files:\n  demo-1.0.0.tgz: sha256:" DIGEST "\n", "unreadable" },
	{ "the dots twice", CHART FILES "...\n", "unreadable" },
	{ "files twice", CHART FILES FILES, "unreadable" },
	{ "a list of files", CHART "...\nfiles:\n- demo-1.0.0.tgz\n", "unreadable" },
	{ "no metadata", "[]\n" FILES, "unreadable" },
	{ "no YAML", "{\n" FILES, "unreadable" },
	{ "an alias", CHART "home: &a x\nicon: *a\n" FILES, "unreadable" },
};

/* Of archives with another Chart.yaml, and a requirements.yaml. */
static const struct old { struct row row; const char *chart_yaml, *requirements; } old[] = {
	{ { "requirements, by Helm 3", OLD "dependencies: [{name: x, version: ~1, repository: \"\"}]\n" FILES, "good" },
	  OLD, REQUIREMENTS },
	{ { "requirements, by Helm 2", OLD FILES, "good" }, OLD, REQUIREMENTS },
	{ { "no apiVersion, by Helm 2", "name: demo\nversion: 1.0.0\n" FILES, "good" },
	  "name: demo\nversion: 1.0.0\n", REQUIREMENTS },
	{ { "other requirements", OLD "dependencies: [{name: y, version: ~1, repository: \"\"}]\n" FILES,
	    "other_metadata" }, OLD, REQUIREMENTS },
	{ { "requirements that are not there", OLD "dependencies: [{name: x, version: ~1, repository: \"\"}]\n" FILES,
	    "other_metadata" }, OLD, NULL },
	{ { "v2 without its dependencies", CHART FILES, "other_metadata" },
	  CHART "dependencies: [{name: x, version: ~1, repository: \"\"}]\n", NULL },
};

static void load(struct fixture *f, const char *chart_yaml, const char *requirements,
                 struct chart *ret)
{
	struct tar_member files[] = {
		{ STR("Chart.yaml"), str_c(chart_yaml) }, { STR("requirements.yaml"), str_c(requirements) },
	};
	assert_ok(f, chart_load(&f->arena, files, requirements ? 2 : 1, ret, &f->e));
}

static const char *verdict(struct fixture *f, struct str prov, struct str file, struct str archive,
                           const struct chart *c)
{
	struct sha256 digest;
	struct provenance_result r;
	const struct provenance_claim claim = { file, &digest, &c->meta };
	assert_ok(f, sha256_of(archive, &digest, &f->e));
	assert_ok(f, provenance_verify(&f->arena, prov, f->keyring, &claim, (int64_t)time(NULL), &r,
	                               &f->e));
	assert_true(provenance_sentence(&r)[0] != '\0');
	assert_int_equal(r.verdict == PROVENANCE_GOOD, strcmp(provenance_word(&r), "good") == 0);
	return provenance_word(&r);
}

static void check_signed(const struct row *row, const char *chart_yaml, const char *requirements)
{
	struct fixture *f = &(struct fixture){ .keyring = NULL };
	struct chart c;
	char path[PATH_BYTES];
	need_gpg();
	open_keyring(f, "key.gpg");
	AUTO_FD int fd = open(path_below(signed_folder, "body", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_ok(f, fs_write(fd, str_c(row->body), &f->e));
	assert_int_equal(run_in_folder(GPG "--clearsign -o body.asc body"), 0);
	load(f, chart_yaml, requirements, &c);
	assert_string_equal(verdict(f, signed_file(f, "body.asc"), STR("demo-1.0.0.tgz"), STR("archive\n"),
	                            &c), row->verdict);
	openpgp_keyring_free(f->keyring);
	arena_done(&f->arena);
}

static void t_up_06_signed(void **state) { check_signed(*state, CHART, NULL); }

static void signed_long_ago(void **state)
{
	const struct old *o = *state;
	check_signed(&o->row, o->chart_yaml, o->requirements);
}

/* The verdict on the signature comes first. */
static void t_up_06_signed_by_others(void **state)
{
	struct fixture *f = *state;
	struct chart c;
	need_gpg();
	open_keyring(f, "other.gpg");
	load(f, CHART, NULL, &c);
	assert_string_equal(verdict(f, signed_file(f, "plain.asc"), STR("demo-1.0.0.tgz"),
	                            STR("archive\n"), &c), "unknown_key");
}

/* ---- helm ---- */

struct packaged { const char *name, *chart_yaml, *requirements; };

static const struct packaged charts[] = {
	{ "demo-1.0.0.tgz", CHART, NULL },
	{ "all-2.0.0-rc.1.tgz", "apiVersion: v2\nname: all\nversion: 2.0.0-rc.1\ntype: library\n"
	  "kubeVersion: '>=1.20.0'\ndescription: |\n  - dash\n  two lines, trailing   \nhome: https://a.b\n"
	  "sources: [https://a.b/c]\nkeywords: [a, \"yes\", 1.10]\nicon: https://a.b/i.png\n"
	  "maintainers: [{name: Ä, email: a@b.c, url: https://a.b}]\nappVersion: 2026-01-01\n"
	  "deprecated: true\nannotations: {b: \"x: y\", a: \"1\"}\ndependencies:\n- name: x\n"
	  "  version: 1.x\n  repository: https://a.b\n  condition: x.on\n  tags: [t]\n  alias: z\n"
	  "  import-values: [data, {child: a, parent: b}]\nunknown: 1\n", NULL },
	{ "old-0.1.0+b.1.tgz", "name: old\nversion: 0.1.0+b.1\napiVersion: v1\nengine: gotpl\n",
	  "dependencies:\n- name: y\n  version: ~1\n  repository: \"@stable\"\n" },
};

static void write_chart(const struct packaged *p)
{
	char path[PATH_BYTES];
	assert_int_equal(run_in_folder("rm -rf src && mkdir src"), 0);
	AUTO_FD int chart = open(path_below(signed_folder, "src/Chart.yaml", path), O_WRONLY | O_CREAT,
	                         0600);
	assert_int_equal(fs_write(chart, str_c(p->chart_yaml), NULL), OK);
	if (!p->requirements)
		return;
	AUTO_FD int requirements = open(path_below(signed_folder, "src/requirements.yaml", path),
	                                O_WRONLY | O_CREAT, 0600);
	assert_int_equal(fs_write(requirements, str_c(p->requirements), NULL), OK);
}

static void signed_by_helm(void **state)
{
	const struct packaged *p = *state;
	struct fixture *f = &(struct fixture){ .keyring = NULL };
	struct chart_scratch scratch = { .good_values = NULL };
	struct chart c;
	char command[PATH_BYTES], *helm = realpath(HELM, NULL);
	need_gpg();
	if (!helm) {
		print_message("# skipped: " HELM " is not there (make clients)\n");
		skip();
	}
	write_chart(p);
	(void)snprintf(command, sizeof command, "%s package --sign --key signer --keyring secret.gpg src"
	               " </dev/null >>log", helm);
	free(helm);
	/* helm refuses dependencies that are not there, so they are. */
	assert_int_equal(run_in_folder("mkdir -p src/charts/x src/charts/y\n"
	                               "printf 'apiVersion: v1\\nname: x\\nversion: 1.2.3\\n'"
	                               " >src/charts/x/Chart.yaml\n"
	                               "printf 'apiVersion: v1\\nname: y\\nversion: 1.2.3\\n'"
	                               " >src/charts/y/Chart.yaml"), 0);
	assert_int_equal(run_in_folder(command), 0);
	open_keyring(f, "key.gpg");
	struct str archive = signed_file(f, p->name);
	struct str prov = signed_file(f, arena_printf(&f->arena, "%s.prov", p->name));
	assert_ok(f, chart_read(&f->arena, &scratch, archive, &c, &f->e));
	assert_string_equal(verdict(f, prov, str_c(p->name), archive, &c), "good");
	assert_string_equal(verdict(f, prov, str_c(p->name), STR("x"), &c), "other_bytes");
	c.meta.description = STR("Another");
	assert_string_equal(verdict(f, prov, str_c(p->name), archive, &c), "other_metadata");
	chart_scratch_done(&scratch);
	openpgp_keyring_free(f->keyring);
	arena_done(&f->arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(t_up_06_signed_by_others) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	signed_begin(GPG "--quick-gen-key 'signer <signer@example.org>' rsa2048 sign never\n"
	             "gpg --export > key.gpg\n" GPG "--export-secret-keys > secret.gpg\n"
	             "printf 'x: y\\n' > plain && " GPG "--clearsign plain\n"
	             GPG "--quick-gen-key 'other <other@example.org>' ed25519 sign never\n"
	             "gpg --export other@example.org > other.gpg\n");
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("signed", t_up_06_signed, rows);
	failed += RUN_TABLE("signed long ago", signed_long_ago, old);
	failed += RUN_TABLE("helm signed", signed_by_helm, charts);
	signed_end();
	return failed;
}
