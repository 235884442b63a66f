/* ChartMuseum's flags: every one of them by each of its names, which source wins, and what becomes
 * of it.
 * Long because it has a row for each flag. */
#include "work_folder.h"

#include <limits.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/chartmuseum.h"

#define WORDS_MAX 6

struct reading { struct cm m; struct sbuf problems; struct errinfo e; enum err err; };

static void read_all(struct reading *r, const char *const *flags, const char *const *environment)
{
	char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t)"chartmuseum" }, *env[WORDS_MAX + 1] = { 0 };
	int argc = 1;
	for (size_t i = 0; i < WORDS_MAX && flags && flags[i]; i++)
		argv[argc++] = (char *)(uintptr_t)flags[i];
	for (size_t i = 0; i < WORDS_MAX && environment && environment[i]; i++)
		env[i] = (char *)(uintptr_t)environment[i];
	*r = (struct reading){ .problems = sbuf_make(64 * KIB) };
	r->err = cm_read(&r->m, argc, argv, env, &r->problems, &r->e);
	assert_int_equal(r->err, r->e.code);
}

static void done(struct reading *r)
{
	cm_done(&r->m);
	sbuf_done(&r->problems);
}

/* ---- every flag by each of its names ---- */

/* chartmuseum.md section 2, row by row. */
static const struct flag { const char *name, *variable, *key, *value; } flags[] = {
	{ "port", "PORT", "port", "7" },
	{ "listen-host", "LISTEN_HOST", "listen.host", "x1" },
	{ "read-timeout", "READ_TIMEOUT", "readtimeout", "7" },
	{ "write-timeout", "WRITE_TIMEOUT", "writetimeout", "7" },
	{ "context-path", "CONTEXT_PATH", "contextpath", "x1" },
	{ "max-upload-size", "MAX_UPLOAD_SIZE", "maxuploadsize", "7" },
	{ "cors-alloworigin", "CORS_ALLOW_ORIGIN", "cors.alloworigin", "x1" },
	{ "gen-index", "GEN_INDEX", "genindex", "true" },
	{ "web-template-path", "WEB_TEMPLATE_PATH", "web-template-path", "x1" },
	{ "artifact-hub-repo-id", "ARTIFACT_HUB_REPO_ID", "artifact-hub-repo-id", "org/repo=id" },
	{ "tls-cert", "TLS_CERT", "tls.cert", "x1" },
	{ "tls-key", "TLS_KEY", "tls.key", "x1" },
	{ "tls-ca-cert", "TLS_CA_CERT", "tls.cacert", "x1" },
	{ "disable-api", "DISABLE_API", "disableapi", "true" },
	{ "disable-delete", "DISABLE_DELETE", "disabledelete", "true" },
	{ "allow-overwrite", "ALLOW_OVERWRITE", "allowoverwrite", "true" },
	{ "disable-force-overwrite", "DISABLE_FORCE_OVERWRITE", "disableforceoverwrite", "true" },
	{ "chart-post-form-field-name", "CHART_POST_FORM_FIELD_NAME", "chartpostformfieldname", "x1" },
	{ "prov-post-form-field-name", "PROV_POST_FORM_FIELD_NAME", "provpostformfieldname", "x1" },
	{ "max-storage-objects", "MAX_STORAGE_OBJECTS", "maxstorageobjects", "7" },
	{ "per-chart-limit", "PER_CHART_LIMIT", "per-chart-limit", "7" },
	{ "enforce-semver2", "ENFORCE_SEMVER2", "enforce-semver2", "true" },
	{ "depth", "DEPTH", "depth", "7" },
	{ "depth-dynamic", "DEPTH_DYNAMIC", "depthdynamic", "true" },
	{ "chart-url", "CHART_URL", "charturl", "x1" },
	{ "disable-statefiles", "DISABLE_STATEFILES", "disablestatefiles", "true" },
	{ "cache-interval", "CACHE_INTERVAL", "cacheinterval", "5m" },
	{ "always-regenerate-chart-index", "ALWAYS_REGENERATE_CHART_INDEX", "always-regenerate-chart-index", "true" },
	{ "json-index", "JSON_INDEX", "json-index", "true" },
	{ "index-limit", "INDEX_LIMIT", "indexlimit", "7" },
	{ "storage-timestamp-tolerance", "STORAGE_TIMESTAMP_TOLERANCE", "storage.timestamptolerance", "5m" },
	{ "cache", "CACHE", "cache.store", "x1" },
	{ "cache-redis-addr", "CACHE_REDIS_ADDR", "cache.redis.addr", "x1" },
	{ "cache-redis-password", "CACHE_REDIS_PASSWORD", "cache.redis.password", "x1" },
	{ "cache-redis-db", "CACHE_REDIS_DB", "cache.redis.db", "7" },
	{ "basic-auth-user", "BASIC_AUTH_USER", "basicauth.user", "x1" },
	{ "basic-auth-pass", "BASIC_AUTH_PASS", "basicauth.pass", "x1" },
	{ "auth-anonymous-get", "AUTH_ANONYMOUS_GET", "authanonymousget", "true" },
	{ "bearer-auth", "BEARER_AUTH", "bearerauth", "true" },
	{ "auth-realm", "AUTH_REALM", "authrealm", "x1" },
	{ "auth-service", "AUTH_SERVICE", "authservice", "x1" },
	{ "auth-cert-path", "AUTH_CERT_PATH", "authcertpath", "x1" },
	{ "auth-actions-search-path", "AUTH_ACTIONS_SEARCH_PATH", "authactionssearchpath", "x1" },
	{ "debug", "DEBUG", "debug", "true" },
	{ "log-json", "LOG_JSON", "logjson", "true" },
	{ "log-health", "LOG_HEALTH", "loghealth", "true" },
	{ "log-latency-integer", "LOG_LATENCY_INTEGER", "loglatencyinteger", "true" },
	{ "enable-metrics", "ENABLE_METRICS", "enablemetrics", "true" },
	{ "disable-metrics", "DISABLE_METRICS", "disablemetrics", "true" },
	{ "storage", "STORAGE", "storage.backend", "x1" },
	{ "storage-local-rootdir", "STORAGE_LOCAL_ROOTDIR", "storage.local.rootdir", "x1" },
	{ "storage-amazon-bucket", "STORAGE_AMAZON_BUCKET", "storage.amazon.bucket", "x1" },
	{ "storage-amazon-prefix", "STORAGE_AMAZON_PREFIX", "storage.amazon.prefix", "x1" },
	{ "storage-amazon-region", "STORAGE_AMAZON_REGION", "storage.amazon.region", "x1" },
	{ "storage-amazon-endpoint", "STORAGE_AMAZON_ENDPOINT", "storage.amazon.endpoint", "x1" },
	{ "storage-amazon-sse", "STORAGE_AMAZON_SSE", "storage.amazon.sse", "x1" },
	{ "storage-amazon-force-path-style", "STORAGE_AMAZON_FORCE_PATH_STYLE", "storage.amazon.forcepathstyle", "true" },
	{ "storage-google-bucket", "STORAGE_GOOGLE_BUCKET", "storage.google.bucket", "x1" },
	{ "storage-google-prefix", "STORAGE_GOOGLE_PREFIX", "storage.google.prefix", "x1" },
	{ "storage-oracle-bucket", "STORAGE_ORACLE_BUCKET", "storage.oracle.bucket", "x1" },
	{ "storage-oracle-prefix", "STORAGE_ORACLE_PREFIX", "storage.oracle.prefix", "x1" },
	{ "storage-oracle-region", "STORAGE_ORACLE_REGION", "storage.oracle.region", "x1" },
	{ "storage-oracle-compartmentid", "STORAGE_ORACLE_COMPARTMENTID", "storage.oracle.compartmentid", "x1" },
	{ "storage-microsoft-container", "STORAGE_MICROSOFT_CONTAINER", "storage.microsoft.container", "x1" },
	{ "storage-microsoft-prefix", "STORAGE_MICROSOFT_PREFIX", "storage.microsoft.prefix", "x1" },
	{ "storage-alibaba-bucket", "STORAGE_ALIBABA_BUCKET", "storage.alibaba.bucket", "x1" },
	{ "storage-alibaba-prefix", "STORAGE_ALIBABA_PREFIX", "storage.alibaba.prefix", "x1" },
	{ "storage-alibaba-endpoint", "STORAGE_ALIBABA_ENDPOINT", "storage.alibaba.endpoint", "x1" },
	{ "storage-alibaba-sse", "STORAGE_ALIBABA_SSE", "storage.alibaba.sse", "x1" },
	{ "storage-openstack-container", "STORAGE_OPENSTACK_CONTAINER", "storage.openstack.container", "x1" },
	{ "storage-openstack-prefix", "STORAGE_OPENSTACK_PREFIX", "storage.openstack.prefix", "x1" },
	{ "storage-openstack-region", "STORAGE_OPENSTACK_REGION", "storage.openstack.region", "x1" },
	{ "storage-openstack-cacert", "STORAGE_OPENSTACK_CACERT", "storage.openstack.cacert", "x1" },
	{ "storage-openstack-auth", "STORAGE_OPENSTACK_AUTH", "storage.openstack.auth", "x1" },
	{ "storage-baidu-prefix", "STORAGE_BAIDU_PREFIX", "storage.baidu.prefix", "x1" },
	{ "storage-baidu-bucket", "STORAGE_BAIDU_BUCKET", "storage.baidu.bucket", "x1" },
	{ "storage-baidu-endpoint", "STORAGE_BAIDU_ENDPOINT", "storage.baidu.endpoint", "x1" },
	{ "storage-etcd-endpoint", "STORAGE_ETCD_ENDPOINT", "storage.etcd.endpoint", "x1" },
	{ "storage-etcd-cafile", "STORAGE_ETCD_CAFILE", "storage.etcd.cafile", "x1" },
	{ "storage-etcd-certfile", "STORAGE_ETCD_CERTFILE", "storage.etcd.certfile", "x1" },
	{ "storage-etcd-keyfile", "STORAGE_ETCD_KEYFILE", "storage.etcd.keyfile", "x1" },
	{ "storage-etcd-prefix", "STORAGE_ETCD_PREFIX", "storage.etcd.prefix", "x1" },
	{ "storage-tencent-bucket", "STORAGE_TENCENT_BUCKET", "storage.tencent.bucket", "x1" },
	{ "storage-tencent-prefix", "STORAGE_TENCENT_PREFIX", "storage.tencent.prefix", "x1" },
	{ "storage-tencent-endpoint", "STORAGE_TENCENT_ENDPOINT", "storage.tencent.endpoint", "x1" },
};

