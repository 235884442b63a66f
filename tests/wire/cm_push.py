"""helm cm-push, byte for byte (chartmuseum.md, section 3.1)."""
import http.client

from wire import equal
from server import Response

BOUNDARY = "1b61c27dda06df5ae7267fe13e4007bc5333a74aaf4e8ddf14a48b315096"


def cm_push(running, path, archive, query="", login=None, pieces=(1 << 15,)):
    """What Go's client sends: no length, a chunk for each write of the form."""
    head = (f"POST {path}{query} HTTP/1.1\r\nHost: {running.host}:{running.port}\r\n"
            "User-Agent: Go-http-client/1.1\r\nTransfer-Encoding: chunked\r\n")
    if login:
        head += f"Authorization: {login['Authorization']}\r\n"
    head += (f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
             "Accept-Encoding: gzip\r\n\r\n")
    begin = (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"chart\"; "
             "filename=\"/var/folders/helm-push-1618185914/mychart-0.1.0.tgz\"\r\n"
             "Content-Type: application/octet-stream\r\n\r\n").encode()
    size = pieces[0]
    body = [begin, *(archive[at:at + size] for at in range(0, len(archive), size)),
            f"\r\n--{BOUNDARY}--\r\n".encode()]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in body) + b"0\r\n\r\n"
    with running.connect() as link:
        link.sendall(head.encode())
        link.sendall(chunks)
        answer = http.client.HTTPResponse(link)
        answer.begin()
        equal(answer.version, 11)
        return Response(answer.status, answer.headers, answer.read())
