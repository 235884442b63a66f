/* Where the charts of a repository are from: from here, or from an upstream. */
#pragma once

#include "server/route/app.h"

struct repo_origin {
	enum repo_kind kind;
	bool links_here;                 /* also of an upstream: its index leads here */
	struct str upstream;             /* its address; empty: it is none */
};
/* Of a repository that is not there: as of a hosted one. In the arena; false: it has no room. */
bool repo_origin_of(const struct call *c, struct arena *a, struct str repo, struct repo_origin *ret);
/* What `helm repo add` takes for it: here, or the upstream where the index leads there. */
void origin_of_repo(const struct call *c, struct str repo, struct sbuf *b);
