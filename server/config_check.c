/* What a value means: what only its reader, or all sources of settings together, can tell. */
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"
#include "indexer/format/repo_settings.h"
#include "server/auth/auth.h"
#include "server/config.h"
#include "server/http/http.h"
#include "server/http/message.h"
#include "server/web/site.h"

typedef enum err checker(const char *value, struct errinfo *e);

bool config_mode(const char *text, unsigned *ret)
{
	unsigned mode = 0;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '7')
			return false;
		mode = mode * 8 + (unsigned)(*p - '0');
	}
	*ret = mode;
	return *text && mode <= 0777;
}

static enum err check_mode(const char *value, struct errinfo *e)
{
	unsigned mode;
	return config_mode(value, &mode) ? OK : ERR(e, CONFIG, "\"%s\" is not an octal mode like 0660",
	                                            value);
}

static enum err check_repo(const char *value, struct errinfo *e)
{
	return repo_old_name_check(str_c(value), e);
}

static bool is_path(struct str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/", path.p[i]) ||
		    (path.p[i] == '/' && (i + 1 == path.n || path.p[i + 1] == '/' || path.p[i + 1] == '.')))
			return false;
	return !path.n || path.p[0] == '/';
}

static enum err check_base(const char *value, struct errinfo *e)
{
	if (is_path(str_c(value)))
		return OK;
	return ERR(e, CONFIG, "\"%s\" is not a path like /charts: it begins with a slash, does not end "
	           "with one, and is made of letters, digits, - . _ ~", value);
}

bool config_is_origin(struct str url, struct str *ret_path)
{
	struct str schemes[] = { STR("https://"), STR("http://") };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_starts(url, schemes[i])) {
			struct str host = str_from(url, schemes[i].n);
			const char *slash = host.n ? memchr(host.p, '/', host.n) : NULL;
			*ret_path = slash ? str_from(host, (size_t)(slash - host.p)) : (struct str){ 0 };
			return http_host_is_valid(str_first(host, host.n - ret_path->n));
		}
	return false;
}

static enum err check_public(const char *value, struct errinfo *e)
{
	struct str path = { 0 };
	if (!*value || (config_is_origin(str_c(value), &path) && is_path(path)))
		return OK;
	return ERR(e, CONFIG, "\"%s\" is not an address like https://charts.example.com, without a slash "
	           "at the end", value);
}

static enum err check_cors(const char *value, struct errinfo *e)
{
	struct str path = { 0 };
	if (!strcmp(value, "*") || (config_is_origin(str_c(value), &path) && !path.n))
		return OK;
	return ERR(e, CONFIG, "\"%s\" is neither * nor an origin like https://portal.example.com", value);
}

/* Opening it would tell the world its first line. */
static enum err check_file(const char *value, struct errinfo *e)
{
	return !strpbrk(value, "\r\n") ? OK : ERR(e, CONFIG, "the path of a file is expected, not what stands in it");
}

/* Prefixes end in a dash. What a proxy hands on of these is the client's, or the proxy's own about something else. */
static const char *const headers_in_use[] = {
	"Accept", "Accept-", "Access-Control-", "Authorization", "Cache-Control", "Connection", "Content-", "Cookie",
	"Date", "Expect", "Forwarded", "Host", "If-", "Keep-Alive", "Last-Event-ID", "Origin", "Pragma",
	"Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Sec-", "TE", "Trailer", "Transfer-Encoding",
	"Upgrade", "User-Agent", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port",
	"X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "X-Request-Id",
};

static bool is_in_use(struct str header)
{
	for (size_t i = 0; i < sizeof headers_in_use / sizeof *headers_in_use; i++) {
		struct str name = str_c(headers_in_use[i]);
		if (str_eq_nocase(str_ends(name, STR("-")) ? str_first(header, name.n) : header, name))
			return true;
	}
	return false;
}

