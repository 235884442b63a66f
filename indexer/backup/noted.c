/* See noted.h. */
#include "indexer/backup/noted.h"

#include <fcntl.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"

#define NOTED "backed-up.json"
#define NOTED_MAX_BYTES (1u * KIB)

enum err backup_note(const char *data, const struct backup_noted *n, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(NOTED_MAX_BYTES);
	AUTO_FD int dir = -1;
	char time[RFC3339_MAX_BYTES];
	size_t bytes = clock_format(n->at_ns, time);
	sbuf_putc(&b, '{');
	json_number(&b, "events", n->events);
	json_text(&b, "time", str_make(time, bytes));
	sbuf_puts(&b, "}\n");
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, NOTED);
	enum err err = fs_open_dir(AT_FDCWD, data, &dir, e);
	return err ? err : fs_put(dir, NOTED, 0644, sbuf_str(&b), true, e);
}

enum err backup_noted(int data, struct backup_noted *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *text = NULL;
	size_t bytes;
	const struct node *root;
	enum err err = fs_read(data, NOTED, NOTED_MAX_BYTES, &text, &bytes, e);
	if (!err)
		err = json_read(&a, str_make(text, bytes), NOTED, &root, e);
	if (!err && (!str_to_u64(node_text(node_get(root, "events")), &ret->events) ||
	             !clock_parse(node_text(node_get(root, "time")), &ret->at_ns)))
		err = ERR(e, INVALID, NOTED " has no events or time");
	return err;
}
