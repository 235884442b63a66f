/* What a manifest says a chart consists of (clients.md §5.1). Layers are told by their media types;
 * what is not known is passed by. A document that could be taken for something else as well, or for
 * two charts, is none. Pure.                                                                 */
#include "indexer/upstream/oci_parts.h"

#include "indexer/base/limits.h"

#define CONFIG_TYPE "application/vnd.cncf.helm.config.v1+json"
#define CHART_TYPE "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
#define LEGACY_CHART_TYPE "application/tar+gzip"
#define PROVENANCE_TYPE "application/vnd.cncf.helm.chart.provenance.v1.prov"
#define OCI_INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define DOCKER_LIST_TYPE "application/vnd.docker.distribution.manifest.list.v2+json"
#define CREATED_KEY "org.opencontainers.image.created"

enum err oci_json(struct arena *a, struct str body, const char *name, const struct node **ret,
                  struct errinfo *e)
{
	const struct node *root = NULL;
	if (json_parts(body) > OCI_PARTS_MAX)
		return ERR(e, METADATA, "%s: more than %u parts", name, OCI_PARTS_MAX);
	enum err err = json_read(a, body, name, &root, e);
	if (!err && (!root || root->kind != NODE_MAP))
		err = ERR(e, METADATA, "%s: not a JSON object", name);
	if (!err)
		*ret = root;
	return err;
}

static bool is_index_type(struct str type)
{
	struct str plain = str_trim(str_cut(&type, ';', NULL));
	return str_eq_nocase(plain, STR(OCI_INDEX_TYPE)) || str_eq_nocase(plain, STR(DOCKER_LIST_TYPE));
}

static struct str text_of(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);
	return n && !n->plain ? node_text(n) : STR("");
}

static enum err read_layer(const struct node *n, const char *what, struct oci_layer *ret, struct errinfo *e)
{
	const struct node *size = node_get(n, "size");
	struct oci_layer layer;
	if (!size || !size->plain || !str_to_u64(node_text(size), &layer.bytes))
		return ERR(e, METADATA, "manifest: the %s has no proper size", what);
	if (!oci_digest_read(text_of(n, "digest"), &layer.digest))
		return ERR(e, METADATA, "manifest: the %s has no digest of SHA-256", what);
	*ret = layer;
	return OK;
}

static enum err read_layers(const struct node *list, struct oci_manifest *m, struct errinfo *e)
{
	struct oci_layer legacy = { .bytes = 0 };
	struct {
		const char *type, *what;
		struct oci_layer *to;
		bool found;
	} known[] = {
		{ CHART_TYPE, "chart", &m->chart, false },
		{ PROVENANCE_TYPE, "provenance file", &m->provenance, false },
		{ LEGACY_CHART_TYPE, "chart", &legacy, false },
	};
	for (const struct node_item *i = list->items; i; i = i->next) {
		struct str type = text_of(i->value, "mediaType");
		for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
			if (!str_eq_c(type, known[k].type))
				continue;
			if (known[k].found)
				return ERR(e, METADATA, "manifest: more than one layer is a %s", known[k].what);
			enum err err = read_layer(i->value, known[k].what, known[k].to, e);
			if (err)
				return err;
			known[k].found = true;
		}
	}
	if (!known[0].found && !known[2].found)
		return ERR(e, METADATA, "manifest: no layer with media type " CHART_TYPE);
	if (!known[0].found)
		m->chart = legacy;
	m->has_provenance = known[1].found;
	return OK;
}

static enum err check_kind(const struct node *root, struct str content_type, struct errinfo *e)
{
	if (is_index_type(content_type) || is_index_type(text_of(root, "mediaType")) ||
	    node_get(root, "manifests"))
		return ERR(e, METADATA, "it is an image index, a list of manifests; the manifest of one chart is "
		           "expected");
	const struct node *version = node_get(root, "schemaVersion");
	if (!version || !version->plain || !str_eq(node_text(version), STR("2")))
		return ERR(e, METADATA, "manifest: schemaVersion must be 2");
	struct str type = text_of(node_get(root, "config"), "mediaType");
	if (!str_eq(type, STR(CONFIG_TYPE)))
		return ERR(e, METADATA, "it is no Helm chart: its configuration is \"%.*s\"",
		           STR_ARG(str_first(type, 100)));
	return OK;
}

enum err oci_manifest_read(struct arena *a, struct str body, struct str content_type,
                           struct oci_manifest *ret, struct errinfo *e)
{
	struct oci_manifest m = { .has_provenance = false };
	const struct node *root, *layers;
	enum err err = oci_json(a, body, "manifest", &root, e);
	if (!err)
		err = check_kind(root, content_type, e);
	if (!err)
		err = read_layer(node_get(root, "config"), "configuration", &m.config, e);
	if (err)
		return err;
	layers = node_get(root, "layers");
	if (!layers || layers->kind != NODE_LIST)
		return ERR(e, METADATA, "manifest: \"layers\" must be a list");
	err = read_layers(layers, &m, e);
	if (err)
		return err;
	m.created = text_of(node_get(root, "annotations"), CREATED_KEY);
	*ret = m;
	return OK;
}
