#!/usr/bin/env python3
"""The OCI client (indexer/upstream/oci.h) before registries that lie, lead astray and never end.
test_registry.py has it before a real one.
Long because it has a row for each way in which a registry can lie."""
import json
import ssl

from wire import contains, equal
from certificates import authority
from harness import main, table, temporary, test
from hostile_server import Hostile, redirect, response, whole
from registry import (CHART, INDEX, LEGACY, PASSWORD, PROVENANCE, USER, MadeUp, basic, client, descriptor, good,
                      sha256)

KIB, MIB = 1 << 10, 1 << 20
ARCHIVE = b"an archive, as far as this client is concerned" * 1000
NAME = "charts/demo"
MANIFEST_ACCEPT = "application/vnd.oci.image.manifest.v1+json"


def ask(command, address, plain=1, **options):
    return client(command, address, plain=plain, **options)


def served(made, **more):
    """It, behind a server; `more` are its answers besides."""
    made.far = Hostile({**made.answers, **more})
    made.address = made.far.url.replace("http", "oci") + f"/{made.name}"
    made.tagged = f"{made.address}:1.0.0"
    return made


def pull(made, **options):
    file = temporary() / "chart.tgz"
    said = ask("pull", made.tagged, file=file, **options)
    return said, file.read_bytes() if not said["error"] else None


def pulled(made, **options):
    said, data = pull(made, **options)
    good(said)
    equal(data, made.archive)
    return said


def refused(made, error, text="", **options):
    said, _ = pull(made, **options)
    equal(said["error"], error, said["detail"])
    contains(said["detail"], text)


def paths(made, part):
    return [path for path in made.far.paths() if part in path]


# ---- what there is ----

@test
def a_chart():
    made = served(MadeUp(NAME, ARCHIVE, annotations={"org.opencontainers.image.created": "2026-03-05T09:12:44Z"}))
    said = pulled(made)
    equal((said["created"], said["manifest"]), ("2026-03-05T09:12:44Z", sha256(made.manifest)[7:]))
    contains(made.far.seen[0].headers["accept"], MANIFEST_ACCEPT)
    equal(len(made.far.seen), 2, "neither a question nor the configuration")


@test
def layers_that_are_not_asked_for():
    made = served(MadeUp(NAME, ARCHIVE, more=[("application/x-sbom", b"s"), (PROVENANCE, b"signed")]))
    equal(pulled(made)["has_provenance"], True)
    equal(len(paths(made, "/blobs/")), 1)
    said = pulled(made, provenance=1)
    equal(said["provenance"], "signed")
    equal(len(paths(made, "/blobs/")), 3)


@test
def a_chart_of_helm_3_0():
    pulled(served(MadeUp(NAME, ARCHIVE, chart_type=LEGACY)))


@test
def no_version():
    made = served(MadeUp(NAME, ARCHIVE))
    equal(ask("pull", made.address)["error"], "invalid_request")
    good(ask("pull", made.address, version="1.0.0"))
    equal(ask("pull", made.address, version="2.0.0")["error"], "not_found")


# ---- manifests ----

CONFIG_OF = lambda **changes: descriptor(b"{}", "application/vnd.cncf.helm.config.v1+json", **changes)
LAYER = lambda **changes: descriptor(ARCHIVE, CHART, **changes)


