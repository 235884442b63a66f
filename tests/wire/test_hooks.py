#!/usr/bin/env python3
"""Webhooks: what is sent where, how it is signed, and what becomes of it when the receiver or the
server is not well.
Long because its rows share the receiver, and its tables the events of one history."""
import contextlib
import functools
import json
import re
import sqlite3
import time
from fnmatch import fnmatch

from wire import Server, contains, equal, metric, shared
from receiver import Receiver, hangs_up, hexadecimal, standard, status
from people import add_token, bearer, peopled
from harness import TOP, chart, command, must, main, open_catalog, settled, table, test

FLUX = "/hook/c81f1e7cc22f61b2175680f165af6991db5b0b419b208d1f4bd29a7ae6296e9b"
SOON = 3 * 10**9    # nanoseconds in which a retry does not come yet
QUICK = 10.0   # a publish, on a busy machine, while receivers hang for 15 seconds


def call(server, method, path, body=None, headers=None):
    text = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
    answer = server.request(method, f"/api/v1/{path}", text, headers or {})
    return answer.status, json.loads(answer.body)


def add(server, name, url, **fields):
    """Its secret."""
    code, made = call(server, "POST", "hooks", {"name": name, "url": url, "allow_private": True, **fields})
    equal(code, 201, made)
    return made["secret"]


@contextlib.contextmanager
def hook(server, url, **fields):
    """`one`, of a server that has no other, for a while."""
    add(server, "one", url, **fields)
    try:
        yield
    finally:
        equal(call(server, "DELETE", "hooks/one"), (200, {"removed": True}))


def show(server, name):
    code, hook = call(server, "GET", f"hooks/{name}")
    equal(code, 200, hook)
    return hook


def deliveries(server, name, query=""):
    code, rows = call(server, "GET", f"hooks/{name}/deliveries{query}")
    equal(code, 200, rows)
    return rows


def publish(server, version, repo="", name="demo"):
    answer = server.publish(chart(name, version), repo)
    equal(answer.status, 201, answer.body)


def first_delivery(server, name):
    """When it was tried once."""
    assert settled(lambda: deliveries(server, name) and deliveries(server, name)[-1]["attempts"])
    return deliveries(server, name)[-1]


def tried_and_next(server):
    """Of the only delivery, in nanoseconds."""
    with open_catalog(server.data) as db:
        [times] = db.execute("SELECT tried_ns, next_ns FROM delivery")
    return times


def leaves(server):
    with open_catalog(server.data) as db:
        return dict(db.execute("SELECT seq, lower(hex(leaf)) FROM event"))


# ---- what is sent ----

@test
def t_hook_03_an_event_is_told_and_signed():
    server, receiver = Server(), Receiver()
    secret = add(server, "one", receiver.url + "/in?key=7")
    publish(server, "1.0.0")
    [sent] = receiver.wait(1)
    body = json.loads(sent.body)
    event = body["data"]["event"]
    equal((body["specversion"], body["type"], body["subject"], body["data"]["kind"]),
          ("1.0", "io.chartlocker.publish", "main/demo@1.0.0", "publish"))
    equal(sent.path, "/in?key=7")
    equal(sent.headers["content-type"], "application/cloudevents+json")
    equal(sent.headers["webhook-id"], "evt_" + leaves(server)[event][:32])
    equal(body["id"], sent.headers["webhook-id"])
    assert abs(int(sent.headers["webhook-timestamp"]) - time.time()) < 30
    equal(sent.headers["webhook-signature"], standard(secret, sent))
    equal(sent.headers["x-hub-signature-256"], hexadecimal(secret, sent.body))
    assert settled(lambda: show(server, "one")["state"] == "works")
    [row] = deliveries(server, "one")
    equal((row["state"], row["attempts"], row["status"], row["kind"], row["repo"], row["chart"],
           row["version"], row["next"], row["error"]),
          ("delivered", 1, 204, "publish", "main", "demo", "1.0.0", None, ""))


