/* The table of statements.
 * Long because all SQL stands together: there is no other, and a new schema is checked against one file. */
#include "indexer/store/queries.h"

/* In the order in which repos.c reads them. */
#define REPO_COLUMNS "id, name, created_ns, settings"
/* In the order in which catalog.c and log.c read them. */
#define VERSION_COLUMNS \
	"id, repo_id, chart, version, file, digest, bytes, created_ns, state, event, prov_digest, line," \
	" yanked, shown_from, signature, deleted_event, purged, held, images"
/* As the index version_unpinned has it. */
#define UNPINNED \
	"FROM version INDEXED BY version_unpinned WHERE repo_id = @repo" \
	" AND digest = X'0000000000000000000000000000000000000000000000000000000000000000' AND state = 0"
/* In the order in which remotes.c and upstreams.c read them. */
#define REMOTE_COLUMNS \
	"chart, version, hash, digest, created_ns, urls, state, why, seen_ns, gone_ns, drift, drift_ns,"\
	" unfetched"
#define REMOTES REMOTES_BY("")
#define REMOTES_BY(index) \
	"SELECT r.chart, r.version, r.hash, r.digest, r.created_ns, r.urls, r.state, r.why, r.seen_ns," \
	" r.gone_ns, r.drift, r.drift_ns, r.unfetched, coalesce(v.held AND v.state = 0, 0) FROM remote r" index \
	" LEFT JOIN version v ON v.repo_id = r.repo_id AND v.chart = r.chart AND v.version = r.version" \
	" WHERE r.repo_id = @repo"
#define UPSTREAM_COLUMNS \
	"state, reason, checked_ns, fresh_ns, changed_ns, failing_ns, failures, next_ns, etag," \
	" last_modified, body, rules, generated, software, versions, taken, skipped, log_size, log_root," \
	" log_key, publisher, publisher_etag, publisher_modified, held_for, hook_secret"
/* In the order in which trips.c reads them. */
#define TRIP_COLUMNS \
	"bundle, event, leaf, root, edge, instance, parent, at_ns, imported_ns, filter, signers, manifest," \
	" versions, bytes"
#define TRIPS_OF_NAME \
	"SELECT " TRIP_COLUMNS " FROM trip WHERE repo_id = (SELECT id FROM repo WHERE name = @name)" \
	" AND bundle = @name"
/* What is logged of a repository and leaves its index as it is. */
#define MOVES_INDEX "kind NOT IN ('repo.purge', 'images', 'images.delete')"
#define EVENT_COLUMNS "seq, at_ns, actor, repo, kind, chart, version, digest, detail, leaf"
/* In the order in which accounts.c and audit.c read them. */
#define ACCOUNT_COLUMNS "id, name, password, roles, disabled, declared, created_ns"
#define TOKEN_COLUMNS \
	"id, name, digest, account_id, roles, declared, created_ns, expires_ns, last_used_ns"
#define AUDIT_COLUMNS "id, at_ns, actor, name, remote, request, action, object, verdict, event"

/* In the order in which hooks.c reads them. */
#define HOOK_COLUMNS \
	"id, name, url, format, repos, charts, kinds, secret, old_secret, old_until_ns, headers," \
	" allow_private, paused, created_ns, done_event, failures, failing_ns, rest_ns, worked_ns"
#define DELIVERY_COLUMNS \
	"id, hook_id, event, state, attempts, created_ns, next_ns, until_ns, tried_ns, status, error," \
	" answer"

/* In the order in which search.c reads them. */
#define CHART_COLUMNS "id, repo, name, digest, line, facts"
/* What the table `words` has of a row of `text`: to be deleted it has to be told exactly.
 *
 * Whatever may write several rows (INSERT … SELECT, RETURNING) is a statement that SQLite may have to
 * take back, for which FTS5 writes out all that it has gathered. That took a quarter of the time in
 * which a catalog is made, so search.db is written row by row.                                */
#define SAID "name || ' ' || joined || ' ' || alternative || ' ' || keywords || ' ' || description" \
	" || ' ' || people || ' ' || uses || ' ' || images || ' ' || kinds || ' ' || readme || ' ' || keys"
#define EDGE_COLUMNS \
	"target, repo, name, version, position, within, range, repository, alias, condition, tags," \
	" imports, locked, locked_repository, vendored"

/* As the index event_of_ends has it. */
#define REPO_ENDS "kind IN ('repo.rename', 'repo.delete', 'repo.purge')"

