"""Every trap of the protocol, in its order, through the real binary."""

import asyncio
import subprocess

import aiohttp
import pytest

from stage import (Stage, assert_refusal, closing, data_segments, is_websocket, masked_frame, read_request, ready_frame, rows,
                   switching, text_frame)
from support import BACKEND_PASSWORD, PASSWORD, ok, request, wait_until, websocket_request


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("traps"))
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def curl(stage, target, *args):
    """Runs curl against the proxy; returns (status, body)."""
    command = ["curl", "-sS", "--max-time", "20", "-H", f"Authorization: {PASSWORD}", "-w", "\n%{http_code}", *args,
               f"http://127.0.0.1:{stage.port}{target}"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=30)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


# 1. One TCP connection is not one kind of traffic.

def test_aiohttp_rest_rest_websocket_on_one_socket(stage):
    async def run():
        opened, reused = [], []
        trace = aiohttp.TraceConfig()

        async def created(*_):
            opened.append(1)

        async def again(*_):
            reused.append(1)

        trace.on_connection_create_end.append(created)
        trace.on_connection_reuseconn.append(again)
        headers = {"Authorization": PASSWORD, "User-Id": "1", "Client-Name": "aiohttp"}
        base = f"http://127.0.0.1:{stage.port}"
        async with aiohttp.ClientSession(headers=headers, trace_configs=[trace]) as session:
            async with session.get(base + "/v4/info") as answer:
                assert answer.status == 200 and answer.headers["X-Version"] == "4"
                await answer.read()
            async with session.patch(base + "/v3/sessions/x", json={"timeout": 60}) as answer:
                assert answer.status == 200 and answer.headers["X-Version"] == "3"
                assert b'{"timeout": 60}' in await answer.read()
            async with session.ws_connect(base + "/v4/websocket") as socket:
                await socket.send_bytes(b"\x00\xff hello")
                # The mirror echoes the client's masked frame, which a client must refuse: that it came is enough.
                message = await socket.receive(timeout=10)
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED,
                                        aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)
        assert (len(opened), len(reused)) == (1, 2)

    asyncio.run(run())
    assert [(v, r.target) for v, r in stage.requests] == [(4, b"/v4/info"), (3, b"/v3/sessions/x"),
                                                          (4, b"/v4/websocket")]


def test_every_request_of_a_connection_is_checked_and_routed(stage):
    with stage.connect() as sock:
        for target, version in (("/v4/info", 4), ("/v3/info", 3), ("/v4/stats", 4), ("/version", 3)):
            answer = sock.send(request(target=target)).read_answer()
            assert (answer.status, answer.header("X-Version")) == (200, str(version))
        assert_refusal(sock.send(request(target="/v4/info", password="wrong")).read_answer(), 403, "/v4/info")
        assert sock.is_closed()
    assert len(stage.requests) == 4


# 2. Upgrade is not always WebSocket.

def test_curl_http2_get_and_patch(stage):
    status, body = curl(stage, "/v4/info", "--http2")
    assert status == 200 and body.startswith(b"GET /v4/info HTTP/1.1\r\n")
    status, body = curl(stage, "/v4/sessions/s/players/1", "--http2", "-X", "PATCH", "-d", '{"paused":true}')
    assert status == 200 and body.endswith(b'\r\n\r\n{"paused":true}')
    for _, got in stage.requests:
        assert not {"upgrade", "http2-settings"} & set(got.names())
        assert b"h2c" not in got.head.lower() and b"http2" not in got.head.lower()


H2C = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")]


def test_h2c_does_not_stop_the_connection(stage):
    """http_parser would stop at the end of an upgrade request, body and all that follows included."""
    with stage.connect() as sock:
        sock.send(request("PATCH", "/v4/sessions/s", H2C, b"0123456789") + request(target="/v4/second", headers=H2C))
        assert sock.read_answer().body.endswith(b"\r\n\r\n0123456789")
        assert sock.read_answer().body.startswith(b"GET /v4/second ")


