/* Between events.c, which knows what an answer is, and events_wake.c, which knows when. */
#pragma once

#include "server/api/events.h"

struct waiter {
	struct waiter *next;
	struct call *call;
	uint64_t since;                  /* waits for an event after this one */
	int64_t until_ns;                /* monotonic */
	struct str repo;                 /* empty: of any; as it was called when it was looked at last */
	uint64_t limit;
	bool stream, opened;             /* opened: its first part went out */
	bool left;                       /* the client closed; the thread's own */
	struct shared_text *sent;        /* of a stream: the last part; kept until the next */
};

/* Nothing came after `since`, or others were woken a moment ago: a reader that asks again at once
 * is answered with all of them, or a busy server would answer nobody else.                   */
bool watch_is_to_wait(struct watch *w, uint64_t since);
/* BUSY: EVENTS_WAITERS_MAX wait already. events_answer follows. */
NODISCARD enum err watch_add(struct watch *w, struct waiter *x, struct errinfo *e);
/* An answer that is everybody's who asks the same, because all of it is public. Zero at first;
 * ended by events_forget.                                                                    */
struct shared_answer {
	struct shared_text *text;        /* NULL: none */
	uint64_t since, limit, count;
	char repo[REPO_NAME_MAX_BYTES + 1];
	bool stream;
};
/* Answers, unless nothing happened that concerns it: false then. With `must` always true. `same`
 * holds the last answer, for those who ask the same after one another; NULL is fine.         */
bool events_answer(struct waiter *x, bool must, struct shared_answer *same);
void events_forget(struct shared_answer *same);
