"""Each system call of each change fails, or reads and writes less than it was asked to (sweep.py)."""
import errno
import itertools

from inject import (CHANGES, CREATES, FAIL, LOCKS, LOOKS, OPENS, READS, SHORTEN, STORES, SYNCS,
                    WRITES)
from harness import main, table
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


@table(*[(f"{failure[0]}: {kind.__name__}", number, kind, *failure[1:]) for number, (failure, kind)
         in enumerate(itertools.product(FAILURES, SCENARIOS))])
def t_crash_02_each_call_fails(number, kind, mask, error, onwards):
    sweep(kind, number, 80, mask, FAIL, error, onwards)


@table(*[(f"{name}: {kind.__name__}", number, kind, onwards) for number, (kind, (name, onwards))
         in enumerate(itertools.product(SCENARIOS, (("once", False), ("from then on", True))))])
def t_crash_04_short_reads_and_writes(number, kind, onwards):
    sweep(kind, number, 120, WRITES | READS, SHORTEN, 0, onwards)


if __name__ == "__main__":
    main()
