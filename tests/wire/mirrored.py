"""Two Chartlockers and a bad link between them: what test_mirror.py and test_mirror_guards.py share."""
import json
import re
import threading

from wire import Server
import bundles
from hostile_server import Hostile, response
from harness import cleanup, command, equal, must

BUNDLE = re.compile(r"/api/v1/bundles/[0-9a-f]{64}")


class Outer(bundles.Outer):
    """The connected side, asked as a mirror asks it."""

    def ask(self, query="repo=main", body=None, headers=None):
        answer = self.request("POST", f"/api/v1/bundles?{query}", body, headers)
        return answer.status, json.loads(answer.body)

    def kept(self, headers=None):
        return json.loads(self.get("/api/v1/bundles", headers).body)


class Link(Hostile):
    """What is between the two: passes everything on, but of a bundle only what `passes` says: a list of numbers
    of bytes, one for each request, then all. `sent` has (first byte asked for, bytes that were passed)."""

    def __init__(self, outer, passes=()):
        self.outer, self.passes, self.sent = outer, list(passes), []
        super().__init__({"*": self.pass_on})

    def pass_on(self, request):
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        answer = self.outer.request(request.method, request.path, request.body or None, headers)
        keep = {name.replace("-", "_"): value for name, value in answer.headers.items()
                if name in ("ETag", "Content-Range", "Location", "Retry-After", "Content-Type")}
        if request.method != "GET" or not BUNDLE.fullmatch(request.path):
            return response(answer.body, answer.status, **keep)
        cut = self.passes.pop(0) if self.passes else len(answer.body)
        first = int(re.match(r"bytes=(\d+)-$", request.headers.get("range", "bytes=0-"))[1])
        self.sent.append((first, min(cut, len(answer.body))))
        text = response(answer.body, answer.status, **keep)
        return [text[:len(text) - len(answer.body) + cut]]


class Holding(Link):
    """The same, but the connection stays open behind what it passes, until `held` is set."""

    def __init__(self, outer, passes=()):
        self.held = threading.Event()
        cleanup(self.held.set)
        super().__init__(outer, passes)

    def pass_on(self, request):
        answer = super().pass_on(request)
        return self.hold(answer) if isinstance(answer, list) else answer

    def hold(self, pieces):
        yield from pieces
        self.held.wait(60)


def mirror(at, data, *arguments, status=0, **options):
    done = command("mirror", at.url, "--to", data, "--json", *arguments, **options)
    equal(done.returncode, status, (done.stdout, done.stderr))
    return done.stderr if status else json.loads(done.stdout)["bundles"]


def index(server, repo=""):
    text = server.get(f"/{repo}/index.yaml" if repo else "/index.yaml").body.decode()
    return re.sub(r'"generated":"[^"]*"', "", text)


def same(outer, data, *repos):
    """Both sides show the same, byte for byte, and the log of the inner one is sound."""
    inner = Server(data=data)
    for repo in repos or ("",):
        equal(index(inner, repo), index(outer, repo))
    inner.stop()
    must("fsck", "--data", data)
    must("log", "--verify", "--data", data)


def trips(data):
    return json.loads(must("bundle", "list", "--repo", "main", "--data", data, "--json"))["trips"]


def half(data, repo="main"):
    """The tar that is on its way."""
    tar, = (data / "arriving" / repo).glob("*.tar")
    return tar


def nothing_left(data):
    equal([str(p) for place in ("arriving", "incoming") for p in (data / place).rglob("*")], [])
