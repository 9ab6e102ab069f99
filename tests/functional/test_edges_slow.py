"""Readers that stop in the middle of a long answer: its tail waits in the proxy, and neither a clock nor a drain may lose it
unnoticed."""

import signal
import socket
import threading

import pytest

from kernel import is_open, thread_states, under_way
from support import Lavaproxy, ScriptedBackend, is_listening, ok, patience, request, stop_all, wait_until

PIECE = 8192
KEPT = 4096  # at least this much has to wait in the proxy
FULL = 4 * PIECE  # what is put there: with another piece it stays below the mark at which the proxy stops to read
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def connect_small(proxy):
    client = proxy.connect()
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    return client


@pytest.fixture(scope="module")
def capacity(tmp_path_factory):
    """What the kernel takes on the way to a client that reads nothing, about. Measured with a proxy that is in no hurry."""
    measured = []

    def answer(conn):
        conn.head()
        conn.send(UNTIL_CLOSE)
        conn.sock.settimeout(patience(0.7))  # long enough for a window probe
        try:
            while True:
                conn.send(b"x" * PIECE)
        except socket.timeout:
            measured.append(under_way(proxy.port, client.address[1]))

    backend = ScriptedBackend(answer)
    started = [backend]
    try:
        proxy = Lavaproxy(tmp_path_factory.mktemp("capacity"), [backend], {"proxy": {"workers": 1}})
        started.append(proxy)
        client = connect_small(proxy)
        client.send(request(target="/v4/measure"))
        wait_until(lambda: measured, 30, "the buffers to be full")
        client.close()
    finally:
        stop_all(started)
    return measured[0]


class Stuck:
    """A proxy with a client that reads nothing, and an answer so long that its tail waits in the proxy, all of it read
    from the backend: the kernel's buffers on the way to the client are full. `head`: of the answer; `more`: headers of
    the request; `capacity`: of those buffers, about."""

    def __init__(self, directory, capacity, head, more=(), config=None):
        self.capacity = capacity
        self.head = head
        self.length = 0  # of the answer's content
        self.end = threading.Event()  # set when the proxy has the answer's end, too
        self.client = None
        self.link = None  # the ports of the backend's connection that carries the answer
        self.backend = ScriptedBackend(self._answer)
        self.started = [self.backend]
        try:
            self.proxy = Lavaproxy(directory, [self.backend], {"proxy": {"workers": 1}, **(config or {})})
            self.started.append(self.proxy)
            self._fill(more)
        except BaseException:
            stop_all(self.started)
            raise

    def _fill(self, more):
        self.idle = self.proxy.connect().send(request(target="/v4/idle"))
        assert self.idle.read_answer().status == 200
        self.client = connect_small(self.proxy)
        self.client.send(request(target="/v4/long", headers=more))
        assert self.end.wait(patience(60)), f"the proxy never had to wait for its client: {self.backend.errors}"

    def _answer(self, conn):
        head = conn.head()
        if b"/v4/idle" in head:
            conn.send(ok())
            head = conn.head()
        try:
            self._fill_up(conn)
        finally:
            self.end.set()  # also where the client was given up before all was full
        conn.drain()

    def _fill_up(self, conn):
        self.link = (conn.sock.getsockname()[1], conn.sock.getpeername()[1])
        conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conn.send(self.head)
        chunked = self.head == CHUNKED
        size = self.capacity - 8 * PIECE
        while not self._is_full():
            conn.send((b"%x\r\n" % size if chunked else b"") + b"x" * size + (b"\r\n" if chunked else b""))
            self.length += size
            size = PIECE
        if chunked:
            conn.send(b"0\r\n\r\n")
        else:
            conn.half_close()
        wait_until(self._is_settled, 10, "the proxy to settle")

    def _is_settled(self):
        """Whether the proxy has read what the backend sent, and sleeps again."""
        return not under_way(*self.link) and thread_states(self.proxy) == {"S"}

    def _is_full(self):
        """Whether the proxy keeps something back that it has read, and has to go on doing so."""
        wait_until(lambda: self._kept() <= 0 or self._is_settled(), 10, "the proxy to settle")
        return self._kept() >= FULL

    def has_tail(self):
        """Whether some of the answer still waits in the proxy. The kernel may enlarge its buffers at a window probe, and
        take it after all."""
        return self._kept() >= KEPT or not is_open(self.proxy, self.client)

    def _kept(self):
        return self.length - under_way(self.proxy.port, self.client.address[1])

    def read_on(self):
        """The client reads all there is, and quickly. The kernel tries ever more seldom to deliver while it cannot, so the
        first bytes may take as long again as the pause was."""
        self.client.sock.settimeout(patience(60))
        self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        return self.client.read_answer()

    def drain(self):
        """Asks the program to end, and waits until its worker knows: the idle connection ends."""
        self.proxy.signal(signal.SIGTERM)
        assert self.idle.is_closed()

    def stop(self):
        self.client.close()
        self.idle.close()
        stop_all(self.started)


