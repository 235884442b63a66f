"""Folders of the data directory that somebody removes, empties or puts elsewhere while the server runs: it makes them
again."""
import json
import os
import shutil

from changes import DEMO, DEMO_BODY, OLD
from harness import Server, chart, contains, equal, form, main, must, provenance, table, test


def empty(path):
    for entry in path.iterdir():
        entry.unlink()


def put_elsewhere(path):
    path.rename(path.parent / "elsewhere")
    path.mkdir(0o700)


def remove_and_make(path):
    shutil.rmtree(path)
    path.mkdir(0o700)


WAYS = (("removed", shutil.rmtree), ("emptied", empty), ("put elsewhere", put_elsewhere),
        ("removed and made by hand", remove_and_make))


def files(running, folder):
    return sorted(os.listdir(running.data / folder))


def check_well(running, *charts):
    equal(sorted(running.index()["entries"]), sorted(charts))
    contains(must("fsck", "--data", running.data), "all is well")
    equal(json.loads(running.get("/readyz").body), {"ready": True})


@table(*WAYS)
def quarantine(lose):
    """What is deleted is kept there as ever, from charts/ it goes, and it can be brought back."""
    running = Server()
    equal(running.request("POST", "/api/charts", *form(OLD, provenance(OLD))).status, 201)
    equal(running.publish(chart("other")).status, 201)
    lose(running.data / "quarantine")
    equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    equal((files(running, "repos/main/charts"), len(files(running, "quarantine"))), (["other-1.0.0.tgz"], 2))
    equal((running.data / "quarantine").stat().st_mode & 0o777, 0o700)
    check_well(running, "other")
    equal(running.request("POST", "/api/v1/repos/main/undelete", DEMO_BODY).status, 200)
    equal(running.get(f"/charts/{DEMO}").body, OLD)
    check_well(running, "demo", "other")


@table(*WAYS)
def quarantine_of_what_was_kept(lose):
    """It is gone, and nothing else is."""
    running = Server()
    for archive in (OLD, chart("other")):
        equal(running.publish(archive).status, 201)
    equal(running.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    lose(running.data / "quarantine")
    equal(running.request("POST", "/api/v1/repos/main/undelete", DEMO_BODY).status, 410)
    equal(running.request("POST", "/api/v1/repos/main/purge", DEMO_BODY).status, 200)
    check_well(running, "other")


@table(*WAYS)
def quarantine_of_a_repository(lose):
    """After the commit there is no way back: the server would take no more changes."""
    running = Server()
    for repo in ("main", "team/one"):
        equal(running.publish(OLD, repo).status, 201)
    lose(running.data / "quarantine")
    equal(running.request("DELETE", "/api/v1/repos/team/one?confirm=team/one").status, 200)
    equal(files(running, "quarantine"), ["team~one~charts~deleted~1"])
    equal(running.publish(chart("other")).status, 201)
    check_well(running, "demo", "other")


@test
def quarantine_of_what_a_crash_left():
    running = Server()
    equal(running.publish(OLD).status, 201)
    (running.data / "repos/main/charts/other-1.0.0.tgz").write_bytes(chart("other"))
    shutil.rmtree(running.data / "quarantine")
    contains(must("fsck", "--data", running.data, "--repair"), "problems: 1, repaired: 1")
    equal(files(running, "quarantine"), ["main~other-1.0.0.tgz~orphan~1"])
    check_well(running, "demo")


@table(*WAYS)
def tmp(lose):
    """A cleaner's work is nothing that an operator has to hear of."""
    running = Server()
    lose(running.data / "tmp")
    equal(running.publish(OLD).status, 201)
    equal((running.data / "tmp").stat().st_mode & 0o777, 0o700)
    check_well(running, "demo")


@test
def repos():
    """The charts are gone, and can be published again."""
    running = Server()
    equal(running.publish(OLD).status, 201)
    shutil.rmtree(running.data / "repos")
    equal(running.publish(OLD).status, 201)
    equal(running.get(f"/charts/{DEMO}").body, OLD)
    check_well(running, "demo")


@test
def a_link_is_not_followed():
    running = Server()
    equal(running.publish(OLD).status, 201)
    (running.data / "quarantine").rename(running.data.parent / "elsewhere")
    (running.data / "quarantine").symlink_to(running.data.parent / "elsewhere")
    (running.data / "tmp").rename(running.data.parent / "elsewhere-too")
    (running.data / "tmp").symlink_to(running.data.parent / "elsewhere-too")
    equal(running.publish(chart("other")).status // 100, 5)
    equal(running.get(f"/charts/{DEMO}").body, OLD)
    for folder in ("elsewhere", "elsewhere-too"):
        equal(os.listdir(running.data.parent / folder), [])


if __name__ == "__main__":
    main()
