#!/usr/bin/env python3
"""chartlocker chartmuseum: what ChartMuseum's clients and its acceptance suite see is what they see here."""
import functools
import gzip
import json
import os
import re
import signal
import ssl

from wire import contains, equal, shared
from certificates import authority
from harness import (PROGRAM, Server, chart, command, digest, form, main, multipart, must, provenance, settled,
                     table, temporary, test)
from museum import Museum, STORED_AT_TEXT, created, small_storage, traces

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


if __name__ == "__main__":
    main()