@table(("image index", {"manifests": [], "layers": None, "config": None}, "image index"),
       ("both at once", {"manifests": []}, "image index"),
       ("index by its type", {"mediaType": INDEX}, "image index"),
       ("schema 1", {"schemaVersion": 1}, "schemaVersion"),
       ("no schema", {"schemaVersion": None}, "schemaVersion"),
       ("an image", {"config": {"mediaType": "application/vnd.oci.image.config.v1+json"}}, "no Helm chart"),
       ("a plugin", {"config": {"mediaType": "application/vnd.oci.empty.v1+json"}}, "no Helm chart"),
       ("no configuration", {"config": None}, "no Helm chart"),
       ("layers no list", {"layers": {}}, "must be a list"),
       ("no layers", {"layers": None}, "must be a list"),
       ("no chart layer", {"layers": []}, "no layer with media type"),
       ("null layer", {"layers": [None]}, "no layer with media type"),
       ("two chart layers", {"layers": [LAYER(), LAYER()]}, "more than one"),
       ("two provenances", {"layers": [LAYER(), CONFIG_OF(mediaType=PROVENANCE), CONFIG_OF(mediaType=PROVENANCE)]},
        "more than one"),
       ("negative size", {"layers": [LAYER(size=-1)]}, "size"),
       ("size a string", {"layers": [LAYER(size="46")]}, "size"),
       ("size 1e3", {"layers": [LAYER(size=1e3)]}, "size"),
       ("no size", {"layers": [LAYER(size=None)]}, "size"),
       ("sha512", {"layers": [LAYER(digest="sha512:" + "0" * 128)]}, "digest"),
       ("short digest", {"layers": [LAYER(digest="sha256:00")]}, "digest"),
       ("digest a path", {"layers": [LAYER(digest="sha256:../../x")]}, "digest"))
def t_oci_07_t_oci_08_improper_manifests(fields, text):
    made = served(MadeUp(NAME, ARCHIVE, **fields))
    refused(made, "metadata_refused", text)
    equal(paths(made, "/blobs/"), [])


@table(("html", b"<html>sign in</html>", "metadata_refused"), ("empty", b"", "metadata_refused"),
       ("list", b"[]", "metadata_refused"), ("deep", b"[" * 100000, "metadata_refused"),
       ("key twice", b'{"schemaVersion":2,"schemaVersion":2}', "metadata_refused"),
       ("something behind it", b'{"schemaVersion":2}{}', "metadata_refused"),
       ("a mark before it", b'\xef\xbb\xbf{"schemaVersion":2}', "metadata_refused"),
       ("many parts", b'{"a":[' + b"[]," * 1_000_000 + b"[]]}", "metadata_refused"),
       ("too large", b'{"a":"' + b"x" * 4 * MIB + b'"}', "too_large"))
def t_oci_07_what_is_no_manifest(body, error):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("manifests/1.0.0")] = whole(body)
    refused(served(made), error)


@table(("as large as may be", 0, ""), ("a byte more", 1, "too_large"))
def t_oci_09_large_manifests(more, error):
    made = MadeUp(NAME, ARCHIVE, annotations={"a": ""})
    fill = 4 * MIB + more - len(made.manifest)
    said, data = pull(served(MadeUp(NAME, ARCHIVE, annotations={"a": "x" * fill})))
    equal((said["error"], data == ARCHIVE), (error, not error), said["detail"])


@test
def t_oci_08_what_a_descriptor_offers_besides():
    """Only the registry is asked for the bytes: neither the addresses in it nor the bytes in it are taken."""
    far = Hostile({"*": whole(b"elsewhere")})
    layer = {**LAYER(), "urls": [f"{far.url}/x"], "data": "ZWxzZXdoZXJl", "artifactType": "x/y"}
    made = served(MadeUp(NAME, ARCHIVE, layers=[layer]))
    pulled(made)
    equal(far.seen, [])
    del made.far.answers[made.blob(ARCHIVE)]
    refused(made, "not_found")
    equal(far.seen, [])


@test
def t_oci_07_an_index_by_its_content_type():
    made = MadeUp(NAME, ARCHIVE)
    made.tag("1.0.0", Content_Type=INDEX + "; charset=utf-8")
    refused(served(made), "metadata_refused", "image index")


@test
def digests_of_manifests():
    made = MadeUp(NAME, ARCHIVE)
    made.tag("1.0.0", Docker_Content_Digest=sha256(b"another"))
    refused(served(made), "digest_mismatch", "than it says")
    made = MadeUp(NAME, ARCHIVE)
    other = MadeUp(NAME, ARCHIVE, annotations={})
    made.answers[made.at(f"manifests/{sha256(made.manifest)}")] = whole(other.manifest)
    served(made)
    made.tagged = f"{made.address}:1.0.0@{sha256(made.manifest)}"
    refused(made, "digest_mismatch", "asked for")
    equal(made.far.paths(), [made.at(f"manifests/{sha256(made.manifest)}")])


