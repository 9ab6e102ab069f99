"""Sessions stay on the node they were made on: session calls, resumes, and what a tunnel tells of them."""

import contextlib
import hashlib
import json
import random
import struct
import threading
import time

import pytest

from fleet import Fleet, read_frame, read_op
from stage import assert_refusal, masked_frame, ready_frame, rows, text_frame
from support import BACKEND_PASSWORD, exchange, patience, request, wait_until, websocket_request


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Fleet(tmp_path_factory.mktemp("affinity"), (4, 4, 4, 3, 3, 3), config={"proxy": {"workers": 3}}) as made:
        yield made


@pytest.fixture
def fleet(shared):
    shared.reset()
    for node in shared.nodes.values():
        node.ready = ready_frame
    yield shared


# Session calls


@pytest.mark.parametrize("version", [4, 3])
def test_every_session_call_lands_on_its_node(fleet, version):
    bots = [fleet.bot(version, user=str(1000 + i)).greeted() for i in range(9)]
    assert len({b.node.name for b in bots}) == 3
    for _ in range(3):
        for bot in bots:
            bot.call()
            bot.call("PATCH", "/players/817403182526365706?noReplace=true", b'{"volume":1}')
            bot.call("DELETE", "/players/817403182526365706")
            bot.call("PATCH", "", b'{"timeout":60}')
            bot.call("GET", "/players/817403182526365706/some/plugin?x=1")
    for bot in bots:
        others = [b.session for b in bots if b.node is not bot.node]
        assert not set(others) & set(bot.node.sessions_asked())
        assert bot.node.sessions_asked().count(bot.session) == 15


def test_session_calls_on_one_connection_go_to_each_ones_node(fleet):
    """aiohttp clients share one connection between all bots of a process."""
    bots = [fleet.bot(4, user=str(i)).greeted() for i in range(1, 7)]
    with fleet.proxy.connect() as sock:
        for bot in bots * 3:
            answer = sock.send(request(target=f"/v4/sessions/{bot.session}/players")).read_answer()
            assert (answer.status, answer.header("X-Node")) == (200, bot.node.name)


def test_a_call_right_behind_ready_finds_the_session(fleet):
    """Libraries configure resuming as soon as they have read their session id, by a connection of another worker."""
    socks = [fleet.proxy.connect() for _ in range(6)]
    for i in range(120):
        bot = fleet.bot(4, user=str(i + 1))
        sock = socks[i % len(socks)]
        bot.greeted()
        answer = sock.send(request("PATCH", f"/v4/sessions/{bot.session}", body=b"{}")).read_answer()
        assert (answer.status, answer.header("X-Node")) == (200, bot.node.name), f"bot {i}"
    for sock in socks:
        sock.close()


def test_bare_session_paths_of_version_three(fleet):
    """vulkava PATCHes /sessions/ID without a version."""
    bots = [fleet.bot(3, user=str(i)).greeted() for i in range(1, 4)]
    for bot in bots:
        for _ in range(3):
            bot.call("PATCH", "", b"{}", prefix="")


def test_bots_on_the_bare_path_of_version_three(fleet):
    bots = [fleet.bot(3, user=str(i), target="/").greeted() for i in range(1, 4)]
    assert len({b.node.name for b in bots}) == 3
    for bot in bots:
        bot.call()


def test_the_same_id_at_two_versions_is_two_sessions(fleet):
    session = "0123456789abcdef"
    for name in "cf":
        fleet[name].tunnels[session] = None
        fleet[name].ready = lambda _session, _resumed: ready_frame(session)
    bots = [fleet.bot(v, user=str(i)) for v in (4, 3) for i in range(3)]
    for bot in bots:
        assert read_op(bot.sock, "ready")
    for _ in range(4):
        assert fleet.get(f"/v4/sessions/{session}/players") == "c"
        assert fleet.get(f"/v3/sessions/{session}/players") == "f"
    for name in "cf":
        del fleet[name].tunnels[session]


def test_unknown_sessions_get_a_nodes_own_answer(fleet):
    for version in (4, 3):
        for i in range(6):
            answer = fleet.ask(request(target=f"/v{version}/sessions/unknown{i}/players"))
            assert answer.status == 404 and fleet.nodes[answer.json()["node"]].version == version
    for odd in ("", "%2e%2e", "x" * 500, "a/players/../../b"):
        answer = fleet.ask(request(target=f"/v4/sessions/{odd}/players"))
        assert answer.status in (200, 400, 404), answer