@test
def flux_gets_what_its_receiver_checks():
    server, receiver = Server(), Receiver()
    add(server, "flux", receiver.url + FLUX, format="flux", secret="tokentoken")
    publish(server, "6.7.0", name="podinfo")
    [sent] = receiver.wait(1)
    equal(sent.body, b'{"repository":"main","chart":"podinfo","version":"6.7.0"}')
    equal((sent.path, sent.headers["x-signature"]), (FLUX, hexadecimal("tokentoken", sent.body)))


@test
def harbor_gets_pushes_alone():
    server = Server(args=("--set", "public_url=https://h.example.org")).set_up()
    receiver = Receiver()
    add(server, "it", receiver.url + "/hook", format="harbor", secret="a b c d e", kinds=["*"])
    publish(server, "1.0.0+x")
    equal(call(server, "POST", "repos/main/yank", {"chart": "demo", "version": "1.0.0+x"})[0], 200)
    publish(server, "1.1.0")
    first, second = receiver.wait(2)
    equal(first.headers["authorization"], "a b c d e")
    [resource] = json.loads(first.body)["event_data"]["resources"]
    equal((resource["tag"], resource["resource_url"]), ("1.0.0_x", "h.example.org/main/demo:1.0.0_x"))
    equal(json.loads(second.body)["event_data"]["resources"][0]["tag"], "1.1.0")
    receiver.quiet(2)


@test
def a_format_that_another_version_had():
    """It is told, and nothing is sent before it has another one."""
    server, receiver = Server(), Receiver()
    add(server, "one", receiver.url, format="plain")
    server.stop()
    with contextlib.closing(sqlite3.connect(server.data / "catalog.db", isolation_level=None)) as db:
        db.execute("UPDATE hook SET format = 'argocd'")
    again = Server(server.data)
    said = call(again, "POST", "hooks/one/test")
    equal((said[0], said[1]["delivered"], said[1]["error"]),
          (200, False, "this version of Chartlocker has no such format"))
    equal(show(again, "one")["format"], "argocd")
    equal(call(again, "PATCH", "hooks/one", {"format": "plain"})[0], 200)
    publish(again, "1.0.0")
    [sent] = receiver.wait(1)
    equal(json.loads(sent.body)["version"], "1.0.0")


@test
def headers_of_somebodys_own():
    server, receiver = Server(), Receiver()
    add(server, "one", receiver.url, headers=["X-Api-Key: abc", "Authorization: Bearer x y"])
    equal(call(server, "POST", "hooks/one/test")[1]["delivered"], True)
    equal((receiver.sent[0].headers["x-api-key"], receiver.sent[0].headers["authorization"]),
          ("abc", "Bearer x y"))
    equal(show(server, "one")["headers"], ["X-Api-Key", "Authorization"])


EVENTS = ("repo.create", "publish main/demo", "publish team/a/demo", "publish team/a/zed", "yank team/a/zed")
FILTERS = (("default", {}, [0, 1, 2, 3, 4]),
           ("repository", {"repos": "team/*"}, [0, 2, 3, 4]),
           ("repository by name", {"repos": "main"}, [1]),
           ("chart", {"charts": "z*"}, [3, 4]),
           ("kind", {"kinds": ["yank"]}, [4]),
           ("kinds", {"kinds": ["yank", "repo.*"]}, [0, 4]),
           ("all of them", {"repos": "team/?", "charts": "demo", "kinds": ["pub*"]}, [2]),
           ("none", {"kinds": ["upstream.*", "import"]}, []))


