#!/usr/bin/env python3
"""The life of a version after its publish: yanked, brought back, purged, retained, counted, and the
quotas it counts for.
Long because its rows are steps of the same lives."""
import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path

from wire import Server, check_refusal, contains, demo_server, equal, metric, no_trace, versions
from lives import API, change, delete, events, listed, post, publish
from harness import (PROGRAM, chart, command, digest, form, holds, main, must, need, provenance, settled, table,
                     temporary, test)


def kept(running):
    return sorted(os.listdir(running.data / "quarantine"))


# ---- yank ----

@test
def t_imm_04_yanked_and_back():
    running = Server()
    archive = chart("a")
    publish(running, archive, chart("a", "1.1.0"))
    before = running.get("/index.yaml").body
    fields = change(running, "yank", "a", "1.1.0", reason='breaks "upgrades"')
    equal((fields["file"], fields["digest"], fields["used_by"]),
          ("a-1.1.0.tgz", digest(chart("a", "1.1.0")), []))
    equal(versions(running, "a"), ["1.0.0"])
    equal(running.get("/charts/a-1.1.0.tgz").body, chart("a", "1.1.0"))
    entry = listed(running)["a 1.1.0"]
    equal((entry["state"], entry["yank_reason"]), ("yanked", 'breaks "upgrades"'))
    equal(listed(running)["a 1.0.0"]["state"], "live")
    equal(change(running, "yank", "a", "1.1.0")["existing"], True)
    running.stop()
    running = Server(running.data)
    equal(versions(running, "a"), ["1.0.0"])
    change(running, "unyank", "a", "1.1.0")
    equal(json.loads(running.get("/index.json").body)["entries"], json.loads(before)["entries"])
    equal(events(running)[-2:], ["yank", "unyank"])
    must("fsck", "--data", running.data)


USER = {"dependencies": [{"name": "a", "version": "^1.0.0", "repository": "https://x.example/main"}]}
LOCK = b"""dependencies:
- name: a
  repository: https://x.example/main
  version: 1.0.0
digest: sha256:0000000000000000000000000000000000000000000000000000000000000000
generated: "2026-01-01T00:00:00Z"
"""


@test
def a_chart_of_which_everything_is_yanked():
    """Its pages show the newest with the reason; who wants one to install is told why there is none."""
    running = Server()
    publish(running, chart("a"), chart("a", "1.1.0"))
    change(running, "yank", "a", "1.0.0")
    change(running, "yank", "a", "1.1.0", reason="it loses data")
    for path, parts in (("", ["a 1.1.0", "<strong>Yanked.</strong> <bdi>it loses data</bdi>"]),
                        ("/versions", ["it loses data", 'href="/packages/main/a/1.0.0"', 'href="/packages/main/a/1.1.0"']),
                        ("/latest/dependencies", ["a 1.1.0"])):
        page = running.get(f"/packages/main/a{path}", {"Accept": "text/html"})
        equal(page.status, 200)
        for part in parts:
            contains(page.body.decode(), part)
        for link in re.findall(r'href="(/[^"#]*)', page.body.decode()):
            equal(running.get(link, {"Accept": "text/html"}).status in (200, 302), True, link)
    answer = running.get("/api/v1/charts/main/a/latest")
    equal((answer.status, json.loads(answer.body)["detail"]),
          (404, "all versions of a in main were yanked, the last one 1.1.0: it loses data"))
    equal(running.get("/packages/main/b", {"Accept": "text/html"}).status, 404)


@test
def yank_warns_with_who_uses_it():
    running = Server()
    publish(running, chart("a"), chart("a", "2.0.0"), chart("user", **USER),
            chart("locked", "0.1.0", {"Chart.lock": LOCK}, **USER), chart("vendored", dependencies=[
                {"name": "a", "version": "1.0.0", "repository": "file://../a"}]))
    with no_trace(running):
        fields = change(running, "yank", "a", query="?dry_run")
    users = sorted((u["chart"], u["version"], u["range"], u["locked"]) for u in fields["used_by"])
    equal(users, [("locked", "0.1.0", "^1.0.0", True), ("user", "1.0.0", "^1.0.0", False)])
    equal(fields["dry_run"], True)
    equal(change(running, "yank", "a", "2.0.0", query="?dry_run")["used_by"], [])
    done = command("yank", "--data", running.data, "a", "1.0.0", "--reason", "bad")
    equal((done.returncode, done.stdout), (0, "a 1.0.0: yank done\n"))
    contains(done.stderr, "used by main/locked 0.1.0 (^1.0.0, locked)")
    contains(done.stderr, "used by main/user 1.0.0 (^1.0.0)")


