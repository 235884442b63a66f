#!/usr/bin/env python3
"""/upload: charts that a form brings, what is said of each, and who may."""
import functools
import html
import json
import re

from wire import Server, contains, equal, make_repo
from people import PASSWORD, add_token, add_user, basic
from sessions import OWN, signed_in
from uploads import join, part
from harness import chart, digest, main, provenance, settled, table, test

ROLES = {"root": "admin:*", "pusher": "pull:*\npush:stable", "blind": "push:vault", "reader": "pull:*"}
FORM = {"Content-Type": "multipart/form-data; boundary=XX"}


@functools.cache
def server():
    running = Server(keep=True)
    make_repo(running, "stable")
    make_repo(running, "vault", private=True)
    make_repo(running, "strict", max_versions=1)
    running.stop()
    for name, roles in ROLES.items():
        add_user(running.data, name, roles)
    server_with = Server(data=running.data, keep=True)
    server_with.token = add_token(running.data, "reds", "pull:*\npush:stable:redis*")
    return server_with


@functools.cache
def cookie(name):
    password = server().token if name == "reds" else PASSWORD
    return {"Cookie": f"chartlocker={signed_in(server(), name, password)}"} if name else {}


@functools.cache
def code(name, repo="stable"):
    page = server().get(f"/upload?repo={repo}", cookie(name)).body.decode()
    return re.search(r'name="code" value="([0-9a-f]{64})"', page)[1].encode()


def file(name, data):
    return part(b'name="file"; filename="' + name + b'"', data)


def send(name, *files, repo="stable", check=False, sealed=None, headers=None):
    parts = [part(b'name="code"', code(name, repo) if sealed is None else sealed)]
    parts += [part(b'name="check"', b"1")] if check else []
    return server().request("POST", f"/upload/{repo.replace('/', '~')}", join(b"XX", *parts, *files),
                            {**FORM, **OWN, **cookie(name), **(headers or {})})


