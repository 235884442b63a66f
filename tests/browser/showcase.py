"""A catalog whose charts have everything that a page can show."""
import json
import re
from urllib.parse import urlencode

from browser import import_real, publish
from chart_server import ChartServer
from harness import chart, equal, must, settled, temporary
from people import PASSWORD, basic

README = b"""# Showcase

What a README can hold, [linked](https://example.org/) and [to a part](#tables).

> [!WARNING]
> Upgrades from 1.x lose the cache.

## Tables

| Key | Default | What it means |
|:----|--------:|---------------|
| `replicas` | 2 | How many there are |
| `image.repository` | registry.example.org/a/very/long/name/that/does/not/break/anywhere/at/all | Where it comes from |

- [x] done
- [ ] to do

```yaml
replicas: 3            # more of them
image:
  tag: "1.2.3-with-a-tag-that-is-longer-than-a-telephone-is-wide-and-then-some-more"
```

### A picture

![the parts](docs/parts.png) ![from elsewhere](https://example.org/badge.svg)

1. One
2. Two

## \xd7\xa2\xd7\x91\xd7\xa8\xd7\x99\xd7\xaa

Text ~~struck~~, *slanted*, **strong** and `code`.
"""
VALUES = b"""# -- How many there are
replicas: 2
image:
  # -- Where it comes from
  repository: registry.example.org/showcase
  tag: ""
resources: {}
hosts:
  - name: a.example.org
    paths: [/]
"""
SCHEMA = b"""{"type": "object", "required": ["replicas"], "properties": {
  "replicas": {"type": "integer", "minimum": 1, "description": "How many there are"},
  "image": {"type": "object", "properties": {"tag": {"type": "string", "pattern": "^[a-z0-9.]*$"}}}}}"""
ROLE = b"""apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: showcase}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}
- {apiGroups: [""], resources: [secrets], verbs: [get, list]}
"""
CRD = b"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shows.example.org}
spec: {group: example.org, names: {kind: Show, plural: shows}, scope: Namespaced}
"""
FILES = {"README.md": README, "values.yaml": VALUES, "values.schema.json": SCHEMA,
         "templates/role.yaml": ROLE, "crds/show.yaml": CRD,
         "CHANGELOG.md": b"# Changelog\n\n## 2.0.0\n\n- Everything is new\n\n## 1.0.0\n\n- The first\n"}
METADATA = {
    "description": "Everything that a chart can say about itself, at some length, so that a line is broken",
    "appVersion": "9.8", "home": "https://showcase.example.org", "kubeVersion": ">=1.25.0-0",
    "keywords": ["show", "database", "everything"], "sources": ["https://git.example.org/showcase"],
    "maintainers": [{"name": "Jo", "email": "jo@example.org", "url": "https://jo.example.org"},
                    {"name": "Someone with a name that is long", "email": "long@example.org"}],
    "dependencies": [{"name": "common", "version": "1.x.x", "repository": "https://charts.example.org"},
                     {"name": "postgresql", "version": "~12.1.0", "alias": "db", "condition": "db.enabled",
                      "repository": "https://charts.example.org"}],
    "annotations": {
        "artifacthub.io/license": "Apache-2.0", "artifacthub.io/category": "database",
        "artifacthub.io/changes": "- kind: added\n  description: Everything\n- kind: security\n"
                                  "  description: A hole less\n",
        "artifacthub.io/links": "- name: Handbook\n  url: https://handbook.example.org\n",
        "artifacthub.io/images": "- name: main\n  image: registry.example.org/showcase:1\n",
        "artifacthub.io/operator": "true", "artifacthub.io/prerelease": "false"},
}


ENDLESS = "awordthatisnotbrokenanywhere" * 8
WITHOUT_END = {
    "README.md": f"# {ENDLESS}\n\n{ENDLESS} `{ENDLESS}`\n\n| {ENDLESS} | b |\n|---|---|\n| a | {ENDLESS} |\n".encode(),
    "values.yaml": f"# -- {ENDLESS}\n{ENDLESS}: {ENDLESS}\n".encode(), f"templates/{ENDLESS[:90]}.yaml": b"a: b\n"}
HEBREW = "\u05d0\u05d5\u05e1\u05e3 \u05e9\u05dc \u05d3\u05d1\u05e8\u05d9\u05dd"
TO_THE_LEFT = {
    "README.md": f"# {HEBREW}\n\n{HEBREW} (`helm`).\n\n- {HEBREW}\n\nIn English.\n\n```\nhelm install\n```\n".encode(),
    "values.yaml": f"# -- {HEBREW} (v3).\nreplicas: 1\n".encode()}


UMBRELLA = [
    *[{"name": name, "version": "*", "repository": "@main"} for name in ("showcase", "postgresql", "umbrella")],
    *[{"name": f"part-{number}", "version": "^1.0.0", "repository": "https://charts.example.org"}
      for number in range(56)]]


def showcase(version, **more):
    return chart("showcase", version, FILES, **{**METADATA, **more})


POD = b"""apiVersion: v1
kind: Pod
metadata: {name: p, annotations: {helm.sh/hook: pre-install}}
spec:
  containers:
  - {name: a, image: "registry.example.org/a/long/path/to/an/image/of/a/name/that/is/long:1.0.0-with-a-tag"}
  - {name: b, image: "quay.io/b", command: [curl, "https://get.example.org/a/script/that/is/run.sh"]}
