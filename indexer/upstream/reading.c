/* An upstream's index against what is known of it: what did not change costs a look into a table;
 * what is new, changed or gone is collected for the writer.
 *
 * A first reading is stored as it comes, chart by chart. Later ones are collected and stored at the end,
 * because an index that lost most of its versions has to wait for an operator, with all it says; what
 * would be too much to keep is counted, and the index read once more when it may be stored.
 * Long because a reading is one state that every part of it changes; what it reads from and writes to are
 * reading_source.c and reading_store.c. */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/upstream/impl.h"

struct reading_item {
	struct index_rank rank;
	struct known *known;
	enum selection_verdict verdict;
};

enum err reading_open(struct reading *r, struct errinfo *e)
{
	r->trims = r->settings->take_last || r->settings->take_last_per_minor;
	return known_open(&r->known, e);
}

void reading_forget(struct reading *r)
{
	arena_done(&r->fresh);
	r->entries = NULL;
	r->items = NULL;
	r->count = r->capacity = r->item_count = r->item_capacity = 0;
	r->chart = (struct str){ 0 };
	r->batch++;
}

void reading_close(struct reading *r)
{
	arena_done(&r->fresh);
	arena_done(&r->kept);
	known_close(&r->known);
}

void reading_begin(struct reading *r, enum reading_mode mode)
{
	r->mode = mode;
	r->pass++;
	reading_forget(r);
	arena_done(&r->kept);
	r->skipped = NULL;
	r->skipped_count = r->skipped_capacity = 0;
	r->overflow = r->again = false;
	r->taken = r->refused = r->beyond = r->repeated = 0;
	memset(r->rules, 0, sizeof r->rules);
}

/* ---- one chart ---- */

