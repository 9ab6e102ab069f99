"""Reading along: whatever passes, it passes untouched, and what could not be looked into is counted."""

import gzip
import hashlib
import json
import os
import struct
import threading

import pytest

from stage import Stage, masked_frame, read_request, ready_frame, rows, switching, text_frame
from support import flavour, request, wait_until, websocket_request


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Stage(tmp_path_factory.mktemp("watch"), web_password="web-password")
    yield made
    made.stop()


@pytest.fixture
def stage(shared):
    shared.reset()
    yield shared


def frame(payload, opcode=1, fin=True, reserved=0):
    """A server's frame."""
    first = bytes([(0x80 if fin else 0) | reserved | opcode])
    if len(payload) < 126:
        size = bytes([len(payload)])
    elif len(payload) < 65536:
        size = bytes([126]) + struct.pack(">H", len(payload))
    else:
        size = bytes([127]) + struct.pack(">Q", len(payload))
    return first + size + payload


def blind(stage):
    """{reason: count}, as /metrics has it."""
    text = stage.proxy.api("/metrics", password="web-password").text
    found = {}
    for line in text.splitlines():
        if line.startswith("lavaproxy_observer_blind_total{"):
            reason = line.split('"')[1]
            found[reason] = int(line.rsplit(" ", 1)[1])
    assert set(found) == {"size", "binary", "framing", "text", "memory", "body"}
    return found


def wait_blind(stage, before, **more):
    """Waits until just these counts have moved, by this much."""
    want = {reason: count + more.get(reason, 0) for reason, count in before.items()}
    wait_until(lambda: blind(stage) == want, 10, f"{want}")


class Tunnel:
    """A tunnel with both ends in the test's hands: `client` (RawSocket) and `node` (BackendConnection)."""

    def __init__(self, stage, target="/v4/websocket"):
        opened = threading.Event()
        self.over = threading.Event()

        def run(conn):
            got = read_request(conn)
            if not got.header("Upgrade"):
                stage.mirrored = got
                conn.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                return
            self.node = conn
            conn.send(switching(got))
            opened.set()
            self.over.wait(60)

        stage.script(run)
        self.client = stage.connect().send(websocket_request(target=target))
        assert self.client.read_answer(to_head=True).status == 101 and opened.wait(10)

    def down(self, data):
        """From the node to the client, compared by sha256."""
        sender = threading.Thread(target=self.node.send, args=(data,), daemon=True)
        sender.start()
        got = self.client.read_exact(len(data))
        sender.join()
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()

    def up(self, data):
        sender = threading.Thread(target=self.client.send, args=(data,), daemon=True)
        sender.start()
        got = self.node.exact(len(data))
        sender.join()
        assert hashlib.sha256(got).digest() == hashlib.sha256(data).digest()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.client.close()


def op(**fields):
    return json.dumps(fields).encode()


UPDATE = op(op="playerUpdate", guildId="1", state={"time": 1, "position": 2, "connected": True, "ping": 3})

