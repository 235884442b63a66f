#!/usr/bin/env python3
"""Addresses that are nearly one of a page: those that lead to it, and what a page says that is not there."""
import re

from wire import Server, equal, make_repo
from harness import chart, main, table, test
from hub import ROOT, server
from people import PASSWORD, add_user, basic

BROWSER = {"Accept": "text/html"}


def page(path, headers=None, running=None):
    return (running or server()).get(path, {**BROWSER, **(headers or {})})


def chips(answer):
    equal(answer.status, 404, answer.body)
    return re.findall(r'<a class="chip" href="([^"]*)">', answer.body.decode())


# ---- those that lead to it ----

@table(*((path, path, target) for path, target in (
    ("/search/", "/search"), ("/search/?q=a&page=2", "/search?q=a&page=2"), ("/repos/", "/repos"),
    ("/repos/main/", "/repos/main"), ("/packages/main/alpha/", "/packages/main/alpha"),
    ("//packages/main//alpha//1.0.0/", "/packages/main/alpha/1.0.0"), ("/login/", "/login"),
    ("/packages/team-a/stable/plus", "/packages/team-a~stable/plus"),
    ("/packages/team-a/stable/plus/", "/packages/team-a~stable/plus"),
    ("/packages/team-a/stable/plus/1.0.0+build.7", "/packages/team-a~stable/plus/1.0.0%2Bbuild.7"),
    ("/packages/team-a/stable/plus/1.0.0+build.7/values?path=x",
     "/packages/team-a~stable/plus/1.0.0%2Bbuild.7/values?path=x"),
    ("/packages/team-a/stable/plus/values", "/packages/team-a~stable/plus/latest/values"),
    ("/packages/team-a/stable/plus/versions", "/packages/team-a~stable/plus/versions"),
    ("/feed/team-a/stable", "/feed/team-a~stable"), ("/feed/team-a/stable/plus", "/feed/team-a~stable/plus"),
    ("/badge/team-a/stable/plus.svg", "/badge/team-a~stable/plus.svg"),
    ("/repos/team-a~stable", "/repos/team-a/stable"), ("/repos/team-a~stable/", "/repos/team-a/stable"),
    ("/main", "/repos/main"), ("/main/", "/repos/main"), ("/team-a/stable", "/repos/team-a/stable"),
    ("//team-a/stable/?q=a", "/repos/team-a/stable?q=a"), ("/team-a~stable", "/repos/team-a/stable"),
    ("/packages/main", "/repos/main"), ("/packages/team-a~stable/", "/repos/team-a/stable"),
    ("/packages/main/alpha/values", "/packages/main/alpha/latest/values"),
    ("/packages/main/alpha/templates?path=a%20b", "/packages/main/alpha/latest/templates?path=a%20b"),
    ("/packages/main/alpha/dependencies/", "/packages/main/alpha/latest/dependencies"),
    ("/packages/main/alpha/changelog", "/packages/main/alpha/latest/changelog"))))
def leads_to(path, target):
    for method in ("GET", "HEAD"):
        answer = server().request(method, path, None, BROWSER)
        equal((answer.status, answer.headers["Location"]), (308, target))
    if "path=" not in target:
        equal(page(target).status, 200)


@table(*((path, path, status) for path, status in (
    ("/packages/main/nothing/else", 404), ("/packages/team-a/nothing/plus", 404), ("/nothing/", 404),
    ("/packages/vault/stable/plus", 404), ("/repos/team-a~nothing", 404), ("/index.yaml/", 404),
    ("/api/v1/search/", 404), ("/api/v1/charts/team-a/stable/plus", 404), ("/packages/main/alpha/latest/values", 200),
    ("/vault", 404), ("/packages/vault", 404), ("/nothing", 404), ("/main/alpha", 404), ("/main/charts/", 404),
    ("/packages/main/alpha/valuesx", 404), ("/packages/" + "a/" * 12, 404))))
