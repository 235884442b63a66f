#!/usr/bin/env python3
"""The page of a search: what it tells who asks for a deprecated chart by its name."""
import functools
import html
import re
from urllib.parse import quote

from wire import Server, contains, equal, make_repo
from harness import chart, main, table, test
from people import PASSWORD, add_user, basic

ROOT = basic("root", PASSWORD)
HUB = "https://artifacthub.io/packages/helm"


def old(name, *recommended, version="1.0.0"):
    listed = "".join(f"- url: {url}\n" for url in recommended)
    return chart(name, version, deprecated=True,
                 annotations={"artifacthub.io/recommendations": listed} if recommended else {})


@functools.cache
def server():
    running = Server(keep=True)
    make_repo(running, "stable")
    make_repo(running, "vault", private=True)
    for repo, archive in (
            ("stable", old("elastic-stack", f"{HUB}/stable/eck-stack", f"{HUB}/elastic/eck-operator?modal=install",
                           "https://docs.example.org/moving")),
            ("stable", chart("eck-stack", description="instead of elastic-stack")), ("stable", old("alone")),
            ("main", old("elastic-stack")), ("main", chart("elastic-stack-tools")),
            ("stable", old("revived")), ("stable", chart("revived", "2.0.0")),
            ("vault", old("elastic-stack", f"{HUB}/vault/secret")), ("vault", old("hidden")), ("vault", chart("secret")),
            ("stable", old("points", f"{HUB}/vault/secret", f"{running.url}/packages/stable/eck-stack/1.0.0",
                           f"{HUB}/no", "https://x.example/packages", "javascript:alert(1)"))):
        equal(running.publish(archive, repo).status, 201)
    add_user(running.data, "root", "admin:*")
    return running


def said(query, headers=None):
    """What its notices say, and where they lead."""
    answer = server().get(f"/search?q={quote(query)}", {"Accept": "text/html", **(headers or {})})
    equal(answer.status, 200)
    notices = re.findall(r'<p class="notice warn">(.*?)</p>', answer.body.decode())
    return [re.sub(r"<[^>]*>", "", text) for text in notices], re.findall(r'href="([^"]*)"', "".join(notices))


ELASTIC = ["main/elastic-stack is deprecated; charts that are not come first.",
           "stable/elastic-stack is deprecated; its authors recommend eck-stack, eck-operator artifacthub.io, "
           "https://docs.example.org/moving."]


@table(("its name", "elastic-stack", ELASTIC), ("another way of writing", " Elastic Stack", ELASTIC),
       ("no replacement", "alone", ["stable/alone is deprecated; charts that are not come first."]),
       ("a part of its name", "elastic", []), ("more words", "elastic-stack tools", []), ("nothing", "", []),
       ("its newest version is not", "revived", []), ("a private one", "hidden", []))
def notices(query, expected):
    equal(sorted(said(query)[0]), expected)


@test
def a_name_that_is_corrected():
    equal(sorted(said("elastik-stack")[0]), ELASTIC)


@test
def where_they_lead():
    for link in said("elastic-stack")[1]:
        if link.startswith("/"):
            equal(server().get(link).status, 200, link)
    contains(said("elastic-stack")[1], "/packages/stable/eck-stack")
    equal(said("points")[1], ["/packages/stable/points", f"{HUB}/vault/secret", "/packages/stable/eck-stack",
                              f"{HUB}/no"])


@table(("a search", "/search?q=wordy", True), ("of all", "/search", False), ("a repository", "/repos/words", False),
       ("home", "/", False))
def descriptions_without_end(path, marked):
    """A list shows where they begin, whatever stands in them and however many there are."""
    running = wordy()
    answer = running.get(path, {"Accept": "text/html"})
    equal(answer.status, 200)
    shown = html.escape(WORDY[:600]).replace("wordy", "<mark>wordy</mark>" if marked else "wordy") + "…"
    equal(set(re.findall(r'<p dir="auto">(.*?)</p>', answer.body.decode())), {shown})


WORDY = "wordy" + ' a""""""' * 4000


@functools.cache
def wordy():
    running = Server(keep=True)
    make_repo(running, "words")
    for number in range(50):
        equal(running.publish(chart(f"c-{number}", description=WORDY), "words").status, 201)
    return running


@table(*[(path, path) for path in ("/search?q=", "/search?keyword=", "/feed?q=", "/packages/main/elastic-stack/versions?q=",
                                   "/packages/main/elastic-stack/1.0.0/values?q=",
                                   "/packages/main/elastic-stack/compare?to=1.0.0&from=")])
