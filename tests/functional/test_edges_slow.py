"""Readers that stop in the middle of a long answer: its tail waits in the proxy, and neither a clock nor a drain may lose it
unnoticed."""

import signal
import socket
import struct
import threading
import time

import pytest

from kernel import is_open, thread_states, under_way
from support import Lavaproxy, RawSocket, ScriptedBackend, is_listening, ok, patience, request, stop_all, wait_until

PIECE = 8192
KEPT = 24576  # well below the 48 KB at which the proxy would stop to read from the backend
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class NarrowSocket(RawSocket):
    """With a small receive buffer, and small segments, from which the sender's kernel derives the size of its own."""

    def __init__(self, port):  # pylint: disable=super-init-not-called
        self.sock = socket.socket()
        self.sock.settimeout(patience(20))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self.sock.connect(("127.0.0.1", port))
        self.address = self.sock.getsockname()
        self.pending = b""
        self.sent = self.received = 0

    def segments(self):
        """How many TCP segments it has received (tcp_info.tcpi_segs_in)."""
        return struct.unpack_from("=I", self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232), 140)[0]


class Stuck:
    """A proxy with a client that reads nothing, and an answer so long that its tail waits in the proxy, all of it read
    from the backend: the kernel's buffers on the way to the client are full. `head`: of the answer; `more`: headers of the request."""

    def __init__(self, directory, head, more=(), config=None):
        self.head = head
        self.length = 0  # of the answer's content
        self.end = threading.Event()  # set when the proxy has the answer's end, too
        self.client = None
        self.backend = ScriptedBackend(self._answer)
        try:
            self.proxy = Lavaproxy(directory, [self.backend], {"proxy": {"workers": 1}, **(config or {})})
        except BaseException:
            self.backend.stop()
            raise
        self.idle = self.proxy.connect().send(request(target="/v4/idle"))
        assert self.idle.read_answer().status == 200
        self.client = NarrowSocket(self.proxy.port)
        self.client.send(request(target="/v4/long", headers=more))
        assert self.end.wait(patience(20)), "the proxy never had to wait for its client"

    def _answer(self, conn):
        if b"/v4/idle" in conn.head():
            conn.send(ok())
            conn.head()
        conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn.send(self.head)
        chunked = self.head == CHUNKED
        while not self._is_full(conn):
            conn.send((b"%x\r\n" % PIECE if chunked else b"") + b"x" * PIECE + (b"\r\n" if chunked else b""))
            self.length += PIECE
        if chunked:
            conn.send(b"0\r\n\r\n")
        else:
            conn.half_close()
        wait_until(lambda: self._is_settled(conn), 10, "the proxy to settle")
        self.end.set()
        conn.drain()

    def _is_settled(self, conn):
        """Whether the proxy has read what the backend sent, and sleeps again."""
        ours, theirs = conn.sock.getsockname()[1], conn.sock.getpeername()[1]
        return not under_way(ours, theirs) and thread_states(self.proxy) == {"S"}

    def _is_full(self, conn):
        """Whether the proxy keeps something back that it has read, and has to go on doing so."""
        wait_until(lambda: self._kept() <= 0 or self._is_settled(conn), 10, "the proxy to settle")
        if self._kept() < KEPT:
            return False
        # The answer to a window probe may make the kernel enlarge the proxy's send buffer, once.
        before = self.client.segments()
        wait_until(lambda: self.client.segments() > before, 10, "a window probe")
        wait_until(lambda: self._is_settled(conn), 10, "the proxy to settle")
        return self._kept() >= KEPT

    def _kept(self):
        return self.length - under_way(self.proxy.port, self.client.address[1])

    def drain(self):
        """Asks the program to end, and waits until its worker knows: the idle connection ends."""
        self.proxy.signal(signal.SIGTERM)
        assert self.idle.is_closed()

    def stop(self):
        self.client.close()
        self.idle.close()
        stop_all([self.backend, self.proxy])


@pytest.fixture
def stuck(tmp_path):
    made = []

    def make(*args, **options):
        made.append(Stuck(tmp_path / "proxy", *args, **options))
        return made[-1]

    yield make
    stop_all(made)


CLOSE = [("Connection", "close")]


@pytest.mark.parametrize(
    "head, more", [(CHUNKED, ()), (CHUNKED, CLOSE), (UNTIL_CLOSE, ())], ids=["kept", "closed", "until-close"]
)
def test_drain_leaves_the_tail_to_a_reader_that_pauses(stuck, head, more):
    stage = stuck(head, more, config={"timeouts": {"drain": "20s"}})
    stage.drain()
    assert len(stage.client.read_answer().body) == stage.length
    assert stage.client.is_closed()
    stage.client.close()
    assert stage.proxy.wait() == 0


@pytest.mark.parametrize("head, more", [(CHUNKED, CLOSE), (UNTIL_CLOSE, ())], ids=["closed", "until-close"])
def test_reader_that_stops_is_given_up_and_can_tell(stuck, head, more):
    """It has as long as an idle connection, and what it then gets must not pass for the whole answer."""
    stage = stuck(head, more, config={"timeouts": {"idle": "1s"}})
    began = time.monotonic()
    wait_until(lambda: not is_open(stage.proxy, stage.client), 10, "the proxy to give the reader up")
    assert time.monotonic() - began < 4, "the idle time counts, and no other"
    with pytest.raises((EOFError, ConnectionResetError) if head == CHUNKED else ConnectionResetError):
        stage.client.read_answer()


def test_drain_in_the_middle_of_a_long_answer(scripted, lavaproxy):
    body = b"q" * 12_000_000
    done = threading.Event()

    def backend(conn):
        conn.head()
        conn.send(ok(body))
        done.set()
        conn.drain()

    proxy = lavaproxy(backends=[scripted(backend)], config={"timeouts": {"drain": "20s"}})
    with proxy.connect() as sock:
        sock.send(request())
        sock.read_until(b"\r\n\r\n")
        got = len(sock.read_exact(6_000_000))
        while not done.is_set():
            got += len(sock.read_exact(20_000))
        proxy.signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(proxy.port), 5, "the drain")
        assert got + len(sock.read_exact(len(body) - got)) == len(body)
        assert sock.is_closed()
    assert proxy.wait() == 0


def test_drain_does_not_make_up_the_end_of_an_answer(scripted, lavaproxy):
    """Where only the end of the connection ends the answer, a cut is a reset."""
    backend = scripted([(b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000)])
    proxy = lavaproxy(backends=[backend], config={"timeouts": {"drain": "500ms"}})
    with proxy.connect() as sock:
        sock.send(request())
        sock.read_until(b"\r\n\r\n")
        sock.read_exact(1000)
        proxy.signal(signal.SIGTERM)
        with pytest.raises(ConnectionResetError):
            sock.read_to_end()
    assert proxy.wait() == 0
