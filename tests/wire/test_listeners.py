#!/usr/bin/env python3
"""Where the program listens: TLS, Unix sockets, sockets that a service manager hands over; and what
it tells that manager."""
import contextlib
import functools
import http.client
import os
import re
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from pathlib import Path

from wire import EXIT_FAILED, EXIT_MISUSED, Server, contains, equal
from certificates import authority
from harness import (PROGRAM, UnixLink, chart, clean_environment, cleanup, command, main, need, responses, settled,
                     table, temporary, test)


def ask(path, address="/info"):
    with contextlib.closing(UnixLink(path)) as link:
        link.request("GET", address)
        return link.getresponse().status


# ---- TLS ----

def context(certificate, highest=None):
    made = ssl.create_default_context(cafile=str(certificate))
    if highest:
        made.set_ciphers("ALL:@SECLEVEL=0")
        made.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        made.maximum_version = highest
    return made


def secure(folder, *args, **options):
    certificate, key = authority(folder, "server")
    return Server(args=("--set", f"tls.cert={certificate}", "--set", f"tls.key={key}", *args),
                  tls=context(certificate), **options)


@test
def tls_serves_and_publishes():
    running = secure(temporary())
    assert running.url.startswith("https://"), running.url
    archive = chart("demo")
    equal(running.publish(archive).status, 201)
    equal(running.get("/charts/demo-1.0.0.tgz").body, archive)
    equal(set(running.index()["entries"]), {"demo"})


@table(("GET", b"GET /info HTTP/1.1\r\nHost: h\r\n\r\n"), ("a byte at first", b"P", b"OST / HTTP/1.1\r\n\r\n"),
       ("an upload", b"PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 8388608\r\n\r\n", bytes(8 << 20)))
def tls_port_says_so_to_who_speaks_plainly(first, rest=b""):
    running = unnamed()
    with running.connect() as link:
        link.sendall(first)
        link.sendall(rest)
        received = b"".join(iter(lambda: link.recv(65536), b""))
    answer, = responses(received)
    equal((answer.status, answer.headers["Connection"]), (400, "close"))
    contains(answer.body.decode(), "has to begin with https://")
    equal(running.get("/livez").status, 200)


@test
def tls_port_closes_on_what_is_neither():
    running = unnamed()
    for sent in (b"\x00", b"\x80\x2e\x01\x03\x01", b"ssh", b"\x15\x03\x01\x00\x02\x02\x28"):
        assert b"HTTP/" not in running.raw(sent, finish=True), sent
    equal(running.get("/livez").status, 200)


@functools.cache
def named():
    """A server with a public_url, and its certificate."""
    folder = temporary(keep=True)
    return secure(folder, "--set", "public_url=https://charts.example.org", keep=True), folder / "server.pem"


@functools.cache
def unnamed():
    return secure(temporary(keep=True), keep=True)


@table(("its own", "https://localhost:{port}", 201),
       ("its own by number", "https://127.0.0.1:{port}", 201),
       ("cleartext", "http://localhost:{port}", 403),
       ("the usual port", "https://localhost", 403),
       ("another site", "https://localhost:{port}.evil.example", 403))
def tls_page_while_there_are_no_users(origin, status):
    running = unnamed()
    headers = {"Origin": origin.format(port=running.port), "Host": f"localhost:{running.port}"}
    equal(running.publish(chart("demo"), headers=headers).status, status)


@table(("1.0", ssl.TLSVersion.TLSv1, False), ("1.1", ssl.TLSVersion.TLSv1_1, False),
       ("1.2", ssl.TLSVersion.TLSv1_2, True), ("1.3", ssl.TLSVersion.TLSv1_3, True))
def tls_version(version, good):
    running, certificate = named()
    link = http.client.HTTPSConnection(running.host, running.port, timeout=60,
                                       context=context(certificate, version))
    with contextlib.closing(link):
        try:
            status = running.get("/info", connection=link).status
        except (ssl.SSLError, ConnectionError):
            status = None
    equal(status, 200 if good else None)


@test
def an_address_without_tls_beside_the_others():
    running = secure(temporary(), "--listen", "plain:127.0.0.1:0")
    plain = int(re.search(r"listening on http://127\.0\.0\.1:(\d+)", running.log())[1])
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", plain, timeout=60)) as link:
        link.request("GET", "/health")
        equal(link.getresponse().status, 200)
    equal(running.get("/health").status, 200)


def serial(running):
    with socket.create_connection((running.host, running.port), 10) as link:
        made = ssl._create_unverified_context()
        with made.wrap_socket(link) as secured:
            return secured.getpeercert(binary_form=True)


@test
def tls_certificate_is_read_again():
    """A renewal is seen without a restart, and on SIGHUP; what is no pair is logged and ignored."""
    folder = temporary()
    running = secure(folder)
    old, (certificate, key) = serial(running), authority(folder, "next")
    kept = running.connection()
    equal(running.get("/info", connection=kept).status, 200)
    os.replace(certificate, folder / "server.pem")
    os.replace(key, folder / "server.key")
    assert settled(lambda: serial(running) != old)
    equal(running.get("/info", connection=kept).status, 200)    # who was connected stays so
    new = serial(running)
    (folder / "server.key").write_text("nonsense")
    running.process.send_signal(signal.SIGHUP)
    assert settled(lambda: running.log().count("tls.not_reloaded") > 0)
    assert settled(lambda: "config.reloaded" in running.log())
    equal(serial(running), new)
    contains(running.log(), "server.key")


