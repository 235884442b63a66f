/* Copying the catalog while others use it, by SQLite's online backup. All pages are copied in one
 * step: a writer is not held up by it, and there is nothing that a write could begin anew.    */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "indexer/store/catalog.h"
#include "indexer/store/sql.h"

#define CATALOG_FILE "catalog.db"

enum err catalog_read_begin(struct catalog *c, struct errinfo *e)
{
	enum err err = sql_run_plain(c, QUERY_SNAPSHOT, e);
	c->begun = !err;
	return err;
}

static enum err make_file(int dir, struct errinfo *e)
{
	static const char *const names[] = {
		CATALOG_FILE, CATALOG_FILE "-wal", CATALOG_FILE "-shm", CATALOG_FILE "-journal",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (unlinkat(dir, names[i], 0) != 0 && errno != ENOENT)
			return ERR_SYS(e, "remove %s of an earlier copy", names[i]);
	if (mknodat(dir, CATALOG_FILE, S_IFREG | 0600, 0) != 0)
		return ERR_SYS(e, "create " CATALOG_FILE);
	return OK;
}

static enum err copy_pages(struct sqlite3 *from, struct sqlite3 *to, struct errinfo *e)
{
	struct sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	if (!b)
		return sql_error(to, sqlite3_errcode(to), e);
	int rc = sqlite3_backup_step(b, -1);
	int end = sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return sql_error(to, rc, e);
	return end ? sql_error(to, end, e) : OK;
}

/* The copy may be in WAL mode as its source is: nothing of it may stay beside the file. No WAL is its own (files.c). */
static enum err finish(struct sqlite3 *to, struct errinfo *e)
{
	int rc = sqlite3_exec(to, "UPDATE meta SET value = '0' WHERE key = 'clean_shutdown';"
	                      "REPLACE INTO meta (key, value) VALUES ('wal', ' ' || lower(hex(randomblob(8))))",
	                      NULL, NULL, NULL);
	if (!rc)
		rc = sqlite3_wal_checkpoint_v2(to, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return rc ? sql_error(to, rc, e) : OK;
}

enum err catalog_copy(struct catalog *c, int dir, struct errinfo *e)
{
	char path[80];
	struct sqlite3 *to = NULL;
	enum err err = make_file(dir, e);
	if (err)
		return err;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d/" CATALOG_FILE, dir);
	errno = 0;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
	                         SQLITE_OPEN_READWRITE, NULL);
	if (!to)
		return ERR(e, NOMEM, CATALOG_FILE);
	err = rc ? sql_error(to, rc, e) : copy_pages(c->db, to, e);
	if (!err)
		err = finish(to, e);
	(void)sqlite3_close(to);
	return err;
}
