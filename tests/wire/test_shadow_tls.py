#!/usr/bin/env python3
"""shadow_hosts over TLS: which certificate is shown for which name, whose authority signs it, and names
that no client would send."""
import contextlib
import functools
import json
import os
import re
import socket
import ssl
import struct
import subprocess

from wire import EXIT_MISUSED, Server, contains, equal, make_repo, metric
from certificates import authority
from harness import SANITIZED, chart, command, free_port, main, must, need, settled, table, temporary, test

HOSTS = {
    "certs": "https://charts.jetstack.io oci://quay.io/other",
    "graphs": "https://grafana.github.io/helm-charts",
    "ported": "https://charts.example.org:8443/x",
    "here": "http://localhost:1/x https://own.example/x http://192.0.2.7/x https://*.wild.example/",
}
CHART_HOST = "charts.jetstack.io"
SETTINGS = ("--set", "shadow_hosts=true", "--set", "public_url=https://own.example")


# ---- servers ----

class Shadowing:
    """A server with repositories that are known elsewhere. `port` speaks TLS; `own` is how the server has a
    certificate of its own, `make` how the authority is made, unless `args` name one."""

    def __init__(self, *args, own=None, folder=None, make=("shadow-ca",), keep=False):
        self.folder = folder or temporary(keep)
        data = self.folder / "data"
        self.authority = self.folder / "data/keys/shadow-ca.crt"
        if make:
            equal(must("keys", *make, "--data", data).strip(), str(self.authority))
        self.port = free_port()
        own = own or ()
        listen = ("--listen", f"tls:127.0.0.1:{self.port}")
        self.server = Server(data, args=(*listen, *SETTINGS, *own, *args), keep=keep,
                             tls=ssl._create_unverified_context() if own else None).set_up()
        for repo, known_as in HOSTS.items():
            make_repo(self.server, repo, known_as=known_as)
            equal(self.server.publish(chart(f"of-{repo}"), repo).status, 201)

    def shown(self, name, trusting=None):
        """What is shown for a name, where the client trusts that authority (none: whoever it is)."""
        context = ssl.create_default_context(cafile=str(trusting)) if trusting else \
            ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.port), 30) as link, \
                context.wrap_socket(link, server_hostname=name) as secured:
            return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True))

    def get(self, host, path, trusting=None):
        """An answer, whole, of a connection that names the host as a client does."""
        context = ssl.create_default_context(cafile=str(trusting or self.authority))
        with socket.create_connection(("127.0.0.1", self.port), 30) as link, \
                context.wrap_socket(link, server_hostname=host) as secured:
            secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(functools.partial(secured.recv, 65536), b""))


def openssl(*line, **options):
    return subprocess.run([need("openssl"), *map(str, line)], text=True, capture_output=True, check=True,
                          timeout=60, **options).stdout


def names_in(certificate):
    """Those that it is for, its issuer's CN."""
    text = openssl("x509", "-noout", "-issuer", "-ext", "subjectAltName", input=certificate)
    return sorted(re.findall(r"DNS:([^\s,]+)", text)), re.search(r"CN = (.*)", text)[1]


@functools.cache
def alone():
    """Without a certificate of its own."""
    return Shadowing(keep=True, make=("shadow-ca", "--name", "Inner"))


@functools.cache
def beside():
    """Beside the server's own certificate."""
    folder = temporary(keep=True)
    cert, key = authority(folder, "own", ("own.example", "localhost"))
    return Shadowing("--set", "tls.hsts=1h", own=("--set", f"tls.cert={cert}", "--set", f"tls.key={key}"),
                     folder=folder, make=("shadow-ca", "--name", "Inner"), keep=True)


# ---- which certificate ----

SHADOWED = tuple((name, name, host) for name, host in (
    (CHART_HOST, CHART_HOST), ("Charts.JETSTACK.io", CHART_HOST), ("grafana.github.io", "grafana.github.io"),
    ("charts.example.org", "charts.example.org")))
NOT_SHADOWED = tuple((name or "none", name) for name in (
    "elsewhere.example", "jetstack.io", "x.charts.jetstack.io", "quay.io", "own.example", "localhost",
    "192.0.2.7", "a.wild.example", None))


@table(*SHADOWED)
def issued(name, host):
    equal(names_in(alone().shown(name)), ([host], "Inner"))
    equal(names_in(beside().shown(name)), ([host], "Inner"))


@table(*NOT_SHADOWED)
def the_servers_own(name):
    equal(names_in(beside().shown(name)), (["localhost", "own.example"], "own"))


@table(*NOT_SHADOWED)
def refused(name):
    try:
        alone().shown(name)
    except ssl.SSLError as error:
        contains(str(error).lower().replace("_", " "), "unrecognized name")
        return
    raise AssertionError("somebody's certificate was shown")


