"""Tests that report in TAP, the format tests/run.py reads.

    @test
    def t_http_39_head_on_index(): ...                 one row, named after the function

    @table(("plus sign", b"+5", 400),
           ("hexadecimal", b"0x5", 400))
    def t_http_03_content_length(value, status): ...   one row per line: "t_http_03_… plus sign"

    if __name__ == "__main__":
        main()                                         arguments select rows by a part of the name

A row fails by raising. `raise Skip("why")` skips it, and fails it where CI=true: a machine that
checks changes has to have everything. What a row makes through temporary() or hands to
cleanup() is gone when the row is over; keep=True keeps it until the program ends.
"""
import contextlib
import os
import shutil
import sys
import tempfile
import time
import traceback
import zlib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CI = os.environ.get("CI") == "true"
LONG = os.environ.get("LONG") == "1"    # make check-long: the rounds a machine does overnight
SETTLE_SECONDS = 120   # on a busy machine; mostly it takes a moment

_rows = []
_row_scope = contextlib.ExitStack()
_program_scope = contextlib.ExitStack()


class Skip(Exception):
    """The row cannot run here; the text says what is missing."""


def test(function):
    _rows.append((function.__name__, function, ()))
    return function


def table(*lines):
    def add(function):
        _rows.extend((f"{function.__name__} {line[0]}", function, line[1:]) for line in lines)
        return function
    return add


def cleanup(function, *arguments, keep=False):
    (_program_scope if keep else _row_scope).callback(function, *arguments)


def temporary(keep=False):
    """A new empty directory. Its path is short: Unix sockets below it have 108 bytes."""
    path = Path(tempfile.mkdtemp(prefix="cl-"))
    cleanup(shutil.rmtree, path, True, keep=keep)
    return path


def need(program):
    """The path of a program, or a skip that names it."""
    path = shutil.which(program)
    if not path:
        raise Skip(f"{program} is not installed")
    return path


def equal(got, want, what=""):
    assert got == want, f"{what}\n   got: {_short(got)}\n  want: {_short(want)}".strip()


def contains(text, part, what=""):
    assert part in text, f"{what}\n      got: {_short(text)}\n  without: {_short(part)}".strip()


def one_of(many, name):
    """Whether this is among those that `make check` takes, about one of so many: always the same ones, which
    are in step with nothing. LONG=1 takes all."""
    return LONG or zlib.crc32(str(name).encode()) % many == 0


def settled(condition, seconds=SETTLE_SECONDS):
    """Waits until condition() is true, asking ever less often; False when it does not become so."""
    end, pause = time.monotonic() + seconds, 0.01
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
        pause = min(pause * 1.2, 0.05)
    return True


def _short(value, limit=2000):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def within(function, *arguments):
    """Returns what a function returns that starts a program reporting rows of its own. What it makes
    is gone afterwards; what it lacks is one row that is skipped."""
    with _program_scope, _row_scope:
        try:
            return function(*arguments)
        except Skip as skip:
            print("1..1")
            return 0 if _skipped(1, Path(sys.argv[0]).stem, skip) else 1


def _skipped(number, name, why):
    if not CI:
        print(f"ok {number} - {name} # SKIP {why}", flush=True)
        return True
    print(f"not ok {number} - {name}\n# skipped where CI=true: {why}", flush=True)
    return False


def _run_row(number, name, function, arguments):
    name = name.replace("#", "number ").replace("\n", " ")
    try:
        with _row_scope:
            function(*arguments)
    except Skip as skip:
        return _skipped(number, name, skip)
    except Exception:
        trace = traceback.format_exc().rstrip()
        print(f"not ok {number} - {name}\n# " + trace.replace("\n", "\n# "), flush=True)
        return False
    print(f"ok {number} - {name}", flush=True)
    return True


def main():
    wanted = sys.argv[1:]
    rows = [row for row in _rows if not wanted or any(part in row[0] for part in wanted)]
    print(f"1..{len(rows)}", flush=True)
    with _program_scope:
        results = [_run_row(number, *row) for number, row in enumerate(rows, 1)]
    sys.exit(0 if all(results) else 1)
