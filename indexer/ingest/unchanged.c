/* Whether an archive has the files of the stored one. helm package writes times into archives, so the
 * files of another checkout make other bytes; a job that publishes a folder of charts at every run means
 * the files. Their names and contents count, and nothing else of an archive.                  */
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/ingest_impl.h"

static int by_name(const void *left, const void *right)
{
	const struct tar_member *a = left, *b = right;
	return str_cmp(a->name, b->name);
}

/* The first of the files that came which is not as it is there; *ret_differs 0: all are. */
static struct str compare(struct tar_listing came, struct tar_listing there, size_t *ret_differs)
{
	struct str first = { 0 };
	size_t met = 0;
	*ret_differs = 0;
	qsort(there.members, there.count, sizeof *there.members, by_name);
	for (size_t i = 0; i < came.count; i++) {
		const struct tar_member *m = &came.members[i];
		const struct tar_member *same = bsearch(m, there.members, there.count, sizeof *m, by_name);
		met += same != NULL;
		if (same && str_eq(same->data, m->data))
			continue;
		if (!(*ret_differs)++)
			first = m->name;
	}
	*ret_differs += there.count - met;
	return first;
}

static enum err judge_files(struct change *c, struct tar_listing came, struct tar_listing there)
{
	size_t differs;
	struct str first = compare(came, there, &differs);
	if (!differs) {
		c->unchanged = true;
		return OK;
	}
	if (!first.n)
		first = STR("a file that is missing in this one");
	c->differs = differs == 1 ? arena_printf(&c->arena, "%.*s differs", STR_ARG(first)) :
	             arena_printf(&c->arena, "%.*s and %zu more file%s differ", STR_ARG(first), differs - 1,
	                          differs == 2 ? "" : "s");
	return c->differs ? OK : ERR(&c->error, NOMEM, "files");
}

static enum err read_stored(struct ingest *g, struct arena *a, struct scratch *scratch, struct change *c,
                            char **ret_data, struct chart *ret)
{
	struct stored_file f;
	struct sha256 digest;
	size_t bytes;
	enum err err = ingest_file(g, c->repo, c->result.file, &f, &c->error);
	if (err)
		return err;
	err = fs_read_fd(f.fd, CHART_UNPACKED_MAX_BYTES, ret_data, &bytes, &c->error);
	(void)close(f.fd);
	if (!err)
		err = sha256_of(str_make(*ret_data, bytes), &digest, &c->error);
	if (!err && !sha256_eq(&digest, &f.digest))
		err = ERR(&c->error, DAMAGED, "the stored file has other bytes");
	c->unchanged_from = f.digest;
	return err ? err : chart_read(a, &scratch->chart, str_make(*ret_data, bytes), ret, &c->error);
}

enum err unchanged_judge(struct ingest *g, struct change *c, const struct chart *came)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	struct chart there;
	struct scratch *scratch = scratch_take(g);
	if (!scratch)
		return ERR(&c->error, NOMEM, "inflate buffer");
	enum err err = read_stored(g, &a, scratch, c, &data, &there);
	if (!err)
		err = judge_files(c, came->members, there.members);
	if (err && err != ERR_NOMEM) {       /* there is nothing, or nothing whole, to be the same as */
		c->error = (struct errinfo){ 0 };
		err = OK;
	}
	scratch_give(g, scratch);
	return err;
}
