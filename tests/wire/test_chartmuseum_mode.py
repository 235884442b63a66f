#!/usr/bin/env python3
"""chartlocker chartmuseum: a ChartMuseum's storage is taken over and left as it is, and what
ChartMuseum's clients and its acceptance suite see is what they see here.
Long because it goes along ChartMuseum's own list of behaviours."""
import functools
import gzip
import json
import os
import re
import shutil
import signal
import ssl
import subprocess

from wire import contains, equal, shared
from certificates import authority
from harness import (PROGRAM, Server, chart, chart_of_size, clean_environment, cleanup, command, digest, form,
                     main, multipart, must, provenance, real_charts, settled, table, temporary, test)
from museum import Museum

CREATED = "2024-02-03T04:05:06.789012345Z"
STORED_AT = 1_700_000_000_123_456_789       # the time of a file, in nanoseconds
STORED_AT_TEXT = "2023-11-14T22:13:20.123456789Z"


def put(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
    os.utime(path, ns=(STORED_AT - 10**9, STORED_AT))


def statefile(entries, created):
    """index-cache.yaml as ChartMuseum writes it."""
    text = "apiVersion: v1\nentries:\n"
    for name, version, archive in entries:
        text += (f"  {name}:\n  - apiVersion: v2\n    created: \"{created}\"\n"
                 f"    digest: {digest(archive)}\n    name: {name}\n    urls:\n"
                 f"    - charts/{name}-{version}.tgz\n    version: {version}\n")
    return (text + 'generated: "2024-02-03T04:05:07Z"\nserverInfo: {}\n').encode()


def traces(storage):
    """All that can be told of ChartMuseum's own files, without reading them."""
    found = {}
    for path in [storage, *storage.rglob("*")]:
        if ".chartlocker" not in path.parts:
            at = path.lstat()
            found[str(path)] = (at.st_ino, at.st_mode, at.st_uid) if path == storage else (
                at.st_ino, at.st_mode, at.st_uid, at.st_nlink, at.st_size, at.st_mtime_ns,
                at.st_ctime_ns, at.st_atime_ns)
    return found


def created(server, repo, name, version="1.0.0"):
    entries = server.index(repo)["entries"][name]
    return next(entry["created"] for entry in entries if entry["version"] == version)


def report(server):
    """The numbers of the log's line about what was adopted."""
    line = re.search(r"adopt\.done (.*)", server.log())[1]
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}


# ---- adopting ----

@functools.cache
def real_storage():
    """../shared/charts at depth 2, with a statefile, a provenance file and what else lies about."""
    storage = temporary(keep=True) / "storage"
    for number, file in enumerate(real_charts()):
        tenant = storage / "cm" / file.parent.name
        tenant.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, tenant / file.name)
        if number % 100 == 0:
            name, version = re.fullmatch(r"(.+?)-(v?\d+\..*)\.tgz", file.name).groups()
            put(tenant / f"{file.name}.prov", provenance(file.read_bytes(), name, version))
    ours = chart("ours")
    put(storage / "cm/stable/ours-1.0.0.tgz", ours)
    put(storage / "cm/stable/index-cache.yaml", statefile([("ours", "1.0.0", ours)], CREATED))
    put(storage / "README.txt", b"hello")
    put(storage / "cm/stable/broken-1.0.0.tgz", b"no archive")
    put(storage / "cm/stable/gone-1.0.0.tgz.prov", b"alone")
    put(storage / "cm/stable/.hidden", b"")
    put(storage / "above-1.0.0.tgz", chart("above"))
    put(storage / "cm/stable/deeper/below-1.0.0.tgz", chart("below"))
    put(storage / "cm/UPPER/x-1.0.0.tgz", chart("x"))
    (storage / "cm/stable/link-1.0.0.tgz").symlink_to("ours-1.0.0.tgz")
    return storage


def real_files(storage):
    return [path for path in sorted((storage / "cm").glob("*/*.tgz")) if path.is_file() and
            not path.is_symlink() and path.parent.name != "UPPER" and "broken" not in path.name]