@table(
    ("no key", ("tls.cert=/c.pem",), "tls.cert and tls.key belong together"),
    ("no certificate", ("tls.key=/c.pem",), "tls.cert and tls.key belong together"),
    ("absent", ("tls.cert=/c.pem", "tls.key=/c.pem"), "/c.pem does not exist"),
    ("one address twice", ("listen=127.0.0.1:1", "listen=tls:127.0.0.1:1"), "cannot both be listened on"),
    ("clients without authority", ("tls.cert=/c", "tls.key=/c", "tls.client_auth=require"),
     "need tls.cert, tls.key and tls.client_ca"))
def tls_settings_that_cannot_be(settings, text):
    flags = [part for setting in settings for part in ("--set", setting)]
    result = command("serve", "--data", temporary() / "data", "--listen", "127.0.0.1:0", *flags)
    equal(result.returncode, EXIT_MISUSED)
    contains(result.stderr, text)


# ---- Unix sockets ----

@test
def unix_socket():
    path = temporary() / "web.sock"
    running = Server(args=("--listen", f"unix:{path}", "--set", "unix.mode=0600"))
    found = path.stat()
    equal((stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode)), (True, 0o600))
    contains(running.log(), f"listening on unix:{path}")
    equal(ask(path), 200)
    equal(running.get("/info").status, 200)
    running.stop()
    equal(path.exists(), False)


@test
def unix_socket_after_a_crash():
    """What a crash left is replaced; what somebody listens on, or a file, is not."""
    path, data = temporary() / "web.sock", temporary() / "data"
    running = Server(data, args=("--listen", f"unix:{path}"))
    other = command("serve", "--data", temporary() / "other", "--listen", f"unix:{path}")
    equal(other.returncode, EXIT_FAILED)
    contains(other.stderr, f"unix:{path}: another process listens there")
    equal(ask(path), 200)
    running.kill()
    equal(path.exists(), True)
    running = Server(data, args=("--listen", f"unix:{path}"))
    equal(ask(path), 200)
    running.stop()
    path.write_text("mine")
    refused = command("serve", "--data", data, "--listen", f"unix:{path}")
    equal(refused.returncode, EXIT_MISUSED)
    contains(refused.stderr, f"{path} exists and is not a socket")
    equal(path.read_text(), "mine")


@test
def unix_socket_that_another_took():
    """A server that ends does not remove the socket that its successor made."""
    path = temporary() / "web.sock"
    first = Server(args=("--listen", f"unix:{path}"))
    path.unlink()
    second = Server(args=("--listen", f"unix:{path}"))
    first.stop()
    equal(ask(path), 200)
    second.stop()


# ---- sockets that are handed over ----

STARTER = """
import os, sys
count, names, *line = sys.argv[1:]
for number in range(int(count)):
    os.set_inheritable(3 + number, True)
os.environ.update(LISTEN_FDS=count, LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=names)
os.execv(line[0], line)
"""


class Activated:
    """`serve` with sockets as descriptors 3, 4, …, by a starter that keeps its process id."""

    def __init__(self, listeners, names, *args):
        self.log_path = temporary() / "log"
        line = [sys.executable, "-c", STARTER, str(len(listeners)), ":".join(names), PROGRAM,
                "serve", "--data", str(temporary() / "data"), *args]
        def arrange():
            for number, listener in enumerate(listeners):
                os.dup2(listener.fileno() if listener.fileno() > 9 else os.dup(listener.fileno()),
                        3 + number)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=clean_environment(), preexec_fn=arrange, close_fds=False)
        cleanup(self.kill)

    def log(self):
        return self.log_path.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()


def listener(path=None):
    made = socket.create_server(str(path), family=socket.AF_UNIX) if path else \
        socket.create_server(("127.0.0.1", 0))
    high = socket.fromfd(made.fileno(), made.family, made.type)    # away from 3, 4, …
    while high.fileno() < 20:
        kept = high
        high = socket.fromfd(kept.fileno(), kept.family, kept.type)
        cleanup(kept.close)
    made.close()
    cleanup(high.close)
    return high


def tcp_answers(port):
    with contextlib.suppress(OSError, http.client.HTTPException), \
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as link:
        link.request("GET", "/info")
        return link.getresponse().status == 200
    return False


