#!/usr/bin/env python3
"""The catalog of charts follows the log: what was acknowledged is found at once, as the index has it,
whatever happened to search.db."""
import contextlib
import functools
import json
import os
import shutil
import sqlite3
import urllib.parse

from wire import Server, equal, settled
from harness import chart, command, contains, main, must, table, temporary, test


BEHIND_EVENTS = 100     # HUB_BEHIND_EVENTS of limits.h


def post(running, path, body, status=200):
    answer = running.request("POST", path, json.dumps(body).encode())
    equal(answer.status, status, answer.body)


def publish(running, archive, repo=""):
    answer = running.publish(archive, repo)
    equal(answer.status, 201, answer.body)


def found(running, query="", headers=None):
    """"repo/name version" of every hit, in order of their names."""
    answer = running.get(f"/api/v1/search?limit=100&q={urllib.parse.quote(query)}", headers)
    equal(answer.status, 200, answer.body)
    hits = json.loads(answer.body)["results"]
    return sorted(f"{hit['repo']}/{hit['name']} {hit['version']}" for hit in hits)


# ---- each change ----

@test
def found_as_soon_as_published():
    running = Server()
    for i in range(20):
        publish(running, chart(f"quick-{i}", "1.0.0", description=f"the {i}th of them"))
        equal(found(running, f"name:quick-{i}"), [f"main/quick-{i} 1.0.0"])


@test
def newest_stable_is_shown():
    running = Server()
    for version, shown in (("1.0.0-rc.1", "1.0.0-rc.1"), ("1.0.0-rc.2", "1.0.0-rc.2"),
                           ("0.9.0", "0.9.0"), ("1.0.0", "1.0.0"), ("2.0.0-beta", "1.0.0"),
                           ("1.0.1+build", "1.0.1+build"), ("0.1.0", "1.0.1+build")):
        publish(running, chart("a", version))
        equal(found(running), [f"main/a {shown}"], version)


@test
def versions_that_leave_the_index():
    running = Server()
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        publish(running, chart("a", version))
    equal(running.request("DELETE", "/api/charts/a/1.2.0").status, 200)
    equal(found(running), ["main/a 1.1.0"])
    post(running, "/api/v1/repos/main/yank", {"chart": "a", "version": "1.1.0"})
    equal(found(running), ["main/a 1.0.0"])
    post(running, "/api/v1/repos/main/undelete", {"chart": "a", "version": "1.2.0"})
    equal(found(running), ["main/a 1.2.0"])
    post(running, "/api/v1/repos/main/purge", {"chart": "a", "version": "1.2.0"})
    post(running, "/api/v1/repos/main/unyank", {"chart": "a", "version": "1.1.0"})
    equal(found(running), ["main/a 1.1.0"])
    for version in ("1.0.0", "1.1.0"):
        equal(running.request("DELETE", f"/api/charts/a/{version}").status, 200)
    equal(found(running), [])


@test
def repositories_that_change():
    running = Server()
    post(running, "/api/v1/repos", {"name": "team-a/one"}, 201)
    publish(running, chart("a"), "team-a/one")
    publish(running, chart("b"))
    post(running, "/api/v1/repos/team-a/one/rename", {"to": "two"})
    equal(found(running), ["main/b 1.0.0", "two/a 1.0.0"])
    publish(running, chart("a", "1.1.0"), "two")
    equal(found(running, "repo:two"), ["two/a 1.1.0"])
    equal(found(running, "repo:team-a/one"), [])
    equal(running.request("DELETE", "/api/v1/repos/two?confirm=two").status, 200)
    equal(found(running), ["main/b 1.0.0"])


# ---- search.db is nobody's truth ----

@functools.cache
def stored():
    """A data directory with some charts, of which nobody runs a server; and what is found in it."""
    running = Server(keep=True)
    for i in range(12):
        publish(running, chart(f"c{i}", "1.0.0", {"README.md": f"# about rockets {i}\n".encode()}))
        publish(running, chart(f"c{i}", "1.1.0", {"README.md": f"# about rockets {i}\n".encode()}))
    rockets = found(running, "rockets")
    equal(len(rockets), 12)
    running.stop()
    return running.data, rockets


