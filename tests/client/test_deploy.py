"""deploy/: units, manual pages, completions, the Helm chart, reverse proxies, CI examples: each is
used by the program it is made for.
Long because it has a part for each thing in deploy/."""
import functools
import json
import os
import re
import ssl
import subprocess
import urllib.request

import yaml
from helm import ALL, NEWEST, Helm, unpack
from certificates import authority
from harness import (PROGRAM, TOP, Server, Skip, chart, clean_environment, cleanup, command,
                     contains, equal, free_port, main, must, need, settled, table, temporary,
                     test)

DEPLOY = TOP / "deploy"
CHART = DEPLOY / "helm/chartlocker"


def run(*line, fails=False, **options):
    """What a program printed, on either output."""
    done = subprocess.run(list(map(str, line)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120, check=False, **options)
    assert (done.returncode != 0) == fails, f"{line[0]}: exit {done.returncode}\n{done.stdout}"
    return done.stdout


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# ---- systemd ----

UNITS = [*(DEPLOY / "systemd").iterdir(),
         *(unit for kind in ("service", "timer", "path") for unit in (DEPLOY / "airgap").glob(f"*.{kind}"))]


# What is left is what they are for: the network, a socket of one's own, files for a group, and setpriority.
EXPOSURE = {"chartlocker.service": 1.2, "chartlocker-bundle@.service": 0.4, "chartlocker-import.service": 0.4}


@table(*((unit.name, unit) for unit in UNITS if unit.suffix == ".service"))
def the_unit_is_exposed_to_little(unit):
    need("systemd-analyze")
    said = run("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= EXPOSURE[unit.name], said


def in_readme(first):
    """The indented lines of server/README.md that begin with that one."""
    lines = (TOP / "server/README.md").read_text().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(f"    {first}"))
    end = next(i for i, line in enumerate(lines[begin:], begin) if not line.startswith("    "))
    return [line[4:] for line in lines[begin:end]]


def side_by_side(lines):
    """{name: text} of two units in columns."""
    column = lines[0].index("#", 1)
    sides = [line[:column].rstrip() for line in lines], [line[column:] for line in lines]
    return {side[0].strip("# "): "\n".join(side[1:]) + "\n" for side in sides}


@table(("of deploy/", lambda: {unit.name: unit.read_text() for unit in UNITS}),
       ("of server/README.md", lambda: side_by_side(in_readme("# chartlocker.socket"))))
def the_units_are_valid(units):
    need("systemd-analyze")
    folder = temporary()
    for name, text in units().items():
        text = re.sub(r"/usr/bin/chartlocker|(?<=^ExecStart=)chartlocker", PROGRAM, text, flags=re.M)
        text = text.replace("/usr/lib/chartlocker", str(DEPLOY / "airgap"))
        text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
        write(folder / name.replace("@", "@stable"), text)
    equal(run("systemd-analyze", "verify", *folder.iterdir()), "")


@test
def a_port_below_1024_by_a_drop_in():
    """All that the unit says against it is taken back: in a user namespace, no capability counts for such a port."""
    unit = (DEPLOY / "systemd/chartlocker.service").read_text()
    edit, section, *lines = in_readme("# systemctl edit chartlocker")
    equal((edit, section), ("# systemctl edit chartlocker", "[Service]"))
    for name in ("AmbientCapabilities", "CapabilityBoundingSet", "PrivateUsers"):
        contains(unit, f"\n{name}=")
    equal(lines, ["AmbientCapabilities=CAP_NET_BIND_SERVICE", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
                  "PrivateUsers=no"])


@table(("deploy/README.md", DEPLOY / "README.md", "    "),
       ("the unit", DEPLOY / "systemd/chartlocker.socket", "#     "))
def the_socket_while_the_service_runs(file, before):
    """systemd starts no socket unit whose service runs; the package has started it."""
    said = [line.removeprefix(before) for line in file.read_text().splitlines() if line.startswith(before)]
    at = said.index("systemctl stop chartlocker")
    equal(said[at + 1:at + 3], ["systemctl enable --now chartlocker.socket", "systemctl start chartlocker"])


@test
def the_socket_unit_gives_its_socket():
    """What `listen: systemd` is for, with systemd's own opener."""
    port, folder = free_port(), temporary()
    process = subprocess.Popen(
        [need("systemd-socket-activate"), f"--listen=127.0.0.1:{port}", PROGRAM, "serve", "--data",
         str(folder / "data"), "--listen", "systemd"], env=clean_environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    cleanup(process.wait)
    cleanup(process.terminate)
    assert settled(lambda: answers(f"http://127.0.0.1:{port}/readyz")), process.poll()


def answers(url, **options):
    try:
        return urllib.request.urlopen(url, timeout=10, **options).status == 200
    except OSError:
        return False


# ---- manual pages and completions ----

@table(("1", "chartlocker"), ("5", "chartlocker-config"))
def manual_page(page):
    need("mandoc")
    text = must("man", page)
    assert text.isascii()
    said = run("sh", "-c", f"'{PROGRAM}' man {page} | mandoc -T lint -W style; true")
    wrong = [line for line in said.splitlines()
             if not re.search("referenced manual not found|outdated mandoc.db", line)]
    equal(wrong, [])


@test
def manual_page_tells_every_exit_status():
    contains(must("man").split(".Sh EXIT STATUS\n")[1], "also 3")


@functools.cache
def commands():
    return re.findall(r"^  (\w+) ", command("--help").stdout, re.M)


def documented_commands():
    """Those whose --help is the text of their row; chartmuseum's tells another program's flags."""
    return [name for name in commands() if name != "chartmuseum"]


@functools.cache
def options_of(name):
    """{"--data", "-d", …} as --help has them."""
    return {word for line in re.findall(r"^ +(-\S.*)", must(name, "--help"), re.M)
            for word in re.findall(r"(?:^|, )(--?[A-Za-z-]+)", line.split("  ")[0])}


@test
def the_pages_tell_every_option_and_setting():
    need("mandoc")
    page = run("sh", "-c", f"'{PROGRAM}' man | mandoc -T ascii | col -b")
    for name in documented_commands():
        begin = page.index(f"   chartlocker {name}\n")
        for option in options_of(name):
            contains(page[begin:], option, name)
    settings = run("sh", "-c", f"'{PROGRAM}' man chartlocker-config | mandoc -T ascii | col -b")
    for row in must("config", "print", "--json").splitlines():
        assert re.search(rf"^ +{re.escape(json.loads(row)['name'])}( |$)", settings, re.M), row


@test
def help_tells_the_options_that_there_are():
    """Completions and pages are made from the help texts; this holds those to the truth."""
    told = {"--help"}
    for name in documented_commands():
        told |= options_of(name)
        for option in sorted(options_of(name)):
            said = command(name, option, "x", "--help", timeout=30)
            equal((said.returncode, said.stderr), (0, ""), f"{name} {option}")
    sources = "".join(file.read_text() for file in (TOP / "server").glob("*/*.c")
                      if not file.name.startswith("chartmuseum"))
    there = {f"--{name}" for name in re.findall(r'\{ "([a-z-]+)", [^,]+, CMD_[A-Z]+,', sources)}
    assert len(there) > 10
    equal(there - told, set())


def bash_completes(*words):
    script = ('source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_chartlocker; printf "%s\\n" "${COMPREPLY[@]}"')
    return run("bash", "-c", script, PROGRAM, "chartlocker", *words, cwd=DEPLOY).split()


@test
def bash_completion_of_commands():
    equal(sorted(bash_completes("")), sorted([*commands(), "help"]))
    equal(bash_completes("ver"), ["version"])


@test
def bash_completion_of_options():
    for name in documented_commands():
        equal(set(bash_completes(name, "-")), options_of(name) | {"--help"}, name)
    equal(bash_completes("serve", "--conf"), ["--config"])


@table(("a directory", ("serve", "--data", "sys"), ["systemd"]),
       ("a file", ("serve", "--config", "comp"), ["compose.yaml"]),
       ("an argument", ("import", "Docker"), ["Dockerfile", "Dockerfile.dockerignore"]),
       ("a word of the command", ("config", "p"), ["print"]),
       ("a shell", ("completion", ""), ["bash", "zsh", "fish"]))
def bash_completion_of_values(words, want):
    equal(sorted(bash_completes(*words)), sorted(want))


@test
def zsh_completion():
    need("zsh")
    script = write(temporary() / "_chartlocker", must("completion", "zsh"))
    equal(run("zsh", "-n", script), "")
    for name in commands():
        contains(script.read_text(), f"\n{name})\n\t_arguments ")


@test
def fish_completion():
    need("fish")
    script = write(temporary() / "chartlocker.fish", must("completion", "fish"))
    home = {**os.environ, "HOME": str(script.parent)}

    def completes(line):
        said = run("fish", "--no-config", "-c", f"source {script}; complete -C '{line}'", env=home)
        return {row.split("\t")[0] for row in said.splitlines()}
    equal(completes("chartlocker ") & set(commands()), set(commands()))
    for name in ("serve", "push", "log"):
        want = {option for option in options_of(name) if option.startswith("--")}
        equal(completes(f"chartlocker {name} --") & want, want, name)
    contains(completes("chartlocker config "), "print")


# ---- the Helm chart ----

EVERYTHING = {
    "imagePullSecrets": [{"name": "pull"}], "image": {"digest": "sha256:" + "0" * 64},
    "env": [{"name": "CHARTLOCKER_LOG_LEVEL", "value": "debug"}],
    "envFrom": [{"secretRef": {"name": "secrets"}}],
    "extraVolumes": [{"name": "keys", "secret": {"secretName": "keys"}}],
    "extraVolumeMounts": [{"name": "keys", "mountPath": "/keys", "readOnly": True}],
    "persistence": {"storageClass": "-", "size": "1.5Ti"},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls"},
    "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {}}],
                      "egress": [{"ports": [{"port": 443}]}]},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "tokenSecret": "metrics",
                       "tlsConfig": {"serverName": "charts.example.org"}},
    "podLabels": {"a": "b"}, "podAnnotations": {"c": "d"}, "priorityClassName": "high",
    "nodeSelector": {"e": "f"}, "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
}
# What of a ServiceMonitor is used: kubectl-validate knows Kubernetes' own kinds alone.
SERVICE_MONITOR = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {"group": "monitoring.coreos.com", "scope": "Namespaced",
             "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
             "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                 "openAPIV3Schema": {"type": "object", "properties": {"spec": {
                     "type": "object", "required": ["selector", "endpoints"], "properties": {
                         "selector": {"type": "object", "properties": {"matchLabels": {
                             "type": "object", "additionalProperties": {"type": "string"}}}},
                         "jobLabel": {"type": "string"},
                         "endpoints": {"type": "array", "items": {
                             "type": "object", "properties": {
                                 **{name: {"type": "string"} for name in ("port", "path", "scheme", "interval")},
                                 "tlsConfig": {"type": "object", "properties": {"serverName": {"type": "string"}}},
                                 "authorization": {"type": "object", "properties": {"credentials": {
                                     "type": "object", "required": ["key"], "properties": {
                                         name: {"type": "string"} for name in ("name", "key")}}}}}}}}}}}}}]}}


