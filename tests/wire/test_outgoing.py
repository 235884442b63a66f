#!/usr/bin/env python3
"""The door out (indexer/fetch/outgoing.h) before servers that lie, break, stall and lead astray.
Long because it has a row for each thing that must not get through the door."""
import email.utils
import gzip
import hashlib
import json
import resource
import ssl
import subprocess
import time
from pathlib import Path

from wire import contains, equal
from certificates import authority, client, expired
from harness import PROGRAM, SANITIZED, clean_environment, free_port, main, table, temporary, test
from hostile_server import Hostile, redirect, response, whole
from upstream import bomb

DOOR = Path(PROGRAM).parent / "wire/outgoing"
PUBLIC = "93.184.216.34"
BODY = bytes(range(32, 127)) * 400        # what there is to fetch: 38,000 bytes of text
DIGEST = hashlib.sha256(BODY).hexdigest()
TRIES = 20      # for two that have to come at once, on a busy machine
NO_BODY = hashlib.sha256(b"").hexdigest()
MIB = 1 << 20
SOON_MS = 50_000    # on a very busy machine; what has no deadline of its own takes a minute or more
NAMES = {"good.test": PUBLIC, "evil.test": PUBLIC, "inside.test": "127.0.0.1", "ten.test": "10.1.2.3",
         "meta.test": "169.254.169.254", "metadata.google.internal": "169.254.169.254",
         "mixed.test": f"127.0.0.1+{PUBLIC}", "both.test": "127.0.0.1+::1+10.0.0.1",
         "rebind.test": f"{PUBLIC}/127.0.0.1", "hang.test": "hang",
         "six.test": "::1", "mapped.test": "::ffff:127.0.0.1"}


def ask(url, env=None, **options):
    """What becomes of the request: a dict, or a list of them where there are several. Options with a list
    stand several times."""
    pairs = [(k, v) for k, values in options.items() for v in (values if isinstance(values, list) else [values])]
    names = ";".join(f"{name}={addresses}" for name, addresses in NAMES.items())
    done = subprocess.run([DOOR, f"url={url}", *(f"{k}={v}" for k, v in pairs)], capture_output=True,
                          env=clean_environment({"OUTGOING_NAMES": names, **(env or {})}), timeout=100,
                          check=False)
    equal(done.returncode, 0, done.stderr)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return answers if options.keys() & {"times", "at_once"} else answers[0]


def refused(answer, error, text=""):
    equal(answer["error"], error, answer["detail"])
    contains(answer["detail"], text)
    assert "secret" not in answer["detail"], answer["detail"]


def whole_body(answer, status=200):
    equal((answer["error"], answer.get("status")), ("", status), answer["detail"])
    equal((answer["bytes"], answer["digest"]), (len(BODY), DIGEST))


# ---- answers as they should be ----

@test
def an_answer():
    far = Hostile({"/x": whole(BODY, ETag='"1"', Last_Modified="yesterday", Content_Type="text/plain",
                               Server="far/1", Link=["<a>; rel=next", "<b>"], X_Chart_Way="on",
                               WWW_Authenticate=["Basic realm=a", 'Bearer realm="b"'])})
    answer = ask(far.named("good.test") + "/x?secret=1")
    whole_body(answer)
    equal(answer["body"], BODY.decode())
    equal([answer[k] for k in ("etag", "last_modified", "content_type", "server", "link", "www_authenticate",
                               "url", "same_origin", "retry_after")],
          ['"1"', "yesterday", "text/plain", "far/1", "<a>; rel=next, <b>", 'Basic realm=a, Bearer realm="b"',
           far.named("good.test") + "/x?secret=1", 1, 0])
    contains(answer["headers"], ["X-Chart-Way", "on"])
    (request,) = far.seen
    equal((request.method, request.path), ("GET", "/x?secret=1"))
    equal(set(request.headers), {"host", "accept", "user-agent"})
    contains(request.headers["user-agent"], "chartlocker/")


@table(("arena", {}), ("file", {"file": True}))
def unpacks(options):
    target = temporary() / "body"
    target.write_bytes(b"what was there before " * 5000)
    if options:
        options = {"file": target}
    far = Hostile({"/x": lambda r: response(gzip.compress(BODY), Content_Encoding="gzip")
                   if r.headers.get("accept-encoding") == "gzip" else response(BODY)})
    for coding in ({}, {"gzip": 1}):
        answer = ask(far.named("good.test") + "/x", **options, **coding)
        whole_body(answer)
        equal(target.read_bytes() if options else answer["body"].encode(), BODY)
    equal([r.headers.get("accept-encoding") for r in far.seen], [None, "gzip"])


GZIPPED = gzip.compress(BODY)


