/* Whether a version counts as signed: the same answer on every page, in every facet and API. */
#include "indexer/format/node.h"
#include "indexer/ingest/versions.h"

struct str version_verdict(struct arena *a, const struct version_row *row)
{
	const struct node *found = NULL;
	struct errinfo ignored = { 0 };
	if (!row->has_prov)
		return STR("");
	if (!row->signature.n || json_read(a, row->signature, "signature", &found, &ignored))
		return STR("unchecked");
	return node_text(node_get(found, "verdict"));
}

bool verdict_is_signed(struct str verdict)
{
	return str_eq(verdict, STR("good")) || str_eq(verdict, STR("unknown_key")) ||
	       str_eq(verdict, STR("unchecked"));
}

bool verdict_is_verified(struct str verdict)
{
	return str_eq(verdict, STR("good"));
}
