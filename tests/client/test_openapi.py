"""The API is what /api/v1/openapi.yaml says: every operation is called once as it is meant, and
schemathesis calls all of them as they are not. Any address may answer with what COMMON lists;
every other status has to be described, and every field of an answer."""
import base64
import copy
import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import (LONG, TOP, Server, Skip, chart, contains, equal, form, main, must, one_of,
                     provenance, table, temporary, test)

SCHEMATHESIS = TOP / "build/clients/schemathesis"
COMMON = ("400", "401", "403", "404", "405", "408", "413", "414", "429", "431", "503", "507")
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance")
METHODS = ("get", "post", "put", "patch", "delete")
# make check has what follows from the description, always the same; LONG=1 makes up more.
PHASES = "examples,coverage,fuzzing" if LONG else "examples,coverage"
EXAMPLES = 500
DEMO = {"any": "17", "file": "demo-1.0.0.tgz", "name": "demo", "version": "1.0.0", "event": "2"}
SIGNED = provenance(chart())
ENDINGS = re.compile(r"In(Team)?(Repo)?$")


def library():
    if not SCHEMATHESIS.exists():
        raise Skip("build/clients/schemathesis is missing (make clients)")
    if str(SCHEMATHESIS) not in sys.path:
        sys.path.insert(0, str(SCHEMATHESIS))
    import schemathesis
    return schemathesis


@functools.cache
def served():
    """The description, as the server has it."""
    answer = Server().get("/api/v1/openapi.yaml")
    equal((answer.status, answer.headers["Content-Type"]), (200, "application/yaml"))
    return yaml.safe_load(answer.body)


def closed(value):
    """The same schema, where an object has no fields but those that are described."""
    if isinstance(value, list):
        return [closed(part) for part in value]
    if not isinstance(value, dict):
        return value
    value = {key: closed(part) for key, part in value.items()}
    if value.get("type") == "object" and isinstance(value.get("properties"), dict):
        if "unevaluatedProperties" not in value and "allOf" not in value:
            value.setdefault("additionalProperties", False)
    return value


def exact():
    """The description with the last word on everything: what `default` stands for is spelled out,
    and what nobody describes does not exist. Raw bodies are called octets, which schemathesis can
    send, and no answer is waited for."""
    document = copy.deepcopy(served())
    parts = document["components"]
    parts["schemas"] = {name: schema if name in ("Settings", "NewSettings", "NewRepository")
                        else closed(schema) for name, schema in parts["schemas"].items()}
    for body in parts["requestBodies"].values():
        raw = [kind for kind in body["content"] if kind.endswith(("/gzip", "-signature"))]
        for kind in raw:
            body["content"]["application/octet-stream"] = body["content"].pop(kind)
    document["paths"] = closed(document["paths"])
    for operation in (item[m] for item in document["paths"].values() for m in METHODS if m in item):
        answers = operation["responses"]
        default = answers.pop("default")
        for status in COMMON:
            answers.setdefault(status, default)
        for parameter in operation.get("parameters", []):
            if parameter.get("name") == "wait":
                parameter["schema"]["maximum"] = 1
    return document


def furnished(*args):
    """A server with the same chart in three repositories."""
    server = Server(args=args)
    must("keys", "generate", "--data", server.data, "--name", "openapi")    # bundles are signed
    for repo in ("", "stable", "team-a/stable"):
        equal(server.publish(chart(), repo).status, 201)
    return server


@test
def description_is_openapi():
    library()
    from openapi_spec_validator import validate
    equal(served()["openapi"], "3.1.0")
    validate(served())


# ---- as it is meant ----

def body(value):
    return {"body": json.dumps(value).encode(), "headers": {"Content-Type": "application/json"}}


OTHER = {"chart": "demo", "version": "1.1.0"}
FOLLOW = {"repo": "follow"}      # an upstream, at whose address nobody is
ALICE = {"name": "alice", "roles": ["admin:*"], "password": "correct horse battery"}
AS_ALICE = {"name": "alice", "headers": {"Authorization": "Basic " + base64.b64encode(
    f"alice:{ALICE['password']}".encode()).decode()}}
