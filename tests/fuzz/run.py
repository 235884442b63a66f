#!/usr/bin/env python3
"""Runs every fuzzer and prints what became of it: executions, covered edges, inputs found.

    --seconds N     N seconds for all of them together
    --each N        each until it has had N seconds of a core, over all runs: what was interrupted goes
                    on where it was, at most a SLICE is lost
    --corpus        runs nothing: of what was found, the smallest inputs that reach what the committed
                    ones do not go to tests/fuzz/corpus

What a run finds new is kept in build/fuzz/corpus/NAME/ and is where the next one begins; what
makes a fuzzer fail is in build/fuzz/crashes/. A failure, or fewer than 10,000 executions, ends
with exit status 1. NAME… runs those only, in this order.
"""
import argparse
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harnesses import ENVIRONMENT, FOUND_MAX_BYTES, INPUT_MAX_BYTES, TOP, all_of_them

EXECUTIONS_MIN = 10_000
SLICE = 300
KEPT = TOP / "build/fuzz/corpus"
CRASHES = TOP / "build/fuzz/crashes"
DONE = TOP / "build/fuzz/done"
# What reads the most of strangers, and is the furthest in front.
FIRST = ("archive", "yaml", "index_stream", "template", "values", "multipart", "request", "provenance",
         "bundle", "oci", "config", "chart", "index", "markdown")


class Account:
    """What a fuzzer has done so far."""

    def __init__(self, harness):
        self.path = DONE / f"{harness.name}.json"
        self.seconds = self.executions = self.edges = 0
        if self.path.exists():
            self.seconds, self.executions, self.edges = json.loads(self.path.read_text())

    def add(self, seconds, executions, edges):
        self.seconds += seconds
        self.executions += executions
        self.edges = max(self.edges, edges)
        DONE.mkdir(exist_ok=True)
        self.path.write_text(json.dumps([self.seconds, self.executions, self.edges]))


def kept(harness):
    folder = KEPT / harness.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def count(folder, pattern="*"):
    return sum(1 for _ in folder.glob(pattern))


def core_seconds():
    """Of all the programs that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(harness, seconds):
    """(seconds of a core, executions, edges, exit status) of one fuzzer."""
    before = core_seconds()
    CRASHES.mkdir(parents=True, exist_ok=True)
    log = TOP / "build/fuzz" / f"{harness.name}.log"
    seeds = [harness.corpus] if harness.corpus.is_dir() else []
    with open(log, "w", encoding="utf-8") as output:
        status = subprocess.run(
            [harness.program, *harness.options(), f"-max_total_time={seconds}",
             f"-artifact_prefix={CRASHES}/{harness.name}-", "-print_final_stats=1", kept(harness), *seeds],
            env=ENVIRONMENT, stdout=output, stderr=output, check=False).returncode
    said = log.read_text(encoding="utf-8", errors="replace")
    if status:
        print(said[-8000:])
    return (round(core_seconds() - before), last(r"number_of_executed_units: (\d+)", said),
            last(r" cov: (\d+) ", said), status)


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def line(harness, seconds, executions, edges, problem=""):
    crashes = count(CRASHES, f"{harness.name}-*")
    return (f"{harness.name:<20} {seconds / 60:>7.1f} {executions:>14,} {edges:>8,} "
            f"{count(kept(harness)):>8,} {crashes:>7}  {problem}").rstrip()


HEAD = f"{'fuzzer':<20} {'minutes':>7} {'executions':>14} {'edges':>8} {'inputs':>8} {'crashes':>7}"


def verdict(executions, status):
    if status:
        return "FAILED"
    return "" if executions >= EXECUTIONS_MIN else f"FAILED: fewer than {EXECUTIONS_MIN:,}"


def share(chosen, seconds):
    """All of them once. True: nothing failed."""
    seconds = max(1, seconds // len(chosen))
    print(f"{len(chosen)} fuzzers, {seconds} s each\n{HEAD}", flush=True)
    good = True
    for harness in chosen:
        used, executions, edges, status = run(harness, seconds)
        Account(harness).add(used, executions, edges)
        problem = verdict(executions, status)
        good = good and not problem
        print(line(harness, used, executions, edges, problem), flush=True)
    return good


def until(chosen, each):
    """Until each has had so many seconds; one that fails is left alone. True: none did."""
    failed = set()
    for harness in chosen:
        account = Account(harness)
        while account.seconds < each and harness.name not in failed:
            seconds = min(SLICE, max(10, each - account.seconds))
            used, executions, edges, status = run(harness, seconds)
            account.add(used, executions, edges)
            if status:
                failed.add(harness.name)
            print(f"{harness.name}: {account.seconds} of {each} s{' FAILED' if status else ''}", flush=True)
    print(HEAD)
    for harness in chosen:
        account = Account(harness)
        problem = "FAILED" if harness.name in failed else verdict(account.executions, 0)
        failed |= {harness.name} if problem else set()
        print(line(harness, account.seconds, account.executions, account.edges, problem))
    return not failed


def commit(harness):
    """(taken over, found) of inputs that reach more. What is there stays: it was put there by hand, or found
    an error once."""
    there = {path.name for path in harness.inputs()}
    room = FOUND_MAX_BYTES - sum(path.stat().st_size for path in harness.found())
    with tempfile.TemporaryDirectory() as merged:
        for path in harness.inputs():
            shutil.copy(path, merged)
        subprocess.run([harness.program, *harness.options(), "-set_cover_merge=1", f"-max_len={INPUT_MAX_BYTES}",
                        merged, kept(harness)], env=ENVIRONMENT, capture_output=True, check=True)
        found = sorted((p for p in Path(merged).iterdir() if p.name not in there), key=lambda p: p.stat().st_size)
        new = 0
        for path in found:
            room -= path.stat().st_size
            if room < 0:
                break
            shutil.copy(path, harness.corpus)
            new += 1
    return new, len(found)


def choose(names):
    known = {harness.name: harness for harness in all_of_them()}
    if unknown := set(names) - known.keys():
        sys.exit(f"no such fuzzer: {', '.join(sorted(unknown))}")
    order = names or [*(n for n in FIRST if n in known), *(n for n in known if n not in FIRST)]
    return [known[name] for name in order]


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzzers.")
    parser.add_argument("--seconds", type=int, default=60, help="for all together (60)")
    parser.add_argument("--each", type=int, help="for each, over all runs")
    parser.add_argument("--corpus", action="store_true", help="takes over what was found")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    chosen = choose(options.name)
    if options.corpus:
        for harness in chosen:
            new, found = commit(harness)
            print(f"{harness.name:<20} {new} of {found} inputs taken over", flush=True)
        return 0
    good = until(chosen, options.each) if options.each else share(chosen, options.seconds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
