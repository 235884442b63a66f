"""Commands that change or administer a server at an address: each verb, of a server that takes it, and of others
that answer 200 to whatever they are asked. What a verb does is in the file of its command."""
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (PROGRAM, Server, chart, clean_environment, command, contains, equal, main, must, table,
                     temporary, test)
from hostile_server import Hostile, response, whole
from people import add_token, peopled
from terminal import on_terminal, rows


def lines(text):
    return tuple(tuple(line.split()) for line in text.split("|"))


# What answers with an object, and what with a list.
ONES = lines("""
    repo create x | repo show x | repo set x private=true | repo rename x y | repo delete x --confirm x |
    repo purge x --confirm x | virtual add x main | virtual show x | virtual set x private=true |
    virtual conflicts x | virtual remove x | user add x --role pull:* | user show x | user set x --role pull:* |
    user passwd x --password-stdin | user disable x | user enable x | user remove x | token create x --role pull:* |
    token revoke 1 | hook add x https://h | hook show x | hook set x --pause | hook test x | hook rotate x |
    hook resend 1 | hook remove x | upstream add x https://h | upstream show x | upstream set x private=true |
    upstream refresh x | upstream pause x | upstream resume x | upstream remove x --confirm x | upstream test x |
    upstream skipped x | upstream history x | upstream gone x | upstream drift x | upstream hook x |
    upstream drift x --accept a 1 | retention --repo x | promote main/x 1 --to v | audit --limit 5 | yank x 1 |
    unyank x 1 | delete x 1 | undelete x 1 | purge x 1""")
LISTS = lines("""
    repo list | virtual list | user list | token list | hook list | hook deliveries x | upstream list | retention""")
ALL = ONES + LISTS
DATE = "2026-01-01T00:00:00Z"
PAGE = b"<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>"
DRY = tuple(line for line in ONES if line[1] not in ("show", "conflicts") and
            line[0] in ("repo", "virtual", "promote", "yank", "unyank", "delete", "undelete", "purge"))


def liar(text, **headers):
    """Answers whatever it is asked with one text."""
    return Hostile({"*": whole(text, **headers)}).url


@test
def every_verb_is_here():
    """A verb of the tables that this file does not know would be believed whatever is answered."""
    for path in (Path(__file__).parents[2] / "server/cmd").glob("*.c"):
        for verb in re.findall(r'^\t\{ "(\w+)", +\d', path.read_text(), re.M):
            assert (path.stem, verb) in {line[:2] for line in ALL}, (path.name, verb)


@table(("nothing", b"", "it sent nothing"), ("a page", PAGE, 'it sent "<!DOCTYPE html>…"'),
       ("no text", b"\xff\0", "it sent what is no text"), ("another object", b"{}", 'it sent "{}"'),
       ("a list of others", b"[{}]", 'it sent "[{}]"'), ("null", b"null", 'it sent "null"'),
       ("success, as others say it", b'{"status":"ok"}', 'it sent "{"status":"ok"}"'))
def who_answers_otherwise_is_not_believed(text, told):
    url = liar(text)
    for line in ALL:
        for more in ((), ("--json",)):
            done = command(*line, *more, "--server", url, stdin="a long password\n")
            equal((done.returncode, done.stdout), (1, ""), (line, more))
            contains(done.stderr, f": the server does not answer as Chartlocker does: {told}; check ")


@test
def a_dry_run_that_was_none():
    """As a server answers that does not know of dry runs, and has done it."""
    done = {"settings": {}, "deleted": True, "purged": True, "chart": "x", "dry_run": False}
    url = liar(json.dumps(done).encode())
    for line in DRY:
        said = command(*line, "--dry-run", "--server", url)
        equal((said.returncode, said.stdout), (1, ""), line)
        contains(said.stderr, "the server took no notice of --dry-run, and may have done it")


@table(("a page", PAGE, 'it sent "<!DOCTYPE html>…"'), ("nothing", b"", "it sent nothing"),
       ("JSON of others", b'{"status":"ok"}', "does not answer as Chartlocker does"),
       ("that it did not", b'{"saved":false}', "the server did not store it"))