def rendered(values, version=NEWEST):
    file = write(temporary() / "values.json", json.dumps(values))
    text = Helm(version)("template", "charts", CHART, "--namespace", "ops", "--values", file)
    return text, {doc["kind"]: doc for doc in yaml.safe_load_all(text) if doc}


@table(*ALL)
def chart_lints(version):
    contains(Helm(version)("lint", "--strict", CHART), "0 chart(s) failed")
    equal(json.loads(must("inspect", "--json", CHART))["accepted"], True)


@table(("default", {}), ("everything", EVERYTHING),
       ("without a volume", {"persistence": {"enabled": False}}))
def chart_manifests_are_valid(values):
    program = TOP / "build/clients/kubectl-validate"
    if not program.exists():
        raise Skip("build/clients/kubectl-validate is missing (make clients)")
    folder = temporary()
    write(folder / "crds/crd.yaml", json.dumps(SERVICE_MONITOR))
    text, kinds = rendered(values)
    said = run(program, "--version", "1.29", "--local-crds", folder / "crds",
               write(folder / "all.yaml", text))
    contains(said, "OK")
    assert "ServiceMonitor" in kinds or values is not EVERYTHING


@test
def kubectl_validate_sees_a_mistake():
    program = TOP / "build/clients/kubectl-validate"
    if not program.exists():
        raise Skip("build/clients/kubectl-validate is missing (make clients)")
    text, _ = rendered({})
    wrong = write(temporary() / "all.yaml", text.replace("replicas: 1", "replicas: one"))
    contains(run(program, "--version", "1.29", wrong, fails=True), "spec.replicas")


