"""What a command prints, on a terminal and for people."""
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

from server import PROGRAM, clean_environment
from tap import equal


def rows(text):
    """The cells of each line of a table."""
    return [re.split(r"  +", line.strip()) for line in text.splitlines()]


def to_the_end(parent):
    """What comes until nobody has the other side open; closes this one."""
    said = b""
    with open(parent, "rb", buffering=0) as screen, contextlib.suppress(OSError):       # EIO: it has ended
        while piece := screen.read(65536):
            said += piece
    return said.decode().replace("\r\n", "\n")


def on_terminal(*line, columns=400, **env):
    """Its standard output, which is a terminal; anything but exit status 0 fails the test."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *line], stdout=child, env=clean_environment({"TERM": "xterm", **env})) as running:
        os.close(child)
        said = to_the_end(parent)
        equal(running.wait(), 0)
    return said
