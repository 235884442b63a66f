/* What a refresh would take, and how much that is: of each rule the versions and, as far as somebody
 * tells, the bytes. An index does not say how large archives are. Those that are here have their size; of
 * others the upstream is asked (HEAD), first of those that are taken, within limits; the rest is counted
 * as unknown. And what changed rules would leave out that is taken now.                        */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/run.h"

struct sizing {
	struct follow *follow;
	const struct reading *r;
	const struct outgoing_access *access;
	struct upstream_report *report;
	unsigned asked;
	int64_t until_ns;
};

static uint64_t bytes_here(const struct sizing *x, const struct upstream_entry *entry)
{
	AUTO_ARENA struct arena a = { 0 };
	struct remote_version v;
	struct errinfo ignored;
	return ingest_remote_version(x->r->ingest, &a, x->r->repo, entry->file, &v, &ignored)
	       ? 0 : v.row.bytes;
}

/* Content-Length of a HEAD; 0: it does not say. */
static uint64_t bytes_there(struct sizing *x, const struct upstream_entry *entry)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *urls = NULL;
	struct errinfo ignored = { 0 };
	struct outgoing_answer answer;
	if (x->asked == UPSTREAM_SIZES_ASKED_MAX || clock_monotonic() > x->until_ns ||
	    upstreams_is_stopping(x->follow->of) ||
	    json_read(&a, entry->remote.urls, "urls", &urls, &ignored) || !urls || !urls->items)
		return 0;
	struct outgoing_request q = {
		.method = "HEAD", .url = arena_dup(&a, node_text(urls->items->value)), .access = x->access,
		.fd = -1, .max_bytes = KIB, .seconds = UPSTREAM_SIZE_SECONDS,
	};
	x->asked++;
	if (!q.url || !str_starts(str_c(q.url), STR("http")) ||
	    outgoing_do(x->follow->of->options.outgoing, &a, &q, &answer, &ignored) ||
	    answer.status != 200)
		return 0;
	uint64_t bytes;
	return str_to_u64(outgoing_header(&answer, "Content-Length"), &bytes) ? bytes : 0;
}

static void size_up(struct sizing *x, const struct upstream_entry *entry)
{
	enum selection_verdict rule = reading_verdict(&entry->remote);
	const struct known *k = known_by_name(&x->r->known, entry->remote.chart, entry->remote.version);
	if (rule == SELECTION_VERDICT_COUNT)
		return;
	uint64_t bytes = !entry->file.n ? 0 : k && k->held ? bytes_here(x, entry) : bytes_there(x, entry);
	x->report->rules[rule].bytes += bytes;
	x->report->rules[rule].sizes_unknown += !bytes;
}

/* One or the other half of the entries. */
static void size_all(struct sizing *x, bool taken)
{
	for (size_t i = 0; i < x->r->count; i++) {
		const struct upstream_entry *entry = &x->r->entries[i];
		if ((entry->remote.state == REMOTE_TAKEN) != taken)
			continue;
		size_up(x, entry);
		atomic_fetch_add(&x->follow->done, 1);
	}
}

static uint64_t left_out(const struct reading *r)
{
	uint64_t n = 0;
	for (const struct known *k = r->known.first; k; k = k->following)
		n += k->was_taken && !k->gone && k->pass == r->pass && k->state == REMOTE_LEFT_OUT;
	return n;
}

void dry_run_report(struct follow *f, const struct reading *r,
                    const struct outgoing_access *access, struct upstream_report *report)
{
	struct sizing x = { .follow = f, .r = r, .access = access, .report = report,
	                    .until_ns = clock_monotonic() + UPSTREAM_SIZES_SECONDS * NS_PER_SECOND };
	follow_phase(f, UPSTREAM_SIZING);
	atomic_store(&f->total, r->count);
	size_all(&x, true);
	size_all(&x, false);
	for (int i = 0; i < SELECTION_VERDICT_COUNT && r->overflow; i++)
		report->rules[i].sizes_unknown = report->rules[i].versions;
	report->sizes_unknown = report->rules[SELECTION_TAKEN].sizes_unknown +
	                        report->rules[SELECTION_NEEDED].sizes_unknown;
	report->left_out = left_out(r);
}
