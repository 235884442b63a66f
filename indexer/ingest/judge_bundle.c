/* What would become of one version of a bundle: by the rows alone, so it is the same for a report before
 * and for the writer.                                                                         */
#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/ingest/bundle_change.h"
#include "indexer/store/catalog.h"

const char *bundle_fate_word(enum bundle_fate fate)
{
	static const char *const words[FATE_COUNT] = {
		[FATE_KEPT] = "kept", [FATE_ADDED] = "added", [FATE_REPLACED] = "replaced", [FATE_RESTORED] = "restored",
		[FATE_CHANGED] = "changed", [FATE_YANKED] = "yanked", [FATE_SHOWN] = "unyanked",
		[FATE_REMOVED] = "removed", [FATE_PURGED] = "purged", [FATE_LEFT_DELETED] = "left_deleted",
		[FATE_LEFT_YANKED] = "left_yanked", [FATE_RESERVED] = "reserved", [FATE_REFUSED] = "refused",
	};
	return words[fate];
}

/* Of this side is what no trip did. */
static enum err is_of_here(struct catalog *c, uint64_t event, bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	const struct node *detail = NULL;
	enum err err = catalog_event(c, &a, event, &ev, e);
	if (!err && ev.seq)
		err = json_read(&a, ev.detail, "event", &detail, e);
	if (!err)
		*ret = detail && !node_get(detail, "trip");
	return err;
}

enum err bundle_stays_deleted(struct catalog *c, const struct version_row *row, bool *ret, struct errinfo *e)
{
	*ret = false;
	return row->state == VERSION_DELETED ? is_of_here(c, row->deleted_event, ret, e) : OK;
}

static enum err stays_yanked(struct catalog *c, const struct version_row *row, bool *ret, struct errinfo *e)
{
	uint64_t event = 0;
	*ret = false;
	enum err err = row->yanked && row->state != VERSION_DELETED ? catalog_past_end(c, row, &event, e) : OK;
	return err || !event ? err : is_of_here(c, event, ret, e);
}

static void refuse_bytes(const struct version_row *row, const struct bundle_version *i,
                         struct bundle_verdict *ret)
{
	char here[SHA256_HEX_BYTES + 1], there[SHA256_HEX_BYTES + 1];
	sha256_hex(&row->digest, here);
	sha256_hex(&i->digest, there);
	ret->fate = FATE_REFUSED;
	if (row->purged)
		(void)ERR(&ret->why, DELETED, "%.*s %.*s was purged here, and comes no more; to leave it out: "
		          "chartlocker bundle create --select '!%.*s %.*s'", STR_ARG(i->chart), STR_ARG(i->version),
		          STR_ARG(i->chart), STR_ARG(i->version));
	else if (row->state == VERSION_DELETED)
		(void)ERR(&ret->why, DELETED, "%.*s %.*s was deleted here with sha256:%s, and the bundle has "
		          "sha256:%s; to leave it out: chartlocker bundle create --select '!%.*s %.*s'; to take those "
		          "of the bundle: chartlocker undelete --repo %.*s %.*s %.*s, and chartlocker repo set %.*s "
		          "overwrite=true", STR_ARG(i->chart), STR_ARG(i->version), here, there, STR_ARG(i->chart),
		          STR_ARG(i->version), STR_ARG(i->repo), STR_ARG(i->chart), STR_ARG(i->version),
		          STR_ARG(i->repo));
	else
		(void)ERR(&ret->why, EXISTS, "%.*s %.*s is here with sha256:%s, and the bundle has sha256:%s; to "
		          "take those instead: chartlocker repo set %.*s overwrite=true", STR_ARG(i->chart),
		          STR_ARG(i->version), here, there, STR_ARG(i->repo));
}

static void refuse_prov(const struct bundle_version *i, struct bundle_verdict *ret)
{
	ret->fate = FATE_REFUSED;
	(void)ERR(&ret->why, EXISTS, "the provenance file of %.*s %.*s is here with other bytes; to take those of "
	          "the bundle: chartlocker repo set %.*s overwrite=true", STR_ARG(i->chart), STR_ARG(i->version),
	          STR_ARG(i->repo));
}

/* What was deleted here with other bytes is none of what is purged there. */
static void judge_gone(const struct version_row *row, const struct bundle_version *i, bool same,
                       struct bundle_verdict *ret)
{
	bool deleted = row->state == VERSION_DELETED, purged = i->state == BUNDLE_PURGED;
	if (deleted && !(purged && same))
		return;
	if (!same) {
		refuse_bytes(row, i, ret);
		return;
	}
	ret->fate = purged ? FATE_PURGED : FATE_REMOVED;
	ret->purges = purged;
	ret->removes = !purged;
	ret->versions = deleted ? 0 : -1;
	ret->bytes = deleted ? 0 : -(int64_t)row->bytes;
}