FORM, FORM_HEADERS = form(chart("demo", "3.0.0"))
SENT_FORM = {"body": b"", "follow": False, "headers": {"Sec-Fetch-Site": "same-origin",
                                      "Content-Type": "application/x-www-form-urlencoded"}}
NO_CODE = {"body": FORM, "headers": FORM_HEADERS | {"Sec-Fetch-Site": "same-origin"}}
FROM_ACCOUNT = SENT_FORM | {"page": "/account", "headers": AS_ALICE["headers"] | SENT_FORM["headers"]}
FROM_USERS = FROM_ACCOUNT | {"page": "/admin/users"}
FROM_HOOKS = FROM_ACCOUNT | {"page": "/admin/hooks"}
# What each operation is called with, and what it answers; an address with a repository is called
# once for each number of segments. In this order, on one server, after those that are not here:
# every GET that needs nothing more than DEMO and answers 200.
MEANT = {
    "getPastIndex": ({"event": "LAST"}, 200), "getPastIndexAsJson": ({"event": "LAST"}, 200),
    "getPastFile": ({"event": "LAST"}, 200),
    "getVersion": ({"version": "latest"}, 200),
    **{name: ({}, 404) for name in ("getPackageChangelogText", "getPackageSchema", "getImage")},
    **{name: ({}, 404) for name in ("getHubReadme", "getHubSchema", "getHubLogo", "getHubLogoFit")},
    **{name: ({"body": chart("demo", "4.0.0")}, 201)
       for name in ("publishAsGitLab", "pushAsGitLab", "publishAsGitea", "putAsGitea",
                    "pushAsGitea")},
    **{name: ({"file": "demo-5.0.0.tgz", "body": chart("demo", "5.0.0")}, 201)
       for name in ("putAsNexus", "putAsArtifactory")},
    "publishChart": ({"body": FORM, "headers": FORM_HEADERS}, 201),
    "pushImages": ({"body": "redis:7\n"}, 200), "removeImages": ({}, 200),
    "publishProvenance": ({"body": SIGNED}, 201),
    "putChart": ({"file": "demo-1.1.0.tgz", "body": chart("demo", "1.1.0")}, 201),
    "putFile": ({"file": "demo-1.2.0.tgz", "body": chart("demo", "1.2.0"), "query": "?dry_run"}, 200),
    "deleteVersion": ({}, 200),
    "createRepository": (body({"name": "team-b/new", "private": True, "keep_last": 3}), 201),
    "setRepository": (body({"description": "x", "keep_last": None}), 200),
    "renameRepository": ({"query": "?dry_run", **body({"to": "other"})}, 200),
    "deleteRepository": ({"query": "?dry_run&confirm=REPO"}, 200),
    "purgeRepository": ({"query": "?confirm=REPO"}, 404),    # none was deleted
    "createUpstream": (body({"name": "follow", "url": "http://127.0.0.1:8099", "allow_private": True}), 201),
    "listUpstreams": ({}, 200), "setUpstream": (FOLLOW | body({"refresh_minutes": 0}), 200),
    "refreshUpstream": (FOLLOW | body({"whole": True}), 200), "showUpstream": (FOLLOW, 200),
    "testUpstream": (body({"url": "http://127.0.0.1:8099", "allow_private": True}), 502),
    "testOneUpstream": (FOLLOW | body({"take_charts": "x*"}), 502),
    **{name: (FOLLOW, 200) for name in ("listSkipped", "listRuns", "listDrift", "listGone", "makeHook")},
    "acceptDrift": (FOLLOW | body(OTHER), 404), "sendHook": (FOLLOW | body({}), 401),
    "deleteUpstream": (FOLLOW | {"query": "?confirm=follow"}, 200),
    "listConflicts": ({}, 400), "promoteVersion": (body(OTHER), 400),      # they are no virtual ones
    "unpromoteVersion": (body(OTHER), 400),
    "applyRetention": ({"query": "?dry_run"}, 200),
    "yankVersion": (body({**OTHER, "reason": "x"}), 200), "unyankVersion": (body(OTHER), 200),
    "undeleteVersion": (body({"chart": "demo", "version": "1.0.0"}), 200),
    "purgeVersion": (body(OTHER), 200),
    "getBadge": ({"name": "demo.svg"}, 200), "getRepositoryBadge": ({"name": "main"}, 200),
    **{name: ({}, 301) for name in ("leadToPackage", "leadToPackageVersion",
                                                   "leadToChart", "leadToChartVersion", "leadToSearch")},
    "getCatalogVersions": ({"query": "?limit=1"}, 200),
    "getCatalogVersion": ({"version": "latest"}, 200), "showPart": ({"version": "latest", "any": "chart"}, 200),
    "getComparison": ({"any": "latest...latest", "query": "?diff"}, 200),
    "getChartReadiness": ({"version": "latest"}, 200),
    "getDependencies": ({"version": "latest"}, 200), "getDependents": ({"version": "latest"}, 200),
    "getOutdated": ({"version": "latest"}, 200),
    "listOutdated": ({}, 200),
    "resolveDependencies": (body({"dependencies": [{"name": "demo", "range": "1"}]}), 200),
    "proveInclusion": ({"query": "?seq=2"}, 200), "proveConsistency": ({"query": "?first=1"}, 200),
    "sendUpload": (NO_CODE, 403),
    "sendNewRepository": (SENT_FORM, 403), "sendSettings": (SENT_FORM, 403),
    "sendRefresh": (SENT_FORM, 403), "sendAcceptance": (SENT_FORM, 403),
    "sendRename": (SENT_FORM, 403), "sendDeletion": (SENT_FORM, 403), "sendPurge": (SENT_FORM, 403),
    "closeSession": (SENT_FORM, 303),
    "compareVersions": ({"any": "latest...latest"}, 200),
    "getFileOfVersion": ({"query": "?path=Chart.yaml"}, 200),
    "getAsset": ({"name": "site.css"}, 302),
    "getTenantHealth": ({}, 404), "getTenantInfo": ({}, 404),    # this server is no ChartMuseum
    "getAudit": ({}, 200),
    "makeBundle": ({"query": "?repo=stable", "body": b""}, 201),
    "getBundle": ({"id": "0" * 64}, 404), "removeBundle": ({"id": "0" * 64}, 404),
    "addWebhook": (body({"name": "demo", "url": "http://127.0.0.1:9080/", "kinds": ["*"],
                         "allow_private": True}), 201),
    "listWebhooks": ({}, 200), "getWebhook": ({}, 200), "setWebhook": (body({"repos": "team-*"}), 200),
    "rotateWebhook": (body({"keep": "1h"}), 200), "testWebhook": ({}, 200), "listDeliveries": ({}, 200),
    "resendDelivery": ({"id": "7"}, 404), "removeWebhook": ({}, 200),
    "addUser": (body(ALICE), 201), "whoAmI": (AS_ALICE, 200),
    "listUsers": (AS_ALICE, 200), "showUser": (AS_ALICE, 200),
    "setUser": (AS_ALICE | {"body": b'{"roles":["admin:*","pull:*"]}'}, 200),
    "openSession": (SENT_FORM | {"body": f"name=alice&password={ALICE['password']}".encode()}, 303),
    "setPassword": (AS_ALICE | {"body": json.dumps({"password": ALICE["password"]})}, 200),
    "setOwnPassword": (AS_ALICE | body({"current": ALICE["password"], "password": ALICE["password"]})
                       | {"headers": AS_ALICE["headers"]}, 200),
    "showAccount": (AS_ALICE, 200),
    "addOwnTokenOnPage": (FROM_ACCOUNT | {"body": b"name=desk&roles=pull:*&expires=1d"}, 201),
    "addOwnToken": (AS_ALICE | {"body": b'{"name":"laptop","roles":["pull:*"]}'}, 201),
    "revokeOwnTokenOnPage": (FROM_ACCOUNT | {"id": "1"}, 303),
    "setOwnPasswordOnPage": (FROM_ACCOUNT | {"body": urlencode(
        {"current": ALICE["password"], "password": ALICE["password"]}).encode()}, 303),
    "showUsersOnPage": (AS_ALICE, 200), "showUserOnPage": (AS_ALICE, 200), "showTokensOnPage": (AS_ALICE, 200),
    "addUserOnPage": (FROM_USERS | {"body": b"name=bob&roles=pull:*"}, 303),
    "setUserOnPage": (FROM_USERS | {"name": "bob", "body": b"roles=pull:*%0D%0Apush:*&disabled=on"}, 303),
    "setPasswordOnPage": (FROM_USERS | {"name": "bob", "body": b"password=another+horse+battery"}, 303),
    "removeUserOnPage": (FROM_USERS | {"name": "bob"}, 303),
    "revokeTokenOnPage": (FROM_USERS | {"id": "7"}, 404),    # the others are revoked below
    "addWebhookOnPage": (FROM_HOOKS | {
        "body": b"name=page&url=http://127.0.0.1:9080/&format=plain&allow_private=on"}, 201),
    "showWebhooksOnPage": (AS_ALICE, 200), "showWebhookOnPage": (AS_ALICE | {"name": "page"}, 200),
    "setWebhookOnPage": (FROM_HOOKS | {"name": "page", "body": b"repos=stable&allow_private=on"}, 303),
    "testWebhookOnPage": (FROM_HOOKS | {"name": "page"}, 200),
    "rotateWebhookOnPage": (FROM_HOOKS | {"name": "page"}, 200),
    "resendDeliveryOnPage": (FROM_HOOKS | {"name": "page"}, 404),
    "removeWebhookOnPage": (FROM_HOOKS | {"name": "page"}, 303),
    "addToken": (AS_ALICE | {"body": b'{"name":"ci","roles":["push:a:b"],"expires":"90d"}'}, 201),
    "listTokens": (AS_ALICE, 200), "revokeToken": (AS_ALICE | {"id": "3"}, 200),
    "listOwnTokens": (AS_ALICE, 200), "revokeOwnToken": (AS_ALICE | {"id": "2"}, 200),
    "removeUser": (AS_ALICE, 409),    # the last administrator
}


