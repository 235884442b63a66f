#!/usr/bin/env python3
"""Two and three servers of this kind: one follows the other by its log, and notices when that log is not
the one that it was.
Long because its stories share the servers that follow each other."""
import json
import re
import shutil
import statistics
import time

from wire import Server, contains, equal, make_repo
from people import add_token, add_user, bearer
from sessions import send, signed_in
from harness import PROGRAM, chart, command, free_port, main, must, provenance, settled, table, temporary, test
from following import shown, status
from hostile_server import Hostile, response, whole
import following

UPSTREAM = {"allow_private": True, "mode": "proxy"}
PUBLISHES = 50
SECONDS_MAX = 60    # until one is seen, on a busy machine


def at(port, data=None, *more):
    """A server that comes back under the same address."""
    data = data or temporary() / "data"
    line = [PROGRAM, "serve", "--data", data, "--listen", f"127.0.0.1:{port}", *more]
    return Server(data=data, line=line)


def publish(server, name, version="1.0.0", repo=""):
    equal(server.publish(chart(name, version), repo=repo).status, 201)


def follow(server, upstream, name="up", path="", **settings):
    make_repo(server, name=name, upstream=upstream.url + path, **{**UPSTREAM, **settings})
    assert settled(lambda: f"upstream.follow repo={name}" in server.log()), server.log()


def refresh(server, **options):
    return following.refresh(server, **options)[1]


def shows(server, what, repo="up"):
    assert settled(lambda: shown(server, repo) == what), (shown(server, repo), server.log()[-4000:])


def events(server, kind, headers=None):
    log = json.loads(server.get("/api/v1/events?limit=1000", headers or {}).body)["events"]
    return [e["event"] for e in log if e["event"]["kind"] == kind]


def requests(server, path):
    return sum(" INFO access " in line and f" path={path} " in line
               for line in server.log().splitlines())


# ---- what it says of itself ----

@test
def an_index_tells_how_it_is_followed():
    server = Server(args=("--set", "base_path=/charts"))
    publish(server, "a", repo="team/x")
    publish(server, "b")
    make_repo(server, name="all", members="team/x main")
    said = lambda path: server.get(path).headers["X-Chartlocker"]
    equal(said("/charts/index.yaml"), "api=api/v1; repo=main; event=5; log=repo")
    equal(said("/index.json"), "api=api/v1; repo=main; event=5; log=repo")
    equal(said("/charts/team/x/index.yaml"), "api=../../api/v1; repo=team/x; event=5; log=repo")
    equal(said("/all/index.yaml"), "api=../api/v1; repo=all; event=5; log=all")
    equal(said("/team/x/@2/index.yaml"), None)
    etag = server.get("/all/index.yaml").headers["ETag"]
    again = server.get("/all/index.yaml", {"If-None-Match": etag})
    equal((again.status, again.headers["X-Chartlocker"]), (304, said("/all/index.yaml")))


@test
def the_index_of_one_chart():
    server = Server()
    publish(server, "a", "1.0.0")
    publish(server, "a", "2.0.0")
    publish(server, "b")
    whole = json.loads(server.get("/index.json").body)
    one = server.get("/index.json?chart=a")
    equal(json.loads(one.body), {"apiVersion": "v1", "generated": whole["generated"], "entries": {"a": whole["entries"]["a"]}})
    equal(one.headers["X-Chartlocker"], "api=api/v1; repo=main; event=4; log=repo")
    equal(json.loads(server.get("/index.json?chart=nope").body)["entries"], {})
    equal(server.get("/nope/index.json?chart=a").status, 404)
    equal(server.get("/index.yaml?chart=a").body, server.get("/index.yaml").body)


# ---- following ----

