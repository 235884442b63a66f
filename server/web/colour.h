/* Colours as settings name them, and whether one can be read on another (WCAG 2.2, 1.4.3). */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

struct colour { unsigned char red, green, blue; };

bool colour_parse(struct str text, struct colour *ret);          /* "#1f5f8b" */
/* 1 … 21; text needs 4.5. */
double colour_contrast(struct colour a, struct colour b);
/* So much of `a` (0 … 1), the rest of `b`. */
struct colour colour_mix(struct colour a, struct colour b, double share);
