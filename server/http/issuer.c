/* See issuer.h. One lock: making a certificate takes a fraction of a millisecond, and is done once. */
#include "server/http/issuer.h"

#include <pthread.h>
#include <stdlib.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/authority.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/secret.h"
#include "server/http/seen.h"

#define LIFE_NS (ISSUED_DAYS * NS_PER_DAY)
#define RENEW_NS (ISSUED_RENEW_DAYS * NS_PER_DAY)

struct issued {
	char host[DNS_NAME_MAX_BYTES + 1];
	struct authority_signed text;
	int64_t renew_ns;
	uint64_t used;                   /* by issuer.turn */
};

struct issuer {
	struct http_shadow o;
	struct seen seen[2];             /* of cert and key when read last; issuer_refresh's own */
	pthread_mutex_t lock;            /* of all below */
	struct authority *authority;     /* NULL: none yet */
	uint64_t expires;
	struct issued list[ISSUED_MAX];
	size_t count;
	uint64_t turn;
	int64_t filled_ns;               /* when `allowed` was counted last */
	double allowed;                  /* certificates that may be made now */
};

/* ---- what is kept ---- */

static void wipe(struct issued *c)
{
	if (c->text.key.p)
		secret_wipe(c->text.key.p, c->text.key.n);
	sbuf_done(&c->text.key);
	sbuf_done(&c->text.chain);
	*c = (struct issued){ 0 };
}

static void forget_all(struct issuer *s)
{
	for (size_t i = 0; i < s->count; i++)
		wipe(&s->list[i]);
	s->count = 0;
}

static struct issued *find(struct issuer *s, struct str host)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq_c(host, s->list[i].host))
			return &s->list[i];
	return NULL;
}

/* A free place, or that of the one not asked for longest. */
static struct issued *make_room(struct issuer *s)
{
	struct issued *oldest = &s->list[0];
	if (s->count < ISSUED_MAX)
		return &s->list[s->count++];
	for (size_t i = 1; i < s->count; i++)
		if (s->list[i].used < oldest->used)
			oldest = &s->list[i];
	wipe(oldest);
	return oldest;
}

/* ---- making ---- */

static bool may_make(struct issuer *s, int64_t now_ns)
{
	double passed = (double)(now_ns - s->filled_ns) / (double)NS_PER_SECOND;
	if (passed > 0)
		s->allowed += passed * ISSUED_PER_SECOND;
	if (s->allowed > ISSUED_MAX)
		s->allowed = ISSUED_MAX;
	s->filled_ns = now_ns;
	if (s->allowed < 1)
		return false;
	s->allowed -= 1;
	return true;
}

static enum err make(struct issuer *s, struct str host, int64_t now_ns, struct issued **to, struct errinfo *e)
{
	struct authority_signed text;
	if (!may_make(s, now_ns))
		return ERR(e, BUSY, "more than %u new certificates a second", ISSUED_PER_SECOND);
	enum err err = authority_sign(s->authority, host, now_ns, LIFE_NS, &text, e);
	if (err)
		return err;
	if (*to)
		wipe(*to);
	else
		*to = make_room(s);
	int64_t left_ns = text.until_ns - now_ns;    /* little, where the authority itself ends soon */
	**to = (struct issued){ .text = text,
		.renew_ns = text.until_ns - (left_ns < 2 * RENEW_NS ? left_ns / 2 : RENEW_NS) };
	memcpy((*to)->host, host.p, host.n);
	return OK;
}

/* One that would be renewed, and cannot be now, is shown while it counts. */
static enum err get(struct issuer *s, struct str host, int64_t now_ns, struct sbuf *chain, struct sbuf *key,
                    struct errinfo *e)
{
	if (!s->authority)
		return ERR(e, NOT_FOUND, "there is no authority for other hosts");
	struct issued *found = find(s, host);
	bool fresh = found && now_ns < found->renew_ns && now_ns >= found->text.until_ns - LIFE_NS - NS_PER_HOUR;
	enum err err = fresh ? OK : make(s, host, now_ns, &found, e);
	if (err && (!found || now_ns >= found->text.until_ns))
		return err;
	found->used = ++s->turn;
	sbuf_put(chain, sbuf_str(&found->text.chain));
	sbuf_put(key, sbuf_str(&found->text.key));
	return sbuf_ok(chain) && sbuf_ok(key) ? OK : ERR(e, NOMEM, "a certificate");
}