@test
def what_is_published_there_is_seen_here():
    a, b = Server(), Server()
    publish(a, "app", "0.1.0")
    follow(b, a)
    make_repo(b, name="all", members="up")
    equal(status(b)["software"], "chartlocker")
    took = []
    for n in range(PUBLISHES):
        began = time.monotonic()
        publish(a, "app", f"1.0.{n}")
        while f"1.0.{n}" not in shown(b, "all")["app"]:
            assert time.monotonic() - began < SECONDS_MAX, b.log()[-4000:]
            time.sleep(0.001)
        took.append((time.monotonic() - began) * 1000)
        time.sleep(0.02)
    print(f"# seen in the virtual repository after {statistics.median(took):.1f} ms (p50), "
          f"{max(took):.1f} ms at most, the publish itself included")
    equal(requests(a, "/index.yaml"), 1)         # the rest came by the log
    equal(b.get("/all/charts/app-1.0.7.tgz").body, a.get("/charts/app-1.0.7.tgz").body)
    equal((status(b)["in_index"], status(b)["taken"]), (PUBLISHES + 1, PUBLISHES + 1))


@test
def what_becomes_of_a_version_is_followed():
    a, b = Server(), Server()
    for name in "abcd":
        publish(a, name)
    follow(b, a)
    act = lambda verb: equal(a.request("POST", f"/api/v1/repos/main/{verb}", json.dumps(
        {"chart": "a", "version": "1.0.0"})).status, 200)
    everything = {name: ["1.0.0"] for name in "abcd"}
    without = {name: ["1.0.0"] for name in "bcd"}
    act("yank")
    shows(b, without)
    act("unyank")
    shows(b, everything)
    equal(a.request("DELETE", "/api/charts/a/1.0.0").status, 200)
    shows(b, without)
    equal(requests(a, "/index.yaml"), 1)


@test
def a_provenance_file_that_comes_later_is_followed():
    a, b = Server(), Server()
    publish(a, "app")
    follow(b, a, mode="mirror")
    kept = b.data / "repos/up/charts/app-1.0.0.tgz"
    assert settled(kept.exists)
    assert settled(lambda: requests(a, "/charts/app-1.0.0.tgz.prov"))        # and there was none
    equal(b.get("/up/charts/app-1.0.0.tgz.prov").status, 404)
    equal(a.request("POST", "/api/prov", provenance(chart("app"), "app")).status, 201)
    assert settled(kept.with_name(kept.name + ".prov").exists), b.log()[-4000:]
    equal(requests(a, "/index.yaml"), 1)


@test
def what_becomes_of_its_name_is_followed():
    a, b = Server(), Server()
    publish(a, "app", repo="x")
    follow(b, a, path="/x", refresh_minutes=1440)
    equal(a.request("POST", "/api/v1/repos/x/rename", json.dumps({"to": "y"})).status, 200)
    publish(a, "app", "2.0.0", repo="y")
    shows(b, {"app": ["2.0.0", "1.0.0"]})
    equal(a.request("DELETE", "/api/v1/repos/y?confirm=y").status, 200)
    assert settled(lambda: status(b)["state"] == "failing"), status(b)


@test
def a_virtual_repository_is_followed_by_its_members():
    a, b = Server(), Server()
    publish(a, "app", repo="team/x")
    make_repo(a, name="all", members="team/x main")
    follow(b, a, path="/all")
    publish(a, "other")
    publish(a, "app", "2.0.0", repo="team/x")
    shows(b, {"app": ["2.0.0", "1.0.0"], "other": ["1.0.0"]})


@test
def many_that_go_one_by_one_are_held():
    a, b = Server(), Server()
    for n in range(10):
        publish(a, f"c{n}")
    follow(b, a)
    for n in range(7):
        equal(a.request("DELETE", f"/api/charts/c{n}/1.0.0").status, 200)
    assert settled(lambda: status(b)["state"] == "held"), status(b)
    contains(status(b)["reason"], "drop_max_percent=50")
    equal(status(b)["held_for"], "drop")
    equal(len(shown(b)), 5)
    equal(refresh(b)["held"], True)              # also for who asks for all of it
    equal(len(shown(b)), 5)
    equal(refresh(b, accept_drop=True)["ok"], True)
    equal(len(shown(b)), 3)
    publish(a, "new")                            # and it goes on
    assert settled(lambda: "new" in shown(b)), b.log()[-4000:]


