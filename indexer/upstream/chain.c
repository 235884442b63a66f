/* The log of an upstream that is one of our own kind: it may grow, and nothing else. What was seen of it
 * is remembered as the number of its events and the root of their tree; at each contact it proves that
 * it goes on from there, signed with the key that was seen first. One that was put back from an older
 * backup, or that is another one, cannot, and nothing is taken from it until an operator says so.   */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/checkpoint.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/base/merkle_proof.h"
#include "indexer/base/note.h"
#include "indexer/fetch/url.h"
#include "indexer/format/node.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

#define FORK "its log is not a continuation of what was seen (fork)"
#define ROOT_SHOWN 16                /* digits */

/* ---- what it says of itself ---- */

static struct str field(struct str header, struct str name)
{
	while (header.n) {
		struct str part = str_trim(str_cut(&header, ';', NULL));
		if (str_eq(str_cut(&part, '=', NULL), name))
			return part;
	}
	return (struct str){ 0 };
}

/* The folder that the index was in, after redirects. */
static const char *folder_of(struct arena *a, struct str url)
{
	struct str path = str_cut(&url, '?', NULL);
	while (path.n && path.p[path.n - 1] != '/')
		path.n--;
	return path.n ? arena_dup(a, path) : NULL;
}

static bool have_one_origin(struct arena *a, const char *one, const char *other)
{
	const char *x, *y;
	struct errinfo ignored;
	return !outgoing_origin(a, one, &x, &ignored) && !outgoing_origin(a, other, &y, &ignored) &&
	       !strcmp(x, y);
}

bool peer_read(struct arena *a, const struct outgoing_answer *answer, struct peer *ret)
{
	struct errinfo ignored;
	const char *url;
	struct str header = outgoing_header(answer, FOLLOW_HEADER), repo = field(header, STR("repo"));
	const char *api = arena_dup(a, field(header, STR("api"))), *folder = folder_of(a, answer->url);
	struct peer peer = { .of = ret->of, .all = str_eq(field(header, STR("log")), STR("all")) };
	if (!header.n || !answer->same_origin || !api || !*api || !folder || strstr(api, "://") ||
	    *api == '/' || !str_to_u64(field(header, STR("event")), &peer.event) || !repo.n ||
	    repo.n > REPO_NAME_MAX_BYTES || url_join(a, folder, api, &url, &ignored) ||
	    !have_one_origin(a, folder, url) || strlen(url) >= sizeof peer.api)
		return false;
	memcpy(peer.api, url, strlen(url) + 1);
	memcpy(peer.repo, repo.p, repo.n);
	*ret = peer;
	return true;
}

/* ---- questions ---- */

struct asking {
	struct follow *f;
	struct arena *arena;
	const struct outgoing_access *access;
	const struct peer *peer;
};

/* A page that a proxy has for everything says nothing of a log. */
#define SOMETHING_ELSE "asked for %s of its log, it sent something else"

/* NOT_FOUND: there is no such thing there, or it is not for us. */
static enum err ask(const struct asking *q, const char *what, struct str *ret, struct errinfo *e)
{
	struct outgoing_answer answer;
	const char *url = arena_printf(q->arena, "%s/%s", q->peer->api, what);
	if (!url)
		return ERR(e, NOMEM, "address");
	struct outgoing_request r = { .method = "GET", .url = url, .access = q->access, .fd = -1,
	                              .gzip = true, .max_bytes = FOLLOW_ANSWER_MAX_BYTES };
	enum err err = outgoing_do(q->f->of->options.outgoing, q->arena, &r, &answer, e);
	if (err)
		return err;
	if (answer.status == 400 || answer.status == 401 || answer.status == 403 || answer.status == 404)
		return ERR(e, NOT_FOUND, "it answered %d to %s", answer.status, what);
	if (answer.status != 200)
		return ERR(e, UPSTREAM, "it answered %d to %s", answer.status, what);
	*ret = answer.body;
	return OK;
}

static enum err ask_key(const struct asking *q, struct str *ret, struct errinfo *e)
{
	struct str text;
	struct note_verifier key;
	enum err err = ask(q, "checkpoint/key", &text, e);
	if (err)
		return err;
	*ret = str_cut(&text, '\n', NULL);
	return note_verifier_parse(*ret, &key, NULL) ? ERR(e, UPSTREAM, SOMETHING_ELSE, "the key") : OK;
}

static bool is_same_key(struct str a, struct str b)
{
	struct note_verifier x, y;
	struct errinfo ignored;
	return !note_verifier_parse(a, &x, &ignored) && !note_verifier_parse(b, &y, &ignored) &&
	       !memcmp(&x.key, &y.key, sizeof x.key);
}

