"""Repositories that follow an upstream, made, refreshed and shown over HTTP; what the tests of hostile upstreams
(tests/lib/upstream.py) share."""
import itertools
import json
import ssl

import following
from wire import Server, contains, equal, shared
from harness import command, temporary
from registry import PASSWORD, USER
from upstream import Upstream

names = (f"up{number}" for number in itertools.count())


class Follower:
    """A repository that follows an upstream; `added` is what was answered to who made it."""

    def __init__(self, upstream, server=None, private=True, url=None, **settings):
        self.server, self.name = server or shared(), next(names)
        self.added = self.add(url or upstream.url, **({"allow_private": True} if private else {}), **settings)

    def add(self, url, **settings):
        fields = {"name": self.name, "url": url, "mode": "proxy", "refresh_minutes": 0, "drop_max_percent": 100,
                  **settings}
        return self.server.request("POST", "/api/v1/upstreams", json.dumps(fields))

    def not_added(self):
        """It was refused; the words."""
        assert 400 <= self.added.status < 500, self.added
        return json.loads(self.added.body)["detail"]

    def say(self, verb, *arguments):
        return command("upstream", verb, self.name, *arguments, "-d", self.server.data)

    def refresh(self, **options):
        """Whether it succeeded, and what was said."""
        status, said = following.refresh(self.server, self.name, **options)
        return (status, said.get("ok"), said.get("held", False)) == (200, True, False), said

    def refreshed(self, **options):
        return following.refreshed(self.server, self.name, **options)

    def show(self):
        return following.status(self.server, self.name)

    def index(self):
        return self.server.get(f"/{self.name}/index.yaml").body

    def headers(self):
        return self.server.get(f"/{self.name}/index.yaml").headers

    def entries(self):
        return json.loads(self.server.get(f"/{self.name}/index.json").body)["entries"]

    def versions(self):
        return following.shown(self.server, self.name)

    def get(self, file, **options):
        return self.server.get(f"/{self.name}/charts/{file}", **options)

    def pulled(self, file="demo-1.0.0.tgz"):
        answer = self.get(file)
        equal(answer.status, 200, answer.body[:2000])
        return answer.body

    def not_pulled(self, file="demo-1.0.0.tgz", words=""):
        answer = self.get(file)
        assert answer.status in (502, 503, 504), (answer.status, answer.body[:500])
        contains(answer.body.decode(), words)


def one_chart(**options):
    up = Upstream(**options)
    up.put("demo", "1.0.0")
    return up


# ---- with secrets ----

def with_password(up, **fields):
    """A server that has credentials for it, named `it`; `fields` are more of them."""
    folder = temporary()
    (folder / "password").touch(0o600)
    (folder / "password").write_text(PASSWORD)
    it = {"name": "it", "origin": up.url, "username": USER, "password_file": str(folder / "password"), **fields}
    (folder / "settings.yaml").write_text(json.dumps({"credentials": [it]}))
    return Server(args=("--config", folder / "settings.yaml"))


def over_tls(make, trusted):
    """An upstream over TLS, and a server with its password that trusts its certificate, or does not."""
    certificate, key = make(temporary())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    up = one_chart(context=context)
    return up, with_password(up, **({"ca": str(certificate)} if trusted else {}))
