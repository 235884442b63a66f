/* See reader.h. */
#include "server/cmd/reader.h"

enum err reader_open(const char *data, struct reader *ret, struct errinfo *e)
{
	const struct datadir_options o = { .allow_network_filesystem = true };
	*ret = (struct reader){ 0 };
	enum err err = datadir_open(data, &o, &ret->dir, e);
	return err ? err : catalog_open_reader(ret->dir, &ret->catalog, e);
}

void reader_close(struct reader *r)
{
	catalog_close(r->catalog);
	datadir_close(r->dir);
}
