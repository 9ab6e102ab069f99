"""Ending connections by hand: politely or at once, one, a list or an IP, with and without a block."""

import asyncio
import concurrent.futures
import itertools
import json
import socket
import threading
import time

import aiohttp
import pytest

from stage import Stage, read_request, switching, text_frame
from support import PASSWORD, patience, request, wait_until, websocket_request

CLOSE_1001 = b"\x88\x17\x03\xe9ended by the operator"
HEADERS = {"Authorization": PASSWORD, "User-Id": "123456789012345678"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("kill"),
                 config={"proxy": {"workers": 3}, "limits": {"allow": ["127.0.0.1"]}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


class Tunnel:
    """Both ends in the test's hands: `client` (RawSocket) and `backend` (BackendConnection)."""

    def __init__(self, stage, target="/v4/websocket", source=None, headers=()):
        opened = threading.Event()
        self.over = threading.Event()

        def backend(conn):
            conn.send(switching(read_request(conn)))
            self.backend = conn
            opened.set()
            self.over.wait(60)

        stage.script(backend)
        self.stage = stage
        self.client = stage.connect(source=source)
        self.client.send(websocket_request(target, headers))
        assert self.client.read_answer().status == 101 and opened.wait(5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.client.close()

    @property
    def id(self):
        return self.stage.proxy.connection_of(self.client)["id"]

    def backend_hears(self, timeout=5):
        """Everything the backend still gets, to the end of its connection."""
        sock = self.backend.sock
        sock.settimeout(patience(timeout))
        heard = b""
        while True:
            piece = sock.recv(65536)
            if not piece:
                return heard
            heard += piece


def kill(stage, number, mode):
    answer = stage.proxy.api(f"/api/connections/{number}?mode={mode}", "DELETE")
    assert answer.status == 200, answer
    return answer.json()


def is_gone(sock):
    """Waits for the end, in whatever way it comes."""
    try:
        sock.read_to_end()
    except ConnectionResetError:
        pass
    return True


def unmask(frame):
    """The payload of a short masked frame."""
    assert frame[1] & 0x80
    mask, body = frame[2:6], frame[6:]
    return bytes(b ^ mask[i % 4] for i, b in enumerate(body))


# --- politely -------------------------------------------------------------------------------------------------------


def test_close_frame_and_an_end_for_both(stage):
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(text_frame("one"))
        assert tunnel.client.read_exact(5) == text_frame("one")
        number = tunnel.id
        kill(stage, number, "close")
        assert tunnel.client.read_to_end() == CLOSE_1001
        # The client had said nothing, so the boundary of its direction is known, too.
        heard = tunnel.backend_hears()
        assert heard[:2] == b"\x88\x97" and unmask(heard) == CLOSE_1001[2:]
        tunnel.client.close()
        tunnel.backend.close()
        stage.proxy.wait_log(f"#{number} closed by hand")
        stage.proxy.wait_log(rf"#{number} 127\.0\.0\.1 ended .*: killed")
        again = stage.proxy.api(f"/api/connections/{number}?mode=close", "DELETE")
        assert again.status == 404


def test_a_client_that_spoke_is_not_guessed_at(stage):
    """On v4 nobody reads along with the client, so after its first byte the backend gets a plain end."""
    with Tunnel(stage) as tunnel:
        tunnel.client.send(b"\x8a\x80\0\0\0\0")
        assert tunnel.backend.exact(6)
        kill(stage, tunnel.id, "close")
        assert tunnel.client.read_to_end() == CLOSE_1001
        assert tunnel.backend_hears() == b""


def test_both_boundaries_are_known_on_v3(stage):
    with Tunnel(stage, target="/", headers=[("Lavalink-Version", "3")]) as tunnel:
        frame = b"\x81\x85\1\2\3\4" + bytes(b ^ (i % 4 + 1) for i, b in enumerate(b"hello"))
        tunnel.client.send(frame[:8])
        assert tunnel.backend.exact(8)
        kill(stage, tunnel.id, "close")
        assert tunnel.client.read_to_end() == CLOSE_1001, "the other direction does not wait"
        tunnel.client.send(frame[8:] + b"\x81\x80later")
        heard = tunnel.backend_hears()
        assert heard[:3] == frame[8:] and unmask(heard[3:]) == CLOSE_1001[2:]


@pytest.mark.parametrize("cut", [1, 2, 3, 6, 150])
def test_within_a_frame(stage, cut):
    """The frame under way is finished, what follows it is not begun."""
    frame = text_frame("x" * 200)
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(frame + frame[:cut])
        assert tunnel.client.read_exact(len(frame) + cut) == frame + frame[:cut]
        kill(stage, tunnel.id, "close")
        tunnel.backend.send(frame[cut:] + text_frame("never"))
        assert tunnel.client.read_to_end() == frame[cut:] + CLOSE_1001


def test_a_frame_that_never_ends_is_cut(stage):
    frame = text_frame("x" * 200)
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(frame[:100])
        assert tunnel.client.read_exact(100) == frame[:100]
        number = tunnel.id
        began = time.monotonic()
        kill(stage, number, "close")
        tunnel.client.sock.settimeout(patience(10))
        with pytest.raises(ConnectionResetError):
            tunnel.client.sock.recv(10)
        assert 1.5 < time.monotonic() - began < patience(4)
        stage.proxy.wait_log(rf"#{number} .*: killed")


def test_no_second_close_frame(stage):
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(b"\x88\x02\x03\xe8")
        assert tunnel.client.read_exact(4) == b"\x88\x02\x03\xe8"
        kill(stage, tunnel.id, "close")
        assert tunnel.client.read_to_end() == b""


def test_what_is_no_websocket_just_ends(stage):
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(b"\xff\xff garbage")
        assert tunnel.client.read_exact(10)
        kill(stage, tunnel.id, "close")
        assert tunnel.client.read_to_end() == b""


def test_a_client_that_does_not_read_is_reset(stage):
    with Tunnel(stage) as tunnel:
        tunnel.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stop = threading.Event()

        def flood():
            try:
                while not stop.is_set():
                    tunnel.backend.send(text_frame("y" * 60000))
            except OSError:
                pass

        thread = threading.Thread(target=flood, daemon=True)
        number = tunnel.id
        thread.start()
        wait_until(lambda: stage.proxy.connection_of(tunnel.client)["bytesOut"] > 100000, 10)
        began = time.monotonic()
        kill(stage, number, "close")
        wait_until(lambda: all(c["id"] != number for c in stage.proxy.connections()), 10)
        assert time.monotonic() - began < patience(5)
        stop.set()
        thread.join(10)
        with pytest.raises(ConnectionResetError):
            while tunnel.client.sock.recv(65536):
                pass


def test_kill_at_once_while_closing(stage):
    with Tunnel(stage) as tunnel:
        tunnel.backend.send(text_frame("x" * 100)[:50])
        tunnel.client.read_exact(50)
        number = tunnel.id
        kill(stage, number, "close")
        kill(stage, number, "close")
        kill(stage, number, "reset")
        tunnel.client.sock.settimeout(patience(1))
        with pytest.raises(ConnectionResetError):
            tunnel.client.sock.recv(10)


def test_a_real_client_in_the_middle_of_traffic(stage):
    """aiohttp takes every frame whole and then a close with 1001, whenever the kill comes."""
    ended, over = [], threading.Event()

    def backend(conn):
        conn.send(switching(read_request(conn)))
        try:
            for i in itertools.count():
                assert not over.is_set(), "it was not killed"
                conn.send(text_frame(json.dumps({"op": "playerUpdate", "n": i, "fill": "z" * (i * 37 % 3000)})))
                if i % 50 == 49:
                    time.sleep(0.005)  # leaves the other threads of this test some time
        except OSError:
            pass

    async def bot():
        async with aiohttp.ClientSession() as session:
            headers = {**HEADERS, "Client-Name": f"real/{len(ended)}"}
            async with session.ws_connect(f"http://127.0.0.1:{stage.port}/v4/websocket", headers=headers,
                                          timeout=patience(10)) as ws:
                got = 0
                async for message in ws:
                    assert message.type == aiohttp.WSMsgType.TEXT
                    assert json.loads(message.data)["n"] == got
                    got += 1
                    if got == 100:
                        ending = asyncio.get_running_loop().run_in_executor(None, end)
                        ending.add_done_callback(lambda done: done.exception() and over.set())
                await ending
                return got, ws.close_code

    def end():
        mine = f"real/{len(ended)}"
        row = wait_until(lambda: next((c for c in stage.proxy.connections() if c["clientName"] == mine), None), 5)
        kill(stage, row["id"], "close")
        ended.append(row["id"])

    for _ in range(3):
        stage.script(backend)
        got, code = asyncio.run(asyncio.wait_for(bot(), patience(30)))
        assert got >= 100 and code == 1001
        wait_until(lambda: not stage.proxy.connections(), 5)


# --- REST -----------------------------------------------------------------------------------------------------------


def test_an_answer_under_way_is_finished(stage):
    there, go_on = threading.Event(), threading.Event()

    def backend(conn):
        read_request(conn)
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        there.set()
        go_on.wait(5)
        conn.send(b"world")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        assert there.wait(5)
        sock.read_until(b"hello")
        kill(stage, stage.proxy.connection_of(sock)["id"], "close")
        go_on.set()
        assert sock.read_to_end().endswith(b"world")


def test_an_answer_to_come_says_that_it_is_the_last(stage):
    asked, go_on = threading.Event(), threading.Event()

    def backend(conn):
        read_request(conn)
        asked.set()
        go_on.wait(5)
        conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        assert asked.wait(5)
        kill(stage, stage.proxy.connection_of(sock)["id"], "close")
        go_on.set()
        answer = sock.read_answer()
        assert answer.status == 200 and answer.header("Connection") == "close"
        assert sock.is_closed()


def test_an_answer_that_does_not_come_is_not_waited_for(stage):
    asked, over = threading.Event(), threading.Event()

    def backend(conn):
        read_request(conn)
        asked.set()
        over.wait(20)

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/x"))
        assert asked.wait(5)
        kill(stage, stage.proxy.connection_of(sock)["id"], "close")
        sock.sock.settimeout(patience(6))
        with pytest.raises(ConnectionResetError):
            sock.sock.recv(10)
    over.set()


def test_between_two_requests(stage):
    with stage.connect() as sock:
        assert sock.send(request(target="/v4/x")).read_answer().status == 200
        kill(stage, stage.proxy.connection_of(sock)["id"], "close")
        assert sock.read_to_end() == b""


# --- lists and IPs ----------------------------------------------------------------------------------------------------


def bots(stage, count, source):
    """Tunnels that echo; as many as there are workers to be found on."""
    socks = []
    for _ in range(count):
        sock = stage.connect(source=source)
        assert sock.send(websocket_request()).read_answer().status == 101
        socks.append(sock)
    return socks


def leave(socks):
    for sock in socks:
        sock.close()


def post(stage, query, status=200):
    answer = stage.proxy.api(f"/api/kill?{query}", "POST")
    assert answer.status == status, answer
    return answer.json()


@pytest.mark.parametrize("mode", ["reset", "close"])
def test_a_list(stage, mode):
    socks = bots(stage, 8, "127.0.0.7")
    ids = [stage.proxy.connection_of(s)["id"] for s in socks]
    socks[0].close()
    wait_until(lambda: len(stage.proxy.connections()) == 7, 5)
    told = post(stage, f"ids={','.join(ids[:5])}&mode={mode}")
    assert told["asked"] == 5 and told["ended"] == 4
    for sock in socks[1:5]:
        assert is_gone(sock)
    wait_until(lambda: sorted(c["id"] for c in stage.proxy.connections()) == sorted(ids[5:]), 5)
    verb = "closed" if mode == "close" else "killed"
    stage.proxy.wait_log(f"4 connections {verb} by hand, 5 asked for")
    post(stage, f"ids={ids[0]}", 404)
    leave(socks)


@pytest.mark.parametrize("mode", ["reset", "close"])
def test_all_of_an_ip(stage, mode):
    socks = bots(stage, 12, "127.0.0.8")
    other = bots(stage, 2, "127.0.0.9")
    told = post(stage, f"ip=127.0.0.8&mode={mode}")
    assert told["ended"] == 12 and told["blocked"] == 0
    for sock in socks:
        assert is_gone(sock)
    wait_until(lambda: len(stage.proxy.connections()) == 2, 5)
    assert bots(stage, 1, "127.0.0.8"), "it may come back"
    post(stage, "ip=127.0.0.99", 404)
    stage.proxy.wait_log(r"0 connections of 127\.0\.0\.99 killed by hand")
    leave(socks + other)


@pytest.mark.parametrize("mode", ["reset", "close"])
def test_more_than_one_turn_takes(stage, mode):
    """Several hundred on three workers, each met once and counted once, and others are served meanwhile."""
    socks = bots(stage, 500, "127.0.0.14")
    other = bots(stage, 1, "127.0.0.15")
    told = post(stage, f"ip=127.0.0.14&mode={mode}")
    assert told["ended"] == 500
    assert stage.ask(request(target="/v4/x"), source="127.0.0.15").status == 200
    for sock in socks:
        assert is_gone(sock)
    leave(socks)
    wait_until(lambda: len(stage.proxy.connections()) == 1, 5)
    leave(other)


def test_orders_that_meet(stage):
    """Several for the same connections at the same time: each comes to its end, and counts each connection once."""
    count = 800
    socks = bots(stage, count, "127.0.0.16")
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: stage.proxy.api("/api/kill?ip=127.0.0.16&mode=close", "POST").json(), range(6)))
    took = time.monotonic() - began
    assert [t["ended"] for t in told] == [count] * 6
    assert took < patience(1.5), "none waits for the connections' own ends"
    leave(socks)
    wait_until(lambda: not stage.proxy.connections(), 5)


def test_kill_and_block(stage):
    socks = bots(stage, 5, "127.0.0.10")
    told = post(stage, "ip=127.0.0.10&mode=close&block=10m")
    assert told["ended"] == 5 and told["blocked"] == 1
    for sock in socks:
        assert is_gone(sock)
    assert stage.ask(request(target="/v4/x"), source="127.0.0.10").status == 403
    stage.proxy.wait_log(r"5 connections of 127\.0\.0\.10 closed by hand; 127\.0\.0\.10 blocked for 10m")
    listed = stage.proxy.get("/api/blocked")
    assert listed["total"] == 1 and listed["blocked"][0]["ip"] == "127.0.0.10"
    assert listed["blocked"][0]["reason"] == "by hand" and 590 <= listed["blocked"][0]["seconds"] <= 600
    assert stage.proxy.api("/api/block?ip=127.0.0.10", "DELETE").status == 200
    listed = stage.proxy.get("/api/blocked")
    assert listed["total"] == 0 and listed["blocked"] == []
    assert stage.ask(request(target="/v4/x"), source="127.0.0.10").status == 200


def test_one_and_block_ends_all_of_its_ip(stage):
    socks = bots(stage, 3, "127.0.0.11")
    other = bots(stage, 1, "127.0.0.12")
    number = stage.proxy.connection_of(socks[1])["id"]
    told = post(stage, f"ids={number}&block=1m")
    assert told["ended"] == 3 and told["blocked"] == 1
    for sock in socks:
        assert is_gone(sock)
    wait_until(lambda: len(stage.proxy.connections()) == 1, 5)
    assert stage.proxy.api("/api/block?ip=127.0.0.11", "DELETE").status == 200
    leave(other)


def test_who_is_allowed_is_killed_but_not_blocked(stage):
    socks = bots(stage, 2, "127.0.0.1")
    told = post(stage, "ip=127.0.0.1&block=10m")
    assert told["ended"] == 2 and told["blocked"] == 0 and "allow list" in told["message"]
    stage.proxy.wait_log(r"2 connections of 127\.0\.0\.1 killed by hand; 1 IP not blocked: on the allow list")
    for sock in socks:
        assert is_gone(sock)
    socks = bots(stage, 1, "127.0.0.1")
    assert stage.proxy.api("/api/block?ip=127.0.0.1", "POST").status == 409
    assert stage.proxy.connection_of(socks[0]), "what was asked for was a block only"
    leave(socks)


@pytest.mark.parametrize("query", [
    "", "ids=", "ids=1,", "ids=a", "ids=1&ip=127.0.0.1", "ip=nobody", "ids=1&mode=softly", "ids=1&block=soon",
    "ids=1&block=0", "ids=1&block=9000000h", "ids=1&mode=%zz", "ids=18446744073709551616"])
def test_bad_queries(stage, query):
    post(stage, query, 400)


def test_modes_of_the_old_paths(stage):
    assert stage.proxy.api("/api/connections/1?mode=softly", "DELETE").status == 400
    assert stage.proxy.api("/api/connections/1/kill?mode=close", "POST").status == 404
    assert stage.proxy.api("/api/kill?ids=1").status == 405
    assert stage.proxy.api("/api/blocked", "POST").status == 405
    assert stage.proxy.api("/api/kill?ids=1", "POST", headers={"Origin": "http://evil.example"}).status == 403


# --- one line each ------------------------------------------------------------------------------------------------------


def test_every_action_is_one_line(stage):
    """What was asked by hand is in the event list, done or not."""
    proxy = stage.proxy
    for path, method, line in (
            ("/api/connections/999999", "DELETE", "#999999 not killed: there is no such connection"),
            ("/api/block?ip=127.0.0.13&for=90s", "POST", r"127\.0\.0\.13 blocked by hand for 1m, 0 connections ended"),
            ("/api/block?ip=127.0.0.1", "POST", r"127\.0\.0\.1 not blocked: it is on the allow list"),
            ("/api/block?ip=127.0.0.13", "DELETE", r"127\.0\.0\.13 unblocked by hand"),
            ("/api/block?ip=127.0.0.13", "DELETE", r"127\.0\.0\.13 not unblocked: it was not blocked"),
            ("/api/backends/b1-v4/drain", "POST", "backend b1-v4 drains: no new sessions"),
            ("/api/backends/b1-v4/drain", "POST", "backend b1-v4 drains already"),
            ("/api/backends/b1-v4/undrain", "POST", "backend b1-v4 takes sessions again"),
            ("/api/backends/b1-v4/undrain", "POST", "backend b1-v4 is not draining")):
        before = len(proxy.lines)
        proxy.api(path, method)
        proxy.wait_log(line, after=before)
    before = len(proxy.lines)
    wait_until(lambda: proxy.api("/api/backends/b1-v4/check", "POST").status == 200, 10)
    proxy.wait_log("checked by hand: backend b1-v4 is (online|slow)", after=before)
    assert proxy.api("/api/backends/b1-v4/check", "POST").status == 409
    proxy.wait_log("not checked: a check is under way, or ran less than 2 s ago", after=before)
