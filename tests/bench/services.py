"""The servers that are measured: this one, nginx, and ChartMuseum where CHARTMUSEUM= names it."""
import contextlib
import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import TOP, clean_environment, free_port

PROGRAM = TOP / "build/chartlocker"
CHARTMUSEUM = os.environ.get("CHARTMUSEUM")
START_SECONDS = 300      # ChartMuseum reads every archive before it answers

NGINX_CONF = """
daemon off;
pid nginx.pid;
error_log stderr;
worker_processes auto;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile {sendfile};
    tcp_nopush on;
    keepalive_requests 1000000000;
    types {{ application/gzip tgz; application/x-yaml yaml; }}
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class Service:
    """A server in the foreground of its own process, listening when the constructor returns."""

    def __init__(self, command, port, log, ready="/index.yaml", environment=None):
        self.port, self.log, self.ready = port, Path(log), ready
        self.costs = []          # processor time per request, of each measurement
        self.began = time.monotonic()
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=environment)
        try:
            self.first, self.start_seconds = self._first_answer()
        except BaseException:
            self.stop()
            raise

    def _first_answer(self):
        """The body of the first 200, and the seconds it took to get all of it."""
        while time.monotonic() < self.began + START_SECONDS:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, body = self.get(self.ready)
                if status == 200:
                    return body, time.monotonic() - self.began
            if self.process.poll() is not None:
                break
            time.sleep(0.001)
        said = self.log.read_text(errors="replace")[-2000:]
        raise SystemExit(f"{self.process.args[0]} does not serve:\n{said}")

    def get(self, path, headers=None):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request("GET", path, headers=headers or {})
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def memory(self):
        """(resident now, at its highest) in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{key}:\s+(\d+)", status)[1]) / 1000
                     for key in ("VmRSS", "VmHWM"))

    def cpu_seconds(self):
        """Processor time so far, with that of nginx's workers."""
        parent = self.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                  for pid in (parent, *children)]
        return sum(int(f[11]) + int(f[12]) for f in fields) / os.sysconf("SC_CLK_TCK")

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self):
        self.process.terminate()
        self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def chartlocker(data, log):
    port = free_port()
    return Service([PROGRAM, "serve", "--data", data, "--listen", f"127.0.0.1:{port}",
                    "--set", "log.access=false"], port, log,
                   environment=clean_environment())


def nginx(root, folder, sendfile):
    """A static server over `root`, with one worker per core and no access log."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    conf = NGINX_CONF.format(port=port, root=root, sendfile="on" if sendfile else "off",
                             user="user root;" if os.geteuid() == 0 else "")
    (folder / "nginx.conf").write_text(conf)
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or "nginx"
    return Service([program, "-p", folder, "-e", "stderr", "-c", "nginx.conf"], port,
                   folder / "log")


def chartmuseum(charts, folder):
    """ChartMuseum on hard links of the same archives."""
    port = free_port()
    storage = folder / "storage"
    storage.mkdir(parents=True)
    for archive in Path(charts).rglob("*.tgz"):
        os.link(archive, storage / archive.name)
    return Service([CHARTMUSEUM, f"--port={port}", "--storage=local",
                    f"--storage-local-rootdir={storage}"], port, folder / "log")
