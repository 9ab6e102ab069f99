"""Every clock of the schema, shortened by configuration."""

import socket
import threading
import time

import pytest

from stage import Stage, assert_refusal, closing
from support import patience, request, wait_until, websocket_request


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    limits = {"header": "1s", "idle": "1s", "response": "1s", "connect": "1s", "backend_wait": "1s"}
    made = Stage(tmp_path_factory.mktemp("timeouts"), config={"timeouts": limits})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def drip(sock, data, pause=0.05):
    """Sends byte by byte until refused or all is sent; the pauses are the attack."""
    for i in range(len(data)):
        try:
            sock.send(data[i:i + 1])
        except ConnectionError:
            return
        sock.sock.settimeout(pause)
        try:
            if not sock._more():
                return
            return
        except socket.timeout:
            pass
        finally:
            sock.sock.settimeout(patience(5))


def timed(sock, act, low, high):
    began = time.monotonic()
    act()
    answer = sock.read_answer()
    took = time.monotonic() - began
    assert low <= took <= high * patience(1), f"after {took:.2f} s"
    return answer


def test_dripped_head_is_408(stage):
    with stage.connect() as sock:
        answer = timed(sock, lambda: drip(sock, request(target="/v4/" + "x" * 500)), 0.9, 1.5)
        assert_refusal(answer, 408)
        assert sock.is_closed()
    stage.assert_untouched()


def test_half_a_head_is_408(stage):
    with stage.connect() as sock:
        answer = timed(sock, lambda: sock.send(b"GET /v4/x HTTP/1.1\r\nHost: x\r\n"), 0.9, 1.5)
        assert_refusal(answer, 408)
        assert sock.is_closed()


def test_dripped_second_head_is_408(stage):
    with stage.connect() as sock:
        assert sock.send(request(target="/v4/x")).read_answer().status == 200
        answer = timed(sock, lambda: drip(sock, request(target="/v4/" + "y" * 500)), 0.9, 2.5)
        assert_refusal(answer, 408)
        assert sock.is_closed()
    assert len(stage.requests) == 1


def test_connection_that_says_nothing_is_closed(stage):
    with stage.connect() as sock:
        began = time.monotonic()
        sock.sock.settimeout(patience(5))
        try:
            sock.read_to_end()
        except ConnectionResetError:
            pass
        assert 0.9 <= time.monotonic() - began <= 1.6 * patience(1)


def test_idle_connection_is_closed_without_a_word(stage):
    with stage.connect() as sock:
        assert sock.send(request(target="/v4/x")).read_answer().status == 200
        began = time.monotonic()
        assert sock.read_to_end() == b""
        assert 0.9 <= time.monotonic() - began <= 1.6 * patience(1)


def test_body_that_stops_is_ended(stage):
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Content-Length", "100")]) + b"half")
        try:
            answer = timed(sock, lambda: None, 0.9, 1.6)
            assert_refusal(answer, 408)
        except (EOFError, ConnectionError):
            pass
        assert wait_until(lambda: not stage.v4.sockets or all(c.closed.is_set() for c in stage.v4.connections), 3)
    assert stage.requests == [], "a made-up end"


def test_body_that_keeps_coming_is_not_ended(stage):
    """The clock is for the gap between bytes, not for the whole."""
    body = b"x" * 22
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Content-Length", str(len(body)))]))
        drip(sock, body, 0.1)
        assert sock.read_answer().body.endswith(body)


def test_answer_that_does_not_begin_is_504(stage):
    stage.script(lambda conn: conn.drain())
    with stage.connect() as sock:
        answer = timed(sock, lambda: sock.send(request(target="/v4/x")), 0.9, 1.6)
        assert_refusal(answer, 504)
    assert wait_until(lambda: all(c.closed.is_set() for c in stage.v4.connections), 3)


def test_answer_that_stops_is_cut(stage):
    def backend(conn):
        conn.head()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        conn.drain()

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        began = time.monotonic()
        try:
            assert sock.read_to_end().endswith(b"half")
        except ConnectionResetError:
            pass
        assert 0.9 <= time.monotonic() - began <= 1.8 * patience(1)


def test_slow_answer_to_an_early_byte_is_served(stage):
    """The answer takes longer than `response`, but its first byte and every gap are in time."""
    def backend(conn):
        conn.head()
        conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            conn.send(b"z")
            conn.closed.wait(0.1)

    stage.script(backend)
    assert stage.ask(request(target="/v4/x")).body == b"z" * 20


def test_handshake_without_answer(stage):
    stage.script(lambda conn: conn.drain())
    with stage.connect() as sock:
        answer = timed(sock, lambda: sock.send(websocket_request()), 0.9, 2.6)
        assert_refusal(answer, 503)
        assert int(answer.header("Retry-After")) > 0


