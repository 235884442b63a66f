/* The characters at which Helm's parser of --set ends a key. */
#include "indexer/document/value_path.h"

void value_path_key(struct sbuf *path, struct str key)
{
	if (path->n)
		sbuf_putc(path, '.');
	if (!key.n)
		sbuf_puts(path, "\"\"");
	for (size_t i = 0; i < key.n; i++) {
		if (strchr(i ? "\\.,=[" : "\\.,=[\"", key.p[i]))
			sbuf_putc(path, '\\');
		sbuf_putc(path, key.p[i]);
	}
}

void value_path_index(struct sbuf *path, size_t index)
{
	sbuf_printf(path, "[%zu]", index);
}
