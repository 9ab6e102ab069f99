"""Big bodies both ways, in every framing: whole, in order, never gathered, at the pace of the slower side."""

import hashlib
import random
import socket
import threading
import time

import pytest

from stage import Stage, closing, read_request
from support import patience, request, wait_until

SIZE = 24 << 20  # more than the kernel keeps on the way
DATA = random.Random(4).randbytes(SIZE)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("bodies"))
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def chunked(data, size):
    """`data` in chunks of `size`, piece by piece."""
    for start in range(0, len(data), size):
        piece = data[start:start + size]
        yield b"%x\r\n" % len(piece) + piece + b"\r\n"
    yield b"0\r\n\r\n"


def answers(framing):
    """A handler that answers DATA in this framing."""
    def run(conn):
        conn.head()
        if framing == "length":
            conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % SIZE + DATA)
        elif framing == "chunked":
            conn.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in chunked(DATA, 700000):
                conn.send(piece)
        else:
            conn.send(b"HTTP/1.1 200 OK\r\n\r\n" + DATA)
    return run


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("slow", [False, True])
def test_big_answer(stage, framing, slow):
    stage.script(answers(framing))
    with stage.connect() as sock:
        if slow:
            sock.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262144)
        sock.send(request(target="/v4/x"))
        if slow:
            # The backend must come to a stop: the proxy does not take what nobody fetches.
            backend = stage.v4.wait_connection(0)
            assert not backend.closed.wait(patience(0.5))
        assert hashlib.sha256(sock.read_answer().body).hexdigest() == SHA


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("slow", [False, True])
def test_big_request(stage, framing, slow):
    go = threading.Event()
    got = []

    def backend(conn):
        if slow:
            go.wait(10)
        got.append(hashlib.sha256(read_request(conn).body).hexdigest())
        conn.send(closing(b"taken"))

    stage.script(backend)
    headers = [("Content-Length", SIZE)] if framing == "length" else [("Transfer-Encoding", "chunked")]
    pieces = iter([DATA]) if framing == "length" else chunked(DATA, 500000)
    with stage.connect() as sock:
        sock.send(request("PATCH", "/v4/x", headers))
        done = threading.Event()

        def send():
            for piece in pieces:
                sock.send(piece)
            done.set()

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        if slow:
            assert not done.wait(patience(0.5)), "the proxy takes what the backend does not"
            go.set()
        assert sock.read_answer().body == b"taken"
        sender.join(5)
    assert got == [SHA]


def test_bodies_are_never_gathered(stage):
    """Memory does not follow the size of what passes, nor of what waits."""
    stage.script(answers("length"))
    with stage.connect() as sock:
        assert sock.send(request(target="/v4/x")).read_answer().status == 200
    before = stage.proxy.rss_kb()
    waiting = [stage.connect().send(request(target="/v4/x")) for _ in range(8)]
    for index in range(8):
        stage.v4.wait_connection(1 + index)
    for _ in range(3):
        with stage.connect() as sock:
            assert sock.send(request(target="/v4/x")).read_answer().status == 200
    grown = stage.proxy.rss_kb() - before
    assert grown < 2000 * patience(1), f"{grown} KB more"
    for sock in waiting:
        sock.close()


def test_kill_in_the_middle_of_an_answer(stage):
    def backend(conn):
        conn.head()
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        conn.drain()

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        sock.read_until(b"half")
        row = stage.proxy.connection_of(sock)
        assert (row["kind"], row["version"], row["path"]) == ("rest", "v4", "/v4/x")
        assert stage.proxy.api(f"/api/connections/{row['id']}", method="DELETE").status in (200, 202, 204)
        with pytest.raises(ConnectionResetError):
            sock.read_to_end()
    assert stage.v4.wait_connection(0).closed.wait(5)


def test_slow_answers_do_not_hold_up_others(stage):
    """One client that does not read its answer costs the others nothing."""
    def backend(conn):
        got = read_request(conn)
        conn.send(closing(DATA if got.target == b"/v4/big" else b"small"))

    stage.script(backend)
    with stage.connect() as stuck:
        stuck.send(request(target="/v4/big"))
        stage.v4.wait_connection(0)
        began = time.monotonic()
        for _ in range(50):
            assert stage.ask(request(target="/v4/small")).body == b"small"
        assert time.monotonic() - began < patience(2)
    wait_until(lambda: stage.v4.connections[0].closed.is_set(), 5)
