/* Files that were verified, kept for the next request: small ones as bytes, large ones as an open
 * descriptor that goes out by sendfile.
 *
 * An entry is made from the stored file after its digest was compared with the catalog's. It is
 * reference-counted and immutable; a file that changes or goes away is forgotten by the writer
 * before the change is answered. Any thread.                                                  */
#pragma once

#include "indexer/ingest/ingest.h"

struct chart_cache;

struct cached_file {
	struct cached_file *next, *newer, *older;    /* the cache's */
	unsigned refs;
	uint64_t hash;
	struct str key;
	char *bytes;                     /* NULL: fd is it */
	int fd;
	struct stat st;                  /* as it was when verified */
	uint64_t size;
	char etag[SHA256_HEX_BYTES + 3]; /* the digest in quotes */
};

NODISCARD enum err chart_cache_new(size_t max_bytes, struct chart_cache **ret, struct errinfo *e);
void chart_cache_free(struct chart_cache *k);    /* NULL is fine */

/* A reference, or NULL: not there, or its large file was touched since it was verified. */
struct cached_file *chart_cache_get(struct chart_cache *k, struct str repo, struct str file);
void cached_file_unref(struct cached_file *f);   /* NULL is fine */

/* Opens, verifies and keeps a file; blocks. DAMAGED when the bytes are not the catalog's. */
NODISCARD enum err chart_cache_load(struct chart_cache *k, struct ingest *g, struct str repo,
                                    struct str file, struct cached_file **ret, struct errinfo *e);
/* An empty file stands for every file of the repository. */
void chart_cache_forget(struct chart_cache *k, struct str repo, struct str file);
struct chart_cache_stats { uint64_t hits, misses, bytes, files, damaged; };
void chart_cache_stats(struct chart_cache *k, struct chart_cache_stats *ret);
