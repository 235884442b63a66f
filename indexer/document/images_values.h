/* The values of a chart while images are looked for in them. */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/document/images_parts.h"

#define LAYERS_MAX (CHART_NESTING_MAX + 2)

/* What stands at one place in the values of several charts, the topmost chart's first. */
struct layers {
	struct layer { const struct node *node; size_t chart; } of[LAYERS_MAX];
	size_t count;
};

/* Maps that lie upon each other: sorted by key, and of a key the value that counts first. */
struct layered_map {
	struct layered_entry {
		const struct node_item *item;
		size_t layer, chart;     /* whose values.yaml it stands in */
		bool is_subchart;        /* handed down */
	} *entries;
	size_t count;
};

struct layered_source {              /* a chart in the archive */
	bool is_read;
	const struct node *root;         /* of values.yaml; NULL: no map */
	enum { TAGS_UNKNOWN, TAGS_APP_VERSION, TAGS_NONE } tags;  /* what its templates put for no tag */
};

struct layered_chart {               /* a chart where it is used, under its name or an alias */
	size_t at;                       /* which of r->charts */
	size_t parent;                   /* which of layered_walk's charts; of the first: itself */
	struct layers layers;            /* of its root */
	struct str key;                  /* where it is in its parent's values */
	struct str registry;             /* global.imageRegistry */
};

struct layered_walk {
	struct images_reader *r;
	struct arena scratch;
	struct layered_source *sources;   /* as r->charts */
	struct layered_chart *charts;     /* a parent before those in it */
	size_t chart_count;
	size_t chart;                    /* whose values are walked */
	struct sbuf path;                /* of the map that is looked at, in them */
	struct str keys[YAML_DEPTH_MAX]; /* the same; of elements of lists without a key */
	size_t depth;
	unsigned lists;                  /* how many of them are lists */
};

const struct layered_entry *layered_find(const struct layered_map *m, struct str key);

/* images_map.c: adds what a map below `key` says of images, by itself. */
NODISCARD enum err images_of_map(struct layered_walk *w, const struct layered_map *m, struct str key);
