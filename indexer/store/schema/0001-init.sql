-- The catalog of one data directory: the log of changes and what follows from it.
--
-- Truth:       event (never edited, never deleted), meta, and the chart files in repos/.
-- Projections: node follows from event; repo and version follow from event and the files. They
--              may be dropped and made again (chartlocker rebuild) with the same result.
--
-- Times are nanoseconds since 1970-01-01T00:00:00Z. Digests are the 32 bytes of a SHA-256, except
-- in event, which keeps the text that was hashed. Tables are STRICT, so a column holds what it
-- says. A later schema is a further file; this one is not changed once it was released.

PRAGMA application_id = 1130908779;     -- 'ChLk': how the file says whose it is
PRAGMA user_version = 1;                -- which of these files were applied

-- Small facts about this data directory.
CREATE TABLE meta (
	key   TEXT NOT NULL PRIMARY KEY,        -- 'instance_id', 'clean_shutdown', …
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The log: one row per change, the leaves of the Merkle tree (RFC 6962). A row is hashed as
-- canonical JSON (RFC 8785) of all its columns but leaf, with at_ns as RFC 3339 text.
CREATE TABLE event (
	seq     INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),  -- from 1, without gaps
	at_ns   INTEGER NOT NULL,
	actor   TEXT NOT NULL,                  -- opaque id of who did it; '' is the program itself
	repo    TEXT NOT NULL,                  -- repository name; '' where none is concerned
	kind    TEXT NOT NULL,                  -- 'publish', 'delete', 'repo.create', …
	chart   TEXT NOT NULL,
	version TEXT NOT NULL,
	digest  TEXT NOT NULL,                  -- of the file: 64 hexadecimal digits, or ''
	detail  TEXT NOT NULL,                  -- canonical JSON object: what the files do not say
	leaf    BLOB NOT NULL CHECK (length(leaf) = 32)  -- SHA-256 of 0x00 and the canonical event
) STRICT;

-- The last event of a repository names the state its index.yaml shows.
CREATE INDEX event_by_repo ON event (repo);

CREATE TRIGGER event_is_never_edited BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are never edited'); END;

CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;

-- Inner nodes of the Merkle tree, written once, when the last leaf below them is appended. The
-- root of any size is computed from at most one node per level. Level 0 is event.leaf.
CREATE TABLE node (
	level    INTEGER NOT NULL CHECK (level > 0),   -- covers 2^level events
	position INTEGER NOT NULL,                     -- from the left, from 0, within its level
	hash     BLOB NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

-- Repositories of this data directory; the folder is repos/<name>.
CREATE TABLE repo (
	id         INTEGER NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,        -- one or two segments: 'stable', 'team-a/stable'
	created_ns INTEGER NOT NULL
) STRICT;

-- Every chart version that was ever published here, tombstones included: a name is taken for
-- good. The file name is unique by itself because 'a' + '1-2' and 'a-1' + '2' give the same one.
CREATE TABLE version (
	id          INTEGER NOT NULL PRIMARY KEY,
	repo_id     INTEGER NOT NULL REFERENCES repo (id),
	chart       TEXT NOT NULL,
	version     TEXT NOT NULL,              -- as it is written in Chart.yaml
	file        TEXT NOT NULL,              -- below repos/<name>/charts/
	digest      BLOB NOT NULL CHECK (length(digest) = 32),
	bytes       INTEGER NOT NULL CHECK (bytes >= 0),
	created_ns  INTEGER NOT NULL,
	state       INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),  -- live, deleted, damaged
	event       INTEGER NOT NULL,           -- seq of the publish
	prov_digest BLOB CHECK (length(prov_digest) = 32),           -- NULL: no provenance file
	line        TEXT NOT NULL,              -- its line in index.yaml (JSON), made at publish
	UNIQUE (repo_id, chart, version),
	UNIQUE (repo_id, file)
) STRICT;

-- All versions of a repository in the order of the table, so that reading them is one pass.
CREATE INDEX version_by_repo ON version (repo_id);
