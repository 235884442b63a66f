#!/usr/bin/env python3
"""Charts of upstreams in the catalog: where they are from, what is in them when somebody looks, and the
page that tells how it is with an upstream.
Long because its rows look at one server that follows several."""
import functools
import html
import json
import re

from wire import Server, contains, equal, make_repo
from people import add_user
from sessions import send, signed_in
import following
from chart_server import ChartServer
from harness import chart, main, must, settled, table, test

README = {"README.md": b"# Zebra\n\nStripes for your cluster.\n", "values.yaml": b"stripes: 7\n"}

follow = functools.partial(following.follow, mode="catalog")


def refresh(server, name="up", **options):
    code, said = following.refresh(server, name, **options)
    equal(code, 200, said)
    return said


def get(server, path, status=200, headers=None):
    answer = server.request("GET", path, headers=headers or {})
    equal(answer.status, status, answer.body)
    return answer


def page(server, path, **more):
    return get(server, path, **more).body.decode()


def found(server, path):
    return json.loads(get(server, path).body)


def plain(markup):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", markup))).strip()


def notices(text):
    return [plain(n) for n in re.findall(r'<p class="notice[^"]*">(.*?)</p>', text, re.S)]


def cells(text, section):
    """Of the rows of its table."""
    part = text.split(f'<section id="{section}">')[1].split("</section>")[0]
    return [[plain(x) for x in re.findall("<td[^>]*>(.*?)</td>", row)] for row in re.findall("<tr><td.*?</tr>", part)]


def marks(text):
    return re.findall(r'<span class="mark[^"]*">([^<]*)</span>', text)


# ---- where charts are from ----

@functools.cache
def mixed():
    """main/demo is hosted, up has zebra (its archive is not here) and horse (kept), odd one called other."""
    upstream = ChartServer()
    upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
    upstream.put("horse", "1.0.0", chart("horse", "1.0.0", README))
    upstream.put("other", "1.0.0", key="odd")
    server = Server(keep=True)
    equal(server.publish(chart("demo")).status, 201)
    follow(server, upstream, mode="proxy")
    refresh(server)
    get(server, "/up/charts/horse-1.0.0.tgz")
    return server, upstream


ORIGINS = [("main/demo", "hosted"), ("up/horse", "cached"), ("up/odd", "remote"), ("up/zebra", "remote")]


@test
def origins_of_a_search():
    server, _ = mixed()
    results = found(server, "/api/v1/search?facets=true&sort=name")
    equal([(f"{r['repo']}/{r['name']}", r["origin"]) for r in results["results"]], ORIGINS)
    equal(results["facets"]["origin"]["values"],
          [{"value": "remote", "count": 2, "chosen": False}, {"value": "cached", "count": 1, "chosen": False},
           {"value": "hosted", "count": 1, "chosen": False}])
    equal([r["name"] for r in found(server, "/api/v1/search?q=is:cached")["results"]], ["horse"])
    equal([r["name"] for r in found(server, "/api/v1/search?origin=hosted")["results"]], ["demo"])
    told = must("search", "--data", server.data, "--sort", "name")
    contains(told, "upstream: ")
    contains(told, "cached: ")


@test
def origins_are_told_by_the_words_of_the_marks():
    shown = page(mixed()[0], "/search?origin=remote")
    for value, label in (("hosted", "hosted here"), ("cached", "upstream, cached here"),
                         ("remote", "upstream, not kept here")):
        assert re.search(rf'value="{value}"[^>]*><span dir="auto">{label}</span>', shown), value
    contains(shown, "Origin: upstream, not kept here")
    url = mixed()[1].url
    for path, told in (("main/demo", "hosted here"), ("up/horse", f"upstream, cached here, from {url}"),
                       ("up/zebra", f"upstream, not kept here, at {url}")):
        contains(page(mixed()[0], f"/packages/{path}"), f'<dt>Origin</dt><dd>{told}')


@table(("cached", "/packages/up/horse", "cached"),
       ("not here", "/packages/up/zebra", "upstream"), ("a search", "/search?q=zebra", "upstream"),
       ("another one", "/search?q=horse", "cached"), ("a repository", "/repos/up", "cached"),
       ("the first page", "/", "upstream"))
