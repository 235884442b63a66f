#!/usr/bin/env python3
"""chartlocker yank, unyank, delete, undelete, purge and retention, while a server runs and while none does."""
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (PROGRAM, Server, chart, clean_environment, command, contains, equal, main, must,
                     table, temporary, test)
from hostile_server import Hostile, whole
from openpgp import PUBLIC
from terminal import rows

BOTH = (("without a server", False), ("beside a server", True))


def start(running, versions=("1.0.0", "1.1.0")):
    """A data directory with versions of demo, and app, which depends on 1.0.0."""
    folder = temporary()
    (folder / "charts").mkdir()
    for version in versions:
        (folder / f"charts/demo-{version}.tgz").write_bytes(chart("demo", version))
    (folder / "charts/app-1.0.0.tgz").write_bytes(chart("app", dependencies=[
        {"name": "demo", "version": "1.0.0", "repository": "http://charts.example.org"}]))
    if running:
        Server(data=folder / "data")
    must("import", folder / "charts", "-d", folder / "data")
    return folder / "data"


def done(*line):
    """What one says who did it: exit status, both outputs."""
    result = command(*line)
    return result.returncode, result.stdout, result.stderr


@test
def by_the_address_of_a_server():
    """Whoever may, from another machine; and nothing is made where a command was typed in the wrong place."""
    server = Server()
    equal(server.publish(chart("demo", "1.0.0"), "team-a/stable").status, 201)
    for verb in ("yank", "unyank", "delete", "undelete"):
        equal(done(verb, "team-a/stable/demo", "1.0.0", "--server", server.url), (0, f"demo 1.0.0: {verb} done\n", ""))
    nowhere = temporary() / "data"
    equal(done("yank", "demo", "1.0.0", "-d", nowhere),
          (1, "", f"chartlocker yank: there is no data directory {nowhere}; name one with --data, or a server with "
           "--server\n"))
    assert not nowhere.exists()


USED = "used by main/app 1.0.0 (1.0.0)\n"


@table(*BOTH)
def every_command(running):
    data = start(running)
    about = ("demo", "1.0.0", "-d", data)
    equal(done("yank", *about, "--dry-run"), (0, "demo 1.0.0: yank would be done (dry run)\n", USED))
    equal(done("yank", *about, "--reason", "it breaks"), (0, "demo 1.0.0: yank done\n", USED))
    equal(done("yank", *about)[:2], (0, "demo 1.0.0: yank was done before\n"))
    equal(done("unyank", *about), (0, "demo 1.0.0: unyank done\n", ""))
    status, out, said = done("yank", *about, "--json")
    answer = json.loads(out)
    equal((status, answer["chart"], answer["version"], said), (0, "demo", "1.0.0", USED))
    equal([user["chart"] for user in answer["used_by"]], ["app"])
    equal(done("delete", *about, "-n"), (0, "demo 1.0.0: delete would be done (dry run)\n", USED))
    equal(done("delete", *about), (0, "demo 1.0.0: delete done\n", USED))
    equal(done("delete", *about), (1, "", "chartlocker delete: there is no demo-1.0.0.tgz\n"))
    equal(done("undelete", *about), (0, "demo 1.0.0: undelete done; yanked as before\n", ""))
    equal(done("purge", *about, "-n")[:2], (0, "demo 1.0.0: purge would be done (dry run)\n"))
    equal(done("purge", *about, "--reason", "a secret")[:2], (0, "demo 1.0.0: purge done\n"))
    equal(done("undelete", *about), (1, "", "chartlocker undelete: demo-1.0.0.tgz was purged\n"))
    events = [json.loads(line) for line in must("log", "--json", "-d", data).splitlines()]
    equal([(event["kind"], event["detail"]["reason"]) for event in events
           if "reason" in event["detail"]], [("yank", "it breaks"), ("purge", "a secret")])


