/* A full disk while a bundle is read or taken over: what is needed, and that nothing is lost. */
#include <fcntl.h>

#include "indexer/base/limits.h"
#include "indexer/bundle/stage_impl.h"

void staged_is_full(const struct bundle_staged *s, uint64_t needed, const char *what, struct errinfo *e)
{
	uint64_t free_bytes = 0;
	(void)!fs_free_bytes(datadir_repos_fd(s->data), &free_bytes, NULL);
	(void)ERR(e, DISK_FULL, "the storage is full: %llu bytes are needed %s, and %llu are free; nothing of the "
	          "bundle is visible. Free some space and bring it again: what was read stays",
	          (unsigned long long)needed, what, (unsigned long long)free_bytes);
}

static uint64_t size_of(const struct bundle_staged *s, const struct sha256 *digest)
{
	char hex[SHA256_HEX_BYTES + 1];
	struct stat st;
	sha256_hex(digest, hex);
	return fstatat(s->dir, hex, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

/* Rows are written twice, to the journal and from there, with their events; an index beside the old one, and
 * again as YAML.                                                                              */
void bundle_staged_is_full(const struct bundle_staged *s, struct errinfo *e)
{
	uint64_t needed = MIB + 4 * size_of(s, &s->versions);
	for (size_t i = 0; i < s->repo_count; i++)
		needed += s->repos[i].has_index ? 2 * size_of(s, &s->repos[i].index) : 0;
	staged_is_full(s, needed, "to take it over", e);
}
