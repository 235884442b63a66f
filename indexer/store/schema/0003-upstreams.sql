-- Repositories that follow another server, and views of repositories.
--
-- Truth:       remote, upstream, upstream_run, upstream_skipped: what another server said, which follows
--              from nothing here; without them the next refresh reads everything again.
-- Projections: version.held follows from the files; release follows from event.

PRAGMA user_version = 3;

-- Whether the archive is here. Of an upstream's version that nobody asked for it is not: the digest is
-- what the upstream's index promises (zeros: nothing), bytes is 0.
ALTER TABLE version ADD COLUMN held INTEGER NOT NULL DEFAULT 1 CHECK (held IN (0, 1));
CREATE INDEX version_absent ON version (repo_id, chart, version) WHERE held = 0;

-- Every version in an upstream's index, also those that are not taken.
CREATE TABLE remote (
	repo_id    INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	chart      TEXT NOT NULL,               -- the key under entries
	version    TEXT NOT NULL,
	hash       BLOB NOT NULL CHECK (length(hash) = 32),  -- of the entry: unchanged, if it is equal
	digest     BLOB CHECK (length(digest) = 32),         -- as promised; NULL: none
	created_ns INTEGER NOT NULL,
	urls       TEXT NOT NULL,               -- where the archive is: absolute, a JSON array
	state      INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),  -- taken, left out, refused
	why        TEXT NOT NULL,               -- a selection_word: of the rule that leaves it out, or takes it
	                                        -- though others would not; refused: a sentence; or ''
	unfetched  TEXT NOT NULL,               -- why its archive was not to be had when it was asked for last
	seen_ns    INTEGER NOT NULL,            -- when these bytes were first seen here
	gone_ns    INTEGER NOT NULL DEFAULT 0,  -- since when the upstream has it no more; 0: it has
	drift      BLOB CHECK (length(drift) = 32),          -- the other digest that it promises by now
	drift_ns   INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (repo_id, chart, version)
) STRICT, WITHOUT ROWID;

-- What people have to be told of, counted without reading the rest.
CREATE INDEX remote_told ON remote (repo_id) WHERE drift IS NOT NULL OR gone_ns > 0;

-- How it is with an upstream: one row for each that was ever asked.
CREATE TABLE upstream (
	repo_id       INTEGER NOT NULL PRIMARY KEY REFERENCES repo (id) ON DELETE CASCADE,
	state         INTEGER NOT NULL,         -- enum upstream_state of store/upstreams.h
	reason        TEXT NOT NULL,            -- why it fails or is held, for people; ''
	held_for      INTEGER NOT NULL CHECK (held_for BETWEEN 0 AND 2),     -- enum upstream_hold
	checked_ns    INTEGER NOT NULL,         -- the last try
	fresh_ns      INTEGER NOT NULL,         -- the last try that succeeded; 0: none
	changed_ns    INTEGER NOT NULL,         -- the last one that brought something
	failing_ns    INTEGER NOT NULL,         -- since when it fails; 0: it does not
	failures      INTEGER NOT NULL,         -- in a row
	next_ns       INTEGER NOT NULL,         -- when it is asked again; 0: not by itself
	etag          TEXT NOT NULL,
	last_modified TEXT NOT NULL,
	body          BLOB CHECK (length(body) = 32),        -- digest of the index that was read last, or of the drop that is held
	rules         BLOB CHECK (length(rules) = 32),       -- digest of the settings it was read with
	generated     TEXT NOT NULL,            -- as its index says
	software      TEXT NOT NULL,            -- 'chartmuseum', 'chartlocker', …; '': unknown
	versions      INTEGER NOT NULL,         -- in its index
	taken         INTEGER NOT NULL,         -- of them
	skipped       INTEGER NOT NULL,         -- entries that cannot be taken
	log_size      INTEGER NOT NULL DEFAULT 0,            -- of another Chartlocker: the log that was seen
	log_root      BLOB CHECK (length(log_root) = 32),
	log_key       TEXT NOT NULL DEFAULT '',              -- what verifies its checkpoints
	publisher     TEXT NOT NULL DEFAULT '',  -- its artifacthub-repo.yml, as it was read last; '': none
	publisher_etag     TEXT NOT NULL DEFAULT '',
	publisher_modified TEXT NOT NULL DEFAULT '',
	hook_secret   TEXT NOT NULL DEFAULT ''  -- of the inbound hook; '': there is none
) STRICT;

-- The last refreshes of an upstream, for people.
CREATE TABLE upstream_run (
	repo_id  INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	at_ns    INTEGER NOT NULL,
	took_ms  INTEGER NOT NULL,
	state    INTEGER NOT NULL,              -- what it ended in
	added    INTEGER NOT NULL,
	changed  INTEGER NOT NULL,
	gone     INTEGER NOT NULL,
	skipped  INTEGER NOT NULL,
	bytes    INTEGER NOT NULL,              -- that came over the wire
	reason   TEXT NOT NULL,
	held_for INTEGER NOT NULL CHECK (held_for BETWEEN 0 AND 2),
	PRIMARY KEY (repo_id, at_ns)
) STRICT, WITHOUT ROWID;

-- Entries that could not be taken at the last reading; at most UPSTREAM_SKIPPED_MAX are kept.
CREATE TABLE upstream_skipped (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	number  INTEGER NOT NULL,
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	line    INTEGER NOT NULL,
	why     TEXT NOT NULL,
	PRIMARY KEY (repo_id, number)
) STRICT, WITHOUT ROWID;

-- Versions that somebody promoted into a view: they are shown whatever its rules say.
CREATE TABLE release (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,       -- the view
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	digest  BLOB NOT NULL CHECK (length(digest) = 32),
	event   INTEGER NOT NULL,
	PRIMARY KEY (repo_id, chart, version)
) STRICT, WITHOUT ROWID;
