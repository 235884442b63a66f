#!/usr/bin/env python3
"""Runs test programs and sums up what they say: tests/run.py [SUITE…], default: every suite.

A test program prints TAP on standard output: a plan `1..N` (cmocka prints one per group), then
`ok N - name`, `not ok N - name` or `ok N - name # SKIP why`. A program that dies, takes longer
than its suite allows, prints no plan or does not keep it counts as one failure more. Every
program is the leader of its own process group, and nothing of the group outlives it.

The last line is `N passed, N failed, N skipped`. The exit status is 1 when anything failed, and
where CI=true when anything was skipped.
"""
import argparse
import collections
import concurrent.futures
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import catalogue

TOP = Path(__file__).resolve().parents[1]
TABLE = TOP / "build/faults.txt"
CI = os.environ.get("CI") == "true"
LONG = os.environ.get("LONG") == "1"
LONG_FACTOR = 30
JOBS_PER_CORE = 3      # two of them wait for something most of their time: see run_all()

# Seconds: what only a program that hangs takes, on a machine several times slower than ours too.
Suite = collections.namedtuple("Suite", "name programs seconds environment")
# What was freed is kept for a while, to see that nobody uses it: each page of that is one more to be had.
ASAN = {"CHARTLOCKER": "build/asan/chartlocker", "UBSAN_OPTIONS": "print_stacktrace=1",
        "ASAN_OPTIONS": "detect_stack_use_after_return=1 quarantine_size_mb=32"}
TSAN = {"CHARTLOCKER": "build/tsan/chartlocker",
        "TSAN_OPTIONS": "halt_on_error=1 second_deadlock_stack=1 atexit_sleep_ms=100"}

# Of the unit tests those that start threads, for TSan.
THREADED = " ".join(f"build/tsan/unit/{name}_test" for name in (
    "base_pool", "http_*", "hub_upstream", "icon_cache", "ingest_batch", "ingest_chart_cache", "ingest_fsck_beside",
    "ingest_publish", "ingest_recover", "ingest_repo", "ingest_rope_readers", "ingest_upstream"))

SUITES = (
    Suite("client", "tests/client/test_*.py", 900, {}),
    Suite("fault", "tests/fault/test_*.py", 900, {}),
    Suite("asan-client", "tests/client/test_*.py", 900, ASAN),
    Suite("tsan", "tests/*/test_race*.py tests/client/test_curl.py " + THREADED, 900, TSAN),
    Suite("asan-wire", "tests/wire/test_*.py", 900, ASAN),
    Suite("corpus", "tests/fuzz/test_*.py", 900, ASAN),
    Suite("browser", "tests/browser/test_*.py", 1500, {}),
    Suite("journeys", "tests/journeys/test_*.py", 900, {}),
    Suite("golden", "tests/golden/test_*.py", 400, {}),
    Suite("house", "tests/lint/test_*.py", 400, {}),
    Suite("wire", "tests/wire/test_*.py", 600, {}),
    Suite("asan-unit", "build/asan/unit/*_test", 600, ASAN),
    Suite("unit", "build/unit/*_test", 600, {}),
)

# In `make check` a file runs in one build, in check-long in every one. It is that with ASan; for races
# TSan's; and the ordinary one for these, which take long and show sanitizers little that no other file does:
# they start programs and many servers, hash, repeat. A file that says SANITIZED measures something that the
# ordinary one alone shows.
ORDINARY = {
    "client": (
        "air_gap air_gap_typed catalog_commands commands dependency_commands deploy deploy_package helm "
        "images life_command login network openapi people_command real_charts registry remote_commands render "
        "repo_command upstream_real").split(),
    "wire": (
        "audit auth bundle_create bundle_here bundle_import bundle_tamper catalog chart_pages chartmuseum "
        "chartmuseum_accounts chartmuseum_mode data declared declared_people dependencies events followed hooks "
        "images_add index life listeners mirror mirror_guards monitoring outgoing people permissions search "
        "secrets settings shadow_tls trips uploads upstream_archives upstream_dates upstream_hostile upstream_many "
        "upstream_missing upstream_pages upstream_refresh upstreams virtual").split(),
    "unit": (
        "auth_identify bundle_members format_index_stream_limits hub_nomem ingest_nomem ingest_publish "
        "ingest_rope ingest_upstream_nomem ingest_virtual_nomem store_damage store_exhaustion "
        "store_nomem").split(),
}
# Those of TSan's that start no threads themselves and take long; races of what they do are in
# test_races.py.
LATER = "ingest_publish ingest_recover ingest_repo ingest_upstream".split()

