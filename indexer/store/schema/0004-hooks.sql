-- Webhooks: who is told of what, and what became of it.
--
-- Both are truth: they follow from nothing else. A delivery is a row before anything is sent, so that a
-- crash loses none; what it says is made of its event each time. A secret has to be kept as it is,
-- because it signs; it is in every copy of this file.

PRAGMA user_version = 4;

CREATE TABLE hook (
	id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	name          TEXT NOT NULL UNIQUE,
	url           TEXT NOT NULL,
	format        TEXT NOT NULL,
	repos         TEXT NOT NULL,            -- patterns (format/glob.h) of what it is told of
	charts        TEXT NOT NULL,
	kinds         TEXT NOT NULL,            -- lines, patterns of event kinds
	secret        TEXT NOT NULL,            -- '': nothing is signed
	old_secret    TEXT NOT NULL DEFAULT '', -- signs as well
	old_until_ns  INTEGER NOT NULL DEFAULT 0,       -- until then
	headers       TEXT NOT NULL DEFAULT '', -- lines 'Name: value'
	allow_private INTEGER NOT NULL DEFAULT 0 CHECK (allow_private IN (0, 1)),
	paused        INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
	created_ns    INTEGER NOT NULL,
	-- Events up to this one were looked at: what it is told of has a delivery.
	done_event    INTEGER NOT NULL,
	-- How sending goes.
	failures      INTEGER NOT NULL DEFAULT 0,       -- in a row
	failing_ns    INTEGER NOT NULL DEFAULT 0,       -- since
	rest_ns       INTEGER NOT NULL DEFAULT 0,       -- nothing is sent before, after many failures
	worked_ns     INTEGER NOT NULL DEFAULT 0        -- the last success; 0: none yet
) STRICT;

CREATE TABLE delivery (
	id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	hook_id    INTEGER NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
	event      INTEGER NOT NULL,            -- seq
	state      INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2),    -- waiting, delivered, dead
	attempts   INTEGER NOT NULL DEFAULT 0,
	created_ns INTEGER NOT NULL,
	next_ns    INTEGER NOT NULL,            -- waiting: not before
	until_ns   INTEGER NOT NULL,            -- waiting: given up then
	tried_ns   INTEGER NOT NULL DEFAULT 0,  -- the last try; 0: none yet
	status     INTEGER NOT NULL DEFAULT 0,  -- of its answer; 0: none came
	error      TEXT NOT NULL DEFAULT '',    -- why it failed
	answer     TEXT NOT NULL DEFAULT '',    -- the first of the answer's body
	UNIQUE (hook_id, event)
) STRICT;

-- Whose turn it is, and the newest that are done.
CREATE INDEX delivery_by_turn ON delivery (hook_id, state, next_ns);
CREATE INDEX delivery_by_state ON delivery (hook_id, state, id);
