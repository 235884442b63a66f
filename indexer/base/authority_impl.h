/* What an authority is made of; internal to authority.c and authority_sign.c. */
#pragma once

#include <openssl/x509.h>

#include "indexer/base/authority.h"

struct authority {
	X509 *cert;
	EVP_PKEY *key;
	BIO *chain;                      /* PEM: what clients need beside their root; a BIO of memory */
};

int64_t authority_time_ns(const ASN1_TIME *t);
