#!/usr/bin/env python3
"""Charts that helm signed, against the keyring of a repository; and helm's own look at them."""
import json
from pathlib import Path

from helm import EACH, NEWEST, VERSIONS, Helm, sign, source
from harness import Server, contains, equal, form, main, must, provenance, table, temporary, test
from harness import command
from openpgp import Key, key


@table(*EACH)
def helm_pull_verify(version):
    helm, running = Helm(version), Server()
    archive, prov = sign(helm, source("signed", "1.0.0"))
    must("push", archive, running.url)
    equal(running.get("/charts/signed-1.0.0.tgz.prov").body, prov.read_bytes())
    helm.repository(running.url)
    into = temporary()
    said = helm("pull", "local/signed", "--verify", "--keyring", key().public, "--destination", into)
    contains(said, Key.name)
    equal((into / "signed-1.0.0.tgz").read_bytes(), archive.read_bytes())


def verdict(running, name, version="1.0.0", repo="main"):
    answer = running.get(f"/api/v1/repos/{repo}/versions?chart={name}")
    [entry] = [v for v in json.loads(answer.body)["versions"] if v["version"] == version]
    return entry.get("signature", {})


def send(running, archive, prov=None):
    if prov is None:
        return running.publish(archive)
    return running.request("POST", "/api/charts", *form(archive, prov))


def other_key(helm, folder):
    """Signed by a key that no keyring knows."""
    stranger = Key()
    out = temporary()
    helm("package", folder, "--destination", out, "--sign", "--key", Key.name,
         "--keyring", stranger.secret)
    [archive] = out.glob("*.tgz")
    return archive.read_bytes(), (out / f"{archive.name}.prov").read_bytes()


@test
def checked_and_stored():
    helm, running = Helm(NEWEST), Server()
    must("repo", "set", "main", "provenance=check", "--keyring", key().ring, "--data", running.data)
    archive, prov = (path.read_bytes() for path in sign(helm, source("good", "1.0.0")))
    equal(send(running, archive, prov).status, 201)
    found = verdict(running, "good")
    equal(found["verdict"], "good")
    contains(found["signer"], Key.name)
    equal((len(found["key_id"]), len(found["fingerprint"])), (16, 40))
    assert found["signed_at"] <= found["checked_at"], found
    equal(json.loads(json.dumps(found, sort_keys=True)), found)
    log = must("log", "--data", running.data, "--json")
    contains(log, '"verdict":"good"')
    archive, prov = other_key(helm, source("unknown", "1.0.0"))
    equal(send(running, archive, prov).status, 201)
    equal(verdict(running, "unknown")["verdict"], "unknown_key")
    archive = sign(helm, source("unsigned", "1.0.0"))[0].read_bytes()
    equal(send(running, archive).status, 201)
    equal(verdict(running, "unsigned"), {})
    before = [verdict(running, name) for name in ("good", "unknown", "unsigned")]
    must("rebuild", "--data", running.data)
    equal([verdict(running, name) for name in ("good", "unknown", "unsigned")], before)
    running.request("DELETE", "/api/charts/good/1.0.0")
    must("undelete", "--data", running.data, "good", "1.0.0")
    equal(verdict(running, "good")["verdict"], "good")


# Helm signs without the checksum that librnp misses where a signature has no padding (indexer/format/armor.h): these
# lengths have none. Helm 3.12 makes no signature with Ed25519.
@table(*((f"{algorithm} {version}", algorithm, version) for algorithm in ("rsa4096", "ed25519") for version in VERSIONS
         if (algorithm, version) != ("ed25519", "3.12.3")))
def keys_of_other_lengths(algorithm, version):
    running, signer, out = Server(), Key(algorithm), temporary()
    Helm(version)("package", source("good", "1.0.0"), "--destination", out, "--sign", "--key", Key.name,
                  "--keyring", signer.secret)
    [archive] = out.glob("*.tgz")
    for repo, keyring in (("armored", signer.ring), ("plain", signer.public)):
        must("repo", "create", repo, "--set", "provenance=require", "--keyring", keyring, "--data", running.data)
        fields = form(archive.read_bytes(), Path(f"{archive}.prov").read_bytes())
        equal(running.request("POST", f"/api/{repo}/charts", *fields).status, 201)
        equal(verdict(running, "good", repo=repo)["verdict"], "good")


