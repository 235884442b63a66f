/* The stream is exchanged when the first begins and put back when the last one ends. It is one and
 * the same for ever, because librnp remembers it and compares.                               */
#include "indexer/format/openpgp_quiet.h"

#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned users;
static FILE *quiet, *loud;

static ssize_t drop(void *ctx, const char *bytes, size_t n)
{
	(void)ctx, (void)bytes;
	return (ssize_t)n;
}

static void open_quiet(void)
{
	quiet = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = drop });
}

void quiet_begin(void)
{
	(void)pthread_once(&once, open_quiet);
	(void)pthread_mutex_lock(&lock);
	if (!users++) {
		loud = stderr;
		stderr = quiet ? quiet : loud;
	}
	(void)pthread_mutex_unlock(&lock);
}

void quiet_end(void)
{
	(void)pthread_mutex_lock(&lock);
	if (!--users)
		stderr = loud;
	(void)pthread_mutex_unlock(&lock);
}
