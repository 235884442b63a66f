#!/usr/bin/env python3
"""Views with take_signed: what is in them was verified, by a key that is known here."""
import json
import re

from wire import Server, contains, equal, settled
from follower import Follower, one_chart
from harness import chart, command, form, main, must, table, test
from openpgp import Key, key


def forged(name):
    """A good file of another chart, with this one's name and digest in it."""
    other = key().signed(chart("other"), "other")
    ours = key().signed(chart(name), name)
    return ours[:ours.index(b"-----BEGIN PGP SIGNATURE")] + other[other.index(b"-----BEGIN PGP SIGNATURE"):]


def push(server, name, prov):
    body, more = form(chart(name), prov)
    equal(server.request("POST", "/api/stable/charts", body, more).status, 201)


def shown(server, view):
    return sorted(json.loads(server.get(f"/{view}/index.yaml").body)["entries"])


def notices(server):
    """What the page of the view says above it."""
    text = server.get("/repos/view").body.decode()
    return " ".join(re.sub("<[^>]*>", "", n) for n in re.findall(r'<p class="notice[^"]*">(.*?)</p>', text, re.S))


def with_view():
    server = Server()
    must("repo", "create", "stable", "--data", server.data)
    must("virtual", "add", "view", "stable", "--set", "take_signed=true", "--data", server.data)
    return server


def push_all(server):
    push(server, "good", key().signed(chart("good"), "good"))
    push(server, "strange", Key().signed(chart("strange"), "strange"))
    push(server, "forged", forged("forged"))
    push(server, "bare", None)


@test
def verified_alone():
    server = with_view()
    must("repo", "set", "stable", "provenance=check", "--keyring", key().ring, "--data", server.data)
    push_all(server)
    equal(shown(server, "view"), ["good"])
    equal(json.loads(server.get("/api/v1/repos/view").body)["warnings"], [])
    must("repo", "set", "stable", "provenance=off", "--data", server.data)
    equal(shown(server, "view"), [])
    must("repo", "set", "stable", "provenance=check", "--data", server.data)
    equal(shown(server, "view"), ["good"])


@test
def without_a_keyring_nothing_is_signed():
    server = with_view()
    must("repo", "set", "stable", "provenance=check", "--data", server.data)
    push_all(server)
    equal(shown(server, "view"), [])
    for verb in ("show", "conflicts"):
        said = command("virtual", verb, "view", "--data", server.data)
        equal(said.returncode, 0, said)
        contains(said.stderr, "no keyring: only what was promoted is shown")
    told = notices(server)
    contains(told, "Nothing can be verified until keys are trusted.")
    contains(told, "chartlocker repo set stable provenance=check --keyring keys.asc")
    must("repo", "set", "stable", "--keyring", key().ring, "--data", server.data)
    equal(notices(server), "")
    must("repo", "create", "keyless", "--data", server.data)
    must("virtual", "set", "view", "members=stable keyless", "--data", server.data)
    contains(notices(server), "Nothing of keyless can be verified.")


@table(("proxy", "proxy"), ("mirror", "mirror"))
def upstream_files_come_with_their_archives(mode):
    up = one_chart()
    archive = chart("signed")
    up.put("signed", "1.0.0", archive, prov=key().signed(archive, "signed"))
    follower = Follower(up, mode=mode, provenance="check")
    must("repo", "set", follower.name, "--keyring", key().ring, "--data", follower.server.data)
    view = f"view-{follower.name}"
    must("virtual", "add", view, follower.name, "--set", "take_signed=true", "--data", follower.server.data)
    follower.refreshed()
    if mode == "proxy":
        follower.pulled("signed-1.0.0.tgz")
        follower.pulled()
    assert settled(lambda: shown(follower.server, view) == ["signed"]), shown(follower.server, view)
    equal(follower.server.get(f"/{view}/charts/signed-1.0.0.tgz").body, archive)


@table(("mirror", "mirror", True, "check"), ("required", "mirror", True, "require"), ("proxy", "proxy", False, "check"))
def upstream_files_are_looked_at_again(mode, is_here, provenance):
    """With a keyring that was set when the archives were here, and with another one after that."""
    up, archive = one_chart(), chart("signed")
    up.put("signed", "1.0.0", archive, prov=key().signed(archive, "signed"))
    follower = Follower(up, mode=mode)
    follower.refreshed()
    follower.pulled("signed-1.0.0.tgz")
    asked = up.count("/signed-1.0.0.tgz.prov")
    equal(asked, int(is_here))
    view = f"view-{follower.name}"
    must("virtual", "add", view, follower.name, "--set", "take_signed=true", "--data", follower.server.data)
    for ring, there in ((key().ring, ["signed"]), (Key().ring, []), (key().ring, ["signed"])):
        must("repo", "set", follower.name, f"provenance={provenance}", "--keyring", ring,
             "--data", follower.server.data)
        follower.refreshed()
        equal(shown(follower.server, view), there)
    equal((up.count("/signed-1.0.0.tgz.prov"), follower.show()["reason"]), (1, ""))


@test
def nothing_of_a_catalog():
    follower = Follower(one_chart(), mode="catalog", provenance="check")
    must("repo", "set", follower.name, "--keyring", key().ring, "--data", follower.server.data)
    view = f"view-{follower.name}"
    said = command("virtual", "add", view, follower.name, "--set", "take_signed=true", "--data", follower.server.data)
    equal(said.returncode, 0, said)
    contains(said.stderr, f'nothing of "{follower.name}" is shown')


if __name__ == "__main__":
    main()
