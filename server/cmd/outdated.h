/* What `chartlocker outdated` found out of a chart's dependencies.
 *
 *     outdated.c        the command
 *     outdated_chart.c  the chart: a directory, its Chart.yaml, an archive
 *     outdated_ask.c    versions: of a server, of a data directory, or of the repositories themselves
 *     outdated_show.c   the ways to tell it
 *     outdated_write.c  Chart.yaml with newer ranges
 *     outdated_all.c    of all charts of a catalog instead
 */
#pragma once

#include "indexer/format/chart.h"
#include "indexer/format/upgrade.h"

struct outdated_row {
	const struct chart_dependency *d;
	struct str locked, locked_repository, vendored;
	struct str current;              /* locked, else vendored, else what the range gives */
	struct str meant;                /* what the range gives; empty: nothing, or a server knows */
	struct str newest;               /* empty: not known */
	struct str step[UPGRADE_KINDS];  /* as of graph_edge */
	enum upgrade_kind kind;
	bool admitted;
	bool deprecated;                 /* what the range gives, or the newest */
	bool unanswered;                 /* its repository did not answer */
	struct str unknown;              /* why there is nothing to compare with; empty: there is */
};

struct outdated {
	const char *path;                /* as it was named */
	const char *server, *data;       /* both NULL: the repositories that the chart names */
	enum upgrade_kind fail_on, up_to;        /* NONE: nothing fails; as far as possible */
	bool json, markdown, write;
	struct arena arena;
	struct chart chart;
	struct chart_scratch scratch;
	char *archive;                   /* the bytes of one; free */
	const char *directory;           /* where file:// begins; NULL: of an archive */
	const char *file;                /* that has the dependencies; NULL: of an archive */
	struct outdated_row *rows;       /* of each dependency */
	size_t count;
	bool failed;                     /* a repository did not answer, a range could not be written */
	struct errinfo *e;
};

NODISCARD enum err outdated_read(struct outdated *o);
NODISCARD enum err outdated_ask(struct outdated *o);
NODISCARD enum err outdated_show(struct outdated *o);
NODISCARD enum err outdated_write(struct outdated *o);
/* Asks `server`, or else `data`, and prints it; of one repository unless that is NULL. *ret_fails: something
 * is as far behind as `fail_on`.                                                             */
NODISCARD enum err outdated_all(struct outdated *o, const char *repo, bool *ret_fails);

/* "3 of 7 dependencies are out of date: 1 major, 2 minor; 1 not compared"; `kinds`: how many dependencies of
 * each, `unknown`: of none.                                                                   */
void outdated_put_summary(struct sbuf *b, const char *what, size_t behind, size_t all,
                          const size_t kinds[UPGRADE_KINDS], size_t unknown);
/* Text in a cell: nothing in it is Markdown or HTML. */
void put_markdown(struct sbuf *b, struct str s);
