"""A bash on a machine of a journey, and somebody who types into it and reads what is printed."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import transcript
from server import clean_environment
from tap import TOP

ROWS, COLUMNS = 50, 100
SECONDS_MAX = 300      # for one command, on a busy machine
STAYS_SECONDS_MAX = 120
TICK_SECONDS = 0.1
QUIET_SECONDS = 5      # for who writes a transcript
END = re.compile(rb"\x1e(\d+)\x1e")
BAR = re.compile(r"[a-z ]+ \[#* *\] \d")
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>(].?)")
# Commands come by a descriptor of their own, so that the keyboard is theirs alone.
LOOP = """trap : INT; cd
while IFS= read -r -d '' _typed <&COMMANDS; do
    eval "$_typed"
    printf '\\036%d\\036' $?
done"""


def commit():
    """What the built program says of its source: the clone has no history to ask."""
    made = TOP / "build/gen/commit.h"
    return made.read_text().split('"')[1] if made.exists() else ""


class Machine:
    """machine.py, and how to get there."""

    def __init__(self, helm, stick, hosts):
        line = [sys.executable, Path(__file__).with_name("machine.py"), helm, stick,
                *(f"{name}={address}" for name, address in hosts.items())]
        self.process = subprocess.Popen(list(map(str, line)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.said = self.process.stdout.readline().strip()
        user = [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
        self.enter = ["nsenter", "-t", self.said, *user, "-n", "-m", "-r", "-w"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Terminal:
    """type() a command, then read() until it ended, or until what is expected was printed."""

    def __init__(self, machine):
        keyboard, screen = pty.openpty()
        fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        mode = termios.tcgetattr(screen)
        mode[3] &= ~termios.ECHO       # what is typed stands in the transcript already
        termios.tcsetattr(screen, termios.TCSANOW, mode)
        commands, self._commands = os.pipe()

        def settle():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        home = {"HOME": "/root", "USER": "root", "LOGNAME": "root", "TERM": "xterm",
                "LANG": "C.UTF-8", "COMMIT": commit(),
                "SHELL": "/bin/bash", "PATH": f"/usr/local/bin:{os.environ['PATH']}"}
        kept = {name: value for name, value in clean_environment().items()
                if name in ("SSL_CERT_DIR", "GOFLAGS", "ASAN_OPTIONS", "UBSAN_OPTIONS")}
        self._shell = subprocess.Popen([*machine.enter, "bash", "--noprofile", "--norc", "-c",
                                        LOOP.replace("COMMANDS", str(commands))], stdin=screen, stdout=screen,
                                       stderr=screen, env={**kept, **home}, start_new_session=True,
                                       preexec_fn=settle, pass_fds=(commands,))
        os.close(screen)
        os.close(commands)
        self._keyboard, self._seen, self._at = keyboard, b"", 0
        self.busy = False

    def command(self, text):
        self._drain()
        self._at, self.busy = len(self._seen), True
        os.write(self._commands, text.encode() + b"\0")

    def type(self, text):
        self._drain()
        self._at = len(self._seen)
        os.write(self._keyboard, text.encode())

    def read(self, expected, may_stay):
        """The lines on the screen since it was typed. None: not in time. `expected` is None: all that comes."""
        stays = STAYS_SECONDS_MAX if expected is not None else QUIET_SECONDS
        end = time.monotonic() + (stays if may_stay else SECONDS_MAX)
        while time.monotonic() < end:
            self._drain(TICK_SECONDS)
            found = END.search(self._seen, self._at)
            if found:
                self.busy = False
                lines = on_screen(self._seen[self._at:found.start()])
                return lines + ([f"[{found[1].decode()}]"] if found[1] != b"0" else [])
            if may_stay and expected is not None and transcript.matches(self.so_far(), expected, begins=True):
                return self.so_far()
        return None if expected is not None or not may_stay else self.so_far()

    def so_far(self):
        return on_screen(self._seen[self._at:])

    def _drain(self, seconds=0.0):
        while select.select([self._keyboard], [], [], seconds)[0]:
            try:
                self._seen += os.read(self._keyboard, 65536)
            except OSError:
                return
            seconds = 0

    def end(self):
        os.close(self._commands)
        os.close(self._keyboard)
        self._shell.wait()


def on_screen(bytes_):
    """The lines that are left of what was printed: a line may be written over, and have colours. Bars of
    progress, which only who is slow sees, are none."""
    lines = []
    for line in bytes_.decode(errors="replace").split("\n"):
        written = ESCAPES.sub("", line.rstrip("\r")).split("\r")
        if not BAR.match(written[-1]) and (written[-1].strip() or len(written) == 1):
            lines.append(written[-1].rstrip())
    while lines and not lines[-1]:
        lines.pop()
    return lines
