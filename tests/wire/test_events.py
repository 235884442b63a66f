#!/usr/bin/env python3
"""The log over the API: events as they come, checkpoints and proofs checked from outside."""
import concurrent.futures
import hashlib
import http.client
import json
import pathlib
import subprocess
import sys
import time

from wire import Server, equal, shared
from people import add_token, bearer
from harness import chart, command, contains, main, metric, settled, temporary, test

VERIFY = pathlib.Path(__file__).parents[1] / "lib/verify_log.py"


def events(server, query=""):
    answer = server.get(f"/api/v1/events?{query}")
    equal(answer.status, 200, answer.body)
    return json.loads(answer.body)


def publish(server, *names, repo=""):
    for name in names:
        equal(server.publish(chart(name), repo=repo).status, 201)


def canonical(event):
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@test
def every_event_once():
    server = Server()
    publish(server, "a", "b", "c")
    everything = events(server)
    equal([e["event"]["kind"] for e in everything["events"]], ["repo.create"] + 3 * ["publish"])
    equal((everything["next"], [e["seq"] for e in everything["events"]]), (4, [1, 2, 3, 4]))
    for entry in everything["events"]:
        equal(hashlib.sha256(b"\0" + canonical(entry["event"])).hexdigest(), entry["leaf"])
    paged, since = [], 0
    for _ in range(10):
        page = events(server, f"since={since}&limit=3")
        if not page["events"]:
            break
        since = page["next"]
        paged += page["events"]
    equal(paged, everything["events"])


@test
def of_long_ones_fewer_at_a_time():
    """However many are asked for, one answer has no more than a person would wait for."""
    server, count, since, seen = Server(), 12, 0, []
    images = "".join(f"registry.example.org/{number:04}/{'x' * 100}\n" for number in range(1900))
    equal(server.publish(chart("a")).status, 201)
    for number in range(count):
        answer = server.request("PUT", "/api/v1/charts/main/a/1.0.0/images", f"one:{number}\n{images}")
        equal(answer.status, 200, answer.body)
    while len(seen) < count + 2:
        answer = server.get(f"/api/v1/events?since={since}&limit=1000")
        assert answer.status == 200 and len(answer.body) < 2 << 20, len(answer.body)
        page = json.loads(answer.body)
        assert page["events"], f"none after {since}"
        seen, since = seen + [e["seq"] for e in page["events"]], page["next"]
    equal(seen, list(range(1, count + 3)))


@test
def events_of_one_repository():
    server = Server()
    publish(server, "a")
    publish(server, "a", "b", repo="team/x")
    equal([e["event"]["kind"] for e in events(server, "repo=team/x")["events"]],
          ["repo.create", "publish", "publish"])
    server.request("POST", "/api/v1/repos/team/x/rename", json.dumps({"to": "y"}))
    kinds = ["repo.create", "publish", "publish", "repo.rename", "repo.create"]
    equal([e["event"]["kind"] for e in events(server, "repo=y")["events"]], kinds)
    for old in "team/x", "team~x":
        equal([e["event"]["kind"] for e in events(server, f"repo={old}")["events"]], kinds)
        equal([server.get(f"{path}?repo={old}").status for path in ("/api/v1/outdated", "/outdated")], [200, 200])
    for path in "/api/v1/events", "/api/v1/outdated", "/outdated":
        equal(server.get(f"{path}?repo=nope").status, 404)


@test
def what_cannot_be_asked():
    server = shared()
    for query, status in (("since=x", 400), ("since=-1", 400), ("since=18446744073709551616", 400),
                          ("limit=1001", 400), ("limit=x", 400), ("wait=x", 400), ("since=99", 200),
                          ("limit=0", 400), ("wait=0", 200)):
        equal(server.get(f"/api/v1/events?{query}").status, status, query)


@test
def who_waits_is_woken():
    server = Server()
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        waiting = [pool.submit(events, server, "since=1&wait=30") for _ in range(50)]
        time.sleep(0.5)
        assert not any(w.done() for w in waiting)
        began = time.monotonic()
        publish(server, "a")
        answers = [w.result() for w in waiting]
        assert time.monotonic() - began < 25, "they waited to the end"
    for answer in answers:
        equal([e["event"]["chart"] for e in answer["events"]], ["a"])
        equal(answer["next"], 2)


