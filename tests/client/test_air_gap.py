#!/usr/bin/env python3
"""The charts of CHARTS across an air gap, and the real helms behind it: what was carried is found, pulled,
verified, built upon and rendered, from the addresses that charts name, while no packet leaves (lib/closed.py).

In an ordinary run a share of the charts, with LONG=1 all of them."""
import functools
import json
import shutil
import ssl
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

from helm import ALL, NEWEST, Helm, sign, source, unpack
import closed
import verify_log
from certificates import authority
from crawl import Crawl
from openpgp import Key, key
from same_state import differences
from harness import (LONG, PROGRAM, SANITIZED, TOP, Server, chart, contains, digest, equal, main, must, real_charts,
                     settled, table, temporary, test)

KNOWN = {"stable": "https://kubernetes-charts.storage.googleapis.com", "rancher": "https://charts.rancher.io",
         "apps": "https://apps.example.org/charts"}
HOSTS = {url.split("/")[2]: "127.0.0.1" for url in KNOWN.values()}
EVERY = 1 if LONG else 60
# Real charts whose requirements.lock names versions that are here too.
UMBRELLAS = ("airflow-2.7.0", "airflow-5.2.0", "drupal-3.0.1", "drupal-6.1.1", "ghost-6.2.1", "phpmyadmin-2.0.2")
QUERIES = ("", "redis", "database", "monitoring dashboards")
PULLS_PER_PROCESS = 200
PAGES = 100_000 if LONG else 600


# ---- both sides ----

def locked(archive):
    """What its lock file pins, as names of files."""
    with tarfile.open(archive) as members:
        name = f"{members.getnames()[0].split('/')[0]}/requirements.lock"
        lines = members.extractfile(name).read().decode().splitlines()
    names = [line.split()[-1].strip("'\"") for line in lines if line.lstrip("- ").startswith("name:")]
    versions = [line.split()[-1].strip("'\"") for line in lines if line.lstrip("- ").startswith("version:")]
    return {f"{name}-{version}.tgz" for name, version in zip(names, versions)}


@functools.cache
def carried():
    """{repository: {file name: path}} of what crosses."""
    found = {"stable": {}, "rancher": {}, "apps": made()}
    every = {path.name: path for path in real_charts()}
    for name in UMBRELLAS:
        umbrella = every[f"{name}.tgz"]
        found["stable"].update({file: every[file] for file in {umbrella.name, *locked(umbrella)}})
    for path in sorted(every.values())[::EVERY]:
        found[path.parent.name][path.name] = path
    return found


@functools.cache
def made():
    """Charts of our own: signed ones, and an umbrella over both of the other repositories."""
    folder, helm = temporary(keep=True), Helm(NEWEST, keep=True)
    for name in ("signed", "sealed"):
        for path in sign(helm, source(name, "1.0.0")):
            shutil.copy(path, folder)
    path = folder / "umbrella-1.0.0.tgz"
    path.write_bytes(chart("umbrella", dependencies=[
        {"name": "redis", "version": "7.0.0", "repository": KNOWN["stable"]},
        {"name": "signed", "version": "~1.0.0", "repository": KNOWN["apps"]}]))
    return {path.name: path for path in folder.glob("*.tgz")}


@functools.cache
def outer():
    data = temporary(keep=True) / "outer"
    must("keys", "generate", "--data", data, "--name", "outer.example.org")
    for repo, files in carried().items():
        must("repo", "create", repo, "--data", data, "--set", f"known_as={KNOWN[repo]}", "--keyring", key().ring,
             "--set", "provenance=check")
        must("import", "--repo", repo, "--data", data, *files.values())
    return Server(data=data, keep=True)


@functools.cache
def inner():
    """What arrived, in a network that leads nowhere, under the names that charts know."""
    closed.enter(HOSTS)
    folder = temporary(keep=True)
    stick, data = folder / "stick", folder / "inner"
    stick.mkdir()
    for repo in KNOWN:
        must("bundle", "create", "--repo", repo, "--closure", "--data", outer().data, "-o", f"{stick}/")
    data.mkdir()
    must("keys", "trust", outer().data / "keys/bundle.pub", "--data", data)
    with closed.silence():
        must("bundle", "import", "--data", data, stick)
    certificate, private = authority(folder, "inner", ("127.0.0.1", *HOSTS))
    return Server(data=data, keep=True, tls=ssl.create_default_context(cafile=str(certificate)),
                  line=[PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:443", "--set",
                        f"tls.cert={certificate}", "--set", f"tls.key={private}", "--set", "shadow_hosts=true"])


