"""A program under the system call filter of a systemd unit, where a call that the unit forbids kills it:

    python3 confined.py UNIT PROGRAM [ARGUMENT…]

Of root it makes NOBODY, as the unit has a user of its own: root does more, SQLite too. The lists are systemd's own (`systemd-analyze syscall-filter`). x86_64 alone."""
import ctypes
import os
import platform
import re
import struct
import subprocess
import sys
from pathlib import Path

NOBODY = 65534
NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06              # of the kernel's BPF
ALLOW, KILL_PROCESS = 0x7fff0000, 0x80000000
AT_NUMBER, AT_ARCHITECTURE, X86_64 = 0, 4, 0xc000003e       # in struct seccomp_data
FILTER = re.compile(r"^SystemCallFilter=(~?)(.+)$", re.M)


def missing():
    """What is not there to confine with; empty: nothing."""
    if platform.machine() != "x86_64" or not NUMBERS.exists():
        return "the numbers of x86_64's system calls"
    return "" if groups() else "systemd-analyze syscall-filter"


def groups():
    """{"@name": what stands in it}, as systemd has them."""
    found, name = {}, ""
    done = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            name = line.strip()
        elif name and line.strip() and not line.strip().startswith("#"):
            found.setdefault(name, []).append(line.strip())
    return found


def calls(words, known):
    named = set()
    for word in words:
        named |= calls(known[word], known) if word.startswith("@") else {word}
    return named


def allowed(unit):
    known, names = groups(), set()
    for no, words in FILTER.findall(Path(unit).read_text()):
        named = calls(words.split(), known)
        names = names - named if no else names | named
    return names


def numbers(names):
    known = dict(re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text()))
    return sorted(int(known[name]) for name in names if name in known)


def program(of):
    """As in systemd's filter: another architecture, and what is not listed, has no business here."""
    lines = [(LOAD, 0, 0, AT_ARCHITECTURE), (JUMP_IF_EQUAL, 1, 0, X86_64), (RETURN, 0, 0, KILL_PROCESS),
             (LOAD, 0, 0, AT_NUMBER)]
    for number in of:
        lines += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in [*lines, (RETURN, 0, 0, KILL_PROCESS)])


def confine(code):
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for words in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0)):
        if libc.prctl(*words):
            raise OSError(ctypes.get_errno(), "prctl")


def give(*folders):
    """To whom the program becomes."""
    for folder in folders if os.geteuid() == 0 else ():
        for path in (folder, *Path(folder).rglob("*")):
            os.lchown(path, NOBODY, NOBODY)


def main():
    target = os.open(sys.argv[2], os.O_RDONLY)      # which NOBODY may not find
    code = program(numbers(allowed(sys.argv[1])))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    confine(code)
    os.execve(target, sys.argv[2:], os.environ)


if __name__ == "__main__":
    main()
