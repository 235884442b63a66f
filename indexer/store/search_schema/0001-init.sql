-- What the catalog of charts searches and draws: DATA/search.db.
--
-- All of it is a projection of the log and the chart files. It has a file of its own so that a
-- publish never waits for it, a backup need not carry it, and it can be dropped at any time: what
-- is missing, damaged or of another schema is made again from the beginning.

PRAGMA application_id = 1130908755;     -- 'ChLS'
PRAGMA user_version = 1;

-- 'event': up to which event of the log all this is true, and 'leaf': that event's hash, so that
-- another log is noticed. 'reader': which version of the program's reading made it (EXTRACT_VERSION in hub/impl.h).
-- 'purging': '1' until nothing is left in this file of what was purged.
CREATE TABLE meta (
	key   TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A chart of a repository by the version that is shown of it: the newest stable one, else the
-- newest. A chart without a version in the index has no row.
CREATE TABLE chart (
	id     INTEGER NOT NULL PRIMARY KEY,
	repo   TEXT NOT NULL,
	name   TEXT NOT NULL,
	digest BLOB NOT NULL,           -- of the archive that was read
	line   TEXT NOT NULL,           -- its line in index.yaml (JSON)
	facts  TEXT NOT NULL,           -- canonical JSON: what only the archive says
	UNIQUE (repo, name)
) STRICT;

-- Versions of which the dependencies are known.
CREATE TABLE version (
	repo    TEXT NOT NULL,
	name    TEXT NOT NULL,
	version TEXT NOT NULL,
	digest  BLOB NOT NULL,
	PRIMARY KEY (repo, name, version)
) STRICT, WITHOUT ROWID;

-- A dependency of a version, as Chart.yaml states it, with what its lock and its archive hold.
CREATE TABLE edge (
	repo       TEXT NOT NULL,
	name       TEXT NOT NULL,
	version    TEXT NOT NULL,
	position   INTEGER NOT NULL,    -- from 0, in the order of the archive
	within     TEXT NOT NULL,       -- '' for its own; else the path of the vendored chart that has it
	target     TEXT NOT NULL,       -- name of what it depends on
	range      TEXT NOT NULL,
	repository TEXT NOT NULL,       -- as written: https://…, oci://…, file://…, @name, ''
	alias      TEXT NOT NULL,
	condition  TEXT NOT NULL,
	tags       TEXT NOT NULL,       -- separated by commas
	imports    TEXT NOT NULL,       -- import-values, as JSON; '' without
	locked     TEXT NOT NULL,       -- version that Chart.lock holds; '' without
	locked_repository TEXT NOT NULL,
	vendored   TEXT NOT NULL,       -- version that is in charts/; '' when it is not there
	PRIMARY KEY (repo, name, version, position)
) STRICT, WITHOUT ROWID;

-- Who depends on a chart.
CREATE INDEX edge_by_target ON edge (target, repo, name, version, position);

-- The texts of what is shown, and an index of them for phrases; rowid is chart.id. Ranking is not done
-- here: a match is a match.
CREATE VIRTUAL TABLE text USING fts5 (
	name,                           -- as it is: words at its separators
	joined,                         -- without separators: 'certmanager'
	alternative,                    -- artifacthub.io/alternativeName
	keywords,
	description,
	people,                         -- maintainers, and the repository's name
	uses,                           -- names of dependencies
	images,
	kinds,                          -- of its custom resources
	readme,                         -- plain text
	keys,                           -- paths of values, and what their comments say
	tokenize = "unicode61 remove_diacritics 2"
);

-- The same words without their places, which makes beginnings of words as quick to find as words: a
-- tenth of the other index, with those of up to six letters in it. It has no texts of its own: what is
-- put and deleted is made from `text`.
CREATE VIRTUAL TABLE words USING fts5 (
	said,
	content = '',
	detail = none,
	tokenize = "unicode61 remove_diacritics 2",
	prefix = '1 2 3 4 5 6'
);
