#!/usr/bin/env python3
"""A machine of a journey: a network of its own (tests/lib/closed.py) and a root of its own, in which what a
person changes is private and gone afterwards, and the programs are this machine's, read-only.

    machine.py HELM STICK NAME=ADDRESS…      prints its process id; lives until its input ends

Who joins its namespaces (nsenter -t PID -n -m -r) is there. STICK is a directory that is /media/usb on every
machine that is given it. ~/chartlocker is a fresh clone with what was built. When the input ends, for whatever
reason, everything that runs in its network ends with it.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import closed
from server import PROGRAM
from tap import TOP, temporary, within

BIND, RECURSIVE, REMOUNT, READ_ONLY = 4096, 16384, 32, 1
EMPTY = ("/home", "/root", "/srv", "/backup", "/media", "/mnt", "/tmp", "/run", "/var/tmp", "/old_root")
# Directories to which things may be added; what is in them already is the real machine's.
OPEN = ("/", "/usr", "/usr/lib", "/usr/local", "/usr/local/bin", "/usr/local/lib", "/usr/local/share",
        "/var", "/var/lib", "/var/spool", "/var/log")
KERNELS = ("/dev", "/proc", "/sys")
NOT_CLONED = (".git", ".cache", "build", "data")
BUILT = ("chartlocker", "libchartindex.a", "flags", "gen", "host", "obj")
PICTURES = TOP / "build/screenshots"
# Nobody here is anybody else: namespaces without root have one user.
SUDO = """#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -u) shift 2;; -*) shift;; *) break;; esac; done
exec "$@"
"""


def bind(there, here, writable=False):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(there).encode(), str(here).encode(), None, BIND | RECURSIVE, None) != 0:
        raise OSError(ctypes.get_errno(), f"{there} at {here}")
    if not writable:    # where namespaces allow it
        libc.mount(None, str(here).encode(), None, BIND | REMOUNT | READ_ONLY, None)


def furnish(path, root):
    """Puts the real directory `path` below `root`."""
    for real in sorted(Path(path).iterdir()):
        here, name = root / str(real)[1:], str(real)
        if real.is_symlink():
            here.symlink_to(os.readlink(real))
        elif name in EMPTY:
            here.mkdir(mode=0o1777 if name.endswith("tmp") else 0o755)
        elif name == "/etc":
            subprocess.run(["cp", "-a", name, here], stderr=subprocess.DEVNULL, check=False)
        elif name in OPEN:
            here.mkdir()
            furnish(real, root)
        elif real.is_dir():
            here.mkdir()
            bind(real, here, name in KERNELS)
        elif real.is_file():
            here.touch()
            bind(real, here)


def clone(home):
    """What `git clone` and a build leave there."""
    def skipped(folder, names):
        return [name for name in names if name == "__pycache__" or (Path(folder) == TOP and name in NOT_CLONED)]
    shutil.copytree(TOP, home / "chartlocker", ignore=skipped, symlinks=True)
    (home / "chartlocker/build").mkdir()
    for name in BUILT:
        (home / "chartlocker/build" / name).symlink_to(TOP / "build" / name)


def make_root(helm, stick):
    root = temporary()
    closed._run(f"mount -t tmpfs tmpfs {root}")
    furnish("/", root)
    for name in ("backup", "media", "srv", "home", "media/usb"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / str(TOP)[1:]).mkdir(parents=True, exist_ok=True)
    bind(TOP, root / str(TOP)[1:])
    PICTURES.mkdir(parents=True, exist_ok=True)
    bind(PICTURES, root / str(PICTURES)[1:], writable=True)
    bind(stick, root / "media/usb", writable=True)
    tools = root / "usr/local/bin"
    for name, program in (("chartlocker", PROGRAM), ("helm", helm)):
        (tools / name).unlink(missing_ok=True)
        (tools / name).symlink_to(program)
    (tools / "sudo").write_text(SUDO)
    (tools / "sudo").chmod(0o755)
    clone(root / "root")
    return root


def end_all():
    """In this network; more than once, for who is ended may have started another meanwhile."""
    ours, found = os.readlink("/proc/self/ns/net"), True
    while found:
        found = False
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                if int(process) != os.getpid() and os.readlink(f"/proc/{process}/ns/net") == ours:
                    found = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()[0] != "Z" or found
                    os.kill(int(process), signal.SIGKILL)
            except OSError:
                pass


def live(helm, stick, *hosts):
    places = dict(host.split("=") for host in hosts)
    closed.enter(places)
    for address in sorted(set(places.values())):
        if not address.startswith("127."):
            closed._run(f"ip addr add {address} dev lo")
    os.chroot(make_root(helm, stick))
    os.chdir("/")
    print(os.getpid(), flush=True)
    sys.stdin.read()
    end_all()
    return 0


if __name__ == "__main__":
    sys.exit(within(live, *sys.argv[1:]))
