/* One template for all of them; what to do depends on the status. */
#include "server/web/error_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/web/error.h"

/* Errors begin in lower case, as programs put them behind a colon; below a title that looks torn off. What begins
 * with a name, an address or a setting is left as that is written. */
static const char *as_sentence(struct call *c, const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	bool is_word = n && (text[n] == ' ' || text[n] == ',') && !str_eq(str_make(text, n), c->name) &&
	               !str_eq(str_make(text, n), c->repo);
	char *copy = is_word ? arena_dup(&c->r->arena, str_c(text)) : NULL;
	if (!copy)
		return text;
	*copy = (char)(*copy - 'a' + 'A');
	return copy;
}

/* What it says beyond its sentence. */
static const char *detail_of(struct call *c, const struct errinfo *why)
{
	const char *text = err_public_text(why);
	bool more = strcmp(text, err_sentence(why->code)) != 0 && strcmp(text, "not found") != 0;
	return more ? as_sentence(c, text) : NULL;
}

/* Nobody's credentials are wrong when none were sent. */
static bool asks_to_sign_in(const struct call *c, const struct errinfo *why)
{
	return why->code == ERR_UNAUTHORIZED && c->caller.kind == CALLER_ANONYMOUS &&
	       !request_has_header(c->r, "Authorization");
}

static const char *advice(const struct call *c, enum err why)
{
	static const struct { enum err why; const char *text; } of_errors[] = {
		{ ERR_FORM, "Nothing was changed." },
		{ ERR_DAMAGED, "Publishing the same bytes again heals it." },
		{ ERR_UNREADABLE, "Who runs this server can give the file to the server's user." },
		{ ERR_REPO_NOT_FOUND, "" },     /* what it says tells it */
		{ ERR_READ_ONLY_MODE, "Who runs this server decides how long. Nothing was changed." },
	};
	static const struct { int status; const char *text; } table[] = {
		{ 400, "Something in the address is not right. Going back and following a link again may help." },
		{ 401, "Sign in, or ask who runs this server for an account." },
		{ 403, "Your account does not suffice. Who runs this server can change that." },
		{ 404, "It may have been renamed, or you may have to sign in to see it." },
		{ 405, "This address is for programs, or for a form. Its page may be found from the home page." },
		{ 410, "It was taken away. Who looks after that repository knows why." },
		{ 413, "What was sent is larger than this address takes. Going back and sending less may help." },
		{ 414, "A search for fewer words has a shorter one." },
		{ 429, "It passes by itself: wait, then try again." },
		{ 501, "This address is for browsers, which ask for it otherwise." },
		{ 502, "The cause is at that server: trying again later may help." },
		{ 503, "It passes by itself as a rule: try again in a moment." },
		{ 504, "The cause is at that server: trying again later may help." },
		{ 507, "Who runs this server can make room." },
		{ 508, "Who runs these servers can end that." },
	};
	int status = err_http_status(why);
	for (size_t i = 0; i < sizeof of_errors / sizeof *of_errors; i++)
		if (of_errors[i].why == why)
			return of_errors[i].text;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status && (status != 400 || !(c->r->method & HTTP_POST)))
			return table[i].text;
	if (status >= 500)
		return "This is a fault of the server. Its log has more, under the number below.";
	return c->r->method & HTTP_POST ? "Nothing was changed." : "";
}

bool error_page(struct call *c, const struct errinfo *why, struct response *s)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct errinfo e = { 0 };
	struct page p;
	struct error_view view = {
		.status = err_http_status(why->code), .code = err_code(why->code),
		.title = err_sentence(why->code), .detail = detail_of(c, why), .request_id = c->r->id,
	};
	page_init(&p, c);
	view.advice = advice(c, why->code);
	if (asks_to_sign_in(c, why)) {
		bool form = c->r->method & HTTP_POST;
		view.title = form ? "You were signed out" : "Sign in to see this";
		view.detail = NULL;
		view.advice = form ? "Nothing was changed. Sign in, and you are back at the page with the form."
		                   : "This server shows it to those who signed in.";
	} else if (view.status == 404 && p.user.n && *view.advice) {
		view.advice = "It may have been renamed, or your roles do not let you see it.";
	}
	view.search = view.status == 404 || view.status == 410;
	view.sign_in = (view.status == 401 || view.status == 404) && !p.user.n;
	p.title = str_c(view.title);
	if (str_ends(p.title, STR(".")))
		p.title.n--;
	p.big_search = view.search;
	if (view.search) {
		p.query = c->name;
		view.near_count = near_links(c, p.links, view.near);
	}
	html_error_body(&body, &p, &view);
	return page_respond(&p, view.status, &body, s, &e) == OK;
}
