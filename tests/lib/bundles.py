"""Bundles for tests: where they are made, where they are brought, and what somebody on the way makes of them."""
import base64
import collections
import functools
import hashlib
import json
import re
import shutil
import subprocess

from charts import chart, digest
from server import Server, command, must, open_catalog
from tap import equal, need, temporary

BLOCK = 512


def _make_keys(name):
    data = temporary(keep=True) / "data"
    must("keys", "generate", "--data", data, "--name", name)
    return data / "keys"


_keys_of = functools.cache(_make_keys)


class Outer(Server):
    """Where bundles are made: a server, and a key that all of the name have; `own_key`: another one."""

    def __init__(self, *charts, key="outer.example.org", own_key=False, **options):
        super().__init__(**options)
        shutil.copytree(_make_keys(key) if own_key else _keys_of(key), self.data / "keys")
        self.name, self.key = key, self.data / "keys" / "bundle.pub"
        for archive in charts:
            equal(self.publish(archive).status, 201)

    def end(self, name, version):
        equal(self.request("DELETE", f"/api/charts/{name}/{version}").status, 200)

    def yank(self, name, version, verb="yank"):
        must(verb, "--repo", "main", name, version, "--data", self.data,
             *(("--reason", "broken") if verb == "yank" else ()))

    def create(self, *arguments, into=None, repo="main"):
        """The report, and where the bundle is."""
        into = into or temporary()
        said = json.loads(must("bundle", "create", "--repo", repo, "--data", self.data, "-o", f"{into}/",
                               "--json", *arguments))
        return said, into / said["file"]


@functools.cache
def one():
    """For all rows of a program: the chart `one`, and nothing changes."""
    return Outer(chart("one"), keep=True)


# ---- the other side ----

def trust(outer, data):
    data.mkdir(exist_ok=True)
    must("keys", "trust", outer.key, "--data", data)


@functools.cache
def _trusting(public):
    folder = temporary(keep=True)
    (folder / "bundle.pub").write_text(public)
    must("keys", "trust", folder / "bundle.pub", "--data", folder / "data")
    return folder / "data"


def inner(outer, keep=False):
    """A data directory of the other side that trusts the key; no server runs on it."""
    return shutil.copytree(_trusting(outer.key.read_text()), temporary(keep) / "inner")


def bring(data, *paths, status=0):
    done = command("bundle", "import", "--data", data, "--json", *paths)
    equal(done.returncode, status, done.stderr)
    return json.loads(done.stdout)["bundles"] if done.stdout else []


def refused(data, *paths, status=1):
    done = command("bundle", "import", "--data", data, *paths)
    equal(done.returncode, status, (done.stdout, done.stderr))
    return done.stderr


def entries(index):
    return {(name, v["version"]): v["digest"] for name, versions in index["entries"].items() for v in versions}


def shown(data):
    """What a server on the data directory shows, and the log is sound."""
    server = Server(data=data)
    index = entries(server.index())
    server.stop()
    must("fsck", "--data", data)
    return index


def files(data):
    return {str(path.relative_to(data)): digest(path.read_bytes())
            for path in sorted((data / "repos").rglob("*")) if path.is_file()}


def state(data):
    """All that could have changed, but for what is on its way in, the audit log, which tells of refusals, and to
    which WAL the catalog belongs: the catalog's rows and the bytes of every file that is served."""
    with open_catalog(data) as db:
        rows = [line for line in db.iterdump() if line.startswith("INSERT") and "audit" not in line[:40] and
                "VALUES('wal'" not in line]
    return rows, files(data)


TIMES = re.compile(r'"(at|imported|generated)":"[^"]*"')


def result(data, repo="main"):
    """What an import made of it, but for the time when that was: its index, events, trips and files."""
    index = TIMES.sub(r'"\1":""', (data / "repos" / repo / "index.yaml").read_text())
    said = [must(*line, "--data", data, "--json") for line in (("log",), ("bundle", "list", "--repo", repo))]
    stored = {name: value for name, value in files(data).items() if not name.endswith("index.yaml")}
    return index, [TIMES.sub(r'"\1":""', text) for text in said], stored


READ = re.compile(r"(?:read|pread64)\(\d+<[^>]*/([^/>]+)>.* = (\d+)$", re.M)


