#!/usr/bin/env python3
"""?limit and its like, wherever there are pages: what is no number is told so, with the ends."""
import functools
import json
import re

from wire import Server, contains, demo_server, equal, no_trace
from harness import chart, main, settled, table, test

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


# ---- the header Link ----

HOSTS = ("*." + "a" * 36 + ",") * 195            # a long parameter, with what is encoded elsewhere


@functools.cache
def several():
    """Three charts, five versions, and a webhook at whose address nobody is."""
    running = Server(keep=True)
    equal(running.request("POST", "/api/v1/hooks", json.dumps(
        {"name": "far", "url": "http://127.0.0.1:9080/", "kinds": ["publish"], "allow_private": True})).status, 201)
    for name, version in (("demo", "1.0.0"), ("demo", "1.1.0"), ("demo", "1.2.0"), ("demo-b", "1.0.0"),
                          ("demo-c", "1.0.0")):
        equal(running.publish(chart(name, version)).status, 201)
    assert settled(lambda: len(json.loads(running.get("/api/v1/hooks/far/deliveries").body)) == 5)
    return running


def rows(answer):
    equal(answer.status, 200, answer.body)
    said = json.loads(answer.body)
    said = said if isinstance(said, list) else said.get("versions") or said["results"]
    return [row.get("id") or (row.get("name") or row.get("chart"), row["version"]) for row in said]


@table(*[(path.partition("?")[0], path) for path in (
    "/api/v1/repos/main/versions?state=live", "/api/v1/repos/main/images?x=%22", "/api/v1/search?q=demo&sort=name",
    f"/api/v1/repos/main/readiness?inside={HOSTS}", "/api/v1/charts/main/demo/versions?",
    "/api/v1/hooks/far/deliveries?")])
def every_page_leads_to_the_next(path):
    whole, found, pages, link = rows(several().get(path)), [], 0, f"{path}&limit=2"
    while link:
        answer = several().get(link)
        found, pages = found + rows(answer), pages + 1
        link = re.fullmatch(r'<http://[^/]+(/[^<>"]*)>; rel="next"', answer.headers.get("Link", ""))
        link = link and link[1]
    assert len(whole) > 2, whole
    equal((found, pages), (whole, (len(whole) + 1) // 2))


if __name__ == "__main__":
    main()
