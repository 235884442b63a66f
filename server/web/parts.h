/* What the parts of pages show (templates/parts.html): rows of a list, tabs, facets, dates. A part
 * is a template that pages call; /styleguide has all of them.                                */
#pragma once

#include "server/web/page.h"
#include "server/web/say.h"

struct mark { const char *word, *kind; };        /* "signed", "good"; NULL: there is nothing to say */

struct crumb { struct str name, link; };

struct tab {
	const char *name;
	struct str link;
	uint64_t count;                  /* beside the name; 0: none */
	bool current;
};

struct pager {
	uint64_t from, to, total;        /* "21–40 of 247" */
	struct str previous, next;       /* links; empty: there is none */
	struct str last;                 /* on a page behind it, which has no rows */
};

/* ?page: 1 where it is not said, at most PAGES_MAX. */
NODISCARD enum err page_number(const struct call *c, uint64_t *ret, struct errinfo *e);
/* Of a list of `total` rows, `rows` on a page: page `number`, from 1, of `link`, a function of links.h. A
 * page behind the last one begins and ends at the list's end.                                 */
struct pager pager_of(struct links *l, struct str link, uint64_t number, size_t rows, size_t total);

struct chip { struct str label, link; };         /* the link takes it away */

/* A form of checkboxes, sent as the query of `action`. */
struct facet_value {
	struct str value, label;         /* an empty label is the value */
	uint64_t count;
	bool chosen;
};
struct facet {
	const char *title, *param;
	const struct facet_value *values;
	size_t count;
	size_t shown;                    /* so many at once, the rest folded; 0: all */
};
struct facets {
	struct str action;
	const struct link_param *kept;   /* what else stands in the query: q, sort */
	size_t kept_count;
	const struct facet *list;
	size_t count;
	size_t chosen;                   /* values, of all of them */
};
bool facet_rest_is_chosen(const struct facet *f);

/* What was counted a day, oldest first, as a line of 64 × 18 px. */
struct spark { const uint32_t *values; size_t count; };
unsigned spark_x(const struct spark *s, size_t i);
unsigned spark_y(const struct spark *s, size_t i);

/* A chart in a list. Texts may be empty and numbers 0: they are not shown then. */
struct chart_row {
	struct str repo, name, version, app_version;
	const char *origin;              /* "cached", "upstream"; NULL: hosted */
	struct str link, icon;           /* icon: a link to an image of this server */
	struct html description;         /* with <mark>, or escaped text */
	struct html snippet;             /* where it was found otherwise */
	struct str snippet_where;        /* "README", "values" */
	struct mark signature;           /* signature_mark */
	bool library, deprecated, prerelease, yanked;
	uint64_t used_by, pulls;         /* pulls of 30 days */
	struct spark spark;
	int64_t released_ns, now_ns;
};

struct choice { struct str value, label; };      /* an empty label is the value */
struct field {
	const char *label, *name, *hint, *wrong;             /* hint, wrong: NULL: none */
	const char *type, *autocomplete; /* of a line: NULL: text, off */
	const char *placeholder;         /* of a line: what an empty one means; NULL: nothing */
	struct str value;
	bool required;
	bool box;                        /* it is checked where the value is "true" */
	unsigned rows;                   /* of a text area; 0: it is none */
	const struct choice *choices;
	size_t choice_count;             /* of a select; 0: it is none */
};
static inline struct str field_bool(bool on) { return on ? STR("true") : STR("false"); }