# Those that take half a minute and more, the longest foremost, so that none is left alone at the end; then
# in the order of the suites, whose last ones wait for nothing.
LONGEST = (
    "test_journeys.py test_pages.py test_openapi.py test_backup.py test_disk.py test_commands.py test_followed.py "
    "test_air_gap.py test_life.py test_bundle_tamper.py test_upstream_hostile.py test_people_command.py "
    "test_deploy.py test_images.py test_helm.py test_virtual.py test_outgoing.py test_hooks.py test_charts.py "
    "test_crash_sweep.py test_bundle.py test_upstream_kill.py test_bundle_create.py test_framing.py test_trips.py "
    "test_upstream_refresh.py test_races.py test_chartmuseum_adopt.py test_mirror.py test_upstreams.py "
    "test_house.py test_upstream_real.py test_soak.py test_audit.py test_failing_calls.py test_data.py "
    "test_upgrade.py test_render.py").split()

PLAN = re.compile(r"1\.\.(\d+)")
LINE = re.compile(r"(not )?ok\b\s*(?:\d+\b)?\s*(?:- )?([^#]*)(#\s*SKIP\b\s*(.*))?", re.I)


class Result:
    """What one program said."""

    def __init__(self, suite, program):
        self.suite, self.program = suite, program
        self.passed, self.failed, self.skipped = [], [], []
        self.seconds, self.processor, self.output = 0.0, 0.0, ""

    def title(self):
        return f"{self.suite.name}: {self.program}"

    def read(self, status, timed_out):
        planned, comment = None, "see its output"
        for line in self.output.splitlines():
            if line.startswith("#"):
                comment = line.strip("# ")
            elif plan := PLAN.fullmatch(line.strip()):
                planned = (planned or 0) + int(plan[1])
            elif found := LINE.fullmatch(line.strip()):
                self._take(found, comment)
        ran = len(self.passed) + len(self.failed) + len(self.skipped)
        if timed_out:
            self.failed.append(f"(not done after {self.limit()} s)")
        elif planned is None:
            self.failed.append(f"(no plan; exit status {status})")
        elif planned != ran:
            self.failed.append(f"({planned} tests planned, {ran} reported; exit status {status})")
        elif status and not self.failed:
            self.failed.append(f"(every test passed, but the exit status is {status})")

    def _take(self, found, comment):
        failed, name, skip, why = found.groups()
        if skip:    # cmocka says `not ok 3 # SKIP name`; the reason is the comment before it
            self.skipped.append((name.strip(), why) if name.strip() else (why, comment))
        else:
            (self.failed if failed else self.passed).append(name.strip())

    def limit(self):
        return self.suite.seconds * (LONG_FACTOR if LONG else 1)


def run(suite, program):
    result = Result(suite, program)
    interpreter = [sys.executable] if program.endswith(".py") else []
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen([*interpreter, TOP / program], cwd=TOP, stdout=output,
                                       stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                       env={**os.environ, **suite.environment},
                                       start_new_session=True)
        except OSError as error:
            result.failed.append(f"(does not start: {error})")
            return result
        timed_out = not wait_for(process.pid, result.limit())
        try:    # before the leader is reaped: until then the group's number cannot be another's
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, used = os.wait4(process.pid, 0)    # of it and of those it has waited for
        status = process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        result.output = output.read().decode(errors="replace")
    result.seconds = time.monotonic() - began
    result.processor = used.ru_utime + used.ru_stime
    result.read(status, timed_out)
    return result


def wait_for(pid, seconds):
    """Whether the process, which is not reaped, ends in so many."""
    with open(os.pidfd_open(pid), "rb", buffering=0) as process:
        return bool(select.select([process], [], [], seconds)[0])


def run_all(pairs, jobs):
    """Two thirds of the jobs take the foremost pairs, which mostly wait for something, the others the last ones,
    which never do: so no core waits."""
    left, results, lock = collections.deque(pairs), [], threading.Lock()

    def take(last):
        while True:
            with lock:
                if not left:
                    return
                pair = left.pop() if last else left.popleft()
            result = run(*pair)
            with lock:
                results.append(result)
                report(result)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        list(pool.map(take, [number % 3 == 2 for number in range(jobs)]))
    return results