static enum err check_proxy_header(const char *value, struct errinfo *e)
{
	if (!*value)
		return OK;
	if (!http_is_token(str_c(value)))
		return ERR(e, CONFIG, "\"%s\" is not the name of a header like X-Forwarded-User", value);
	return !is_in_use(str_c(value)) ? OK
	       : ERR(e, CONFIG, "%s is a header that is sent for something else; choose another one, X-Forwarded-User "
	             "for example", value);
}

static enum err check_not_strangers(const char *value, struct errinfo *e)
{
	return !http_network_has_strangers(value) ? OK
	       : ERR(e, CONFIG, "with auth.proxy_user_header, whoever connects from %s can say to be anybody; write the "
	             "address of the proxy itself, 10.0.0.5 for example", value);
}

static void complain_of(struct sbuf *problems, const struct config *c, enum config_id id, const char *text)
{
	sbuf_printf(problems, "%s: %s: %s\n", c->origin[id].place, config_row(id)->name, text);
}

static bool is_from_a_file_of_its_own(const struct config_origin *o)
{
	return o->source == CONFIG_ENVIRONMENT && str_ends(str_c(o->place), STR("_FILE"));
}

static void complain_of_value(struct sbuf *problems, const struct config *c, enum config_id id, const char *text)
{
	complain_of(problems, c, id, is_from_a_file_of_its_own(&c->origin[id]) ? CONFIG_UNSHOWN : text);
}

static void check_one(const struct config *c, enum config_id id, const char *value, checker *check,
                      struct sbuf *problems)
{
	struct errinfo wrong = { 0 };
	if (check(value, &wrong))
		complain_of_value(problems, c, id, wrong.detail);
}

static void check_list(const struct config *c, enum config_id id, const struct config_list *list,
                       checker *check, struct sbuf *problems)
{
	for (size_t i = 0; i < list->count; i++)
		check_one(c, id, list->item[i], check, problems);
}

/* At start, what has the port would be the server itself. */
static void check_ports(const struct config *c, struct sbuf *problems)
{
	const struct config_list *list = &c->listen;
	struct errinfo wrong = { 0 };
	for (size_t i = 0; i < list->count; i++)
		for (size_t k = 0; k < i; k++)
			if (http_addresses_clash(list->item[k], list->item[i])) {
				(void)ERR(&wrong, CONFIG, "%s and %s cannot both be listened on; leave one of them out",
				          list->item[k], list->item[i]);
				complain_of_value(problems, c, CONFIG_ID_listen, wrong.detail);
			}
}

/* Settings that say something only beside others. */
static void check_together(const struct config *c, struct sbuf *problems)
{
	bool cert = *c->tls_cert, key = *c->tls_key, ca = *c->tls_client_ca, asks = strcmp(c->tls_client_auth, "none");
	bool shadow_cert = *c->shadow_ca_cert, shadow_key = *c->shadow_ca_key;
	bool user = *c->auth_proxy_user_header, groups = *c->auth_proxy_groups_header;
	static const char tls[] = "tls.cert and tls.key belong together";
	static const char shadow[] = "shadow_ca_cert and shadow_ca_key belong together";
	static const char without_user[] = "it does nothing without auth.proxy_user_header";
	const struct { bool wrong; enum config_id where; const char *text; } rows[] = {
		{ cert && !key, CONFIG_ID_tls_cert, tls }, { key && !cert, CONFIG_ID_tls_key, tls },
		{ asks && !(cert && key && ca), CONFIG_ID_tls_client_auth,
		  "certificates of clients need tls.cert, tls.key and tls.client_ca" },
		{ ca && !asks, CONFIG_ID_tls_client_ca, "it does nothing while tls.client_auth is none" },
		{ shadow_cert && !shadow_key, CONFIG_ID_shadow_ca_cert, shadow },
		{ shadow_key && !shadow_cert, CONFIG_ID_shadow_ca_key, shadow },
		{ shadow_cert && !c->shadow_hosts, CONFIG_ID_shadow_ca_cert, "it does nothing while shadow_hosts is false" },
		{ user && !c->trusted_proxies.count, CONFIG_ID_auth_proxy_user_header,
		  "it does nothing without trusted_proxies: only a proxy that is named there is believed, because "
		  "anybody could send this header" },
		{ user && str_eq_nocase(str_c(c->auth_proxy_user_header), str_c(c->auth_proxy_groups_header)),
		  CONFIG_ID_auth_proxy_groups_header, "it is auth.proxy_user_header too; groups have a header of their own" },
		{ groups && !user, CONFIG_ID_auth_proxy_groups_header, without_user },
		{ c->auth_proxy_roles.count && !user, CONFIG_ID_auth_proxy_roles, without_user },
		{ c->auth_proxy_roles.count && user && !groups, CONFIG_ID_auth_proxy_roles,
		  "it does nothing without auth.proxy_groups_header" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].wrong)
			complain_of(problems, c, rows[i].where, rows[i].text);
}

