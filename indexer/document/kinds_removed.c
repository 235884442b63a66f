/* What Kubernetes no longer serves, and since which version: the deprecated API migration guide of
 * its documentation, as far as stable and beta versions go.                                  */
#include "indexer/document/kinds.h"

static const struct removed { const char *api_version, *kind, *version; } removed[] = {
	/* kind NULL: all of this apiVersion; the first row that fits counts */
	{ "extensions/v1beta1",                   "Ingress", "1.22" },
	{ "extensions/v1beta1",                   NULL,      "1.16" },
	{ "apps/v1beta1",                         NULL,      "1.16" },
	{ "apps/v1beta2",                         NULL,      "1.16" },
	{ "settings.k8s.io/v1alpha1",             NULL,      "1.20" },
	{ "batch/v2alpha1",                       NULL,      "1.21" },
	{ "admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", "1.22" },
	{ "admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", "1.22" },
	{ "apiextensions.k8s.io/v1beta1",         NULL,      "1.22" },
	{ "apiregistration.k8s.io/v1beta1",       NULL,      "1.22" },
	{ "authentication.k8s.io/v1beta1",        "TokenReview", "1.22" },
	{ "authorization.k8s.io/v1beta1",         NULL,      "1.22" },
	{ "certificates.k8s.io/v1beta1",          "CertificateSigningRequest", "1.22" },
	{ "coordination.k8s.io/v1beta1",          "Lease",   "1.22" },
	{ "networking.k8s.io/v1beta1",            "Ingress", "1.22" },
	{ "networking.k8s.io/v1beta1",            "IngressClass", "1.22" },
	{ "rbac.authorization.k8s.io/v1beta1",    NULL,      "1.22" },
	{ "rbac.authorization.k8s.io/v1alpha1",   NULL,      "1.22" },
	{ "scheduling.k8s.io/v1beta1",            NULL,      "1.22" },
	{ "storage.k8s.io/v1beta1",               "CSIStorageCapacity", "1.27" },
	{ "storage.k8s.io/v1beta1",               "CSIDriver", "1.22" },
	{ "storage.k8s.io/v1beta1",               "CSINode", "1.22" },
	{ "storage.k8s.io/v1beta1",               "StorageClass", "1.22" },
	{ "storage.k8s.io/v1beta1",               "VolumeAttachment", "1.22" },
	{ "batch/v1beta1",                        NULL,      "1.25" },
	{ "discovery.k8s.io/v1beta1",             NULL,      "1.25" },
	{ "events.k8s.io/v1beta1",                NULL,      "1.25" },
	{ "autoscaling/v2beta1",                  NULL,      "1.25" },
	{ "policy/v1beta1",                       NULL,      "1.25" },
	{ "node.k8s.io/v1beta1",                  NULL,      "1.25" },
	{ "autoscaling/v2beta2",                  NULL,      "1.26" },
	{ "flowcontrol.apiserver.k8s.io/v1beta1", NULL,      "1.26" },
	{ "flowcontrol.apiserver.k8s.io/v1beta2", NULL,      "1.29" },
	{ "flowcontrol.apiserver.k8s.io/v1beta3", NULL,      "1.32" },
};

const char *kind_removed_in(struct str api_version, struct str kind)
{
	for (size_t i = 0; i < sizeof removed / sizeof *removed; i++) {
		const struct removed *r = &removed[i];
		if (str_eq_c(api_version, r->api_version) && (!r->kind || str_eq_c(kind, r->kind)))
			return r->version;
	}
	return NULL;
}
