"""Every committed input through its fuzzer, under ASan and UBSan: what was found once stays
found."""
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from harness import main, table, test
from harnesses import CORPORA_MAX_BYTES, ENVIRONMENT, LIMITS, all_of_them


@table(*[(harness.name, harness) for harness in all_of_them()])
def corpus(harness):
    inputs = harness.inputs()
    assert inputs, f"{harness.corpus} is empty"
    done = subprocess.run([harness.sanitized, *LIMITS, *inputs], env=ENVIRONMENT,
                          capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stderr[-8000:]


@test
def corpora_are_small():
    size = sum(path.stat().st_size for harness in all_of_them() for path in harness.inputs())
    assert size < CORPORA_MAX_BYTES, f"{size} bytes"


if __name__ == "__main__":
    main()
