/* Settings: what wins, what is refused in which words, what a reload takes over. */
#include "buffer.h"
#include "work_folder.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/config.h"

#define ENVIRONMENT_MAX 4

static enum config_id id_of(const char *name)
{
	for (int i = 0; i < CONFIG_COUNT; i++)
		if (str_eq_c(str_c(name), config_row((enum config_id)i)->name))
			return (enum config_id)i;
	fail_msg("there is no setting %s", name);
	return CONFIG_COUNT;
}

static enum err load(struct config *c, const char *yaml, const char *const *environment,
                     struct sbuf *problems)
{
	char *copy[ENVIRONMENT_MAX + 1] = { 0 };
	struct errinfo e = { 0 };
	for (size_t i = 0; i < ENVIRONMENT_MAX && environment[i]; i++)
		copy[i] = (char *)(uintptr_t)environment[i];
	if (yaml)
		put("c.yaml", yaml, 0644);
	*c = (struct config){ 0 };
	assert_int_equal(config_defaults(c, &e), OK);
	enum err err = config_load(c, yaml ? "c.yaml" : NULL, copy, problems, &e);
	assert_int_equal(err, e.code);
	return err;
}

/* ---- values and where they come from ---- */

#define SEVENTEEN "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"

static const struct value {
	const char *yaml, *environment[ENVIRONMENT_MAX], *flag[3];    /* of the setting itself */
	const char *name, *value, *from;
} values[] = {
	{ NULL, { NULL }, { NULL }, "listen", "127.0.0.1:8879", "default" },
	{ "", { NULL }, { NULL }, "listen", "127.0.0.1:8879", "default" },
	{ "listen: a:1\n", { NULL }, { NULL }, "listen", "a:1", "c.yaml:1" },
	{ "listen: a:1\n", { "CHARTLOCKER_LISTEN=b:2" }, { NULL }, "listen", "b:2", "CHARTLOCKER_LISTEN" },
	{ "listen: a:1\n", { "CHARTLOCKER_LISTEN=b:2" }, { "c:3" }, "listen", "c:3", "--flag" },
	{ NULL, { NULL }, { "c:3", "d:4" }, "listen", "c:3,d:4", "--flag" },
	{ "listen:\n- a:1\n- 'b:2'\n", { NULL }, { NULL }, "listen", "a:1,b:2", "c.yaml:1" },
	{ "listen: 'a:1, b:2'\n", { NULL }, { NULL }, "listen", "a:1,b:2", "c.yaml:1" },
	{ NULL, { "CHARTLOCKER_LISTEN= a:1 ,b:2" }, { NULL }, "listen", "a:1,b:2", "CHARTLOCKER_LISTEN" },
	{ NULL, { "CHARTLOCKER_LISTEN_FILE=secret" }, { NULL }, "listen", "s:1", "CHARTLOCKER_LISTEN_FILE" },
	{ NULL, { "CHARTLOCKER_TOKEN=x" }, { NULL }, "listen", "127.0.0.1:8879", "default" },
	{ NULL, { "CHARTLOCKER=x", "PATH=/", "LISTEN=b:2" }, { NULL }, "listen", "127.0.0.1:8879", "default" },
	{ "\n\nlog:\n  level: debug\n", { NULL }, { NULL }, "log.level", "debug", "c.yaml:4" },
	{ "log.level: debug\n", { NULL }, { NULL }, "log.level", "debug", "c.yaml:1" },
	{ "log: {level: debug, format: json}\n", { NULL }, { NULL }, "log.format", "json", "c.yaml:1" },
	{ NULL, { "CHARTLOCKER_LOG_LEVEL=warn" }, { NULL }, "log.level", "warn", "CHARTLOCKER_LOG_LEVEL" },
	{ "upload: {max_bytes: 1024}\n", { NULL }, { NULL }, "upload.max_bytes", "1024", "c.yaml:1" },
	{ "upload: {max_bytes: 2k}\n", { NULL }, { NULL }, "upload.max_bytes", "2048", "c.yaml:1" },
	{ "upload: {max_bytes: 3M}\n", { NULL }, { NULL }, "upload.max_bytes", "3145728", "c.yaml:1" },
	{ "cache: {max_bytes: 1g}\n", { NULL }, { NULL }, "cache.max_bytes", "1073741824", "c.yaml:1" },
	{ "cache: {max_bytes: 0}\n", { NULL }, { NULL }, "cache.max_bytes", "0", "c.yaml:1" },
	{ "shutdown: {grace: 5}\n", { NULL }, { NULL }, "shutdown.grace", "5", "c.yaml:1" },
	{ "shutdown: {grace: 5s}\n", { NULL }, { NULL }, "shutdown.grace", "5", "c.yaml:1" },
	{ "shutdown: {grace: 2m}\n", { NULL }, { NULL }, "shutdown.grace", "120", "c.yaml:1" },
	{ "shutdown: {grace: 1h}\n", { NULL }, { NULL }, "shutdown.grace", "3600", "c.yaml:1" },
	{ "overwrite: yes\n", { NULL }, { NULL }, "overwrite", "true", "c.yaml:1" },
	{ "overwrite: True\n", { NULL }, { NULL }, "overwrite", "true", "c.yaml:1" },
	{ NULL, { "CHARTLOCKER_OVERWRITE=1" }, { NULL }, "overwrite", "true", "CHARTLOCKER_OVERWRITE" },
	{ "create_on_push: off\n", { NULL }, { NULL }, "create_on_push", "false", "c.yaml:1" },
	{ "data: /srv/a b\n", { NULL }, { NULL }, "data", "/srv/a b", "c.yaml:1" },
	{ "data: '~'\n", { NULL }, { NULL }, "data", "~", "c.yaml:1" },
	{ "data: \"null\"\n", { NULL }, { NULL }, "data", "null", "c.yaml:1" },
	{ NULL, { "CHARTLOCKER_DATA=~" }, { NULL }, "data", "~", "CHARTLOCKER_DATA" },
	{ "site: {message: ~}\n", { NULL }, { NULL }, "site.message", "", "c.yaml:1" },
	{ "trusted_proxies: null\n", { NULL }, { NULL }, "trusted_proxies", "", "c.yaml:1" },
	{ "auth.proxy_roles: " SEVENTEEN "\n", { NULL }, { NULL }, "auth.proxy_roles", SEVENTEEN, "c.yaml:1" },
};

