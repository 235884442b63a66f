/* A request without a connection: what the routes and the rules of writing see of HTTP. */
#pragma once

#include <stdatomic.h>
#include <string.h>

#include "server/http/http.h"
#include "table.h"

#define HEADERS_MAX 8

/* Found from the request: it is the first member. */
struct fake_request {
	struct request r;
	struct { const char *name, *value; } headers[HEADERS_MAX];
	struct response answer;          /* what http_reply was given, not released; status 0: nothing yet */
	unsigned answers;
	unsigned holds;
	atomic_uint resumes;             /* counted by the thread that resumes */
};

static const char *fake_header(const struct request *r, const char *name)
{
	const struct fake_request *f = (const struct fake_request *)r;
	for (size_t i = 0; i < HEADERS_MAX && f->headers[i].name; i++)
		if (str_eq_nocase(str_c(f->headers[i].name), str_c(name)))
			return f->headers[i].value;
	return NULL;
}

struct str request_header(const struct request *r, const char *name)
{
	return str_c(fake_header(r, name));
}

bool request_has_header(const struct request *r, const char *name)
{
	return fake_header(r, name) != NULL;
}

bool request_header_repeats(const struct request *r, const char *name)
{
	const struct fake_request *f = (const struct fake_request *)r;
	unsigned found = 0;
	for (size_t i = 0; i < HEADERS_MAX && f->headers[i].name; i++)
		found += str_eq_nocase(str_c(f->headers[i].name), str_c(name));
	return found > 1;
}

bool request_has_header_prefix(const struct request *r, const char *prefix)
{
	const struct fake_request *f = (const struct fake_request *)r;
	for (size_t i = 0; i < HEADERS_MAX && f->headers[i].name; i++)
		if (str_eq_nocase(str_first(str_c(f->headers[i].name), strlen(prefix)), str_c(prefix)))
			return true;
	return false;
}

void http_reply(struct request *r, const struct response *s)
{
	struct fake_request *f = (struct fake_request *)r;
	f->answers++;
	f->answer = *s;
}

void http_part(struct request *r, struct str part)
{
	(void)r, (void)part;
	fail_msg("nobody asked for a part");
}

bool http_client_left(const struct request *r)
{
	(void)r;
	return false;
}

const char *http_address(const struct http_server *s, size_t i)
{
	(void)s, (void)i;
	return NULL;
}

bool http_is_tls(const struct http_server *s, size_t i)
{
	(void)s, (void)i;
	return false;
}

void http_hold(struct request *r) { ((struct fake_request *)r)->holds++; }

void http_resume(struct request *r) { ((struct fake_request *)r)->resumes++; }

void http_stats(const struct http_server *s, struct http_stats *ret)
{
	(void)s;
	*ret = (struct http_stats){ 0 };
}