def test_unknown_session_id_in_a_handshake_is_a_new_session(fleet):
    """Nearly every library sends its old id for ever, also to a node that never knew it: they are spread like new ones."""
    names = [fleet.bot(4, user=str(i), headers=[("Session-Id", f"longgone{i}")]).greeted().node.name for i in range(1, 7)]
    assert sorted(names) == sorted("aabbcc")
    assert not any(b.resumed for b in fleet.bots)


# Resuming


def test_resume_by_session_id(fleet):
    bots = [fleet.bot(4, user=str(i)).greeted() for i in range(1, 7)]
    for bot in bots:
        bot.close()
        again = fleet.bot(4, user=bot.user, headers=[("Session-Id", bot.session)]).greeted()
        assert (again.node.name, again.session, again.resumed) == (bot.node.name, bot.session, True)
        again.call()


def test_resume_with_the_old_socket_still_open(fleet):
    """The node that knows the session decides, also before the proxy has seen the old socket's end."""
    bot = fleet.bot(4).greeted()
    for _ in range(4):
        assert fleet.bot(4, headers=[("Session-Id", bot.session)]).node.name == bot.node.name


def test_resume_after_both_sides_were_cut(fleet):
    bot = fleet.bot(4).greeted()
    fleet.bot(4)
    bot.cut()
    assert bot.sock.is_closed()
    assert fleet.bot(4, headers=[("Session-Id", bot.session)]).node.name == bot.node.name


def test_resume_key_of_a_handshake(fleet):
    """Some v3 clients say their key in the first handshake already."""
    first = [fleet.bot(3, user=str(i), headers=[("Resume-Key", f"key{i}")]).greeted() for i in range(1, 7)]
    assert len({b.node.name for b in first}) == 3
    for bot in first:
        bot.close()
    for bot, i in zip(first, range(1, 7)):
        assert fleet.bot(3, user=str(i), headers=[("Resume-Key", f"key{i}")]).node.name == bot.node.name


def test_one_resume_key_of_many_bots(fleet):
    """Libraries have a default key that all their bots share."""
    first = {str(i): fleet.bot(3, user=str(i), headers=[("Resume-Key", "Shoukaku")]).greeted() for i in range(1, 7)}
    for user, bot in first.items():
        bot.close()
        assert fleet.bot(3, user=user, headers=[("Resume-Key", "Shoukaku")]).node.name == bot.node.name


def configure_resuming(key, timeout=60):
    return json.dumps({"op": "configureResuming", "key": key, "timeout": timeout}).encode()


def taken(bot, data):
    """Sends `data` and waits until the node has all of it: the proxy has seen it then."""
    bot.sock.send(data)
    wait_until(lambda: bytes(bot.backend.received).endswith(data), 5, "the bytes at the node")


def resumes_by_key(fleet, bot, key):
    """Whether a handshake with that key, of that bot, goes to its node although the others are emptier."""
    bot.close()
    for _ in range(2):
        again = fleet.bot(3, user=bot.user, headers=[("Resume-Key", key)])
        again.close()
        if again.node is not bot.node:
            return False
    return True


def one_beside(fleet):
    """A bot alone, and not on the first node of version 3, where a new one goes when all are empty."""
    bots = [fleet.bot(3, user=str(70 + i)) for i in range(3)]
    chosen = next(b for b in bots if b.node.name != "d")
    for bot in bots:
        if bot is not chosen:
            bot.close()
    return chosen.greeted()


def test_configure_resuming(fleet):
    bot = one_beside(fleet)
    taken(bot, masked_frame(configure_resuming("my key")))
    assert resumes_by_key(fleet, bot, "my key")
    assert fleet.bot(3, user=bot.user, headers=[("Resume-Key", "another key")]).node is not bot.node


def test_configure_resuming_in_any_two_segments(fleet):
    """The frame is cut at every byte; each time the key is another one."""
    size = len(masked_frame(configure_resuming("key00")))
    for cut in range(1, size):
        bot = one_beside(fleet)
        key = f"key{cut:02}"
        frame = masked_frame(configure_resuming(key))
        taken(bot, frame[:cut])
        taken(bot, frame[cut:])
        assert resumes_by_key(fleet, bot, key), f"cut behind byte {cut}"
        fleet.reset()


def test_configure_resuming_byte_by_byte_between_other_frames(fleet):
    bot = one_beside(fleet)
    data = masked_frame(b"", opcode=9) + masked_frame(b'{"op":"voiceUpdate"}') + masked_frame(b"x" * 200, opcode=2)
    data += masked_frame(configure_resuming("slow")) + masked_frame(b"pong", opcode=10)
    for i in range(len(data)):
        taken(bot, data[i:i + 1])
    assert resumes_by_key(fleet, bot, "slow")