def media_types(document, operation, status):
    answer = operation["responses"][str(status)]
    if "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return list(answer.get("content", {}))


def call(server, address, method, asked):
    """The answer as the library wants it."""
    import requests
    repo = "team-a/stable" if "{team}" in address else "stable"
    values = {**DEMO, "team": "team-a", "repo": "stable", **asked}
    if values["event"] == "LAST":
        values["event"] = str(json.loads(server.get("/api/v1/events?limit=1000").body)["next"])
    if "{id}" in address and "id" not in asked:
        summary = server.get("/api/v1/packages/helm/stable/demo/summary").body
        values["id"] = json.loads(summary)["package_id"]
    sent = asked.get("body")
    if "page" in asked:          # whose form brings a code
        page = requests.get(server.url + asked["page"], headers=asked["headers"], timeout=60).text
        sent += b"&code=" + re.search(r'name="code" value="(\w+)"', page)[1].encode()
    path = re.sub(r"\{(\w+)\}", lambda m: values[m[1]], address)
    query = asked.get("query", "").replace("REPO", repo)
    return requests.request(method, server.url + path + query, data=sent,
                            headers=asked.get("headers"), timeout=60,
                            allow_redirects=False)


@test
def every_operation_answers_as_described():
    schemathesis, document = library(), exact()
    schema, server = schemathesis.openapi.from_dict(document), furnished()
    operations = {operation["operationId"]: (address, method, operation)
                  for address, item in document["paths"].items()
                  for method, operation in item.items() if method in METHODS}
    others = {ENDINGS.sub("", name): method for name, (_, method, _) in operations.items()
              if ENDINGS.sub("", name) not in MEANT}
    equal([name for name, method in others.items() if method != "get"], [], "not in MEANT")
    for name, (asked, status) in [*((name, ({}, 200)) for name in others), *MEANT.items()]:
        found = [one for one in operations if ENDINGS.sub("", one) == name]
        assert found, f"there is no operation {name}"
        for one in found:
            address, method, operation = operations[one]
            answer = call(server, address, method, asked)
            equal(answer.status_code, status, f"{one}: {answer.text[:500]}")
            kinds = media_types(document, operation, status)
            if kinds:            # a redirect has no body
                contains(kinds, answer.headers["Content-Type"].split(";")[0], one)
            schema[address][method.upper()].validate_response(answer)