@table(*[(action, action) for action in ("yank", "unyank", "undelete", "purge")])
def what_is_not_there(action):
    running = demo_server()
    with no_trace(running):
        equal(change(running, action, "b", status=404)["code"], "not_found")
        equal(change(running, action, "../a", status=400)["code"], "invalid_request")
        equal(post(running, action, {"chart": "demo"}, 400)["code"], "invalid_request")
        equal(post(running, action, {"chart": "demo", "version": "1.0.0", "x": 1}, 400)["code"],
              "invalid_request")
        equal(post(running, action, {"chart": "demo", "version": "1.0.0"}, 404, repo="other")["code"],
              "repository_not_found")
        equal(change(running, action, "demo", status=400, reason="x" * 5000)["code"],
              "invalid_request")
        for field, value in (("version", 1.0), ("reason", 5), ("reason", {"text": "x"})):
            said = post(running, action, {"chart": "demo", "version": "1.0.0", field: value}, 400)
            contains(said["detail"], f"{field}: a string")


# ---- undelete ----

@test
def t_ops_09_undelete_within_the_window():
    running = Server()
    archive = chart("a")
    prov = provenance(archive, "a")
    equal(running.request("POST", "/api/charts", *form(archive, prov)).status, 201)
    created = running.index()["entries"]["a"][0]["created"]
    delete(running, "a")
    equal([name.split("~")[0] for name in kept(running)], ["deleted", "deleted"])
    equal(running.get("/charts/a-1.0.0.tgz").status, 404)
    equal(listed(running), {})
    equal(listed(running, "?state=deleted")["a 1.0.0"]["state"], "deleted")
    with no_trace(running):
        change(running, "undelete", "a", query="?dry_run")
    change(running, "undelete", "a")
    equal(kept(running), [])
    equal(running.get("/charts/a-1.0.0.tgz").body, archive)
    equal(running.get("/charts/a-1.0.0.tgz.prov").body, prov)
    equal(running.index()["entries"]["a"][0]["created"], created)
    equal(change(running, "undelete", "a")["existing"], True)
    equal(events(running)[-3:], ["delete", "undelete", "prov"])
    must("fsck", "--data", running.data)
    must("rebuild", "--data", running.data)
    equal(running.get("/charts/a-1.0.0.tgz").body, archive)


@test
def undelete_survives_a_rename_and_a_crash():
    running = Server()
    must("repo", "create", "old", "--data", running.data)
    equal(running.publish(chart("a"), "old").status, 201)
    equal(running.request("DELETE", "/api/old/charts/a/1.0.0").status, 200)
    must("repo", "rename", "old", "new", "--data", running.data)
    running.kill()
    running = Server(running.data)
    must("undelete", "--data", running.data, "--repo", "new", "a", "1.0.0")
    equal(running.get("/new/charts/a-1.0.0.tgz").body, chart("a"))


@test
def nothing_is_kept_without_a_window():
    running = Server()
    must("repo", "set", "main", "undelete_days=0", "--data", running.data)
    publish(running, chart("a"))
    delete(running, "a")
    equal(kept(running), [])
    equal(change(running, "undelete", "a", status=410)["code"], "gone")


@table(("another chart", "a-1.0.0.tgz", chart("a", description="other")),
       ("no archive", "a-1.0.0.tgz", b"rotten"),
       ("its provenance file", "a-1.0.0.tgz.prov", b"rotten"))
def what_was_kept_and_damaged_does_not_come_back(file, rotten):
    running, archive = Server(), chart("a")
    equal(running.request("POST", "/api/charts", *form(archive, provenance(archive, "a"))).status, 201)
    delete(running, "a")
    [name] = [name for name in kept(running) if name.endswith(file)]
    path = running.data / "quarantine" / name
    path.chmod(0o640)
    path.write_bytes(rotten)
    answer = change(running, "undelete", "a", status=503)
    equal(answer["code"], "chart_damaged")
    equal(versions(running, "a"), [])