@test
def every_real_chart_is_served_and_nothing_changes():
    storage = real_storage()
    before = traces(storage)
    server = Museum(storage, "--depth=2")
    files = real_files(storage)
    equal(report(server), {"adopted": len(files), "known": 0, "passed_by": 8})
    link = server.connection()
    for path in files:
        repo = f"cm/{path.parent.name}"
        answer = server.get(f"/{repo}/charts/{path.name.replace('+', '%2B')}", connection=link)
        equal((answer.status, digest(answer.body)), (200, digest(path.read_bytes())), path)
    provs = list(storage.glob("cm/*/*.tgz.prov"))
    assert len(provs) > 10, provs
    for path in provs:
        answer = server.get(f"/cm/{path.parent.name}/charts/{path.name.replace('+', '%2B')}")
        expected = (404, None) if "gone" in path.name else (200, path.read_bytes())
        equal((answer.status, answer.body if expected[1] else None), expected, path)
    equal(created(server, "cm/stable", "ours"), CREATED)
    for told in ("README.txt", "broken-1.0.0.tgz", "gone-1.0.0.tgz.prov", ".hidden", "deeper",
                 "above-1.0.0.tgz", "UPPER", "link-1.0.0.tgz"):
        contains(server.log(), told)
    after = traces(storage)      # reading them above left an access time: that was this test
    equal({path: trace[:-1] for path, trace in after.items()},
          {path: trace[:-1] for path, trace in before.items()})


def small_storage(depth=0, more=None):
    storage = temporary() / "storage"
    tenant = storage.joinpath(*["org", "team"][:depth])
    put(tenant / "demo-1.0.0.tgz", chart())
    for name, data in (more or {}).items():
        put(tenant / name, data)
    return storage, "/".join(["org", "team"][:depth])


@table(("depth 0", 0), ("depth 1", 1), ("depth 2", 2))
def adopting_touches_nothing(depth):
    storage, repo = small_storage(depth, {"demo-1.0.0.tgz.prov": provenance(chart()),
                                          "index-cache.yaml": statefile(
                                              [("demo", "1.0.0", chart())], CREATED)})
    before = traces(storage)
    server = Museum(storage, f"--depth={depth}")
    equal(created(server, repo, "demo"), CREATED)
    equal(server.get(f"/{repo}/charts/demo-1.0.0.tgz.prov".replace("//", "/")).body,
          provenance(chart()))
    equal(report(server), {"adopted": 1, "known": 0, "passed_by": 0})
    equal(traces(storage), before)


@test
def without_a_statefile_a_chart_is_as_old_as_its_file():
    storage, _ = small_storage()
    equal(created(Museum(storage), "", "demo"), STORED_AT_TEXT)


@table(("no index", b"a: ["), ("another version in it", statefile([("x", "1.0.0", b"")], CREATED)))
def a_statefile_that_does_not_help(text):
    storage, _ = small_storage(more={"index-cache.yaml": text})
    equal(created(Museum(storage), "", "demo"), STORED_AT_TEXT)


@test
def disable_statefiles_does_not_ask_it():
    storage, _ = small_storage(more={"index-cache.yaml": statefile(
        [("demo", "1.0.0", chart())], CREATED)})
    equal(created(Museum(storage, "--disable-statefiles"), "", "demo"), STORED_AT_TEXT)


@test
def a_created_time_with_an_offset():
    storage, _ = small_storage(more={"index-cache.yaml": statefile(
        [("demo", "1.0.0", chart())], "2024-02-03T06:05:06.789012345+02:00")})
    equal(created(Museum(storage), "", "demo"), CREATED)


@test
def depth_dynamic_takes_every_depth():
    storage, _ = small_storage()
    put(storage / "one/demo-1.0.0.tgz", chart())
    put(storage / "one/two/demo-1.0.0.tgz", chart())
    server = Museum(storage, "--depth-dynamic")
    for repo in ("", "one", "one/two"):
        assert "demo" in server.index(repo)["entries"], repo


