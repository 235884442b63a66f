"""A chartlocker under test: the command line, and a running server with its HTTP.

CHARTLOCKER= names another build of the program (make check-asan, make check-tsan use it).
"""
import collections
import contextlib
import gzip
import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from tap import TOP, cleanup, equal, need, temporary

PROGRAM = str((TOP / os.environ.get("CHARTLOCKER", "build/chartlocker")).resolve())
SANITIZED = "san/" in PROGRAM    # such a build keeps what was freed: its memory says nothing
LISTENING = re.compile(r"listening on (https?)://(127\.0\.0\.1):(\d+)")
START_SECONDS = 60     # a sanitizer build on a busy machine; mostly it takes milliseconds
STOP_SECONDS = 60

Response = collections.namedtuple("Response", "status headers body")


def _read_headers(stream, _class=http.client.HTTPMessage):
    """As http.client has them, which takes them for an e-mail's: a fifth of what a request costs a test."""
    headers = _class()
    while (line := stream.readline(65537)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name] = value.strip()
    return headers


http.client.parse_headers = _read_headers


class UnixLink(http.client.HTTPConnection):
    """HTTP over a Unix socket, such as DATA/control.sock."""

    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


def clean_environment(extra=None):
    """Ours without settings of the program, so that a developer's own do not leak into tests. Who is not
    root looks into /proc/PID of what lets itself be seen."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("CHARTLOCKER_")}
    seen = {} if os.geteuid() == 0 else {"CHARTLOCKER_CORE_DUMPS": "true"}
    return {**kept, **seen, **(extra or {})}


def as_owner():
    """What goes before a command so that the modes of its own files count, for root as well."""
    return [need("setpriv"), "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def command(*arguments, wrap=(), env=None, stdin=None, timeout=300):
    """Runs `chartlocker ARGUMENTS…`, `wrap` before its name; the result has returncode, stdout
    and stderr as text."""
    return subprocess.run([*map(str, wrap), PROGRAM, *map(str, arguments)],
                          env=clean_environment(env), input=stdin, capture_output=True, text=True,
                          errors="replace", timeout=timeout, check=False)


def must(*arguments, **options):
    """The same, where anything but exit status 0 fails the test. Returns standard output."""
    result = command(*arguments, **options)
    text = f"chartlocker {' '.join(map(str, arguments))}: exit {result.returncode}"
    assert result.returncode == 0, f"{text}\n{result.stdout}{result.stderr}"
    return result.stdout


def free_port():
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def open_catalog(data):
    """The catalog of a data directory, to read in; also beside a server."""
    with contextlib.closing(sqlite3.connect(f"file:{data}/catalog.db?mode=ro", uri=True)) as db:
        yield db


def rendered(server, repo="%"):
    """How many versions the catalog of a server has rendered: it opens their archives no more."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{server.data}/search.db?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(images) FROM version WHERE repo LIKE ?", (repo,)).fetchone()[0]
    except sqlite3.OperationalError:     # it is being made
        return 0


def holds(data, text):
    """The files below a directory that hold a text: raw, inflated, or as a member of an archive."""
    found = []
    for path in data.rglob("*"):
        if not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except FileNotFoundError:      # the index, as it is being replaced
            continue
        pieces = [content]
        with contextlib.suppress(OSError, EOFError):
            pieces.append(gzip.decompress(content))
        if any(text.encode() in piece for piece in pieces):
            found.append(str(path.relative_to(data)))
    return found


