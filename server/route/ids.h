/* Identifiers of what has a name here: UUIDs that other programs may keep.
 *
 * They are a hash of who this data directory is (its signing key) and of the name, so they survive
 * a restart, a move and a backup, and are others on another server.                         */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/base/signing.h"
#include "server/route/app.h"

#define UUID_TEXT_BYTES 36

enum id_kind { ID_FEED, ID_REPOSITORY, ID_PACKAGE, ID_VERSION, ID_IMAGE };

struct ids { struct signing_public seed; };
NODISCARD enum err ids_open(const struct app *app, struct ids *ret, struct errinfo *e);

/* Appends 36 characters; parts of the name that do not apply are empty. */
void id_put(struct sbuf *b, const struct ids *ids, enum id_kind kind, struct str repo,
            struct str name, struct str version);
/* Whether it has the form of one, in either case. */
bool id_is_valid(struct str uuid);
bool id_is(struct str uuid, const struct ids *ids, enum id_kind kind, struct str repo,
           struct str name, struct str version);
