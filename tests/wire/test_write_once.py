#!/usr/bin/env python3
"""A version, once it is taken, is taken for good; also when it was deleted."""
import gzip
import json

from wire import check_refusal, contains, equal, no_trace, shared, versions
from harness import chart, digest, form, main, provenance, table, test
from uploads import NAMES, check_saved, send, server


@test
def t_imm_01_same_bytes():
    name = next(NAMES)
    archive = chart(name)
    event = check_saved(send("/api/charts", archive), archive, name)
    with no_trace(server()):
        for answer in (send("/api/charts", archive), send("/api/charts", *form(archive)),
                       send(f"/{name}-1.0.0.tgz", archive, method="PUT"),
                       send("/api/charts?force", archive)):
            equal(check_saved(answer, archive, name), event)
            equal(json.loads(answer.body)["existing"], True)


@test
def t_imm_02_other_bytes():
    name = next(NAMES)
    archive, other = chart(name), chart(name, description="other")
    equal(send("/api/charts", archive).status, 201)
    for answer, text in ((lambda: send("/api/charts", other), "file already exists"),
                         (lambda: send("/api/charts", *form(other)), "chart already exists"),
                         (lambda: send(f"/{name}-1.0.0.tgz", other, method="PUT"),
                          "file already exists")):
        with no_trace(server()):
            fields = check_refusal(server(), answer(), 409, "version_exists")
        equal(fields["error"], text)
        equal((fields["digest"], fields["stored_digest"]), (digest(other), digest(archive)))
        contains(fields["detail"], digest(other))
        contains(fields["detail"], digest(archive))
    equal(server().get(f"/charts/{name}-1.0.0.tgz").body, archive)


def later(archive):
    """As helm package would make it of the same files a moment later."""
    return gzip.compress(gzip.decompress(archive), mtime=1)


@test
def skip_unchanged():
    name = next(NAMES)
    archive = chart(name, files={"values.yaml": b"a: 1\n"})
    event = check_saved(send("/api/charts", archive), archive, name)
    with no_trace(server()):
        for answer in (send("/api/charts?skip_unchanged", later(archive)),
                       send("/api/charts?skip_unchanged", *form(later(archive), provenance(later(archive), name)))):
            fields = json.loads(answer.body)
            equal((answer.status, fields["event"], fields["existing"]), (201, event, True))
            equal((fields["digest"], fields["stored_digest"]), (digest(later(archive)), digest(archive)))
        equal(send("/api/charts?skip_unchanged&dry_run", later(archive)).status, 200)
        check_refusal(server(), send("/api/charts", later(archive)), 409, "version_exists")
    equal(server().get(f"/charts/{name}-1.0.0.tgz").body, archive)
    equal(server().get(f"/charts/{name}-1.0.0.tgz.prov").status, 404)
    equal(send(f"/api/charts/{name}/1.0.0", None, method="DELETE").status, 200)
    check_refusal(server(), send("/api/charts?skip_unchanged", later(archive)), 409, "version_deleted")


UNSIGNED = ("the provenance file is not stored: it signs these bytes, and the stored archive has others; raise the "
            "version to sign it")


@test
def skip_unchanged_leaves_a_signature_out():
    """It is of the bytes that came, which are not kept; a version that is signed already lacks nothing."""
    name, signed = next(NAMES), next(NAMES)
    archive, other = chart(name, files={"values.yaml": b"a: 1\n"}), chart(signed, files={"values.yaml": b"a: 1\n"})
    equal(send("/api/charts", archive).status, 201)
    equal(send("/api/charts", *form(other, provenance(other, signed))).status, 201)
    for query in ("", "&dry_run"):
        for stored, of, warnings in ((archive, name, [UNSIGNED]), (other, signed, None)):
            with no_trace(server()):
                came = later(stored)
                fields = json.loads(send("/api/charts?skip_unchanged" + query, *form(came, provenance(came, of))).body)
            equal((fields["existing"], fields.get("warnings")), (True, warnings))