@test
def a_bad_provenance_file_keeps_no_chart_out():
    storage, _ = small_storage(more={"demo-1.0.0.tgz.prov": provenance(b"other bytes")})
    server = Museum(storage)
    equal(server.get("/charts/demo-1.0.0.tgz").status, 200)
    equal(server.get("/charts/demo-1.0.0.tgz.prov").status, 404)
    contains(server.log(), "the provenance file states sha256:")


@test
def a_link_to_the_storage_is_followed():
    storage, _ = small_storage()
    link = temporary() / "charts"
    link.symlink_to(storage)
    for named in (link, f"{link}/"):
        museum = Museum(named)
        equal(list(museum.index()["entries"]), ["demo"])
        museum.stop()
    assert link.is_symlink()


@test
def the_next_start_adopts_what_is_new():
    storage, _ = small_storage(more={"other-1.0.0.tgz": chart("other")})
    server = Museum(storage)
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
    server.stop()
    put(storage / "new-1.0.0.tgz", chart("new"))
    server = Museum(storage)
    equal(report(server), {"adopted": 1, "known": 2, "passed_by": 0})
    equal(sorted(server.index()["entries"]), ["new", "other"])
    server.stop()
    equal(report(Museum(storage)), {"adopted": 0, "known": 3, "passed_by": 0})


@test
def what_has_other_bytes_at_the_next_start_is_told():
    files = {name: f"{name}-1.0.0.tgz" for name in ("larger", "newer", "touched", "same")}
    storage, _ = small_storage(more={file: chart(name) for name, file in files.items()})
    Museum(storage).stop()
    put(storage / files["larger"], chart("larger", description="much more to say"))
    newer = bytearray(chart("newer"))
    newer[-1] ^= 1
    (storage / files["newer"]).write_bytes(newer)
    (storage / files["touched"]).touch()
    server = Museum(storage)
    told = re.findall(r"adopt\.passed_by path=\S*/(\S+)\.tgz\S* .*has other bytes", server.log())
    equal(sorted(told), ["larger-1.0.0", "newer-1.0.0"])
    equal(server.get("/charts/newer-1.0.0.tgz").body, chart("newer"))
    equal(report(server), {"adopted": 0, "known": 5, "passed_by": 0})


@test
def going_back_finds_what_was_there():
    storage, _ = small_storage()
    server = Museum(storage)
    equal(server.publish(chart(version="2.0.0")).status, 201)
    equal(server.publish(chart(description="other"), headers={}).status, 409)
    server.stop()
    equal([path.name for path in storage.iterdir() if path.name != ".chartlocker"],
          ["demo-1.0.0.tgz"])
    equal((storage / "demo-1.0.0.tgz").read_bytes(), chart())


@table(("a copy", (), 1), ("with --link", ("--link",), 2))
def what_adopting_makes(flags, links):
    storage, _ = small_storage()
    Museum(storage, *flags)
    before, ours = (path.stat() for path in (
        storage / "demo-1.0.0.tgz", storage / ".chartlocker/repos/main/charts/demo-1.0.0.tgz"))
    equal((before.st_nlink, before.st_ino == ours.st_ino), (links, links == 2))
    equal((before.st_mtime_ns, before.st_mode & 0o777), (STORED_AT, 0o644))


@test
def a_large_chart_is_adopted():
    """There --max-upload-size=50000000 let it in."""
    storage = temporary() / "storage"
    put(storage / "big-1.0.0.tgz", chart_of_size(24 << 20))
    server = Museum(storage)
    equal(report(server), {"adopted": 1, "known": 0, "passed_by": 0})


@test
def a_storage_that_does_not_exist_is_made():
    storage = temporary() / "not" / "there"
    server = Museum(storage)
    equal(server.index()["entries"], {})
    equal(server.publish(chart()).status, 201)


