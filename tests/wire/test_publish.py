#!/usr/bin/env python3
"""Publishing and deleting over HTTP: every way in, and every reason to be refused."""
import itertools
import json

from wire import (SANITIZED, Server, catalog, check_refusal, contains, digest, equal, metric,
                  no_trace, provenance, settled, shared, versions)
from harness import (chart, chart_of_size, chart_yaml, main, multipart, responses, table, tar, test,
                     tgz)

LIMIT = 2 << 20
NAMES = (f"chart-{n}" for n in itertools.count())


def server():
    return shared("--set", f"upload.max_bytes={LIMIT}")


def small_pieces(data, size=997):
    return iter([data[at:at + size] for at in range(0, len(data), size)])


def form(archive, prov=None, prov_first=False):
    parts = [("chart", "x.tgz", archive)] + ([("prov", "x.prov", prov)] if prov else [])
    body, kind = multipart(parts[::-1] if prov_first else parts)
    return body, {"Content-Type": kind}


def send(path, body, headers=None, method="POST", to=None):
    return (to or server()).request(method, path, body, headers)


def check_saved(answer, archive, name, version="1.0.0", place="", status=201):
    """The answer's whole shape, and that the chart is there at once."""
    equal(answer.status, status, answer.body)
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    fields = json.loads(answer.body)
    event = fields.pop("event")
    assert isinstance(event, int) and event > 0, event
    fields.pop("existing", None)
    fields.pop("warnings", None)
    equal(fields, {"saved": True, "name": name, "version": version,
                   "file": f"{name}-{version}.tgz", "digest": digest(archive)})
    equal(server().get(f"{place}/charts/{name}-{version}.tgz".replace("+", "%2B")).body, archive)
    assert version in versions(server(), name, place.strip("/"))
    return event


# ---- the ways in ----

@table(
    ("raw", "/api/charts", "", lambda a: (a, {})),
    ("T-HTTP-32 raw as curl says it", "/api/charts", "",
     lambda a: (a, {"Content-Type": "application/x-www-form-urlencoded"})),
    ("T-HTTP-32 raw as text/html", "/api/charts", "", lambda a: (a, {"Content-Type": "text/html"})),
    ("raw, chunked", "/api/charts", "", lambda a: (small_pieces(a, 7), {})),
    ("raw, to the default repository by name", "/api/main/charts", "/main", lambda a: (a, {})),
    ("raw, to a new repository", "/api/team-a/charts", "/team-a", lambda a: (a, {})),
    ("raw, to one of two segments", "/api/team-a/stable/charts", "/team-a/stable", lambda a: (a, {})),
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


def part(disposition, data, more=b""):
    return b"Content-Disposition: form-data; " + disposition + b"\r\n" + more + b"\r\n" + data


def join(boundary, *parts, before=b"", after=b"\r\n"):
    sep = b"--" + boundary
    return before + b"".join(sep + b"\r\n" + p + b"\r\n" for p in parts) + sep + b"--" + after


CHART = b'name="chart"; filename="x.tgz"'
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
        b"b", b"content-type: x/y\r\ncontent-disposition: FORM-DATA; NAME=chart; FILENAME=x\r\n\r\n" + a)),
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
    name, stored = next(NAMES), b"\r\n--b\r\n--b--\r\n\r\n--"
    archive = tgz([(f"{name}/Chart.yaml", chart_yaml(name))])
    # A gzip header may carry a file name: the archive holds what almost is its boundary.
    archive = archive[:3] + b"\x08" + archive[4:10] + stored.replace(b"--b", b"--a") + b"\0" + archive[10:]
    kind = {"Content-Type": "multipart/form-data; boundary=ab"}
    check_saved(send("/api/charts", join(b"ab", part(CHART, archive)), kind), archive, name)


# ---- forms that are refused ----

