"""The gate: connection limits, wrong passwords, block time, allow and deny lists; and the descriptor limit."""

import contextlib
import re
import resource
import socket
import time

import pytest

from stage import Stage, assert_refusal
from support import RawSocket, free_port, patience, request, wait_until, websocket_request


@contextlib.contextmanager
def limited(tmp_path, limits, **options):
    """A stage where loopback is an address like any other."""
    made = Stage(tmp_path / "limits", config={"limits": {"allow": [], **limits}}, **options)
    try:
        yield made
    finally:
        made.stop()


def good(stage, source):
    return stage.ask(request(target="/v4/x"), source=source)


def test_connections_in_all(tmp_path):
    with limited(tmp_path, {"connections": 3}) as stage:
        held = [stage.connect(source=f"127.0.0.{i}") for i in (2, 3, 4)]
        for sock in held:
            assert sock.send(request(target="/v4/x")).read_answer().status == 200
        with stage.connect(source="127.0.0.5") as sock:
            answer = sock.send(request(target="/v4/x")).read_answer()
            assert_refusal(answer, 503)
            assert sock.is_closed()
        with stage.connect(source="127.0.0.5") as sock:
            assert_refusal(sock.send(websocket_request()).read_answer(), 503)
        held[0].close()
        wait_until(lambda: good(stage, "127.0.0.5").status == 200, 5, "the place to be free")
        # The others were not hurt.
        for sock in held[1:]:
            assert sock.send(request(target="/v4/x")).read_answer().status == 200
            sock.close()


def test_connections_per_ip(tmp_path):
    with limited(tmp_path, {"connections_per_ip": 2}) as stage:
        held = [stage.connect(source="127.0.0.2") for _ in range(2)]
        for sock in held:
            stage.upgrade(sock, websocket_request())
        assert_refusal(good(stage, "127.0.0.2"), 429)
        assert good(stage, "127.0.0.3").status == 200
        held[0].close()
        wait_until(lambda: good(stage, "127.0.0.2").status == 200, 5, "the place to be free")
        held[1].close()


def test_refused_connections_do_not_count(tmp_path):
    with limited(tmp_path, {"connections_per_ip": 1}) as stage:
        with stage.connect(source="127.0.0.2") as sock:
            stage.upgrade(sock, websocket_request())
            for _ in range(20):
                assert good(stage, "127.0.0.2").status == 429
        wait_until(lambda: good(stage, "127.0.0.2").status == 200, 5, "the place to be free")


def seconds_left(answer):
    assert_refusal(answer, 403)
    told = re.search(r"(\d+) ?(s\b|second)", answer.json()["message"])
    assert told, f"no time left in {answer.json()['message']!r}"
    return int(told.group(1))


def test_wrong_passwords_block_for_a_time(tmp_path):
    with limited(tmp_path, {"auth_failures": "3/60s", "block": "2s"}) as stage:
        for _ in range(3):
            assert stage.ask(request(target="/v4/x", password="wrong"), source="127.0.0.2").status == 403
        answer = good(stage, "127.0.0.2")
        assert 1 <= seconds_left(answer) <= 2
        wait_until(lambda: "127.0.0.2 is blocked after too many wrong passwords: for 2 s" in stage.proxy.log(), 5)
        assert good(stage, "127.0.0.3").status == 200
        assert all(r.target == b"/v4/x" for _, r in stage.requests) and len(stage.requests) == 1
        wait_until(lambda: good(stage, "127.0.0.2").status == 200, 6, "the block to end")


def test_block_reaches_open_connections_and_websockets(tmp_path):
    with limited(tmp_path, {"auth_failures": "2/60s", "block": "60s"}) as stage:
        with stage.connect(source="127.0.0.2") as early:
            assert early.send(request(target="/v4/x")).read_answer().status == 200
            for _ in range(2):
                stage.ask(websocket_request(password="wrong"), source="127.0.0.2")
            with stage.connect(source="127.0.0.2") as sock:
                answer = sock.send(websocket_request()).read_answer()
                assert 50 <= seconds_left(answer) <= 60
            # The connection that was open is answered 403 or cut, but not served.
            try:
                assert early.send(request(target="/v4/x")).read_answer().status == 403
            except (EOFError, ConnectionError):
                pass