@test
def reads():
    for one in (alone(), beside()):
        answer = one.get(CHART_HOST, "/index.yaml")
        contains(answer, b"HTTP/1.1 200")
        contains(answer, b"of-certs")
        contains(one.get("grafana.github.io", "/helm-charts/charts/of-graphs-1.0.0.tgz"), chart("of-graphs"))
    equal(alone().server.get("/index.yaml").status, 200)    # the other listener is as it was


@test
def kept_and_strict():
    """One is made once; what it says is what strict clients want."""
    first = alone().shown(CHART_HOST, trusting=alone().authority)
    equal(alone().shown(CHART_HOST.upper(), trusting=alone().authority), first)
    leaf = temporary() / "leaf.pem"
    leaf.write_text(first)
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", CHART_HOST, "-CAfile",
            alone().authority, leaf)


@test
def known_later():
    """A host is answered for from the next handshake on, and no longer when nobody is known so."""
    one = Shadowing(make=("shadow-ca",))
    change = lambda known_as: equal(one.server.request(
        "PATCH", "/api/v1/repos/certs", json.dumps({"known_as": known_as})).status, 200)
    change("https://new.example")
    equal(names_in(one.shown("new.example"))[0], ["new.example"])
    try:
        one.shown(CHART_HOST)
        raise AssertionError("a certificate was shown for a host that nobody is known by")
    except ssl.SSLError:
        pass


@table(("answered", "/index.yaml"), ("not found", "/x"), ("bad", "/%zz"), ("an API", "/api/v1/repos"))
def no_hsts_for_others(path):
    own = beside().get("own.example", path, trusting=beside().folder / "own.pem")
    contains(own, b"Strict-Transport-Security: max-age=3600")
    assert b"Strict-Transport-Security" not in beside().get(CHART_HOST, path)


# ---- whose authority ----

def given(cert, key):
    return ("--set", f"shadow_ca_cert={cert}", "--set", f"shadow_ca_key={key}")


@test
def a_given_authority():
    folder = temporary()
    cert, key = authority(folder, "corporate")
    one = Shadowing(*given(cert, key), make=None)
    equal(names_in(one.shown(CHART_HOST, trusting=cert)), ([CHART_HOST], "corporate"))


