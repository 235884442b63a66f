"""Each system call of each change fails, or reads and writes less than it was asked to (sweep.py).

`make check` takes for each change some of the failures, and each of them for some changes; LONG=1 all."""
import errno
import itertools

from inject import (CHANGES, CREATES, FAIL, LOCKS, LOOKS, OPENS, READS, SHORTEN, STORES, SYNCS,
                    WRITES)
from harness import LONG, main, table
from scenarios import SCENARIOS
from sweep import sweep

FAILURES = (
    ("no space", STORES & ~SYNCS, errno.ENOSPC, False),
    ("no space from then on", STORES & ~SYNCS, errno.ENOSPC, True),
    ("I/O error", STORES | OPENS | READS | LOOKS | LOCKS, errno.EIO, False),
    ("I/O error from then on", STORES | OPENS | READS | LOOKS, errno.EIO, True),
    ("sync: no space", SYNCS, errno.ENOSPC, False),
    ("no descriptors", CREATES | OPENS, errno.EMFILE, False),
    ("no descriptors from then on", CREATES | OPENS, errno.ENFILE, True),
    ("quota", CHANGES | WRITES | CREATES, errno.EDQUOT, False),
    ("interrupted", WRITES | READS | OPENS | CREATES | SYNCS, errno.EINTR, False),
)
SHORTENED = (("once", False), ("from then on", True))


def rows(failures, share):
    """For @table: some failures of each scenario, some scenarios of each failure."""
    for number, ((at, (name, *failure)), (to, kind)) in enumerate(
            itertools.product(enumerate(failures), enumerate(SCENARIOS))):
        if LONG or (at + to) % share == 0:
            yield f"{name}: {kind.__name__}", number, kind, *failure


@table(*rows(FAILURES, 5))
def t_crash_02_each_call_fails(number, kind, mask, error, onwards):
    sweep(kind, number, 80, mask, FAIL, error, onwards)


@table(*rows(SHORTENED, 3))
def t_crash_04_short_reads_and_writes(number, kind, onwards):
    sweep(kind, number, 120, WRITES | READS, SHORTEN, 0, onwards)


if __name__ == "__main__":
    main()
