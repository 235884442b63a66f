/* One metric: a row of a table, whose number stands in a struct of figures. In Prometheus' text format. */
#pragma once

#include <stddef.h>
#include <string.h>

#include "indexer/base/sbuf.h"

struct metric {
	const char *name, *type, *help;
	size_t offset;                   /* of a uint64_t in the figures */
};

static inline void metric_head(struct sbuf *b, const char *name, const char *type, const char *help)
{
	sbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static inline unsigned long long metric_number(const struct metric *m, const void *figures)
{
	uint64_t value;
	memcpy(&value, (const char *)figures + m->offset, sizeof value);
	return value;
}