static void value_and_origin(void **state)
{
	(void)state;
	put("secret", "s:1\n\n", 0644);
	for (size_t i = 0; i < ROWS(values); i++) {
		const struct value *row = &values[i];
		AUTO_SBUF struct sbuf problems = sbuf_make(KIB), value = sbuf_make(KIB);
		struct config c;
		struct errinfo e = { 0 };
		enum config_id id = id_of(row->name);
		if (load(&c, row->yaml, row->environment, &problems))
			fail_msg("%s", problems.p);
		for (size_t f = 0; row->flag[f]; f++)
			assert_int_equal(config_set(&c, id, row->flag[f], "--flag", &e), OK);
		config_value(&c, id, &value);
		assert_buffer(&value, row->value);
		assert_string_equal(c.origin[id].place, row->from);
		config_done(&c);
	}
}

/* ---- problems ---- */

static const struct problem {
	const char *yaml, *environment[ENVIRONMENT_MAX], *text;
} problems_of[] = {
	{ "lisen: a:1\n", { NULL }, "c.yaml:1: there is no setting \"lisen\"; did you mean \"listen\"?\n" },
	{ "log:\n  levl: debug\n", { NULL },
	  "c.yaml:2: there is no setting \"log.levl\"; did you mean \"log.level\"?\n" },
	{ "zebra: 1\n", { NULL }, "c.yaml:1: there is no setting \"zebra\"\n" },
	{ "log: debug\n", { NULL }, "c.yaml:1: there is no setting \"log\"\n" },
	{ NULL, { "CHARTLOCKER_LISEN=a:1" },
	  "environment: there is no setting \"CHARTLOCKER_LISEN\"; did you mean \"CHARTLOCKER_LISTEN\"?\n" },
	{ NULL, { "CHARTLOCKER_ZEBRA=1" }, "environment: there is no setting \"CHARTLOCKER_ZEBRA\"\n" },
	{ "log: {level: loud}\n", { NULL },
	  "c.yaml:1: log.level: \"loud\" is not one of: debug info warn error\n" },
	{ NULL, { "CHARTLOCKER_LOG_LEVEL=loud" },
	  "CHARTLOCKER_LOG_LEVEL: log.level: \"loud\" is not one of: debug info warn error\n" },
	{ "overwrite: maybe\n", { NULL }, "c.yaml:1: overwrite: \"maybe\" is neither true nor false\n" },
	{ "workers: many\n", { NULL }, "c.yaml:1: workers: \"many\" is not a number\n" },
	{ "workers: 4k\n", { NULL }, "c.yaml:1: workers: \"4k\" is not a number\n" },
	{ "workers: -1\n", { NULL }, "c.yaml:1: workers: \"-1\" is not a number\n" },
	{ "workers: 257\n", { NULL }, "c.yaml:1: workers: 257 is not between 0 and 256\n" },
	{ "upload: {max_bytes: 1.5m}\n", { NULL },
	  "c.yaml:1: upload.max_bytes: \"1.5m\" is not a size like 20m\n" },
	{ "upload: {max_bytes: 99999999999999999999}\n", { NULL },
	  "c.yaml:1: upload.max_bytes: \"99999999999999999999\" is not a size like 20m\n" },
	{ "upload: {max_bytes: 18014398509481984k}\n", { NULL },
	  "c.yaml:1: upload.max_bytes: \"18014398509481984k\" is not a size like 20m\n" },
	{ "upload: {max_bytes: 1}\n", { NULL },
	  "c.yaml:1: upload.max_bytes: 1 is not between 1024 and 104857600\n" },
	{ "upload: {max_bytes: m}\n", { NULL }, "c.yaml:1: upload.max_bytes: \"m\" is not a size like 20m\n" },
	{ "shutdown: {grace: 1y}\n", { NULL }, "c.yaml:1: shutdown.grace: \"1y\" is not a time like 30s\n" },
	{ "data: \"\"\n", { NULL }, "c.yaml:1: data: must have 1 to 4096 characters\n" },
	{ "data:\n", { NULL }, "c.yaml:1: data: must have 1 to 4096 characters\n" },
	{ "data: ~\n", { NULL }, "c.yaml:1: data: must have 1 to 4096 characters\n" },
	{ "data: null\n", { NULL }, "c.yaml:1: data: must have 1 to 4096 characters\n" },
	{ "workers: ~\n", { NULL }, "c.yaml:1: workers: \"\" is not a number\n" },
	{ "listen: [a:1, ~]\n", { NULL }, "c.yaml:1: listen: an item is empty\n" },
	{ "listen: []\n", { NULL }, "c.yaml:1: listen: an item is empty\n" },
	{ "listen: [a:1, \"\"]\n", { NULL }, "c.yaml:1: listen: an item is empty\n" },
	{ "listen: \"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17\"\n", { NULL },
	  "c.yaml:1: listen: more than 16 items\n" },
	{ "listen: {a: 1}\n", { NULL }, "c.yaml:1: listen: one value is expected\n" },
	{ "workers: [1]\n", { NULL }, "c.yaml:1: workers: one value is expected\n" },
	{ "- a\n", { NULL }, "c.yaml:1: settings are expected, NAME: VALUE\n" },
	{ "workers: 1\nworkers: 2\n", { NULL },
	  "c.yaml:2: duplicate key \"workers\" (first in line 1)\n" },
	{ "workers: x\nlog:\n  level: y\n", { "CHARTLOCKER_OVERWRITE=z" },
	  "c.yaml:1: workers: \"x\" is not a number\n"
	  "c.yaml:3: log.level: \"y\" is not one of: debug info warn error\n"
	  "CHARTLOCKER_OVERWRITE: overwrite: \"z\" is neither true nor false\n" },
	{ NULL, { "CHARTLOCKER_LISTEN_FILE=absent" },
	  "CHARTLOCKER_LISTEN_FILE: absent does not exist\n" },
};

