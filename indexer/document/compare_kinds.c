/* What the charts bring into a cluster: kinds of resources, CRDs, and the rights they ask for. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/compare_parts.h"

#define VERSION_MAX_BYTES 64u            /* of a version's name; Kubernetes takes 63 */

/* Orders of struct strs one after the other, while the ones before are equal. */
static int by_strs(const struct str *const *pairs)
{
	int way = 0;
	for (; !way && pairs[0]; pairs += 2)
		way = str_cmp(*pairs[0], *pairs[1]);
	return way;
}

/* ---- kinds ---- */

static int by_kind(const void *a, const void *b)
{
	const struct chart_kind *x = a, *y = b;
	return by_strs((const struct str *[]){ &x->kind, &y->kind, &x->api_version, &y->api_version, NULL });
}

struct counted { const struct chart_kind *kind; size_t count; };

static int by_counted(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;
	return by_kind(x->kind, y->kind);
}

/* A section of its own tells of them. */
static bool is_crd(const struct chart_kind *k)
{
	return str_eq(k->kind, STR("CustomResourceDefinition"));
}

/* Each once, with how often it is there. What was read is not touched: others compare it now. */
static enum err count_kinds(struct comparer *x, const struct chart_kinds *k, struct counted **ret,
                            size_t *ret_count)
{
	struct counted *list = arena_array(x->a, k->kind_count, sizeof *list);
	size_t all = 0, n = 0;
	if (!list)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < k->kind_count; i++)
		if (!is_crd(&k->kinds[i]))
			list[all++] = (struct counted){ &k->kinds[i], 1 };
	if (all)
		qsort(list, all, sizeof *list, by_counted);
	for (size_t i = 0; i < all; i++)
		if (n && !by_counted(&list[n - 1], &list[i]))
			list[n - 1].count++;
		else
			list[n++] = list[i];
	*ret = list;
	*ret_count = n;
	return OK;
}

static void put_kind(struct comparison *c, const struct compare_pair *pair)
{
	const struct counted *old = pair->old, *new = pair->new;
	const struct chart_kind *kind = old ? old->kind : new->kind;
	struct compare_kind row = { compare_change_of(pair), kind->kind, kind->api_version,
	                            old ? old->count : 0, new ? new->count : 0 };
	if (row.old_count == row.new_count) {
		c->same_kinds++;
		return;
	}
	c->kinds[c->kind_count++] = row;
	c->facts[FACT_KINDS_REMOVED] += row.change == COMPARE_REMOVED;
	c->facts[FACT_KINDS_ADDED] += row.change == COMPARE_ADDED;
}

static enum err compare_counted(struct comparer *x)
{
	static compare_order *const orders[] = { by_counted, NULL };
	struct counted *olds, *news;
	size_t old_count, new_count;
	struct compare_pairs pairs;
	enum err err = count_kinds(x, x->old->kinds, &olds, &old_count);
	err = err ?: count_kinds(x, x->new->kinds, &news, &new_count);
	err = err ?: compare_pair_up(x, COMPARE_LIST(olds, old_count), COMPARE_LIST(news, new_count),
	                             orders, &pairs);
	if (err)
		return err;
	x->c->kinds = arena_array(x->a, pairs.count, sizeof *x->c->kinds);
	if (!x->c->kinds)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count; i++)
		put_kind(x->c, &pairs.pairs[i]);
	return OK;
}

/* ---- CRDs ---- */

static int by_crd(const void *a, const void *b)
{
	const struct chart_crd *x = a, *y = b;
	return by_strs((const struct str *[]){ &x->group, &y->group, &x->kind, &y->kind, NULL });
}

static enum err tell_versions(struct comparer *x, const struct chart_crd *crd, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(CRD_VERSIONS_MAX * 2 * VERSION_MAX_BYTES);
	for (size_t i = 0; crd && i < crd->version_count; i++) {
		const struct crd_version *v = &crd->versions[i];
		sbuf_puts(&b, i ? ", " : "");
		sbuf_put(&b, str_fit(v->name, VERSION_MAX_BYTES));
		sbuf_puts(&b, v->storage ? " (stored)" : "");
		sbuf_puts(&b, v->served ? "" : " (not served)");
	}
	return compare_keep(x, &b, ret);
}

static bool serves(const struct chart_crd *crd, struct str version)
{
	for (size_t i = 0; i < crd->version_count; i++)
		if (crd->versions[i].served && str_eq(crd->versions[i].name, version))
			return true;
	return false;
}

/* Objects of that version apply no longer. Without any version the new one could not be read. */
static bool loses_version(const struct chart_crd *old, const struct chart_crd *new)
{
	for (size_t i = 0; new->version_count && i < old->version_count; i++)
		if (old->versions[i].served && !serves(new, old->versions[i].name))
			return true;
	return false;
}

