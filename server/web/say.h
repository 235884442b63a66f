/* Numbers, sizes and dates as people read them. */
#pragma once

#include "server/web/out.h"

struct word say_count(uint64_t n);               /* "1,204" */
struct word say_short(uint64_t n);               /* "987", "1.2k", "35k", "4.1M" */
struct word say_size(uint64_t bytes);            /* "812 B", "42 kB", "1.3 MB": powers of 1000 */
/* A time that may be shown: 0, and what is before 1970, stand for none. */
bool say_knows(int64_t wall_ns);
struct word say_date(int64_t wall_ns);           /* "2026-11-20"; unknown: nothing */
struct word say_time(int64_t wall_ns);           /* "2026-11-20 14:03 UTC"; unknown: nothing */
/* "just now", "5 minutes ago", "3 days ago", "2 years ago"; "in 3 days". */
struct word say_ago(int64_t wall_ns, int64_t now_ns);
/* say_plural(n, "chart", "charts") */
const char *say_plural(uint64_t n, const char *one, const char *many);
/* For a chart without an icon: "ph" of "postgresql-ha", and one of SAY_TINTS tints. */
#define SAY_TINTS 8
struct word say_initials(struct str name);
unsigned say_tint(struct str name);