def push_is_not_believed(text, told):
    folder = temporary()
    for name in ("a", "b"):
        (folder / f"{name}-1.0.0.tgz").write_bytes(chart(name))
    for more in ((), ("--json",)):
        far = Hostile({"*": whole(text)})
        done = command("push", folder, *more, far.url)
        equal((done.returncode, done.stdout, len(far.seen)), (1, "", 1), "the next one is not sent there")
        contains(done.stderr, told)


@table(("stored", b'{"saved":true}', (), 0, "published"),
       ("a dry run, which it does not know", b'{"saved":true}', ("--dry-run",), 1, "knows no dry run"))
def push_to_chartmuseum(text, more, status, told):
    """Whose answers say no more."""
    folder = temporary()
    (folder / "demo-1.0.0.tgz").write_bytes(chart())
    done = command("push", *more, folder / "demo-1.0.0.tgz", liar(text))
    equal(done.returncode, status)
    contains(done.stdout + done.stderr, told)


@test
def login_is_not_believed():
    done = command("login", "--user", "x", "--password-stdin", liar(PAGE), stdin="a long password\n")
    equal((done.returncode, done.stdout), (1, ""))
    contains(done.stderr, 'it sent "<!DOCTYPE html>…"')


def audit_rows(request):
    """1,500 of them, in as large pages as are asked for."""
    since, limit = (int(number) for number in re.findall(r"\d+", request.path.partition("?")[2]))
    ids = range(since + 1, min(since + limit, 1500) + 1)
    row = {**dict.fromkeys(("actor", "name", "remote", "request", "action", "object", "verdict"), "x"), "at": DATE}
    return response(json.dumps({"audit": [{"id": i, **row} for i in ids], "next": max(ids, default=since)}).encode())


@table(("all", (), 1500, 3), ("some", ("--limit", "1200"), 1200, 2), ("a page", ("--since", "1400"), 100, 2),
       ("none", ("--limit", "0"), 0, 0))
def audit_in_pages(more, count, asked):
    far = Hostile({"*": audit_rows})
    equal(len(must("audit", *more, "--json", "--server", far.url).splitlines()), count)
    equal(len(far.seen), asked)


EVIL = "\x1b]0;pwn\x07\x9b31m\u202epwn\u2066"
STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
FIELDS = """
    name kind description url mode reason software phase secret token id error answer status took_ms chart version repo
    range path first_skipped publisher_file publisher_reason charts versions rules held_for expires created last_used
    user checked_at changed_at state bytes digest upstream_digest event member verdict why line since taken rule
    sizes_unknown format repos actor remote request action object attempts waiting skipped at""".split()


def evil_answer():
    """Everything that any of them prints."""
    one = dict.fromkeys(FIELDS, EVIL)
    rows = [{**one, "taken": True, "members": [one]}]
    return {**one, **dict.fromkeys("skipped runs gone drift conflicts used_by".split(), rows), "rules": [one],
            **dict.fromkeys("roles warnings absent_members".split(), [EVIL]), "publisher": {"ids": [EVIL]},
            **dict.fromkeys("has_password delivered deleted purged removed revoked dry_run ok".split(), True),
            "audit": [{**one, "at": DATE}], "settings": {EVIL: EVIL, "members": EVIL, "description": EVIL},
            "waiting": {"versions": EVIL, "next": {"chart": EVIL, "version": EVIL, "at": EVIL}}}


@test
def texts_of_a_server_are_text():
    """Of every field that one of them prints."""
    answer = evil_answer()
    for some, url in ((ONES, liar(json.dumps(answer).encode())), (LISTS, liar(json.dumps([answer]).encode()))):
        for line in some:
            done = command(*line, "--server", url, stdin="a long password\n")
            assert "does not answer" not in done.stderr or line == ("retention",), (line, done.stderr)
            assert not STEERS.search(done.stdout + done.stderr), (line, done.stdout, done.stderr)