def leads_nowhere(path, status):
    answer = page(path)
    equal((answer.status, answer.headers["Location"]), (status, None))


@table(*((path, path) for path in ("/main", "/main/", "/team-a/stable", "/packages/main")))
def programs_are_not_led(path):
    """What they add to the address of a repository is theirs to know."""
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/x-yaml"}):
        answer = server().get(path, accept)
        equal((answer.status, answer.headers["Location"]), (404, None))


@test
def private_repositories_lead_who_sees_them():
    for path in ("/vault", "/packages/vault"):
        equal(page(path, ROOT).headers["Location"], "/repos/vault")


@test
def forms_are_not_led():
    equal(server().request("POST", "/login/", "", BROWSER).status, 404)


@test
def only_who_sees_it_is_led():
    """Neither the one nor the other name tells a stranger of a private repository."""
    running = Server(keep=True)
    for repo, private in (("team", True), ("team/open", False), ("other/closed", True)):
        make_repo(running, repo, private=private)
    equal(running.publish(chart("demo"), "team/open").status, 201)
    equal(running.publish(chart("demo"), "other/closed").status, 201)
    add_user(running.data, "root", "admin:*")
    root = basic("root", PASSWORD)
    for path, stranger, reader in (("/packages/team/open/demo", 308, 404), ("/packages/other/closed/demo", 404, 308),
                                   ("/repos/other~closed", 404, 308), ("/repos/team~open", 308, 308)):
        equal((path, page(path, None, running).status), (path, stranger))
        equal((path, page(path, root, running).status), (path, reader))


# ---- those that are none ----

@test
def near_charts_in_other_repositories():
    """Whether the repository is there and private, or not there, nobody can tell."""
    pages = [page(f"/packages/{repo}/alpha{rest}") for repo in ("nowhere", "vault") for rest in ("", "/1.0.0/values")]
    for answer in pages:
        equal(chips(answer), ["/packages/main/alpha", "/packages/team-a~stable/alpha"])
    told = [re.sub(rb"nowhere|vault|<code>[0-9a-f]{32}</code>", b"", answer.body) for answer in pages]
    equal(told[0], told[2])
    equal(told[1], told[3])
    equal(chips(page("/packages/nowhere/secret")), [])
    equal(chips(page("/packages/nowhere/secret", ROOT)), ["/packages/vault/secret"])


@table(("a version between", "1.0.5", ["2.0.0-rc.1", "1.1.0", "1.0.0"]),
       ("a word", "newest", ["2.0.0-rc.1", "1.1.0", "1.0.0"]), ("markup", "%3Cb%3E", ["2.0.0-rc.1", "1.1.0", "1.0.0"]))
def near_versions(asked, offered):
    equal(chips(page(f"/packages/main/alpha/{asked}")), [f"/packages/main/alpha/{version}" for version in offered])


@table(*((path, path, detail) for path, detail in (
    ("/packages/main/nothing", "There is no chart &quot;nothing&quot; in main"),
    ("/packages/main/alpha/9.0.0", "alpha has no version 9.0.0"),
    ("/search?sort=x", "sort: &quot;x&quot; is none of: relevance"))))
def its_detail_is_a_sentence(path, detail):
    """As its title, unless it begins with what has a spelling of its own."""
    [told] = re.findall(r'<p class="lead">(.*?)</p>', page(path).body.decode())
    equal(told[:len(detail)], detail)


@test
def of_what_is_no_version_the_newest_five():
    running = Server(keep=True)
    for minor in range(8):
        equal(running.publish(chart("many", f"1.{minor}.0")).status, 201)
    equal(chips(page("/packages/main/many/zzz", None, running)),
          [f"/packages/main/many/1.{minor}.0" for minor in (7, 6, 5, 4, 3)])
    equal(chips(page("/packages/main/many/1.2.5", None, running)),
          [f"/packages/main/many/1.{minor}.0" for minor in (4, 3, 2, 1, 0)])


if __name__ == "__main__":
    main()
