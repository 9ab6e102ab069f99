"""WebSocket tunnels: every byte, both directions, each end in its own time."""

import hashlib
import os
import random
import signal
import socket
import threading
import time

import pytest

from stage import Stage, assert_refusal, closing, masked_frame, read_request, switching, text_frame
from support import (PASSWORD, SANITIZER, RawSocket, free_port, is_listening, patience, request, wait_until,
                     websocket_request)

BULK = int(os.environ.get("LAVAPROXY_BULK", 64 << 20))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("tunnel"))
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


class Held:
    """A tunnel with both ends in the test's hands: `client` (RawSocket) and `backend` (BackendConnection)."""

    def __init__(self, stage, headers=(), early=b"", behind=b"", target="/v4/websocket"):
        opened = threading.Event()
        self.over = threading.Event()
        self.backend = self.got = None

        def run(conn):
            self.got = read_request(conn)
            self.backend = conn
            conn.send(switching(self.got) + behind)
            opened.set()
            self.over.wait(60)

        stage.script(run)
        self.client = stage.connect()
        self.client.send(websocket_request(target=target, headers=headers) + early)
        self.answer = self.client.read_answer()
        assert self.answer.status == 101 and opened.wait(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.client.close()


def test_handshake_as_forwarded(stage):
    headers = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"), ("Session-Id", "abc"),
               ("Resume-Key", "k"), ("Origin", "http://x"), ("X-Custom", "1"), ("Sec-WebSocket-Protocol", "p")]
    with Held(stage, headers) as tunnel:
        got = tunnel.got
        assert got.header("Connection") == b"Upgrade" and got.header("Upgrade") == b"websocket"
        assert got.header("Sec-WebSocket-Extensions") is None
        for name, value in (("Session-Id", b"abc"), ("Resume-Key", b"k"), ("User-Id", b"123456789012345678"),
                            ("Client-Name", b"tests/1.0"), ("Sec-WebSocket-Version", b"13"), ("X-Custom", b"1"),
                            ("Sec-WebSocket-Protocol", b"p"), ("X-Forwarded-For", b"127.0.0.1")):
            assert got.header(name) == value
        assert got.header("Content-Length") is None and got.header("Transfer-Encoding") is None


def test_headers_of_the_101_come_through(stage):
    def backend(conn):
        got = read_request(conn)
        conn.send(switching(got, [("Session-Resumed", "true"), ("Lavalink-Api-Version", "4"), ("X-Other", "1")]))
        conn.drain()

    stage.script(backend)
    with stage.connect() as sock:
        answer = stage.upgrade(sock, websocket_request())
        for name, value in (("Session-Resumed", "true"), ("Lavalink-Api-Version", "4"), ("X-Other", "1")):
            assert answer.header(name) == value
        assert answer.header("Sec-WebSocket-Accept") and answer.header("Content-Length") is None
        assert answer.header("Transfer-Encoding") is None and answer.header("Sec-WebSocket-Extensions") is None


def test_101_is_sent_before_anything_follows(stage):
    """The frames behind the 101 are sent only once the client has the 101."""
    there = threading.Event()

    def backend(conn):
        conn.send(switching(read_request(conn)))
        assert there.wait(10), "the 101 was held back"
        conn.send(text_frame("first"))
        conn.drain()

    stage.script(backend)
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request())
        there.set()
        assert sock.read_exact(7) == text_frame("first")


def test_upgrade_as_nth_request(stage):
    def backend(conn):
        while True:
            got = read_request(conn)
            if got.header("Upgrade"):
                conn.send(switching(got) + b"hi")
                conn.drain()
                return
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    stage.script(backend)
    with stage.connect() as sock:
        for i in range(5):
            assert sock.send(request(target=f"/v{3 + i % 2}/x")).read_answer().body == b"ok"
        # Pipelined behind a sixth request, with bytes for the tunnel behind it.
        sock.send(request(target="/v3/last") + websocket_request() + b"early")
        assert sock.read_answer().body == b"ok"
        assert sock.read_answer().status == 101
        assert sock.read_exact(2) == b"hi"
        wait_until(lambda: any(c.received.endswith(b"early") for c in stage.v4.connections))


def test_leftovers_are_handed_over_on_both_sides(stage):
    early = masked_frame(os.urandom(100), 2) * 50
    behind = text_frame("x" * 300) * 20
    with Held(stage, early=early, behind=behind) as tunnel:
        assert tunnel.client.read_exact(len(behind)) == behind
        assert tunnel.backend.exact(len(early)) == early