static enum err open_checkpoint(struct str note, struct str key, struct checkpoint *ret,
                                struct errinfo *e)
{
	struct note_verifier v;
	struct str text;
	enum err err = note_verifier_parse(key, &v, e);
	if (!err)
		err = note_open(note, &v, &text, e);
	return err ? err : checkpoint_parse(text, ret, e);
}

/* *key: the one that was known, or empty; then the one that verified it. CORRUPT: the log is signed by
 * another one. The same key may have got another name with the server.                        */
static enum err ask_checkpoint(const struct asking *q, struct str *key, struct checkpoint *ret,
                               struct errinfo *e)
{
	struct str note, now;
	struct errinfo ignored;
	enum err err = ask(q, "checkpoint", &note, e);
	if (err || (key->n && !open_checkpoint(note, *key, ret, &ignored)))
		return err;
	err = ask_key(q, &now, e);
	if (err)
		return err;
	if (key->n && !is_same_key(*key, now))
		return ERR(e, CORRUPT, "its log is signed with another key than before");
	err = open_checkpoint(note, now, ret, e);
	if (err)
		return ERR(e, CORRUPT, "its checkpoint has no good signature");
	*key = now;
	return OK;
}

static enum err read_proof(const struct asking *q, struct str text, struct merkle_proof *ret,
                           struct errinfo *e)
{
	const struct node *root;
	enum err err = json_read_answer(q->arena, text, &root, e);
	if (err == ERR_METADATA)
		return ERR(e, UPSTREAM, SOMETHING_ELSE, "a proof");
	if (err)
		return err;
	const struct node *list = node_get(root, "proof");
	struct merkle_proof p = { .count = 0 };
	for (const struct node_item *i = list ? list->items : NULL; i; i = i->next)
		if (p.count == MERKLE_PROOF_MAX || !sha256_parse(node_text(i->value), &p.hashes[p.count++]))
			return ERR(e, CORRUPT, "its proof is none");
	*ret = p;
	return OK;
}

static enum err ask_extends(const struct asking *q, const struct upstream_row *row,
                            const struct checkpoint *now, struct errinfo *e)
{
	struct str text;
	struct merkle_proof p = { .count = 0 };
	enum err err = OK;
	if (row->log_size && row->log_size < now->size) {
		const char *what = arena_printf(q->arena, "log/consistency?first=%llu&second=%llu",
		                                (unsigned long long)row->log_size,
		                                (unsigned long long)now->size);
		err = what ? ask(q, what, &text, e) : ERR(e, NOMEM, "address");
		if (!err)
			err = read_proof(q, text, &p, e);
	}
	return err ? err : merkle_proof_extends(&p, row->log_size, now->size, &row->log_root, &now->root, e);
}

/* ---- what becomes of it ---- */

static enum err submit(struct follow *f, const struct upstream_change *u, struct errinfo *e)
{
	struct change c;
	change_init(&c, CHANGE_UPSTREAM);
	c.repo = str_c(f->repo);
	c.actor = STR("upstream");
	c.upstream = u;
	c.source = f->source;
	enum err err = ingest_apply(f->of->ingest, &c);
	if (err)
		*e = c.error;
	change_done(&c);
	return err;
}

static void put_log(struct sbuf *b, const char *size_key, uint64_t size, const char *root_key,
                    const struct sha256 *root)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(root, hex);
	json_text(b, root_key, str_c(hex));
	json_number(b, size_key, size);
}

/* Once, however often it is noticed. */
static void tell(struct follow *f, const struct upstream_row *row, const struct checkpoint *now,
                 const char *why)
{
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	if (row->held_for == UPSTREAM_HELD_FOR_FORK)
		return;
	atomic_fetch_add(&f->forks, 1);
	sbuf_putc(&b, '{');
	if (now)
		put_log(&b, "is", now->size, "is_root", &now->root);
	put_log(&b, "was", row->log_size, "was_root", &row->log_root);
	json_text(&b, "why", str_c(why));
	sbuf_putc(&b, '}');
	struct upstream_change u = { .fork = sbuf_str(&b) };
	if (!sbuf_ok(&b) || submit(f, &u, &e))
		LOG(LOG_ERROR, "upstream.fork", KV("repo", (const char *)f->repo),
		    KV("reason", (const char *)e.detail));
}

