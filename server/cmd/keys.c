/* chartlocker keys: who signs bundles here, whose bundles are taken, and the authority that signs for other
 * hosts. Files alone: no server is asked.                                                     */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/keys.h"
#include "server/cmd/cmd.h"
#include "server/cmd/local.h"

#define OUTPUT_MAX_BYTES (16u * MIB)
#define DAYS_MAX 36500u
#define KEY_TEXT_BYTES 512

struct job {
	const struct command *self;
	const char *data, *name, *until, *old_until, *argument;
	int64_t until_ns, old_until_ns;  /* of a new key, 0: for good; of the key before */
	struct cmd_list hosts;
	bool json;
	struct datadir *dir;
	struct arena arena;
};

/* ---- times ---- */

/* A date (its first moment), a time, or days from now: 2027-11-20, 2027-11-20T12:00:00Z, 365d. */
static enum err read_until(const char *option, const char *text, int64_t *ret_ns, struct errinfo *e)
{
	char time[RFC3339_MAX_BYTES];
	uint64_t days;
	struct str s = str_c(text);
	if (s.n > 1 && s.p[s.n - 1] == 'd' && str_to_u64(str_first(s, s.n - 1), &days) && days <= DAYS_MAX) {
		*ret_ns = clock_wall() / NS_PER_SECOND * NS_PER_SECOND + (int64_t)days * NS_PER_DAY;
		return OK;
	}
	(void)snprintf(time, sizeof time, "%.*sT00:00:00Z", STR_ARG(str_first(s, 10)));
	if (clock_parse(s, ret_ns) || (s.n == 10 && clock_parse(str_c(time), ret_ns)))
		return OK;
	return ERR(e, INVALID, "%s %s: a date like 2027-11-20, or days like 365d, are expected", option, text);
}

static enum err read_times(struct job *j, struct errinfo *e)
{
	j->old_until_ns = clock_wall() / NS_PER_SECOND * NS_PER_SECOND + OLD_KEY_DAYS * NS_PER_DAY;
	enum err err = j->until ? read_until("--until", j->until, &j->until_ns, e) : OK;
	if (!err && j->until && j->until_ns <= clock_wall())
		err = ERR(e, INVALID, "--until %s is over already", j->until);
	return err || !j->old_until ? err : read_until("--old-until", j->old_until, &j->old_until_ns, e);
}

/* ---- output ---- */

static const char *time_text(int64_t ns, char to[RFC3339_MAX_BYTES])
{
	(void)clock_format(ns, to);
	return to;
}

static void key_text(struct arena *a, const struct bundle_key *key, struct str *name, struct str *text)
{
	AUTO_SBUF struct sbuf b = sbuf_make(KEY_TEXT_BYTES);
	note_verifier_put(&b, &key->key);
	*name = *text = (struct str){ 0 };
	if (!sbuf_ok(&b) || !arena_str(a, sbuf_str(&b), text))
		return;
	*name = str_first(*text, key->key.name.n + 1 + 2 * NOTE_KEY_HASH_BYTES);
}

static const char *use_of(const struct bundle_key *key)
{
	return key->trusted ? "trusted" : !key->has_private ? "cannot sign: its private key is not here"
	     : key->is_current ? "signs" : "signs, the key before";
}

static void put_key_json(struct sbuf *b, struct arena *a, const struct bundle_key *key)
{
	char until[RFC3339_MAX_BYTES];
	struct str name, text;
	key_text(a, key, &name, &text);
	sbuf_putc(b, '{');
	json_text(b, "key", name);
	json_text(b, "use", str_c(key->trusted ? "trusted" : key->has_private ? "signs" : "cannot sign"));
	json_bool(b, "current", key->is_current);
	json_bool(b, "over", key->until_ns && key->until_ns <= clock_wall());
	if (key->until_ns)
		json_text(b, "until", str_c(time_text(key->until_ns, until)));
	json_text(b, "public", text);
	sbuf_putc(b, '}');
}

static void put_key_row(struct sbuf *b, struct arena *a, const struct bundle_key *key)
{
	char until[RFC3339_MAX_BYTES];
	struct str name, text;
	key_text(a, key, &name, &text);
	put_cell(b, name);
	sbuf_printf(b, "\t%s\t%s%s\t", use_of(key),
	            key->until_ns ? time_text(key->until_ns, until) : "for good",
	            key->until_ns && key->until_ns <= clock_wall() ? " (over)" : "");
	put_cell(b, str_from(text, name.n < text.n ? name.n + 1 : text.n));
	sbuf_putc(b, '\n');
}

/* The path of the public key's file, for the other side. */
static enum err tell_path(struct job *j, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const char *whole = arena_printf(&j->arena, "%s/" KEYS_OUR_PUBLIC, j->data);
	if (!whole)
		return ERR(e, NOMEM, "path");
	if (j->json) {
		sbuf_putc(&b, '{');
		json_text(&b, "public", str_c(whole));
		sbuf_puts(&b, "}\n");
		return print_output(&b, e);
	}
	sbuf_printf(&b, "%s\n", whole);
	enum err err = print_output(&b, e);
	(void)fflush(stdout);            /* what follows speaks of it */
	if (!err)
		fprintf(stderr, "on the other side: chartlocker keys trust FILE, with this file\n");
	return err;
}

