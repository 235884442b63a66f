#!/usr/bin/env python3
"""A network of one's own that leads nowhere and counts who tries to leave it.

    closed.enter({"charts.example.org": "127.0.0.1"})     this program and what it starts from now on
    with closed.silence(): …                              nothing may leave meanwhile
    closed.sent()                                         what left since it was last asked: texts

There is loopback, and a default route, for IPv4 and IPv6, into a device that nobody answers behind: so an
attempt is a packet, which is read and can be named. Names are looked up in the hosts that are given; any
other name is asked of a server behind that route.

As a program: `closed.py PROGRAM…` runs each of them inside; exit status 1 if one failed or something left.
"""
import contextlib
import ctypes
import os
import select
import socket
import subprocess
import sys
from pathlib import Path

from tap import Skip, need, temporary

NEW_MOUNTS, NEW_USER, NEW_NETWORK = 0x20000, 0x10000000, 0x40000000
ETH_P_ALL = 3
REPORT = "0 ff02::16"          # the kernel's own: which groups it is in
DEVICE = "nowhere"
NAME_SERVER = "10.255.255.53"
PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
SETTLE_SECONDS = 0.3

_entered = {}


def _own_namespaces():
    """Root needs no user namespace; anybody else is root in one of his own."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if user == 0 and libc.unshare(NEW_NETWORK | NEW_MOUNTS) == 0:
        return
    if libc.unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS) != 0:
        raise Skip(f"no namespaces here: {os.strerror(ctypes.get_errno())}")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _run(line):
    done = subprocess.run(line.split(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Skip(f"{line}: {done.stderr.strip()}")


def _device():
    """Whatever is sent to it is gone, and a copy of it is read."""
    if subprocess.run(f"ip link add {DEVICE} type dummy".split(), capture_output=True,
                      check=False).returncode != 0:
        _run(f"ip link add {DEVICE} type veth peer name {DEVICE}-too")
        with contextlib.suppress(FileNotFoundError):
            Path(f"/proc/sys/net/ipv6/conf/{DEVICE}-too/disable_ipv6").write_text("1")
        _run(f"ip link set {DEVICE}-too arp off multicast off up")
    _run("ip link set lo up")
    six = Path("/proc/sys/net/ipv6/conf", DEVICE)
    if six.exists():
        for name, value in (("addr_gen_mode", 1), ("accept_ra", 0), ("router_solicitations", 0)):
            (six / name).write_text(str(value))       # nothing that the kernel would say of its own accord
        _run(f"ip -6 addr add fd00:c1::1/64 dev {DEVICE} nodad")
    _run(f"ip addr add 10.255.255.1/24 dev {DEVICE}")
    _run(f"ip link set {DEVICE} arp off multicast off up")
    _run(f"ip route add default via {NAME_SERVER} dev {DEVICE}")
    if six.exists():
        _run(f"ip -6 route add default dev {DEVICE}")
    copies = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    copies.bind((DEVICE, ETH_P_ALL))
    return copies


def _replace(folder, path, text):
    """In our own mounts alone."""
    if not os.path.exists(path):
        raise Skip(f"{path} is missing")
    file = folder / os.path.basename(path)
    file.write_text(text)
    _run(f"mount --bind {file} {path}")


def enter(hosts=None):
    """Once; again it only has to be the same. The caller's program must not have threads yet."""
    hosts = hosts or {}
    if _entered:
        assert _entered["hosts"] == hosts, "another network than the one that was entered"
        return
    need("ip")
    folder = temporary(keep=True)
    _own_namespaces()
    _run("mount --make-rprivate /")
    _replace(folder, "/etc/resolv.conf", f"nameserver {NAME_SERVER}\noptions timeout:1 attempts:1\n")
    _replace(folder, "/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n" +
             "".join(f"{address} {name}\n" for name, address in hosts.items()))
    _entered.update(device=_device(), hosts=hosts)


# ---- what left ----

def _question(message):
    """The name that a DNS query asks for."""
    labels, at = [], 12
    while at < len(message) and message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    return ".".join(labels)


def _named(packet):
    """ "udp 10.255.255.53:53, which is asked for charts.example.org" """
    if packet[0] >> 4 == 6:
        kind, to, inside = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[40:]
    else:
        kind, to, inside = packet[9], socket.inet_ntoa(packet[16:20]), packet[4 * (packet[0] & 15):]
    text = f"{PROTOCOLS.get(kind, kind)} {to}"
    if kind in (6, 17):
        port = int.from_bytes(inside[2:4], "big")
        text += f":{port}"
        if kind == 17 and port == 53:
            text += f", which is asked for {_question(inside[8:])}"
    return text


def sent(seconds=SETTLE_SECONDS):
    found = []
    while select.select([_entered["device"]], [], [], seconds)[0]:
        found.append(_named(_entered["device"].recv(65536)))
    return [packet for packet in found if packet != REPORT]


@contextlib.contextmanager
def silence():
    before = sent(0)
    assert not before, f"left before: {before[:5]}"
    yield
    left = sent()
    assert not left, f"{len(left)} packets left: {left[:5]}"


def _run_inside(programs):
    enter()
    failed = []
    for program in programs:
        status = subprocess.run([sys.executable, program], check=False).returncode
        left = sent()
        print(f"# {program}: exit {status}, {len(left)} packets left {sorted(set(left))[:5]}", flush=True)
        failed += [program] if status or left else []
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_run_inside(sys.argv[1:]))
