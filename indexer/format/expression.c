/* A tree (expression_read.c), from which a program for Thompson's machine is written: a step takes one
 * character of a set, goes on at two places, or stands at an end of the text.                 */
#include "indexer/format/expression_parts.h"

#include "indexer/base/limits.h"

enum step_kind { STEP_SET, STEP_BEGIN, STEP_END, STEP_BOTH, STEP_GO, STEP_DONE };
struct step { enum step_kind kind; uint32_t x, y; struct set set; };

struct expression { struct step *steps; uint32_t count; };

uint32_t expression_steps(const struct expression *x) { return x->count; }

/* ---- writing ---- */

/* How many steps a part comes to: what write_part writes, or more than EXPRESSION_STEPS_MAX. Repeating
 * nothing counts too, because it takes time.                                                   */
static uint32_t count_steps(const struct part *p)
{
	uint64_t left = p->left ? count_steps(p->left) : 0, right = p->right ? count_steps(p->right) : 0, n = 1;
	if (p->kind == PART_EMPTY || p->kind == PART_THEN)
		n = left + right;
	else if (p->kind == PART_OR)
		n = left + right + 2;
	else if (p->kind == PART_REPEAT)
		n = p->least * (left ? left : 1) +
		    (p->most == REPEAT_FOREVER ? left + 2 : (p->most - p->least) * (left + 1));
	return n > EXPRESSION_STEPS_MAX ? EXPRESSION_STEPS_MAX + 1 : (uint32_t)n;
}

static uint32_t write_step(struct expression *x, enum step_kind kind)
{
	x->steps[x->count] = (struct step){ .kind = kind };
	return x->count++;
}

static void write_part(struct expression *x, const struct part *p);

static void write_or(struct expression *x, const struct part *p)
{
	uint32_t both = write_step(x, STEP_BOTH);
	write_part(x, p->left);
	uint32_t go = write_step(x, STEP_GO);
	x->steps[both].x = both + 1;
	x->steps[both].y = x->count;
	write_part(x, p->right);
	x->steps[go].x = x->count;
}

/* Zero or one, or zero or more, of it. */
static void write_maybe(struct expression *x, const struct part *p, bool again)
{
	uint32_t both = write_step(x, STEP_BOTH);
	write_part(x, p);
	if (again)
		x->steps[write_step(x, STEP_GO)].x = both;
	x->steps[both].x = both + 1;
	x->steps[both].y = x->count;
}

static void write_repeat(struct expression *x, const struct part *p)
{
	for (uint32_t i = 0; i < p->least; i++)
		write_part(x, p->left);
	if (p->most == REPEAT_FOREVER)
		write_maybe(x, p->left, true);
	for (uint32_t i = p->least; i < p->most && p->most != REPEAT_FOREVER; i++)
		write_maybe(x, p->left, false);
}

static void write_part(struct expression *x, const struct part *p)
{
	switch (p->kind) {
	case PART_EMPTY:
		break;
	case PART_THEN:
		write_part(x, p->left);
		write_part(x, p->right);
		break;
	case PART_OR:
		write_or(x, p);
		break;
	case PART_REPEAT:
		write_repeat(x, p);
		break;
	case PART_SET:
		x->steps[write_step(x, STEP_SET)].set = p->set;
		break;
	default:
		(void)write_step(x, p->kind == PART_BEGIN ? STEP_BEGIN : STEP_END);
	}
}

enum err expression_new(struct arena *a, struct str text, uint32_t most, struct expression **ret,
                        struct errinfo *e)
{
	const struct part *all;
	if (text.n > EXPRESSION_MAX_BYTES)
		return ERR(e, INVALID, "an expression has more than %u bytes", EXPRESSION_MAX_BYTES);
	enum err err = expression_read(a, text, &all);
	if (err == ERR_NOMEM)
		return ERR(e, NOMEM, "expression");
	if (err)
		return ERR(e, INVALID, "\"%.*s\" is no expression that is read here", STR_ARG(text));
	uint32_t count = count_steps(all) + 1;
	if (count > most || count > EXPRESSION_STEPS_MAX)
		return ERR(e, INVALID, "\"%.*s\" is too large an expression", STR_ARG(text));
	struct expression *x = ARENA_NEW(a, struct expression);
	struct step *steps = arena_array(a, count, sizeof *steps);
	if (!x || !steps)
		return ERR(e, NOMEM, "expression");
	x->steps = steps;
	write_part(x, all);
	(void)write_step(x, STEP_DONE);
	*ret = x;
	return OK;
}

/* ---- matching ---- */

static bool set_has(const struct set *s, unsigned char c) { return s->bits[c / 64] >> (c % 64) & 1; }

struct places {
	uint32_t list[EXPRESSION_STEPS_MAX];     /* where it stands, and what is to be followed */
	uint32_t seen[EXPRESSION_STEPS_MAX];     /* the turn in which a step was entered last */
	uint32_t count;
};

/* What can be reached from a step without a character. True: the end. */
static bool enter(const struct expression *x, struct places *p, uint32_t step, uint32_t turn,
                  bool begins, bool ends)
{
	uint32_t stack[2 * EXPRESSION_STEPS_MAX + 1], n = 0;     /* a step that is new brings two */
	stack[n++] = step;
	while (n) {
		uint32_t now = stack[--n];
		const struct step *s = &x->steps[now];
		if (p->seen[now] == turn)
			continue;
		p->seen[now] = turn;
		if (s->kind == STEP_DONE)
			return true;
		if (s->kind == STEP_SET)
			p->list[p->count++] = now;
		else if (s->kind == STEP_GO || s->kind == STEP_BOTH)
			stack[n++] = s->x;
		else if ((s->kind == STEP_BEGIN && begins) || (s->kind == STEP_END && ends))
			stack[n++] = now + 1;
		if (s->kind == STEP_BOTH)
			stack[n++] = s->y;
	}
	return false;
}

bool expression_match(const struct expression *x, struct str text)
{
	struct places a = { .count = 0 }, b = { .count = 0 }, *now = &a, *next = &b;
	uint32_t turn = 1;
	for (size_t i = 0; i <= text.n; i++, turn++) {
		if (enter(x, now, 0, turn, i == 0, i == text.n))
			return true;
		next->count = 0;
		for (uint32_t k = 0; i < text.n && k < now->count; k++) {
			uint32_t at_step = now->list[k];
			if (set_has(&x->steps[at_step].set, (unsigned char)text.p[i]) &&
			    enter(x, next, at_step + 1, turn + 1, false, i + 1 == text.n))
				return true;
		}
		struct places *swap = now;
		now = next;
		next = swap;
	}
	return false;
}
