#!/usr/bin/env python3
"""What the search and the pages of the catalog make of a virtual repository: its charts are its members'."""
import functools
import json

from wire import Server, equal, make_repo
from people import PASSWORD, add_user, basic
from harness import chart, main, settled, table, test

BROWSER = {"Accept": "text/html"}


@functools.cache
def server():
    """Two hosted members, of which the first has `both` and the view; a view that filters, one above it."""
    running = Server(keep=True)
    make_repo(running, "team/dev")
    make_repo(running, "more")
    for repo, archives in (
            ("team/dev", (chart("app"), chart("app", "2.0.0"), chart("app", "3.0.0-rc.1"), chart("both", "1.1.0"),
                          chart("old"), chart("new", "9.0.0"), chart("edge", "1.0.0-rc.1"))),
            ("more", (chart("both", "9.0.0"), chart("other", description="an app of the others"))),
            ("main", (chart("app", "7.0.0"), chart("elsewhere")))):
        for archive in archives:
            equal(running.publish(archive, repo).status, 201)
    make_repo(running, "prod", members="team/dev more", take_versions="<2.0.0", take_prereleases=False)
    make_repo(running, "team/all", members="prod main")
    return running


def found(query, running=None, headers=None):
    answer = (running or server()).get(f"/api/v1/search?sort=name&limit=100&{query}", headers or {})
    equal(answer.status, 200, answer.body)
    told = json.loads(answer.body)
    equal(told["total"], len(told["results"]))
    return [f"{hit['repo']}/{hit['name']}" for hit in told["results"]]


PROD = ["team/dev/app", "team/dev/both", "team/dev/old", "more/other"]
ALL = ["team/dev/app", "team/dev/both", "main/elsewhere", "team/dev/old", "more/other"]


@table(
    ("what it shows", "repo=prod", PROD), ("as a field", "q=repo:prod", PROD), ("in another case", "q=repo:PROD", PROD),
    ("one above it", "repo=team/all", ALL), ("one above it, as a field", "q=repo:team~all", ALL),
    ("with words", "q=app&repo=prod", ["team/dev/app", "more/other"]),
    ("all but it", "q=-repo:prod", ["main/app", "more/both", "team/dev/edge", "main/elsewhere", "team/dev/new"]),
    ("it or another", "repo=prod&repo=main", ["main/app", "team/dev/app", "team/dev/both", "main/elsewhere",
                                             "team/dev/old", "more/other"]),
    ("it and a member", "repo=prod&q=repo:more", ["more/other"]),
    ("a member, as ever", "repo=more", ["more/both", "more/other"]), ("none", "repo=nothing", []))
def repo_of_a_search(query, charts):
    equal(sorted(found(query), key=lambda path: path.rpartition("/")[2]), charts)


@test
def facets_count_it():
    told = json.loads(server().get("/api/v1/search?repo=prod&facets=true").body)
    equal(told["facets"]["repo"], {"values": [
        {"value": "prod", "count": 4, "chosen": True}, {"value": "team/dev", "count": 5, "chosen": False},
        {"value": "main", "count": 2, "chosen": False}, {"value": "more", "count": 2, "chosen": False}], "more": 0})
    equal(told["facets"]["type"]["values"], [{"value": "application", "count": 4, "chosen": False}])


@test
def other_apis_search_it():
    told = json.loads(server().get("/api/v1/packages/search?repo=prod").body)
    equal(sorted(package["name"] for package in told["packages"]), ["app", "both", "old", "other"])
    body = server().get("/search?repo=prod", BROWSER).body.decode()
    equal([name for name in ("app", "elsewhere") if f"/{name}\"" in body], ["app"])


@table(*((path, path, target) for path, target in (
    ("/packages/prod/app", "/packages/team~dev/app/1.0.0"), ("/packages/prod/app/", "/packages/team~dev/app/1.0.0"),
    ("/packages/prod/app/latest", "/packages/team~dev/app/1.0.0"),
    ("/packages/prod/app/1.0.0", "/packages/team~dev/app/1.0.0"),
    ("/packages/prod/app/values", "/packages/team~dev/app/1.0.0/values"),
    ("/packages/prod/app/latest/values?q=a", "/packages/team~dev/app/1.0.0/values?q=a"),
    ("/packages/prod/app/versions", "/packages/team~dev/app/versions"),
    ("/packages/prod/both", "/packages/team~dev/both/1.1.0"),
    ("/packages/team~all/app", "/packages/team~dev/app/1.0.0"),
    ("/packages/team/all/other", "/packages/more/other/1.0.0"))))
def page_leads_to_the_member(path, target):
    for method in ("GET", "HEAD"):
        answer = server().request(method, path, None, BROWSER)
        equal((answer.status, answer.headers["Location"]), (308, target))
    equal(server().get(target, BROWSER).status, 200)


@table(*((path, path) for path in (
    "/packages/prod/app/2.0.0", "/packages/prod/app/2.0.0/values", "/packages/prod/edge", "/packages/prod/new",
    "/packages/prod/nothing", "/packages/prod/elsewhere/versions", "/packages/team~all/app/7.0.0")))
def page_of_what_it_does_not_show(path):
    answer = server().get(path, BROWSER)
    equal((answer.status, answer.headers["Location"]), (404, None))


@test
def its_page_links_what_it_shows():
    body = server().get("/repos/prod", BROWSER).body.decode()
    equal([version for version in ("1.0.0", "2.0.0") if f'href="/packages/team~dev/app/{version}"' in body], ["1.0.0"])


@test
def a_private_member_is_told_to_its_readers():
    running = Server()
    make_repo(running, "vault", private=True)
    make_repo(running, "inner", members="vault main", private=True)
    make_repo(running, "outer", members="vault main")
    for repo in ("vault", "main"):
        equal(running.publish(chart(f"of-{repo}"), repo).status, 201)
    add_user(running.data, "root", "admin:*")
    add_user(running.data, "half", "pull:inner")
    for who, view, charts in (("root", "inner", ["main/of-main", "vault/of-vault"]), ("root", "outer", ["main/of-main"]),
                              ("half", "inner", ["main/of-main"]), (None, "outer", ["main/of-main"]), (None, "inner", [])):
        headers = basic(who, PASSWORD) if who else {}
        assert settled(lambda headers=headers, view=view, charts=charts:
                       found(f"repo={view}", running, headers) == charts), (who, view)
        status = running.get(f"/packages/{view}/of-vault", {**BROWSER, **headers}).status
        equal(status, 308 if (who, view) == ("root", "inner") else 404, (who, view))


if __name__ == "__main__":
    main()
