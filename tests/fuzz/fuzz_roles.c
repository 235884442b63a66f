/* Five texts with NUL between them: role lines, more role lines, a repository, a chart, the value of
 * an Authorization header.
 *
 * What must hold: what is covered by other lines never allows more than these; whoever manages the
 * server sees everything; a password that can be sent is read from the header that sends it.    */
#include "fuzz.h"

#include "server/auth/credentials.h"
#include "server/auth/grant.h"

static void check_cover(struct arena *a, struct str wide, struct str narrow, struct str repo,
                        struct str chart)
{
	struct grants wider, narrower;
	struct errinfo e;
	if (grants_parse(a, wide, true, &wider, &e) || grants_parse(a, narrow, true, &narrower, &e)) {
		REQUIRE(e.code == ERR_INVALID || e.code == ERR_NOMEM);
		return;
	}
	REQUIRE(!grants_manage(&wider) || grants_see_all(&wider));
	bool covered = grants_cover(&wider, &narrower);
	for (unsigned role = ROLE_PULL; role <= ROLE_ADMIN; role *= 2) {
		bool allowed = grants_allow(&narrower, (enum role)role, repo, chart);
		REQUIRE(!covered || !allowed || grants_allow(&wider, (enum role)role, repo, chart));
		REQUIRE(!grants_manage(&wider) || grants_allow(&wider, (enum role)role, repo, chart));
	}
}

static void check_header(struct arena *a, struct str header)
{
	struct credentials c = { 0 };
	struct errinfo e;
	enum err err = credentials_parse(a, header, &c, &e);
	REQUIRE(!err || err == ERR_INVALID || err == ERR_UNAUTHORIZED || err == ERR_NOMEM);
	REQUIRE(err || c.token.n || c.name.n);
	REQUIRE(err || !str_has(c.name, '\0'));
	REQUIRE(err || !str_has(c.password, '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str rest = str_make(bytes, n);
	struct str wide = str_cut(&rest, '\0', NULL), narrow = str_cut(&rest, '\0', NULL);
	struct str repo = str_cut(&rest, '\0', NULL), chart = str_cut(&rest, '\0', NULL);
	AUTO_ARENA struct arena a = { 0 };
	check_cover(&a, wide, narrow, repo, chart);
	check_header(&a, rest);
	return 0;
}
