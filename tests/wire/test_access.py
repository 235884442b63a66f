#!/usr/bin/env python3
"""Who may write, the control socket, and commands beside a running server."""
import fcntl
import http.client
import json
import os
import re
import stat
import subprocess
import time

from wire import (EXIT_FAILED, Server, check_refusal, contains, demo_server, equal, no_trace,
                  versions)
from harness import (PROGRAM, chart, clean_environment, command, main, must, provenance, settled, table, temporary,
                     test)
from route_table import over_control

WRITES = (("POST", "/api/charts"), ("POST", "/api/prov"), ("PUT", "/demo-1.0.0.tgz"),
          ("PUT", "/team/charts/demo-1.0.0.tgz"), ("DELETE", "/api/charts/demo/1.0.0"))


@table(
    ("host of another site", {"Host": "evil.example"}),
    ("host that resolves to us, other port", {"Host": "localhost:1"}),
    ("host without the port", {"Host": "127.0.0.1"}),
    ("other address of this machine", {"Host": "127.0.0.2:{port}"}),
    ("origin of another site", {"Origin": "http://evil.example"}),
    ("origin with our name in front", {"Origin": "http://127.0.0.1:{port}.evil.example"}),
    ("sent by another site", {"Sec-Fetch-Site": "cross-site"}),
    ("sent by a neighbour", {"Sec-Fetch-Site": "same-site"}),
    ("origin null", {"Origin": "null"}),
    ("origin of another port", {"Origin": "http://127.0.0.1:1"}),
    ("origin over https", {"Origin": "https://127.0.0.1:{port}"}),
    ("T-HTTP-36 Forwarded", {"Forwarded": "for=127.0.0.1"}),
    ("T-HTTP-36 empty Forwarded", {"Forwarded": ""}),
    ("T-HTTP-36 X-Forwarded-For", {"X-Forwarded-For": "127.0.0.1"}),
    ("T-HTTP-36 X-Forwarded-Proto", {"X-Forwarded-Proto": "http"}),
    ("T-HTTP-36 any other of them", {"x-forwarded-anything": "1"}),
    ("T-HTTP-36 long", {"X-Forwarded-For": ", ".join(["10.0.0.1"] * 500)}))
def t_imm_06_writes_by_a_detour(headers):
    headers = {k: v.replace("{port}", str(demo_server().port)) for k, v in headers.items()}
    with no_trace(demo_server()):
        for method, path in WRITES:
            answer = demo_server().request(method, path, chart("demo", description="x"), headers)
            check_refusal(demo_server(), answer, 403, "writes_refused")
    equal(demo_server().get("/index.yaml", headers).status, 200)    # reading is for everyone


@table(
    ("localhost", {"Host": "localhost:{port}"}), ("upper case", {"Host": "LOCALHOST:{port}"}),
    ("IPv6 name of it", {"Host": "[::1]:{port}"}),
    ("our page", {"Sec-Fetch-Site": "same-origin"}), ("typed in", {"Sec-Fetch-Site": "none"}),
    ("our origin", {"Origin": "http://127.0.0.1:{port}"}),
    ("our origin by name", {"Origin": "http://localhost:{port}"}))
def writes_that_name_us(headers):
    headers = {k: v.replace("{port}", str(demo_server().port)) for k, v in headers.items()}
    answer = demo_server().request("POST", "/api/charts?dry_run", chart("demo"), headers)
    equal(answer.status, 200, answer.body)


@test
def t_imm_06_no_writes_on_other_addresses():
    """Refused and said at start-up; the loopback address of the same server takes them."""
    running = Server(args=("--listen", "0.0.0.0:0"))
    found = re.search(r"listening on http://0\.0\.0\.0:(\d+)\n  (.*)\n", running.log())
    contains(found[2], "refused")
    contains(running.log(), "anyone on this machine may publish")
    port = int(found[1])
    equal(running.publish(chart("demo")).status, 201)
    with no_trace(running):
        for method, path in WRITES:
            for host in (f"127.0.0.1:{port}", f"0.0.0.0:{port}", f"localhost:{port}"):
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                answer = running.request(method, path, chart("demo", description="x"),
                                         {"Host": host}, connection=link)
                check_refusal(running, answer, 403, "writes_refused", "there are no users")
                equal(answer.headers["Connection"], "close")
                link.close()
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    equal(running.get("/index.yaml", connection=link).body, running.get("/index.yaml").body)
    link.close()


@test
def control_routes_are_not_on_the_network():
    with no_trace(demo_server()):
        for path in ("/control/fsck", "/control/rebuild"):
            for method in ("POST", "GET"):
                check_refusal(demo_server(), demo_server().request(method, path), 404, "not_found")


@test
def control_socket_is_the_administrators():
    running = Server(args=("--set", "log.format=json"))
    path = running.data / "control.sock"
    found = path.stat()
    equal((stat.S_ISSOCK(found.st_mode), stat.S_IMODE(found.st_mode)), (True, 0o600))
    evil = {"Host": "evil.example", "Origin": "http://evil.example", "X-Forwarded-For": "1"}
    answer = over_control(running, "POST", "/api/charts?created=2001-02-03T04:05:06Z", chart("x"), evil)
    equal(answer.status, 201, answer.body)
    equal(running.index()["entries"]["x"][0]["created"], "2001-02-03T04:05:06Z")
    equal(over_control(running, "POST", "/api/charts?created=yesterday", chart("y")).status, 400)
    report = json.loads(over_control(running, "POST", "/control/fsck").body)
    equal((report["problem_count"], report["versions"]), (0, 1))
    assert settled(lambda: '"peer":"unix"' in running.log())
    running.stop()
    equal(path.exists(), False)