@table(("a route that is none", "/api/v1/repos/team-b", "Problem", "application/problem+json"),
       ("ChartMuseum's way", "/team-b/index.yaml", "Error", "application/json"))
def errors_are_described(address, shape, kind):
    library()
    import jsonschema_rs
    document, answer = exact(), Server().get(address)
    equal((answer.status, answer.headers["Content-Type"].split(";")[0]), (404, kind))
    schema = {**document["components"]["schemas"][shape], "components": document["components"]}
    schema["properties"]["code"] = document["components"]["schemas"]["ErrorCode"]
    jsonschema_rs.validate(schema, json.loads(answer.body))


@test
def description_knows_its_place():
    """Below base_path, the addresses are found from where the description is."""
    equal(served()["servers"][0]["url"], "../..")
    server = Server(args=("--set", "base_path=/charts"))
    equal(server.get("/charts/api/v1/openapi.yaml").status, 200)
    equal(served()["info"]["version"], json.loads(server.get("/info").body)["version"])


# ---- as it is not meant ----

def tried():
    """The description. LONG=1 alone has all addresses of an operation with a repository, which have one
    handler; of the others make check has one in four."""
    document = exact()
    if not LONG:
        document["paths"] = {address: item for address, item in document["paths"].items() if one_of(4, address)
                             and not any(ENDINGS.search(item[m]["operationId"]) for m in METHODS if m in item)}
    return document


