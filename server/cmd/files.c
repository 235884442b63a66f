/* Walking directories for packaged charts. */
#include "server/cmd/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/cmd/cmd.h"

static int is_inside(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

const char **directory_names(struct arena *a, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_inside, alphasort);
	if (n < 0)
		return NULL;
	const char **names = arena_array(a, (size_t)n + 1, sizeof *names);
	bool kept = names != NULL;
	for (int i = 0; i < n; i++) {
		kept = kept && (names[i] = arena_dup(a, str_c(entries[i]->d_name))) != NULL;
		free(entries[i]);
	}
	free(entries);
	if (!kept)
		errno = ENOMEM;
	return kept ? names : NULL;
}

const char *chart_paths_links(const struct chart_paths *p)
{
	return p->links ? "; symbolic links are followed where they are named, not where they are found, as here" : "";
}

void chart_paths_done(struct chart_paths *p)
{
	free(p->list);
	arena_done(&p->arena);
}

/* Where the links of a name lead, so that whoever opens it need not follow any; the name itself
 * when they lead nowhere: opening it tells what is wrong. NULL: no memory.                   */
static const char *follow(struct arena *a, const char *name)
{
	AUTO_FREE char *real = realpath(name, NULL);
	return real ? arena_dup(a, str_c(real)) : name;
}

static enum err add_file(struct chart_paths *p, const char *path, bool named, uint64_t bytes,
                         struct errinfo *e)
{
	struct stat st;
	struct chart_path *list = array_room(p->list, p->count, &p->capacity, sizeof *list);
	const char *copy = arena_dup(&p->arena, str_c(path)), *file = copy;
	const char *prov = arena_printf(&p->arena, "%s.prov", path);
	if (list)
		p->list = list;
	if (named && copy && prov) {
		file = follow(&p->arena, copy);
		prov = follow(&p->arena, prov);
	}
	if (!list || !copy || !file || !prov)
		return ERR(e, NOMEM, "list of files");
	if (lstat(prov, &st) != 0 || !S_ISREG(st.st_mode))
		prov = NULL;
	p->list[p->count++] = (struct chart_path){ copy, file, prov, bytes };
	p->bytes += bytes;
	return OK;
}

static enum err add_below(struct chart_paths *p, const char *path, unsigned depth,
                          struct errinfo *e);

static enum err add_entry(struct chart_paths *p, const char *path, unsigned depth,
                          struct errinfo *e)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? OK : ERR_SYS(e, "%s", path);
	if (S_ISDIR(st.st_mode))
		return add_below(p, path, depth + 1, e);
	bool named = str_ends(str_c(path), STR(".tgz"));
	if (S_ISREG(st.st_mode) && named)
		return add_file(p, path, false, (uint64_t)st.st_size, e);
	p->links += S_ISLNK(st.st_mode) && (named || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
	return OK;
}

static enum err add_below(struct chart_paths *p, const char *path, unsigned depth,
                          struct errinfo *e)
{
	if (depth > DIRECTORY_DEPTH_MAX)
		return ERR(e, INVALID, "%s: more than %u directories deep", path, DIRECTORY_DEPTH_MAX);
	const char **names = directory_names(&p->arena, path);
	if (!names && errno == EACCES && depth) {
		cmd_tell("%s: %s", path, strerror(errno));
		p->unreadable++;
		return OK;
	}
	if (!names)
		return ERR_SYS(e, "%s", path);
	enum err err = OK;
	for (; !err && *names; names++) {
		if (**names == '.')
			continue;
		const char *inner = arena_printf(&p->arena, "%s/%s", path, *names);
		err = inner ? add_entry(p, inner, depth, e) : ERR(e, NOMEM, "list of files");
	}
	return err;
}

enum err chart_paths_add(struct chart_paths *p, const char *path, struct errinfo *e)
{
	struct stat st;
	int rc = stat(path, &st);
	if (rc != 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", path);
	if (rc != 0)
		return ERR_SYS(e, "%s", path);
	if (S_ISDIR(st.st_mode))
		return add_below(p, path, 0, e);
	return add_file(p, path, true, (uint64_t)st.st_size, e);
}