@table(
    ("no boundary", "", lambda a: join(b"b", part(CHART, a)), 400, "boundary"),
    ("empty boundary", "; boundary=", lambda a: join(b"", part(CHART, a)), 400, ""),
    ("boundary of 71 characters", "; boundary=" + "b" * 71,
     lambda a: join(b"b" * 71, part(CHART, a)), 400, "boundary"),
    ("two boundaries", "; boundary=a; boundary=b", lambda a: join(b"b", part(CHART, a)), 400, "two"),
    ("missing final boundary", "; boundary=b",
     lambda a: b"--b\r\n" + part(CHART, a) + b"\r\n", 400, "final boundary"),
    ("body of another boundary", "; boundary=a", lambda a: join(b"b", part(CHART, a)), 400, ""),
    ("LF only", "; boundary=b",
     lambda a: join(b"b", part(CHART, a)).replace(b"\r\n", b"\n"), 400, ""),
    ("preamble of 1 MiB", "; boundary=b",
     lambda a: join(b"b", part(CHART, a), before=b"x" * (1 << 20) + b"\r\n"), 400, "outside its parts"),
    ("10,000 parts", "; boundary=b",
     lambda a: join(b"b", *[part(b'name="x"', b"")] * 10000), 400, "more than 16 parts"),
    ("part header of 64 KiB", "; boundary=b",
     lambda a: join(b"b", part(CHART, a, b"X: " + b"x" * 65536 + b"\r\n")), 400, "headers of a part"),
    ("field chart twice", "; boundary=b",
     lambda a: join(b"b", part(CHART, a), part(CHART, a)), 400, "more than one field chart"),
    ("field prov twice", "; boundary=b",
     lambda a: join(b"b", part(CHART, a), *[part(b'name="prov"; filename="p"', b"x")] * 2), 400,
     "more than one field prov"),
    ("name with NUL", "; boundary=b",
     lambda a: join(b"b", part(b'name="chart\0x"; filename="x"', a)), 400, "control character"),
    ("no name", "; boundary=b", lambda a: join(b"b", part(b'filename="x"', a)), 400, "no name"),
    ("only unknown fields", "; boundary=b",
     lambda a: join(b"b", part(b'name="file"; filename="x"', a)), 400,
     "no package or provenance file found in form fields chart and prov"),
    ("field chart without a file name", "; boundary=b",
     lambda a: join(b"b", part(b'name="chart"', a)), 400, "no package or provenance file"),
    ("transfer encoding base64", "; boundary=b",
     lambda a: join(b"b", part(CHART, a, b"Content-Transfer-Encoding: base64\r\n")), 400, "base64"),
    ("no part at all", "; boundary=b", lambda a: b"--b--\r\n", 400, "no package"),
    ("empty body", "; boundary=b", lambda a: b"", 400, ""))
def t_up_04_form_is_refused(parameters, make, status, text):
    body = make(chart(next(NAMES)))
    headers = {"Content-Type": "multipart/form-data" + parameters}
    with no_trace(server()):
        check_refusal(server(), send("/api/charts", body, headers), status, text=text)
    with no_trace(server()):
        check_refusal(server(), send("/api/charts", small_pieces(body), headers), status)


# ---- bodies that are refused ----

@table(
    ("empty", b"", "EOF"),
    ("one byte", b"\x1f", ""),
    ("a word", b"hello", ""))
def t_up_01_next_to_nothing(body, text):
    for path, method in (("/api/charts", "POST"), ("/x-1.0.0.tgz", "PUT"), ("/api/x/charts", "POST")):
        with no_trace(server()):
            check_refusal(server(), send(path, body, method=method), 400, "archive_refused", text)


@test
def t_up_01_shorter_than_announced():
    archive = chart(next(NAMES))
    head = (f"POST /api/charts HTTP/1.1\r\nHost: {server().host}:{server().port}\r\n"
            f"Content-Length: {len(archive) + 1}\r\n\r\n").encode()
    with no_trace(server()):
        received = server().raw(head, archive, finish=True)
        assert not received.startswith(b"HTTP/1.1 2"), received


def head_of(length=None, path="/api/charts", more=""):
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (f"POST {path} HTTP/1.1\r\nHost: {server().host}:{server().port}\r\n"
            f"{framing}\r\n{more}\r\n").encode()


@test
def t_up_02_too_large_by_its_length():
    """Refused before a byte of the body is there, with or without the client waiting for it."""
    for more in ("", "Expect: 100-continue\r\n"):
        with no_trace(server()):
            answers = responses(server().raw(head_of(LIMIT + 1, more=more)))
            equal(len(answers), 1)
            check_refusal(server(), answers[0], 413, "too_large", str(LIMIT))
            equal(answers[0].headers["Connection"], "close")