@functools.cache
def connected(version):
    """A helm that knows the repositories by the addresses they have outside."""
    helm = Helm(version, keep=True)
    helm.environment["SSL_CERT_FILE"] = str(Path(inner().data).parent / "inner.pem")
    for repo, url in KNOWN.items():
        helm("repo", "add", repo, url, "--allow-deprecated-repos")
    helm("repo", "update")
    return helm


def some(version, files):
    """All for the newest helm, of the others some."""
    return files if LONG or version == NEWEST else files[::6]


# ---- what arrived: first of all, for who pulls leaves traces ----

@table(*((repo, repo) for repo in KNOWN))
def both_sides_show_the_same(repo):
    inner()
    with closed.silence():
        equal(differences(outer(), inner(), repo, QUERIES), [])


# ---- what helm finds ----

@functools.cache
def versions(repo):
    """{file: (name, version)}, by the index."""
    return {f"{name}-{line['version']}.tgz": (name, line["version"])
            for name, lines in inner().index(repo)["entries"].items() for line in lines}


@table(*ALL)
def every_version_is_found_and_pulled(version):
    inner()
    with closed.silence():
        helm = connected(version)
        for repo, files in carried().items():
            equal({f"{name}-{number}.tgz" for name, number in helm.versions(repo)}, set(files), repo)
            into, names = temporary(), some(version, sorted(files))
            urls = [f"{KNOWN[repo]}/charts/{quote(name, safe='+')}" for name in names]
            for first in range(0, len(urls), PULLS_PER_PROCESS):
                helm("pull", *urls[first:first + PULLS_PER_PROCESS], "--destination", into)
            equal({path.name: digest(path.read_bytes()) for path in into.iterdir()},
                  {name: digest(files[name].read_bytes()) for name in names})


@table(*ALL)
def signed_ones_are_verified(version):
    inner()
    with closed.silence():
        for name in ("signed", "sealed"):
            said = connected(version)("pull", f"apps/{name}", "--verify", "--keyring", key().public,
                                      "--destination", temporary())
            contains(said, Key.name)


def without_vendored(archive):
    folder = unpack(archive.read_bytes(), temporary())
    shutil.rmtree(folder / "charts", ignore_errors=True)
    return folder


def vendored(folder):
    return {path.name: digest(path.read_bytes()) for path in (folder / "charts").iterdir()}


@table(*[(f"{name} helm {version}", name, version)
         for version, _ in ALL for name in some(version, UMBRELLAS)])
def dependencies_of_real_umbrellas(name, version):
    """Unchanged: the addresses in them are those of the internet."""
    inner()
    archive = carried()["stable"][f"{name}.tgz"]
    folder = without_vendored(archive)
    with closed.silence():
        connected(version)("dependency", "build", folder)
    equal(vendored(folder), {file: digest(carried()["stable"][file].read_bytes()) for file in locked(archive)})


@table(*ALL)
def dependencies_of_a_new_umbrella(version):
    inner()
    folder = without_vendored(made()["umbrella-1.0.0.tgz"])
    with closed.silence():
        connected(version)("dependency", "update", folder)
        first = vendored(folder)
        shutil.rmtree(folder / "charts")
        connected(version)("dependency", "build", folder)
    equal(vendored(folder), first)
    equal(set(first), {"redis-7.0.0.tgz", "signed-1.0.0.tgz"})


# ---- what helm renders ----

def told(helm, *line):
    """None: it went well; else what it says is wrong, in the order of no map."""
    done = subprocess.run([helm.program, *map(str, line)], env=helm.environment, capture_output=True, text=True,
                          errors="replace", timeout=300, check=False)
    errors = done.stderr[done.stderr.find("Error:"):]
    return None if done.returncode == 0 else sorted(errors.splitlines())