@table(("a file that changed", {"values.yaml": b"a: 2\n", "x": b""}, "values.yaml differs"),
       ("one more", {"values.yaml": b"a: 1\n", "x": b"", "y": b""}, "y differs"),
       ("one less", {"values.yaml": b"a: 1\n"}, "a file that is missing in this one differs"),
       ("another name", {"values.yaml": b"a: 1\n", "y": b""}, "y and 1 more file differ"),
       ("a name of words", {"values.yaml": b"a: 1\n", "x": b"", "one more file": b""}, "one more file differs"))
def skip_unchanged_of_what_changed(files, words):
    name = next(NAMES)
    equal(send("/api/charts", chart(name, files={"values.yaml": b"a: 1\n", "x": b""})).status, 201)
    with no_trace(server()):
        fields = check_refusal(server(), send("/api/charts?skip_unchanged", chart(name, files=files)), 409,
                               "version_exists")
    equal(fields["detail"], f"{name} 1.0.0 exists, and {words}; use a new version")


NEW = "; use a new version"
OFF = "; overwriting is off here (setting overwrite): use a new version"
FORCE = "; use a new version, or replace this one: push --force, in the API ?force"


def check_advice(answer, advice, to):
    detail = check_refusal(to, answer, 409, "version_exists")["detail"]
    equal(detail[detail.index(";"):], advice)


@test
def t_imm_08_force_is_refused():
    name = next(NAMES)
    archive = chart(name)
    equal(send("/api/charts", *form(archive, provenance(archive, name))).status, 201)
    for query in ("?force", "?force=", "?force=true", "?force&x=1", ""):
        with no_trace(server()):
            check_advice(send("/api/charts" + query, chart(name, description="other")), OFF if query else NEW, server())
            check_advice(send("/api/prov" + query, provenance(archive, name).replace(b"AAAA", b"BBBB")),
                         OFF if query else NEW, server())


@test
def t_imm_08_force_where_it_is_allowed():
    running = shared("--set", "overwrite=true")
    archive, other = chart("forced"), chart("forced", description="other")
    prov = provenance(archive, "forced")
    equal(running.publish(archive).status, 201)
    equal(send("/api/prov", prov, to=running).status, 201)
    equal(running.get("/charts/forced-1.0.0.tgz").body, archive)
    with no_trace(running):
        check_advice(running.publish(other), FORCE, running)
        check_advice(send("/api/prov", prov.replace(b"AAAA", b"BBBB"), to=running), FORCE, running)
        check_advice(send("/api/charts?skip_unchanged", other, to=running), FORCE, running)
    answer = send("/api/charts?force", other, to=running)
    equal(answer.status, 201, answer.body)
    download = running.get("/charts/forced-1.0.0.tgz")
    equal(download.body, other)
    equal(download.headers["Cache-Control"], "no-cache")
    equal(running.index()["entries"]["forced"][0]["digest"], digest(other))
    equal(running.get("/charts/forced-1.0.0.tgz.prov").status, 404)    # it was for other bytes


@test
def t_imm_03_deleted_for_good():
    name = next(NAMES)
    archive, other = chart(name), chart(name, description="other")
    equal(send("/api/charts", *form(archive, provenance(archive, name))).status, 201)
    answer = send(f"/api/charts/{name}/1.0.0", None, method="DELETE")
    equal(answer.status, 200, answer.body)
    fields = json.loads(answer.body)
    assert fields.pop("event") > 0
    equal(fields, {"deleted": True, "name": name, "version": "1.0.0",
                   "file": f"{name}-1.0.0.tgz", "digest": digest(archive)})
    for file in (f"{name}-1.0.0.tgz", f"{name}-1.0.0.tgz.prov"):
        equal(server().get("/charts/" + file).status, 404)
        equal((server().data / "repos/main/charts" / file).exists(), False)
    equal(versions(server(), name), [])
    with no_trace(server()):
        answer = send(f"/api/charts/{name}/1.0.0", None, method="DELETE")
        check_refusal(server(), answer, 404, "not_found")
    for query in ("", "?force"):
        with no_trace(server()):
            fields = check_refusal(server(), send("/api/charts" + query, other), 409,
                                   "version_deleted", "deleted")
            contains(fields["error"], digest(archive))
    check_saved(send("/api/charts", archive), archive, name)


