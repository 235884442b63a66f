/* A chart as people publish it, in three files: what an index shows of it has its usual length. */
#include "tests/bench/synthetic.h"

#include <stdio.h>

#include "indexer/base/sbuf.h"
#include "indexer/format/tar.h"

#define MTIME 1767225600

static void chart_yaml(struct sbuf *b, unsigned chart, unsigned version)
{
	sbuf_printf(b, "apiVersion: v2\nname: chart-%05u\nversion: 1.%u.0\nappVersion: \"2.%u.%u\"\n",
	            chart, version, version / 10, version % 10);
	sbuf_printf(b, "description: Chart number %u, which runs a web service with its database, its "
	            "cache and its queue on a cluster and keeps an eye on all of them.\n", chart);
	sbuf_printf(b, "home: https://charts.example.com/chart-%05u\n", chart);
	sbuf_puts(b, "keywords: [web, service, database, cache, queue]\nkubeVersion: \">=1.21.0-0\"\n");
	sbuf_puts(b, "maintainers:\n- {name: Ann Example, email: ann@example.com}\n"
	             "- {name: Bob Example, email: bob@example.com}\n");
	sbuf_printf(b, "sources: [\"https://git.example.com/charts/chart-%05u\"]\n", chart);
	sbuf_puts(b, "dependencies:\n- {name: database, version: ^12.1.0, condition: database.enabled, "
	             "repository: \"https://charts.example.com/stable\"}\n");
	sbuf_puts(b, "annotations: {category: Infrastructure, licenses: Apache-2.0, "
	             "images: registry.example.com/service/web}\n");
}

static enum err add(struct tar_writer *w, unsigned chart, const char *file, struct str data,
                    struct errinfo *e)
{
	char name[64];
	(void)snprintf(name, sizeof name, "chart-%05u/%s", chart, file);
	return tar_writer_add(w, name, data, MTIME, e);
}

enum err synthetic_chart(unsigned chart, unsigned version, char **ret, size_t *ret_bytes,
                         struct errinfo *e)
{
	struct sbuf yaml = sbuf_make(8192);
	struct tar_writer *w = NULL;
	chart_yaml(&yaml, chart, version);
	enum err err = sbuf_ok(&yaml) ? tar_writer_new(&w, e) : ERR(e, NOMEM, "Chart.yaml");
	if (!err)
		err = add(w, chart, "Chart.yaml", sbuf_str(&yaml), e);
	if (!err)
		err = add(w, chart, "values.yaml", STR("database: {enabled: true}\nreplicas: 2\n"), e);
	if (!err)
		err = add(w, chart, "templates/map.yaml", STR("apiVersion: v1\nkind: ConfigMap\nmetadata: "
		          "{name: {{ .Release.Name }}}\ndata: {replicas: {{ .Values.replicas | quote }}}\n"), e);
	sbuf_done(&yaml);
	if (!err)
		return tar_writer_end(w, ret, ret_bytes, e);
	tar_writer_free(w);
	return err;
}