def with_cr_lf(prov):
    return prov.replace(b"\n", b"\r\n")


@table(("CR LF", with_cr_lf, "good"),
       ("CR LF, and CR at the end", lambda prov: with_cr_lf(prov) + b"\r", "good"),
       ("CR LF, and a letter changed", lambda prov: with_cr_lf(prov).replace(b": v2", b": v1", 1), "bad"))
def lines_that_end_otherwise(change, expected):
    """As Windows tools and git's autocrlf leave them: helm takes them in all versions."""
    running, (archive, prov) = Server(), sign(Helm(NEWEST), source("a", "1.0.0"))
    must("repo", "set", "main", "provenance=check", "--keyring", key().ring, "--data", running.data)
    changed = change(prov.read_bytes())
    prov.write_bytes(changed)
    for version in VERSIONS:
        Helm(version)("verify", archive, "--keyring", key().public, fails=expected != "good")
    equal(send(running, archive.read_bytes(), changed).status, 201)
    equal(verdict(running, "a")["verdict"], expected)
    equal(running.get("/charts/a-1.0.0.tgz.prov").body, changed)


@test
def a_new_verdict_for_the_same_file():
    """With another keyring, sending it again is how one asks."""
    helm, running = Helm(NEWEST), Server()
    must("repo", "set", "main", "provenance=check", "--data", running.data)
    archive, prov = (path.read_bytes() for path in sign(helm, source("a", "1.0.0")))
    equal(send(running, archive, prov).status, 201)
    equal(verdict(running, "a")["verdict"], "unknown_key")
    must("repo", "set", "main", "--keyring", key().ring, "--data", running.data)
    equal(running.request("POST", "/api/prov", prov).status, 201)
    equal(verdict(running, "a")["verdict"], "good")
    count = len(must("log", "--data", running.data).splitlines())
    equal(running.request("POST", "/api/prov", prov).status, 201)
    equal(len(must("log", "--data", running.data).splitlines()), count)
    must("rebuild", "--data", running.data)
    equal(verdict(running, "a")["verdict"], "good")


@test
def t_auth_16_signatures_are_required():
    helm, running = Helm(NEWEST), Server()
    must("repo", "set", "main", "provenance=require", "--keyring", key().ring, "--data", running.data)
    archive, prov = (path.read_bytes() for path in sign(helm, source("a", "1.0.0")))
    strange = other_key(helm, source("b", "1.0.0"))
    changed = prov.replace(b"apiVersion: v2", b"apiVersion: v1", 1)
    assert changed != prov
    for what, answer in (
            ("no provenance file", send(running, archive)),
            ("by PUT", running.request("PUT", "/a-1.0.0.tgz", archive)),
            ("a key nobody knows", send(running, *strange)),
            ("not what was signed", send(running, archive, changed)),
            ("no signature at all", send(running, archive, provenance(archive, "a")))):
        assert answer.status in (422, 400) and (answer.status == 422 or "no signature" in what), \
            f"{what}: {answer}"
        if answer.status == 422:
            equal(json.loads(answer.body)["code"], "signature_required", what)
        equal(running.index()["entries"], {}, what)
    folder = temporary()
    (folder / "a-1.0.0.tgz").write_bytes(archive)
    done = command("import", "--data", running.data, folder)
    equal(done.returncode, 1)
    contains(done.stdout + done.stderr, "signed charts alone")
    equal(send(running, archive, prov).status, 201)
    equal(verdict(running, "a")["verdict"], "good")
    equal(send(running, archive).status, 201)              # a good one is stored
    equal(send(running, archive, b"no provenance").status, 400)


@test
def required_of_what_was_there_before():
    """What is there stays; nothing unsigned joins it."""
    helm, running = Helm(NEWEST), Server()
    archive, prov = (path.read_bytes() for path in sign(helm, source("a", "1.0.0")))
    equal(send(running, archive).status, 201)
    must("repo", "set", "main", "provenance=require", "--keyring", key().ring, "--data", running.data)
    equal(running.get("/charts/a-1.0.0.tgz").body, archive)
    equal(send(running, archive).status, 422)
    equal(running.request("POST", "/api/prov", prov).status, 201)
    equal(verdict(running, "a")["verdict"], "good")


if __name__ == "__main__":
    main()