# ---- layers ----

@table(("other bytes", ARCHIVE[:-1] + b"!"), ("fewer", ARCHIVE[:-1]), ("more", ARCHIVE + b"!"), ("none", b""))
def t_oci_04_other_bytes(data):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.blob(ARCHIVE)] = whole(data)
    refused(served(made), "digest_mismatch")


@test
def too_large_by_its_manifest():
    made = served(MadeUp(NAME, ARCHIVE))
    refused(made, "too_large", max=len(ARCHIVE) - 1)
    equal(paths(made, "/blobs/"), [])
    pulled(made, max=len(ARCHIVE))
    made = served(MadeUp(NAME, ARCHIVE, more=[(PROVENANCE, b"x" * (MIB + 1))]))
    refused(made, "too_large", provenance=1)


@test
def t_fed_02_more_than_its_manifest_says():
    def endless(_):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(64 * KIB)
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.blob(ARCHIVE)] = endless
    refused(served(made), "too_large")


@test
def t_fed_11_a_layer_elsewhere():
    """A redirect to the storage takes no credentials along."""
    made = MadeUp(NAME, ARCHIVE)
    storage = Hostile({"/storage": whole(ARCHIVE)})
    made.answers[made.blob(ARCHIVE)] = redirect(f"{storage.url}/storage?signature=x", 307)
    made.protect('Basic realm="x"', basic(USER, PASSWORD))
    served(made)
    pulled(made, origin=made.address, user=USER, password=PASSWORD, header="X-Key: " + PASSWORD)
    [request] = storage.seen
    equal({"authorization", "x-key"} & set(request.headers), set())
    assert all("x-key" in seen.headers for seen in made.far.seen), "what is declared goes to the registry"


# ---- challenges ----

def with_tokens(answer, challenge=None, token="t0ken", **server):
    """A chart behind a server of tokens at another port of the host."""
    tokens = Hostile({"/token": answer}, **server)
    made = MadeUp(NAME, ARCHIVE)
    made.protect(challenge or f'Bearer realm="{tokens.url}/token",service="a b+c"', f"Bearer {token}")
    made.tokens = tokens
    return served(made)


def token(**fields):
    return whole(json.dumps(fields).encode())


@table(("token", {"token": "t0ken"}), ("access_token", {"access_token": "t0ken"}),
       ("both", {"token": "t0ken", "access_token": "other"}), ("empty one", {"token": "", "access_token": "t0ken"}),
       ("expired for ever", {"token": "t0ken", "expires_in": -1}),
       ("for ever", {"token": "t0ken", "expires_in": 1e18, "issued_at": "never"}))
def t_fed_13_tokens(fields):
    made = with_tokens(token(**fields))
    pulled(made)
    [request] = made.tokens.seen
    equal(request.path, "/token?service=a%20b%2Bc&scope=repository%3Acharts%2Fdemo%3Apull")
    assert "authorization" not in request.headers


@table(("html", b"<html>", "no JSON object"), ("empty", b"", "no JSON object"), ("list", b"[]", "no JSON object"),
       ("nested", b'{"token":{"token":"t0ken"}}', "no token"), ("number", b'{"token":5}', "no token"),
       ("null", b'{"token":null}', "no token"), ("none", b"{}", "no token"),
       ("two lines", b'{"token":"t0ken\\r\\nX-Evil: 1"}', "no token"), ("spaces", b'{"token":" "}', "no token"),
       ("deep", b'{"token":' + b"[" * 60000, "no JSON object"))
def t_fed_13_no_tokens(body, text):
    made = with_tokens(whole(body))
    refused(made, "upstream_error", text)
    equal(len(made.far.seen), 1, "the registry is not asked again")


