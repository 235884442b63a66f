/* sprig's functions of numbers. Integers wrap around as Go's do; the functions that end in "f" count in
 * decimals, so that 0.1 and 0.2 are 0.3: long double keeps more digits than a double can show.  */
#include "indexer/template/sprig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/template/form.h"

static struct tmpl_value int64_value(uint64_t n) { return tmpl_int64((int64_t)n); }

static uint64_t number_of(const struct tmpl_value *v) { return (uint64_t)sprig_to_int(v); }

TMPL_CALL(call_add)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += number_of(&v[i]);
	return tmpl_answer(ret, int64_value(sum));
}

TMPL_CALL(call_mul)
{
	uint64_t product = number_of(v);
	for (size_t i = 1; i < count; i++)
		product *= number_of(&v[i]);
	return tmpl_answer(ret, int64_value(product));
}

TMPL_CALL(call_add1) { return tmpl_answer(ret, int64_value(number_of(v) + 1)); }
TMPL_CALL(call_sub) { return tmpl_answer(ret, int64_value(number_of(v) - number_of(&v[1]))); }

static bool divide(struct tmpl_run *r, const struct tmpl_value *v, bool rest, struct tmpl_value *ret)
{
	int64_t a = sprig_to_int(v), b = sprig_to_int(&v[1]);
	if (!b)
		return tmpl_fail(r, ERR_METADATA, "runtime error: integer divide by zero");
	if (b == -1)
		return tmpl_answer(ret, int64_value(rest ? 0 : 0 - (uint64_t)a));
	return tmpl_answer(ret, int64_value((uint64_t)(rest ? a % b : a / b)));
}

TMPL_CALL(call_div) { return divide(r, v, false, ret); }
TMPL_CALL(call_mod) { return divide(r, v, true, ret); }

TMPL_CALL(call_max)
{
	int64_t most = sprig_to_int(v);
	for (size_t i = 1; i < count; i++)
		most = sprig_to_int(&v[i]) > most ? sprig_to_int(&v[i]) : most;
	return tmpl_answer(ret, int64_value((uint64_t)most));
}

TMPL_CALL(call_min)
{
	int64_t least = sprig_to_int(v);
	for (size_t i = 1; i < count; i++)
		least = sprig_to_int(&v[i]) < least ? sprig_to_int(&v[i]) : least;
	return tmpl_answer(ret, int64_value((uint64_t)least));
}

static bool extreme(const struct tmpl_value *v, size_t count, bool most, struct tmpl_value *ret)
{
	double found = sprig_to_float(v);
	for (size_t i = 1; i < count && !isnan(found); i++) {
		double d = sprig_to_float(&v[i]);
		if (isnan(d) || (most ? d > found : d < found))
			found = d;
	}
	return tmpl_answer(ret, tmpl_float(found));
}

TMPL_CALL(call_maxf) { return extreme(v, count, true, ret); }
TMPL_CALL(call_minf) { return extreme(v, count, false, ret); }
TMPL_CALL(call_floor) { return tmpl_answer(ret, tmpl_float(floor(sprig_to_float(v)))); }
TMPL_CALL(call_ceil) { return tmpl_answer(ret, tmpl_float(ceil(sprig_to_float(v)))); }

/* round VALUE PLACES [WHEN]: up from a half, or from another fraction. */
TMPL_CALL(call_round)
{
	int64_t places;
	double from = 0.5, whole;
	if (!tmpl_want_int(r, &v[1], &places) || (count > 2 && !sprig_float(r, &v[2], &from)))
		return false;
	double power = pow(10, (double)places), digit = power * sprig_to_float(v);
	double up = modf(digit, &whole) >= from ? ceil(digit) : floor(digit);
	return tmpl_answer(ret, tmpl_float(up / power));
}

/* ---- decimals ---- */

/* The shortest decimal that is this double: what a person wrote. */
static bool decimal_of(struct tmpl_run *r, const struct tmpl_value *v, long double *ret)
{
	double d = sprig_to_float(v);
	if (!isfinite(d))
		return tmpl_fail(r, ERR_METADATA, "Cannot create a Decimal from %s",
		                 isnan(d) ? "NaN" : d < 0 ? "-Inf" : "+Inf");
	char text[FORM_SHORTEST_BYTES];
	form_shortest(d, text);
	*ret = strtold(text, NULL);
	return true;
}

/* Sixteen digits behind the point, rounded away from zero. */
static long double quotient(long double a, long double b)
{
	char text[5200];                     /* the largest long double has 4933 digits */
	(void)snprintf(text, sizeof text, "%.16Lf", a / b);
	return strtold(text, NULL);
}

