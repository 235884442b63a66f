"""What the tests of this folder share: what every refusal looks like and what it leaves behind."""
import contextlib
import functools
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (SANITIZED, Server, chart, contains, equal, make_repo, metric, open_catalog,
                     settled)

try:
    import yaml
except ImportError:    # a Python that is not Debian's: the package python3-yaml is for every one
    sys.path.append("/usr/lib/python3/dist-packages")
    import yaml

REFUSAL_MAX_BYTES = 2048
LATE = re.compile(r"""INSERT INTO ("audit"|"pull"|"sqlite_sequence" VALUES\('audit')""")

EXIT_FAILED, EXIT_MISUSED = 1, 2

_servers = {}


def shared(*args, **options):
    """A server for all rows of the program that ask for the same one; started when first needed."""
    key = repr((args, options))
    if key not in _servers:
        _servers[key] = Server(args=args, keep=True, **options)
    return _servers[key]


@functools.cache
def demo_server():
    """The same, with one chart in it."""
    running = Server(keep=True)
    equal(running.publish(chart("demo")).status, 201)
    return running


def check_refusal(server, answer, status, code=None, text=""):
    """Status, the three fields, and that nothing of the inside is shown."""
    equal(answer.status, status, answer.body)
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    equal(answer.headers["Cache-Control"], "no-store")
    equal(answer.headers["X-Content-Type-Options"], "nosniff")
    fields = json.loads(answer.body)
    equal(fields["request_id"], answer.headers["X-Request-Id"])
    assert fields["error"], answer.body
    if code:
        equal(fields["code"], code, answer.body)
    contains(fields["error"], text)
    assert len(answer.body) <= REFUSAL_MAX_BYTES, answer.body
    assert str(server.data).encode() not in answer.body, answer.body
    return fields


def catalog(server):
    """Every row of the catalog as SQL text, but for what is written later: the audit log, which tells of
    refusals too, and how often a chart was asked for before."""
    with open_catalog(server.data) as db:
        return [line for line in db.iterdump()
                if line.startswith("INSERT") and not LATE.match(line)]


@contextlib.contextmanager
def no_trace(server):
    """What happens inside leaves files, rows and index as they were, holds neither an upload nor a
    descriptor, and the next request on a new connection is answered."""
    before = server.state(), catalog(server), server.descriptors()
    yield
    equal(server.get("/index.yaml").status, 200)
    same = lambda: (server.state(), catalog(server)) == before[:2]
    if not settled(same):
        equal(server.state(), before[0])
        equal(catalog(server), before[1])
    assert settled(lambda: metric(server, "chartlocker_uploads_running") == 0), "an upload is held"
    # Each worker opens the catalog when it first needs it, and a large chart stays open.
    assert settled(lambda: server.descriptors() <= before[2] + 8), \
        f"{before[2]} descriptors became {server.descriptors()}"


def versions(server, name, repo=""):
    """The versions of a chart in the index, in its order."""
    return [v["version"] for v in server.index(repo)["entries"].get(name, [])]
