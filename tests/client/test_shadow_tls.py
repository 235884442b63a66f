#!/usr/bin/env python3
"""shadow_hosts with the real helms: addresses of the internet as charts name them, at their own names and
port, in a network that leads nowhere."""
import functools
import os
import shutil

from helm import EACH, NEWEST, Helm, unpack
import closed
from harness import Server, chart, contains, equal, main, must, real_charts, table, temporary

OTHERS = ("charts.jetstack.io", "charts.helm.sh", "kubernetes-charts.storage.googleapis.com",
          "kubernetes-charts-incubator.storage.googleapis.com", "registry-1.docker.io", "elsewhere.example")
KNOWN_AS = {"certs": "https://charts.jetstack.io oci://registry-1.docker.io/bitnamicharts",
            "stable": "https://charts.helm.sh/stable", "incubator": "https://charts.helm.sh/incubator"}
# Charts of /stable with dependencies: what Chart.yaml names stays, what was unpacked below charts/ goes.
UMBRELLAS = ("airflow-7.1.0", "kafka-manager-2.3.5", "vault-operator-0.1.4", "wordpress-8.1.6")


@functools.cache
def gap():
    closed.enter({name: "127.0.0.1" for name in OTHERS})
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    data = temporary(keep=True) / "data"
    authority = must("keys", "shadow-ca", "--data", data).strip()
    for repo, known_as in KNOWN_AS.items():
        must("repo", "create", repo, "--data", data)
        must("repo", "set", repo, f"known_as={known_as}", "--data", data)
    running = Server(data, keep=True, args=("--listen", "tls:127.0.0.1:443", "--set", "shadow_hosts=true"))
    equal(running.publish(chart("cert-manager"), "certs").status, 201)
    return running, authority


def helm(version, repositories=()):
    (_, authority), made = gap(), Helm(version)
    made.environment["SSL_CERT_FILE"] = authority
    for number, url in enumerate(repositories):
        made("repo", "add", f"r{number}", url, "--allow-deprecated-repos")
    return made


@table(*EACH)
def add_update_pull(version):
    one, out = helm(version), temporary()
    one("repo", "add", "jetstack", "https://charts.jetstack.io")
    one("repo", "update")
    equal(one.versions("jetstack"), {("cert-manager", "1.0.0")})
    one("pull", "jetstack/cert-manager", "--destination", out)
    equal((out / "cert-manager-1.0.0.tgz").read_bytes(), chart("cert-manager"))
    one("pull", "cert-manager", "--repo", "https://charts.jetstack.io", "--destination", temporary())


@table(*EACH)
def only_who_trusts_it(version):
    _, authority = gap()
    one = Helm(version)
    contains(one("repo", "add", "jetstack", "https://charts.jetstack.io", fails=True), "certificate")
    one("repo", "add", "jetstack", "https://charts.jetstack.io", "--ca-file", authority)


@functools.cache
def umbrellas():
    """Their archives, and those of what was below charts/, which is published where they name it."""
    running, _ = gap()
    found = {}
    for path in real_charts():
        name = path.name.removesuffix(".tgz")
        if name not in UMBRELLAS:
            continue
        out = temporary(keep=True)
        for below in (unpack(path.read_bytes(), temporary()) / "charts").iterdir():
            Helm(NEWEST)("package", below, "--destination", out)
        for archive in out.iterdir():
            repo = "incubator" if name.startswith("kafka") else "stable"
            equal(running.publish(archive.read_bytes(), repo).status, 201)
        found[name] = path, {archive.name: archive.read_bytes() for archive in out.iterdir()}
    equal(set(found), set(UMBRELLAS))
    return found


@table(*EACH)
def dependencies_of_real_charts(version):
    found = umbrellas()
    one = helm(version, ["https://kubernetes-charts.storage.googleapis.com/", "https://charts.helm.sh/stable",
                         "https://charts.helm.sh/incubator"])
    with closed.silence():
        for name, (path, wanted) in found.items():
            folder = unpack(path.read_bytes(), temporary())
            shutil.rmtree(folder / "charts")
            one("dependency", "build", folder)
            built = {archive.name: archive.read_bytes() for archive in (folder / "charts").iterdir()}
            assert built == wanted, f"{name}: {sorted(built)}, not {sorted(wanted)}"


@table(*EACH)
def what_is_not_here(version):
    """Neither hosts that nobody is known by, nor registries: there the client is told so in the handshake."""
    one = helm(version)
    contains(one("repo", "add", "other", "https://elsewhere.example", fails=True), "unrecognized name")
    contains(one("pull", "oci://registry-1.docker.io/bitnamicharts/redis", "--version", "1.0.0", fails=True),
             "unrecognized name")


if __name__ == "__main__":
    main()
