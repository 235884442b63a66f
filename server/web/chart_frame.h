/* What all pages about a version of a chart share: who it is, the tabs, and where its bytes are.
 *
 *     static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
 *     {
 *             … f->contents->chart …
 *             html_values_body(body, &f->page, &view);   a template: what stands below the tabs
 *             return OK;
 *     }
 *
 *     return frame_page(c, TAB_VALUES, render, s, e);
 *
 * Its links live in the arena of the frame, because a long list has more of them than a request has
 * room for. Only for answers of a worker: opening may read an archive. The address names no version,
 * "latest" or one that is in the index or was yanked; NOT_FOUND says which ones are near.    */
#pragma once

#include "indexer/hub/contents.h"
#include "indexer/store/catalog.h"
#include "server/route/repo_origin.h"
#include "server/web/parts.h"
#include "server/web/recommended.h"

#define CHART_TABS(X) \
	X(README,       "",             "README") \
	X(VALUES,       "values",       "Values") \
	X(TEMPLATES,    "templates",    "Templates") \
	X(DEPENDENCIES, "dependencies", "Dependencies") \
	X(VERSIONS,     "versions",     "Versions") \
	X(CHANGELOG,    "changelog",    "Changelog")

enum chart_tab {
#define X(name, part, title) TAB_##name,
	CHART_TABS(X)
#undef X
	TAB_COUNT
};

#define FRAME_MARKS_MAX 13
#define FRAME_RECOMMENDED_MAX 20
#define FRAME_MENU_MAX 12            /* versions in the menu beside the name */

struct chart_frame {
	struct page page;                /* with title, description and canonical link */
	struct hub *hub;
	struct arena arena;
	enum chart_tab tab;
	int status;                      /* 0: 200 */
	struct str repo, name, version;
	bool default_version;            /* the address names none: the page is about the chart */
	struct hub_chart *chart;         /* as it is shown; NULL: no version of it is in the index */
	struct hub_versions versions;    /* in the index, the newest first; maybe none */
	size_t position;                 /* of this one; versions.count: it is yanked */
	struct version_row row;          /* what the catalog knows of it */
	struct index_entry entry;
	struct contents *contents;       /* NULL: its archive cannot be read, for this reason: */
	struct str unreadable;
	struct str newer;                /* a stable version that is newer; empty: none */
	struct str instead_of_it;        /* of a yanked one: the version that is shown; empty: there is none */
	struct recommended recommended[FRAME_RECOMMENDED_MAX];
	size_t recommended_count;        /* with it, or instead of a deprecated one */
	struct crumb crumbs[2];
	size_t crumb_count;
	struct tab tabs[TAB_COUNT];
	struct frame_version {
		struct str version, link;
		int64_t created_ns;
		bool current;
	} menu[FRAME_MENU_MAX];          /* the newest, and those around this one */
	size_t menu_count;
	struct mark marks[FRAME_MARKS_MAX];
	size_t mark_count;
	struct str link, install;        /* of this page's version, and its way to be installed */
	struct str stale;                /* its upstream fails or waits: since when, and why; empty: it does not */
	enum hub_origin origin;
	int64_t gone_ns, drift_ns;       /* as struct chart_version; what the upstream says by now */
	struct str taken_back;
	struct str here, there;          /* digests in hex, of drift */
	struct str drifted;              /* a link to all of the repository that did */
	bool unpinned;                   /* of an upstream that promises no digest, before an archive came */
	struct repo_origin from;
	bool verified;                   /* by its publisher's own word and ours */
	struct str icon;                 /* a link to an image of this server; empty: none */
	int64_t now_ns;
};

/* Writes what stands below the tabs. */
typedef enum err frame_body(struct call *c, struct chart_frame *f, struct sbuf *body,
                            struct errinfo *e);
NODISCARD enum err frame_page(struct call *c, enum chart_tab tab, frame_body *write,
                              struct response *s, struct errinfo *e);

/* For an answer that is no page: what is known of the version. */
NODISCARD enum err frame_open(struct call *c, enum chart_tab tab, struct chart_frame *ret,
                              struct errinfo *e);
void frame_done(struct chart_frame *f);          /* also of a zeroed one */
#define AUTO_FRAME __attribute__((cleanup(frame_done)))
/* The link of another version with the same tab, for the list beside the name. */
struct str frame_link(const struct chart_frame *f, struct str version);
