#!/usr/bin/env python3
"""`config check` opens the files that `serve` opens at start, and says of them what it says."""
import functools

from wire import contains, equal
from certificates import authority, expired
from harness import command, main, must, table, temporary, test


@functools.cache
def folder():
    """Files of every kind, good and not."""
    made = temporary(keep=True)
    for name in ("one", "two"):
        authority(made, name)
    expired(made, "old")
    for path in made.glob("*.key"):
        path.chmod(0o600)
    (made / "text").write_text("nonsense\n")
    (made / "text").chmod(0o600)
    (made / "open.key").write_bytes((made / "one.key").read_bytes())
    (made / "open.key").chmod(0o644)
    (made / "logo.svg").write_text("<svg/>")
    (made / "sub").mkdir()
    return made


def settings(text):
    file = temporary() / "c.yaml"
    file.write_text(text.replace("FOLDER", str(folder())))
    return file


TLS = "tls: {cert: FOLDER/one.pem, key: FOLDER/one.key}\n"


def tls(**other):
    named = {"cert": "one.pem", "key": "one.key"} | other
    return "tls: {" + ", ".join(f"{name}: FOLDER/{file}" for name, file in named.items()) + "}\n"


def shadow(cert, key):
    return f"shadow_hosts: true\nshadow_ca_cert: FOLDER/{cert}\nshadow_ca_key: FOLDER/{key}\n"


@table(
    ("no certificate", tls(cert="absent"), "1: tls.cert: FOLDER/absent does not exist"),
    ("a text", tls(cert="text"), "1: tls.cert: FOLDER/text: "),
    ("a folder", tls(cert="sub"), "1: tls.cert: FOLDER/sub: "),
    ("no key", tls(key="absent"), "1: tls.key: FOLDER/absent does not exist"),
    ("no key in it", tls(key="text"), "1: tls.key: FOLDER/text: "),
    ("another key", tls(key="two.key"), "1: tls.key: FOLDER/two.key is not the key of the certificate in"),
    ("a key for everybody", tls(key="open.key"), "1: tls.key: FOLDER/open.key holds a secret, and everybody"),
    ("no authority of clients", tls(client_ca="absent")[:-2] + ", client_auth: require}\n",
     "1: tls.client_ca: FOLDER/absent does not exist"),
    ("no authority of hosts", shadow("absent", "one.key"), "2: shadow_ca_cert: FOLDER/absent: it is not there"),
    ("not its key", shadow("one.pem", "two.key"), "3: shadow_ca_key: FOLDER/two.key"),
    ("no logo", "site: {logo: FOLDER/absent}\n", "1: site.logo: FOLDER/absent: there is no such file"),
    ("no picture", "site: {logo: FOLDER/text}\n", "1: site.logo: FOLDER/text is no SVG, PNG, JPEG or WebP"))
def what_serve_would_not_start_with(text, words):
    file, data = settings(text), temporary() / "data"
    done = command("config", "check", "--config", file)
    equal((done.returncode, done.stdout), (2, ""))
    said = done.stderr.replace(str(folder()), "FOLDER")
    contains(said, "c.yaml:" + words)
    contains(said, "chartlocker config: the settings are not valid\n")
    served = command("serve", "--config", file, "--data", data, "--listen", "127.0.0.1:0")
    equal(served.returncode != 0, True)
    contains(served.stderr.replace(str(folder()), "FOLDER"), words.split(": ", 2)[2])


@test
def what_is_good():
    file = settings(TLS + "site: {logo: FOLDER/logo.svg}\n" + shadow("one.pem", "one.key"))
    equal(must("config", "check", "--config", file), "the settings are valid\n")


@test
def one_that_has_expired_is_told():
    done = command("config", "check", "--config", settings(tls(cert="old.pem", key="old.key")))
    equal((done.returncode, done.stdout), (0, "the settings are valid\n"))
    contains(done.stderr, "tls.certificate_expired")


@test
def an_authority_that_was_made_here():
    data = temporary() / "data"
    file = settings("shadow_hosts: true\n")
    must("repo", "create", "s", "--data", data)
    equal(must("config", "check", "--config", file, "--data", data), "the settings are valid\n")
    must("keys", "shadow-ca", "--host", "charts.example.org", "--data", data)
    equal(must("config", "check", "--config", file, "--data", data), "the settings are valid\n")
    (data / "keys" / "shadow-ca.crt").write_text("nonsense\n")
    done = command("config", "check", "--config", file, "--data", data)
    equal(done.returncode, 2)
    contains(done.stderr, "there is no certificate in it")


@test
def what_is_printed_is_not_opened():
    contains(must("config", "print", "--config", settings(tls(cert="absent"))), "tls.cert")


if __name__ == "__main__":
    main()