static void every_problem_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(problems_of); i++) {
		AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
		struct config c;
		enum err err = load(&c, problems_of[i].yaml, problems_of[i].environment, &problems);
		if (err != ERR_CONFIG)
			fail_msg("not refused: %s", problems_of[i].text);
		assert_string_equal(problems.p, problems_of[i].text);
		config_done(&c);
	}
}

static void file_that_is_not_there(void **state)
{
	(void)state;
	struct config c = { 0 };
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	assert_int_equal(config_defaults(&c, &e), OK);
	assert_int_equal(config_load(&c, "absent.yaml", NULL, &problems, &e), ERR_CONFIG);
	assert_string_equal(e.detail, "absent.yaml does not exist");
	config_done(&c);
}

#define LISTEN(address) "c.yaml:2: listen: listen address \"" address "\" is not ADDR:PORT or " \
	"[ADDR]:PORT with a numeric address, tls:ADDR:PORT, plain:ADDR:PORT, unix:/PATH (below 108 bytes), " \
	"systemd, or " \
	"systemd:NAME\n"
#define BASE(path) "c.yaml:1: base_path: \"" path "\" is not a path like /charts: it begins with a " \
	"slash, does not end with one, and is made of letters, digits, - . _ ~\n"
#define PUBLIC(url) "c.yaml:1: public_url: \"" url "\" is not an address like " \
	"https://charts.example.com, without a slash at the end\n"

