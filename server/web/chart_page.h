/* /packages/{repo}/{name}[/{version}]: what a chart is, how to install it, and its README. */
#pragma once

#include "server/web/chart_frame.h"

struct chart_view {
	const struct chart_frame *f;
	struct html readme;
	bool has_readme;
};

NODISCARD enum err chart_page(struct call *c, struct response *s, struct errinfo *e);
