#!/usr/bin/env python3
"""GitLab's, Gitea's, Nexus' and Artifactory's addresses: a job changes its host name and nothing else.
Each line is what such a job sends, and where its readers look."""
import functools
import json
import subprocess

from cm_push import cm_push
from people import PASSWORD, add_token, add_user, basic
from wire import Server, check_refusal, contains, equal, no_trace, shared
from harness import (PROGRAM, chart, digest, form, main, must, need, provenance, table, temporary, test)

FORM, RAW = "form", "raw"
GITLAB, GITEA = "/api/v4/projects/17/packages/helm", "/api/packages"
# name, method, upload address, kind of body, where index.yaml and charts/ are; {} is the repository
UPLOADS = (
    ("GitLab", "POST", GITLAB + "/api/{}/charts", FORM, GITLAB + "/{}"),
    ("GitLab by another project", "POST", "/api/v4/projects/some.thing/packages/helm/api/{}/charts",
     FORM, "/api/v4/projects/1/packages/helm/{}"),
    ("helm cm-push to GitLab", "POST", "/api" + GITLAB + "/{}/charts", FORM, GITLAB + "/{}"),
    ("Gitea", "POST", GITEA + "/{}/helm/api/charts", RAW, GITEA + "/{}/helm"),
    ("Gitea by PUT", "PUT", GITEA + "/{}/helm/api/charts", RAW, GITEA + "/{}/helm"),
    ("Gitea by a form", "POST", GITEA + "/{}/helm/api/charts", FORM, GITEA + "/{}/helm"),
    ("helm cm-push to Gitea", "POST", "/api" + GITEA + "/{}/helm/charts", FORM, GITEA + "/{}/helm"),
    ("Nexus", "PUT", "/repository/{}/FILE", RAW, "/repository/{}"),
    ("Artifactory", "PUT", "/artifactory/{}/FILE", RAW, "/artifactory/{}"),
    ("Artifactory's Helm API", "PUT", "/artifactory/{}/FILE", RAW, "/artifactory/api/helm/{}"))
REPOS = ("stable", "team/stable")
BY_NAME = [line for line in UPLOADS if "FILE" in line[2]]
CASES = [(f"{line[0]}, {repo}", number, repo, *line[1:]) for number, line in enumerate(UPLOADS)
         for repo in REPOS]


def server():
    return shared()


@table(*CASES)
def pushed_and_read(number, repo, method, address, kind, below):
    name = f"chart-{number}"
    archive = chart(name)
    path = address.format(repo).replace("FILE", f"{name}-1.0.0.tgz")
    body, headers = form(archive) if kind == FORM else (archive, {})
    answer = server().request(method, path, body, headers)
    equal((answer.status, json.loads(answer.body)["saved"]), (201, True))
    body, headers = form(chart(name, description="x")) if kind == FORM else (
        chart(name, description="x"), {})
    answer = server().request(method, path, body, headers)
    equal((answer.status, json.loads(answer.body)["error"]),
          (409, "chart already exists" if kind == FORM else "file already exists"))
    place = below.format(repo)
    index = json.loads(server().get(f"{place}/index.yaml").body)
    equal(index, server().index(repo))
    entry, = index["entries"][name]
    equal(server().get(f"{place}/{entry['urls'][0]}").body, archive)
    if not place.startswith(GITLAB[:8]):
        equal(server().get(f"{place}/{name}-1.0.0.tgz").body, archive)
    for where in (f"{place}/no-1.0.0.tgz", f"{place}/{name}-1.0.0.tgz.prov"):
        equal(server().get(where).status, 404)
    equal(server().get(f"/{repo}/{name}-1.0.0.tgz").body, archive)       # where curl -T puts it


@table(*((name, method, address, kind) for name, method, address, kind, _ in UPLOADS))
def refused_as_everywhere(method, address, kind):
    path = address.format("stable").replace("FILE", "bad-1.0.0.tgz")
    body, headers = form(b"no chart") if kind == FORM else (b"no chart", {})
    with no_trace(server()):
        check_refusal(server(), server().request(method, path, body, headers), 400,
                      "archive_refused")
        for host in ("evil.example", "localhost:1"):
            check_refusal(server(), server().request(method, path, body,
                                                     {**headers, "Host": host}), 403)
        for repo in ("UPPER", "a/b/c", "charts", "-x"):
            path = address.format(repo).replace("FILE", "bad-1.0.0.tgz")
            equal(server().request(method, path, body, headers).status, 404)