@table(
    ("unknown chart", "/api/charts/nothing/1.0.0", 404, "not_found"),
    ("unknown repository", "/api/nowhere/charts/x/1.0.0", 404, "repository_not_found"),
    ("no version", "/api/charts/x", 405, "method_not_allowed"),
    ("path in the version", "/api/charts/x/..%2f..%2fx", 400, "invalid_request"))
def delete_what_is_not_there(path, status, code):
    with no_trace(server()):
        check_refusal(server(), send(path, None, method="DELETE"), status, code)


@test
def delete_in_a_repository_only():
    name = next(NAMES)
    archive = chart(name)
    for place in ("", "/team-a", "/team-a/stable"):
        equal(send(f"/api{place}/charts", archive).status, 201)
    equal(send(f"/api/team-a/charts/{name}/1.0.0", None, method="DELETE").status, 200)
    for place, status in (("", 200), ("/team-a", 404), ("/team-a/stable", 200)):
        equal(server().get(f"{place}/charts/{name}-1.0.0.tgz").status, status)


@test
def t_meta_05_same_file_name():
    name = next(NAMES)
    first, second = chart(name, "1.0.0-2.0.0"), chart(f"{name}-1.0.0", "2.0.0")
    equal(send("/api/charts", first).status, 201)
    with no_trace(server()):
        check_refusal(server(), send("/api/charts", second), 409, "file_name_taken",
                      f"belongs to chart {name} version 1.0.0-2.0.0")
    equal(server().get(f"/charts/{name}-1.0.0-2.0.0.tgz").body, first)


@test
def t_meta_06_build_metadata():
    name = next(NAMES)
    wanted = ["1.0.0", "1.0.0+a", "1.0.0+b"]
    for version in wanted:
        archive = chart(name, version, description=version)
        check_saved(send("/api/charts", archive), archive, name, version)
    found = versions(server(), name)
    equal(sorted(found), wanted)
    equal(versions(server(), name), found)
    equal(send(f"/api/charts/{name}/1.0.0%2Ba", None, method="DELETE").status, 200)
    equal(sorted(versions(server(), name)), ["1.0.0", "1.0.0+b"])


@table(
    ("digits", "3.3.000"), ("leading v", "v1.2.3"), ("pre-release", "1.0.0-rc.1"),
    ("two numbers", "1.2"))
def version_as_it_is_written(version):
    name = next(NAMES)
    archive = chart(name, version)
    check_saved(send("/api/charts", archive), archive, name, version)


@table(
    ("other name", "/other-1.0.0.tgz", 400, "-1.0.0.tgz"),
    ("other version", "/{name}-2.0.0.tgz", 400, "-1.0.0.tgz"),
    ("no version", "/{name}.tgz", 400, "-1.0.0.tgz"),
    ("no chart file", "/{name}.zip", 404, ".tgz"))
def put_under_another_name(path, status, text):
    name = next(NAMES)
    with no_trace(server()):
        answer = send(path.format(name=name), chart(name), method="PUT")
        check_refusal(server(), answer, status, text=text)


@test
def no_such_repository():
    """Only where nothing may be made by pushing to it; the answer says how to make it."""
    running = shared("--set", "create_on_push=false")
    with no_trace(running):
        answer = send("/api/elsewhere/charts", chart("x"), to=running)
        check_refusal(running, answer, 404, "repository_not_found", "chartlocker ")
    equal(running.get("/elsewhere/index.yaml").status, 404)
    equal((running.data / "repos/elsewhere").exists(), False)
    equal(running.publish(chart("x")).status, 201)


@table(
    ("upper case", "/api/Team/charts"), ("reserved first", "/api/static/charts"),
    ("reserved second", "/api/team/prov/charts"), ("leading dot", "/api/.x/charts"),
    ("event", "/api/@3/charts"), ("three segments", "/api/a/b/c/charts"),
    ("64 characters", f"/api/{'a' * 64}/charts"), ("space", "/api/a%20b/charts"))
def no_repository_name(path):
    with no_trace(server()):
        check_refusal(server(), send(path, chart(next(NAMES))), 404, "not_found", 'repository "')


if __name__ == "__main__":
    main()