@functools.cache
def filtered():
    """What each of the filters let through of one history, and the last event, which nobody filters."""
    server, receivers, last = Server(), [Receiver() for _ in FILTERS], Receiver()
    for number, (receiver, (_, fields, _)) in enumerate(zip(receivers, FILTERS)):
        add(server, f"hook-{number}", receiver.url, format="plain", **fields)
    add(server, "end", last.url, kinds=["delete"])
    equal(call(server, "POST", "repos", {"name": "team/a", "private": True})[0], 201)
    publish(server, "1.0.0")
    publish(server, "1.0.0", "team/a")
    publish(server, "1.0.0", "team/a", "zed")
    equal(call(server, "POST", "repos/team/a/yank", {"chart": "zed", "version": "1.0.0"})[0], 200)
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    last.wait(1)
    for receiver, (_, _, wanted) in zip(receivers, FILTERS):
        receiver.wait(len(wanted))
    return [[json.loads(sent.body) for sent in receiver.sent] for receiver in receivers]


@table(*((name, number, wanted) for number, (name, _, wanted) in enumerate(FILTERS)))
def filters(number, wanted):
    names = [f"{e['kind']} {e['repo']}/{e['chart']}" if "chart" in e else e["kind"]
             for e in filtered()[number] if e["kind"] != "delete"]
    equal(names, [EVENTS[i] for i in wanted])


@test
def usual_kinds():
    """Of upstreams what somebody has to do something about, and not what comes in thousands."""
    with hook(shared(), "https://x.example.org/"):
        kinds = show(shared(), "one")["kinds"]
    table = re.findall(r'^\tK\("([\w.]+)",(.*)\),$', (TOP / "indexer/store/event_kind.c").read_text(), re.M)
    equal([kind for kind, row in table if any(fnmatch(kind, usual) for usual in kinds) == (".many" in row)], [])
    assert len(table) > 20, table


@test
def of_what_was_before_nothing_is_told():
    server, receiver = Server(), Receiver()
    publish(server, "1.0.0")
    add(server, "one", receiver.url)
    publish(server, "1.1.0")
    equal(json.loads(receiver.wait(1)[0].body)["subject"], "main/demo@1.1.0")
    receiver.quiet(1)


@test
def paused_and_resumed():
    server, receiver = Server(), Receiver()
    add(server, "one", receiver.url)
    equal(call(server, "PATCH", "hooks/one", {"paused": True})[1]["state"], "paused")
    publish(server, "1.0.0")
    receiver.quiet(0)
    equal(call(server, "PATCH", "hooks/one", {"paused": False})[0], 200)
    equal(json.loads(receiver.wait(1)[0].body)["subject"], "main/demo@1.0.0")


# ---- a receiver that is not well ----

HUGE = b"x" * (1 << 20)


@table(("500", status(500, b'{"why":"no"}'), 500, "answered with status 500"),
       ("401", status(401), 401, "answered with status 401"),
       ("redirect", status(302, Location="http://127.0.0.1:1/"), 302, "answered with status 302"),
       ("redirect with the body", status(308, Location="/elsewhere"), 308, "answered with status 308"),
       ("huge body", status(200, HUGE), None, "65536 are taken"),
       ("hangs up", hangs_up, None, ""))
def t_hook_01_receiver(behave, code, error):
    server, receiver = Server(), Receiver(behave)
    add(server, "one", receiver.url)
    publish(server, "1.0.0")
    receiver.wait(1)
    row = first_delivery(server, "one")
    equal((row["state"], row["attempts"], row["status"]), ("waiting", 1, code), row)
    contains(row["error"], error)
    assert row["error"], row
    equal(show(server, "one")["state"], "failing")
    receiver.behave = status(200, b"fine")
    equal(len(receiver.sent), 1)
    equal(call(server, "POST", f"deliveries/{row['id']}/resend"), (200, {"waiting": True}))
    first, second = receiver.wait(2)
    equal(second.headers["webhook-id"], first.headers["webhook-id"], "known again")
    equal(second.body, first.body)
    assert settled(lambda: show(server, "one")["state"] == "works")
    [row] = deliveries(server, "one")
    equal((row["state"], row["attempts"], row["status"], row["answer"], row["error"]),
          ("delivered", 2, 200, "fine", ""))