/* The list is here as it is there, or goes as it did. */
static bool has_other_images(const struct version_row *row, const struct bundle_version *i)
{
	return row->has_images != i->has_images || (i->has_images && !str_eq(row->images, i->images));
}

/* The same bytes are here, or were. */
static void judge_same(const struct version_row *row, const struct bundle_version *i, bool stays,
                       struct bundle_verdict *ret)
{
	bool yanked = row->yanked && row->state != VERSION_DELETED, left = stays && i->state == BUNDLE_LIVE;
	ret->yanks = i->state == BUNDLE_YANKED && !yanked;
	ret->shows = i->state == BUNDLE_LIVE && yanked && !left;
	ret->lists = has_other_images(row, i);
	ret->fate = ret->yanks ? FATE_YANKED : ret->shows ? FATE_SHOWN : left ? FATE_LEFT_YANKED :
	            ret->lists ? FATE_CHANGED : FATE_KEPT;
	if (i->has_prov && !row->has_prov) {
		ret->puts = true;
		ret->fate = FATE_CHANGED;
	}
	if (row->state != VERSION_LIVE) {
		ret->puts = true;
		ret->fate = FATE_RESTORED;
		ret->versions = row->state == VERSION_DELETED;
		ret->bytes = ret->versions ? (int64_t)i->bytes : 0;
	}
}

/* `stays`: it was deleted or yanked here, and not by a trip. */
static void judge_row(const struct version_row *row, const struct bundle_version *i, bool overwrite,
                      bool stays, struct bundle_verdict *ret)
{
	bool equal = sha256_eq(&row->digest, &i->digest), same = equal && !row->purged;
	bool may = overwrite && row->state != VERSION_DELETED;
	bool other_prov = same && i->has_prov && row->has_prov && !sha256_eq(&row->prov_digest, &i->prov_digest);
	if (bundle_version_is_gone(i))
		judge_gone(row, i, same || may, ret);
	else if (equal && stays && row->state == VERSION_DELETED)
		ret->fate = FATE_LEFT_DELETED;
	else if (!same && may)
		*ret = (struct bundle_verdict){ .fate = FATE_REPLACED, .puts = true, .lists = i->has_images,
		                                .yanks = i->state == BUNDLE_YANKED,
		                                .bytes = (int64_t)(i->bytes - row->bytes) };
	else if (!same)
		refuse_bytes(row, i, ret);
	else if (other_prov && !may)
		refuse_prov(i, ret);
	else
		judge_same(row, i, stays, ret);
	if (other_prov && may && !bundle_version_is_gone(i)) {
		ret->fate = FATE_REPLACED;
		ret->puts = true;
	}
}

static void judge_new(const struct bundle_version *i, struct bundle_verdict *ret)
{
	ret->puts = !bundle_version_is_gone(i);
	ret->yanks = i->state == BUNDLE_YANKED;
	ret->lists = ret->puts && i->has_images;
	ret->fate = ret->puts ? FATE_ADDED : FATE_RESERVED;
	ret->versions = ret->puts;
	ret->bytes = ret->puts ? (int64_t)i->bytes : 0;
}

/* Another version may have the file's name. */
static enum err judge_name(struct catalog *c, struct arena *a, int64_t repo_id, const struct bundle_version *i,
                           struct bundle_verdict *ret, struct errinfo *e)
{
	struct version_row row;
	enum err err = catalog_version_by_file(c, a, repo_id, i->file, &row, e);
	if (err == ERR_NOT_FOUND) {
		judge_new(i, ret);
		return OK;
	}
	if (err)
		return err;
	ret->fate = FATE_REFUSED;
	(void)ERR(&ret->why, NAME_TAKEN, "the file name %.*s belongs to %.*s %.*s here", STR_ARG(i->file),
	          STR_ARG(row.chart), STR_ARG(row.version));
	return OK;
}

enum err bundle_judge_item(struct catalog *c, int64_t repo_id, bool overwrite,
                           const struct bundle_version *item, struct bundle_verdict *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	bool stays = false;
	*ret = (struct bundle_verdict){ .fate = FATE_KEPT };
	if (!repo_id) {
		judge_new(item, ret);
		return OK;
	}
	enum err err = catalog_version(c, &a, repo_id, item->chart, item->version, &row, e);
	if (err == ERR_NOT_FOUND)
		return judge_name(c, &a, repo_id, item, ret, e);
	if (!err)
		err = row.state == VERSION_DELETED ? bundle_stays_deleted(c, &row, &stays, e)
		                                   : stays_yanked(c, &row, &stays, e);
	if (!err)
		judge_row(&row, item, overwrite, stays, ret);
	return err;
}