@table(*((name, address) for name, _, address, _, _ in BY_NAME))
def a_file_has_its_own_name(address):
    path = address.format("stable").replace("FILE", "other-1.0.0.tgz")
    with no_trace(server()):
        equal(server().request("PUT", path, chart("named")).status, 400)
        equal(server().request("PUT", path[:-4] + ".zip", chart("named")).status, 404)


@table(*((name, address) for name, _, address, _, _ in BY_NAME))
def provenance_by_put(address):
    archive = chart("signed")
    path = address.format("signed").replace("FILE", "signed-1.0.0.tgz")
    equal(server().request("PUT", path, archive).status, 201)
    signed = provenance(archive, "signed")
    equal(server().request("PUT", path + ".prov", signed).status, 201)
    equal(server().get("/signed/charts/signed-1.0.0.tgz.prov").body, signed)


# ---- Artifactory's headers ----

CHECKSUM = "/artifactory/sums/sum-1.0.0.tgz"


@test
def x_checksum_sha256():
    archive = chart("sum")
    with no_trace(server()):
        for said, status in ((digest(b""), 400), ("zz", 400), (digest(archive)[:-1], 400)):
            answer = server().request("PUT", CHECKSUM, archive, {"X-Checksum-Sha256": said})
            equal(answer.status, status, answer.body)
    headers = {"X-Checksum-Sha256": digest(archive), "X-Checksum-Sha1": "0" * 40,
               "X-Checksum-Md5": "0" * 32}
    equal(server().request("PUT", CHECKSUM, archive, headers).status, 201)


@table(("true", "true"), ("capital", "True"))
def x_checksum_deploy(value):
    """404 is what makes JFrog's client send the file."""
    with no_trace(server()):
        for path in (CHECKSUM, "/repository/x/x-1.0.0.tgz", "/x-1.0.0.tgz"):
            answer = server().request("PUT", path, b"", {"X-Checksum-Deploy": value,
                                                         "X-Checksum-Sha256": digest(b"x")})
            check_refusal(server(), answer, 404, "not_found", "send the file itself")
    equal(server().request("PUT", "/artifactory/no/no-1.0.0.tgz", chart("no"),
                           {"X-Checksum-Deploy": "false"}).status, 201)


@test
def properties_of_artifactory():
    archive, path = chart("built"), "/artifactory/stable/built-1.0.0.tgz"
    said = ";build.name=ci;build.number=7;build.timestamp=1795447411000"
    equal(server().request("PUT", path + said, archive, {"X-Checksum-Sha256": digest(archive)}).status, 201)
    equal(server().get(path).body, archive)
    for wrong in ("/;.tgz", "/built.zip;.tgz"):
        equal(server().request("PUT", "/artifactory/stable" + wrong, archive).status, 404)


# ---- no registry ----

@table(("POST", "POST", "/v2/team/web/blobs/uploads/"), ("PUT", "PUT", "/v2/x/manifests/1.0.0"), ("GET", "GET", "/v2/"),
       ("without a slash", "GET", "/v2"), ("tags", "GET", "/v2/x/tags/list"))
def who_takes_it_for_a_registry_is_told(method, path):
    answer = server().request(method, path, b"x" if method == "PUT" else None)
    error, = json.loads(answer.body)["errors"]
    equal((answer.status, error["code"]), (404, "UNSUPPORTED"))
    contains(error["message"], "no OCI registry: publish with curl -T")


# ---- helm cm-push ----

@table(*((line[0], line[2]) for line in UPLOADS if line[3] == FORM))
def cm_push_is_understood(address):
    archive = chart("cm", f"{len(address)}.0.0")
    equal(cm_push(server(), address.format("pushed"), archive).status, 201)


# ---- with people ----

@functools.cache
def guarded():
    data = temporary(keep=True) / "data"
    running = Server(data=data)
    for repo in REPOS:
        equal(running.publish(chart(), repo).status, 201)
        must("repo", "set", "--data", data, repo, "--private")
    running.stop()
    add_user(data, "u", "pull:*")
    ci = add_token(data, "ci", "push:*:ci-*")
    return Server(data=data, keep=True), basic("u", PASSWORD), basic("gitlab-ci-token", ci)


