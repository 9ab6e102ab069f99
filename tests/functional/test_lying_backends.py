"""Backends that lie: 502, or a cut where the head is already out, and never a made-up end."""

import socket
import threading

import pytest

from stage import Stage, assert_refusal, closing, read_request, rows, switching
from support import ok, request, wait_until, websocket_request


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("lying"), config={"timeouts": {"response": "1s", "backend_wait": "1s"}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


OK = b"HTTP/1.1 200 OK\r\n"
BAD_HEADS = [
    ("garbage", b"\0\1\2\3garbage\r\n\r\n"),
    ("text", b"hello, I am no HTTP server\r\n\r\n"),
    ("TLS", b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
    ("HTTP/2", b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("HTTP/0.9", b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status word", b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"),
    ("status 99", b"HTTP/1.1 99 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status 1000", b"HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status 2000000000200", b"HTTP/1.1 2000000000200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("status -200", b"HTTP/1.1 -200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("no status", b"HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
    ("two lengths", OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
    ("length list", OK + b"Content-Length: 3, 4\r\n\r\nabc"),
    ("length and chunked", OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("negative length", OK + b"Content-Length: -3\r\n\r\nabc"),
    ("length overflow", OK + b"Content-Length: 99999999999999999999999\r\n\r\nabc"),
    ("length with letters", OK + b"Content-Length: 3x\r\n\r\nabc"),
    ("space before colon", OK + b"Content-Length : 3\r\n\r\nabc"),
    ("identity", OK + b"Transfer-Encoding: identity\r\n\r\nabc"),
    ("gzip, chunked", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("folded chunked", OK + b"Transfer-Encoding:\r\n chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
    ("bare LF", b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"),
    ("NUL in a value", OK + b"X-A: b\0c\r\nContent-Length: 0\r\n\r\n"),
    ("head of 90 KB", OK + b"X-A: " + b"z" * 90000 + b"\r\nContent-Length: 0\r\n\r\n"),
    ("200 headers", OK + b"".join(b"X-%d: y\r\n" % i for i in range(200)) + b"Content-Length: 0\r\n\r\n"),
    ("unasked 101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nowned"),
    ("half a head", OK + b"X-A: b"),
    ("nothing", b""),
]


@rows("name, data", BAD_HEADS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_heads_are_502(stage, name, data, method):
    stage.script([(b"\r\n\r\n", data)])
    with stage.connect() as sock:
        sock.send(request(method, "/v4/x", [("Content-Length", "0")]))
        answer = sock.read_answer()
        assert_refusal(answer, 502, "/v4/x")
        assert b"owned" not in answer.body and b"garbage" not in answer.body
    assert len(stage.connections()) == 1 or (method == "GET" and len(stage.connections()) <= 2), name


@pytest.mark.parametrize("headers", [
    b"", b"Connection: Upgrade\r\n", b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
])
def test_half_hearted_101_is_no_tunnel(stage, headers):
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n" + headers + b"\r\nowned")])
    with stage.connect() as sock:
        answer = sock.send(websocket_request()).read_answer()
        assert_refusal(answer, 503)
        assert answer.header("Retry-After")
        assert b"owned" not in sock.read_to_end()


def test_any_other_answer_to_a_websocket_is_an_answer(stage):
    """A v4 server answers a v3 handshake with 200 and an empty body."""
    def backend(conn):
        read_request(conn)
        conn.send(ok(b""))
        read_request(conn)
        conn.send(closing(b"second"))

    stage.script(backend)
    with stage.connect() as sock:
        answer = sock.send(websocket_request(target="/")).read_answer()
        assert (answer.status, answer.body) == (200, b"")
        assert sock.send(request(target="/v3/x")).read_answer().body == b"second"


CUT = [
    ("length, short", OK + b"Content-Length: 10\r\n\r\n12345"),
    ("length, no body", OK + b"Content-Length: 10\r\n\r\n"),
    ("chunked, no end", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n"),
    ("chunked, half a chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\n12345"),
    ("chunked, junk", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345XX0\r\n\r\n"),
    ("chunked, LF", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0;\n\r\n"),
    ("chunked, no number", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\nzz\r\n0\r\n\r\n"),
    ("chunked, no last line", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n"),
]


@rows("name, data", CUT)
def test_broken_bodies_are_cut(stage, name, data):
    """The client must see that it is not whole: the connection ends before the framing says so."""
    def backend(conn):
        conn.head()
        head, _, body = data.partition(b"\r\n\r\n")
        conn.send(head + b"\r\n\r\n")
        conn.send(body)

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        try:
            got = sock.read_to_end()
        except ConnectionResetError:
            return
        head, _, body = got.partition(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 502 "):
            return
        assert head.startswith(OK[:-2]), name
        if b"chunked" in head.lower():
            assert not body.endswith(b"0\r\n\r\n"), f"a made-up end: {got!r}"
        else:
            assert len(body) < 10


def test_broken_body_is_cut_for_http_10_by_a_reset(stage):
    """Without framing an orderly end would look like the whole answer."""
    def backend(conn):
        conn.head()
        conn.send(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n")
        stage.seen.wait(5)

    stage.seen = threading.Event()
    stage.script(backend)
    with stage.connect() as sock:
        sock.send(f"GET /v4/x HTTP/1.0\r\nAuthorization: {stage.proxy.password}\r\n\r\n".encode())
        sock.read_until(b"\r\n\r\n")
        assert sock.read_exact(5) == b"12345"
        stage.seen.set()
        with pytest.raises(ConnectionResetError):
            sock.read_to_end()


POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
BEYOND = [
    ("length", ok(b"first") + POISON),
    ("chunked", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n" + POISON),
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n" + POISON),
    ("204 with a length", b"HTTP/1.1 204 No Content\r\nContent-Length: 58\r\n\r\n" + POISON),
    ("304 with a length", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 58\r\n\r\n" + POISON),
]


@rows("name, data", BEYOND)
def test_bytes_beyond_the_answer_poison_nothing(stage, name, data):
    """Whatever becomes of the lying answer, the next request never gets the bytes behind it."""
    count = []

    def backend(conn):
        conn.head()
        count.append(1)
        if len(count) == 1:
            conn.send(data)
            conn.drain()
        else:
            conn.send(closing(b"second"))

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/first"))
        answer = sock.read_answer()
        assert answer.status in (200, 204, 304, 502)
        if answer.status == 200:
            assert answer.body == b"first"
        # A second request on the same connection where it stayed open, and one on a new one.
        try:
            sock.send(request(target="/v4/second"))
            again = sock.read_answer()
            assert again.body == b"second"
        except (EOFError, ConnectionError):
            pass
    assert stage.ask(request(target="/v4/third")).body == b"second"


def test_bytes_on_an_idle_backend_connection_poison_nothing(stage):
    """A connection in the pool that says something is thrown away."""
    there = threading.Event()

    def backend(conn):
        conn.head()
        conn.send(ok(b"first"))
        there.wait(5)
        conn.send(POISON)
        conn.drain()

    stage.script(backend)
    assert stage.ask(request(target="/v4/first")).body == b"first"
    there.set()
    first = stage.v4.wait_connection(0)
    assert first.closed.wait(5), "the proxy drops it"
    stage.script([(b"\r\n\r\n", closing(b"second"))])
    assert stage.ask(request("POST", "/v4/second", [("Content-Length", "0")])).body == b"second"


def test_silent_backend_is_504(stage):
    stage.script(lambda conn: conn.drain())
    with stage.connect() as sock:
        assert_refusal(sock.send(request(target="/v4/x?secret=1")).read_answer(), 504, path="/v4/x")
    with stage.connect() as sock:
        answer = sock.send(websocket_request()).read_answer()
        assert_refusal(answer, 503)
        assert int(answer.header("Retry-After")) > 0


def failures(stage):
    return sum(b["failures"] for b in stage.proxy.api("/api/health").json()["backendList"])


@rows("name, answer, status, words", [
    ("garbage", b"garbage\r\n\r\n", 502, "answer was broken"),
    ("password", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", 403, "is the password configured for it right?"),
])
def test_a_broken_word_is_told(stage, name, answer, status, words):
    """What a backend did wrong is counted beside it and stands in the log, in words."""
    before = failures(stage)
    stage.script([(b"\r\n\r\n", answer)])
    assert stage.ask(request(target="/v4/x")).status == status
    assert wait_until(lambda: failures(stage) > before, 5)
    # Events of one backend are gathered, so the second may take as long as a gathering.
    assert wait_until(lambda: words in stage.proxy.log(), 20), name


def test_interim_answers_without_end(stage):
    """1xx answers are not an answer: the clock goes on, memory does not grow."""
    def backend(conn):
        conn.head()
        while True:
            conn.send(b"HTTP/1.1 102 Processing\r\n\r\n")
            if conn.closed.wait(0.02):
                return

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        while (answer := sock.read_answer()).status == 102:
            pass
        assert_refusal(answer, 504)
    assert wait_until(lambda: not stage.v4.sockets, 5)


def test_refused_connect_is_502_or_503(stage):
    stage.v4.down()
    try:
        assert_refusal(stage.ask(request(target="/v4/x")), (502, 503))
    finally:
        stage.v4.start()
    wait_until(lambda: stage.ask(request(target="/v4/x")).status == 200, 10, "the backend's return")


def test_backend_resets_in_the_middle(stage):
    def backend(conn):
        conn.head()
        conn.send(OK + b"Content-Length: 1000\r\n\r\nhalf")
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        try:
            got = sock.read_to_end()
        except ConnectionResetError:
            got = b""
        assert len(got.partition(b"\r\n\r\n")[2]) < 1000


def test_101_then_reset(stage):
    def backend(conn):
        got = read_request(conn)
        conn.send(switching(got))
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(websocket_request())
        try:
            assert sock.read_to_end().startswith(b"HTTP/1.1 101 ")
        except ConnectionResetError:
            pass
