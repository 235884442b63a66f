#!/usr/bin/env python3
"""Forms and bodies that are refused: what is said, and that no trace is left."""
from wire import SANITIZED, check_refusal, contains, equal, no_trace
from harness import (chart, chart_of_size, chart_yaml, digest, form, main, multipart, provenance,
                     responses, table, tar, test, tgz)
from uploads import (CHART, LIMIT, NAMES, check_saved, head_of, join, part, send, server,
                     small_pieces)


@table(
    ("no boundary", "", lambda a: join(b"b", part(CHART, a)), 400, "boundary"),
    ("empty boundary", "; boundary=", lambda a: join(b"", part(CHART, a)), 400, ""),
    ("boundary of 71 characters", "; boundary=" + "b" * 71,
     lambda a: join(b"b" * 71, part(CHART, a)), 400, "boundary"),
    ("two boundaries", "; boundary=a; boundary=b",
     lambda a: join(b"b", part(CHART, a)), 400, "two"),
    ("missing final boundary", "; boundary=b",
     lambda a: b"--b\r\n" + part(CHART, a) + b"\r\n", 400, "final boundary"),
    ("body of another boundary", "; boundary=a", lambda a: join(b"b", part(CHART, a)), 400, ""),
    ("LF only", "; boundary=b",
     lambda a: join(b"b", part(CHART, a)).replace(b"\r\n", b"\n"), 400, ""),
    ("preamble of 1 MiB", "; boundary=b",
     lambda a: join(b"b", part(CHART, a), before=b"x" * (1 << 20) + b"\r\n"), 400,
     "outside its parts"),
    ("10,000 parts", "; boundary=b",
     lambda a: join(b"b", *[part(b'name="x"', b"")] * 10000), 400, "more than 16 parts"),
    ("part header of 64 KiB", "; boundary=b",
     lambda a: join(b"b", part(CHART, a, b"X: " + b"x" * 65536 + b"\r\n")), 400,
     "headers of a part"),
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


@table(
    ("empty", b"", "EOF"),
    ("one byte", b"\x1f", ""),
    ("a word", b"hello", ""))
def t_up_01_next_to_nothing(body, text):
    for path, method in (("/api/charts", "POST"), ("/x-1.0.0.tgz", "PUT"),
                         ("/api/x/charts", "POST")):
        with no_trace(server()):
            check_refusal(server(), send(path, body, method=method), 400, "archive_refused", text)


@test
def t_up_01_shorter_than_announced():
    archive = chart(next(NAMES))
    with no_trace(server()):
        received = server().raw(head_of(len(archive) + 1), archive, finish=True)
        assert not received.startswith(b"HTTP/1.1 2"), received


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
    grown = server().resident_kib() - resident
    assert SANITIZED or grown < LIMIT // 1024 * 16, f"{grown} KiB more in memory"


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


def needs(**more):
    return {"name": "dep", "version": "1.0.0", "repository": "https://x.example/", **more}


@table(
    ("path for an alias", [needs(alias="../../traverse")], 400),
    ("line break in an alias", [needs(alias="a\nb")], 400),
    ("same name twice", [needs(), needs()], 400),
    ("same alias twice", [needs(alias="a"), needs(name="other", alias="a")], 400),
    ("file", [needs(repository="file:///etc")], 200),
    ("javascript", [needs(repository="javascript:alert(1)")], 200),
    ("by its local name", [needs(repository="@name")], 200),
    ("oci", [needs(repository="oci://x.example/y")], 200))
def t_meta_09_dependencies(dependencies, status):
    """What Helm refuses is refused; addresses are text that nobody follows."""
    name = next(NAMES)
    with no_trace(server()):
        answer = send("/api/charts?dry_run", chart(name, dependencies=dependencies))
        if status == 400:
            check_refusal(server(), answer, 400, "metadata_refused", "dependency")
        equal(answer.status, status, answer.body)


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
    ("other version, same file",
     lambda a, n: provenance(a, n, "2.0.0", file=f"{n}-1.0.0.tgz"), 400))
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
    ("not clear-signed", b"name: demo\nversion: 1.0.0\n", "does not begin with -----BEGIN PGP"),
    ("empty", b"", "it is empty"),
    ("no name", provenance(b"").replace(b"\nname:", b"\nfame:"), 'no line begins with "name: "'),
    ("bad digest", provenance(b"", sha256="abc"), 'SHA-256 digest under "files:"'),
    ("path for a file", provenance(b"", file="../../x-1.0.0.tgz"), "../../x-1.0.0.tgz"),
    ("path for a name", provenance(b"", "../../x"), "../../x 1.0.0 is not what"),
    ("line break in a name", provenance(b"", '"a\\nb"'), "is not what"),
    ("binary", bytes(range(256)) * 16, "does not begin with"))
def t_up_07_bad_prov(prov, text):
    """ChartMuseum's words, which its clients compare, and beside them what is wrong."""
    for path, sent in (("/api/prov", (prov,)), ("/api/charts", form(chart("demo"), prov)),
                       ("/demo-1.0.0.tgz.prov", (prov, None, "PUT"))):
        with no_trace(server()):
            fields = check_refusal(server(), send(path, *sent), 400, "provenance_refused")
        equal(fields["error"], "invalid provenance file")
        contains(fields["detail"], text)


@test
def t_up_07_prov_with_another_text():
    with no_trace(server()):
        prov = provenance(b"") + b"x" * (1 << 20)
        check_refusal(server(), send("/api/prov", prov), 413, "too_large")
    with no_trace(server()):
        prov = provenance(b"").replace(b"files:", b"fails:")
        check_refusal(server(), send("/api/prov", prov), 400, "provenance_refused", "no sha256")


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


if __name__ == "__main__":
    main()
