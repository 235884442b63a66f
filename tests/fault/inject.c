/* A library to preload: lets the Nth system call of a running program fail, or kills it there.
 *
 * What to do stands in the file that FAULT_CONTROL names (struct control; inject.py writes it),
 * so a test can start a server in peace and arm the fault just before the request it is about.
 * The calls of all threads are counted together: threads that hand work to one another in turn,
 * as those of a publish do, make the same calls in the same order every time, so that point N
 * of one run is point N of the next. strace counts per thread, where an early thread hides the
 * points of a later one. test_crash_sweep.py compares the count with what strace sees.
 *
 * Only calls that go through libc are seen; those that glibc makes within itself are not.      */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Kinds of calls: bits of control.mask. */
enum kind {
	CHANGES = 1,                     /* names and lengths: link, rename, unlink, mkdir, truncate */
	WRITES = 2,
	SYNCS = 4,
	CREATES = 8,                     /* open with O_CREAT or O_TMPFILE */
	OPENS = 16,
	READS = 32,
	LOOKS = 64,                      /* stat, mmap, close */
	SENDS = 128,
	LOCKS = 256,
};

enum action { KILL, FAIL, SHORTEN, SLOW };       /* SLOW: it takes a tenth of a second */

enum { NAME_BYTES = 20, CALLS_MAX = 3000 };

struct call { int kind; char name[NAME_BYTES]; };

struct control {
	atomic_int armed;
	int mask, at, onwards, action, error;
	atomic_int count, hits;
	long clock_seconds;                      /* added to the time of day */
	long interval_seconds;                   /* added to the clock that intervals are measured with */
	struct call calls[CALLS_MAX];            /* those that were counted */
};

static struct control *control;

__attribute__((constructor)) static void attach(void)
{
	const char *path = getenv("FAULT_CONTROL");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
	if (fd < 0)
		return;
	long page = syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);
	(void)syscall(SYS_close, fd);
	control = page == -1 ? NULL : (struct control *)page;
}

/* True when this call is the one; KILL does not return. */
static bool hit(enum kind kind, const char *name)
{
	if (!control || !atomic_load(&control->armed) || !(control->mask & (int)kind))
		return false;
	int n = atomic_fetch_add(&control->count, 1);
	if (n < CALLS_MAX) {
		control->calls[n].kind = (int)kind;
		strncpy(control->calls[n].name, name, NAME_BYTES - 1);
	}
	if (n != control->at && !(control->onwards && n > control->at))
		return false;
	(void)atomic_fetch_add(&control->hits, 1);
	if (control->action == KILL) {
		(void)syscall(SYS_kill, getpid(), SIGKILL);
		for (;;)
			(void)pause();
	}
	if (control->action == SLOW) {
		const struct timespec tenth = { 0, 100 * 1000 * 1000 };
		(void)syscall(SYS_nanosleep, &tenth, NULL);
		return false;
	}
	return true;
}

static bool fails(enum kind kind, const char *name)
{
	if (!hit(kind, name) || control->action != FAIL)
		return false;
	errno = control->error;
	return true;
}

/* Only files: a pipe to ourselves does not count as storage, and the log neither. */
static bool is_file(int fd)
{
	struct stat st;
	int saved = errno;
	bool yes = fd > 2 && control && atomic_load(&control->armed) && syscall(SYS_fstat, fd, &st) == 0 && S_ISREG(st.st_mode);
	errno = saved;
	return yes;
}

/* How much of `n` bytes is transferred; 0: the call fails. */
static size_t amount(int fd, enum kind kind, const char *name, size_t n)
{
	if (!n || !is_file(fd) || !hit(kind, name))
		return n;
	errno = control->error;
	return control->action == SHORTEN ? (n + 1) / 2 : 0;
}

#define REAL(name) \
	static __typeof__(&name) real; \
	if (!real) \
		real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* A call that does not transfer bytes. */
