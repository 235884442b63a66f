"""A server that webhooks are sent to, which does what it is told."""
import base64
import collections
import hashlib
import hmac
import http.server
import threading
import time

from harness import cleanup, settled

Sent = collections.namedtuple("Sent", "path headers body")


def good(handler):
    handler.send_response(204)
    handler.end_headers()


def status(number, body=b"", **headers):
    def answer(handler):
        handler.send_response(number)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
    return answer


class Receiver:
    """Attributes: url, sent (all that came, in order), behave (what it does, a function of the
    handler)."""

    def __init__(self, behave=good, port=0):
        self.sent, self.behave = [], behave
        self.released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.sent.append(Sent(self.path, self.headers, body))
                receiver.behave(self)

            do_GET = do_POST

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass    # who asked has gone

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        cleanup(self.close)

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def hang(self, _handler):
        """Says nothing until the test is over."""
        self.released.wait(60)

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
