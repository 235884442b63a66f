"""What the fault tests share: charts that they publish, bytes that rot, a catalog as SQL, a start that must
fail."""
import contextlib
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import chart, command, contains

OLD = chart("demo", "1.0.0")
NEW = chart("demo", "1.0.0", {"README.md": b"# other bytes\n"})
THIRD = chart("demo", "1.0.0", {"README.md": b"# yet other bytes\n"})
OTHER = chart("other", "2.0.0")
SECRET = OLD[-200:]      # of its bytes; no other archive has them
DEMO_BODY = b'{"chart":"demo","version":"1.0.0"}'
DEMO, PROV, OTHER_FILE = "demo-1.0.0.tgz", "demo-1.0.0.tgz.prov", "other-2.0.0.tgz"


def flip(path):
    """One bit in the middle of a file, which is written in place."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(content)


def indexed(running):
    """{file: digest} of the index."""
    return {version["urls"][0].removeprefix("charts/"): version["digest"]
            for versions in running.index()["entries"].values() for version in versions}


@contextlib.contextmanager
def catalog(data):
    """The database of a data directory; what is changed is there at once."""
    with contextlib.closing(sqlite3.connect(data / "catalog.db", isolation_level=None)) as database:
        yield database


def make_catalog(data, *sql):
    with catalog(data) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript("".join(sql))


def start_fails(data, text, wrap=()):
    done = command("serve", "--data", data, "--listen", "127.0.0.1:0", wrap=wrap, timeout=30)
    assert done.returncode not in (0, -11, -6), done
    contains(done.stderr, text)