def at_a_terminal(answer, *line):
    """What stands there, and the exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([PROGRAM, *map(str, line)], stdin=theirs, stdout=theirs, stderr=theirs,
                               env=clean_environment())
    os.close(theirs)
    seen = b""
    asked = False
    while True:
        try:
            piece = os.read(ours, 1000)
        except OSError:
            break
        seen += piece
        if seen.endswith(b"[y/N] ") and not asked:
            asked = True
            os.write(ours, answer)
    os.close(ours)
    return process.wait(60), asked, seen.decode().replace("\r\n", "\n")


def state_of(data, version):
    listed = json.loads(must("log", "--json", "-d", data).splitlines()[-1])
    return listed["kind"], listed["version"] == version


@table(("no", b"n\n", 1, False), ("nothing", b"\n", 1, False), ("its end", b"\x04", 1, False),
       ("another word", b"yesterday\n", 1, False), ("y", b"y\n", 0, True), ("Yes", b"Yes\n", 0, True))
def a_terminal_is_asked(answer, status, goes):
    data = start(False)
    for command_ in ("yank", "delete", "purge"):
        got, asked, seen = at_a_terminal(answer, command_, "demo", "1.0.0", "-d", data)
        equal((got, asked), (status, True), seen)
        assert seen.startswith(USED + f"{command_} demo 1.0.0 all the same? [y/N] "), seen
        equal(f"chartlocker {command_}: nothing was changed\n" in seen, not goes)
        equal(state_of(data, "1.0.0") == (command_, True), goes)


@table(("--yes", ("--yes", "demo", "1.0.0"), USED), ("a dry run", ("-n", "demo", "1.0.0"), USED),
       ("nobody uses it", ("demo", "1.1.0"), ""))
def a_terminal_is_not_asked(line, said):
    data = start(False)
    got, asked, seen = at_a_terminal(b"n\n", "yank", *line, "-d", data)
    equal((got, asked), (0, False))
    assert seen.startswith(said + "demo 1."), seen


@table(*BOTH)
def what_retention_takes(running):
    data = start(running)
    equal(must("retention", "-d", data).splitlines(), ["REPOSITORY  CHART  VERSION  NOT KEPT BY  SO IT"])
    must("repo", "set", "main", "keep_last=1", "-d", data)
    plans = lambda *more: rows(must("retention", "-d", data, *more))[1:]
    equal(plans("--dry-run"), [])    # app depends on it
    must("purge", "app", "1.0.0", "-d", data)
    equal(plans("--dry-run"), [["main", "demo", "1.0.0", "keep_last=1", "would go"]])
    plan = json.loads(must("retention", "-n", "-j", "-r", "main", "-d", data))
    equal(plan[0]["versions"],
          [{"chart": "demo", "version": "1.1.0", "taken": False, "kept_by": "keep_last"},
           {"chart": "demo", "version": "1.0.0", "taken": True, "not_kept_by": "keep_last=1"}])
    equal(plans(), [["main", "demo", "1.0.0", "keep_last=1", "deleted"]])
    equal(done("undelete", "demo", "1.0.0", "-d", data), (0, "demo 1.0.0: undelete done\n", ""))


def plan(repo, **more):
    version = {"chart": "demo", "version": "1.0.0", "taken": True, "not_kept_by": "keep_last=1", **more}
    return {"repo": repo, "rules": "keep_last=1", "dry_run": False, "taken": 1, "kept": 0, "versions": [version]}


def answering(**plans):
    """A data directory whose server answers so: repository → its plan, None: it fails."""
    data = temporary()
    as_json = lambda value, status=200: whole(json.dumps(value).encode(), status, Content_Type="application/json")
    Hostile({"/api/v1/repos": as_json([{"name": name} for name in plans]),
             **{f"/api/v1/repos/{name}/retention": as_json(made) if made else
                as_json({"detail": "this disk is sick", "code": "io"}, 500)
                for name, made in plans.items()}}, address=str(data / "control.sock"))
    return data


@test
def a_version_that_retention_could_not_delete():
    data = answering(one=plan("one", error="read_only"))
    status, out, said = done("retention", "-d", data)
    equal((status, rows(out)[1], said), (1, ["one", "demo", "1.0.0", "keep_last=1", "read_only"], ""))
    status, out, said = done("retention", "-d", data, "--json")
    equal((status, json.loads(out), said), (1, [plan("one", error="read_only")], ""))


@test
def what_retention_did_before_it_failed():
    data = answering(one=plan("one"), two=None, three=plan("three"))
    status, out, said = done("retention", "-d", data)
    equal((status, rows(out)[1], said),
          (1, ["one", "demo", "1.0.0", "keep_last=1", "deleted"], "chartlocker retention: this disk is sick\n"))
    equal(json.loads(done("retention", "-d", data, "--json")[1]), [plan("one")])


@table(("a version that is not there", ("yank", "demo", "9.0.0"), "there is no demo-9.0.0.tgz"),
       ("a repository that is not there", ("purge", "-r", "none", "demo", "1.0.0"),
        'there is no repository "none"'),
       ("a repository that cannot be", ("unyank", "-r", "../x", "demo", "1.0.0"), "a segment is"),
       ("a yank in none", ("yank", "none/app", "1.0.0"), 'there is no repository "none"'),
       ("the retention of none", ("retention", "-r", "none"), 'there is no repository "none"'))
def refused(line, sentence):
    status, out, said = done(*line, "-d", start(False))
    equal((status, out, said.count("\n")), (1, "", 1), said)
    contains(said, f"chartlocker {line[0]}: ")
    contains(said, sentence)


@table(("no chart", ("yank",), "yank takes CHART VERSION"),
       ("no version", ("purge", "demo"), "purge takes CHART VERSION"),
       ("two versions", ("undelete", "demo", "1", "2"), "undelete takes CHART VERSION"),
       ("an empty version", ("unyank", "demo", ""), "argument 2 is empty"),
       ("a reason that nobody keeps", ("unyank", "demo", "1.0.0", "--reason", "x"),
        "unrecognized option '--reason'"),
       ("a chart's retention", ("retention", "demo"), 'unexpected argument "demo"'))
def misused(line, sentence):
    folder = temporary()
    status, out, said = done(*line, "-d", folder / "data")
    equal((status, out), (2, ""))
    equal(said.splitlines()[0], f"chartlocker {line[0]}: {sentence}")
    contains(said, f"Usage: chartlocker {line[0]} ")
    assert not (folder / "data").exists()


@test
def more_than_a_request_holds():
    """A keyring that is within its limit and not within a request's, as JSON."""
    data = start(False)
    (data.parent / "keys").write_text(PUBLIC + "\n" * (262_144 - len(PUBLIC)))
    equal(done("repo", "set", "main", "--keyring", data.parent / "keys", "maintainers=" + "\n" * 4000, "-d", data),
          (1, "", "chartlocker repo: this is more than the 524288 bytes of a request\n"))


if __name__ == "__main__":
    main()
