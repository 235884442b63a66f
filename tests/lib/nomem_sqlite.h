/* SQLite allocates inside a shared library, where the linker does not wrap: with this its allocations
 * count as those of ours do (nomem.h). Before the first use of SQLite; 0, or SQLite's error.   */
#pragma once

#include <sqlite3.h>

#include "indexer/base/log.h"
#include "tests/lib/nomem.h"

static sqlite3_mem_methods nomem_sqlite_methods;

/* Fails when an allocation of ours would. The names in full: of malloc and free the compiler would
 * know that together they do nothing.                                                        */
static inline bool nomem_sqlite_passes(void)
{
	void *p = __wrap_malloc(1);
	__wrap_free(p);
	return p != NULL;
}

static inline void *nomem_sqlite_malloc(int bytes)
{
	return nomem_sqlite_passes() ? nomem_sqlite_methods.xMalloc(bytes) : NULL;
}

static inline void *nomem_sqlite_realloc(void *p, int bytes)
{
	return nomem_sqlite_passes() ? nomem_sqlite_methods.xRealloc(p, bytes) : NULL;
}

static inline int nomem_sqlite(void)
{
	int rc = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &nomem_sqlite_methods);
	sqlite3_mem_methods ours = nomem_sqlite_methods;
	ours.xMalloc = nomem_sqlite_malloc;
	ours.xRealloc = nomem_sqlite_realloc;
	return rc ? rc : sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

/* As the setup of a group, where errors are what it is about. */
static inline int nomem_sqlite_setup(void **state)
{
	(void)state;
	log_setup(-1, LOG_TEXT, LOG_ERROR);
	return nomem_sqlite();
}
