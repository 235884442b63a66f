#!/usr/bin/env python3
"""A purge and the bundles in DATA: what was purged is carried on by none of them."""
import hashlib
import tarfile

from wire import Server, contains, equal
from bundles import Outer, inner
from mirrored import Outer as Asked, mirror, same
from harness import chart, digest, holds, main, must, table, temporary, test

CANARY = "canary51d9"


def leak():
    return chart("leak", "1.0.0", {"values.yaml": f"token: {CANARY}\n".encode()}, description=f"has {CANARY}")


def carried(data):
    """The files below DATA that have the archive's bytes, whole or begun, or what stands in it."""
    piece = leak()[10:90]
    raw = [str(path.relative_to(data)) for path in data.rglob("*") if path.is_file() and piece in path.read_bytes()]
    return sorted({*raw, *holds(data, CANARY)})


def purge(data, repo="main"):
    must("purge", "--repo", repo, "leak", "1.0.0", "--yes", "--reason", "a token", "--data", data)


@test
def those_made_for_others():
    outer = Asked(chart("one"), leak())
    (_, whole), (_, other) = outer.ask(), outer.ask("repo=main&select=one")
    equal(len(outer.kept()), 2)
    contains([path.rpartition("/")[2] for path in carried(outer.data)], "bundle.tar")
    purge(outer.data)
    equal((carried(outer.data), outer.kept()), ([], []))
    equal(outer.get(f"/api/v1/bundles/{whole['id']}").status, 404)
    status, again = outer.ask("repo=main&select=one")
    equal((status, again["versions"]), (201, other["versions"]))
    equal(carried(outer.data), [])
    data = inner(outer)
    mirror(outer, data)
    same(outer, data)
    equal(carried(data), [])


def bundle_of(*archives):
    """(bytes of the tar, those of its MANIFEST)"""
    _, path = Outer(*archives).create()
    with tarfile.open(path) as tar:
        return path.read_bytes(), tar.extractfile("MANIFEST").read()


def put_arriving(data, repo, tar):
    folder = data / "arriving" / repo
    folder.mkdir(parents=True)
    (folder / "from").write_text("chartlocker arriving 1\n")
    (folder / f"{repo}-0-9.tar").write_bytes(tar)
    return folder


def put_incoming(data, manifest, *files):
    folder = data / "incoming" / hashlib.sha256(manifest).hexdigest()
    folder.mkdir(parents=True)
    (folder / "MANIFEST").write_bytes(manifest)
    for content in files:
        (folder / digest(content)).write_bytes(content)
    return folder


@table(("with a server", True), ("without", False))
def those_on_their_way_in(served):
    """As far as they came; others go on."""
    running = Server()
    equal(running.publish(leak()).status, 201)
    data = running.data
    tar, manifest = bundle_of(chart("one"), leak())
    other, others = bundle_of(chart("two"), chart("leak", "2.0.0"))
    going = (put_arriving(data, "stable", tar), put_arriving(data, "team~stable", tar[:tar.index(leak()[:60]) + 200]),
             put_incoming(data, manifest), put_incoming(data, b"begun", leak()))
    staying = (put_arriving(data, "others", other), put_incoming(data, others, chart("leak", "2.0.0")),
               put_incoming(data, b"empty"))
    if not served:
        running.stop()
    purge(data)
    equal([path.exists() for path in going], [False] * len(going))
    equal([path.exists() for path in staying], [True] * len(staying))
    equal(carried(data), [])


if __name__ == "__main__":
    main()