def a_mark_says_it(path, word):
    contains(marks(page(mixed()[0], path)), word)


@table(("a chart", "/packages/main/demo"), ("a search", "/search?q=demo"), ("a repository", "/repos/main"))
def what_is_usual_has_no_mark(path):
    assert "hosted" not in marks(page(mixed()[0], path)), path


@table(("catalog", "catalog"), ("proxy", "proxy"))
def an_archive_that_disagrees_is_not_shown(mode):
    """Its index says zebra, its Chart.yaml horse: nobody can pull it, and its page does not show it."""
    upstream = ChartServer()
    upstream.put("zebra", "1.0.0", chart("horse", "1.0.0", README))
    server = Server()
    follow(server, upstream, mode=mode)
    refresh(server)
    told = page(server, "/packages/up/zebra")
    assert "Stripes" not in told, told
    contains(" ".join(notices(told)), "rejected")


@test
def what_nobody_may_see_is_not_told():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        server = Server()
        equal(server.publish(chart("demo")).status, 201)
        follow(server, upstream, private=True)
        refresh(server)
        server.stop()
        add_user(server.data, "root", "admin:*")
        server = Server(data=server.data)
        equal(found(server, "/api/v1/search")["total"], 1)
        get(server, "/packages/up/zebra", 404)
        get(server, "/repos/up", 404)


@test
def the_index_names_charts():
    server, _ = mixed()
    listed = found(server, "/api/chartsvc/v1/charts/up")["data"]
    equal([c["id"] for c in listed], ["up/horse", "up/odd", "up/zebra"])
    [version] = found(server, "/api/chartsvc/v1/charts/up/odd/versions")["data"]
    equal(version["id"], "up/odd-1.0.0")
    equal(version["relationships"]["chart"]["data"]["name"], "odd")
    equal(found(server, "/api/v1/packages/helm/up/odd")["name"], "odd")


@test
def the_same_chart_elsewhere():
    same = chart("zebra", "1.0.0", README)
    with ChartServer() as upstream, ChartServer() as other:
        upstream.put("zebra", "1.0.0", same)
        upstream.put("lion", "1.0.0", digest=None)
        other.put("zebra", "1.0.0", chart("zebra", "1.0.0", {"README.md": b"Lions."}))
        other.put("lion", "2.0.0")
        server = Server()
        equal(server.publish(same).status, 201)
        equal(server.publish(chart("lion", "1.0.0")).status, 201)
        follow(server, upstream, "one")
        follow(server, other, "two")
        refresh(server, "one"), refresh(server, "two")
        equal(found(server, "/api/v1/charts/main/zebra")["elsewhere"],
              [{"repo": "one", "origin": "remote", "shown": "1.0.0", "has_version": True, "bytes": "same"},
               {"repo": "two", "origin": "remote", "shown": "1.0.0", "has_version": True,
                "bytes": "different"}])
        equal(found(server, "/api/v1/charts/main/lion")["elsewhere"],
              [{"repo": "one", "origin": "remote", "shown": "1.0.0", "has_version": True, "bytes": "unknown"},
               {"repo": "two", "origin": "remote", "shown": "2.0.0", "has_version": False}])
        equal(found(server, "/api/v1/charts/one/lion")["digest"], "")
        section = plain(page(server, "/packages/main/zebra").split('id="elsewhere"')[1].split("</section>")[0])
        contains(section, "one the same bytes")
        contains(section, "two other bytes")


