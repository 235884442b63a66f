#!/usr/bin/env python3
"""Where no upstream may be (trust.md, group H): addresses, schemes, ways to write them. Names that change
what they mean are in test_outgoing.py, which has a resolver of its own."""
from wire import Server, contains, equal
import upstream as bad
from follower import Follower, one_chart
from harness import command, free_port, main, must, table, test
from hostile_server import Hostile


@table(*[(url, url) for url in (
    "http://127.0.0.1:{}", "http://0.0.0.0:{}", "http://localhost:{}", "http://[::1]:{}", "http://[::]:{}",
    "http://[::ffff:127.0.0.1]:{}", "http://2130706433:{}", "http://0x7f.1:{}", "http://0177.0.0.1:{}",
    "http://127.1:{}", "http://169.254.169.254", "http://metadata.google.internal", "http://[fe80::1]:{}",
    "http://[fc00::1]:{}",
    "http://[64:ff9b::7f00:1]:{}", "http://100.64.0.1:{}", "http://10.0.0.1:{}", "http://LOCALHOST.:{}")])
def t_ssrf_01_not_public(url):
    """At once where the address says so, else when it is asked."""
    up = one_chart()
    follower = Follower(up, url=url.format(up.port), private=False)
    if follower.added.status == 201:
        assert not follower.refresh()[0]
        contains(follower.show()["reason"], "address not allowed")
    else:
        contains(follower.not_added(), "address")
    equal(up.seen, [])


@table(*[(url, url) for url in ("http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0", "http://[::]",
                                "http://metadata.google.internal", "http://224.0.0.1", "http://255.255.255.255",
                                "http://[fd00:ec2::254]")])
def t_ssrf_01_never(url):
    follower = Follower(None, url=url)
    if follower.added.status == 201:
        assert not follower.refresh()[0]
    else:
        follower.not_added()


@table(*[(url, url) for url in ("file:///etc/passwd", "ftp://h/", "gopher://h/", "dict://h/", "smb://h/", "h", "//h",
                                "")])
def t_ssrf_03_schemes(url):
    Follower(None, url=url or " ", private=False).not_added()


@table(*[(url[:60], url) for url in (
    "https://u:p@h.example", "https://good.example@evil.example", "https://evil.example#@good.example",
    "https://h.example\\@evil.example", "https://h.example\t/x", "https://h.example\n/x", "https://h.example:0",
    "https://h.example:22", "https://h.example:99999", "https://h.example/" + "x" * 10000, "https://", "https:///x",
    "https://h..example", "https://[::1")])
def t_ssrf_04_odd_addresses(url):
    Follower(None, url=url, private=False).not_added()


@table(*[(url, url, said) for url, said in (
    ("http://0x7f.1:8080", "127.0.0.1"), ("http://2130706433/x", "127.0.0.1"), ("http://127.1", "127.0.0.1"),
    ("http://Charts.Example.COM", "charts.example.com"), ("http://localhost.:80/", '"localhost"'))])
def t_ssrf_04_canonical_form(url, said):
    """What is stored and shown is what is asked."""
    contains(Follower(None, url=url).not_added(), said)


@table(("the index", "/x/index.yaml"), ("with a slash", "/x/index.yaml/"))
def an_address_that_is_pasted(path):
    """What is to be typed is told; nothing is made, nor asked."""
    up, server = one_chart(), Server()
    added = command("upstream", "add", "up", up.url + path, "--allow-private", "-d", server.data)
    equal(added.returncode, 1)
    contains(added.stderr, f"not that of its index; write: {up.url}/x\n")
    equal((up.seen, server.get("/api/v1/upstreams/up").status), ([], 404))


@test
def t_ssrf_05_no_scanner():
    """Who is nobody cannot have anything asked."""
    server = Server()
    closed = Follower(None, server, url=f"http://127.0.0.1:{free_port()}")
    assert not closed.refresh()[0]
    must("user", "add", "admin", "--role", "admin:*", "-d", server.data, stdin="a password of some length\n")
    for method, path in (("POST", f"upstreams/{closed.name}/refresh"), ("POST", "repos")):
        answer = server.request(method, f"/api/v1/{path}", "{}")
        equal(answer.status, 401, answer.body)


@test
def t_ssrf_06_proxies_of_the_environment():
    proxy, up = Hostile({"*": bad.html}), one_chart()
    server = Server(env={name: proxy.url for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY",
                                                      "all_proxy")})
    Follower(up, server).refreshed()
    equal(proxy.seen, [])


if __name__ == "__main__":
    main()