/* `now` NULL: it shows none. `why`: in a few words. */
static enum err hold(struct follow *f, struct upstream_row *row, const struct checkpoint *now,
                     const char *why, struct errinfo *e)
{
	char was[SHA256_HEX_BYTES + 1], is[SHA256_HEX_BYTES + 1], today[SHA256_HEX_BYTES + 40] = "unknown";
	sha256_hex(&row->log_root, was);
	if (now) {
		sha256_hex(&now->root, is);
		(void)snprintf(today, sizeof today, "%llu with root %.*s…", (unsigned long long)now->size,
		               ROOT_SHOWN, is);
	}
	tell(f, row, now, why);
	LOG(LOG_ERROR, "upstream.fork", KV("repo", (const char *)f->repo), KV("why", why),
	    KV("was", (int64_t)row->log_size), KV("is", now ? (int64_t)now->size : -1));
	upstream_hold(row, UPSTREAM_HELD_FOR_FORK);
	return ERR(e, BUSY, FORK ": %s; was %llu events with root %.*s…, is %s. Nothing is taken from it. If "
	           "it is right as it is: chartlocker upstream refresh %s --accept-fork", why,
	           (unsigned long long)row->log_size, ROOT_SHOWN, was, today, f->repo);
}

enum err chain_check(struct follow *f, struct arena *a, const struct outgoing_access *access,
                     const struct peer *peer, bool accept, struct upstream_row *row,
                     struct errinfo *e)
{
	const struct asking q = { f, a, access, peer };
	struct checkpoint now = { .size = 0 };
	struct errinfo why = { 0 };
	if (accept) {
		row->has_log_root = false;
		row->log_size = 0;
		row->log_key = (struct str){ 0 };
	}
	struct str key = row->log_key;
	if (!peer && !row->has_log_root)
		return OK;
	enum err err = peer ? ask_checkpoint(&q, &key, &now, &why)
	                    : ERR(&why, NOT_FOUND, "no header %s", FOLLOW_HEADER);
	if (err == ERR_NOT_FOUND)
		return row->has_log_root ? hold(f, row, NULL, "it does not show its log any more", e) : OK;
	if (err == ERR_CORRUPT)
		return hold(f, row, NULL, why.detail, e);
	if (!err && row->has_log_root && now.size < row->log_size)
		return hold(f, row, &now, "it has fewer events than before", e);
	if (!err && row->has_log_root)
		err = ask_extends(&q, row, &now, &why);
	if (err == ERR_CORRUPT || err == ERR_NOT_FOUND)
		return hold(f, row, &now, "it does not begin with the events that were seen", e);
	if (err) {
		*e = why;
		return err;
	}
	f->verified_ns = clock_monotonic();
	row->log_size = now.size;
	row->log_root = now.root;
	row->log_key = key;
	row->has_log_root = true;
	return OK;
}

static enum err look(struct follow *f, const struct peer *peer, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct snapshot *s;
	struct upstream_row row;
	struct outgoing_access access;
	struct errinfo why = { 0 };
	f->source = ingest_source(f->of->ingest, str_c(f->repo));
	enum err err = upstream_settings(f->of, str_c(f->repo), &s, e);
	if (err)
		return err;
	err = upstream_access(f->of, &a, s->settings, &access, e);
	snapshot_unref(s);
	if (!err)
		err = ingest_upstream_row(f->of->ingest, &a, str_c(f->repo), &row, e);
	if (err)
		return err;
	uint64_t size = row.log_size;
	bool known = row.held_for == UPSTREAM_HELD_FOR_FORK;
	enum err verdict = chain_check(f, &a, &access, peer, false, &row, &why);
	if (verdict == ERR_BUSY) {
		row.reason = str_c(why.detail);
		row.failing_ns = row.failing_ns ? row.failing_ns : clock_wall();
	}
	const struct upstream_run_row run = { .at_ns = clock_wall(), .state = row.state,
	                                      .held_for = row.held_for, .reason = row.reason };
	bool forked = verdict == ERR_BUSY && !known;     /* it is remembered as a refresh is, once */
	if ((!verdict && row.log_size != size) || verdict == ERR_BUSY)
		err = submit(f, &(struct upstream_change){ .row = &row, .run = forked ? &run : NULL }, e);
	if (verdict)
		*e = why;
	return verdict ? verdict : err;
}

enum err chain_look(struct follow *f, const struct peer *peer, struct errinfo *e)
{
	(void)pthread_mutex_lock(&f->running);
	enum err err = look(f, peer, e);
	(void)pthread_mutex_unlock(&f->running);
	if (err == ERR_BUSY)
		upstreams_wake(f->of);       /* what is here is stale from now on */
	return err;
}
