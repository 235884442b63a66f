#!/usr/bin/env python3
"""Pages of charts where Artifact Hub and Helm Hub had them."""
from wire import equal, shared
from harness import main, table
from hub import server


@table(*((path, path, target) for path, target in (
    ("/packages/helm/main/alpha", "/packages/main/alpha"),
    ("/packages/helm/main/alpha/1.0.0", "/packages/main/alpha/1.0.0"),
    ("/packages/helm/team-a~stable/plus/1.0.0%2Bbuild.7", "/packages/team-a~stable/plus/1.0.0%2Bbuild.7"),
    ("/charts/main/alpha", "/packages/main/alpha"),
    ("/charts/main/alpha/1.0.0", "/packages/main/alpha/1.0.0"),
    ("/charts/team-a~stable/plus/1.0.0+build.7", "/packages/team-a~stable/plus/1.0.0%2Bbuild.7"))))
def charts(path, target):
    for end in ("", "/"):
        for method in ("GET", "HEAD"):
            answer = server().request(method, path + end)
            equal((answer.status, answer.headers["Location"]), (301, target))
    equal(server().get(path + "?theme=dark").headers["Location"], target + "?theme=dark")
    equal(server().get(target).status, 200)


@table(*((path, path, target) for path, target in (
    ("/packages/helm/nowhere/x", "/packages/nowhere/x"),
    ("/packages/helm/vault/secret", "/packages/vault/secret"),
    ("/charts//main///x", "/packages/main/x"),
    ("//charts/main/x", "/packages/main/x"),
    ("/charts/%22/a%20b", "/packages/%22/a%20b"),
    ("/charts/a/x%0d%0aSet-Cookie:%20b=c", None),
    ("/charts/a/..", None))))
def whether_it_is_there_says_the_page(path, target):
    answer = server().get(path)
    equal((answer.status, answer.headers["Location"]), (301, target) if target else (400, None))


@table(*((path, path, status) for path, status in (
    ("/charts/alpha-1.0.0.tgz", 200), ("/charts/alpha-1.1.0.tgz.prov", 200), ("/charts/none-1.0.0.tgz", 404),
    ("/team-a/stable/charts/alpha-1.1.0.tgz", 200), ("/charts/main/alpha-1.0.0.tgz", 404),
    ("/charts/main/x/alpha-1.0.0.tgz", 404), ("/charts/alpha", 404), ("/charts", 404))))
def files_are_files(path, status):
    equal(server().get(path).status, status)


@table(("words", "?ts_query_web=a+b%26c&kind=0&page=2", "?q=a%20b%26c"), ("a repository", "?repo=main", "?repo=main"),
       ("a team's repository", "?repo=team-a~stable", "?repo=team-a%2Fstable"),
       ("both", "?repo=main&ts_query_web=x&license=MIT", "?repo=main&q=x&license=MIT"), ("nothing", "", ""),
       ("what it is narrowed by", "?ts_query_web=x&category=2&sort=last_updated", "?q=x&category=database&sort=released"),
       ("two of one", "?category=2&category=4", "?category=database&category=monitoring-logging"),
       ("what is none of theirs", "?category=99&category=x&category=0&sort=stars&sort=x", ""))
def searches(query, wanted):
    answer = server().get(f"/packages/search{query}")
    equal((answer.status, answer.headers["Location"]), (301, f"/search{wanted}"))
    equal(server().get(f"/search{wanted}").status, 200)


@table(("below", "/sub/charts/main/alpha"), ("beside", "/charts/main/alpha"))
def base_path(path):
    running = shared("--set", "base_path=/sub")
    equal(running.get(path).headers["Location"], "/sub/packages/main/alpha")


if __name__ == "__main__":
    main()
