"""Waiting for what happens soon, and for what must not happen."""
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import PROGRAM, clean_environment, contains


def start_fails(data, *text, wrap=(), args=()):
    done = subprocess.run([*wrap, PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0",
                           *args], capture_output=True, text=True, env=clean_environment(),
                          timeout=30, check=False)
    assert done.returncode not in (0, -11, -6), done
    for part in text:
        contains(done.stderr, part)


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.01)
