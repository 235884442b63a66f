#!/usr/bin/env python3
"""What retention leaves alone: what was promoted into a view, what somebody brought back, and the newest versions that
are not yanked. What a deletion says of views, and how a yanked version comes back."""
import json

from wire import Server, contains, equal, make_repo, versions
from people import PASSWORD, add_user, basic
from harness import chart, command, main, must, table, test
from lives import change, delete, listed, post, publish


def verdicts(running, repo="main", **query):
    plan = post(running, "retention", repo=repo, query="?dry_run" if query.get("dry", True) else "")
    return {v["version"]: v.get("kept_by", "-") for v in plan["versions"]}


def promote(running, view, version):
    post(running, "promote", {"chart": "a", "version": version, "reason": "tested"}, repo=view)


@test
def what_was_promoted_stays():
    """However many views are between; other bytes, and a view of other repositories, keep nothing."""
    running = Server()
    publish(running, *[chart("a", v) for v in ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0")])
    make_repo(running, "other")
    equal(running.publish(chart("a", "1.0.0"), "other").status, 201)
    make_repo(running, "staging", members="main", take_versions="<0.1")
    make_repo(running, "prod", members="staging", take_versions="<0.1")
    make_repo(running, "elsewhere", members="other", take_versions="<0.1")
    for view, version in (("staging", "1.1.0"), ("prod", "1.1.0"), ("staging", "1.2.0"), ("elsewhere", "1.0.0")):
        promote(running, view, version)
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    expected = {"1.4.0": "keep_last", "1.3.0": "-", "1.2.0": "promoted", "1.1.0": "promoted", "1.0.0": "-"}
    equal(verdicts(running), expected)
    must("retention", "--repo", "main", "--data", running.data)
    equal((versions(running, "a"), versions(running, "a", "prod")), (["1.4.0", "1.2.0", "1.1.0"], ["1.1.0"]))
    post(running, "unpromote", {"chart": "a", "version": "1.2.0"}, repo="staging")
    equal(verdicts(running)["1.2.0"], "-")


@test
def a_deletion_names_views():
    """Those that one may read."""
    running = Server()
    publish(running, chart("a"), chart("a", "1.1.0"))
    make_repo(running, "prod", members="main", take_versions="<0.1")
    make_repo(running, "inner", members="main", take_versions="<0.1", private=True)
    for view in ("prod", "inner"):
        promote(running, view, "1.0.0")
    add_user(running.data, "deleter", "pull:*\ndelete:main")
    add_user(running.data, "stranger", "delete:main")
    for who, views in (("deleter", ["inner", "prod"]), ("stranger", ["prod"])):
        answer = running.request("DELETE", "/api/charts/a/1.0.0?dry_run", None, basic(who, PASSWORD))
        equal(sorted(json.loads(answer.body)["promoted_to"]), views)
    about = ("a", "1.0.0", "--data", running.data)
    dry = command("delete", *about, "--dry-run")
    equal((dry.returncode, sorted(dry.stderr.splitlines())), (0, ["promoted to inner", "promoted to prod"]))
    for action in ("yank", "purge"):
        contains(command(action, *about, "--dry-run").stderr, "promoted to prod\n")
    equal(command("delete", "a", "1.1.0", "--data", running.data).stderr, "")
    done = command("delete", *about)
    equal((done.returncode, done.stdout), (0, "a 1.0.0: delete done\n"))
    contains(done.stderr, "promoted to prod\n")
    equal(versions(running, "a", "prod"), [])
    must("undelete", *about)
    equal(versions(running, "a", "prod"), ["1.0.0"])


@test
def yanked_versions_do_not_count():
    running = Server()
    publish(running, *[chart("a", v) for v in ("1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0")])
    publish(running, chart("user", "0.5.0", dependencies=[
        {"name": "a", "version": "~1.0.0 || 2.x", "repository": "https://x.example"}]))
    for version in ("2.0.0", "2.1.0", "1.1.0"):
        change(running, "yank", "a", version, reason="broken")
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    equal(verdicts(running),
          {"2.1.0": "keep_last", "2.0.0": "keep_last", "1.2.0": "keep_last", "1.1.0": "-",
           "1.0.0": "used by another chart", "0.5.0": "keep_last"})
    post(running, "retention")
    equal(versions(running, "a"), ["1.2.0", "1.0.0"])


@table(("by hand", False), ("by retention", True))
def yanked_before_it_was_deleted(by_retention):
    """It comes back as it was, in the index of now and in one that is made anew."""
    running = Server()
    publish(running, chart("a"), chart("a", "1.1.0"))
    change(running, "yank", "a", reason='leaks "memory"')
    if by_retention:
        must("repo", "set", "main", "keep_last=1", "--data", running.data)
        equal(post(running, "retention")["taken"], 1)
    else:
        delete(running, "a")
    equal("yank_reason" in listed(running, "?state=deleted")["a 1.0.0"], False)
    must("rebuild", "--data", running.data)
    told = change(running, "undelete", "a", query="?dry_run")
    equal((told["yanked"], told["yank_reason"]), (True, 'leaks "memory"'))
    said = command("undelete", "a", "1.0.0", "--data", running.data)
    equal((said.returncode, said.stdout), (0, 'a 1.0.0: undelete done; yanked as before: leaks "memory"\n'))
    check_yanked(running, 'leaks "memory"')
    events = [json.loads(line) for line in must("log", "--json", "--data", running.data).splitlines()]
    equal([(e["kind"], e["detail"].get("reason")) for e in events if e["kind"] != "repo.set"][-2:],
          [("undelete", None), ("yank", 'leaks "memory"')])
    running.stop()
    running = Server(running.data)
    check_yanked(running, 'leaks "memory"')
    must("rebuild", "--data", running.data)
    check_yanked(running, 'leaks "memory"')
    change(running, "unyank", "a")
    equal(versions(running, "a"), ["1.1.0", "1.0.0"])
    delete(running, "a")
    equal("yanked" in change(running, "undelete", "a"), False)
    equal(versions(running, "a"), ["1.1.0", "1.0.0"])


def check_yanked(running, reason):
    entry = listed(running)["a 1.0.0"]
    equal((entry["state"], entry["yank_reason"], versions(running, "a")), ("yanked", reason, ["1.1.0"]))
    contains(must("fsck", "--data", running.data), "all is well")


@test
def yanked_without_a_reason_and_published_again():
    """Who publishes it means it to be there."""
    running = Server()
    publish(running, chart("a"), chart("b"))
    for name in ("a", "b"):
        change(running, "yank", name)
        delete(running, name)
    equal(change(running, "undelete", "a")["yank_reason"], "")
    publish(running, chart("b"))
    equal({name: entry["state"] for name, entry in listed(running).items()}, {"a 1.0.0": "yanked", "b 1.0.0": "live"})
    contains(must("fsck", "--data", running.data), "all is well")


@test
def what_was_brought_back_stays():
    """Until somebody deletes it: what comes back after that is brought back again."""
    running = Server()
    publish(running, *[chart("a", v) for v in ("1.0.0", "1.1.0", "1.2.0")])
    must("repo", "set", "main", "keep_last=1", "--data", running.data)
    equal(post(running, "retention")["taken"], 2)
    change(running, "undelete", "a", "1.1.0")
    equal(verdicts(running, dry=False), {"1.2.0": "keep_last", "1.1.0": "undelete"})
    equal(versions(running, "a"), ["1.2.0", "1.1.0"])
    must("rebuild", "--data", running.data)
    equal(verdicts(running)["1.1.0"], "undelete")
    delete(running, "a", "1.1.0")
    equal(versions(running, "a"), ["1.2.0"])


if __name__ == "__main__":
    main()