@test
def dependencies_across_repositories():
    """Two floors down, through an upstream's address and a virtual repository, without an archive."""
    with ChartServer() as upstream:
        upstream.put("zebra", "1.2.0", dependencies=[{"name": "grass", "version": "^1", "repository": upstream.url}])
        upstream.put("grass", "1.5.0")
        server = Server()
        follow(server, upstream)
        refresh(server)
        make_repo(server, "all", members="main up")
        needs = [{"name": "zebra", "version": "1.x", "repository": upstream.url + "/"},
                 {"name": "grass", "version": "1.x", "repository": f"http://127.0.0.1:{server.port}/all"},
                 {"name": "lion", "version": "1.x", "repository": upstream.url},
                 {"name": "x", "version": "1.x", "repository": "https://nobody.example.org/charts"}]
        equal(server.publish(chart("zoo", "1.0.0", dependencies=needs)).status, 201)
        tree = found(server, "/api/v1/charts/main/zoo/1.0.0/dependencies")
        text = json.dumps(tree)
        edges = {e["name"]: e for e in tree["dependencies"]}
        contains(json.dumps(edges["zebra"]), "1.2.0")
        contains(json.dumps(edges["grass"]), "1.5.0")
        contains(json.dumps(edges["lion"]), "up has no chart lion")
        contains(json.dumps(edges["x"]), "no repository here is known as https://nobody.example.org/charts")
        equal(text.count('"1.5.0"') >= 2, True, text)
        equal([p for p, _ in upstream.requests if p.endswith(".tgz")], [], "graphs fetch nothing")
        users = found(server, "/api/v1/charts/up/grass/1.5.0/used-by")
        contains(json.dumps(users), "zebra")
        contains(json.dumps(users), "zoo")


# ---- where one gets them ----

@table(("proxy", "proxy", True), ("mirror", "mirror", True), ("catalog", "catalog", False))
def where_to_install_from(mode, here):
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        server = Server()
        follow(server, upstream, mode=mode)
        refresh(server)
        url = f"http://127.0.0.1:{server.port}/up" if here else upstream.url
        contains(page(server, "/packages/up/zebra"), f"helm repo add up {url}")
        [listed] = found(server, "/api/chartsvc/v1/charts/up")["data"]
        equal(listed["attributes"]["repo"], {"name": "up", "url": url})
        known = found(server, "/api/v1/charts/up/zebra")
        equal((known["urls"]["repository"], known["upstream"]), (url, upstream.url))


# ---- what is in them ----

@test
def an_archive_comes_when_somebody_looks():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        server = Server()
        follow(server, upstream)
        refresh(server)
        file = "/zebra-1.0.0.tgz"
        page(server, "/search?q=zebra")
        page(server, "/repos/up")
        page(server, "/packages/up/zebra/1.0.0/dependencies", headers={"User-Agent": "Examplebot/1.0"})
        contains(notices(page(server, "/packages/up/zebra", headers={"User-Agent": "Examplebot/1.0"}))[0],
                 "Only what the upstream's index says")
        equal(upstream.count(file), 0, "robots and lists fetch nothing")
        contains(page(server, "/packages/up/zebra"), "Stripes for your cluster")
        contains(page(server, "/packages/up/zebra/1.0.0/values"), "stripes")
        equal(page(server, "/api/chartsvc/v1/assets/up/zebra/versions/1.0.0/values.yaml"), "stripes: 7\n")
        equal(upstream.count(file), 1, "it is kept in memory")
        equal(found(server, "/api/v1/upstreams/up")["held"], 0, "and nowhere else")


@table(("ChartMuseum", "/api/up/charts/zebra/1.0.0/values"), ("a virtual one's", "/api/all/charts/zebra/1.0.0/values"),
       ("Monocular", "/api/chartsvc/v1/assets/up/zebra/versions/1.0.0/values.yaml"),
       ("a virtual one's", "/api/chartsvc/v1/assets/all/zebra/versions/1.0.0/values.yaml"),
       ("our API, of a virtual one", "/api/v1/charts/all/zebra/1.0.0/show/values"))
def an_archive_comes_when_its_values_are_asked_for(path):
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        server = Server()
        follow(server, upstream)
        make_repo(server, "all", members="up")
        refresh(server)
        equal(page(server, path), "stripes: 7\n")
        equal(upstream.count("/zebra-1.0.0.tgz"), 1)


