"""Arms build/fault/inject.so (inject.c) in a program under test."""
import mmap
import os
import struct
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import TOP, temporary

# A crash of the program loses nothing of a memory filesystem either, and its fsync is free.
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"

LIBRARY = TOP / "build/fault/inject.so"
(CHANGES, WRITES, SYNCS, CREATES, OPENS, READS, LOOKS, SENDS,
 LOCKS) = (1 << bit for bit in range(9))
STORES = CHANGES | WRITES | SYNCS | CREATES     # after each of these the disk is another
KILL, FAIL, SHORTEN = range(3)
LAYOUT = struct.Struct("8i40s")


class Fault:
    """One control block; `env` is what the program under test needs in its environment."""

    def __init__(self):
        assert LIBRARY.exists(), f"{LIBRARY} is missing: make test-builds"
        path = temporary() / "control"
        path.write_bytes(bytes(4096))
        with open(path, "r+b") as file:
            self._block = mmap.mmap(file.fileno(), 4096)
        self.env = {"LD_PRELOAD": str(LIBRARY), "FAULT_CONTROL": str(path)}

    def arm(self, mask, at, action, error=0, onwards=False):
        self.kills = action == KILL
        self._block[:LAYOUT.size] = LAYOUT.pack(0, mask, at, onwards, action, error, 0, 0, b"")
        self._block[:4] = struct.pack("i", 1)

    def set_clock(self, seconds):
        """Moves the time of day (not the clock that intervals are measured with)."""
        self._block[72:80] = struct.pack("q", seconds)

    def disarm(self):
        self._block[:4] = struct.pack("i", 0)

    @property
    def count(self):
        return LAYOUT.unpack_from(self._block)[6]

    @property
    def hits(self):
        return LAYOUT.unpack_from(self._block)[7]

    @property
    def where(self):
        return LAYOUT.unpack_from(self._block)[8].rstrip(b"\0").decode()