# ---- purge ----

CANARY = "canary7f3a9"
SECRET = dict(description=f"{CANARY} in the description")


def secret_chart(version="1.0.0", values=CANARY):
    return chart("leak", version, {"values.yaml": f"token: {values}\n".encode()}, **SECRET)


def leave(running):
    pass


def leave_deleted(running):
    delete(running, "leak")


def leave_yanked(running):
    change(running, "yank", "leak")


def leave_overwritten(running):
    answer = running.request("POST", "/api/charts?force", secret_chart(values=CANARY + "again"))
    equal(answer.status, 201, answer.body)


def leave_damaged(running):
    """fsck puts what does not fit aside; the secret is in it still."""
    path = running.data / "repos/main/charts/leak-1.0.0.tgz"
    path.chmod(0o640)
    path.write_bytes(secret_chart(values=CANARY + "spoiled"))
    command("fsck", "--data", running.data, "--repair")
    equal(len(kept(running)), 1)


def leave_twice_deleted(running):
    delete(running, "leak")
    publish(running, secret_chart())
    delete(running, "leak")
    equal(len(kept(running)), 2)


@table(("live", leave), ("deleted", leave_deleted), ("yanked", leave_yanked),
       ("overwritten", leave_overwritten), ("damaged", leave_damaged),
       ("deleted twice", leave_twice_deleted))
def purged_leaves_nothing(before):
    running = Server(args=("--set", "overwrite=true"))
    publish(running, chart("other"), secret_chart())
    equal(running.get("/charts/leak-1.0.0.tgz").body, secret_chart())    # into the cache
    at = json.loads(running.get(f"{API}").body)["event"]
    contains(running.get(f"/@{at}/index.yaml").body.decode(), CANARY)
    before(running)
    assert settled(lambda: (running.data / "repos/main/index.yaml").exists())
    equal(bool(holds(running.data, CANARY)), True)
    with no_trace(running):
        change(running, "purge", "leak", query="?dry_run")
    change(running, "purge", "leak", reason="a token")
    equal(holds(running.data, CANARY), [])
    equal(running.get("/charts/leak-1.0.0.tgz").status, 404)
    assert CANARY not in running.get(f"/@{at}/index.yaml").body.decode()
    equal(running.get(f"/@{at}/charts/leak-1.0.0.tgz").status, 410)
    for archive in (secret_chart(), chart("leak")):
        check_refusal(running, running.publish(archive), 409, "version_deleted")
    equal(change(running, "undelete", "leak", status=410)["code"], "gone")
    equal(events(running)[-1], "purge")
    entry = listed(running, "?state=purged")["leak 1.0.0"]
    equal((entry["state"], entry["chart"]), ("purged", "leak"))
    equal(versions(running, "other"), ["1.0.0"])
    equal(change(running, "purge", "leak")["existing"], True)
    backup = temporary() / "backup"
    must("backup", "--data", running.data, backup)
    equal(holds(backup, CANARY), [])
    must("fsck", "--data", running.data)
    must("rebuild", "--data", running.data)
    equal(holds(running.data, CANARY), [])
    running.stop()
    equal(holds(running.data, CANARY), [])
    running = Server(running.data)
    equal(versions(running, "leak"), [])
    must("log", "--verify", "--data", running.data)


@test
def purge_touches_no_other_repository():
    running = Server()
    must("repo", "create", "other", "--data", running.data)
    for repo in ("", "other"):
        equal(running.publish(secret_chart(), repo).status, 201)
        at = f"/api/{repo}/charts" if repo else "/api/charts"
        equal(running.request("DELETE", f"{at}/leak/1.0.0").status, 200)
    equal(len(kept(running)), 2)
    must("purge", "--data", running.data, "leak", "1.0.0")
    equal(len(kept(running)), 1)
    must("undelete", "--data", running.data, "--repo", "other", "leak", "1.0.0")
    equal(running.get("/other/charts/leak-1.0.0.tgz").body, secret_chart())


