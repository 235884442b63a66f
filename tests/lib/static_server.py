"""A folder as a static web server has it: Debian's nginx, with ETag, Last-Modified and gzip, and its
own log of what was asked."""
import http.client
import os
import subprocess

from server import free_port
from tap import cleanup, need, settled, temporary

OURS = "/-/"    # what nobody else asks for
CONF = """
daemon off; pid {folder}/pid; error_log stderr;
worker_processes 1;
{user}
events {{}}
http {{
    log_format asked '$status $uri $sent_http_content_encoding $body_bytes_sent';
    access_log {folder}/asked asked;
    types {{ application/x-yaml yaml; application/gzip tgz; }}
    gzip on; gzip_types application/x-yaml; gzip_proxied any; gzip_min_length 256;
    {paths}
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class Nginx:
    """`Nginx(folder)`: url, and requests() as (status, path, encoding, bytes)."""

    def __init__(self, root):
        self.folder, self.port, self.asked_itself = temporary(), free_port(), 0
        self.url = f"http://127.0.0.1:{self.port}"
        paths = "".join(f"{name}_temp_path {self.folder}/{name};\n    " for name in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.folder / "nginx.conf"
        conf.write_text(CONF.format(folder=self.folder, port=self.port, root=root, paths=paths,
                                    user="user root;" if os.geteuid() == 0 else ""))
        command = need("nginx"), "-e", "stderr", "-p", str(self.folder), "-c", str(conf)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        cleanup(self.stop)
        assert settled(self._answers), (self.folder / "log").read_text()

    def _answers(self, path=OURS):
        try:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            link.request("GET", path)
            return link.getresponse().status
        except OSError:
            return None

    def _asked(self):
        lines = (self.folder / "asked").read_text().splitlines()
        return [(int(status), path, encoding, int(size)) for status, path, encoding, size in map(str.split, lines)]

    def requests(self):
        """All that were answered. An answer is logged after it was given: one that comes later tells that
        those before it are there."""
        self.asked_itself += 1
        last = f"{OURS}{self.asked_itself}"
        assert self._answers(last) and settled(lambda: last in [path for _, path, *_ in self._asked()])
        return [request for request in self._asked() if not request[1].startswith(OURS)]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