def some_charts():
    """A copy of it, and what is found."""
    data, rockets = stored()
    return shutil.copytree(data, temporary() / "data"), rockets


def remove(data):
    (data / "search.db").unlink()


def remove_all(data):
    for file in data.glob("search.db*"):
        file.unlink()


def garbage(data):
    (data / "search.db").write_bytes(b"this is no database at all" * 1000)


def empty(data):
    (data / "search.db").write_bytes(b"")


def torn(data):
    whole = (data / "search.db").read_bytes()
    (data / "search.db").write_bytes(whole[:len(whole) // 2])


def spoil_pages(data):
    """All but the first two."""
    with open(data / "search.db", "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(8192)
        file.write(b"?" * (size - 8192))


def of_another(data):
    other = Server()
    publish(other, chart("stranger"))
    found(other)
    other.stop()
    shutil.copy(other.data / "search.db", data / "search.db")


@table(*((spoil.__name__, spoil) for spoil in (remove, garbage, empty, torn, of_another)))
def made_again(spoil):
    data, before = some_charts()
    spoil(data)
    again = Server(data)
    equal(found(again, "rockets"), before)
    equal(found(again, "stranger"), [])
    publish(again, chart("later"))
    equal(found(again, "name:later"), ["main/later 1.0.0"])


@test
def told_while_it_is_being_made():
    """What is searched before all of it was read says so, to people and programs; an empty list too."""
    running, notice = Server(), "The catalog is still being made."

    def seen():
        pages = [running.get(path).body.decode() for path in ("/", "/search", "/search?q=quick")]
        told = json.loads(running.get("/api/v1/search?limit=1").body).get("incomplete", False)
        line = command("search", "quick", "--server", running.url).stderr
        return {told, "the catalog is still being made" in line, *(notice in page for page in pages)}, pages

    equal(found(running), [])       # search.db is made
    with contextlib.closing(sqlite3.connect(running.data / "search.db", isolation_level=None)) as rows:
        rows.execute("BEGIN IMMEDIATE")
        for number in range(BEHIND_EVENTS + 1):
            publish(running, chart(f"quick-{number}"))
        told, pages = seen()
        equal(told, {True})
        assert not any("Nothing was" in page for page in pages), "nothing was published, nothing was found"
    assert settled(lambda: seen()[0] == {False}), "it is said for ever"
    equal(len(found(running, "quick")), 100)


@test
def killed_in_the_middle():
    running = Server()
    for i in range(60):
        publish(running, chart(f"k{i}", "1.0.0"))
    running.kill()
    again = Server(running.data)
    equal(len(found(again)), 60)


@test
def what_was_imported_without_a_server():
    running = Server()
    publish(running, chart("first"))
    running.stop()
    folder = temporary()
    (folder / "second-1.0.0.tgz").write_bytes(chart("second"))
    must("import", "--data", running.data, folder)
    again = Server(running.data)
    equal(found(again), ["main/first 1.0.0", "main/second 1.0.0"])


# ---- what was purged ----

@test
def purged_while_somebody_reads():
    """A reader keeps what was purged in the file; the next start removes it."""
    secret, running = b"correcthorsebatterystaple", Server()
    publish(running, chart("a", "1.0.0", {"README.md": b"# " + secret}))
    equal(found(running, secret.decode()), ["main/a 1.0.0"])
    with contextlib.closing(sqlite3.connect(f"file:{running.data}/search.db?mode=ro", uri=True,
                                            isolation_level=None)) as rows:
        rows.execute("BEGIN")
        rows.execute("SELECT * FROM chart").fetchone()
        answer = running.request("POST", "/api/v1/repos/main/purge", b'{"chart": "a", "version": "1.0.0"}')
        equal((answer.status, json.loads(answer.body)["code"]), (503, "busy"), answer.body)
        contains(running.log(), "catalog.unswept")
        running.kill()

    def left():
        return [file.name for file in running.data.glob("search.db*") if secret in file.read_bytes()]
    assert left(), "there is nothing to be removed"
    again = Server(running.data)
    assert settled(lambda: not left()), again.log()
    equal(found(again), [])


# ---- what no event tells ----

def soon(running, expected, query=""):
    """The catalog is brought there by a thread of its own, and nobody waits for it."""
    assert settled(lambda: found(running, query) == expected), found(running, query)


@test
def damage_and_its_healing():
    running = Server()
    whole = {version: chart("a", version, description=f"as of {version}") for version in ("1.0.0", "1.1.0")}
    for archive in (*whole.values(), chart("b")):
        publish(running, archive)
    (running.data / "repos/main/charts/a-1.1.0.tgz").unlink()
    equal(running.get("/charts/a-1.1.0.tgz").status, 503)
    soon(running, ["main/a 1.0.0", "main/b 1.0.0"])
    equal(found(running, '"as of 1.1.0"'), [])
    equal(running.publish(whole["1.1.0"]).status, 201)       # the same bytes heal it
    soon(running, ["main/a 1.1.0", "main/b 1.0.0"])
    equal(found(running, '"as of 1.1.0"'), ["main/a 1.1.0"])


def searched(running):
    """To people and to programs it is being made, and not a fault."""
    told = running.get("/api/v1/search?q=rockets")
    equal((told.status, json.loads(told.body).get("incomplete")), (200, True))


def shown_to_people(running):
    page = running.get("/search?q=rockets")
    equal(page.status, 200)
    contains(page.body.decode(), "The catalog is still being made.")


def asked_for_users(running):
    """Or the thread that renders charts met it first, and it is made again already."""
    status = running.get("/api/v1/charts/main/c1/1.0.0/used-by?versions=all").status
    assert status == 503 or "catalog.dropped" in running.log(), status


def followed(running):
    equal(running.publish(chart("later", "1.0.0", {"README.md": b"# about trains\n"})).status, 201)
    assert settled(lambda: "catalog.dropped" in running.log()), running.log()


@table(*((f"{spoil.__name__}, {meet.__name__}", spoil, meet)
         for spoil, meets in ((spoil_pages, (searched, shown_to_people, asked_for_users, followed)),
                              (remove_all, (searched, shown_to_people, asked_for_users)))
         for meet in meets))
def made_again_while_it_is_served(spoil, meet):
    """Damaged or removed under a server: whoever meets that first has it made again, and nobody else has to do
    anything."""
    data, before = some_charts()
    running = Server(data)
    equal(found(running), before)
    spoil(data)
    meet(running)
    assert settled(lambda: found(running, "rockets") == before), running.log()
    equal(running.log().count("catalog.dropped"), 1)
    must("fsck", "--data", data)
    publish(running, chart("after"))
    equal(found(running, "name:after"), ["main/after 1.0.0"])


def tamper(data):
    """What no check of a database finds: rows that are not what the charts say."""
    with sqlite3.connect(data / "search.db") as rows:
        rows.execute("UPDATE chart SET name = 'wrong-' || name")
        rows.execute("INSERT INTO words(words) VALUES ('delete-all')")


@test
def rebuild_makes_it_again_while_it_is_served():
    data, before = some_charts()
    running = Server(data)
    equal(found(running), before)
    inode = (running.data / "search.db").stat().st_ino
    tamper(running.data)
    equal(found(running, "rockets"), [])
    must("rebuild", "--data", running.data)
    soon(running, before)
    soon(running, before, "rockets")
    assert (running.data / "search.db").stat().st_ino != inode
    publish(running, chart("after"))
    equal(found(running, "name:after"), ["main/after 1.0.0"])


@test
def rebuild_without_a_server():
    data, before = some_charts()
    tamper(data)
    must("rebuild", "--data", data)
    assert not (data / "search.db").exists()
    soon(Server(data), before)


if __name__ == "__main__":
    main()