@rows("name, data", [
    ("not GET", request("POST", "/v4/websocket", [("Connection", "Upgrade"), ("Upgrade", "websocket"),
                                                  ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "eA==")])),
    ("no key", request("GET", "/v4/websocket", [("Connection", "Upgrade"), ("Upgrade", "websocket")])),
    ("another protocol", request("GET", "/v4/websocket", [("Connection", "Upgrade"), ("Upgrade", "websockets"),
                                                          ("Sec-WebSocket-Key", "eA==")])),
    ("no Connection", request("GET", "/v4/websocket", [("Upgrade", "websocket"), ("Sec-WebSocket-Key", "eA==")])),
])
def test_other_upgrades_are_plain_requests(stage, name, data):
    with stage.connect() as sock:
        first = sock.send(data).read_answer()
        assert first.status == 200, name
        assert "upgrade" not in stage.last.names()
        assert sock.send(request(target="/v4/next")).read_answer().status == 200


# 3. Connection is a list, any case; bytes behind the head belong to the tunnel.

@pytest.mark.parametrize("connection", ["Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade", "keep-alive,upgrade",
                                        "foo , Upgrade ,bar"])
@pytest.mark.parametrize("token", ["websocket", "WebSocket"])
def test_connection_is_a_list(stage, connection, token):
    data = request("GET", "/v4/websocket", [("connection", connection), ("upgrade", token), ("User-Id", "1"),
                                            ("Sec-WebSocket-Version", "13"), ("sec-websocket-key", "eA==")])
    with stage.connect() as sock:
        answer = stage.upgrade(sock, data + b"early bytes")
        assert answer.header("Upgrade").lower() == "websocket"
        assert answer.header("Connection").lower() == "upgrade"
        assert sock.read_exact(11) == b"early bytes"
    assert stage.last.header("Connection") == b"Upgrade"
    assert stage.last.header("Upgrade") == b"websocket"


# 4. Header names in any case; two Authorization are refused.

@pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "aUTHORIZATION"])
def test_header_names_in_any_case(stage, name):
    data = f"GET /v4/info HTTP/1.1\r\n{name}: {PASSWORD}\r\nhOsT: x\r\ncOnTeNt-LeNgTh: 2\r\n\r\nhi".encode()
    answer = stage.ask(data)
    assert answer.status == 200 and answer.body.endswith(b"\r\n\r\nhi")
    assert stage.last.header("Authorization") == BACKEND_PASSWORD.encode()


@pytest.mark.parametrize("second", [PASSWORD, "wrong", ""])
@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_two_authorizations_are_refused(stage, name, second):
    with stage.connect() as sock:
        assert_refusal(sock.send(request(target="/v4/info", headers=[(name, second)])).read_answer(), 400)
        assert sock.is_closed()
    stage.assert_untouched()


# 5. The target is never decoded or encoded anew; the version comes from the path's start only.

@pytest.mark.parametrize("target", [
    "/v4/loadtracks?identifier=100%%20",
    "/v4/loadtracks?identifier=https://example.org/watch?v=a&b=%2F%2f",
    "/v4/loadtracks?identifier=a#b",
    "/v4/loadtracks?identifier=ytsearch:größe",
    "/v4/loadtracks?identifier=ytsearch%3Aa+%26+b%28",
    "/v4/../v4/./x//y?%zz",
    "/v4/long?" + "x" * 8000,
    "/v4?x",
    "/v4",
])
def test_target_is_untouched(stage, target):
    answer = stage.ask(request(target=target))
    assert (answer.status, answer.header("X-Version")) == (200, "4")
    assert stage.last.target == target.encode()


@pytest.mark.parametrize("target, headers, version", [
    ("/v3/info", (), 3),
    ("/v3", (), 3),
    ("/v3?v=/v4/", (), 3),
    ("/v4/info?x=/v3/", (), 4),
    ("/version", (), 3),
    ("/x/v4/info", (), 3),
    ("/v40/info", (), 3),
    ("/v4x", (), 3),
    ("/version", [("User-Agent", "x/v4"), ("Referer", "/v4/")], 3),
    ("/version", [("Lavalink-Version", "4")], 4),
    ("/version", [("Lavalink-Version", "3")], 3),
    ("/v3/info", [("Lavalink-Version", "4")], 3),
    ("/loadtracks?identifier=/v4/", (), 3),
])
def test_version_from_the_start_of_the_path(stage, target, headers, version):
    answer = stage.ask(request(target=target, headers=headers))
    assert (answer.status, answer.header("X-Version")) == (200, str(version))


# 6. GETs may carry Content-Length: 0 or a Content-Type.

@pytest.mark.parametrize("headers", [[("Content-Length", "0")], [("Content-Type", "application/json")]])
def test_get_with_body_headers(stage, headers):
    with stage.connect() as sock:
        for _ in range(2):
            assert sock.send(request(target="/v4/info", headers=headers)).read_answer().status == 200
    assert stage.last.body == b""


