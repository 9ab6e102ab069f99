"""Odd moments: resets, ends and bursts that come just when they are least convenient. Each of these once went wrong."""

import ctypes
import os
import socket
import subprocess
import threading

import pytest

from kernel import frozen, is_dialling, is_open, unread, wait_read
from stage import Stage, assert_refusal, closing
from support import SWITCHING, ok, request, wait_until, websocket_request

BLOCK = 16384  # what the proxy keeps of requests that come too early
STARTED_BODY = request("POST", "/v4/x", [("Content-Length", "10")]) + b"12345"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("edges"), config={"proxy": {"workers": 1}, "timeouts": {"header": "1s"}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared
    shared.proxy.assert_clean()


def answering(conn):
    while True:
        conn.head()
        conn.send(ok())


def holding(go, first=1):
    """A handler that keeps back its `first`th answer until `go`, and an event that is set when it does."""
    held = threading.Event()

    def backend(conn):
        for count in range(1, 1000):
            conn.head()
            if count == first:
                held.set()
                assert go.wait(20)
            conn.send(ok())

    return backend, held


def backends_of(proxy):
    return proxy.get("/api/health")["backendList"]


# --- tunnels


def test_backend_resets_a_tunnel(stage):
    def backend(conn):
        conn.head()
        conn.send(SWITCHING)
        conn.more()
        conn.reset()

    stage.script(backend)
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request())
        sock.send(b"x")
        assert sock.read_to_end() == b"", "the client is told by an end, not by a reset"
    assert stage.proxy.is_running()
    stage.script(answering)
    assert stage.ask(request()).status == 200


def test_last_words_before_a_reset_arrive(stage):
    def backend(conn):
        conn.head()
        conn.send(SWITCHING)
        conn.expect(b"go")
        conn.send(b"last words")
        conn.reset()

    stage.script(backend)
    for _ in range(20):
        with stage.connect() as sock:
            stage.upgrade(sock, websocket_request())
            assert sock.send(b"go").read_to_end() == b"last words"


def test_client_leaves_before_the_101(stage):
    """Nobody is left to talk to: the connection must not live on, not even until the backend answers."""
    go = threading.Event()

    def backend(conn):
        conn.head()
        conn.drain()
        go.set()

    stage.script(backend)
    sock = stage.connect().send(websocket_request())
    stage.v4.wait_connection(0)
    sock.close()
    assert go.wait(5), "the backend is told"
    assert not is_open(stage.proxy, sock)
    wait_until(lambda: not stage.proxy.connections(), 5)


# --- more than one request


def test_many_pipelined_requests(stage):
    stage.script(answering)
    count = 200
    with stage.connect() as sock:
        sock.send(request(headers=[("X-Pad", "a" * 150)]) * count)
        assert [sock.read_answer().status for _ in range(count)] == [200] * count


def test_pipelined_body_larger_than_what_is_kept(stage):
    """The next request comes while the first is not answered, and is more than the proxy keeps."""
    go, held = threading.Event(), threading.Event()
    body = b"z" * 20000

    def backend(conn):
        conn.head()
        held.set()
        assert go.wait(20)
        conn.send(ok(b"one"))
        conn.head()
        conn.send(ok(conn.exact(len(body))))

    stage.script(backend)
    second = request("POST", body=body)
    with stage.connect() as sock:
        sock.send(request())
        assert held.wait(5)
        sock.send(second)
        wait_read(stage.proxy, sock, len(second) - 1000)
        go.set()
        assert sock.read_answer().body == b"one"
        assert sock.read_answer().body == body


def test_pipelined_request_behind_a_full_block(stage):
    """What is used up of a block of early requests makes room for the next."""
    data = request(headers=[("X-Pad", "a" * 150)])
    count = BLOCK // len(data)
    go = threading.Event()
    backend, held = holding(go, first=count)
    stage.script(backend)
    with stage.connect() as sock:
        sock.send(data * count)
        assert held.wait(10)
        sock.send(request(headers=[("X-Pad", "b" * 1500)]))
        wait_read(stage.proxy, sock)
        go.set()
        assert [sock.read_answer().status for _ in range(count + 1)] == [200] * (count + 1)


def test_second_head_that_does_not_come_is_408(stage):
    stage.script(answering)
    with stage.connect() as sock:
        assert sock.send(request()).read_answer().status == 200
        sock.send(b"GET /v4/x HT")
        assert_refusal(sock.read_answer(), 408)
        assert sock.is_closed()


def test_client_half_closes_behind_pipelined_requests(stage):
    go = threading.Event()
    backend, held = holding(go)
    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request() * 3)
        sock.half_close()
        assert held.wait(5)
        wait_read(stage.proxy, sock, 1)  # all but the end, which may be left for later
        go.set()
        assert [sock.read_answer().status for _ in range(3)] == [200] * 3
        assert sock.is_closed()


def test_client_half_closes_behind_a_late_request(stage):
    """The second request and the end come while the first is not answered."""
    go = threading.Event()
    backend, held = holding(go)
    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request())
        assert held.wait(5)
        sock.send(request())
        sock.half_close()
        wait_read(stage.proxy, sock, 1)
        go.set()
        assert [sock.read_answer().status for _ in range(2)] == [200] * 2
        assert sock.is_closed()


def test_proxy_header_in_two_reads(scripted, lavaproxy):
    backend = scripted(lambda conn: (conn.head(), conn.send(closing())))
    proxy = lavaproxy(backends=[backend], config={"proxy": {"proxy_protocol": ["127.0.0.1/32"]}})
    with proxy.connect() as sock:
        for piece in (b"PROXY TCP4 1.2.3.4 ", b"5.6.7.8 11 22\r\n", request()[:7]):
            sock.send(piece)
            wait_read(proxy, sock)
        assert sock.send(request()[7:]).read_answer().status == 200
    assert b"X-Forwarded-For: 1.2.3.4\r\n" in backend.received[0]