static enum cm_id id_of(const char *name)
{
	for (int i = 0; i < CM_COUNT; i++)
		if (!strcmp(cm_row((enum cm_id)i)->flag, name))
			return (enum cm_id)i;
	fail_msg("there is no flag --%s", name);
	return CM_COUNT;
}

static void has_value(const struct flag *f, const char *const *words,
                         const char *const *environment, const char *place)
{
	struct reading r;
	read_all(&r, words, environment);
	if (r.err)
		print_error("%s%.*s\n", r.e.detail, STR_ARG(sbuf_str(&r.problems)));
	assert_int_equal(r.err, OK);
	const struct cm_value *v = &r.m.value[id_of(f->name)];
	assert_true(str_eq_c(v->text, f->value));
	assert_string_equal(v->place, place);
	done(&r);
}

static void by_flag(const struct flag *f)
{
	char equals[200], dash[200], bare[100], place[100];
	(void)snprintf(place, sizeof place, "--%s", f->name);
	(void)snprintf(equals, sizeof equals, "--%s=%s", f->name, f->value);
	(void)snprintf(dash, sizeof dash, "-%s=%s", f->name, f->value);
	(void)snprintf(bare, sizeof bare, "--%s", f->name);
	bool is_bool = cm_row(id_of(f->name))->kind == CM_BOOL;
	has_value(f, (const char *[]){ equals, NULL }, NULL, place);
	has_value(f, (const char *[]){ dash, NULL }, NULL, place);
	has_value(f, (const char *[]){ bare, is_bool ? NULL : f->value, NULL }, NULL, place);
}