@test
def t_fed_13_endless_token():
    def endless(_):
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b" " * 64 * KIB
    refused(with_tokens(endless), "too_large")


@test
def t_fed_13_token_refused():
    refused(with_tokens(whole(b"no", 403)), "upstream_error", "gave no token: it answered 403")


@test
def a_token_that_ends():
    """The second layer is refused with it; another one is asked for, once."""
    counted = iter(range(1, 100))
    made = MadeUp(NAME, ARCHIVE)
    tokens = Hostile({"/token": lambda _: response(json.dumps({"token": f"t{next(counted)}"}).encode())})
    challenge = f'Bearer realm="{tokens.url}/token"'
    plain = dict(made.answers)
    made.protect(challenge, "Bearer t1")
    first = dict(made.answers)
    made.answers = dict(plain)
    made.protect(challenge, "Bearer t2")
    made.answers[made.at("manifests/1.0.0")] = first[made.at("manifests/1.0.0")]
    pulled(served(made))
    equal(len(tokens.seen), 2)


REALM = 'Bearer realm="{}/token",service="x"'


@table(("another port", REALM), ("basic besides", 'Basic realm="x", ' + REALM),
       ("others besides", "Negotiate YWJj==, Digest realm=\"r\", nonce=\"a\\\"b\" , " + REALM),
       ("odd writing", 'bEARER  REALM = "{}/token" ,  ,service=x'),
       ("T-OCI-16 wide scope", REALM + ',scope="repository:other:pull,push repository:charts/demo:*"'))
def t_fed_12_challenges(challenge):
    tokens = Hostile({"/token": token(token="t0ken")})
    made = MadeUp(NAME, ARCHIVE)
    made.protect(challenge.format(tokens.url), "Bearer t0ken")
    pulled(served(made))
    [request] = tokens.seen
    equal(request.path, "/token?service=x&scope=repository%3Acharts%2Fdemo%3Apull")


@test
def t_fed_12_a_scope_of_its_own():
    tokens = Hostile({"/token": token(token="t0ken")})
    made = MadeUp(NAME, ARCHIVE)
    made.protect(f'Bearer realm="{tokens.url}/token?a=1",scope="aws"', "Bearer t0ken")
    pulled(served(made))
    equal(tokens.paths(), ["/token?a=1&scope=repository%3Acharts%2Fdemo%3Apull&scope=aws"])


@table(("none", None, "not known here"), ("empty", "", "not known here"),
       ("unknown", "Negotiate", "not known here"), ("without a realm", 'Bearer service="x"', "not known here"),
       ("basic", 'Basic realm="x"', "wants a user and a password"),
       ("not closed", 'Bearer realm="https://h', "not closed"),
       ("not closed, escaped", 'Bearer realm="https://h\\"', "not closed"),
       ("two of a kind", 'Bearer realm="https://a", Bearer realm="https://b"', "one scheme twice"),
       ("two realms", 'Bearer realm="https://a",realm="https://b"', "one parameter twice"),
       ("no comma", 'Bearer realm="https://a" service="b"', "where none can be"),
       ("a comma at first", ', realm="https://a"', "where none can be"),
       ("no value", "Bearer a=b,realm=", "without a value"), ("no word", 'Bearer "x"', "a word is expected"),
       ("48 KiB", "Bearer " + ",".join(f'a{i}="{i}"' for i in range(5000)), "not known here"))
def t_fed_12_improper_challenges(challenge, text):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("manifests/1.0.0")] = whole(b"", 401, WWW_Authenticate=challenge)
    refused(served(made), "upstream_error", text)
    equal(len(made.far.seen), 1)


@test
def t_fed_12_two_lines():
    """The first one is of no use, and they are one list."""
    tokens = Hostile({"/token": token(token="t0ken")})
    made = MadeUp(NAME, ARCHIVE)
    made.protect(["Negotiate", f'Bearer realm="{tokens.url}/token"'], "Bearer t0ken")
    pulled(served(made))


