/* What a purge needs: no page of the database and no frame of the WAL that still holds an old row.
 *
 * Only a whole new file is that. PRAGMA secure_delete overwrites a row where it stands last, and pages that
 * become free, but not the copies that are left in a page's unused room when rows were moved to another
 * page before (SQLite's rebuildPage): a line may have such copies in any page that was ever split.       */
#include <sqlite3.h>

#include "indexer/store/catalog.h"
#include "indexer/store/sql.h"

/* VACUUM builds the new database in one that it attaches, which is forbidden to everybody else. */
static enum err rewrite(struct catalog *c, struct errinfo *e)
{
	int before = sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 1);
	int rc = sqlite3_exec(c->db, "VACUUM", NULL, NULL, NULL);
	(void)sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, before);
	return rc ? sql_error(c->db, rc, e) : OK;
}

enum err catalog_vacuum(struct catalog *c, struct errinfo *e)
{
	if (!c->writer || c->begun)
		return ERR(e, BUG, "vacuum within a transaction or without the right to write");
	enum err err = rewrite(c, e);
	if (err)
		return err;
	int rc = sql_checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE);
	return rc ? sql_error(c->db, rc, e) : OK;
}
