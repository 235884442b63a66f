#!/usr/bin/env python3
"""chartlocker chartmuseum: a ChartMuseum's storage is taken over, and left as it is."""
import functools
import re
import shutil
import subprocess

from wire import contains, equal
from harness import (PROGRAM, as_owner, chart, chart_of_size, clean_environment, cleanup, digest, main, must,
                     provenance, real_charts, settled, table, temporary, test)
from museum import CREATED, STORED_AT, STORED_AT_TEXT, Museum, created, put, report, small_storage, statefile, traces

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
def the_file_with_the_charts_own_name_wins():
    """ChartMuseum's index says charts/NAME-VERSION.tgz, whatever the file is called."""
    same, old, older = chart("odd"), chart(description="old"), chart(description="older")
    storage, _ = small_storage(more={"a-demo-1.0.0.tgz": old, "demo-copy.tgz": chart(), "zzz.tgz": older,
                                     "odd.tgz": same})
    for adopted in (2, 0):
        server = Museum(storage)
        equal(server.get("/charts/demo-1.0.0.tgz").body, chart())
        equal(server.get("/charts/odd-1.0.0.tgz").body, same)
        equal(report(server), {"adopted": adopted, "known": 3 - adopted, "passed_by": 2})
        told = re.findall(r"adopt\.passed_by path=\S*/(\S+)\.tgz .*other bytes than demo-1\.0\.0\.tgz", server.log())
        equal(sorted(told), ["a-demo-1.0.0", "zzz"])
        server.stop()
    index = must("chartmuseum", "--gen-index", "--storage=local", "--storage-local-rootdir", storage)
    equal(sorted(re.findall(r'digest: "(\w+)"|"(charts/.*)"', index)),
          sorted([(digest(chart()), ""), (digest(same), ""), ("", "charts/demo-1.0.0.tgz"),
                  ("", "charts/odd-1.0.0.tgz")]))


@test
def a_file_that_is_refused_gives_its_place_to_no_other():
    storage, _ = small_storage(more={"old-demo.tgz": chart(description="old"), "one.tgz": chart("once", description="a"),
                                     "two.tgz": chart("once", description="b")})
    (storage / "demo-1.0.0.tgz").chmod(0)
    server = Museum(storage, wrap=as_owner())
    equal(server.get("/charts/demo-1.0.0.tgz").status, 404)
    equal(server.get("/charts/once-1.0.0.tgz").body, chart("once", description="a"))
    equal(report(server), {"adopted": 1, "known": 0, "passed_by": 3})
    server.stop()
    (storage / "demo-1.0.0.tgz").chmod(0o644)
    equal(Museum(storage).get("/charts/demo-1.0.0.tgz").body, chart())


@table(("deleted", (("repo", "delete", "org", "--confirm", "org"),)),
       ("purged", (("repo", "delete", "org", "--confirm", "org"), ("repo", "purge", "org", "--confirm", "org"))),
       ("renamed", (("repo", "rename", "org", "other"),)))
def a_tenant_that_ended_stays_away(lines):
    storage, _ = small_storage(1, {"demo-1.0.0.tgz.prov": provenance(chart())})
    Museum(storage, "--depth=1").stop()
    for line in lines:
        must(*line, "--data", storage / ".chartlocker")
    server = Museum(storage, "--depth=1")
    equal(report(server), {"adopted": 0, "known": 1, "passed_by": 0})
    equal(server.get("/org/charts/demo-1.0.0.tgz").status, 308 if "rename" in lines[0] else 404)


@test
def what_was_replaced_here_is_not_told():
    storage, _ = small_storage()
    server = Museum(storage)
    equal(server.request("POST", "/api/charts?force", chart(description="new")).status, 201)
    server.stop()
    (storage / "demo-1.0.0.tgz").touch()
    server = Museum(storage)
    assert "adopt.passed_by" not in server.log(), server.log()
    equal(server.get("/charts/demo-1.0.0.tgz").body, chart(description="new"))


@test
def a_provenance_file_may_come_later():
    more = {f"{name}-1.0.0.tgz": chart(name) for name in ("bad", "deleted")}
    storage, _ = small_storage(more=more)
    server = Museum(storage)
    equal(server.request("DELETE", "/api/charts/deleted/1.0.0").status, 200)
    server.stop()
    for name in ("demo", "deleted"):
        put(storage / f"{name}-1.0.0.tgz.prov", provenance(chart(name), name))
    put(storage / "bad-1.0.0.tgz.prov", provenance(b"other bytes", "bad"))
    for adopted in (1, 0):
        server = Museum(storage)
        equal(report(server), {"adopted": adopted, "known": 3, "passed_by": 1})
        contains(server.log(), "the provenance file states sha256:")
        equal(server.get("/charts/demo-1.0.0.tgz.prov").body, provenance(chart()))
        equal(server.get("/charts/bad-1.0.0.tgz.prov").status, 404)
        server.stop()
    must("fsck", "--data", server.data)


@test
def what_may_not_be_read_is_told():
    storage, _ = small_storage(1, {"other-1.0.0.tgz": chart("other"), "demo-1.0.0.tgz.prov": provenance(chart())})
    put(storage / "closed/demo-1.0.0.tgz", chart())
    for name in ("org/other-1.0.0.tgz", "org/demo-1.0.0.tgz.prov", "closed"):
        (storage / name).chmod(0)
    server = Museum(storage, "--depth=1", wrap=as_owner())
    equal(server.get("/org/charts/demo-1.0.0.tgz").status, 200)
    equal(report(server), {"adopted": 1, "known": 0, "passed_by": 2})
    equal(len(re.findall("adopt.passed_by .*this user may not read it", server.log())), 3)
    for name in ("org/other-1.0.0.tgz", "org/demo-1.0.0.tgz.prov", "closed"):
        (storage / name).chmod(0o755)
    server.stop()
    server = Museum(storage, "--depth=1", wrap=as_owner())
    equal(report(server), {"adopted": 3, "known": 1, "passed_by": 0})


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