@test
def chart_pod_may_do_little():
    pod = rendered({})[1]["Deployment"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    equal(container["securityContext"], {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]}})
    equal((pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]),
          (True, False))
    equal({v["name"]: sorted(v)[-1] for v in pod["volumes"]},
          {"data": "persistentVolumeClaim", "settings": "name"})


@table(("plain", {}, "http"), ("nested", {"tls": {"cert": "/c.pem", "key": "/k.pem"}}, "https"),
       ("dotted", {"tls.cert": "/c.pem", "tls.key": "/k.pem"}, "https"), ("without", {"tls": None}, "http"))
def chart_is_asked_as_it_listens(settings, scheme):
    """By the probes, by Prometheus and by who reads the notes. One that is only stopped for changes is ready."""
    values = {"settings": settings, "serviceMonitor": {"enabled": True}}
    _, kinds = rendered(values)
    container, = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]
    equal([(probe["path"], probe["scheme"]) for probe in probes],
          [(path, scheme.upper()) for path in ("/readyz", "/livez", "/livez")])
    equal(kinds["ServiceMonitor"]["spec"]["endpoints"][0]["scheme"], scheme)
    file = write(temporary() / "values.json", json.dumps(values))
    notes = Helm(NEWEST)("install", "charts", CHART, "--dry-run=client", "--values", file)
    contains(notes, f"helm repo add charts {scheme}://127.0.0.1:8879")


