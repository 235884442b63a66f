/* DATA/arriving/<repo>/: the tar as far as it came, and a file that says what it is to become. That file is
 * there before the first byte, so whatever ends the command, the next one goes on.            */
#include <fcntl.h>
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/mirror.h"
#include "server/cmd/output.h"

#define FROM "from"
#define FROM_MAX_BYTES (64u * KIB)
#define MODE 0700
#define FIRST_LINE "chartlocker arriving 1\n"

/* "team-a~stable" */
static char *folder_of(struct arena *a, const char *repo)
{
	char *name = arena_dup(a, str_c(repo));
	for (char *p = name; p && *p; p++)
		if (*p == '/')
			*p = '~';
	return name;
}

/* All lines but the last ones, which say which bundle it is: whose, and what was asked for. */
static char *put_asked(struct mirror *x, struct arena *a, const char *repo)
{
	const char *query = mirror_query(x, a, repo);
	return query ? arena_printf(a, FIRST_LINE "server %s\nasked %s\n", x->server.url, query) : NULL;
}

static bool line_of(struct str *text, const char *key, struct str *ret)
{
	*ret = str_cut(text, '\n', NULL);
	struct str word = str_cut(ret, ' ', NULL);
	return str_eq_c(word, key);
}

static bool parse(struct arena *a, struct str text, const char *asked, struct mirror_arriving *r)
{
	struct str id, file, bytes;
	if (!str_starts(text, str_c(asked)))
		return false;
	text = str_from(text, strlen(asked));
	bool whole = line_of(&text, "id", &id) && sha256_parse(id, &r->id) && line_of(&text, "file", &file) &&
	             line_of(&text, "bytes", &bytes) && str_to_u64(bytes, &r->bytes);
	r->file = whole ? arena_dup(a, file) : NULL;
	return r->file != NULL;
}

static enum err find_path(struct mirror *x, struct arena *a, const char *repo, struct mirror_arriving *r,
                          struct errinfo *e)
{
	struct stat st;
	const char *folder = folder_of(a, repo);
	r->path = folder ? arena_printf(a, "%s/arriving/%s/%s", x->data, folder, r->file) : NULL;
	if (!r->path)
		return ERR(e, NOMEM, "path");
	r->have = fstatat(r->dir, r->file, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
	return OK;
}

static enum err open_folder(struct mirror *x, const char *folder, bool create, int *ret, struct errinfo *e)
{
	enum err err = create ? fs_mkdirs(x->place, folder, MODE, e) : OK;
	return err ? err : fs_open_dir(x->place, folder, ret, e);
}

enum err arriving_open(struct mirror *x, struct arena *a, const char *repo, struct mirror_arriving *ret,
                       struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t n = 0;
	struct errinfo why = { 0 };
	struct mirror_arriving r = { .dir = -1 };
	const char *folder = folder_of(a, repo), *asked = put_asked(x, a, repo);
	if (!folder || !asked)
		return ERR(e, INVALID, "the selection is too long for one request");
	enum err err = open_folder(x, folder, false, &r.dir, &why);
	if (!err)
		err = fs_read(r.dir, FROM, FROM_MAX_BYTES, &text, &n, &why);
	if (!err && parse(a, str_make(text, n), asked, &r))
		err = find_path(x, a, repo, &r, e);
	else if (r.dir >= 0)
		err = arriving_drop(x, repo, &r, e);
	else
		err = OK;
	if (!err && r.file && r.have > r.bytes)
		err = arriving_drop(x, repo, &r, e);
	if (err)
		arriving_close(&r);
	else
		*ret = r;
	return err;
}

/* Once as it came, once as files: they are compared before the tar goes. */
static enum err check_room(const struct mirror *x, uint64_t bytes, struct errinfo *e)
{
	uint64_t room = 0;
	enum err err = fs_free_bytes(x->place, &room, e);
	if (err)
		return err;
	room /= 2;
	return bytes <= room ? OK
	       : ERR(e, DISK_FULL, "a bundle of %llu bytes needs twice as much on the disk of %s, which has %llu: "
	             "make room, or mirror less with --select", (unsigned long long)bytes, x->data,
	             (unsigned long long)room * 2);
}

/* The longer one is kept. */
static enum err put_aside(struct mirror_arriving *r, struct errinfo *e)
{
	struct stat st;
	bool is_longer = fstatat(r->dir, ARRIVING_EARLIER, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	                 (uint64_t)st.st_size < r->have;
	if (!r->have)
		return OK;
	if (is_longer ? renameat(r->dir, r->file, r->dir, ARRIVING_EARLIER) : unlinkat(r->dir, r->file, 0))
		return ERR_SYS(e, "%s", r->file);
	return OK;
}

enum err arriving_begin(struct mirror *x, struct arena *a, const char *repo, const struct mirror_offer *o,
                        struct mirror_arriving *r, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	const char *folder = folder_of(a, repo), *asked = put_asked(x, a, repo);
	sha256_hex(&o->id, hex);
	const char *text = asked ? arena_printf(a, "%sid %s\nfile %s\nbytes %llu\n", asked, hex, o->file,
	                                        (unsigned long long)o->bytes) : NULL;
	bool is_same = r->file && sha256_eq(&r->id, &o->id);
	enum err err = folder && text ? OK : ERR(e, NOMEM, "bundle");
	if (!err && !is_same && r->file)
		err = put_aside(r, e);
	if (!err)
		err = check_room(x, o->bytes - (is_same ? r->have : 0), e);
	if (!err && r->dir < 0)
		err = open_folder(x, folder, true, &r->dir, e);
	if (!err)
		err = output_replace(r->dir, FROM, 0600, str_c(text), e);
	r->file = o->file;
	r->id = o->id;
	r->bytes = o->bytes;
	return err ? err : find_path(x, a, repo, r, e);
}

enum err arriving_drop(struct mirror *x, const char *repo, struct mirror_arriving *r, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const char *folder = folder_of(&a, repo);
	arriving_close(r);
	*r = (struct mirror_arriving){ .dir = -1 };
	return folder ? tree_remove(x->place, folder, e) : ERR(e, NOMEM, "path");
}

void arriving_close(struct mirror_arriving *r)
{
	if (r->dir >= 0)
		(void)close(r->dir);
	r->dir = -1;
}
