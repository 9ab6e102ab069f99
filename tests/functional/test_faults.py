"""Known faults of the program this one replaces, each as a test; and what a crowd or a stuck reader costs."""

import os
import resource
import selectors
import socket
import time

import pytest

from stage import Stage, read_request, switching
from support import binary, patience, request, wait_until, websocket_request

CROWD = 2000


@pytest.fixture
def many_descriptors():
    """Room for a crowd in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = 3 * CROWD + 500
    if hard != resource.RLIM_INFINITY and hard < want:
        pytest.skip(f"only {hard} descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, want), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def release(monkeypatch):
    """Figures count for the program as shipped, not under a sanitizer."""
    if not os.path.exists(binary("lavaproxy", "release")):
        pytest.skip("no release build")
    monkeypatch.setenv("LAVAPROXY_FLAVOUR", "release")


def crowd_of(port, count, data, done):
    """Connects `count` clients that all send `data`; returns how many sockets got an answer beginning with `done`, and the
    sockets."""
    selector = selectors.DefaultSelector()
    socks = []
    served = 0
    for _ in range(count):
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", port))
        selector.register(sock, selectors.EVENT_WRITE)
        socks.append(sock)
    deadline = time.monotonic() + patience(15)
    waiting = count
    while waiting and time.monotonic() < deadline:
        for key, mask in selector.select(0.5):
            sock = key.fileobj
            if mask & selectors.EVENT_WRITE:
                assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0, "a client could not connect"
                sock.sendall(data)
                selector.modify(sock, selectors.EVENT_READ)
            elif sock.recv(4096).startswith(done):
                served += 1
                waiting -= 1
                selector.unregister(sock)
            else:
                waiting -= 1
                selector.unregister(sock)
    return served, socks


def test_two_thousand_clients_within_two_seconds(many_descriptors, lavanode, lavaproxy):
    """The original lost most of a crowd: here every one is served, REST first, then a tunnel on the same socket."""
    node = lavanode("--stats-interval", "60", "--player-update", "60")
    proxy = lavaproxy(backends=[node])
    began = time.monotonic()
    served, socks = crowd_of(proxy.port, CROWD, websocket_request(), b"HTTP/1.1 101 ")
    took = time.monotonic() - began
    assert served == CROWD
    assert took < patience(10), f"{took:.1f} s"
    wait_until(lambda: proxy.get("/api/connections")["activeConnections"] == CROWD, 10, "all to be counted")
    for sock in socks:
        sock.close()
    wait_until(lambda: proxy.get("/api/connections")["activeConnections"] == 0, 10, "all to be gone")
    with proxy.connect() as sock:
        assert sock.send(request(target="/version")).read_answer().status == 200


def test_crowd_of_rest_clients(many_descriptors, lavanode, lavaproxy):
    node = lavanode()
    proxy = lavaproxy(backends=[node])
    served, socks = crowd_of(proxy.port, CROWD, request(target="/v4/info"), b"HTTP/1.1 200 ")
    assert served == CROWD
    for sock in socks:
        sock.close()


def test_a_stuck_reader_costs_little(release, tmp_path):
    """Readers that never read, with a backend that never stops: at most 64 KB each in the proxy."""
    count = 100

    def backend(conn):
        conn.send(switching(read_request(conn)))
        block = b"x" * 65536
        while True:
            conn.send(block)

    stage = Stage(tmp_path / "stuck")
    try:
        stage.handler = backend
        warm = [stuck(stage) for _ in range(5)]
        settle(stage)
        before = stage.proxy.rss_kb()
        socks = [stuck(stage) for _ in range(count)]
        settle(stage)
        each = (stage.proxy.rss_kb() - before) / count
        assert each <= 64, f"{each:.1f} KB for each stuck reader"
        for sock in warm + socks:
            sock.close()
    finally:
        stage.stop()


def stuck(stage):
    """A client that reads the 101 and never again."""
    sock = stage.connect()
    sock.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.send(websocket_request())
    sock.sock.recv(64)
    return sock


def settle(stage):
    """Waits until the proxy has stopped growing: no CPU used for a while."""
    last = [-1.0, time.monotonic()]

    def quiet():
        now = stage.proxy.cpu_seconds()
        if now > last[0] + 0.01:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] > 0.4

    wait_until(quiet, 20, "the proxy to be quiet")


def test_short_connections_are_counted(lavanode, lavaproxy):
    """Connections that live less than a tick count to the byte in the figures of their address."""
    node = lavanode()
    proxy = lavaproxy(backends=[node])
    sent = received = 0
    for _ in range(50):
        with proxy.connect(source="127.0.0.44") as sock:
            sock.send(request(target="/v4/info")).read_answer()
            sent += sock.sent
            received += sock.received

    def counted():
        rows = [r for r in proxy.get("/api/data-usage")["ipUsage"] if r["ip"] == "127.0.0.44"]
        return rows and (rows[0]["bytesIn"], rows[0]["bytesOut"], rows[0]["connections"]) == (sent, received, 50)

    wait_until(counted, 5, f"50 connections, {sent} bytes in and {received} out")


def test_thousands_of_short_connections_leave_nothing(release, lavanode, lavaproxy):
    node = lavanode()
    proxy = lavaproxy(backends=[node])
    data = request(target="/version", headers=[("Connection", "close")])

    def burst(count):
        for _ in range(count):
            assert proxy.exchange(data).status == 200

    burst(500)
    descriptors, memory = proxy.descriptors(), proxy.rss_kb()
    burst(3000)
    wait_until(lambda: proxy.descriptors() <= descriptors, 5)
    assert proxy.rss_kb() - memory < 4000
