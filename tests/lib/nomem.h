/* Lets the Nth allocation fail, and counts blocks that were not freed.
 *
 * For tests named *_nomem_test.c: the Makefile links them with this file and --wrap for the
 * functions below. Calls from our own objects count, those inside shared libraries do not.
 *
 *     for (long n = 0;; n++) {
 *         long live = nomem_live();
 *         nomem_arm(n);
 *         enum err rc = thing(…, &e);
 *         if (!nomem_disarm())
 *             break;                        every allocation of thing has failed once
 *         assert_int_equal(rc, ERR_NOMEM);
 *         assert_int_equal(nomem_live(), live);
 *     }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void nomem_arm(long n);              /* the call after the next n fails, once; any thread's */
void nomem_for_good(bool on);        /* … and every later one, until it is disarmed */
bool nomem_disarm(void);             /* did it? */
long nomem_live(void);               /* blocks allocated and not freed */

/* Where a long way allocates thousands of times most are alike: of those that the same calls of ours
 * have led to, by the return addresses up to main, the first stands for all, and of these each second one is
 * taken, not quite in turn (the Thue-Morse sequence). LONG=1: each stands for itself.
 *
 *     for (long n = 0; n <= nomem_places(); n++) {
 *         nomem_arm_place(n);               0: none fails, they are looked at; n: the nth of them does
 *         …
 *         bool failed = nomem_disarm();
 *     }
 */
void nomem_arm_place(long n);
long nomem_places(void);             /* how many there are, once they have been looked at */

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);
void *__wrap_reallocarray(void *p, size_t count, size_t bytes);
void __wrap_free(void *p);
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
void *__real_reallocarray(void *p, size_t count, size_t bytes);
void __real_free(void *p);