# What a node may say, and which counts it moves. A socket that is given up is not looked at again.
SAID = [
    ("nothing special", frame(UPDATE) * 50, {}),
    ("fragments", frame(UPDATE[:9], 1, False) + frame(b"", 9) + frame(UPDATE[9:30], 0, False) + frame(UPDATE[30:], 0), {}),
    ("empty fragments", frame(b"", 1, False) + frame(b"", 0, False) + frame(UPDATE, 0), {}),
    ("unknown op", frame(op(op="moreThanWeKnow", guildId=[1, {"x": None}])), {}),
    ("not an object", frame(b"[1,2]") + frame(b'"x"') + frame(b"null"), {}),
    ("numbers out of range", frame(op(op="stats", players=10**400, playingPlayers=-5, uptime=1e300, memory={"used": -1e99},
                                      cpu={"systemLoad": 1e308, "lavalinkLoad": -2})) +
     frame(b'{"op":"playerUpdate","guildId":"99999999999999999999999","state":{"position":1e999,"ping":-1e30}}'), {}),
    ("just below the bound", frame(op(op="x", y="a" * 65000)), {}),
    ("a large frame", frame(op(op="x", y="a" * 66000)) + frame(UPDATE), {"size": 1}),
    ("large by fragments", (frame(b'{"op":"' + b"a" * 30000, 1, False) + frame(b"b" * 30000, 0, False)) +
     frame(b"c" * 30000, 0, False) + frame(b'"}', 0) + frame(UPDATE), {"size": 1}),
    ("binary", (frame(os.urandom(3000), 2) + frame(UPDATE)) * 3, {"binary": 3}),
    ("binary fragments", frame(os.urandom(99), 2, False) + frame(os.urandom(99), 0) + frame(UPDATE), {"binary": 1}),
    ("wrong UTF-8", (frame(b'{"op":"stats\xff"}') + frame(UPDATE)) * 3, {"text": 1}),
    ("an overlong NUL", frame(b'{"op":"\xc0\x80"}') * 2, {"text": 1}),
    ("half a surrogate pair in UTF-8", frame(b'{"op":"\xed\xa0\x80"}') * 2, {"text": 1}),
    ("truncated JSON", frame(UPDATE[:-1]) * 2, {"text": 1}),
    ("an empty message", frame(b"") * 2, {"text": 1}),
    ("no JSON", frame(b"hello") * 2, {"text": 1}),
    ("deep nesting", frame(b'{"op":' + b"[" * 5000 + b"]" * 5000 + b"}") * 2, {"text": 1}),
    ("compressed bits", frame(UPDATE, reserved=0x40) * 2, {"framing": 1}),
    ("a reserved opcode", frame(UPDATE, 3) * 2, {"framing": 1}),
    ("a masked frame", masked_frame(UPDATE) * 2, {"framing": 1}),
    ("a continuation of nothing", frame(UPDATE, 0) * 2, {"framing": 1}),
    ("no WebSocket at all", os.urandom(4096).replace(b"\x81", b"\x00"), {"framing": 1}),
]


@rows("name,data,counts", SAID)
def test_what_a_node_says_passes_untouched(stage, name, data, counts):
    before = blind(stage)
    with Tunnel(stage) as tunnel:
        tunnel.down(data)
        tunnel.up(masked_frame(b"still there"))
        tunnel.down(frame(UPDATE) * 3)
        wait_blind(stage, before, **counts)


@pytest.mark.parametrize("name", ["fragments", "wrong UTF-8", "compressed bits", "truncated JSON"])
def test_split_at_every_byte(stage, name):
    data, counts = next((data, counts) for n, data, counts in SAID if n == name)
    before = blind(stage)
    with Tunnel(stage) as tunnel:
        for byte in data:
            tunnel.down(bytes([byte]))
        wait_blind(stage, before, **counts)


# All of it comes twice, the second time byte by byte.
CLIENT_SAID = [
    ("pings", masked_frame(b"", 9) * 20, {}),
    ("plays", masked_frame(op(op="play", guildId="1", track="QAAA")) * 5, {}),
    ("binary", masked_frame(os.urandom(200), 2) * 2, {"binary": 4}),
    ("no JSON", masked_frame(b"hello") * 2, {"text": 1}),
    ("unmasked", frame(UPDATE) * 2, {"framing": 1}),
    ("compressed bits", bytes([0xC1]) + masked_frame(UPDATE)[1:], {"framing": 1}),
]


@rows("name,data,counts", CLIENT_SAID)
def test_what_a_v3_client_says_passes_untouched(stage, name, data, counts):
    before = blind(stage)
    with Tunnel(stage, target="/") as tunnel:
        tunnel.up(data)
        tunnel.down(frame(UPDATE))
        for byte in data:
            tunnel.up(bytes([byte]))
        wait_blind(stage, before, **counts)