#define SIGN_ON(proxies, user, more) \
	"trusted_proxies: " proxies "\nauth: {proxy_user_header: " user more "}\n"
#define STRANGERS(network) "c.yaml:1: trusted_proxies: with auth.proxy_user_header, whoever connects from " network \
	" can say to be anybody; write the address of the proxy itself, 10.0.0.5 for example\n"
#define NO_HEADER(which, name) "c.yaml:2: auth.proxy_" which "_header: \"" name "\" is not the name of a header like " \
	"X-Forwarded-User\n"
#define IN_USE(which, name) "c.yaml:2: auth.proxy_" which "_header: " name " is a header that is sent for something " \
	"else; choose another one, X-Forwarded-User for example\n"
#define CLASH(one, other) "c.yaml:1: listen: " one " and " other " cannot both be listened on; leave one of them out\n"

static void what_cannot_be_meant(void **state)
{
	(void)state;
	static const struct { const char *yaml, *text; } table[] = {
		{ "listen: 127.0.0.1:0\n", "" },
		{ "listen: [\"[::1]:80\", \"0.0.0.0:65535\"]\ndefault_repository: team-a/stable\n", "" },
		{ "listen: [\"unix:/run/x.sock\", systemd, \"systemd:web\"]\nunix.mode: \"0600\"\n", "" },
		{ "\nlisten: [\"::1\", localhost:1, \"1.2.3.4:65536\"]\n",
		  LISTEN("::1") LISTEN("localhost:1") LISTEN("1.2.3.4:65536") },
		{ "listen: [\"tls:0.0.0.0:443\", \"tls:[::1]:443\"]\n", "" },
		{ "\nlisten: [\"tls:\", \"tls:443\", \"tls:systemd\", \"tls:tls:0.0.0.0:1\"]\n",
		  LISTEN("tls:") LISTEN("tls:443") LISTEN("tls:systemd") LISTEN("tls:tls:0.0.0.0:1") },
		{ "shadow_hosts: true\nshadow_ca_cert: a\nshadow_ca_key: b\n", "" },
		{ "\nlisten: [\"unix:\", \"unix:x\", \"systemd:\"]\n",
		  LISTEN("unix:") LISTEN("unix:x") LISTEN("systemd:") },
		{ "unix.mode: \"0680\"\n", "c.yaml:1: unix.mode: \"0680\" is not an octal mode like 0660\n" },
		{ "unix.mode: \"1777\"\n", "c.yaml:1: unix.mode: \"1777\" is not an octal mode like 0660\n" },
		{ "base_path: /a/b-c.d\npublic_url: https://h.example:8443/a\ncors.origins: [\"*\", \"http://a\"]\n"
		  "trusted_proxies: [\"10.0.0.0/8\", \"::1\", unix, \"2001:db8::/32\"]\n", "" },
		{ "base_path: a\n", BASE("a") }, { "base_path: /a/\n", BASE("/a/") },
		{ "base_path: //a\n", BASE("//a") }, { "base_path: /../a\n", BASE("/../a") },
		{ "base_path: /a?b\n", BASE("/a?b") }, { "base_path: /\n", BASE("/") },
		{ "public_url: h\n", PUBLIC("h") }, { "public_url: https://h/\n", PUBLIC("https://h/") },
		{ "public_url: ftp://h\n", PUBLIC("ftp://h") }, { "public_url: \"https://\"\n", PUBLIC("https://") },
		{ "cors.origins: [a]\n", "c.yaml:1: cors.origins: \"a\" is neither * nor an origin like "
		  "https://portal.example.com\n" },
		{ "trusted_proxies: [10.0.0.0/33, a]\n",
		  "c.yaml:1: trusted_proxies: \"10.0.0.0/33\" is neither an address, nor ADDRESS/BITS, nor \"unix\"\n"
		  "c.yaml:1: trusted_proxies: \"a\" is neither an address, nor ADDRESS/BITS, nor \"unix\"\n" },
		{ "tls: {cert: a}\n", "c.yaml:1: tls.cert: tls.cert and tls.key belong together\n" },
		{ "tls: {cert: a, key: b, client_ca: c}\n",
		  "c.yaml:1: tls.client_ca: it does nothing while tls.client_auth is none\n" },
		{ "shadow_ca_key: a\n", "c.yaml:1: shadow_ca_key: shadow_ca_cert and shadow_ca_key belong together\n" },
		{ "tls: {cert: a, key: b, client_auth: none}\n", "" },
		{ "\ntls: {cert: a, key: b, client_auth: require}\n", "c.yaml:2: tls.client_auth: certificates "
		  "of clients need tls.cert, tls.key and tls.client_ca\n" },
		{ "\ntls: {cert: a, key: \"-----BEGIN PRIVATE KEY-----\\nMIGH\"}\n",
		  "c.yaml:2: tls.key: the path of a file is expected, not what stands in it\n" },
		{ "trusted_proxies: [unix]\nauth.proxy_user_header: X-User\n", "" },
		{ "auth: {proxy_user_header: X-User}\n", "c.yaml:1: auth.proxy_user_header: it does nothing without "
		  "trusted_proxies: only a proxy that is named there is believed, because anybody could send this "
		  "header\n" },
		{ SIGN_ON("[10.0.0.0/8, \"fc00::/7\", unix]", "X-Forwarded-User", ", proxy_groups_header: X-Forwarded-Groups, "
		  "proxy_roles: [\"a=pull:*\"]"), "" },
		{ "trusted_proxies: [0.0.0.0/0]\n", "" },
		{ SIGN_ON("[\"10.0.0.5\", 0.0.0.0/0, \"::/0\"]", "X-User", ""), STRANGERS("0.0.0.0/0") STRANGERS("::/0") },
		{ SIGN_ON("unix", "X User", ""), NO_HEADER("user", "X User") },
		{ SIGN_ON("unix", "\"X-User:\"", ""), NO_HEADER("user", "X-User:") },
		{ SIGN_ON("unix", "host", ""), IN_USE("user", "host") },
		{ SIGN_ON("unix", "Authorization", ""), IN_USE("user", "Authorization") },
		{ SIGN_ON("unix", "Content-User", ""), IN_USE("user", "Content-User") },
		{ SIGN_ON("unix", "x-forwarded-for", ""), IN_USE("user", "x-forwarded-for") },
		{ SIGN_ON("unix", "X-User", ", proxy_groups_header: Cookie"), IN_USE("groups", "Cookie") },
		{ SIGN_ON("unix", "X-User", ", proxy_groups_header: x y"), NO_HEADER("groups", "x y") },
		{ SIGN_ON("unix", "X-User", ", proxy_groups_header: x-user"), "c.yaml:2: auth.proxy_groups_header: it is "
		  "auth.proxy_user_header too; groups have a header of their own\n" },
		{ "auth: {proxy_groups_header: X-Groups, proxy_roles: [\"a=pull:*\"]}\n",
		  "c.yaml:1: auth.proxy_groups_header: it does nothing without auth.proxy_user_header\n"
		  "c.yaml:1: auth.proxy_roles: it does nothing without auth.proxy_user_header\n" },
		{ SIGN_ON("unix", "X-User", ", proxy_roles: [\"a=pull:*\"]"),
		  "c.yaml:2: auth.proxy_roles: it does nothing without auth.proxy_groups_header\n" },
		{ "listen: [\"127.0.0.1:0\", \"127.0.0.1:0\", \"0.0.0.0:0\", \"0.0.0.0:80\", \"[::]:80\", \"0.0.0.0:81\", "
		  "\"127.0.0.1:82\", \"127.0.0.2:82\", \"unix:/a\", \"unix:/b\"]\n", "" },
		{ "listen: [\"127.0.0.1:80\", \"127.0.0.1:80\"]\n", CLASH("127.0.0.1:80", "127.0.0.1:80") },
		{ "listen: [\"0.0.0.0:80\", \"tls:127.0.0.1:80\"]\n", CLASH("0.0.0.0:80", "tls:127.0.0.1:80") },
		{ "listen: [\"127.0.0.1:80\", \"plain:0.0.0.0:80\"]\n", CLASH("127.0.0.1:80", "plain:0.0.0.0:80") },
		{ "listen: [\"[::1]:80\", \"[::]:80\"]\n", CLASH("[::1]:80", "[::]:80") },
		{ "listen: [\"[::1]:80\", \"[0:0::1]:80\"]\n", CLASH("[::1]:80", "[0:0::1]:80") },
		{ "listen: [\"unix:/a\", \"unix:/a\"]\n", CLASH("unix:/a", "unix:/a") },
		{ "default_repository: api\n",
		  "c.yaml:1: default_repository: repository \"api\": \"api\" is reserved for "
		  "addresses of this program; choose another name\n" },
	};
	static const char *const none[ENVIRONMENT_MAX] = { NULL };
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_SBUF struct sbuf problems = sbuf_make(2 * KIB);
		struct config c;
		assert_int_equal(load(&c, table[i].yaml, none, &problems), OK);
		assert_int_equal(config_check(&c, &problems, NULL), *table[i].text ? ERR_CONFIG : OK);
		assert_buffer(&problems, table[i].text);
		config_done(&c);
	}
}

