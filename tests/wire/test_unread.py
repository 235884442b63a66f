#!/usr/bin/env python3
"""Uploads that are refused before they are read, by a client that sends all of it before it looks for an
answer, as most do: it finds the whole answer, and the end of the connection."""
import functools
import socket
import ssl

from wire import Server, check_refusal, equal
from certificates import authority
from harness import main, responses, table, temporary
from people import PASSWORD, basic, bearer, peopled, until_slowed

BODY = bytes(8 << 20)    # more than sockets hold: a close while it comes in would reset the connection
TRIES = 5
GUESS = basic("alice", "guess")


@functools.cache
def server(tls):
    data = peopled({"alice": "admin:*", "bob": "reader:main"}, keep=True)
    args = ("--set", "upload.max_bytes=1m")
    if not tls:
        return Server(data=data, args=args, keep=True)
    certificate, key = authority(temporary(keep=True), "server")
    return Server(data=data, args=(*args, "--set", f"tls.cert={certificate}", "--set", f"tls.key={key}"),
                  tls=ssl.create_default_context(cafile=str(certificate)), keep=True)


def upload(running, method, path, headers):
    """All that comes, read when all is sent."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    received = b""
    with socket.create_connection((running.host, running.port), 60) as plain:
        link = running.tls.wrap_socket(plain, server_hostname=running.host) if running.tls else plain
        link.sendall(f"{method} {path} HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n{fields}\r\n".encode())
        link.sendall(BODY)
        while piece := link.recv(65536):
            received += piece
    return responses(received)


LENGTH = {"Content-Length": len(BODY)}
REFUSED = (
    ("401", "POST", "/api/charts", bearer("clt_nobody"), 401),
    ("403", "POST", "/api/charts", basic("bob", PASSWORD), 403),
    ("403 of PUT", "PUT", "/demo-1.0.0.tgz", basic("bob", PASSWORD), 403),
    ("404", "PUT", "/nothing", basic("alice", PASSWORD), 404),
    ("405", "PATCH", "/api/charts", basic("alice", PASSWORD), 405),
    ("413", "POST", "/api/charts", basic("alice", PASSWORD), 413),
    ("429", "POST", "/api/charts", GUESS, 429))    # the last one: from then on it is for everybody here


@table(*((f"{name} {kind}", tls, *row) for tls, kind in ((False, "plain"), (True, "TLS")) for name, *row in REFUSED))
def t_http_29_the_answer_is_found(tls, method, path, headers, status):
    running = server(tls)
    if status == 429:
        until_slowed(lambda _: running.get("/index.yaml", headers), 401)
    for _ in range(TRIES):
        answer, = upload(running, method, path, {**headers, **LENGTH})
        check_refusal(running, answer, status)
        equal(answer.headers["Connection"], "close")


if __name__ == "__main__":
    main()
