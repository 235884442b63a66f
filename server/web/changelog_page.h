/* /packages/{repo}/{name}/{version}/changelog: what the releases of a chart changed, newest first, from the
 * annotations of this version and those before it, and from CHANGELOG.md; changelog.md: the same as
 * Markdown.                                                                                   */
#pragma once

#include "server/web/chart_frame.h"
#include "server/web/releases.h"

#define CHANGES_ANNOTATION "artifacthub.io/changes"

struct changelog_view {
	struct chart_frame *f;
	struct release_list releases;
	struct str problem;              /* of the annotation */
	struct str file;                 /* a link to CHANGELOG.md; empty: there is none */
	struct str markdown, compare;    /* links; compare: with the version before, or the form */
	struct str before;               /* that version; empty: there is none */
};

NODISCARD enum err changelog_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err changelog_text(struct call *c, struct response *s, struct errinfo *e);
