/* The right edge of a Merkle tree: leaves and whole subtrees make the same root, and it survives as text. */
#include "indexer/base/merkle_edge.h"

#include <stdio.h>

#include "tests/lib/test.h"
