"""What a command prints on a terminal."""
import fcntl
import os
import pty
import struct
import subprocess
import termios

from server import PROGRAM, clean_environment
from tap import equal


def on_terminal(*line, columns=400, **env):
    """Its standard output, which is a terminal; anything but exit status 0 fails the test."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([PROGRAM, *line], stdout=child, env=clean_environment({"TERM": "xterm", **env})) as running:
        os.close(child)
        said = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            said += piece
        os.close(parent)
        equal(running.wait(), 0)
    return said.decode().replace("\r\n", "\n")
