-- What a version runs, as rendering it with its defaults shows.
PRAGMA user_version = 2;

-- Lines: '+' and a reference that is certain, '?' and one that is only possible; NULL: not rendered yet.
ALTER TABLE version ADD COLUMN images TEXT;

-- What is to be rendered when nobody waits.
CREATE INDEX version_unrendered ON version (repo, name, version) WHERE images IS NULL;
