/* Bundles: a repository, or a part of it, carried to where no network goes.
 *
 * A bundle is an uncompressed tar (ustar; mode 0644, owner 0, the time of its last event) with these
 * members in this order:
 *
 *     BUNDLE            the head: whose it is, from where to where, and the digest of MANIFEST
 *     BUNDLE.sig        signatures over BUNDLE: lines of a signed note (base/note.h), one a key, and the
 *                       digest of these lines, so that damage is found in those of unknown keys too
 *     MANIFEST          "<sha256>  <path>" of every member that follows, in their order
 *     versions.jsonl    what is told of versions: one JSON object a line, sorted
 *     log.jsonl         their events, and hashes of all others, so that the log proves itself
 *     images.txt        the container images of all versions in it, one a line
 *     index.yaml        of the repository as it is then, with relative URLs
 *     charts/…          <file>.tgz and <file>.tgz.prov, sorted
 *     deps/<repo~>/index.yaml  charts/…      the same of other repositories, for dependencies
 *
 * Unpacked under any web server a whole bundle (parent 0) is a working Helm repository, and so is each
 * folder in deps/; `sha256sum -c MANIFEST` checks it. A delta has the index of the result and only the
 * files that its parent had not. Equal selections at one state of the log make equal bytes: nothing else
 * goes in, no clock, no name of a machine.
 *
 * A trip is the number of the last event that a bundle knows: of the log, not of a clock. What an import
 * refuses, it refuses before anything is visible (import.h).                                  */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"
#include "indexer/ingest/bundle_version.h"

#define BUNDLE_FORMAT 1
#define BUNDLE_HEAD "BUNDLE"
#define BUNDLE_SIGNATURES "BUNDLE.sig"
#define BUNDLE_MANIFEST "MANIFEST"
#define BUNDLE_VERSIONS "versions.jsonl"
#define BUNDLE_LOG "log.jsonl"
#define BUNDLE_IMAGES "images.txt"
#define BUNDLE_INDEX "index.yaml"
#define BUNDLE_CHARTS "charts/"
#define BUNDLE_DEPS "deps/"

/* A state of the log: its last event and that event's leaf hash; 0 and zeros: before the first one. */
struct bundle_state { uint64_t event; struct sha256 leaf; };

struct bundle_head {
	struct str repo;                 /* whose bundle it is */
	struct str instance;             /* of which data directory: from its log's first event */
	struct bundle_state parent;      /* what has to be there; event 0: nothing, it is whole */
	struct bundle_state own;         /* the trip's number */
	struct sha256 root;              /* of the log with own.event events */
	int64_t at_ns;                   /* when that event was */
	struct str filter;               /* the selection as one line of words; empty: everything;
	                                    BUNDLE_FILTER_MAX_BYTES, no control characters      */
	uint64_t versions;               /* lines of versions.jsonl */
	uint64_t files, bytes;           /* members after MANIFEST, and what they hold */
	struct sha256 manifest;
};

/* Text of lines "key value" that begins "chartlocker bundle 1"; BUNDLE_HEAD_MAX_BYTES. */
void bundle_head_put(struct sbuf *b, const struct bundle_head *h);
/* Texts borrow from `text`. CORRUPT, with the line: every key once, in this order, nothing else. NEWER:
 * another format.                                                                             */
NODISCARD enum err bundle_head_parse(struct str text, struct bundle_head *ret, struct errinfo *e);

/* "stable-0-57.tar", of "team-a/stable" "team-a~stable-0-57.tar"; of a selection with the first digits of
 * its SHA-256 before the end, so that two selections are two files. In the arena; NULL: out of memory. */
char *bundle_file_name(struct arena *a, const struct bundle_head *h);
/* Whether it could be the name of a bundle. */
bool bundle_is_file_name(struct str name);
/* "deps/team-a~stable/" and back: the repository of a path, and what stands behind its folder; false: it is
 * not below deps/, not a repository's, or memory is used up.                                  */
char *bundle_deps_folder(struct arena *a, struct str repo);
NODISCARD bool bundle_deps_repo(struct arena *a, struct str path, struct str *ret_repo,
                                struct str *ret_rest);

/* ---- versions.jsonl ---- */
/* Canonical JSON with a newline. */
void bundle_version_put(struct sbuf *b, const struct bundle_version *v);
/* In the arena. CORRUPT. */
NODISCARD enum err bundle_version_parse(struct arena *a, struct str line, struct bundle_version *ret,
                                        struct errinfo *e);