/* "storage.local.rootdir: x", and the same nested. */
static void by_file(const struct flag *f)
{
	char text[400], place[20] = "c.yaml:1";
	const char *const config[] = { "--config", "c.yaml", NULL };
	(void)snprintf(text, sizeof text, "%s: %s\n", f->key, f->value);
	put("c.yaml", text, 0644);
	has_value(f, config, NULL, place);
	struct str rest = str_c(f->key);
	size_t n = 0;
	unsigned depth = 0;
	while (rest.n) {
		struct str word = str_cut(&rest, '.', NULL);
		n += (size_t)snprintf(text + n, sizeof text - n, "%*s%.*s:%s", (int)depth, "",
		                      STR_ARG(word), rest.n ? "\n" : " ");
		depth++;
	}
	(void)snprintf(text + n, sizeof text - n, "%s\n", f->value);
	(void)snprintf(place, sizeof place, "c.yaml:%u", depth);
	put("c.yaml", text, 0644);
	has_value(f, config, NULL, place);
}

static void flag_by_each_name(void **state)
{
	const struct flag *f = *state;
	char variable[200];
	assert_string_equal(cm_row(id_of(f->name))->variable, f->variable);
	assert_string_equal(cm_row(id_of(f->name))->key, f->key);
	by_flag(f);
	(void)snprintf(variable, sizeof variable, "%s=%s", f->variable, f->value);
	has_value(f, NULL, (const char *[]){ variable, NULL }, f->variable);
	by_file(f);
}