def reads(data, path, status=0):
    """How many bytes of each file an import read."""
    log = temporary() / "strace"
    done = command("bundle", "import", "--data", data, path, env={"ASAN_OPTIONS": "detect_leaks=0"},
                   wrap=(need("strace"), "-f", "-qq", "-y", "-e", "trace=read,pread64", "-o", log))
    equal(done.returncode, status, done.stderr)
    count = collections.Counter()
    for name, size in READ.findall(log.read_text()):
        count[name] += int(size)
    return count


# ---- on the way ----

class Member:
    """A member of a bundle: `at` is its header's place, `data` what it holds."""

    def __init__(self, name, data, at=0, header=None):
        self.name, self.data, self.at, self.header = name, data, at, header

    @property
    def padding(self):
        return -len(self.data) % BLOCK

    @property
    def end(self):
        return self.at + BLOCK + len(self.data) + self.padding

    def packed(self, mtime):
        return (self.header or header(self.name, len(self.data), mtime)) + self.data + bytes(self.padding)


FIELDS = {"name": (0, 100), "mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12), "mtime": (136, 12),
          "checksum": (148, 8), "type": (156, 1), "link": (157, 100), "magic": (257, 8), "uname": (265, 32),
          "gname": (297, 32), "devmajor": (329, 8), "devminor": (337, 8), "prefix": (345, 155), "filler": (500, 12)}


def header(name, size, mtime, fields=None):
    """As the writer makes it; `fields` are bytes that are put otherwise, and the checksum fits them."""
    made, fields = bytearray(BLOCK), fields or {}
    given = {"name": name.encode(), "mode": b"0000644", "uid": b"0000000", "gid": b"0000000", "size": b"%011o" % size,
             "mtime": b"%011o" % mtime, "checksum": b" " * 8, "type": b"0", "magic": b"ustar\x0000",
             "devmajor": b"0000000", "devminor": b"0000000", **fields}
    for field, value in given.items():
        at, room = FIELDS[field]
        made[at:at + room] = value.ljust(room, b"\0")
    if "checksum" not in fields:
        made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def members(raw):
    """The members of a bundle's bytes, in their order."""
    found, at = [], 0
    while raw[at]:
        name = raw[at:at + 100].rstrip(b"\0").decode()
        prefix = raw[at + 345:at + 500].rstrip(b"\0").decode()
        size = int(raw[at + 124:at + 135], 8)
        found.append(Member(f"{prefix}/{name}" if prefix else name, raw[at + BLOCK:at + BLOCK + size], at))
        at = found[-1].end
    return found


def member(raw, name):
    return next(m for m in members(raw) if m.name == name)


def mtime_of(raw):
    return int(raw[136:147], 8)


def packed(these, mtime):
    return b"".join(m.packed(mtime) for m in these) + bytes(2 * BLOCK)


def signature(outer, text):
    """What BUNDLE.sig holds when the key of `outer` signs this text."""
    folder = temporary()
    (folder / "text").write_bytes(text)
    signed = subprocess.run([need("openssl"), "pkeyutl", "-sign", "-rawin", "-inkey", outer.data / "keys/bundle.key",
                             "-in", folder / "text"], capture_output=True, check=True, timeout=60).stdout
    name, key_hash, _ = outer.key.read_text().split("\n")[0].split("+", 2)
    lines = f"— {name} {base64.b64encode(bytes.fromhex(key_hash) + signed).decode()}\n".encode()
    return lines + digest(lines).encode() + b"\n"


def resigned(outer, raw, change, head=lambda text: text):
    """A bundle that the key's owner made otherwise: change(members after MANIFEST) → those that it has, and
    MANIFEST, head and signature fit them. `head` changes the head's text before it is signed."""
    old = members(raw)
    rest = change(old[3:])
    manifest = "".join(f"{hashlib.sha256(m.data).hexdigest()}  {m.name}\n" for m in rest).encode()
    fields = {"files": len(rest), "bytes": sum(len(m.data) for m in rest), "manifest": digest(manifest)}
    text = old[0].data.decode()
    for key, value in fields.items():
        text = re.sub(rf"(?m)^{key} .*$", f"{key} {value}", text)
    text = head(text).encode()
    first = [Member("BUNDLE", text), Member("BUNDLE.sig", signature(outer, text)), Member("MANIFEST", manifest)]
    return packed(first + rest, mtime_of(raw))
