"""Every header compiles alone, with warnings as errors."""
import concurrent.futures
import subprocess

import source


def check(name):
    done = subprocess.run(["cc", *source.FLAGS, "-fsyntax-only", "-x", "c", "-"], cwd=source.TOP,
                          input=f'#include "{name}"\n', capture_output=True, text=True,
                          check=False)
    return [f"{name}: does not compile alone\n{done.stderr.rstrip()}"] if done.returncode else []


with concurrent.futures.ThreadPoolExecutor() as pool:
    source.finish("headers", sum(pool.map(check, source.product(".h")), []))
