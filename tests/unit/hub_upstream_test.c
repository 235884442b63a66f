/* Charts of an upstream in the catalog: known from its index alone, and then with their archives. */
#include "hub_upstreams.h"

#include "indexer/hub/search.h"

#define TOLD_BYTES 400

static void look_again(void *ctx, struct str repo, struct str chart)
{
	struct charts *x = ctx;
	struct hub *h = x->woken;
	if (h)
		hub_look_at(h, repo, chart);
}

static struct charts *open_with(const char *lines)
{
	struct charts *x = calloc(1, sizeof *x);
	assert_non_null(x);
	x->f = fixture_new();
	x->f->o.committed = tell_hub;
	x->f->o.index_changed = look_again;
	x->f->o.committed_ctx = x->f->o.index_changed_ctx = x;
	open_ingest(x->f);
	x->o = (struct hub_options){ .ingest = x->f->g, .addresses = hub_addresses,
	                             .address_count = ROWS(hub_addresses) };
	assert_ok(x->f, hub_open(&x->o, &x->hub, &x->f->e));
	x->woken = x->hub;
	set_repo(x->f, "up", "{\"upstream\":\"https://up.example.org/charts\"}");
	upstream_says(x, "up", lines);
	return x;
}

static void open_again(struct charts *x)
{
	x->woken = NULL;
	hub_close(x->hub);
	x->hub = NULL;
	assert_ok(x->f, hub_open(&x->o, &x->hub, &x->f->e));
	x->woken = x->hub;
	charts_follow(x);
}

static bool is_to_be_remade(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool remake = h->remake;
	(void)pthread_mutex_unlock(&h->lock);
	return remake;
}

static uint64_t unread(struct charts *x)
{
	struct hub_stats s;
	hub_stats(x->hub, &s);
	return s.unread;
}

/* "up/a 1.0.0 remote, …", as found. */
static void search(struct charts *x, const char *text, char ret[TOLD_BYTES])
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_result found;
	size_t n = 0;
	const struct hub_search s = { .text = str_c(text), .sort = SORT_NAME };
	assert_ok(x->f, hub_search(x->hub, &a, NULL, &s, &found, &x->f->e));
	ret[0] = '\0';
	for (size_t i = 0; i < found.count; i++) {
		const struct hub_chart *c = found.hits[i].chart;
		n += (size_t)snprintf(ret + n, TOLD_BYTES - n, "%s%.*s/%.*s %.*s %s", i ? ", " : "",
		                      STR_ARG(c->repo), STR_ARG(c->name), STR_ARG(c->entry.meta.version),
		                      hub_origin_word(c->origin));
	}
	hub_result_done(&found);
}

static void expect(struct charts *x, const char *text, const char *found)
{
	char told[TOLD_BYTES];
	search(x, text, told);
	assert_string_equal(told, found);
}

static void t_origins(void **state)
{
	(void)state;
	struct charts *x = open_with("a 1.0.0 \n a 1.1.0 digest=ab \n b 2.0.0 \n odd 1.0.0 called=other");
	charts_publish(x, "main/a 0.1.0");
	expect(x, "", "main/a 0.1.0 hosted, up/a 1.1.0 remote, up/b 2.0.0 remote, up/odd 1.0.0 remote");
	expect(x, "is:remote a", "up/a 1.1.0 remote");
	expect(x, "is:upstream a", "up/a 1.1.0 remote");
	expect(x, "is:hosted", "main/a 0.1.0 hosted");
	expect(x, "is:cached", "");
	expect(x, "-is:remote", "main/a 0.1.0 hosted");
	expect(x, "odd", "up/odd 1.0.0 remote");
	expect(x, "elsewhere b", "up/b 2.0.0 remote");
	assert_int_equal(unread(x), 0);      /* what is not here is no failure */
	assert_int_equal(archive_comes(x, "up", "b", "2.0.0", "Zebras."), OK);
	expect(x, "zebras", "up/b 2.0.0 cached");
	expect(x, "is:cached", "up/b 2.0.0 cached");
	open_again(x);
	expect(x, "", "main/a 0.1.0 hosted, up/a 1.1.0 remote, up/b 2.0.0 cached, up/odd 1.0.0 remote");
	hub_remake(x->hub);
	charts_follow(x);
	while (is_to_be_remade(x->hub))
		(void)usleep(1000);
	charts_follow(x);
	expect(x, "zebras", "up/b 2.0.0 cached");
	upstream_says(x, "up", "gone a 1.1.0 \n gone odd 1.0.0");
	expect(x, "is:remote", "up/a 1.0.0 remote");
	assert_int_equal(unread(x), 0);
	charts_close(x);
}