def test_early_bytes_wait_for_the_101(stage):
    """A refused upgrade leaves what the client sent early unread by the backend, and the connection is not reused as if
    it were a request."""
    held = threading.Event()

    def backend(conn):
        head = conn.head()
        held.wait(5)
        stage.early = bytes(conn.received[len(head):])
        conn.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(websocket_request() + masked_frame(b"early"))
        wait_until(stage.connections)
        held.set()
        assert sock.read_answer().status == 404
    assert stage.early == b""


def digest_of(sock_recv, size, out):
    """Reads `size` bytes and leaves their sha256 in out["got"]."""
    sha = hashlib.sha256()
    left = size
    while left:
        data = sock_recv(min(left, 1 << 18))
        if not data:
            break
        sha.update(data)
        left -= len(data)
    out["got"] = sha.hexdigest()


def pump(send, size, seed, out):
    """Sends `size` pseudo-random bytes in pieces of changing size."""
    rng = random.Random(seed)
    block = rng.randbytes(1 << 20)
    sha = hashlib.sha256()
    left = size
    while left:
        take = min(left, rng.choice((1, 17, 300, 4096, 65536, 200000)))
        start = rng.randrange(len(block) - take + 1)
        piece = block[start:start + take]
        send(piece)
        sha.update(piece)
        left -= take
    out["sent"] = sha.hexdigest()


def test_bulk_both_ways_at_once(stage):
    """Pseudo-random bytes both ways through one tunnel, equal by sha256 (LAVAPROXY_BULK bytes each way)."""
    up, down = {}, {}
    with Held(stage) as tunnel:
        server, client = tunnel.backend.sock, tunnel.client.sock
        threads = [
            threading.Thread(target=digest_of, args=(server.recv, BULK, up), daemon=True),
            threading.Thread(target=digest_of, args=(client.recv, BULK, down), daemon=True),
            threading.Thread(target=pump, args=(client.sendall, BULK, 1, up), daemon=True),
            threading.Thread(target=pump, args=(server.sendall, BULK, 2, down), daemon=True),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(60, BULK / 5e6))
            assert not thread.is_alive(), "stuck"
    assert up["sent"] == up["got"]
    assert down["sent"] == down["got"]


def test_client_half_closes_first(stage):
    with Held(stage) as tunnel:
        tunnel.client.send(b"last words")
        tunnel.client.half_close()
        assert tunnel.backend.exact(10) == b"last words"
        assert not tunnel.backend.more(), "the backend sees the end"
        tunnel.backend.send(b"x" * 300000)
        tunnel.backend.half_close()
        assert tunnel.client.read_to_end() == b"x" * 300000


def test_backend_half_closes_first(stage):
    with Held(stage) as tunnel:
        tunnel.backend.send(b"y" * 300000)
        tunnel.backend.half_close()
        assert tunnel.client.read_to_end() == b"y" * 300000
        tunnel.client.send(b"still talking")
        assert tunnel.backend.exact(13) == b"still talking"
        tunnel.client.half_close()
        assert not tunnel.backend.more()


def test_half_closed_request_still_gets_its_answer(stage):
    go = threading.Event()

    def backend(conn):
        conn.head()
        go.wait(5)
        conn.send(closing(b"z" * 100000))

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        sock.half_close()
        wait_until(stage.connections)
        go.set()
        assert sock.read_answer().body == b"z" * 100000


def test_reset_of_the_client_closes_the_backend_at_once(stage):
    with Held(stage) as tunnel:
        tunnel.client.reset()
        tunnel.backend.sock.settimeout(patience(3))
        tunnel.backend.drain()


def test_reset_of_the_backend_closes_the_client_at_once(stage):
    with Held(stage) as tunnel:
        tunnel.backend.reset()
        assert tunnel.client.is_closed(3)


def test_client_gone_while_the_backend_is_full(stage):
    """The backend side goes with the client though bytes towards the client wait."""
    with Held(stage) as tunnel:
        tunnel.backend.sock.settimeout(patience(1))
        try:
            for _ in range(4000):
                tunnel.backend.send(b"x" * 65536)
        except socket.timeout:
            pass
        tunnel.client.reset()
        tunnel.backend.sock.settimeout(patience(5))
        tunnel.backend.drain()