enum err issuer_get(struct issuer *s, struct str host, int64_t now_ns, struct sbuf *chain, struct sbuf *key,
                    struct errinfo *e)
{
	char name[DNS_NAME_MAX_BYTES + 1] = "";
	if (str_ends(host, STR(".")))
		host.n--;
	if (host.n > DNS_NAME_MAX_BYTES)
		return ERR(e, INVALID, "this is no name of a host");
	for (size_t i = 0; i < host.n; i++)
		name[i] = ascii_lower(host.p[i]);
	host = str_make(name, host.n);
	if (!authority_host_is_plain(host))
		return ERR(e, INVALID, "this is no name of a host");
	(void)pthread_mutex_lock(&s->lock);
	enum err err = get(s, host, now_ns, chain, key, e);
	(void)pthread_mutex_unlock(&s->lock);
	return err;
}

/* ---- the authority ---- */

static enum err read_authority(struct issuer *s, struct errinfo *e)
{
	struct authority *a, *before;
	struct authority_facts facts;
	enum err err = authority_load(s->o.dir, s->o.cert, s->o.key, s->o.refused_mode, &a, e);
	if (err)
		return err;
	err = authority_facts(a, &facts, e);
	if (err) {
		authority_free(a);
		return err;
	}
	if (facts.until_ns < clock_wall())
		LOG(LOG_WARN, "shadow.authority_expired", KV("certificate", s->o.cert),
		    KV("advice", "clients refuse what it signs; make another one and have it trusted"));
	(void)pthread_mutex_lock(&s->lock);
	before = s->authority;
	s->authority = a;
	s->expires = facts.until_ns > 0 ? (uint64_t)(facts.until_ns / NS_PER_SECOND) : 0;
	forget_all(s);
	(void)pthread_mutex_unlock(&s->lock);
	authority_free(before);
	return OK;
}

static void look(const struct issuer *s, struct seen ret[2])
{
	ret[0] = seen_now(s->o.dir, s->o.cert);
	ret[1] = seen_now(s->o.dir, s->o.key);
}

void issuer_refresh(struct issuer *s)
{
	struct errinfo e = { 0 };
	struct seen now[2];
	look(s, now);
	if (seen_same(&now[0], &s->seen[0]) && seen_same(&now[1], &s->seen[1]))
		return;
	memcpy(s->seen, now, sizeof now);
	if (read_authority(s, &e))
		LOG(LOG_ERROR, "shadow.authority_not_read", KV("detail", (const char *)e.detail));
	else
		LOG(LOG_INFO, "shadow.authority_read", KV("certificate", s->o.cert));
}

uint64_t issuer_expires(struct issuer *s)
{
	(void)pthread_mutex_lock(&s->lock);
	uint64_t expires = s->expires;
	(void)pthread_mutex_unlock(&s->lock);
	return expires;
}

enum err issuer_open(const struct http_shadow *o, struct issuer **ret, struct errinfo *e)
{
	struct issuer *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "certificates");
	s->o = *o;
	s->allowed = ISSUED_MAX;
	(void)pthread_mutex_init(&s->lock, NULL);
	look(s, s->seen);
	enum err err = read_authority(s, e);
	if (err == ERR_NOT_FOUND)
		err = o->may_be_absent ? OK : (e->code = ERR_CONFIG);
	if (err)
		issuer_close(s);
	else
		*ret = s;
	return err;
}

void issuer_close(struct issuer *s)
{
	if (!s)
		return;
	forget_all(s);
	authority_free(s->authority);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