/* A line that cannot be read costs its version its rows, and the catalog goes on with all others. */
static void t_unreadable_lines(void **state)
{
	(void)state;
	struct charts *x = open_with("a 1.0.0 \n b 1.0.0 dated=2020 \n c 1.0.0 dated=2020 \n c 1.1.0");
	expect(x, "", "up/a 1.0.0 remote, up/c 1.1.0 remote");
	assert_int_equal(unread(x), 3);      /* b as its version and as what is shown */
	upstream_says(x, "up", "a 1.1.0 dated=2020 \n b 1.1.0 \n gone c 1.1.0");
	expect(x, "", "up/b 1.1.0 remote");
	upstream_says(x, "up", "gone a 1.1.0");
	expect(x, "", "up/a 1.0.0 remote, up/b 1.1.0 remote");
	charts_close(x);
}

/* The only dependency of up/a 1.0.0; NULL: it has none. */
static void expect_edge(struct charts *x, const char *repository)
{
	AUTO_ARENA struct arena a = { 0 };
	struct catalog *reader;
	struct search_edge *edges;
	size_t count;
	assert_ok(x->f, search_open_reader(ingest_datadir(x->f->g), &reader, &x->f->e));
	assert_ok(x->f, search_edges(reader, &a, STR("up"), STR("a"), STR("1.0.0"), &edges, &count, &x->f->e));
	assert_int_equal(count, repository ? 1 : 0);
	if (repository)
		assert_true(str_eq_c(edges[0].repository, repository));
	catalog_close(reader);
}

/* An entry that changes under the same digest is read again, and so is its archive. */
static void t_edges(void **state)
{
	(void)state;
	struct charts *x = open_with("a 1.0.0 needs=x@https://one");
	expect_edge(x, "https://one");
	upstream_says(x, "up", "a 1.0.0 needs=x@https://two");
	expect_edge(x, "https://two");
	assert_int_equal(archive_comes(x, "up", "a", "1.0.0", "x"), OK);
	expect_edge(x, NULL);                /* the archive itself names none */
	charts_close(x);
}

/* ---- what is fetched to be looked at ---- */

struct origin {
	struct sbuf tgz;
	enum err err;
	unsigned asked;
	char file[100];
};

static enum err fetch(void *ctx, struct str repo, struct str file, char **ret, size_t *ret_bytes,
                      struct errinfo *e)
{
	struct origin *o = ctx;
	o->asked++;
	(void)snprintf(o->file, sizeof o->file, "%.*s/%.*s", STR_ARG(repo), STR_ARG(file));
	if (o->err)
		return err_set(e, o->err, "it is down");
	*ret = malloc(o->tgz.n);
	assert_non_null(*ret);
	memcpy(*ret, o->tgz.p, o->tgz.n);
	*ret_bytes = o->tgz.n;
	return OK;
}

static void make_origin(struct origin *o, const char *name, const char *version)
{
	const struct chart_files files = { { { "README.md", "Hello." } } };
	AUTO_SBUF struct sbuf tar = sbuf_make(ARCHIVE_TEST_MAX_BYTES);
	*o = (struct origin){ .tgz = sbuf_make(ARCHIVE_TEST_MAX_BYTES) };
	put_archive(&tar, str_c(name), str_c(version), STR(""), &files);
	archive_gzip(&o->tgz, sbuf_str(&tar), &(struct raw_gzip){ .level = 1 });
}

static enum err get(struct charts *x, const char *name, const char *readme)
{
	struct contents *c = NULL;
	enum err err = contents_get(x->hub, STR("up"), str_c(name), STR("1.0.0"), &c, &x->f->e);
	if (!err) {
		assert_true(str_eq_c(c->chart.readme, readme));
		assert_true(c->absent);
	}
	contents_unref(c);
	return err;
}

static void t_fetch(void **state)
{
	(void)state;
	struct origin o;
	make_origin(&o, "other", "1.0.0");
	struct charts *x = open_with("a 1.0.0 called=other \n b 1.0.0 digest=ab");
	assert_int_equal(get(x, "a", ""), ERR_ABSENT);
	x->hub->options.fetch = fetch;
	x->hub->options.fetch_ctx = &o;
	o.err = ERR_UPSTREAM;
	assert_int_equal(get(x, "a", ""), ERR_UPSTREAM);
	assert_string_equal(x->f->e.detail, "it is down");
	o.err = OK;
	assert_int_equal(get(x, "a", "Hello."), OK);
	assert_string_equal(o.file, "up/a-1.0.0.tgz");
	assert_int_equal(get(x, "a", "Hello."), OK);
	assert_int_equal(o.asked, 2);        /* the second look finds it kept */
	assert_int_equal(get(x, "b", ""), ERR_DIGEST);       /* T-FED: other bytes are not shown */
	assert_int_equal(get(x, "nothing", ""), ERR_NOT_FOUND);
	atomic_store(&x->hub->fetching, HUB_FETCHES_MAX);
	assert_int_equal(get(x, "b", ""), ERR_BUSY);
	assert_int_equal(get(x, "a", "Hello."), OK);
	assert_int_equal(atomic_load(&x->hub->fetching), HUB_FETCHES_MAX);
	charts_close(x);
	sbuf_done(&o.tgz);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_origins), cmocka_unit_test(t_unreadable_lines), cmocka_unit_test(t_edges), cmocka_unit_test(t_fetch),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("upstreams in the catalog", tests, NULL, NULL);
}
