-- Bundles that were brought in: what a repository here was when it left somewhere else.
--
-- These rows are truth: the log here says which versions came, but not of which trip they were. What comes
-- next is compared with the last of them, so that nothing old, nothing of another place and nothing with a
-- gap before it is taken.

PRAGMA user_version = 6;

CREATE TABLE trip (
	repo_id     INTEGER NOT NULL REFERENCES repo (id) ON DELETE CASCADE,
	bundle      TEXT NOT NULL,              -- whose bundle it was; of what came for its sake, not this repository
	event       INTEGER NOT NULL,           -- the trip's number: the last event there that it knows
	leaf        BLOB NOT NULL CHECK (length(leaf) = 32),    -- that event's hash
	root        BLOB NOT NULL CHECK (length(root) = 32),    -- of the log there with that many events
	edge        TEXT NOT NULL,              -- hashes of its complete subtrees, the largest first; '' for what came along
	instance    TEXT NOT NULL,              -- of which data directory
	parent      INTEGER NOT NULL,           -- the trip that had to be here; 0: none
	at_ns       INTEGER NOT NULL,           -- when that event was
	imported_ns INTEGER NOT NULL,           -- when it was brought in
	filter      TEXT NOT NULL,              -- what of the repository it was; '': everything
	signers     TEXT NOT NULL,              -- names of keys, with spaces between them
	manifest    BLOB NOT NULL CHECK (length(manifest) = 32),
	versions    INTEGER NOT NULL,           -- of this repository that it told of
	bytes       INTEGER NOT NULL,           -- of their archives
	PRIMARY KEY (repo_id, bundle, event)
) STRICT, WITHOUT ROWID;
