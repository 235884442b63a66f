#!/usr/bin/env python3
"""What ends after a time: it goes by the clock of intervals, so that moving the time of day neither ends
it early nor keeps it; and it does end."""
import json
import re
import stat
from urllib.parse import urlencode

from inject import Fault
from harness import Server, contains, equal, main, must, temporary, test
from people import PASSWORD, add_user, basic

YEARS, HOUR = 10 * 365 * 86400, 3600
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
FAR = {"X-Forwarded-For": "192.0.2.1"}      # so that being on this machine does not help


def peopled(fault):
    """With alice, who reads everything."""
    data = temporary() / "data"
    must("repo", "create", "x", "--dry-run", "--data", data)      # there is a directory
    add_user(data, "alice", "pull:*")
    return Server(data, env=fault.env)


def signed_in(running):
    answer = running.request("POST", "/login", urlencode({"name": "alice", "password": PASSWORD}), FORM)
    equal(answer.status, 303, answer.body)
    return {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}


def who(running, headers):
    answer = running.get("/api/v1/whoami", headers)
    return json.loads(answer.body)["name"] if answer.status == 200 else answer.status


@test
def t_time_01_t_web_07_a_session():
    fault = Fault()
    running = peopled(fault)
    cookie = signed_in(running)
    for seconds in (YEARS, -YEARS, 0):
        fault.set_clock(seconds)
        equal(who(running, cookie), "alice", seconds)
    fault.pass_time(11 * HOUR)
    equal(who(running, cookie), "alice")
    fault.pass_time(13 * HOUR)
    equal(who(running, cookie), "", "nobody used it for 12 hours")
    running.kill()


@test
def t_time_01_t_auth_04_slowed():
    """Who guessed too often waits, whatever the clock says; and may try again after a while."""
    fault = Fault()
    running = peopled(fault)

    def guess():
        return running.get("/api/v1/whoami", basic("alice", "a guess")).status

    assert 429 in [guess() for _ in range(30)], "nobody is slowed"
    for seconds in (YEARS, -YEARS, 0):
        fault.set_clock(seconds)
        equal(guess(), 429, seconds)
    fault.pass_time(HOUR)
    equal(guess(), 401)
    equal(who(running, basic("alice", PASSWORD)), "alice")
    running.kill()


@test
def t_time_01_a_token_has_a_date():
    """That is what its maker was told, so the time of day counts."""
    fault = Fault()
    running = peopled(fault)
    made = must("token", "create", "ci", "--role", "pull:*", "--expires", "30d", "--data", running.data)
    bearer = {"Authorization": "Bearer " + re.search(r"clk_\w+", made)[0]}
    equal(who(running, bearer), "ci")
    fault.set_clock(31 * 24 * HOUR)
    equal(who(running, bearer), 401)
    fault.set_clock(0)
    equal(who(running, bearer), "ci")


@test
def t_auth_01_the_setup_token_ends():
    fault = Fault()
    running = Server(args=("--listen", "0.0.0.0:0"), env=fault.env)
    text = re.search(r"use the token (clk_\w+)", running.log())[1]
    path = running.data / "setup-token"
    equal((path.read_text().strip(), stat.S_IMODE(path.stat().st_mode)), (text, 0o600))
    make = lambda: running.request("POST", "/api/v1/repos", '{"name":"x"}', {
        "Content-Type": "application/json", "Authorization": f"Bearer {text}", **FAR})
    for seconds in (YEARS, -YEARS, 0):
        fault.set_clock(seconds)
        contains((201, 409), make().status, seconds)
    fault.pass_time(25 * HOUR)
    equal(make().status, 401)
    running.kill()


if __name__ == "__main__":
    main()
