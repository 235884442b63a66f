/* Whether a chart works where no network goes, and if not, why.
 *
 *     err = readiness_read(&arena, &chart, bytes, &n, e);          what it needs: of the archive alone
 *     err = readiness_judge(&arena, &n, &inside, &r, e);           what of that is not inside
 *
 * The first renders the chart's defaults, and takes as long as that; the second takes nothing. Asked for are
 * a schema that refers to other documents, dependencies, images, the icon, commands of containers and scripts
 * that download, and what is larger than Helm or Flux takes. What values could turn on is not looked at.
 *
 * A host of a cluster ("db", "db.ns.svc"), an address of numbers, one for examples and one that is known
 * only at run time are inside; but Helm asks an example's host for a schema. Texts live in the arena or borrow from the chart. The only error is NOMEM. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"

enum readiness_severity { READY_FINE, READY_INFO, READY_WARNING, READY_ERROR, READY_SEVERITIES };
enum outside_kind { OUTSIDE_NOTHING, OUTSIDE_DEPENDENCY, OUTSIDE_SCHEMA, OUTSIDE_IMAGE, OUTSIDE_ICON,
                    OUTSIDE_DOWNLOAD, OUTSIDE_KINDS };
enum readiness_code {
#define X(name, word, severity, kind, title, advice) READY_IS_##name,
#include "indexer/document/readiness.def"
#undef X
	READY_CODES
};
struct readiness_rule {
	const char *word;                /* "schema-ref" */
	enum readiness_severity severity;
	enum outside_kind kind;
	const char *title, *advice;      /* what it is; what to do */
};
const struct readiness_rule *readiness_rule(enum readiness_code c);
const char *readiness_severity_word(enum readiness_severity s);          /* "error"; "fine" */
const char *outside_kind_word(enum outside_kind k);                      /* "dependency" */
/* "dependency", … as above; false: none of them. */
bool outside_kind_of_word(struct str word, enum outside_kind *ret);

struct readiness_finding {
	enum readiness_code code;
	struct str what;                 /* "https://example.com/x.json", "redis ~17 of https://…" */
	struct str where;                /* "values.schema.json#/properties/x", "Chart.yaml" */
	struct str subchart;             /* names down to it, "redis/common"; empty: the chart */
	struct str host;                 /* "charts.example.com", "docker.io"; empty: none */
	struct str tool;                 /* "pip", "apt": of packages that are asked of whichever host it is
	                                    set up for; empty: the host is known */
	struct str why;                  /* why a dependency is missing, or no host is known; may be empty */
	size_t dependency;               /* of the chart, from 1; 0: it is about none */
};

struct readiness_needs {
	const struct chart *chart;       /* borrowed */
	struct readiness_finding *list;
	size_t count;
	bool cut;                        /* there was more than is looked at */
};
/* `archive_bytes` 0: not known. */
NODISCARD enum err readiness_read(struct arena *a, const struct chart *c, uint64_t archive_bytes,
                                  struct readiness_needs *ret, struct errinfo *e);
struct defaults_rendered;            /* render_input.h */
/* The same of a chart that is rendered. */
NODISCARD enum err readiness_read_defaults(struct arena *a, const struct chart *c,
                                           const struct defaults_rendered *d, uint64_t archive_bytes,
                                           struct readiness_needs *ret, struct errinfo *e);

/* The same, where a list of images was pushed (images_pushed.h): it says what the chart runs, and nothing
 * else does. The rest borrows from `n`'s chart.                                               */
NODISCARD enum err readiness_with_list(struct arena *a, const struct readiness_needs *n, struct str list,
                                       struct readiness_needs *ret, struct errinfo *e);

/* What of a dependency is inside: the repository that its address means, the version there that its range
 * admits; both may be empty, and then why may say why.                                        */
struct readiness_source { struct str repo, version, why; bool deprecated; };
struct readiness_inside {
	const struct readiness_source *sources;      /* of chart.meta.dependencies, in order; NULL: nothing */
	const struct str *hosts;         /* patterns (format/glob.h) of hosts that answer inside, and of tools
	                                    that are set up to ask one of them */
	size_t host_count;
};
struct readiness {
	struct readiness_finding *findings;          /* the most severe first */
	size_t count, counts[READY_SEVERITIES];
	struct readiness_finding *outside;           /* what asks outside, by kind, host and tool */
	size_t outside_count;
	bool cut;
};
NODISCARD enum err readiness_judge(struct arena *a, const struct readiness_needs *n,
                                   const struct readiness_inside *inside, struct readiness *ret,
                                   struct errinfo *e);

/* Members of an object that is begun: "ready", "errors", "warnings", "infos", "findings", "outside",
 * "cut".                                                                                      */
void readiness_json(struct sbuf *b, const struct readiness *r);