@test
def who_waits_for_another_repository_sleeps_on():
    server = Server()
    publish(server, "a", repo="x")
    since = events(server)["next"]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(events, server, f"since={since}&repo=x&wait=20")
        time.sleep(0.2)
        publish(server, "a", "b")
        time.sleep(0.5)
        assert not waiting.done()
        publish(server, "b", repo="x")
        equal([e["event"]["chart"] for e in waiting.result()["events"]], ["b"])


def answers_while_much_is_published(server, least):
    """To one that asks again at once; a slow machine answers less often still."""
    began, since, answers, seen = time.monotonic(), events(server)["next"], 0, 0
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(publish, server, *[f"c{i}" for i in range(200)])
        while seen < 200:
            answer = events(server, f"since={since}&wait=30&limit=1000")
            since, answers, seen = answer["next"], answers + 1, seen + len(answer["events"])
        publishing.result()
    assert answers <= (time.monotonic() - began) / least + 2, answers


@test
def one_that_asks_again_at_once_is_woken_a_hundred_times_a_second():
    server = Server()
    publish(server, "a")
    answers_while_much_is_published(server, 0.01)


@test
def many_that_ask_again_at_once_are_woken_ten_times_a_second():
    server = Server()
    publish(server, "a", repo="quiet")
    publish(server, "a")
    since = events(server)["next"]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        asleep = [pool.submit(events, server, f"since={since}&repo=quiet&wait=30")
                  for _ in range(20)]
        time.sleep(0.5)
        answers_while_much_is_published(server, 0.1)
        publish(server, "b", repo="quiet")
        for waiting in asleep:
            equal([e["event"]["chart"] for e in waiting.result()["events"]], ["b"])


@test
def nothing_happens():
    server = shared()
    began = time.monotonic()
    equal(events(server, "since=1&wait=1"), {"events": [], "next": 1})
    assert time.monotonic() - began >= 0.9


@test
def who_waits_does_not_keep_the_server_from_ending():
    server = Server()
    asking = lambda: metric(server, "chartlocker_connections")    # who asks for it is one
    assert settled(lambda: asking() == 1)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(events, server, "since=1&wait=30")
        assert settled(lambda: asking() == 2)
        time.sleep(0.3)
        server.stop()
        equal(waiting.result(), {"events": [], "next": 1})


def blocks(text):
    return [dict(line.split(": ", 1) for line in block.splitlines())
            for block in text.split("\n\n") if block]