def report(result):
    counts = [f"{len(result.passed)} passed"]
    counts += [f"{len(result.failed)} FAILED"] if result.failed else []
    counts += [f"{len(result.skipped)} skipped"] if result.skipped else []
    print(f"{result.title():<60} {', '.join(counts)} "
          f"({result.seconds:.1f} s, {result.processor:.1f} s of a core)")
    if result.failed:
        print("    " + result.output.rstrip().replace("\n", "\n    "))
        for name in result.failed:
            print(f"    FAILED: {name}")
    sys.stdout.flush()


def report_coverage(results):
    """Returns what is wrong with the catalogue of faults, of which it writes a table."""
    covered = catalogue.Coverage(results)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(covered.table())
    print(f"faults (all rows: {TABLE.relative_to(TOP)}):\n{covered.summary()}\n")
    return covered.problems()


def find(wanted):
    """The (suite, program) pairs to run, and the suites that have none. A suite that is named runs
    whole."""
    suites = [s for s in SUITES if not wanted or s.name in wanted]
    pairs, empty = [], []
    for suite in suites:
        programs = all_of(suite)
        empty += [] if programs else [suite]
        pairs += [(suite, program) for program in programs if wanted or is_due(suite, program)]
    return sorted(pairs, key=lambda pair: rank(pair[1])), empty


def all_of(suite):
    """Its programs, built or not."""
    for pattern in suite.programs.split():
        folder, name = os.path.split(pattern)
        if folder.endswith("/unit"):
            yield from (f"{folder}/{path.stem}" for path in sorted(TOP.glob(f"tests/unit/{name}.c")))
        else:
            yield from (str(path.relative_to(TOP)) for path in sorted(TOP.glob(pattern)))


def is_due(suite, program):
    """In `make check`: see ORDINARY."""
    name = Path(program).stem.removeprefix("test_").removesuffix("_test")
    kind = suite.name.removeprefix("asan-")
    if LONG or kind not in ORDINARY:
        return LONG or name not in LATER
    if name.startswith("race"):
        return False
    if suite.name != kind:
        return name not in ORDINARY[kind]
    return name in ORDINARY[kind] or program.endswith(".py") and "SANITIZED" in (TOP / program).read_text()


def rank(program):
    name = Path(program).name
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def main():
    parser = argparse.ArgumentParser(description="Runs the tests; closes with their sum.")
    jobs = JOBS_PER_CORE * len(os.sched_getaffinity(0))
    parser.add_argument("--jobs", type=int, default=jobs, help=f"programs at a time (here: {jobs})")
    names = [suite.name for suite in SUITES]
    parser.add_argument("suite", nargs="*", help="default: all of " + ", ".join(names))
    parser.add_argument("--due", action="store_true",
                        help="only print what `make check` runs of the programs that have to be built")
    options = parser.parse_args()
    if unknown := set(options.suite) - set(names):
        parser.error(f"no such suite: {', '.join(unknown)}")
    if options.due:
        print("\n".join(program for suite in SUITES if suite.name in options.suite
                        for program in all_of(suite) if program.endswith("_test") and is_due(suite, program)))
        return 0
    pairs, empty = find(options.suite)
    return summary(run_all(pairs, options.jobs), empty, is_whole=not options.suite)


def summary(results, empty, is_whole):
    failed = [f"{r.title()}: {name}" for r in results for name in r.failed]
    failed += [f"{suite.name}: no program matches {suite.programs}" for suite in empty]
    skipped = [f"{r.title()}: {name}: {why}" for r in results for name, why in r.skipped]
    for title, lines in (("failed", failed), ("skipped", skipped)):
        if lines:
            print(f"\n{title}:")
        for line in sorted(lines):
            print(f"  {line}")
    print()
    for problem in report_coverage(results) if is_whole else []:
        print(problem)
        failed.append(problem)
    print(f"{sum(len(r.passed) for r in results)} passed, {len(failed)} failed, "
          f"{len(skipped)} skipped")
    return 1 if failed or (CI and skipped) else 0


if __name__ == "__main__":
    sys.exit(main())