@test
def three_in_a_row():
    a, b, c = Server(), Server(), Server()
    publish(a, "app")
    follow(b, a)
    follow(c, b, path="/up")
    publish(a, "app", "1.1.0")
    shows(c, {"app": ["1.1.0", "1.0.0"]})
    equal(c.get("/up/charts/app-1.1.0.tgz").body, a.get("/charts/app-1.1.0.tgz").body)


@test
def a_login_goes_along():
    a = Server()
    make_repo(a, name="inner", private=True)
    make_repo(a, name="open")
    publish(a, "app", repo="inner")
    token = add_token(a.data, "follower", "pull:inner")
    settings = temporary() / "settings.yaml"
    settings.write_text(f"credentials:\n  - name: there\n    origin: {a.url}\n    bearer_env: FAR\n")
    b = Server(args=("--config", settings), env={"FAR": token})
    follow(b, a, path="/inner", credentials="there")
    root = bearer(add_token(a.data, "root", "admin:*"))
    for version in "2.0.0", "3.0.0":
        equal(a.request("POST", "/api/inner/charts", chart("app", version), root).status, 201)
    shows(b, {"app": ["3.0.0", "2.0.0", "1.0.0"]})
    equal(requests(a, "/inner/index.yaml"), 1)


@test
def one_that_is_paused_is_let_alone():
    a, b = Server(), Server()
    publish(a, "app")
    follow(b, a)
    equal(b.request("PATCH", "/api/v1/repos/up", json.dumps({"paused": True})).status, 200)
    publish(a, "app", "2.0.0")
    assert settled(lambda: "upstream.unfollow repo=up" in b.log()), b.log()
    equal(shown(b), {"app": ["1.0.0"]})
    equal(b.request("PATCH", "/api/v1/repos/up", json.dumps({"paused": False})).status, 200)
    equal(refresh(b)["ok"], True)
    publish(a, "app", "3.0.0")
    shows(b, {"app": ["3.0.0", "2.0.0", "1.0.0"]})


# ---- when it is not there ----

@test
def one_that_is_down_is_served_on():
    port = free_port()
    a, b = at(port), Server()
    publish(a, "app", "1.0.0")
    publish(a, "app", "2.0.0")
    follow(b, a)
    kept = b.get("/up/charts/app-1.0.0.tgz")
    equal(kept.status, 200)
    index = b.get("/up/index.yaml").body
    a.stop()
    assert settled(lambda: status(b)["state"] == "failing"), status(b)
    equal(b.get("/up/index.yaml").body, index)
    equal(b.get("/up/charts/app-1.0.0.tgz").body, kept.body)
    missed = b.get("/up/charts/app-2.0.0.tgz")
    assert missed.status in (502, 503, 504), missed
    contains(json.loads(missed.body)["error"], "127.0.0.1")
    again = at(port, a.data)
    publish(again, "app", "3.0.0")
    shows(b, {"app": ["3.0.0", "2.0.0", "1.0.0"]})
    assert settled(lambda: status(b)["state"] in ("fresh", "unchanged")), status(b)
    publish(again, "app", "4.0.0")
    shows(b, {"app": ["4.0.0", "3.0.0", "2.0.0", "1.0.0"]})


@test
def one_that_starts_goes_on_following():
    a, b = Server(), Server()
    publish(a, "app")
    follow(b, a)
    b.stop()
    publish(a, "app", "2.0.0")
    again = Server(data=b.data)
    shows(again, {"app": ["2.0.0", "1.0.0"]})
    publish(a, "app", "3.0.0")
    shows(again, {"app": ["3.0.0", "2.0.0", "1.0.0"]})


# ---- another log ----

def put_back(server, backup, port):
    """The server as an older backup has it, under the same address."""
    server.stop()
    data = temporary() / "data"
    must("restore", backup, "--data", data)
    shutil.copy(server.data / "checkpoint.key", data / "checkpoint.key")
    return at(port, data)


