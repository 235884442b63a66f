#!/usr/bin/env python3
"""Users and tokens that the settings file declares: checked, compared, applied at start and on
SIGHUP, and never mixed up with those made by hand."""
import json
import os
import signal
import stat

from wire import contains, equal
from people import PASSWORD, add_token, basic, bearer, peopled, token
from harness import Server, command, main, must, open_catalog, settled, table, temporary, test

OTHER = "another horse battery staple"


class Settings:
    """A settings file and its secrets."""

    def __init__(self):
        self.folder = temporary()
        self.file = self.folder / "chartlocker.yaml"

    def secret(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(mode)
        return path

    def write(self, users=(), tokens=()):
        self.file.write_text(json.dumps({"users": list(users), "tokens": list(tokens)}))

    def raw(self, text):
        self.file.write_text(text)


def people(data):
    """Name → roles, disabled, declared; and the same of tokens, with their owner."""
    with open_catalog(data) as db:
        return (dict((r[0], r[1:]) for r in db.execute(
                    "SELECT name, roles, disabled, declared FROM account")),
                dict((r[0], r[1:]) for r in db.execute(
                    "SELECT t.name, t.roles, a.name, t.declared FROM token t"
                    " LEFT JOIN account a ON a.id = t.account_id")))


def told(data):
    with open_catalog(data) as db:
        return list(db.execute("SELECT actor, name, action, object FROM audit ORDER BY id"))


def reload(server):
    before = server.log().count("config.reloaded")
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: server.log().count("config.reloaded") > before), server.log()


def whoami(server, headers):
    answer = server.get("/api/v1/whoami", headers)
    return json.loads(answer.body)["name"] if answer.status == 200 else answer.status


def differences(settings, data):
    text = must("config", "check", "--config", settings.file, "--data", data)
    lines = text.splitlines()
    equal(lines[-1], "the settings are valid")
    return lines[:-1]


@test
def t_log_02_declared_at_start_and_on_sighup():
    settings, text = Settings(), token()
    alice = {"name": "alice", "roles": ["pull:*", "push:team-a*"],
             "password_file": str(settings.secret("alice", PASSWORD))}
    ci = {"name": "ci", "roles": ["push:stable:redis*"], "user": "alice",
          "token_file": str(settings.secret("ci", text)), "expires": "2199-01-31"}
    settings.write([alice], [ci])
    server = Server(args=("--config", settings.file))
    equal(people(server.data), ({"alice": ("pull:*\npush:team-a*", 0, 1)},
                                {"ci": ("push:stable:redis*", "alice", 1)}))
    equal(whoami(server, basic("alice", PASSWORD)), "alice")
    equal(whoami(server, bearer(text)), "ci")
    equal(told(server.data), [("config", "settings", "user.add", "user alice"),
                              ("config", "settings", "token.create", "token ci")])

    bob = {"name": "bob", "roles": ["admin:*"]}
    settings.write([{**alice, "roles": ["pull:*"]}, bob], [ci])
    equal(differences(settings, server.data), ["~ user alice roles pull:* push:team-a* → pull:*", "+ user bob admin:*"])
    equal(len(people(server.data)[0]), 1, "a check changes nothing")
    reload(server)
    equal(people(server.data)[0], {"alice": ("pull:*", 0, 1), "bob": ("admin:*", 0, 1)})
    equal(differences(settings, server.data), [])

    settings.secret("alice", OTHER)
    settings.write([{**alice, "roles": ["pull:*"]}], [])
    equal(differences(settings, server.data),
          ["- token ci", "~ user alice password", "- user bob"])
    reload(server)
    equal(whoami(server, basic("alice", PASSWORD)), 401)
    equal(whoami(server, basic("alice", OTHER)), "alice")
    equal(whoami(server, bearer(text)), 401)

    settings.write([{**alice, "roles": ["pull:*"], "disabled": True}])
    equal(differences(settings, server.data), ["~ user alice disabled"])
    reload(server)
    equal(whoami(server, basic("alice", OTHER)), 401)
    everything = json.dumps(told(server.data)) + server.log()
    assert not any(secret in everything for secret in (PASSWORD, OTHER, text)), "a secret"


@test
def a_password_that_stays_is_not_hashed_anew():
    settings = Settings()
    settings.write([{"name": "alice", "roles": ["pull:*"],
                     "password_file": str(settings.secret("alice", PASSWORD))}])
    server = Server(args=("--config", settings.file))
    with open_catalog(server.data) as db:
        stored = lambda: db.execute("SELECT password FROM account").fetchone()
        before = stored()
        reload(server)
        equal(stored(), before)
    equal(len(told(server.data)), 1, "what stays has no row in the audit log")


