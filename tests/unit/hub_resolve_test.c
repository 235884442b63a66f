/* What the repository of a dependency means here, by the names of this server and by known_as. */
#include "indexer/hub/resolve.h"

#include "ingest_fixture.h"

#define TOLD_BYTES 200

static const char *const addresses[] = {
	"https://charts.example.org/base", "127.0.0.1:8879", "[::]:8080",
};

static void rename_repo(struct fixture *f, const char *name, const char *to)
{
	struct change c;
	change_init(&c, CHANGE_REPO_RENAME);
	c.repo = str_c(name);
	c.to = str_c(to);
	assert_ok(f, apply_change(f, &c));
}

static void make_repos(struct fixture *f)
{
	open_ingest(f);
	set_repo(f, "stable", "{\"known_as\":\"https://kubernetes-charts.storage.googleapis.com/ "
	          "https://charts.helm.sh/stable\"}");
	set_repo(f, "team-a/stable", "{}");
	set_repo(f, "bitnami", "{\"known_as\":\"https://charts.bitnami.com/bitnami\\n"
	          "oci://registry-1.docker.io/bitnamicharts\"}");
	set_repo(f, "copy", "{\"known_as\":\"http://charts.helm.sh:80/stable/index.yaml\"}");
	set_repo(f, "one", "{\"known_as\":\"oci://ghcr.io/somebody/redis\"}");
	set_repo(f, "old", "{}");
	rename_repo(f, "old", "new");
	set_repo(f, "prometheus", "{\"upstream\":\"https://Prometheus-Community.github.io:443/helm-charts/\"}");
	set_repo(f, "incubator", "{\"upstream\":\"https://charts.helm.sh/incubator\"}");
	set_repo(f, "all", "{\"members\":\"new prometheus stable\"}");
	set_repo(f, "everything", "{\"members\":\"incubator all\"}");
}

/* "beside stable", "address bitnami", "address ours x/y". */
static void tell(const struct resolution *x, char ret[TOLD_BYTES])
{
	static const char *const words[] = {
		[WRITTEN_NOTHING] = "nothing", [WRITTEN_INSIDE] = "inside", [WRITTEN_BESIDE] = "beside",
		[WRITTEN_NAME] = "name", [WRITTEN_ADDRESS] = "address",
	};
	int n = snprintf(ret, TOLD_BYTES, "%s", words[x->written]);
	for (size_t i = 0; i < x->count; i++)
		n += snprintf(ret + n, TOLD_BYTES - (size_t)n, " %.*s", STR_ARG(x->repos[i]));
	if (x->ours && !x->count)
		(void)snprintf(ret + n, TOLD_BYTES - (size_t)n, " no %.*s", STR_ARG(x->path));
}

static const struct row { const char *repository, *told; } rows[] = {
	{ "", "nothing" },
	{ "  ", "nothing" },
	/* files */
	{ "file://../redis", "beside team-a/stable" },
	{ "file://../../redis/charts", "beside team-a/stable" },
	{ "file:///srv/redis", "beside team-a/stable" },
	{ "file://./../redis", "beside team-a/stable" },
	{ "file://./charts/redis", "inside" },
	{ "file://charts/redis", "inside" },
	{ "file://", "inside" },
	/* names of repositories */
	{ "@stable", "name stable" },
	{ "alias:stable", "name stable" },
	{ "@team-a/stable", "name team-a/stable" },
	{ "@old", "name new" },
	{ "@nowhere", "name" },
	{ "@", "name" },
	/* this server */
	{ "https://charts.example.org/base/stable", "address stable" },
	{ "http://charts.example.org/base/stable/", "address stable" },
	{ "HTTPS://Charts.Example.ORG:443/base//stable/index.yaml", "address stable" },
	{ "https://user:secret@charts.example.org./base/stable?x=y#z", "address stable" },
	{ "https://charts.example.org/base", "address main" },
	{ "https://charts.example.org/base/", "address main" },
	{ "https://charts.example.org/base/index.yaml", "address main" },
	{ "https://charts.example.org/base/team-a/stable", "address team-a/stable" },
	{ "https://charts.example.org/base/old", "address new" },
	{ "https://charts.example.org/base/x/y", "address no x/y" },
	{ "https://charts.example.org/baseless", "address" },
	{ "https://charts.example.org/", "address" },
	{ "https://charts.example.org:8443/base", "address" },
	{ "https://charts.example.org:80/base", "address" },
	{ "oci://charts.example.org/base/stable", "address stable" },
	{ "http://127.0.0.1:8879", "address main" },
	{ "http://localhost:8879/stable", "address stable" },
	{ "http://[::1]:8879/stable", "address stable" },
	{ "http://127.0.0.1:8879/repository/stable/", "address stable" },
	{ "http://127.0.0.1:8879/artifactory/api/helm/stable", "address stable" },
	{ "http://127.0.0.1:8879/artifactory/team-a/stable", "address team-a/stable" },
	{ "http://127.0.0.1:8879/api/packages/stable/helm", "address stable" },
	{ "http://127.0.0.1:8879/api/packages/helm", "address no api/packages/helm" },
	{ "http://127.0.0.1:8879/api/v4/projects/7/packages/helm/stable", "address stable" },
	{ "http://127.0.0.1/stable", "address" },
	{ "http://charts.internal/stable", "address" },
	/* known elsewhere */
	{ "https://charts.bitnami.com/bitnami", "address bitnami" },
	{ "http://charts.bitnami.com/bitnami/", "address bitnami" },
	{ "https://charts.bitnami.com/", "address" },
	{ "https://charts.bitnami.com/bitnami/full", "address" },
	{ "https://kubernetes-charts.storage.googleapis.com", "address stable copy" },
	{ "https://storage.googleapis.com/kubernetes-charts/", "address copy stable" },
	{ "oci://docker.io/bitnamicharts", "address bitnami" },
	/* where upstreams are, and were */
	{ "http://prometheus-community.github.io/helm-charts/index.yaml", "address prometheus" },
	{ "oci://ghcr.io/prometheus-community/charts", "address prometheus" },
	{ "https://kubernetes-charts-incubator.storage.googleapis.com/", "address incubator" },
	{ "http://storage.googleapis.com/kubernetes-charts-incubator", "address incubator" },
	/* virtual repositories are their members */
	{ "@all", "name new prometheus stable" },
	{ "https://charts.example.org/base/everything", "address incubator new prometheus stable" },
	{ "https://charts.helm.sh/stable", "address copy stable" },
	{ "oci://registry-1.docker.io/bitnamicharts", "address bitnami" },
	{ "https://registry-1.docker.io/bitnamicharts", "address" },
	{ "oci://ghcr.io/somebody", "address one" },
	{ "oci://ghcr.io/else", "address" },
	/* what is no address */
	{ "s3://bucket/charts", "address" },
	{ "https://", "address" },
	{ "https:///x", "address" },
	{ "https://../x", "address" },
	{ "https://charts.example .org/base", "address" },
	{ "stable", "address" },
	{ "127.0.0.1:8879", "address" },
	{ "http://[::1/stable", "address" },
};

