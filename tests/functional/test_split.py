"""The same bytes split at random points give the same result, in both directions."""

import random

import pytest

from stage import Stage, masked_frame, read_request, switching, text_frame
from support import ok, request, websocket_request

CONVERSATION = b"".join([
    request(target="/v4/loadtracks?identifier=ytsearch%3Aa", headers=[("Accept", "*/*")]),
    request("PATCH", "/v4/sessions/s/players/1", [("Transfer-Encoding", "chunked")])
    + b"5;x=y\r\nhello\r\n00a\r\n0123456789\r\n1\r\n!\r\n0\r\nX-T: 1\r\n\r\n",
    request("POST", "/v3/decodetracks", body=b'["QAAAjQIAJVJpY2sgQXN0bGV5"]' * 30),
    b"\r\n" + request("DELETE", "/v4/sessions/s/players/1"),
    request("HEAD", "/v4/info"),
    websocket_request(target="/v4/websocket", headers=[("Session-Id", "abc")]),
    masked_frame(b"first") + masked_frame(b"y" * 500, 2) + masked_frame(b"", 9),
])
ANSWERS = {
    b"GET": ok(b"found" * 100),
    b"PATCH": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
              b"5\r\nabcde\r\n14\r\n" + b"z" * 20 + b"\r\n0\r\n\r\n",
    b"POST": b"HTTP/1.1 200 \r\nContent-Length: 5\r\nX-8: \xff\r\n\r\n\r\n\r\n\0",
    b"DELETE": b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HEAD": b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n",
}
FRAMES = text_frame('{"op":"ready","resumed":false,"sessionId":"abcdefghijklmnop"}') + text_frame("x" * 5000)
TUNNEL_IN = masked_frame(b"first") + masked_frame(b"y" * 500, 2) + masked_frame(b"", 9)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("split"), config={"proxy": {"workers": 1}})
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def pieces(data, rng):
    """`data` cut at random points; None: whole."""
    if rng is None:
        return [data]
    cuts = sorted(rng.sample(range(1, len(data)), min(len(data) - 1, rng.choice((1, 3, 20, 60)))))
    return [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)])]


def converse(stage, rng):
    """Returns what the backends got (framing aside) and what the client got."""
    got = []
    tunnel = []

    def backend(conn):
        while True:
            asked = read_request(conn)
            headers = [h for h in asked.headers if h[0].lower() not in (b"transfer-encoding", b"content-length")]
            got.append((asked.method, asked.target, headers, asked.body))
            upgrade = asked.header("Upgrade") is not None
            for piece in pieces(switching(asked) + FRAMES if upgrade else ANSWERS[asked.method], rng):
                conn.send(piece)
            if upgrade:
                tunnel.append(conn.exact(len(TUNNEL_IN)))
                return

    stage.script(backend)
    with stage.connect() as sock:
        for piece in pieces(CONVERSATION, rng):
            sock.send(piece)
        answers = []
        for method in ("GET", "PATCH", "PATCH", "POST", "DELETE", "HEAD", "WEBSOCKET"):
            answer = sock.read_answer(to_head=method == "HEAD")
            headers = [h for h in answer.headers if h[0].lower() not in ("transfer-encoding", "content-length")]
            answers.append((answer.status, headers, answer.body))
        frames = sock.read_exact(len(FRAMES))
        assert sock.read_to_end() == b""
    return got, tunnel, answers, frames


def test_splits_change_nothing(stage):
    whole = converse(stage, None)
    assert [a[0] for a in whole[2]] == [200, 100, 200, 200, 204, 200, 101]
    assert whole[1] == [TUNNEL_IN] and whole[3] == FRAMES
    for seed in range(25):
        stage.reset()
        assert converse(stage, random.Random(seed)) == whole, f"seed {seed}"


def test_byte_by_byte(stage):
    whole = converse(stage, None)
    stage.reset()

    class EveryByte:
        """Cuts everywhere."""

        @staticmethod
        def sample(points, _):
            return list(points)

        @staticmethod
        def choice(options):
            return options[0]

    assert converse(stage, EveryByte) == whole