def test_resuming_key_by_patch(fleet):
    """Lavalink 3.7 takes the key by REST as well."""
    bot = one_beside(fleet)
    bot.call("PATCH", "", b'{"resumingKey":"by rest","timeout":120}')
    assert resumes_by_key(fleet, bot, "by rest")


def test_resuming_key_by_patch_in_pieces(fleet):
    bot = one_beside(fleet)
    body = b'{ "timeout" : 120,\n "resumingKey" : "in pieces" }'
    head = request("PATCH", f"/v3/sessions/{bot.session}", [("Content-Length", len(body))])
    with fleet.proxy.connect() as sock:
        for piece in (head[:40], head[40:], body[:10], body[10:30], body[30:]):
            sock.send(piece)
        assert sock.read_answer().status == 200
    assert resumes_by_key(fleet, bot, "in pieces")


# The ready frame


LATE = json.dumps({"op": "stats", "sessionId": "wrongwrongwrong1"})

READY = [
    ("fields the other way round", lambda s: text_frame('{"sessionId":"%s","resumed":false,"op":"ready"}' % s)),
    ("white space", lambda s: text_frame('{\n  "op" : "ready" ,\t"resumed" : false,\r\n "sessionId" : "%s"\n}' % s)),
    ("more fields", lambda s: text_frame('{"x":{"sessionId":"no","op":"no"},"op":"ready","sessionId":"%s","y":[1]}' % s)),
    ("a ping before", lambda s: b"\x89\x02hi" + ready_frame(s)),
    ("a long message before", lambda s: text_frame(json.dumps({"op": "x", "text": "y" * 40000})) + ready_frame(s)),
    ("stats before and behind", lambda s: text_frame(LATE) + ready_frame(s) + text_frame(LATE)),
    ("a long one", lambda s: text_frame('{"op":"ready",%s"sessionId":"%s"}' % (" " * 5000, s))),
]


@rows("name, frame", READY)
def test_ready_is_read_whatever_its_looks(fleet, name, frame):
    whole = {}

    def ready(session, _resumed):
        whole[session] = frame(session)
        return whole[session]

    for node in fleet.nodes.values():
        node.ready = ready
    bots = [fleet.bot(4, user=str(i)) for i in range(1, 7)]
    for bot in bots:
        assert bot.sock.read_exact(len(whole[bot.session])) == whole[bot.session], "not a byte is changed"
    for bot in bots:
        bot.call()
        bot.call()


def test_ready_in_any_two_segments(fleet):
    """The frame is cut at every byte."""
    frame = ready_frame("0" * 16)
    for node in fleet.nodes.values():
        node.ready = lambda _session, _resumed: b""
    for cut in range(1, len(frame)):
        bots = [fleet.bot(4, user=str(i)) for i in (1, 2, 3)]
        for bot in bots:
            frame = ready_frame(bot.session)
            for part in (frame[:cut], frame[cut:]):
                bot.backend.send(part)
                assert bot.sock.read_exact(len(part)) == part
        for bot in bots:
            bot.call()
            assert fleet.bot(4, headers=[("Session-Id", bot.session)]).node is bot.node, f"cut behind byte {cut}"
        fleet.reset()


def test_ready_in_the_segment_of_the_101(fleet):
    """Its first bytes come with the head of the 101."""
    for node in fleet.nodes.values():
        node.together = True
    try:
        bots = [fleet.bot(4, user=str(i)).greeted() for i in (1, 2, 3)]
        for bot in bots:
            bot.call()
            bot.call()
    finally:
        for node in fleet.nodes.values():
            node.together = False


# What passes is not changed


def odd_frames(seed, total):
    """Frames as no Lavalink sends them: fragments, control frames between, reserved bits, opcodes nobody knows, masks,
    lengths that never come."""
    dice = random.Random(seed)
    out = bytearray()
    while len(out) < total:
        payload = dice.randbytes(dice.choice([0, 1, 5, 125, 126, 300, 5000, 70000]))
        first = dice.choice([0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8A, 0xC1, 0xA1, 0x91, 0x83, 0x8F])
        masked = dice.random() < 0.3
        size = len(payload)
        if size < 126:
            head = bytes([first, size | 0x80 * masked])
        elif size < 65536:
            head = bytes([first, 126 | 0x80 * masked]) + struct.pack(">H", size)
        else:
            head = bytes([first, 127 | 0x80 * masked]) + struct.pack(">Q", size)
        out += head + (dice.randbytes(4) if masked else b"") + payload
    return bytes(out[:total])


