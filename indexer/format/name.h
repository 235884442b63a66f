/* Names that appear in URLs and paths, checked by grammar, not by a list of tricks. */
#pragma once

#include "indexer/base/arena.h"

/* One or two segments of [a-z0-9][a-z0-9._-]{0,62}, none reserved (architecture.md §4). INVALID. */
NODISCARD enum err repo_name_check(struct str name, struct errinfo *e);
/* The same for one that may exist already, though its name is reserved by now. INVALID. */
NODISCARD enum err repo_old_name_check(struct str name, struct errinfo *e);
bool repo_segment_is_valid(struct str segment);
bool repo_first_segment_is_reserved(struct str segment);
bool repo_second_segment_is_reserved(struct str segment);

/* Of a user, a token, a webhook: a letter or digit, then those and `others`, at most PERSON_NAME_MAX_BYTES.
 * INVALID.                                                                                    */
NODISCARD enum err plain_name_check(struct str name, const char *others, struct errinfo *e);

/* A file name of a chart or its provenance: "x-1.0.0.tgz", "x-1.0.0.tgz.prov". Beginning with a
 * letter or a digit, only [A-Za-z0-9._+ -]: what chart names and versions consist of.        */
bool chart_file_name_is_safe(struct str file);
/* By the end alone: ".tgz" or ".tgz.prov". */
bool chart_file_name_is_known(struct str file);
/* The archive that a file belongs to: the name without ".prov", if it ends so; *ret_is_prov tells
 * which it was (may be NULL).                                                                */
struct str chart_file_archive(struct str file, bool *ret_is_prov);

/* Percent-decodes one path segment once. Refuses %2F, %5C, %00, control bytes, invalid UTF-8,
 * "." and "..", malformed escapes (INVALID). '+' stays '+'. Result in the arena.             */
NODISCARD enum err url_segment_decode(struct arena *a, struct str raw, struct str *ret,
                                      struct errinfo *e);
/* The same for a query value: '+' is a space, and what would matter in a path ('/', '\\', "..")
 * is text here.                                                                              */
NODISCARD enum err url_query_decode(struct arena *a, struct str raw, struct str *ret,
                                    struct errinfo *e);
/* The same for a field of a form, which may have lines: CR LF becomes LF, tabs stay. */
NODISCARD enum err url_form_decode(struct arena *a, struct str raw, struct str *ret,
                                   struct errinfo *e);
/* The same for what somebody typed, who cannot mend it: nothing is refused (NOMEM alone). A byte that
 * is not UTF-8 becomes U+FFFD, a control character a space, a malformed escape stays as it is. */
NODISCARD enum err url_text_decode(struct arena *a, struct str raw, struct str *ret,
                                   struct errinfo *e);
struct sbuf;
void url_segment_encode(struct sbuf *b, struct str segment);   /* RFC 3986 unreserved and '+' stay */
