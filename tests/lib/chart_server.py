"""A chart repository as a static web server has it: an index and archives, with ETag and 304. What
it holds may change at any time; every request is counted."""
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from charts import chart, digest


def entry(name, version, **fields):
    return {"apiVersion": "v2", "name": name, "version": version,
            "created": "2026-01-02T03:04:05Z", **fields}


class Shelf:
    """What a repository holds: `files`, {path: bytes}, and the `entries` of its index."""

    def __init__(self):
        self.files, self.entries = {}, {}

    def put(self, name, version, data=None, key=None, prov=None, **fields):
        """A version with its archive; `fields` replace those of its entry, None leaves one out."""
        data = chart(name, version) if data is None else data
        file = f"{name}-{version}.tgz"
        self.files[f"/{file}"] = data
        if prov:
            self.files[f"/{file}.prov"] = prov
        line = {**entry(name, version, digest=digest(data), urls=[file]), **fields}
        versions = [v for v in self.entries.get(key or name, []) if v["version"] != version]
        self.entries[key or name] = versions + [{k: v for k, v in line.items() if v is not None}]
        return data

    def drop(self, name, version):
        self.entries[name] = [v for v in self.entries[name] if v["version"] != version]


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):      # who asked was killed
            super().handle_error(request, client_address)


class ChartServer(Shelf):
    """`with ChartServer() as upstream: upstream.put("demo", "1.0.0"); … upstream.url`"""

    def __init__(self, conditional=True):
        super().__init__()
        self.requests = []
        self.conditional, self.status, self.hold = conditional, 200, None
        self.index = None                # bytes instead of the entries
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                owner.answer(self)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.http = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()

    # ---- what it answers ----

    def body(self):
        if self.index is not None:
            return self.index
        return json.dumps({"apiVersion": "v1", "entries": self.entries}).encode()

    def count(self, path):
        return sum(p == path for p, _ in self.requests)

    def answer(self, http):
        self.requests.append((http.path, dict(http.headers)))
        if self.hold:
            self.hold.wait(10)
        data = self.body() if http.path == "/index.yaml" else self.files.get(http.path)
        status = self.status if self.status != 200 else 200 if data is not None else 404
        etag = f'"{digest(data or b"")[:16]}"'
        if status == 200 and self.conditional and http.headers.get("If-None-Match") == etag:
            status = 304
        data = data if status == 200 else b"" if status == 304 else b"no\n"
        http.send_response(status)
        if self.conditional:
            http.send_header("ETag", etag)
        if status != 304:
            http.send_header("Content-Length", str(len(data)))
        http.end_headers()
        if status != 304 and http.command != "HEAD":
            http.wfile.write(data)