class Server:
    """`chartlocker serve` on a free port of 127.0.0.1, answering /readyz when this returns.

    It ends with the row (keep=True: with the program), and then must have exited with 0 and
    must not have reported anything to a sanitizer. `wrap` goes before the program's name, for
    strace and its like; `stderr` is where its log goes instead of log(); `line` is another
    command line than this; `tls` is the ssl context to talk to it with. Attributes: data (Path),
    url, host, port, pid.
    """

    def __init__(self, data=None, args=(), env=None, wrap=(), keep=False, ready=True, stderr=None,
                 line=None, tls=None, pass_fds=()):
        self.tls = tls
        self.data = Path(data) if data else temporary(keep) / "data"
        self.local = {}          # headers of what comes from this machine: see set_up()
        self._log = temporary(keep) / "log"
        line = line or [PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0"]
        line = [*wrap, *line, *args]
        with open(self._log, "wb") as log:
            self.process = subprocess.Popen(
                list(map(str, line)), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log if stderr is None else stderr, env=clean_environment(env),
                pass_fds=pass_fds)
        self.pid = self.process.pid
        cleanup(self.stop, keep=keep)
        try:
            self._wait_until_listening()
            if ready:
                self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def _wait_until_listening(self):
        found = self._wait(lambda: LISTENING.search(self.log()), "did not say where it listens")
        self.host, self.port = found[2], int(found[3])
        self.url = f"{found[1]}://{self.host}:{self.port}"

    def _wait_until_ready(self):
        self._wait(lambda: self.get("/readyz").status == 200, "is not ready")

    def _wait(self, condition, otherwise):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            if self.process.poll() is not None:
                raise AssertionError(f"server exited with {self.process.returncode}:\n{self.log()}")
            time.sleep(0.002)
        raise AssertionError(f"server {otherwise}:\n{self.log()}")

    def log(self):
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # ---- its end ----

    def stop(self, expect=0):
        """Ends it and waits; `expect` is the exit status it must have. Harmless when ended."""
        if self.process.returncode is not None:
            return
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"server did not end on SIGTERM:\n{self.log()}") from None
        assert status == expect, f"server exited with {status}, not {expect}:\n{self.log()}"

    def kill(self):
        """kill -9: what a crash leaves is left."""
        self.process.kill()
        self.process.wait()

    # ---- HTTP ----

    def connection(self, timeout=60):
        if self.tls:
            return http.client.HTTPSConnection(self.host, self.port, timeout=timeout,
                                               context=self.tls)
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=120, connection=None):
        """One request; on a connection of its own unless one is given."""
        link = connection or self.connection(timeout)
        try:
            with contextlib.suppress(BrokenPipeError):    # refused while we talk: read the answer
                link.request(method, path, body, headers if "X-Forwarded-For" in (headers or {}) else
                             {**self.local, **(headers or {})})
            answer = link.getresponse()
            return Response(answer.status, answer.headers, answer.read())
        except ConnectionError as error:
            if self.process.poll() is None:
                raise
            raise AssertionError(f"the server is gone ({self.process.returncode}):\n"
                                 f"{self.log()[-8000:]}") from error
        finally:
            if not connection:
                link.close()

    def set_up(self):
        """Behind a proxy, what comes from this machine is the administrator with the setup token alone."""
        self.local = {"Authorization": f"Bearer {(self.data / 'setup-token').read_text().strip()}"}
        return self

    def get(self, path, headers=None, **options):
        return self.request("GET", path, None, headers, **options)

    def publish(self, archive, repo="", **options):
        return self.request("POST", f"/api/{repo}/charts" if repo else "/api/charts",
                            archive, **options)

    def index(self, repo=""):
        """The index as data (the server's default format is JSON)."""
        return json.loads(self.get(f"/{repo}/index.yaml" if repo else "/index.yaml").body)

    def begin_upload(self, archive, sent, more="", repo=""):
        """A connection that has sent so much of an archive; it may have been refused already."""
        link = self.connect()
        with contextlib.suppress(ConnectionError):
            link.sendall(f"POST /api/{repo + '/' if repo else ''}charts HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n{more}"
                         f"Content-Length: {len(archive)}\r\n\r\n".encode() + archive[:sent])
        return link

    def connect(self, timeout=30):
        return socket.create_connection((self.host, self.port), timeout)

    def raw(self, *pieces, timeout=30, finish=False):
        """Sends bytes as they are and returns all that comes back until the server closes or
        `timeout` is over. finish=True closes our half after sending."""
        with self.connect(timeout) as link:
            try:
                for piece in pieces:
                    link.sendall(piece)
                if finish:
                    link.shutdown(socket.SHUT_WR)
            except OSError:
                pass    # refused while we were still talking: the answer is what counts
            return _read_all(link)

    # ---- what it holds ----

    def state(self):
        """Everything a refused request must leave as it was: index bytes and stored files."""
        files = sorted((str(p.relative_to(self.data)), p.stat().st_size)
                       for below in ("repos", "tmp", "quarantine")
                       for p in (self.data / below).rglob("*")
                       if p.is_file() and p.name != "index.yaml")
        return self.get("/index.yaml").body, files

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def resident_kib(self):
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def make_repo(server, name, headers=None, **settings):
    """A new repository; what is said of it."""
    answer = server.request("POST", "/api/v1/repos", json.dumps({"name": name, **settings}), headers)
    equal(answer.status, 201, answer.body)
    return json.loads(answer.body)


def metric(server, name):
    for line in server.get("/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no metric {name}")


def _read_all(link):
    received = b""
    try:
        while piece := link.recv(65536):
            received += piece
    except OSError:
        pass
    return received


def responses(received):
    """Splits what raw() returned into Responses; each must carry Content-Length (or no body)."""
    found = []
    while received.startswith(b"HTTP/1."):
        head, _, rest = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = http.client.HTTPMessage()
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name] = value.strip()
        length = int(headers.get("Content-Length") or 0)
        found.append(Response(int(lines[0].split(" ")[1]), headers, rest[:length]))
        received = rest[length:]
    assert not received, f"bytes that are no response: {received[:200]!r}"
    return found