def links_that_would_be_too_long(path):
    """What was typed is longer once it is encoded: as if it had been typed so."""
    answer = server().get(path + "," * 4000, {"Accept": "text/html"})
    equal(answer.status, 414, answer.body[:200])
    equal(server().get(path + "," * 2000, {"Accept": "text/html"}).status, 302 if "from" in path else 200)


@test
def who_may_sees_the_private_ones():
    found, links = said("elastic-stack", ROOT)
    contains(found, "vault/elastic-stack is deprecated; its authors recommend secret.")
    contains(links, "/packages/vault/secret")


def text_of(path, running=None):
    answer = (running or server()).get(path, {"Accept": "text/html"})
    equal(answer.status, 200, path)
    return answer.body.decode()


@test
def who_sees_no_charts_is_not_told_that_there_are_some():
    running = Server()
    make_repo(running, "vault", private=True)
    equal(running.publish(chart("secret"), "vault").status, 201)
    add_user(running.data, "root", "admin:*")
    for path in ("/search", "/search?q=nothing"):
        contains(text_of(path, running), "No charts yet")
    contains(running.get("/search?q=nothing", {"Accept": "text/html", **ROOT}).body.decode(), "Nothing was found")


@table(("a value", "updated:>soon alone", ["updated:&gt;soon"]), ("two", "updated:>soon foo:bar", ["updated:&gt;soon", "foo:bar"]),
       ("after or", "repo:stable OR x:y", ["x:y"]), ("markup", "a:<b>", ["a:&lt;b&gt;"]), ("nothing", "alone", []))
def what_was_not_understood(query, notes):
    told = re.findall(r'<p class="notice warn"><strong>Not understood, searched as words:</strong> (.*)</p>',
                      text_of(f"/search?q={quote(query)}"))
    equal(told, [", ".join(f"<code>{note}</code>" for note in notes)] if notes else [])


@table(("none", "q=elastic", "Filter"), ("two", "q=e&repo=stable&deprecated=true", "Filter (2)"),
       ("one, and words", "q=repo:main+elastic&repo=stable", "Filter (1)"))
def folded_it_tells_how_many_are_chosen(query, summary):
    body = text_of(f"/search?{query}")
    contains(body, f'<summary>{summary}</summary></details>\n<form class="facets"')
    equal(body.count('class="chip chosen"'), body.count(" checked>"))


@functools.cache
def many():
    """45 charts: two pages of a repository or more, three of a search."""
    running = Server(keep=True)
    for number in range(45):
        equal(running.publish(chart(f"chart{number:02}")).status, 201)
    return running


@table(("search", "/search?q=chart&page=4", "/search?q=chart&amp;page=3"),
       ("far", "/search?page=5000", "/search?page=3"), ("one page", "/search?q=chart01&page=2", "/search?q=chart01"))
def behind_the_last_page(path, last):
    body = text_of(path, many())
    contains(body, "There is no such page")
    contains(body, f'href="{last}">Last page</a>')
    assert "Nothing was found" not in body, body
    contains(text_of(last.replace("&amp;", "&"), many()), 'class="rows"')


@test
def t_web_09_pages_of_a_repository():
    first = text_of("/repos/main", many())
    pages = 1
    while 'rel="next"' in first:
        pages += 1
        first = text_of(f"/repos/main?page={pages}", many())
    body = text_of(f"/repos/main?page={pages + 1}", many())
    contains(body, "There is no such page")
    contains(body, '/repos/main?page=%d">Last page' % pages if pages > 1 else '/repos/main">Last page')


@test
def one_page_is_not_turned_over():
    for path in ("/search?q=chart01", "/repos/stable"):
        running = many() if "search" in path else server()
        assert 'class="pager"' not in text_of(path, running), path
    contains(text_of("/search?q=chart", many()), 'class="pager"')


ODD = (("not UTF-8", "%FF%FEredis", "\ufffd\ufffdredis"), ("NUL", "%00", " "), ("a line end", "a%0Ab", "a b"),
       ("no escape", "100%", "100%"), ("nor this", "%zz", "%zz"))


@table(*ODD)
def what_is_typed_is_no_error(typed, shown):
    """Search pages, and every other address that takes such a text."""
    body = server().get(f"/search?q={typed}", {"Accept": "text/html"})
    equal((body.status, "Nothing was found" in body.body.decode()), (200, typed != "%00"))
    contains(body.body.decode(), f'value="{shown}"')
    for path in ("/api/v1/search?q=", "/api/v1/suggest?q=", "/api/chartsvc/v1/charts/search?q=", "/feed?q=",
                 "/api/v1/packages/search?ts_query_web="):
        equal((path, server().get(path + typed).status), (path, 200))
    equal(server().get(f"/packages/search?ts_query_web={typed}").status, 301)
    equal(server().get(f"/search?theme={typed}").status, 400)


if __name__ == "__main__":
    main()
