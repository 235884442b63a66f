/* ChartMuseum's storage directory becomes repositories, and stays as it is.
 *
 * DIR/[<tenant>/]<name>-<version>.tgz with the .prov beside it goes into the repository <tenant>
 * ("main" at depth 0) by reflink, else by copy. A version is as old as index-cache.yaml says, else
 * as its file. What was adopted once is known by its file name from the log and is not taken again,
 * also when it, or its repository, was deleted, renamed or purged since: so a later start takes only
 * what is new, of a chart maybe the .prov. Of two files with the same chart and version the one that
 * is called <name>-<version>.tgz counts. Whatever is no chart, or is none that can be taken, is told
 * and passed by.
 *
 * Nothing below DIR is written or touched but DIR/.chartlocker; where the program may, reading
 * leaves no access time behind either.                                                       */
#pragma once

#include "indexer/ingest/ingest.h"

struct adoption {
	const char *directory;
	const char *default_repo;        /* of depth 0 */
	unsigned depth;                  /* 0 to 2: the segments of a tenant's name */
	bool dynamic;                    /* any number of them up to 2 */
	bool link;                       /* hard links: ChartMuseum must not write there any more */
	bool times;                      /* ask index-cache.yaml */
};

struct adopt_report { uint64_t adopted, known, refused, odd; };

/* A storage that fails is an error; a chart that is none
 * is not. A waiting SIGTERM or SIGINT ends it early: the next start goes on.                 */
NODISCARD enum err adopt(const struct adoption *a, struct ingest *g, struct adopt_report *ret,
                         struct errinfo *e);
