"""Opening, closing, killing and looking at once, with three workers, under ThreadSanitizer where it is built."""

import os
import signal
import threading
import time

import pytest

from stage import Stage
from support import binary, request, wait_until, websocket_request


@pytest.fixture
def racing(monkeypatch, tmp_path):
    if os.path.exists(binary("lavaproxy", "tsan")):
        monkeypatch.setenv("LAVAPROXY_FLAVOUR", "tsan")
    made = Stage(tmp_path / "racing", config={"proxy": {"workers": 3}, "timeouts": {"drain": "200ms"}})
    yield made
    made.stop()


def test_open_close_kill_snapshot(racing):
    """Every part of the program at work for three seconds; nothing races, everybody is served or cut cleanly."""
    stage = racing
    over = time.monotonic() + 3
    failures = []
    served = {"rest": 0, "tunnels": 0, "kills": 0, "looks": 0, "checks": 0}

    def forever(act, name):
        while time.monotonic() < over:
            try:
                act()
                served[name] += 1
            except (ConnectionError, EOFError):
                pass  # killed
            except Exception as error:  # pylint: disable=broad-except
                failures.append(f"{name}: {error!r}")
                return

    def rest():
        with stage.connect() as sock:
            for target in ("/v4/x", "/v3/x"):
                assert sock.send(request("POST", target, body=b"b" * 1000)).read_answer().status == 200

    def tunnel():
        with stage.connect() as sock:
            stage.upgrade(sock, websocket_request())
            sock.send(b"x" * 2000)
            assert sock.read_exact(2000) == b"x" * 2000

    def kill():
        for row in stage.proxy.connections()[:3]:
            assert stage.proxy.api(f"/api/connections/{row['id']}", method="DELETE").status in (200, 202, 204, 404)
        over_soon.wait(0.05)

    def look():
        for path in ("/api/connections", "/api/data-usage", "/api/health"):
            stage.proxy.get(path)

    def check():
        stage.proxy.api("/api/backend-health", method="POST")
        stage.proxy.signal(signal.SIGUSR1)
        over_soon.wait(0.2)

    over_soon = threading.Event()
    acts = [(rest, "rest"), (rest, "rest"), (tunnel, "tunnels"), (tunnel, "tunnels"), (kill, "kills"), (look, "looks"),
            (check, "checks")]
    threads = [threading.Thread(target=forever, args=a, daemon=True) for a in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "stuck"
    assert not failures
    assert all(served.values()), served
    wait_until(lambda: stage.proxy.get("/api/connections")["activeConnections"] == 0, 10, "every connection to be gone")


def test_drain_with_open_connections(racing):
    """The end of the program with tunnels, requests and idle connections in every worker."""
    stage = racing
    socks = [stage.connect() for _ in range(30)]
    for i, sock in enumerate(socks):
        if i % 3 == 0:
            stage.upgrade(sock, websocket_request())
        elif i % 3 == 1:
            assert sock.send(request(target="/v4/x")).read_answer().status == 200
    stage.proxy.signal(signal.SIGTERM)
    for sock in socks:
        assert sock.is_closed(5)
        sock.close()
    assert stage.proxy.wait() == 0