# --- dialling


def test_clients_leave_with_half_a_body_while_dialled(stage):
    """Request and end are there before the proxy first looks."""
    stage.script(lambda conn: (conn.head(), conn.drain()))
    socks = []
    with frozen(stage.proxy):
        for _ in range(20):
            socks.append(stage.connect().send(STARTED_BODY))
            socks[-1].close()
    wait_until(lambda: not any(is_open(stage.proxy, sock) for sock in socks), 5, "the connections to end")
    wait_until(lambda: not stage.proxy.connections(), 5)


def test_client_leaves_with_half_a_body_in_a_long_dial(lavaproxy):
    """The backend's queue is full, so the dial is still under way when the client leaves."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # A proxy that checks seldom leaves the queue alone; its first check fills it.
        proxy = lavaproxy(backends=[(4, f"127.0.0.1:{address[1]}")], config={"health": {"interval": "60s"}})
        with socket.socket() as filler:
            filler.setblocking(False)
            filler.connect_ex(address)
            sock = proxy.connect().send(STARTED_BODY)
            wait_until(lambda: is_dialling(address[1]), 5, "the dial")
            sock.close()
            wait_until(lambda: unread(proxy, sock) == 0, 5, "the proxy to see the end")
        listener.settimeout(0)
        accepted = []

        def is_over():
            try:
                accepted.append(listener.accept()[0])
            except BlockingIOError:
                pass
            return not is_open(proxy, sock)

        try:
            wait_until(is_over, 6, "the proxy to give the connection up")
            wait_until(lambda: not proxy.connections(), 5)
        finally:
            for peer in accepted:
                peer.close()


def test_a_failed_backend_does_not_take_its_neighbour_down(scripted, lavaproxy):
    """Many dials fail at once; what the first ones learn of one backend says nothing about the next."""
    lost = scripted(answering)
    left = scripted(answering)
    proxy = lavaproxy(backends=[lost, left], config={"health": {"interval": "30s"}, "proxy": {"workers": 1}})
    socks = [proxy.connect() for _ in range(40)]
    wait_until(lambda: len(proxy.connections()) == len(socks), 5)
    with frozen(proxy):
        lost.down()
        for sock in socks:
            sock.send(request())
    assert [sock.read_answer().status for sock in socks] == [200] * len(socks)
    wait_until(lambda: [b["status"] for b in backends_of(proxy)] == ["offline", "online"], 5)
    assert backends_of(proxy)[1]["failures"] == 0
    for sock in socks:
        sock.close()


def test_held_handshakes_do_not_flap_the_backend(scripted, lavaproxy):
    """Handshakes held after a refused dial try anew when the backend returns, and do not blame it for the old one."""
    backend = scripted(lambda conn: (conn.head(), conn.send(SWITCHING), conn.drain()))
    proxy = lavaproxy(backends=[backend], config={"proxy": {"workers": 1}, "timeouts": {"backend_wait": "20s"}})
    socks = [proxy.connect() for _ in range(10)]
    wait_until(lambda: len(proxy.connections()) == len(socks), 5)
    with frozen(proxy):
        backend.down()
        for sock in socks:
            sock.send(websocket_request())
    # Either a handshake has met the refused dial, or the health check was there before it.
    wait_until(lambda: backends_of(proxy)[0]["failures"] >= 1 or backends_of(proxy)[0]["status"] != "online", 5)
    seen = len(proxy.lines)
    backend.start()
    assert [sock.read_answer().status for sock in socks] == [101] * len(socks)
    wait_until(lambda: backends_of(proxy)[0]["status"] == "online", 5)
    assert not [line for line in proxy.lines[seen:] if "backend b0" in line and "down" in line]
    for sock in socks:
        sock.close()


CLONE_NEWNS, CLONE_NEWUSER, MS_BIND, MS_PRIVATE = 0x20000, 0x10000000, 4096, 0x44000


def with_hosts(path):
    """Gives the process to be started a hosts file of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    path = str(path).encode()

    def enter():
        if (
            libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if os.geteuid() else 0))
            or libc.mount(b"none", b"/", None, MS_PRIVATE, None)
            or libc.mount(path, b"/etc/hosts", None, MS_BIND, None)
        ):
            raise OSError(ctypes.get_errno())

    try:
        subprocess.run(["true"], preexec_fn=enter, check=True)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("no mount namespaces here")
    return enter


@pytest.mark.parametrize("host", ["127.0.0.2", "127.0.0.3"])
def test_backend_name_with_several_addresses(scripted, lavaproxy, tmp_path, host):
    """Only one address is served, the first or the second: both ways every request must find it, and no dial of the
    other may count as a failure."""
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.2 localhost\n127.0.0.3 localhost\n")
    backend = scripted(lambda conn: (conn.head(), conn.send(closing())), host=host)
    proxy = lavaproxy(backends=[(4, f"localhost:{backend.port}")], preexec=with_hosts(hosts))
    socks = [proxy.connect().send(request("POST", body=b"{}")) for _ in range(10)]
    assert [sock.read_answer().status for sock in socks] == [200] * len(socks)
    for sock in socks:
        sock.close()
    assert (backends_of(proxy)[0]["failures"], backends_of(proxy)[0]["status"]) == (0, "online")


def test_localhost_as_a_backend(scripted, lavaproxy):
    """Whatever the name means here: ::1 may come first, and may be refused or not be there at all."""
    backend = scripted(lambda conn: (conn.head(), conn.send(closing())))
    proxy = lavaproxy(backends=[(4, f"localhost:{backend.port}")])
    assert [proxy.exchange(request()).status for _ in range(3)] == [200] * 3