@test
def fsck_has_nothing_to_say_of_what_was_adopted():
    storage, _ = small_storage(2, {"demo-1.0.0.tgz.prov": provenance(chart())})
    server = Museum(storage, "--depth=2")
    must("fsck", "--data", server.data)
    server.stop()
    must("fsck", "--data", server.data)
    index = server.data / "repos/org/team/index.yaml"
    before = index.read_bytes()
    contains(before, b'"entries"')
    contains(before, b'"serverInfo"')
    must("rebuild", "--data", server.data)      # by what the server left
    equal(index.read_bytes(), before)


# ---- as ChartMuseum answers ----

ACCEPTANCE = (("mychart", "0.0.1"), ("mychart", "0.1.0"), ("mychart", "0.2.0"),
              ("mychart2", "0.1.0-SNAPSHOT-1"), ("mychart-service", "0.0.1"),
              ("mychart-service", "0.1.0"), ("otherchart", "0.1.0"))


@table(("depth 0", 0), ("depth 1", 1), ("depth 2", 2))
def acceptance_suite(depth):
    """chartmuseum.md, section 6.1: every request of a passing run, in order."""
    repo = "/".join(["org", "team"][:depth])
    slash = f"{repo}/" if repo else ""
    server = Museum(temporary() / "storage", "--debug", f"--depth={depth}")
    equal(server.index(repo)["entries"], {})
    for name, version in ACCEPTANCE:
        answer = server.publish(chart(name, version), repo)
        equal((answer.status, json.loads(answer.body)["saved"]), (201, True), name)
    for name, version in ACCEPTANCE:
        prov = provenance(chart(name, version), name, version)
        equal(server.request("POST", f"/api/{slash}prov", prov).status, 201, name)
    evil = chart("../../../../charts/org2/repo2/evil", "0.1.0")
    equal(server.publish(evil, repo).status, 400)
    bad = provenance(evil, "../../../../charts/org2/repo2/evil", "0.1.0")
    equal(server.request("POST", f"/api/{slash}prov", bad).status, 400)
    equal(sorted(server.index(repo)["entries"]), sorted({name for name, _ in ACCEPTANCE}))
    equal(server.get(f"/{slash}charts/mychart-0.2.0.tgz").body, chart("mychart", "0.2.0"))
    equal(server.get(f"/{slash}charts/mychart-0.2.0.tgz.prov").status, 200)
    for name, version in ACCEPTANCE:
        cut_name, _, cut_version = f"{name}-{version}".rpartition("-")
        answer = server.request("DELETE", f"/api/{slash}charts/{cut_name}/{cut_version}")
        equal((answer.status, json.loads(answer.body)["deleted"]), (200, True), name)
    equal(server.index(repo)["entries"], {})
    for name, version in ACCEPTANCE:
        equal(server.get(f"/{slash}charts/{name}-{version}.tgz").status, 404)


@test
def acceptance_suite_of_cm_push():
    """Section 6.1, the end: files are removed behind the server's back and pushed again."""
    storage = temporary() / "storage"
    server = Museum(storage)
    stored = storage / ".chartlocker/repos/main/charts/demo-1.0.0.tgz"
    for archive in (chart(), chart(description="repackaged"), chart(), chart()):
        equal(server.request("POST", "/api/charts", *form(archive)).status, 201)
        equal(stored.read_bytes(), archive)
        equal(server.get("/charts/demo-1.0.0.tgz").body, archive)
        entry, = server.index()["entries"]["demo"]
        equal(entry["digest"], digest(archive))
        stored.unlink()
    equal(server.publish(chart(description="last")).status, 201)
    equal(server.publish(chart(description="not so")).status, 409)


@test
def a_removed_provenance_file_may_come_again():
    storage = temporary() / "storage"
    server = Museum(storage)
    equal(server.publish(chart()).status, 201)
    prov = provenance(chart())
    equal(server.request("POST", "/api/prov", prov).status, 201)
    (storage / ".chartlocker/repos/main/charts/demo-1.0.0.tgz.prov").unlink()
    other = prov.replace(b"SHA512", b"SHA256")
    equal(server.request("POST", "/api/prov", other).status, 201)
    equal(server.get("/charts/demo-1.0.0.tgz.prov").body, other)


