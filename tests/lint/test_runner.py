"""The runner itself: a test program that does not keep its word must never look like success."""
import importlib.util
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import catalogue
from harness import TOP, contains, equal, main, settled, table, temporary, test

SPEC = importlib.util.spec_from_file_location("runner", TOP / "tests/run.py")
runner = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(runner)

SUITE = runner.Suite("fake", "", 2, {})


def run(script):
    program = temporary() / "fake_test"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o755)
    return runner.run(SUITE, str(program))


@test
def what_does_not_start_has_failed():
    equal(len(runner.run(SUITE, str(temporary() / "no_test")).failed), 1)


@table(    # (passed, failed, skipped)
    ("all good", "echo 1..2; echo ok 1 - a; echo ok 2 - b", (2, 0, 0)),
    ("a failure", "echo 1..2; echo ok 1 - a; echo not ok 2 - b; exit 1", (1, 1, 0)),
    ("a skip", "echo 1..1; echo 'ok 1 - a # SKIP no b'", (0, 0, 1)),
    ("a skip of cmocka", "echo 1..1; echo '# no b'; echo 'not ok 1 # SKIP a'", (0, 0, 1)),
    ("two groups of cmocka", "echo 1..1; echo ok 1 - a; echo 1..1; echo ok 1 - b", (2, 0, 0)),
    ("no plan", "echo ok 1 - a", (1, 1, 0)),
    ("nothing at all", "", (0, 1, 0)),
    ("less than planned", "echo 1..2; echo ok 1 - a", (1, 1, 0)),
    ("more than planned", "echo 1..1; echo ok 1 - a; echo ok 2 - b", (2, 1, 0)),
    ("a crash", "echo 1..1; echo ok 1 - a; kill -SEGV $$", (1, 1, 0)),
    ("an exit status without a failure", "echo 1..1; echo ok 1 - a; exit 3", (1, 1, 0)),
    ("not done in time", "echo 1..1; echo ok 1 - a; exec sleep 60", (1, 1, 0)))
def counts(script, expected):
    result = run(script)
    equal((len(result.passed), len(result.failed), len(result.skipped)), expected)


@table(("after a skip", "ok 1 - a # SKIP no b", ("a", "no b")),
       ("before cmocka's", "# no b\nnot ok 1 # SKIP a", ("a", "no b")))
def reason_of_a_skip(said, expected):
    equal(run(f"echo 1..1; echo '{said}'").skipped, [expected])


@test
def nothing_outlives_a_program():
    pid_file = temporary() / "pid"
    equal(len(run(f"sleep 60 & echo $! > {pid_file}; echo 1..1; echo ok 1 - a").passed), 1)
    left = Path(f"/proc/{pid_file.read_text().strip()}")
    # The kernel takes a moment.
    assert settled(lambda: not left.exists() or (left / "stat").read_text().split()[2] == "Z"), \
        "the program's child still runs"


# ---- what runs when ----

def names(due=False):
    """Of all programs, or of those that some suite of `make check` runs."""
    return {Path(program).stem for suite in runner.SUITES for program in runner.all_of(suite)
            if not due or runner.is_due(suite, program)}


@test
def every_program_runs_in_make_check():
    equal(names() - names(due=True), set())


@test
def what_the_tables_name_is_there():
    ordinary = [f"test_{name}" for kind in ("client", "wire") for name in runner.ORDINARY[kind]]
    ordinary += [f"{name}_test" for name in (*runner.ORDINARY["unit"], *runner.LATER)]
    equal({*ordinary, *(Path(name).stem for name in runner.LONGEST)} - names(), set())
    for pattern in runner.THREADED.split():
        assert [*runner.all_of(SUITE._replace(programs=pattern))], pattern


# ---- the catalogue of faults ----

@table(("an underscored name", "t_tar_08_symlink", ["TAR-08"]),
       ("a spelled id", "refuses T-HTTP-03 plus", ["HTTP-03"]),
       ("two", "t_imm_01 and t_imm_02", ["IMM-01", "IMM-02"]),
       ("none", "first_tar_08", []), ("not the number", "t_tar_081", []))
def catalogue_ids(name, expected):
    equal(catalogue.ids(name), expected)


def covered(*names):
    result = runner.Result(SUITE, "tests/wire/test_fake.py")
    result.passed = list(names)
    return catalogue.Coverage([result])


def all_but(*left_out):
    told = catalogue.NOT_HERE.keys() | catalogue.OPEN.keys() | set(left_out)
    return [f"T-{row} x" for row in catalogue.TITLES if row not in told]


@test
def every_row_has_a_test_or_a_reason():
    equal(len(catalogue.TITLES), 236)
    equal(covered(*all_but()).problems(), [])
    assert len(catalogue.OPEN) <= catalogue.OPEN_MAX, "too much is left open"
    equal(catalogue.NOT_HERE.keys() & catalogue.OPEN.keys(), set())
    equal((catalogue.NOT_HERE.keys() | catalogue.OPEN.keys() | catalogue.IN_PART.keys()) - catalogue.TITLES.keys(),
          set())


@table(("lost", all_but("TAR-08"), "T-TAR-08: symbolic links: no test covers it"),
       ("unknown", [*all_but(), "t_tar_99"], "T-TAR-99: there is no such row"),
       ("said to be open", [*all_but(), "t_crash_09"], "T-CRASH-09: a test covers it, and tests/catalogue.py "
        "says that none does"))
def what_does_not_add_up(names, problem):
    equal(covered(*names).problems(), [problem])


@test
def a_row_in_the_table():
    found = covered("t_tar_08_links in", "t_tar_08_links out", "t_imm_05")
    contains(found.table(), "TAR-08    covered   symbolic links    ")
    contains(found.table(), " wire/test_fake.py: t_tar_08_links in +1\n")
    contains(covered("t_imm_07 x").summary(), " in part   names that look alike ")
    contains(found.table(), "\nCRASH-09  open      a virtual machine that is killed ")
    contains(found.summary(), "25 rows: 1 covered, 24 LOST\n")


if __name__ == "__main__":
    main()
