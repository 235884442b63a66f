/* See chartmuseum_words.h. */
#include "server/api/chartmuseum_words.h"

enum err chartmuseum_prov(struct call *c, enum err err, struct errinfo *e)
{
	if (err != ERR_PROVENANCE || !str_starts(str_c(e->detail), STR("invalid provenance file: ")))
		return err;
	call_error_field(c, "detail", e->detail);
	return ERR(e, PROVENANCE, "invalid provenance file");
}

void chartmuseum_publish(struct call *c, struct change *change, bool multipart)
{
	(void)chartmuseum_prov(c, change->err, &change->error);
	if (change->err != ERR_EXISTS)
		return;
	call_error_field(c, "detail", change->error.detail);
	call_error_field(c, "digest", change->result.digest);
	call_error_field(c, "stored_digest", change->result.stored_digest);
	(void)ERR(&change->error, EXISTS, multipart ? "chart already exists" : "file already exists");
}