static bool decimals(struct tmpl_run *r, long double start, const struct tmpl_value *v, size_t count,
                     char operation, struct tmpl_value *ret)
{
	long double all = start;
	for (size_t i = 0; i < count; i++) {
		long double d;
		if (!decimal_of(r, &v[i], &d))
			return false;
		if (operation == '/' && fpclassify(d) == FP_ZERO)
			return tmpl_fail(r, ERR_METADATA, "decimal division by 0");
		all = operation == '+' ? all + d : operation == '-' ? all - d :
		      operation == '*' ? all * d : quotient(all, d);
	}
	return tmpl_answer(ret, tmpl_float((double)all));
}

static bool from_first(struct tmpl_run *r, const struct tmpl_value *v, size_t count, char operation,
                       struct tmpl_value *ret)
{
	long double first;
	return tmpl_take(r, count * 16) && decimal_of(r, v, &first) &&
	       decimals(r, first, v + 1, count - 1, operation, ret);
}

TMPL_CALL(call_addf) { return tmpl_take(r, count) && decimals(r, 0, v, count, '+', ret); }
TMPL_CALL(call_subf) { return from_first(r, v, count, '-', ret); }
TMPL_CALL(call_mulf) { return from_first(r, v, count, '*', ret); }
TMPL_CALL(call_divf) { return from_first(r, v, count, '/', ret); }

TMPL_CALL(call_add1f)
{
	struct tmpl_value one = tmpl_int(1);
	long double first;
	return decimal_of(r, v, &first) && decimals(r, first, &one, 1, '+', ret);
}

/* ---- casting ---- */

TMPL_CALL(call_int) { return tmpl_answer(ret, tmpl_int(sprig_to_int(v))); }
TMPL_CALL(call_int64) { return tmpl_answer(ret, int64_value(number_of(v))); }
TMPL_CALL(call_float64) { return tmpl_answer(ret, tmpl_float(sprig_to_float(v))); }

/* A file's mode: "0777" is 511. */
TMPL_CALL(call_to_decimal)
{
	struct str text;
	int64_t n = 0;
	if (!tmpl_to_text(r, v, &text))
		return false;
	if (!sprig_parse_int(text, 8, &n))
		n = 0;
	return tmpl_answer(ret, int64_value((uint64_t)n));
}

/* What is too large is the largest there is. */
TMPL_CALL(call_atoi)
{
	struct str text;
	int64_t n;
	if (!tmpl_want_text(r, v, &text))
		return false;
	(void)sprig_parse_int(text, 10, &n);
	return tmpl_answer(ret, tmpl_int(n));
}

/* The least one: some number has to be it, always the same. */
TMPL_CALL(call_rand_int)
{
	int64_t least, beyond;
	if (!tmpl_want_int(r, v, &least) || !tmpl_want_int(r, &v[1], &beyond))
		return false;
	if (beyond <= least)
		return tmpl_fail(r, ERR_METADATA, "invalid argument to Intn");
	return tmpl_answer(ret, tmpl_int(least));
}

const struct tmpl_function tmpl_functions_math[] = {
	{ "add", 0, 255, call_add },
	{ "add1", 1, 1, call_add1 },
	{ "sub", 2, 2, call_sub },
	{ "mul", 1, 255, call_mul },
	{ "div", 2, 2, call_div },
	{ "mod", 2, 2, call_mod },
	{ "max", 1, 255, call_max },
	{ "biggest", 1, 255, call_max },
	{ "min", 1, 255, call_min },
	{ "maxf", 1, 255, call_maxf },
	{ "minf", 1, 255, call_minf },
	{ "floor", 1, 1, call_floor },
	{ "ceil", 1, 1, call_ceil },
	{ "round", 2, 255, call_round },
	{ "addf", 0, 255, call_addf },
	{ "add1f", 1, 1, call_add1f },
	{ "subf", 1, 255, call_subf },
	{ "mulf", 1, 255, call_mulf },
	{ "divf", 1, 255, call_divf },
	{ "int", 1, 1, call_int },
	{ "int64", 1, 1, call_int64 },
	{ "float64", 1, 1, call_float64 },
	{ "toDecimal", 1, 1, call_to_decimal },
	{ "atoi", 1, 1, call_atoi },
	{ "randInt", 2, 2, call_rand_int },
};
const size_t tmpl_functions_math_count = sizeof tmpl_functions_math / sizeof *tmpl_functions_math;
