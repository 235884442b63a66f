/* Settings as a line of a test has them: "take_charts=a b;take_last=3". */
#pragma once

#include "table.h"

#include "indexer/format/repo_settings.h"

static inline void set_rules(struct arena *a, const char *text, struct repo_settings *s)
{
	struct str rest = str_c(text);
	repo_settings_default(s);
	while (rest.n) {
		struct errinfo e = { 0 };
		struct str value = str_cut(&rest, ';', NULL);
		struct str name = str_cut(&value, '=', NULL);
		if (repo_settings_set(a, name, value, s, &e))
			fail_msg("%s: %s", text, e.detail);
	}
}
