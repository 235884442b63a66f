/* values.schema.json has to be JSON, as helm package demands; what it says is nobody's business
 * here. It may be five megabytes of anything, so it is looked over and no tree is made of it,
 * which would take a hundred times its size.                                                  */
#include "indexer/base/ascii.h"
#include "indexer/format/chart_parts.h"
#include "indexer/format/json_scan.h"

_Static_assert(CHART_SCHEMA_DEPTH_MAX <= JSON_SCAN_DEPTH_MAX, "a bit for each level");

enum err chart_schema_check(struct str schema, struct errinfo *e)
{
	struct json_scan scan = { .depth_max = CHART_SCHEMA_DEPTH_MAX };
	size_t at = json_scan(&scan, schema);
	if (scan.state < SCAN_DONE)
		(void)json_scan(&scan, STR(" "));    /* it ends a number */
	while (scan.state == SCAN_DONE && at < schema.n && ascii_is_space(schema.p[at]))
		at++;
	if (scan.state == SCAN_DONE && at == schema.n)
		return OK;
	unsigned line = 1;
	at -= scan.state == SCAN_BAD;                /* what is bad was taken */
	for (size_t i = 0; i < at; i++)
		line += schema.p[i] == '\n';
	return ERR(e, METADATA, "values.schema.json:%u: invalid JSON in values.schema.json", line);
}
