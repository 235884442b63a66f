"""clang-tidy (with .clang-tidy) and cppcheck over the program and the tests' library; their
findings are problems. Nearly all of the time is clang-tidy's, one process per file and core."""
import concurrent.futures
import os
import re

import source

FINDING = re.compile(r"^\S+:\d+:\d*:? *(?:warning|error|style|portability|performance):.*", re.M)
CPPCHECK = ["cppcheck", "--enable=warning,portability", "--std=c11", "--quiet", "--force",
            "--inline-suppr", "--error-exitcode=0", "--suppress=missingIncludeSystem",
            "--suppress=internalAstError",    # cppcheck 2.10 trips over some macros
            "--suppress=autoVariables",       # a caller's slot that waits for its answer
            "--template={file}:{line}:{column}: {severity}: {message} [{id}]"]


def tidy(name):
    done = source.run("clang-tidy", "--quiet", name, "--", *source.FLAGS)
    found = FINDING.findall(done.stdout)
    if done.returncode and not found:
        return [f"{name}: clang-tidy: {done.stderr.strip()[-500:]}"]
    return found


def cppcheck(names):
    flags = [flag for flag in source.FLAGS if flag.startswith(("-I", "-D"))]
    done = source.run(*CPPCHECK, f"-j{os.cpu_count()}", *flags, *names)
    return FINDING.findall(done.stderr)


def relative(finding):
    return finding.replace(f"{source.TOP}/", "")


names = source.product(".c") + [name for name in source.tracked()
                                if name.startswith("tests/lib/") and name.endswith(".c")]
names.sort(key=lambda name: -len(source.text(name)))     # no large one alone at the end
with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    found = sum(pool.map(tidy, names), []) + cppcheck(names)
source.finish("analysers", sorted({relative(finding) for finding in found}))
