#!/usr/bin/env python3
"""ChartMuseum with --basic-auth-user and --basic-auth-pass: who may do what, and how a refusal
looks; and the setting that it becomes."""
import functools
import json
import re
import subprocess

from wire import check_refusal, contains, equal
from museum import Museum
from people import PASSWORD, add_user, basic, token
from harness import (PROGRAM, Server, chart, command, form, main, must, provenance, table,
                     temporary, test)

ME, NOBODY = basic("me", "pass"), {}
WRONG = basic("me", token())    # passwords that are wrong would soon be slowed
CREDENTIALS = ("--basic-auth-user=me", "--basic-auth-pass=pass")


@functools.cache
def server(*flags):
    storage = temporary(keep=True) / "storage"
    (storage / "adopted").mkdir(parents=True)
    (storage / "adopted/demo-1.0.0.tgz").write_bytes(chart())
    running = Museum(storage, *CREDENTIALS, *flags, keep=True)
    for repo in ("", "made/later"):
        equal(running.publish(chart(), repo, headers=ME).status, 201)
    return running


READS = ("/index.yaml", "/index.json", "/charts/demo-1.0.0.tgz", "/api/charts", "/api/charts/demo",
         "/api/charts/demo/1.0.0", "/api/charts/demo/latest/values", "/made/later/index.yaml",
         "/api/made/later/charts", "/made/later/charts/demo-1.0.0.tgz", "/nobody/index.yaml",
         "/@1/index.yaml")
WRITES = (("POST", "/api/charts"), ("POST", "/api/charts?force"), ("POST", "/api/prov"),
          ("POST", "/api/nobody/charts"), ("PUT", "/demo-1.0.0.tgz"),
          ("DELETE", "/api/charts/demo/1.0.0"), ("DELETE", "/api/no/body/charts/demo/1.0.0"))


def check_401(answer, head=False):
    equal(answer.status, 401, answer.body)
    equal(answer.headers["WWW-Authenticate"], 'Basic realm="ChartMuseum"')
    if not head:
        equal(json.loads(answer.body)["error"], "unauthorized")


@table(*((path, path) for path in READS))
def reading_takes_a_login(path):
    for method in ("GET", "HEAD"):
        check_401(server().request(method, path), method == "HEAD")
        check_401(server().request(method, path, headers=WRONG), method == "HEAD")
        equal(server().request(method, path, headers=ME).status, 200)


@table(*((path, path) for path in READS))
def anonymous_get(path):
    running = server("--auth-anonymous-get")
    for method in ("GET", "HEAD"):
        equal(running.request(method, path).status, 200)
        equal(running.request(method, path, headers=ME).status, 200)
        check_401(running.request(method, path, headers=WRONG), method == "HEAD")


@table(("/health", "/health"), ("/info", "/info"), ("/api/v1/whoami", "/api/v1/whoami"))
def an_address_with_problems_has_the_word_too(path):
    answer = server().request("GET", path, headers=WRONG)
    check_401(answer)
    equal(answer.headers["Content-Type"], "application/problem+json")


@table(*((f"{method} {path}", method, path) for method, path in WRITES))
def writing_takes_a_login(method, path):
    for flags in ((), ("--auth-anonymous-get",)):
        before = server(*flags).state()[1]
        for who in (NOBODY, WRONG):
            check_401(server(*flags).request(method, path, chart(description="other"), who))
        equal(server(*flags).state()[1], before)


@table(("password", "me", "Pass"), ("user", "you", "pass"), ("nothing", "", ""),
       ("no password", "me", ""))
def wrong(user, password):
    for flags in ((), ("--auth-anonymous-get",)):
        check_401(server(*flags).get("/index.yaml", basic(user, password)))


@test
def what_is_never_asked_for_a_login():
    for path in ("/health", "/info", "/readyz"):
        equal(server().get(path).status, 200)


@test
def a_login_reads_writes_and_deletes():
    running = server("--auth-anonymous-get")
    archive = chart("mine")
    body, headers = form(archive, provenance(archive, "mine"))
    for repo in ("/own", "/own/two"):
        equal(running.request("POST", f"/api{repo}/charts", body, {**headers, **ME}).status, 201)
        equal(running.get(f"{repo}/charts/mine-1.0.0.tgz", ME).body, archive)
        answer = running.request("DELETE", f"/api{repo}/charts/mine/1.0.0", headers=ME)
        equal(answer.status, 200)
    answer = running.request("POST", "/api/v1/repos", b'{"name":"x"}', ME)
    equal((answer.status, json.loads(answer.body)["code"]), (403, "not_allowed"))


@test
def who_may_push_is_not_everyone():
    log = server().log()
    for said in ("anyone who reaches it", "serve.open"):
        assert said not in log, log
    assert "pass" not in log.replace("passed_by", ""), "the password is in the log"


