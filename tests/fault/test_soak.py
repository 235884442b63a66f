"""Mixed load, good and bad, with kill -9 and a full disk (soak.py): nothing acknowledged is lost, and nothing
of the process grows. Shortly here; make soak MINUTES=n goes on for longer, and judges how long answers take."""
import subprocess
import sys
from pathlib import Path

from mounts import own_mounts
from harness import LONG, PROGRAM, clean_environment, main, test

MINUTES, VERSIONS = ("60", "2000") if LONG else ("0.4", "150")


@test
def t_ops_07_t_crash_06_soak():
    own_mounts()
    soak = Path(__file__).with_name("soak.py")
    with subprocess.Popen([sys.executable, soak, "--minutes", MINUTES, "--versions", VERSIONS, "--no-limit"],
                          env=clean_environment({"CHARTLOCKER": PROGRAM}), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        said = running.communicate()[0]
    print("# " + said.rstrip().replace("\n", "\n# "), flush=True)
    assert running.returncode == 0, "what is WRONG is said above"


if __name__ == "__main__":
    main()