@table(("alone", False), ("one has its name again", True))
def purged_with_its_deleted_repository(again):
    """It was deleted with the secret in it, which quarantine/ and the database's free pages keep."""
    running = Server()
    publish(running, chart("other"))
    must("repo", "create", "team/old", "--data", running.data)
    equal(running.publish(secret_chart("1.0.0"), "team/old").status, 201)
    equal(running.request("DELETE", "/api/team/old/charts/leak/1.0.0").status, 200)
    equal(running.publish(secret_chart("1.1.0"), "team/old").status, 201)
    must("repo", "delete", "team/old", "--confirm", "team/old", "--data", running.data)
    equal(len(kept(running)), 2)
    if again:
        must("repo", "create", "team/old", "--data", running.data)
        equal(running.publish(chart("new"), "team/old").status, 201)
        before = running.get("/team/old/index.yaml").headers["ETag"]
    equal(bool(holds(running.data, CANARY)), True)
    refused = command("repo", "purge", "team/old", "--data", running.data)
    equal(refused.returncode != 0, True)
    contains(refused.stderr, "purging a repository takes its name twice")
    with no_trace(running):
        must("repo", "purge", "team/old", "--confirm", "team/old", "--dry-run", "--data", running.data)
    equal(must("repo", "purge", "team/old", "--confirm", "team/old", "--data", running.data),
          "team/old: purged; nothing is kept of it\n")
    equal((holds(running.data, CANARY), kept(running)), ([], []))
    equal(events(running)[-1], "repo.purge")
    if again:
        equal(running.get("/team/old/charts/new-1.0.0.tgz").body, chart("new"))
        equal(running.get("/team/old/index.yaml").headers["ETag"], before)
    must("fsck", "--data", running.data)
    must("rebuild", "--data", running.data)
    running.stop()
    running = Server(running.data)
    equal((holds(running.data, CANARY), versions(running, "other")), ([], ["1.0.0"]))
    if again:
        equal(running.get("/team/old/index.yaml").headers["ETag"], before)
    must("log", "--verify", "--data", running.data)


@test
def purge_without_a_server():
    running = Server()
    publish(running, secret_chart())
    running.stop()
    must("purge", "--data", running.data, "leak", "1.0.0", "--reason", "a token")
    equal(holds(running.data, CANARY), [])


# ---- retention ----

def retention_server(*settings):
    running = Server()
    publish(running, *[chart("a", v) for v in ("1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.0.1")])
    if settings:
        must("repo", "set", "main", *settings, "--data", running.data)
    return running


@table(
    ("nothing set", (), set()),
    ("keep_last", ("keep_last=2",), {"1.0.0", "1.0.1", "1.1.0"}),
    ("keep_per_minor", ("keep_per_minor=1",), {"1.0.0", "2.0.0"}),
    ("one of two rules keeps it", ("keep_last=1", "keep_per_minor=1"), {"1.0.0", "2.0.0"}),
    ("keep_days", ("keep_last=1", "keep_days=1"), set()),
    ("downloads alone take nothing", ("keep_pulled_days=1",), set()))
def retention_takes(settings, taken):
    running = retention_server(*settings)
    with no_trace(running):
        plan = post(running, "retention", query="?dry_run")
    equal({v["version"] for v in plan["versions"] if v["taken"]}, taken)
    equal((plan["taken"], plan["kept"]), (len(taken), 5 - len(taken)))
    post(running, "retention")
    equal(set(versions(running, "a")), {v["version"] for v in plan["versions"]} - taken)
    equal(events(running).count("delete"), len(taken))


@table(("an empty object", b"{}", 200), ("with spaces in it", b" {\r\n}\n", 200), ("a wish", b'{"dry_run":true}', 400),
       ("no JSON", b"x", 400), ("too much", b" " * (513 << 10), 413))
def what_takes_nothing(body, status):
    """Clients send {} that always send JSON; what means something is not taken for that."""
    running = retention_server("keep_last=1")
    equal(running.request("POST", f"{API}/retention", body).status, status)
    equal(events(running).count("delete"), 4 if status == 200 else 0)


@test
def retention_shares_commits():
    """Whoever asks for it does not wait for the disk once for each version."""
    running = Server()
    publish(running, *(chart("a", f"{n}.0.0") for n in range(40)))
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    before = metric(running, "chartlocker_commits_total")
    equal(post(running, "retention")["taken"], 39)
    commits = metric(running, "chartlocker_commits_total") - before
    assert commits < 39 / 2, commits
    equal(versions(running, "a"), ["39.0.0"])


