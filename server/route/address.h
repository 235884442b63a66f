/* What this server is called from outside, and the parts of its addresses: for answers that need
 * an absolute one, and for links of pages (server/web/links.h).
 *
 * It is called what public_url says, else what the client, or a trusted proxy, calls it. A command that asks at the
 * control socket calls it nothing: then it is called as it listens, and where nobody serves there are no addresses:
 * the functions from address_origin to address_of_chart write nothing.                       */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/route/route.h"

/* "https://charts.example.org" */
void address_origin(const struct call *c, struct sbuf *b);
/* "/hub", before every path: base_path, else the path of public_url; empty: none. */
struct str address_base(const struct call *c);
/* Both. */
void address_of(const struct call *c, struct sbuf *b);
/* What `helm repo add` takes for a repository: the default one is at the address itself. */
void address_of_repo(const struct call *c, struct str repo, struct sbuf *b);
/* Where the archive is. */
void address_of_archive(const struct call *c, struct str repo, struct str file, struct sbuf *b);
/* The page of a chart, as link_chart; empty version: whatever its version. */
void address_of_chart(const struct call *c, struct str repo, struct str name, struct str version,
                      struct sbuf *b);
/* The answer gets a header Link to its next page: where this one was asked for, with this as ?after. */
NODISCARD enum err address_next(struct call *c, struct str after, struct errinfo *e);
NODISCARD enum err address_next_number(struct call *c, uint64_t after, struct errinfo *e);

/* ---- parts of a path ---- */
/* Unreserved characters stay; '+' is %2B, because somebody between us and the reader takes it for a
 * blank.                                                                                     */
void address_encode(struct sbuf *b, struct str s);
/* With a slash before it; nothing for an empty one. */
void address_segment(struct sbuf *b, struct str segment);
/* "team-a/stable" as the one segment "/team-a~stable", for {repo~}. */
void address_joined(struct sbuf *b, struct str repo);
/* That segment, neither encoded nor with a slash, and the other way: a repository by it. In the arena; NULL: no
 * memory.                                                                                    */
char *address_segment_of(struct arena *a, struct str repo);
char *address_repo_of(struct arena *a, struct str segment);
/* "/team-a/stable", nothing for the default one. */
void address_helm(struct sbuf *b, struct str repo, struct str default_repo);
