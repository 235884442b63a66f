/* What every harness begins with. */
#pragma once

#include <stdlib.h>

#include "indexer/base/auto.h"

#define REQUIRE(condition) do { if (!(condition)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
