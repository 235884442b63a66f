/* What the programs that measure share: connections that are kept, threads, times. */
#pragma once

#include "indexer/base/sbuf.h"

/* With what errno says. */
_Noreturn void die(const char *what);
int connect_to(uint16_t port);
/* One answer with its body, as much as the buffer holds of it. Its status; 0: the connection ended. */
int read_answer(int fd, struct sbuf *b);
/* At most 64 of them; returns seconds, until the last one has ended. */
double run_threads(unsigned count, void *(*each)(void *));
/* Of the processor, by this process so far. */
double cpu_seconds(void);
/* For qsort: things that begin with an int64_t of how long they took. */
int by_time(const void *a, const void *b);