# 7. Expect: 100-continue is passed on, interim answers are relayed and never invented.

def test_curl_expect_with_a_big_body(stage, tmp_path):
    body = bytes(range(256)) * 4300
    upload = tmp_path / "body"
    upload.write_bytes(body)
    got = []

    def backend(conn):
        head = conn.head()
        got.append(head)
        conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        got.append(conn.exact(len(body)))
        conn.send(closing(b"taken"))

    stage.script(backend)
    status, answer = curl(stage, "/v4/sessions/s", "-X", "PATCH", "--data-binary", f"@{upload}", "-H",
                          "Expect: 100-continue", "--expect100-timeout", "15")
    assert (status, answer) == (200, b"taken")
    assert b"\r\nexpect: 100-continue\r\n" in got[0].lower() and got[1] == body


def test_expect_without_a_100_sends_the_body_anyway(stage, tmp_path):
    body = b"y" * 1_100_000
    upload = tmp_path / "body"
    upload.write_bytes(body)
    status, answer = curl(stage, "/v4/sessions/s", "-X", "PATCH", "--data-binary", f"@{upload}", "-H",
                          "Expect: 100-continue", "--expect100-timeout", "0.3")
    assert status == 200 and answer.endswith(body)


def test_interim_answers_are_relayed_before_the_body(stage):
    def backend(conn):
        conn.head()
        conn.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        assert conn.exact(4) == b"body"
        conn.send(b"HTTP/1.1 102 Processing\r\n\r\n" + closing(b"done"))

    stage.script(backend)
    with stage.connect() as sock:
        data = request("PATCH", "/v4/x", [("Expect", "100-continue"), ("Content-Length", "4")])
        sock.send(data)
        assert sock.read_answer().status == 103
        assert sock.read_answer().status == 100
        sock.send(b"body")
        assert sock.read_answer().status == 102
        final = sock.read_answer()
        assert (final.status, final.body) == (200, b"done")


def test_no_100_is_invented(stage):
    """A refusal comes without the body having been asked for, and an answer without 100 comes alone."""
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")])
    answer = stage.ask(request("PATCH", "/v4/x", [("Expect", "100-continue"), ("Content-Length", "4")]))
    assert (answer.status, answer.body) == (404, b"no")


# 8. Chunked request bodies are framed anew, trailers dropped.

def test_chunked_patch_is_reframed(stage):
    body = b"5;name=value\r\nhello\r\n1\r\n \r\n05\r\nworld\r\n0\r\nAuthorization: wrong\r\nX-Trailer: 1\r\n\r\n"
    data = request("PATCH", "/v4/sessions/s/players/1?noReplace=true",
                   [("Transfer-Encoding", "chunked"), ("Trailer", "X-Trailer")]) + body
    with stage.connect() as sock:
        sock.send(data)
        assert sock.read_answer().body.endswith(b"\r\n\r\nhello world")
        assert sock.send(request(target="/v4/next")).read_answer().status == 200
    got = stage.requests[0][1]
    assert got.body == b"hello world"
    assert got.header("Authorization") == BACKEND_PASSWORD.encode() and got.header("Trailer") is None


def test_chunked_answer_is_reframed(stage):
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789"
                   b"\r\n0\r\nX-Trailer: 1\r\n\r\n")])
    answer = stage.ask(request(target="/v4/info"))
    assert (answer.status, answer.body) == (200, b"abc0123456789")


def test_chunked_answer_to_http_10_ends_with_the_connection(stage):
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")])
    with stage.connect() as sock:
        sock.send(f"GET /v4/info HTTP/1.0\r\nAuthorization: {PASSWORD}\r\n\r\n".encode())
        head = sock.read_until(b"\r\n\r\n")
        assert b"chunked" not in head.lower()
        assert sock.read_to_end() == b"abc"


# 9. HTTP/2 by prior knowledge is in test_bad_input.py.

# 10. A second head that comes early waits for its turn.

def test_pipelined_requests_are_answered_in_order(stage):
    with stage.connect() as sock:
        sock.send(b"".join(request(target=f"/v{3 + i % 2}/n{i}") for i in range(8)))
        for i in range(8):
            answer = sock.read_answer()
            assert answer.header("X-Version") == str(3 + i % 2)
            assert answer.body.startswith(f"GET /v{3 + i % 2}/n{i} ".encode())


