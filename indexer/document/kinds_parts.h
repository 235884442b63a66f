/* What the files that read kinds share. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/kinds.h"
#include "indexer/document/template_text.h"
#include "indexer/document/text_lines.h"
#include "indexer/format/node.h"

struct kinds_reader {
	struct arena *a;
	struct errinfo *e;
	struct chart_kinds out;
	size_t kind_room, rule_room, binding_room, crd_room;
	struct kind_place file;          /* that is being read; without a line */
	bool templated;                  /* it is below templates/ */
	struct str text;                 /* of the file, with its actions */
	enum { ASKS_UNKNOWN, ASKS_CLUSTER, ASKS_NOT } asks;      /* it mentions .Capabilities */
};

/* One document of a file, its template actions taken out. */
struct manifest {
	struct str text;
	uint32_t line;                   /* of its first line, from 1 */
};

struct kind_place kinds_place(const struct kinds_reader *r, uint32_t line);

/* The next element of a list of r->out; NULL: there is no memory, or no place (*ret_err is OK). */
#define KINDS_ROOM(r, list, count, room, max, ret_err) \
	kinds_room((r), (void **)&(r)->out.list, (r)->out.count, &(r)->room, \
	           sizeof *(r)->out.list, (max), (ret_err))
NODISCARD void *kinds_room(struct kinds_reader *r, void **list, size_t count, size_t *room,
                           size_t bytes_each, size_t max, enum err *ret_err);

/* Writes a line as the YAML that it would be: what the template prints in a place of its own is left
 * out, and *ret_hole is set.                                                                 */
void kinds_put_line(struct sbuf *b, struct str line, bool *ret_hole);

/* The first document of a text, which may not be YAML at all; then *ret is NULL. In the arena. NOMEM. */
NODISCARD enum err kinds_yaml(struct arena *a, struct str text, const struct node **ret,
                              bool *ret_is_yaml, struct errinfo *e);

/* A scalar as text in the arena; what is no literal is empty. */
NODISCARD enum err kinds_text(struct kinds_reader *r, const struct node *n, struct str *ret);

/* kinds_rbac.c: the rules of a document that is a Role, the role of one that is a binding. */
NODISCARD enum err kinds_read_rules(struct kinds_reader *r, const struct manifest *m,
                                    struct str role_kind);
NODISCARD enum err kinds_read_binding(struct kinds_reader *r, const struct manifest *m,
                                      struct str kind);

/* kinds_crd.c: a template's document that is a CRD; a document of crds/, whatever it is. */
NODISCARD enum err kinds_read_crd(struct kinds_reader *r, const struct manifest *m);
NODISCARD enum err kinds_read_crds(struct kinds_reader *r, const struct manifest *m);

/* kinds.c */
NODISCARD enum err kinds_add(struct kinds_reader *r, struct str kind, struct str api_version,
                             uint32_t line, bool is_removed);
