#!/usr/bin/env python3
"""Runs a program as a unit of systemd would: with its filter of system calls, its families of addresses,
without memory that is written and executed, without privileges to gain.

    confined.py UNIT PROGRAM [ARGUMENT…]
    confined.py UNIT               tries what no program of ours needs, and prints the errors
    confined.wrap(unit)            the words before a program's name

Started by root it gives up what a unit with CapabilityBoundingSet= and User= has not, but opens the program before:
the clone may lie where nobody else may look.

A call that the unit does not allow ends the program; there it fails with the unit's SystemCallErrorNumber, EPERM,
and a program that goes on without a word has lost something all the same. Of the settings of a unit these alone are
read here; the others need a service manager.
"""
import ctypes
import errno
import mmap
import os
import platform
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

from tap import Skip, need

NOBODY = 65534
CAPABILITY_MAX = 63
ARCHITECTURE, NUMBERS = 0xC000003E, "asm/unistd_64.h"    # x86-64
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, EAFNOSUPPORT = 1, 97
NR, ARCH, ARGUMENT = 0, 4, 16      # in struct seccomp_data
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
WRITE, EXECUTE = 2, 4
NO_NEW_PRIVILEGES, SECCOMP, FILTER, DROP_BOUND = 38, 22, 2, 24


def settings(unit, name):
    return re.findall(rf"^{name}=(.*)$", Path(unit).read_text(), re.M)


def groups():
    """Group → what stands in it: names of calls and of groups."""
    found, group = {}, None
    listed = subprocess.run([need("systemd-analyze"), "syscall-filter"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        if line.startswith("@"):
            group = found.setdefault(line.strip(), set())
        elif line.strip() and not line.strip().startswith("#") and line[0] == " ":
            group.add(line.strip())
    return found


def members(name, known):
    if not name.startswith("@"):
        return {name}
    return set().union(*(members(one, known) for one in known[name]))


def allowed_calls(unit):
    known, allowed = groups(), set()
    for line in settings(unit, "SystemCallFilter"):
        names = set().union(*(members(name, known) for name in line.lstrip("~").split()))
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed | members("@default", known)


def numbers():
    for folder in Path("/usr/include").glob("*linux-gnu"):
        if (folder / NUMBERS).exists():
            return {name: int(number) for name, number in
                    re.findall(r"#define __NR_(\w+) (\d+)", (folder / NUMBERS).read_text())}
    raise Skip("no list of the numbers of system calls")


def step(code, value, yes=0, no=0):
    return struct.pack("HBBI", code, yes, no, value)


def program(unit, refused):
    """The filter, for seccomp(2)."""
    number = numbers()
    families = [FAMILIES[name] for line in settings(unit, "RestrictAddressFamilies") for name in line.split()]
    text = [step(LOAD, ARCH), step(EQUAL, ARCHITECTURE, 1, 0), step(RETURN, KILL), step(LOAD, NR)]
    text += [step(EQUAL, number["socket"], 0, len(families) + 3), step(LOAD, ARGUMENT),
             *(step(EQUAL, family, len(families) - i, 0) for i, family in enumerate(families)),
             step(RETURN, FAIL | EAFNOSUPPORT), step(RETURN, ALLOW)]
    if settings(unit, "MemoryDenyWriteExecute") == ["yes"]:
        for call, forbidden in (("mmap", WRITE | EXECUTE), ("mprotect", EXECUTE), ("pkey_mprotect", EXECUTE)):
            text += protection(number[call], forbidden)
    for name in sorted(allowed_calls(unit) & number.keys()):
        text += [step(EQUAL, number[name], 0, 1), step(RETURN, ALLOW)]
    return b"".join([*text, step(RETURN, refused)])


def protection(number, forbidden):
    """Refuses protections (the third argument) with all of these bits."""
    bits = [bit for bit in (WRITE, EXECUTE) if bit & forbidden]
    tests = [step(ANY_BIT, bit, 0, len(bits) - i) for i, bit in enumerate(bits)]
    return [step(EQUAL, number, 0, len(bits) + 3), step(LOAD, ARGUMENT + 2 * 8), *tests, step(RETURN, FAIL | EPERM),
            step(LOAD, NR)]


def give_up_root(libc):
    for capability in range(CAPABILITY_MAX + 1):
        libc.prctl(DROP_BOUND, capability, 0, 0, 0)    # EINVAL: this kernel has no such one
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def confine(unit, refused):
    """This process from now on, and whatever it becomes."""
    text = program(unit, refused)
    room = ctypes.create_string_buffer(text, len(text))
    description = struct.pack("HxxxxxxP", len(text) // 8, ctypes.addressof(room))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        give_up_root(libc)
    for arguments in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SECCOMP, FILTER, description, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


def wrap(unit):
    if platform.machine() != "x86_64":
        raise Skip("the filter is written for x86-64")
    numbers()
    return [sys.executable, __file__, str(unit)]


def try_out():
    for what in (lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
                 lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
                 lambda: mmap.mmap(-1, 4096, prot=7), lambda: os.chroot("/"), lambda: os.sched_setaffinity(0, [0])):
        try:
            print(what())
        except OSError as error:
            print(errno.errorcode[error.errno])


def start(unit, *line):
    """Becomes a program under what the unit allows, or says what the unit refuses."""
    if not line:
        confine(unit, FAIL | EPERM)
        return try_out()
    program_fd = os.open(line[0], os.O_RDONLY)
    confine(unit, KILL)
    return os.execve(program_fd, line, os.environ)


if __name__ == "__main__":
    start(*sys.argv[1:])