@test
def a_deleted_version_returns_with_other_bytes():
    server = Museum(temporary() / "storage")
    for description in ("one", "two", "three"):
        archive = chart(description=description)
        equal(server.publish(archive).status, 201)
        equal(server.get("/charts/demo-1.0.0.tgz").body, archive)
        equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 200)
        equal(server.get("/charts/demo-1.0.0.tgz").status, 404)
    equal(server.publish(chart(description="two")).status, 201)
    must("fsck", "--data", server.data)


@test
def a_push_makes_a_deleted_tenant_again_unless_it_was_private():
    server = Museum(temporary() / "storage", "--depth=1")
    must("repo", "create", "secret", "--private", "--data", server.data)
    for repo, status in (("team", 201), ("secret", 404)):
        equal(server.publish(chart(), repo).status, 201)
        must("repo", "delete", repo, "--confirm", repo, "--data", server.data)
        equal(server.publish(chart(description="other"), repo).status, status)


OVERWRITES = (("nothing", (), "", 409), ("?force", (), "?force", 201),
              ("?force=false", (), "?force=false", 201),
              ("--disable-force-overwrite", ("--disable-force-overwrite",), "?force", 409),
              ("--allow-overwrite", ("--allow-overwrite",), "", 201),
              ("both flags", ("--allow-overwrite", "--disable-force-overwrite"), "", 201))


@table(*OVERWRITES)
def other_bytes(flags, query, status):
    server = Museum(temporary() / "storage", *flags)
    equal(server.publish(chart()).status, 201)
    answer = server.request("POST", f"/api/charts{query}", chart(description="other"))
    equal(answer.status, status, answer.body)
    if status == 409:
        equal(json.loads(answer.body)["error"], "file already exists")
        answer = server.request("POST", f"/api/charts{query}", *form(chart(description="other")))
        equal(json.loads(answer.body)["error"], "chart already exists")


@functools.cache
def plain():
    return Museum(temporary(keep=True) / "storage", keep=True)


@table(("one segment", "/unknown"), ("two segments", "/un/known"))
def an_unknown_tenant_is_an_empty_index(repo):
    for method in ("GET", "HEAD"):
        equal(plain().request(method, f"{repo}/index.yaml").status, 200)
    answer = plain().get(f"{repo}/index.yaml")
    index = json.loads(answer.body)
    equal((index["apiVersion"], index["entries"], index["serverInfo"]), ("v1", {}, {}))
    equal(answer.headers["Content-Type"], "application/x-yaml")
    assert not (plain().data / f"repos{repo}").exists(), "asking made it"


@test
def pushing_makes_a_tenant():
    equal(plain().publish(chart(), "made/here").status, 201)
    equal(sorted(plain().index("made/here")["entries"]), ["demo"])


@table(("at the root", "/charts/x.bad"), ("of a tenant", "/a/b/charts/x.bad"))
def no_file_of_a_chart_is_404(path):
    equal(plain().get(path).status, 404)


@table(("Host", {"Host": "charts.example.org"}), ("Origin", {"Origin": "http://elsewhere"}),
       ("X-Forwarded-For", {"X-Forwarded-For": "192.0.2.1"}), ("Forwarded", {"Forwarded": "for=x"}))
def pushing_through_a_proxy(headers):
    name = f"by-{next(iter(headers)).lower()}"
    equal(plain().request("POST", "/api/charts", chart(name), headers).status, 201)


@test
def managing_repositories_is_not_open():
    answer = plain().request("POST", "/api/v1/repos", b'{"name":"mine"}',
                             {"X-Forwarded-For": "192.0.2.1", "Content-Type": "application/json"})
    equal(answer.status, 403, answer.body)


@test
def open_to_all_is_said():
    contains(plain().log(), "anyone who reaches it may publish and delete here")
    contains(plain().log(), "WARN serve.open")


