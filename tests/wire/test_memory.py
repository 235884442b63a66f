#!/usr/bin/env python3
"""How much memory it takes, and where there is little; a sanitizer's build tells neither."""
from wire import EXIT_FAILED, SANITIZED, Server, contains, equal
from harness import chart_of_size, command, main, need, table, temporary, test

READERS = 200


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
