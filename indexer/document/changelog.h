/* What changed from release to release: from the annotation artifacthub.io/changes, which speaks of
 * one version, and from a CHANGELOG.md, which speaks of all.
 *
 *     struct changelog log;
 *     err = changelog_read(&arena, chart.changelog, &log, e);
 *
 * A CHANGELOG.md is what people write: a heading with a version ("## [1.2.0] - 2026-01-01",
 * "### v1.2.0 (2026-01-01)", or underlined), below it lists or paragraphs, perhaps in sections
 * (### Added). Texts without such a heading have no releases. Every element of a list and every
 * paragraph is an entry, one line of Markdown; what else there is (code, tables) is in the section as
 * it is written, for those who show it whole. Reading takes time linear in the text.
 *
 * Texts borrow from what was read or live in the arena. The only error is NOMEM.             */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

#define CHANGE_KINDS(X) \
	X(NONE, "") X(ADDED, "added") X(CHANGED, "changed") X(DEPRECATED, "deprecated") \
	X(REMOVED, "removed") X(FIXED, "fixed") X(SECURITY, "security")

enum changelog_kind {
#define X(name, word) CHANGE_##name,
	CHANGE_KINDS(X)
#undef X
};

const char *changelog_kind_word(enum changelog_kind k);        /* "added"; "" for none; static */

struct changelog_link { struct str name, url; };

struct changelog_entry {
	enum changelog_kind kind;
	struct str text;                 /* one line of Markdown, not empty */
	struct changelog_link *links;       /* of the annotation; those of a CHANGELOG.md are in its text */
	size_t link_count;
};

struct changelog_release {
	struct str version;              /* as written, without brackets and 'v' */
	struct str date;                 /* as written, without brackets; empty: none */
	struct changelog_entry *entries; /* in the order they are written */
	size_t entry_count;
	struct str markdown;             /* what is below the heading; empty: from the annotation */
};

struct changelog {
	struct changelog_release *releases;      /* in the order they are written: newest first, mostly */
	size_t count;
	bool cut;                        /* there was more: releases, entries or text */
};

NODISCARD enum err changelog_read(struct arena *a, struct str text, struct changelog *ret,
                                  struct errinfo *e);

/* Entries of the annotation's text: a YAML list of strings, or of {kind, description, links}. What of
 * it is neither is left out, and *ret_problem says what (else it is empty; in the arena).     */
NODISCARD enum err changelog_of_annotation(struct arena *a, struct str text,
                                           struct changelog_entry **ret, size_t *ret_count,
                                           struct str *ret_problem, struct errinfo *e);

/* The releases after version `from` up to and with version `to`, by semver, as a new list that
 * shares what is in `log`; newest first. None when one of the two is no version.             */
NODISCARD enum err changelog_between(struct arena *a, const struct changelog *log, struct str from,
                                     struct str to, struct changelog *ret, struct errinfo *e);

/* The Markdown that Artifact Hub makes of a changelog (hub.md §3.2): entries without a kind, then a
 * section for each kind, without links; a last line where it was cut. Nothing when there are no
 * entries.                                                                                    */
void changelog_markdown(struct sbuf *b, const struct changelog *log);
