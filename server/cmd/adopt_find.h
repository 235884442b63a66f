/* What there is to adopt: the charts of each tenant, found without touching anything. */
#pragma once

#include "server/cmd/adopt.h"

struct adopt_file {
	const char *path, *name;         /* "DIR/a/x-1.0.0.tgz", "x-1.0.0.tgz" */
	uint64_t bytes;
	int64_t changed_ns;              /* mtime */
	bool has_prov;
	bool prov_only;                  /* the chart was adopted before */
	char *own_name;                  /* "x-1.0.0.tgz", which name and version make of "copy.tgz"; from malloc */
};

struct adopt_tenant {
	struct str repo;
	const char *path;
	struct adopt_file *files;        /* sorted by name */
	size_t count, capacity;
};

struct adopt_found {
	struct adopt_tenant *tenants;
	size_t count, capacity;
	uint64_t odd;                    /* what was told and passed by */
	struct arena arena;
};

/* Tells what is odd, and counts it. adopt_found_done in any case. */
NODISCARD enum err adopt_find(const struct adoption *a, struct adopt_found *f, struct errinfo *e);
void adopt_found_done(struct adopt_found *f);

/* Opens a regular file, or a directory, for reading that leaves its access time, where that is
 * allowed; symbolic links are not followed. NOT_FOUND, INVALID.                              */
NODISCARD enum err adopt_open(const char *path, bool directory, int *ret_fd, struct errinfo *e);
/* One line in the log. */
void adopt_tell(const char *path, const char *why);