@test
def t_up_02_too_large_while_it_comes():
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    resident = server().resident_kib()
    with no_trace(server()):
        received = server().raw(head_of(), *[piece] * (LIMIT // 65536 * 4))
        equal(received.count(b"HTTP/1.1"), 1, received[:300])
        check_refusal(server(), responses(received)[0], 413, "too_large", str(LIMIT))
    assert SANITIZED or server().resident_kib() < resident + LIMIT // 1024 * 16, "the body was kept in memory"


@test
def t_up_02_just_at_the_limit():
    name = next(NAMES)
    archive = chart_of_size(LIMIT - 8192, name)
    assert LIMIT - 8192 < len(archive) <= LIMIT, len(archive)
    check_saved(send("/api/charts", archive), archive, name)
    name = next(NAMES)
    archive = chart_of_size(LIMIT - 8192, name)
    check_saved(send("/api/charts", small_pieces(archive, 65536)), archive, name)


MEMBERS = [("demo/Chart.yaml", chart_yaml())]


@table(
    ("plain tar", tar(MEMBERS), ""),
    ("zip", b"PK\x03\x04" + b"\0" * 100, ""),
    ("YAML", chart_yaml(), ""),
    ("HTML", b"<!DOCTYPE html><html></html>", ""),
    ("empty gzip", tgz([])[:10] + b"\x03\0" + b"\0" * 8, ""),
    ("a provenance file", provenance(b""), ""))
def t_up_03_no_archive(body, text):
    headers = {"Content-Type": multipart([])[1]}
    for path, data, more in (("/api/charts", body, {}),
                             ("/api/charts", multipart([("chart", "x", body)])[0], headers)):
        with no_trace(server()):
            fields = check_refusal(server(), send(path, data, more), 400, "archive_refused")
            contains(fields["error"], text)


# The strict profile has its own tests; these show that its words reach the client.
@table(
    ("T-TAR-05 parent path", [("demo/../x", b"")], "demo/../x", "archive_refused"),
    ("T-TAR-12 two top folders", [("x/y", b"")], "x", "archive_refused"),
    ("T-TAR-13 no Chart.yaml", None, "Chart.yaml", "metadata_refused"),
    ("T-META-01 name with a path", [("demo/Chart.yaml", chart_yaml("../x"))], "name", None),
    ("T-META-02 name with a slash", [("demo/Chart.yaml", chart_yaml("a/b"))], "name", None),
    ("T-META-04 version with a path", [("demo/Chart.yaml", chart_yaml(version="../../x"))],
     "version", None),
    ("T-META-07 apiVersion v3", [("demo/Chart.yaml", chart_yaml(apiVersion="v3"))],
     "apiVersion", None))
def words_of_the_judge(members, text, code):
    if members is None:
        archive = tgz([("demo/values.yaml", b"")])
    elif members[0][0] == "demo/Chart.yaml":
        archive = tgz(members)
    else:
        archive = tgz(MEMBERS + members)
    with no_trace(server()):
        check_refusal(server(), send("/api/charts", archive), 400, code, text)


@test
def t_up_05_chart_and_bad_prov():
    archive = chart(next(NAMES))
    for prov in (b"no provenance", b"x" * ((1 << 20) + 1), provenance(b"another", "other")):
        for first in (False, True):
            with no_trace(server()):
                answer = send("/api/charts", *form(archive, prov, first))
                assert answer.status in (400, 413), answer
                check_refusal(server(), answer, answer.status)


@table(
    ("other digest", lambda a, n: provenance(b"other", n), 400),
    ("other file", lambda a, n: provenance(a, n, file="other-1.0.0.tgz"), 400),
    ("other version", lambda a, n: provenance(a, n, "2.0.0"), 400),
    ("other name", lambda a, n: provenance(a, "other"), 400),
    ("other name, same file", lambda a, n: provenance(a, "other", file=f"{n}-1.0.0.tgz"), 400),
    ("other version, same file", lambda a, n: provenance(a, n, "2.0.0", file=f"{n}-1.0.0.tgz"), 400))
def t_up_06_prov_of_another_chart(make, status):
    name = next(NAMES)
    archive = chart(name)
    prov = make(archive, name)
    with no_trace(server()):    # in one form with a chart that is not there yet
        fields = check_refusal(server(), send("/api/charts", *form(archive, prov)), status,
                               "provenance_refused")
        if b"sha256:" + digest(b"other").encode() in prov:
            contains(fields["error"], digest(b"other"))
            contains(fields["error"], digest(archive))
    equal(send("/api/charts", archive).status, 201)
    file = f"/{name}-1.0.0.tgz.prov"
    with no_trace(server()):    # alone, to a chart that is there
        answer = send(file, prov, method="PUT")
        check_refusal(server(), answer, 400, "provenance_refused")


@test
def t_up_06_prov_states_another_digest():
    name = next(NAMES)
    archive = chart(name)
    equal(send("/api/charts", archive).status, 201)
    with no_trace(server()):
        answer = send("/api/prov", provenance(b"other", name))
        fields = check_refusal(server(), answer, 400, "provenance_refused", digest(b"other"))
        contains(fields["error"], digest(archive))


@test
def t_up_06_prov_without_its_chart():
    with no_trace(server()):
        check_refusal(server(), send("/api/prov", provenance(b"", "nowhere")), 404, "not_found")
    with no_trace(server()):
        check_refusal(server(), send("/api/nowhere/prov", provenance(b"", "nowhere")), 404,
                      "repository_not_found")


@table(
    ("larger than 1 MiB", provenance(b"") + b"x" * (1 << 20), 413),
    ("not clear-signed", b"name: demo\nversion: 1.0.0\n", 400),
    ("empty", b"", 400),
    ("no digest", provenance(b"").replace(b"files:", b"fails:"), 400),
    ("path for a file", provenance(b"", file="../../x-1.0.0.tgz"), 400),
    ("path for a name", provenance(b"", "../../x"), 400),
    ("line break in a name", provenance(b"", '"a\\nb"'), 400),
    ("binary", bytes(range(256)) * 16, 400))
def t_up_07_bad_prov(prov, status):
    with no_trace(server()):
        answer = send("/api/prov", prov)
        check_refusal(server(), answer, status,
                      "provenance_refused" if status == 400 else "too_large")


@test
def t_up_11_digest_in_a_header():
    name = next(NAMES)
    archive = chart(name)
    with no_trace(server()):
        answer = send("/api/charts", archive, {"X-Checksum-Sha256": digest(b"other")})
        check_refusal(server(), answer, 400, "digest_mismatch", digest(archive))
    with no_trace(server()):
        check_refusal(server(), send("/api/charts", archive, {"X-Checksum-Sha256": "abc"}), 400)
    answer = send("/api/charts", archive, {"X-Checksum-Sha256": digest(archive)})
    check_saved(answer, archive, name)


@test
def t_http_31_compressed_upload():
    with no_trace(server()):
        answer = send("/api/charts", chart(next(NAMES)), {"Content-Encoding": "gzip"})
        check_refusal(server(), answer, 415, "unsupported_media_type")


# ---- uploads that end early, many uploads ----

@table(("by its length", 1), ("chunked", 2), ("form", 3))
def t_up_09_given_up(kind):
    archive = chart_of_size(200_000, next(NAMES))
    body, more = archive, ""
    if kind == 3:
        body, headers = form(archive)
        more = f"Content-Type: {headers['Content-Type']}\r\n"
    if kind == 2:
        body = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in small_pieces(archive, 5000)) + b"0\r\n\r\n"
    head = head_of(None if kind == 2 else len(body), more=more)
    for tenth in range(10):
        with no_trace(server()):
            with server().connect() as link:
                link.sendall(head + body[:len(body) * tenth // 10])
                if tenth % 2:    # a reset instead of an end
                    link.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")    # SO_LINGER, 0 s


@test
def t_http_33_reset_at_any_point():
    """Of uploads and downloads, right behind one another; the server stays and holds nothing."""
    archive = chart_of_size(300_000, next(NAMES))
    equal(send("/api/charts", archive).status, 201)
    name = json.loads(send("/api/charts", archive).body)["file"]
    upload = head_of(len(archive)) + archive
    download = (f"GET /charts/{name} HTTP/1.1\r\nHost: x\r\n\r\n").encode()
    with no_trace(server()):
        for i in range(200):
            with server().connect() as link:
                if i % 2:
                    link.sendall(download)
                    link.recv(i * 100 + 1)
                else:
                    link.sendall(upload[:len(upload) * i // 200])
                link.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")


def open_upload(to, archive, sent):
    link = to.connect()
    link.sendall(f"POST /api/charts HTTP/1.1\r\nHost: {to.host}:{to.port}\r\n"
                 f"Content-Length: {len(archive)}\r\n\r\n".encode() + archive[:sent])
    return link


@test
def t_up_08_one_hundred_at_once():
    """Slots for some; the others get 503 with Retry-After at once, and come again."""
    slots, size = 16, 1 << 20
    many = Server(args=("--set", f"upload.max_parallel={slots}"))
    archives = [chart_of_size(size, f"many-{i}", seed=i) for i in range(100)]
    resident = many.resident_kib()
    waiting = list(archives)
    rounds = 0
    while waiting:
        links = [(a, open_upload(many, a, len(a) // 2)) for a in waiting]
        equal(settled(lambda: metric(many, "chartlocker_uploads_running") == min(slots, len(waiting))), True)
        waiting = []
        for archive, link in links:
            with link:
                try:
                    link.sendall(archive[len(archive) // 2:])
                except OSError:
                    pass
                received = b""
                try:
                    while piece := link.recv(65536):
                        received += piece
                        if b"\r\n\r\n" in received and received.endswith(b"}"):
                            break
                except OSError:
                    pass
            if received.startswith(b"HTTP/1.1 503"):
                answer = responses(received)[0]
                check_refusal(many, answer, 503, "busy")
                assert int(answer.headers["Retry-After"]) > 0
                waiting.append(archive)
            else:
                assert received.startswith(b"HTTP/1.1 201"), received[:300]
        rounds += 1
        assert rounds <= 100 // slots + 1, "slots are not given back"
    for i, archive in enumerate(archives):
        equal(many.get(f"/charts/many-{i}-1.0.0.tgz").body == archive, True)
    grown = many.resident_kib() - resident
    assert SANITIZED or grown < 3 * slots * size // 1024 + 30_000, f"{grown} KiB more in memory"


@test
def t_crash_07_uploads_while_draining():
    """SIGTERM: what is coming in is finished, new uploads are told to come again, exit status 0."""
    draining = Server()
    archive = chart("slow")
    begun = open_upload(draining, archive, 50)
    idle = draining.connection()
    idle.request("GET", "/livez")
    idle.getresponse().read()
    equal(settled(lambda: metric(draining, "chartlocker_uploads_running") == 1), True)
    draining.process.terminate()
    equal(settled(lambda: "serve.draining" in draining.log()), True)
    try:
        answer = draining.request("POST", "/api/charts", chart("late"), connection=idle)
        check_refusal(draining, answer, 503, "shutting_down")
        assert int(answer.headers["Retry-After"]) > 0
        equal(answer.headers["Connection"], "close")
    except (ConnectionError, OSError):
        pass    # an idle connection may be closed instead
    with begun:
        begun.sendall(archive[50:])
        received = begun.recv(65536)
        assert received.startswith(b"HTTP/1.1 201"), received
    equal(draining.process.wait(30), 0)
    again = Server(data=draining.data)
    equal(again.get("/charts/slow-1.0.0.tgz").body, archive)
    equal(list(again.index()["entries"]), ["slow"])


# ---- write once ----

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


@test
def t_imm_08_force_is_refused():
    name = next(NAMES)
    equal(send("/api/charts", chart(name)).status, 201)
    for query in ("?force", "?force=", "?force=true", "?force&x=1"):
        with no_trace(server()):
            answer = send("/api/charts" + query, chart(name, description="other"))
            check_refusal(server(), answer, 409, "version_exists")


@test
def t_imm_08_force_where_it_is_allowed():
    running = shared("--set", "overwrite=true")
    archive, other = chart("forced"), chart("forced", description="other")
    prov = provenance(archive, "forced")
    equal(running.publish(archive).status, 201)
    equal(send("/api/prov", prov, to=running).status, 201)
    equal(running.get("/charts/forced-1.0.0.tgz").body, archive)
    with no_trace(running):
        check_refusal(running, running.publish(other), 409, "version_exists")
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
    ("no version", "/api/charts/x", 404, "not_found"),
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
    ("no chart file", "/{name}.zip", 404, ".tgz"),
    ("no file", "/", 405, ""))
def put_under_another_name(path, status, text):
    name = next(NAMES)
    with no_trace(server()):
        answer = send(path.format(name=name), chart(name), method="PUT")
        check_refusal(server(), answer, status, text=text) if path != "/" else equal(answer.status, 405)


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
        check_refusal(server(), send(path, chart(next(NAMES))), 404, "not_found")


# ---- dry run ----

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
    before = len(catalog(running))
    equal(json.loads(running.publish(archive).body)["event"], 2)    # 1 made the repository
    equal(json.loads(running.publish(archive).body)["event"], 2)
    equal(running.publish(chart("logged", description="x")).status, 409)
    answer = running.request("DELETE", "/api/charts/logged/1.0.0")
    equal(json.loads(answer.body)["event"], 3)
    assert len(catalog(running)) > before


if __name__ == "__main__":
    main()
