/* Licenses by the sentences that no other license has. The rows are in order of precedence: one that
 * names another license comes before it.                                                     */
#include "indexer/document/annotations.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

static const struct license {
	const char *name;                /* SPDX */
	const char *has, *also;          /* lower case, single spaces; `also` may be NULL */
} licenses[] = {
	{ "BUSL-1.1",     "business source license 1.1", NULL },
	{ "AGPL-3.0",     "gnu affero general public license version 3, 19 november 2007", NULL },
	{ "LGPL-3.0",     "gnu lesser general public license version 3, 29 june 2007", NULL },
	{ "LGPL-2.1",     "gnu lesser general public license version 2.1, february 1999", NULL },
	{ "GPL-3.0",      "gnu general public license version 3, 29 june 2007", NULL },
	{ "GPL-2.0",      "gnu general public license version 2, june 1991", NULL },
	{ "MPL-2.0",      "mozilla public license version 2.0", NULL },
	{ "MPL-2.0",      "mozilla public license, version 2.0", NULL },
	{ "EPL-2.0",      "eclipse public license - v 2.0", NULL },
	{ "EPL-1.0",      "eclipse public license - v 1.0", NULL },
	{ "Apache-2.0",   "apache license version 2.0, january 2004", NULL },
	{ "Apache-2.0",   "licensed under the apache license, version 2.0", NULL },
	{ "Unlicense",    "this is free and unencumbered software released into the public domain", NULL },
	{ "CC0-1.0",      "cc0 1.0 universal", NULL },
	{ "BSL-1.0",      "boost software license - version 1.0", NULL },
	{ "BSD-4-Clause", "redistribution and use in source and binary forms",
	                  "all advertising materials mentioning features" },
	{ "BSD-3-Clause", "redistribution and use in source and binary forms", "neither the name of" },
	{ "BSD-2-Clause", "redistribution and use in source and binary forms",
	                  "redistributions in binary form must reproduce" },
	{ "MIT",          "permission is hereby granted, free of charge, to any person obtaining a copy of "
	                  "this software and associated documentation files",
	                  "the above copyright notice and this permission notice" },
	{ "ISC",          "permission to use, copy, modify, and/or distribute this software for any purpose "
	                  "with or without fee is hereby granted", "provided that the above copyright notice" },
	{ "ISC",          "permission to use, copy, modify, and distribute this software for any purpose "
	                  "with or without fee is hereby granted", "provided that the above copyright notice" },
};

/* Whether the text begins with the sentence; its spaces stand for any white space. */
static bool begins_with(struct str text, const char *sentence)
{
	size_t at = 0;
	for (; *sentence; sentence++) {
		if (at == text.n || (*sentence == ' ' ? !ascii_is_space(text.p[at])
		                                      : ascii_lower(text.p[at]) != *sentence))
			return false;
		at++;
		while (*sentence == ' ' && at < text.n && ascii_is_space(text.p[at]))
			at++;
	}
	return true;
}

static bool has(struct str text, const char *sentence)
{
	for (size_t i = 0; i < text.n; i++)
		if (ascii_lower(text.p[i]) == *sentence && begins_with(str_from(text, i), sentence))
			return true;
	return false;
}

struct str license_of_text(struct str text)
{
	text = str_first(text, LICENSE_READ_MAX_BYTES);
	for (size_t i = 0; i < sizeof licenses / sizeof *licenses; i++) {
		const struct license *l = &licenses[i];
		if (has(text, l->has) && (!l->also || has(text, l->also)))
			return str_c(l->name);
	}
	return STR("");
}

struct str chart_license(const struct chart *c, const struct chart_annotations *n)
{
	static const char *const keys[] = { "licenses", "license", "org.opencontainers.image.licenses" };
	if (n->license.n)
		return n->license;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct str text = str_trim(annotation_get(&c->meta, keys[i]));
		if (text.n)
			return text;
	}
	return license_of_text(c->license);
}
