"""Every system call of every change (scenarios.py) as the point where the power goes, or as the call
that fails.

A scenario is run once for each of its calls; afterwards a new start must find all of it or nothing,
say so in fsck, and take the same request again. LONG=1 takes all calls; `make check` for each row
some of them, of as many names (linkat, fsync, …) as can be: other ones in each row.
"""
import errno
import functools
import os
import re
import shutil

from changes import DEMO, THIRD
from harness import LONG, Server, command, contains, digest, equal, must, temporary
from inject import ANY, FAIL, KILL, Fault, spread
from scenarios import stored

POINTS_MAX = 2000
ROW_POINTS = 3         # about as many are taken for a row, and twice as many at the most: LONG=1 takes all


# ---- what must hold after the next start ----

def is_in_index(running, repo, file, content):
    answer = running.get(f"/{repo}/index.yaml" if repo else "/index.yaml")
    if answer.status == 404:
        return False
    entry = re.search(rf'"digest":"([0-9a-f]*)"[^\n]*"urls":\["charts/{re.escape(file)}"\]|'
                      rf'"urls":\["charts/{re.escape(file)}"\][^\n]*"digest":"([0-9a-f]*)"',
                      answer.body.decode())
    if entry:
        equal(entry[1] or entry[2], digest(content or b""), "index: " + file)
    return entry is not None


def check_group(running, scenario, before, after, acknowledged):
    if scenario.is_damaged and not acknowledged:
        return
    have = {file: stored(running, scenario.repo, file) for file in after}
    allowed = [after] if acknowledged else [before, after]
    assert have in allowed, f"half there: {dict((k, v and len(v)) for k, v in have.items())}"
    for file, content in have.items():
        path = running.data / "repos" / (scenario.repo or "main") / "charts" / file
        equal(path.exists(), content is not None, f"{file} in the folder")
        if file.endswith(".tgz"):
            shown = is_in_index(running, scenario.repo, file, content)
            assert shown in scenario.shown(content, acknowledged), f"{file} in the index: {shown}"


def check_fsck(data, known):
    done = command("fsck", "--data", data)
    assert done.returncode <= known, done.stdout + done.stderr


def check(data, scenario, acknowledged, offline):
    known = scenario.is_damaged and not acknowledged
    if offline and (data / "repos").exists():
        check_fsck(data, known)
    running = Server(data, scenario.serve_args)
    equal(os.listdir(data / "tmp"), [], "tmp/")
    for before, after in zip(scenario.before, scenario.after):
        check_group(running, scenario, before, after, acknowledged)
    scenario.check_more(running, acknowledged)
    if not offline:
        check_fsck(data, known)
    equal([p for p in data.rglob(".*") if p.name.endswith(".new") or ".new-" in p.name], [])
    running = scenario.again(running)
    for before, after in zip(scenario.before, scenario.after):
        check_group(running, scenario, before, after, True)
    if any(group.get(DEMO) for group in scenario.after):
        equal(running.publish(THIRD, scenario.repo).status, scenario.other_bytes_are, "other bytes")
    contains(must("fsck", "--data", data), "all is well")
    running.stop()


# ---- sweeping ----

@functools.cache
def prepared(kind):
    """The scenario, and its data directory as it is before."""
    scenario, data = kind(), temporary(keep=True) / "data"
    scenario.prepare(data)
    return scenario, data


def attempt(scenario, template, data, fault, arm):
    if template.exists():
        shutil.copytree(template, data, symlinks=True)
    return scenario.run(data, fault, arm)


@functools.cache
def calls(kind):
    """(kind, name) of the calls in a run in which none fails."""
    scenario, template = prepared(kind)
    fault, data = Fault(), temporary() / "data"
    acknowledged = attempt(scenario, template, data, fault, lambda: fault.arm(ANY, POINTS_MAX, FAIL))
    equal(acknowledged, True, "without a fault")
    return fault.calls


def points(kind, mask, number, share):
    names = [name for bit, name in calls(kind) if bit & mask]
    assert len(names) < POINTS_MAX, names
    # In LONG=1 some that are not there, too: two runs may differ by a few.
    share = max(share, len(names) // ROW_POINTS)
    return (range(len(names) + 3) if LONG else spread(names, number, share)), len(names)


def sweep(kind, number, share, mask, action, error=0, onwards=False):
    scenario, template = prepared(kind)
    scenario.is_disk_full = error in (errno.ENOSPC, errno.EDQUOT)
    chosen, count = points(kind, mask, number, share)
    if action == KILL:
        chosen = [*chosen, count]        # and what nothing disturbs
    for turn, at in enumerate(chosen):
        fault, data = Fault(), temporary() / "data"
        acknowledged = attempt(scenario, template, data, fault,
                               lambda at=at: fault.arm(mask, at, action, error, onwards))
        what = f"call {at} ({fault.where}), acknowledged: {acknowledged}"
        try:
            if not fault.hits:
                equal(acknowledged, True, "without a fault")
            check(data, scenario, acknowledged, offline=turn % 2 == 0)
        except AssertionError as failure:
            raise AssertionError(f"{what}: {failure}") from failure
        shutil.rmtree(data, True)
    print(f"# {kind.__name__}: {len(chosen)} of {count} points", flush=True)
