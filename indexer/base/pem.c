/* See pem_impl.h. */
#include "indexer/base/pem_impl.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/fs.h"
#include "indexer/base/secret.h"

/* Instead of asking at the terminal. */
static int no_password(char *buffer, int bytes, int writing, void *ctx)
{
	(void)buffer, (void)bytes, (void)writing, (void)ctx;
	return -1;
}

enum err pem_key_read(int fd, const char *name, unsigned refused_mode, size_t limit, EVP_PKEY **ret,
                      struct errinfo *e)
{
	struct stat st;
	char *text;
	size_t n;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat %s", name);
	if (st.st_mode & refused_mode)
		return ERR(e, CONFIG, "%s has mode %04o, so others than its owner may use the key; chmod it to 0600,"
		           " and make a new one if they may have read it", name, (unsigned)st.st_mode & 07777u);
	enum err err = fs_read_fd(fd, limit, &text, &n, e);
	if (err) {
		err_prefix(e, "%s", name);
		return err;
	}
	BIO *in = BIO_new_mem_buf(text, (int)n);
	*ret = in ? PEM_read_bio_PrivateKey(in, NULL, no_password, NULL) : NULL;
	BIO_free(in);
	secret_wipe(text, n);
	free(text);
	return OK;
}

bool pem_key_put(BIO *memory, const EVP_PKEY *key)
{
	return PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1;
}

struct str pem_text(BIO *memory)
{
	char *text;
	long n = BIO_get_mem_data(memory, &text);
	return str_make(text, n > 0 ? (size_t)n : 0);
}