@test
def a_private_tenant_is_an_empty_one():
    """To whom may not read it, as one that nobody made; and its name is not told."""
    running = server("--auth-anonymous-get")
    equal(running.publish(chart("hush"), "hidden", headers=ME).status, 201)
    must("repo", "set", "--data", running.data, "hidden", "--private")
    hide = lambda answer: (answer.status, re.sub(rb'"(request_id|generated)":"[^"]*"', b"",
                                                 answer.body.replace(b"hidden", b"absent")))
    for path in ("/{}/index.yaml", "/api/{}/charts", "/api/{}/charts/hush", "/{}/@1/index.yaml",
                 "/api/{}/charts/hush/1.0.0", "/{}/charts/hush-1.0.0.tgz", "/api/v1/repos/{}"):
        equal(hide(running.get(path.format("hidden"))), hide(running.get(path.format("absent"))))
    equal(running.get("/hidden/charts/hush-1.0.0.tgz", ME).status, 200)


@test
def another_start_with_another_password():
    storage = temporary() / "storage"
    Museum(storage, *CREDENTIALS).stop()
    running = Museum(storage, "--basic-auth-user=me", "--basic-auth-pass=new")
    check_401(running.get("/index.yaml", ME))
    equal(running.get("/index.yaml", basic("me", "new")).status, 200)
    running.stop()
    kept = storage / ".chartlocker/chartlocker.yaml"
    contains(kept.read_text(), 'auth.anonymous_read: "false"')
    assert "new" not in kept.read_text()
    line = [PROGRAM, "serve", "--config", kept, "--listen", "127.0.0.1:0"]
    running = Server(data=kept.parent, line=line)
    check_401(running.get("/index.yaml"))
    equal(running.get("/index.yaml", basic("me", "new")).status, 200)
    running.stop()
    # Started without: the account is there all the same.
    check_401(Museum(storage).request("POST", "/api/charts", chart()))


@test
def by_the_environment():
    running = Museum(temporary() / "storage", env={"BASIC_AUTH_USER": "env", "BASIC_AUTH_PASS": "é:;",
                                                   "AUTH_ANONYMOUS_GET": "true"})
    equal(running.get("/index.yaml").status, 200)
    check_401(running.publish(chart()))
    equal(running.publish(chart(), headers=basic("env", "é:;")).status, 201)


@table(("user alone", "--basic-auth-user=me"), ("password alone", "--basic-auth-pass=x"))
def half_of_the_credentials(flag):
    storage = temporary() / "storage"
    result = command("chartmuseum", "--storage=local", f"--storage-local-rootdir={storage}", flag)
    equal(result.returncode, 2)
    contains(result.stderr, "give both or none")


# ---- the setting, without ChartMuseum's ways ----

@test
def auth_anonymous_read():
    data = temporary() / "data"
    running = Server(data=data)
    for repo in ("", "team"):
        equal(running.publish(chart(), repo).status, 201)
    running.stop()
    add_user(data, "reader", "pull:team")
    running = Server(data=data, args=("--set", "auth.anonymous_read=false"))
    for repo in ("", "/team", "/nobody"):
        for path in (f"{repo}/index.yaml", f"/api{repo}/charts", f"{repo}/charts/demo-1.0.0.tgz"):
            answer = running.get(path)
            check_refusal(running, answer, 401, "unauthorized")
            equal(answer.headers["WWW-Authenticate"], 'Basic realm="chartlocker"')
    reader = basic("reader", PASSWORD)
    equal(running.get("/team/index.yaml", reader).status, 200)
    equal(running.get("/team/index.yaml", reader).headers["Cache-Control"], "private, no-cache")
    check_refusal(running, running.get("/index.yaml", reader), 404, "repository_not_found")
    equal([r["name"] for r in json.loads(running.get("/api/v1/repos", reader).body)], ["team"])
    equal(json.loads(running.get("/api/v1/repos").body), [])
    for who, seen in ({}, set()), (reader, {"team"}):
        log = json.loads(running.get("/api/v1/events", who).body)["events"]
        equal({entry["event"]["repo"] for entry in log if "event" in entry}, seen)


@test
def curl_with_a_login():
    file = temporary() / "x-1.0.0.tgz"
    file.write_bytes(chart("x"))
    url = f"{server().url}/api/charts"
    run = lambda *line: subprocess.run(["curl", "-s", "-w", "%{http_code}", *map(str, line)],
                                       capture_output=True, check=False).stdout.decode()
    contains(run("--data-binary", f"@{file}", url), '"unauthorized"')
    assert run("-u", "me:pass", "--data-binary", f"@{file}", url).endswith("}\n201")
    assert run("-u", "me:pass", "-F", f"chart=@{file}", url).endswith("}\n201")


if __name__ == "__main__":
    main()
