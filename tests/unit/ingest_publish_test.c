/* Every change against everything that may be there already: one row, one whole story.
 * Long because it is one table of stories. */
#include "buffer.h"
#include "ingest_fixture.h"

#define CHANGES_MAX 24

/* What is told of a change: the error, or "ok", or "same" for bytes that were there already; the
 * events; and what is there now, where that is something else than before. A change that begins
 * with "!" is made where the repository allows overwriting, with "~" where names return.    */
struct relation { const char *change, *wanted; };

static const struct past { const char *before; struct relation rows[CHANGES_MAX]; } pasts[] = {
	{ "", {                                  /* nothing */
		{ "publish A", "ok +publish: A, live A, shown A" },
		{ "publish B", "ok +publish: B, live B, shown B" },
		{ "publish A+P", "ok +publish +prov: A P, live A+P, shown A" },
		{ "force B", "ok +publish: B, live B, shown B" },
		{ "!force B", "ok +publish: B, live B, shown B" },
		{ "!force B+R", "ok +publish +prov: B R, live B+R, shown B" },
		{ "try A", "ok" },
		{ "try B", "ok" },
		{ "!try-force B", "ok" },
		{ "prov P", "not_found" },
		{ "!force-prov Q", "not_found" },
		{ "prov R", "not_found" },
		{ "delete", "not_found" },
		{ "try-delete", "not_found" },
		{ "report", "not_found" },
		{ "fsck-report", "not_found" },
		{ "adopt A", "ok +publish: A, live A, shown A" },
		{ "adopt A+P", "ok +publish +prov: A P, live A+P, shown A" },
		{ "adopt A+S", "ok +publish: A, live A, shown A" },
		{ "adopt A+R", "ok +publish: A, live A, shown A" },
	} },
	{ "publish A", {                /* the version */
		{ "~publish B", "version_exists" },
		{ "~publish A", "same" },
		{ "adopt A", "same" },
		{ "adopt B", "version_exists" },
		{ "adopt A+P", "same" },
		{ "publish A", "same" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "!force A", "same" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "ok +prov: A P, live A+P, shown A" },
		{ "!force-prov Q", "ok +prov: A Q, live A+Q, shown A" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok" },
		{ "publish B+P", "provenance_refused" },
		{ "publish A+S", "provenance_refused" },
	} },
	{ "publish A+P; rm-prov", {                /* somebody removed the provenance file */
		{ "prov Q", "version_exists" },
		{ "~prov Q", "ok +prov: A Q, live A+Q, shown A" },
		{ "~publish B+R", "version_exists" },
	} },
	{ "publish A+P", {                /* with a provenance file */
		{ "~prov Q", "version_exists" },
		{ "publish A", "same" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same" },
		{ "publish A+Q", "version_exists" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "same" },
		{ "prov Q", "version_exists" },
		{ "!force-prov Q", "ok +prov: A Q, live A+Q, shown A" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok" },
	} },
	{ "publish A; delete", {                /* a tombstone */
		{ "~publish B", "ok +publish: B, live B, shown B" },
		{ "~publish B+R", "ok +publish +prov: B R, live B+R, shown B" },
		{ "~publish A", "ok +undelete: A, live A, shown A" },
		{ "adopt A", "same" },
		{ "adopt B", "same" },
		{ "publish A", "ok +undelete: A, live A, shown A" },
		{ "publish B", "version_deleted" },
		{ "publish A+P", "ok +undelete +prov: A P, live A+P, shown A" },
		{ "force B", "version_deleted" },
		{ "!force B", "version_deleted" },
		{ "!force B+R", "version_deleted" },
		{ "try A", "ok" },
		{ "try B", "version_deleted" },
		{ "!try-force B", "version_deleted" },
		{ "prov P", "not_found" },
		{ "!force-prov Q", "not_found" },
		{ "prov R", "not_found" },
		{ "delete", "not_found" },
		{ "try-delete", "not_found" },
		{ "report", "not_found" },
		{ "fsck-report", "not_found" },
	} },
	{ "publish A; spoil; report", {                /* damaged */
		{ "~publish B", "version_exists" },
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A, quarantine 1" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "ok +prov: ? P, damaged A+P" },
		{ "!force-prov Q", "ok +prov: ? Q, damaged A+Q" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok: -, damaged A, quarantine 1" },
	} },
	{ "publish A; spoil; fsck-report", {                /* damaged and put away */
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A, quarantine 1" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B, quarantine 1" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B, quarantine 1" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "ok +prov: - P, damaged A+P, quarantine 1" },
		{ "!force-prov Q", "ok +prov: - Q, damaged A+Q, quarantine 1" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A, quarantine 1" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok" },
	} },
	{ "publish A; rm", {                /* the file is missing, nobody noticed */
		{ "~publish B", "ok +overwrite: B, live B, shown B" },
		{ "~publish B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "~publish A", "same: A, live A, shown A" },
		{ "publish A", "same: A, live A, shown A" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "ok +prov: - P, live A+P, shown A" },
		{ "!force-prov Q", "ok +prov: - Q, live A+Q, shown A" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "try-delete", "ok" },
		{ "report", "ok: -, damaged A" },
		{ "fsck-report", "ok: -, damaged A" },
	} },
	{ "publish A; rm; report", {                /* the file is missing */
		{ "~publish B", "ok +overwrite: B, live B, shown B" },
		{ "publish A", "same: A, live A, shown A" },
		{ "publish B", "version_exists" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A" },
		{ "force B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "try A", "same" },
		{ "try B", "version_exists" },
		{ "!try-force B", "ok" },
		{ "prov P", "ok +prov: - P, damaged A+P" },
		{ "!force-prov Q", "ok +prov: - Q, damaged A+Q" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok" },
	} },
	{ "put B", {                /* an orphan is in the way */
		{ "publish A", "ok +publish: A, live A, shown A, quarantine 1" },
		{ "publish B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "publish A+P", "ok +publish +prov: A P, live A+P, shown A, quarantine 1" },
		{ "force B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "!force B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "!force B+R", "ok +publish +prov: B R, live B+R, shown B, quarantine 1" },
		{ "try A", "ok" },
		{ "try B", "ok" },
		{ "!try-force B", "ok" },
		{ "prov P", "not_found" },
		{ "!force-prov Q", "not_found" },
		{ "prov R", "not_found" },
		{ "delete", "not_found" },
		{ "try-delete", "not_found" },
		{ "report", "not_found" },
		{ "fsck-report", "not_found" },
	} },
	{ "mkdir", {                /* a directory is in the way */
		{ "publish A", "ok +publish: A, live A, shown A, quarantine 1" },
		{ "publish B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "publish A+P", "ok +publish +prov: A P, live A+P, shown A, quarantine 1" },
		{ "force B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "!force B", "ok +publish: B, live B, shown B, quarantine 1" },
		{ "!force B+R", "ok +publish +prov: B R, live B+R, shown B, quarantine 1" },
		{ "try A", "ok" },
		{ "try B", "ok" },
		{ "!try-force B", "ok" },
		{ "prov P", "not_found" },
		{ "!force-prov Q", "not_found" },
		{ "prov R", "not_found" },
		{ "delete", "not_found" },
		{ "try-delete", "not_found" },
		{ "report", "not_found" },
		{ "fsck-report", "not_found" },
	} },
	{ "publish T", {                /* another chart has the file name */
		{ "publish A", "file_name_taken" },
		{ "publish B", "file_name_taken" },
		{ "publish A+P", "file_name_taken" },
		{ "force B", "file_name_taken" },
		{ "!force B", "file_name_taken" },
		{ "!force B+R", "file_name_taken" },
		{ "try A", "file_name_taken" },
		{ "try B", "file_name_taken" },
		{ "!try-force B", "file_name_taken" },
		{ "prov P", "provenance_refused" },
		{ "!force-prov Q", "provenance_refused" },
		{ "prov R", "provenance_refused" },
		{ "delete", "ok +delete: -, deleted T" },
		{ "try-delete", "ok" },
		{ "report", "ok" },
		{ "fsck-report", "ok" },
		{ "prov S", "ok +prov: T S, live T+S, shown T" },
	} },
	{ "publish A+P; rm-prov", {
		{ "publish A+P", "same: A P, live A+P, shown A" },
		{ "prov P", "same: A P, live A+P, shown A" },
	} },
	{ "publish A+P; spoil-prov", {
		{ "publish A+P", "same: A P, live A+P, shown A, quarantine 1" },
		{ "prov P", "same: A P, live A+P, shown A, quarantine 1" },
	} },
	{ "put-prov Q; publish A", {
		{ "prov P", "ok +prov: A P, live A+P, shown A, quarantine 1" },
	} },
	{ "put-prov Q", {
		{ "publish A+P", "ok +publish +prov: A P, live A+P, shown A, quarantine 1" },
	} },
	{ "publish A; link", {
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
	} },
	{ "publish A; mkdir", {
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
		{ "delete", "ok +delete: -, deleted A, quarantine 1" },
		{ "purge", "ok +purge: -, deleted A" },
	} },
	{ "publish A+P; delete", {
		{ "publish A", "ok +undelete: A, live A, shown A" },
	} },
	{ "publish A; delete; put B", {
		{ "publish A", "ok +undelete: A, live A, shown A, quarantine 1" },
	} },
	{ "publish A; force B", {
		{ "!publish A", "version_exists" },
		{ "!force A", "ok +overwrite: A, live A, shown A" },
	} },
	{ "publish A; spoil; report; put A", {
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
		{ "report", "ok: A, live A, shown A" },
		{ "fsck-report", "ok: A, live A, shown A" },
	} },
	{ "publish A; spoil", {
		{ "publish A", "same: A, live A, shown A, quarantine 1" },
	} },
	{ "publish A; report", {
		{ "report", "ok" },
	} },
	{ "publish A+P; delete; publish A", {
		{ "prov Q", "ok +prov: A Q, live A+Q, shown A" },
	} },
	{ "publish A+P; rm-prov", {              /* the provenance file is lost */
		{ "try-lost-prov", "ok" },
		{ "lost-prov", "ok +prov.delete: A, live A, shown A" },
		{ "prov Q", "version_exists" },
	} },
	{ "publish A+P; put-prov Q", {
		{ "lost-prov", "ok +prov.delete: A, live A, shown A, quarantine 1" },
	} },
	{ "publish A+P; rm-prov; lost-prov", {
		{ "lost-prov", "not_found" },
		{ "publish A", "same" },
		{ "publish A+P", "same +prov: A P, live A+P, shown A" },
		{ "prov P", "ok +prov: A P, live A+P, shown A" },
		{ "prov Q", "ok +prov: A Q, live A+Q, shown A" },
		{ "delete", "ok +delete: -, deleted A" },
	} },
	{ "publish A+P", {
		{ "lost-prov", "version_exists" },
		{ "try-lost-prov", "version_exists" },
	} },
	{ "publish A+P; delete", {
		{ "lost-prov", "not_found" },
	} },
	{ "rmdir charts", {                      /* the folder is made again */
		{ "publish A", "ok +publish: A, live A, shown A" },
	} },
	{ "rmdir .", {
		{ "publish A+P", "ok +publish +prov: A P, live A+P, shown A" },
		{ "publish A", "ok +publish: A, live A, shown A" },
		{ "try A", "ok" },
	} },
	{ "publish A+P; rmdir charts", {
		{ "publish A", "same: A, live A+P, shown A" },
		{ "publish A+P", "same: A P, live A+P, shown A" },
		{ "publish B", "version_exists" },
		{ "!force B", "ok +overwrite: B, live B, shown B" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "prov P", "same: - P, live A+P, shown A" },
		{ "!force-prov Q", "ok +prov: - Q, live A+Q, shown A" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "report", "ok: -, damaged A+P" },
		{ "fsck-report", "ok: -, damaged A+P" },
	} },
	{ "publish A+P; rmdir .", {
		{ "publish A", "same: A, live A+P, shown A" },
		{ "publish A+P", "same: A P, live A+P, shown A" },
		{ "!force B+R", "ok +overwrite +prov: B R, live B+R, shown B" },
		{ "prov P", "same: - P, live A+P, shown A" },
		{ "delete", "ok +delete: -, deleted A" },
		{ "report", "ok: -, damaged A+P" },
	} },
	{ "publish A; rmdir charts; report; publish U", {
		{ "publish A", "same: A, live A, shown A, shown U" },
		{ "report", "ok" },
	} },
	{ "publish A; rmdir charts; publish U; rmdir .; publish A", {
		{ "publish A", "same" },
		{ "publish U", "same" },
	} },
};

struct relation_row { const char *name; const struct past *past; const struct relation *row; };

static void make_change(struct fixture *f, const char *change, char ret[STORY_BYTES])
{
	char before[STORY_BYTES], after[STORY_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	struct shown was = show_index(f);
	uint64_t events = tell_events(f, 0, NULL);
	tell_story(f, before);
	enum err err = do_step(f, str_c(change));
	sbuf_puts(&b, err ? err_code(err) : f->last.existing ? "same" : "ok");
	(void)tell_events(f, events, &b);
	tell_story(f, after);
	if (strcmp(before, after) != 0)
		sbuf_printf(&b, ": %s", after);
	struct shown is = show_index(f);
	(void)same_index(&was, &is);
	drop_shown(was);
	drop_shown(is);
	assert_true(sbuf_ok(&b));
	(void)snprintf(ret, STORY_BYTES, "%s", b.p);
}

/* A restart changes nothing: neither what is there nor one byte of the index. */
static void check_restart(struct fixture *f)
{
	char story[STORY_BYTES];
	struct shown was = show_index(f);
	tell_story(f, story);
	reopen(f);
	struct shown is = show_index(f);
	assert_true(same_index(&was, &is));
	drop_shown(was);
	drop_shown(is);
	expect_story(f, story);
}

static void t_imm_publish(void **state)
{
	static const struct past *restarted;
	const struct relation_row *t = *state;
	char story[STORY_BYTES];
	struct fixture *f = fixture_new();
	f->o.overwrite = t->row->change[0] == '!';
	f->o.names_return = t->row->change[0] == '~';
	bool marked = f->o.overwrite || f->o.names_return;
	open_ingest(f);
	do_steps(f, t->past->before);
	make_change(f, t->row->change + marked, story);
	assert_string_equal(story, t->row->wanted);
	bool changed = strchr(story, '+') || strchr(story, ':');
	if (changed || restarted != t->past)         /* as it was: once is enough */
		check_restart(f);
	restarted = changed ? restarted : t->past;
	fixture_free(f);
}

/* ---- what else a change says ---- */

struct request_row {
	const char *name, *repo, *change, *expect_file;
	bool create, wrong_digest;
	enum err wanted;
	const char *events;
};

static const struct request_row requests[] = {
	{ "unknown repository: publish", "new", "publish A", "", false, false, ERR_REPO_NOT_FOUND, "" },
	{ "unknown repository: prov", "new", "prov P", "", true, false, ERR_REPO_NOT_FOUND, "" },
	{ "unknown repository: delete", "new", "delete", "", true, false, ERR_REPO_NOT_FOUND, "" },
	{ "unknown repository: report", "new", "report", "", true, false, ERR_REPO_NOT_FOUND, "" },
	{ "unknown repository: dry run", "new", "try A", "", false, false, ERR_REPO_NOT_FOUND, "" },
	{ "new repository", "new", "publish A+P", "", true, false, OK, " +repo.create +publish +prov" },
	{ "new one in a folder", "x/new", "publish A", "", true, false, OK, " +repo.create +publish" },
	{ "new repository, dry run", "new", "try A", "", true, false, OK, "" },
	{ "new repository, refused", "new", "publish B+P", "", true, false, ERR_PROVENANCE, "" },
	{ "under its name", "main", "publish A", FILE_NAME, false, false, OK, " +publish" },
	{ "under another name", "main", "publish A", "b-1.0.0.tgz", false, false, ERR_INVALID, "" },
	{ "both", "main", "publish A+P", FILE_NAME, false, false, OK, " +publish +prov" },
	{ "other bytes were received", "main", "publish A", "", false, true, ERR_DIGEST, "" },
};

static void t_up_request(void **state)
{
	const struct request_row *row = *state;
	char verb[32], what[32];
	struct change c;
	struct fixture *f = fixture_new();
	AUTO_SBUF struct sbuf b = sbuf_make(STORY_BYTES);
	open_ingest(f);
	uint64_t events = tell_events(f, 0, NULL);
	split_step(str_c(row->change), verb, what);
	assert_true(fill_change(f, &c, verb, what));
	c.repo = str_c(row->repo);
	c.create_repo = row->create;
	c.expect_file = str_c(row->expect_file);
	c.has_received = row->wrong_digest;
	enum err err = apply_change(f, &c);
	assert_int_equal(err, row->wanted);
	assert_int_equal(c.err, row->wanted);
	(void)tell_events(f, events, &b);
	assert_buffer(&b, row->events);
	bool there = strcmp(row->repo, "main") == 0 || (!err && !c.dry_run);
	assert_int_equal(ingest_has_repo(f->g, str_c(row->repo)), there);
	fixture_free(f);
}

static void t_prov_under_another_name(void **state)
{
	struct fixture *f = *state;
	struct change c;
	open_ingest(f);
	do_steps(f, "publish A");
	assert_true(fill_change(f, &c, "prov", "P"));
	c.expect_file = STR("b-1.0.0.tgz");
	assert_int_equal(apply_change(f, &c), ERR_PROVENANCE);
	expect_story(f, "A, live A, shown A");
}

/* What the answer to a client is made of. */
static void t_imm_result_names_what_is_there(void **state)
{
	struct fixture *f = *state;
	char a[SHA256_HEX_BYTES + 1], b[SHA256_HEX_BYTES + 1];
	sha256_hex(&material(f, 'A')->digest, a);
	sha256_hex(&material(f, 'B')->digest, b);
	open_ingest(f);
	do_steps(f, "publish A");
	assert_string_equal(f->last.digest, a);
	assert_int_equal(f->last.bytes, material(f, 'A')->bytes.n);
	uint64_t event = f->last.event;
	assert_int_equal(do_step(f, STR("publish A")), OK);
	assert_int_equal(f->last.event, event);
	assert_int_equal(do_step(f, STR("try A")), OK);
	assert_int_equal(do_step(f, STR("publish B")), ERR_EXISTS);
	assert_string_equal(f->last.digest, b);
	assert_string_equal(f->last.stored_digest, a);
	assert_non_null(strstr(f->e.detail, a));
	assert_non_null(strstr(f->e.detail, b));
	assert_int_equal(do_step(f, STR("delete")), OK);
	assert_string_equal(f->last.digest, a);
	assert_int_equal(do_step(f, STR("publish B")), ERR_DELETED);
	assert_string_equal(f->last.stored_digest, a);
}

static void t_imm_stats(void **state)
{
	struct fixture *f = *state;
	struct ingest_stats s;
	open_ingest(f);
	do_steps(f, "publish A; publish A; try A; prov P; spoil; report");
	assert_int_equal(do_step(f, STR("publish B")), ERR_EXISTS);
	ingest_stats(f->g, &s);
	assert_int_equal(s.published, 2);
	assert_int_equal(s.existing, 2);
	assert_int_equal(s.refused, 1);
	assert_int_equal(s.events, 3);
	assert_int_equal(s.damaged, 1);
	assert_int_equal(s.waiting, 0);
	assert_false(s.stopped);
	do_steps(f, "delete");
	ingest_stats(f->g, &s);
	assert_int_equal(s.deleted, 1);
	assert_int_equal(s.damaged, 0);
}

/* ---- */

#define RELATIONS_MAX 400

static size_t flatten(struct relation_row ret[RELATIONS_MAX],
                      char names[RELATIONS_MAX][STORY_BYTES])
{
	size_t n = 0;
	for (size_t p = 0; p < ROWS(pasts); p++)
		for (size_t i = 0; i < CHANGES_MAX && pasts[p].rows[i].change; i++, n++) {
			ret[n] = (struct relation_row){ names[n], &pasts[p], &pasts[p].rows[i] };
			(void)snprintf(names[n], STORY_BYTES, "%s -> %s", pasts[p].before, ret[n].row->change);
		}
	return n;
}

int main(void)
{
	static struct relation_row relations[RELATIONS_MAX];
	static char names[RELATIONS_MAX][STORY_BYTES];
	const struct CMUnitTest others[] = {
		TEST(t_prov_under_another_name),
		TEST(t_imm_result_names_what_is_there),
		TEST(t_imm_stats),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = run_table("t_imm_publish", t_imm_publish, relations, flatten(relations, names),
	                       sizeof *relations);
	failed += RUN_TABLE("t_up_request", t_up_request, requests);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
