/* Keys and signatures as people make them: with gpg, in a temporary home. Without gpg the tests that
 * need it are skipped.                                                                       */
#pragma once

#include <sys/wait.h>

#include "folder.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/openpgp.h"

struct fixture {
	struct arena arena;
	struct openpgp_keyring *keyring;
	struct errinfo e;
};

static char signed_folder[FOLDER_BYTES];
static bool signed_ready;

static inline int run_in_folder(const char *script)
{
	AUTO_SBUF struct sbuf b = sbuf_make(64u * KIB);
	sbuf_printf(&b, "cd %s && export GNUPGHOME=$PWD/gpg && exec 2>>log && set -e\n%s", signed_folder,
	            script);
	return sbuf_ok(&b) ? system(b.p) : -1;
}

static inline void need_gpg(void)
{
	if (signed_ready)
		return;
	print_message("# skipped: gpg is not there, or does not make keys\n");
	skip();
}

/* Of the folder; fails the test when it is not there. */
static inline struct str signed_file(struct fixture *f, const char *name)
{
	char path[PATH_BYTES];
	AUTO_FREE char *data = NULL;
	size_t n;
	struct str kept;
	assert_ok(f, fs_read_named(path_below(signed_folder, name, path), 4 * MIB, &data, &n, &f->e));
	assert_true(arena_str(&f->arena, str_make(data, n), &kept));
	return kept;
}

/* `text` with the first `from` replaced, which must be there. */
static inline struct str replaced(struct fixture *f, struct str text, const char *from,
                                  const char *to)
{
	const char *at = memmem(text.p, text.n, from, strlen(from));
	assert_non_null(at);
	int before = (int)(at - text.p);
	struct str after = str_from(text, (size_t)before + strlen(from));
	char *made = arena_printf(&f->arena, "%.*s%s%.*s", before, text.p, to, STR_ARG(after));
	assert_non_null(made);
	return str_c(made);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	*state = f;
	return f ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	openpgp_keyring_free(f->keyring);
	arena_done(&f->arena);
	free(f);
	return 0;
}

static inline void open_keyring(struct fixture *f, const char *file)
{
	struct str data = signed_file(f, file);
	assert_ok(f, openpgp_keyring_new(data, &f->keyring, &f->e));
}

static inline void signed_begin(const char *script)
{
	make_folder(signed_folder);
	signed_ready = run_in_folder("mkdir -m 700 gpg\ncommand -v gpg >log") == 0 &&
	               run_in_folder(script) == 0;
}

static inline void signed_end(void)
{
	(void)run_in_folder("gpgconf --kill all");
	remove_tree(signed_folder);
}

#define GPG "gpg --batch --yes --quiet --pinentry-mode loopback --passphrase '' "
