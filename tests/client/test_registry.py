#!/usr/bin/env python3
"""The OCI client against Debian's docker-registry, filled by the real helms."""
import re
import subprocess

from helm import EACH, NEWEST, Helm, sign, source
from certificates import authority
from harness import Server, chart, contains, digest, equal, main, must, table, temporary, test
from registry import PASSWORD, USER, Registry, Tokens, client, good, htpasswd


class Pusher(Helm):
    """What it says of a push stands on standard error in some versions."""

    def push(self, file, address):
        # That version takes plain HTTP to this machine for granted, and has no word for it.
        plain = [] if self.program.name == "helm-3.12.3" else ["--plain-http"]
        done = subprocess.run([self.program, "push", file, address, *plain], env=self.environment,
                              capture_output=True, text=True, timeout=300, check=False)
        equal(done.returncode, 0, done.stderr)
        return re.search(r"Digest: sha256:([0-9a-f]{64})", done.stdout + done.stderr)[1]


def push(helm, registry, archive, name="demo", version="1.0.0", below="charts"):
    """Returns the digest of the manifest, as Helm prints it."""
    file = temporary() / f"{name}-{version}.tgz"
    file.write_bytes(archive)
    return helm.push(file, registry.address(below))


def pull(address, **options):
    """What is said of it, and the bytes."""
    file = temporary() / "chart.tgz"
    return good(client("pull", address, file=file, **options)), file.read_bytes()


@table(*EACH)
def what_helm_pushed(version):
    helm, registry = Pusher(version), Registry()
    archive = chart("demo", "1.2.3+b.1", description="x")
    manifest = push(helm, registry, archive, version="1.2.3+b.1")
    for address, options in ((registry.address("charts/demo", "1.2.3_b.1"), {}),
                             (registry.address("charts/demo"), {"version": "1.2.3+b.1"}),
                             (registry.address("charts/demo") + f"@sha256:{manifest}", {})):
        said, data = pull(address, **options)
        equal(data, archive)
        equal((said["manifest"], said["digest"], said["bytes"]), (manifest, digest(archive), len(archive)))
        equal((said["has_provenance"], said["provenance"]), (False, ""))
        assert version == "3.12.3" or said["created"], said


@test
def with_its_provenance():
    helm, registry = Pusher(NEWEST), Registry()
    archive, prov = sign(helm, source("demo", "1.0.0"))
    helm.push(archive, registry.address("charts"))
    said, data = pull(registry.address("charts/demo", "1.0.0"), provenance=1)
    equal((data, said["provenance"]), (archive.read_bytes(), prov.read_text()))
    said = good(client("pull", registry.address("charts/demo", "1.0.0"), provenance=1))
    equal(said["provenance"], prov.read_text())
    said = good(client("pull", registry.address("charts/demo", "1.0.0")))
    equal((said["has_provenance"], said["provenance"]), (True, ""))


@table(("a tag", "charts/demo", "9.9.9"), ("a repository", "charts/none", "1.0.0"))
def what_is_not_there(name, tag):
    registry = Registry()
    push(Pusher(NEWEST), registry, chart("demo"))
    equal(client("pull", registry.address(name, tag))["error"], "not_found")


