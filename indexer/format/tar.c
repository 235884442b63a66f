/* Two readers for one archive: the judge decides, libarchive must have seen the same.
 *
 * libarchive alone is too kind (it follows pax sizes, cuts names at a NUL and reads sparse files
 * as plain ones), and a reader of our own alone could be wrong on its own. It runs on the same
 * memory with nothing but its tar format, in no locale, so that names come back as raw bytes; its
 * warnings (a name it cannot convert, an attribute it cannot read) do not matter here.        */
#include "indexer/format/tar.h"

#include <archive.h>
#include <archive_entry.h>

#include "indexer/format/tar_judge.h"

static bool same_name(struct archive_entry *theirs, const struct tar_entry *ours)
{
	struct str name = str_c(archive_entry_pathname(theirs));
	if (ours->directory && name.n && name.p[name.n - 1] == '/')
		name.n--;
	return str_eq(name, ours->member.name);
}

static bool same_kind(struct archive_entry *theirs, const struct tar_entry *ours)
{
	return archive_entry_filetype(theirs) == (ours->directory ? AE_IFDIR : AE_IFREG) &&
	       !archive_entry_hardlink(theirs) && !archive_entry_symlink(theirs);
}

/* The blocks point into the archive itself where libarchive did not have to copy. */
static bool same_data(struct archive *r, struct archive_entry *theirs, struct str data)
{
	const void *block;
	size_t n, seen = 0;
	la_int64_t offset;
	int result;
	if (archive_entry_size(theirs) != (la_int64_t)data.n)
		return false;
	while ((result = archive_read_data_block(r, &block, &n, &offset)) == ARCHIVE_OK) {
		if (offset != (la_int64_t)seen || n > data.n - seen)
			return false;
		if (block != data.p + seen && memcmp(block, data.p + seen, n) != 0)
			return false;
		seen += n;
	}
	return result == ARCHIVE_EOF && seen == data.n;
}

static enum err disagree(const struct tar_entry *ours, const char *what, struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	return ERR(e, ARCHIVE, "%s: two tar readers see %s", tar_shown(ours->member.name, shown), what);
}

static enum err compare(struct archive *r, const struct tar_entries *list, struct errinfo *e)
{
	struct archive_entry *theirs;
	for (size_t i = 0; i < list->count; i++) {
		int result = archive_read_next_header(r, &theirs);
		if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
			return disagree(&list->p[i], "a member and none", e);
		if (!same_name(theirs, &list->p[i]))
			return disagree(&list->p[i], "different names", e);
		if (!same_kind(theirs, &list->p[i]))
			return disagree(&list->p[i], "different kinds", e);
		if (!same_data(r, theirs, list->p[i].member.data))
			return disagree(&list->p[i], "different data", e);
	}
	if (archive_read_next_header(r, &theirs) != ARCHIVE_EOF)
		return ERR(e, ARCHIVE, "tar: two readers see different ends of the archive");
	return OK;
}

static enum err read_again(struct str bytes, const struct tar_entries *list, struct errinfo *e)
{
	struct archive *r = archive_read_new();
	if (!r)
		return ERR(e, NOMEM, "a tar reader");
	enum err err = OK;
	if (archive_read_support_format_tar(r) != ARCHIVE_OK ||
	    archive_read_open_memory(r, bytes.p, bytes.n) != ARCHIVE_OK)
		err = ERR(e, ARCHIVE, "tar: %.200s", archive_error_string(r));
	if (!err)
		err = compare(r, list, e);
	(void)archive_read_free(r);
	return err;
}

enum err tar_read(struct arena *a, struct str bytes, struct tar_listing *ret, struct errinfo *e)
{
	struct tar_entries list = { 0 };
	enum err err = tar_judge(a, bytes, &list, e);
	if (!err)
		err = read_again(bytes, &list, e);
	if (err)
		return err;
	struct tar_member *members = arena_array(a, list.files, sizeof *members);
	if (!members)
		return ERR(e, NOMEM, "the list of %zu members", list.files);
	ret->members = members;
	ret->count = list.files;
	for (size_t i = 0; i < list.count; i++)
		if (!list.p[i].directory)
			*members++ = list.p[i].member;
	return OK;
}
