/* Charts and repositories as clients of Artifact Hub read them: members of a JSON object that the
 * caller begins and ends.
 *
 * What nobody here knows is left out where Artifact Hub leaves out null (a display name, a security
 * report), and 0 or false where a client counts on it (stars, official).                    */
#pragma once

#include "indexer/document/annotations.h"
#include "indexer/format/index.h"
#include "server/artifacthub/answer.h"

struct package {                     /* a version of a chart */
	struct str repo;
	const struct index_entry *entry;
	struct str license;
	enum category category;
	bool has_icon;                   /* of the chart, as it is shown */
	bool has_schema, is_signed;
};
void package_of_chart(const struct app *app, const struct hub_chart *c, struct package *ret);

/* A hit of a search; a summary; the beginning of the whole. */
enum package_shape { PACKAGE_HIT, PACKAGE_SUMMARY, PACKAGE_WHOLE };
void package_put(struct answer *x, const struct package *p, enum package_shape shape);
void package_put_repo(struct answer *x, struct str repo, enum package_shape shape);

void package_put_id(struct answer *x, const char *key, enum id_kind kind, struct str repo,
                    struct str name);
/* Left out when it is empty, as null is. */
void package_put_text(struct answer *x, const char *key, struct str text);
void package_put_seconds(struct answer *x, const char *key, int64_t wall_ns);

/* "Redis HA" → "redis-ha", as it stands in addresses. In the arena. */
struct str package_address_name(struct answer *x, struct str name);
bool package_is_operator(const struct chart_meta *m);
/* As Go's strconv.ParseBool; false: it is none. */
bool package_bool(struct str text, bool *ret);
/* An annotation is such a text for true. */
bool package_says(const struct chart_meta *m, const char *annotation);

/* "links": sources and those of the annotation; home stands apart, as home_url. NOMEM. */
NODISCARD enum err package_put_links(struct answer *x, const struct chart_meta *m,
                                     const struct chart_annotations *notes, struct errinfo *e);

/* In a repository that the caller sees: by its name, or the name in addresses. NOT_FOUND. */
NODISCARD enum err package_find(struct answer *x, struct str repo, struct str name,
                                struct hub_chart **ret, struct errinfo *e);
/* By package_id, or by the id of its image, among those that the caller sees. INVALID, NOT_FOUND. */
NODISCARD enum err package_find_id(struct answer *x, enum id_kind kind, struct str id,
                                   struct hub_chart **ret, struct errinfo *e);
