"""A server that behaves as it is told, well or badly, and remembers what it was asked.

    far = Hostile({"/index.yaml": whole(b"entries: {}"), "/endless": endless})
    far.url                      "http://127.0.0.1:…"
    far.seen                     the requests: method, path, headers, body, peer, link

An answer is a function of the request. What it returns is sent: bytes, and the connection stays for the
next request; or pieces of bytes, with pauses where there is a number of seconds, and the connection is
closed behind them. A path that nobody gave an answer for is 404; "*" answers every path.
"""
import collections
import contextlib
import socket
import ssl
import threading
import time

from tap import cleanup

Request = collections.namedtuple("Request", "method path headers body peer link")
HEAD_MAX_BYTES = 1 << 20
REASONS = {200: "OK", 206: "Partial Content", 304: "Not Modified", 404: "Not Found"}


def response(body=b"", status=200, **headers):
    """Bytes of a whole answer; header names with `_` for `-`, a list for several lines, None for none."""
    lines = {"Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}
    head = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}"]
    for name, value in lines.items():
        head += [f"{name}: {one}" for one in (value if isinstance(value, list) else [value]) if one is not None]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def whole(body=b"", status=200, **headers):
    """The answer that is always this."""
    return lambda request: response(body, status, **headers)


def redirect(to, status=302, **headers):
    return whole(b"elsewhere", status, Location=to, **headers)


class Hostile:
    """Runs until the row ends (keep=True: the program). `context` is the ssl context of a server over TLS;
    `address` is one of this machine, or the path of a Unix socket; `port` one that is free, or any."""

    def __init__(self, answers, context=None, address="127.0.0.1", port=0, keep=False):
        self.answers, self.context = answers, context
        self.seen, self.links, self.busy, self.busiest = [], 0, 0, 0
        self._lock = threading.Lock()
        self._listener = _listen(address, port)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{address}:{self.port}"
        self._open = set()
        cleanup(self.stop, keep=keep)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)    # or who waits in accept() takes one more
        self._listener.close()
        for link in list(self._open):
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def named(self, name):
        """Its URL by another name for it."""
        return self.url.replace("127.0.0.1", name)

    def paths(self):
        return [request.path for request in self.seen]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._listener.accept()
                self.links += 1
                threading.Thread(target=self._serve, args=(link, self.links), daemon=True).start()

    def _serve(self, link, number):
        self._open.add(link)
        try:
            if self.context:
                link = self.context.wrap_socket(link, server_side=True)
                self._open.add(link)
            if link.family != socket.AF_UNIX:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with link, link.makefile("rb") as stream:
                while self._one(link, stream, number):
                    pass
        except (OSError, ValueError):
            pass    # the other side has gone, which is often what is tested

    def _one(self, link, stream, number):
        line = stream.readline(HEAD_MAX_BYTES).decode("latin-1").split()
        if len(line) != 3 or not line[2].startswith("HTTP/"):     # chance can make three words of TLS
            return False
        headers = collections.defaultdict(list)
        while (text := stream.readline(HEAD_MAX_BYTES).decode("latin-1").rstrip("\r\n")):
            name, _, value = text.partition(":")
            headers[name.lower()].append(value.strip())
        body = stream.read(int(headers.get("content-length", ["0"])[0]))
        peer = link.getpeercert() if isinstance(link, ssl.SSLSocket) else None
        request = Request(line[0], line[1], {k: ", ".join(v) for k, v in headers.items()}, body, peer, number)
        with self._lock:
            self.seen.append(request)
            self.busy += 1
            self.busiest = max(self.busy, self.busiest)
        with contextlib.ExitStack() as busy:
            busy.callback(self._idle)
            return self._answer(link, request, busy.close)

    def _idle(self):
        with self._lock:
            self.busy -= 1

    def _answer(self, link, request, done):
        """done() before the last bytes of a list: who has them may ask anew before we look again."""
        if request.method == "CONNECT":
            _tunnel(link, int(request.path.rpartition(":")[2]))
            return False
        answer = self.answers.get(request.path.partition("?")[0]) or self.answers.get("*") or whole(b"", 404)
        pieces = answer(request)
        if isinstance(pieces, bytes):
            link.sendall(pieces)
            return True
        for at, piece in enumerate(pieces):
            if isinstance(pieces, list) and at + 1 == len(pieces):
                done()
            if isinstance(piece, bytes):
                link.sendall(piece)
            else:
                time.sleep(piece)
        return False


def _listen(address, port):
    if not address.startswith("/"):
        return socket.create_server((address, port), backlog=128)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(128)
    return listener


def _tunnel(link, port):
    """As a proxy: to that port of ours, whatever the name was."""
    with socket.create_connection(("127.0.0.1", port)) as far:
        link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pump, args=(far, link), daemon=True)
        back.start()
        _pump(link, far)
        back.join()


def _pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