@test
def retention_does_not_wait_for_an_fsck():
    """Which may take minutes: here every file that it opens takes a while."""
    running = Server()
    publish(running, *(chart("a", f"{n}.0.0") for n in range(40)))
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    tasks = Path(f"/proc/{running.pid}/task").iterdir()
    maintenance, = [task.name for task in tasks if (task / "comm").read_text() == "maintenance\n"]
    opened = temporary() / "opened"
    tracer = subprocess.Popen(
        [need("strace"), "-o", opened, "-e", "trace=openat,openat2", "-e",
         "inject=openat,openat2:delay_enter=500000", "-p", maintenance], stderr=subprocess.PIPE, text=True)
    contains(tracer.stderr.readline(), "attached")
    fsck = subprocess.Popen([PROGRAM, "fsck", "--data", running.data], stdout=subprocess.DEVNULL)
    assert settled(lambda: opened.read_text()), "it does not begin"
    equal(post(running, "retention")["taken"], 39)
    equal(fsck.poll(), None, "the fsck was over before")
    tracer.terminate()
    tracer.communicate()
    fsck.wait(60)


@test
def retention_keeps_what_is_used():
    """What was downloaded, and the newest that fits a dependency of a chart in any repository."""
    running = retention_server("keep_last=1", "keep_pulled_days=7")
    must("repo", "create", "apps", "--data", running.data)
    equal(running.publish(chart("app", dependencies=[
        {"name": "a", "version": "~1.0.0", "repository": "https://x.example"}]), "apps").status, 201)
    equal(running.get("/charts/a-2.0.0.tgz").status, 200)
    running.stop()                                          # writes the counts
    running = Server(running.data)
    report = json.loads(must("retention", "--data", running.data, "--repo", "main", "--dry-run",
                             "--json"))
    equal({v["version"]: v.get("kept_by", "-") for v in report[0]["versions"]},
          {"2.0.1": "keep_last", "2.0.0": "keep_pulled_days", "1.1.0": "-",
           "1.0.1": "used by another chart", "1.0.0": "-"})
    text = must("retention", "--data", running.data)
    equal([line.split()[1:3] for line in text.splitlines()[1:]], [["a", "1.1.0"], ["a", "1.0.0"]])
    contains(text, "keep_last=1")
    equal(versions(running, "a"), ["2.0.1", "2.0.0", "1.0.1"])
    with_reason = must("log", "--data", running.data, "--json")
    contains(with_reason, "retention: none of keep_last=1 keeps it")
    change(running, "undelete", "a", "1.1.0")
    equal(versions(running, "a"), ["2.0.1", "2.0.0", "1.1.0", "1.0.1"])


# ---- downloads ----

@test
def downloads_are_counted():
    running = Server()
    archive = chart("a")
    equal(running.request("POST", "/api/charts", *form(archive, provenance(archive, "a"))).status, 201)
    address = "/charts/a-1.0.0.tgz"
    etag = running.get(address).headers["ETag"]                                     # 1
    running.get("/main" + address)                                                  # 2
    running.get(address, {"Range": "bytes=0-9"})                                    # 3
    running.get(address, {"Range": "bytes=5-9"})
    running.get(address, {"If-None-Match": etag})
    running.request("HEAD", address)
    running.get(address + ".prov")
    running.get("/charts/b-1.0.0.tgz")
    equal(metric(running, "chartlocker_pulls_total"), 3)
    assert settled(lambda: listed(running)["a 1.0.0"]["pulls"] == 3)
    entry = listed(running)["a 1.0.0"]
    assert entry["last_pull"] in (time.strftime("%Y-%m-%d", time.gmtime(time.time() - seconds))
                                  for seconds in (0, 60)), entry
    equal(json.loads(running.get(API).body)["pulls"], 3)
    running.get(address)
    running.stop()                                          # the last ones too
    running = Server(running.data)
    equal(listed(running)["a 1.0.0"]["pulls"], 4)


# ---- quotas ----

