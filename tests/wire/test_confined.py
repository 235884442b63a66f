#!/usr/bin/env python3
"""The program under what its units allow (tests/lib/confined.py): it serves, follows, sends, renders, reads its
settings again, backs up and carries over, and nothing of it is refused by the kernel."""
import json
import shutil
import signal
import subprocess
from pathlib import Path

from wire import equal
import confined
from bundles import Outer
from chart_server import ChartServer
from people import PASSWORD, basic
from receiver import Receiver
from harness import TOP, Server, chart, command, digest, main, settled, table, temporary, test

UNITS = (TOP / "deploy/systemd/chartlocker.service", *sorted((TOP / "deploy/airgap").glob("*.service")))
SERVICE, IMPORT = UNITS[0], TOP / "deploy/airgap/chartlocker-import.service"
# What a sanitizer's build looks for leaks with at the end is a debugger of its own process.
ENVIRONMENT = {"ASAN_OPTIONS": "detect_leaks=0"}
REFUSED = ("Operation not permitted", "not supported by protocol", "request.failed")
TEMPLATE = b"image: {{ regexReplaceAll \"a+\" .Values.image \"b\" }}\n"
CHART = chart("demo", "1.1.0", files={"values.yaml": b"image: aaa/web:1.0\n", "templates/web.yaml": TEMPLATE,
                                      "README.md": b"# Demo\n", "CHANGELOG.md": b"# 1.1.0\n- more\n"})
PAGES = ("/", "/index.yaml", "/charts/demo-1.1.0.tgz", "/search?q=demo", "/packages/main/demo", "/repos/main",
         "/packages/main/demo/1.1.0/values", "/packages/main/demo/1.1.0/templates",
         "/packages/main/demo/1.1.0/dependencies", "/packages/main/demo/compare/1.0.0...1.1.0", "/feed",
         "/api/v1/charts/main/demo/1.1.0/images", "/api/v1/charts/main/demo/1.1.0/readiness", "/metrics",
         "/api/chartsvc/v1/charts/search?q=demo", "/badge/main/demo", "/api/v1/repos")


@table(*((unit.name, unit) for unit in UNITS))
def t_ops_08_the_filter_is_one(unit):
    """What no program of ours needs is refused: else the row below proves nothing."""
    done = subprocess.run(confined.wrap(unit), capture_output=True, text=True, check=False)
    equal((done.stdout.split(), done.stderr), (["EAFNOSUPPORT"] * 2 + ["EPERM"] * 3, ""))


def folder_of_anybody():
    folder = temporary()
    folder.chmod(0o777)
    return folder


def busy(server, upstream, receiver):
    root = basic("root", PASSWORD)
    for archive in (chart("demo"), CHART):
        equal(server.publish(archive, headers=root).status, 201)
    port = upstream.url.rpartition(":")[2]
    for path, body in (("upstreams", {"name": "up", "url": f"http://localhost:{port}", "allow_private": True,
                                      "mode": "proxy", "refresh_minutes": 0}),
                       ("repos", {"name": "all", "members": "main up"}),
                       ("hooks", {"name": "one", "url": receiver.url, "allow_private": True})):
        equal(server.request("POST", f"/api/v1/{path}", json.dumps(body), root).status, 201)
    answer = server.request("POST", "/api/v1/upstreams/up/refresh", "{}", root)
    equal(json.loads(answer.body)["ok"], True, answer.body)
    for path in (*PAGES, "/up/charts/demo-2.0.0.tgz", "/all/index.yaml"):
        answer = server.get(path, root)
        equal((path, answer.status), (path, 200), answer.body[:500])
    equal(server.request("POST", "/api/v1/hooks/one/test", None, root).status // 100, 2)
    receiver.wait(1)
    equal(server.request("DELETE", "/api/charts/demo/1.0.0", None, root).status, 200)


@test
def t_ops_08_the_service_works():
    folder, upstream, receiver = folder_of_anybody(), ChartServer(), Receiver()
    upstream.put("demo", "2.0.0")
    wrap = confined.wrap(SERVICE)
    data = folder / "data"
    made = command("user", "add", "root", "--data", data, "--role", "admin:*", "--password-stdin", wrap=wrap,
                   stdin=PASSWORD, env=ENVIRONMENT)
    equal(made.returncode, 0, made.stderr)
    server = Server(data=data, wrap=wrap, env=ENVIRONMENT, args=("--set", "scrub.interval=1s", "--set", "log.level=debug"))
    busy(server, upstream, receiver)
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded" in server.log() and "scrub" in server.log())
    (folder / "bundles").mkdir()
    (folder / "bundles").chmod(0o777)
    for line in (("backup", "--data", data, folder / "backup"), ("fsck", "--data", data),
                 ("keys", "generate", "--data", data), ("log", "--verify", "--data", data),
                 ("bundle", "create", "--repo", "main", "--data", data, "-o", folder / "bundles")):
        done = command(*line, wrap=wrap, env=ENVIRONMENT)
        equal(done.returncode, 0, f"{line}: {done.stdout}{done.stderr}")
    server.stop()
    equal([line for line in server.log().splitlines() if any(word in line for word in REFUSED)], [])


@test
def t_ops_08_an_import():
    """Of the unit that brings in what comes over an air gap."""
    outer, inner, stick = Outer(CHART), folder_of_anybody() / "inner", folder_of_anybody()
    outer.create(into=stick)
    wrap, key = confined.wrap(IMPORT), Path(shutil.copy(outer.key, stick))
    for file in stick.iterdir():
        file.chmod(0o644)
    for line in (("keys", "trust", key), ("bundle", "import", stick)):
        done = command(*line, "--data", inner, wrap=wrap, env=ENVIRONMENT)
        equal(done.returncode, 0, f"{line}: {done.stdout}{done.stderr}")
    equal(Server(inner).index()["entries"]["demo"][0]["digest"], digest(CHART))


if __name__ == "__main__":
    main()