@test
def chart_metrics_are_the_jobs_that_alerts_are_of():
    kinds = rendered(EVERYTHING)[1]
    monitor, service = kinds["ServiceMonitor"]["spec"], kinds["Service"]
    job = service["metadata"]["labels"][monitor["jobLabel"]]
    contains((DEPLOY / "prometheus/alerts.yaml").read_text(), f'up{{job="{job}"}} == 0')
    equal(monitor["endpoints"][0]["authorization"], {"credentials": {"name": "metrics", "key": "token"}})
    equal("authorization" in rendered({"serviceMonitor": {"enabled": True}})[1]["ServiceMonitor"]["spec"]["endpoints"][0],
          False)


@test
def chart_everything_is_taken_over():
    kinds = rendered(EVERYTHING)[1]
    equal(set(kinds), {"ConfigMap", "Deployment", "Ingress", "NetworkPolicy", "ServiceMonitor",
                       "PersistentVolumeClaim", "Service", "ServiceAccount"})
    equal(kinds["PersistentVolumeClaim"]["spec"]["storageClassName"], "")
    equal(kinds["NetworkPolicy"]["spec"]["ingress"][0]["from"], [{"namespaceSelector": {}}])
    assert kinds["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"].endswith(
        "@sha256:" + "0" * 64)
    ports = {p["name"] for p in kinds["Service"]["spec"]["ports"]}
    assert kinds["ServiceMonitor"]["spec"]["endpoints"][0]["port"] in ports
    selector = kinds["ServiceMonitor"]["spec"]["selector"]["matchLabels"]
    assert selector.items() <= kinds["Service"]["metadata"]["labels"].items()


@table(("unknown", {"persistance": {}}, "persistance"),
       ("wrong type", {"service": {"port": "http"}}, "port"),
       ("the chart's own setting", {"settings": {"data": "/x"}}, "settings"),
       ("what no probe can", {"settings": {"tls": {"client_auth": "require"}}}, "settings"),
       ("the same with dots", {"settings": {"tls.client_auth": "require"}}, "settings"),
       ("an address", {"listenAddress": "::"}, "listenAddress"),
       ("digest", {"image": {"digest": "latest"}}, "digest"))
