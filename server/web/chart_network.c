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
	size_t look = r->counts[READY_ERROR] + r->counts[READY_WARNING], images = count_images(r);
	if (look)
		return arena_printf(a, "%zu thing%s to look at", look, look == 1 ? "" : "s");
	if (!images)
		return "Works without a network";
	return arena_printf(a, "Works without a network, with its %zu image%s", images, images == 1 ? "" : "s");
}

static struct network_row row_of(const struct readiness_finding *f)
{
	static const char *const marks[] = { [READY_FINE] = "", [READY_INFO] = "", [READY_WARNING] = "warn", [READY_ERROR] = "bad" };
	const struct readiness_rule *rule = readiness_rule(f->code);
	return (struct network_row){ *f, rule, readiness_severity_word(rule->severity), marks[rule->severity] };
}

enum err network_fill(struct call *c, struct chart_frame *f, struct chart_network *ret, struct errinfo *e)
{
	struct readiness r;
	enum err err = call_readiness(c, &f->arena, f->hub, f->contents, STR(""), &r, e);
	if (err)
		return err;
	const char *summary = summarize(&f->arena, &r);
	const char *command = arena_printf(&f->arena, "chartlocker ready %.*s/%.*s@%.*s", STR_ARG(f->repo),
	                                   STR_ARG(f->name), STR_ARG(f->version));
	if (!summary || !command)
		return ERR(e, NOMEM, "page");
	ret->summary = str_c(summary);
	ret->command = str_c(command);
	while (ret->row_count < r.count && ret->row_count < NETWORK_ROWS_MAX) {
		ret->rows[ret->row_count] = row_of(&r.findings[ret->row_count]);
		ret->row_count++;
	}
	ret->more = r.count - ret->row_count;
	return OK;
}
