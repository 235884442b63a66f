/* What yaml.c feeds with events: keeps the rules that libyaml does not know, and builds the tree.
 *
 *     struct yaml_tree t = { .arena = a, .build = true, .o = o, .e = e };
 *     yaml_tree_open(&t, …); yaml_tree_scalar(&t, …); …; yaml_tree_close(&t);
 *     … t.root …
 *     yaml_tree_done(&t);
 *
 * Rules: depth, number of events, duplicate keys, anchors and aliases, merge keys. An alias
 * costs as many events as what it stands for, so a tree that is walked naively stays within
 * events_max, and it may not stand for a node that is still open, so there are no cycles. Without
 * `build` no nodes are made and root stays NULL; the rules are the same.                     */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/format/node.h"

struct yaml_anchor;
struct yaml_key;

/* Of a value: all that is known of it where no nodes are made. MAPS: a list of nothing else. */
enum yaml_shape { YAML_SCALAR, YAML_NULL, YAML_MAP, YAML_LIST, YAML_MAPS };

struct yaml_level {                  /* a list or map that is still open */
	bool is_map, has_key;
	bool has_others;                 /* list: values that are no maps */
	bool key_plain;
	struct str key;                  /* waits for its value */
	uint32_t key_line;
	struct node *node;
	struct node_item **tail;
	size_t first_key;                /* in yaml_tree.keys */
	uint64_t events_before, bytes_before;
	uint32_t height;                 /* of the highest child */
	struct yaml_anchor *anchor;
};

struct yaml_tree {
	struct arena *arena;
	bool build;
	const struct yaml_options *o;
	struct errinfo *e;
	const struct node *root;
	bool root_is_map;                /* or null */
	uint64_t events, bytes;          /* of scalars */
	uint32_t depth;
	struct yaml_level levels[YAML_DEPTH_MAX];
	struct yaml_key *keys;           /* of all open maps */
	size_t key_count, key_capacity;
	void *anchors;                   /* a tsearch tree, so that no choice of names makes it slow */
};

#define REFUSE(t, line, fmt, ...) \
	ERR((t)->e, METADATA, "%s:%u: " fmt, (t)->o->name, (line), ##__VA_ARGS__)

struct yaml_scalar {
	struct str text, tag, anchor;    /* borrowed for the call; tag static */
	bool plain;
	uint32_t line, last_line;
};

NODISCARD enum err yaml_tree_scalar(struct yaml_tree *t, const struct yaml_scalar *s);
NODISCARD enum err yaml_tree_open(struct yaml_tree *t, bool is_map, struct str anchor,
                                  uint32_t line);
NODISCARD enum err yaml_tree_close(struct yaml_tree *t);
/* The same for what a stranger wrote: `tag` is the tag in full (empty: none), and text and tag are
 * checked first.                                                                             */
NODISCARD enum err yaml_tagged_scalar(struct yaml_tree *t, const struct yaml_scalar *s);
NODISCARD enum err yaml_tagged_open(struct yaml_tree *t, bool is_map, struct str tag,
                                    struct str anchor, uint32_t line);
NODISCARD enum err yaml_tree_alias(struct yaml_tree *t, struct str anchor, uint32_t line);
/* Where something asks for warnings, and there is none yet of a line before. */
void yaml_tree_warn(struct yaml_tree *t, uint32_t line, const char *fmt, ...) PRINTF_LIKE(3, 4);
void yaml_tree_done(struct yaml_tree *t);