@table(*CASES)
def permissions_are_the_repositories(number, repo, method, address, kind, below):
    running, reader, ci = guarded()

    def send(name, who):
        path = address.format(repo).replace("FILE", f"{name}-1.0.0.tgz")
        body, headers = form(chart(name)) if kind == FORM else (chart(name), {})
        return running.request(method, path, body, {**headers, **who})

    equal(send(f"ci-{number}", {}).status, 404)
    equal(send(f"ci-{number}", reader).status, 403)
    equal(send(f"ci-{number}", ci).status, 201)
    assert send(f"other-{number}", ci).status in (403, 404)
    for path in (f"{below.format(repo)}/index.yaml", f"{below.format(repo)}/charts/demo-1.0.0.tgz"):
        equal(running.get(path).status, 404)
        equal(running.get(path, reader).status, 200)


# ---- reserved words ----

@table(("artifactory", "artifactory"), ("repository", "repository"),
       ("upload", "upload"), ("with a segment", "repository/stable"))
def no_repository_is_made_by_that_name(name):
    answer = server().request("POST", "/api/v1/repos", json.dumps({"name": name}))
    equal(answer.status, 400)
    contains(json.loads(answer.body)["detail"], "reserved")
    equal(server().publish(chart(), name).status, 404)


@test
def one_that_exists_stays_where_it_is():
    """ChartMuseum's tenants are adopted whatever they are called, unless the addresses clash."""
    storage = temporary() / "storage"
    for tenant in ("repository/old", "artifactory/old"):
        (storage / tenant).mkdir(parents=True)
        (storage / tenant / "demo-1.0.0.tgz").write_bytes(chart())
    line = [PROGRAM, "chartmuseum", "--listen-host=127.0.0.1", "--port", "0", "--storage=local",
            f"--storage-local-rootdir={storage}", "--depth=2"]
    running = Server(data=storage / ".chartlocker", line=line)
    for tenant in ("repository/old", "artifactory/old"):
        equal(sorted(running.index(tenant)["entries"]), ["demo"])
        equal(running.get(f"/{tenant}/charts/demo-1.0.0.tgz").body, chart())
        equal(running.publish(chart("more"), tenant).status, 201)
        equal(running.request("PUT", f"/{tenant}/put-1.0.0.tgz", chart("put")).status, 201)
        equal(sorted(running.index(tenant)["entries"]), ["demo", "more", "put"])
        equal(list(json.loads(running.get(f"/api/{tenant}/charts").body)), ["demo", "more", "put"])
        must("repo", "show", "--data", running.data, tenant)
        # Beside it, the words are Nexus' and Artifactory's.
        first = tenant.split("/")[0]
        equal(running.request("PUT", f"/{first}/new/put-1.0.0.tgz", chart("put")).status, 201)
        equal(sorted(running.index("new")["entries"]), ["put"])
    equal(running.get("/old/index.yaml").status, 200)
    equal(running.index("old")["entries"], {})


# ---- as those jobs do it ----

CURLS = (
    ("GitLab", lambda file, url: ["-F", f"chart=@{file}", f"{url}{GITLAB}/api/jobs/charts"]),
    ("Gitea", lambda file, url: ["-X", "POST", "--upload-file", file,
                                 f"{url}/api/packages/jobs/helm/api/charts"]),
    ("Nexus", lambda file, url: ["--upload-file", file, f"{url}/repository/jobs/"]),
    ("Artifactory", lambda file, url: ["-T", file, f"{url}/artifactory/jobs/"]))


@table(*((job, job, line) for job, line in CURLS))
def curl(job, line):
    need("curl")
    name = f"by-{CURLS.index((job, line))}"
    file = temporary() / f"{name}-1.0.0.tgz"
    file.write_bytes(chart(name))
    done = subprocess.run(["curl", "-sS", "--fail-with-body", "--user", f"u:{PASSWORD}", *map(str, line(
        file, guarded_open().url))], capture_output=True, text=True, check=False)
    equal(done.returncode, 0, done.stdout + done.stderr)
    assert name in guarded_open().index("jobs")["entries"]


@functools.cache
def guarded_open():
    data = temporary(keep=True) / "data"
    Server(data=data).stop()
    add_user(data, "u", "push:jobs\npull:*")
    return Server(data=data, keep=True)


if __name__ == "__main__":
    main()
