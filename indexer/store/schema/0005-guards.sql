-- What a guard has to know: which names of an upstream came after its first index, and which versions
-- have no digest yet.

PRAGMA user_version = 5;

-- The last event of the log when the upstream's index was here whole for the first time; 0: it never was.
-- Names that came before it had it in the order of the members, later ones in the order of the log.
ALTER TABLE upstream ADD COLUMN loaded INTEGER NOT NULL DEFAULT 0;

-- Nothing was promised and nothing came: zeros stand for no digest.
CREATE INDEX version_unpinned ON version (repo_id, chart, version)
	WHERE digest = X'0000000000000000000000000000000000000000000000000000000000000000' AND state = 0;