static void no_flag_is_missing(void **state)
{
	(void)state;
	assert_int_equal(ROWS(flags), (size_t)CM_COUNT);
}

/* ---- which source wins, and what is no value ---- */

static const struct source {
	const char *name, *file, *environment[WORDS_MAX], *flags[WORDS_MAX];
	enum cm_id id;
	const char *value;               /* "": not given */
} sources[] = {
	{ "file", "port: 1\n", { NULL }, { NULL }, CM_ID_PORT, "1" },
	{ "environment over file", "port: 1\n", { "PORT=2" }, { NULL }, CM_ID_PORT, "2" },
	{ "flag over both", "port: 1\n", { "PORT=2" }, { "--port=3" }, CM_ID_PORT, "3" },
	{ "the last flag", NULL, { NULL }, { "--port=3", "--port", "4" }, CM_ID_PORT, "4" },
	{ "an empty variable", "port: 1\n", { "PORT=" }, { NULL }, CM_ID_PORT, "1" },
	{ "an empty value in the file", "port:\n", { NULL }, { NULL }, CM_ID_PORT, "" },
	{ "keys in any case", "StorAge:\n  Local: {RootDir: d}\n", { NULL }, { NULL },
	  CM_ID_STORAGE_LOCAL_ROOTDIR, "d" },
	{ "yes in YAML", "debug: yes\n", { NULL }, { NULL }, CM_ID_DEBUG, "true" },
	{ "a map where several may be", "artifact-hub-repo-id: {a/b: c}\n", { NULL }, { NULL },
	  CM_ID_ARTIFACT_HUB_REPO_ID, "a/b=c" },
	{ "a map of several", "artifact-hub-repo-id:\n  a/b: c\n  d: e\n", { NULL }, { NULL },
	  CM_ID_ARTIFACT_HUB_REPO_ID, "a/b=c\nd=e" },
	{ "a flag again where several may be", "artifact-hub-repo-id: {x: y}\n", { NULL },
	  { "--artifact-hub-repo-id=a/b=c", "--artifact-hub-repo-id", "d" }, CM_ID_ARTIFACT_HUB_REPO_ID, "a/b=c\nd" },
	{ "T is true", NULL, { "DEBUG=T" }, { NULL }, CM_ID_DEBUG, "T" },
	{ "a boolean takes no next argument", NULL, { NULL }, { "--debug", "--port", "1" }, CM_ID_PORT,
	  "1" },
	{ "two dashes end the flags", NULL, { NULL }, { "--debug", "--" }, CM_ID_DEBUG, "true" },
	{ "a value with =", NULL, { NULL }, { "--artifact-hub-repo-id=a=b" }, CM_ID_ARTIFACT_HUB_REPO_ID,
	  "a=b" },
	{ "the exception of the names", NULL, { "CORS_ALLOW_ORIGIN=*" }, { NULL },
	  CM_ID_CORS_ALLOW_ORIGIN, "*" },
};

