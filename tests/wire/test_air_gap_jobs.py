#!/usr/bin/env python3
"""The jobs of both sides of an air gap, by their scripts: next-bundle outside, take-bundles inside, and what each
leaves in the spool directory for the other."""
import hashlib
import json
import os
import subprocess
from pathlib import Path

from wire import equal
from bundles import Outer, inner, shown
from harness import PROGRAM, TOP, chart, chart_of_size, clean_environment, main, must, table, temporary, test

# Of a selection's hash the file's name has eight digits; those of this one are decimal, as a trip's are.
PLAIN_DIGITS = next(text for text in (f"one >=0.0.{n}" for n in range(1000))
                    if hashlib.sha256(text.encode()).hexdigest()[:8].isdecimal())


def job(name, data, *arguments, status=0):
    path = f"{Path(PROGRAM).parent}:{os.environ['PATH']}"
    done = subprocess.run([TOP / "deploy/airgap" / name, *map(str, arguments)], capture_output=True, text=True, check=False,
                          env=clean_environment({"PATH": path, "CHARTLOCKER_DATA": str(data)}))
    equal(done.returncode, status, (done.stdout, done.stderr))
    return done.stdout


def new_spool():
    spool = temporary()
    for name in ("bundles", "inventories"):
        (spool / name).mkdir()
    return spool


def next_bundle(outer, spool, *options, repo="main"):
    """Where it is."""
    said = json.loads(job("next-bundle", outer.data, repo, spool, *options, "--json"))
    return spool / "bundles" / said["file"]


@table(("plain", ()), ("a selection", ("--select", "one")), ("one whose hash is a number", ("--select", PLAIN_DIGITS)),
       ("dependencies", ("--closure",)), ("parts", ("--split", "50k")))
def there_and_back(options):
    """The second bundle has what the inventory of the first does not tell."""
    outer, spool = Outer(chart("one"), chart_of_size(120000, "one", "2.0.0")), new_spool()
    data = inner(outer)
    job("take-bundles", data, spool)
    equal(list((spool / "inventories").iterdir()), [])
    first = next_bundle(outer, spool, *options)
    if PLAIN_DIGITS in options:
        equal(first.stem[-8:].isdecimal(), True, first)
    job("take-bundles", data, spool)
    equal([p.name for p in (spool / "inventories").iterdir()], ["main.inventory"])
    equal(set(shown(data)), {("one", "1.0.0"), ("one", "2.0.0")})
    outer.publish(chart("one", "3.0.0"))
    second = next_bundle(outer, spool, *options)
    assert second.name.startswith(f"main-{first.name.split('-')[2].split('.')[0]}-"), (first, second)
    job("take-bundles", data, spool)
    equal(len(shown(data)), 3)


@test
def a_repository_in_two_parts():
    outer, spool = Outer(), new_spool()
    must("repo", "create", "team-1/stable-2", "--data", outer.data)
    equal(outer.publish(chart("one"), "team-1/stable-2").status, 201)
    data = inner(outer)
    next_bundle(outer, spool, "--select", "one", repo="team-1/stable-2")
    job("take-bundles", data, spool)
    equal([p.name for p in (spool / "inventories").iterdir()], ["team-1~stable-2.inventory"])


@test
def what_is_none():
    """It is told, not passed over."""
    spool = new_spool()
    (spool / "bundles" / "holiday.tar").write_bytes(b"x" * 5000)
    job("take-bundles", temporary() / "data", spool, status=1)


if __name__ == "__main__":
    main()
