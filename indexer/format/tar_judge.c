/* Walks the raw headers of an archive and refuses what is not plain.
 *
 * An archive is a list of members, each of one header and its data in blocks of 512 bytes. A
 * member may have one header in front that says more about it (pax 'x', or 'L' with a long name
 * of GNU tar); two zero blocks end the archive, and only zeros may follow them.               */
#include "indexer/format/tar_judge.h"

#include "indexer/base/limits.h"

struct walk {
	struct arena *a;
	struct str bytes;
	size_t at;                       /* of the next header */
	size_t headers;
	size_t room;                     /* entries that fit into the list */
	struct tar_entries list;
	struct tar_pax more;             /* from the header in front, where has_more */
	bool has_more, more_is_gnu;
	struct errinfo *e;
};

static const struct { char type; const char *what; } refused[] = {
	{ '1', "is a hard link; links are not allowed" },
	{ '2', "is a symbolic link; links are not allowed" },
	{ '3', "is a character device; only files and folders are allowed" },
	{ '4', "is a block device; only files and folders are allowed" },
	{ '6', "is a named pipe; only files and folders are allowed" },
	{ '7', "is a contiguous file (type 7); only plain files are allowed" },
	{ 'A', "is an access control list; only files and folders are allowed" },
	{ 'D', "is a GNU dump directory; only files and folders are allowed" },
	{ 'K', "is a long link name; links are not allowed" },
	{ 'M', "is a part of a multi-volume archive; only whole files are allowed" },
	{ 'N', "is a GNU name table; only files and folders are allowed" },
	{ 'S', "is a sparse file; only plain files are allowed" },
	{ 'V', "is a volume label; only files and folders are allowed" },
	{ 'X', "is a Solaris extended header, which is not accepted" },
};

static enum err refuse_type(struct walk *w, const struct tar_header *h, struct str name)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	(void)tar_shown(name, shown);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (refused[i].type == h->type)
			return ERR(w->e, ARCHIVE, "%s: %s", shown, refused[i].what);
	return ERR(w->e, ARCHIVE, "%s: is of an unknown type (0x%02x)", shown, (unsigned char)h->type);
}

/* The data behind a header; moves to the next header. */
static enum err take_data(struct walk *w, const struct tar_header *h, struct str name,
                          struct str *ret)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	uint64_t size;
	size_t left = w->bytes.n - w->at;
	if (!tar_number(TAR_FIELD(h, size), &size))
		return ERR(w->e, ARCHIVE, "%s: the size is not a plain octal number",
		           tar_shown(name, shown));
	if (size > CHART_FILE_MAX_BYTES)
		return ERR(w->e, TOO_LARGE, "%s: a file of %llu bytes; %u are accepted",
		           tar_shown(name, shown), (unsigned long long)size, CHART_FILE_MAX_BYTES);
	size_t blocks = (size_t)size + TAR_PADDING_BYTES(size);
	if (blocks > left)
		return ERR(w->e, ARCHIVE, "%s: the archive ends inside its data", tar_shown(name, shown));
	*ret = str_make(w->bytes.p + w->at, (size_t)size);
	w->at += blocks;
	return OK;
}

/* The name from the header itself. GNU tar keeps other things where POSIX has the prefix. */
static enum err header_name(struct walk *w, const struct tar_header *h, struct str *ret)
{
	struct str name, prefix;
	if (!tar_text(TAR_FIELD(h, name), &name) || !tar_text(TAR_FIELD(h, prefix), &prefix))
		return ERR(w->e, BUG, "a tar header that was not checked");
	if (!prefix.n) {
		*ret = name;
		return OK;
	}
	char *whole = arena_printf(w->a, "%.*s/%.*s", STR_ARG(prefix), STR_ARG(name));
	if (!whole)
		return ERR(w->e, NOMEM, "a member name");
	*ret = str_make(whole, prefix.n + 1 + name.n);
	return OK;
}

static enum err add_entry(struct walk *w, struct str name, struct str data, bool directory)
{
	enum err err = tar_name_check(name, w->e);
	if (err)
		return err;
	struct tar_entry *entry = &w->list.p[w->list.count];
	if (w->list.count == w->room || !arena_str(w->a, name, &entry->member.name))
		return ERR(w->e, NOMEM, "a member name");
	entry->member.data = data;
	entry->directory = directory;
	w->list.count++;
	w->list.files += !directory;
	return OK;
}

static enum err check_member(struct walk *w, const struct tar_header *h, struct str name,
                             struct str data)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	const char *fault = NULL;
	if (w->more.has_size && w->more.size != data.n)
		fault = "the pax header states another size: conflicting header";
	else if (w->more_is_gnu && !str_eq(TAR_FIELD(h, magic), TAR_MAGIC_GNU))
		fault = "a GNU long name before a header that is not GNU's";
	else if (h->link[0])
		fault = "is not a link but names a target";
	else if (h->type == '5' && data.n)
		fault = "is a folder with data";
	return fault ? ERR(w->e, ARCHIVE, "%s: %s", tar_shown(name, shown), fault) : OK;
}

