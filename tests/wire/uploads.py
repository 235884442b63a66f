"""A server to send charts to, and the ways to send them."""
import gzip
import itertools
import json
import random

from wire import equal, shared, versions
from harness import chart_yaml, digest, tar

LIMIT = 2 << 20
PIECE = 4 << 20         # a file of a chart may not be much larger
NAMES = (f"chart-{n}" for n in itertools.count())


def server():
    return shared("--set", f"upload.max_bytes={LIMIT}")


def noise(size, name="big", seed=0):
    """A chart as large as chart_of_size() makes them, which nobody tried to make smaller: that takes 40 ms each MiB."""
    data = random.Random(seed).randbytes(size)
    members = [(f"{name}/noise-{at}.bin", data[at:at + PIECE]) for at in range(0, size, PIECE)]
    return gzip.compress(tar([(f"{name}/Chart.yaml", chart_yaml(name)), *members]), 0, mtime=0)


def small_pieces(data, size=997):
    return iter([data[at:at + size] for at in range(0, len(data), size)])


def send(path, body, headers=None, method="POST", to=None):
    return (to or server()).request(method, path, body, headers)


def check_saved(answer, archive, name, version="1.0.0", place="", status=201):
    """The answer's whole shape, and that the chart is there at once."""
    equal(answer.status, status, answer.body)
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    fields = json.loads(answer.body)
    event = fields.pop("event")
    assert isinstance(event, int) and event > 0, event
    fields.pop("existing", None)
    fields.pop("warnings", None)
    equal(fields, {"saved": True, "name": name, "version": version,
                   "file": f"{name}-{version}.tgz", "digest": digest(archive)})
    equal(server().get(f"{place}/charts/{name}-{version}.tgz".replace("+", "%2B")).body, archive)
    assert version in versions(server(), name, place.strip("/"))
    return event


def part(disposition, data, more=b""):
    return b"Content-Disposition: form-data; " + disposition + b"\r\n" + more + b"\r\n" + data


def join(boundary, *parts, before=b"", after=b"\r\n"):
    sep = b"--" + boundary
    return before + b"".join(sep + b"\r\n" + p + b"\r\n" for p in parts) + sep + b"--" + after


CHART = b'name="chart"; filename="x.tgz"'


def head_of(length=None, path="/api/charts", more=""):
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (f"POST {path} HTTP/1.1\r\nHost: {server().host}:{server().port}\r\n"
            f"{framing}\r\n{more}\r\n").encode()