def test_second_request_waits_for_the_first_answer(stage):
    """Bytes behind a request stay unread by any backend until its answer is finished."""
    def backend(conn):
        if b"/v4/first" in conn.head():
            conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n01234")
            stage.early = [bytes(c.received) for c in stage.connections() if b"second" in c.received]
            conn.send(b"56789")
        else:
            conn.send(closing(b"second"))

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request(target="/v4/first") + request(target="/v4/second"))
        assert sock.read_answer().body == b"0123456789"
        assert sock.read_answer().body == b"second"
    assert stage.early == []


# 11. Keep-alive and retries are in test_pool.py. 12. Half-close and back-pressure are in test_tunnel.py.
# 13. A kill is in test_tunnel.py.

# 14. Answers made here have Lavalink's shape.

def test_refusals_have_lavalinks_shape(stage):
    answer = stage.ask(request(target="/v4/info?x=<b>", password=None))
    assert_refusal(answer, 401, "/v4/info")
    assert answer.json()["error"] == "Unauthorized"
    assert answer.header("Content-Type").startswith("application/json")


# 15. Bearer is not Lavalink, but harmless in front.

def test_bearer_is_accepted_and_dropped(stage):
    assert stage.ask(request(target="/v4/info", password=f"Bearer {PASSWORD}")).status == 200
    assert stage.last.header("Authorization") == BACKEND_PASSWORD.encode()
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request(password=f"Bearer {PASSWORD}"))
    assert stage.last.header("Authorization") == BACKEND_PASSWORD.encode()


# 16. 204, 304 and answers to HEAD have no body, whatever they say.

@pytest.mark.parametrize("method, head", [
    ("GET", b"HTTP/1.1 204 No Content\r\n"),
    ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n"),
    ("DELETE", b"HTTP/1.1 204 No Content\r\n"),
    ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n"),
    ("GET", b"HTTP/1.1 304 Not Modified\r\n"),
    ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n"),
    ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"),
    ("HEAD", b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n"),
])
def test_answers_without_a_body(stage, method, head):
    def backend(conn):
        conn.head()
        conn.send(head + b"\r\n")
        read_request(conn)
        conn.send(closing(b"second"))

    stage.script(backend)
    with stage.connect() as sock:
        answer = sock.send(request(method, "/v4/x")).read_answer(to_head=method == "HEAD")
        assert answer.head.split(b"\r\n")[0] == head.split(b"\r\n")[0]
        if b"1234" in head:
            assert answer.header("Content-Length") == "1234"
        assert sock.send(request(target="/v4/y")).read_answer().body == b"second"


def test_answer_until_the_end_of_the_connection(stage):
    stage.script([(b"\r\n\r\n", b"HTTP/1.0 200 OK\r\nX-Old: yes\r\n\r\nsome bytes")])
    with stage.connect() as sock:
        answer = sock.send(request(target="/v4/x")).read_answer()
        assert (answer.status, answer.body, answer.header("X-Old")) == (200, b"some bytes", "yes")


# 17. "/" is the WebSocket of v3 and an ordinary path: the headers decide.

def test_root_is_decided_by_the_headers(stage):
    with stage.connect() as sock:
        answer = sock.send(request(target="/")).read_answer()
        assert (answer.status, answer.header("X-Version")) == (200, "3")
        stage.upgrade(sock, websocket_request(target="/"))
        sock.send(b"tunnel")
        assert sock.read_exact(6) == b"tunnel"
    assert [(v, is_websocket(r)) for v, r in stage.requests] == [(3, False), (3, True)]
    assert_refusal(stage.ask(request(target="/", password=None)), 401, "/")


# 18. /metrics of a backend has no authentication of its own.

def test_metrics_of_a_backend_needs_the_password(stage):
    assert_refusal(stage.ask(request(target="/metrics", password=None)), 401)
    assert_refusal(stage.ask(request(target="/metrics", password="wrong")), 403)
    stage.assert_untouched()
    assert stage.ask(request(target="/metrics")).status == 200


# What is forwarded, and what is not.

def test_request_headers_forwarded(stage):
    headers = [("Connection", "keep-alive, X-Hop, User-Id, Host"), ("X-Hop", "1"), ("Keep-Alive", "timeout=5"),
               ("Proxy-Connection", "keep-alive"), ("TE", "trailers"), ("X-First", "a"), ("User-Id", "42"),
               ("Client-Name", "name/1 (x; y)"), ("X-First", "b"), ("Accept", "*/*"), ("X-Forwarded-For", "6.6.6.6")]
    stage.ask(request(target="/v4/info", headers=headers, host="bots.example"))
    got = stage.last
    assert got.header("Host") == b"bots.example"
    assert got.header("X-Forwarded-For") == b"127.0.0.1"
    assert [v for n, v in got.headers if n in (b"X-First", b"User-Id", b"Client-Name", b"Accept")] == [
        b"a", b"42", b"name/1 (x; y)", b"b", b"*/*"]
    assert not {"x-hop", "keep-alive", "proxy-connection", "te", "trailer"} & set(got.names())
    assert PASSWORD.encode() not in got.head


def test_answer_headers_forwarded(stage):
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 418 I'm a Teapot\r\nLavalink-Api-Version: 4\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                   b"Keep-Alive: timeout=60\r\nX-8bit: gr\xfc\xdfe\r\nContent-Encoding: br\r\nContent-Length: 3\r\n"
                   b"Connection: close\r\n\r\nabc")])
    answer = stage.ask(request(target="/v4/x"))
    assert (answer.status, answer.phrase, answer.body) == (418, "I'm a Teapot", b"abc")
    assert answer.header("Lavalink-Api-Version") == "4" and answer.header("Content-Encoding") == "br"
    assert [v for n, v in answer.headers if n == "Set-Cookie"] == ["a=1", "b=2"]
    assert answer.header("X-8bit") == "grüße"
    assert answer.header("Keep-Alive") is None


