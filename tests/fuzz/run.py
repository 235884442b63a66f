#!/usr/bin/env python3
"""Runs every fuzzer for its share of --seconds and prints executions and covered edges.

What a run finds new is kept in build/fuzz/corpus/NAME/ and is where the next one begins; what
makes a fuzzer fail is in build/fuzz/crashes/. A failure, or fewer than 10,000 executions, ends
with exit status 1. NAME… runs those only.
"""
import argparse
import re
import subprocess
import sys

from harnesses import ENVIRONMENT, TOP, all_of_them

EXECUTIONS_MIN = 10_000
KEPT = TOP / "build/fuzz/corpus"
CRASHES = TOP / "build/fuzz/crashes"


def run(harness, seconds):
    """(executions, edges, inputs kept, exit status) of one fuzzer."""
    kept = KEPT / harness.name
    kept.mkdir(parents=True, exist_ok=True)
    CRASHES.mkdir(exist_ok=True)
    log = TOP / "build/fuzz" / f"{harness.name}.log"
    seeds = [harness.corpus] if harness.corpus.is_dir() else []
    with open(log, "w", encoding="utf-8") as output:
        status = subprocess.run(
            [harness.program, *harness.options(), f"-max_total_time={seconds}",
             f"-artifact_prefix={CRASHES}/{harness.name}-", "-print_final_stats=1", kept, *seeds],
            env=ENVIRONMENT, stdout=output, stderr=output, check=False).returncode
    said = log.read_text(encoding="utf-8", errors="replace")
    if status:
        print(said[-8000:])
    return last(r"number_of_executed_units: (\d+)", said), last(r" cov: (\d+) ", said), \
        len(list(kept.iterdir())), status


def last(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def verdict(executions, status):
    if status:
        return "FAILED"
    return "" if executions >= EXECUTIONS_MIN else f"FAILED: fewer than {EXECUTIONS_MIN:,}"


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzzers.")
    parser.add_argument("--seconds", type=int, default=60, help="for all together (60)")
    parser.add_argument("name", nargs="*")
    options = parser.parse_args()
    chosen = [h for h in all_of_them() if not options.name or h.name in options.name]
    if not chosen:
        sys.exit("no fuzzer by that name")
    seconds = max(1, options.seconds // len(chosen))
    print(f"{len(chosen)} fuzzers, {seconds} s each", flush=True)
    print(f"{'fuzzer':<20} {'executions':>12} {'edges':>8} {'inputs':>8}")
    good = True
    for harness in chosen:
        executions, edges, inputs, status = run(harness, seconds)
        problem = verdict(executions, status)
        good = good and not problem
        print(f"{harness.name:<20} {executions:>12,} {edges:>8,} {inputs:>8,}  {problem}".rstrip(),
              flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
