-- Many repositories, people and tokens, and an index that can be looked at as it was.
--
-- Truth:       past, account, token, audit, pull; like event they follow from nothing else.
-- Projections: repo.settings, alias and the new columns of version follow from event.

PRAGMA user_version = 2;

-- What was set by repo.create and repo.set, as canonical JSON of what differs from the defaults.
ALTER TABLE repo ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';

-- Names that repositories had before they were renamed. A redirect leads from them, and the events
-- under them are this repository's.
CREATE TABLE alias (
	name    TEXT NOT NULL PRIMARY KEY,
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Names that repositories lost, which others may have got since.
CREATE INDEX event_of_ends ON event (seq) WHERE kind IN ('repo.rename', 'repo.delete', 'repo.purge');

CREATE INDEX alias_by_repo ON alias (repo_id);

-- Why a version is not in the index although it can be downloaded; NULL: it is not yanked.
ALTER TABLE version ADD COLUMN yanked TEXT;
-- The event since which the line is in the index; 0: it is not. A damaged version keeps it: the
-- log says what should be shown.
ALTER TABLE version ADD COLUMN shown_from INTEGER NOT NULL DEFAULT 0;
-- What the provenance file's signature was worth when it came, as canonical JSON; NULL: not checked.
ALTER TABLE version ADD COLUMN signature TEXT;
-- The event of the deletion; 0: not deleted.
ALTER TABLE version ADD COLUMN deleted_event INTEGER NOT NULL DEFAULT 0;
-- Its bytes were removed for good: not even the same ones come back.
ALTER TABLE version ADD COLUMN purged INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1));

-- What a repository holds in all, for its quotas: counted without reading a line.
CREATE INDEX version_by_use ON version (repo_id, state, bytes);

UPDATE version SET shown_from = event WHERE state <> 1;

-- Lines that left the index: deleted, yanked, replaced. With the rows of version they are the index
-- at any event: from_event <= E < to_event.
CREATE TABLE past (
	repo_id    INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	chart      TEXT NOT NULL,
	version    TEXT NOT NULL,
	file       TEXT NOT NULL,
	digest     BLOB NOT NULL CHECK (length(digest) = 32),
	created_ns INTEGER NOT NULL,
	line       TEXT NOT NULL,               -- '' after a purge
	from_event INTEGER NOT NULL,
	to_event   INTEGER NOT NULL CHECK (to_event > from_event),
	PRIMARY KEY (repo_id, chart, version, from_event)
) STRICT, WITHOUT ROWID;

CREATE INDEX past_by_file ON past (repo_id, file);

-- How often a file was downloaded, by UTC day (days since 1970-01-01).
CREATE TABLE pull (
	repo_id INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	file    TEXT NOT NULL,
	day     INTEGER NOT NULL,
	count   INTEGER NOT NULL,
	PRIMARY KEY (repo_id, file, day)
) STRICT, WITHOUT ROWID;

-- People. Roles are lines ROLE:REPO-GLOB.
CREATE TABLE account (
	id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,  -- never used twice: the log names it
	name       TEXT NOT NULL UNIQUE,
	password   TEXT NOT NULL,               -- scrypt$15$8$3$salt$hash; '': cannot sign in by password
	roles      TEXT NOT NULL,
	disabled   INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
	declared   INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),   -- by the settings file
	created_ns INTEGER NOT NULL
) STRICT;

-- Tokens of people and of machines. Roles are lines ROLE:REPO-GLOB[:CHART-GLOB]; one that belongs to
-- somebody never allows more than that person may.
CREATE TABLE token (
	id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name         TEXT NOT NULL UNIQUE,
	digest       BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),      -- SHA-256 of its text
	account_id   INTEGER REFERENCES account (id) ON DELETE CASCADE,
	roles        TEXT NOT NULL,
	declared     INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),
	created_ns   INTEGER NOT NULL,
	expires_ns   INTEGER NOT NULL,          -- 0: never
	last_used_ns INTEGER NOT NULL DEFAULT 0 -- kept to the hour, written now and then
) STRICT;

-- Who did what from where, and what became of it. Rows go when they are older than audit.keep says.
CREATE TABLE audit (
	id      INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	at_ns   INTEGER NOT NULL,
	actor   TEXT NOT NULL,                  -- as in event
	name    TEXT NOT NULL,                  -- of the account or token, as it was then
	remote  TEXT NOT NULL,                  -- the client's address
	request TEXT NOT NULL,                  -- X-Request-Id
	action  TEXT NOT NULL,                  -- 'publish', 'delete', 'user.add', 'sign-in', …
	object  TEXT NOT NULL,                  -- 'stable/redis-1.0.0.tgz', 'user alice', …
	verdict TEXT NOT NULL,                  -- 'ok', or the code of the error
	event   INTEGER NOT NULL                -- of the log, 0: none
) STRICT;

CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never edited'); END;
