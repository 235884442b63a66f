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
ANY = (1 << 9) - 1
KILL, FAIL, SHORTEN, SLOW = range(4)
LAYOUT = struct.Struct("8i")
CALL, CALLS_MAX = struct.Struct("i20s"), 3000
CLOCK_AT, CALLS_AT = 32, 48
BLOCK_BYTES = CALLS_AT + CALLS_MAX * CALL.size


class Fault:
    """One control block; `env` is what the program under test needs in its environment."""

    def __init__(self):
        assert LIBRARY.exists(), f"{LIBRARY} is missing: make test-builds"
        path = temporary() / "control"
        path.write_bytes(bytes(BLOCK_BYTES))
        with open(path, "r+b") as file:
            self._block = mmap.mmap(file.fileno(), BLOCK_BYTES)
        self.env = {"LD_PRELOAD": str(LIBRARY), "FAULT_CONTROL": str(path)}
        self._passed = 0

    def arm(self, mask, at, action, error=0, onwards=False):
        self.kills = action == KILL
        self.at = at
        self._block[:LAYOUT.size] = LAYOUT.pack(0, mask, at, onwards, action, error, 0, 0)
        self._block[:4] = struct.pack("i", 1)

    def set_clock(self, seconds):
        """Moves the time of day (not the clock that intervals are measured with)."""
        self._block[CLOCK_AT:CLOCK_AT + 8] = struct.pack("q", seconds)

    def pass_time(self, seconds):
        """So much more has gone by on both clocks; who sleeps wakes when he would have."""
        self._passed += seconds
        self._block[CLOCK_AT + 8:CLOCK_AT + 16] = struct.pack("q", self._passed)

    def disarm(self):
        self._block[:4] = struct.pack("i", 0)

    @property
    def count(self):
        return LAYOUT.unpack_from(self._block)[6]

    @property
    def hits(self):
        return LAYOUT.unpack_from(self._block)[7]

    @property
    def calls(self):
        """(kind, name) of the calls that were counted, in their order."""
        return [self._call(at) for at in range(min(self.count, CALLS_MAX))]

    @property
    def where(self):
        return self._call(self.at)[1] if self.hits else "nowhere"

    def _call(self, at):
        kind, name = CALL.unpack_from(self._block, CALLS_AT + at * CALL.size)
        return kind, name.rstrip(b"\0").decode()


def spread(names, number, share):
    """Every share-th of the calls with these names, for row `number`: the same each time, other ones
    in each row, and calls of one name are taken in turn before those of the next."""
    by_name = sorted(range(len(names)), key=lambda at: (names[at], at))
    return sorted(by_name[number % max(1, min(share, len(names)))::share])
