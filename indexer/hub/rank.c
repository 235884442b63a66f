/* Ranking: the order of what was found. */
#include "indexer/hub/impl.h"

enum err words_make(struct hub_chart *c, struct errinfo *e)
{
	(void)c, (void)e;
	return OK;
}
