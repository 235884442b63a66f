#!/usr/bin/env python3
"""/admin: how the server is, what happened, and its repositories, for who manages it."""
import functools
import html
import json
import re

from wire import Server, contains, equal, make_repo
from openpgp import PUBLIC
from people import PASSWORD, add_token, add_user, basic, bearer
from sessions import OWN, send, signed_in
from harness import TOP, chart, command, main, settled, table, test
from repo_settings import settings_of

ROLES = {"root": "admin:*", "owner": "admin:stable\npull:*", "reader": "pull:*"}


@functools.cache
def server():
    """main, stable (a chart of two versions, one yanked), vault, and gone, which was deleted."""
    running = Server(keep=True)
    for repo in ("stable", "vault", "gone", "first"):
        make_repo(running, repo, private=repo == "vault")
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
def what_a_virtual_repository_shows_is_counted_once():
    running = Server()
    equal(running.publish(chart("demo")).status, 201)
    make_repo(running, "all", members="main")
    contains(running.get("/admin").body.decode(), "<dt>Charts</dt><dd>1</dd>")


@test
def what_is_wrong_comes_first():
    running = Server()
    equal(running.publish(chart("rotten")).status, 201)
    [stored] = (running.data / "repos/main/charts").glob("rotten*")
    stored.chmod(0o600)
    stored.write_bytes(b"x" * stored.stat().st_size)
    running.stop()
    equal(command("fsck", "--data", running.data).returncode, 1)
    running = Server(data=running.data)
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
    running = Server()
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


@test
def every_kind_can_be_chosen():
    rows_of_table = re.findall(r'^\tK\("([\w.]+)"', (TOP / "indexer/store/event_kind.c").read_text(), re.M)
    shown = re.search(r'<select[^>]*name="kind".*?</select>', page("/admin/events"), re.S)[0]
    equal([kind for kind in re.findall(r'<option value="([^"]*)"', shown) if kind], rows_of_table)


@table(("no number", "before=x"), ("nothing", "before=0"))
def no_cursor(query):
    page(f"/admin/events?{query}", status=400)


# ---- repositories ----

@functools.cache
def code(name):
    return re.search(r'name="code" value="([0-9a-f]{64})"', page("/admin/repos/stable", name))[1]


def change(path, fields, name="root", sealed=None, headers=OWN):
    session = cookie(name).get("Cookie", "=").split("=")[1]
    return send(server(), path, {"code": code(name) if sealed is None else sealed, **fields}, session,
                headers)


def shown(repo):
    answer = server().get(f"/api/v1/repos/{repo}", basic("root", PASSWORD))
    return json.loads(answer.body)["settings"] if answer.status == 200 else answer.status


def last_event():
    text = server().get("/api/v1/events?limit=1000", basic("root", PASSWORD)).body
    return json.loads(text)["events"][-1]["event"]


def is_logged(*row):
    rows_of = json.loads(server().get("/api/v1/audit?limit=1000", basic("root", PASSWORD)).body)["audit"]
    return row in [(one["name"], one["action"], one["object"], one["verdict"]) for one in rows_of]


@test
def table_of_repositories():
    equal(send(server(), "/admin/repos", {}, headers={}).status, 401)
    must_set = {"max_bytes": "20m", "keep_last": "3", "keep_days": "90"}
    equal(change("/admin/repos/second", must_set).status, 303)
    found = {row[0].split()[0]: row[1:] for row in rows(page("/admin/repos"))}
    equal(list(found), ["main", "second", "stable", "vault"])
    equal(found["stable"][:2] + found["stable"][3:], ["2", "2", "none", "off", "all are kept"])
    equal(found["second"][3:], ["20 MB", "off", "newest 3, 90 days"])
    contains(page("/admin/repos"), ">private<")


@table(("all", "/admin/repos", "Repositories"), ("one", "/admin/repos/stable", "stable"),
       ("the log", "/admin/events", "Events"), ("users", "/admin/users", "Users"),
       ("a user", "/admin/users/owner", "owner"), ("tokens", "/admin/tokens", "Tokens"),
       ("webhooks", "/admin/hooks", "Webhooks"))
def told_from_what_it_administers(path, title):
    contains(page(path), f"<title>{title} · Administration · Chartlocker</title>")


def crumbs(text):
    return re.findall(r'href="([^"]*)"', re.search(r'<ol class="crumbs">.*?</ol>|$', text, re.S)[0])


@table(("a repository", "/admin/repos/stable", "root", ["/admin", "/admin/repos"]),
       ("for its own administrator", "/admin/repos/stable", "owner", ["/repos", "/repos/stable"]),
       ("a user", "/admin/users/owner", "root", ["/admin", "/admin/users"]),
       ("tokens", "/admin/tokens", "root", ["/admin", "/admin/users"]),
       ("a list has tabs", "/admin/users", "root", []))
