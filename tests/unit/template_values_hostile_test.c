/* Templates that want too much of a function: they end, within fuel and memory. */
#include "template_functions.h"

static const struct hostile hostile[] = {
	{ "a map within itself, as YAML", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}[{{ toYaml $d }}]", OK, "[]" },
	{ "a map within itself, as JSON", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}[{{ toJson $d }}]", OK, "[]" },
	{ "a map within itself, by must", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ mustToJson $d }}",
	  ERR_METADATA, "encountered a cycle via map[string]interface {}" },
	{ "a map within itself, as TOML", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ toToml $d }}", OK,
	  "toml: a table within itself" },
	{ "a map within itself, printed", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ print $d }}",
	  ERR_NOMEM, "" },
	{ "a map within itself, compared", "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}{{ $e := dict }}"
	  "{{ $_ := set $e \"a\" $e }}{{ deepEqual $d $e }}", ERR_TOO_LARGE,
	  "" },
	{ "a list that doubles, as JSON", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}"
	  "{{ toJson $l }}", ERR_TOO_LARGE, "" },
	{ "a list that doubles, as YAML", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}"
	  "{{ toYaml $l }}", ERR_TOO_LARGE, "" },
	{ "a list that doubles, printed", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}"
	  "{{ printf \"%v\" $l }}", ERR_TOO_LARGE, "" },
	{ "a text that doubles", "{{ $s := \"x\" }}{{ range until 60 }}{{ $s = print $s $s }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "repeated often", "{{ repeat 9223372036854775807 \"xy\" }}", ERR_TOO_LARGE, "" },
	{ "indented far", "{{ indent 9223372036854775807 \"x\" }}", ERR_TOO_LARGE, "" },
	{ "printed widely", "{{ range until 1000 }}{{ $_ := printf \"%1000000d\" 1 }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "a width that is none", "{{ printf \"%99999999999d\" 1 }}", OK, "%!(NOVERB)%!(EXTRA int=1)" },
	{ "replaced by more", "{{ $s := repeat 10000 \"a\" }}{{ $_ := replace \"a\" $s $s }}", ERR_TOO_LARGE, "" },
	{ "a pattern that goes back", "{{ regexMatch \"^(a+)+$\" (print (repeat 40 \"a\") \"b\") }}", ERR_TOO_LARGE,
	  "" },
	{ "many of them", "{{ range until 100000 }}{{ $_ := regexMatch \"(x+x+)+y\" \"xxxxxxxxxxxx\" }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "a pattern that begins anywhere", "{{ regexMatch \"a*[bc]\" (repeat 4000000 \"a\") }}", ERR_TOO_LARGE, "" },
	{ "a pattern that goes back anywhere", "{{ $s := repeat 1000000 \"x\" }}{{ regexMatch \"(?:x|xx|xxx){9}[yz]\" $s }}",
	  ERR_TOO_LARGE, "too many steps" },
	{ "a pattern that runs far before it fails", "{{ $s := repeat 4000 (print (repeat 999 \"a\") \"!\") }}"
	  "{{ range until 100 }}{{ $_ := regexMatch \"[a-z]{1000}[0-9]\" $s }}{{ end }}", ERR_TOO_LARGE,
	  "too many steps" },
	{ "a pattern of many ranges", "{{ $c := \"\" }}{{ range untilStep 256 2800 2 }}{{ $c = printf \"%s%c\" $c . }}"
	  "{{ end }}{{ $s := repeat 900000 (printf \"%c\" 2798) }}{{ range until 100 }}"
	  "{{ $_ := regexMatch (print \"[\" $c \"]{900}[0-9]\") $s }}{{ end }}", ERR_TOO_LARGE, "too many steps" },
	{ "a pattern of many groups", "{{ $p := print (repeat 2000 \"()\") \"(?:a|aa)*?[bc]\" }}"
	  "{{ $s := repeat 1000 \"a\" }}{{ range until 1000 }}{{ $_ := regexMatch $p $s }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "a pattern that nests what may be nothing", "{{ regexMatch (print (repeat 190 \"(\") \"a\" (repeat 190 \")*\") "
	  "\"[bc]\") (repeat 1000 \"a\") }}", ERR_TOO_LARGE, "" },
	{ "everything replaced, often", "{{ $s := repeat 100000 \"a\" }}{{ range until 100 }}"
	  "{{ $_ := regexReplaceAll \"a\" $s \"b\" }}{{ end }}", ERR_TOO_LARGE, "too many steps" },
	{ "everything replaced by more", "{{ regexReplaceAll \"(a*)\" (repeat 100000 \"a\") (repeat 1000 \"$1\") }}",
	  ERR_TOO_LARGE, "" },
	{ "repeated more than RE2 repeats", "{{ mustRegexMatch \"a{1001}\" \"a\" }}", ERR_METADATA,
	  "invalid repeat count: `a{1001}`" },
	{ "repeated more often than a number has room for", "{{ mustRegexMatch \"a{1,99999999999999999999}\" \"a\" }}",
	  ERR_METADATA, "invalid repeat count: `a{1,99999999999999999999}`" },
	{ "a pattern that is large", "{{ regexMatch \"((((a{1000}){1000}){1000}){1000})\" \"a\" }}", OK, "false" },
	{ "many parentheses", "{{ regexMatch (print (repeat 5000 \"(\") (repeat 5000 \")\")) \"a\" }}", OK, "false" },
	{ "a long pattern", "{{ mustRegexMatch (repeat 20000 \"a\") \"a\" }}", ERR_METADATA,
	  "" },
	{ "a verb of PCRE2", "{{ mustRegexMatch \"(*LIMIT_MATCH=1)a\" \"a\" }}", ERR_METADATA, "" },
	{ "itself within a pattern", "{{ mustRegexMatch \"(a(?R)?b)\" \"ab\" }}", ERR_METADATA, "" },
	{ "bytes that are no text", "{{ regexReplaceAll \"b\" (b64dec \"/2L/\") \"x\" | b64enc }}", OK, "/3j/" },
	{ "YAML of many aliases", "{{ fromYaml \"a: &a [1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\\n"
	  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\\n"
	  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\\n"
	  "g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\" | keys }}", OK, "[Error]" },
	{ "deep YAML", "{{ fromYaml (print \"a: \" (repeat 5000 \"[\")) | keys }}", OK, "[Error]" },
	{ "deep JSON", "{{ fromJsonArray (print (repeat 5000 \"[\") (repeat 5000 \"]\")) | len }}", OK, "1" },
	{ "many keys in the worst order", "{{ $d := dict }}{{ range untilStep 100000 0 -1 }}"
	  "{{ $_ := set $d (printf \"%06d\" .) 1 }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "an address of escapes", "{{ urlParse \"http://h/%zz\" }}", ERR_METADATA, "invalid URL escape \"%zz\"" },
	{ "a constant of another type", "{{ trim 5 }}", ERR_METADATA, "wrong type for value; expected string; got int" },
	{ "a number that is a text", "{{ indent \"2\" \"a\" }}", ERR_METADATA,
	  "wrong type for value; expected int; got string" },
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("too much", t_hostile, hostile);
}
