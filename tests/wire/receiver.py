"""A server that webhooks are sent to, which does what it is told."""
import base64
import hashlib
import hmac
import threading
import time

from harness import settled
from hostile_server import Hostile, whole

good = whole(b"", 204, Content_Length=None)


def status(number, body=b"", **headers):
    return whole(body, number, **headers)


def hangs_up(_):
    return iter(())


class Receiver(Hostile):
    """`behave` is what it does from now on: an answer, as of hostile_server.py."""

    def __init__(self, behave=good, **options):
        self.behave, self.released = behave, threading.Event()
        super().__init__({"*": lambda request: self.behave(request)}, **options)

    @property
    def sent(self):
        """All that came, in order."""
        return self.seen

    def hang(self, request):
        """Says nothing until it is released."""
        self.released.wait(60)
        return hangs_up(request)

    def wait(self, count):
        assert settled(lambda: len(self.sent) >= count), \
            f"{len(self.sent)} of {count} came: {[s.body for s in self.sent]}"
        return self.sent

    def quiet(self, count, seconds=0.4):
        """Nothing more comes."""
        time.sleep(seconds)
        assert len(self.sent) == count, [s.body for s in self.sent[count:]]


def key(secret):
    return base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()


def hexadecimal(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def standard(secret, sent):
    """The signature of Standard Webhooks, made anew from what came."""
    text = f"{sent.headers['webhook-id']}.{sent.headers['webhook-timestamp']}.".encode() + sent.body
    return "v1," + base64.b64encode(hmac.new(key(secret), text, hashlib.sha256).digest()).decode()