@test
def a_difference_tells_both_sides_and_no_secret():
    settings, text = Settings(), token()
    alice, bob = {"name": "alice", "roles": ["pull:*"]}, {"name": "bob", "roles": []}
    ci = {"name": "ci", "roles": ["pull:*"], "token_file": str(settings.secret("ci", text))}
    settings.write([alice], [ci])
    server = Server(args=("--config", settings.file))
    secrets = {"password_file": str(settings.secret("alice", PASSWORD))}
    settings.secret("ci", token())
    settings.write([{**alice, **secrets, "roles": ["admin:*"], "disabled": True}, bob],
                   [{**ci, "roles": ["push:a", "push:b"], "user": "bob", "expires": "2199-01-31"}])
    equal(differences(settings, server.data),
          ["~ user alice roles pull:* → admin:*, password, disabled", "+ user bob",
           "~ token ci token, roles pull:* → push:a push:b, user nobody → bob, "
           "expires never → 2199-01-31T00:00:00Z"])
    reload(server)
    equal(differences(settings, server.data), [])


@test
def by_hand_stays_and_is_taken_over_by_name():
    settings = Settings()
    data = peopled({"hand": "pull:*", "alice": "pull:*"})
    mine = add_token(data, "mine", "pull:*", user="hand")
    settings.write([{"name": "alice", "roles": ["pull:*"]}],
                   [{"name": "mine", "roles": ["pull:*"], "user": "hand",
                     "token_file": str(settings.secret("mine", mine))}])
    equal(differences(settings, data),
          ["~ user alice taken over: it was made by hand, password",
           "~ token mine taken over: it was made by hand"])
    server = Server(data=data, args=("--config", settings.file))
    users, tokens = people(server.data)
    equal((users["hand"][2], users["alice"][2], tokens["mine"][2]), (0, 1, 1))
    equal(whoami(server, basic("hand", PASSWORD)), "hand")
    settings.write()
    reload(server)
    equal(list(people(server.data)[0]), ["hand"])
    server.stop()
    Server(data=server.data)
    equal(list(people(server.data)[0]), ["hand"])


@test
def without_a_settings_file_they_stay():
    settings = Settings()
    settings.write([{"name": "alice", "roles": ["pull:*"]}])
    server = Server(args=("--config", settings.file))
    server.stop()
    Server(data=server.data)
    equal(list(people(server.data)[0]), ["alice"])


@test
def a_token_may_change_its_name():
    """Its text is taken from the one that goes."""
    settings, text = Settings(), token()
    ci = {"name": "ci", "roles": ["pull:*"], "token_file": str(settings.secret("ci", text))}
    settings.write([], [ci])
    server = Server(args=("--config", settings.file))
    settings.write([], [{**ci, "name": "build"}])
    reload(server)
    equal(whoami(server, bearer(text)), "build")
    equal(list(people(server.data)[1]), ["build"])


@test
def the_api_does_not_change_them():
    settings = Settings()
    settings.write([{"name": "alice", "roles": ["pull:*"]}])
    server = Server(args=("--config", settings.file))
    server.stop()
    root = bearer(add_token(server.data, "root", "admin:*"))
    server = Server(data=server.data, args=("--config", settings.file))
    answer = server.request("DELETE", "/api/v1/users/alice", None, root)
    equal((answer.status, json.loads(answer.body)["code"]), (409, "declared"))


@test
def a_reload_that_is_wrong_changes_nothing():
    settings = Settings()
    settings.write([{"name": "alice", "roles": ["pull:*"]}])
    server = Server(args=("--config", settings.file))
    settings.write([{"name": "bob", "roles": ["rule:*"]}])
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.not_reloaded" in server.log())
    equal(list(people(server.data)[0]), ["alice"])
    settings.write([], [{"name": "ci", "roles": ["pull:*"], "user": "nobody",
                         "token_file": str(settings.secret("ci", token()))}])
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "people.not_applied" in server.log())
    contains(server.log(), 'there is no user')
    equal(list(people(server.data)[0]), ["alice"])