@test
def what_cannot_be_had_is_said():
    upstream = ChartServer()
    upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README), description="Stripes")
    server = Server()
    follow(server, upstream)
    refresh(server)
    upstream.status = 503
    for tab in "", "/1.0.0/values", "/1.0.0/templates", "/1.0.0/dependencies", "/1.0.0/changelog", "/versions":
        text = page(server, "/packages/up/zebra" + tab)
        contains(text, "Stripes")
        contains((notices(text) or [tab])[0], "Only what the upstream's index says")
    known = found(server, "/api/v1/charts/up/zebra")
    assert known["problem"], known
    equal(found(server, "/api/v1/packages/helm/up/zebra")["description"], "Stripes")
    answer = server.request("GET", "/api/v1/charts/up/zebra/1.0.0/show/values")
    assert 502 <= answer.status <= 504, answer.status
    equal(refresh(server)["state"], "failing")
    contains(" ".join(notices(page(server, "/packages/up/zebra"))), "Stale")
    contains(notices(page(server, "/repos/up"))[0], "Failing since")
    contains(page(server, "/admin"), "Upstreams that fail: up.")


@test
def t_fed_08_other_bytes_are_not_shown():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        server = Server()
        follow(server, upstream)
        refresh(server)
        upstream.files["/zebra-1.0.0.tgz"] = chart("zebra", "1.0.0", {"README.md": b"Lions."})
        text = page(server, "/packages/up/zebra")
        assert "Lions" not in text
        contains(notices(text)[0], "other bytes than its index promises")


# ---- how it is with an upstream ----

def form(text, action):
    """The fields of the form that leads there."""
    for place, body in re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', text, re.S):
        fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', body))
        if place == action:
            yield fields


@test
def a_page_with_buttons():
    with ChartServer() as upstream:
        for n in range(4):
            upstream.put("zebra", f"1.{n}.0", chart("zebra", f"1.{n}.0", README))
        upstream.put("bad", "not a version")
        server = Server()
        follow(server, upstream)
        server.stop()
        add_user(server.data, "root", "admin:*")
        add_user(server.data, "reader", "pull:*")
        server = Server(data=server.data)
        key = signed_in(server, "root")
        root = {"Cookie": f"chartlocker={key}"}
        reader = {"Cookie": f"chartlocker={signed_in(server, 'reader')}"}

        def press(action, wanted):
            text = page(server, "/repos/up", headers=root)
            [fields] = [f for f in form(text, f"/admin/repos/up/{action}") if wanted in f][-1:] or [None]
            assert fields, text
            answer = send(server, f"/admin/repos/up/{action}", fields, key)
            equal((answer.status, answer.headers["Location"]), (303, "/repos/up"), answer.body)

        def wait_for(word):
            look = lambda: page(server, "/repos/up", headers=root)
            assert settled(lambda: word in look()), plain(look()[look().index("<main"):])
            return look()

        contains(marks(page(server, "/repos/up")), "never asked")
        press("refresh", "code")
        text = wait_for("4 taken")
        contains(plain(text), "1 skipped")
        contains(plain(text), "bad")
        contains(page(server, "/repos"), "upstream")
        for somebody in {}, reader:
            assert "<form method=\"post\" action=\"/admin" not in page(server, "/repos/up", headers=somebody)
        equal(send(server, "/admin/repos/up/refresh", {"code": "x"}, key).status, 403)

        other = chart("zebra", "1.3.0", {"README.md": b"Lions."})
        upstream.put("zebra", "1.3.0", other)
        press("refresh", "code")
        drifted = wait_for("Other bytes than before")
        contains(plain(drifted), "zebra 1.3.0")
        contains(" ".join(notices(drifted)), "Other bytes upstream. 1 version was published there again")
        contains(drifted, '<dt>Other bytes there</dt><dd><a href="#drift">1 version</a></dd>')
        press("accept", "version")
        assert "Other bytes than before" not in page(server, "/repos/up")
        contains(page(server, "/packages/up/zebra"), "Lions.")

        for n in range(3):
            upstream.drop("zebra", f"1.{n}.0")
        press("refresh", "code")
        text = wait_for("A refresh waits")
        held = found(server, "/api/v1/upstreams/up")
        equal((held["state"], held["since"]), ("held", held["checked_at"]))
        frozen = " ".join(notices(page(server, "/packages/up/zebra")))
        contains(frozen, "Stale. As it was at")
        contains(frozen, "has been waiting for an operator since")
        press("refresh", "code")
        assert settled(lambda: found(server, "/api/v1/upstreams/up")["checked_at"] > held["checked_at"])
        again = found(server, "/api/v1/upstreams/up")
        equal((again["state"], again["since"]), ("held", held["since"]))
        equal(len(found(server, "/api/v1/charts/up/zebra/versions")["versions"]), 4)
        press("refresh", "accept_drop")
        contains(plain(wait_for("Gone there")), "zebra 1.0.0")