static void source_wins(void **state)
{
	const struct source *s = *state;
	const char *environment[WORDS_MAX + 1] = { 0 };
	size_t n = 0;
	for (; n < WORDS_MAX - 1 && s->environment[n]; n++)
		environment[n] = s->environment[n];
	if (s->file) {
		put("c.yaml", s->file, 0644);
		environment[n] = "CONFIG=c.yaml";
	}
	struct reading r;
	read_all(&r, s->flags, environment);
	assert_int_equal(r.err, OK);
	assert_true(str_eq_c(r.m.value[s->id].text, s->value));
	done(&r);
}

static const struct wrong {
	const char *name, *file, *environment[WORDS_MAX], *flags[WORDS_MAX], *says;
} wrongs[] = {
	{ "unknown flag", NULL, { NULL }, { "--sorage=local" }, "no flag --sorage; did you mean --storage?" },
	{ "no flag at all", NULL, { NULL }, { "x" }, "unexpected argument \"x\"" },
	{ "no value", NULL, { NULL }, { "--port" }, "--port: a value is expected" },
	{ "no number", NULL, { NULL }, { "--port=a" }, "--port: \"a\" is no number" },
	{ "no number in the environment", NULL, { "DEPTH=-1" }, { NULL }, "DEPTH: \"-1\" is no number" },
	{ "not true, not false", NULL, { NULL }, { "--debug=maybe" }, "is neither true nor false" },
	{ "--link is true or false", NULL, { NULL }, { "--link=x" }, "--link: \"x\" is neither" },
	{ "no such file", NULL, { NULL }, { "--config=none.yaml" }, "config file not found: none.yaml" },
	{ "another kind of file", "port: 1\n", { NULL }, { "--config", "c.toml" },
	  "config file must have .yaml/.yml extension (or no extension)" },
	{ "unknown key", "prt: 1\n", { "CONFIG=c.yaml" }, { NULL }, "c.yaml:1: ChartMuseum has no setting \"prt\"" },
	{ "a map for a value", "port: {a: 1}\n", { "CONFIG=c.yaml" }, { NULL }, "c.yaml:1: port: one value" },
	{ "a list where several may be", "artifact-hub-repo-id: [a=b]\n", { "CONFIG=c.yaml" }, { NULL },
	  "c.yaml:1: artifact-hub-repo-id: one value" },
	{ "a map in a map", "artifact-hub-repo-id: {a: {b: c}}\n", { "CONFIG=c.yaml" }, { NULL },
	  "c.yaml:1: a: one value" },
	{ "a list for a file", "- 1\n", { "CONFIG=c.yaml" }, { NULL }, "c.yaml:1: settings are expected" },
	{ "no YAML", "a: [\n", { "CONFIG=c.yaml" }, { NULL }, "c.yaml:" },
};

static void wrong_is_told(void **state)
{
	const struct wrong *w = *state;
	struct reading r;
	if (w->file)
		put("c.yaml", w->file, 0644);
	read_all(&r, w->flags, w->environment);
	sbuf_puts(&r.problems, r.e.detail);
	assert_int_equal(r.err, ERR_CONFIG);
	if (!strstr(r.problems.p, w->says))
		fail_msg("%s does not say: %s", r.problems.p, w->says);
	done(&r);
}

/* ---- what becomes of them ---- */

#define LOCAL "--storage=local", "--storage-local-rootdir=/d"
#define UUID "0a1b2c3d-0000-4000-8000-00000000000"

