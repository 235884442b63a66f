/* Private keys as PEM (PKCS #8, not encrypted), for the files that have OpenSSL's types: authority.c,
 * authority_sign.c, signing.c.                                                               */
#pragma once

#include <openssl/evp.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* The key in an open file, or *ret NULL: there is none in it that needs no password. CONFIG: the file's mode
 * has a bit of `refused_mode`; TOO_LARGE. `name` is for messages. What was read is wiped.    */
NODISCARD enum err pem_key_read(int fd, const char *name, unsigned refused_mode, size_t limit, EVP_PKEY **ret,
                                struct errinfo *e);
/* Into a BIO of memory, which wipes what it held when it is freed. */
bool pem_key_put(BIO *memory, const EVP_PKEY *key);
/* What is in such a BIO; borrowed. */
struct str pem_text(BIO *memory);
