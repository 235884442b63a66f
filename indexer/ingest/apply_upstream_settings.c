/* What becomes of what is known of an upstream when its settings change: it is due at once, and nothing that
 * was told of one address is told of another one. With another keyring the provenance files of what is here
 * are to be looked at again.                                                                   */
#include "indexer/base/clock.h"
#include "indexer/ingest/apply_upstream.h"

#define PROV_UNVERIFIED UNFETCHED_PROV "it is to be verified with the keyring of today"

/* What is here is as it was there, and the new one was never asked. */
static enum err forget_address(struct batch *b, struct str address, struct upstream_row *row, struct errinfo *e)
{
	const char *reason = arena_printf(&b->arena, "its address is another one; what is here is from %.*s",
	                                  STR_ARG(address));
	if (!reason)
		return ERR(e, NOMEM, "reason");
	*row = (struct upstream_row){
		.state = UPSTREAM_IS_NEVER, .reason = row->fresh_ns ? str_c(reason) : (struct str){ 0 },
		.fresh_ns = row->fresh_ns, .changed_ns = row->changed_ns, .checked_ns = row->checked_ns,
	};
	return OK;
}

/* What is here was looked at with other keys, or with none. */
static bool verifies_anew(const struct repo_settings *was, const struct repo_settings *next)
{
	return repo_verifies(next) && !(repo_verifies(was) && str_eq(was->keyring, next->keyring));
}

enum err upstream_settings_changed(struct batch *b, struct repository *r, const struct repo_settings *next,
                                   struct errinfo *e)
{
	struct upstream_row row;
	struct str was = r->now->settings->upstream;
	if (repo_kind(next) != REPO_UPSTREAM)
		return OK;
	enum err err = catalog_upstream(b->g->catalog, &b->arena, r->id, &row, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (!str_eq(was, next->upstream) && (row.state != UPSTREAM_IS_NEVER || !row.reason.n))
		err = forget_address(b, was, &row, e);
	if (!err && verifies_anew(r->now->settings, next))
		err = catalog_remotes_note_held(b->g->catalog, r->id, STR(PROV_UNVERIFIED), e);
	row.next_ns = next->paused || !next->refresh_minutes ? 0 : clock_wall();
	return err ? err : catalog_upstream_put(b->g->catalog, r->id, &row, e);
}