static const struct outcome {
	const char *name, *flags[WORDS_MAX], *setting, *value;
	const char *note;                /* told; NULL: nothing is */
	const char *refused;             /* what the refusal says; NULL: it starts */
} outcomes[] = {
	{ "nothing but the storage", { LOCAL }, "listen", "0.0.0.0:8080", NULL, NULL },
	{ "the data directory", { LOCAL }, "data", "/d/.chartlocker", NULL, NULL },
	{ "a slash behind it", { LOCAL "/" }, "data", "/d/.chartlocker", NULL, NULL },
	{ "the mode", { LOCAL }, "chartmuseum", "true", NULL, NULL },
	{ "?force works", { LOCAL }, "overwrite", "true", NULL, NULL },
	{ "but only ?force", { LOCAL }, "overwrite_always", "false", NULL, NULL },
	{ "--storage in capitals", { "--storage=LOCAL", "--storage-local-rootdir=/d" }, "chartmuseum", "true",
	  NULL, NULL },
	{ "--port", { LOCAL, "--port=1" }, "listen", "0.0.0.0:1", NULL, NULL },
	{ "--listen-host", { LOCAL, "--listen-host=localhost" }, "listen", "127.0.0.1:8080", NULL, NULL },
	{ "--listen-host of IPv6", { LOCAL, "--listen-host=::1" }, "listen", "[::1]:8080", NULL, NULL },
	{ "--max-upload-size", { LOCAL, "--max-upload-size=5000" }, "upload.max_bytes", "5000", NULL, NULL },
	{ "--max-upload-size too large", { LOCAL, "--max-upload-size=999999999" }, "upload.max_bytes",
	  "104857600", "--max-upload-size is lowered to 104857600 bytes", NULL },
	{ "--disable-api", { LOCAL, "--disable-api" }, "api.enabled", "false", NULL, NULL },
	{ "--disable-api=false", { LOCAL, "--disable-api=false" }, "api.enabled", "true", NULL, NULL },
	{ "--disable-delete", { LOCAL, "--disable-delete" }, "api.deletes", "false", NULL, NULL },
	{ "--disable-force-overwrite", { LOCAL, "--disable-force-overwrite" }, "overwrite", "false", NULL, NULL },
	{ "--allow-overwrite", { LOCAL, "--allow-overwrite" }, "overwrite_always", "true", NULL, NULL },
	{ "--allow-overwrite wins", { LOCAL, "--disable-force-overwrite", "--allow-overwrite" }, "overwrite",
	  "true", NULL, NULL },
	{ "--chart-post-form-field-name", { LOCAL, "--chart-post-form-field-name=c" }, "upload.chart_field", "c",
	  NULL, NULL },
	{ "--prov-post-form-field-name", { LOCAL, "--prov-post-form-field-name=p" }, "upload.prov_field", "p",
	  NULL, NULL },
	{ "--json-index", { LOCAL, "--json-index" }, "index_format", "json", NULL, NULL },
	{ "--debug", { LOCAL, "--debug" }, "log.level", "debug", NULL, NULL },
	{ "--log-json", { LOCAL, "--log-json" }, "log.format", "json", NULL, NULL },
	{ "--enable-metrics", { LOCAL, "--enable-metrics" }, "api.metrics", "true", NULL, NULL },
	{ "--disable-metrics", { LOCAL, "--disable-metrics" }, "api.metrics", "false", NULL, NULL },
	{ "implied", { LOCAL, "--cache-interval=5m" }, NULL, NULL, "--cache-interval is not needed: ", NULL },
	{ "no effect", { LOCAL, "--cache=redis" }, NULL, NULL, "--cache has no effect: no Redis", NULL },
	{ "0 asks for nothing", { LOCAL, "--per-chart-limit=0" }, NULL, NULL, NULL, NULL },
	{ "false asks for nothing", { LOCAL, "--bearer-auth=false" }, NULL, NULL, NULL, NULL },
	{ "--depth=2", { LOCAL, "--depth=2" }, NULL, NULL, NULL, NULL },
	{ "--depth=3", { LOCAL, "--depth=3" }, NULL, NULL, NULL, "--depth: the name of a repository has one or two" },
	{ "--gen-index of tenants", { LOCAL, "--gen-index", "--depth=1" }, NULL, NULL, NULL, "depth 0 only" },
	{ "no storage", { "--port=1" }, NULL, NULL, NULL, "Missing required flags(s): --storage;" },
	{ "no directory", { "--storage=local" }, NULL, NULL, NULL,
	  "Missing required flags(s): --storage-local-rootdir" },
	{ "another storage", { "--storage=amazon" }, NULL, NULL, NULL, "use --storage=local" },
	{ "another storage's flag", { LOCAL, "--storage-google-bucket=b" }, NULL, NULL, NULL,
	  "--storage-google-bucket has no equivalent; charts are stored in a directory" },
	{ "another storage's boolean", { LOCAL, "--storage-amazon-force-path-style" }, NULL, NULL, NULL,
	  "--storage-amazon-force-path-style has no equivalent" },
	{ "--bearer-auth", { LOCAL, "--bearer-auth" }, NULL, NULL, NULL, "use chartlocker token create" },
	{ "--auth-realm", { LOCAL, "--auth-realm=r" }, NULL, NULL, NULL, "use chartlocker token create" },
	{ "a user without a password", { LOCAL, "--basic-auth-user=u" }, NULL, NULL, NULL,
	  "--basic-auth-user without --basic-auth-pass" },
	{ "a password without a user", { LOCAL, "--basic-auth-pass=p" }, NULL, NULL, NULL,
	  "--basic-auth-pass without --basic-auth-user" },
	{ "an ID that is none", { LOCAL, "--artifact-hub-repo-id=foo" }, NULL, NULL, NULL,
	  "--artifact-hub-repo-id: \"foo\" is no UUID" },
	{ "a tenant without an ID", { LOCAL, "--artifact-hub-repo-id=a/b=" }, NULL, NULL, NULL, "\"\" is no UUID" },
	{ "the ID of a tenant that cannot be", { LOCAL, "--artifact-hub-repo-id=A=" UUID "1" }, NULL, NULL, NULL,
	  "--artifact-hub-repo-id: repository \"A\"" },
	{ "a certificate without a key", { LOCAL, "--tls-cert=c" }, NULL, NULL, NULL, "--tls-cert without --tls-key" },
};