@table(("one member", GZIPPED, "gzip"), ("its other name", GZIPPED, "X-GZIP"),
       ("two members", gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:]), "gzip"),
       ("an empty one in between", gzip.compress(BODY[:9]) + gzip.compress(b"") + gzip.compress(BODY[9:]), "gzip"),
       ("nothing done", BODY, "identity"))
def unpacks_every_member(packed, coding):
    far = Hostile({"/x": whole(packed, Content_Encoding=coding)})
    answer = ask(far.named("good.test") + "/x", gzip=1)
    whole_body(answer)
    equal(answer["body"], BODY.decode())


@table(*((f"{n} bytes short", GZIPPED[:-n], "gzip", "cut off") for n in (1, 4, 8, 9, 1000)),
       ("nothing", b"", "gzip", "cut off"), ("the header alone", GZIPPED[:10], "gzip", "cut off"),
       ("a second member cut", GZIPPED + GZIPPED[:-3], "gzip", "cut off"),
       ("another checksum", GZIPPED[:-8] + bytes(4) + GZIPPED[-4:], "gzip", "damaged"),
       ("another length", GZIPPED[:-4] + bytes(4), "gzip", "damaged"),
       ("more behind it", GZIPPED + b"apiVersion: v1", "gzip", "damaged"), ("no gzip", BODY, "gzip", "damaged"),
       ("another coding", GZIPPED, "br", "another coding"), ("two codings", GZIPPED, "gzip, gzip", "another coding"))
def t_fed_03_packed_bodies_have_an_end(packed, coding, word):
    """Their length may be the one that was promised."""
    far = Hostile({"/x": whole(packed, Content_Encoding=coding)})
    answer = ask(far.named("good.test") + "/x", gzip=1)
    equal(answer["error"], "upstream_error")
    contains(answer["detail"], word)


@test
def packed_bytes_stay_where_nobody_asked_for_them():
    packed = gzip.compress(BODY)
    far = Hostile({"/x.tgz": whole(packed, Content_Encoding="gzip")})
    answer = ask(far.named("good.test") + "/x.tgz")
    equal(answer["digest"], hashlib.sha256(packed).hexdigest())


@test
def nothing_is_new():
    far = Hostile({"/x": lambda r: response(b"", 304, ETag='"1"', Content_Length=None)
                   if r.headers.get("if-none-match") == '"1"' and "if-modified-since" in r.headers
                   else response(BODY)})
    answer = ask(far.named("good.test") + "/x", etag='"1"', modified="Fri, 20 Nov 2026 00:00:00 GMT")
    equal((answer["status"], answer["bytes"], answer["digest"], answer["etag"]), (304, 0, NO_BODY, '"1"'))


@test
def other_methods():
    far = Hostile({"/x": lambda r: response(r.body) if r.method == "POST" else
                   response(b"", Content_Length="99999999", ETag='"1"')})
    answer = ask(far.named("good.test") + "/x", method="HEAD", max=10)
    equal((answer["status"], answer["bytes"], answer["etag"]), (200, 0, '"1"'))
    answer = ask(far.named("good.test") + "/x", method="POST", body="a=b", header="Content-Type: x/y")
    equal((answer["status"], answer["body"]), (200, "a=b"))
    equal((far.seen[1].headers["content-type"], "expect" in far.seen[1].headers), ("x/y", False))


@test
def connections_stay_for_who_may_use_them():
    far = Hostile({"/x": whole(BODY)})
    for answer in ask(far.url + "/x", private=1, times=3):
        whole_body(answer)
    equal((len(far.seen), far.links), (3, 1))
    errors = [a["error"] for a in ask(far.named("inside.test") + "/x", private=1, times=4, alternate=1)]
    equal(errors, ["", "address_refused"] * 2)
    equal((len(far.seen), far.links), (5, 2))


# ---- T-FED-01: down, broken TLS, refusals ----

@test
def t_fed_01_down():
    refused(ask(f"http://good.test:{free_port()}/?secret"), "upstream_error", "Failed to connect to good.test port ")
    for answer in ask("http://nobody.test/?secret", times=3):    # libcurl keeps something of each try
        refused(answer, "upstream_error", "Could not resolve host: nobody.test")
        equal(answer["detail"].count("nobody.test"), 1, answer)


@table(*((str(status), status) for status in (204, 400, 401, 403, 404, 429, 500, 503)))
def t_fed_01_t_fed_03_status(status):
    far = Hostile({"/x": whole(b"" if status == 204 else b"no", status)})
    equal(ask(far.named("good.test") + "/x")["status"], status)
    equal(len(far.seen), 1)


