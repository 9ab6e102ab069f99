"""Bad input: the right status and a clear message, the connection closed, nothing at any backend."""

import os

import pytest

from stage import Stage, assert_refusal, closing, rows
from support import PASSWORD, request, wait_until, websocket_request

AUTH = f"Authorization: {PASSWORD}\r\n".encode()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("bad"))
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def post(headers, body=b"", line=b"POST /v4/x HTTP/1.1"):
    """A request with good credentials and the header lines given raw."""
    return line + b"\r\nHost: x\r\n" + AUTH + headers + b"\r\n" + body


def lines(count):
    """As many headers as given, with Host and Authorization."""
    return post(b"".join(b"X-%d: y\r\n" % i for i in range(count - 2)), line=b"GET /v4/x HTTP/1.1")


def sized(size):
    """A GET whose head has exactly `size` bytes."""
    short = post(b"X-Long: \r\n", line=b"GET /v4/x HTTP/1.1")
    return post(b"X-Long: " + b"y" * (size - len(short)) + b"\r\n", line=b"GET /v4/x HTTP/1.1")


CL3 = b"Content-Length: 3\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNK = b"3\r\nabc\r\n0\r\n\r\n"

# Name, bytes, status. The first part is the table of what the packaged parser lets through and what not.
REFUSED = [
    ("length and chunked", post(CL3 + CHUNKED, CHUNK), 400),
    ("chunked and length", post(CHUNKED + CL3, CHUNK), 400),
    ("length twice, same", post(CL3 + CL3, b"abc"), 400),
    ("length twice, different", post(CL3 + b"Content-Length: 4\r\n", b"abcd"), 400),
    ("length list", post(b"Content-Length: 3, 3\r\n", b"abc"), 400),
    ("length with plus", post(b"Content-Length: +3\r\n", b"abc"), 400),
    ("length negative", post(b"Content-Length: -1\r\n", b"abc"), 400),
    ("length empty", post(b"Content-Length: \r\n", b"abc"), 400),
    ("length hexadecimal", post(b"Content-Length: 0x3\r\n", b"abc"), 400),
    ("length overflow", post(b"Content-Length: 18446744073709551617\r\n", b"abc"), 400),
    ("length very long", post(b"Content-Length: " + b"9" * 60 + b"\r\n", b"abc"), 400),
    ("xchunked", post(b"Transfer-Encoding: xchunked\r\n", CHUNK), (400, 501)),
    ("identity", post(b"Transfer-Encoding: identity\r\n", b"abc"), (400, 501)),
    ("chunked, identity", post(b"Transfer-Encoding: chunked, identity\r\n", CHUNK), (400, 501)),
    ("vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n", CHUNK), (400, 501)),
    ("chunked, then another", post(CHUNKED + b"Transfer-Encoding: identity\r\n", CHUNK), (400, 501)),
    ("space before colon, length", post(b"Content-Length : 3\r\n", b"abc"), 400),
    ("space before colon, auth", b"GET /v4/x HTTP/1.1\r\nHost: x\r\nAuthorization : " + PASSWORD.encode() + b"\r\n\r\n", 400),
    ("tab before colon", post(b"Content-Length\t: 3\r\n", b"abc"), 400),
    ("space in a name", post(b"Content Length: 3\r\n", b"abc"), 400),
    ("first line starts with space", b"GET /v4/x HTTP/1.1\r\n Host: x\r\n" + AUTH + b"\r\n", 400),
    ("fold", post(b"X-A: b\r\n c\r\n"), 400),
    ("fold with tab", post(b"X-A: b\r\n\tc\r\n"), 400),
    ("folded chunked", post(b"Transfer-Encoding:\r\n chunked\r\n", CHUNK), 400),
    ("LF behind the request line", b"GET /v4/x HTTP/1.1\nHost: x\r\n" + AUTH + b"\r\n", 400),
    ("LF behind a header", b"GET /v4/x HTTP/1.1\r\nHost: x\n" + AUTH + b"\r\n", 400),
    ("LF as the empty line", b"GET /v4/x HTTP/1.1\r\nHost: x\r\n" + AUTH + b"\n\r\n\r\n", 400),
    ("LF only", b"GET /v4/x HTTP/1.1\nHost: x\nAuthorization: " + PASSWORD.encode() + b"\n\n", 400),
    ("CR alone in a value", post(b"X-A: b\rc\r\n"), 400),
    ("CR CR LF", post(b"X-A: b\r\r\n"), 400),
    ("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", CHUNK), (400, 501)),
    ("chunked twice", post(CHUNKED + CHUNKED, CHUNK), (400, 501)),
    ("chunked on 1.0", post(CHUNKED, CHUNK, b"POST /v4/x HTTP/1.0"), 400),
    ("HTTP/0.9", post(b"", line=b"GET /v4/x HTTP/0.9"), 400),
    ("no version", b"GET /v4/x\r\n\r\n", 400),
    ("HTTP/1.2", post(b"", line=b"GET /v4/x HTTP/1.2"), 400),
    ("HTTP/9.9", post(b"", line=b"GET /v4/x HTTP/9.9"), 400),
    ("HTTP/1.10", post(b"", line=b"GET /v4/x HTTP/1.10"), 400),
    ("http/1.1", post(b"", line=b"GET /v4/x http/1.1"), 400),
    ("two spaces", post(b"", line=b"GET  /v4/x HTTP/1.1"), 400),
    ("two spaces behind the target", post(b"", line=b"GET /v4/x  HTTP/1.1"), 400),
    ("tab in the request line", post(b"", line=b"GET\t/v4/x HTTP/1.1"), 400),
    ("space in the target", post(b"", line=b"GET /v4/x y HTTP/1.1"), 400),
    ("two Host", post(b"Host: y\r\n"), 400),
    ("no Host", b"GET /v4/x HTTP/1.1\r\n" + AUTH + b"\r\n", 400),
    ("NUL in a value", post(b"X-A: b\0c\r\n"), 400),
    ("control byte in a value", post(b"X-A: b\x1b[2Jc\r\n"), 400),
    ("DEL in a value", post(b"X-A: b\x7fc\r\n"), 400),
    ("NUL in the target", post(b"", line=b"GET /v4/x\0 HTTP/1.1"), 400),
    ("control byte in the target", post(b"", line=b"GET /v4/\x01 HTTP/1.1"), 400),
    ("control byte in the method", post(b"", line=b"G\x01T /v4/x HTTP/1.1"), 400),
    ("empty name", post(b": x\r\n"), 400),
    ("no colon", post(b"X-A\r\n"), 400),
    ("8-bit name", post(b"X-\xff: y\r\n"), 400),
    ("brackets in a name", post(b"X(1): y\r\n"), 400),
    ("101 headers", lines(101), 431),
    ("1000 headers", lines(1000), 431),
    ("head of 16385 bytes", sized(16385), 431),
    ("90 KB header", post(b"X-A: " + b"z" * 90000 + b"\r\n"), 431),
    ("long target", post(b"", line=b"GET /v4/" + b"x" * 17000 + b" HTTP/1.1"), 431),
    ("CONNECT", post(b"", line=b"CONNECT backend:2333 HTTP/1.1"), (400, 501)),
    ("NUL-carrying password", b"GET /v4/x HTTP/1.1\r\nHost: x\r\nAuthorization: " + PASSWORD.encode() + b"\0\r\n\r\n", 400),
    ("NUL inside the password", b"GET /v4/x HTTP/1.1\r\nHost: x\r\nAuthorization: front\0password\r\n\r\n", 400),
    ("TLS client hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), 400),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 400),
    ("PROXY v1 from a stranger", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + request(target="/v4/x"), 400),
    ("PROXY v2 from a stranger", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\1\2\3\4\5\6\7\x08\0\1\0\2" + request(target="/v4/x"), 400),
    ("redis", b"*1\r\n$4\r\nINFO\r\n", 400),
    ("bytes", b"\xff\xfe\xfd" * 100, 400),
]


@rows("name, data, status", REFUSED)
@pytest.mark.parametrize("place", ["first", "second", "pipelined"])
def test_refused(stage, name, data, status, place):
    good = request(target="/v4/good")
    with stage.connect() as sock:
        if place == "second":
            assert sock.send(good).read_answer().status == 200
        try:
            sock.send(good + data if place == "pipelined" else data)
        except ConnectionError:
            pass  # closed before all of it was sent: the answer counts
        if place == "pipelined":
            assert sock.read_answer().status == 200
        assert_refusal(sock.read_answer(), status)
        assert sock.is_closed(), name
    if place == "first":
        stage.assert_untouched()
    else:
        assert [r.target for _, r in stage.requests] == [b"/v4/good"]


@rows("name, data", [
    ("100 headers", lines(100)),
    ("head of 16384 bytes", sized(16384)),
    ("8-bit value", post(b"X-A: gr\xc3\xb6\xc3\x9fe \xff\r\n")),
    ("empty line before", b"\r\n" + request(target="/v4/x")),
    ("tab around a value", post(b"X-A:\t b \t\r\n")),
    ("empty value", post(b"X-A:\r\n")),
    ("HTTP/1.0", post(b"", line=b"GET /v4/x HTTP/1.0")),
    ("1.0 without Host", b"GET /v4/x HTTP/1.0\r\n" + AUTH + b"\r\n"),
    ("odd name", post(b"X!#$%&'*+-.^_`|~: y\r\n")),
    ("leading zeros", post(b"Content-Length: 0003\r\n", b"abc")),
])
def test_accepted(stage, name, data):
    assert stage.ask(data).status == 200, name


# Chunk lines come behind the head: the head is at the backend, but no end of the body must ever be made up.

@rows("name, body", [
    ("LF in an extension", b"3;x\n\r\nabc\r\n0\r\n\r\n"),
    ("LF behind the size", b"3\nabc\r\n0\r\n\r\n"),
    ("junk for CRLF", b"3\r\nabcXX0\r\n\r\n"),
    ("no CRLF", b"3\r\nabc0\r\n\r\n"),
    ("more than announced", b"3\r\nabcdef\r\n0\r\n\r\n"),
    ("no number", b"x\r\nabc\r\n0\r\n\r\n"),
    ("negative", b"-3\r\nabc\r\n0\r\n\r\n"),
    ("0x", b"0x3\r\nabc\r\n0\r\n\r\n"),
    ("space before", b" 3\r\nabc\r\n0\r\n\r\n"),
    ("empty size", b"\r\nabc\r\n0\r\n\r\n"),
    ("overflow", b"ffffffffffffffff1\r\nabc\r\n0\r\n\r\n"),
    ("largest", b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
    ("long line", b"3;" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n"),
    ("control byte", b"3;\x01\r\nabc\r\n0\r\n\r\n"),
    ("long trailers", b"3\r\nabc\r\n0\r\n" + b"X-T: yyyy\r\n" * 1000 + b"\r\n"),
    ("LF in the trailers", b"3\r\nabc\r\n0\r\nX-A: b\n\r\n"),
])
def test_broken_chunks(stage, name, body):
    ended = []

    def backend(conn):
        conn.drain()
        ended.append(bytes(conn.received))

    stage.script(backend)
    with stage.connect() as sock:
        try:
            sock.send(post(CHUNKED, body) + request(target="/v4/smuggled"))
        except ConnectionError:
            pass
        assert_refusal(sock.read_answer(), 400)
        assert sock.is_closed(), name
    wait_until(lambda: len(ended) == len(stage.connections()))
    for got in ended:
        assert not got.endswith(b"0\r\n\r\n") and b"smuggled" not in got and b"X-T" not in got


# Passwords: missing, wrong, doubled, with NUL; on any request of a connection.

WRONG = ["wrong", PASSWORD + "x", PASSWORD[:-1], PASSWORD.upper(), "x" + PASSWORD, "", "Bearer", "Bearer ",
         "Bearer wrong", f"Bearer Bearer {PASSWORD}", f"Basic {PASSWORD}", f'"{PASSWORD}"', f"{PASSWORD}, {PASSWORD}",
         "x" * 10000]


@pytest.mark.parametrize("password", WRONG, ids=range(len(WRONG)))
@pytest.mark.parametrize("place", ["first", "second", "pipelined"])
def test_wrong_password(stage, password, place):
    good = request(target="/v4/good")
    with stage.connect() as sock:
        if place == "second":
            assert sock.send(good).read_answer().status == 200
        sock.send((good if place == "pipelined" else b"") + request("POST", "/v4/bad", body=b"x" * 10, password=password))
        if place == "pipelined":
            assert sock.read_answer().status == 200
        assert_refusal(sock.read_answer(), (401, 403) if not password.strip() else 403, "/v4/bad")
        assert sock.is_closed()
    if place == "first":
        stage.assert_untouched()
    else:
        assert [r.target for _, r in stage.requests] == [b"/v4/good"]


@pytest.mark.parametrize("place", ["first", "second", "pipelined"])
def test_missing_password(stage, place):
    good = request(target="/v4/good")
    with stage.connect() as sock:
        if place == "second":
            assert sock.send(good).read_answer().status == 200
        sock.send((good if place == "pipelined" else b"") + request(target="/v4/bad", password=None))
        if place == "pipelined":
            assert sock.read_answer().status == 200
        assert_refusal(sock.read_answer(), 401, "/v4/bad")
        assert sock.is_closed()
    assert all(r.target == b"/v4/good" for _, r in stage.requests)


@pytest.mark.parametrize("target", ["/", "/v3/websocket", "/v4/websocket"])
@pytest.mark.parametrize("password", [None, "wrong", PASSWORD + " x"])
def test_websocket_without_the_password(stage, target, password):
    with stage.connect() as sock:
        assert_refusal(sock.send(websocket_request(target=target, password=password)).read_answer(), 401, target)
        assert sock.is_closed()
    stage.assert_untouched()


def test_websocket_as_second_request_is_checked(stage):
    with stage.connect() as sock:
        assert sock.send(request(target="/v4/good")).read_answer().status == 200
        assert_refusal(sock.send(websocket_request(password="wrong")).read_answer(), 401)
        assert sock.is_closed()
    assert len(stage.requests) == 1


def test_password_is_checked_before_the_body(stage):
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Content-Length", "1000000000")], password="wrong"))
        assert_refusal(sock.read_answer(), 403)
        assert sock.is_closed()
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Transfer-Encoding", "chunked")], password=None) + b"garbage")
        assert_refusal(sock.read_answer(), 401)
        assert sock.is_closed()
    stage.assert_untouched()


def test_refusal_survives_what_is_sent_behind(stage):
    """The answer must not be lost in a reset because of bytes nobody read."""
    for _ in range(20):
        with stage.connect() as sock:
            try:
                sock.send(request("POST", "/v4/x", [("Content-Length", "40000")], b"", password="wrong") + b"x" * 40000)
            except ConnectionError:
                pass
            assert sock.read_answer().status == 403


def test_nothing_behind_connection_close_is_read(stage):
    with stage.connect() as sock:
        sock.send(request(target="/v4/last", headers=[("Connection", "close")]) + request(target="/v4/beyond"))
        answer = sock.read_answer()
        assert answer.status == 200 and answer.header("Connection").lower() == "close"
        assert sock.is_closed()
    assert [r.target for _, r in stage.requests] == [b"/v4/last"]


def test_nothing_behind_a_10_request_is_read(stage):
    with stage.connect() as sock:
        sock.send(b"GET /v4/last HTTP/1.0\r\n" + AUTH + b"\r\n" + request(target="/v4/beyond"))
        assert sock.read_answer().status == 200
        assert sock.is_closed()
    assert [r.target for _, r in stage.requests] == [b"/v4/last"]


def test_no_password_in_the_log(stage):
    stage.ask(request(target="/v4/x?secret-query=1", password="wrong-secret-1"))
    stage.ask(request(target="/v4/x?secret-query=2"))
    log = stage.proxy.log()
    for secret in ("wrong-secret-1", PASSWORD, "backend-password", "secret-query"):
        assert secret not in log


# What the network says stays text everywhere.

HOSTILE = b'"><script>alert(1)</script>\\u0000{"a":1} \xc2\x9b2J\x9b31m \xff\xfe gr\xc3\xbc\xc3\x9fe %s%n ${x} \xe2\x80\xae'


def test_hostile_names_stay_text(stage):
    with stage.connect() as sock:
        sock.send(websocket_request(headers=[("User-Agent", HOSTILE)], client_name=None)[:-2]
                  + b"Client-Name: " + HOSTILE + b"\r\n\r\n")
        assert sock.read_answer().status == 101
        assert stage.last.header("User-Agent") == HOSTILE and stage.last.header("Client-Name") == HOSTILE
        row = stage.proxy.connection_of(sock)
        wait_until(lambda: stage.proxy.connection_of(sock)["clientName"])
        row = stage.proxy.connection_of(sock)
        for text in (row["clientName"], row["userAgent"]):
            assert '"><script>alert(1)</script>\\u0000{"a":1}' in text
            assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text), text
    raw = stage.proxy.api("/api/connections")
    assert raw.header("Content-Type").startswith("application/json")
    assert all(byte >= 32 or byte in b"\r\n" for byte in raw.body)
    log = "".join(stage.proxy.lines)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in log if c not in "\t")


def test_control_bytes_never_reach_the_log(stage):
    answer = stage.ask(b"GET /v4/\x1b]0;owned\x07 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert_refusal(answer, 400)
    assert b"\x1b" not in answer.body
    assert "\x1b" not in stage.proxy.log() and "\x07" not in stage.proxy.log()


def test_random_bytes(stage):
    """Nothing random passes, and the proxy stands."""
    for i in range(40):
        with stage.connect() as sock:
            try:
                sock.send(os.urandom(50 + i * 20) + b"\r\n\r\n")
                assert 400 <= sock.read_answer().status < 500
            except ConnectionError:
                pass
    stage.script([(b"\r\n\r\n", closing())])
    assert stage.ask(request(target="/v4/x")).status == 200