"""


def carry(data):
    """A repository that came in two bundles."""
    outer, stick, usb = temporary() / "outer", temporary(), temporary()
    for number, selection in (1, "image*"), (2, "*"):
        (stick / f"images-{number}.0.0.tgz").write_bytes(chart("images", f"{number}.0.0", {"templates/pod.yaml": POD}))
        must("import", "--data", outer, "--repo", "carried", stick)
        if number == 1:
            must("keys", "generate", "--data", outer, "--name", "outer.example.org")
            must("keys", "trust", outer / "keys/bundle.pub", "--data", data)
        must("bundle", "create", "--repo", "carried", "--select", selection, "--data", outer, "-o", f"{usb}/")
        must("bundle", "import", usb, "--data", data)


def fill(server, real=0):
    """Publishes them, and as many of the real charts."""
    for archive in (
            showcase("1.0.0", appVersion="9.7"), showcase("2.0.0"), showcase("2.1.0-rc.1"),
            chart("common", "1.4.0", type="library", description="Parts of other charts"),
            chart("postgresql", "12.1.2", description="A database with a well-known elephant"),
            chart("umbrella", "1.0.0", description="All that a shop needs", dependencies=UMBRELLA),
            chart("behind", "1.0.0", description="What it needs has newer versions", dependencies=[
                {"name": name, "version": version, "repository": "@main"}
                for name, version in (("showcase", "1.x.x"), ("postgresql", "~12.1.0"), ("a-part-that-is-not-here", "^7"))]),
            chart("words-without-end", "1.0.0", WITHOUT_END, description=ENDLESS, appVersion=ENDLESS[:100],
                  keywords=[ENDLESS], maintainers=[{"name": ENDLESS}], annotations={"artifacthub.io/license": ENDLESS},
                  dependencies=[{"name": "a", "version": "1.x", "repository": f"https://example.org/{ENDLESS}"}]),
            chart("right-to-left", "1.0.0", TO_THE_LEFT, description=f"{HEBREW} (v3)!", maintainers=[{"name": HEBREW}]),
            *(chart("of-branches", version, appVersion="feature-JIRA-12345-add-a-payment-provider-4f2a91c")
              for version in ("0.9.0", "1.0.0-feature-JIRA-12345-add-a-payment-provider.20260101120000.sha.4f2a91c")),
            chart("old", "3.0.0", deprecated=True, description="Nobody looks after it")):
        publish(server, archive)
    publish(server, chart("a-chart-with-a-name-that-is-as-long-as-names-may-be-in-helm",
                          "1.0.0-alpha.20261121.with.a.long.tail+build.20261121"), "team-a/stable")
    carry(server.data)
    if real:
        import_real(server.data, real)


def webhooks(server, made, root):
    """One that waits, one that fails, with deliveries."""
    made("hooks", {"name": "flux", "url": "https://flux.example.org/hook/5f2c", "format": "flux",
                   "repos": "stable", "paused": True}, root)
    made("hooks", {"name": "team-chat", "url": "http://127.0.0.1:9080/a/long/address/that/nobody/listens/on/and/"
                   "that/is/longer/than/a/telephone/is/wide", "format": "plain", "repos": "*", "allow_private": True}, root)
    equal(server.request("POST", "/api/charts", chart("told", "1.0.0"), root).status, 201)
    equal(server.request("DELETE", "/api/charts/told/1.0.0", None, root).status, 200)
    assert settled(lambda: "connect" in server.get("/admin/hooks/team-chat", root).body.decode())


def upstreams(server, made, root):
    """One that fails after it promised other bytes for a version and withdrew another one; and all in one."""
    def refresh(state):
        answer = server.request("POST", "/api/v1/upstreams/elsewhere/refresh?wait=600", "{}", root)
        equal(json.loads(answer.body)["state"], state, answer.body)

    upstream = ChartServer()
    for version in "1.0.0", "1.1.0", "1.2.0":
        upstream.put("zebra", version, description="Stripes for a cluster, in black and in white")
    upstream.put("showcase", "2.0.0", description="The same chart, with other bytes")
    upstream.put("wrong", "a-version-that-is-longer-than-a-telephone-is-wide-and-none-at-all")
    made("repos", {"name": "elsewhere", "upstream": upstream.url, "allow_private": True, "refresh_minutes": 0,
                   "mode": "proxy", "description": "What a neighbour has"}, root)
    refresh("fresh")
    upstream.put("zebra", "1.1.0", chart("zebra", "1.1.0", {"README.md": b"Lions."}))
    upstream.drop("zebra", "1.0.0")
    refresh("fresh")
    upstream.status = 503
    refresh("failing")
    made("repos", {"name": "all", "members": "main team-a/stable elsewhere", "take_prereleases": False}, root)
    promoted = server.request("POST", "/api/v1/repos/all/promote", json.dumps(
        {"chart": "showcase", "version": "2.1.0-rc.1", "reason": "tested where it hurts"}), root)
    equal(promoted.status // 100, 2, promoted.body)


LONG_NAME = "a.name.as.long.as.names.of.users.may.be@departments.example.org"


def people(server):
    """{name: the cookie's value} of who is signed in: an administrator, somebody with tokens, a token."""
    def made(path, fields, headers):
        answer = server.request("POST", f"/api/v1/{path}", json.dumps(fields), headers)
        equal(answer.status, 201, answer.body)
        return json.loads(answer.body)

    def session(name, password):
        answer = server.request("POST", "/login", urlencode({"name": name, "password": password}), {
            "Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"})
        equal(answer.status, 303, answer.body)
        return re.search("chartlocker=([0-9a-f]{64})", answer.headers["Set-Cookie"])[1]

    root = {}
    for name, roles in (("root", ["admin:*"]), ("alice", ["pull:*", "push:team-a/*", "delete:team-a/*"]),
                        (LONG_NAME, ["pull:*"])):
        made("users", {"name": name, "roles": roles, "password": PASSWORD}, root)
        root = root or basic("root", PASSWORD)
    made("tokens", {"name": "laptop", "user": "alice", "roles": ["pull:*"]}, root)
    made("tokens", {"name": "nightly-build", "roles": ["push:stable:redis*"], "expires": "never"}, root)
    webhooks(server, made, root)
    upstreams(server, made, root)
    token = made("tokens", {"name": "narrow", "user": "alice", "roles": ["pull:stable"]}, root)["token"]
    return {"root": session("root", PASSWORD), "long": session(LONG_NAME, PASSWORD),
            "alice": session("alice", PASSWORD), "token": session("", token)}
