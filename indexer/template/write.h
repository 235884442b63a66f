/* What the writers of JSON, YAML and TOML share. */
#pragma once

#include "indexer/template/value.h"

/* As encoding/json writes a float64 that is finite. */
void write_json_number(struct sbuf *b, double v);
/* The map that a map or an object is; NULL: it has nothing. False: out of memory, which was told. */
NODISCARD bool write_map_of(struct tmpl_run *r, const struct tmpl_value *v, const struct tmpl_map **ret);