/* Names have neither spaces nor '+'. */
static struct str default_name(struct job *j)
{
	char host[256] = "";
	if (gethostname(host, sizeof host - 1) != 0 || !host[0])
		(void)snprintf(host, sizeof host, "chartlocker");
	for (char *c = host; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '+')
			*c = '-';
	const char *name = arena_dup(&j->arena, str_c(host));
	return str_c(name ? name : "chartlocker");
}

/* ---- the authority ---- */

static void put_authority_json(struct sbuf *b, struct job *j, const struct authority_facts *f)
{
	char until[RFC3339_MAX_BYTES];
	sbuf_putc(b, '{');
	json_text(b, "key", str_c(f->name));
	json_text(b, "use", STR("certificates of other hosts"));
	json_bool(b, "over", f->until_ns <= clock_wall());
	json_text(b, "until", str_c(time_text(f->until_ns, until)));
	json_text(b, "fingerprint", str_c(f->fingerprint));
	json_key(b, "certificate");
	sbuf_json(b, str_c(arena_printf(&j->arena, "%s/" KEYS_AUTHORITY_CERT, j->data)));
	sbuf_putc(b, '}');
}

static void put_authority_row(struct sbuf *b, const struct authority_facts *f)
{
	char until[RFC3339_MAX_BYTES];
	put_cell(b, str_c(f->name));
	sbuf_printf(b, "\tcertificates of other hosts\t%s%s\t%s\n", time_text(f->until_ns, until),
	            f->until_ns <= clock_wall() ? " (over)" : "", f->fingerprint);
}