def in_an_hour(seconds=3600):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@table(("seconds", "120", 120, 120), ("date", None, 3500, 3600), ("past", in_an_hour(-3600), 0, 0),
       ("years", "99999999999", 86400, 86400), ("too many digits", "9" * 400, 0, 0), ("negative", "-5", 0, 0),
       ("none", "soon", 0, 0), ("zero", "0", 0, 0), ("far date", "Fri, 31 Dec 9999 23:59:59 GMT", 86400, 86400))
def t_fed_01_retry_after(value, least, most):
    far = Hostile({"/x": whole(b"", 429, Retry_After=value or in_an_hour())})
    assert least <= ask(far.named("good.test") + "/x")["retry_after"] <= most


@table(("closed", b""), ("reset in the header", b"HTTP/1.1 200 OK\r\nContent-Le"),
       ("another protocol", b"SSH-2.0-x\r\n"),
       ("HTTP/0.9", b"<html>"), ("HTTP/9", b"HTTP/9.9 200 OK\r\n\r\n"),
       ("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: x\r\n\r\nhello"),
       ("bad chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello"))
def t_fed_01_no_http(sent):
    far = Hostile({"/x": lambda r: [sent]})
    refused(ask(far.named("good.test") + "/x?secret"), "upstream_error", "good.test: ")