def two_with_a_backup(follower):
    port = free_port()
    a = at(port)
    publish(a, "app", "1.0.0")
    backup = temporary() / "backup"
    must("backup", "--data", a.data, backup)
    publish(a, "app", "2.0.0")
    publish(a, "app", "3.0.0")
    follow(follower, a)
    equal(shown(follower), {"app": ["3.0.0", "2.0.0", "1.0.0"]})
    return a, backup, port


def is_forked(server, why):
    assert settled(lambda: status(server)["state"] == "held"), status(server)
    contains(status(server)["reason"], "not a continuation of what was seen (fork)")
    contains(status(server)["reason"], why)
    contains(status(server)["reason"], "was 4 events with root ")


@test
def an_older_backup_is_a_fork():
    b = Server()
    a, backup, port = two_with_a_backup(b)
    back = put_back(a, backup, port)
    is_forked(b, "it has fewer events than before")
    contains(status(b)["reason"], "is 2 with root ")
    equal([e["detail"]["why"] for e in events(b, "upstream.fork")],
          ["it has fewer events than before"])
    contains(b.log(), "upstream.fork repo=up")
    publish(back, "other")                       # nothing of it is taken …
    publish(back, "app", "9.0.0")
    publish(back, "app", "9.0.1")
    equal(refresh(b)["held"], True)              # … also when it is longer than it was
    is_forked(b, "it does not begin with the events that were seen")
    equal(shown(b), {"app": ["3.0.0", "2.0.0", "1.0.0"]})
    equal(len(events(b, "upstream.fork")), 1)
    failed = must("upstream", "show", "up", "--json", "--data", b.data)
    equal(json.loads(failed)["state"], "held")
    equal(refresh(b, accept_drop=True)["held"], True)
    equal(refresh(b, accept_fork=True, accept_drop=True)["held"], True)      # for what it drops, by now
    equal(refresh(b, accept_drop=True)["ok"], True)
    equal(shown(b), {"app": ["9.0.1", "9.0.0", "1.0.0"], "other": ["1.0.0"]})
    publish(back, "more")
    assert settled(lambda: "more" in shown(b)), b.log()[-4000:]


@table(("all but the index", ("checkpoint", "checkpoint/key", "log/consistency")), ("the proof alone", ("log/consistency", )))
def a_page_in_the_place_of_its_log_is_no_fork(what):
    """Of a proxy before it, which has one for everything: it fails, as it would without an answer."""
    b, port = Server(), free_port()
    a = at(port)
    publish(a, "app", "1.0.0")
    follow(b, a)
    publish(a, "app", "2.0.0")
    shows(b, {"app": ["2.0.0", "1.0.0"]})
    must("upstream", "set", "up", "paused=true", "--data", b.data)
    publish(a, "app", "3.0.0")
    answers = {"*": whole(b"<!DOCTYPE html>")}
    for path in ("/index.yaml", *("/api/v1/" + one for one in ("checkpoint", "checkpoint/key") if one not in what)):
        said = a.get(path)
        answers[path] = whole(said.body, X_Chartlocker=said.headers.get("X-Chartlocker"))
    a.stop()
    far = Hostile(answers, port=port)
    told = refresh(b)
    equal((told["ok"], told["held"], status(b)["failures"]), (False, False, 1), told)
    contains(told["reason"], "of its log, it sent something else")
    equal((events(b, "upstream.fork"), shown(b)), ([], {"app": ["2.0.0", "1.0.0"]}))
    far.stop()
    again = at(port, a.data)
    equal(refresh(b)["ok"], True)
    equal(shown(b), {"app": ["3.0.0", "2.0.0", "1.0.0"]})
    again.stop()


