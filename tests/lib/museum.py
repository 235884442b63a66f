"""ChartMuseum's place, taken by the program."""
import os
import re
from pathlib import Path

from harness import PROGRAM, Server, chart, digest, temporary

CREATED = "2024-02-03T04:05:06.789012345Z"
STORED_AT = 1_700_000_000_123_456_789       # the time of a file, in nanoseconds
STORED_AT_TEXT = "2023-11-14T22:13:20.123456789Z"



class Museum(Server):
    """`chartlocker chartmuseum` on a storage directory; `name` is what the program is called."""

    def __init__(self, storage, *flags, name=None, **options):
        line = [name] if name else [PROGRAM, "chartmuseum"]
        line += ["--listen-host=127.0.0.1", "--port", "0", "--storage=local",
                 f"--storage-local-rootdir={storage}", *flags]
        super().__init__(data=Path(storage) / ".chartlocker", line=line, **options)


def put(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    os.utime(path, ns=(STORED_AT - 10**9, STORED_AT))


def statefile(entries, created):
    """index-cache.yaml as ChartMuseum writes it."""
    text = "apiVersion: v1\nentries:\n"
    for name, version, archive in entries:
        text += (f"  {name}:\n  - apiVersion: v2\n    created: \"{created}\"\n"
                 f"    digest: {digest(archive)}\n    name: {name}\n    urls:\n"
                 f"    - charts/{name}-{version}.tgz\n    version: {version}\n")
    return (text + 'generated: "2024-02-03T04:05:07Z"\nserverInfo: {}\n').encode()


def traces(storage):
    """All that can be told of ChartMuseum's own files, without reading them."""
    found = {}
    for path in [storage, *storage.rglob("*")]:
        if ".chartlocker" not in path.parts:
            at = path.lstat()
            found[str(path)] = (at.st_ino, at.st_mode, at.st_uid) if path == storage else (
                at.st_ino, at.st_mode, at.st_uid, at.st_nlink, at.st_size, at.st_mtime_ns,
                at.st_ctime_ns, at.st_atime_ns)
    return found


def created(server, repo, name, version="1.0.0"):
    entries = server.index(repo)["entries"][name]
    return next(entry["created"] for entry in entries if entry["version"] == version)


def report(server):
    """The numbers of the log's line about what was adopted."""
    line = re.search(r"adopt\.done (.*)", server.log())[1]
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}


def small_storage(depth=0, more=None):
    storage = temporary() / "storage"
    tenant = storage.joinpath(*["org", "team"][:depth])
    put(tenant / "demo-1.0.0.tgz", chart())
    for name, data in (more or {}).items():
        put(tenant / name, data)
    return storage, "/".join(["org", "team"][:depth])