def import_folder():
    folder = temporary()
    for number in range(5):
        (folder / f"c-1.{number}.0.tgz").write_bytes(chart("c", f"1.{number}.0"))
    archive = chart("signed")
    (folder / "signed-1.0.0.tgz").write_bytes(archive)
    (folder / "signed-1.0.0.tgz.prov").write_bytes(provenance(archive, "signed"))
    for number, path in enumerate(sorted(folder.iterdir())):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder


def without_generated(running):
    data = running.index()
    data.pop("generated")
    return data


@test
def t_idx_06_commands_beside_a_server():
    """import, fsck and rebuild through a running server give what they give without one."""
    folder = import_folder()
    running = Server()
    beside = must("import", "--data", running.data, folder)
    assert versions(running, "c")[0] == "1.4.0"
    equal(running.get("/charts/signed-1.0.0.tgz.prov").status, 200)
    data = temporary() / "data"
    alone = must("import", "--data", data, folder)
    other = Server(data)
    equal(without_generated(running), without_generated(other))
    other.stop()
    index = running.get("/index.yaml").body
    for arguments in (("fsck",), ("fsck", "--repair"), ("rebuild",)):
        texts = [strip_numbers(must(*arguments, "--data", where)) for where in (running.data, data)]
        equal(texts[0], texts[1])
        equal(running.get("/index.yaml").body, index)
    equal(strip_numbers(beside), strip_numbers(alone))
    again = must("import", "--data", running.data, folder)
    equal(running.get("/index.yaml").body, index, again)


def strip_numbers(text):
    """Without times, rates and hashes."""
    return re.sub(r"[0-9a-f]{64}|[0-9.]+ ?(s|ms|B/s|[KMG]i?B/s|/s)\b", "N", text)


@test
def import_beside_a_server_refuses_by_name():
    folder = import_folder()
    (folder / "bad-1.0.0.tgz").write_bytes(b"no chart")
    (folder / "c-1.0.0.tgz").write_bytes(chart("c", "1.0.0", description="other"))
    for where in (Server().data, temporary() / "data"):
        must("import", "--data", where, "--repo", "team/a", import_folder())
        done = command("import", "--data", where, "--repo", "team/a", folder)
        equal(done.returncode, EXIT_FAILED)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if str(folder) in line]
        equal(len(lines), 2, done.stdout + done.stderr)
        contains(lines[0] + lines[1], "bad-1.0.0.tgz")
        contains(lines[0] + lines[1], "c-1.0.0.tgz")


@test
def fsck_beside_a_server_finds_damage():
    running = Server()
    equal(running.publish(chart("x")).status, 201)
    path = running.data / "repos/main/charts/x-1.0.0.tgz"
    path.chmod(0o640)
    path.write_bytes(b"spoiled")
    done = command("fsck", "--data", running.data)
    equal(done.returncode, EXIT_FAILED)
    contains(done.stdout + done.stderr, "x-1.0.0.tgz")
    done = command("fsck", "--data", running.data, "--repair")
    equal(len(list((running.data / "quarantine").iterdir())), 1, done.stdout + done.stderr)
    equal(running.index()["entries"], {})
    equal(running.publish(chart("x")).status, 201)
    must("fsck", "--data", running.data)


@table(("removed", lambda path: path.unlink()),
       ("of other bytes", lambda path: (path.chmod(0o640), path.write_bytes(b"spoiled"))))
def fsck_forgets_a_lost_provenance_file(damage):
    """Also one that is in the cache: afterwards there is none, and another one may come."""
    running, archive = Server(), chart("x")
    first, second = provenance(archive, "x"), provenance(archive, "x") + b"signed again\n"
    address, asked = "/charts/x-1.0.0.tgz.prov", ("fsck", "--data", running.data)
    equal(running.publish(archive).status, 201)
    equal(running.request("POST", "/api/prov", first).status, 201)
    equal(running.get(address).body, first)
    damage(running.data / "repos/main/charts/x-1.0.0.tgz.prov")
    done = command(*asked)
    equal(done.returncode, EXIT_FAILED)
    contains(done.stdout + done.stderr, "x-1.0.0.tgz.prov")
    equal(running.request("POST", "/api/prov", second).status, 409)
    must(*asked, "--repair")
    must(*asked)
    equal(running.get(address).status, 404)
    contains(must("log", "--data", running.data), "prov.delete")
    equal(running.get("/charts/x-1.0.0.tgz").body, archive)
    equal(running.request("POST", "/api/prov", second).status, 201)
    equal(running.get(address).body, second)
    must(*asked)
    running.kill()
    equal(Server(running.data).get(address).body, second)


@test
def commands_wait_for_one_another():
    """Two that are typed at the same moment, where no server runs: the second one waits for the first."""
    running = Server()
    running.publish(chart("demo"))
    running.stop()
    with open(running.data / "LOCK") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = subprocess.Popen([PROGRAM, "show", "demo", "--data", running.data], stdout=subprocess.PIPE,
                                   env=clean_environment(), text=True)
        time.sleep(0.5)
    contains(waiting.communicate(timeout=300)[0], "main/demo 1.0.0")
    equal(waiting.returncode, 0)


if __name__ == "__main__":
    main()
