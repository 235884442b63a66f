/* Whether the storage takes writes: looked at now and then, and when a write failed. Every change
 * still finds out for itself; this is what health and metrics say, so that recovery needs nobody.
 * Deleting works meanwhile: datadir_tmp keeps a reserve for it from our own files, and where others
 * fill the filesystem to the last byte, a file without a name holds some space until then.   */
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "indexer/base/log.h"
#include "indexer/ingest/ingest_impl.h"

#define TRIAL_BYTES (64 * (off_t)KIB)
#define RESERVE_BYTES (1 * (uint64_t)MIB)
#define RESERVE_SHARE 16u            /* of a small filesystem */

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

static void keep_reserve(struct ingest *g)
{
	struct fs_tmp t = { .fd = -1 };
	uint64_t share = atomic_load(&g->total_bytes) / RESERVE_SHARE;
	if (atomic_load(&g->reserve) >= 0 || datadir_tmp(g->dir, &t, NULL))
		return;
	if (t.name[0])
		(void)unlinkat(t.dir, t.name, 0);
	t.name[0] = '\0';
	if (posix_fallocate(t.fd, 0, (off_t)(share < RESERVE_BYTES ? share : RESERVE_BYTES)) == 0) {
		atomic_store(&g->reserve, t.fd);
		t.fd = -1;
	}
	fs_tmp_close(&t);
}

bool space_release(struct ingest *g)
{
	int fd = atomic_exchange(&g->reserve, -1);
	return fd >= 0 && close(fd) == 0;
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
	if (!err)
		keep_reserve(g);
	if (is_state(err))
		set_state(g, err, e.detail);
}
