/* Arguments beyond all bounds: the functions of sprig end, within fuel and memory. */
#include "template_functions.h"

#define WITHIN "{{ $d := dict }}{{ $_ := set $d \"a\" $d }}"
#define DEEP   "{{ $d := dict }}{{ range until 1000 }}{{ $d = dict \"a\" $d }}{{ end }}"
#define LONG_OFTEN(n) "{{ $s := repeat 1000000 \"a\" }}{{ range until " #n " }}"
#define LAST   "9223372036854775807"
#define LEAST  "-9223372036854775808"

static const struct hostile hostile[] = {
	{ "numbers up to the last", "{{ until " LAST " }}", ERR_TOO_LARGE, "" },
	{ "numbers down to the least", "{{ until " LEAST " }}", ERR_TOO_LARGE, "" },
	{ "steps from end to end", "{{ untilStep " LEAST " " LAST " 1 }}", ERR_TOO_LARGE, "" },
	{ "steps from end to end, down", "{{ untilStep " LAST " " LEAST " -1 }}", ERR_TOO_LARGE, "" },
	{ "the widest steps", "{{ untilStep " LEAST " " LAST " " LAST " }}", OK,
	  "[" LEAST " -1 9223372036854775806]" },
	{ "the widest step down", "{{ untilStep " LAST " " LEAST " " LEAST " }}", OK, "[" LAST " -1]" },
	{ "a sequence to the last", "{{ seq " LAST " }}", ERR_TOO_LARGE, "" },
	{ "a sequence to the least", "{{ seq " LEAST " }}", ERR_TOO_LARGE, "" },
	{ "a sequence that ends with the last", "{{ seq 9223372036854775805 1 " LAST " | len }}", OK, "39" },
	{ "many sequences", "{{ range until 10000 }}{{ $_ := seq 10000 }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "lists that double", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "a list that grows", "{{ $l := list }}{{ range until 100000 }}{{ $l = append $l . }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "a list that grows in front", "{{ $l := list }}{{ range until 100000 }}{{ $l = prepend $l . }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "many that are unlike", "{{ until 20000 | uniq }}", ERR_TOO_LARGE, "" },
	{ "a text of many parts", "{{ split \",\" (repeat 30000 \"a,\") | len }}", ERR_TOO_LARGE, "" },
	{ "many without many", "{{ $l := until 100000 }}{{ range $l }}{{ $_ := without $l . }}{{ end }}",
	  ERR_TOO_LARGE, "" },
	{ "chunks of nothing", "{{ chunk 0 (until 3) }}", ERR_METADATA, "makeslice: len out of range" },
	{ "chunks of less", "{{ chunk " LEAST " (until 3) }}", ERR_METADATA, "makeslice: len out of range" },
	{ "a chunk of the most", "{{ chunk " LAST " (until 3) }}", OK, "[[0 1 2]]" },
	{ "a slice far behind", "{{ slice (until 3) " LAST " }}", ERR_METADATA, "slice index out of bounds" },
	{ "a slice far before", "{{ slice (until 3) " LEAST " " LAST " }}", ERR_METADATA,
	  "slice index out of bounds" },
	{ "a slice that is no number", "{{ slice (until 3) 1e300 }}", ERR_METADATA, "slice index out of bounds" },

	{ "a long text, looked at often", LONG_OFTEN(200) "{{ $_ := trim $s }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "a long text, escaped often", LONG_OFTEN(50) "{{ $_ := urlquery $s }}{{ end }}", ERR_TOO_LARGE, "" },
	{ "a long text, looked for often", LONG_OFTEN(200) "{{ $_ := contains \"b\" $s }}{{ end }}", ERR_TOO_LARGE, "" },

	{ "merged with itself", WITHIN "{{ merge $d $d | keys }}", ERR_TOO_LARGE, "" },
	{ "merged over itself", WITHIN "{{ mergeOverwrite $d $d | keys }}", ERR_TOO_LARGE, "" },
	{ "merged with what holds it", "{{ $d := dict \"b\" 1 }}{{ $o := dict \"a\" $d }}{{ $_ := set $d \"c\" $o }}"
	  "{{ merge $d $o | keys }}", OK, "[a b c]" },
	{ "a map within itself, copied", WITHIN "{{ deepCopy $d | len }}", ERR_TOO_LARGE, "" },
	{ "a map within itself, as a key", WITHIN "{{ dict $d 1 | len }}", ERR_NOMEM, "" },
	{ "a map within itself, dug", WITHIN "{{ dig \"a\" \"a\" \"a\" 1 $d | keys }}", OK, "[a]" },
	{ "a map within itself, among others", WITHIN "{{ $e := dict }}{{ $_ := set $e \"a\" $e }}{{ has $d (list $e) }}",
	  ERR_TOO_LARGE, "" },
	{ "a deep map, copied", DEEP "{{ deepCopy $d | len }}", ERR_TOO_LARGE, "" },
	{ "a deep map, merged", DEEP "{{ merge (dict) (dict \"x\" $d) (dict \"x\" $d) | len }}", ERR_TOO_LARGE, "" },
	{ "a deep map, found", DEEP "{{ has $d (list $d) }}", OK, "true" },
	{ "a list that doubles, copied", "{{ $l := list 1 }}{{ range until 60 }}{{ $l = list $l $l }}{{ end }}"
	  "{{ deepCopy $l | len }}", ERR_TOO_LARGE, "" },

	{ "the sum of the last and one", "{{ add " LAST " 1 }} {{ add1 " LAST " }} {{ sub " LEAST " 1 }}", OK,
	  LEAST " " LEAST " " LAST },
	{ "the least by minus one", "{{ div " LEAST " -1 }} {{ mod " LEAST " -1 }} {{ mul " LEAST " -1 }}", OK,
	  LEAST " 0 " LEAST },
	{ "rounded to far places", "{{ round 1.5 " LAST " }} {{ round 1.5 " LEAST " }}", OK, "NaN NaN" },
	{ "a quotient of far decimals", "{{ divf 1e308 1e-308 }}", OK, "+Inf" },
	{ "a number of many digits", "{{ $n := repeat 100000 \"9\" }}{{ int $n }} {{ float64 $n }} {{ atoi $n }}", OK,
	  "0 0 0" },
	{ "many underscores", "{{ int (repeat 200 \"1_\") }} {{ float64 (repeat 100 \"1__\") }}", OK, "0 0" },
	{ "a random number of none", "{{ randInt " LAST " " LEAST " }}", ERR_METADATA, "invalid argument to Intn" },
	{ "random texts", "{{ randAlphaNum " LAST " }}", ERR_TOO_LARGE, "" },
	{ "random bytes", "{{ randBytes " LAST " }}", ERR_TOO_LARGE, "" },
	{ "random texts of less", "[{{ randAscii " LEAST " }}]", OK, "[]" },
	{ "many certificates", "{{ range until 100000 }}{{ $_ := genCA \"a\" 1 }}{{ end }}", ERR_TOO_LARGE, "" },

	{ "a duration of the most", "{{ duration (int64 " LAST ") }} {{ duration \"" LAST "\" }}", OK, "-1s -1s" },
	{ "a duration of the least", "{{ durationRound (int64 " LEAST ") }}", OK, "292y" },
	{ "a duration of many digits", "{{ durationRound (print (repeat 10000 \"9\") \"h\") }}", OK, "0s" },
	{ "a duration of many parts", "{{ durationRound (repeat 10000 \"1ns\") }}", OK, "0s" },
	{ "a fraction of many digits", "{{ durationRound (print \"1.\" (repeat 10000 \"9\") \"h\") }}", OK, "2h" },
	{ "a time that is far", "{{ date \"2006\" (int64 " LAST ") }}", OK, "285428751" },
	{ "a time that is long ago", "{{ date \"2006-01-02 Mon 002\" (int64 " LEAST ") | len }}", OK, "24" },
	{ "a time gone on", "{{ $t := now }}{{ range until 300 }}{{ $t = dateModify \"2562047h\" $t }}{{ end }}"
	  "{{ $t.Year }}", OK, "89707" },
	{ "a date gone on", "{{ (now).AddDate " LAST " 0 0 }}", ERR_TOO_LARGE, "" },
	{ "a date gone back", "{{ (now).AddDate 0 " LEAST " 0 }}", ERR_TOO_LARGE, "" },
	{ "nanoseconds of a far time", "{{ ((now).AddDate 1000000 0 0).UnixNano | kindOf }}", OK, "int64" },
	{ "the 99th day of a month", "{{ (toDate \"2006-01-02\" \"2023-01-99\").Year }}", OK, "1" },
	{ "day 366 of a short year", "{{ (toDate \"2006 002\" \"2023 366\").Year }}", OK, "1" },
	{ "a zone that is far", "{{ (toDate \"2006 -0700\" \"2023 +9999\").Year }}", OK, "1" },
	{ "a long layout", "{{ toDate (repeat 10000 \"2006 \") (repeat 10000 \"2023 \") | unixEpoch }}", OK,
	  "1672531200" },
	{ "many long layouts", "{{ $l := repeat 10000 \"2006 \" }}{{ range until 1000 }}{{ $_ := date $l 0 }}{{ end }}",
	  ERR_TOO_LARGE, "" },

	{ "a version that is far", "{{ (semver \"18446744073709551615.0.0\").IncMajor }}", OK, "0.0.0" },
	{ "a version of many digits", "{{ semver (repeat 1000 \"9\") }}", ERR_METADATA, "" },
	{ "a range of many parts", "{{ semverCompare (repeat 100000 \"1 || \") \"1.0.0\" }}", ERR_METADATA, "" },
	{ "a path of many steps", "{{ clean (repeat 100000 \"a/../\") }}{{ clean (repeat 3 \"../\") }}", OK,
	  ".../../.." },
	{ "a path of many slashes", "{{ base (repeat 100000 \"/\") }}{{ dir (repeat 100000 \"/\") }}", OK, "//" },
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("beyond bounds", t_hostile, hostile);
}