@test
def a_feed_has_its_news():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        upstream.put("zebra", "1.1.0")
        upstream.put("lion", "1.1.0")
        server = Server()
        follow(server, upstream)
        refresh(server)
        upstream.put("zebra", "1.1.0", chart("zebra", "1.1.0", {"README.md": b"Lions."}))
        upstream.drop("zebra", "1.0.0")
        refresh(server)
        upstream.status = 503
        refresh(server)

        def titles(path):
            text = page(server, path)
            ids = re.findall("<id>([^<]*)</id>", text)
            equal(len(ids), len(set(ids)), text)
            return re.findall("<title>([^<]*)</title>", text)[1:]

        news = ["up: failing", "up/zebra 1.1.0: drift", "up/zebra 1.0.0: gone"]
        of_zebra = news[1:]
        equal(sorted(titles("/feed/up")[:3]), sorted(news))
        equal(sorted(titles("/feed/up")[3:]), ["lion 1.1.0", "zebra 1.1.0"])
        equal(sorted(titles("/feed")[:3]), sorted(news))
        equal(sorted(titles("/feed/up/zebra")), sorted(of_zebra + ["zebra 1.1.0"]))
        contains(page(server, "/feed/up"), "The upstream fails: it answered 503")
        [drift] = found(server, "/api/v1/upstreams/up/drift")["drift"]
        contains(page(server, "/feed/up"), f"other bytes by now: sha256:{drift['upstream_digest']}. "
                 f"What was promised first stays: sha256:{drift['digest']}.")
        upstream.status = 200
        refresh(server)
        equal(titles("/feed/up")[0], "up: recovered")
        upstream.drop("zebra", "1.1.0")
        upstream.drop("lion", "1.1.0")
        upstream.put("zebra", "1.2.0")
        equal(refresh(server)["state"], "held")
        equal(refresh(server)["state"], "held")
        equal([t for t in titles("/feed/up") if t.startswith("up: ")], ["up: held", "up: recovered", "up: failing"])
        contains(page(server, "/feed/up"), "A refresh waits for an operator: its index lost 2 of 2 versions")
        equal(titles("/feed/main"), [])


@test
def made_with_a_form():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        server = Server()
        server.stop()
        add_user(server.data, "root", "admin:*")
        server = Server(data=server.data)
        key = signed_in(server, "root")

        def make(**fields):
            text = page(server, "/admin/repos", headers={"Cookie": f"chartlocker={key}"})
            [code] = form(text, "/admin/repos#new")
            return send(server, "/admin/repos", {**code, **fields}, key)

        made = make(kind="upstream", name="up", upstream=upstream.url, mode="proxy", allow_private="true",
                    members="main")
        equal((made.status, made.headers["Location"]), (303, "/admin/repos/up"), made.body)
        settings = found(server, "/api/v1/repos/up")["settings"]
        equal((settings["upstream"], settings["mode"], settings["allow_private"]), (upstream.url, "proxy", True))
        made = make(kind="virtual", name="all", members="main up", upstream="x", mode="proxy")
        equal(made.status, 303, made.body)
        equal(found(server, "/api/v1/repos/all")["settings"]["members"], "main up")
        equal(make(kind="hosted", name="own", upstream="x", mode="proxy", members="").status, 303)
        equal(make(kind="upstream", name="none", mode="proxy").status, 400)
        wrong = make(kind="upstream", name="inside", upstream="http://127.0.0.1:1/", mode="mirror")
        equal(wrong.status, 422, wrong.body)
        contains(wrong.body.decode(), '<p class="wrong" id="wrong-upstream">')
        contains(wrong.body.decode(), 'value="upstream" selected')
        contains(wrong.body.decode(), 'value="mirror" selected')
        get(server, "/repos/inside", 404)


