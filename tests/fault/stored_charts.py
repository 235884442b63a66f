"""Charts whose bytes are the same with every Python and every zlib, because nothing is compressed:
what an earlier release stored of them can be compared with what this one makes of it."""
import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import chart_yaml, provenance, tar


def stored_gzip(data):
    """A gzip stream of stored blocks (RFC 1951 §3.2.4)."""
    blocks = [data[at:at + 0xffff] for at in range(0, len(data), 0xffff)]
    body = b"".join(struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xffff) + block
                    for block in blocks)
    return (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body +
            struct.pack("<II", zlib.crc32(data), len(data)))


def stored_chart(name, version, **metadata):
    return stored_gzip(tar([(f"{name}/Chart.yaml", chart_yaml(name, version, **metadata)),
                            (f"{name}/values.yaml", b"replicas: 1\n")]))


CHARTS_OF_FIRST = {
    "alpha-1.0.0.tgz": stored_chart("alpha", "1.0.0", description="The first chart"),
    "alpha-1.1.0.tgz": stored_chart("alpha", "1.1.0", keywords=["a", "b"],
                                    maintainers=[{"name": "Ann", "email": "ann@example.org"}]),
    "gone-1.0.0.tgz": stored_chart("gone", "1.0.0"),
    "beta-2.0.0+build.1.tgz": stored_chart("beta", "2.0.0+build.1", appVersion="7"),
}
PROVS = {"alpha-1.0.0.tgz": provenance(CHARTS_OF_FIRST["alpha-1.0.0.tgz"], "alpha")}
