#!/usr/bin/env python3
"""Every way to publish a chart over HTTP, and the dry run of each."""
import json

from wire import Server, check_refusal, contains, equal, no_trace, versions
from harness import chart, chart_yaml, digest, form, main, multipart, provenance, table, test, tgz
from uploads import CHART, NAMES, check_saved, join, part, send, server, small_pieces


@table(
    ("raw", "/api/charts", "", lambda a: (a, {})),
    ("T-HTTP-32 raw as curl says it", "/api/charts", "",
     lambda a: (a, {"Content-Type": "application/x-www-form-urlencoded"})),
    ("T-HTTP-32 raw as text/html", "/api/charts", "", lambda a: (a, {"Content-Type": "text/html"})),
    ("raw, chunked", "/api/charts", "", lambda a: (small_pieces(a, 7), {})),
    ("raw, to the default repository by name", "/api/main/charts", "/main", lambda a: (a, {})),
    ("raw, to a new repository", "/api/team-a/charts", "/team-a", lambda a: (a, {})),
    ("raw, to one of two segments", "/api/team-a/stable/charts", "/team-a/stable",
     lambda a: (a, {})),
    ("form", "/api/charts", "", form),
    ("form, to a repository", "/api/team-b/charts", "/team-b", form),
    ("form, chunked by one byte", "/api/charts", "",
     lambda a: (small_pieces(form(a)[0], 1), form(a)[1])))
def publish(path, place, make):
    name = next(NAMES)
    archive = chart(name)
    check_saved(send(path, *make(archive)), archive, name, place=place)


@table(
    ("at the root", "/{file}", ""),
    ("below charts", "/charts/{file}", ""),
    ("in a repository", "/team-a/{file}", "/team-a"),
    ("below its charts", "/team-a/charts/{file}", "/team-a"),
    ("in one of two segments", "/team-a/stable/{file}", "/team-a/stable"),
    ("below charts of two segments", "/team-a/stable/charts/{file}", "/team-a/stable"))
def put(path, place):
    name = next(NAMES)
    archive = chart(name)
    file = f"{name}-1.0.0.tgz"
    check_saved(send(path.format(file=file), archive, method="PUT"), archive, name, place=place)
    prov = provenance(archive, name)
    equal(send(path.format(file=file + ".prov"), prov, method="PUT").status, 201)
    answer = server().get(f"{place}/charts/{file}.prov")
    equal((answer.status, answer.body), (200, prov))
    equal(answer.headers["Content-Type"], "application/pgp-signature")


@table(
    ("chart first", False, lambda b: b),
    ("prov first", True, lambda b: b),
    ("prov first, chunked", True, lambda b: small_pieces(b, 13)))
def chart_and_prov_in_one_form(prov_first, cut):
    name = next(NAMES)
    archive = chart(name)
    prov = provenance(archive, name)
    body, headers = form(archive, prov, prov_first)
    check_saved(send("/api/charts", cut(body), headers), archive, name)
    equal(server().get(f"/charts/{name}-1.0.0.tgz.prov").body, prov)


@table(
    ("raw", "", lambda p: (p, {})),
    ("raw, in a repository", "/team-a", lambda p: (p, {})),
    ("in a form alone", "", lambda p: (lambda b, k: (b, {"Content-Type": k}))(
        *multipart([("prov", "p", p)]))))
def prov_after_its_chart(place, make):
    name = next(NAMES)
    archive = chart(name)
    prov = provenance(archive, name)
    equal(send(f"/api{place}/charts", archive).status, 201)
    path = "charts" if make(prov)[1] else "prov"
    answer = send(f"/api{place}/{path}", *make(prov))
    equal(answer.status, 201, answer.body)
    fields = json.loads(answer.body)
    equal((fields["saved"], fields["file"], fields["digest"]),
          (True, f"{name}-1.0.0.tgz", digest(prov)))
    equal(server().get(f"{place}/charts/{name}-1.0.0.tgz.prov").body, prov)
    with no_trace(server()):
        equal(send(f"/api{place}/{path}", *make(prov)).status, 201)
    with no_trace(server()):
        check_refusal(server(), send(f"/api{place}/{path}", *make(prov + b"\n")), 409)


def nested(archive):
    inner, kind = multipart([("file", "x", b"inner")], "inner")
    part = b"--outer\r\nContent-Disposition: form-data; name=\"files\"\r\nContent-Type: "
    part += kind.encode().replace(b"form-data", b"mixed") + b"\r\n\r\n" + inner + b"\r\n"
    tail = b"--outer\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"x\"\r\n\r\n"
    return part + tail + archive + b"\r\n--outer--\r\n", "outer"


BOUNDARY = "b" * 70