ODD = [
    ("random frames", lambda seed: odd_frames(seed, 1 << 20)),
    ("good text first", lambda seed: text_frame('{"op":"x"}') * 1000 + odd_frames(seed, 1 << 19)),
    ("no frames at all", lambda seed: random.Random(seed).randbytes(1 << 20)),
    ("16 MB announced", lambda seed: b"\x81\x7f" + struct.pack(">Q", 16 << 20) + random.Random(seed).randbytes(1 << 20)),
    ("the longest length", lambda seed: b"\x81\x7f" + b"\xff" * 8 + random.Random(seed).randbytes(1 << 16)),
    ("fragments", lambda seed: (b"\x01\x0a" + b'{"op":"rea' + b"\x80\x03" + b'dy"') * 5000),
    ("deflated", lambda seed: (b"\xc1\x05hello" + text_frame('{"op":"ready","sessionId":"x"}')) * 5000),
    ("a close, and on", lambda seed: b"\x88\x02\x03\xe8" + odd_frames(seed, 1 << 18)),
]


def cut_up(data, seed):
    dice = random.Random(seed)
    at = 0
    while at < len(data):
        size = dice.choice([1, 2, 3, 7, 100, 1460, 8192, 65536, 200000])
        yield data[at:at + size]
        at += size


@rows("name, make", ODD)
@pytest.mark.parametrize("version", [4, 3])
def test_bytes_are_never_changed(fleet, name, make, version):
    bot = fleet.bot(version).greeted()
    down, up = make(1), make(2)

    def send(where, data, seed):
        for piece in cut_up(data, seed):
            where(piece)

    threads = [threading.Thread(target=send, args=a) for a in ((bot.backend.send, down, 3), (bot.sock.send, up, 4))]
    for thread in threads:
        thread.start()
    got = bot.sock.read_exact(len(down))
    for thread in threads:
        thread.join(patience(30))
    assert hashlib.sha256(got).digest() == hashlib.sha256(down).digest()

    def at_the_node():
        received = bytes(bot.backend.received)
        return received[received.index(b"\r\n\r\n") + 4:]

    wait_until(lambda: len(at_the_node()) >= len(up), 10, "all bytes at the node")
    assert hashlib.sha256(at_the_node()).digest() == hashlib.sha256(up).digest()
    bot.call()
    bot.call()


def test_extensions_are_not_offered_to_the_node(fleet):
    offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
    for version in (4, 3):
        bot = fleet.bot(version, headers=offer)
        head = bytes(bot.backend.received)
        assert b"extensions" not in head.lower() and b"deflate" not in head
        assert bot.answer.header("Sec-WebSocket-Extensions") is None


# Real nodes


@pytest.fixture
def pair(lavanode, lavaproxy, request):
    """A proxy before two nodes of the wanted version, and those."""
    version = getattr(request, "param", 4)
    nodes = [lavanode("--stats-interval", "60", version=version) for _ in range(2)]
    return lavaproxy(backends=nodes, config={"health": {"check": "http"}}), nodes


def node_log(node):
    return exchange(node.port, request(target="/test/log", password=BACKEND_PASSWORD)).json()


def ended(sock):
    """Reads to the end, however it comes."""
    with contextlib.suppress(ConnectionResetError):
        sock.read_to_end()


class RealBot:
    def __init__(self, proxy, version=4, headers=(), user="1"):
        self.proxy = proxy
        self.version = version
        self.sock = proxy.connect()
        self.answer = self.sock.send(websocket_request(f"/v{version}/websocket", headers, user_id=user)).read_answer()
        assert self.answer.status == 101, self.answer
        self.resumed = self.answer.header("Session-Resumed") == "true"
        self.session = read_op(self.sock, "ready")["sessionId"]

    def ask(self, method="GET", rest="/players", body=b""):
        return self.proxy.exchange(request(method, f"/v{self.version}/sessions/{self.session}{rest}",
                                           [("Content-Type", "application/json")] if body else [], body=body))


@pytest.mark.parametrize("pair, version", [(4, 4), (3, 3)], indirect=["pair"])
def test_ten_bots_on_two_real_nodes_never_get_404(pair, version):
    proxy, nodes = pair
    bots = [RealBot(proxy, version, user=str(i)) for i in range(1, 11)]
    assert [node_log(n)["websockets"] for n in nodes] == [5, 5]
    for bot in bots:
        for _ in range(2):
            assert bot.ask().status == 200
            assert bot.ask("PATCH", "/players/55", b'{"volume":50}').status == 200
            assert len(bot.ask().json()) == 1
            assert bot.ask("DELETE", "/players/55").status == 204
    for bot in bots:
        bot.sock.close()