class Stream:
    """Server-sent events as they come."""

    def __init__(self, server, query="", headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        self.connection.request("GET", f"/api/v1/events?{query}",
                                headers={"Accept": "text/event-stream", **(headers or {})})
        self.answer = self.connection.getresponse()

    def next(self):
        text = b""
        while not text.endswith(b"\n\n"):
            byte = self.answer.read(1)
            if not byte:
                return None
            text += byte
        return blocks(text.decode())[0]


@test
def server_sent_events():
    server = Server()
    publish(server, "a")
    stream = {"Accept": "text/event-stream"}
    answer = server.get("/api/v1/events?wait=0", headers=stream)
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
    said = blocks(answer.body.decode())
    equal([(b.get("id"), b.get("event")) for b in said],
          [(None, None), ("1", "repo.create"), ("2", "publish")])
    equal(json.loads(said[2]["data"])["chart"], "a")
    again = server.get("/api/v1/events?wait=0", headers={**stream, "Last-Event-ID": "1"})
    equal([b.get("id") for b in blocks(again.body.decode())], [None, "2"])
    head = server.request("HEAD", "/api/v1/events", headers=stream)
    equal((head.status, head.body), (200, b""))


@test
def a_stream_goes_on():
    server = Server()
    publish(server, "a", repo="x")
    publish(server, "a", repo="y")
    everything, of_x = Stream(server, "since=2"), Stream(server, "since=2&repo=x")
    for stream in everything, of_x:
        equal(stream.next(), {"retry": "1000"})
    equal([everything.next()["id"] for _ in range(3)], ["3", "4", "5"])
    equal(of_x.next()["id"], "3")
    for i in range(5):
        publish(server, f"x{i}", repo="x")
        publish(server, f"y{i}", repo="y")
        equal([everything.next()["id"] for _ in range(2)], [str(6 + 2 * i), str(7 + 2 * i)])
        equal(of_x.next()["id"], str(6 + 2 * i))
    gone = Stream(server, "since=15")
    gone.connection.close()
    publish(server, "last", repo="x")
    equal([everything.next()["id"], of_x.next()["id"]], ["16", "16"])
    began = time.monotonic()
    server.stop()
    equal([everything.next(), of_x.next()], [None, None])
    assert time.monotonic() - began < 10


@test
def a_stream_ends_in_time():
    server = shared()
    began = time.monotonic()
    stream = Stream(server, "since=1&wait=1")
    equal([stream.next(), stream.next()], [{"retry": "1000"}, None])
    assert 0.9 <= time.monotonic() - began < 10
    stream.connection.request("GET", "/livez")      # on the same connection
    equal(stream.connection.getresponse().status, 200)


@test
def many_streams():
    server = Server()
    streams = [Stream(server, "since=1") for _ in range(100)]
    names = [f"c{i}" for i in range(10)]
    publish(server, *names)
    for stream in streams:
        equal(stream.next(), {"retry": "1000"})
        equal([json.loads(stream.next()["data"])["chart"] for _ in names], names)


@test
def who_left_holds_no_descriptor():
    """Neither a long poll nor a stream, though nothing happens and they had 30 seconds to go."""
    server = Server()
    publish(server, "a")
    before = server.descriptors()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        stays = pool.submit(events, server, "since=2&wait=30")
        links = [server.connect() for _ in range(60)]
        for number, link in enumerate(links):
            accept = "text/event-stream" if number % 2 else "*/*"
            link.sendall(f"GET /api/v1/events?since=2&wait=30 HTTP/1.1\r\nHost: x\r\n"
                         f"Accept: {accept}\r\n\r\n".encode())
        assert settled(lambda: server.descriptors() > before + 50)
        time.sleep(0.5)                  # until all of them wait
        for link in links:
            link.close()
        assert settled(lambda: server.descriptors() < before + 10), server.descriptors() - before
        assert not stays.done()
        publish(server, "b")
        equal([e["event"]["chart"] for e in stays.result()["events"]], ["b"])


# ---- names that are used again ----

def api(server, method, path, body=None):
    answer = server.request(method, f"/api/v1/repos{path}", body and json.dumps(body),
                            {"Content-Type": "application/json"})
    assert answer.status in (200, 201), answer.body


def charts_seen(server, query="", **headers):
    answer = server.get(f"/api/v1/events?limit=1000{query}", headers=headers)
    equal(answer.status, 200, answer.body)
    return [e["event"]["chart"] for e in json.loads(answer.body)["events"]
            if e.get("event", {}).get("chart")]


@test
def what_was_private_stays_so_when_its_name_is_public():
    server = Server()
    for name in "renamed", "deleted":
        api(server, "POST", "", {"name": name, "private": True})
        publish(server, f"secret-{name}", repo=name)
    api(server, "POST", "/renamed/rename", {"to": "elsewhere"})
    api(server, "DELETE", "/deleted?confirm=deleted")
    for name in "renamed", "deleted":
        api(server, "POST", "", {"name": name})
        publish(server, f"open-{name}", repo=name)
    admin = {"X-Forwarded-For": "10.0.0.1"}          # nobody, while there are no accounts
    for again in (False, True):
        if again:
            server.stop()
            server = Server(data=server.data)
        equal(charts_seen(server, **admin), ["open-renamed", "open-deleted"])
        equal(charts_seen(server, "&repo=renamed"), ["open-renamed"])
        equal(charts_seen(server, "&repo=deleted"), ["open-deleted"])
        equal(charts_seen(server, "&repo=elsewhere"), ["secret-renamed"])


# ---- names that end while somebody waits ----

def rename(server, old, new):
    api(server, "POST", f"/{old}/rename", {"to": new})


@test
def who_waits_goes_along_with_a_new_name():
    server = Server()
    publish(server, "a", repo="x")
    since = events(server)["next"]
    stream = Stream(server, f"since={since}&repo=x")
    equal(stream.next(), {"retry": "1000"})
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(events, server, f"since={since}&repo=x&wait=30") for _ in range(20)]
        assert settled(lambda: metric(server, "chartlocker_connections") >= 20)
        rename(server, "x", "y")
        publish(server, "b", repo="y")
        for each in waiting:
            told = each.result()
            if len(told["events"]) < 3:          # woken in between
                told["events"] += events(server, f"since={told['next']}&repo=x&wait=30")["events"]
            equal([e["event"]["kind"] for e in told["events"]], ["repo.rename", "repo.create", "publish"])
    equal([stream.next()["event"] for _ in range(3)], ["repo.rename", "repo.create", "publish"])
    rename(server, "y", "z")
    publish(server, "c", repo="z")
    equal([stream.next()["event"] for _ in range(3)], ["repo.rename", "repo.create", "publish"])


