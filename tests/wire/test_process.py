#!/usr/bin/env python3
"""What the machine sees of a process that has secrets: nothing of its memory, and no password on its command line
(tests/wire/test_secrets.py searches what it says and writes)."""
import os
import re
import select
import signal
import socket
import subprocess

from wire import Server, contains, equal
from processes import command_line
from receiver import Receiver
from harness import PROGRAM, clean_environment, cleanup, main, need, settled, table, temporary, test

PASSWORD = "canary-password-77413"


def limits(pid):
    with open(f"/proc/{pid}/limits", encoding="utf-8") as file:
        return re.search(r"Max core file size\s+(\S+)\s+(\S+)", file.read()).groups()


def as_nobody():
    """Root sees everything: what others see has to be asked as one of them."""
    if os.geteuid():
        return []
    return [need("setpriv"), "--reuid", "65534", "--regid", "65534", "--clear-groups"]


@table(("as it is", "false", 0), ("where it is asked for", "true", None))
def memory_is_nobody_elses(wanted, owner):
    """A process that is not dumpable has no core file, and its /proc/PID belongs to root."""
    folder = temporary()
    folder.chmod(0o777)
    wrap = as_nobody()
    running = Server(data=folder / "data", wrap=wrap, args=("--set", f"core_dumps={wanted}"))
    soft, hard = limits(running.pid)
    own = 65534 if wrap else os.geteuid()
    equal((os.stat(f"/proc/{running.pid}/environ").st_uid, soft),
          (owner, "0") if wanted == "false" else (own, hard))


@test
def a_crash_leaves_no_core():
    folder = temporary()
    running = subprocess.Popen([PROGRAM, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0"], cwd=folder,
                               env=clean_environment({"CHARTLOCKER_CORE_DUMPS": "false"}),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert settled(lambda: (folder / "data/control.sock").exists())
    running.send_signal(signal.SIGSEGV)
    _, ended = os.waitpid(running.pid, 0)
    running.returncode = ended
    assert not os.WCOREDUMP(ended)
    equal([path.name for path in folder.iterdir()], ["data"])


@table(("as it is", "false", 0), ("where it is asked for", "true", None), ("in another word", "yes", None))
def memory_of_a_command(wanted, owner):
    receiver, wrap, home = Receiver(), as_nobody(), temporary()
    receiver.behave = receiver.hang
    home.chmod(0o777)
    own = 65534 if wrap else os.geteuid()
    running = subprocess.Popen([*wrap, PROGRAM, "search", "x", "--server", receiver.url],
                               env=clean_environment({"CHARTLOCKER_CORE_DUMPS": wanted, "HOME": str(home)}),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert settled(lambda: receiver.sent or running.poll() is not None)
        equal(os.stat(f"/proc/{running.pid}/environ").st_uid, own if owner is None else owner)
    finally:
        receiver.released.set()
        running.kill()
        running.wait()


COVERED = (
    ("an address", lambda url: ["search", "x", "--server", url.replace("//", f"//alice:{PASSWORD}@")]),
    ("a token as the user", lambda url: ["search", "x", "--server", url.replace("//", f"//{PASSWORD}@")]),
    ("a header of a webhook", lambda url: ["hook", "add", "one", url, "-H", f"X-Api-Key: {PASSWORD}"]),
    ("a header in one word", lambda url: ["hook", "add", "one", url, f"--header=X-Api-Key: {PASSWORD}"]),
    ("a header, cut short", lambda url: ["hook", "add", "one", url, "--head", f"X-Api-Key: {PASSWORD}"]),
    ("a header behind another letter", lambda url: ["hook", "add", "one", url, "-jH", f"X-Api-Key: {PASSWORD}"]),
    ("the same in one word", lambda url: ["hook", "add", "one", url, f"-jHX-Api-Key: {PASSWORD}"]),
    ("a flag", lambda url: ["chartmuseum", "--port", "0", "--storage", "local", "--basic-auth-user", "alice",
                              "--basic-auth-pass", PASSWORD]),
    ("in one word", lambda url: ["chartmuseum", "--port=0", "--storage=local", "--basic-auth-user=alice",
                                 f"--basic-auth-pass={PASSWORD}"]),
)


class Deaf:
    """DATA/control.sock that somebody can connect to, and gets no answer from."""

    def __init__(self, data):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(data / "control.sock"))
        self.socket.listen()
        cleanup(self.socket.close)

    def is_asked(self):
        return bool(select.select([self.socket], [], [], 0)[0])


@table(*COVERED)
def what_ps_shows_of_a_command(line):
    """While it waits for an answer that does not come, or serves."""
    folder, receiver = temporary(), Receiver()
    receiver.behave = receiver.hang
    arguments, is_there = line(receiver.url), lambda: receiver.sent
    if arguments[0] == "hook":
        arguments, is_there = [*arguments, "--data", folder], Deaf(folder).is_asked
    if arguments[0] == "chartmuseum":
        arguments, is_there = [*arguments, "--storage-local-rootdir", folder], \
            (folder / ".chartlocker/control.sock").exists
    running = subprocess.Popen([PROGRAM, *map(str, arguments)], env=clean_environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        assert settled(lambda: is_there() or running.poll() is not None)
        equal(running.poll(), None)
        shown = command_line(running.pid)
        contains(shown, b"*****")
        assert PASSWORD.encode() not in shown, shown
    finally:
        receiver.released.set()
        running.kill()
        running.wait()


if __name__ == "__main__":
    main()