@test
def sockets_of_a_service_manager():
    path = temporary() / "s.sock"
    tcp, unix = listener(), listener(path)
    port = tcp.getsockname()[1]
    running = Activated([tcp, unix], ["web", "local"], "--listen", "systemd")
    assert settled(lambda: "listening on" in running.log()), running.log()
    contains(running.log(), f"listening on http://127.0.0.1:{port}\n")
    contains(running.log(), f"listening on unix:{path}\n")
    equal((tcp_answers(port), ask(path)), (True, 200))
    running.process.terminate()
    equal(running.process.wait(30), 0)
    equal(path.exists(), True)    # the manager's, who goes on listening
    waiting = socket.create_connection(("127.0.0.1", port), 10)
    waiting.sendall(b"GET /info HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    running = Activated([tcp, unix], ["web", "local"], "--listen", "systemd:web")
    waiting.settimeout(30)
    contains(waiting.recv(100), b"200 OK")     # nobody noticed the restart
    waiting.close()
    assert str(path) not in running.log(), running.log()


@table(
    ("none", [], "systemd", "no such socket was handed over"),
    ("no such name", ["web"], "systemd:api", "systemd:api: no such socket was handed over"))
def sockets_that_nobody_handed_over(names, entry, text):
    running = Activated([listener() for _ in names], names, "--listen", entry)
    equal(running.process.wait(30), EXIT_MISUSED)
    contains(running.log(), text)


@test
def sockets_for_another_process():
    result = command("serve", "--data", temporary() / "data", "--listen", "systemd",
                     env={"LISTEN_FDS": "1", "LISTEN_PID": "1"})
    equal(result.returncode, EXIT_MISUSED)
    contains(result.stderr, "no such socket was handed over")


@test
def systemd_socket_activate():
    program = need("systemd-socket-activate")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = open(temporary() / "log", "w+b")
    process = subprocess.Popen([program, "-l", f"127.0.0.1:{port}", "--fdname=web", PROGRAM, "serve",
                                "--data", temporary() / "data", "--listen", "systemd:web"],
                               stdout=log, stderr=log, env=clean_environment())
    cleanup(process.wait)
    cleanup(process.kill)
    assert settled(lambda: tcp_answers(port)), Path(log.name).read_text()


# ---- what the service manager is told ----

class Manager:
    """NOTIFY_SOCKET, and what came there."""

    def __init__(self, abstract=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = f"\0cl-{os.getpid()}-{time.monotonic_ns()}" if abstract else \
            str(temporary() / "notify")
        self.socket.bind(path)
        self.socket.settimeout(20)
        self.name = path.replace("\0", "@")
        cleanup(self.socket.close)

    def next(self, but=""):
        while (text := self.socket.recv(4096).decode()) == but:
            pass
        return text


@table(("path", False), ("abstract name", True))
def sd_notify(abstract):
    manager = Manager(abstract)
    running = Server(env={"NOTIFY_SOCKET": manager.name})
    equal(manager.next(), "READY=1")
    equal(running.get("/readyz").status, 200)
    running.process.send_signal(signal.SIGHUP)
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", manager.next())
    equal(manager.next(), "READY=1")
    running.stop()
    equal(manager.next(), "STOPPING=1")


@test
def sd_watchdog():
    manager, begun = Manager(), time.monotonic()
    running = Server(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"})
    equal(manager.next(), "READY=1")
    for _ in range(3):
        equal(manager.next(), "WATCHDOG=1")
    assert time.monotonic() - begun > 0.5
    running.stop()
    manager = Manager()
    running = Server(env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000",
                          "WATCHDOG_PID": "1"})
    equal(manager.next(), "READY=1")
    time.sleep(0.3)
    running.stop()
    equal(manager.next(), "STOPPING=1")    # and no sign of life was asked of us before


@test
def sd_watchdog_while_settings_are_read_again():
    """Signs before and after, and one a user, whose password takes a while: the wait begins anew with a reload."""
    folder, alive = temporary(), "WATCHDOG=1"
    (folder / "secret").write_text("correct horse battery staple")
    (folder / "secret").chmod(0o600)
    file, manager = folder / "c.yaml", Manager()
    file.write_text("")
    running = Server(args=("--config", file), env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "3600000000"})
    equal(manager.next(), "READY=1")
    file.write_text("users:\n" + "".join(f"  - {{name: {name}, roles: [], password_file: {folder}/secret}}\n"
                                         for name in ("alice", "bob")))
    running.process.send_signal(signal.SIGHUP)
    told = [manager.next().split("\n")[0] for _ in range(6)]
    equal(told, [alive, "RELOADING=1", alive, alive, "READY=1", alive])


@test
def as_many_events_as_a_thread_asks_for():
    """128 of them: libmicrohttpd waits for another one before it looks at any."""
    running = Server()
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(socket.create_connection((running.host, running.port), 10))
                 for _ in range(128 * os.cpu_count())]
        for _ in range(5):
            running.process.send_signal(signal.SIGSTOP)    # so that all are ready at its next look
            for link in links:
                link.send(request)
            running.process.send_signal(signal.SIGCONT)
            for link in links:
                contains(link.recv(4096), b"HTTP/1.1 200")


@test
def soft_limit_of_open_files_is_raised():
    running = Server(wrap=("prlimit", "--nofile=128:4096"))
    limits = Path(f"/proc/{running.pid}/limits").read_text()
    equal(re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups(), ("4096", "4096"))


if __name__ == "__main__":
    main()
