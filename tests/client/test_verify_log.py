"""The script with which somebody outside checks the log, against trees that are put together here
and against a server's log; whatever is changed in a proof, it says so."""
import base64
import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import verify_log
from harness import Server, chart, equal, main, must, table, temporary, test

SIZES = range(1, 18)
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"     # Go's example
NOTE = ("If you think cryptography is the answer to your problem,\nthen you don't know what your problem"
        " is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
        "otpRZb6KE6RyyBwJnAM=\n")


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(number):
    return sha256(b"\0%d" % number)


def half(n):
    return 1 << (n - 1).bit_length() - 1 if n > 1 else 0


def root(leaves):
    """MTH of RFC 6962 §2.1, and its PATH and SUBPROOF, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return sha256(b"\1" + root(leaves[:k]) + root(leaves[k:]))


def path(m, leaves):
    k = half(len(leaves))
    if len(leaves) == 1:
        return []
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def subproof(m, leaves, known=True):
    k = half(len(leaves))
    if m == len(leaves):
        return [] if known else [root(leaves)]
    if m <= k:
        return subproof(m, leaves[:k], known) + [root(leaves[k:])]
    return subproof(m - k, leaves[k:], False) + [root(leaves[:k])]


def hexes(hashes):
    return [h.hex() for h in hashes]


def inclusion(at, leaves):
    return {"leaf_index": at, "tree_size": len(leaves), "leaf": leaves[at].hex(),
            "proof": hexes(path(at, leaves))}


def consistency(first, leaves):
    return {"first": first, "second": len(leaves), "proof": hexes(subproof(first, leaves))}


def refuses(check, *arguments):
    try:
        check(*arguments)
    except ValueError:
        return
    raise AssertionError(f"{check.__name__} takes {arguments}")


def spoiled(proof):
    """The proof with one hash wrong, one more or one less."""
    hashes = proof["proof"]
    for i, value in enumerate(hashes):
        wrong = copy.deepcopy(proof)
        wrong["proof"][i] = f"{int(value[:1], 16) ^ 1:x}{value[1:]}"
        yield wrong
    yield {**proof, "proof": hashes + hexes([leaf(0)])}
    yield {**proof, "proof": hashes[1:]} if hashes else {**proof, "first": 0}


@test
def inclusion_proofs():
    for size in SIZES:
        leaves = [leaf(n) for n in range(size)]
        for at in range(size):
            proof = inclusion(at, leaves)
            verify_log.included(proof, root(leaves))
            refuses(verify_log.included, proof, leaf(99))
            refuses(verify_log.included, {**proof, "leaf": leaf(99).hex()}, root(leaves))
            for hashes in (proof["proof"] + hexes([leaf(0)]), proof["proof"][1:] or hexes([leaf(98)])):
                refuses(verify_log.included, {**proof, "proof": hashes}, root(leaves))
            for index in (-1, size):
                refuses(verify_log.included, {**proof, "leaf_index": index}, root(leaves))


@test
def consistency_proofs():
    for second in SIZES:
        leaves = [leaf(n) for n in range(second)]
        for first in range(1, second + 1):
            old, new = root(leaves[:first]), root(leaves)
            proof = consistency(first, leaves)
            verify_log.consistent(proof, old, new)
            refuses(verify_log.consistent, proof, leaf(99), new)
            refuses(verify_log.consistent, proof, old, leaf(99))
            for wrong in spoiled(proof):
                refuses(verify_log.consistent, wrong, old, new)


@table(
    ("as Go signed it", NOTE, KEY, True),
    ("with a witness", NOTE.replace("\n\n", "\n\n— witness AAAAAAA=\n"), KEY, True),
    ("another text", NOTE.replace("you", "we", 1), KEY, False),
    ("another signature", NOTE.replace("ZJku", "ZJkv"), KEY, False),
    ("no signature", NOTE[:NOTE.index("\n\n") + 2], KEY, False),
    ("another's name", NOTE.replace("PeterNeumann", "Peter"), KEY, False),
    ("another's key", NOTE, KEY.replace("c74f20a3", "c74f20a4"), False))
def notes(note, key, good):
    """Go's example is no checkpoint, which is noticed only after its signature was found good."""
    try:
        verify_log.checkpoint(note.encode(), key)
        raise AssertionError("it is no checkpoint")
    except ValueError as e:
        equal(str(e) not in ("not signed", "not the text of a key"), good)


@test
def checkpoints():
    """One that is signed here, by openssl."""
    folder = temporary()
    def openssl(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout
    openssl("genpkey", "-algorithm", "ed25519", "-out", folder / "key")
    public = b"\1" + openssl("pkey", "-in", folder / "key", "-pubout", "-outform", "DER")[-32:]
    key_hash = sha256(b"charts.example.org/log\n" + public)[:4]
    text = f"charts.example.org/log\n7\n{base64.b64encode(leaf(1)).decode()}\n".encode()
    (folder / "text").write_bytes(text)
    made = openssl("pkeyutl", "-sign", "-rawin", "-inkey", folder / "key", "-in", folder / "text")
    note = text + "\n— charts.example.org/log ".encode() + base64.b64encode(key_hash + made) + b"\n"
    key = f"charts.example.org/log+{key_hash.hex()}+{base64.b64encode(public).decode()}"
    equal(verify_log.checkpoint(note, key), ("charts.example.org/log", 7, leaf(1)))
    refuses(verify_log.checkpoint, note.replace(b"\n7\n", b"\n8\n"), key)


@test
def a_servers_log():
    """The leaves are the hashes of what `log --json` prints, and the roots those of `log --verify`."""
    server = Server()
    for n in range(5):
        equal(server.publish(chart("demo", f"1.{n}.0")).status, 201)
    leaves = [sha256(b"\0" + line.encode())
              for line in must("log", "--json", "-d", server.data).splitlines()]
    for until in range(1, len(leaves) + 1):
        said = json.loads(must("log", "--verify", "--json", "-d", server.data, "--until", until))
        equal(said["root"], root(leaves[:until]).hex())
        verify_log.included(inclusion(until - 1, leaves[:until]), bytes.fromhex(said["root"]))


@test
def the_script_is_short():
    lines = Path(verify_log.__file__).read_text(encoding="utf-8").splitlines()
    equal(len(lines) <= 60, True)


if __name__ == "__main__":
    main()
