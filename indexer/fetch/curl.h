/* What the users of libcurl share: options and header lines that cannot be lost without being noticed, and
 * texts and URLs that clean up after themselves. Private to this folder.                       */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

/* What could not be set would be libcurl's default, so nothing is asked then. `t` has curl and is_unset. */
#define SET(t, option, value) \
	((t)->is_unset |= curl_easy_setopt((t)->curl, option, value) != CURLE_OK)

struct header_lines {
	struct curl_slist *list;         /* curl_slist_free_all */
	bool failed;                     /* memory */
};

/* Copied; NULL: its maker had no memory. */
static inline void header_lines_add(struct header_lines *l, const char *line)
{
	struct curl_slist *list = line ? curl_slist_append(l->list, line) : NULL;
	l->failed |= !list;
	l->list = list ? list : l->list;
}

static inline void curl_free_text(char **text) { curl_free(*text); }
static inline void curl_free_url(CURLU **url) { curl_url_cleanup(*url); }
#define AUTO_TEXT __attribute__((cleanup(curl_free_text)))
#define AUTO_URL  __attribute__((cleanup(curl_free_url)))
