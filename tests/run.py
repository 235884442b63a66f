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
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
CI = os.environ.get("CI") == "true"
LONG = os.environ.get("LONG") == "1"
LONG_FACTOR = 30
JOBS_PER_CORE = 2      # most of them wait for something half of their time

# Seconds: what only a program that hangs takes, on a machine several times slower than ours too.
Suite = collections.namedtuple("Suite", "name programs seconds environment")
ASAN = {"CHARTLOCKER": "build/asan/chartlocker", "UBSAN_OPTIONS": "print_stacktrace=1",
        "ASAN_OPTIONS": "detect_stack_use_after_return=1"}
TSAN = {"CHARTLOCKER": "build/tsan/chartlocker",
        "TSAN_OPTIONS": "halt_on_error=1 second_deadlock_stack=1 atexit_sleep_ms=100"}

SUITES = (
    Suite("client", "tests/client/test_*.py", 900, {}),
    Suite("fault", "tests/fault/test_*.py", 900, {}),
    Suite("asan-client", "tests/client/test_*.py", 900, ASAN),
    Suite("tsan", "tests/*/test_race*.py tests/client/test_curl.py build/tsan/unit/*_test", 900, TSAN),
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

# What `make check` leaves to check-long (and check-asan): files that run little of our code that no
# other file of the suite runs, for their time is spent by clients, by hashing or by repetition. All of
# them run in `make check` in another build.
LATER = {
    "client": ("test_openapi.py",),
    "asan-client": ("test_air_gap.py", "test_deploy.py", "test_deploy_package.py", "test_helm.py", "test_login.py",
                    "test_network.py", "test_people_command.py", "test_real_charts.py",
                    "test_upstream_real.py"),
    "asan-wire": ("test_auth.py", "test_chartmuseum_accounts.py", "test_chartmuseum_mode.py",
                  "test_declared_people.py", "test_monitoring.py", "test_people.py", "test_people_pages.py",
                  "test_races.py", "test_sessions.py", "test_uploads.py", "test_upstream_many.py"),
}

# In `make check` a file of these suites that runs under sanitizers runs there alone, unless it says itself
# (SANITIZED) that something can be seen in the ordinary build only. In check-long it runs in both.
SANITIZED_ALONE = {"client": "asan-client", "wire": "asan-wire"}

# These first, the longest of all foremost, so that none is left alone at the end; then in the order
# of the suites.
LONGEST = ("test_failing_calls.py", "test_journeys.py", "test_crash_sweep.py", "test_framing.py", "test_life.py",
           "test_disk.py", "test_login.py", "test_charts.py", "test_openapi.py", "test_soak.py", "test_backup.py", "test_commands.py",
           "test_real_charts.py", "ingest_nomem_test", "test_data.py", "test_audit.py",
           "test_scrub.py", "test_upgrade.py", "test_index.py", "test_races.py", "ingest_rope_test",
           "test_helm.py", "test_uploads.py", "test_chartmuseum.py", "test_auth.py")

# Rows of the fault catalogue by group; a test covers one by having its id in its name, as
# T-TAR-08 or t_tar_08. These are the groups that this version has to do with.
CATALOGUE = {"HTTP": 40, "UP": 11, "TAR": 25, "YAML": 6, "META": 15, "IMM": 9, "IDX": 6,
             "CRASH": 9, "DISK": 6, "TIME": 2, "FS": 3, "OPS": 10, "LOG": 3, "AUTH": 18, "FED": 20, "SSRF": 7,
             "BND": 9}
# Rows of them that nothing here answers to, and why.
NOT_HERE = {
    "IMM-05": "charts are not pushed over OCI",
    "CRASH-09": "needs a virtual machine; a killed program loses no more here than the kernel keeps",
    "OPS-08": "the program has no seccomp or Landlock policy",
    **{f"AUTH-{row}": "there are neither JSON web tokens nor OpenID Connect" for row in range(11, 15)},
}
# Rows that take a minute of measuring: their tests run with LONG=1 alone.
LONG_ONLY = {"AUTH-06"}
ROW_ID = re.compile(r"(?<![a-z])t[-_]([a-z]+)[-_](\d\d)(?!\d)", re.I)

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
        timed_out = not wait_for(process.pid, began + result.limit())
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


def wait_for(pid, deadline):
    """True once the process has ended (it is not reaped), False at the deadline."""
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(0.02)
    return False


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
    """Returns the rows that nothing covers, though they apply."""
    names = (name for r in results for name in r.passed + r.failed)
    ids = {(found[1].upper(), int(found[2])) for name in names for found in ROW_ID.finditer(name)}
    rows = {f"{group}-{row:02}" for group, last in CATALOGUE.items() for row in range(1, last + 1)}
    covered = {f"{group}-{row:02}" for group, row in ids} & rows
    later = set() if os.environ.get("LONG") else LONG_ONLY - covered
    print(f"fault catalogue: {len(covered)} of {len(rows)} rows covered, {len(later)} by make check-long "
          f"({', '.join(sorted(later))}), {len(NOT_HERE)} do not apply: " +
          "; ".join(f"{row} {why}" for row, why in NOT_HERE.items()))
    return sorted(rows - covered - later - NOT_HERE.keys())


def find(wanted):
    """The (suite, program) pairs to run, and the suites that have none. A suite that is named runs
    whole."""
    suites = [s for s in SUITES if not wanted or s.name in wanted]
    pairs, empty = [], []
    for suite in suites:
        programs = sorted(str(path.relative_to(TOP)) for pattern in suite.programs.split()
                          for path in TOP.glob(pattern) if path.suffix in ("", ".py"))
        empty += [] if programs else [suite]
        pairs += [(suite, program) for program in programs if wanted or LONG or is_due(suite, program)]
    return sorted(pairs, key=lambda pair: rank(pair[1])), empty


def is_due(suite, program):
    """In `make check`, which runs most files in one build."""
    name, sanitized = Path(program).name, SANITIZED_ALONE.get(suite.name)
    if name in LATER.get(suite.name, ()):
        return False
    return not sanitized or name in LATER[sanitized] or "SANITIZED" in (TOP / program).read_text()


def rank(program):
    name = Path(program).name
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def main():
    parser = argparse.ArgumentParser(description="Runs the tests; closes with their sum.")
    jobs = JOBS_PER_CORE * len(os.sched_getaffinity(0))
    parser.add_argument("--jobs", type=int, default=jobs, help=f"programs at a time (here: {jobs})")
    names = [suite.name for suite in SUITES]
    parser.add_argument("suite", nargs="*", help="default: all of " + ", ".join(names))
    options = parser.parse_args()
    if unknown := set(options.suite) - set(names):
        parser.error(f"no such suite: {', '.join(unknown)}")
    pairs, empty = find(options.suite)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = []
        for done in concurrent.futures.as_completed(pool.submit(run, *pair) for pair in pairs):
            results.append(done.result())
            report(results[-1])
    return summary(results, empty, is_whole=not options.suite)


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
    missing = report_coverage(results) if is_whole else []
    if missing:
        print("not covered: " + ", ".join(missing))
        failed.append("rows of the fault catalogue are not covered")
    print(f"{sum(len(r.passed) for r in results)} passed, {len(failed)} failed, "
          f"{len(skipped)} skipped")
    return 1 if failed or (CI and skipped) else 0


if __name__ == "__main__":
    sys.exit(main())