def back_to_the_list(path, name, there):
    equal(crumbs(page(path, name)), there)


@test
def a_repository_is_made():
    answer = change("/admin/repos", {"name": "team-a/new", "description": "wörds", "private": "true"})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/repos/team-a~new"))
    equal({key: shown("team-a/new")[key] for key in ("description", "private")},
          {"description": "wörds", "private": True})
    assert settled(lambda: is_logged("root", "repo.create", "team-a/new", "ok"))
    contains(page("/admin/repos/team-a~new"), 'action="/admin/repos/team-a~new/rename#rename"')


@table(("that is there", "stable", 409, "stable"), ("no name", "Not A Name", 400, "segment"),
       ("nothing", "", 400, "segment"), ("reserved", "admin", 400, "reserved"),
       ("markup", "<b>", 400, "segment"))
def none_is_made(name, status, words):
    answer = change("/admin/repos", {"name": name, "description": "kept text", "private": "true"})
    equal(answer.status, status)
    text = answer.body.decode()
    contains(text, words)
    contains(text, 'value="kept text"')
    contains(text, f'value="{html.escape(name)}"')
    contains(text, 'name="private" value="true" checked')
    assert "<b>" not in text


@test
def a_description_is_long():
    answer = change("/admin/repos", {"name": "wordy", "description": "x" * 1001})
    equal(answer.status, 400)
    contains(answer.body.decode(), 'id="wrong-description">at most 1000 bytes')
    assert 'id="wrong-name"' not in answer.body.decode()


@table(("hosted", {}, ["About", "Who sees it", "Publishing", "Signatures", "Retention", "Quota", "Index"]),
       ("upstream", {"upstream": "http://127.0.0.1:8080", "allow_private": True, "paused": True},
        ["About", "Who sees it", "Upstream", "What is taken", "Guards", "Signatures", "Quota", "Index"]),
       ("virtual", {"members": "main"}, ["About", "Who sees it", "Members", "What is taken", "Index"]))
def fields_of_its_kind(settings, titles):
    running = Server()
    made = make_repo(running, "other", **settings)
    text = running.get("/admin/repos/other").body.decode()
    form = re.search(r'<form class="settings".*?</form>', text, re.S)[0]
    equal(re.findall(r"<h3>(.*?)</h3>", form), titles)
    equal(sorted({*re.findall(r' name="(\w+)"', form)} - {"code"}),
          settings_of(made["kind"]))


@table(("a repository", "repos/stable", ["Settings", "Rename", "Delete"]),
       ("an upstream", "repos/followed", ["Settings", "Rename", "Delete"]),
       ("a user", "users/root", ["Tokens", "Settings", "Password", "Remove"]),
       ("a webhook", "hooks/chat", ["Deliveries", "Settings", "Test", "Secret", "Remove"]))
def one_order_of_what_is_set(path, titles):
    """What there is of it, what it is set to, what is done once, its end."""
    root = basic("root", PASSWORD)
    text = administered().get(f"/admin/{path}", root).body.decode()
    equal(re.findall(r"<h2[^>]*>(.*?)</h2>", text), titles)
    equal(crumbs(text), ["/admin", "/admin/" + path.partition("/")[0]])


@functools.cache
def administered():
    running = Server(keep=True)
    make_repo(running, "stable")
    make_repo(running, "followed", upstream="http://127.0.0.1:8080", allow_private=True, paused=True)
    equal(running.request("POST", "/api/v1/hooks", json.dumps(
        {"name": "chat", "url": "https://chat.example.org/", "format": "plain"})).status, 201)
    add_user(running.data, "root", "admin:*")
    return running


@test
def settings_change():
    before = last_event()["seq"]
    answer = change("/admin/repos/stable", {"description": "for all", "keep_last": "20", "max_bytes": "1g",
                                            "maintainers": "Jo <jo@example.org>\r\nMo <mo@example.org>"})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/repos/stable?changed=settings"))
    now = shown("stable")
    equal((now["description"], now["keep_last"], now["max_bytes"], now["maintainers"]),
          ("for all", 20, 1 << 30, "Jo <jo@example.org>\nMo <mo@example.org>"))
    event = last_event()
    equal((event["kind"], event["repo"], event["seq"]), ("repo.set", "stable", before + 1))
    assert settled(lambda: is_logged("root", "repo.set", "stable", "ok"))
    contains(page("/admin/repos/stable?changed=settings"), "Saved")


