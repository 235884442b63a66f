/* Whether the storage takes writes: looked at now and then, and when a write failed. Every change
 * still finds out for itself; this is what health and metrics say, so that recovery needs nobody.
 * Deleting works meanwhile: datadir_tmp keeps a reserve for it.                              */
#include <fcntl.h>
#include <sys/statvfs.h>

#include "indexer/base/log.h"
#include "indexer/ingest/ingest_impl.h"

#define TRIAL_BYTES (64 * (off_t)KIB)

static bool is_state(enum err err)
{
	return !err || err == ERR_DISK_FULL || err == ERR_READ_ONLY;
}

/* One line for each change of the state. */
static void set_state(struct ingest *g, enum err now, const char *detail)
{
	enum err before = (enum err)atomic_exchange(&g->storage, (int)now);
	if (before == now)
		return;
	if (!now)
		LOG(LOG_INFO, "storage.writable", KV("free_bytes", (int64_t)atomic_load(&g->free_bytes)));
	else
		LOG(LOG_ERROR, now == ERR_DISK_FULL ? "storage.full" : "storage.read_only",
		    KV("detail", detail), KV("advice", now == ERR_DISK_FULL ?
		    "free some space; reading and deleting go on, and publishing does by itself" :
		    "make the filesystem writable; reading goes on, and publishing does by itself"));
}

void ingest_write_failed(struct ingest *g, const struct errinfo *e)
{
	if (e->code && is_state(e->code) && !atomic_load(&g->stopped))
		set_state(g, e->code, e->detail);
}

static enum err try_to_write(struct ingest *g, struct errinfo *e)
{
	struct fs_tmp t = { .fd = -1 };
	enum err err = datadir_tmp(g->dir, &t, e);
	int number = err ? 0 : posix_fallocate(t.fd, 0, TRIAL_BYTES);
	fs_tmp_close(&t);
	return number ? err_set(e, err_of_errno(number), "allocate %d bytes", (int)TRIAL_BYTES) : err;
}

void space_check(struct ingest *g)
{
	struct statvfs fs;
	struct errinfo e = { 0 };
	if (fstatvfs(datadir_fd(g->dir), &fs) == 0) {
		atomic_store(&g->free_bytes, (uint64_t)fs.f_bavail * fs.f_frsize);
		atomic_store(&g->total_bytes, (uint64_t)fs.f_blocks * fs.f_frsize);
	}
	enum err err = try_to_write(g, &e);
	if (is_state(err))
		set_state(g, err, e.detail);
}
