/* The images of a bundle, from its images.txt: of a tar, its parts, a directory of them, or one that somebody
 * unpacked.                                                                                   */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members.h"
#include "indexer/document/images_pushed.h"
#include "indexer/store/datadir.h"
#include "server/cmd/bundle.h"
#include "server/cmd/images.h"

#define LIST_MAX_BYTES (256u * MIB)

bool images_is_bundle(const char *path)
{
	return bundle_is_place(path) || str_ends(str_c(path), STR(".txt"));
}

static enum err add_list(struct images_found *x, struct str text, struct errinfo *e)
{
	struct images_of_chart *to = images_found_add(x, e);
	enum err err = to ? images_read_many(&x->arena, text, &to->found, e) : ERR_NOMEM;
	if (!err)
		err = images_text_check(text, &to->found, e);
	if (err)
		return err;
	to->name = STR("images");
	images_tell_incomplete("images", &to->found);
	return OK;
}

static enum err add_file(struct images_found *x, const char *path, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	enum err err = fs_read_named(path, LIST_MAX_BYTES, &text, &bytes, e);
	if (!err)
		err = add_list(x, str_make(text, bytes), e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

/* ---- a tar ---- */

static bool manifest_digest(struct str manifest, struct sha256 *ret)
{
	while (manifest.n) {
		struct str line = str_cut(&manifest, '\n', NULL);
		if (str_eq(str_from(line, SHA256_HEX_BYTES), STR("  " BUNDLE_IMAGES)))
			return sha256_parse(str_first(line, SHA256_HEX_BYTES), ret);
	}
	return false;
}

static enum err compare(struct bundle_reader *r, struct str list, struct str manifest, struct errinfo *e)
{
	struct sha256 is, wanted;
	enum err err = sha256_of(list, &is, e);
	if (!err && (!manifest_digest(manifest, &wanted) || !sha256_eq(&is, &wanted)))
		err = ERR(e, CORRUPT, BUNDLE_IMAGES " is damaged: it has not the digest of " BUNDLE_MANIFEST);
	return bundle_blame(r, err, e);
}

static enum err find_list(struct bundle_reader *r, struct sbuf *manifest, struct sbuf *list, struct errinfo *e)
{
	enum err err = OK;
	bool end = false;
	while (!err && !end) {
		struct bundle_member m;
		err = bundle_next(r, (struct str){ 0 }, &m, &end, e);
		if (err || end)
			break;
		if (str_eq(m.path, STR(BUNDLE_IMAGES))) {
			err = bundle_read(r, LIST_MAX_BYTES, list, e);
			return err ? err : compare(r, sbuf_str(list), sbuf_str(manifest), e);
		}
		err = str_eq(m.path, STR(BUNDLE_MANIFEST)) ? bundle_read(r, BUNDLE_MANIFEST_MAX_BYTES, manifest, e)
		                                           : bundle_skip(r, e);
	}
	return err ? err : ERR(e, NOT_FOUND, "this bundle has no " BUNDLE_IMAGES ": it was made with --no-images");
}

static enum err add_tar(struct images_found *x, int dir, const char *name, struct errinfo *e)
{
	AUTO_SBUF struct sbuf manifest = sbuf_make(BUNDLE_MANIFEST_MAX_BYTES), list = sbuf_make(LIST_MAX_BYTES);
	struct bundle_reader *r = NULL;
	enum err err = bundle_reader_open(dir, name, -1, &r, e);
	if (!err)
		err = find_list(r, &manifest, &list, e);
	bundle_reader_close(r);
	if (!err)
		err = add_list(x, sbuf_str(&list), e);
	if (err && !str_starts(str_c(e->detail), str_c(name)))
		err_prefix(e, "%s", name);
	return err;
}

enum err images_of_bundle(struct images_found *x, const char *path, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FD int dir = -1;
	const char **names;
	size_t count = 0;
	const char *list = arena_printf(&a, "%s/" BUNDLE_IMAGES, path);
	if (!list)
		return ERR(e, NOMEM, "%s", path);
	if (access(list, F_OK) == 0)                 /* of a bundle that was unpacked */
		return add_file(x, list, e);
	if (!bundle_is_place(path))
		return add_file(x, path, e);
	enum err err = bundle_find(&a, path, &dir, &names, &count, e);
	if (err)
		err_prefix(e, "%s", path);
	for (size_t i = 0; i < count && !err; i++)
		err = add_tar(x, dir, names[i], e);
	return err_recode(err, ERR_CORRUPT, ERR_INVALID, e);     /* no data directory is */
}
