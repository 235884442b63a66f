/* Every allocation of a template that calls a function of each file fails once, and so do every one out of
 * the arena and every step: NOMEM or TOO_LARGE, and nothing leaks.                             */
#include "buffer.h"
#include "nomem_arena.h"
#include "template_functions.h"

static const struct call { const char *name, *text, *result; } calls[] = {
	{ "go", "{{ printf \"%05d %v %c%U %+06.1f\" 7 (list 1 2) 65 66 1.5 }}{{ urlquery \"a/\" }}",
	  "00007 [1 2] AU+0042 +001.5a%2F" },
	{ "text", "{{ nindent 2 \"a\\nb\" }}{{ quote \"a\" }}", "\n  a\n  b\"a\"" },
	{ "split", "{{ splitList \",\" \"a,b\" | join \"-\" }}{{ (split \"/\" \"a/b\")._1 }}", "a-bb" },
	{ "case", "{{ snakecase \"FirstName\" }}", "first_name" },
	{ "helm", "{{ required \"x\" \"a\" }}{{ tpl \"{{ .Values.num }}\" . }}", "a5" },
	{ "regex", "{{ regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }}", "-W-xxW-" },
	{ "encoding", "{{ b64enc \"hello\" | b64dec }}{{ sha256sum \"a\" | trunc 8 }}", "helloca978112" },
	{ "url", "{{ (urlParse \"HTTP://a/b\").host }}{{ (urlParse \"HTTP:b\").scheme }}{{ urlJoin (dict \"scheme\" \"http\" \"host\" \"h\") }}",
	  "ahttphttp://h" },
	{ "data", "{{ toYaml (fromJson \"{\\\"a\\\": [1, {}]}\") }}{{ toToml (dict \"a\" 1) }}",
	  "a:\n- 1\n- {}a = 1\n" },
	{ "pretty data", "{{ toYamlPretty (dict \"a\" (list 1 (list \"x\\ny\" (dict))) \"b\" 1.0) }}",
	  "a:\n  - 1\n  - - |-\n      x\n      y\n    - {}\nb: 1" },
	{ "list", "{{ concat (until 2) (list 5) | reverse | uniq | chunk 2 }}{{ seq 3 }}", "[[5 1] [0]]1 2 3" },
	{ "map", "{{ merge (deepCopy (dict \"a\" (dict \"b\" 1))) (dict \"a\" (dict \"c\" 2)) }}", "map[a:map[b:1 c:2]]" },
	{ "math", "{{ addf 0.1 0.2 }} {{ add 1 \"2\" }}", "0.3 3" },
	{ "date", "{{ (toDate \"2006-01-02\" \"2023-05-06\" | dateModify \"25h\").Format \"02.01.\" }}{{ duration \"95\" }}",
	  "07.05.1m35s" },
	{ "version", "{{ (semver \"1.2.3-a\").IncMinor }} {{ semverCompare \">=1 <3 || 5\" \"2.0.0\" }}", "1.3.0 true" },
	{ "secret", "{{ randAlphaNum 4 | len }}{{ randBytes 3 | len }}{{ htpasswd \"u\" \"p\" | len }}", "4462" },
	{ "what is not known", "{{ genPrivateKey \"x\" }}, {{ derivePassword 1 \"x\" \"\" \"\" \"\" }}{{ sha1sum \"\" | trunc 4 }}",
	  "Unknown type x, cannot find password template xda39" },
	{ "certificate", "{{ (genSignedCert \"a\" nil (list \"b\") 1 (genCA \"x\" 1)).Cert | trunc 5 }}", "-----" },
	{ "path", "{{ clean \"a/../b//c\" }}{{ dir \"/a/b\" }}", "b/c/a" },
};

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	const struct call *call = row;
	AUTO_SBUF struct sbuf out = sbuf_make(64 * KIB);
	enum err err = render_with(a, str_c(call->text), "num: 5", 1000000, &out, e);
	if (!err)
		assert_buffer(&out, call->result);
	return err;
}

static void t_heap(void **state) { each_allocation_fails(run, *state); }

static void t_arena(void **state) { each_room_is_too_small(run, *state, ERR_TOO_LARGE); }

static enum err run_on(const struct call *call, uint64_t fuel)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf out = sbuf_make(64 * KIB);
	struct errinfo e = { 0 };
	return render_with(&a, str_c(call->text), "num: 5", fuel, &out, &e);
}

static void t_fuel(void **state)
{
	enum err err = ERR_TOO_LARGE;
	for (uint64_t fuel = 1; err; fuel++) {
		long live = nomem_live();
		err = run_on(*state, fuel);
		assert_true(err == OK || err == ERR_TOO_LARGE);
		assert_int_equal(nomem_live(), live);
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("the heap", t_heap, calls);
	failed += RUN_TABLE("the arena", t_arena, calls);
	return failed + RUN_TABLE("fuel", t_fuel, calls);
}
