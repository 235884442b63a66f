"""Charts that the fault tests publish, and the provenance file that goes with one."""
import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import chart


def provenance(archive, name="demo", version="1.0.0"):
    """It states what it has to; nobody here verifies its signature."""
    digest = hashlib.sha256(archive).hexdigest()
    return (f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\napiVersion: v2\nname: {name}\n"
            f"version: {version}\n\n...\nfiles:\n  {name}-{version}.tgz: sha256:{digest}\n"
            "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n").encode()


OLD = chart("demo", "1.0.0")
NEW = chart("demo", "1.0.0", {"README.md": b"# other bytes\n"})
THIRD = chart("demo", "1.0.0", {"README.md": b"# yet other bytes\n"})
OTHER = chart("other", "2.0.0")
DEMO, PROV, OTHER_FILE = "demo-1.0.0.tgz", "demo-1.0.0.tgz.prov", "other-2.0.0.tgz"