def test_early_answer_ends_the_exchange(stage):
    """The backend answers before the body is there, and reads no further."""
    def backend(conn):
        conn.head()
        conn.send(b"HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")

    stage.script(backend)
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Content-Length", "100000000")]) + b"x" * 1000)
        answer = sock.read_answer()
        assert (answer.status, answer.body) == (413, b"big")
        assert sock.is_closed()


def test_early_answer_while_the_body_keeps_coming(stage):
    """The answer is not lost in a reset though the client goes on sending."""
    stage.script([(b"\r\n\r\n", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbad")])
    with stage.connect() as sock:
        sock.send(request("POST", "/v4/x", [("Content-Length", "200000")]))
        try:
            for _ in range(20):
                sock.send(b"x" * 1000)
        except ConnectionError:
            pass
        answer = sock.read_answer()
        assert (answer.status, answer.body) == (400, b"bad")


# Sessions stay where they are: REST for a session and a resume reach the backend that owns it.

def owning(session, resumed_log):
    """A backend that owns `session` and says its name in every answer."""
    def run(conn):
        while True:
            got = read_request(conn)
            if is_websocket(got):
                resumed_log.append((session, got.header("Session-Id")))
                conn.send(switching(got) + ready_frame(session))
                conn.drain()
                return
            conn.send(ok(session.encode()))
    return run


def test_sessions_reach_their_backend(scripted, lavaproxy):
    log = []
    backends = [scripted(owning(c * 16, log), version=4) for c in "ab"]
    proxy = lavaproxy(backends=backends)

    def opened(sock, headers=()):
        """The session of a new tunnel."""
        sock.send(websocket_request(headers=headers))
        assert sock.read_answer().status == 101
        return sock.read_exact(len(ready_frame("a" * 16)))[-18:-2].decode()

    socks = [proxy.connect() for _ in range(6)]
    sessions = [opened(sock) for sock in socks]
    for session in sessions:
        with proxy.connect() as sock:
            for _ in range(3):
                answer = sock.send(request("PATCH", f"/v4/sessions/{session}/players/1", body=b"{}")).read_answer()
                assert answer.body == session.encode()
    for sock in socks:
        sock.close()
    for session in sessions:
        with proxy.connect() as sock:
            assert opened(sock, [("Session-Id", session)]) == session
    assert log[6:] == [(s, s.encode()) for s in sessions]


def test_frames_are_never_gathered_with_the_101(stage):
    """lavacord 3 loses a frame that arrives in one read with the 101."""
    def backend(conn):
        got = read_request(conn)
        conn.send(switching(got) + text_frame("first"))
        conn.drain()

    stage.script(backend)
    with stage.connect() as sock:
        stage.upgrade(sock, websocket_request())
        assert sock.read_exact(7) == text_frame("first")
        assert data_segments(sock.sock) >= 2
        sock.send(masked_frame(b"x"))