@table(("of a tenant", "/org1/health"), ("of two segments", "/org1/repo1/health"),
       ("info", "/org1/info"), ("info of two", "/org1/repo1/info"))
def health_below_a_tenant(path):
    equal(plain().get(path).body, plain().get("/" + path.rpartition("/")[2]).body)
    equal(plain().get(path).status, 200)
    equal(shared().get(path).status, 404, "it is ChartMuseum's")


@test
def the_index_has_server_info():
    server = Museum(temporary() / "storage")
    equal(server.index()["serverInfo"], {})
    equal(server.publish(chart()).status, 201)
    equal(server.index()["serverInfo"], {})
    zipped = server.get("/index.yaml", headers={"Accept-Encoding": "gzip"})
    equal(zipped.headers["Content-Encoding"], "gzip")
    contains(gzip.decompress(zipped.body), b'"serverInfo":{}')
    server.stop()
    equal(Museum(server.data.parent).index()["serverInfo"], {})


@table(("as it is", "/helm/v1"), ("with slashes to spare", "helm/v1/"))
def context_path(path):
    """helm cm-push asks the index where the API is (chartmuseum.md, section 3.1)."""
    server = Museum(temporary() / "storage", f"--context-path={path}")
    for prefix in ("/helm/v1", "/helm/v1/nobody"):
        index = json.loads(server.get(f"{prefix}/index.yaml").body)
        equal(index["serverInfo"], {"contextPath": "/helm/v1"})
    equal(server.request("POST", "/helm/v1/api/charts", chart()).status, 201)
    equal(server.get("/helm/v1/charts/demo-1.0.0.tgz").body, chart())
    equal(server.get("/helm/v1/health").status, 200)


@test
def cors_alloworigin():
    server = Museum(temporary() / "storage", env={"CORS_ALLOW_ORIGIN": "*"})
    answer = server.get("/index.yaml", headers={"Origin": "https://pages.example"})
    equal(answer.headers["Access-Control-Allow-Origin"], "*")


@test
def tls():
    certificate, key = authority(temporary(), "server")
    server = Museum(temporary() / "storage", f"--tls-cert={certificate}", f"--tls-key={key}",
                    tls=ssl.create_default_context(cafile=str(certificate)))
    assert server.url.startswith("https://"), server.url
    equal(server.get("/health").status, 200)


@test
def server_info_in_block_yaml():
    server = Museum(temporary() / "storage", env={"CHARTLOCKER_INDEX_FORMAT": "yaml"})
    for archive in (chart(), chart("other")):
        contains(server.get("/index.yaml").body.decode(), "\nserverInfo: {}\nentries:")
        equal(server.publish(archive).status, 201)


@test
def deleted_charts_are_never_immutable_for_caches():
    answer = Museum(small_storage()[0]).get("/charts/demo-1.0.0.tgz")
    equal(answer.headers["Cache-Control"], "no-cache")


# ---- what flags take away, or change ----

@test
def disable_api():
    storage, _ = small_storage()
    server = Museum(storage, "--disable-api")
    for method, path in (("POST", "/api/charts"), ("DELETE", "/api/charts/demo/1.0.0"), ("POST", "/api/prov"),
                         ("PUT", "/demo-1.0.0.tgz")):
        equal(server.request(method, path, chart()).status, 404, (method, path))
    equal(server.get("/charts/demo-1.0.0.tgz").status, 200)
    equal(list(server.index()["entries"]), ["demo"])


@test
def t_imm_06_disable_delete():
    storage, _ = small_storage()
    server = Museum(storage, env={"DISABLE_DELETE": "true"})
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 404)
    equal(server.publish(chart("other")).status, 201)


@table(("by default", (), 404), ("--enable-metrics", ("--enable-metrics",), 200),
       ("--disable-metrics", ("--disable-metrics",), 404))
def metrics(flags, status):
    equal(Museum(temporary() / "storage", *flags).get("/metrics").status, status)