#define WRAP(kind, type, name, parameters, arguments) \
	type name parameters \
	{ \
		REAL(name); \
		return fails(kind, #name) ? (type)-1 : real arguments; \
	}

WRAP(CHANGES, int, linkat, (int a, const char *b, int c, const char *d, int f), (a, b, c, d, f))
WRAP(CHANGES, int, renameat, (int a, const char *b, int c, const char *d), (a, b, c, d))
WRAP(CHANGES, int, renameat2, (int a, const char *b, int c, const char *d, unsigned f), (a, b, c, d, f))
WRAP(CHANGES, int, unlinkat, (int a, const char *b, int f), (a, b, f))
WRAP(CHANGES, int, unlink, (const char *a), (a))
WRAP(CHANGES, int, mkdir, (const char *a, mode_t m), (a, m))
WRAP(CHANGES, int, mkdirat, (int a, const char *b, mode_t m), (a, b, m))
WRAP(CHANGES, int, mknodat, (int a, const char *b, mode_t m, dev_t d), (a, b, m, d))
WRAP(CHANGES, int, ftruncate64, (int a, off64_t n), (a, n))
WRAP(CHANGES, int, bind, (int a, const struct sockaddr *b, socklen_t n), (a, b, n))
WRAP(SYNCS, int, fsync, (int a), (a))
WRAP(SYNCS, int, fdatasync, (int a), (a))
WRAP(SYNCS, int, syncfs, (int a), (a))
WRAP(LOOKS, int, stat64, (const char *a, struct stat64 *s), (a, s))
WRAP(LOOKS, int, lstat64, (const char *a, struct stat64 *s), (a, s))
WRAP(LOOKS, int, fstatat64, (int a, const char *b, struct stat64 *s, int f), (a, b, s, f))
WRAP(LOCKS, int, flock, (int a, int f), (a, f))
WRAP(SENDS, ssize_t, sendmsg, (int a, const struct msghdr *m, int f), (a, m, f))
WRAP(SENDS, ssize_t, send, (int a, const void *b, size_t n, int f), (a, b, n, f))

int fstat64(int fd, struct stat64 *st)
{
	REAL(fstat64);
	return is_file(fd) && fails(LOOKS, "fstat64") ? -1 : real(fd, st);
}

/* What fails to close is closed all the same. */
int close(int fd)
{
	REAL(close);
	bool fail = is_file(fd) && fails(LOOKS, "close");
	int rc = real(fd);
	return fail ? -1 : rc;
}

struct dirent64 *readdir64(DIR *d)
{
	REAL(readdir64);
	return fails(READS, "readdir64") ? NULL : real(d);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t offset)
{
	REAL(mmap64);
	return fd >= 0 && fails(LOOKS, "mmap64") ? MAP_FAILED : real(at, n, protection, flags, fd, offset);
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	REAL(clock_gettime);
	int rc = real(id, ret);
	if (rc == 0 && id == CLOCK_REALTIME && control)
		ret->tv_sec += control->clock_seconds + control->interval_seconds;
	if (rc == 0 && id == CLOCK_MONOTONIC && control)
		ret->tv_sec += control->interval_seconds;
	return rc;
}

/* Who counts with hours that went by in a moment sleeps no longer for it. */
int pthread_cond_clockwait(pthread_cond_t *wake, pthread_mutex_t *lock, clockid_t id, const struct timespec *until)
{
	REAL(pthread_cond_clockwait);
	struct timespec at = *until;
	if (id == CLOCK_MONOTONIC && control)
		at.tv_sec -= control->interval_seconds;
	return real(wake, lock, id, &at);
}

static bool open_fails(int flags)
{
	bool creates = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	return fails(creates ? CREATES : OPENS, creates ? "open to create" : "open");
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	REAL(open64);
	va_start(ap, flags);
	mode_t mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_fails(flags) ? -1 : real(path, flags, mode);
}

int openat64(int dir, const char *path, int flags, ...)
{
	va_list ap;
	REAL(openat64);
	va_start(ap, flags);
	mode_t mode = va_arg(ap, mode_t);
	va_end(ap);
	return open_fails(flags) ? -1 : real(dir, path, flags, mode);
}

int fcntl64(int fd, int command, ...)
{
	va_list ap;
	REAL(fcntl64);
	va_start(ap, command);
	void *argument = va_arg(ap, void *);
	va_end(ap);
	return is_file(fd) && fails(LOCKS, "fcntl64") ? -1 : real(fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	REAL(ioctl);
	va_start(ap, request);
	void *argument = va_arg(ap, void *);
	va_end(ap);
	return is_file(fd) && fails(WRITES, "ioctl") ? -1 : real(fd, request, argument);
}

#define TRANSFER(kind, name, parameters, n, ...) \
	ssize_t name parameters \
	{ \
		REAL(name); \
		size_t some = amount(fd, kind, #name, n); \
		return n && !some ? -1 : real(__VA_ARGS__); \
	}

TRANSFER(WRITES, write, (int fd, const void *p, size_t n), n, fd, p, some)
TRANSFER(WRITES, pwrite64, (int fd, const void *p, size_t n, off64_t at), n, fd, p, some, at)
TRANSFER(READS, read, (int fd, void *p, size_t n), n, fd, p, some)
TRANSFER(READS, pread64, (int fd, void *p, size_t n, off64_t at), n, fd, p, some, at)
TRANSFER(WRITES, copy_file_range, (int from, off64_t *a, int fd, off64_t *b, size_t n, unsigned f), n,
         from, a, fd, b, some, f)

ssize_t __pread64_chk(int fd, void *p, size_t n, off64_t at, size_t room);
TRANSFER(READS, __pread64_chk, (int fd, void *p, size_t n, off64_t at, size_t room), n, fd, p, some, at, room)