@test
def a_repository_as_an_index():
    helm, registry = Pusher(NEWEST), Registry()
    archives = {v: chart("demo", v, appVersion=f"app {v}", keywords=["a", "b"],
                         dependencies=[{"name": "redis", "version": "1.x", "repository": "https://h"}])
                for v in ("1.0.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "1.9.0+build.5")}
    manifests = {v: push(helm, registry, data, version=v) for v, data in archives.items()}
    order = ["2.0.0-rc.1", "1.10.0", "1.9.0+build.5", "1.9.0", "1.0.0"]
    equal(good(client("versions", registry.address("charts/demo")))["versions"], order)
    said = good(client("index", registry.address("charts/demo")))
    equal((said["charts"], said["known_and_new"], said["skipped"]), (1, 5, 0))
    equal([(t["chart"], t["hash"]) for t in said["told"]], [("demo", manifests[v]) for v in order])
    for told, version in zip(said["told"], order):
        entry = told["entry"]
        created = entry.pop("created")
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT.*", created), created
        equal(entry, {
            "apiVersion": "v2", "appVersion": f"app {version}", "name": "demo", "version": version,
            "keywords": ["a", "b"], "digest": digest(archives[version]),
            "dependencies": [{"name": "redis", "version": "1.x", "repository": "https://h"}],
            "urls": [registry.address("charts/demo", version.replace("+", "_"))]})
    known = ",".join(manifests[v] for v in order[1:])
    said = good(client("index", registry.address("charts/demo"), known=known))
    equal([t["entry"]["version"] for t in said["told"]], order[:1])
    equal(said["known_and_new"], 5)


@table(*EACH)
def an_upstream_in_a_registry(version):
    """Followed and cached: helm has the chart from here, also when the registry is gone."""
    helm, registry, out = Pusher(version), Registry(), temporary()
    archive = chart("demo")
    push(helm, registry, archive)
    server = Server()
    must("upstream", "add", "up", registry.address("charts/demo"), "--mode", "proxy", "--allow-private", "-d",
         server.data)
    helm.repository(f"{server.url}/up")
    equal(helm.versions(), {("demo", "1.0.0")})
    helm("pull", "local/demo", "--destination", out)
    registry.process.kill()
    helm("pull", "local/demo", "--destination", temporary())
    equal((out / "demo-1.0.0.tgz").read_bytes(), archive)


# ---- who may ----

@test
def with_a_password():
    folder = temporary()
    push(Pusher(NEWEST), Registry(folder), archive := chart("demo"))
    registry = Registry(folder, htpasswd())
    address, origin = registry.address("charts/demo", "1.0.0"), f"oci://{registry.host}"
    for said_origin in (origin, f"http://{registry.host}", f"{origin}/charts/demo"):
        said, data = pull(address, origin=said_origin, user=USER, password=PASSWORD)
        equal(data, archive)
    for options, why in (({"user": USER}, "none are declared"),
                         ({"user": USER, "origin": f"https://{registry.host}"}, "none are declared"),
                         ({"user": USER, "origin": "http://127.0.0.1:1"}, "none are declared"),
                         ({"user": "bob", "origin": origin}, "other credentials")):
        said = client("pull", address, password=PASSWORD, **options)
        equal(said["error"], "upstream_error")
        contains(said["detail"], why)


@test
def with_a_token():
    folder = temporary()
    push(Pusher(NEWEST), Registry(folder), archive := chart("demo"))
    push(Pusher(NEWEST), Registry(folder), other := chart("demo", "2.0.0"), version="2.0.0", below="open")
    tokens = Tokens(public=["open/demo"])
    registry = Registry(folder, tokens.auth)
    origin = f"oci://{registry.host}"
    said, data = pull(registry.address("open/demo", "2.0.0"))
    equal(data, other)
    equal(len(tokens.far.seen), 1, "one token for a manifest and a layer")
    assert "authorization" not in tokens.far.seen[0].headers
    said, data = pull(registry.address("charts/demo", "1.0.0"), origin=origin, user=USER, password=PASSWORD)
    equal(data, archive)
    said = client("pull", registry.address("charts/demo", "1.0.0"))
    equal(said["error"], "upstream_error")
    contains(said["detail"], "credentials")
    equal(good(client("versions", registry.address("open/demo")))["versions"], ["2.0.0"])


@test
def over_tls():
    folder, secrets = temporary(), temporary()
    push(Pusher(NEWEST), Registry(folder), archive := chart("demo"))
    certificate, private = authority(secrets, "registry")
    registry = Registry(folder, htpasswd(), {"certificate": str(certificate), "key": str(private)})
    address, origin = registry.address("charts/demo", "1.0.0"), f"https://{registry.host}"
    said, data = pull(address, ca=certificate, origin=origin, user=USER, password=PASSWORD)
    equal(data, archive)
    said = client("pull", address, origin=origin, user=USER, password=PASSWORD)
    equal(said["error"], "upstream_error")
    contains(said["detail"], "certificate")
    equal(client("pull", address, private=0)["error"], "address_refused")


if __name__ == "__main__":
    main()
