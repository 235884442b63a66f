"""A chart repository that may turn hostile.

    up = Upstream()                       honest: JSON, ETag, Last-Modified, gzip, Range
    up.put("demo", "1.0.0")
    up.spoil(html)                        its index is that from now on
    up.spoil(html, "/demo-1.0.0.tgz")     or any other file
    up.heal()
    up.seen, up.count(path)               what it was asked, with headers

Behaviours are answers as in hostile_server.py: functions of the request that return bytes, or pieces of them.
"""
import gzip
import json
import time
import zlib

from charts import digest
from chart_server import Shelf
from hostile_server import Hostile, redirect, response, whole

MIB = 1 << 20
CREATED = "Fri, 02 Jan 2026 03:04:05 GMT"
LATER = "Fri, 02 Jan 2026 04:04:05 GMT"


class Upstream(Shelf, Hostile):
    """`form`: json or yaml, as `helm repo index` would write it."""

    def __init__(self, form="json", **options):
        Shelf.__init__(self)
        self.form, self.fields, self._spoilt = form, {"apiVersion": "v1"}, {}
        Hostile.__init__(self, {"*": self._answer_any}, **options)

    def index(self):
        document = {**self.fields, "entries": self.entries}
        return json.dumps(document).encode() if self.form == "json" else as_yaml(document).encode()

    # ---- how it behaves ----

    def spoil(self, answer, path="/index.yaml"):
        self._spoilt[path] = answer

    def heal(self):
        self._spoilt = {}

    def count(self, path):
        return sum(request.path.partition("?")[0] == path for request in self.seen)

    def _answer_any(self, request):
        path = request.path.partition("?")[0]
        if path in self._spoilt:
            return self._spoilt[path](request)
        data = self.index() if path == "/index.yaml" else self.files.get(path)
        return honest(data, request) if data is not None else response(b"no", 404)


def honest(data, request):
    """As a static web server would."""
    tag = f'"{digest(data)[:16]}"'
    headers = {"ETag": tag, "Last_Modified": CREATED, "Date": LATER}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return response(b"", 304, **headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        packed = {"ETag": f"W/{tag}", "Content_Encoding": "gzip"}
        return response(gzip.compress(data, mtime=0), 200, **{**headers, **packed})
    wanted = request.headers.get("range", "")
    if wanted.startswith("bytes=") and request.headers.get("if-range", tag) == tag:
        first = int(wanted[6:].partition("-")[0])
        return response(data[first:], 206, **headers, Content_Range=f"bytes {first}-{len(data) - 1}/{len(data)}")
    return response(data, 200, **headers)


def as_yaml(value, indent=""):
    """Block YAML with every scalar as JSON has it."""
    if isinstance(value, dict) and value:
        return "".join(f"{indent}{json.dumps(k)}:{_below(v, indent + '  ')}" for k, v in value.items())
    if isinstance(value, list) and value:
        return "".join(f"{indent}-{_below(v, indent + '  ')}" for v in value)
    return f"{indent}{json.dumps(value)}\n"


def _below(value, indent):
    return f"\n{as_yaml(value, indent)}" if value and isinstance(value, (dict, list)) else f" {json.dumps(value)}\n"


# ---- 200, and no index ----

html = whole(b"<!DOCTYPE html>\n<html><body>Please sign in</body></html>", Content_Type="text/html")
empty = whole(b"")
no_content = whole(b"", 204, Content_Length=None)


def conflict(data):
    return whole(b"<<<<<<< HEAD\n" + data + b"\n=======\n" + data + b"\n>>>>>>> other\n")


# ---- cut short ----

def cut_by_length(data, at):
    """Less than Content-Length said, each time."""
    return lambda _: iter([response(data)[:-(len(data) - at)]])


def cut_by_chunk(data, at):
    """The connection ends within a chunk."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return lambda _: iter([head + b"%x\r\n" % len(data) + data[:at]])


def too_short_a_length(data, by):
    """A whole answer whose Content-Length is less than it has: what follows is not of it."""
    return lambda _: iter([response(data, Content_Length=len(data) - by)])


# ---- more than anybody wants ----

def drip(data, seconds=1.0):
    """A byte at a time."""
    def pieces(_):
        yield response(data)[:-len(data)]
        for at in range(len(data)):
            yield data[at:at + 1]
            yield seconds
    return pieces


def endless(begin=b"", more=b" " * 65536):
    def pieces(_):
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + begin
        while True:
            yield more
    return pieces


def huge(mebibytes):
    """What Content-Length threatens with; nothing of it comes."""
    return lambda _: iter([response(b"", Content_Length=mebibytes * MIB), 5.0])


def bomb(mebibytes, begin=b'{"apiVersion":"v1","entries":{'):
    """A text that is small until it is unpacked. Each mebibyte is the same block; the checksum is of one of them,
    because nobody comes that far."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(begin) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return whole(head + block * mebibytes + packer.flush(), Content_Encoding="gzip")


def long_headers(size):
    return whole(b"{}", X_Long="x" * size)


def many_headers(count):
    return whole(b"{}", X_Many=["x"] * count)


def continues(_):
    """100 Continue, for ever."""
    while True:
        yield b"HTTP/1.1 100 Continue\r\n\r\n" * 1000


# ---- elsewhere ----

def bounce(_):
    """A redirect to itself that is another one each time."""
    return redirect(f"/index.yaml?{time.monotonic_ns()}")(_)


def status(code, **headers):
    return whole(b"no", code, **headers)
