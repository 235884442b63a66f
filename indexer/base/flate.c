/* See flate.h. The only user of zlib. */
#define ZLIB_CONST
#include "indexer/base/flate.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "indexer/base/limits.h"

#define FLUSH_BYTES 16u                  /* what Z_SYNC_FLUSH adds, and room to see its end */
#define GZIP_ONLY 16                     /* added to the window's bits */

uint32_t flate_crc(struct str text) { return (uint32_t)crc32_z(0, (const Bytef *)text.p, text.n); }

uint32_t flate_crc_join(uint32_t first, uint32_t second, size_t second_bytes)
{
	return (uint32_t)crc32_combine(first, second, (z_off_t)second_bytes);
}

/* ---- pieces ---- */

void pieces_done(struct pieces *p)
{
	if (p->stream)
		(void)deflateEnd(p->stream);
	free(p->stream);
	free(p->out);
	*p = (struct pieces){ 0 };
}

static enum err begin_stream(struct pieces *p, struct errinfo *e)
{
	if (p->stream)
		return deflateReset(p->stream) == Z_OK ? OK : ERR(e, BUG, "deflate");
	z_stream *z = calloc(1, sizeof *z);
	if (!z || deflateInit2(z, p->level, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL - 1,
	                       Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return ERR(e, NOMEM, "deflate");
	}
	p->stream = z;
	return OK;
}

static enum err make_room(struct pieces *p, size_t bytes, struct errinfo *e)
{
	size_t bound = deflateBound(p->stream, bytes) + FLUSH_BYTES;
	if (bound <= p->capacity)
		return OK;
	char *out = realloc(p->out, bound);
	if (!out)
		return ERR(e, NOMEM, "deflate %zu bytes", bytes);
	p->out = out;
	p->capacity = bound;
	return OK;
}

enum err pieces_pack(struct pieces *p, struct str text, bool last, struct str *ret, struct errinfo *e)
{
	enum err err = begin_stream(p, e);
	if (!err)
		err = make_room(p, text.n, e);
	if (err)
		return err;
	z_stream *z = p->stream;
	z->next_in = (const Bytef *)text.p;
	z->avail_in = (uInt)text.n;
	z->next_out = (Bytef *)p->out;
	z->avail_out = (uInt)p->capacity;
	int state = deflate(z, last ? Z_FINISH : Z_SYNC_FLUSH);
	if (state != (last ? Z_STREAM_END : Z_OK) || z->avail_in || !z->avail_out)
		return ERR(e, BUG, "deflate of %zu bytes returned %d", text.n, state);
	*ret = str_make(p->out, p->capacity - z->avail_out);
	return OK;
}

/* ---- unpacker ---- */

struct unpacker {
	z_stream z;
	bool is_between;                 /* behind a member */
};

enum err unpacker_new(struct unpacker **ret, struct errinfo *e)
{
	struct unpacker *u = calloc(1, sizeof *u);
	if (!u || inflateInit2(&u->z, MAX_WBITS + GZIP_ONLY) != Z_OK) {
		free(u);
		return ERR(e, NOMEM, "inflate");
	}
	*ret = u;
	return OK;
}

void unpacker_free(struct unpacker *u)
{
	if (u)
		(void)inflateEnd(&u->z);
	free(u);
}

void unpacker_reset(struct unpacker *u)
{
	(void)inflateReset(&u->z);
	u->is_between = false;
}

bool unpacker_is_whole(const struct unpacker *u) { return u->is_between; }

enum err unpacker_step(struct unpacker *u, struct str *packed, char *to, size_t room,
                       size_t *ret_bytes, struct errinfo *e)
{
	size_t given = packed->n < UINT_MAX ? packed->n : UINT_MAX;
	*ret_bytes = 0;
	if (u->is_between && !given)
		return OK;
	if (u->is_between)
		unpacker_reset(u);
	u->z.next_in = (const Bytef *)packed->p;
	u->z.avail_in = (uInt)given;
	u->z.next_out = (Bytef *)to;
	u->z.avail_out = (uInt)room;
	int state = inflate(&u->z, Z_NO_FLUSH);
	if (state == Z_MEM_ERROR)
		return ERR(e, NOMEM, "inflate");
	if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
		return ERR(e, INVALID, "gzip: %s", u->z.msg ? u->z.msg : "damaged");
	u->is_between = state == Z_STREAM_END;
	*packed = str_from(*packed, given - u->z.avail_in);
	*ret_bytes = room - u->z.avail_out;
	return OK;
}
