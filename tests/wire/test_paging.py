#!/usr/bin/env python3
"""?limit and its like, wherever there are pages: what is no number is told so, with the ends."""
import json

from wire import contains, demo_server, equal, no_trace
from harness import main, table, test

API = {"/api/v1/repos/main/versions": "after", "/api/v1/events": "since", "/api/v1/audit": "since"}
NO_NUMBERS = ("-1", "99999999999999999999", "18446744073709551616", "abc", "", "1e3", "0x1", "1.0",
              "+1", "%201", "1%00")
LIMITS = ("0", "1001", "1000000000", *NO_NUMBERS)


@table(*[(f"{path}?limit={text}", path, "limit", text, "from 1 to 1000") for path in API for text in LIMITS],
       *[(f"{path}?{start}={text}", path, start, text, "from 0 to 9223372036854775807")
         for path, start in API.items() for text in NO_NUMBERS],
       *[(f"/api/charts?limit={text}", "/api/charts", "limit", text, "limit is not a valid positive integer")
         for text in ("0", *NO_NUMBERS)],
       *[(f"/api/charts?offset={text}", "/api/charts", "offset", text,
          "offset is not a valid non-negative integer") for text in NO_NUMBERS])
def t_http_38_no_number(path, name, text, said):
    answer = demo_server().get(f"{path}?{name}={text}")
    equal(answer.status, 400, answer.body)
    if "%00" not in text:
        fields = json.loads(answer.body)
        contains(fields.get("detail") or fields["error"], said)


@test
def t_http_38_beyond_the_end():
    with no_trace(demo_server()):
        for path, empty in (("/api/charts?offset=9", {}), ("/api/charts?offset=9&limit=5", {}),
                            ("/api/v1/repos/main/versions?after=99999", {"versions": []}),
                            ("/api/v1/events?since=99999", {"events": [], "next": 99999}),
                            ("/api/v1/audit?since=99999", {"audit": [], "next": 99999})):
            answer = demo_server().get(path)
            equal((answer.status, json.loads(answer.body)), (200, empty), path)


@test
def t_http_38_the_largest_page():
    for path in ("/api/charts?limit=1000000000", *(f"{path}?limit=1000" for path in API)):
        answer = demo_server().get(path)
        equal(answer.status, 200, path)
        contains(answer.body.decode(), "demo", path)


if __name__ == "__main__":
    main()