def test_v4_nodes_do_not_listen_and_neither_do_we(stage):
    before = blind(stage)
    with Tunnel(stage) as tunnel:
        tunnel.up(os.urandom(4096))
        tunnel.down(frame(UPDATE))
        wait_blind(stage, before)


def test_a_16_mb_frame_passes_in_constant_memory(stage):
    before = blind(stage)
    with Tunnel(stage) as tunnel:
        tunnel.down(frame(op(op="x", y="a" * (1 << 20))))  # what the sockets and the allocator need anyway
        wait_blind(stage, before, size=1)
        rss = stage.proxy.rss_kb()
        tunnel.down(frame(b'{"op":"' + os.urandom(16 << 20) + b'"}'))
        wait_blind(stage, before, size=2)
        # Sanitizers keep what has been freed for a while.
        assert stage.proxy.rss_kb() - rss < (1024 if flavour() == "release" else 8192)
        tunnel.down(frame(UPDATE))


def test_a_session_said_in_pieces_is_learnt(stage):
    """A `ready` cut into fragments, its fragments cut anywhere, binds the session's requests to its node."""
    before = blind(stage)
    ready = op(op="ready", resumed=False, sessionId="cutcutcutcutcutc")
    with Tunnel(stage) as tunnel:
        data = frame(ready[:5], 1, False) + frame(b"x", 9) + frame(ready[5:40], 0, False) + frame(ready[40:], 0)
        for byte in data:
            tunnel.down(bytes([byte]))
        answer = stage.ask(request(target="/v4/sessions/cutcutcutcutcutc/players"))
        assert answer.status == 200
        assert stage.mirrored.target == b"/v4/sessions/cutcutcutcutcutc/players"
        wait_blind(stage, before, body=1)  # the mirror's answer is no list of players


def test_given_up_once_means_given_up(stage):
    """A `ready` behind broken text is not believed any more."""
    before = blind(stage)
    with Tunnel(stage) as tunnel:
        tunnel.down(frame(b"no JSON") + ready_frame("laterlaterlaterl") + text_frame("x" * 100))
        tunnel.down(frame(b"\xff" * 100) + frame(UPDATE, 2))
        wait_blind(stage, before, text=1)


# Bodies of REST exchanges

SESSION = "sixteenlowercase"
PLAYER = f"/v4/sessions/{SESSION}/players/817327181659111454"
VOICE = {"token": "secret-token", "endpoint": "x", "sessionId": "secret", "channelId": "5"}
ASK = op(track={"encoded": "QAAA" * 60, "userData": {"a": [1, None, "\u00e9"]}}, paused=False, volume=100, voice=VOICE)


def chunked(body, sizes):
    """A body in chunks of these sizes, the last of them again and again."""
    out, at = b"", 0
    for i in range(len(body)):
        size = sizes[min(i, len(sizes) - 1)]
        piece = body[at:at + size]
        if not piece:
            break
        out += b"%x\r\n" % len(piece) + piece + b"\r\n"
        at += size
    return out + b"0\r\n\r\n"


def answer(body, status=200, headers=(("Content-Type", "application/json"),)):
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
    return (head + "".join(f"{n}: {v}\r\n" for n, v in headers)).encode() + b"\r\n" + body


def told_player(length=0):
    track = {"encoded": "QAAA", "info": {"title": "t" * length, "author": "a", "length": 1000, "sourceName": "youtube"}}
    return op(guildId="817327181659111454", track=track, volume=100, paused=False,
              state={"time": 1, "position": 0, "connected": True, "ping": 20}, voice=VOICE, filters={})