@test
def below_a_root():
    """An authority that another one signed: clients that trust that one get what leads there."""
    folder = temporary()
    authority(folder, "root")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "mid.key", "-out", "mid.csr", "-subj",
            "/CN=mid", cwd=folder)
    (folder / "mid.ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
    openssl("x509", "-req", "-in", "mid.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "mid.pem",
            "-days", "3", "-extfile", "mid.ext", cwd=folder)
    one = Shadowing(*given(folder / "mid.pem", folder / "mid.key"), make=None)
    equal(names_in(one.shown(CHART_HOST, trusting=folder / "root.pem")), ([CHART_HOST], "mid"))


@test
def expired_authority():
    """Is told of and shown all the same: clients say best what is wrong."""
    folder = temporary()
    authority(folder, "now")
    openssl("x509", "-in", "now.pem", "-signkey", "now.key", "-days", "-1", "-out", "was.pem", cwd=folder)
    one = Shadowing(*given(folder / "was.pem", folder / "now.key"), make=None)
    contains(one.server.log(), "shadow.authority_expired")
    try:
        one.shown(CHART_HOST, trusting=folder / "was.pem")
        raise AssertionError("what an expired authority signed was taken")
    except ssl.SSLCertVerificationError as error:
        contains(str(error), "expired")


def broken(folder):
    """Files that are no authority: name → (certificate, key, what is said)."""
    cert, key = authority(folder, "one")
    _, other = authority(folder, "other")
    openssl("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.pem",
            "-subj", "/CN=weak", cwd=folder)
    openssl("req", "-x509", "-key", key, "-out", "leaf.pem", "-subj", "/CN=leaf", "-addext",
            "basicConstraints=critical,CA:FALSE", cwd=folder)
    (folder / "text.pem").write_text("nonsense\n")
    (folder / "text.pem").chmod(0o600)
    (folder / "open.key").write_bytes(key.read_bytes())
    (folder / "open.key").chmod(0o644)
    return {"another key": (cert, other, "is not the key of the authority"),
            "weak": (folder / "weak.pem", folder / "weak.key", "too weak"),
            "not one": (folder / "leaf.pem", key, "is not that of an authority"),
            "no PEM": (folder / "text.pem", key, "there is no certificate in it"),
            "no key": (cert, folder / "text.pem", "there is no private key in it"),
            "absent": (cert, folder / "absent", "it is not there"),
            "a folder": (folder, key, "is no regular file"),
            "anybody may read the key": (cert, folder / "open.key", "mode 0644")}


@test
def no_authority_at_all():
    for name, (cert, key, text) in broken(temporary()).items():
        done = command("serve", "--data", temporary() / "data", "--listen", "127.0.0.1:0", "--set",
                       "shadow_hosts=true", *given(cert, key), timeout=60)
        equal((name, done.returncode), (name, EXIT_MISUSED), done.stderr)
        contains(done.stderr, text)


@table(
    ("half", ("shadow_hosts=true", "shadow_ca_cert=/x"), "belong together"),
    ("the other half", ("shadow_hosts=true", "shadow_ca_key=/x"), "belong together"),
    ("nothing to sign for", ("shadow_ca_cert=/x", "shadow_ca_key=/x"), "shadow_hosts"),
    ("an address that is none", ("shadow_hosts=true", "listen=tls:unix:/x"), "is not ADDR:PORT"),
    ("nothing to show", ("shadow_hosts=true", "listen=tls:127.0.0.1:0"), "chartlocker keys shadow-ca"),
    ("nothing at all", ("listen=tls:127.0.0.1:0",), "tls.cert"))
def settings_that_cannot_be(settings, text):
    flags = [part for setting in settings for part in ("--set", setting)]
    done = command("serve", "--data", temporary() / "data", *flags, timeout=60)
    equal(done.returncode, EXIT_MISUSED)
    contains(done.stderr, text)


@test
def a_key_that_others_may_read():
    folder = temporary()
    must("keys", "shadow-ca", "--data", folder)
    key = folder / "keys/shadow-ca.key"
    equal(key.stat().st_mode & 0o777, 0o600)
    key.chmod(0o640)
    done = command("serve", "--data", folder, "--listen", "127.0.0.1:0", *SETTINGS, timeout=60)
    equal(done.returncode, EXIT_MISUSED)
    contains(done.stderr, "keys/shadow-ca.key has mode 0640")
    contains(command("keys", "list", "--data", folder).stderr, "mode 0640")


@test
def replaced_while_it_runs():
    """Made beside a running server, then another one: the next handshake has it. One that is none changes
    nothing."""
    one = Shadowing(make=None, own=own_certificate(temporary()))
    equal(names_in(one.shown(CHART_HOST))[1], "own")
    equal(metric(one.server, "chartlocker_shadow_ca_expiry_timestamp_seconds"), 0)
    must("keys", "shadow-ca", "--data", one.server.data, "--name", "First")
    assert settled(lambda: names_in(one.shown(CHART_HOST)) == ([CHART_HOST], "First"))
    assert metric(one.server, "chartlocker_shadow_ca_expiry_timestamp_seconds") > 0
    next_data = temporary()
    must("keys", "shadow-ca", "--data", next_data, "--name", "Second")
    for kind in ("key", "crt"):
        os.replace(next_data / f"keys/shadow-ca.{kind}", one.server.data / f"keys/shadow-ca.{kind}")
    assert settled(lambda: names_in(one.shown(CHART_HOST)) == ([CHART_HOST], "Second"))
    (one.server.data / "keys/shadow-ca.crt").write_text("nonsense")
    assert settled(lambda: "shadow.authority_not_read" in one.server.log())
    equal(names_in(one.shown(CHART_HOST))[1], "Second")


def own_certificate(folder):
    cert, key = authority(folder, "own", ("own.example", "localhost"))
    return "--set", f"tls.cert={cert}", "--set", f"tls.key={key}"


@test
def for_some_hosts_alone():
    """An authority that cannot sign for a host: the server's own certificate, and the log says why."""
    one = Shadowing(own=own_certificate(temporary()),
                    make=("shadow-ca", "--name", "Some", "--host", "jetstack.io"))
    equal(names_in(one.shown(CHART_HOST, trusting=one.authority)), ([CHART_HOST], "Some"))
    equal(names_in(one.shown("grafana.github.io"))[1], "own")
    contains(one.server.log(), "shadow.no_certificate")


# ---- the command ----

@test
def made_once():
    folder = temporary()
    made = json.loads(must("keys", "shadow-ca", "--data", folder, "--json", "--until", "2099-01-01"))
    printed = openssl("x509", "-in", made["certificate"], "-noout", "-fingerprint", "-sha256", "-enddate")
    contains(printed, made["fingerprint"])
    contains(printed, "notAfter=Jan  1 00:00:00 2099 GMT")
    before = {path.name: path.read_bytes() for path in (folder / "keys").iterdir() if path.is_file()}
    again = command("keys", "shadow-ca", "--data", folder)
    equal(again.returncode, 1)
    contains(again.stderr, "there already")
    equal({path.name: path.read_bytes() for path in (folder / "keys").iterdir() if path.is_file()}, before)
    must("keys", "generate", "--data", folder)
    listed = json.loads(must("keys", "list", "--data", folder, "--json"))
    equal([key["use"] for key in listed], ["signs", "certificates of other hosts"])
    equal(listed[1], made)
    contains(must("keys", "list", "--data", folder), made["fingerprint"])


@table(("scheme", "https://a.example"), ("wildcard", "*.example"), ("address", "192.0.2.1"),
       ("two", "a.example,DNS:b.example"), ("long", "a" * 64 + ".example"), ("capital", "A.example"))
def hosts_that_are_none(host):
    folder = temporary()
    done = command("keys", "shadow-ca", "--data", folder, "--host", host)
    equal(done.returncode, 1)
    contains(done.stderr, "no name of a host")
    assert not (folder / "keys/shadow-ca.key").exists()


# ---- names that no client sends ----

def hello(names):
    """A ClientHello of TLS 1.2, whose answer is in clear; `names` are (kind, bytes) of the extension."""
    listed = b"".join(struct.pack(">BH", kind, len(name)) + name for kind, name in names)
    sni = struct.pack(">HHH", 0, len(listed) + 2, len(listed)) + listed
    groups = bytes.fromhex("000a00040002001d000b00020100000d00080006040308040401".replace(" ", ""))
    extensions = sni + groups
    body = b"\x03\x03" + bytes(32) + b"\x00" + bytes.fromhex("0004c02bc02f") + b"\x01\x00" + \
        struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def said_to(one, text):
    with socket.create_connection(("127.0.0.1", one.port), 30) as link, contextlib.suppress(ConnectionError):
        link.settimeout(30)
        link.sendall(text)
        got = b""
        while b"\x0e\x00\x00\x00" not in got:    # ServerHelloDone
            piece = link.recv(65536)
            if not piece:
                break
            got += piece
        return got
    return b""


SHADOWED_NAME = CHART_HOST.encode()


@test
def hello_is_understood():
    """Else what follows would prove nothing."""
    contains(said_to(alone(), hello([(0, SHADOWED_NAME)])), SHADOWED_NAME)


@table(*((name, [(0, text)]) for name, text in (
    ("NUL", SHADOWED_NAME + b"\0.evil.example"), ("NUL at the end", SHADOWED_NAME + b"\0"),
    ("wildcard", b"*.wild.example"), ("star", b"*"), ("address", b"192.0.2.7"), ("IPv6", b"::1"),
    ("256 bytes", b"a" * 256), ("long label", b"a" * 64 + b".jetstack.io"), ("64 KiB", b"a." * 7000),
    ("empty", b""), ("dot", b"."), ("dots", b"..."), ("two dots at the end", SHADOWED_NAME + b".."),
    ("space", SHADOWED_NAME + b" "), ("port", SHADOWED_NAME + b":443"), ("path", SHADOWED_NAME + b"/x"),
    ("user", b"x@" + SHADOWED_NAME), ("scheme", b"https://" + SHADOWED_NAME),
    ("not ASCII", "é.example".encode()),
    ("bytes", bytes(range(128, 200))), ("comma", SHADOWED_NAME + b",DNS:evil.example"),
    ("newline", SHADOWED_NAME + b"\n"))),
    ("two names", [(0, b"elsewhere.example"), (0, SHADOWED_NAME)]), ("another kind", [(7, SHADOWED_NAME)]),
    ("none", []))
def odd_names(names):
    """None of them gets a certificate that was made for it, and the server goes on."""
    for one in (alone(), beside()):
        answer = said_to(one, hello(names))
        assert b"Inner" not in answer, answer
    equal(names_in(alone().shown(CHART_HOST))[0], [CHART_HOST])


@test
def many_names_and_handshakes_that_end_early():
    one = alone()
    before = one.server.descriptors()
    whole = hello([(0, SHADOWED_NAME)])
    for number in range(300):
        assert b"Inner" not in said_to(one, hello([(0, f"h{number}.example".encode())]))
    for cut in (0, 1, 5, 6, 40, len(whole) - 1, len(whole)):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", one.port), 30) as link:
                link.sendall(whole[:cut])
    assert settled(lambda: one.server.descriptors() <= before + 8)
    equal(names_in(one.shown(CHART_HOST))[0], [CHART_HOST])


@test
def memory_stays():
    """Each handshake has a copy of its own, which goes with it."""
    one = alone()
    for _ in range(200):
        one.shown(CHART_HOST)
    before = one.server.resident_kib()
    for _ in range(300):
        one.shown(CHART_HOST)
    assert SANITIZED or one.server.resident_kib() < before + 512


main()