/* COMMIT and its like count as READ: they only end what another statement wrote. */
const struct query_text query_table[QUERY_COUNT] = {
	[QUERY_BEGIN] = { "BEGIN IMMEDIATE", QUERY_WRITE },
	[QUERY_SNAPSHOT] = { "BEGIN", QUERY_READ },
	[QUERY_COMMIT] = { "COMMIT", QUERY_READ },
	[QUERY_ROLLBACK] = { "ROLLBACK", QUERY_READ },
	[QUERY_META_GET] = { "SELECT value FROM meta WHERE key = @key", QUERY_READ },
	[QUERY_META_SET] = {
		"INSERT INTO meta (key, value) VALUES (@key, @value)"
		" ON CONFLICT (key) DO UPDATE SET value = excluded.value", QUERY_WRITE },

	[QUERY_REPO_PUT] = {
		"INSERT INTO repo (name, created_ns) VALUES (@name, @created)"
		" ON CONFLICT (name) DO UPDATE SET created_ns = created_ns RETURNING id", QUERY_WRITE },
	[QUERY_REPO] = { "SELECT " REPO_COLUMNS " FROM repo WHERE name = @name", QUERY_READ },
	[QUERY_REPOS] = { "SELECT " REPO_COLUMNS " FROM repo ORDER BY name", QUERY_READ },
	[QUERY_REPO_SET] = { "UPDATE repo SET settings = @settings WHERE id = @id", QUERY_WRITE },
	[QUERY_REPO_RENAME] = { "UPDATE repo SET name = @name WHERE id = @id", QUERY_WRITE },
	[QUERY_REPO_REMOVE] = { "DELETE FROM repo WHERE id = @id", QUERY_WRITE },
	[QUERY_ALIASES] = {
		"SELECT alias.name, repo.name FROM alias JOIN repo ON repo.id = alias.repo_id"
		" ORDER BY alias.name", QUERY_READ },
	[QUERY_ALIAS_PUT] = {
		"INSERT INTO alias (name, repo_id) VALUES (@name, @repo)"
		" ON CONFLICT (name) DO UPDATE SET repo_id = excluded.repo_id", QUERY_WRITE },
	[QUERY_ALIAS_REMOVE] = { "DELETE FROM alias WHERE name = @name", QUERY_WRITE },

	[QUERY_VERSION_BY_NAME] = {
		"SELECT " VERSION_COLUMNS " FROM version"
		" WHERE repo_id = @repo AND chart = @chart AND version = @version", QUERY_READ },
	[QUERY_VERSION_BY_FILE] = {
		"SELECT " VERSION_COLUMNS " FROM version"
		" WHERE repo_id = @repo AND file = @file", QUERY_READ },
	[QUERY_VERSION_LINE] = { "SELECT line FROM version WHERE id = @id", QUERY_READ },
	[QUERY_VERSION_INSERT] = {
		"INSERT INTO version (repo_id, chart, version, file, digest, bytes, created_ns, state,"
		" event, prov_digest, line, yanked, shown_from, signature, deleted_event,"
		" purged, held, images)"
		" VALUES (@repo, @chart, @version, @file, @digest, @bytes, @created, @state, @event,"
		" @prov, @line, @yanked, @shown, @signature, @deleted, @purged, @held,"
		" @images)", QUERY_WRITE },
	[QUERY_VERSION_UPDATE] = {
		"UPDATE version SET digest = @digest, bytes = @bytes, created_ns = @created,"
		" state = @state, event = @event, prov_digest = @prov, line = @line, yanked = @yanked,"
		" shown_from = @shown, signature = @signature, deleted_event = @deleted,"
		" purged = @purged, held = @held,"
		" images = CASE digest WHEN @digest THEN @images END"
		" WHERE id = @id", QUERY_WRITE },
	[QUERY_VERSIONS_OF_REPO] = {
		"SELECT " VERSION_COLUMNS " FROM version INDEXED BY version_by_repo"
		" WHERE repo_id = @repo", QUERY_READ },
	[QUERY_VERSIONS_CLEAR] = { "DELETE FROM version WHERE repo_id = @repo", QUERY_WRITE },

	[QUERY_VERSIONS_AFTER] = {
		"SELECT " VERSION_COLUMNS " FROM version INDEXED BY version_by_repo"
		" WHERE repo_id = @repo AND id > @after ORDER BY id LIMIT @limit", QUERY_READ },
	[QUERY_VERSIONS_OF_CHART] = {
		"SELECT " VERSION_COLUMNS " FROM version"
		" WHERE repo_id = @repo AND chart = @chart AND +id > @after ORDER BY +id LIMIT @limit",
		QUERY_READ },
	[QUERY_VERSIONS_ABSENT] = {
		"SELECT version FROM version INDEXED BY version_absent"
		" WHERE repo_id = @repo AND chart = @chart AND held = 0 ORDER BY version", QUERY_READ },
	[QUERY_VERSIONS_PURGED] = {
		"SELECT file, digest FROM version INDEXED BY version_by_repo WHERE repo_id = @repo AND purged = 1",
		QUERY_READ },
	[QUERY_USAGE] = {
		"SELECT count(*), coalesce(sum(bytes), 0) FROM version INDEXED BY version_by_use"
		" WHERE repo_id = @repo AND state <> 1", QUERY_READ },

	[QUERY_PULL_ADD] = {
		"INSERT INTO pull (repo_id, file, day, count) SELECT id, @file, @day, @count FROM repo"
		" WHERE name = @repo OR id = (SELECT repo_id FROM alias WHERE name = @repo)"
		" ON CONFLICT (repo_id, file, day) DO UPDATE SET count = count + excluded.count",
		QUERY_WRITE },
	[QUERY_PULLS_OF_FILE] = {
		"SELECT coalesce(sum(count), 0), coalesce(max(day), 0) FROM pull"
		" WHERE repo_id = @repo AND file = @file", QUERY_READ },
	[QUERY_PULLS_BY_CHART] = {
		"SELECT repo.name, version.chart, sum(pull.count) FROM pull"
		" JOIN version ON version.repo_id = pull.repo_id AND version.file = pull.file"
		" JOIN repo ON repo.id = pull.repo_id WHERE pull.day >= @day GROUP BY 1, 2", QUERY_READ },
	[QUERY_PULLS_OF_CHART] = {
		"SELECT version.version, pull.day, pull.count FROM version"
		" JOIN pull ON pull.repo_id = version.repo_id AND pull.file = version.file"
		" WHERE version.repo_id = @repo AND version.chart = @chart AND version.state <> 1"
		" AND pull.day >= @day ORDER BY version.id DESC, pull.day", QUERY_READ },
	[QUERY_PULLS_EACH_DAY] = {
		"SELECT '', day, sum(count) FROM pull WHERE repo_id = @repo AND day >= @day"
		" GROUP BY day ORDER BY day", QUERY_READ },
	[QUERY_PULLS_OF_REPO] = {
		"SELECT coalesce(sum(count), 0) FROM pull WHERE repo_id = @repo", QUERY_READ },

	[QUERY_PAST_PUT] = {
		"INSERT INTO past (repo_id, chart, version, file, digest, created_ns, line, from_event,"
		" to_event) VALUES (@repo, @chart, @version, @file, @digest, @created, @line, @from, @to)", QUERY_WRITE },
	[QUERY_PAST_END] = {
		"SELECT coalesce(max(to_event), 0) FROM past WHERE repo_id = @repo AND chart = @chart"
		" AND version = @version", QUERY_READ },
	[QUERY_PAST_BLANK] = {
		"UPDATE past SET line = '' WHERE repo_id = @repo AND chart = @chart"
		" AND version = @version", QUERY_WRITE },
	[QUERY_INDEX_AT] = {
		"SELECT chart, version, file, digest, created_ns, line, shown_from FROM version"
		" WHERE repo_id = @repo AND shown_from > 0 AND shown_from <= @at UNION ALL"
		" SELECT chart, version, file, digest, created_ns, line, from_event FROM past"
		" WHERE repo_id = @repo AND from_event <= @at AND to_event > @at", QUERY_READ },
	[QUERY_FILE_AT] = {
		"SELECT chart, version, file, digest, created_ns, line, shown_from FROM version"
		" WHERE repo_id = @repo AND file = @file AND shown_from > 0 AND shown_from <= @at UNION ALL"
		" SELECT chart, version, file, digest, created_ns, line, from_event FROM past"
		" WHERE repo_id = @repo AND file = @file AND from_event <= @at AND to_event > @at",
		QUERY_READ },

	[QUERY_TRIP_PUT] = {
		"INSERT OR REPLACE INTO trip (repo_id, " TRIP_COLUMNS ") VALUES (@repo, @bundle, @event, @leaf,"
		" @root, @edge, @instance, @parent, @at, @imported, @filter, @signers, @manifest, @versions,"
		" @bytes)", QUERY_WRITE },
	[QUERY_TRIPS] = {
		"SELECT " TRIP_COLUMNS " FROM trip WHERE repo_id = @repo ORDER BY event DESC, bundle LIMIT @limit",
		QUERY_READ },
	[QUERY_TRIP_LAST] = { TRIPS_OF_NAME " ORDER BY event DESC LIMIT 1", QUERY_READ },
	[QUERY_TRIP_GET] = { TRIPS_OF_NAME " AND event = @event", QUERY_READ },
	[QUERY_TRIP_LIKE] = {
		"SELECT " TRIP_COLUMNS " FROM trip WHERE instance = @instance AND event = @event AND leaf = @leaf"
		" AND bundle = (SELECT name FROM repo WHERE id = repo_id) ORDER BY bundle LIMIT 1", QUERY_READ },
	[QUERY_TRIPS_RENAME] = {
		"UPDATE OR REPLACE trip SET bundle = @name WHERE bundle = @old", QUERY_WRITE },
	[QUERY_REMOTE_PUT] = {
		"INSERT OR REPLACE INTO remote (repo_id, " REMOTE_COLUMNS ") VALUES (@repo, @chart, @version,"
		" @hash, @digest, @created, @urls, @state, @why, @seen, @gone, @drift, @drifted,"
		" @unfetched)",
		QUERY_WRITE },
	[QUERY_REMOTE_GET] = {
		"SELECT " REMOTE_COLUMNS " FROM remote"
		" WHERE repo_id = @repo AND chart = @chart AND version = @version", QUERY_READ },
	[QUERY_REMOTE_REMOVE] = {
		"DELETE FROM remote WHERE repo_id = @repo AND chart = @chart AND version = @version",
		QUERY_WRITE },
	[QUERY_REMOTES_NOTE_HELD] = {
		"UPDATE remote SET unfetched = @why WHERE repo_id = @repo AND EXISTS (SELECT 1 FROM version v"
		" WHERE v.repo_id = remote.repo_id AND v.chart = remote.chart AND v.version = remote.version"
		" AND v.held = 1 AND v.state = 0)", QUERY_WRITE },
	[QUERY_REMOTES] = { REMOTES " ORDER BY r.chart, r.version", QUERY_READ },
	[QUERY_REMOTES_WORTH_TELLING] = {
		REMOTES_BY(" INDEXED BY remote_told") " AND (r.drift IS NOT NULL OR r.gone_ns > 0)"
		" AND (@chart = '' OR r.chart = @chart) ORDER BY r.chart, r.version", QUERY_READ },
	[QUERY_REMOTES_TOLD] = {
		"SELECT coalesce(sum(r.drift IS NOT NULL AND r.gone_ns = 0 AND"
		" r.state = 0), 0), coalesce(sum(r.gone_ns > 0 AND v.state = 0), 0)"
		" FROM remote r INDEXED BY remote_told LEFT JOIN version v ON v.repo_id = r.repo_id"
		" AND v.chart = r.chart AND v.version = r.version"
		" WHERE r.repo_id = @repo AND (r.drift IS NOT NULL OR r.gone_ns > 0)", QUERY_READ },
	[QUERY_ARCHIVES] = {
		"SELECT count(*) FROM version INDEXED BY version_by_use"
		" WHERE repo_id = @repo AND state = 0 AND bytes > 0", QUERY_READ },
	[QUERY_UNPINNED_COUNT] = { "SELECT count(*) " UNPINNED, QUERY_READ },
	[QUERY_UNPINNED] = {
		"SELECT chart, version " UNPINNED " ORDER BY chart, version LIMIT @limit", QUERY_READ },
	[QUERY_REMOTES_BEHIND] = {
		"SELECT count(*), coalesce(min(r.seen_ns), 0) FROM version v INDEXED BY version_absent"
		" CROSS JOIN remote r ON r.repo_id = v.repo_id AND r.chart = v.chart AND r.version = v.version"
		" WHERE v.repo_id = @repo AND v.held = 0 AND r.state = 0 AND r.gone_ns = 0", QUERY_READ },
	[QUERY_REMOTES_OF_CHART] = {
		REMOTES " AND r.chart = @chart ORDER BY r.version", QUERY_READ },
	[QUERY_UPSTREAM_GET] = {
		"SELECT " UPSTREAM_COLUMNS " FROM upstream WHERE repo_id = @repo", QUERY_READ },
	[QUERY_UPSTREAM_PUT] = {
		"INSERT OR REPLACE INTO upstream (repo_id, loaded, " UPSTREAM_COLUMNS ") VALUES (@repo,"
		" coalesce((SELECT loaded FROM upstream WHERE repo_id = @repo), 0), @state,"
		" @reason, @checked, @fresh, @changed, @failing, @failures, @next, @etag, @modified, @body,"
		" @rules, @generated, @software, @versions, @taken, @skipped, @size, @root, @key,"
		" @publisher, @publisher_etag, @publisher_modified, @held_for,"
		" coalesce((SELECT hook_secret FROM upstream WHERE repo_id = @repo), ''))", QUERY_WRITE },
	[QUERY_UPSTREAM_HOOK] = {
		"INSERT INTO upstream (repo_id, " UPSTREAM_COLUMNS ") VALUES (@repo, 0, '', 0, 0, 0, 0, 0, 0,"
		" '', '', NULL, NULL, '', '', 0, 0, 0, 0, NULL, '', '', '', '', 0, @secret)"
		" ON CONFLICT (repo_id) DO UPDATE SET hook_secret = excluded.hook_secret", QUERY_WRITE },
	[QUERY_UPSTREAM_LOADED] = {
		"UPDATE upstream SET loaded = (SELECT max(seq) FROM event) WHERE repo_id = @repo AND loaded = 0",
		QUERY_WRITE },
	[QUERY_NAME_SINCE] = {
		"SELECT coalesce(min(event), 0),"
		" coalesce((SELECT loaded FROM upstream WHERE repo_id = @repo), 0) FROM version"
		" WHERE repo_id = @repo AND chart = @chart", QUERY_READ },
	[QUERY_UPSTREAM_RUN_PUT] = {
		"INSERT OR REPLACE INTO upstream_run (repo_id, at_ns, took_ms, state, added, changed, gone,"
		" skipped, bytes, reason, held_for) VALUES (@repo, @at, @took, @state, @added, @changed, @gone,"
		" @skipped, @bytes, @reason, @held_for)", QUERY_WRITE },
	[QUERY_UPSTREAM_RUN_TRIM] = {
		"DELETE FROM upstream_run WHERE repo_id = @repo AND at_ns <= (SELECT at_ns FROM upstream_run"
		" WHERE repo_id = @repo ORDER BY at_ns DESC LIMIT 1 OFFSET @keep)", QUERY_WRITE },
	[QUERY_UPSTREAM_RUNS] = {
		"SELECT at_ns, took_ms, state, added, changed, gone, skipped, bytes, reason, held_for"
		" FROM upstream_run WHERE repo_id = @repo ORDER BY at_ns DESC", QUERY_READ },
	[QUERY_SKIPPED_CLEAR] = { "DELETE FROM upstream_skipped WHERE repo_id = @repo", QUERY_WRITE },
	[QUERY_SKIPPED_PUT] = {
		"INSERT INTO upstream_skipped (repo_id, number, chart, version, line, why)"
		" VALUES (@repo, @number, @chart, @version, @line, @why)", QUERY_WRITE },
	[QUERY_SKIPPED] = {
		"SELECT * FROM (SELECT chart, version, line, why, 0 FROM upstream_skipped WHERE repo_id = @repo"
		" ORDER BY number) UNION ALL SELECT * FROM (SELECT chart, version, 0, why, 1 FROM remote"
		" WHERE repo_id = @repo AND state = 2 LIMIT @limit)"
		" UNION ALL SELECT * FROM (SELECT chart, version, 0, unfetched, 2 FROM remote"
		" WHERE repo_id = @repo AND gone_ns = 0 AND state = 0 AND unfetched <> ''"
		" LIMIT @limit)", QUERY_READ },
	[QUERY_RELEASE_PUT] = {
		"INSERT OR REPLACE INTO release (repo_id, chart, version, digest, event)"
		" VALUES (@repo, @chart, @version, @digest, @event)", QUERY_WRITE },
	[QUERY_RELEASES] = {
		"SELECT chart, version, digest, event FROM release WHERE repo_id = @repo"
		" AND (@chart = '' OR chart = @chart) ORDER BY chart, version", QUERY_READ },
	[QUERY_RELEASE_REMOVE] = {
		"DELETE FROM release WHERE repo_id = @repo AND chart = @chart AND version = @version",
		QUERY_WRITE },
	[QUERY_RELEASES_CLEAR] = { "DELETE FROM release WHERE repo_id = @repo", QUERY_WRITE },

	[QUERY_EVENT_INSERT] = {
		"INSERT INTO event (" EVENT_COLUMNS ") VALUES (@seq, @at, @actor, @repo, @kind, @chart,"
		" @version, @digest, @detail, @leaf)", QUERY_WRITE },
	[QUERY_EVENTS_BETWEEN] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE seq > @since AND seq <= @until ORDER BY seq",
		QUERY_READ },
	[QUERY_EVENTS_BEFORE] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE seq < @before ORDER BY seq DESC", QUERY_READ },
	[QUERY_EVENTS_OF] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo ORDER BY seq", QUERY_READ },
	[QUERY_EVENT_LAST] = {
		"SELECT " EVENT_COLUMNS " FROM event ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_LAST_OF_REPO] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo AND " MOVES_INDEX
		" ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_LAST_TOLD] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo AND kind <> 'repo.purge'"
		" ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_SETTINGS] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo"
		" AND kind IN ('repo.create', 'repo.set') ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_SETTINGS_BEFORE] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo AND seq < @before"
		" AND kind IN ('repo.create', 'repo.set') ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_CLOCK] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo"
		" AND kind IN ('repo.create', 'repo.set', 'release') ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_END] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo"
		" AND " REPO_ENDS " ORDER BY seq DESC LIMIT 1",
		QUERY_READ },
	[QUERY_EVENT_ENDS] = {
		"SELECT " EVENT_COLUMNS " FROM event"
		" WHERE " REPO_ENDS " ORDER BY seq", QUERY_READ },
	[QUERY_EVENT_AT] = {
		"SELECT " EVENT_COLUMNS " FROM event WHERE repo = @repo AND seq BETWEEN @from AND @at"
		" AND " MOVES_INDEX " ORDER BY seq DESC LIMIT 1", QUERY_READ },
	[QUERY_EVENT_AT_TIME] = {
		"SELECT coalesce(max(seq), 0) FROM event WHERE at_ns <= @time", QUERY_READ },
	[QUERY_EVENT_LEAF] = { "SELECT leaf FROM event WHERE seq = @seq", QUERY_READ },
	[QUERY_LOG_SIZE] = { "SELECT coalesce(max(seq), 0) FROM event", QUERY_READ },

	[QUERY_NODE_PUT] = {
		"INSERT INTO node (level, position, hash) VALUES (@level, @position, @hash)",
		QUERY_WRITE },
	[QUERY_NODE_GET] = {
		"SELECT hash FROM node WHERE level = @level AND position = @position", QUERY_READ },
	[QUERY_NODE_COUNT] = { "SELECT count(*) FROM node", QUERY_READ },

	[QUERY_ACCOUNTS] = { "SELECT " ACCOUNT_COLUMNS " FROM account ORDER BY name", QUERY_READ },
	[QUERY_ACCOUNT_INSERT] = {
		"INSERT INTO account (name, password, roles, disabled, declared, created_ns)"
		" VALUES (@name, @password, @roles, @disabled, @declared, @created)", QUERY_WRITE },
	[QUERY_ACCOUNT_UPDATE] = {
		"UPDATE account SET password = @password, roles = @roles, disabled = @disabled,"
		" declared = @declared WHERE id = @id", QUERY_WRITE },
	[QUERY_ACCOUNT_REMOVE] = { "DELETE FROM account WHERE id = @id", QUERY_WRITE },

	[QUERY_TOKENS] = { "SELECT " TOKEN_COLUMNS " FROM token ORDER BY name", QUERY_READ },
	[QUERY_TOKEN_INSERT] = {
		"INSERT INTO token (name, digest, account_id, roles, declared, created_ns, expires_ns,"
		" last_used_ns) VALUES (@name, @digest, nullif(@account, 0), @roles, @declared, @created,"
		" @expires, @used)", QUERY_WRITE },
	[QUERY_TOKEN_UPDATE] = {
		"UPDATE token SET digest = @digest, account_id = nullif(@account, 0), roles = @roles,"
		" declared = @declared, expires_ns = @expires, last_used_ns = @used WHERE id = @id",
		QUERY_WRITE },
	[QUERY_TOKEN_REMOVE] = { "DELETE FROM token WHERE id = @id", QUERY_WRITE },
	[QUERY_TOKEN_USED] = {
		"UPDATE token SET last_used_ns = max(last_used_ns, @at) WHERE id = @id", QUERY_WRITE },
	/* AUTOINCREMENT: the last id that was given, whatever became of its row. */
	[QUERY_PEOPLE_EVER] = {
		"SELECT seq FROM sqlite_sequence WHERE name IN ('account', 'token') AND seq > 0", QUERY_READ },

	[QUERY_AUDIT_INSERT] = {
		"INSERT INTO audit (at_ns, actor, name, remote, request, action, object, verdict, event)"
		" VALUES (@at, @actor, @name, @remote, @request, @action, @object, @verdict, @event)",
		QUERY_WRITE },
	[QUERY_AUDIT_SINCE] = {
		"SELECT " AUDIT_COLUMNS " FROM audit WHERE id > @since ORDER BY id LIMIT @max",
		QUERY_READ },
	[QUERY_AUDIT_TRIM] = { "DELETE FROM audit WHERE at_ns < @before", QUERY_WRITE },

	[QUERY_HOOKS] = { "SELECT " HOOK_COLUMNS " FROM hook ORDER BY name", QUERY_READ },
	[QUERY_HOOK_INSERT] = {
		"INSERT INTO hook (name, url, format, repos, charts, kinds, secret, old_secret, old_until_ns,"
		" headers, allow_private, paused, created_ns, done_event)"
		" VALUES (@name, @url, @format, @repos, @charts, @kinds, @secret, @old, @until, @headers,"
		" @private, @paused, @created, @done)", QUERY_WRITE },
	[QUERY_HOOK_UPDATE] = {
		"UPDATE hook SET url = @url, format = @format, repos = @repos, charts = @charts,"
		" kinds = @kinds, secret = @secret, old_secret = @old, old_until_ns = @until,"
		" headers = @headers, allow_private = @private, paused = @paused WHERE id = @id", QUERY_WRITE },
	[QUERY_HOOK_REMOVE] = { "DELETE FROM hook WHERE id = @id", QUERY_WRITE },
	[QUERY_HOOK_DONE] = { "UPDATE hook SET done_event = @done WHERE id = @id", QUERY_WRITE },
	[QUERY_HOOK_HEALTH] = {
		"UPDATE hook SET failures = @failures, failing_ns = @failing, rest_ns = @rest,"
		" worked_ns = @worked WHERE id = @id", QUERY_WRITE },
	[QUERY_DELIVERY_ADD] = {
		"INSERT INTO delivery (hook_id, event, created_ns, next_ns, until_ns)"
		" SELECT id, @event, @now, @now, @until FROM hook WHERE id = @hook"
		" ON CONFLICT (hook_id, event) DO NOTHING", QUERY_WRITE },
	[QUERY_DELIVERY_PUT] = {
		"UPDATE delivery SET state = @state, attempts = @attempts, next_ns = @next,"
		" until_ns = @until, tried_ns = @tried, status = @status, error = @error,"
		" answer = @answer WHERE id = @id", QUERY_WRITE },
	[QUERY_DELIVERY] = { "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE id = @id", QUERY_READ },
	[QUERY_DELIVERY_NEXT] = {
		"SELECT " DELIVERY_COLUMNS " FROM delivery INDEXED BY delivery_by_turn"
		" WHERE hook_id = @hook AND state = 0 ORDER BY next_ns, id LIMIT 1", QUERY_READ },
	[QUERY_DELIVERIES] = {
		"SELECT " DELIVERY_COLUMNS " FROM delivery WHERE hook_id = @hook AND id < @before"
		" AND (@state < 0 OR state = @state) ORDER BY id DESC LIMIT @limit", QUERY_READ },
	[QUERY_DELIVERY_COUNTS] = {
		"SELECT state, count(*) FROM delivery WHERE hook_id = @hook GROUP BY state", QUERY_READ },
	[QUERY_DELIVERIES_EXPIRE] = {
		"UPDATE delivery SET state = 2 WHERE hook_id = @hook AND state = 0 AND until_ns < @now",
		QUERY_WRITE },
	[QUERY_DELIVERIES_TRIM] = {
		"DELETE FROM delivery WHERE hook_id = @hook AND state > 0 AND id <= (SELECT id FROM delivery"
		" WHERE hook_id = @hook AND state > 0 ORDER BY id DESC LIMIT 1 OFFSET @keep)", QUERY_WRITE },

	[QUERY_INTEGRITY_CHECK] = { "PRAGMA integrity_check(1)", QUERY_READ },
	[QUERY_FOREIGN_KEY_CHECK] = { "PRAGMA foreign_key_check", QUERY_READ },

	[QUERY_SEARCH_CHARTS] = { "SELECT " CHART_COLUMNS " FROM chart ORDER BY id", QUERY_READ },
	[QUERY_SEARCH_CHART_BY_NAME] = {
		"SELECT " CHART_COLUMNS " FROM chart WHERE repo = @repo AND name = @name", QUERY_READ },
	[QUERY_SEARCH_CHART_PUT] = {
		"INSERT INTO chart (repo, name, digest, line, facts)"
		" VALUES (@repo, @name, @digest, @line, @facts)"
		" ON CONFLICT (repo, name) DO UPDATE SET digest = excluded.digest, line = excluded.line,"
		" facts = excluded.facts", QUERY_WRITE },
	[QUERY_SEARCH_CHART_ID] = {
		"SELECT id FROM chart WHERE repo = @repo AND name = @name", QUERY_READ },
	[QUERY_SEARCH_CHART_REMOVE] = { "DELETE FROM chart WHERE id = @id", QUERY_WRITE },
	[QUERY_SEARCH_TEXT_PUT] = {
		"INSERT INTO text (rowid, name, joined, alternative, keywords, description, people, uses,"
		" images, kinds, readme, keys)"
		" VALUES (@id, @name, @joined, @alternative, @keywords, @description, @people, @uses,"
		" @images, @kinds, @readme, @keys)", QUERY_WRITE },
	[QUERY_SEARCH_TEXT_GET] = { "SELECT readme, keys FROM text WHERE rowid = @id", QUERY_READ },
	[QUERY_SEARCH_SAID] = { "SELECT " SAID " FROM text WHERE rowid = @id", QUERY_READ },
	[QUERY_SEARCH_WORDS_PUT] = {
		"INSERT INTO words (rowid, said) VALUES (@id, @said)", QUERY_WRITE },
	[QUERY_SEARCH_WORDS_REMOVE] = {
		"INSERT INTO words (words, rowid, said) VALUES ('delete', @id, @said)", QUERY_WRITE },
	[QUERY_SEARCH_TEXT_REMOVE] = { "DELETE FROM text WHERE rowid = @id", QUERY_WRITE },
	[QUERY_SEARCH_VERSIONS] = {
		"SELECT version, digest FROM version WHERE repo = @repo AND name = @name", QUERY_READ },
	[QUERY_SEARCH_VERSION] = {
		"SELECT version, digest FROM version"
		" WHERE repo = @repo AND name = @name AND version = @version", QUERY_READ },
	[QUERY_SEARCH_IMAGES] = {
		"SELECT digest, images FROM version"
		" WHERE repo = @repo AND name = @name AND version = @version", QUERY_READ },
	[QUERY_SEARCH_IMAGES_PUT] = {
		"UPDATE version SET images = @images"
		" WHERE repo = @repo AND name = @name AND version = @version", QUERY_WRITE },
	[QUERY_SEARCH_UNRENDERED] = {
		"SELECT repo, name, version FROM version INDEXED BY version_unrendered"
		" WHERE images IS NULL AND repo >= @repo ORDER BY repo, name, version LIMIT 1", QUERY_READ },
	[QUERY_SEARCH_VERSIONS_RENAME] = {
		"UPDATE OR REPLACE version SET repo = @name WHERE repo = @repo", QUERY_WRITE },
	[QUERY_SEARCH_EDGES_RENAME] = {
		"UPDATE OR REPLACE edge SET repo = @name WHERE repo = @repo", QUERY_WRITE },
	[QUERY_SEARCH_VERSION_PUT] = {
		"INSERT INTO version (repo, name, version, digest) VALUES (@repo, @name, @version, @digest)",
		QUERY_WRITE },
	[QUERY_SEARCH_VERSION_REMOVE] = {
		"DELETE FROM version WHERE repo = @repo AND name = @name AND version = @version",
		QUERY_WRITE },
	[QUERY_SEARCH_EDGE_PUT] = {
		"INSERT INTO edge (" EDGE_COLUMNS ") VALUES (@target, @repo, @name, @version, @position,"
		" @within, @range, @repository, @alias, @condition, @tags, @imports, @locked,"
		" @locked_repository, @vendored)", QUERY_WRITE },
	[QUERY_SEARCH_EDGES_REMOVE] = {
		"DELETE FROM edge WHERE repo = @repo AND name = @name AND version = @version", QUERY_WRITE },
	[QUERY_SEARCH_EDGES] = {
		"SELECT " EDGE_COLUMNS " FROM edge WHERE repo = @repo AND name = @name AND version = @version"
		" ORDER BY position", QUERY_READ },
	[QUERY_SEARCH_USERS] = {
		"SELECT " EDGE_COLUMNS " FROM edge INDEXED BY edge_by_target WHERE target = @target"
		" AND (repo, name, version, position) > (@repo, @name, @version, @position)"
		" ORDER BY repo, name, version, position LIMIT @limit", QUERY_READ },
	[QUERY_SEARCH_NAMES_OF_REPO] = {
		"SELECT name FROM chart WHERE repo = @repo UNION SELECT name FROM version WHERE repo = @repo",
		QUERY_READ },
	[QUERY_SEARCH_REPOS] = {
		"SELECT repo FROM chart UNION SELECT repo FROM version", QUERY_READ },
	[QUERY_SEARCH_MATCH] = {
		"SELECT rowid FROM words WHERE words MATCH @query LIMIT @limit", QUERY_READ },
	[QUERY_SEARCH_MATCH_PHRASES] = {
		"SELECT rowid FROM text WHERE text MATCH @query LIMIT @limit", QUERY_READ },
	[QUERY_SEARCH_OPTIMIZE] = {
		"INSERT INTO text (text) VALUES ('optimize')", QUERY_WRITE },
	[QUERY_SEARCH_OPTIMIZE_WORDS] = {
		"INSERT INTO words (words) VALUES ('optimize')", QUERY_WRITE },
};