@test
def t_fed_12_64_kib():
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("manifests/1.0.0")] = whole(b"", 401, WWW_Authenticate=['Bearer realm="' + "x" * 17000] * 4)
    refused(served(made), "too_large")


@table(("without TLS", "http://auth.test/token", "without TLS"),
       ("an address", "https://10.0.0.1/token", "another machine's address"),
       ("this machine by name", "https://localhost/token", "another machine's address"),
       ("this machine, IPv6", "https://[::1]/token", "another machine's address"),
       ("metadata", "https://169.254.169.254/latest", "another machine's address"),
       ("a file", "file:///etc/passwd", "strange place"), ("gopher", "gopher://h/x", "strange place"),
       ("nothing", "x", "strange place"), ("a user in it", "https://u:p@auth.test/token", "strange place"),
       ("10 KiB", "https://auth.test/" + "x" * 10000, "strange place"))
def t_fed_12_realms(realm, text):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("manifests/1.0.0")] = whole(b"", 401, WWW_Authenticate=f'Bearer realm="{realm}"')
    served(made)
    refused(made, "address_refused", text, origin=made.address, user=USER, password=PASSWORD)


def secure(name, answers):
    """A server over TLS, and who vouches for it."""
    certificate, key = authority(temporary(), name, names=("127.0.0.1", "auth.test", "registry.test"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return Hostile(answers, context=context), certificate


@test
def t_fed_12_a_foreign_realm():
    """Somebody else's server of tokens is asked as nobody, unless it is said to belong there."""
    tokens, ca = secure("auth", {"/token": token(token="t0ken")})
    made = MadeUp(NAME, ARCHIVE)
    made.protect(f'Bearer realm="{tokens.named("auth.test")}/token"', "Bearer t0ken")
    served(made)
    declared = {"origin": made.address, "user": USER, "password": PASSWORD, "ca": ca}
    pulled(made, **declared)
    pulled(made, **declared, token_origin=tokens.named("other.test"))
    pulled(made, **declared, token_origin=tokens.named("auth.test"))
    equal([request.headers.get("authorization") for request in tokens.seen], [None, None, basic(USER, PASSWORD)])


@test
def t_fed_12_credentials_of_another_registry():
    """Ours are for one registry; another one cannot have them turned into a token for it."""
    tokens, ca = secure("auth", {"/token": token(token="t0ken")})
    made = MadeUp(NAME, ARCHIVE)
    made.protect(f'Bearer realm="{tokens.named("auth.test")}/token"', "Bearer t0ken")
    pulled(served(made), ca=ca, origin=tokens.named("auth.test"), user=USER, password=PASSWORD)
    assert "authorization" not in tokens.seen[0].headers, tokens.seen


@test
def t_fed_13_a_token_by_redirect():
    far = Hostile({"/elsewhere": token(token="t0ken")})
    made = with_tokens(redirect(f"{far.url}/elsewhere"))
    pulled(made, origin=made.address, user=USER, password=PASSWORD)
    equal(made.tokens.seen[0].headers["authorization"], basic(USER, PASSWORD))
    assert "authorization" not in far.seen[0].headers


@test
def t_fed_12_a_challenge_by_redirect():
    """Who we are led to does not decide where we get our tokens."""
    far = Hostile({"/x": whole(b"", 401, WWW_Authenticate='Basic realm="x"')})
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.blob(ARCHIVE)] = redirect(f"{far.url}/x", 307)
    served(made)
    refused(made, "upstream_error", "401", origin=made.address, user=USER, password=PASSWORD)
    equal(len(far.seen), 1)
    assert "authorization" not in far.seen[0].headers


@test
def a_declared_token():
    made = MadeUp(NAME, ARCHIVE)
    made.protect("Bearer", f"Bearer {PASSWORD}")
    served(made)
    pulled(made, origin=made.address, bearer=PASSWORD)
    equal(len(made.far.seen), 2, "it goes along at once")
    refused(made, "upstream_error", "other credentials", origin=made.address, bearer="other")


@test
def a_declared_token_of_another_place():
    """It stays at home, and the registry gives one as it does to anybody."""
    made = with_tokens(token(token="t0ken"))
    pulled(made, origin="https://charts.example.org", bearer=PASSWORD)
    for request in [*made.far.seen, *made.tokens.seen]:
        assert PASSWORD not in request.headers.get("authorization", ""), request


# ---- http and https ----

@test
def names_are_asked_over_tls():
    made = served(MadeUp(NAME, ARCHIVE))
    made.tagged = made.tagged.replace("127.0.0.1", "registry.test")
    refused(made, "upstream_error", plain=0)
    equal(paths(made, "/v2/"), [])
    pulled(made, plain=1)
    pulled(made, plain=0, origin=made.far.named("registry.test"))


@test
def addresses_that_are_not_public_may_lack_tls():
    """Passwords then go to this machine alone, and not where they were declared for https."""
    made = MadeUp(NAME, ARCHIVE)
    made.protect('Basic realm="x"', basic(USER, PASSWORD))
    served(made)
    declared = {"plain": 0, "user": USER, "password": PASSWORD}
    pulled(made, **declared, origin=made.address)
    refused(made, "upstream_error", "none are declared", **declared, origin=made.far.url.replace("http", "https"))
    made = served(MadeUp(NAME, ARCHIVE))
    pulled(made, plain=0)
    made.far.answers = {"*": whole(b"x" * 5 * MIB)}
    refused(made, "too_large", plain=0)


@test
def not_where_addresses_are_public():
    made = served(MadeUp(NAME, ARCHIVE))
    refused(made, "address_refused", private=0, plain=0)
    refused(made, "address_refused", private=0, plain=1)
    equal(made.far.seen, [])


@test
def over_tls_it_stays_there():
    made = MadeUp(NAME, ARCHIVE)
    made.far, ca = secure("registry", made.answers)
    made.tagged = made.far.url.replace("https", "oci") + f"/{NAME}:1.0.0"
    pulled(made, ca=ca, plain=0)
    refused(made, "upstream_error", "certificate", plain=0)


# ---- statuses ----

@table(("429", 429, "7", 7), ("503", 503, "60", 60), ("500", 500, None, 0), ("403", 403, None, 0),
       ("204", 204, None, 0), ("301", 301, None, 0))
def statuses(status, wait, seconds):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("manifests/1.0.0")] = whole(b"", status, Retry_After=wait)
    said, _ = pull(served(made))
    equal((said["error"], said["retry_after"]), ("upstream_error", seconds))
    contains(said["detail"], str(status))