static void files_that_are_none(void **state)
{
	(void)state;
	struct config c = { 0 };
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	assert_int_equal(config_defaults(&c, &e), OK);
	assert_int_equal(config_load(&c, ".", NULL, &problems, &e), ERR_CONFIG);
	assert_string_equal(e.detail, ". is not a regular file");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(config_load(&c, "pipe", NULL, &problems, &e), ERR_CONFIG);
	assert_string_equal(e.detail, "pipe is not a regular file");
	assert_int_equal(unlink("pipe"), 0);
	config_done(&c);
}

/* Kubernetes mounts secrets as symbolic links. */
static void a_value_behind_a_link(void **state)
{
	(void)state;
	static const char *const environment[ENVIRONMENT_MAX] = { "CHARTLOCKER_WORKERS_FILE=link" };
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	struct config c;
	put("secret", "3\n", 0644);
	assert_int_equal(symlink("secret", "link"), 0);
	assert_int_equal(load(&c, NULL, environment, &problems), OK);
	assert_int_equal(c.workers, 3);
	assert_int_equal(unlink("link"), 0);
	config_done(&c);
}

/* Who names the wrong file has not told the log what stands in it. */
static void a_value_of_a_file_is_not_shown(void **state)
{
	(void)state;
	static const struct { const char *environment[ENVIRONMENT_MAX], *text, *name; } table[] = {
		{ { "CHARTLOCKER_WORKERS_FILE=canary" }, "canary-7f3a", "workers" },
		{ { "CHARTLOCKER_LOG_LEVEL_FILE=canary" }, "canary-7f3a\n", "log.level" },
		{ { "CHARTLOCKER_OVERWRITE_FILE=canary" }, "canary-7f3a", "overwrite" },
		{ { "CHARTLOCKER_LISTEN_FILE=canary" }, "canary-7f3a", "listen" },
		{ { "CHARTLOCKER_PUBLIC_URL_FILE=canary" }, "canary-7f3a", "public_url" },
		{ { "CHARTLOCKER_LISTEN_FILE=canary" }, "unix:/canary-7f3a,unix:/canary-7f3a", "listen" },
		{ { "CHARTLOCKER_TRUSTED_PROXIES_FILE=canary" }, "10.0.0.1,canary-7f3a", "trusted_proxies" },
		{ { "CHARTLOCKER_TLS_KEY_FILE=canary", "CHARTLOCKER_TLS_CERT=x" }, "canary-7f3a\nb\n", "tls.key" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
		struct config c;
		put("canary", table[i].text, 0644);
		if (load(&c, NULL, table[i].environment, &problems) == OK)
			assert_int_equal(config_check(&c, &problems, NULL), ERR_CONFIG);
		assert_null(strstr(problems.p, "canary-7f3a"));
		assert_non_null(strstr(problems.p, "_FILE: "));
		assert_non_null(strstr(problems.p, table[i].name));
		assert_non_null(strstr(problems.p, CONFIG_UNSHOWN "\n"));
		assert_int_equal(unlink("canary"), 0);
		config_done(&c);
	}
}

static void a_flag_is_judged_too(void **state)
{
	(void)state;
	struct config c = { 0 };
	struct errinfo e = { 0 };
	assert_int_equal(config_defaults(&c, &e), OK);
	assert_int_equal(config_set(&c, CONFIG_ID_workers, "x", "--set", &e), ERR_CONFIG);
	assert_string_equal(e.detail, "--set: workers: \"x\" is not a number");
	assert_int_equal(c.workers, 0);
	config_done(&c);
}

/* ---- reloading ---- */

static void reload_takes_what_may_change(void **state)
{
	(void)state;
	static const char *const none[ENVIRONMENT_MAX] = { NULL };
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB), ignored = sbuf_make(KIB);
	struct config running, fresh;
	struct errinfo e = { 0 };
	assert_int_equal(load(&running, "log: {level: info}\n", none, &problems), OK);
	assert_int_equal(config_set(&running, CONFIG_ID_log_format, "json", "--set", &e), OK);
	assert_int_equal(load(&fresh, "log: {level: debug, format: text, access: false}\nworkers: 3\n"
	                      "listen: a:1\nshutdown: {grace: 9}\n", none, &problems), OK);
	config_reload(&running, &fresh, &ignored);
	config_done(&fresh);             /* what was taken over must not hang on it */
	assert_string_equal(running.log_level, "debug");
	assert_string_equal(running.origin[CONFIG_ID_log_level].place, "c.yaml:1");
	assert_string_equal(running.log_format, "json");
	assert_false(running.log_access);
	assert_int_equal(running.shutdown_grace, 9);
	assert_int_equal(running.workers, 0);
	assert_string_equal(running.listen.item[0], "127.0.0.1:8879");
	assert_string_equal(ignored.p, "listen, workers");
	config_done(&running);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_and_origin),
		cmocka_unit_test(every_problem_is_told),
		cmocka_unit_test(file_that_is_not_there),
		cmocka_unit_test(what_cannot_be_meant),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(a_value_behind_a_link),
		cmocka_unit_test(a_value_of_a_file_is_not_shown),
		cmocka_unit_test(a_flag_is_judged_too),
		cmocka_unit_test(reload_takes_what_may_change),
	};
	return cmocka_run_group_tests_name("settings", tests, enter, leave);
}