WRONG = (
    ("no list", "users: alice\n", "1: users: a list is expected"),
    ("no map", "users:\n  - alice\n", "2: users: a map with"),
    ("unknown field", "users:\n  - {name: a, roles: [], admin: true}\n",
     '2: users: unknown field "admin"'),
    ("bad name", "users:\n  - {name: a/b, roles: []}\n", '2: users: name: "a/b"'),
    ("no roles", "users:\n  - {name: a}\n", "2: users: roles: a list"),
    ("bad role", "users:\n  - {name: a, roles: ['rule:*']}\n", "2: users: "),
    ("a chart's role", "users:\n  - {name: a, roles: ['push:x:y']}\n", "2: users: "),
    ("twice", "users:\n  - {name: a, roles: []}\n  - {name: a, roles: []}\n",
     '3: users: user "a" is declared twice'),
    ("no such file", "users:\n  - {name: a, roles: [], password_file: absent}\n",
     "2: users: password_file: absent does not exist"),
    ("short password", "users:\n  - {name: a, roles: [], password_file: SHORT}\n",
     "2: users: password_file: 8 to 1024 bytes are expected"),
    ("a password that is the name",
     "users:\n  - {name: abcdefgh, roles: [], password_file: NAME}\n",
     "2: users: password_file: it must not be the user's name"),
    ("a password of two lines", "users:\n  - {name: a, roles: [], password_file: LINES}\n",
     "2: users: password_file: nobody can sign in with a control character"),
    ("null as a user", "users:\n  - {name: null, roles: []}\n", '2: users: name: ""'),
    ("null as a token's user", "tokens:\n  - {name: a, roles: [], token_file: TOKEN, user: ~}\n",
     '2: tokens: name: ""'),
    ("a list as a token's user",
     "tokens:\n  - {name: a, roles: [], token_file: TOKEN, user: [b]}\n",
     '2: tokens: name: ""'),
    ("an empty one",
     "tokens:\n  - {name: a, roles: [], token_file: TOKEN, user: \"\"}\n",
     '2: tokens: name: ""'),
    ("disabled", "users:\n  - {name: a, roles: [], disabled: maybe}\n", "2: users: disabled: true or"),
    ("t_auth_18 readable by others", "users:\n  - {name: a, roles: [], password_file: OPEN}\n",
     "everybody on this machine may read it"),
    ("t_auth_18 a token's file", "tokens:\n  - {name: a, roles: [], token_file: OPEN}\n",
     "everybody on this machine may read it"),
    ("token_file missing", "tokens:\n  - {name: a, roles: []}\n", "2: tokens: token_file is missing"),
    ("no token", "tokens:\n  - {name: a, roles: [], token_file: SHORT}\n", "holds no token"),
    ("a token in the open", "tokens:\n  - {name: a, roles: [], token: clk_x}\n",
     '2: tokens: unknown field "token"'),
    ("same text", "tokens:\n  - {name: a, roles: [], token_file: TOKEN}\n"
                  "  - {name: b, roles: [], token_file: TOKEN}\n", '3: tokens: tokens "a" and "b"'),
    ("expires", "tokens:\n  - {name: a, roles: [], token_file: TOKEN, expires: 90d}\n",
     '2: tokens: expires: "90d"'),
    ("folder", "users:\n  - {name: a, roles: [], password_file: /}\n", "is not a regular file"),
)


@table(*WRONG)
def wrong(text, sentence):
    settings = Settings()
    files = {"SHORT": settings.secret("short", "x"), "NAME": settings.secret("same", "ABCDEFGH"),
             "LINES": settings.secret("lines", "a password\nand more"),
             "TOKEN": settings.secret("token", token()),
             "OPEN": settings.secret("open", PASSWORD, 0o604)}
    equal(stat.S_IMODE(os.stat(files["OPEN"]).st_mode), 0o604)
    for name, path in files.items():
        text = text.replace(name, str(path))
    settings.raw(text)
    got = command("config", "check", "--config", settings.file)
    assert got.returncode != 0, got
    contains(got.stderr, f"{settings.file}:")
    contains(got.stderr, sentence)
    assert PASSWORD not in got.stderr


@test
def every_problem_is_told():
    settings = Settings()
    settings.raw("users:\n  - {name: a}\n  - {name: b}\ntokens:\n  - {name: c, roles: []}\n")
    got = command("config", "check", "--config", settings.file)
    equal([line.split(":")[1] for line in got.stderr.splitlines()[:3]], ["2", "3", "5"], got.stderr)


# ---- nobody left ----

MAKE = ("POST", "/api/v1/repos", '{"name":"open"}', {"Content-Type": "application/json"})


def check_deserted(server, settings=None):
    """Nobody may write; commands on the machine may, and whoever they make."""
    equal(whoami(server, {}), "")
    equal(json.loads(server.get("/api/v1/whoami").body)["kind"], "anonymous")
    equal(server.request(*MAKE).status, 401)
    contains(server.log(), "auth.nobody_left")
    server.stop()
    args = ("--config", settings.file) if settings else ()
    again = Server(data=server.data, args=args)
    equal(again.request(*MAKE).status, 401)
    contains(again.log(), "there are no users any more")
    must("user", "add", "root", "--role", "admin:*", "--password-stdin", "--data", again.data,
         stdin=PASSWORD)
    equal(again.request(*MAKE[:3], {**MAKE[3], **basic("root", PASSWORD)}).status, 201)