# ---- tags ----

def page(*tags, **headers):
    return whole(json.dumps({"name": NAME, "tags": tags}).encode(), **headers)


@test
def pages_of_tags():
    made = MadeUp(NAME, ARCHIVE)
    listing = made.at("tags/list")
    answers = {"": page("1.0.0", "latest", Link=f'<{listing}?last=b&n=2>; rel="next"'),
               "last=b&n=2": page("1.0.0", "2.0.0_x.1",
                                  Link=f"</other>; rel=prev, <{listing}?last=c>;rel=next;x=\"y\"")}
    last = page("3.0.0-rc.1", "v4.0.0", "sha256-ab.sig")
    made.answers[listing] = lambda q: answers.get(q.path.partition("?")[2], last)(q)
    served(made)
    equal(good(ask("versions", made.address))["versions"], ["3.0.0-rc.1", "2.0.0+x.1", "1.0.0"])
    equal(made.far.paths(), [listing, f"{listing}?last=b&n=2", f"{listing}?last=c"])


@table(("null", b'{"tags":null}', []), ("none", b"{}", []), ("odd ones", b'{"tags":[null,5,[],{},"1.0.0"]}', ["1.0.0"]))
def few_tags(body, versions):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("tags/list")] = whole(body)
    equal(good(ask("versions", served(made).address))["versions"], versions)


