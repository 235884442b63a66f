/* Every SQL statement of the program: an enum names it, one table holds its text. Internal to
 * this folder. catalog.db has those that are not marked, search.db those of SEARCH; what begins and
 * ends transactions is in both.
 *
 * Statements are prepared when the catalog is opened, which is when a wrong one is noticed:
 * text left over after the statement, a parameter without a name, or a statement that writes
 * but is marked READ is ERR_BUG. Nothing builds SQL at run time.                             */
#pragma once

#include "indexer/base/err.h"

enum query {
	QUERY_BEGIN,
	QUERY_SNAPSHOT,
	QUERY_COMMIT,
	QUERY_ROLLBACK,
	QUERY_REPO_PUT,
	QUERY_REPOS,
	QUERY_REPO_SET,
	QUERY_REPO_RENAME,
	QUERY_REPO_REMOVE,
	QUERY_ALIASES,
	QUERY_ALIAS_PUT,
	QUERY_ALIAS_REMOVE,
	QUERY_VERSION_BY_NAME,
	QUERY_VERSION_BY_FILE,
	QUERY_VERSION_INSERT,
	QUERY_VERSION_UPDATE,
	QUERY_VERSIONS_OF_REPO,
	QUERY_VERSIONS_CLEAR,
	QUERY_VERSIONS_AFTER,
	QUERY_VERSIONS_OF_CHART,
	QUERY_USAGE,
	QUERY_PULL_ADD,
	QUERY_PULLS_OF_FILE,
	QUERY_PULLS_OF_REPO,
	QUERY_PAST_PUT,
	QUERY_PAST_BLANK,
	QUERY_INDEX_AT,
	QUERY_FILE_AT,
	QUERY_EVENT_INSERT,
	QUERY_EVENTS_BETWEEN,
	QUERY_EVENT_LAST,
	QUERY_EVENT_LAST_OF_REPO,
	QUERY_EVENT_SETTINGS,
	QUERY_EVENT_END,
	QUERY_EVENT_ENDS,
	QUERY_EVENT_AT,
	QUERY_EVENT_AT_TIME,
	QUERY_EVENT_LEAF,
	QUERY_LOG_SIZE,
	QUERY_NODE_PUT,
	QUERY_NODE_GET,
	QUERY_NODE_COUNT,
	QUERY_META_GET,
	QUERY_META_SET,
	QUERY_ACCOUNTS,
	QUERY_ACCOUNT_INSERT,
	QUERY_ACCOUNT_UPDATE,
	QUERY_ACCOUNT_REMOVE,
	QUERY_TOKENS,
	QUERY_TOKEN_INSERT,
	QUERY_TOKEN_UPDATE,
	QUERY_TOKEN_REMOVE,
	QUERY_TOKEN_USED,
	QUERY_PEOPLE_EVER,
	QUERY_AUDIT_INSERT,
	QUERY_AUDIT_SINCE,
	QUERY_AUDIT_TRIM,
	QUERY_INTEGRITY_CHECK,
	QUERY_FOREIGN_KEY_CHECK,
	QUERY_SEARCH_CHARTS,
	QUERY_SEARCH_CHART_BY_NAME,
	QUERY_SEARCH_CHART_PUT,
	QUERY_SEARCH_CHART_REMOVE,
	QUERY_SEARCH_TEXT_PUT,
	QUERY_SEARCH_TEXT_REMOVE,
	QUERY_SEARCH_VERSIONS,
	QUERY_SEARCH_VERSION_PUT,
	QUERY_SEARCH_VERSION_REMOVE,
	QUERY_SEARCH_EDGE_PUT,
	QUERY_SEARCH_EDGES_REMOVE,
	QUERY_SEARCH_EDGES,
	QUERY_SEARCH_USERS,
	QUERY_SEARCH_NAMES_OF_REPO,
	QUERY_SEARCH_REPOS,
	QUERY_SEARCH_MATCH,
	QUERY_SEARCH_SNIPPET,
	QUERY_SEARCH_OPTIMIZE,
	QUERY_COUNT
};

struct query_text {
	const char *sql;
	enum { QUERY_READ, QUERY_WRITE } kind;   /* WRITE: needs a transaction; not for readers */
	enum { IN_CATALOG, IN_SEARCH, IN_BOTH } in;
};

extern const struct query_text query_table[QUERY_COUNT];

struct sqlite3;
struct sqlite3_stmt;

/* ret is NULL after an error; otherwise the caller finalizes it. */
NODISCARD enum err query_prepare(struct sqlite3 *db, const struct query_text *text,
                                 struct sqlite3_stmt **ret, struct errinfo *e);
