/* A default as text: one line of JSON, YAML to be copied, or a word for a shell. */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"

/* "{"a": 1, "b": ["x"]}", typed as Helm reads YAML. At most about `max_bytes` are written; what was
 * cut ends with a whole character. True: all of it stands there. NULL is null.                */
bool value_flow(struct arena *a, const struct node *n, size_t max_bytes, struct sbuf *b);

/* Whether its keys and texts alone are longer, as aliases may make them. */
bool value_is_longer(const struct node *n, size_t max_bytes);

/* A block of YAML, `indent` spaces deep, that begins behind a key's colon: " 1\n", "\n  a: 1\n". */
void value_block(struct arena *a, const struct node *n, unsigned indent, struct sbuf *b);
/* "key:", in quotes where it must be. */
void value_block_key(struct str key, unsigned indent, struct sbuf *b);

/* In single quotes, as a shell takes any text. */
void value_shell_quoted(struct str text, struct sbuf *b);
