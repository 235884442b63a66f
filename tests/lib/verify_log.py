#!/usr/bin/env python3
"""Checks from outside what a server says about its log: verify_log.py URL KEY SEQ [CHECKPOINT]
KEY is the text of the server's key, SEQ the number of an event, CHECKPOINT a file with an earlier
checkpoint. Needs Python and the openssl program, and nothing of Chartlocker's."""
import base64, hashlib, json, pathlib, subprocess, sys, tempfile, urllib.request

def sha256(data): return hashlib.sha256(data).digest()
def need(condition, otherwise):
    if not condition: raise ValueError(otherwise)

def signed(text, signature, key):
    with tempfile.TemporaryDirectory() as folder:
        names = [pathlib.Path(folder, name) for name in ("key", "signature", "text")]
        for name, data in zip(names, (bytes.fromhex("302a300506032b6570032100") + key, signature, text)):
            name.write_bytes(data)
        return not subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
            "-inkey", names[0], "-sigfile", names[1], "-in", names[2]], capture_output=True).returncode

def checkpoint(note, verifier):
    """(origin, size, root) of a note that the key signed."""
    name, key_hash, key = verifier.split("+", 2)
    key, start = base64.b64decode(key, validate=True), f"— {name} ".encode()
    need(key[0] == 1 and sha256(name.encode() + b"\n" + key)[:4].hex() == key_hash, "not the text of a key")
    text, _, lines = note.rpartition(b"\n\n")
    made = [base64.b64decode(line[len(start):]) for line in lines.split(b"\n") if line.startswith(start)]
    need(any(m[:4].hex() == key_hash and signed(text + b"\n", m[4:], key[1:]) for m in made), "not signed")
    origin, size, root = text.decode().split("\n")[:3]
    return origin, int(size), base64.b64decode(root, validate=True)

def climb(at, last, hashes, whole):
    """The roots of the tree and of its left part (RFC 9162 §2.1.3.2, §2.1.4.2)."""
    left = whole
    for other in hashes:
        need(last, "the proof is too long")
        if at % 2 or at == last:
            whole, left = sha256(b"\1" + other + whole), sha256(b"\1" + other + left)
            while at and not at % 2: at, last = at // 2, last // 2
        else: whole = sha256(b"\1" + whole + other)
        at, last = at // 2, last // 2
    need(not last, "the proof is too short")
    return whole, left
def included(proof, root):
    at, size, hashes = proof["leaf_index"], proof["tree_size"], [bytes.fromhex(h) for h in proof["proof"]]
    need(0 <= at < size and climb(at, size - 1, hashes, bytes.fromhex(proof["leaf"]))[0] == root, "not there")

def consistent(proof, old, new):
    at, last, hashes = proof["first"] - 1, proof["second"] - 1, [bytes.fromhex(h) for h in proof["proof"]]
    need(0 <= at <= last and bool(hashes) == (at < last), "not two sizes of a log, or no proof")
    if at == last: return need(old == new, "the log was rewritten")
    while at % 2: at, last = at // 2, last // 2
    if not at: hashes.insert(0, old)
    need(climb(at, last, hashes[1:], hashes[0]) == (new, old), "the log was rewritten")

if __name__ == "__main__":
    get = lambda path: urllib.request.urlopen(sys.argv[1] + path).read()
    origin, size, root = checkpoint(get("/api/v1/checkpoint"), sys.argv[2])
    included(json.loads(get(f"/api/v1/log/inclusion?seq={sys.argv[3]}&size={size}")), root)
    for _, first, old in [checkpoint(pathlib.Path(f).read_bytes(), sys.argv[2]) for f in sys.argv[4:]]:
        consistent(json.loads(get(f"/api/v1/log/consistency?first={first}&second={size}")), old, root)
    print(f"{origin}: {size} events, root {root.hex()}, event {sys.argv[3]} is one of them")
