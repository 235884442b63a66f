/* See chart_network.h. */
#include "server/web/chart_network.h"

/* Those that an install uses, each once. */
static size_t count_images(const struct readiness *r)
{
	size_t count = 0;
	for (size_t i = 0; i < r->outside_count; i++)
		count += readiness_rule(r->outside[i].code)->kind == OUTSIDE_IMAGE;
	return count;
}

static const char *summarize(struct arena *a, const struct readiness *r)
{
	size_t errors = r->counts[READY_ERROR], warnings = r->counts[READY_WARNING], images = count_images(r);
	const char *error = say_plural(errors, "error", "errors"), *image = say_plural(images, "image", "images");
	const char *warning = say_plural(warnings, "warning", "warnings");
	if (errors && warnings)
		return arena_printf(a, "Fails without a network: %zu %s, %zu %s", errors, error, warnings, warning);
	if (errors)
		return arena_printf(a, "Fails without a network: %zu %s", errors, error);
	if (warnings)
		return arena_printf(a, "May fail without a network: %zu %s", warnings, warning);
	if (!images)
		return "Works without a network";
	return arena_printf(a, "Works without a network, with its %zu %s", images, image);
}

static struct network_row row_of(const struct readiness_finding *f)
{
	static const char *const marks[READY_SEVERITIES] = { "", "", "warn", "bad" };
	const struct readiness_rule *rule = readiness_rule(f->code);
	return (struct network_row){ *f, rule, readiness_severity_word(rule->severity), marks[rule->severity] };
}

void network_fill(struct call *c, struct chart_frame *f, struct chart_network *ret)
{
	struct readiness r;
	struct errinfo ignored = { 0 };
	if (call_readiness(c, &f->arena, f->hub, f->contents, STR(""), &r, &ignored))
		return;
	ret->summary = str_c(summarize(&f->arena, &r));
	ret->command = str_c(arena_printf(&f->arena, "chartlocker ready %.*s/%.*s@%.*s", STR_ARG(f->repo),
	                                  STR_ARG(f->name), STR_ARG(f->version)));
	while (ret->row_count < r.count && ret->row_count < NETWORK_ROWS_MAX) {
		ret->rows[ret->row_count] = row_of(&r.findings[ret->row_count]);
		ret->row_count++;
	}
	ret->more = r.count - ret->row_count;
}