static enum err on_member(struct walk *w, const struct tar_header *h, struct str name)
{
	struct str data = { 0 };
	if (w->more.path.n)
		name = w->more.path;
	enum err err = take_data(w, h, name, &data);
	if (!err)
		err = check_member(w, h, name, data);
	if (err)
		return err;
	if (h->type == '5' && name.n > 1 && name.p[name.n - 1] == '/')
		name.n--;
	w->has_more = w->more_is_gnu = false;
	w->more = (struct tar_pax){ 0 };
	return add_entry(w, name, data, h->type == '5');
}

static enum err read_long_name(struct walk *w, const struct tar_header *h, struct str data)
{
	if (!str_eq(TAR_FIELD(h, magic), TAR_MAGIC_GNU))
		return ERR(w->e, ARCHIVE, "tar: a GNU long name in a header that is not GNU's");
	if (data.n < 2 || data.n > CHART_MEMBER_NAME_MAX_BYTES + 1)
		return ERR(w->e, ARCHIVE, "tar: a long name of %zu bytes; %u are accepted", data.n,
		           CHART_MEMBER_NAME_MAX_BYTES);
	if (memchr(data.p, '\0', data.n) != data.p + data.n - 1)
		return ERR(w->e, ARCHIVE, "tar: a long name without its NUL at the end");
	w->more.path = str_first(data, data.n - 1);
	w->more_is_gnu = true;
	return OK;
}

/* 'x', 'g' and 'L': headers about other members. */
static enum err on_extension(struct walk *w, const struct tar_header *h, struct str name)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	struct tar_pax ignored;
	struct str data = { 0 };
	if (w->has_more)
		return ERR(w->e, ARCHIVE, "%s: two extended headers for one member",
		           tar_shown(name, shown));
	enum err err = take_data(w, h, name, &data);
	if (err)
		return err;
	if (data.n > PAX_HEADER_MAX_BYTES)
		return ERR(w->e, ARCHIVE, "%s: an extended header of %zu bytes; %u are accepted",
		           tar_shown(name, shown), data.n, PAX_HEADER_MAX_BYTES);
	if (h->type == 'g')
		return tar_pax_read(name, data, true, &ignored, w->e);
	w->has_more = true;
	return h->type == 'L' ? read_long_name(w, h, data)
	                      : tar_pax_read(name, data, false, &w->more, w->e);
}

static enum err on_header(struct walk *w, const struct tar_header *h)
{
	struct str name = { 0 };
	enum err err = tar_header_check(h, w->at, w->e);
	if (!err)
		err = header_name(w, h, &name);
	if (err)
		return err;
	w->at += sizeof *h;
	bool extension = h->type == 'x' || h->type == 'g' || h->type == 'L';
	if ((!extension || h->type == 'g') && ++w->headers > CHART_MEMBERS_MAX)
		return ERR(w->e, TOO_LARGE, "the archive has more than %u entries", CHART_MEMBERS_MAX);
	if (extension)
		return on_extension(w, h, name);
	if (h->type == '0' || h->type == '\0' || h->type == '5')
		return on_member(w, h, name);
	return refuse_type(w, h, w->more.path.n ? w->more.path : name);
}

bool tar_is_zero(struct str s)
{
	return !s.n || (!s.p[0] && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

/* At a zero block: another one must follow, and then nothing but zeros. */
static enum err check_end(struct walk *w)
{
	struct str rest = str_from(w->bytes, w->at);
	if (rest.n < 2 * TAR_BLOCK_BYTES)
		return ERR(w->e, ARCHIVE, "tar: the archive has one end-of-archive block instead of two");
	if (!tar_is_zero(rest))
		return ERR(w->e, ARCHIVE, "tar: data after the end-of-archive block at byte %zu", w->at);
	if (w->has_more)
		return ERR(w->e, ARCHIVE, "tar: the archive ends after an extended header");
	if (!w->list.files)
		return ERR(w->e, ARCHIVE, "no files in chart archive");
	return OK;
}

static enum err walk(struct walk *w)
{
	for (;;) {
		struct str block = str_first(str_from(w->bytes, w->at), TAR_BLOCK_BYTES);
		if (block.n < TAR_BLOCK_BYTES)
			return ERR(w->e, ARCHIVE, "tar: the archive ends at byte %zu without end-of-archive "
			           "blocks", w->bytes.n);
		if (tar_is_zero(block))
			return check_end(w);
		enum err err = on_header(w, (const struct tar_header *)block.p);
		if (err)
			return err;
	}
}

enum err tar_judge(struct arena *a, struct str bytes, struct tar_entries *ret, struct errinfo *e)
{
	if (bytes.n > CHART_UNPACKED_MAX_BYTES)
		return ERR(e, TOO_LARGE, "the archive unpacks to %zu bytes; %u are accepted", bytes.n,
		           CHART_UNPACKED_MAX_BYTES);
	size_t room = bytes.n / TAR_BLOCK_BYTES + 1;
	struct walk w = { .a = a, .bytes = bytes, .e = e };
	w.room = room < CHART_MEMBERS_MAX ? room : CHART_MEMBERS_MAX;
	w.list.p = arena_array(a, w.room, sizeof *w.list.p);
	if (!w.list.p)
		return ERR(e, NOMEM, "the list of %zu members", w.room);
	enum err err = walk(&w);
	if (!err)
		err = tar_unique(a, &w.list, e);
	if (!err)
		*ret = w.list;
	return err;
}