/* Nothing, where there is none. */
static enum err put_authority(struct sbuf *b, struct job *j, struct errinfo *e)
{
	struct authority_facts facts;
	enum err err = keys_authority(j->dir, &facts, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (j->json) {
		json_next(b);
		put_authority_json(b, j, &facts);
	} else {
		put_authority_row(b, &facts);
	}
	return OK;
}

static enum err tell_authority(struct job *j, const struct authority_facts *f, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	char until[RFC3339_MAX_BYTES];
	if (j->json) {
		put_authority_json(&b, j, f);
		sbuf_putc(&b, '\n');
		return print_output(&b, e);
	}
	sbuf_printf(&b, "%s/" KEYS_AUTHORITY_CERT "\n", j->data);
	enum err err = print_output(&b, e);
	if (!err)
		fprintf(stderr, "SHA-256 fingerprint %s, until %s\nwho fetches charts has to trust this certificate;"
		        " %s stays here, and no backup has it\n", f->fingerprint, time_text(f->until_ns, until),
		        KEYS_AUTHORITY_KEY);
	return err;
}

static enum err make_authority(struct job *j, struct errinfo *e)
{
	struct str hosts[CMD_LIST_MAX];
	struct authority_facts facts;
	const char *name = j->name ?: arena_printf(&j->arena, "Chartlocker on %.*s", STR_ARG(default_name(j)));
	if (!name)
		return ERR(e, NOMEM, "a name");
	for (size_t i = 0; i < j->hosts.count; i++)
		hosts[i] = str_c(j->hosts.item[i]);
	struct authority_wish w = {
		.name = str_c(name), .hosts = hosts, .host_count = j->hosts.count, .now_ns = clock_wall(),
		.until_ns = j->until_ns ?: clock_wall() + AUTHORITY_DAYS * NS_PER_DAY,
	};
	enum err err = keys_make_authority(j->dir, &w, &facts, e);
	return err ? err : tell_authority(j, &facts, e);
}

/* ---- verbs ---- */

static enum err generate(struct job *j, struct errinfo *e)
{
	enum err err = keys_generate(j->dir, j->name ? str_c(j->name) : default_name(j), j->until_ns, e);
	return err ? err : tell_path(j, e);
}

static enum err rotate(struct job *j, struct errinfo *e)
{
	enum err err = keys_rotate(j->dir, str_c(j->name), j->until_ns, j->old_until_ns, e);
	return err ? err : tell_path(j, e);
}

static enum err list(struct job *j, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(OUTPUT_MAX_BYTES);
	struct bundle_key *keys;
	size_t count;
	enum err err = keys_list(j->dir, &j->arena, &keys, &count, e);
	if (err)
		return err;
	sbuf_puts(&b, j->json ? "[" : "KEY\tUSE\tUNTIL\tPUBLIC KEY, OR FINGERPRINT\n");
	for (size_t i = 0; i < count; i++) {
		if (j->json)
			json_next(&b);
		(j->json ? put_key_json : put_key_row)(&b, &j->arena, &keys[i]);
	}
	err = put_authority(&b, j, e);
	if (err)
		return err;
	if (j->json)
		sbuf_puts(&b, "]\n");
	if (j->json || !sbuf_ok(&b))
		return print_output(&b, e);
	print_table(sbuf_str(&b));
	return OK;
}

static enum err trust(struct job *j, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	char until[RFC3339_MAX_BYTES];
	size_t bytes;
	struct bundle_key key;
	struct str name, whole;
	enum err err = fs_read_named(j->argument, SIGNING_KEY_FILE_MAX_BYTES, &text, &bytes, e);
	if (err == ERR_TOO_LARGE)
		err = ERR(e, INVALID, "this is no bundle.pub: it is too large");
	if (!err)
		err = keys_trust(j->dir, &j->arena, str_make(text, bytes), &key, e);
	if (err) {
		err_prefix(e, "%s", j->argument);
		return err;
	}
	key_text(&j->arena, &key, &name, &whole);
	if (key.until_ns && key.until_ns <= clock_wall())
		fprintf(stderr, "warning: this key is over since %s, and bundles need another one\n",
		        time_text(key.until_ns, until));
	if (j->json)
		put_key_json(&b, &j->arena, &key);
	else
		sbuf_printf(&b, "trusted: %.*s", STR_ARG(name));
	sbuf_putc(&b, '\n');
	return print_output(&b, e);
}

static enum err distrust(struct job *j, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	enum err err = keys_distrust(j->dir, str_c(j->argument), e);
	if (err)
		return err;
	if (j->json) {
		sbuf_putc(&b, '{');
		json_text(&b, "key", str_c(j->argument));
		json_bool(&b, "trusted", false);
		sbuf_puts(&b, "}\n");
	} else {
		sbuf_printf(&b, "not trusted any more: %s\n", j->argument);
	}
	return print_output(&b, e);
}

/* `times`: --name and --until; `old`: --old-until, too; `hosts`: --host. */
static const struct keys_verb {
	const char *name;
	enum err (*run)(struct job *j, struct errinfo *e);
	const char *takes;               /* NULL: no argument */
	bool makes, times, old, hosts;
} verbs[] = {
	{ "generate", generate, NULL, true, true, false, false },
	{ "list", list, NULL, false, false, false, false },
	{ "trust", trust, "FILE", true, false, false, false },
	{ "rotate", rotate, NULL, false, true, true, false },
	{ "distrust", distrust, "KEY", false, false, false, false },
	{ "shadow-ca", make_authority, NULL, true, true, false, true },
};

static const struct keys_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* The side within a gap trusts a key before there is anything else. */
static enum err open_data(struct job *j, bool makes, struct errinfo *e)
{
	struct datadir_options how = { .allow_network_filesystem = true };
	enum err err = datadir_open(j->data, &how, &j->dir, e);
	if (err != ERR_NOT_FOUND || !makes)
		return err;
	how.create = how.write = true;
	return datadir_open(j->data, &how, &j->dir, e);
}

static int run(struct job *j, const struct keys_verb *v)
{
	struct errinfo e = { 0 };
	enum err err = v->run == list ? OK : owner_check(j->data, &e);
	if (!err)
		err = open_data(j, v->makes, &e);
	if (!err)
		err = v->run(j, &e);
	datadir_close(j->dir);
	arena_done(&j->arena);
	return err ? cmd_failed(j->self, &e) : EXIT_DONE;
}

int cmd_keys(const struct command *self, int argc, char **argv)
{
	struct job j = { .self = self, .data = cmd_data() };
	struct errinfo e = { 0 };
	const struct cmd_option options[] = {
		{ "data", 'd', CMD_TEXT, &j.data }, { "name", 0, CMD_TEXT, &j.name },
		{ "until", 'u', CMD_TEXT, &j.until }, { "old-until", 0, CMD_TEXT, &j.old_until },
		{ "host", 0, CMD_LIST, &j.hosts }, { "json", 'j', CMD_FLAG, &j.json }, { 0 },
	};
	int status = cmd_options(self, argc, argv, options);
	if (status >= 0)
		return status;
	const struct keys_verb *v = optind < argc ? find_verb(argv[optind]) : NULL;
	if (!v)
		return cmd_misused(self, "one of these is expected: generate, list, trust, rotate, distrust, shadow-ca");
	if (argc - optind - 1 != (v->takes != NULL))
		return cmd_misused(self, "%s takes %s", v->name, v->takes ? v->takes : "no argument");
	if (!v->times && (j.name || j.until))
		return cmd_misused(self, "%s: takes no --name and --until", v->name);
	if (!v->old && j.old_until)
		return cmd_misused(self, "%s: takes no --old-until", v->name);
	if (!v->hosts && j.hosts.count)
		return cmd_misused(self, "%s: takes no --host", v->name);
	if (read_times(&j, &e))
		return cmd_misused(self, "%s", e.detail);
	j.argument = argv[optind + 1];
	return run(&j, v);
}