def chart_values_are_checked(values, word):
    file = write(temporary() / "values.json", json.dumps(values))
    contains(Helm(NEWEST)("template", "charts", CHART, "--values", file, fails=True), word)


@table(("IPv4", {}, "0.0.0.0"), ("IPv6", {"listenAddress": "[::]"}, "[::]"))
def chart_settings_are_the_programs(values, address):
    """What the ConfigMap holds, with all its settings, is accepted by the program in the pod."""
    settings = {"upload": {"max_bytes": "50m"}, "log": {"format": "json"}}
    file = write(temporary() / "c.yaml",
                 rendered({"settings": settings, **values})[1]["ConfigMap"]["data"]["chartlocker.yaml"])
    values = {row["name"]: row["value"] for row in map(
        json.loads, must("config", "print", "--json", "--config", file).splitlines())}
    equal([values[name] for name in ("data", "listen", "upload.max_bytes", "log.format")],
          ["/data", f"{address}:8879", str(50 << 20), "json"])


@test
def chart_is_served_by_what_it_installs():
    server, folder, helm = Server(), temporary(), Helm(NEWEST)
    must("package", CHART, "--destination", folder)
    must("push", folder, server.url)
    helm.repository(server.url)
    [(name, version)] = helm.versions()
    helm("pull", f"local/{name}", "--version", version, "--destination", folder)
    contains(helm("template", "x", f"local/{name}"), "kind: Deployment")


