/* Charts of a virtual repository, which has none of its own: their pages, and what the API tells of them, are the
 * member's that keeps the chart, where the version that the virtual one shows as its latest may be no longer the
 * latest.                                                                                     */
#pragma once

#include "server/route/route.h"

/* Turns a virtual repository into the member whose chart it shows in this version, and an empty version into the
 * one that it shows when none is asked for; both live as long as the call. False, and both as they were: it is none,
 * that version is not shown, or the caller may not see both repositories.                     */
bool member_of(struct call *c, struct str *repo, struct str name, struct str *version);

/* Turns the path of such a page into that of the member's, with the version in it that is shown there where none
 * is asked for; segments are in the request's arena. False, and *p as it was: it is another path, that version
 * is not shown, or the caller may not see both repositories. There must be a catalog.           */
bool member_page(struct call *c, struct path *p);
