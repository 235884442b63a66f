"""Charts for tests: small ones made in memory, and the real ones where the folder is there."""
import gzip
import hashlib
import io
import json
import os
import random
import tarfile
from pathlib import Path

from tap import TOP, Skip

CHARTS = Path(os.environ.get("CHARTS") or TOP / "../shared/charts").resolve()

TEMPLATE = b"""apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}
data:
  greeting: {{ .Values.greeting | quote }}
"""


def tar(members):
    """A tar archive of (name, bytes) pairs."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tgz(members):
    """The same, compressed; equal members give equal bytes."""
    return gzip.compress(tar(members), mtime=0)


def chart_yaml(name="demo", version="1.0.0", **metadata):
    """Chart.yaml; every value is written as JSON, which YAML understands."""
    fields = {"apiVersion": "v2", "name": name, "version": version, **metadata}
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in fields.items()).encode()


def chart(name="demo", version="1.0.0", files=None, **metadata):
    """A packed chart that every Helm loads. `files` adds members (names without the top folder)
    or replaces the usual ones; None as content leaves one out."""
    members = {
        "Chart.yaml": chart_yaml(name, version, **metadata),
        "values.yaml": b"greeting: hello\n",
        "templates/configmap.yaml": TEMPLATE,
        **(files or {}),
    }
    return tgz([(f"{name}/{path}", data) for path, data in members.items() if data is not None])


def chart_of_size(size, name="big", version="1.0.0", seed=0):
    """A chart whose archive is at least `size` bytes, of data that does not compress."""
    noise = random.Random(seed)
    pieces, left = {}, size
    while left > 0:
        piece = min(left, 4 << 20)
        pieces[f"noise-{len(pieces)}.bin"] = noise.randbytes(piece)
        left -= piece
    return chart(name, version, pieces)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def provenance(archive, name="demo", version="1.0.0", file=None, sha256=None):
    """What `helm package --sign` writes, with a signature that nobody could verify."""
    file = file or f"{name}-{version}.tgz"
    return (f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
            f"apiVersion: v2\nname: {name}\nversion: {version}\n\n...\nfiles:\n"
            f"  {file}: sha256:{sha256 or digest(archive)}\n"
            f"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n").encode()


def multipart(parts, boundary="chartlocker-test"):
    """(body, content type) of a form; parts are (field, file name or None, bytes)."""
    body = b""
    for field, file, data in parts:
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"'.encode()
        body += (f'; filename="{file}"'.encode() if file else b"") + b"\r\n\r\n" + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def form(archive, prov=None, prov_first=False):
    """(body, headers) of a form with a chart, and its provenance file."""
    parts = [("chart", "x.tgz", archive)] + ([("prov", "x.prov", prov)] if prov is not None else [])
    body, kind = multipart(parts[::-1] if prov_first else parts)
    return body, {"Content-Type": kind}


def real_charts():
    """The archives below CHARTS, sorted; skips where there are none."""
    found = sorted(CHARTS.rglob("*.tgz"))
    if not found:
        raise Skip(f"no charts in {CHARTS} (CHARTS= names the folder)")
    return found
