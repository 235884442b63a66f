"""Repositories that follow an upstream, as the command makes, refreshes and shows them; what the tests of
hostile upstreams (tests/lib/upstream.py) share."""
import itertools
import json
import ssl

from wire import Server, contains, equal, shared
from harness import command, temporary
from registry import PASSWORD, USER
from upstream import Upstream

names = (f"up{number}" for number in itertools.count())


class Follower:
    """A repository that follows an upstream; what is said of it is said by the command."""

    def __init__(self, upstream, server=None, mode="proxy", private=True, url=None, **settings):
        self.server, self.name = server or shared(), next(names)
        settings = {"refresh_minutes": 0, "drop_max_percent": 100, **settings}
        self.added = self.say("add", url or upstream.url, "--mode", mode, "--no-refresh",
                              *(["--allow-private"] if private else []),
                              *(f"--set={key}={value}" for key, value in settings.items()))

    def say(self, verb, *arguments):
        return command("upstream", verb, self.name, *arguments, "-d", self.server.data)

    def refresh(self, *options):
        """Whether it succeeded, and what was said."""
        done = self.say("refresh", "--json", *options)
        assert done.returncode in (0, 1), done
        return done.returncode == 0, done.stdout

    def refreshed(self, *options):
        done = self.say("refresh", "--json", *options)
        equal(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def show(self):
        done = self.say("show", "--json")
        equal(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def index(self):
        return self.server.get(f"/{self.name}/index.yaml").body

    def headers(self):
        return self.server.get(f"/{self.name}/index.yaml").headers

    def entries(self):
        return json.loads(self.server.get(f"/{self.name}/index.json").body)["entries"]

    def versions(self):
        return {key: [v["version"] for v in versions] for key, versions in self.entries().items()}

    def get(self, file, **options):
        return self.server.get(f"/{self.name}/charts/{file}", **options)

    def pulled(self, file="demo-1.0.0.tgz"):
        answer = self.get(file)
        equal(answer.status, 200, answer.body[:2000])
        return answer.body

    def not_pulled(self, words, file="demo-1.0.0.tgz"):
        answer = self.get(file)
        assert answer.status in (502, 503, 504), (answer.status, answer.body[:500])
        contains(answer.body.decode(), words)


def one_chart(**options):
    up = Upstream(**options)
    up.put("demo", "1.0.0")
    return up


# ---- with secrets ----

def secret(file):
    file.touch(0o600)
    file.write_text(PASSWORD)


def over_tls(make, trusted, names=("127.0.0.1",)):
    """An upstream over TLS, and the arguments of a server that trusts `trusted` of its files."""
    folder = temporary()
    certificate, key = make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    up = one_chart(context=context)
    settings = folder / "settings.yaml"
    ca = {"ca": str(certificate)} if trusted else {}
    secret(folder / "password")
    settings.write_text(json.dumps({"credentials": [{"name": "it", "origin": up.url, "username": USER,
                                                     "password_file": str(folder / "password"), **ca}]}))
    return up, Server(args=("--config", settings))


def with_password(up):
    """A server that has credentials for it, named `it`."""
    folder = temporary()
    secret(folder / "password")
    settings = folder / "settings.yaml"
    settings.write_text(json.dumps({"credentials": [
        {"name": "it", "origin": up.url, "username": USER, "password_file": str(folder / "password")}]}))
    return Server(args=("--config", settings))
