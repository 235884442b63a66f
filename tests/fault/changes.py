"""What the fault tests share: charts that they publish, and a start that must fail."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import chart, command, contains

OLD = chart("demo", "1.0.0")
NEW = chart("demo", "1.0.0", {"README.md": b"# other bytes\n"})
THIRD = chart("demo", "1.0.0", {"README.md": b"# yet other bytes\n"})
OTHER = chart("other", "2.0.0")
SECRET = OLD[-200:]      # of its bytes; no other archive has them
DEMO_BODY = b'{"chart":"demo","version":"1.0.0"}'
DEMO, PROV, OTHER_FILE = "demo-1.0.0.tgz", "demo-1.0.0.tgz.prov", "other-2.0.0.tgz"


def start_fails(data, text, wrap=()):
    done = command("serve", "--data", data, "--listen", "127.0.0.1:0", wrap=wrap, timeout=30)
    assert done.returncode not in (0, -11, -6), done
    contains(done.stderr, text)