def test_missing_passwords_block_nobody(tmp_path):
    """A probe without a password guesses nothing; it must not shut out the bots behind the same address."""
    with limited(tmp_path, {"auth_failures": "2/60s", "block": "60s"}) as stage:
        for _ in range(4):
            assert stage.ask(request(target="/v4/x", password=None), source="127.0.0.2").status == 401
        assert good(stage, "127.0.0.2").status == 200


def test_failures_within_the_window_only(tmp_path):
    with limited(tmp_path, {"auth_failures": "3/1s", "block": "60s"}) as stage:
        began = time.monotonic()
        for _ in range(2):
            stage.ask(request(target="/v4/x", password="wrong"), source="127.0.0.2")
        wait_until(lambda: time.monotonic() - began > 2.1, 5)
        for _ in range(2):
            stage.ask(request(target="/v4/x", password="wrong"), source="127.0.0.2")
        assert good(stage, "127.0.0.2").status == 200


def test_deny(tmp_path):
    with limited(tmp_path, {"deny": ["127.0.0.4", "127.0.1.0/24"]}) as stage:
        assert_refusal(good(stage, "127.0.0.4"), 403)
        assert_refusal(good(stage, "127.0.1.77"), 403)
        assert good(stage, "127.0.2.77").status == 200
        with stage.connect(source="127.0.0.4") as sock:
            assert_refusal(sock.send(websocket_request()).read_answer(), 403)
            assert sock.is_closed()
        assert len(stage.requests) == 1


def test_allowed_addresses_are_never_limited_or_blocked(tmp_path):
    limits = {"allow": ["127.0.0.2"], "connections_per_ip": 1, "auth_failures": "1/60s"}
    with limited(tmp_path, limits) as stage:
        for _ in range(5):
            assert stage.ask(request(target="/v4/x", password="wrong"), source="127.0.0.2").status == 403
        with stage.connect(source="127.0.0.2") as one, stage.connect(source="127.0.0.2") as two:
            for sock in (one, two):
                assert sock.send(request(target="/v4/x")).read_answer().status == 200


def test_protected_mode(tmp_path):
    """With the password everyone knows, only loopback is served."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("no address but loopback")
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("no address but loopback")
    port = free_port("0.0.0.0")
    made = Stage(tmp_path / "open", password="DevamOP", config={"proxy": {"listen": [f"0.0.0.0:{port}", f"127.0.0.1:{free_port()}"]}},
                 wait="none")
    try:
        def answered():
            try:
                with RawSocket(port) as sock:
                    return sock.send(request(target="/v4/x", password="DevamOP")).read_answer().status == 200
            except (OSError, EOFError):
                return False

        wait_until(answered, 10, "service on loopback")
        with RawSocket(port, host=own) as sock:
            answer = sock.send(request(target="/v4/x", password="DevamOP")).read_answer()
            assert_refusal(answer, 403)
            assert "password" in answer.json()["message"].lower()
    finally:
        made.stop()


def test_descriptor_limit(tmp_path):
    """At the limit the proxy neither spins nor dies, and serves again as soon as there is room."""
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))

    with limited(tmp_path, {}, preexec=few) as stage:
        proxy = stage.proxy
        crowd = []
        for _ in range(400):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", stage.port))
            crowd.append(sock)
        wait_until(lambda: proxy.descriptors() >= 100, 10, "the proxy to be full")
        before, began = proxy.cpu_seconds(), time.monotonic()
        wait_until(lambda: time.monotonic() - began > 2, 5)
        spent = (proxy.cpu_seconds() - before) / (time.monotonic() - began)
        assert spent < 0.05 * patience(1), f"{spent:.0%} of a core at the descriptor limit"
        for sock in crowd:
            sock.close()
        began = time.monotonic()
        wait_until(lambda: _served(stage), 3, "service")
        assert time.monotonic() - began < patience(1.2)
        assert proxy.is_running()


def _served(stage):
    try:
        with stage.connect(timeout=1) as sock:
            return sock.send(request(target="/v4/x")).read_answer().status == 200
    except (OSError, EOFError):
        return False
