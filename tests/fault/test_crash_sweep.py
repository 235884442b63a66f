"""The power goes before each system call of each change (sweep.py)."""
import re

from changes import DEMO, OLD
from harness import equal, main, must, need, table, temporary, test
from inject import KILL, SENDS, STORES, Fault
from scenarios import SCENARIOS
from sweep import POINTS_MAX, sweep


@table(*[(kind.__name__, number, kind) for number, kind in enumerate(SCENARIOS)])
def t_crash_01_killed_before_each_call(number, kind):
    sweep(kind, number, 9, STORES | SENDS, KILL)


CHANGING = re.compile(
    r"(linkat|renameat|renameat2|unlinkat|unlink|mkdir|mkdirat|mknodat|ftruncate|fsync|fdatasync|"
    r"syncfs|pwrite64|bind)\(|openat\(.*(O_CREAT|O_TMPFILE)|"
    r"(ioctl|copy_file_range|write)\(([3-9]|\d\d+)<[^>]*/")


@test
def t_crash_01_the_sweep_sees_what_strace_sees():
    """Every call of a first import that changes the disk is one of the points."""
    fault, trace, data = Fault(), temporary() / "trace", temporary() / "data"
    source = temporary() / DEMO
    source.write_bytes(OLD)
    fault.arm(STORES, POINTS_MAX, KILL)
    environment = [f"-E{name}={value}" for name, value in fault.env.items()]
    must("import", "--data", data, source,
         wrap=[need("strace"), "-f", "-y", "-qq", "-o", trace, *environment])
    seen = [line for line in trace.read_text().splitlines()
            if CHANGING.search(line) and " resumed>" not in line and "</proc/" not in line]
    equal(len(seen), fault.count, "calls that strace sees, and points")


if __name__ == "__main__":
    main()
