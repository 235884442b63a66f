/* The files that a database is made of: whether they are there, belong together, and still are those that were
 * opened.
 *
 * SQLite takes whatever catalog.db-wal stands beside catalog.db for its own: what it has of an earlier life is
 * mixed into a catalog.db that was put back from a backup, and beside an empty catalog.db it is removed. And it
 * goes on writing to files that nobody can find any more. So it is asked here.
 *
 * Which WAL belongs to which catalog.db is said by the row `wal` of meta, "BEFORE NOW": the first change of each
 * WAL, made when all that came before is in catalog.db, sets it to what catalog.db has there as NOW, and a new
 * word. While such a WAL is copied catalog.db itself has the one or the other. A copy gets a word of its own. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/hash.h"
#include "indexer/store/sql.h"

#define NAME_BYTES 32
#define WAL_KEY "wal"
#define WAL_WORD_BYTES 16

static bool stat_beside(int dir, const struct database *of, const char *end, struct stat *ret)
{
	char name[NAME_BYTES];
	(void)snprintf(name, sizeof name, "%s%s", of->file, end);
	return fstatat(dir, name, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

/* -1: there is none; one that cannot be looked at counts as full. */
static off_t size_beside(struct datadir *d, const struct database *of, const char *end)
{
	struct stat st;
	if (stat_beside(datadir_fd(d), of, end, &st))
		return st.st_size;
	return errno == ENOENT ? -1 : 1;
}

bool files_are_settled(struct datadir *d, const struct database *of)
{
	off_t wal = size_beside(d, of, "-wal");
	return size_beside(d, of, "-journal") <= 0 &&
	       (wal < 0 || (wal == 0 && size_beside(d, of, "-shm") < 0));
}

/* ---- what is not there ---- */

static enum err note_repo(void *ctx, struct str repo, struct errinfo *e)
{
	(void)repo, (void)e;
	*(bool *)ctx = true;
	return OK;
}

