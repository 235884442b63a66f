/* See listed.h. Whatever goes wrong here only means that something is rendered once more. */
#include "indexer/hub/listed.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/hub/impl.h"

struct listed { struct datadir *dir; struct catalog *search; };

static bool is_ours(struct catalog *search)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str reader;
	return !catalog_meta_get(search, &a, "reader", &reader, NULL) && str_eq_c(reader, EXTRACT_VERSION);
}

struct listed *listed_open(const char *data)
{
	const struct datadir_options how = { .allow_network_filesystem = true };
	struct listed *l = calloc(1, sizeof *l);
	if (l && !datadir_open(data, &how, &l->dir, NULL) && !search_open_reader(l->dir, &l->search, NULL) &&
	    is_ours(l->search))
		return l;
	listed_close(l);
	return NULL;
}

void listed_close(struct listed *l)
{
	if (!l)
		return;
	catalog_close(l->search);
	datadir_close(l->dir);
	free(l);
}

bool listed_images(struct listed *l, struct str repo, struct str chart, struct str version,
                   const struct sha256 *digest, struct sbuf *lines)
{
	AUTO_ARENA struct arena a = { 0 };
	struct chart_images x;
	struct sha256 of;
	struct str kept;
	if (!l || search_images(l->search, &a, repo, chart, version, &of, &kept, NULL) ||
	    !sha256_eq(&of, digest) || images_kept(&a, kept, &x, NULL))
		return false;
	for (size_t i = 0; i < x.count; i++) {
		if (!x.images[i].certain)
			continue;
		sbuf_put(lines, x.images[i].image);
		sbuf_putc(lines, '\n');
	}
	return true;
}