static enum err add_entry(struct reading *r, const struct upstream_entry *entry, struct errinfo *e)
{
	struct upstream_entry *list = arena_room(&r->fresh, r->entries, r->count, &r->capacity,
	                                         sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions of an upstream");
	r->entries = list;
	list[r->count++] = *entry;
	return OK;
}

/* What was collected of a version; NULL: nothing. */
static struct upstream_entry *collected(const struct reading *r, const struct known *k)
{
	return k->batch == r->batch ? &r->entries[k->entry] : NULL;
}

static enum err collect(struct reading *r, struct known *k, const struct upstream_entry *entry,
                        struct errinfo *e)
{
	enum err err = add_entry(r, entry, e);
	if (!err) {
		k->batch = r->batch;
		k->entry = r->count - 1;
	}
	return err;
}

enum selection_verdict reading_verdict(const struct remote_row *remote)
{
	if (remote->state == REMOTE_TAKEN && !remote->why.n)
		return SELECTION_TAKEN;
	for (int v = 0; v < SELECTION_VERDICT_COUNT; v++)
		if (str_eq_c(remote->why, selection_word((enum selection_verdict)v)))
			return (enum selection_verdict)v;
	return SELECTION_VERDICT_COUNT;
}

static bool takes(enum selection_verdict v) { return v == SELECTION_TAKEN || v == SELECTION_NEEDED; }

static void put_verdict(struct remote_row *remote, enum selection_verdict verdict)
{
	remote->state = takes(verdict) ? REMOTE_TAKEN : REMOTE_LEFT_OUT;
	remote->why = verdict == SELECTION_TAKEN ? (struct str){ 0 } : str_c(selection_word(verdict));
}

/* It was taken, and is as it was. */
static enum err leave_out(struct reading *r, struct known *k, enum selection_verdict verdict,
                          struct errinfo *e)
{
	struct upstream_entry entry = {
		.news = UPSTREAM_JUDGED,
		.remote = { .chart = k->chart, .version = k->version, .state = REMOTE_LEFT_OUT,
		            .why = str_c(selection_word(verdict)) },
	};
	return collect(r, k, &entry, e);
}

static int compare_items(const void *left, const void *right)
{
	const struct reading_item *a = left, *b = right;
	return index_rank_cmp(&a->rank, &b->rank);
}

/* What the rules over several versions say of one of them, which counts as taken until then. */
static enum err settle(struct reading *r, struct known *k, enum selection_verdict verdict, struct errinfo *e)
{
	if (k->state == REMOTE_REFUSED)      /* its second entry is another one */
		return OK;
	if (verdict != SELECTION_TAKEN && k->needed)
		verdict = SELECTION_NEEDED;
	r->rules[SELECTION_TAKEN]--;
	r->rules[verdict]++;
	r->taken -= !takes(verdict);
	struct upstream_entry *entry = collected(r, k);
	if (entry) {
		put_verdict(&entry->remote, verdict);
		k->state = entry->remote.state;
		return OK;
	}
	if (verdict == SELECTION_TAKEN && k->state != REMOTE_TAKEN)
		k->reread = r->again = true;
	return verdict != SELECTION_TAKEN && k->state == REMOTE_TAKEN ? leave_out(r, k, verdict, e) : OK;
}

static enum err trim(struct reading *r, struct errinfo *e)
{
	enum err err = OK;
	if (!r->item_count)
		return OK;
	qsort(r->items, r->item_count, sizeof *r->items, compare_items);
	struct selection_version *v = arena_array(&r->fresh, r->item_count, sizeof *v);
	if (!v)
		return ERR(e, NOMEM, "versions of an upstream");
	for (size_t i = 0; i < r->item_count; i++)
		v[i] = (struct selection_version){ r->items[i].known->version, SELECTION_TAKEN };
	selection_trim(r->selection, v, r->item_count);
	for (size_t i = 0; i < r->item_count && !err; i++)
		err = settle(r, r->items[i].known, v[i].verdict, e);
	return err;
}

static enum err end_chart(struct reading *r, struct errinfo *e)
{
	enum err err = r->trims ? trim(r, e) : OK;
	r->item_count = 0;
	if (err)
		return err;
	if (r->mode == READING_COLLECT && r->fresh.used > UPSTREAM_COLLECT_MAX_BYTES) {
		r->overflow = true;
		r->mode = READING_COUNT;
	}
	if (r->mode == READING_STREAM && r->count >= UPSTREAM_CHUNK_VERSIONS) {
		struct upstream_change last = { .row = NULL };
		err = reading_store(r, &last, e);
	}
	if (r->mode == READING_COUNT)
		reading_forget(r);
	return err;
}

static enum err begin_chart(struct reading *r, struct str chart, struct errinfo *e)
{
	if (r->chart.p && str_eq(r->chart, chart))
		return OK;
	enum err err = r->chart.p ? end_chart(r, e) : OK;
	r->chart_count = 0;
	if (!err && !arena_str(&r->fresh, chart, &r->chart))
		err = ERR(e, NOMEM, "versions of an upstream");
	return err;
}

static enum err add_item(struct reading *r, struct known *k, struct errinfo *e)
{
	struct reading_item *list = arena_room(&r->fresh, r->items, r->item_count, &r->item_capacity,
	                                       sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "versions of an upstream");
	r->items = list;
	list[r->item_count++] = (struct reading_item){ .rank = index_rank_of(k->version, k->created_ns),
	                                                .known = k };
	return OK;
}

/* ---- what others depend on ---- */

bool reading_take_needed(struct reading *r, struct known *k)
{
	struct upstream_entry *entry = collected(r, k);
	bool is_left_out = (entry ? entry->remote.state : k->state) == REMOTE_LEFT_OUT;
	if (!entry || !is_left_out)
		return is_left_out && r->mode != READING_COUNT;
	r->rules[reading_verdict(&entry->remote)]--;
	r->rules[SELECTION_NEEDED]++;
	r->taken++;
	put_verdict(&entry->remote, SELECTION_NEEDED);
	k->state = REMOTE_TAKEN;
	return false;
}

enum err reading_leave_unneeded(struct reading *r, struct errinfo *e)
{
	enum err err = OK;
	for (struct known *k = r->known.first; k && !err; k = k->following) {
		if (!k->by_need || k->needed || k->state != REMOTE_TAKEN || k->pass != r->pass || collected(r, k))
			continue;
		r->rules[SELECTION_NEEDED]--;
		r->taken--;
		err = leave_out(r, k, SELECTION_NEEDED, e);
	}
	return err;
}

/* ---- what the index says ---- */

static void count_known(struct reading *r, const struct known *k)
{
	bool taken = k->state == REMOTE_TAKEN || (k->by_set && r->trims);
	r->taken += taken;
	r->refused += k->state == REMOTE_REFUSED;
	r->rules[SELECTION_TAKEN] += taken;
}

static bool is_known(void *ctx, struct str chart, const struct sha256 *hash)
{
	struct reading *r = ctx;
	struct errinfo ignored;
	struct known *k = known_by_hash(&r->known, chart, hash);
	if (!k || r->reads_all || k->gone || k->reread || k->conflict || collected(r, k))
		return false;
	if (k->by_need || k->needed)
		return false;                /* what the rules say of it was not kept */
	if (k->pass == r->pass) {
		r->repeated++;
		return true;
	}
	if (begin_chart(r, chart, &ignored))
		return false;                /* asked again as a new one, which tells the error */
	if (r->chart_count >= UPSTREAM_CHART_VERSIONS_MAX)
		return false;                /* the same: it is passed by */
	if (r->trims && (k->state == REMOTE_TAKEN || k->by_set) && add_item(r, k, &ignored))
		return false;
	r->chart_count++;
	k->pass = r->pass;
	count_known(r, k);
	return true;
}

static void refuse_both(struct reading *r, struct known *k, struct upstream_entry *entry)
{
	bool counted = k->state == REMOTE_TAKEN;
	r->taken -= counted;
	r->rules[SELECTION_TAKEN] -= counted && r->rules[SELECTION_TAKEN];
	r->refused += k->state != REMOTE_REFUSED;
	k->lost |= k->was_taken && k->state != REMOTE_LEFT_OUT;
	k->state = entry->remote.state = REMOTE_REFUSED;
	entry->remote.why = STR("the index has this version twice, with different digests");
	entry->remote.has_digest = false;                /* as if nothing had been promised */
	entry->remote.digest = (struct sha256){ 0 };
}

/* Twice in one index with different bytes: those that were promised first, or else neither of them, until
 * somebody looks.                                                                             */
static enum err twice(struct reading *r, struct known *k, struct upstream_entry *entry,
                      struct errinfo *e)
{
	struct upstream_entry *first = collected(r, k);
	r->repeated++;
	if (k->conflict || (entry->remote.has_digest == k->has_digest &&
	                    sha256_eq(&entry->remote.digest, &k->digest)))
		return OK;
	k->conflict = true;
	entry->has_twin = k->has_digest;
	entry->twin = k->digest;
	if (!k->is_pinned || k->state != REMOTE_TAKEN || entry->remote.state != REMOTE_TAKEN)
		refuse_both(r, k, entry);
	entry->remote.hash = (struct sha256){ 0 };       /* both are looked at again each time */
	if (!first)
		return collect(r, k, entry, e);
	*first = *entry;
	return OK;
}

static enum err note(struct reading *r, struct known *k, const struct upstream_entry *entry,
                     enum selection_verdict verdict, struct errinfo *e)
{
	enum err err = collect(r, k, entry, e);
	if (err)
		return err;
	k->pass = r->pass;
	k->has_digest = entry->remote.has_digest;
	k->digest = entry->remote.digest;
	k->created_ns = entry->remote.created_ns;
	k->state = entry->remote.state;
	k->reread = k->conflict = false;
	k->lost = k->was_taken && (k->state == REMOTE_REFUSED || (verdict == SELECTION_IGNORED && !k->by_need));
	bool taken = entry->remote.state == REMOTE_TAKEN;
	r->taken += taken;
	r->refused += entry->remote.state == REMOTE_REFUSED;
	r->rules[verdict] += entry->remote.state != REMOTE_REFUSED;
	return taken && verdict == SELECTION_TAKEN && r->trims ? add_item(r, k, e) : OK;
}

static enum err skip_entry(void *ctx, struct str chart, struct str version, uint32_t line,
                           const char *why, struct errinfo *e)
{
	struct reading *r = ctx;
	if (r->skipped_count == UPSTREAM_SKIPPED_MAX)
		return OK;
	struct skipped_row *list = arena_room(&r->kept, r->skipped, r->skipped_count,
	                                      &r->skipped_capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "skipped entries");
	r->skipped = list;
	struct skipped_row *row = &list[r->skipped_count++];
	row->line = line;
	return arena_str(&r->kept, str_first(chart, 256), &row->chart) &&
	       arena_str(&r->kept, str_first(version, 256), &row->version) &&
	       arena_str(&r->kept, str_c(why), &row->why) ? OK : ERR(e, NOMEM, "skipped entries");
}

/* The second of a version is looked at wherever it stands. */
static bool is_beyond(const struct reading *r, struct str chart, struct str version)
{
	if (r->chart_count < UPSTREAM_CHART_VERSIONS_MAX)
		return false;
	const struct known *k = known_by_name(&r->known, chart, version);
	return !k || k->pass != r->pass;
}

static enum err pass_by(struct reading *r, struct str chart, struct str version, struct errinfo *e)
{
	char why[80];
	(void)snprintf(why, sizeof why, "the chart has more than %u versions", UPSTREAM_CHART_VERSIONS_MAX);
	r->beyond++;
	return skip_entry(r, chart, version, 0, why, e);
}

static enum err take_entry(void *ctx, struct str chart, const struct index_entry *index_entry,
                           const struct sha256 *hash, struct errinfo *e)
{
	struct reading *r = ctx;
	struct upstream_entry entry;
	enum selection_verdict verdict;
	if (r->only.n && !str_eq(chart, r->only))
		return OK;                   /* nobody asked for it */
	enum err err = begin_chart(r, chart, e);
	if (!err && is_beyond(r, chart, index_entry->meta.version))
		return pass_by(r, chart, index_entry->meta.version, e);
	if (!err)
		err = entry_judge(r, &r->fresh, chart, index_entry, hash, &entry, &verdict, e);
	if (err)
		return err;
	struct known *k = known_by_name(&r->known, chart, entry.remote.version);
	if (k && k->pass == r->pass)
		return twice(r, k, &entry, e);
	if (k && k->needed && entry.remote.state == REMOTE_LEFT_OUT) {
		verdict = SELECTION_NEEDED;
		put_verdict(&entry.remote, verdict);
	}
	if (!k && r->known.count >= UPSTREAM_VERSIONS_MAX)
		return ERR(e, TOO_LARGE, "the index has more than %u versions", UPSTREAM_VERSIONS_MAX);
	if (!k && (k = known_add(&r->known, chart, entry.remote.version, &(struct sha256){ 0 })))
		k->fresh = true;
	r->chart_count += k != NULL;
	return k ? note(r, k, &entry, verdict, e) : ERR(e, NOMEM, "versions of an upstream");
}

static void start_again(void *ctx)
{
	struct reading *r = ctx;
	reading_begin(r, r->overflow ? READING_COLLECT : r->mode);
}

const struct index_stream_handler reading_handler = {
	.known = is_known, .entry = take_entry, .skipped = skip_entry, .again = start_again,
};

/* ---- the end of a pass ---- */

static enum err note_gone(struct reading *r, const struct known *k, struct errinfo *e)
{
	struct upstream_entry entry = { .news = UPSTREAM_GONE,
	                                .remote = { .chart = k->chart, .version = k->version } };
	return add_entry(r, &entry, e);
}

static bool is_lost(const struct reading *r, const struct known *k)
{
	return k->was_taken && !k->gone && (k->lost || (k->pass != r->pass && !r->partial));
}

/* Which ones they are, so that an operator's word is for these alone. */
static enum err digest_lost(struct reading *r, struct errinfo *e)
{
	struct sha256_stream *s = sha256_new();
	bool well = s != NULL;
	for (const struct known *k = r->known.first; k && well; k = k->following)
		if (is_lost(r, k))
			well = sha256_add(s, k->chart) && sha256_add(s, STR("\n")) &&
			       sha256_add(s, k->version) && sha256_add(s, STR("\n"));
	well = well && sha256_end(s, &r->drop);
	sha256_free(s);
	return well ? OK : ERR(e, NOMEM, "versions of an upstream");
}

enum err reading_end(struct reading *r, struct errinfo *e)
{
	enum err err = r->chart.p ? end_chart(r, e) : OK;
	r->dropped = r->base_count = 0;
	r->summary.versions -= r->repeated;
	for (const struct known *k = r->known.first; k && !err; k = k->following) {
		if (k->fresh || k->gone || (r->partial && k->pass != r->pass))
			continue;
		r->base_count += k->was_taken;
		r->dropped += is_lost(r, k);
		if (k->pass != r->pass && r->mode != READING_COUNT)
			err = note_gone(r, k, e);
	}
	return err || !r->dropped ? err : digest_lost(r, e);
}