enum err files_without_content(struct datadir *d, const struct database *of, struct errinfo *e)
{
	bool repos = false;
	if (of != &database_catalog)
		return OK;
	if (faccessat(datadir_fd(d), DATADIR_RESTORING, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return ERR(e, CORRUPT, "a restore into this directory was interrupted; run it again");
	enum err err = datadir_each_repo(d, note_repo, &repos, e);
	if (repos)
		return ERR(e, CORRUPT, "catalog.db is missing or empty although repos/ holds repositories; "
		           CATALOG_LOST);
	return err;
}

/* The catalog makes them, and nobody else. */
static enum err nothing_is_left(struct datadir *d, const struct database *of, struct errinfo *e)
{
	static const char *const left[] = { "catalog.db-wal", "catalog.db-shm", "search.db" };
	for (size_t i = 0; i < sizeof left / sizeof *left && of == &database_catalog; i++)
		if (faccessat(datadir_fd(d), left[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return ERR(e, CORRUPT, "catalog.db is missing or empty although there is a %s; " CATALOG_LOST,
			           left[i]);
	return files_without_content(d, of, e);
}

enum err files_find(struct datadir *d, const struct database *of, bool writer, struct errinfo *e)
{
	struct stat st = { .st_size = 0 };
	bool is_there = stat_beside(datadir_fd(d), of, "", &st);
	if (!is_there && errno != ENOENT)
		return ERR_SYS(e, "stat %s", of->file);
	if (is_there && !S_ISREG(st.st_mode))
		return ERR(e, CORRUPT, "%s is not a regular file", of->file);
	if (!is_there && !writer)
		return ERR(e, NOT_FOUND, "there is no %s in the data directory", of->file);
	enum err err = st.st_size ? OK : nothing_is_left(d, of, e);
	if (err || is_there)
		return err;
	if (mknodat(datadir_fd(d), of->file, S_IFREG | 0600, 0) != 0)
		return ERR_SYS(e, "create %s", of->file);
	return fs_sync(datadir_fd(d), e);
}

/* ---- what belongs together ---- */

struct wal_words { char before[WAL_WORD_BYTES + 1], now[WAL_WORD_BYTES + 1]; };

/* Empty words where it says nothing; false: it cannot be read. */
static bool read_words(struct sqlite3 *db, struct wal_words *ret)
{
	struct sqlite3_stmt *st = NULL;
	*ret = (struct wal_words){ .now = "" };
	int rc = sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = '" WAL_KEY "'", -1, &st, NULL);
	if (!rc)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		struct str now = str_c((const char *)sqlite3_column_text(st, 0)), before = str_cut(&now, ' ', NULL);
		(void)snprintf(ret->before, sizeof ret->before, "%.*s", STR_ARG(before));
		(void)snprintf(ret->now, sizeof ret->now, "%.*s", STR_ARG(now));
	}
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* Of a catalog.db that a crash left half copied the WAL has the rest, and it may not be readable alone: then
 * nothing is known. The other way round, the two are no whole.                               */
enum err files_belong(struct datadir *d, struct catalog *c, struct errinfo *e)
{
	struct catalog alone = { .of = c->of };
	struct wal_words in_file, in_wal;
	if (c->of != &database_catalog || size_beside(d, c->of, "-wal") <= 0)
		return OK;
	bool known = !connect_database(d, &alone, true, NULL) && read_words(alone.db, &in_file);
	(void)sqlite3_close(alone.db);
	bool read = known && read_words(c->db, &in_wal);
	bool broken = known && !read && (sqlite3_errcode(c->db) & 0xff) == SQLITE_CORRUPT;
	if (!broken && (!read || !strcmp(in_wal.now, in_file.now) || !strcmp(in_wal.before, in_file.now)))
		return OK;
	return ERR(e, CORRUPT, "catalog.db-wal does not belong to this catalog.db, which was put here later; move "
	           "catalog.db-wal and catalog.db-shm away together, or put the catalog.db back that was here");
}

enum err files_begin_wal(struct catalog *c, struct errinfo *e)
{
	struct wal_words words;
	uint64_t random;
	char value[2 * WAL_WORD_BYTES + 2];
	if (!c->wal_done || c->of != &database_catalog)
		return OK;
	if (!random_bytes(&random, sizeof random))
		return ERR_SYS(e, "getrandom");
	if (!read_words(c->db, &words))
		return sql_error(c->db, sqlite3_extended_errcode(c->db), e);
	int n = snprintf(value, sizeof value, "%s %016" PRIx64, words.now, random);
	return catalog_meta_set(c, WAL_KEY, str_make(value, (size_t)n), e);
}

/* ---- what is still there ---- */

void files_note(struct datadir *d, struct catalog *c)
{
	struct stat st;
	c->dir = datadir_fd(d);
	if (c->of != &database_catalog)      /* what another one is made of is made again */
		return;
	if (stat_beside(c->dir, c->of, "", &st))
		c->file = (struct file_id){ st.st_dev, st.st_ino };
	if (datadir_is_network(d) || !stat_beside(c->dir, c->of, "-wal", &st))
		return;
	c->wal = (struct file_id){ st.st_dev, st.st_ino };
	c->wal_done = st.st_size == 0;
}

static bool is_still(const struct catalog *c, const char *end, const struct file_id *then)
{
	struct stat now;
	return !then->ino ||
	       (stat_beside(c->dir, c->of, end, &now) && now.st_ino == then->ino && now.st_dev == then->dev);
}

bool catalog_is_displaced(const struct catalog *c) { return !is_still(c, "", &c->file); }

enum err catalog_in_place(const struct catalog *c, struct errinfo *e)
{
	if (catalog_is_displaced(c))
		return ERR(e, CORRUPT, "%s was removed or replaced under the running program; end the program (SIGTERM), "
		           "which leaves what it had in the folder rescued-1, or the next number, of the data directory",
		           c->of->file);
	if (!is_still(c, "-wal", &c->wal))
		return ERR(e, CORRUPT, "%s-wal was removed or replaced under the running program; restart the program: "
		           "when it ends, all that was stored is written into %s", c->of->file, c->of->file);
	return OK;
}
