/* ?limit and ?offset as Artifact Hub has them, and the header that tells how many there are. */
#pragma once

#include "server/artifacthub/answer.h"

#define PAGE_TOTAL_HEADER "Pagination-Total-Count"

struct page { size_t limit, offset; };

/* 20 from the beginning on; INVALID in Artifact Hub's words. */
NODISCARD enum err page_take(const struct call *c, struct page *ret, struct errinfo *e);
/* Where the page is in a list of so many. */
size_t page_from(const struct page *p, size_t count);
size_t page_to(const struct page *p, size_t count);
/* As answer_send with JSON_TYPE. */
NODISCARD enum err page_send(struct answer *x, size_t total, struct response *s, struct errinfo *e);