@test
def t_hook_01_down_and_up_again():
    receiver = Receiver()
    receiver.stop()
    server = Server()
    add(server, "one", receiver.url)
    publish(server, "1.0.0")
    row = first_delivery(server, "one")
    contains(row["error"], "connect")
    tried, due = tried_and_next(server)
    assert due - tried > SOON, (tried, due)
    again = Receiver(port=receiver.port)
    again.wait(1)
    assert time.time_ns() >= due, "it came too early"
    assert settled(lambda: deliveries(server, "one")[0]["state"] == "delivered")
    equal(deliveries(server, "one")[0]["attempts"], 2)


@test
def t_hook_01_a_slow_one_holds_up_nobody():
    server, slow, other = Server(), Receiver(), Receiver()
    slow.behave = slow.hang
    add(server, "slow", slow.url)
    add(server, "other", other.url)
    publish(server, "1.0.0")
    slow.wait(1)
    begin = time.monotonic()
    for minor in range(1, 11):
        publish(server, f"1.{minor}.0")
    took = time.monotonic() - begin
    assert took / 10 < QUICK, f"{took:.1f} s"
    other.wait(11)
    equal(call(server, "POST", "hooks/other/test")[1]["delivered"], True)
    equal(len(slow.sent), 1, "one at a time")
    row = first_delivery(server, "slow")
    equal((row["state"], row["status"]), ("waiting", None))
    assert row["error"], row


@test
def t_hook_01_after_many_failures_it_rests():
    server, receiver = Server(), Receiver(status(503))
    add(server, "one", receiver.url)
    for minor in range(8):
        publish(server, f"1.{minor}.0")
    assert settled(lambda: show(server, "one")["state"] == "resting")
    receiver.quiet(5)
    hook = show(server, "one")
    equal((hook["failures"], hook["waiting"]), (5, 8))
    assert hook["rests_until"] and hook["failing_since"], hook
    [row] = deliveries(server, "one", "?limit=1")
    equal((row["chart"], row["version"], row["attempts"]), ("demo", "1.7.0", 0))
    equal(call(server, "POST", f"deliveries/{row['id']}/resend")[0], 200)
    equal(json.loads(receiver.wait(6)[5].body)["subject"], "main/demo@1.7.0", "at once, and first")
    assert settled(lambda: show(server, "one")["failures"] == 6)
    receiver.behave = status(200)
    equal([metric(server, f"chartlocker_hook{name}") for name in ("s", "s_failing", "_failures_total")],
          [1, 1, 6])
    contains(server.get("/admin").body.decode(), "1 webhook is not delivered")
    equal(call(server, "POST", "hooks/one/test")[1]["delivered"], True)
    assert settled(lambda: show(server, "one")["delivered"] == 8), show(server, "one")
    assert settled(lambda: metric(server, "chartlocker_hooks_failing") == 0)
    equal(metric(server, "chartlocker_hook_deliveries_total"), 8)
    equal((show(server, "one")["state"], show(server, "one")["rests_until"]), ("works", None))