@pytest.fixture
def stuck(tmp_path, capacity):
    made = []

    def make(*args, **options):
        made.append(Stuck(tmp_path / "proxy", capacity, *args, **options))
        return made[-1]

    yield make
    stop_all(made)


def with_tail(make, then=lambda stage: None):
    """A Stuck whose answer still has its tail in the proxy after `then`; where the kernel took it, another one."""
    for _ in range(5):
        stage = make()
        then(stage)
        if stage.has_tail():
            return stage
        stage.stop()
    raise AssertionError("the kernel takes every tail")


CLOSE = [("Connection", "close")]


@pytest.mark.parametrize(
    "head, more", [(CHUNKED, ()), (CHUNKED, CLOSE), (UNTIL_CLOSE, ())], ids=["kept", "closed", "until-close"]
)
def test_drain_leaves_the_tail_to_a_reader_that_pauses(stuck, head, more):
    stage = with_tail(lambda: stuck(head, more, config={"timeouts": {"drain": "120s"}}))
    stage.drain()
    assert len(stage.read_on().body) == stage.length
    assert stage.client.is_closed()
    stage.client.close()
    assert stage.proxy.wait() == 0


@pytest.mark.parametrize("head, more", [(CHUNKED, CLOSE), (UNTIL_CLOSE, ())], ids=["closed", "until-close"])
def test_reader_that_stops_is_given_up_and_can_tell(stuck, head, more):
    """It has as long as an idle connection, and what it then gets must not pass for the whole answer. The idle time is
    long enough for a busy machine to fill the buffers in, and shorter than any other."""
    def given_up(stage):
        wait_until(lambda: not stage.has_tail() or not is_open(stage.proxy, stage.client), 30, "the reader to be given up")

    stage = with_tail(lambda: stuck(head, more, config={"timeouts": {"idle": "4s", "header": "60s"}}), given_up)
    with pytest.raises((EOFError, ConnectionResetError) if head == CHUNKED else ConnectionResetError):
        stage.read_on()


def test_drain_in_the_middle_of_a_long_answer(scripted, lavaproxy):
    part = b"q" * 6_000_000
    draining = threading.Event()

    def backend(conn):
        conn.head()
        conn.send(ok(part + part)[: -len(part)])
        assert draining.wait(patience(20))
        conn.send(part)
        conn.drain()

    proxy = lavaproxy(backends=[scripted(backend)], config={"timeouts": {"drain": "60s"}})
    with proxy.connect() as sock:
        sock.send(request())
        sock.read_until(b"\r\n\r\n")
        sock.read_exact(1_000_000)
        proxy.signal(signal.SIGTERM)
        wait_until(lambda: not is_listening(proxy.port), 5, "the drain")
        draining.set()
        assert len(sock.read_exact(11_000_000)) == 11_000_000
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