struct applied { struct config c; struct cm_plan plan; struct sbuf notes; struct errinfo e; };

static enum err apply(struct reading *r, struct applied *a)
{
	*a = (struct applied){ .notes = sbuf_make(64 * KIB) };
	assert_int_equal(config_defaults(&a->c, &a->e), OK);
	return cm_apply(&r->m, &a->c, &a->plan, &a->notes, &a->e);
}

static void applied_done(struct applied *a)
{
	config_done(&a->c);
	sbuf_done(&a->notes);
}

static void expect_setting(const struct config *c, const char *name, const char *value)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	enum config_id id = CONFIG_COUNT;
	assert_true(config_find(str_c(name), &id));
	config_value(c, id, &b);
	assert_string_equal(b.p, value);
}

static void becomes(void **state)
{
	const struct outcome *o = *state;
	struct reading r;
	struct applied a;
	read_all(&r, o->flags, NULL);
	assert_int_equal(r.err, OK);
	assert_int_equal(apply(&r, &a), o->refused ? ERR_CONFIG : OK);
	if (o->refused && !strstr(a.e.detail, o->refused))
		fail_msg("%s does not say: %s", a.e.detail, o->refused);
	if (o->setting)
		expect_setting(&a.c, o->setting, o->value);
	if (o->note && (!a.notes.n || !strstr(a.notes.p, o->note)))
		fail_msg("%s does not say: %s", a.notes.p, o->note);
	if (!o->note)
		assert_int_equal(a.notes.n, 0);
	applied_done(&a);
	done(&r);
}

/* Whoever has no equivalent says what to do instead, and whoever has one names settings. */
static void rows_are_whole(void **state)
{
	(void)state;
	for (int i = 0; i < CM_COUNT; i++) {
		const struct cm_row *row = cm_row((enum cm_id)i);
		struct str words = str_c(row->to);
		assert_true(row->fate == CM_NATIVE ? words.n > 0 : strlen(row->text) > 0);
		while (words.n) {
			enum config_id id;
			struct str value = str_cut(&words, ' ', NULL), name = str_cut(&value, '=', NULL);
			if (!config_find(name, &id))
				fail_msg("--%s: there is no setting %.*s", row->flag, STR_ARG(name));
		}
	}
}