def verdicts(answer):
    """[(word, the text of the rest)], a row for each file."""
    page = answer.body.decode()
    rows = re.search(r'id="verdicts">(.*?)</section>', page, re.S)[1].split("<li>\n<h3>")[1:]
    plain = [html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", row))).strip() for row in rows]
    words = [re.match(r'<span class="mark[^"]*">([^<]*)', row)[1] for row in rows]
    return [(word, text[len(word):].strip()) for word, text in zip(words, plain)]


def audit():
    answer = server().get("/api/v1/audit?limit=1000", basic("root", PASSWORD))
    return [(row["name"], row["action"], row["object"], row["verdict"])
            for row in json.loads(answer.body)["audit"]]


def is_logged(row):
    return row in audit()


def audited(name):
    """The audit log up to the publish of a chart of this name: what came before it is in it by then."""
    send("pusher", file(b"x.tgz", chart(name)))
    assert settled(lambda: is_logged(("pusher", "publish", f"stable/{name}-1.0.0.tgz", "ok")))
    return audit()


# ---- publishing ----

@test
def one_is_published():
    archive = chart("one", "1.2.3")
    answer = send("pusher", file(b"one.tgz", archive))
    equal(answer.status, 200, answer.body)
    [(word, text)] = verdicts(answer)
    equal(word, "published")
    contains(text, "one 1.2.3")
    contains(text, f"sha256:{digest(archive)}")
    contains(answer.body.decode(), 'href="/packages/stable/one/1.2.3"')
    equal(server().get("/packages/stable/one/1.2.3").status, 200)
    equal(server().get("/stable/charts/one-1.2.3.tgz").body, archive)
    contains(answer.headers["Cache-Control"], "no-store")


@test
def each_of_several_has_a_verdict():
    old, new = chart("many", "1.0.0"), chart("many", "1.0.0", description="other bytes")
    equal(send("pusher", file(b"old.tgz", old)).status, 200)
    answer = send("pusher", file(b"a.tgz", chart("many", "2.0.0")), file(b"b.tgz", old),
                  file(b"c.tgz", new), file(b"d.tgz", b"no archive"), file(b"e.tgz", b""))
    equal(answer.status, 200)
    words = [word for word, _ in verdicts(answer)]
    equal(words, ["published", "exists already", "exists with other bytes", "refused", "refused"])
    texts = [text for _, text in verdicts(answer)]
    contains(texts[2], "Raise the version in Chart.yaml")
    contains(texts[3], "Package the chart anew")
    contains(texts[4], "the upload is empty")
    equal(server().get("/stable/charts/many-2.0.0.tgz").status, 200)


@test
def provenance_goes_with_its_archive():
    archive = chart("signed", "1.0.0")
    signed = provenance(archive, "signed", "1.0.0")
    [(word, text)] = verdicts(send("pusher", file(b"signed.tgz.prov", signed), file(b"signed.tgz", archive)))
    equal(word, "published")
    contains(text, "with its provenance file")
    equal(server().get("/stable/charts/signed-1.0.0.tgz.prov").body, signed)


@test
def provenance_comes_later():
    archive = chart("later", "1.0.0")
    signed = provenance(archive, "later", "1.0.0")
    [(word, text)] = verdicts(send("pusher", file(b"later-1.0.0.tgz.prov", signed)))
    equal(word, "refused")
    contains(text, "Choose the archive and its provenance file together")
    equal(send("pusher", file(b"later.tgz", archive)).status, 200)
    [(word, _)] = verdicts(send("pusher", file(b"later-1.0.0.tgz.prov", signed)))
    equal(word, "published")
    equal(server().get("/stable/charts/later-1.0.0.tgz.prov").body, signed)


@test
def findings_are_lines():
    archive = chart("lines", "1.0.0", {"values.yaml": b"a: 1\na: 2\n", "templates/NOTES.txt": b"x"})
    answer = send("pusher", file(b"lines.tgz", archive))
    [(word, text)] = verdicts(answer)
    equal(word, "published")
    contains(text, 'warning values.yaml:2: duplicate key "a"')
    contains(text, "lint Chart.yaml: icon is recommended")
    assert answer.body.decode().count("<li><span") >= 2


@test
def check_only_stores_nothing():
    archive = chart("checked", "1.0.0")
    before = audited("before")
    answer = send("pusher", file(b"checked.tgz", archive), file(b"bad.tgz", b"bad"), check=True)
    equal([word for word, _ in verdicts(answer)], ["acceptable", "refused"])
    contains(answer.body.decode(), digest(archive))
    equal(server().get("/stable/charts/checked-1.0.0.tgz").status, 404)
    equal(len(audited("after")), len(before) + 1)


@test
def quota_of_the_repository():
    equal(send("root", file(b"a.tgz", chart("q", "1.0.0")), repo="strict").status, 200)
    [(word, text)] = verdicts(send("root", file(b"b.tgz", chart("q", "2.0.0")), repo="strict"))
    equal(word, "refused")
    contains(text, "quota")


@test
def every_file_is_in_the_audit_log():
    send("pusher", file(b"x.tgz", chart("logged", "1.0.0")), file(b"y.tgz", b"bad"),
         file(b"z.tgz", chart("logged", "1.1.0")))
    send("pusher", file(b"x.tgz", chart("logged", "3.0.0")), sealed=b"0" * 64)
    for row in (("pusher", "publish", "stable/logged-1.0.0.tgz", "ok"),
                ("pusher", "publish", "stable/logged-1.1.0.tgz", "ok"),
                ("pusher", "publish", "stable", "archive_refused"),
                ("pusher", "publish", "/upload/stable", "form_refused")):
        assert settled(functools.partial(is_logged, row)), (row, audit()[-8:])


# ---- refusals ----

@table(("nobody", None, "stable", 401), ("who reads", "reader", "stable", 403),
       ("another repository", "pusher", "main", 403), ("a private one", "pusher", "vault", 403),
       ("none", "pusher", "nowhere", 403))
def who_may_not(name, repo, status):
    answer = send(name, file(b"x.tgz", chart("denied", "1.0.0")), repo=repo, sealed=b"")
    equal(answer.status, status)
    equal(server().get(f"/{repo}/charts/denied-1.0.0.tgz", cookie("root")).status, 404)


@test
def a_token_of_one_chart():
    words = [word for word, _ in verdicts(send("reds", file(b"a.tgz", chart("redis", "1.0.0")),
                                               file(b"b.tgz", chart("blue", "1.0.0"))))]
    equal(words, ["published", "refused"])


@table(("none", b"", {}, 403), ("another's", None, {}, 403), ("a long one", b"0" * 65, {}, 400),
       ("another site", True, {"Sec-Fetch-Site": "cross-site"}, 403),
       ("no word of the browser", True, {"Sec-Fetch-Site": ""}, 403))
def forms_of_others(sealed, headers, status):
    sealed = code("root") if sealed is None else code("pusher") if sealed is True else sealed
    answer = send("pusher", file(b"x.tgz", chart("forged", "1.0.0")), sealed=sealed, headers=headers)
    equal(answer.status, status)
    equal(server().get("/stable/charts/forged-1.0.0.tgz").status, 404)


@table(("of a path", b"../../etc/passwd.tgz"), ("of markup", b"<img src=x onerror=alert(1)>.tgz"),
       ("no text", b"\xff\xfe.tgz"), ("long", b"n" * 4000 + b".tgz"), ("of quotes", b"a\\\"b'.tgz"),
       ("of another kind", b"x.exe"))
def hostile_names(name):
    answer = send("pusher", file(name, chart("named", "1.0.0")))
    equal(answer.status, 200)
    [(word, text)] = verdicts(answer)
    assert word in ("published", "exists already")
    contains(text, "named 1.0.0")
    body = answer.body.decode()
    assert "<img" not in body and len(body) < 30000


@table(("no form", "application/x-www-form-urlencoded", b"code=x", 415),
       ("no end", FORM["Content-Type"], b"--XX\r\nContent-Disposition: form-data; name=code\r\n\r\nx", 400),
       ("no boundary", "multipart/form-data", b"", 400))
def no_forms(kind, body, status):
    answer = server().request("POST", "/upload/stable", body,
                              {**OWN, **cookie("pusher"), "Content-Type": kind})
    equal(answer.status, status)


@test
def without_a_file():
    for files in ((), (file(b"", b""),)):
        answer = send("pusher", *files)
        equal(answer.status, 400)
        contains(answer.body.decode(), "choose one or more files first")


@test
def too_many_files():
    files = [file(b"%d.tgz" % n, b"x") for n in range(13)]
    answer = send("pusher", *files)
    equal(answer.status, 400)
    contains(answer.body.decode(), "A form may have 12 files")


# ---- the page ----

@table(("nobody", None, "", 401), ("nobody asks for one", None, "?repo=stable", 401),
       ("who reads", "reader", "", 403), ("reads only there", "pusher", "?repo=main", 403),
       ("publishes", "pusher", "", 200), ("no such repository", "root", "?repo=nowhere", 404),
       ("does not see it", "pusher", "?repo=vault", 403), ("sees none", "blind", "", 403),
       ("names it", "blind", "?repo=vault", 200))
def the_page(name, query, status):
    equal(server().get(f"/upload{query}", cookie(name)).status, status)


@test
def only_what_one_may_publish_to():
    def offered(name):
        return re.findall(r'<option value="([^"]*)"', server().get("/upload", cookie(name)).body.decode())
    equal(offered("pusher"), [])        # one: there is nothing to choose
    equal(offered("root"), ["main", "stable", "strict", "vault"])
    page = server().get("/upload?repo=vault", cookie("root")).body.decode()
    contains(page, '<option value="vault" selected>')
    contains(page, 'action="/upload/vault"')


@test
def not_where_the_api_is_switched_off():
    running = Server(args=("--set", "api.enabled=false"))
    equal(running.get("/upload").status, 404)
    assert 'href="/upload"' not in running.get("/").body.decode()


@test
def the_way_there():
    for name, there in (("pusher", True), ("reader", False), (None, False)):
        page = server().get("/", cookie(name)).body.decode()
        equal('href="/upload"' in page, there)


main()
