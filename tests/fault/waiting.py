"""Waiting for what happens soon, and for what must not happen."""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import command, contains


def start_fails(data, text, wrap=()):
    done = command("serve", "--data", data, "--listen", "127.0.0.1:0", wrap=wrap, timeout=30)
    assert done.returncode not in (0, -11, -6), done
    contains(done.stderr, text)


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)
