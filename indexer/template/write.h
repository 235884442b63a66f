/* What the writers of JSON, YAML and TOML share. */
#pragma once

#include "indexer/template/value.h"

/* As encoding/json writes a float64 that is finite. */
void write_json_number(struct sbuf *b, double v);