def test_resume_on_real_nodes(pair):
    proxy, nodes = pair
    bots = [RealBot(proxy, user=str(i)) for i in range(1, 7)]
    for bot in bots:
        assert bot.ask("PATCH", "", b'{"resuming":true,"timeout":60}').status == 200
    for node in nodes:
        drop = request("POST", "/test/drop", [("Content-Length", "0")], password=BACKEND_PASSWORD)
        assert exchange(node.port, drop).status == 204
    for bot in bots:
        ended(bot.sock)
    for i, bot in enumerate(bots):
        again = RealBot(proxy, user=str(i + 1), headers=[("Session-Id", bot.session)])
        assert (again.resumed, again.session) == (True, bot.session)
        assert again.ask().status == 200
        bot.sock = again.sock


@pytest.mark.parametrize("pair", [3], indirect=True)
@pytest.mark.parametrize("how", ["op", "patch"])
def test_resume_by_key_on_real_nodes(pair, how):
    proxy, _ = pair
    bots = [RealBot(proxy, 3, user=str(i)) for i in range(1, 7)]
    for i, bot in enumerate(bots):
        if how == "op":
            bot.sock.send(masked_frame(configure_resuming(f"key{i}")))
            # The ops of one connection are taken in order, and a ping is answered.
            bot.sock.send(masked_frame(b"seen", opcode=9))
            wait_until(lambda b=bot: read_frame(b.sock) == (10, b"seen"), 5, "the pong")
        else:
            assert bot.ask("PATCH", "", b'{"resumingKey":"key%d","timeout":60}' % i).status == 200
    for bot in bots:
        bot.sock.reset()
    for i, bot in enumerate(bots):
        def resumed(i=i, bot=bot):
            again = RealBot(proxy, 3, user=str(i + 1), headers=[("Resume-Key", f"key{i}")])
            return again.resumed and again.session == bot.session

        wait_until(resumed, 5, "the session, once the node has seen the reset")


def test_sessions_lost_by_a_restart(lavanode, lavaproxy):
    """The node is back on its port and knows nobody: its own 404, then a new session, which works."""
    nodes = [lavanode(), lavanode()]
    proxy = lavaproxy(backends=nodes, config={"health": {"check": "http"}})
    bots = [RealBot(proxy, user=str(i)) for i in range(1, 5)]
    for bot in bots:
        assert bot.ask("PATCH", "", b'{"resuming":true,"timeout":60}').status == 200
    for i, node in enumerate(nodes):
        node.stop()
        nodes[i] = lavanode(port=node.port)
    for bot in bots:
        ended(bot.sock)
    back = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + 1))  # checked after this: it is the new node that answers
    wait_until(lambda: all(r["status"] == "online" and r["lastChecked"] >= back
                           for r in proxy.get("/api/backend-health") and proxy.get("/api/health")["backendList"]), 20)
    for i, bot in enumerate(bots):
        answer = bot.ask()
        assert answer.status == 404 and "ession" in answer.json()["message"], answer
        again = RealBot(proxy, user=str(i + 1), headers=[("Session-Id", bot.session)])
        assert not again.resumed and again.session != bot.session
        assert again.ask().status == 200


# Bounds


def test_sessions_that_may_resume_are_counted(tmp_path):
    with Fleet(tmp_path / "waiting", (4,)) as fleet:
        bot, other = fleet.bot(user="1").greeted(), fleet.bot(user="2").greeted()
        bot.call("PATCH", "", b'{"resuming":true,"timeout":60}')
        other.call("PATCH", "", b'{"resuming":false}')
        fleet.wait_backend("a", sockets=2, waiting=0)
        bot.close()
        fleet.wait_backend("a", sockets=1, waiting=1)
        other.close()
        fleet.wait_backend("a", sockets=0, waiting=1)
        fleet.bot(user="1", headers=[("Session-Id", bot.session)]).greeted()
        fleet.wait_backend("a", sockets=1, waiting=0)


def test_a_session_of_a_node_that_is_down(fleet):
    bot = fleet.bot(4).greeted()
    bot.node.down()
    try:
        assert_refusal(bot.ask(), 503)
        wait_until(lambda: fleet.backend(bot.node.name)["status"] == "offline", 10)
        for _ in range(3):
            assert_refusal(bot.ask(), 503)
        others = [n for n in fleet.nodes.values() if n is not bot.node]
        assert not any(bot.session in n.sessions_asked() for n in others)
    finally:
        bot.node.start()
        fleet.wait_backend(bot.node.name, status="online")
    bot.call()
