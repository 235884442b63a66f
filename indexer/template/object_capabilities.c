/* .Capabilities: what `helm template` knows of a cluster that it has not asked. */
#include "indexer/base/ascii.h"
#include "indexer/template/functions.h"
#include "indexer/template/objects.h"

/* Those that client-go has in the newest Helm, in its order: whatever the version of Kubernetes. */
static const char *const api_versions[] = {
	"v1",
	"admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1alpha1",
	"admissionregistration.k8s.io/v1beta1", "internal.apiserver.k8s.io/v1alpha1",
	"apps/v1", "apps/v1beta1", "apps/v1beta2",
	"authentication.k8s.io/v1", "authentication.k8s.io/v1alpha1", "authentication.k8s.io/v1beta1",
	"authorization.k8s.io/v1", "authorization.k8s.io/v1beta1",
	"autoscaling/v1", "autoscaling/v2", "batch/v1", "batch/v1beta1",
	"certificates.k8s.io/v1", "certificates.k8s.io/v1beta1", "certificates.k8s.io/v1alpha1",
	"coordination.k8s.io/v1alpha2", "coordination.k8s.io/v1beta1", "coordination.k8s.io/v1",
	"discovery.k8s.io/v1", "discovery.k8s.io/v1beta1",
	"events.k8s.io/v1", "events.k8s.io/v1beta1", "extensions/v1beta1",
	"flowcontrol.apiserver.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1beta1",
	"flowcontrol.apiserver.k8s.io/v1beta2", "flowcontrol.apiserver.k8s.io/v1beta3",
	"lifecycle.k8s.io/v1alpha1", "networking.k8s.io/v1", "networking.k8s.io/v1beta1",
	"node.k8s.io/v1", "node.k8s.io/v1alpha1", "node.k8s.io/v1beta1", "policy/v1", "policy/v1beta1",
	"rbac.authorization.k8s.io/v1", "rbac.authorization.k8s.io/v1beta1",
	"rbac.authorization.k8s.io/v1alpha1",
	"resource.k8s.io/v1", "resource.k8s.io/v1beta2", "resource.k8s.io/v1beta1",
	"resource.k8s.io/v1alpha3",
	"scheduling.k8s.io/v1alpha3", "scheduling.k8s.io/v1beta1", "scheduling.k8s.io/v1",
	"storage.k8s.io/v1beta1", "storage.k8s.io/v1", "storage.k8s.io/v1alpha1",
	"storagemigration.k8s.io/v1", "storagemigration.k8s.io/v1beta1",
	"apiextensions.k8s.io/v1beta1", "apiextensions.k8s.io/v1",
};
#define API_VERSIONS (sizeof api_versions / sizeof *api_versions)

/* One type of object does for all: fields that are texts or other objects. */
struct field { const char *name; struct tmpl_value value; bool is_method; };
struct capabilities {
	struct tmpl_object object;
	struct field fields[6];
};

static const struct field *fields_of(const struct tmpl_object *o)
{
	return ((const struct capabilities *)o)->fields;
}

static bool get_field(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                      const struct tmpl_value *arguments, size_t count, struct tmpl_value *ret)
{
	(void)arguments;
	for (const struct field *f = fields_of(o); f->name; f++)
		if (str_eq_c(name, f->name))
			return tmpl_want_count(r, name, 0, count) && tmpl_answer(ret, f->value);
	return tmpl_no_field(r, o, name);
}

static bool make_map(struct tmpl_run *r, const struct tmpl_object *o, struct tmpl_map **ret)
{
	struct tmpl_map *map = tmpl_map_new(r->a);
	for (const struct field *f = fields_of(o); map && f->name; f++)
		if (!f->is_method && !tmpl_map_set(r->a, map, str_c(f->name), f->value))
			return false;
	*ret = map;
	return map;
}

static void print_version(struct sbuf *b, const struct tmpl_object *o)
{
	sbuf_put(b, fields_of(o)[0].value.text);
}

static const struct tmpl_object_type
	capabilities_type = { .name = "*common.Capabilities", .member = get_field, .map = make_map },
	kube_type = { .name = "common.KubeVersion", .member = get_field, .map = make_map,
	              .print = print_version },
	helm_type = { .name = "version.BuildInfo", .member = get_field, .map = make_map,
	              .print = print_version };
#define TEXT(key, literal) \
	{ key, { .kind = TMPL_STRING, .text = { literal, sizeof (literal) - 1 } }, false }
static const struct capabilities helm = { { &helm_type }, {
	TEXT("Version", "v" RENDER_HELM_VERSION), TEXT("GitCommit", ""), TEXT("GitTreeState", ""),
	TEXT("GoVersion", RENDER_GO_VERSION),
} };

/* ---- of a version of Kubernetes ---- */

static struct str digits_of(struct str *rest)
{
	struct str digits = *rest;
	digits.n = 0;
	while (digits.n < rest->n && ascii_is_digit(digits.p[digits.n]))
		digits.n++;
	*rest = str_from(*rest, digits.n + 1);
	return digits;
}

static bool fill_kube(struct arena *a, struct str version, struct capabilities *kube)
{
	if (!version.n)
		version = STR(RENDER_KUBE_VERSION);
	struct str rest = str_from(version, version.p[0] == 'v'),
	           full = str_c(arena_printf(a, "v%.*s", STR_ARG(rest)));
	struct str major = digits_of(&rest), minor = digits_of(&rest);
	*kube = (struct capabilities){ { &kube_type }, {
		{ "Version", tmpl_text(full), false }, { "Major", tmpl_text(major), false },
		{ "Minor", tmpl_text(minor), false },
		{ "GitVersion", tmpl_text(full), true }, { "String", tmpl_text(full), true },
	} };
	return full.p;
}

const struct tmpl_object *object_capabilities_new(struct arena *a, struct str version)
{
	struct capabilities *both = arena_array(a, 2, sizeof *both);
	struct tmpl_value *items = arena_array(a, API_VERSIONS, sizeof *items);
	if (!both || !items || !fill_kube(a, version, &both[1]))
		return NULL;
	for (size_t i = 0; i < API_VERSIONS; i++)
		items[i] = tmpl_text(str_c(api_versions[i]));
	struct tmpl_value versions = tmpl_list(items, API_VERSIONS);
	versions.go = TMPL_GO_VERSIONS;
	both[0] = (struct capabilities){ { &capabilities_type }, {
		{ "KubeVersion", object_value(&both[1].object), false },
		{ "APIVersions", versions, false },
		{ "HelmVersion", object_value(&helm.object), false },
	} };
	return &both[0].object;
}
