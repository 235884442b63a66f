"""Filesystems of a test's own."""
import functools
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Skip, need, temporary


@functools.cache
def own_mounts():
    """How to run a command with mounts of its own: root needs no user namespace for that, and has
    none inside a changed root."""
    need("unshare")
    probe = ["mount", "-t", "tmpfs", "tmpfs", temporary()]
    for way in (["unshare", "-m"], ["unshare", "-Urm"]):
        tried = subprocess.run([*way, *probe], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return way
    raise Skip(f"no namespaces here: {tried.stderr.strip()}")