@test
def a_fork_is_accepted_on_its_page():
    b = Server()
    a, backup, port = two_with_a_backup(b)
    b.stop()
    add_user(b.data, "root", "admin:*")
    b = Server(data=b.data)
    key = signed_in(b, "root")
    back = put_back(a, backup, port)
    is_forked(b, "it has fewer events than before")

    def held_form():
        text = b.get("/repos/up", {"Cookie": f"chartlocker={key}"}).body.decode()
        forms = re.findall(r'<form [^>]*action="/admin/repos/up/refresh">(.*?)</form>', text, re.S)
        return [dict(re.findall(r'name="([^"]*)" value="([^"]*)"', f)) for f in forms if "accept_" in f], text

    [fields], text = held_form()
    feed = b.get("/feed/up").body.decode()
    equal(re.findall("<title>(up: [^<]*)</title>", feed)[0], "up: fork")
    contains(feed, "not a continuation of what was seen (fork)")
    equal(sorted(fields), ["accept_fork", "code"])
    contains(text, "Follow the log that it has now")
    assert "drop them" not in text
    equal(send(b, "/admin/repos/up/refresh", fields, key).status, 303)
    assert settled(lambda: "fork" not in status(b)["reason"]), status(b)
    [fields], text = held_form()                 # two of three versions are gone with it
    equal(sorted(fields), ["accept_drop", "code"])
    equal(send(b, "/admin/repos/up/refresh", fields, key).status, 303)
    shows(b, {"app": ["1.0.0"]})
    publish(back, "more")
    assert settled(lambda: "more" in shown(b)), b.log()[-4000:]


@test
def a_fork_that_goes_down_stays_a_fork():
    b = Server()
    a, backup, port = two_with_a_backup(b)
    b.stop()
    add_user(b.data, "root", "admin:*")
    b = Server(data=b.data)
    key = signed_in(b, "root")
    back = put_back(a, backup, port)
    is_forked(b, "it has fewer events than before")
    back.stop()
    as_root = bearer(add_token(b.data, "hand", "admin:*"))
    failed = json.loads(b.request("POST", "/api/v1/upstreams/up/refresh", "{}", as_root).body)
    equal((failed["ok"], failed["state"], failed["held_for"]), (False, "held", "fork"))
    contains(failed["reason"], "127.0.0.1")      # what this try came to …
    is_forked(b, "it has fewer events than before")      # … and what an operator is asked for
    equal(status(b)["held_for"], "fork")
    runs = json.loads(b.get("/api/v1/upstreams/up/runs").body)["runs"]
    equal([(r["state"], r["held_for"]) for r in runs[:2]], [("held", "fork"), ("held", "fork")])
    contains(runs[0]["reason"], "127.0.0.1")
    page = b.get("/repos/up", {"Cookie": f"chartlocker={key}"}).body.decode()
    contains(page, "Follow the log that it has now")
    assert "drop them" not in page
    told = command("upstream", "refresh", "up", "--data", b.data)
    equal(told.returncode, 1)
    contains(told.stderr, "chartlocker upstream refresh up --accept-fork")
    at(port, back.data)
    failed = json.loads(b.request("POST", "/api/v1/upstreams/up/refresh", "{}", as_root).body)
    equal(failed["held_for"], "fork")
    equal(len(events(b, "upstream.fork", as_root)), 1)


@test
def the_right_backup_is_taken_back():
    b = Server()
    a, backup, port = two_with_a_backup(b)
    wrong = put_back(a, backup, port)
    is_forked(b, "it has fewer events than before")
    wrong.stop()
    at(port, a.data)                             # what it was all along
    equal(refresh(b)["ok"], True)
    equal(shown(b), {"app": ["3.0.0", "2.0.0", "1.0.0"]})


@test
def another_key_is_a_fork():
    port = free_port()
    a, b = at(port), Server()
    publish(a, "app")
    follow(b, a)
    a.stop()
    (a.data / "checkpoint.key").unlink()
    again = at(port, a.data)
    assert settled(lambda: status(b)["state"] == "held"), status(b)
    contains(status(b)["reason"], "its log is signed with another key than before")
    publish(again, "app", "2.0.0")
    equal(refresh(b)["held"], True)
    equal(shown(b), {"app": ["1.0.0"]})
    equal(refresh(b, accept_fork=True)["ok"], True)
    equal(shown(b), {"app": ["2.0.0", "1.0.0"]})