# Requests whose body is read, how it comes, and which counts move.
ASKED = [
    ("whole", "PATCH", PLAYER, ASK, None, {}),
    ("chunked", "PATCH", PLAYER, ASK, (7, 1, 1, 200), {}),
    ("a byte a chunk", "PATCH", PLAYER + "?noReplace=true&trace=true", ASK, (1,), {}),
    ("large", "PATCH", PLAYER, ASK[:-1] + b',"filters":[' + b"1," * 200000 + b"1]}", None, {}),
    ("of a session", "PATCH", f"/v4/sessions/{SESSION}", op(resuming=True, timeout=60000), None, {}),
    ("without a prefix", "PATCH", f"/sessions/{SESSION}", op(resumingKey="x", timeout=60), None, {}),
    ("null", "PATCH", PLAYER, op(track={"encoded": None}), None, {}),
    ("of nothing known", "PATCH", PLAYER, b'{"x":1}', None, {}),
    ("not an object", "PATCH", PLAYER, b'[{"paused":true}]', None, {}),
    ("numbers out of range", "PATCH", PLAYER, b'{"volume":1e400,"position":-99999999999999999999,"paused":7}', None, {}),
    ("broken", "PATCH", PLAYER, b'{"volume":', None, {"body": 1}),
    ("wrong UTF-8", "PATCH", PLAYER, b'{"x":"\xff"}', None, {"body": 1}),
    ("deep", "PATCH", PLAYER, b'{"x":' + b"[" * 9000 + b"]" * 9000 + b"}", (100,), {"body": 1}),
    ("binary", "PATCH", PLAYER, bytes(range(256)) * 400, (3000,), {"body": 1}),
    ("of no interest", "POST", "/v4/decodetracks", b"\xff no JSON", None, {}),
]


@rows("name,method,target,body,chunks,counts", ASKED)
def test_what_is_asked_passes_untouched(stage, name, method, target, body, chunks, counts):
    before = blind(stage)
    got = []

    def node(conn):
        while True:
            got.append(read_request(conn))
            conn.send(answer(told_player()))

    stage.script(node)
    framing = [("Transfer-Encoding", "chunked")] if chunks else [("Content-Length", len(body))]
    head, content = request(method, target, framing), chunked(body, chunks) if chunks else body
    with stage.connect() as sock:
        for _ in range(2):
            assert sock.send(head + content).read_answer().body == told_player()
        sock.send(head)
        pieces = [content[i:i + 1] for i in range(len(content))] if len(content) < 2000 else [content[:9], content[9:]]
        for piece in pieces:
            sock.send(piece)
        assert sock.read_answer().status == 200
    assert [hashlib.sha256(r.body).digest() for r in got] == [hashlib.sha256(body).digest()] * 3
    wait_blind(stage, before, **{reason: 3 * count for reason, count in counts.items()})


def test_a_body_that_waits_for_100(stage):
    before = blind(stage)

    def node(conn):
        head = conn.head()
        assert b"expect: 100-continue" in head.lower()
        conn.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        stage.body = conn.exact(len(ASK))
        conn.send(answer(told_player()))

    stage.script(node)
    with stage.connect() as sock:
        sock.send(request("PATCH", PLAYER, [("Content-Length", len(ASK)), ("Expect", "100-continue")]))
        assert sock.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        assert sock.send(ASK).read_answer().body == told_player()
    assert stage.body == ASK
    wait_blind(stage, before)


GZIP = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
JSON = [("Content-Type", "application/json")]
ERROR = op(timestamp=1, status=400, error="Bad Request", message="Partial voice state", path="/x", trace="x" * 3000)
FOUND = op(loadType="search", data=[json.loads(told_player())["track"]] * 20)
FOUND_V3 = op(tracks=[{"track": "QAAB" * 20, "info": {"title": "t", "author": "a", "length": 1}}] * 20, loadType="SEARCH_RESULT")
SEARCH = "/v4/loadtracks?identifier=ytsearch%3Ax"

