"""Where the fuzzers are: tests/fuzz/fuzz_NAME.c, built as build/fuzz/bin/fuzz_NAME (make fuzz) and,
not told what they reach, as build/asan/bin/fuzz_NAME (make check), with the committed inputs in
tests/fuzz/corpus/NAME/ and, where there is one, the words of its grammar in tests/fuzz/NAME.dict.
"""
import os
import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FUZZ = TOP / "tests/fuzz"
ENVIRONMENT = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}

# More than this for one input is a finding: memory that grows with what a stranger says, or
# time that does.
LIMITS = ["-rss_limit_mb=1024", "-timeout=60"]
# What is committed stays small: one input that a run found, all of them of one fuzzer, and everything.
INPUT_MAX_BYTES = 4096
FOUND_MAX_BYTES = 24 * 1024
CORPORA_MAX_BYTES = 1 << 20


class Harness:
    def __init__(self, source):
        self.name = source.stem.removeprefix("fuzz_")
        self.program = TOP / "build/fuzz/bin" / source.stem
        self.sanitized = TOP / "build/asan/bin" / source.stem
        self.corpus = FUZZ / "corpus" / self.name
        self.dictionary = FUZZ / f"{self.name}.dict"

    def inputs(self):
        return sorted(path for path in self.corpus.rglob("*") if path.is_file())

    def found(self):
        """Those of them that a run named, by their SHA-1."""
        return [path for path in self.inputs() if re.fullmatch("[0-9a-f]{40}", path.name)]

    def options(self):
        words = [f"-dict={self.dictionary}"] if self.dictionary.exists() else []
        return LIMITS + words


def all_of_them():
    return [Harness(source) for source in sorted(FUZZ.glob("fuzz_*.c"))]