def test_back_pressure_and_recovery(stage):
    """A reader that stops stops the writer; when it reads again not a byte is missing."""
    block = random.Random(3).randbytes(1 << 16)
    with Held(stage) as tunnel:
        server = tunnel.backend.sock
        server.setblocking(False)
        sent = bytearray()
        quiet = time.monotonic()
        while time.monotonic() - quiet < patience(0.5):
            try:
                count = server.send(block)
                sent += block[:count]
                quiet = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            assert len(sent) < 64 << 20, "the proxy takes without end"
        # The other direction is not hurt.
        tunnel.client.send(b"ping")
        server.settimeout(patience(5))
        assert tunnel.backend.exact(4) == b"ping"
        assert tunnel.client.read_exact(len(sent)) == bytes(sent)
        tunnel.backend.send(b"after")
        assert tunnel.client.read_exact(5) == b"after"


def test_many_small_frames_keep_their_order(stage):
    with Held(stage) as tunnel:
        frames = b"".join(text_frame(f"frame {i}") for i in range(5000))
        sender = threading.Thread(target=tunnel.backend.send, args=(frames,), daemon=True)
        sender.start()
        assert tunnel.client.read_exact(len(frames)) == frames
        sender.join(5)


def test_kill_is_a_reset(stage):
    with Held(stage) as tunnel:
        row = stage.proxy.connection_of(tunnel.client)
        assert row["kind"] == "websocket" and row["version"] == "v4"
        answer = stage.proxy.api(f"/api/connections/{row['id']}", method="DELETE")
        assert answer.status in (200, 202, 204), answer
        tunnel.client.sock.settimeout(patience(5))
        with pytest.raises(ConnectionResetError):
            tunnel.client.sock.recv(10)
        tunnel.backend.sock.settimeout(patience(5))
        tunnel.backend.drain()
        # A stale id hits nothing.
        again = stage.proxy.api(f"/api/connections/{row['id']}", method="DELETE")
        assert again.status == 404, again


def test_counting_is_exact(stage):
    """bytesIn and bytesOut are what went over the client's socket, heads included."""
    with Held(stage) as tunnel:
        tunnel.client.send(b"x" * 12345)
        assert tunnel.backend.exact(12345)
        tunnel.backend.send(b"y" * 54321)
        tunnel.client.read_exact(54321)
        want = (tunnel.client.sent, tunnel.client.received)

        def counted():
            row = stage.proxy.connection_of(tunnel.client)
            return (row["bytesIn"], row["bytesOut"]) == want

        wait_until(counted, 5, f"the counters to be {want}")


# Time limits are for everything but tunnels.

def test_silent_and_rare_tunnels_outlive_every_idle_limit(tmp_path, request):
    """One tunnel carries a frame now and then, the other nothing at all: both live three times the limits."""
    limits = {"idle": "1s", "header": "1s", "response": "1s", "connect": "1s"}
    stage = Stage(tmp_path / "idle", config={"timeouts": limits})
    request.addfinalizer(stage.stop)
    with Held(stage) as silent, Held(stage) as rare:
        end = time.monotonic() + 3.3
        while time.monotonic() < end:
            rare.backend.send(text_frame('{"op":"stats"}'))
            rare.client.read_exact(len(text_frame('{"op":"stats"}')))
            # Nothing to wait for: that nothing happens for a while is the test.
            assert not silent.client.is_closed(0.8 / patience(1))
        silent.client.sock.settimeout(patience(5))
        silent.client.send(b"alive")
        assert silent.backend.exact(5) == b"alive"
        silent.backend.send(b"and well")
        assert silent.client.read_exact(8) == b"and well"


# Drain.

def draining(tmp_path, drain):
    return Stage(tmp_path / "drain", config={"timeouts": {"drain": drain}})


def test_drain_finishes_requests_and_gives_tunnels_their_time(tmp_path):
    stage = draining(tmp_path, "2s")
    go = threading.Event()
    try:
        with Held(stage) as tunnel:
            def backend(conn):
                conn.head()
                go.wait(10)
                conn.send(closing(b"finished"))

            stage.script(backend)
            with stage.connect() as busy, stage.connect() as idle:
                busy.send(request(target="/v4/x"))
                stage.v4.wait_connection(1)
                began = time.monotonic()
                stage.proxy.signal(signal.SIGTERM)
                assert idle.is_closed(1.5), "an idle connection has nothing to finish"
                tunnel.backend.send(b"still there")
                assert tunnel.client.read_exact(11) == b"still there"
                go.set()
                assert busy.read_answer().body == b"finished"
                assert tunnel.client.is_closed(5)
                assert time.monotonic() - began >= 1.8
                assert stage.proxy.wait() == 0
    finally:
        go.set()
        stage.stop()