ANSWERED = [
    ("a search", "GET", SEARCH, FOUND, 200, JSON, {}),
    ("a search of v3", "GET", "/loadtracks?identifier=x", FOUND_V3, 200, JSON, {}),
    ("a large search", "GET", SEARCH, op(data=["x" * 100000], loadType="search"), 200, JSON, {}),
    ("a search that failed", "GET", SEARCH, op(loadType="error", data={"message": None, "severity": "fault"}), 200, JSON, {}),
    ("compressed", "GET", SEARCH, gzip.compress(FOUND), 200, GZIP, {"body": 1}),
    ("compressed by name only", "GET", SEARCH, FOUND, 200, [*JSON, ("Content-Encoding", "Identity")], {}),
    ("cut short", "GET", SEARCH, FOUND[:17], 200, JSON, {"body": 1}),
    ("wrong UTF-8", "GET", SEARCH, b'{"x":"\xc3"}', 200, JSON, {"body": 1}),
    ("deep", "GET", SEARCH, b"[" * 500 + b"]" * 500, 200, JSON, {"body": 1}),
    ("empty", "GET", SEARCH, b"", 200, JSON, {}),
    ("players", "GET", f"/v4/sessions/{SESSION}/players", b"[" + b",".join([told_player()] * 50) + b"]", 200, JSON, {}),
    ("no players", "GET", f"/v4/sessions/{SESSION}/players", b"[]", 200, JSON, {}),
    ("an error", "GET", SEARCH, ERROR, 400, JSON, {}),
    ("an error of another kind", "GET", "/v4/x", b"<h1>no</h1>", 404, [("Content-Type", "text/html")], {}),
    ("an error that is broken", "GET", "/v4/x", b'{"message":"', 500, JSON, {"body": 1}),
    ("of no interest", "GET", "/v4/info", b"\xff", 200, JSON, {}),
]


@rows("name,method,target,body,status,headers,counts", ANSWERED)
def test_what_is_answered_passes_untouched(stage, name, method, target, body, status, headers, counts):
    before = blind(stage)
    ways = []

    def node(conn):
        for way in range(3):
            read_request(conn)
            head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers)
            if way == 0:
                conn.send(answer(body, status, headers))
            elif way == 1:
                conn.send(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(body, (1, 50, 3000)))
            else:
                conn.send(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body))
                for byte in body[:3000]:
                    conn.send(bytes([byte]))
                conn.send(body[3000:])

    stage.script(node)
    with stage.connect() as sock:
        for _ in range(3):
            ways.append(sock.send(request(method, target)).read_answer())
    assert [a.status for a in ways] == [status] * 3
    assert [hashlib.sha256(a.body).digest() for a in ways] == [hashlib.sha256(body).digest()] * 3
    # An answer in chunks that has no content is one with a body, and says nothing: that is no JSON either.
    wait_blind(stage, before, **({"body": 1} if name == "empty" else {reason: 3 * n for reason, n in counts.items()}))


@pytest.mark.parametrize("framing", ["length", "chunks", "close"])
def test_a_large_answer_is_not_held_back(stage, framing):
    """400 KB of a player: the first byte is there while the node still has the last."""
    body = told_player(400000)
    there = threading.Event()

    def node(conn):
        read_request(conn)
        head = {"length": f"Content-Length: {len(body)}", "chunks": "Transfer-Encoding: chunked", "close": "X: y"}[framing]
        conn.send(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode())
        data, first = (chunked(body, (1, 60000)), 6) if framing == "chunks" else (body, 1)
        conn.send(data[:first])
        assert there.wait(20), "the answer was held back"
        conn.send(data[first:])

    before = blind(stage)
    stage.script(node)
    with stage.connect() as sock:
        sock.send(request("PATCH", PLAYER, [("Content-Length", len(ASK))]) + ASK)
        head = sock.read_until(b"\r\n\r\n")
        if framing == "chunks":
            assert sock.read_until(b"\r\n") == b"1\r\n"
        assert sock.read_exact(1) == body[:1]
        there.set()
        if framing == "length":
            assert sock.read_exact(len(body) - 1) == body[1:]
        elif framing == "close":
            assert sock.read_to_end() == body[1:]
        else:
            sock.read_until(b"\r\n0\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
    wait_blind(stage, before)
