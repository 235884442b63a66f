/* What a chart brings into a cluster: the kinds of its templates, the rights it asks for, and its
 * CRDs. Templates are read, never executed.
 *
 *     struct chart_kinds k;
 *     err = kinds_read(&arena, &chart, &k, e);
 *
 * So this is what may come, not what comes with certain values: both branches of an {{ if }} count,
 * and what a template puts together ("kind: {{ … }}", rules made by toYaml) is not seen, only
 * counted. The chart's subcharts are read as well, whether a condition switches them off or not.
 *
 * Texts borrow from the chart or live in the arena; both must live as long as the result. Lists are
 * in the order of charts (the chart, then its subcharts by path, each before its own), files as in
 * the archive, and lines. Bad files are no errors: they count in `unread`. Every list has a limit,
 * in limits.h, and `cut` tells that one was reached. The only error is NOMEM.                */
#pragma once

#include "indexer/format/chart.h"

/* Where something stands. */
struct kind_place {
	struct str subchart;             /* names down to it, "redis" or "redis/common"; empty: the chart */
	struct str file;                 /* in that chart: "templates/deployment.yaml" */
	uint32_t line;                   /* from 1, as YAML counts; of a document: of its "kind:" where that is seen */
	bool partial;                    /* the file's name begins with '_': it comes where it is included */
};

/* One for every pair that a document may become: a PodDisruptionBudget that is policy/v1 or
 * policy/v1beta1, as the cluster has it, is two.                                             */
struct chart_kind {
	struct str kind;                 /* "Deployment" */
	struct str api_version;          /* "apps/v1"; empty: made by the template */
	struct kind_place at;
	struct str removed_in;           /* Kubernetes that no longer has it: "1.22"; empty: none known, or
	                                    the file chooses by what the cluster has */
};

/* Why a rule is worth a second look. */
#define RBAC_DANGERS(X) \
	X(ALL_VERBS, "allows everything (\"*\")") \
	X(ALL_RESOURCES, "is for all resources (\"*\")") \
	X(SECRETS, "reads any secret") \
	X(ESCALATE, "can give roles more rights than it has (escalate)") \
	X(BIND, "can bind roles with more rights than it has (bind)") \
	X(IMPERSONATE, "can act as somebody else (impersonate)") \
	X(NODES_PROXY, "reaches the kubelets (nodes/proxy)") \
	X(PODS_EXEC, "can run commands in pods (pods/exec)")

enum rbac_danger {
#define X(name, sentence) RBAC_##name,
	RBAC_DANGERS(X)
#undef X
	RBAC_DANGER_COUNT
};

const char *rbac_danger_sentence(enum rbac_danger d);    /* static */

/* One rule of a Role or ClusterRole. The lists are joined by ", " as they are written; what the
 * template puts together stands as "…".                                                     */
struct chart_rule {
	struct str role_kind;            /* "Role", "ClusterRole" */
	struct str groups;               /* "core, apps"; the group "" is "core" */
	struct str resources, verbs;
	struct str names;                /* resourceNames; empty: all */
	struct str urls;                 /* nonResourceURLs */
	struct kind_place at;
	uint32_t dangers;                /* bits 1 << RBAC_… */
};

/* A RoleBinding or ClusterRoleBinding whose role has a literal name; most name a role of the chart,
 * which the template puts together, and are not here.                                       */
struct chart_binding {
	struct str kind;                 /* "ClusterRoleBinding" */
	struct str role_kind, role;      /* "ClusterRole", "view" */
	struct kind_place at;
	bool cluster_admin;              /* to ClusterRole cluster-admin */
};

struct crd_version { struct str name; bool served, storage; };

struct chart_crd {
	struct str group, kind, plural, scope;   /* "cert-manager.io", "Issuer", "issuers", "Namespaced" */
	struct crd_version *versions;
	size_t version_count;
	struct kind_place at;
	bool templated;                  /* below templates/, so Helm updates and deletes it */
};

struct chart_kinds {
	struct chart_kind *kinds;
	struct chart_rule *rules;
	struct chart_binding *bindings;
	struct chart_crd *crds;
	size_t kind_count, rule_count, binding_count, crd_count;
	size_t unknown_rules;            /* roles of which rules could not be read, or not all */
	size_t unread;                   /* CRDs and files of crds/ that are no YAML or too large */
	bool cut;
};

NODISCARD enum err kinds_read(struct arena *a, const struct chart *c, struct chart_kinds *ret,
                              struct errinfo *e);

/* The version that the cluster keeps them in, else the first one; empty: it has none. */
struct str crd_stored_version(const struct chart_crd *crd);

/* "1.22" when Kubernetes dropped this; NULL for everything else. Static. */
const char *kind_removed_in(struct str api_version, struct str kind);