@table(("another host", "https://evil.test/v2/x", "elsewhere"), ("another port", "http://127.0.0.1:1/v2", "elsewhere"),
       ("no scheme", "//evil.test/v2", "elsewhere"), ("a file", "file:///x", "elsewhere"), ("empty", "", "elsewhere"),
       ("not an address", None, "improper Link"))
def t_fed_04_pages_elsewhere(target, text):
    made = MadeUp(NAME, ARCHIVE)
    link = f'<{target}>; rel="next"' if target is not None else "next"
    made.answers[made.at("tags/list")] = page("1.0.0", Link=link)
    said = ask("versions", served(made).address)
    equal(said["error"], "upstream_error")
    contains(said["detail"], text)
    equal(len(made.far.seen), 1)


def pages_to(made, following):
    """Its tags are pages whose query is a number; `following` tells the next one's."""
    def answer(request):
        there = following(int(request.path.partition("?")[2] or 0))
        return page("1.0.0", Link=f'<{made.at("tags/list")}?{there}>; rel="next"')(request)
    made.answers[made.at("tags/list")] = answer
    return ask("versions", served(made).address)


@test
def t_fed_02_pages_without_end():
    made = MadeUp(NAME, ARCHIVE)
    equal(pages_to(made, lambda n: n + 1)["error"], "too_large")
    equal(len(made.far.seen), 1000)


@table(("itself", lambda n: 0, 3), ("two", lambda n: 1 - n, 5), ("back to the second", lambda n: n % 5 + 1, 20))
def t_fed_02_pages_in_a_circle(following, most):
    made = MadeUp(NAME, ARCHIVE)
    said = pages_to(made, following)
    contains(said["detail"], "goes in a circle")
    assert len(made.far.seen) <= most, len(made.far.seen)


@table(("too large", b'{"tags":["' + b"x" * 4 * MIB + b'"]}', "too_large"), ("html", b"<html>", "metadata_refused"),
       ("a map", b'{"tags":{}}', "metadata_refused"))
def improper_tags(body, error):
    made = MadeUp(NAME, ARCHIVE)
    made.answers[made.at("tags/list")] = whole(body)
    equal(ask("versions", served(made).address)["error"], error)


# ---- as an index ----

@test
def t_oci_10_one_bad_version_costs_no_other():
    good_one = MadeUp(NAME, ARCHIVE, annotations={"org.opencontainers.image.created": "soon"})
    bad = {"1.1.0": MadeUp(NAME, ARCHIVE, "1.1.0", metadata={"name": "other"}),
           "1.2.0": MadeUp(NAME, ARCHIVE, "1.2.0", metadata={"version": "1.2.1"}),
           "1.3.0": MadeUp(NAME, ARCHIVE, "1.3.0", metadata={"type": "plugin"}),
           "1.4.0": MadeUp(NAME, ARCHIVE, "1.4.0", metadata={"keywords": 5}),
           "1.5.0": MadeUp(NAME, ARCHIVE, "1.5.0", manifests=[]),
           "1.6.0": MadeUp(NAME, ARCHIVE, "1.6.0", metadata={"dependencies": [{"name": "a", "alias": "../x"}]}),
           "1.7.0": MadeUp(NAME, ARCHIVE, "1.7.0", metadata={"description": "x" * MIB})}
    lying = MadeUp(NAME, ARCHIVE, "1.8.0")
    lying.answers[lying.blob(lying.config)] = whole(b"{}" + b" " * (len(lying.config) - 2))
    made = served(good_one, **{path: answer for one in [*bad.values(), lying] for path, answer in one.answers.items()})
    made.far.answers[made.at("tags/list")] = page("1.0.0", "1.9.0", "1.8.0", *bad)
    said = good(ask("index", made.address))
    equal({t["skipped"]: t["why"] for t in said["told"][:-1]}, {
        "1.9.0": f"{made.far.url} does not have it",
        "1.8.0": f"{made.far.url} sent other bytes than its manifest says",
        "1.7.0": f"a layer of {len(bad['1.7.0'].config)} bytes; {MIB} are taken",
        "1.6.0": "a dependency's alias has other characters than letters, digits, _ and -",
        "1.5.0": "it is an image index, a list of manifests; the manifest of one chart is expected",
        "1.4.0": 'index line: "keywords" must be a list',
        "1.3.0": "its type is neither application nor library",
        "1.2.0": "the chart in it has another version", "1.1.0": "the chart in it has another name"})
    equal(said["told"][-1]["entry"], {"apiVersion": "v2", "name": "demo", "version": "1.0.0",
                                      "digest": sha256(ARCHIVE)[7:], "urls": [made.tagged]})
    equal((said["charts"], said["known_and_new"], said["skipped"]), (1, 1, 9))