def secure(answers, made=authority, name="server", folder=None, clients=None):
    """A server over TLS, and the file of the certificate that vouches for it."""
    folder = folder or temporary()
    certificate, key = made(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if clients:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(clients)
    return Hostile(answers, context), certificate


@test
def t_fed_01_certificates():
    far, certificate = secure({"/x": whole(BODY)})
    old, old_certificate = secure({"/x": whole(BODY)}, expired)
    whole_body(ask(far.url + "/x", private=1, ca=certificate))
    refused(ask(far.url + "/x", private=1), "upstream_error", "SSL certificate problem")
    refused(ask(far.named("good.test") + "/x", ca=certificate), "upstream_error", "subject name matches")
    refused(ask(old.url + "/x", private=1, ca=old_certificate), "upstream_error", "expired")
    refused(ask(far.url + "/x", private=1, ca=old_certificate), "upstream_error", "SSL certificate problem")
    refused(ask(far.url + "/x", private=1, ca="/nowhere/secret"), "upstream_error", "CA cert")
    refused(ask(far.url.replace("https", "http") + "/x", private=1), "upstream_error")
    equal((len(far.seen), len(old.seen)), (1, 0))
    plain = Hostile({"/x": whole(BODY)})
    refused(ask(plain.url.replace("http", "https") + "/x", private=1), "upstream_error")


# ---- T-FED-02: too much, too slow ----

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = HEAD + b"Content-Encoding: gzip\r\n"


def for_ever(first, piece, pause=0.0):
    def answer(_):
        yield first
        while True:
            yield piece
            if pause:
                yield pause
    return answer


GZIP_HEAD, EMPTY_BLOCK = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x00\x00\x00\xff\xff"
MUCH = {
    "endless body": for_ever(HEAD + b"\r\n", b"x" * 65536),
    "endless chunks": for_ever(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "10 GB stated": lambda r: [HEAD + b"Content-Length: 10000000000\r\n\r\n", 30],
    "more than stated by 1": lambda r: [HEAD + b"Content-Length: 1000001\r\n\r\n", 30],
    "1 MB of headers": lambda r: [HEAD, b"X-A: b\r\n" * 131072, b"\r\n"],
    "a header of 1 MB": lambda r: [HEAD, b"X-A: " + b"b" * MIB + b"\r\n\r\n"],
    "headers without end": for_ever(HEAD, b"X-A: b\r\n" * 1000),
    "100 Continue without end": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "trailers without end": for_ever(CHUNKED + b"1\r\nx\r\n0\r\n", b"X-A: b\r\n" * 1000),
    "gzip bomb": bomb(256),
    "gzip of nothing without end": for_ever(PACKED + b"\r\n" + GZIP_HEAD, EMPTY_BLOCK * 10000),
    "redirect with an endless header": for_ever(b"HTTP/1.1 302 Found\r\nLocation: /y\r\n", b"X-A: b\r\n" * 1000),
}


@table(*((name, name) for name in MUCH))
def t_fed_02_too_much(name):
    far = Hostile({"/x": MUCH[name], "/y": whole(BODY)})
    target = temporary() / "body"
    answer = ask(far.named("good.test") + "/x?secret", gzip=1, file=target)
    refused(answer, "too_large", "good.test: ")
    assert target.stat().st_size <= 1000000
    equal(len(far.seen), 1)


@test
def t_fed_02_memory_stays_flat():
    far = Hostile({"/x": MUCH["endless chunks"]})
    refused(ask(far.named("good.test") + "/x", file=temporary() / "body", max=200 * MIB), "too_large")
    if not SANITIZED:
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 48 * 1024


PAGE = b"<p>There is nothing here.</p>" * 50000
LONG_PAGES = {
    "with its length": whole(PAGE, 404),
    "without it": lambda r: [b"HTTP/1.1 404 Not Found\r\n\r\n" + PAGE],
    "packed": whole(gzip.compress(PAGE), 404, Content_Encoding="gzip"),
    "packed to more than there may be": whole(gzip.compress(bytes(range(256)) * 8000, 0), 404, Content_Encoding="gzip"),
    "without end": for_ever(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n", b"x" * 65536),
}


@table(*((name, name) for name in LONG_PAGES))
def an_error_with_a_long_page_is_told_by_its_status(name):
    for options in {}, {"file": temporary() / "body"}:
        far = Hostile({"/x": LONG_PAGES[name]})
        answer = ask(far.named("good.test") + "/x", gzip=1, **options)
        equal((answer["error"], answer["bytes"]), ("", 1000000))
        equal((answer["status"], answer["retry_after"]), (503, 7) if name == "without end" else (404, 0))
        equal(len(far.seen), 1)


SLOW = {
    "nothing": lambda r: [60],
    "a byte each second": for_ever(HEAD + b"\r\n", b"x", 1),
    "header by header": for_ever(HEAD, b"X-A: b\r\n", 0.5),
    "a header letter by letter": for_ever(HEAD + b"X-A: ", b"b", 0.5),
    "an endless redirect": lambda r: [b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", 60],
    "a kilobyte each second": for_ever(HEAD + b"\r\n", b"x" * 1024, 1),
}


@table(*((name, name) for name in SLOW))
def t_fed_02_too_slow(name):
    far = Hostile({"/x": SLOW[name]})
    answer = ask(far.named("good.test") + "/x?secret", seconds=3)
    refused(answer, "upstream_error", "good.test: ")
    assert 2500 <= answer["ms"] < SOON_MS, answer


@test
def t_fed_02_names_without_an_answer():
    answer = ask("http://hang.test/x?secret", seconds=60)
    refused(answer, "upstream_error", "hang.test: ")
    assert answer["ms"] < SOON_MS, answer


@test
def t_fed_02_a_redirect_with_an_endless_body():
    far = Hostile({"/x": for_ever(b"HTTP/1.1 302 Found\r\nLocation: /y\r\n\r\n", b"x" * 65536), "/y": whole(BODY)})
    whole_body(ask(far.named("good.test") + "/x"))


# ---- T-FED-03: cut short ----

@table(("shorter than stated", lambda r: [HEAD + b"Content-Length: 38000\r\n\r\n", BODY[:999]]),
       ("no last chunk", lambda r: [CHUNKED + b"5\r\nhello\r\n"]),
       ("half a chunk", lambda r: [CHUNKED + b"50\r\nhello"]),
       ("no gzip", lambda r: [PACKED + b"\r\n<html>"]),
       ("damaged gzip", lambda r: [PACKED + b"\r\n" + gzip.compress(BODY)[:-8] + b"12345678"]),
       ("unknown coding", lambda r: [HEAD + b"Content-Encoding: x-y\r\n\r\nhello"]))
def t_fed_03_cut_short(answer):
    far = Hostile({"/x": answer})
    refused(ask(far.named("good.test") + "/x?secret", gzip=1), "upstream_error", "good.test: ")
    assert len(far.seen) <= 2


def breaking(cuts, etag='"1"', modified=None, date=True, **other):
    """A server that knows ranges and breaks off each time after so many bytes; behind that it is whole.
    `other` changes what it says to a Range."""
    left = list(cuts)
    now = in_an_hour(0)
    named = {"ETag": etag, "Last_Modified": now if modified == "now" else modified, "Date": now if date else None}

    def answer(request):
        asked = request.headers.get("range")
        first = int(asked[len("bytes="):-1]) if asked else 0
        head = {**named, **{k: v(first) if callable(v) else v for k, v in other.items() if asked}}
        status = head.pop("status", 206 if asked else 200)
        if status == 206 and "Content_Range" not in head:
            head["Content_Range"] = f"bytes {first}-{len(BODY) - 1}/{len(BODY)}"
        rest = BODY[first:] if status == 206 else BODY
        whole_answer = response(rest, status, **head)
        cut = left.pop(0) if left else None
        if cut is None:
            return whole_answer
        pieces = whole_answer[:len(whole_answer) - len(rest) + int(cut)]
        return [pieces] if isinstance(cut, int) else [pieces, 30]      # 1000.0 stalls where 1000 closes
    return answer


YESTERDAY = in_an_hour(-86400)
GOES_ON = {
    "once": (lambda: breaking([1000]), [None, 1000], '"1"'),
    "five times": (lambda: breaking([1000] * 5), [None, 1000, 2000, 3000, 4000, 5000], '"1"'),
    "a stall": (lambda: breaking([1000.0]), [None, 1000], '"1"'),
    "without a byte": (lambda: breaking([1000, 0, 5]), [None, 1000, 1000, 1005], '"1"'),
    "by date": (lambda: breaking([1000], etag=None, modified=YESTERDAY), [None, 1000], YESTERDAY),
    "before the first byte": (lambda: breaking([0]), [None, None], None),
    "weak ETag": (lambda: breaking([1000], etag='W/"1"', modified=YESTERDAY), [None, None], None),
    "fresh date": (lambda: breaking([1000], etag=None, modified="now"), [None, None], None),
    "date without Date": (lambda: breaking([1000], etag=None, modified=YESTERDAY, date=False), [None, None], None),
    "nothing to go by": (lambda: breaking([1000], etag=None), [None, None], None),
    "no ranges": (lambda: breaking([1000, 2000], status=200), [None, 1000, 2000], '"1"'),
    "rotating ETag": (lambda: breaking([1000, 2000], status=200, ETag=lambda first: f'"{first}"'),
                      [None, 1000, 2000], '"1000"'),
}


@table(*((name, name) for name in GOES_ON))
def t_fed_03_goes_on(name):
    behaviour, ranges, validator = GOES_ON[name]
    for options in ({}, {"file": temporary() / "body"}):
        far = Hostile({"/x": behaviour()})
        got = ask(far.named("good.test") + "/x", seconds=6, **options)
        whole_body(got)
        equal(options["file"].read_bytes() if options else got["body"].encode(), BODY)
        equal([r.headers.get("range") for r in far.seen],
              [None if first is None else f"bytes={first}-" for first in ranges])
        equal(far.seen[-1].headers.get("if-range"), validator)


@table(("another part", {"Content_Range": f"bytes 999-{len(BODY) - 1}/{len(BODY)}"}),
       ("another size", {"Content_Range": f"bytes 1000-{len(BODY)}/{len(BODY) + 1}"}),
       ("less than the rest", {"Content_Range": f"bytes 1000-1999/{len(BODY)}"}),
       ("nobody knows how much", {"Content_Range": f"bytes 1000-{len(BODY) - 1}/*"}),
       ("no Content-Range", {"Content_Range": None}), ("nonsense", {"Content_Range": "bytes=1000-"}),
       ("another ETag", {"ETag": '"2"'}), ("no ETag", {"ETag": None}), ("another coding", {"Content_Encoding": "gzip"}),
       ("416", {"status": 416}), ("500", {"status": 500}), ("304", {"status": 304}), ("204", {"status": 204}))
def t_fed_03_does_not_go_on(other):
    far = Hostile({"/x": breaking([1000], **other)})
    refused(ask(far.named("good.test") + "/x?secret", gzip=1), "upstream_error", "good.test: ")
    equal([r.headers.get("range") for r in far.seen], [None, "bytes=1000-"])


@test
def t_fed_03_breaks_too_often():
    far = Hostile({"/x": breaking([1000] * 9)})
    refused(ask(far.named("good.test") + "/x", seconds=10), "upstream_error", "good.test: ")
    equal(len(far.seen), 6)
    far = Hostile({"/x": breaking([1000] * 9, status=200)})
    refused(ask(far.named("good.test") + "/x", seconds=10), "upstream_error", "good.test: ")
    equal(len(far.seen), 6)


@test
def t_fed_03_goes_on_to_the_limit():
    far = Hostile({"/x": breaking([1000, 1000, len(BODY) - 2000], Content_Length=None)})
    whole_body(ask(far.named("good.test") + "/x", max=len(BODY)))
    last = response(b"x" * 40, 206, ETag='"1"', Content_Range="bytes 80-119/120")
    stated = [HEAD + b'ETag: "1"\r\nContent-Length: 90\r\n\r\n', b"x" * 80]
    far = Hostile({"/x": lambda r: last if "range" in r.headers else stated})
    refused(ask(far.named("good.test") + "/x", max=100), "upstream_error", "something else")
    chunk = [HEAD + b'ETag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n' + b"x" * 80 + b"\r\n"]
    far = Hostile({"/x": lambda r: last if "range" in r.headers else chunk})
    refused(ask(far.named("good.test") + "/x", max=100), "too_large")


@test
def t_fed_03_begins_a_packed_body_anew_as_it_is():
    packed, left = gzip.compress(BODY), [1, 0]
    plain = breaking([1000])

    def answer(request):
        if left and left.pop(0):
            return [HEAD + b'ETag: "p"\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n' % len(packed),
                    packed[:len(packed) // 2]]
        return plain(request)
    far = Hostile({"/x": answer})
    target = temporary() / "body"
    whole_body(ask(far.named("good.test") + "/x", gzip=1, file=target))
    equal(target.read_bytes(), BODY)
    equal([(r.headers["accept-encoding"], r.headers.get("range")) for r in far.seen],
          [("gzip", None), ("identity", None), ("identity", "bytes=1000-")])


@test
def t_fed_03_no_other_body_goes_on():
    far = Hostile({"/x": lambda r: [b'HTTP/1.1 404 No\r\nETag: "1"\r\nContent-Length: 9\r\n\r\nhello']})
    refused(ask(far.named("good.test") + "/x"), "upstream_error")
    refused(ask(far.named("good.test") + "/x", method="POST"), "upstream_error")
    equal(len(far.seen), 2)


# ---- T-FED-04, T-FED-10, T-FED-11: elsewhere ----

@table(*((f"{hops} hops", hops) for hops in (1, 2, 3, 4)))
def t_fed_04_redirects(hops):
    codes = (301, 302, 303, 307, 308)
    chain = {f"/{n}": redirect(f"{n - 1}?a=b#c", codes[n]) for n in range(1, hops + 1)}
    far = Hostile({**chain, "/0": whole(BODY)})
    for method in ("GET", "HEAD"):
        answer = ask(far.named("good.test") + f"/{hops}", method=method)
        if hops > 3:
            refused(answer, "upstream_error", "good.test: more than 3 redirects")
        else:
            equal((answer["error"], answer["status"]), ("", 200), answer["detail"])
            equal((answer["url"], answer["same_origin"]), (far.named("good.test") + "/0?a=b", 1))


@test
def t_fed_04_a_loop():
    far = Hostile({"/x": redirect("/y"), "/y": redirect("/x")})
    refused(ask(far.named("good.test") + "/x"), "upstream_error", "more than 3 redirects")
    equal(far.paths(), ["/x", "/y", "/x", "/y"])


@test
def t_fed_04_no_redirect():
    far = Hostile({"/x": redirect("/y", 307), "/y": whole(BODY), "/z": whole(b"z", 302), "/n": redirect("/y", 300)})
    answer = ask(far.named("good.test") + "/x", method="POST", body="a")
    equal((answer["status"], answer["body"]), (307, "elsewhere"))
    contains(answer["headers"], ["Location", "/y"])
    equal(ask(far.named("good.test") + "/z")["status"], 302)
    equal(ask(far.named("good.test") + "/n")["status"], 300)


@table(*((to, to) for to in (
    "file:///etc/passwd", "gopher://evil.test/", "ftp://evil.test/", "dict://127.0.0.1:11211/", "data:,x",
    "javascript:x", "http://secret@evil.test/", "//u:secret@evil.test/", "http://evil.test:22/",
    "http://evil.test\\@x/", "\\\\evil.test/", "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/",
    "http://meta.test/",
    "http://127.0.0.1:PORT/y", "//127.0.0.1:PORT/y", "http://2130706433:PORT/y", "http://0x7f.1:PORT/y",
    "http://[::ffff:127.0.0.1]:PORT/y", "http://[::1]:PORT/y", "http://0.0.0.0:PORT/y", "http://localhost:PORT/y",
    "http://inside.test:PORT/y", "http://both.test:PORT/y", "http://six.test:PORT/y", "http://mapped.test:PORT/y",
    "http://ten.test:PORT/y", "http://[fe80::1]:PORT/y", "http://100.64.0.1:PORT/y", "http://h" + "x" * 9000)))
def t_fed_04_t_ssrf_01_redirect_to(to):
    far = Hostile({"/y": whole(BODY)})
    far.answers["/x"] = redirect(to.replace("PORT", str(far.port)))
    answer = ask(far.named("good.test") + "/x")
    refused(answer, "address_refused")
    equal(far.paths(), ["/x"])


@test
def t_fed_04_from_https_to_http():
    far, certificate = secure({"/x": lambda r: redirect(plain.url + "/y")(r), "/z": redirect("/x")})
    plain = Hostile({"/y": whole(BODY), "/up": redirect(far.url + "/s")})
    far.answers["/s"] = whole(BODY)
    for path in ("/x", "/z"):
        refused(ask(far.url + path, private=1, ca=certificate), "address_refused", "from https to http")
    equal(plain.seen, [])
    whole_body(ask(plain.url + "/up", private=1, ca=certificate))


MINE = {"authorization", "x-api-key", "x-secret", "cookie"}


@table(("Basic", {"user": "carol", "password": "hu:sh"}, "Basic Y2Fyb2w6aHU6c2g="),
       ("bearer", {"bearer": "hush"}, "Bearer hush"), ("header", {"secret": "X-Secret: hush"}, None))
def t_fed_04_t_fed_11_credentials_stay(options, expected):
    other = Hostile({"/y": whole(BODY)})
    far = Hostile({"/x": redirect(other.named("evil.test") + "/y"), "/same": redirect("/y"), "/y": whole(BODY),
                   "/back": redirect(other.named("evil.test") + "/back")})
    other.answers["/back"] = redirect(far.named("good.test") + "/y")
    headers = ["X-Api-Key: hush", "Accept: a/b", "Cookie: hush", "Via: 1.1 me"]
    origin = far.named("GOOD.test.")
    answer = ask(far.named("good.test") + "/x", origin=origin, header=headers, **options)
    whole_body(answer)
    equal(answer["same_origin"], 0)
    equal(far.seen[0].headers.get("authorization"), expected)
    equal(far.seen[0].headers.get("x-api-key"), "hush")
    equal(far.seen[0].headers.get("x-secret"), None if expected else "hush")
    (request,) = other.seen
    equal(set(request.headers), {"host", "user-agent", "accept", "via"})
    whole_body(ask(far.named("good.test") + "/same", origin=origin, header=headers, **options))
    equal(far.seen[-1].headers.get("authorization"), expected)
    equal(far.seen[-1].headers.get("cookie"), "hush")
    whole_body(ask(far.named("good.test") + "/back", origin=origin, header=headers, **options))
    equal(set(other.seen[-1].headers), {"host", "user-agent", "accept", "via"})


@table(("another host", "evil.test", None), ("another port", "good.test", 1), ("a part of the name", "ood.test", None),
       ("more than the name", "good.test.evil.test", None), ("none", None, None))
def t_fed_10_another_place(name, port):
    far = Hostile({"/x": whole(BODY)})
    origin = {"origin": f"http://{name}:{far.port + (port or 0)}"} if name else {}
    whole_body(ask(far.named("good.test") + "/x", user="carol", password="hush", bearer="hush", secret="X-Secret: hush",
                   **origin))
    assert not MINE & set(far.seen[0].headers), far.seen


@test
def t_fed_04_certificates_stay():
    folder = temporary()
    authority(folder, "ca")
    certificate, key = client(folder, "mirror", by="ca")
    far, trusted = secure({"/y": whole(BODY)}, clients=folder / "ca.pem", folder=folder)
    other, _ = secure({"/y": whole(BODY)}, lambda *_: (trusted, trusted.with_suffix(".key")), clients=folder / "ca.pem")
    far.answers["/x"] = redirect(other.url + "/y")
    options = {"private": 1, "ca": trusted, "certificate": certificate, "key": key, "origin": far.url}
    whole_body(ask(far.url + "/x", **options))
    whole_body(ask(other.url + "/y", **options))
    equal([bool(r.peer) for r in (*far.seen, *other.seen)], [True, False, False])
    refused(ask(far.url + "/x", **{**options, "key": "/nowhere/secret"}), "upstream_error", "certificate")


# ---- T-SSRF: addresses ----

@table(*((name, name, error) for name, error in (
    ("good.test", ""), ("mixed.test", ""), ("inside.test", "address_refused"), ("ten.test", "address_refused"),
    ("both.test", "address_refused"), ("six.test", "address_refused"), ("mapped.test", "address_refused"),
    ("meta.test", "address_refused"), ("127.0.0.1", "address_refused"), ("127.1", "address_refused"))))
def t_ssrf_01_t_ssrf_02_names(name, error):
    far = Hostile({"/x": whole(BODY)})
    equal(ask(far.named(name) + "/x")["error"], error)
    equal(len(far.seen), 0 if error else 1)
    if name in ("inside.test", "ten.test", "127.1"):
        whole_body(ask(far.named(name) + "/x", private=1))
    if name == "meta.test":
        refused(ask(far.named(name) + "/x", private=1), "address_refused", "meta.test: address not allowed")


@test
def t_ssrf_02_rebinding():
    """Who looks while the other is on its way is told another address, which is refused; who looks later may
    go where the first one went, for that was judged."""
    for _ in range(TRIES):
        far = Hostile({"/x": lambda r: [response(BODY, Connection="close"), 0.3]})
        errors = sorted(answer["error"] for answer in ask(far.named("rebind.test") + "/x", at_once=2))
        equal(len(far.seen), errors.count(""))
        if errors == ["", "address_refused"]:
            return
        equal(errors, ["", ""])
    raise AssertionError("the name was never looked up twice")


@test
def t_ssrf_06_the_environment_has_no_say():
    far, certificate = secure({"/x": whole(BODY)})
    home, log = temporary(), temporary() / "keys"
    (home / ".netrc").write_text("default login carol password hush\n")
    (home / ".curlrc").write_text("insecure\n")
    nowhere = f"http://127.0.0.1:{free_port()}"
    env = {**{name: nowhere for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")},
           "SSLKEYLOGFILE": log, "HOME": home, "NETRC": home / ".netrc", "CURL_HOME": home,
           "CURL_CA_BUNDLE": certificate,
           "SSL_CERT_FILE": certificate, "SSL_CERT_DIR": certificate.parent}
    env = {name: str(value) for name, value in env.items()}
    whole_body(ask(far.url + "/x", env, private=1, ca=certificate))
    assert "authorization" not in far.seen[0].headers and not log.exists()
    refused(ask(far.url + "/x", env, private=1), "upstream_error", "SSL certificate problem")
    plain = Hostile({"/x": whole(BODY)})
    whole_body(ask(plain.named("good.test") + "/x", env))
    proxy = Hostile({"*": whole(BODY)})
    whole_body(ask(plain.named("good.test") + "/x", {**env, "no_proxy": "*", "NO_PROXY": "*"}, proxy=proxy.url))
    equal((len(plain.seen), len(proxy.seen)), (1, 1))


@test
def a_proxy_that_is_asked_for():
    far, certificate = secure({"/x": whole(BODY)})
    proxy = Hostile({"*": whole(BODY)})
    answer = ask("http://good.test/x?q", proxy=proxy.url.replace("://", "://carol:hush@"))
    whole_body(answer)
    equal((proxy.seen[0].path, proxy.seen[0].headers["proxy-authorization"]),
          ("http://good.test/x?q", "Basic Y2Fyb2w6aHVzaA=="))
    whole_body(ask(far.url + "/x", proxy=proxy.url, ca=certificate, private=1, origin=far.url, bearer="hush"))
    equal((proxy.seen[1].method, "authorization" in proxy.seen[1].headers), ("CONNECT", False))
    equal(far.seen[0].headers["authorization"], "Bearer hush")
    for host in ("127.0.0.1", "localhost", "a.localhost", "[::1]", "169.254.169.254"):
        refused(ask(f"http://{host}:{far.port}/x", proxy=proxy.url), "address_refused", "address not allowed")
    refused(ask("http://169.254.169.254/x", proxy=proxy.url, private=1), "address_refused", "address not allowed")
    proxy.answers["*"] = redirect("http://127.0.0.1/y")
    refused(ask("http://good.test/x", proxy=proxy.url), "address_refused", "127.0.0.1: address not allowed")
    equal(len(proxy.seen), 3)
    refused(ask("http://good.test/x", proxy=f"http://127.0.0.1:{free_port()}"), "upstream_error", "good.test: ")


# ---- how many, and the end ----

@test
def few_at_a_time():
    far = Hostile({"/x": lambda r: [0.2, response(BODY)]})
    answers = ask(far.named("good.test") + "/x", at_once=12)
    for answer in answers:
        whole_body(answer)
    equal((len(far.seen), far.busiest), (12, 4))
    assert max(a["ms"] for a in answers) >= 600


@test
def who_waits_has_a_deadline():
    far = Hostile({"/x": for_ever(HEAD + b"\r\n", b"x" * 100, 0.1)})
    answers = ask(far.named("good.test") + "/x", at_once=10, seconds=5)
    equal({a["error"] for a in answers}, {"upstream_error"})
    assert all(a["ms"] < 14_000 for a in answers), answers   # one after the other: 15 seconds
    assert len(far.seen) >= 4, len(far.seen)     # of those that had a place, some began anew


@table(("nothing", lambda r: [60]), ("a byte each 0.1 s", for_ever(HEAD + b"\r\n", b"x", 0.1)),
       ("much", for_ever(HEAD + b"\r\n", b"x" * 65536, 0.002)), ("a break", lambda r: breaking([1000.0] * 9)(r)))
def the_end_of_the_server(answer):
    far = Hostile({"/x": answer})
    answers = ask(far.named("good.test") + "/x", at_once=8, stop_after_ms=400, max=10 ** 12, times=2,
                  file=temporary() / "body")
    equal({a["error"] for a in answers}, {"shutting_down"})
    assert all(a["ms"] < SOON_MS for a in answers), answers
    assert len(far.seen) <= 4


@test
def who_asks_may_give_up():
    far = Hostile({"/x": for_ever(HEAD + b"Content-Length: 900000\r\n\r\n", b"x" * 100, 0.01)})
    answer = ask(far.named("good.test") + "/x", give_up_at=1000)
    refused(answer, "shutting_down", "good.test: given up")
    assert answer["told"] >= 1000 and answer["told_total"] == 900000, answer


if __name__ == "__main__":
    main()