def test_tunnel_limit(tmp_path):
    """Off by default; where it is set, a silent tunnel ends by it."""
    stage = Stage(tmp_path / "limit", config={"timeouts": {"tunnel": "1s"}})
    try:
        with stage.connect() as sock:
            stage.upgrade(sock, websocket_request())
            began = time.monotonic()
            assert sock.is_closed(5)
            assert time.monotonic() - began >= 0.9
    finally:
        stage.stop()


# A backend that takes its time to accept.

class SlowDoor:
    """A listening socket whose accept queue can be filled, so that the kernel drops what comes: a connect hangs until
    open() lets it through (the kernel tries again after about a second)."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.fillers = []
        self.conns = []
        self.opened = False

    def fill(self):
        """Returns when the queue is full."""
        while True:
            sock = socket.socket()
            sock.settimeout(0.3)
            self.fillers.append(sock)
            try:
                sock.connect(("127.0.0.1", self.port))
            except (socket.timeout, BlockingIOError):
                return

    def open(self, serve):
        self.opened = True
        for sock in self.fillers:
            sock.close()

        def accept():
            while True:
                try:
                    sock, _ = self.listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(sock,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def close(self):
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for sock in self.fillers:
            sock.close()


@pytest.fixture
def door():
    made = SlowDoor()
    yield made
    made.close()


def test_body_stays_behind_its_head_while_dialling(door, lavaproxy):
    """The original sent body bytes that came during the dial in front of the head."""
    proxy = lavaproxy(backends=[(4, f"127.0.0.1:{door.port}")],
                      config={"timeouts": {"connect": "8s"}, "health": {"interval": "60s"}})
    door.fill()
    body = bytes(range(256)) * 800
    got = []

    def serve(sock):
        data = b""
        sock.settimeout(10)
        while b"end of body" not in data:
            more = sock.recv(65536)
            if not more:
                return
            data += more
        got.append(data)
        sock.sendall(closing(b"in order"))
        sock.close()

    with proxy.connect() as sock:
        sock.send(request("PATCH", "/v4/x", [("Content-Length", str(len(body) + 11))]))
        for start in range(0, len(body), 10240):
            sock.send(body[start:start + 10240])
        sock.send(b"end of body")
        door.open(serve)
        assert sock.read_answer().body == b"in order"
    head, _, rest = got[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PATCH /v4/x HTTP/1.1\r\n") and rest == body + b"end of body"


def test_connect_that_hangs_ends_in_time(door, lavaproxy):
    proxy = lavaproxy(backends=[(4, f"127.0.0.1:{door.port}")],
                      config={"timeouts": {"connect": "500ms", "backend_wait": "500ms"}, "health": {"interval": "60s"}})
    door.fill()
    began = time.monotonic()
    answer = proxy.exchange(request(target="/v4/x"))
    assert_refusal(answer, 504)
    assert 0.4 <= time.monotonic() - began <= 1.8 * patience(1)


def test_connect_that_hangs_goes_to_the_next_backend(door, scripted, lavaproxy):
    other = scripted(lambda conn: (conn.head(), conn.send(closing(b"other"))))
    proxy = lavaproxy(backends=[(4, f"127.0.0.1:{door.port}"), other],
                      config={"timeouts": {"connect": "500ms"}, "health": {"interval": "60s", "timeout": "500ms"}})
    door.fill()
    for _ in range(6):
        assert proxy.exchange(request(target="/v4/x")).body == b"other"


def test_dead_backend_costs_one_fast_try(scripted, lavaproxy):
    other = scripted(lambda conn: (conn.head(), conn.send(closing(b"other"))))
    dead = scripted([])
    proxy = lavaproxy(backends=[dead, other], config={"health": {"interval": "60s"}})
    dead.down()
    for _ in range(6):
        began = time.monotonic()
        assert proxy.exchange(request(target="/v4/x")).body == b"other"
        assert time.monotonic() - began < patience(0.5)


def test_backend_is_used_within_a_second_of_its_return(scripted, lavaproxy):
    backend = scripted(lambda conn: (conn.head(), conn.send(closing(b"back"))))
    proxy = lavaproxy(backends=[backend], config={"health": {"interval": "60s"}})
    backend.down()
    assert proxy.exchange(request(target="/v4/x")).status in (502, 503)
    backend.start()
    began = time.monotonic()
    wait_until(lambda: proxy.exchange(request(target="/v4/x")).status == 200, 5, "the backend's return to be seen")
    assert time.monotonic() - began < patience(1.3)


def test_backend_that_never_existed(lavaproxy):
    proxy = lavaproxy(backends=None, config={"timeouts": {"backend_wait": "500ms"}})
    assert_refusal(proxy.exchange(request(target="/v4/x")), (502, 503))
    assert_refusal(proxy.exchange(request(target="/v3/x")), (404, 503))
