/* One server or the other; the client is the same. */
#include "server/cmd/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/cmd/control.h"

struct admin { struct control *control; struct serve *here; };

static enum err open_here(const char *data, struct admin *d, struct errinfo *e)
{
	if (access(data, F_OK) != 0)
		fprintf(stderr, "making the data directory %s\n", data);
	enum err err = serve_here(data, &d->here, e);
	return err ? err : control_open(data, &d->control, e);
}

enum err admin_open(const char *data, struct admin **ret, struct errinfo *e)
{
	struct admin *d = calloc(1, sizeof *d);
	if (!d)
		return ERR(e, NOMEM, "command");
	enum err err = control_open(data, &d->control, e);
	if (err == ERR_NOT_FOUND)
		err = open_here(data, d, e);
	if (err)
		admin_close(d);
	else
		*ret = d;
	return err;
}

void admin_close(struct admin *d)
{
	if (!d)
		return;
	control_close(d->control);
	serve_here_end(d->here);
	free(d);
}

enum err admin_call(struct admin *d, struct arena *a, const char *method, const char *target,
                    struct str json, struct str *ret, struct errinfo *e)
{
	struct fetch_response answer;
	enum err err = control_call(d->control, a, method, target, json,
	                            json.n ? "Content-Type: application/json" : NULL, &answer, e);
	if (!err)
		*ret = answer.body;
	return err;
}
