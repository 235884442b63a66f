"""curl, as in README.md, and promtool: what people use who have no Helm at hand."""
import functools
import gzip
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import Server, chart, contains, equal, main, need, table, temporary, test


@functools.cache
def server():
    running = Server(keep=True)
    equal(running.publish(chart("demo", "1.0.0")).status, 201)
    return running


def curl(*arguments, stdin=None, cwd=None):
    """(status, body) of one request."""
    done = subprocess.run([need("curl"), "--silent", "--show-error", "--write-out", "\n%{http_code}",
                           *map(str, arguments)], input=stdin, cwd=cwd, capture_output=True,
                          timeout=60, check=True)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


@table(
    ("raw body", "one", ["--data-binary", "@{file}", "{url}/api/charts"]),
    ("form", "two", ["-F", "chart=@{file}", "{url}/api/charts"]),
    ("put at the root", "three", ["-T", "{file}", "{url}/"]),
    ("put below charts", "four", ["-T", "{file}", "{url}/charts/"]),
    ("put with a name", "five", ["-T", "{file}", "{url}/charts/five-1.0.0.tgz"]),
    ("chunked", "six", ["-H", "Transfer-Encoding: chunked", "--data-binary", "@{file}",
                        "{url}/api/charts"]),
    ("waiting for 100-continue", "seven", ["-H", "Expect: 100-continue", "--data-binary", "@{file}",
                                           "{url}/api/charts"]),
    ("to a repository of its own", "eight", ["--data-binary", "@{file}",
                                             "{url}/api/team-a/stable/charts"]))
def publish(name, arguments):
    archive, folder = chart(name), temporary()
    file = folder / f"{name}-1.0.0.tgz"
    file.write_bytes(archive)
    status, body = curl(*(a.format(file=file.name, url=server().url) for a in arguments), cwd=folder)
    equal(status, 201, body)
    answer = json.loads(body)
    equal((answer["saved"], answer["name"], answer["version"]), (True, name, "1.0.0"))
    place = "/team-a/stable" if "team-a" in arguments[-1] else ""
    equal(server().get(f"{place}/charts/{file.name}").body, archive)


@test
def t_imm_01_the_same_again():
    equal(curl("--data-binary", "@-", server().url + "/api/charts", stdin=chart("demo"))[0], 201)


@test
def t_imm_02_other_bytes():
    before = server().state()
    other = chart("demo", description="another")
    status, body = curl("--data-binary", "@-", server().url + "/api/charts", stdin=other)
    equal(status, 409, body)
    equal(json.loads(body)["code"], "version_exists")
    equal(server().state(), before)


@test
def dry_run():
    before = server().state()
    status, body = curl("--data-binary", "@-", server().url + "/api/charts?dry_run",
                        stdin=chart("dry"))
    equal(status, 200, body)
    equal(server().state(), before)


@test
def t_http_30_compressed_index():
    status, plain = curl(server().url + "/index.yaml")
    equal(status, 200)
    equal(curl("--compressed", server().url + "/index.yaml"), (200, plain))
    status, packed = curl("-H", "Accept-Encoding: gzip", server().url + "/index.yaml")
    equal(gzip.decompress(packed), plain)


@test
def only_when_changed():
    etag = temporary() / "etag"
    equal(curl("--etag-save", etag, server().url + "/index.yaml")[0], 200)
    equal(curl("--etag-compare", etag, server().url + "/index.yaml"), (304, b""))
    equal(server().publish(chart("changed")).status, 201)
    equal(curl("--etag-compare", etag, server().url + "/index.yaml")[0], 200)


@test
def a_part_of_a_chart():
    url = server().url + "/charts/demo-1.0.0.tgz"
    equal(curl("--range", "10-19", url), (206, chart("demo", "1.0.0")[10:20]))


@test
def metrics_for_prometheus():
    done = subprocess.run([need("promtool"), "check", "metrics"], input=server().get("/metrics").body,
                          capture_output=True, timeout=60, check=False)
    equal(done.returncode, 0, done.stdout + done.stderr)
    contains(server().get("/metrics").headers["Content-Type"], "text/plain")


if __name__ == "__main__":
    main()