@test
def what_the_metadata_cannot_say():
    made = MadeUp(NAME, ARCHIVE, metadata={"urls": ["https://evil.test/x.tgz"], "digest": "0" * 64, "removed": True,
                                         "created": "2020-01-01T00:00:00Z"})
    made.tags("1.0.0")
    [told] = good(ask("index", served(made).address))["told"]
    equal(told["entry"], {"apiVersion": "v2", "name": "demo", "version": "1.0.0",
                          "digest": sha256(ARCHIVE)[7:], "urls": [made.tagged]})


@table(("as Helm reads it", "2026-03-05T09:12:44+02:00", "2026-03-05T09:12:44+02:00"),
       ("a space", "2026-03-05 09:12:44+02:00", "2026-03-05T07:12:44Z"),
       ("a small t", "2026-03-05t09:12:44.5Z", "2026-03-05T09:12:44.5Z"),
       ("a small z", "2026-03-05T09:12:44z", "2026-03-05T09:12:44Z"),
       ("a leap second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"), ("no time", "soon", None), ("empty", "", None))
def when_it_was_made(annotation, created):
    made = MadeUp(NAME, ARCHIVE, annotations={"org.opencontainers.image.created": annotation})
    made.tags("1.0.0")
    [told] = good(ask("index", served(made).address))["told"]
    equal(told["entry"].get("created"), created)


@test
def what_is_known_costs_a_question():
    made = MadeUp(NAME, ARCHIVE)
    made.tags("1.0.0")
    served(made)
    [told] = good(ask("index", made.address))["told"]
    equal([(r.method, r.path) for r in made.far.seen[1:]], [
        ("HEAD", made.at("manifests/1.0.0")), ("GET", made.at(f"manifests/{sha256(made.manifest)}")),
        ("GET", made.blob(made.config))])
    made.far.seen.clear()
    said = good(ask("index", made.address, known=told["hash"]))
    equal((said["told"], said["known_and_new"], said["charts"]), ([], 1, 1))
    equal([r.method for r in made.far.seen], ["GET", "HEAD"])


@table(("no digest told", lambda made: made.tag("1.0.0", Docker_Content_Digest=None)),
       ("HEAD refused", lambda made: made.answers.update({made.at("manifests/1.0.0"): lambda request: (
           response(b"", 405) if request.method == "HEAD" else response(made.manifest))})))
def where_head_tells_nothing(spoil):
    made = MadeUp(NAME, ARCHIVE)
    made.tags("1.0.0")
    spoil(made)
    served(made)
    [told] = good(ask("index", made.address))["told"]
    equal(told["hash"], sha256(made.manifest)[7:])
    said = good(ask("index", made.address, known=told["hash"]))
    equal((said["told"], said["known_and_new"]), ([], 1))


@test
def what_says_something_of_all_ends_it():
    made = MadeUp(NAME, ARCHIVE)
    made.tags("1.0.0", "2.0.0")
    made.answers[made.at("manifests/2.0.0")] = whole(b"", 500)
    equal(ask("index", served(made).address)["error"], "upstream_error")
    made = MadeUp(NAME, ARCHIVE)
    made.tags("1.0.0", "0.9.0")
    said = ask("index", served(made).address, known="stop")
    equal((said["error"], said["detail"]), ("metadata_refused", "the handler has enough"))


if __name__ == "__main__":
    main()
