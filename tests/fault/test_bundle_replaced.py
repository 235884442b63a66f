"""A bundle that replaces bytes, killed at each call that stores something: the old ones or the new ones, whole."""
import functools
import json
import shutil

from inject import KILL, STORES, FAIL, Fault
from harness import LONG, Server, chart, command, contains, digest, equal, form, main, must, provenance, temporary, test

POINTS = 60 if LONG else 8
NEVER = 3000
OLD, NEW = chart("one"), chart("one", description="other bytes")
FILE = "repos/stable/charts/one-1.0.0.tgz"


@functools.cache
def sides():
    """The second trip's file, and a data directory that has the first one."""
    folder = temporary(keep=True)
    outer, inner = folder / "outer", folder / "inner"
    key = must("keys", "generate", "--data", outer, "--name", "outer.example.org").strip()
    must("repo", "create", "stable", "--data", outer, "--set", "overwrite=true")
    running, made = Server(outer), []
    for archive in (OLD, NEW):
        answer = running.request("POST", "/api/stable/charts?force", *form(archive, provenance(archive, "one")))
        equal(answer.status, 201, answer.body)
        since = ("--parent", made[0]["trip"]) if made else ()
        made.append(json.loads(must("bundle", "create", "--repo", "stable", "--data", outer, "-o", f"{folder}/",
                                    "--json", *since)))
    running.stop()
    must("keys", "trust", key, "--data", inner)
    must("bundle", "import", "--data", inner, folder / made[0]["file"])
    must("repo", "set", "stable", "overwrite=true", "--data", inner)
    return folder / made[1]["file"], inner


def copy_of_inner():
    data = temporary() / "data"
    shutil.copytree(sides()[1], data, symlinks=True)
    return data


def bring(data, env=None):
    return command("bundle", "import", "--data", data, sides()[0], env=env)


def check(data, *wanted):
    """Served, on disk, and the provenance file with it."""
    running = Server(data)
    [line] = running.index("stable")["entries"]["one"]
    body = running.get("/stable/charts/one-1.0.0.tgz").body
    prov = running.get("/stable/charts/one-1.0.0.tgz.prov").body
    running.stop()
    contains(wanted, body)
    equal((line["digest"], prov), (digest(body), provenance(body, "one")))
    equal((data / FILE).read_bytes(), body)
    equal(sorted(path.name for path in (data / FILE).parent.iterdir()), ["one-1.0.0.tgz", "one-1.0.0.tgz.prov"])
    contains(must("fsck", "--data", data), "all is well")


@test
def t_crash_01_killed_while_it_replaces():
    fault, data = Fault(), copy_of_inner()
    fault.arm(STORES, NEVER, FAIL)
    equal(bring(data, fault.env).returncode, 0)
    count = fault.count
    check(data, NEW)
    for turn, at in enumerate(sorted({turn * count // POINTS for turn in range(POINTS)})):
        fault, data = Fault(), copy_of_inner()
        fault.arm(STORES, at, KILL)
        done = bring(data, fault.env)
        try:
            equal(done.returncode, -9 if fault.hits else 0, done.stderr)
            if turn % 2:
                check(data, OLD, NEW)
            equal(bring(data).returncode, 0)
            check(data, NEW)
        except AssertionError as failure:
            raise AssertionError(f"call {at} ({fault.where}): {failure}") from failure
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
