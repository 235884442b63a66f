#!/usr/bin/env python3
"""Users and tokens that cannot be read anew after a change of them."""
import errno
import json

from inject import CREATES, FAIL, OPENS, Fault
from harness import Server, contains, equal, main, settled, test
from people import PASSWORD, basic, bearer, peopled


@test
def who_could_not_be_read_once_is_read_again():
    """The change is made and answered; nobody is let in until all can be read again, which is soon."""
    fault = Fault()
    running = Server(peopled({"root": "admin:*"}), env=fault.env)
    root = basic("root", PASSWORD)
    who = lambda headers: running.get("/api/v1/whoami", headers).status
    equal(who(root), 200)
    fault.arm(OPENS | CREATES, 0, FAIL, errno.EMFILE)
    made = running.request("POST", "/api/v1/tokens", json.dumps({"name": "ci", "roles": ["pull:*"]}), root)
    fault.disarm()
    equal((made.status, fault.hits), (201, 1), made.body)
    token = bearer(json.loads(made.body)["token"])
    contains((503, 200), who(token), "until then")
    assert settled(lambda: who(root) == 200, 60), running.log()
    equal(who(token), 200)


if __name__ == "__main__":
    main()