# The form's boundary and its body, made of the archive.
@table(
    ("unknown fields around it", "b", lambda a: join(
        b"b", part(b'name="x"', b"1"), part(b'name="y"; filename="y"', b"2" * 100000),
        part(CHART, a), part(b'name="z"', b"3"))),
    ("nested form in another field", "outer", lambda a: nested(a)[0]),
    ("file name with a path", "b",
     lambda a: join(b"b", part(b'name="chart"; filename="../../../x"', a))),
    ("file name in the extended form", "b",
     lambda a: join(b"b", part(b"name=\"chart\"; filename*=UTF-8''..%2Fx", a))),
    ("file name with an escaped quote", "b",
     lambda a: join(b"b", part(b'name="chart"; filename="a\\"; name=\\"prov"', a))),
    ("file name first, no quotes", "b", lambda a: join(b"b", part(b"filename=x; name=chart", a))),
    ("preamble and epilogue", "b", lambda a: join(
        b"b", part(CHART, a), before=b"hello\r\n", after=b"\r\ngoodbye")),
    ("nothing after the last boundary", "b", lambda a: join(b"b", part(CHART, a), after=b"")),
    ("boundary of 70 characters", BOUNDARY, lambda a: join(BOUNDARY.encode(), part(CHART, a))),
    ("quoted boundary", '"a b:c"', lambda a: join(b"a b:c", part(CHART, a))),
    ("header of its own, in small letters", "b", lambda a: join(
        b"b", b"content-type: x/y\r\n"
        b"content-disposition: FORM-DATA; NAME=chart; FILENAME=x\r\n\r\n" + a)),
    ("field chart without a file name beside it", "b",
     lambda a: join(b"b", part(b'name="chart"', b"text"), part(CHART, a))))
def t_up_04_form_is_read(boundary, make):
    name = next(NAMES)
    archive = chart(name)
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    check_saved(send("/api/charts", make(archive), kind), archive, name)
    check_saved(send("/api/charts", small_pieces(make(archive), 1), kind), archive, name)


@test
def t_up_04_boundary_within_the_archive():
    name, almost = next(NAMES), b"\r\n--a\r\n--a--\r\n\r\n--"
    archive = tgz([(f"{name}/Chart.yaml", chart_yaml(name))])
    # A gzip header may carry a file name: the archive holds what almost is its boundary.
    archive = archive[:3] + b"\x08" + archive[4:10] + almost + b"\0" + archive[10:]
    kind = {"Content-Type": "multipart/form-data; boundary=ab"}
    check_saved(send("/api/charts", join(b"ab", part(CHART, archive)), kind), archive, name)


def dry(answer, archive, name, **more):
    equal(answer.status, 200, answer.body)
    fields = json.loads(answer.body)
    fields.pop("event")
    equal(fields, {"saved": False, "name": name, "version": "1.0.0", "dry_run": True,
                   "file": f"{name}-1.0.0.tgz", "digest": digest(archive), **more})


@test
def dry_run_of_a_publish():
    name = next(NAMES)
    archive = chart(name)
    prov = provenance(archive, name)
    with no_trace(server()):
        dry(send("/api/charts?dry_run", archive), archive, name)
        dry(send("/api/charts?dry_run", *form(archive, prov)), archive, name)
        dry(send(f"/{name}-1.0.0.tgz?dry_run", archive, method="PUT"), archive, name)
        dry(send("/api/new-repository/charts?dry_run", archive), archive, name)
    equal(server().get("/new-repository/index.yaml").status, 404)
    check_refusal(server(), send("/api/prov?dry_run", prov), 404, "not_found")
    equal(send("/api/charts", archive).status, 201)
    with no_trace(server()):
        dry(send("/api/charts?dry_run", archive), archive, name, existing=True)
        equal(send("/api/prov?dry_run", prov).status, 200)
    equal(server().get(f"/charts/{name}-1.0.0.tgz.prov").status, 404)


@test
def dry_run_says_what_would_be_refused():
    name = next(NAMES)
    equal(send("/api/charts", chart(name)).status, 201)
    other = chart(name, description="other")
    for answer, status in ((lambda: send("/api/charts?dry_run", other), 409),
                           (lambda: send("/api/charts?dry_run", b"x"), 400),
                           (lambda: send("/api/charts?dry_run", *form(chart("y"), b"bad")), 400)):
        with no_trace(server()):
            check_refusal(server(), answer(), status)


@test
def dry_run_of_a_delete():
    name = next(NAMES)
    equal(send("/api/charts", chart(name)).status, 201)
    with no_trace(server()):
        answer = send(f"/api/charts/{name}/1.0.0?dry_run", None, method="DELETE")
        equal(answer.status, 200, answer.body)
        equal(json.loads(answer.body)["deleted"], False)
    equal(versions(server(), name), ["1.0.0"])


@test
def warnings_are_told():
    name = next(NAMES)
    archive = chart(name, files={"values.yaml": b"a: 1\na: 2\n"})
    answer = send("/api/charts", archive)
    check_saved(answer, archive, name)
    contains(json.loads(answer.body)["warnings"][0], "values.yaml")


@test
def created_belongs_to_the_administrator():
    name = next(NAMES)
    equal(send("/api/charts?created=2001-01-01T00:00:00Z", chart(name)).status, 201)
    assert not server().index()["entries"][name][0]["created"].startswith("2001")


@test
def log_has_one_event_for_each_change():
    running = Server()
    archive = chart("logged")
    equal(json.loads(running.publish(archive).body)["event"], 2)    # 1 made the repository
    equal(json.loads(running.publish(archive).body)["event"], 2)
    equal(running.publish(chart("logged", description="x")).status, 409)
    answer = running.request("DELETE", "/api/charts/logged/1.0.0")
    equal(json.loads(answer.body)["event"], 3)


if __name__ == "__main__":
    main()
