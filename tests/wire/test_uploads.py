#!/usr/bin/env python3
"""Uploads that end early, many of them at once, and while the server shuts down."""
import contextlib
import functools
import json

from wire import SANITIZED, Server, check_refusal, contains, equal, metric, no_trace
from people import PASSWORD, add_user, basic
from harness import chart, chart_of_size, form, main, responses, settled, table, test
from uploads import NAMES, head_of, noise, send, server, small_pieces


@table(("by its length", 1), ("chunked", 2), ("form", 3))
def t_up_09_given_up(kind):
    archive = chart_of_size(200_000, next(NAMES))
    body, more = archive, ""
    if kind == 3:
        body, headers = form(archive)
        more = f"Content-Type: {headers['Content-Type']}\r\n"
    if kind == 2:
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in small_pieces(archive, 5000))
        body += b"0\r\n\r\n"
    head = head_of(None if kind == 2 else len(body), more=more)
    for tenth in range(10):
        with no_trace(server()):
            with server().connect() as link:
                link.sendall(head + body[:len(body) * tenth // 10])
                if tenth % 2:    # a reset instead of an end
                    link.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")    # SO_LINGER, 0 s


@test
def t_http_33_reset_at_any_point():
    """Of uploads and downloads, right behind one another; the server stays and holds nothing."""
    archive = chart_of_size(300_000, next(NAMES))
    equal(send("/api/charts", archive).status, 201)
    name = json.loads(send("/api/charts", archive).body)["file"]
    upload = head_of(len(archive)) + archive
    download = (f"GET /charts/{name} HTTP/1.1\r\nHost: x\r\n\r\n").encode()
    with no_trace(server()):
        for i in range(200):
            with server().connect() as link:
                if i % 2:
                    link.sendall(download)
                    link.recv(i * 100 + 1)
                else:
                    link.sendall(upload[:len(upload) * i // 200])
                link.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")


@functools.cache
def peopled():
    """With root, and ci that may push into team."""
    stopped = Server(keep=True)
    equal(stopped.publish(chart("first"), "team").status, 201)
    stopped.stop()
    add_user(stopped.data, "root", "admin:*")
    return Server(data=stopped.data, keep=True)


def meanwhile_revoked(root):
    equal(peopled().request("DELETE", f"/api/v1/users/ci", None, root).status, 200)


def meanwhile_full(root):
    equal(peopled().request("PATCH", "/api/v1/repos/team", b'{"max_versions":1}', root).status, 200)


def meanwhile_gone(root):
    equal(peopled().request("DELETE", "/api/v1/repos/team?confirm=team", None, root).status, 200)


@table(("the account", meanwhile_revoked, (401, 403, 404)), ("the quota", meanwhile_full, (507,)),
       ("the repository", meanwhile_gone, (404,)))
def t_up_10_gone_during_the_upload(change, statuses):
    """What was so when it began counts as little as what the upload says: it is asked again at the end."""
    running, root = peopled(), basic("root", PASSWORD)
    if running.request("GET", "/api/v1/users/ci", None, root).status == 404:
        add_user(running.data, "ci", "push:team")
    archive = chart(next(NAMES))
    more = f"Authorization: {basic('ci', PASSWORD)['Authorization']}\r\n"
    link = running.begin_upload(archive, 100, more, "team")
    assert settled(lambda: metric(running, "chartlocker_uploads_running") == 1)
    change(root)
    before = running.state()
    with link:
        link.sendall(archive[100:])
        [answer] = responses(answer_of(link))
    contains(statuses, answer.status, answer.body)
    equal(running.state(), before)


def answer_of(link):
    """What came until the end of a JSON answer, or of the connection."""
    received = b""
    with contextlib.suppress(OSError):
        while not received.endswith(b"}\n") and (piece := link.recv(65536)):
            received += piece
    return received


@test
def t_up_08_one_hundred_at_once():
    """Slots for some; the others get 503 with Retry-After at once, and come again."""
    slots, size = 16, 1 << 20
    many = Server(args=("--set", f"upload.max_parallel={slots}"))
    archives = [noise(size, f"many-{i}", seed=i) for i in range(100)]
    resident = many.resident_kib()
    waiting = list(archives)
    rounds = 0
    while waiting:
        links = [(a, many.begin_upload(a, len(a) // 2)) for a in waiting]
        full = min(slots, len(waiting))
        assert settled(lambda: metric(many, "chartlocker_uploads_running") == full)
        waiting = []
        for archive, link in links:
            with link:
                with contextlib.suppress(OSError):
                    link.sendall(archive[len(archive) // 2:])
                received = answer_of(link)
            if received.startswith(b"HTTP/1.1 503"):
                answer = responses(received)[0]
                check_refusal(many, answer, 503, "busy")
                assert int(answer.headers["Retry-After"]) > 0
                waiting.append(archive)
            else:
                assert received.startswith(b"HTTP/1.1 201"), received[:300]
        rounds += 1
        assert rounds <= 100 // slots + 1, "slots are not given back"
    for i, archive in enumerate(archives):
        equal(many.get(f"/charts/many-{i}-1.0.0.tgz").body == archive, True)
    grown = many.resident_kib() - resident
    assert SANITIZED or grown < 3 * slots * size // 1024 + 30_000, f"{grown} KiB more in memory"


@test
def slot_is_free_with_the_answer():
    """Who has an answer may send the next upload at once, however few slots there are."""
    one = Server(args=("--set", "upload.max_parallel=1"))
    archive = chart("again")
    for i in range(300):
        answer = one.publish(archive if i % 3 else b"refused")
        equal(answer.status, 201 if i % 3 else 400, answer.body)


@test
def t_crash_07_uploads_while_draining():
    """SIGTERM: what is coming in is finished, new uploads are told to come again, exit status 0."""
    draining = Server()
    archive = chart("slow")
    begun = draining.begin_upload(archive, 50)
    assert settled(lambda: metric(draining, "chartlocker_uploads_running") == 1)
    draining.process.terminate()
    assert settled(lambda: draining.get("/readyz").status == 503)
    answer = draining.publish(chart("late"))
    check_refusal(draining, answer, 503, "shutting_down")
    assert int(answer.headers["Retry-After"]) > 0
    with begun:
        begun.sendall(archive[50:])
        received = begun.recv(65536)
        assert received.startswith(b"HTTP/1.1 201"), received
    equal(draining.process.wait(30), 0)
    again = Server(data=draining.data)
    equal(again.get("/charts/slow-1.0.0.tgz").body, archive)
    equal(list(again.index()["entries"]), ["slow"])


if __name__ == "__main__":
    main()