static const struct { const char *repository, *locked, *own, *told; } more[] = {
	{ "@stable", "https://charts.bitnami.com/bitnami", "", "address bitnami" },
	{ "@stable", "https://elsewhere.example/", "", "address" },
	{ "@stable", "@stable", "", "name stable" },
	{ "http://charts.internal/stable", "", "http://charts.internal", "address stable" },
	{ "https://charts.internal/x/stable", "", "http://charts.internal/x", "address stable" },
};

static void expect(struct fixture *f, const struct resolver *r, const char *repository,
                   const char *locked, const char *own, const char *wanted)
{
	AUTO_ARENA struct arena a = { 0 };
	struct address address;
	struct resolution found;
	char told[TOLD_BYTES];
	struct resolve_from from = { .repo = STR("team-a/stable"), .name = STR("redis"),
	                             .repository = str_c(repository), .locked_repository = str_c(locked) };
	if (*own) {
		assert_ok(f, address_read(&a, str_c(own), &address, &f->e));
		from.own = &address;
	}
	assert_ok(f, resolve(r, &a, &from, &found, &f->e));
	tell(&found, told);
	if (strcmp(told, wanted) != 0)
		fail_msg("%s: %s, not %s", repository, told, wanted);
}

static void t_resolve(void **state)
{
	struct fixture *f = *state;
	struct resolver *r;
	make_repos(f);
	const struct hub_options o = { .ingest = f->g, .addresses = addresses,
	                               .address_count = ROWS(addresses) };
	assert_ok(f, resolver_new(&o, &r, &f->e));
	for (size_t i = 0; i < ROWS(rows); i++)
		expect(f, r, rows[i].repository, "", "", rows[i].told);
	for (size_t i = 0; i < ROWS(more); i++)
		expect(f, r, more[i].repository, more[i].locked, more[i].own, more[i].told);
	resolver_unref(r);
}

/* What is known changes with the settings: an older resolver stays what it was. */
static void t_settings_of_a_moment(void **state)
{
	struct fixture *f = *state;
	struct resolver *before, *after;
	struct resolution found;
	AUTO_ARENA struct arena a = { 0 };
	const struct resolve_from from = { .repo = STR("main"), .name = STR("x"),
	                                   .repository = STR("https://a.example") };
	open_ingest(f);
	const struct hub_options o = { .ingest = f->g };
	assert_ok(f, resolver_new(&o, &before, &f->e));
	set_repo(f, "a", "{\"known_as\":\"https://a.example\"}");
	assert_ok(f, resolver_new(&o, &after, &f->e));
	assert_ok(f, resolve(before, &a, &from, &found, &f->e));
	assert_int_equal(found.count, 0);
	assert_ok(f, resolve(after, &a, &from, &found, &f->e));
	assert_int_equal(found.count, 1);
	resolver_unref(before);
	resolver_unref(after);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { TEST(t_resolve), TEST(t_settings_of_a_moment) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("resolving dependencies", tests, NULL, NULL);
}