@test
def what_is_stale_says_so():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        server = Server()
        follow(server, upstream, mode="proxy")
        refresh(server)
        make_repo(server, "all", members="main up")
        addresses = "/up/index.yaml", "/up/index.json", "/all/index.yaml", "/up/charts/zebra-1.0.0.tgz"
        before = {path: get(server, path) for path in addresses}
        for path, answer in before.items():
            assert not {"Age", "Warning"} & set(answer.headers), (path, answer.headers)
        upstream.status = 503
        equal(refresh(server)["state"], "failing")

        def check():
            for path, answer in before.items():
                now = get(server, path)
                equal((now.body, now.headers["ETag"]), (answer.body, answer.headers["ETag"]))
                equal(now.headers["Warning"], '110 - "Response is Stale"')
                assert 0 <= int(now.headers["Age"]) < 100, now.headers["Age"]
            assert "Age" not in get(server, "/main/index.yaml").headers

        check()
        contains(notices(page(server, "/repos/all"))[0], "Stale. Some of it is as it was at")
        contains(marks(page(server, "/repos/all")), "stale")
        contains(notices(page(server, "/packages/up/zebra"))[0], "Stale. As it was at")
        equal(notices(page(server, "/repos/main")), [])
        [row] = re.findall(r'<tr><td class="name"><a href="/repos/all">.*?</tr>', page(server, "/repos"), re.S)
        equal(marks(row), ["stale"])
        server.stop()
        server = Server(data=server.data)
        assert settled(lambda: "Age" in get(server, "/up/index.yaml").headers)
        check()
        upstream.status = 200
        refresh(server)
        assert "Age" not in get(server, "/all/index.yaml").headers
        equal([notices(page(server, path)) for path in ("/repos/all", "/packages/up/zebra")], [[], []])


@test
def a_private_member_makes_nothing_public_stale():
    """At no level: that it fails would tell that there is one."""
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        server = Server()
        follow(server, upstream, mode="proxy")
        refresh(server)
        for name, members, private in (("all", "main up", False), ("hushed", "up", True), ("inner", "up", False),
                                       ("above", "all hushed inner", False), ("mine", "up", True),
                                       ("top", "inner hushed", True), ("low", "inner", True)):
            make_repo(server, name, members=members, private=private)
        stale = lambda: [name for name in ("all", "inner", "above", "mine", "top", "low")
                         if "Warning" in get(server, f"/{name}/index.yaml").headers]
        upstream.status = 503
        equal(refresh(server)["state"], "failing")
        equal(stale(), ["all", "inner", "above", "mine", "top", "low"])
        equal(server.request("PATCH", "/api/v1/repos/up", '{"private":true}').status, 200)
        equal(stale(), ["mine", "top"])
        equal(notices(page(server, "/repos/all")), [])


@test
def a_virtual_repository_names_its_members():
    server, _ = mixed()
    make_repo(server, "all", members="main up")
    text = page(server, "/repos/all")
    contains(marks(text), "virtual")
    equal(re.findall(r'<li><a href="/repos/([^"]*)">', text), ["main", "up"])


