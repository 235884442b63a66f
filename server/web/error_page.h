/* What templates/error.html shows. */
#pragma once

#include "server/web/near.h"
#include "server/web/page.h"

struct error_view {
	int status;
	const char *code, *title, *detail, *advice, *request_id;
	bool search, sign_in;
	struct near_link near[NEAR_MAX];
	size_t near_count;
};