static void what_is_no_setting(void **state)
{
	(void)state;
	struct reading r;
	struct applied a;
	read_all(&r, (const char *[]){ "--depth=2", "--auth-anonymous-get", LOCAL, NULL },
	         (const char *[]){ "BASIC_AUTH_USER=u", "BASIC_AUTH_PASS=p", "DEPTH_DYNAMIC=1",
	                           "DISABLE_STATEFILES=true", NULL });
	assert_int_equal(r.err, OK);
	assert_int_equal(apply(&r, &a), OK);
	assert_string_equal(a.plan.directory, "/d");
	assert_int_equal(a.plan.depth, 2);
	assert_true(a.plan.depth_dynamic);
	assert_false(a.plan.statefiles);
	assert_false(a.plan.gen_index);
	assert_string_equal(a.plan.credentials.user, "u");
	assert_string_equal(a.plan.credentials.password, "p");
	assert_true(a.c.auth_anonymous_read);
	applied_done(&a);
	done(&r);
}

static void credentials_close_it(void **state)
{
	(void)state;
	struct reading r;
	struct applied a;
	read_all(&r, (const char *[]){ LOCAL, NULL },
	         (const char *[]){ "BASIC_AUTH_USER=u", "BASIC_AUTH_PASS=p", NULL });
	assert_int_equal(apply(&r, &a), OK);
	assert_false(a.c.auth_anonymous_read);
	applied_done(&a);
	done(&r);
}

static void ids_of_artifact_hub(void **state)
{
	(void)state;
	static const struct { const char *name, *settings; } wanted[] = {
		{ "main", "{\"publisher_id\":\"" UUID "3\"}" }, { "org/team", "{\"publisher_id\":\"" UUID "2\"}" },
	};
	struct reading r;
	struct applied a;
	read_all(&r, (const char *[]){ LOCAL, "--artifact-hub-repo-id=" UUID "1", "--artifact-hub-repo-id=org/team=" UUID "2",
	                               "--artifact-hub-repo-id=" UUID "3", NULL }, NULL);
	assert_int_equal(apply(&r, &a), OK);
	assert_int_equal(a.plan.repos.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(str_eq_c(a.plan.repos.list[i].name, wanted[i].name));
		assert_true(str_eq_c(a.plan.repos.list[i].settings, wanted[i].settings));
	}
	applied_done(&a);
	done(&r);
}

static void relative_paths(void **state)
{
	(void)state;
	static const struct { const char *setting, *below; } paths[] = {
		{ "data", "s/.chartlocker" }, { "tls.cert", "c.pem" }, { "tls.key", "../k.pem" }, { "tls.client_ca", "a/ca.pem" },
	};
	char here[PATH_MAX], wanted[PATH_MAX + 32];
	struct reading r;
	struct applied a;
	read_all(&r, (const char *[]){ "--storage", "local", "--storage-local-rootdir", "s/", "--tls-ca-cert=a/ca.pem", NULL },
	         (const char *[]){ "TLS_CERT=c.pem", "TLS_KEY=../k.pem", NULL });
	assert_int_equal(apply(&r, &a), OK);
	assert_non_null(getcwd(here, sizeof here));
	for (size_t i = 0; i < ROWS(paths); i++) {
		(void)snprintf(wanted, sizeof wanted, "%s/%s", here, paths[i].below);
		expect_setting(&a.c, paths[i].setting, wanted);
	}
	applied_done(&a);
	done(&r);
}

static void own_flags(void **state)
{
	(void)state;
	struct reading r;
	read_all(&r, (const char *[]){ "--link", "--print-config", "-v", NULL }, NULL);
	assert_int_equal(r.err, OK);
	assert_true(r.m.link && r.m.print_config && r.m.version && !r.m.help);
	done(&r);
	read_all(&r, (const char *[]){ "-h", NULL }, NULL);
	assert_true(r.m.help);
	done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flag_is_missing), cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(what_is_no_setting), cmocka_unit_test(credentials_close_it), cmocka_unit_test(relative_paths),
		cmocka_unit_test(ids_of_artifact_hub),
		cmocka_unit_test(own_flags),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (enter(NULL))
		return 1;
	int failed = RUN_TABLE("flag", flag_by_each_name, flags);
	failed += RUN_TABLE("source", source_wins, sources);
	failed += RUN_TABLE("wrong", wrong_is_told, wrongs);
	failed += RUN_TABLE("outcome", becomes, outcomes);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	return leave(NULL) || failed;
}
