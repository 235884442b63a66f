#!/usr/bin/env python3
"""/admin: how the server is, what happened, and its repositories, for who manages it."""
import functools
import html
import json
import re

from people import PASSWORD, add_token, add_user, basic, bearer
from sessions import OWN, send, signed_in
from wire import Server, contains, equal
from harness import chart, command, main, settled, table, test

ROLES = {"root": "admin:*", "owner": "admin:stable\npull:*", "reader": "pull:*"}


@functools.cache
def server():
    """main, stable (a chart of two versions, one yanked), vault, and gone, which was deleted."""
    running = Server(keep=True)
    for body in ('{"name":"stable"}', '{"name":"vault","private":true}', '{"name":"gone"}',
                 '{"name":"first"}'):
        equal(running.request("POST", "/api/v1/repos", body).status, 201)
    for version in ("1.0.0", "2.0.0"):
        equal(running.publish(chart("demo", version), "stable").status, 201)
    equal(running.publish(chart("demo"), "gone").status, 201)
    equal(running.publish(chart("demo"), "first").status, 201)
    equal(running.request("POST", "/api/v1/repos/stable/yank",
                          '{"chart":"demo","version":"1.0.0","reason":"<b>broken</b>"}').status, 200)
    equal(running.request("POST", "/api/v1/repos/first/rename", '{"to":"second"}').status, 200)
    equal(running.request("DELETE", "/api/v1/repos/gone?confirm=gone").status, 200)
    running.stop()
    for name, roles in ROLES.items():
        add_user(running.data, name, roles)
    made = Server(data=running.data, keep=True)
    made.token = add_token(running.data, "robot", "push:*\npull:*")
    equal(made.request("POST", "/api/stable/charts", chart("bot"), bearer(made.token)).status, 201)
    return made


@functools.cache
def cookie(name):
    return {"Cookie": f"chartlocker={signed_in(server(), name)}"} if name else {}


def page(path, name="root", status=200):
    answer = server().get(path, cookie(name))
    equal(answer.status, status, answer.body)
    return answer.body.decode()


def plain(markup):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def rows(text):
    """The cells of the rows of the page's table."""
    return [[plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
            for row in re.findall(r"<tr><td.*?</tr>", text, re.S)]


# ---- the overview ----

@table(("nobody", None, 401), ("who reads", "reader", 403), ("of one repository", "owner", 403),
       ("of all", "root", 200))
def who_may_look(name, status):
    for path in ("/admin", "/admin/events"):
        text = page(path, name, status)
        equal("Event log" in text or "Older" in text or "anything" in text, status == 200)


@test
def overview():
    text = page("/admin")
    facts = {plain(name): plain(value)
             for name, value in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text, re.S)}
    equal({name: facts[name] for name in ("State", "Repositories", "Charts", "Versions",
                                          "Damaged versions", "Last scrub", "Events", "Changes")},
          {"State": "writable", "Repositories": "4", "Charts": "3", "Versions": "3",
           "Damaged versions": "0", "Last scrub": "none since start", "Events": "14",
           "Changes": "taken"})
    contains(text, "All is well")
    equal(rows(text)[0][2:], ["publish", "stable", "bot 1.0.0", "robot"])


@test
def what_is_wrong_comes_first():
    running = Server(keep=True)
    equal(running.publish(chart("rotten")).status, 201)
    [stored] = (running.data / "repos/main/charts").glob("rotten*")
    stored.chmod(0o600)
    stored.write_bytes(b"x" * stored.stat().st_size)
    running.stop()
    equal(command("fsck", "--data", running.data).returncode, 1)
    running = Server(data=running.data, keep=True)
    running.get("/charts/rotten-1.0.0.tgz")
    assert settled(lambda: "because of a damaged file" in running.get("/admin").body.decode())
    contains(running.get("/admin").body.decode(), "There are no users")


# ---- events ----

@test
def newest_first():
    found = rows(page("/admin/events"))
    equal([int(row[0]) for row in found], list(range(14, 0, -1)))
    equal([row[2:] for row in found][:6], [
        ["publish", "stable", "bot 1.0.0", "robot"],
        ["repo.delete", "gone deleted", "", "anonymous"],
        ["repo.create", "second", "", "anonymous"],
        ["repo.rename to second", "first", "", "anonymous"],
        ["yank reason <b>broken</b>", "stable", "demo 1.0.0", "anonymous"],
        ["publish", "second", "demo 1.0.0", "anonymous"]])
    contains(page("/admin/events"), 'href="/packages/second/demo/1.0.0"')


@table(("a repository", "repo=stable", 5), ("by its new name", "repo=second", 4),
       ("not by its old one", "repo=first", 0), ("a kind", "kind=publish", 5),
       ("of a repository", "kind=publish&repo=stable", 3), ("a person", "person=robot", 1),
       ("her id", "person=anonymous", 12), ("nobody", "person=%3Cscript%3E", 0),
       ("no kind", "kind=%27%20OR%201", 0), ("before", "before=3", 2),
       ("all of it", "repo=stable&kind=publish&person=robot&before=99", 1))
def filtered(query, count):
    text = page(f"/admin/events?{query}")
    equal(len(rows(text)), count)
    assert "<script>" not in text


@test
def pages_by_cursor():
    running = Server(keep=True)
    for n in range(105):
        equal(running.publish(chart("many", f"1.0.{n}")).status, 201)
    first = running.get("/admin/events?kind=publish").body.decode()
    equal(len(rows(first)), 100)
    assert "Newest" not in first
    older = html.unescape(re.search(r'rel="next" href="([^"]*)"', first)[1])
    second = running.get(older).body.decode()
    equal([row[4] for row in rows(second)], [f"many 1.0.{n}" for n in range(4, -1, -1)])
    contains(second, "Newest")
    assert "Older" not in second


@table(("no number", "before=x"), ("nothing", "before=0"))
def no_cursor(query):
    page(f"/admin/events?{query}", status=400)


main()
