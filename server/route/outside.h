/* How the program looks from outside: below which path, for whose web pages, with which headers. */
#pragma once

#include "server/route/app.h"

/* The path without app->base_path, which need not be there. */
struct str outside_path(const struct app *app, struct str raw);

/* Answers what is no route's: the way to the base path, and a browser that asks what a page of
 * another origin may do. False: it is a route's.                                             */
bool outside_answers(const struct app *app, struct request *r);

/* What every answer says to a browser. `readable`: pages of cors.origins may read it. */
bool call_is_readable(const struct call *c);
void outside_headers(const struct app *app, const struct request *r, bool readable,
                     struct response *s);