@test
def form_fields_of_other_names():
    server = Museum(temporary() / "storage", "--chart-post-form-field-name=c",
                    "--prov-post-form-field-name=p")
    for fields in (("c", "p"), ("chart", "prov")):
        archive = chart(f"by-{fields[0]}")
        body, kind = multipart([(fields[0], "x", archive),
                                (fields[1], "y", provenance(archive, f"by-{fields[0]}"))])
        equal(server.request("POST", "/api/charts", body, {"Content-Type": kind}).status, 201)
        equal(server.get(f"/charts/by-{fields[0]}-1.0.0.tgz.prov").status, 200)
    body, kind = multipart([("x", "x", chart())])
    answer = server.request("POST", "/api/charts", body, {"Content-Type": kind})
    equal((answer.status, json.loads(answer.body)["error"]),
          (400, "no package or provenance file found in form fields c and p"))


@test
def max_upload_size():
    server = Museum(temporary() / "storage", "--max-upload-size=2000")
    equal(server.publish(chart(files={"noise": os.urandom(4000)})).status, 413)
    equal(server.publish(chart()).status, 201)


@test
def log_json_and_debug():
    server = Museum(temporary() / "storage", "--log-json", "--debug")
    equal(server.get("/health").status, 200)
    server.stop()
    lines = [line for line in server.log().splitlines() if line.startswith("{")]
    assert "access" in {json.loads(line)["msg"] for line in lines}, lines


# ---- the command ----

@test
def under_the_name_chartmuseum():
    name = temporary() / "chartmuseum"
    name.symlink_to(PROGRAM)
    server = Museum(small_storage()[0], name=name)
    equal(list(server.index()["entries"]), ["demo"])


@test
def environment_and_file():
    storage, repo = small_storage(1)
    settings = temporary() / "museum.yaml"
    settings.write_text(f"storage:\n  backend: local\n  local:\n    rootdir: {storage}\n"
                        "depth: 2\nlisten.host: 127.0.0.1\n")
    server = Server(data=storage / ".chartlocker", line=[PROGRAM, "chartmuseum"],
                    env={"CONFIG": str(settings), "DEPTH": "1", "PORT": "0"})
    equal(list(server.index(repo)["entries"]), ["demo"])


@test
def the_settings_are_kept_and_go_on():
    storage, _ = small_storage()
    flags = ("--disable-delete", "--max-upload-size=3000")
    Museum(storage, *flags).stop()
    file = storage / ".chartlocker/chartlocker.yaml"
    printed = must("config", "print", "--config", file)
    equal(must("config", "print", "--data", file.parent), printed)
    for name, value in (("data", file.parent), ("chartmuseum", "true"), ("api.deletes", "false"),
                        ("upload.max_bytes", "3000"), ("overwrite", "true")):
        assert re.search(rf"^{re.escape(name)} +{re.escape(str(value))} ", printed, re.M), name
    line = [PROGRAM, "serve", "--config", file, "--listen", "127.0.0.1:0"]
    server = Server(data=file.parent, line=line)
    equal(list(server.index()["entries"]), ["demo"])
    equal(server.index("no/body")["entries"], {})
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 404)
    shown = must("chartmuseum", "--print-config", "--listen-host=127.0.0.1", "--port=0", *flags,
                 "--storage=local", f"--storage-local-rootdir={storage}")
    equal(shown, file.read_text())
    with_account = must("chartmuseum", "--print-config", "--storage=local", f"--storage-local-rootdir={storage}",
                        "--basic-auth-user=ci", "--basic-auth-pass=sesame-open")
    contains(with_account, f"#   chartlocker user list --data {file.parent}\n")
    assert "sesame" not in with_account
    contains(file.read_text(), "each start of it writes this file again.\n")
    server.stop()
    file.write_text(file.read_text().replace("api.deletes", "# api.deletes"))
    server = Server(data=file.parent, line=line)
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 200, "what is changed there stays for serve")
    contains(file.read_text(), "# api.deletes")


