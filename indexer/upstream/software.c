/* Which software an upstream is, by what its answers give away. For people, who see it on the pages; and
 * one of our own kind is followed by its log.                                                  */
#include "indexer/base/limits.h"
#include "indexer/format/glob.h"
#include "indexer/upstream/impl.h"

/* The first row that is true says it. */
static const struct {
	const char *software;
	enum { HAS_HEADER, SERVER_IS, URL_IS, FIRST_CHART_IS, INFO_IS } sign;
	const char *what;                /* the header's name; a pattern of format/glob.h */
} signs[] = {
	{ SOFTWARE_OURS,    HAS_HEADER,     FOLLOW_HEADER },
	{ "artifactory",    HAS_HEADER,     "X-Artifactory-Id" },
	{ "artifactory",    HAS_HEADER,     "X-JFrog-Version" },
	{ "artifactory",    SERVER_IS,      "Artifactory**" },
	{ "nexus",          SERVER_IS,      "Nexus**" },
	{ "gitlab",         HAS_HEADER,     "X-Gitlab-Meta" },
	{ "gitlab",         URL_IS,         "**/api/v4/projects/**/packages/helm/**" },
	{ "gitea",          URL_IS,         "**/api/packages/**/helm/index.yaml" },
	{ "harbor",         HAS_HEADER,     "X-Harbor-Csrf-Token" },
	{ "harbor",         URL_IS,         "**/chartrepo/**" },
	{ "chart-releaser", FIRST_CHART_IS, "https://github.com/**/releases/download/**" },
	{ "github-pages",   URL_IS,         "https://*.github.io/**" },
	{ "github-pages",   URL_IS,         "https://raw.githubusercontent.com/**" },
	{ "github-pages",   SERVER_IS,      "GitHub.com" },
	{ "chartmuseum",    INFO_IS,        "**\"contextPath\"**" },
	{ "chartmuseum",    INFO_IS,        "{}" },
};

static bool is_sign(size_t row, const struct software_clues *c)
{
	struct str pattern = str_c(signs[row].what), none = { 0 }, url = c->answer->url;
	switch (signs[row].sign) {
	case HAS_HEADER:     return outgoing_header(c->answer, signs[row].what).n != 0;
	case SERVER_IS:      return glob_match(pattern, c->answer->server);
	case URL_IS:         return glob_match(pattern, str_cut(&url, '?', NULL));
	case FIRST_CHART_IS: return glob_match(pattern, c->first_chart ? str_c(c->first_chart) : none);
	case INFO_IS:        return glob_match(pattern, c->server_info ? str_c(c->server_info) : none);
	}
	return false;
}

struct str software_of(const struct software_clues *c)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (is_sign(i, c))
			return str_c(signs[i].software);
	return (struct str){ 0 };
}