@test
def a_virtual_repository_tells_its_conflicts():
    """Who has a name, who wins and why; of a member that the reader may not see, nothing."""
    with ChartServer() as upstream:
        upstream.put("zebra", "2.0.0")
        upstream.put("lion", "1.0.0")
        server = Server()
        equal(server.publish(chart("zebra", "1.0.0")).status, 201)
        follow(server, upstream)
        refresh(server)
        make_repo(server, "all", members="main up", pins="lion=up cow=main", take_prereleases=False)
        text = page(server, "/repos/all")
        equal(cells(text, "charts"), [["lion", "1.0.0", "up"], ["zebra", "1.0.0", "main"]])
        equal(cells(text, "conflicts"), [["zebra", "main", "hosted", "1", "wins: hosted here"],
                                         ["zebra", "up", "upstream", "1", "shadowed"]])
        contains(text, '<a href="/packages/up/lion/1.0.0">lion</a>')
        contains(plain(text), "lion=up cow=main")
        contains(plain(text), "Take pre-releases. no")
        server.request("PATCH", "/api/v1/repos/up", '{"private":true}')
        server.request("PATCH", "/api/v1/repos/all", '{"private":true}')
        server.stop()
        add_user(server.data, "root", "admin:*")
        add_user(server.data, "bob", "pull:all\npull:main")
        server = Server(data=server.data)
        of = {name: page(server, "/repos/all", headers={"Cookie": f"chartlocker={signed_in(server, name)}"})
              for name in ("root", "bob")}
        equal(len(cells(of["root"], "conflicts")), 2)
        assert 'id="conflicts"' not in of["bob"]
        equal(cells(of["bob"], "charts"), [["lion", "1.0.0", ""], ["zebra", "1.0.0", "main"]])
        assert "/up" not in of["bob"].split("<main")[1] and "lion=up" not in of["bob"]


@test
def what_is_gone_there_is_marked():
    """On its pages, in lists, in the API and by the command; not the versions that are there."""
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0", "2.0.0":
            upstream.put("zebra", version, chart("zebra", version, README))
        server = Server()
        follow(server, upstream, mode="mirror")
        refresh(server)
        assert "gone_since" not in found(server, "/api/v1/charts/up/zebra/1.1.0")
        upstream.drop("zebra", "1.1.0")
        refresh(server)
        [gone] = found(server, "/api/v1/upstreams/up/gone")["gone"]
        day = gone["since"][:10]
        equal({v["version"]: v.get("gone_since") for v in found(server, "/api/v1/charts/up/zebra/versions")["versions"]},
              {"1.0.0": None, "1.1.0": gone["since"], "2.0.0": None})
        equal(found(server, "/api/v1/charts/up/zebra/1.1.0")["gone_since"], gone["since"])
        contains(notices(page(server, "/packages/up/zebra/1.1.0"))[0], f"Gone upstream since {day}.")
        for path in "/packages/up/zebra", "/packages/up/zebra/1.0.0":
            assert "Gone upstream" not in page(server, path)
        equal(marks(page(server, "/packages/up/zebra/versions")).count("gone upstream"), 1)
        contains(plain(page(server, "/repos/up")), "What is kept here stays: 1 of them.")
        contains(must("show", "up/zebra@1.1.0", "--data", server.data).split("gone there since")[1].split("\n")[0], day)
        assert "gone there" not in must("show", "up/zebra", "--data", server.data)


@table(("kept", "mirror", "What came first is kept here"), ("not kept", "proxy", "nobody can pull it"))
def other_bytes_are_told_where_the_version_is(mode, fate):
    """On its own page, among its versions, in the API and by the command, with both digests and the way out."""
    with ChartServer() as upstream:
        for version in "1.0.0", "1.1.0":
            upstream.put("zebra", version, chart("zebra", version, README))
        server = Server()
        follow(server, upstream, mode=mode)
        refresh(server)
        first = found(server, "/api/v1/charts/up/zebra/1.0.0")
        assert "drift_since" not in first and "upstream_digest" not in first, first
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", {"README.md": b"Lions."}))
        refresh(server)
        [drift] = found(server, "/api/v1/upstreams/up/drift")["drift"]
        told = found(server, "/api/v1/charts/up/zebra/1.0.0")
        equal((told["drift_since"], told["digest"], told["upstream_digest"]),
              (drift["since"], first["digest"], drift["upstream_digest"]))
        equal({v["version"]: v.get("drift_since") for v in found(server, "/api/v1/charts/up/zebra/versions")["versions"]},
              {"1.0.0": drift["since"], "1.1.0": None})
        for tab in "", "/values":
            text = page(server, "/packages/up/zebra/1.0.0" + tab)
            notice = plain(text.split('id="drift">')[1].split("<nav")[0])
            for part in (f"Other bytes upstream since {drift['since'][:10]}.", fate, first["digest"],
                         drift["upstream_digest"], "chartlocker upstream drift up --accept zebra 1.0.0"):
                contains(notice, part)
            contains(text, 'href="/repos/up#drift"')
        assert "Other bytes upstream" not in page(server, "/packages/up/zebra")
        equal(marks(page(server, "/packages/up/zebra/versions")).count("other bytes upstream"), 1)
        said = must("show", "up/zebra@1.0.0", "--data", server.data)
        contains(said, drift["upstream_digest"])
        must("upstream", "drift", "up", "--accept", "zebra", "1.0.0", "--data", server.data)
        assert "drift_since" not in found(server, "/api/v1/charts/up/zebra/1.0.0")
        assert "Other bytes upstream" not in page(server, "/packages/up/zebra/1.0.0")


