"""Registries for tests: Debian's docker-registry with a server of tokens, and made-up answers of one;
and what the client of indexer/upstream/oci.h says of them (tests/wire/oci.c)."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import subprocess
import time
import urllib.parse
from pathlib import Path

from harness import PROGRAM, SANITIZED, cleanup, clean_environment, equal, free_port, need, temporary
from hostile_server import Hostile, response, whole

PROGRAM_OF_TESTS = Path(PROGRAM).parent / "wire/oci"
USER, PASSWORD = "alice", "secret"
# bcrypt of it: the only hash that docker-registry takes.
HTPASSWD = f"{USER}:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
START_SECONDS = 30

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.cncf.helm.config.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
LEGACY = "application/tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"


def client(command, address, **options):
    """What the client makes of it: a dict with `error`, a code, empty where all is well."""
    pairs = [f"{key}={value}" for key, value in {"private": 1, **options}.items()]
    done = subprocess.run([PROGRAM_OF_TESTS, command, f"address={address}", *pairs], capture_output=True,
                          env=clean_environment(), timeout=100 * (5 if SANITIZED else 1), check=False)
    equal(done.returncode, 0, done.stderr)
    said = json.loads(done.stdout)
    assert PASSWORD not in said["detail"], said
    return said


def good(said):
    equal(said["error"], "", said["detail"])
    return said


def sha256(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


# ---- a real one ----

class Registry:
    """docker-registry on a free port, ready when this returns; `folder` may be shared by several."""

    def __init__(self, folder=None, auth=None, tls=None):
        self.folder = folder or temporary()
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.tls = tls
        settings = temporary() / "registry.json"
        settings.write_text(json.dumps({
            "version": 0.1, "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder)}},
            "http": {"addr": self.host, "secret": "x", **({"tls": tls} if tls else {})},
            **({"auth": auth} if auth else {})}))
        log = open(temporary() / "log", "wb")
        self.process = subprocess.Popen([need("docker-registry"), "serve", settings], stdin=subprocess.DEVNULL,
                                        stdout=log, stderr=log, env={**os.environ, "OTEL_TRACES_EXPORTER": "none"})
        cleanup(self._stop)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < end, Path(log.name).read_text()
            time.sleep(0.02)

    def _answers(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            link = http.client.HTTPConnection(self.host, timeout=30)
            link.request("GET", "/v2/")
            return link.getresponse().status in (200, 400, 401)
        return False

    def _stop(self):
        self.process.terminate()
        self.process.wait(30)

    def address(self, name, tag=None):
        return f"oci://{self.host}/{name}" + (f":{tag}" if tag else "")


def htpasswd():
    file = temporary() / "htpasswd"
    file.write_text(HTPASSWD)
    return {"htpasswd": {"realm": "tests", "path": str(file)}}


class Tokens:
    """Gives tokens that docker-registry believes: for repositories in `public` to everybody, for any
    other to USER. `auth` is the registry's setting, `far.seen` what it was asked."""

    def __init__(self, public=()):
        self.public, self.key = public, temporary() / "key.pem"
        self.certificate = self.key.with_name("certificate.pem")
        subprocess.run([need("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-keyout",
                        self.key, "-out", self.certificate, "-subj", "/CN=tokens"], check=True, capture_output=True)
        self.far = Hostile({"/token": self._answer})
        self.auth = {"token": {"realm": f"{self.far.url}/token", "service": "registry of tests",
                               "issuer": "tests", "rootcertbundle": str(self.certificate)}}

    def _answer(self, request):
        [scope] = urllib.parse.parse_qs(request.path.partition("?")[2])["scope"]
        name = scope.split(":")[1]
        known = request.headers.get("authorization") == basic(USER, PASSWORD)
        actions = ["pull"] if known or name in self.public else []
        return response(json.dumps({"token": self._token(name, actions), "expires_in": -1}).encode())

    def _token(self, name, actions):
        now = int(time.time())
        der = self.certificate.read_text().split("-----")[2].replace("\n", "")
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (
            {"typ": "JWT", "alg": "RS256", "x5c": [der]},
            {"iss": "tests", "sub": "x", "aud": "registry of tests", "exp": now + 300, "nbf": now - 10,
             "iat": now, "jti": "x", "access": [{"type": "repository", "name": name, "actions": actions}]}))
        signature = subprocess.run([need("openssl"), "dgst", "-sha256", "-sign", self.key], input=signed.encode(),
                                   check=True, capture_output=True).stdout
        return f"{signed}.{_base64url(signature)}"


def _base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# ---- one that is made up ----

def descriptor(data, media_type, **changes):
    return {"mediaType": media_type, "digest": sha256(data), "size": len(data), **changes}


class MadeUp:
    """The answers of a registry with one chart, to be spoilt: MadeUp("charts/demo", archive).answers.

    `more` are layers besides: (media type, bytes); `manifest` changes its fields, None takes one away."""

    def __init__(self, name, archive, version="1.0.0", metadata=None, more=(), chart_type=CHART, **manifest):
        chart = name.rpartition("/")[2]
        self.name, self.version, self.archive = name, version, archive
        self.config = json.dumps({"name": chart, "version": version, "apiVersion": "v2", **(metadata or {})}).encode()
        fields = {"schemaVersion": 2, "config": descriptor(self.config, CONFIG),
                  "layers": [descriptor(archive, chart_type), *(descriptor(data, kind) for kind, data in more)],
                  **manifest}
        self.manifest = json.dumps({k: v for k, v in fields.items() if v is not None}).encode()
        self.answers = {}
        for data in (self.config, archive, *(data for _, data in more)):
            self.answers[self.blob(data)] = whole(data)
        self.tag(version.replace("+", "_"))

    def at(self, path):
        return f"/v2/{self.name}/{path}"

    def blob(self, data):
        return self.at(f"blobs/{sha256(data)}")

    def tag(self, tag, **headers):
        """Its manifest has this tag, too."""
        answer = whole(self.manifest, **{"Content_Type": MANIFEST, "Docker_Content_Digest": sha256(self.manifest),
                                         **headers})
        self.answers[self.at(f"manifests/{tag}")] = self.answers[self.at(f"manifests/{sha256(self.manifest)}")] = answer

    def tags(self, *tags):
        self.answers[self.at("tags/list")] = whole(json.dumps({"name": self.name, "tags": tags}).encode())

    def protect(self, challenge, allowed):
        """All of it is 401 with the challenge, but where Authorization is as `allowed` says."""
        def guarded(answer):
            def look(request):
                if request.headers.get("authorization") == allowed:
                    return answer(request)
                return response(b"no", 401, WWW_Authenticate=challenge)
            return look
        self.answers = {path: guarded(answer) for path, answer in self.answers.items()}
