/* What templates/error.html shows. */
#pragma once

#include "server/web/page.h"

struct error_view {
	int status;
	const char *code, *title, *detail, *advice, *request_id;
	bool search, sign_in;
};
