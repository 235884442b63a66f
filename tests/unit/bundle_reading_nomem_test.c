/* Each allocation of reading inventories, logs and addresses fails once. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/history.h"
#include "indexer/bundle/inventory.h"
#include "indexer/format/places.h"
#include "tests/lib/nomem.h"

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define INVENTORY "chartlocker inventory 1\nrepo a\ninstance b\ntrip 1\nleaf " HEX "\nroot " HEX "\nfilter\n" \
	"repository a\n" HEX "\n"

static struct sbuf inventory, line;

static enum err read_inventory(struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct inventory v;
	return inventory_read(&a, sbuf_str(&inventory), &v, e);
}

static enum err read_event(struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct merkle_edge edge = { .size = 0 };
	struct event ev;
	return history_read(&a, &edge, sbuf_str(&line), &ev, e);
}

static enum err read_others(struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct merkle_edge edge = { .size = 4 };
	struct event ev;
	return history_read(&a, &edge, STR("{\"hash\":\"" HEX "\",\"leaves\":4,\"level\":2}"), &ev, e);
}

static enum err find_places(struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct places *p;
	enum err err = places_new(&a, &p, e);
	for (unsigned i = 0; i < 200 && !err; i++)
		err = places_add(p, STR("stable"), STR("https://charts.helm.sh/stable oci://ghcr.io/x"), e);
	if (!err)
		places_sort(p);
	return err;
}

static const struct row {
	const char *name;
	enum err (*read)(struct errinfo *e);
} rows[] = {
	{ "an inventory", read_inventory }, { "an event", read_event }, { "others", read_others },
	{ "places", find_places },
};

static void t_crash_05_each_allocation_of(void **state)
{
	const struct row *row = *state;
	struct errinfo e = { 0 };
	long n = 0;
	for (;; n++) {
		const long live = nomem_live();
		nomem_arm(n);
		enum err err = row->read(&e);
		if (!nomem_disarm()) {
			assert_int_equal(err, OK);
			break;
		}
		assert_int_equal(err, ERR_NOMEM);
		assert_int_equal(nomem_live(), live);
	}
	assert_true(n > 0);
}

int main(void)
{
	const struct event ev = { .seq = 1, .kind = STR("publish"), .detail = STR("{}") };
	struct sha256 hash;
	char hex[SHA256_HEX_BYTES + 1];
	inventory = sbuf_make(4 * KIB);
	line = sbuf_make(4 * KIB);
	sbuf_puts(&inventory, INVENTORY);
	if (sha256_of(sbuf_str(&inventory), &hash, NULL))
		abort();
	sha256_hex(&hash, hex);
	sbuf_printf(&inventory, "sha256 %s\n", hex);
	event_canonical(&line, &ev);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_crash_05_each_allocation_of", t_crash_05_each_allocation_of, rows);
	sbuf_done(&inventory);
	sbuf_done(&line);
	return failed;
}