@test
def quota_of_versions():
    running = Server()
    must("repo", "set", "main", "max_versions=2", "--data", running.data)
    publish(running, chart("a"), chart("b"))
    equal(json.loads(running.get(API).body)["stored"],
          {"versions": 2, "bytes": len(chart("a")) + len(chart("b"))})
    with no_trace(running):
        fields = check_refusal(running, running.publish(chart("c")), 507, "quota_exceeded")
    contains(json.dumps(fields), "would hold 3 versions and may hold 2")
    equal([line for line in running.log().splitlines() if " ERROR " in line], [], "nothing is wrong here")
    publish(running, chart("a"))                            # the same bytes never count
    delete(running, "b")
    publish(running, chart("c"))
    equal(change(running, "undelete", "b", status=507)["code"], "quota_exceeded")
    must("repo", "set", "main", "max_versions=3", "--data", running.data)
    change(running, "undelete", "b")


@test
def quota_of_bytes():
    running = Server(args=("--set", "overwrite=true"))
    first, larger = chart("a"), chart("a", files={"noise.bin": os.urandom(5000)})
    must("repo", "set", "main", f"max_bytes={len(first) + 10}", "--data", running.data)
    publish(running, first)
    with no_trace(running):
        check_refusal(running, running.publish(chart("b")), 507, "quota_exceeded")
        check_refusal(running, running.request("POST", "/api/charts?force", larger), 507,
                      "quota_exceeded")
    must("repo", "set", "main", f"max_bytes={len(larger)}", "--data", running.data)
    equal(running.request("POST", "/api/charts?force", larger).status, 201)


# ---- the listing ----

@test
def who_to_ask():
    running = Server()
    jo = [{"name": "Jo", "email": "jo@example.com", "url": "https://jo"}]
    publish(running, chart("own", maintainers=jo, annotations={"maintainers": "[nobody"}), chart("none"),
            chart("gone"))
    who = lambda query="": {name.split()[0]: (entry.get("maintainers"), entry.get("maintainers_from"))
                            for name, entry in listed(running, query).items()}
    equal(who(), {"own": (jo, "chart"), "none": (None, None), "gone": (None, None)})
    change(running, "purge", "gone")
    entries = lambda: running.get("/index.yaml").body.split(b"entries")[1]
    before = entries()
    must("repo", "set", "main", "--data", running.data, "--set",
         "maintainers=Team A <a@example.com>\n\n  Bo\n<c@example.com>\n")
    usual = [{"name": "Team A", "email": "a@example.com"}, {"name": "Bo"}, {"email": "c@example.com"}]
    equal(who("?state=live,purged"),
          {"own": (jo, "chart"), "none": (usual, "repository"), "gone": (None, None)})
    equal(entries(), before)


@test
def a_page_of_long_metadata():
    """It ends before its limit, and the next one goes on."""
    running = Server()
    long = [{"name": f"{n}", "url": "https://x/" + "x" * 30000} for n in range(30)]
    publish(running, *[chart("a", f"1.{n}.0", maintainers=long) for n in range(12)])
    first = json.loads(running.get(f"{API}/versions?limit=1000").body)
    assert 1 < len(first["versions"]) < 12, len(first["versions"])
    rest = json.loads(running.get(f"{API}/versions?limit=1000&after={first['next']}").body)
    equal(len(first["versions"]) + len(rest["versions"]), 12)
    assert "next" not in rest


@test
def versions_page_by_page():
    running = Server()
    publish(running, *[chart("a", f"1.{n}.0") for n in range(7)], chart("b"))
    found, after = [], 0
    while True:
        page = json.loads(running.get(f"{API}/versions?limit=3&after={after}").body)
        assert len(page["versions"]) <= 3
        found += [f"{v['chart']} {v['version']}" for v in page["versions"]]
        after = page.get("next")
        if not after:
            break
    equal(found, [f"a 1.{n}.0" for n in range(7)] + ["b 1.0.0"])
    equal(list(listed(running, "?chart=b")), ["b 1.0.0"])
    for query in ("?limit=x", "?limit=1001", "?after=-1", "?state=alive"):
        equal(running.get(f"{API}/versions{query}").status, 400, query)
    equal(running.get("/api/v1/repos/nothing/versions").status, 404)


if __name__ == "__main__":
    main()