@test
def sighup_keeps_what_the_flags_said():
    storage = temporary() / "storage"
    file = storage.parent / "cm.yaml"
    file.write_text("debug: true\n")
    server = Museum(storage, "--disable-delete", "--max-upload-size=2000", f"--config={file}")
    file.write_text("no: [YAML\n")
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "WARN config.not_reloaded detail=\"ChartMuseum's flags, variables and file are read at the "
                   "start alone: restart it\"" in server.log())
    assert "config.reloaded" not in server.log()
    equal(server.publish(chart()).status, 201)
    equal(server.publish(chart(files={"noise": os.urandom(4000)})).status, 413)
    equal(server.request("DELETE", "/api/charts/demo/1.0.0").status, 404)
    equal(server.get("/nobody/index.yaml").status, 200)


REFUSALS = (
    ("no storage", (), "Missing required flags(s): --storage"),
    ("another storage", ("--storage=amazon", "--storage-amazon-bucket=b"), "use --storage=local"),
    ("bearer", ("--bearer-auth",), "chartlocker token create"),
    ("depth 3", ("--depth=3",), "one or two segments"),
    ("unknown flag", ("--prot=1",), "did you mean --port?"),
)


@table(*REFUSALS)
def it_does_not_start(flags, says):
    storage = temporary() / "storage"
    if flags and "amazon" not in flags[0]:
        flags = ("--storage=local", f"--storage-local-rootdir={storage}", *flags)
    result = command("chartmuseum", *flags)
    equal(result.returncode, 2, result.stderr)
    contains(result.stderr, says)
    assert not storage.exists(), "something was made all the same"


@table(("needless", "--cache-interval=5m", "--cache-interval is not needed: "),
       ("without an equivalent", "--cache=redis", "--cache has no effect: "))
def one_line_is_told(flag, says):
    server = Museum(temporary() / "storage", flag)
    equal(sum(says in line for line in server.log().splitlines()), 1)


@test
def gen_index_prints_and_ends():
    storage, _ = small_storage(more={"broken-1.0.0.tgz": b"no archive"})
    before = traces(storage)
    result = command("chartmuseum", "--gen-index", "--storage=local",
                     "--storage-local-rootdir", storage)
    equal(result.returncode, 0, result.stderr)
    contains(result.stdout, f'created: "{STORED_AT_TEXT}"')
    contains(result.stdout, '"charts/demo-1.0.0.tgz"')
    contains(result.stderr, "broken-1.0.0.tgz")
    contains(result.stdout, "\nserverInfo: {}\n")
    info = json.loads(must("chartmuseum", "--gen-index", "--json-index", "--context-path=/a",
                           "--storage=local", "--storage-local-rootdir", storage))["serverInfo"]
    equal(info, {"contextPath": "/a"})
    equal({path: trace[:-1] for path, trace in traces(storage).items()},
          {path: trace[:-1] for path, trace in before.items()})


@table(("help", "--help", "--storage-local-rootdir"),
       ("of every flag", "-h", "--log-latency-integer"),
       ("version", "--version", "Chartlocker version "),
       ("version, short", "-v", "Chartlocker version "))
def it_teaches(flag, says):
    contains(must("chartmuseum", flag), says)


@test
def a_signal_while_adopting_is_heeded():
    storage = temporary() / "storage"
    for number in range(1000):
        put(storage / f"demo-{number}-1.0.0.tgz", chart(f"demo-{number}"))
    log = storage.parent / "log"
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [PROGRAM, "chartmuseum", "--listen-host=127.0.0.1", "--port=0", "--storage=local",
             f"--storage-local-rootdir={storage}"], stdout=out, stderr=out, env=clean_environment())
    cleanup(process.kill)
    assert settled(lambda: "settings_kept" in log.read_text())
    process.terminate()
    equal(process.wait(60), 0, log.read_text())
    server = Museum(storage)
    counts = report(server)
    equal((counts["adopted"] + counts["known"], counts["passed_by"]), (1000, 0))
    equal(len(server.index()["entries"]), 1000)


if __name__ == "__main__":
    main()