@test
def versions_are_the_makefiles():
    version = re.search(r"^VERSION := (\S+)", (TOP / "Makefile").read_text(), re.M)[1]
    equal(yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"], version)
    contains(must("version"), f" {version}\n")


# ---- reverse proxies ----

class Proxy:
    """A server behind the example's proxy on a free port, with a certificate for localhost."""

    def __init__(self, port, line, folder, scheme="https"):
        self.url, self.context = f"{scheme}://127.0.0.1:{port}", ssl._create_unverified_context()
        self.process = subprocess.Popen(list(map(str, line)), stdin=subprocess.DEVNULL, cwd=folder,
                                        stdout=subprocess.DEVNULL,
                                        stderr=open(folder / "log", "wb"))
        cleanup(self.process.wait)
        cleanup(self.process.terminate)
        assert settled(lambda: answers(f"{self.url}/readyz", context=self.context)), \
            (folder / "log").read_text()

    def get(self, path, body=None, **headers):
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            return urllib.request.urlopen(request, timeout=30, context=self.context)
        except urllib.error.HTTPError as error:
            return error


def replaced(text, *pairs):
    for pattern, by in pairs:
        text, count = re.subn(pattern, lambda _, by=by: by, text)
        assert count, f"the example has no {pattern}"
    return text


def nginx(server):
    folder, port = temporary(), free_port()
    certificate, key = authority(folder, "proxy")
    site = replaced((DEPLOY / "proxy/nginx.conf").read_text(),
                    (r"127\.0\.0\.1:8879", f"127.0.0.1:{server.port}"),
                    (r"listen 80;", f"listen 127.0.0.1:{free_port()};"), (r"listen \[::\]:.*", ""),
                    (r"listen 443 ", f"listen 127.0.0.1:{port} "),
                    (r"/etc/ssl/certs/\S+\.pem", str(certificate)), (r"/etc/ssl/private/\S+\.key", str(key)))
    return run_nginx(folder, port, site, "https")


def run_nginx(folder, port, site, scheme):
    folder.chmod(0o755)
    paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in (
        "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    write(folder / "nginx.conf", f"daemon off; pid {folder}/pid; error_log stderr;\n"
          f"events {{}}\nhttp {{\naccess_log off;\n{paths}{site}}}\n")
    return Proxy(port, (need("nginx"), "-p", folder, "-c", folder / "nginx.conf"), folder, scheme)


def caddy(server):
    folder, port = temporary(), free_port()
    certificate, key = authority(folder, "proxy")
    site = replaced((DEPLOY / "proxy/Caddyfile").read_text(),
                    (r"127\.0\.0\.1:8879", f"127.0.0.1:{server.port}"),
                    (r"charts\.example\.org \{",
                     f"https://127.0.0.1:{port} {{\n\ttls {certificate} {key}"))
    write(folder / "Caddyfile", f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    return Proxy(port, (need("caddy"), "run", "--config", folder / "Caddyfile"), folder)


@table(("nginx", nginx), ("caddy", caddy))
def behind_a_proxy(start):
    server = Server(args=("--set", "trusted_proxies=127.0.0.1")).set_up()
    archive = chart("demo", "1.0.0")
    equal(server.publish(archive).status, 201)
    proxy = start(server)
    index = proxy.get("/index.yaml")
    equal((index.status, index.read()), (200, server.get("/index.yaml").body))
    equal(proxy.get("/index.yaml", **{"If-None-Match": index.headers["ETag"]}).status, 304)
    equal(proxy.get("/charts/demo-1.0.0.tgz").read(), archive)
    part = proxy.get("/charts/demo-1.0.0.tgz", Range="bytes=10-19")
    equal((part.status, part.read()), (206, archive[10:20]))
    missing = proxy.get("/charts/none-1.0.0.tgz", **{"X-Forwarded-For": "192.0.2.1"})
    equal(missing.status, 404)
    assert settled(lambda: "none-1.0.0.tgz" in server.log())
    assert "192.0.2.1" not in server.log(), "what a client says about itself was believed"


@table(("nginx", "nginx.conf", r"client_max_body_size (\d+)m;"), ("caddy", "Caddyfile", r"max_size (\d+)MiB\n"))
def proxies_let_through_what_an_upload_may_be(file, said):
    """upload.max_bytes may be raised to its highest without a look at the proxy."""
    mib = int(re.search(said, (DEPLOY / "proxy" / file).read_text())[1])
    highest = re.search(r"X\(upload\.max_bytes,.*, (\d+), +1,", (TOP / "server/config.def").read_text())[1]
    assert mib << 20 > int(highest), f"{mib} MiB are not more than {highest}"


@table(("of 233 KB", 233_000), ("of 3 MB", 3_000_000))
def refused_uploads_behind_nginx(size):
    """It hands on what it gets: a connection that is reset before it has sent all would be 502."""
    proxy = nginx(Server(args=("--set", "trusted_proxies=127.0.0.1")))
    equal({proxy.get("/api/charts", bytes(size)).status for _ in range(40)}, {403})


@test
def t_auth_01_behind_a_proxy_that_says_nothing():
    """Of nginx as it is without a setting, what comes from outside looks as if this machine asked."""
    server, port = Server(), free_port()
    equal(server.publish(chart("demo", "1.0.0")).status, 201)
    proxy = run_nginx(temporary(), port, f"server {{ listen 127.0.0.1:{port};"
                      f" location / {{ proxy_pass http://127.0.0.1:{server.port}; }} }}\n", "http")
    equal(proxy.get("/index.yaml").status, 200)
    answer = proxy.get("/api/v1/users", b'{"name":"mallory","roles":["admin:*"],"password":"long enough for it"}')
    equal((answer.status, json.loads(answer.read())["code"]), (403, "writes_refused"))


@test
def helm_behind_nginx():
    server = Server(args=("--set", "trusted_proxies=127.0.0.1")).set_up()
    equal(server.publish(chart("demo", "1.0.0")).status, 201)
    proxy, helm = nginx(server), Helm(NEWEST)
    helm("repo", "add", "local", proxy.url, "--insecure-skip-tls-verify")
    equal(helm.versions(), {("demo", "1.0.0")})
    helm("pull", "local/demo", "--insecure-skip-tls-verify", "--destination", temporary())


# ---- CI examples ----

def gitlab(publish):
    jobs = yaml.safe_load((DEPLOY / "ci/gitlab-ci.yml").read_text())
    lines = jobs["publish-charts" if publish else "try-charts"]["script"]
    flat = [line for entry in lines for line in ([entry] if isinstance(entry, str) else entry)]
    return ["set -e\n" + "\n".join(flat)], {}


def github(publish):
    job = yaml.safe_load((DEPLOY / "ci/github.yml").read_text())["jobs"]["charts"]
    assert "github.event_name == 'pull_request' && '&dry_run'" in job["env"]["QUERY"]
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    return ["set -e\n" + s for s in scripts], {"QUERY": "" if publish else "&dry_run"}


def jenkins(publish):
    text = (DEPLOY / "ci/Jenkinsfile").read_text()
    stages = dict(re.findall(r"stage\('(\w+)'\).*?sh '''\n(.*?)'''", text, re.S))
    return ["set -e\n" + stages[name] for name in ("Package", "Publish" if publish else "Try")], {}


def tekton(publish):
    task = yaml.safe_load((DEPLOY / "ci/tekton.yaml").read_text())
    return ([step["script"] for step in task["spec"]["steps"]],
            {"QUERY": "" if publish else "&dry_run"})


CI_EXAMPLES = (("GitLab", gitlab), ("GitHub", github), ("Jenkins", jenkins), ("Tekton", tekton))


def token(server):
    """What a pipeline has to push with: a token that may nothing else."""
    return json.loads(must("token", "create", "ci", "--data", server.data, "--role", "push:*",
                           "--json"))["token"]


def pipeline(scripts, environment, server, folder, secret, fails=False):
    """Runs the shell of an example in `folder`, with helm on PATH, as its runner would."""
    helm = Helm(NEWEST)
    (folder / "bin").mkdir(exist_ok=True)
    if not (folder / "bin/helm").exists():
        (folder / "bin/helm").symlink_to(helm.program)
    variables = {**helm.environment, "PATH": f"{folder}/bin:{os.environ['PATH']}",
                 "CHARTLOCKER_URL": server.url, "CHARTLOCKER_TOKEN": secret, **environment}
    for script in scripts[:-1]:
        run("sh", "-c", script, cwd=folder, env=variables)
    return run("sh", "-c", scripts[-1], cwd=folder, env=variables, fails=fails)


@table(*CI_EXAMPLES)
def ci_publishes(example):
    server, folder = Server(), temporary()
    for name in ("one", "two"):
        unpack(chart(name, "1.0.0", icon="data:,", files={"values.yaml": b"greeting: hi\n"}),
               folder / "charts")
    secret = token(server)
    contains(pipeline(*example(False), server, folder, secret), '"saved":')
    equal(server.index()["entries"], {})
    contains(pipeline(*example(True), server, folder, secret), '"saved":true')
    equal(sorted(server.index()["entries"]), ["one", "two"])
    for file in (folder / "charts").rglob("*.yaml"):
        os.utime(file, (1, 1))       # as another checkout has it
    contains(pipeline(*example(True), server, folder, secret), '"stored_digest":')


@table(*CI_EXAMPLES)
def ci_fails_when_a_version_is_taken(example):
    server, folder = Server(), temporary()
    equal(server.publish(chart("one", "1.0.0")).status, 201)
    unpack(chart("one", "1.0.0", files={"values.yaml": b"greeting: other\n"}), folder / "charts")
    said = pipeline(*example(True), server, folder, token(server), fails=True)
    contains(said, '"code":"version_exists"')
    contains(said, "exists, and ")


# ---- the container's files ----

@test
def compose_file():
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["chartlocker"]
    equal((service["read_only"], service["cap_drop"]), (True, ["ALL"]))
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).exists()


@table(("running", False), ("gone", True))
def compose_health(gone):
    server = Server()
    check = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    *line, script = check["services"]["chartlocker"]["healthcheck"]["test"][1:]
    script = script.replace("$$", "$").replace("/8879", f"/{server.port}")
    if gone:
        server.stop()
    run(*line, script, fails=gone)


@test
def packaged_settings_are_valid():
    contains(must("config", "check", "--config", DEPLOY / "chartlocker.yaml"), "are valid")


if __name__ == "__main__":
    main()