@test
def nothing_is_an_empty_field():
    """That says what it means; emptied, or 0, it is nothing again."""
    before = last_event()["seq"]
    for typed, number, changes in ("5", 5, 1), ("", 0, 2), ("0", 0, 2), ("", 0, 2), ("5", 5, 3), ("0", 0, 4):
        equal(change("/admin/repos/vault", {"keep_last": typed}).status, 303)
        equal((shown("vault")["keep_last"], last_event()["seq"]), (number, before + changes))
    text = page("/admin/repos/vault")
    assert re.search('name="keep_last"[^>]* value=""[^>]* placeholder="no rule"', text)
    equal(text.count("Retention"), 1, "a hint says what the title does")


@test
def what_is_the_same_is_no_change():
    equal(change("/admin/repos/stable", {"maintainers": "Jo\r\nMo"}).status, 303)
    form = [("description", shown("stable")["description"]), ("private", "false"), ("undelete_days", "7"),
            ("maintainers", "Jo\r\nMo")]
    before = last_event()["seq"]
    equal(change("/admin/repos/stable", dict(form)).status, 303)
    equal(last_event()["seq"], before)


@test
def a_checkbox_that_is_empty_and_one_that_is_not_there():
    equal(change("/admin/repos/vault", {"description": "x"}).status, 303)
    equal(shown("vault")["private"], True, "a form without it made it public")
    equal(change("/admin/repos/vault", {"private": "false"}).status, 303)
    equal(shown("vault")["private"], False)
    body = f"code={code('root')}&private=false&private=true"
    equal(server().request("POST", "/admin/repos/vault", body, {
        **OWN, **cookie("root"), "Content-Type": "application/x-www-form-urlencoded"}).status, 303)
    equal(shown("vault")["private"], True)


@test
def what_is_wrong_stands_at_its_field():
    answer = change("/admin/repos/stable", {"keep_days": "many", "max_bytes": "-1", "description": "<i>typed</i>",
                                            "provenance": "perhaps", "known_as": "ftp://x"})
    equal(answer.status, 400)
    text = answer.body.decode()
    for name, words in (("keep_days", '"many" is not a number'), ("max_bytes", "is not a size"),
                        ("provenance", "is not one of"), ("known_as", "is no address")):
        contains(html.unescape(re.search(rf'id="wrong-{name}">(.*?)</p>', text)[1]), words)
    contains(text, 'value="many"')
    contains(text, "&lt;i&gt;typed&lt;/i&gt;")
    equal(shown("stable")["keep_days"], 0)
    assert settled(lambda: is_logged("root", "repo.set", "/admin/repos/stable", "invalid_request"))


@test
def what_is_wrong_only_in_the_end():
    """Said by the form as well, with what was typed."""
    running = Server()
    settings = {"name": "other", "upstream": "http://127.0.0.1:8080", "allow_private": True, "paused": True}
    equal(running.request("POST", "/api/v1/repos", json.dumps(settings)).status, 201)
    sealed = re.search(r'name="code" value="(\w+)"', running.get("/admin/repos/other").body.decode())[1]
    answer = send(running, "/admin/repos/other", {"code": sealed, "publisher_id": "me", "description": "typed"},
                  headers=OWN | {"Origin": running.url})
    equal(answer.status, 400, answer.body)
    for part in ("is no UUID", 'value="typed"', 'value="me"'):
        contains(answer.body.decode(), part)


@test
def a_keyring_is_long():
    equal(change("/admin/repos/second", {"keyring": PUBLIC * 400}).status, 303)
    equal(len(shown("second")["keyring"].replace("\r", "")), len(PUBLIC * 400))
    answer = change("/admin/repos/second", {"keyring": "x" * 300_000})
    equal(answer.status, 400)
    contains(answer.body.decode(), "at most 262144 bytes")
    equal(change("/admin/repos/second", {"keyring": "x" * 600_000}).status, 413)


@test
def its_own_administrator():
    text = page("/admin/repos/stable", "owner")
    assert "/rename" not in text and 'href="/admin/users"' not in text
    equal(change("/admin/repos/stable", {"description": "by its owner"}, "owner").status, 303)
    equal(shown("stable")["description"], "by its owner")
    for path, fields in (("/admin/repos/stable/rename", {"to": "mine"}),
                         ("/admin/repos/stable/delete", {"confirm": "stable"}),
                         ("/admin/repos/second", {"description": "not his"}), ("/admin/repos", {"name": "own"})):
        equal(change(path, fields, "owner").status, 403, path)


@test
def renamed_and_back():
    wrong = change("/admin/repos/second/rename", {"to": "stable"})
    equal(wrong.status, 409)
    contains(wrong.body.decode(), 'value="stable"')
    contains(wrong.body.decode(), 'id="wrong-to"')
    equal(change("/admin/repos/second/rename", {"to": "No Name"}).status, 400)
    answer = change("/admin/repos/second/rename", {"to": "third"})
    equal((answer.status, answer.headers["Location"]), (303, "/admin/repos/third"))
    assert settled(lambda: is_logged("root", "repo.rename", "second to third", "ok"))
    equal(change("/admin/repos/third/rename", {"to": "second"}).status, 303)