static enum err put_crd(struct comparer *x, const struct compare_pair *pair)
{
	static const enum compare_fact facts[] = {
		[COMPARE_REMOVED] = FACT_CRDS_REMOVED, [COMPARE_ADDED] = FACT_CRDS_ADDED,
		[COMPARE_CHANGED] = FACT_CRDS_CHANGED,
	};
	struct compare_crd row = { .change = compare_change_of(pair), .old = pair->old, .new = pair->new };
	enum err err = tell_versions(x, row.old, &row.old_versions);
	err = err ?: tell_versions(x, row.new, &row.new_versions);
	if (err)
		return err;
	if (row.change == COMPARE_CHANGED && str_eq(row.old_versions, row.new_versions) &&
	    str_eq(row.old->scope, row.new->scope)) {
		x->c->same_crds++;
		return OK;
	}
	x->c->crds[x->c->crd_count++] = row;
	bool loses = row.change == COMPARE_CHANGED && loses_version(row.old, row.new);
	x->c->facts[loses ? FACT_CRDS_UNSERVED : facts[row.change]]++;
	return OK;
}

static enum err compare_crds(struct comparer *x)
{
	const struct chart_kinds *old = x->old->kinds, *new = x->new->kinds;
	static compare_order *const orders[] = { by_crd, NULL };
	struct compare_pairs pairs;
	enum err err = compare_pair_up(x, COMPARE_LIST(old->crds, old->crd_count),
	                               COMPARE_LIST(new->crds, new->crd_count), orders, &pairs);
	if (err)
		return err;
	x->c->crds = arena_array(x->a, pairs.count, sizeof *x->c->crds);
	if (!x->c->crds)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < pairs.count && !err; i++)
		err = put_crd(x, &pairs.pairs[i]);
	return err;
}

/* ---- rights ---- */

static int by_rule(const void *a, const void *b)
{
	const struct chart_rule *x = a, *y = b;
	return by_strs((const struct str *[]){ &x->role_kind, &y->role_kind, &x->groups, &y->groups,
	               &x->resources, &y->resources, &x->urls, &y->urls, &x->names, &y->names,
	               &x->verbs, &y->verbs, NULL });
}

static int by_binding(const void *a, const void *b)
{
	const struct chart_binding *x = a, *y = b;
	return by_strs((const struct str *[]){ &x->kind, &y->kind, &x->role_kind, &y->role_kind,
	               &x->role, &y->role, NULL });
}

static void put_right(struct comparison *c, const struct compare_pair *pair, bool is_rule)
{
	struct compare_right row = { .change = compare_change_of(pair) };
	const void *right = pair->old ? pair->old : pair->new;
	if (row.change == COMPARE_CHANGED) {
		c->same_rights++;
		return;
	}
	if (is_rule)
		row.rule = right;
	else
		row.binding = right;
	c->rights[c->right_count++] = row;
	bool dangerous = is_rule ? row.rule->dangers : row.binding->cluster_admin;
	c->facts[row.change == COMPARE_REMOVED ? FACT_RIGHTS_REMOVED
	       : dangerous ? FACT_RIGHTS_DANGEROUS : FACT_RIGHTS_ADDED]++;
}

static enum err compare_rights(struct comparer *x)
{
	const struct chart_kinds *old = x->old->kinds, *new = x->new->kinds;
	static compare_order *const rule_orders[] = { by_rule, NULL };
	static compare_order *const binding_orders[] = { by_binding, NULL };
	struct compare_pairs rules, bindings;
	enum err err = compare_pair_up(x, COMPARE_LIST(old->rules, old->rule_count),
	                               COMPARE_LIST(new->rules, new->rule_count), rule_orders, &rules);
	err = err ?: compare_pair_up(x, COMPARE_LIST(old->bindings, old->binding_count),
	                             COMPARE_LIST(new->bindings, new->binding_count), binding_orders,
	                             &bindings);
	if (err)
		return err;
	x->c->rights = arena_array(x->a, rules.count + bindings.count, sizeof *x->c->rights);
	if (!x->c->rights)
		return ERR(x->e, NOMEM, "comparison");
	for (size_t i = 0; i < rules.count; i++)
		put_right(x->c, &rules.pairs[i], true);
	for (size_t i = 0; i < bindings.count; i++)
		put_right(x->c, &bindings.pairs[i], false);
	return OK;
}

enum err compare_kinds(struct comparer *x)
{
	x->c->cut |= x->old->kinds->cut || x->new->kinds->cut;
	enum err err = compare_counted(x);
	err = err ?: compare_crds(x);
	return err ?: compare_rights(x);
}
