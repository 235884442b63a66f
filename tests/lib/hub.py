"""A server with a small catalog, a private repository in it, and who may see that."""
import base64
import functools
import json
import re
import shutil

from harness import Server, chart, equal, make_repo, provenance, temporary
from people import PASSWORD, add_user, basic

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
                       "awAAAABJRU5ErkJggg==")
README = b"# Alpha\n\nThe first *letter*.\n"
VALUES = b"# how many\nreplicas: 2\n"
SCHEMA = b'{"type": "object", "properties": {"replicas": {"type": "integer"}}}'
CHANGES = """
- kind: added
  description: Cool <feature> & more
  links:
    - {name: the issue, url: https://example.org/1}
- kind: fixed
  description: A bug
"""
RICH = {
    "description": 'The letter "A" & <more>', "home": "https://alpha.example.org", "appVersion": "9.8",
    "keywords": ["letter", "greek"], "sources": ["https://git.example.org/alpha"],
    "maintainers": [{"name": "Jo", "email": "jo@example.org", "url": "https://jo.example.org"},
                    {"name": "No one"}],
    "icon": "data:image/png;base64," + base64.b64encode(PNG).decode(),
    "kubeVersion": ">=1.25.0-0", "type": "application",
    "dependencies": [{"name": "common", "version": "1.x.x", "repository": "https://elsewhere.example.org"}],
    "annotations": {"artifacthub.io/license": "Apache-2.0", "artifacthub.io/category": "database",
                    "artifacthub.io/changes": CHANGES,
                    "artifacthub.io/containsSecurityUpdates": "true"},
}
FILES = {"README.md": README, "values.yaml": VALUES, "values.schema.json": SCHEMA}


def alpha(version, **more):
    return chart("alpha", version, FILES, **{**RICH, **more})


ALPHA = alpha("1.1.0")
CATALOG = {
    "": [alpha("1.0.0", appVersion="9.7"), ALPHA, alpha("2.0.0-rc.1", appVersion="10"),
         chart("edge", "0.1.0-beta.1", description="Only before its release", appVersion="7"),
         chart("old", "3.0.0", deprecated=True, description="Nobody looks after this letter")],
    "team-a/stable": [ALPHA, chart("plus", "1.0.0+build.7", description="More letters")],
    "vault": [chart("secret", "1.0.0", description="The secret letter", keywords=["greek"])],
}
# What anybody sees of it, and who may see it all.
PUBLIC = {("main", "alpha"): "1.1.0", ("main", "edge"): "0.1.0-beta.1", ("main", "old"): "3.0.0",
          ("team-a~stable", "alpha"): "1.1.0", ("team-a~stable", "plus"): "1.0.0+build.7"}
ALL = {**PUBLIC, ("vault", "secret"): "1.0.0"}
ROOT = basic("root", PASSWORD)


def fill(running):
    for repo, archives in CATALOG.items():
        if repo:
            make_repo(running, repo, private=repo == "vault")
        for archive in archives:
            equal(running.publish(archive, repo).status, 201)
    signed = provenance(ALPHA, "alpha", "1.1.0")
    equal(running.request("POST", "/api/prov", signed).status, 201)


@functools.cache
def stored():
    """The data directory, nobody running on it; with an administrator, `root`."""
    running = Server(keep=True)
    fill(running)
    running.stop()
    add_user(running.data, "root", "admin:*")
    return running.data


def copied(keep=False):
    """A copy of it, for a server of one's own."""
    return shutil.copytree(stored(), temporary(keep) / "data", symlinks=True)


@functools.cache
def server():
    return Server(data=copied(keep=True), keep=True)


def get(path, headers=None, status=200):
    """The answer as data."""
    answer = server().get(path, headers)
    equal(answer.status, status, answer.body)
    equal(answer.headers["Content-Type"], "application/json; charset=utf-8")
    return json.loads(answer.body)


def keys(value, prefix=""):
    """Every key of a JSON value with the type that stands there: {"repo.name": "str", …}"""
    if isinstance(value, dict):
        found = {}
        for key, part in value.items():
            found |= keys(part, f"{prefix}.{key}" if prefix else key)
        return found
    if isinstance(value, list):
        found = {}
        for part in value:
            found |= keys(part, prefix + "[]")
        return found or {prefix: "[]"}
    return {prefix: type(value).__name__}


RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