@test
def a_settings_file_without_people_opens_nothing():
    settings = Settings()
    settings.write([{"name": "root", "roles": ["admin:*"],
                     "password_file": str(settings.secret("root", PASSWORD))}])
    server = Server(args=("--config", settings.file))
    equal(whoami(server, basic("root", PASSWORD)), "root")
    settings.raw("{}")
    reload(server)
    equal(people(server.data)[0], {})
    check_deserted(server, settings)


@test
def a_command_that_removes_the_last_user_opens_nothing():
    server = Server()
    equal(server.request(*MAKE).status, 201)
    must("token", "create", "ci", "--role", "pull:*", "--data", server.data)
    must("user", "add", "alice", "--role", "admin:*", "--data", server.data)
    equal(server.request("DELETE", "/api/v1/repos/open?confirm=open").status, 401)
    must("token", "revoke", "1", "--data", server.data)
    must("user", "remove", "alice", "--data", server.data)
    must("repo", "delete", "open", "--confirm", "open", "--data", server.data)
    check_deserted(server)


@test
def a_token_whose_user_goes_is_told():
    """It would go with him, and the next start would not take these settings."""
    settings, text = Settings(), token()
    alice, bob = ({"name": name, "roles": ["pull:*"]} for name in ("alice", "bob"))
    ci = {"name": "ci", "roles": ["pull:*"], "user": "alice",
          "token_file": str(settings.secret("ci", text))}
    settings.write([alice, bob], [ci])
    server = Server(args=("--config", settings.file))
    settings.write([bob], [ci])
    check = command("config", "check", "--config", settings.file, "--data", server.data)
    equal(check.returncode, 2)
    contains(check.stdout + check.stderr, 'token "ci": there is no user "alice"')
    reload(server)
    contains(server.log(), "people.not_applied")
    contains(server.log(), "there is no user")
    equal(whoami(server, bearer(text)), "ci")
    settings.write([bob], [{**ci, "user": "bob"}])
    reload(server)
    equal((set(people(server.data)[0]), people(server.data)[1]["ci"][1]), ({"bob"}, "bob"))
    equal(whoami(server, bearer(text)), "ci")


@test
def a_text_that_another_token_has():
    """The same is said by the check, at a start and of a reload, and not whose it is."""
    settings = Settings()
    data = peopled({"root": "admin:*"})
    made = add_token(data, "of-somebody", "pull:*")
    with open_catalog(data) as db:
        words = f"that of another token, with the ID {db.execute('SELECT id FROM token').fetchone()[0]}"
    settings.write([], [{"name": "citok", "roles": ["pull:*"], "token_file": str(settings.secret("tok", made))}])
    check = command("config", "check", "--config", settings.file, "--data", data)
    equal((check.returncode, check.stdout), (2, ""))
    start = command("serve", "--config", settings.file, "--data", data, "--listen", "127.0.0.1:0")
    equal(start.returncode, 2)
    for said in (check.stderr, start.stderr):
        contains(said, f'token "citok": the text in its token_file is {words}')
        assert "of-somebody" not in said, said
    good = settings.file.read_text()
    settings.write()
    server = Server(data=data, args=("--config", settings.file))
    settings.raw(good)
    server.process.send_signal(signal.SIGHUP)
    assert settled(lambda: "config.reloaded_in_part" in server.log())
    last = server.log().splitlines()[-1]
    contains(last, 'credentials=applied repositories=applied people="not applied"')
    contains(server.log(), words)


@test
def texts_that_change_hands():
    """Of a token that is declared no more, and of one that has another text by now."""
    settings, texts = Settings(), [token() for _ in range(3)]
    files = [str(settings.secret(f"tok{i}", text)) for i, text in enumerate(texts)]

    def declare(**files_of):
        settings.write([], [{"name": name, "roles": ["pull:*"], "token_file": files[i]}
                            for name, i in files_of.items()])

    declare(a=0, b=1)
    server = Server(args=("--config", settings.file))
    for now in ({"b": 1, "c": 0}, {"c": 2, "d": 0, "b": 1}):
        declare(**now)
        equal(command("config", "check", "--config", settings.file, "--data", server.data).returncode, 0)
        reload(server)
        equal({name: whoami(server, bearer(texts[i])) for name, i in now.items()}, {name: name for name in now})
    assert "not_applied" not in server.log(), server.log()


if __name__ == "__main__":
    main()