static bool has_credentials(const struct declared_credentials *d, struct str name)
{
	for (size_t i = 0; i < d->count; i++)
		if (str_eq(d->list[i].name, name))
			return true;
	return false;
}

static void check_credentials(const struct config *c, struct sbuf *problems)
{
	AUTO_ARENA struct arena a = { 0 };
	for (size_t i = 0; i < c->repositories.count; i++) {
		const struct declared_repo *repo = &c->repositories.list[i];
		struct repo_settings s;
		repo_settings_default(&s);
		if (!repo_settings_merge(&a, repo->settings, &s, NULL) && s.credentials.n &&
		    !has_credentials(&c->credentials, s.credentials))
			sbuf_printf(problems, "%s: %s: credentials: there are none by the name \"%.*s\"\n", repo->place,
			            repo->section, STR_ARG(s.credentials));
	}
}

enum err config_check(const struct config *c, struct sbuf *problems, struct errinfo *e)
{
	size_t before = problems->n;
	check_one(c, CONFIG_ID_default_repository, c->default_repository, check_repo, problems);
	check_list(c, CONFIG_ID_listen, &c->listen, http_address_check, problems);
	check_ports(c, problems);
	check_one(c, CONFIG_ID_unix_mode, c->unix_mode, check_mode, problems);
	check_one(c, CONFIG_ID_base_path, c->base_path, check_base, problems);
	check_one(c, CONFIG_ID_public_url, c->public_url, check_public, problems);
	check_list(c, CONFIG_ID_trusted_proxies, &c->trusted_proxies, http_network_check, problems);
	if (*c->auth_proxy_user_header)
		check_list(c, CONFIG_ID_trusted_proxies, &c->trusted_proxies, check_not_strangers, problems);
	check_one(c, CONFIG_ID_auth_proxy_user_header, c->auth_proxy_user_header, check_proxy_header, problems);
	check_one(c, CONFIG_ID_auth_proxy_groups_header, c->auth_proxy_groups_header, check_proxy_header, problems);
	check_list(c, CONFIG_ID_auth_proxy_roles, &c->auth_proxy_roles, auth_proxy_role_check, problems);
	check_one(c, CONFIG_ID_tls_cert, c->tls_cert, check_file, problems);
	check_one(c, CONFIG_ID_tls_key, c->tls_key, check_file, problems);
	check_one(c, CONFIG_ID_tls_client_ca, c->tls_client_ca, check_file, problems);
	check_one(c, CONFIG_ID_shadow_ca_cert, c->shadow_ca_cert, check_file, problems);
	check_one(c, CONFIG_ID_shadow_ca_key, c->shadow_ca_key, check_file, problems);
	check_one(c, CONFIG_ID_site_accent, c->site_accent, site_check_accent, problems);
	check_one(c, CONFIG_ID_site_accent_dark, c->site_accent_dark, site_check_accent_dark, problems);
	check_list(c, CONFIG_ID_cors_origins, &c->cors_origins, check_cors, problems);
	check_credentials(c, problems);
	check_together(c, problems);
	if (problems->n > before)
		return ERR(e, CONFIG, "the settings are not valid; nothing was started");
	return OK;
}