@test
def who_waits_is_told_that_it_is_not_there():
    server = Server()
    for name in "deleted", "hidden":
        api(server, "POST", "", {"name": name, "private": True})
    pull = bearer(add_token(server.data, "follower", "pull:deleted\npull:hidden"))
    root = bearer(add_token(server.data, "root", "admin:*"))
    since = json.loads(server.get("/api/v1/events", root).body)["next"]
    for name, method, path, body in (("deleted", "DELETE", "/deleted?confirm=deleted", None),
                                     ("hidden", "POST", "/hidden/rename", {"to": "elsewhere"})):
        stream = Stream(server, f"since={since}&repo={name}", pull)
        equal(stream.next(), {"retry": "1000"})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(server.get, f"/api/v1/events?since={since}&repo={name}&wait=30", pull)
            time.sleep(0.5)
            done = server.request(method, f"/api/v1/repos{path}", body and json.dumps(body),
                                  {"Content-Type": "application/json", **root})
            equal(done.status, 200, done.body)
            answer = waiting.result()
        equal((answer.status, json.loads(answer.body)["code"]), (404, "repository_not_found"), name)
        equal(stream.next(), None)


# ---- proofs ----

def verify(server, key, seq, *checkpoints):
    return subprocess.run([sys.executable, VERIFY, server.url, key, str(seq), *checkpoints],
                          capture_output=True, text=True)


@test
def the_log_is_proved_to_outsiders():
    server = Server()
    folder = temporary()
    key = server.get("/api/v1/checkpoint/key").body.decode().strip()
    checkpoints = []
    for i in range(9):
        note = folder / f"checkpoint{i}"
        note.write_bytes(server.get("/api/v1/checkpoint").body)
        checkpoints.append(note)
        publish(server, f"c{i}")
    for seq in range(1, 11):
        done = verify(server, key, seq, *checkpoints)
        equal((done.returncode, done.stderr), (0, ""))
    server.stop()
    server = Server(data=server.data)
    equal(server.get("/api/v1/checkpoint/key").body.decode().strip(), key)
    equal(verify(server, key, 5, *checkpoints).returncode, 0)


@test
def another_log_is_noticed():
    one, two = Server(), Server()
    note = temporary() / "checkpoint"
    publish(one, "a", "b")
    publish(two, "b", "a", "c")
    note.write_bytes(one.get("/api/v1/checkpoint").body)
    key_one = one.get("/api/v1/checkpoint/key").body.decode().strip()
    assert verify(two, key_one, 2).returncode != 0
    one.stop()
    two.stop()
    (two.data / "checkpoint.key").write_bytes((one.data / "checkpoint.key").read_bytes())
    two = Server(data=two.data)
    equal(verify(two, key_one, 2).returncode, 0)
    done = verify(two, key_one, 2, note)
    assert done.returncode != 0
    contains(done.stderr, "rewritten")


@test
def proofs_that_cannot_be():
    server = Server()
    publish(server, "a")
    for query in ("inclusion", "inclusion?seq=0", "inclusion?seq=3", "inclusion?seq=2&size=1",
                  "inclusion?seq=1&size=9", "consistency?first=2&second=1", "consistency?first=9",
                  "consistency?first=x&second=2"):
        answer = server.get(f"/api/v1/log/{query}")
        equal((query, answer.status, json.loads(answer.body)["code"]), (query, 400, "invalid_request"))


@test
def a_key_that_others_may_read():
    server = Server()
    server.stop()
    (server.data / "checkpoint.key").chmod(0o644)
    done = command("serve", "--data", server.data, "--listen", "127.0.0.1:0")
    equal(done.returncode, 2)
    contains(done.stderr, "checkpoint.key")


if __name__ == "__main__":
    main()
