/* What an organisation makes of the pages by its settings, and the files that pages ask for: made once
 * at start, constant afterwards. A file is compressed when somebody takes it so for the first time.
 *
 * The stylesheet that is served is static/site.css with the organisation's colours behind it, so
 * that a page needs no request more for them. All files have one version, a hash of their bytes,
 * which stands in their addresses.                                                           */
#pragma once

#include <pthread.h>

#include "indexer/base/err.h"
#include "indexer/base/limits.h"
#include "indexer/base/str.h"

struct site_options {                /* texts may be NULL or empty, and outlive the site */
	const char *name;                /* "Chartlocker" */
	const char *logo;                /* a file: SVG, PNG, JPEG or WebP, beside the name */
	const char *accent, *accent_dark;        /* "#1f5f8b", in light and dark */
	const char *message;             /* of the day, above every page */
};

struct asset {
	const char *name, *type;
	struct str bytes;
	char *own;                       /* their memory, where it is not static */
	bool was_packed;                 /* the site's own, as those below */
	struct str packed;
	char *own_packed;
};

#define SITE_VERSION_BYTES 13
struct site {
	struct str name, message;
	struct asset assets[4];          /* stylesheet, script, icon, and maybe the logo */
	size_t asset_count;
	char version[SITE_VERSION_BYTES];
	bool has_logo;
	pthread_mutex_t packing;
};

/* CONFIG: a colour that is none, or cannot be read on the pages; a logo that is none. */
NODISCARD enum err site_new(const struct site_options *o, struct site **ret, struct errinfo *e);
void site_free(struct site *s);      /* NULL is fine */
/* Of a value of site.accent or site.accent_dark; empty is fine. CONFIG. */
NODISCARD enum err site_check_accent(const char *value, struct errinfo *e);
NODISCARD enum err site_check_accent_dark(const char *value, struct errinfo *e);
/* NULL: there is none of that name. */
struct asset *site_asset(struct site *s, struct str name);
/* Its bytes as gzip, empty where that is no smaller. By any thread; the first time takes some ms. */
struct str site_packed(struct site *s, struct asset *a);