@table(("gone", "gone"), ("drift", "drift"))
def more_than_are_listed(verb):
    """Of an answer that has a part of them it is said of how many."""
    listed = [{"chart": f"c{i}", "version": "1.0.0"} for i in range(3)]
    answer = {verb: listed, "more": True, "total": 12345}
    done = command("upstream", verb, "x", "--server", liar(json.dumps(answer).encode()))
    equal((done.returncode, len(done.stdout.splitlines()), done.stderr), (0, 4, "these are the first 3 of 12345\n"))


@table(("a README", "readme", "README.md", b"# Title\r\n\tof " + EVIL.encode() + b" \x9b31m\n"),
       ("its values", "values", "values.yaml", "# pwn \u202e \u2066\na: 1\n".encode()))
def files_of_a_chart_on_a_terminal(part, name, text):
    """What is a file for a file is shown on a terminal."""
    server = Server()
    equal(server.publish(chart("evil", files={name: text})).status, 201)
    line = ("show", "evil", part, "--server", server.url)
    equal(subprocess.run([PROGRAM, *line], env=clean_environment(), capture_output=True, check=True).stdout, text)
    said = on_terminal(*line)
    contains(said, "pwn")
    assert not STEERS.search(said.replace("\r", "")) and "\ufffd" not in said, ascii(said)


@test
def every_command_by_an_address():
    """By a token that is in the environment, as push has it."""
    data = peopled({"root": "admin:*"})
    env = {"CHARTLOCKER_TOKEN": add_token(data, "root", "admin:*")}
    server = Server(data)
    far = Hostile({"/index.yaml": whole(b"apiVersion: v1\nentries: {}\n")})
    told = lambda *line, **more: must(*line, "--server", server.url, env=env, **more)
    equal(told("repo", "create", "team-x", "--private"), "team-x: made; hosted, 0 charts, 0 versions\nprivate  true\n")
    (archive := temporary() / "demo-1.0.0.tgz").write_bytes(chart())
    must("push", "--repo", "team-x", archive, server.url, env=env)
    contains(told("repo", "set", "team-x", "keep_last=5"), "team-x: changed")
    contains(told("repo", "rename", "team-x", "team-y"), "team-y: renamed")
    contains(rows(told("repo", "list")), ["team-y", "hosted", "private", "1", "1"])
    contains(told("virtual", "add", "all", "team-y"), "all: made; virtual, ")
    contains(told("upstream", "add", "up", far.url, "--allow-private"), "up: 0 charts, 0 versions")
    contains(told("upstream", "refresh", "up"), "up: unchanged: 0 new")
    equal(told("upstream", "pause", "up"), "up: paused; what is here is served\n")
    equal(told("upstream", "remove", "up", "--confirm", "up"), "up: removed; what was kept of it is in quarantine/\n")
    contains(told("user", "add", "zoe", "--role", "pull:*", "--password-stdin", stdin="a long password\n"), "zoe")
    contains(told("user", "list"), "zoe")
    assert told("token", "create", "t", "--role", "pull:*").startswith("clk_")
    told("hook", "add", "h", "https://hooks.example.org", "--repo", "team-y")
    contains(told("hook", "list"), "hooks.example.org")
    equal(told("retention", "--dry-run").splitlines()[1:], [])
    for more in (("--since", "2", "--limit", "3"), ("--json", "--limit", "5")):
        equal(told("audit", *more), must("audit", *more, "--data", server.data))
    equal(told("delete", "team-y/demo", "1.0.0"), "demo 1.0.0: delete done\n")
    refused = command("repo", "list", "--server", server.url, "--data", server.data)
    equal((refused.returncode, "exclude each other" in refused.stderr), (2, True))
    for line in (("repo", "create", "z"), ("user", "list"), ("retention",)):
        done = command(*line, "--server", server.url)
        equal((done.returncode, done.stdout), (1, ""), line)
        contains(done.stderr, f"Sign in first: chartlocker login {server.url}")


@table(("as settings", ()), ("as JSON", ("--json",)), ("for Flux", ("--format", "flux")))
def what_others_get_has_no_password(options):
    url = liar(json.dumps([{"name": "main", "default": True, "settings": {}}]).encode())
    said = must("snippets", "--server", url.replace("//", "//alice:secret@"), *options)
    contains(said, url)
    assert "secret" not in said and "alice" not in said, said


if __name__ == "__main__":
    main()