@test
def retry_after_is_kept_to():
    server, receiver = Server(), Receiver(status(429, Retry_After="3600"))
    add(server, "one", receiver.url)
    publish(server, "1.0.0")
    first_delivery(server, "one")
    tried, due = tried_and_next(server)
    equal((due - tried) // 10**9, 3600)


@test
def given_up_after_its_time():
    server, receiver = Server(), Receiver(status(500))
    add(server, "one", receiver.url)
    publish(server, "1.0.0")
    first_delivery(server, "one")
    server.stop()
    with sqlite3.connect(server.data / "catalog.db") as db:    # five days nobody waits
        db.execute("UPDATE delivery SET until_ns = 1, next_ns = 0")
    server = Server(data=server.data)
    assert settled(lambda: deliveries(server, "one")[0]["state"] == "dead")
    contains(server.log(), "hook.given_up hook=one deliveries=1 ")
    receiver.quiet(1)
    receiver.behave = status(200)
    equal(call(server, "POST", f"deliveries/{deliveries(server, 'one', '?state=dead')[0]['id']}/resend")[0],
          200)
    receiver.wait(2)


# ---- a server that is killed ----

@test
def t_hook_02_killed_while_it_is_sent():
    server, receiver = Server(), Receiver()
    receiver.behave = receiver.hang
    add(server, "one", receiver.url)
    publish(server, "1.0.0")
    receiver.wait(1)
    server.kill()
    receiver.behave = status(200)
    Server(data=server.data)
    first, second = receiver.wait(2)
    equal(second.headers["webhook-id"], first.headers["webhook-id"])
    receiver.quiet(2)


@test
def t_hook_02_killed_between_commit_and_delivery():
    server, receiver = Server(), Receiver()
    add(server, "one", receiver.url)
    for minor in range(8):
        publish(server, f"1.{minor}.0")
        server.kill()
        server = Server(data=server.data)
    wanted = {f"main/demo@1.{minor}.0" for minor in range(8)}
    subjects = lambda: {json.loads(sent.body)["subject"] for sent in receiver.sent}
    assert settled(lambda: subjects() == wanted), subjects()
    assert settled(lambda: show(server, "one")["delivered"] == 8)
    ids = {sent.headers["webhook-id"] for sent in receiver.sent}
    equal(len(ids), 8, "twice is under the same id")


# ---- secrets ----

@test
def t_hook_03_both_secrets_sign_for_a_while():
    server, receiver = Server(), Receiver()
    old = add(server, "one", receiver.url)
    code, made = call(server, "POST", "hooks/one/rotate", {})
    new = made["secret"]
    equal(code, 200)
    assert made["old_secret_until"] and new != old
    call(server, "POST", "hooks/one/test")
    sent = receiver.sent[0]
    equal(sent.headers["webhook-signature"], f"{standard(new, sent)} {standard(old, sent)}")
    equal(sent.headers["x-hub-signature-256"], hexadecimal(new, sent.body))
    code, made = call(server, "POST", "hooks/one/rotate", {"secret": "one of my own", "keep": "0s"})
    equal((code, made["secret"], made["old_secret_until"]), (200, "one of my own", None))
    call(server, "POST", "hooks/one/test")
    sent = receiver.sent[1]
    equal(sent.headers["webhook-signature"], standard("one of my own", sent))


@test
def t_hook_03_secrets_are_told_once():
    server, receiver = Server(args=("--set", "log.level=debug")), Receiver(status(500))
    secrets = [add(server, "one", receiver.url + "/?k=query-canary", headers=["X-K: header-canary"])]
    secrets.append(call(server, "POST", "hooks/one/rotate", {"secret": "given-canary"})[1]["secret"])
    equal(add(server, "chat", receiver.url + "/services/path-canary", format="slack"), None)
    call(server, "POST", "hooks/one/test")
    call(server, "POST", "hooks/chat/test")
    publish(server, "1.0.0")
    first_delivery(server, "chat")
    secrets += ["query-canary", "header-canary", "path-canary", "given-canary"]
    told = [server.request("GET", f"/api/v1/{path}").body.decode() for path in
            ("hooks", "hooks/one", "hooks/chat", "hooks/one/deliveries", "hooks/chat/deliveries", "audit",
             "events")]
    told += [must("hook", "list", "--data", server.data), must("hook", "show", "one", "--data", server.data)]
    told.append(server.log())
    told.append(server.request("PATCH", "/api/v1/hooks/one", json.dumps({"headers": ["header-canary"]})).body
                .decode())
    for secret in secrets:
        equal([text for text in told if secret in text], [], secret)
    equal(show(server, "chat")["url"], receiver.url + "/…")
    equal(show(server, "one")["url"], receiver.url + "/?…")


# ---- where it may be sent, and who may ----

@table(("loopback", "http://127.0.0.1:{}/"), ("by name", "http://localhost:{}/"),
       ("decimal", "http://2130706433:{}/"))
def t_ssrf_05_this_machine_is_not_sent_to(url):
    server, receiver = Server(), Receiver()
    add(server, "one", url.format(receiver.port))
    server.stop()
    with sqlite3.connect(server.data / "catalog.db") as db:    # a name that stood for something else
        db.execute("UPDATE hook SET allow_private = 0")
    server = Server(data=server.data)
    code, said = call(server, "POST", "hooks/one/test")
    equal((code, said["delivered"], said["status"]), (200, False, None))
    contains(said["error"], "not allowed")
    receiver.quiet(0, 0.1)


@table(("loopback", {"url": "http://127.0.0.1:9080/x"}), ("by name", {"url": "http://localhost/x"}),
       ("decimal", {"url": "http://2130706433/x"}), ("version 6", {"url": "https://[::1]/x"}),
       ("private", {"url": "http://10.0.0.1/x"}), ("carrier-grade", {"url": "http://100.64.0.1/x"}),
       ("of a chat", {"url": "http://192.168.0.1/x", "format": "slack"}),
       ("unspecified always", {"url": "http://0.0.0.0/x", "allow_private": True}),
       ("link-local always", {"url": "http://169.254.169.254/x", "allow_private": True}))
def t_ssrf_05_such_a_webhook_is_not_made(fields):
    server = shared()
    code, said = call(server, "POST", "hooks", {"name": "one", **fields})
    equal((code, said["code"]), (422, "address_refused"))
    contains(said["detail"], "url: ")
    equal(call(server, "GET", "hooks"), (200, []))
    with hook(server, "https://x.example.org/", format="slack"):
        before = show(server, "one")
        equal(call(server, "PATCH", "hooks/one", {"allow_private": False, **fields})[0], 422)
        equal(show(server, "one"), before)


@test
def t_ssrf_05_a_webhook_of_this_machine_stays_one():
    server = shared()
    with hook(server, "http://127.0.0.1:9080/"):
        equal(call(server, "PATCH", "hooks/one", {"allow_private": False})[0], 422)
        equal(call(server, "PATCH", "hooks/one", {"paused": True})[0], 200)
        equal(show(server, "one")["allow_private"], True)


@test
def t_ssrf_05_tests_are_counted():
    server, receiver = Server(), Receiver()
    add(server, "one", receiver.url)
    codes = [call(server, "POST", "hooks/one/test")[0] for _ in range(31)]
    equal(codes, [200] * 30 + [429])


@test
def administrators_alone():
    data = peopled({})
    boss, other = (bearer(add_token(data, name, roles)) for name, roles in
                   (("boss", "admin:*"), ("other", "admin:team-*\npull:*\npush:*\ndelete:*")))
    server = Server(data=data)
    equal(call(server, "GET", "hooks", None, boss), (200, []))
    for method, path in (("GET", "hooks"), ("POST", "hooks"), ("GET", "hooks/x"), ("PATCH", "hooks/x"),
                         ("DELETE", "hooks/x"), ("POST", "hooks/x/test"), ("POST", "hooks/x/rotate"),
                         ("GET", "hooks/x/deliveries"), ("POST", "deliveries/1/resend")):
        equal(call(server, method, path, None, other)[0], 403, path)
        equal(call(server, method, path, None, {})[0], 401, path)


# ---- what is refused ----

GOOD = {"name": "x", "url": "https://x.example.org/"}


@table(("no url", {"url": None}, "invalid_request", "url:"),
       ("no name", {"name": None}, "invalid_request", "name:"),
       ("name", {"name": "a/b"}, "invalid_request", "name:"),
       ("format", {"format": "discord"}, "invalid_request", "format:"),
       ("format without this server's name", {"format": "harbor"}, "invalid_request", "public_url"),
       ("unknown field", {"color": "x"}, "invalid_request", "color"),
       ("repos", {"repos": "a//b"}, "invalid_request", "repos:"),
       ("charts", {"charts": "[a]"}, "invalid_request", "charts:"),
       ("kinds", {"kinds": []}, "invalid_request", "kinds:"),
       ("kinds as text", {"kinds": "publish"}, "invalid_request", "kinds:"),
       ("a kind that is none", {"kinds": ["publish", "published"]}, "invalid_request", '"published" is none of: publish '),
       ("header", {"headers": ["a"]}, "invalid_request", "headers:"),
       ("header of ours", {"headers": ["Webhook-Id: 1"]}, "invalid_request", "Webhook-Id"),
       ("many headers", {"headers": ["a: 1", "b: 1", "c: 1"]}, "invalid_request", "headers: at most 2"),
       ("short secret", {"secret": "abc"}, "invalid_request", "secret:"),
       ("secret of two lines", {"secret": "abcdefgh\nX: y"}, "invalid_request", "secret:"),
       ("allow_private", {"allow_private": "yes"}, "invalid_request", "allow_private:"),
       ("t_ssrf_03 file", {"url": "file:///etc/passwd"}, "address_refused", "url:"),
       ("t_ssrf_03 gopher", {"url": "gopher://x/"}, "address_refused", "url:"),
       ("t_ssrf_04 user", {"url": "https://a:b@x.example.org/"}, "address_refused", "url:"),
       ("t_ssrf_04 no address", {"url": "x"}, "address_refused", "url:"))
def refused(fields, code, words):
    server = shared()
    body = {key: value for key, value in {**GOOD, **fields}.items() if value is not None}
    answer, said = call(server, "POST", "hooks", body)
    equal(said.get("code"), code, said)
    contains(said["detail"], words)
    equal(call(server, "GET", "hooks"), (200, []))
    equal(answer, 422 if code == "address_refused" else 400)


HERE, THERE = "https://x.example.org/canary", "https://y.example.org/canary"


@table(("headers", {"headers": ["X-K: canary"]}, {"url": THERE}, "headers:"),
       ("headers by another scheme", {"headers": ["X-K: canary"]}, {"url": HERE.replace("https", "http")},
        "headers:"),
       ("headers by another port", {"headers": ["X-K: canary"]}, {"url": HERE.replace("org", "org:8443")},
        "headers:"),
       ("headers given anew", {"headers": ["X-K: canary"]}, {"url": THERE, "headers": ["X-K: other"]}, None),
       ("no headers", {"headers": ["X-K: canary"]}, {"url": THERE, "headers": []}, None),
       ("headers on the same server", {"headers": ["X-K: canary"]}, {"url": HERE + "/more"}, None),
       ("authorization", {"format": "harbor"}, {"url": THERE}, "url:"),
       ("authorization in passing", {"format": "plain"}, {"url": THERE, "format": "harbor"}, "url:"),
       ("an address that is secret", {"format": "slack"}, {"format": "plain"}, "url:"),
       ("an address that is secret, to another chat", {"format": "slack"}, {"format": "teams"}, None),
       ("an address given anew", {"format": "slack"}, {"format": "plain", "url": THERE}, None))
def t_hook_03_secrets_stay_where_they_are(fields, changes, wrong):
    server = shared("--set", "public_url=https://h.example.org").set_up()
    with hook(server, HERE, **fields):
        code, said = call(server, "PATCH", "hooks/one", changes)
        equal(code, 400 if wrong else 200, said)
        if wrong:
            contains(said["detail"], wrong)
            assert "canary" not in json.dumps(said)
            equal(show(server, "one")["format"], fields.get("format", "cloudevents"))


@table(("show", "GET", "hooks/x", 404), ("set", "PATCH", "hooks/x", 404),
       ("remove", "DELETE", "hooks/x", 404), ("test", "POST", "hooks/x/test", 404),
       ("rotate", "POST", "hooks/x/rotate", 404), ("deliveries", "GET", "hooks/x/deliveries", 404),
       ("resend", "POST", "deliveries/7/resend", 404), ("resend nothing", "POST", "deliveries/x/resend", 404),
       ("state", "GET", "hooks/one/deliveries?state=gone", 400),
       ("limit", "GET", "hooks/one/deliveries?limit=501", 400))
def not_there(method, path, code):
    body = {} if path in ("hooks/x", "hooks/x/rotate") and method in ("PATCH", "POST") else None
    with hook(shared(), "https://x.example.org/"):
        equal(call(shared(), method, path, body)[0], code)


@test
def names_are_taken_once():
    server = shared()
    with hook(server, "https://X.example.org:443/a"):
        equal(show(server, "one")["url"], "https://x.example.org/a")
        equal(call(server, "POST", "hooks", {"name": "one", "url": "https://y.example.org/"})[1]["code"],
              "name_exists")
    with hook(server, "https://y.example.org/"):
        pass


# ---- the command ----

@test
def the_command():
    server, receiver = Server(), Receiver()
    at = ("--data", server.data)
    made = command("hook", "add", "one", receiver.url, "--allow-private", "--format", "plain", "--repo", "ma*",
                   "--kind", "publish", "--kind", "yank", *at)
    equal(made.returncode, 0, made.stderr)
    secret = made.stdout.strip()
    assert secret.startswith("whsec_"), made
    contains(must("hook", "test", "one", *at), "delivered, answered with status 204")
    equal(receiver.sent[0].headers["webhook-signature"], standard(secret, receiver.sent[0]))
    must("hook", "set", "one", "--chart", "demo", "--kind", "delete", *at)
    equal((show(server, "one")["charts"], show(server, "one")["kinds"]), ("demo", ["delete"]))
    equal(must("hook", "rotate", "one", "--keep", "0s", "--secret-stdin", *at, stdin="one of my own"),
          "one of my own\n")
    must("hook", "set", "one", "--kind", "publish", *at)
    publish(server, "1.0.0")
    receiver.wait(2)
    assert settled(lambda: show(server, "one")["delivered"] == 1)
    [row] = json.loads(must("hook", "deliveries", "one", "--json", *at))
    contains(must("hook", "deliveries", "one", *at), "demo 1.0.0")
    must("hook", "resend", row["id"], *at)
    receiver.wait(3)
    refused = command("hook", "set", "one", "--public-only", *at)
    equal(refused.returncode, 1, refused.stdout)
    contains(refused.stderr, "127.0.0.1 is not a public address; if it is meant, say --allow-private")
    must("hook", "set", "one", "--url", receiver.url + "/x", *at)
    receiver.behave = status(500, "no \x9b31mred\x1b[31m".encode())
    failed = command("hook", "test", "one", *at)
    equal((failed.returncode, failed.stdout),
          (1, "webhook one: not delivered: answered with status 500\nno  31mred [31m\n"))
    listed = must("hook", "list", *at)
    contains(listed, receiver.url + "/x")
    assert re.search(r"  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n", listed), listed
    must("hook", "remove", "one", *at)
    equal(json.loads(must("hook", "list", "--json", *at)), [])


@test
def the_command_without_a_server():
    server, receiver = Server(), Receiver()
    server.stop()
    must("hook", "add", "one", receiver.url, "--allow-private", "--data", server.data)
    contains(must("hook", "test", "one", "--data", server.data), "delivered")
    running = Server(data=server.data)
    publish(running, "1.0.0")
    receiver.wait(2)


@table(("nothing", ("add", "x"), "add takes NAME URL"), ("no change", ("set", "x"), "what is to be changed"),
       ("settings", ("test", "x", "--repo", "y"), "takes no settings"),
       ("both", ("set", "x", "--pause", "--resume"), "--pause and --resume exclude each other"),
       ("keep", ("add", "x", "y", "--keep", "1h"), "takes no --keep"))
def misused(words, said):
    result = command("hook", *words)
    equal(result.returncode, 2)
    contains(result.stderr, said)


if __name__ == "__main__":
    main()