@test
def what_its_publisher_took_back_is_not_called_gone():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        upstream.put("zebra", "1.1.0")
        server = Server()
        follow(server, upstream, mode="mirror", missing_digest="refuse")
        refresh(server)
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README), digest=None)
        refresh(server)
        text = notices(page(server, "/packages/up/zebra/1.0.0"))[0]
        contains(text, "Taken back upstream since")
        contains(text, "it has no digest, which missing_digest refuses")
        assert "no more" not in text, text
        contains(found(server, "/api/v1/charts/up/zebra/1.0.0")["taken_back"], "missing_digest")


@test
def what_is_not_taken_says_why():
    """A version that the upstream has and this server has not: refused, or left out by a rule."""
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        upstream.put("zebra", "1.1.0", digest=None)
        upstream.put("zebra", "2.0.0")
        upstream.put("lion", "1.0.0", digest=None)
        server = Server()
        follow(server, upstream, missing_digest="refuse", take_versions="<2")
        refresh(server)
        for path, why in (("zebra/1.1.0", "it is refused: it has no digest, which missing_digest refuses"),
                          ("lion/1.0.0", "it is refused: it has no digest, which missing_digest refuses"),
                          ("zebra/2.0.0", "it is left out: take_versions")):
            whole = f"{path.replace('/', ' ')} is in the upstream's index, but not here: {why}"
            contains(plain(page(server, "/packages/up/" + path, status=404)), whole)
            equal(json.loads(get(server, "/api/v1/charts/up/" + path, 404).body)["detail"], whole)
        contains(get(server, "/api/v1/charts/up/zebra/9.0.0", 404).body.decode(), "zebra has no version 9.0.0")


@test
def what_could_not_be_fetched_stands_apart():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0", chart("zebra", "1.0.0", README))
        upstream.put("lion", "1.0.0")
        upstream.put("bad", "not a version")
        upstream.files["/zebra-1.0.0.tgz"] = chart("zebra", "1.0.0", {"README.md": b"Lions."})
        server = Server()
        follow(server, upstream, mode="mirror")
        refresh(server)
        text = page(server, "/repos/up")
        equal([row[:2] for row in cells(text, "skipped")], [["bad", "not a version"]])
        [[name, version, why]] = cells(text, "unfetched")
        equal((name, version), ("zebra", "1.0.0"))
        contains(why, "other bytes than its index promises")
        upstream.files["/zebra-1.0.0.tgz"] = chart("zebra", "1.0.0", README)
        server.stop()                            # which remembers for a while what it could not get
        server = Server(data=server.data)
        get(server, "/up/charts/zebra-1.0.0.tgz")
        assert "Could not be fetched" not in page(server, "/repos/up")


@test
def a_list_says_what_it_leaves_out():
    with ChartServer() as upstream:
        upstream.put("zebra", "1.0.0")
        for number in range(55):
            upstream.put(f"bad-{number}", "not a version")
        server = Server()
        follow(server, upstream)
        refresh(server)
        text = page(server, "/repos/up")
        equal(len(cells(text, "skipped")), 50)
        contains(text, "The first 50 of 55 are shown.")


main()