@test
def who_hides_the_log_is_held():
    """A stranger under the address of one that was followed."""
    port = free_port()
    a, b = at(port), Server()
    publish(a, "app")
    follow(b, a)
    index = a.get("/index.yaml").body
    a.stop()

    Hostile({"/index.yaml": whole(index.replace(b'"app"', b'"evil"'))}, port=port)
    equal(refresh(b)["held"], True)
    contains(status(b)["reason"], "it does not show its log any more")
    equal(shown(b), {"app": ["1.0.0"]})


# ---- one that only says that it is of our kind ----

def restless(behind, made_up):
    """Passes everything on to `behind`, but its events, which it makes up and sends at once."""
    def answer(request):
        path, _, query = request.path.partition("?")
        if path.endswith("/events"):
            since = int(re.search(r"since=(\d+)", query)[1])
            return response(made_up(since).encode(), Content_Type="application/json")
        got = behind.get(request.path, {k: v for k, v in request.headers.items() if k not in ("host", "accept-encoding")})
        drop = {"transfer-encoding", "content-length", "connection", "date"}
        return response(got.body, got.status, **{k: v for k, v in got.headers.items() if k.lower() not in drop})
    return Hostile({"*": answer})


def event(since, **more):
    return json.dumps({"events": [{"seq": since + 1, **more}], "next": since + 1})


@table(
    ("no events", lambda since: json.dumps({"events": [], "next": since})),
    ("events that it hides", lambda since: event(since, leaf="00")),
    ("a chart that is as it was",
     lambda since: event(since, event={"kind": "publish", "repo": "main", "chart": "app"})),
    ("what is too much", lambda since: '{"events":[' + "{}," * 250000 + '{}],"next":5}'),
    ("what is none", lambda since: "no events"))
def one_that_answers_at_once_is_not_asked_at_once(made_up):
    """Each time later, while that brings nothing. It would be some thousand times in these seconds."""
    a, b = Server(), Server()
    publish(a, "app")
    stranger = restless(a, made_up)
    count = lambda: sum(path.startswith("/api/v1/events") for path in stranger.paths())
    follow(b, stranger)
    assert settled(lambda: count() >= 3), stranger.paths()
    time.sleep(4)
    assert count() < 16, stranger.paths()
    equal(shown(b), {"app": ["1.0.0"]})
    publish(a, "app", "2.0.0")
    equal(refresh(b)["ok"], True)
    shows(b, {"app": ["2.0.0", "1.0.0"]})


# ---- circles ----

@test
def a_circle_comes_to_rest():
    a, b = Server(), Server()
    make_repo(a, name="all", members="main")
    follow(b, a, path="/all")
    follow(a, b, name="back", path="/up")
    equal(a.request("PATCH", "/api/v1/repos/all",
                    json.dumps({"members": "main back"})).status, 200)
    publish(a, "app")
    shows(b, {"app": ["1.0.0"]})
    shows(a, {"app": ["1.0.0"]}, "back")
    count = lambda: (len(events(a, "upstream.add")) + len(events(a, "upstream.change")),
                     requests(a, "/all/index.json"), requests(b, "/up/index.json"))

    def rests():
        before = count()
        time.sleep(2)
        return count() == before
    assert settled(rests), count()


@test
def a_chart_in_a_circle_is_not_asked_for_for_ever():
    """Each has it only from the other: whom it comes back to says so, and the one between passes on that
    it has nothing."""
    a, b = Server(), Server()
    make_repo(a, name="hosted")
    make_repo(a, name="all", members="hosted")
    publish(a, "app", repo="hosted")
    follow(b, a, path="/all")
    follow(a, b, name="back", path="/up")
    shows(a, {"app": ["1.0.0"]}, "back")
    equal(a.request("PATCH", "/api/v1/repos/all", json.dumps({"members": "back"})).status, 200)
    answer = b.get("/up/charts/app-1.0.0.tgz")
    assert answer.status in (502, 508), answer
    a.stop()                                     # the log tells of an answer after it was given
    b.stop()
    equal(requests(a, "/all/charts/app-1.0.0.tgz"), 1)
    contains(b.log(), "path=/up/charts/app-1.0.0.tgz status=508")


if __name__ == "__main__":
    main()