def refused(stage):
    """Whether a new client is refused at once (and not left waiting in a queue nobody serves)."""
    try:
        stage.connect(timeout=1).close()
    except ConnectionRefusedError:
        return True
    except (TimeoutError, ConnectionResetError):  # in a queue; at the very moment the door closes
        pass
    return False


def test_drain_refuses_new_clients(tmp_path):
    """A client that comes during the drain must be told at once, so that it can go elsewhere."""
    stage = draining(tmp_path, "60s")
    try:
        with Held(stage) as tunnel:
            stage.proxy.signal(signal.SIGTERM)
            wait_until(lambda: refused(stage), 2, "new clients to be refused")
            tunnel.client.send(b"still there")
            assert tunnel.backend.exact(11) == b"still there"
    finally:
        stage.proxy.signal(signal.SIGTERM)
        stage.proxy.wait(5)
        stage.proxy.stopped = True
        stage.stop()


def test_drain_ends_early_when_nothing_is_left(tmp_path):
    stage = draining(tmp_path, "60s")
    try:
        with Held(stage) as tunnel:
            stage.proxy.signal(signal.SIGTERM)
            stage.proxy.wait_log("(?i)term")
            assert stage.proxy.is_running()
            tunnel.client.close()
            tunnel.over.set()
            assert stage.proxy.wait(10) == 0
    finally:
        stage.stop()


def test_second_signal_ends_at_once(tmp_path):
    stage = draining(tmp_path, "60s")
    try:
        with Held(stage) as tunnel:
            stage.proxy.signal(signal.SIGTERM)
            stage.proxy.wait_log("(?i)term")
            stage.proxy.signal(signal.SIGTERM)
            assert tunnel.client.is_closed(3)
            stage.proxy.wait(5)
            assert not SANITIZER.search(stage.proxy.log())
    finally:
        stage.proxy.stopped = True
        stage.stop()


def test_handshake_waits_for_the_backends_return(tmp_path):
    """shoukaku drops a node for good whose first reconnect fails: so a handshake is held for a while."""
    stage = Stage(tmp_path / "hold", config={"timeouts": {"backend_wait": "8s"}, "health": {"interval": "500ms", "timeout": "500ms"}})
    try:
        stage.v4.down()
        with stage.connect() as rest:
            began = time.monotonic()
            assert_refusal(rest.send(request(target="/v4/x")).read_answer(), (502, 503))
            assert time.monotonic() - began < patience(2), "REST is not held"
        with stage.connect() as sock:
            sock.send(websocket_request())
            sock.sock.settimeout(0.5)
            with pytest.raises(socket.timeout):
                sock.sock.recv(1)
            sock.sock.settimeout(patience(10))
            stage.v4.start()
            assert sock.read_answer().status == 101
            sock.send(b"hello")
            assert sock.read_exact(5) == b"hello"
    finally:
        stage.stop()


def test_handshake_without_a_backend_gets_503_in_the_end(tmp_path):
    stage = Stage(tmp_path / "never", config={"timeouts": {"backend_wait": "1s"}})
    try:
        stage.v4.down()
        with stage.connect() as sock:
            began = time.monotonic()
            answer = sock.send(websocket_request()).read_answer()
            assert_refusal(answer, 503, "/v4/websocket")
            assert int(answer.header("Retry-After")) >= 1
            assert 0.8 <= time.monotonic() - began < patience(3)
        # The other version is not touched by that.
        with stage.connect() as sock:
            stage.upgrade(sock, websocket_request(target="/v3/websocket"))
    finally:
        stage.stop()


def test_ipv6(scripted, lavaproxy):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    backend = scripted([(b"\r\n\r\n", closing(b"six"))], host="::1")
    port = free_port("::1")
    proxy = lavaproxy(backends=[{"name": "six", "version": 4, "address": f"[::1]:{backend.port}", "password": "p"}],
                      config={"proxy": {"listen": [f"[::1]:{port}", f"127.0.0.1:{free_port()}"]}}, wait="none")
    wait_until(lambda: proxy.api("/readyz").status == 200 if proxy.is_running() and is_listening(proxy.web_port) else False, 10)
    with RawSocket(port, host="::1") as sock:
        assert sock.send(request(target="/v4/x", password=PASSWORD)).read_answer().body == b"six"
    assert b"X-Forwarded-For: ::1\r\n" in backend.received[0]