@test
def the_default_one_stays():
    assert "/admin/repos/main/" not in page("/admin/repos/main")
    for path, fields in (("rename", {"to": "other"}), ("delete", {"confirm": "main"})):
        answer = change(f"/admin/repos/main/{path}", fields)
        assert answer.status in (400, 409), answer.status
        contains(answer.body.decode(), "default repository")


@test
def deleted_and_purged():
    for name in ("doomed", "team-b/doomed"):
        address = name.replace("/", "~")
        equal(change("/admin/repos", {"name": name}).status, 303)
        equal(server().publish(chart("demo"), name, headers=bearer(server().token)).status, 201)
        wrong = change(f"/admin/repos/{address}/delete", {"confirm": "stable"})
        equal(wrong.status, 400)
        contains(wrong.body.decode(), "this is not the name of the repository")
        assert isinstance(shown(name), dict)
        answer = change(f"/admin/repos/{address}/delete", {"confirm": name})
        equal((answer.status, answer.headers["Location"]), (303, "/admin/repos"))
        equal(shown(name), 404)
        assert settled(lambda: is_logged("root", "repo.delete", name, "ok"))
        contains(page("/admin/repos"), f'action="/admin/quarantine/{address}#kept"')
        wrong = change(f"/admin/quarantine/{address}", {"confirm": "x"})
        equal(wrong.status, 400)
        contains(wrong.body.decode(), "Nothing was purged")
        contains(page("/admin/repos"), f'action="/admin/quarantine/{address}#kept"')
        equal(change(f"/admin/quarantine/{address}", {"confirm": name}).status, 303)
        assert f'action="/admin/quarantine/{address}#kept"' not in page("/admin/repos")
        assert settled(lambda: is_logged("root", "repo.purge", name, "ok"))


FORMS = (("/admin/repos", {"name": "forged"}), ("/admin/repos/stable", {"description": "forged"}),
         ("/admin/repos/stable/rename", {"to": "forged"}), ("/admin/repos/stable/delete", {"confirm": "stable"}),
         ("/admin/quarantine/gone", {"confirm": "gone"}))


@table(("nobody", None, "", OWN, 401), ("who reads", "reader", "", OWN, 403), ("no code", "root", "", OWN, 403),
       ("half a code", "root", "0" * 32, OWN, 403),
       ("another site", "root", None, {"Sec-Fetch-Site": "cross-site"}, 403),
       ("no word of the browser", "root", None, {}, 403))
def forms_of_others(name, sealed, headers, status):
    before = last_event()["seq"]
    for path, fields in FORMS:
        # Of a deleted one nobody is told that it was there.
        hidden = name is None and "quarantine" in path
        equal(change(path, fields, name, sealed, headers).status, 404 if hidden else status, path)
    equal(last_event()["seq"], before)


@table(("nobody", None, 401), ("who reads", "reader", 403), ("all", "root", 200))
def who_may_see_them(name, status):
    for path in ("/admin/repos", "/admin/repos/stable"):
        page(path, name, status)
    equal(server().get("/admin/repos/nowhere", cookie("root")).status, 404)


AT_THE_TOP = ("/logout", "/admin/repos/stable")


@table(*[(path, path) for path in ("/admin/repos", "/admin/users", "/admin/users/owner", "/admin/hooks", *AT_THE_TOP[1:])])
def forms_lead_to_their_place(path):
    """What is wrong stands there, also where it is far below the top."""
    text = page(path)
    for action in re.findall(r'<form[^>]* method="post" action="([^"]*)"', text):
        place = action.partition("#")[2]
        assert f'id="{place}"' in text if place else action in AT_THE_TOP, action


@test
def the_way_there():
    for name, there in (("root", True), ("owner", False), ("reader", False), (None, False)):
        equal('href="/admin"' in page("/", name), there)
    for name, there in (("root", True), ("owner", True), ("reader", False), (None, False)):
        text = page("/repos/stable", name)
        equal('href="/admin/repos/stable"' in text, there)
        equal('href="/upload?repo=stable"' in text, there)


@test
def reading_goes_on_while_changes_are_refused():
    running = Server(args=("--set", "read_only=true"))
    for path in ("/admin", "/admin/repos", "/admin/repos/main", "/admin/events", "/upload"):
        equal(running.get(path).status, 200)
    answer = running.request("POST", "/admin/repos", "name=x", {
        "Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", **OWN})
    equal(answer.status, 503)
    contains(answer.body.decode(), "Who runs this server decides how long.")
    assert "passes by itself" not in answer.body.decode()


if __name__ == "__main__":
    main()
