/* See config_files.h. Certificates and keys are told apart by the path with which an error begins. */
#include "server/cmd/config_files.h"

#include <fcntl.h>

#include "indexer/base/auto.h"
#include "server/cmd/network.h"
#include "server/cmd/serve_shadow.h"
#include "server/web/site.h"

/* The setting that has this path. */
static enum config_id blamed(const struct config *c, struct str detail)
{
	const struct { enum config_id id; const char *path; } rows[] = {
		{ CONFIG_ID_tls_cert, c->tls_cert }, { CONFIG_ID_tls_key, c->tls_key },
		{ CONFIG_ID_tls_client_ca, c->tls_client_ca }, { CONFIG_ID_shadow_ca_cert, c->shadow_ca_cert },
		{ CONFIG_ID_shadow_ca_key, c->shadow_ca_key },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct str path = str_c(rows[i].path);
		if (path.n && str_starts(detail, path) && detail.n > path.n && strchr(": ", detail.p[path.n]))
			return rows[i].id;
	}
	return CONFIG_ID_data;               /* keys/ in there has it */
}

static enum err check_certificates(const struct config *c, const char *data, struct errinfo *e)
{
	AUTO_FD int dir = data ? open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct http_options o = { .control_fd = -1 };
	network_options(c, &o);
	if (*c->shadow_ca_cert || dir >= 0)
		serve_shadow_certificates(c, NULL, dir, &o.shadow);
	return http_certificates_check(&o, e);
}

static enum err check_site(const struct config *c, struct errinfo *e)
{
	struct site *site;
	enum err err = serve_site(c, &site, e);
	if (!err)
		site_free(site);
	return err;
}

enum err config_files_check(const struct config *c, const char *data, struct sbuf *problems,
                            struct errinfo *e)
{
	struct errinfo wrong = { 0 };
	size_t before = problems->n;
	if (check_certificates(c, data, &wrong)) {
		enum config_id id = blamed(c, str_c(wrong.detail));
		sbuf_printf(problems, "%s: %s: %s\n", c->origin[id].place, config_row(id)->name, wrong.detail);
	}
	if (check_site(c, &wrong))
		sbuf_printf(problems, "%s: %s\n", c->origin[CONFIG_ID_site_logo].place, wrong.detail);
	return problems->n > before ? ERR(e, CONFIG, "the settings are not valid") : OK;
}
