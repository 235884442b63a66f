"""Repetitions, their spread, and the tools that make load."""
import ast
import collections
import json
import os
import re
import statistics
import subprocess
import sys

from services import TOP

QUICK = os.environ.get("QUICK") == "1"
REPETITIONS = 3 if QUICK else 5
WRK_SECONDS = 1 if QUICK else 2

Run = collections.namedtuple("Run", "seconds cpu_seconds peak_mb")


class Sample:
    """What the repetitions of one measurement gave."""

    def __init__(self, values):
        self.values = list(values)
        self.min, self.max = min(self.values), max(self.values)
        self.median = statistics.median(self.values)

    def as_json(self):
        return {"min": self.min, "median": self.median, "max": self.max, "values": self.values}


def interleave(*measurements, repetitions=REPETITIONS):
    """Runs A, B, A, B, … so that what disturbs the machine disturbs both; one Sample each."""
    results = [[] for _ in measurements]
    for _ in range(repetitions):
        for measure, values in zip(measurements, results):
            values.append(measure())
    return [Sample(values) for values in results]


def ratio(above, below):
    """A Sample of the quotients of what was measured next to each other."""
    return Sample(a / b for a, b in zip(above.values, below.values))


def cpu_ratio(theirs, ours):
    """How many times the processor time of ours theirs takes; hardly moved by other programs."""
    return statistics.median(theirs) / max(statistics.median(ours), 1e-9)


# A process begins with the largest resident size of who started it: so that is done by a small one.
LAUNCHER = """
import os, sys, time
began = time.monotonic()
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(process, 0)
os.write(int(sys.argv[1]), repr((os.waitstatus_to_exitcode(status), time.monotonic() - began,
                                 usage.ru_utime + usage.ru_stime, usage.ru_maxrss)).encode())
"""


def run(*command, cwd=None):
    """One run of a program: wall time, processor time, largest resident size."""
    reading, writing = os.pipe()
    with open(reading, encoding="ascii") as results:
        done = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, str(writing), *map(str, command)], cwd=cwd,
                              pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False)
        os.close(writing)
        status, seconds, cpu_seconds, peak_kib = ast.literal_eval(results.read() or "(127, 0, 0, 0)")
    if status:
        raise SystemExit(f"{command[0]}: exit {status}\n{done.stderr.decode(errors='replace')[-2000:]}")
    return Run(seconds, cpu_seconds, peak_kib * 1024 / 1e6)


def wrk(service, path, connections, headers=()):
    """Successful requests per second; what they cost goes to service.costs."""
    before = service.cpu_seconds()
    said = subprocess.run(
        ["wrk", "-t2", f"-c{connections}", f"-d{WRK_SECONDS}s",
         *(word for header in headers for word in ("-H", header)), service.url(path)],
        check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"wrk {service.url(path)}:\n{said}")
    requests = int(re.search(r"(\d+) requests in", said)[1])
    service.costs.append((service.cpu_seconds() - before) / max(requests, 1))
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


def publish(service, count, first, uploaders=8):
    """Publishes through uploaders that wait for each answer; what tests/bench/load.c prints."""
    said = subprocess.run(
        [TOP / "build/bench/load", str(service.port), "/api/charts", str(uploaders), str(count),
         str(first)], check=True, capture_output=True, text=True).stdout
    result = json.loads(said)
    if result["refused"]:
        raise SystemExit(f"{result['refused']} of {count} charts were refused")
    return result