@table(("install --dry-run=client helm 4.3.1", "4.3.1", ("install", "--dry-run=client")),
       ("template helm 3.22.0", "3.22.0", ("template",)), ("template helm 3.12.3", "3.12.3", ("template",)))
def every_version_is_rendered(version, verb):
    """Or refused as it is outside."""
    inner()
    helm, refused, count = connected(version), [], 0
    with closed.silence():
        for repo, files in carried().items():
            for file in some(version, sorted(files)):
                name, number = versions(repo)[file]
                count += 1
                inside = told(helm, *verb, "release", f"{repo}/{name}", "--version", number)
                if inside is not None:
                    refused.append(file)
                    equal(inside, told(helm, *verb, "release", files[file]), file)
    print(f"# {count - len(refused)} of {count} are rendered; helm {version} refuses {', '.join(refused) or 'none'}")
    assert len(refused) < count / 4, refused


# ---- the log, the catalog ----

@test
def the_log_inside_verifies():
    """From its first event, by the program and by the script for strangers."""
    inner()
    must("log", "--verify", "--data", inner().data)
    note = inner().get("/api/v1/checkpoint").body
    _, size, root = verify_log.checkpoint(note, inner().get("/api/v1/checkpoint/key").body.decode().strip())
    for seq in (1, size // 2, size):
        verify_log.included(json.loads(inner().get(f"/api/v1/log/inclusion?seq={seq}&size={size}").body), root)


@test
def every_page_and_what_a_browser_loads_by_itself():
    inner()
    with closed.silence():
        seen = Crawl(inner(), PAGES, 1_500 if LONG else 40)
        seen.follow("/", "/repos", "/search?q=redis", "/upload", "/admin", "/admin/events", "/sitemap.xml")
    print(f"# {len(seen.answers)} addresses, {len(seen.pages)} of them pages")
    equal(seen.failed, {})
    equal(seen.loads_of_others, {})
    equal(seen.policies_that_allow_others, {})
    assert len(seen.pages) > (500 if LONG else 100), len(seen.pages)


@test
def every_address_of_the_api():
    """Of the description each GET, with a chart in it."""
    inner()
    spec = inner().get("/api/v1/openapi.yaml").body.decode()
    seen = Crawl(inner())
    with closed.silence():
        found = seen.api(spec, repo="stable", name="redis", version="7.0.0", file="redis-7.0.0.tgz")
    answered = [path for path, status in found.items() if status == 200]
    print(f"# {len(answered)} of {len(found)} addresses answer 200")
    equal([(path, status) for path, status in found.items() if status >= 500], [])
    assert len(answered) > 80, found


# ---- the suite of the inner side ----

# What asks others is the outer side's: it looks up names, which are counted.
OUTER = ("upstream", "outgoing", "follow", "hook", "mirror", "trips")


def programs():
    if LONG:
        return sorted(path.name for path in (TOP / "tests/wire").glob("test_*.py")
                      if not any(word in path.name for word in OUTER))
    return [] if SANITIZED else ["test_shadow.py"]


@table(*((name, name) for name in programs()))
def inside(name):
    done = subprocess.run([sys.executable, closed.__file__, TOP / "tests/wire" / name], capture_output=True,
                          text=True, errors="replace", check=False)
    equal(done.returncode, 0, done.stdout[-4000:] + done.stderr[-1000:])


# ---- the counter ----

@table(("an address", "http://93.184.216.34/charts", "tcp 93.184.216.34:80"),
       ("an IPv6 address", "http://[2606:2800:220:1::1]/charts", "tcp 2606:2800:220:1::1:80"),
       ("a name", "https://charts.example.org",
        "udp 10.255.255.53:53, which is asked for charts.example.org"))
def a_request_is_counted(url, packet):
    """Of a server, so that its silence says something."""
    closed.enter(HOSTS)
    server, seen = Server(), []
    body = json.dumps({"name": "up", "upstream": url, "mode": "catalog", "refresh_minutes": 0})
    equal(server.request("POST", "/api/v1/repos", body).status, 201)
    server.request("POST", "/api/v1/upstreams/up/refresh", "{}")
    assert settled(lambda: seen.extend(closed.sent()) or packet in seen), seen
    server.kill()
    assert settled(lambda: not closed.sent())


if __name__ == "__main__":
    main()