@test
def schemathesis_finds_nothing():
    """As an administrator of whom no example knows, because the first user that an example makes
    would end what is open while there are none."""
    library()
    folder, server, document = temporary(), furnished(), tried()
    equal(server.request("POST", "/api/v1/users", json.dumps({**ALICE, "name": "keeper"})).status, 201)
    (folder / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    (folder / "schemathesis.toml").write_text(    # a method that HTTP does not know is 501
        f"[phases.coverage]\nunexpected-methods = {json.dumps([m.upper() for m in METHODS])}\n"
        # what another server does not answer is 502
        '[[operations]]\ninclude-path = "/api/v1/upstreams/test"\n'
        'checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "502"]\n')
    done = subprocess.run(
        [sys.executable, str(SCHEMATHESIS / "bin/schemathesis"), "--no-color", "run",
         str(folder / "openapi.yaml"), "--url", server.url, "--checks", ",".join(CHECKS),
         "--phases", PHASES, "--max-examples", str(EXAMPLES), "--seed", "1",
         "--workers", "1", "--no-shrink", "--continue-on-failure", "--warnings", "off",
         "--auth", f"keeper:{ALICE['password']}", "--generation-with-security-parameters", "false",
         "--request-timeout", "45", "--generation-database", "none"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(SCHEMATHESIS)}, capture_output=True,
        text=True, timeout=900 * (20 if LONG else 1), check=False)
    equal(done.returncode, 0, done.stdout[-20000:] + done.stderr[-2000:])
    tested = re.search(r"Tested: (\d+)", done.stdout)
    equal(int(tested[1]), sum(m in item for item in document["paths"].values() for m in METHODS))
    fine = set(re.findall(r'requests_total\{.*route="([^"]*)".*status="2xx"\}',
                          server.get("/metrics").body.decode()))
    assert len(fine) > (30 if LONG else 10), f"hardly anything was allowed: {fine}"


if __name__ == "__main__":
    main()
