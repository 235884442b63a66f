#!/usr/bin/env python3
"""How much memory it takes, and where there is little; a sanitizer's build tells neither."""
from pathlib import Path

from wire import EXIT_FAILED, SANITIZED, Server, contains, equal
from following import follow, refreshed
from harness import chart_of_size, command, main, need, table, temporary, test
from upstream import Upstream

READERS, VERSIONS = 200, 1500


@test
def t_http_19_slow_readers():
    """Clients ask for a large chart and read nothing: memory stays flat, others are served."""
    running = Server()
    archive = chart_of_size(8 << 20)
    equal(running.publish(archive).status, 201)
    equal(running.get("/charts/big-1.0.0.tgz").body == archive, True)
    before = running.resident_kib()
    links = [running.connect() for _ in range(READERS)]
    for link in links:
        link.sendall(b"GET /charts/big-1.0.0.tgz HTTP/1.1\r\nHost: x\r\n\r\n")
    for link in links:
        contains(link.recv(12), b"HTTP/1.1 200")
    equal(running.get("/charts/big-1.0.0.tgz").body == archive, True)
    grown = running.resident_kib() - before
    for link in links:
        link.close()
    assert SANITIZED or grown < 100_000, f"{grown} KiB for {READERS} slow readers"


def most_kib(server, path):
    """What an answer takes at most beside what the server has; the second one, which finds all as it will be."""
    for _ in range(2):
        before = server.resident_kib()
        Path(f"/proc/{server.pid}/clear_refs").write_text("5")
        equal(server.get(path, {"Accept": "text/html"}).status, 200, path)
        most = int(Path(f"/proc/{server.pid}/status").read_text().partition("VmHWM:")[2].split()[0]) - before
    return most


@test
def a_chart_with_many_long_versions():
    """What a version says is read one at a time: all of them together would be ten times as long again."""
    server, upstream = Server(), Upstream()
    upstream.put("demo", "1.0.0")
    [one] = upstream.entries["demo"]
    upstream.entries["demo"] = [{**one, "version": f"1.{n}.0", "digest": f"{n:064x}", "urls": [f"demo-1.{n}.0.tgz"],
                                 "annotations": {f"k{k}": "v" * 8 for k in range(400)}} for n in range(VERSIONS)]
    follow(server, upstream)
    refreshed(server)
    for path, most in (("/api/v1/packages/helm/up/demo", 30_000), ("/api/chartsvc/v1/charts/up/demo/versions", 30_000),
                       ("/packages/up/demo/versions", 52_000)):
        grown = most_kib(server, path)
        assert SANITIZED or grown < most, f"{grown} KiB for {path}"


@table(("addresses", "--as=200000000"), ("data", "--data=10000000"))
def t_ops_03_little_memory(limit):
    """It says what it could not have, and ends."""
    if SANITIZED:
        return    # a sanitizer needs terabytes of addresses
    done = command("serve", "--data", temporary() / "data", "--listen", "127.0.0.1:0",
                   wrap=(need("prlimit"), limit), timeout=30)
    equal(done.returncode, EXIT_FAILED, done)
    contains(done.stderr, "chartlocker serve: cannot start a thread for ")


if __name__ == "__main__":
    main()
